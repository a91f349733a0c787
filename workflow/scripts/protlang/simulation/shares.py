"""Whole numbers in given proportions."""

from collections.abc import Mapping

import numpy as np


def apportion(total: int, weights: Mapping[str, float], least: int) -> dict[str, int]:
    """Divide a number among keys: at least so many each, the rest by their weights.

    Remainders go to the largest fractions, the first key's among equals.

    Args:
        total: to divide, at least `least` for each key.
        weights: by key.
        least: for each key.
    """
    names = list(weights)
    share = np.array([weights[name] for name in names], dtype=float)
    exact = (total - least * len(names)) * share / share.sum()
    counts = np.floor(exact).astype(int)
    missing = total - least * len(names) - counts.sum()
    counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    return {name: least + int(count) for name, count in zip(names, counts, strict=True)}
