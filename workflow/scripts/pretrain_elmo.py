"""Pre-train one ELMo; started by `python`, or by `torchrun` for several processes.

Exits with status 75 if it was asked to stop (SIGTERM, SIGUSR1): it has saved then, and
the same command goes on from there.
"""

import argparse
import json
import sys
from contextlib import nullcontext
from pathlib import Path

from protlang.corpora import TokenStore
from protlang.jobs import logged
from protlang.pretraining_runs import PretrainingPlan, finish, pretrain
from protlang.training.distributed import process_group, wait_for_all
from protlang.training.interruption import EXIT_INTERRUPTED, stop_requests
from protlang.training.ownership import owned


def main() -> int:
    """Run the command; returns its exit status."""
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
            plan = PretrainingPlan.parse(arguments.settings)
            store = TokenStore(arguments.corpus)
            folder = arguments.runs / plan.digest(arguments.corpus, process.size)
            with owned(folder) if process.is_main else nullcontext():
                network = pretrain(plan, store, folder, process, stop)
                if network is not None and process.is_main:
                    finish(network, plan, store, folder, arguments.encoder)
                wait_for_all(process)
    return EXIT_INTERRUPTED if network is None else 0


if __name__ == "__main__":
    sys.exit(main())
