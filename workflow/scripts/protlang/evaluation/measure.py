"""Measures of labels: the columns of SeqVec's Tables 1 and 2, over several seeds."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd


class Measure(NamedTuple):
    """One column of a table.

    Attributes:
        label: the predicted label.
        unit: of its values.
        ratio: from counts (..., classes, classes) to values (...), NaN where undefined.
        undefined: reported in place of an undefined value; NaN leaves it out.
    """

    label: str
    unit: str
    ratio: Callable[[np.ndarray], np.ndarray]
    undefined: float = np.nan

    def compute(self, counts: np.ndarray) -> np.ndarray:
        """The ratio, and `undefined` where it is not defined, float64 (...)."""
        values = self.ratio(counts)
        return np.where(np.isnan(values), self.undefined, values)


def summary(
    by_seed: np.ndarray, value: float, stderr: float, n: int
) -> dict[str, float]:
    """The columns that every score has: `value, stderr, n, seeds, seed_sd`.

    Args:
        by_seed: the measure of each seed.
        value: of all seeds together.
        stderr: of `value`.
        n: proteins that count.
    """
    return {
        "value": value,
        "stderr": stderr,
        "n": n,
        "seeds": len(by_seed),
        "seed_sd": float(by_seed.std(ddof=1)) if len(by_seed) > 1 else float("nan"),
    }


def confusion_rows(
    label: str, classes: Sequence[str], counts: np.ndarray, counted: str
) -> pd.DataFrame:
    """Confusion matrices in long form: `label, seed, true, predicted`, and the count.

    Args:
        label: the predicted label.
        classes: in class order.
        counts: (seeds, true class, predicted class); `seed` counts from 1.
        counted: name of the column of counts.
    """
    return pd.DataFrame(
        {
            "label": label,
            "seed": seed + 1,
            "true": classes[true],
            "predicted": classes[predicted],
            counted: count,
        }
        for (seed, true, predicted), count in np.ndenumerate(counts)
    )


def concatenate(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all tables; an empty table if there are none."""
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
