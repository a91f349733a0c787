"""Run every benchmark, each in a process of its own, and update `docs/performance.md`.

    python benchmarks/run_all.py [--allennlp PATH] [--plus PATH] [NAME ...]

AllenNLP's and PLUS's sources are the peers of some; without them a plain re-statement
of their algorithms is. All of them together take less than half an hour on two cores.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from measure import REPOSITORY
from performance import update

BENCHMARKS: dict[str, str | None] = {
    "embedding": "allennlp",
    "soft_alignment": "plus",
    "plus_training": "plus",
    "corpora": None,
    "topology": "plus",
    "bootstrap": None,
    "alignments": None,
    "tsne": None,
    "heads": None,
    "elmo_training": None,
}
"""By script, the option that names its peer."""


def main() -> None:
    """Run the benchmarks named, or all; end with 1 if one fails."""
    parser = argparse.ArgumentParser()
    for peer in sorted({peer for peer in BENCHMARKS.values() if peer}):
        parser.add_argument(f"--{peer}", type=Path, metavar="PATH")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    failed = [
        name
        for name in options.names or BENCHMARKS
        if not run(name, getattr(options, BENCHMARKS.get(name) or "", None))
    ]
    update()
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def run(name: str, peer: Path | None) -> bool:
    """Run one benchmark; whether it ended well."""
    script = REPOSITORY / "benchmarks" / f"{name}.py"
    command = [sys.executable, str(script)]
    command += ["--peer", str(peer.resolve())] if peer else []
    sys.stdout.write(f"== {name}\n")
    sys.stdout.flush()
    start = time.perf_counter()
    ended = subprocess.run(command, check=False).returncode == 0  # noqa: S603 (ours)
    sys.stdout.write(f"   {time.perf_counter() - start:.0f} s\n")
    return ended


if __name__ == "__main__":
    main()
