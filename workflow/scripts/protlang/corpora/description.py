"""Parts of a token store's description that sum it up, and the log of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from protlang.corpora.fasta_tokens import CHANGED, LEFT_OUT
from protlang.logs import logger

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""Of the lengths, for `meta.json`."""


def length_distribution(lengths: Mapping[int, int]) -> dict[str, Any]:
    """Summary of the proteins' lengths, in residues.

    `quantiles` gives the shortest length that at least such a share of all proteins do
    not exceed; `histogram` counts proteins from one power of two up to the next.
    """
    values = np.array(sorted(lengths))
    counts = np.array([lengths[value] for value in values.tolist()])
    ranks = np.cumsum(counts)
    places = np.searchsorted(ranks, np.ceil(np.array(QUANTILES) * ranks[-1]))
    histogram = np.bincount(np.log2(values).astype(int), weights=counts)
    return {
        "shortest": int(values[0]),
        "mean": float(values @ counts / ranks[-1]),
        "longest": int(values[-1]),
        "quantiles": dict(
            zip(map(str, QUANTILES), values[places].tolist(), strict=True)
        ),
        "histogram": {
            str(2**power): int(count) for power, count in enumerate(histogram) if count
        },
    }


def log_description(meta: Mapping[str, Any]) -> None:
    """Log what became of the records of a corpus."""
    logger.info(
        "%d proteins, %d residues, unigram perplexity %.2f",
        *(meta[name] for name in ("proteins", "residues", "unigram_perplexity")),
    )
    for reason, count in meta["left_out"].items():
        if count:
            examples = ", ".join(meta["examples"][reason])
            logger.info(
                "left out: %d (%s), first %s", count, LEFT_OUT[reason], examples
            )
    for change, count in meta["changed"].items():
        if count:
            logger.info("accepted, but changed: %d (%s)", count, CHANGED[change])
    for unit, count in meta["repeated"].items():
        logger.info("%s that occurred before: %d", unit, count)
    held_out = meta["held_out"]
    logger.info(
        "held out: %d proteins, %d residues", held_out["proteins"], held_out["residues"]
    )
