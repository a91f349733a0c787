"""The command that pre-trains one model; started by `python`, or by `torchrun`.

Exits with status 75 if it was asked to stop (SIGTERM, SIGUSR1): it has saved then, and
the same command goes on from there.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Protocol, TypeVar

from protlang.corpora.token_store import TokenStore
from protlang.logs import logged
from protlang.training.distributed import Process, process_group, wait_for_all
from protlang.training.lock import owned
from protlang.training.signals import EXIT_INTERRUPTED, StopRequest, stop_requests


class Plan(Protocol):
    """Everything that determines a run, but for the number of processes."""

    def digest(self, corpus: Path, processes: int) -> str:
        """Name of the run's folder, given its token store."""


P = TypeVar("P", bound=Plan)
T = TypeVar("T")


def run_command(
    parse: Callable[[Mapping[str, Any]], P],
    pretrain: Callable[[P, TokenStore, Path, Process, StopRequest], T | None],
    finish: Callable[[T, P, TokenStore, Path, Path], None],
) -> int:
    """Run the command; returns its exit status.

    Args:
        parse: reads the settings.
        pretrain: given plan, corpus, folder of the run, process and stop request,
            trains and returns what was trained, or None if it was asked to stop.
        finish: given that, plan, corpus, folder of the run and of the encoder, writes
            the encoder.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="token store")
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON")
    parser.add_argument("--runs", type=Path, required=True, help="folder of all runs")
    parser.add_argument("--encoder", type=Path, required=True, help="folder to write")
    parser.add_argument("--job-log", type=Path, required=True)
    arguments = parser.parse_args()
    with process_group() as process, stop_requests() as stop:
        log = arguments.job_log if process.is_main else Path("/dev/null")
        with logged(log, resumes=True):
            plan = parse(arguments.settings)
            store = TokenStore(arguments.corpus)
            folder = arguments.runs / plan.digest(arguments.corpus, process.size)
            with owned(folder) if process.is_main else nullcontext():
                trained = pretrain(plan, store, folder, process, stop)
                if trained is not None and process.is_main:
                    finish(trained, plan, store, folder, arguments.encoder)
                wait_for_all(process)
    return EXIT_INTERRUPTED if trained is None else 0
