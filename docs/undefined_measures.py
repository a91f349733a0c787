"""Compare rules for proteins of which MCC or FPR is undefined with the printed cells.

`python docs/undefined_measures.py results/real` scores the predictions of disorder of
that run by every rule, beside SeqVec's Table 1, and puts the comparison into
docs/decisions.md. It needs networks trained with three seeds on FLIP's chains.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import t as students_t

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY / "workflow" / "scripts"), str(REPOSITORY / "docs")]

from update_readme import replace_table  # noqa: E402

from protlang.datasets.splits import read_split  # noqa: E402
from protlang.evaluation.metrics import false_positive_rate, matthews  # noqa: E402
from protlang.evaluation.per_residue import (  # noqa: E402
    confusion_by_protein,
    matthews_of_disordered,
)
from protlang.experiments.targets import Target, load_targets  # noqa: E402
from protlang.files import write_text  # noqa: E402
from protlang.tables.grid import Grid, as_markdown  # noqa: E402

DOCUMENT = REPOSITORY / "docs" / "decisions.md"
TRAINED_ON, TEST_SET = "flip", "casp12"
PRINTED_AS = "CASP12"


class Counted(NamedTuple):
    """One cell by one rule.

    Attributes:
        values: by seed.
        errors: by seed; NaN where a rule has none.
        proteins: that count, averaged over seeds.
    """

    values: np.ndarray
    errors: np.ndarray
    proteins: float


Rule = Callable[[np.ndarray], np.ndarray]
"""From counts (..., true class, predicted class) to a measure, NaN where left out."""


def zero(rule: Rule) -> Rule:
    """The rule with 0 in place of what is left out."""
    return lambda counts: np.nan_to_num(rule(counts))


def one_if_perfect(counts: np.ndarray) -> np.ndarray:
    """MCC; 1 where neither truth nor predictions have a positive, 0 if undefined."""
    perfect = counts[..., 0, 0] == counts.sum(axis=(-2, -1))
    return np.where(perfect, 1.0, np.nan_to_num(matthews(counts)))


def averaged(counts: np.ndarray, rule: Rule, *, all_in_error: bool = False) -> Counted:
    """The mean over proteins and its standard error, seed by seed.

    Args:
        counts: (seeds, proteins, true class, predicted class).
        rule: of each protein.
        all_in_error: divide the standard deviation by the root of all proteins, also
            of those that are left out.
    """
    measured = rule(counts)
    count = (~np.isnan(measured)).sum(axis=1)
    spread = np.nanstd(measured, axis=1, ddof=1)
    divisor = np.sqrt(counts.shape[1] if all_in_error else count)
    return Counted(np.nanmean(measured, axis=1), spread / divisor, float(count.mean()))


def pooled(counts: np.ndarray, rule: Rule) -> Counted:
    """All residues as if of one protein; the error by leaving out each protein."""
    total = counts.sum(axis=1)
    n = counts.shape[1]
    changes = rule(total[:, None] - counts) - rule(total)[:, None]
    errors = np.sqrt((n - 1) / n * np.square(changes).sum(axis=1))
    return Counted(rule(total), errors, n)


RULES: Mapping[str, Mapping[str, Callable[[np.ndarray], Counted]]] = {
    "disorder MCC": {
        "left out if the truth lacks a class": lambda c: averaged(
            c, matthews_of_disordered
        ),
        "left out if undefined": lambda c: averaged(c, matthews),
        "left out if undefined, error by all 20": lambda c: averaged(
            c, matthews, all_in_error=True
        ),
        "0 if undefined": lambda c: averaged(c, zero(matthews)),
        "1 if rightly without disorder, else 0": lambda c: averaged(c, one_if_perfect),
        "pooled over residues": lambda c: pooled(c, matthews),
    },
    "disorder FPR": {
        "per protein, never undefined": lambda c: averaged(c, false_positive_rate),
        "pooled over residues": lambda c: pooled(c, false_positive_rate),
    },
}
"""By measure and name of the rule."""


def counts_of(results: Path, predictor: str) -> np.ndarray | None:
    """Counts (seeds, proteins, 2, 2) of a network; None if it has no predictions."""
    folder = results / "per_residue" / predictor / TRAINED_ON
    files = sorted(folder.glob(f"seed*/predictions/{TEST_SET}.parquet"))
    if not files:
        return None
    proteins = read_split(results / "datasets" / TEST_SET / "test.parquet").proteins
    return confusion_by_protein(proteins, files, "disorder")


def rows(results: Path) -> Iterator[dict[str, str]]:
    """One row per measure, rule and network that has predictions."""
    for metric, rules in RULES.items():
        own = list(_own(results, metric))
        for name, rule in rules.items():
            for target, counts in own:
                yield {"Measure": metric, "Rule": name, **_row(target, rule(counts))}


def _own(results: Path, metric: str) -> Iterator[tuple[Target, np.ndarray]]:
    """The printed cells of a measure of networks that are at hand, and their counts."""
    for target in load_targets("SeqVec", "Table 1"):
        if (target.dataset, target.metric) == (PRINTED_AS, metric):
            counts = counts_of(results, target.row)
            if counts is not None:
                yield target, counts


def _row(target: Target, counted: Counted) -> dict[str, str]:
    """Mean and error of one training of ours on average, beside the printed ones."""
    ours = (counted.values, counted.errors)
    printed = (target.value, target.stderr)
    pairs = list(zip(ours, printed, strict=True))
    fit = sum(log_density(own, number, target.step) for own, number in pairs)
    return {
        "Network": target.row,
        "Proteins": f"{counted.proteins:.1f}",
        "printed": " ± ".join(f"{number:.3f}" for number in printed),
        "ours": " ± ".join(f"{own.mean():.3f}" for own in ours),
        "difference": ", ".join(f"{own.mean() - n:+.3f}" for own, n in pairs),
        "SD over seeds": ", ".join(f"{own.std(ddof=1):.3f}" for own in ours),
        "log density": f"{fit:.1f}",
    }


def log_density(by_seed: np.ndarray, printed: float, step: float) -> float:
    """How probable a printed number is as that of one more training.

    Student's t around the mean of ours, wider by rounding to `step`. Other than whether
    a number is within some interval, it does not favour a rule whose seeds differ much.
    """
    seeds = len(by_seed)
    noise = by_seed.std(ddof=1) * np.sqrt(1 + 1 / seeds)
    scale = np.hypot(noise, step / np.sqrt(12))
    return float(students_t.logpdf(printed, seeds - 1, by_seed.mean(), scale))


if __name__ == "__main__":
    found = list(rows(Path(sys.argv[1])))
    grid = Grid(list(found[0]), [list(row.values()) for row in found])
    text = DOCUMENT.read_text(encoding="utf-8")
    write_text(DOCUMENT, replace_table(text, "undefined measures", as_markdown(grid)))
