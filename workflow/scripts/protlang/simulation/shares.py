"""Whole numbers in given proportions, and random choices by weight."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

Key = TypeVar("Key", bound=Hashable)


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


def evenly(total: int, parts: int) -> list[int]:
    """A number in so many parts, as even as can be, the larger ones first."""
    return [total // parts + (part < total % parts) for part in range(parts)]


def draw(weights: Mapping[Key, int], rng: np.random.Generator) -> Key:
    """A key, drawn with probabilities in proportion to the weights."""
    keys = list(weights)
    shares = np.array(list(weights.values())) / sum(weights.values())
    return keys[int(rng.choice(len(keys), p=shares))]
