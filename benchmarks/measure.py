"""Ours beside a baseline: timed in turns, compared, kept in `benchmarks/results`.

A benchmark is a script of this folder. It makes the inputs once, hands two callables to
`race`, and writes one `Result` per row of the table in `docs/performance.md`. A speed
is always a ratio of two things timed in turns in one process, because machines and
their loads differ.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
RESULTS = REPOSITORY / "benchmarks" / "results"
sys.path.append(str(REPOSITORY / "workflow" / "scripts"))

from protlang.files import write_text  # noqa: E402

_EXTENSIONS = {
    "amx_bf16": "AVX-512 with bf16 matrix units (AMX)",
    "avx512_bf16": "AVX-512 with bf16 products",
    "avx512f": "AVX-512",
    "avx2": "AVX2",
}
"""By flag of the processor, from the most to the least capable, what it is called."""


@dataclass(frozen=True)
class Race:
    """Seconds of two things that were run in turns.

    Attributes:
        ours: seconds by round.
        baseline: seconds by round.
    """

    ours: list[float]
    baseline: list[float]

    @property
    def ratio(self) -> float:
        """How many times as fast as the baseline: median over rounds."""
        return median(self.ratios)

    @property
    def ratios(self) -> list[float]:
        """By round, the baseline's seconds over ours."""
        pairs = zip(self.baseline, self.ours, strict=True)
        return [theirs / own for theirs, own in pairs]


@dataclass(frozen=True)
class Result:
    """One row of the table of benchmarks.

    Attributes:
        name: of the row, and of its file.
        what: the work and its inputs, in one line.
        baseline: what ours is compared with.
        unit: of work, e.g. `residues`.
        work: units per round.
        race: seconds of both.
        agreement: how far the results are apart, e.g. `at most 2.3e-7 apart`.
        goal: the ratio aimed at; None if the aim is a share of the limit alone.
        limit: what bounds the speed, e.g. `products alone, pre-packed`; None if nothing
            was measured.
        limit_rate: units per second that the limit allows, measured in the same run.
        limit_share_goal: the share of the limit aimed at, if any.
        note: what keeps it from its goal, and what was tried; for a met goal empty.
    """

    name: str
    what: str
    baseline: str
    unit: str
    work: float
    race: Race
    agreement: str
    goal: float | None
    limit: str | None = None
    limit_rate: float | None = None
    limit_share_goal: float | None = None
    note: str = ""

    @property
    def rate(self) -> float:
        """Units per second of ours."""
        return self.work / median(self.race.ours)

    @property
    def limit_share(self) -> float | None:
        """Our rate over the one that the limit allows."""
        return self.rate / self.limit_rate if self.limit_rate else None

    @property
    def met(self) -> bool:
        """Whether every goal is reached."""
        fast = self.goal is None or self.race.ratio >= self.goal
        wanted = self.limit_share_goal
        return fast and (wanted is None or (self.limit_share or 0) >= wanted)


def race(ours: Callable[[], Any], baseline: Callable[[], Any], rounds: int = 5) -> Race:
    """Time two callables in turns, after one untimed call of each."""
    sides: dict[Callable[[], Any], list[float]] = {ours: [], baseline: []}
    for side in sides:
        side()
    for _ in range(rounds):
        for side, seconds in sides.items():
            seconds.append(seconds_of(side))
    return Race(*sides.values())


def seconds_of(work: Callable[[], Any]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fastest_rate(work: Callable[[], Any], units: float, rounds: int = 5) -> float:
    """Units per second of the median of some calls, after an untimed one."""
    work()
    return units / median(seconds_of(work) for _ in range(rounds))


@cache
def machine() -> dict[str, Any]:
    """What a speed depends on: processor, cores, libraries."""
    import torch

    return {
        "processor": _cpu_field("model name") or platform.processor(),
        "vector_units": vector_units(),
        "cores": len(os.sched_getaffinity(0)),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


def vector_units() -> str:
    """The most capable vector extension of this processor."""
    flags = set(_cpu_field("flags").split())
    names = (name for flag, name in _EXTENSIONS.items() if flag in flags)
    return next(names, "unknown")


def _cpu_field(field: str) -> str:
    """What Linux reports of the first processor; empty elsewhere."""
    source = Path("/proc/cpuinfo")
    lines = source.read_text(encoding="utf-8").splitlines() if source.exists() else []
    values = (line.partition(":")[2].strip() for line in lines if field in line[:12])
    return next(values, "")


def record(result: Result, folder: Path = RESULTS) -> None:
    """Write a result as JSON, and print it in one line.

    Keys: the attributes of `Result`, and `ratio`, `ratios`, `rate`, `limit_share`,
    `met`, `seconds`, `machine` and `command`.
    """
    values = asdict(result)
    seconds = values.pop("race")
    values |= {
        "ratio": result.race.ratio,
        "ratios": result.race.ratios,
        "seconds": seconds,
        "rate": result.rate,
        "limit_share": result.limit_share,
        "met": result.met,
        "machine": machine(),
        "command": " ".join(["python", *_relative(sys.argv)]),
    }
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_rounded(values), indent=1, ensure_ascii=False) + "\n"
    write_text(folder / f"{result.name}.json", text)
    sys.stdout.write(summary(result) + "\n")


def summary(result: Result) -> str:
    """A result in one line."""
    low, high = min(result.race.ratios), max(result.race.ratios)
    share = result.limit_share
    parts = [
        f"{result.name}: {result.race.ratio:.2f} x {result.baseline}"
        f" ({low:.2f} to {high:.2f}; {result.rate:,.0f} {result.unit}/s)",
        f"{share:.0%} of the limit ({result.limit})" if share else "",
        result.agreement,
        "goal met" if result.met else "goal not met",
    ]
    return "; ".join(filter(None, parts))


def _relative(words: Sequence[str]) -> list[str]:
    """The command line without machine paths: what lies outside is called PATH."""
    script, *options = words
    shown = ("PATH" if word.startswith(("/", "..")) else word for word in options)
    return [f"benchmarks/{Path(script).name}", *shown]


def _rounded(value: Any) -> Any:
    """Four significant digits are what a timing is worth."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    return value


def options(description: str, **flags: str) -> argparse.Namespace:
    """Parse the command line: `--peer PATH`, `--rounds N`, `--threads N`.

    Args:
        description: the benchmark's docstring.
        flags: more options and their help.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", type=Path, metavar="PATH", help="the peer's source")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--threads", type=int, metavar="N", help="of torch")
    for name, text in flags.items():
        parser.add_argument(f"--{name}", help=text)
    chosen = parser.parse_args()
    if chosen.threads:
        import torch

        torch.set_num_threads(chosen.threads)
    return chosen
