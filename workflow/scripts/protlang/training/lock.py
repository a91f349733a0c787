"""One owner at a time for the folder of a run.

Jobs outlive a Snakemake that was killed. Started again, it would submit a second job
that writes into the same folder; the lock makes that one stop and say who is there.
"""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from protlang.errors import ProtlangError
from protlang.files import write_text


@contextmanager
def owned(folder: Path, doing: str = "training") -> Iterator[None]:
    """Own the folder until the block ends; the operating system frees it after a crash.

    Args:
        folder: of the run; made if it is missing.
        doing: what the owner does in it, for the message.

    Raises:
        ProtlangError: if another process owns it, naming that process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    owner_file = folder / "owner.json"
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        owner = owner_file.read_text() if owner_file.exists() else "unknown"
        raise ProtlangError(
            f"another job is {doing} in {folder} ({owner.strip()}); wait for it or "
            "stop it, then run again"
        ) from None
    try:
        write_text(owner_file, json.dumps(_this_process()))
        yield
        owner_file.unlink(missing_ok=True)
    finally:
        lock.release()


def _this_process() -> dict[str, str]:
    facts = {"host": socket.gethostname(), "pid": str(os.getpid())}
    job = os.environ.get("SLURM_JOB_ID")
    return {**facts, "slurm_job": job} if job else facts
