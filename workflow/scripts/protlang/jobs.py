"""What all scripts of the workflow share: a log, and errors told in one sentence."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protlang.errors import ProtlangError

logger = logging.getLogger("protlang")


@contextmanager
def logged(log_file: Path | str, resumes: bool = False) -> Iterator[logging.Logger]:
    """Run one job of the workflow, logging to `log_file`.

    A `ProtlangError` becomes the last line of the log and exit status 1, without a
    traceback. Any other exception is a defect of protlang's: its traceback goes to
    the log and it is raised on.

    Args:
        log_file: of the job; missing folders are made.
        resumes: whether the job goes on where an earlier one stopped; then its lines
            come after that one's.

    Raises:
        SystemExit: with status 1 after a `ProtlangError`, 130 after an interrupt.
    """
    handler = _log_handler(log_file, "a" if resumes else "w")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield logger
    except ProtlangError as error:
        logger.error(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        logger.error("interrupted; run the same command again to go on")
        sys.exit(130)
    except Exception:
        logger.exception("unexpected error; please report it with this log")
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()


def _log_handler(log_file: Path | str, mode: str) -> logging.Handler:
    Path(log_file).parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(log_file, mode=mode, encoding="utf-8")
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")
    )
    return handler
