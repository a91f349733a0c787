"""Training pairs of domains as models read them: cut, resampled, masked.

PLUS-RNN reads whole domains. PLUS-TFM has room for 509 residues of a pair; the longer
of a longer pair's domains loses residues at its end until the pair fits or both are
equally long, and then both do. P-ELMo masks nothing, but replaces a residue in twenty
by any of the 21 letters.

Sources: PLUS's repository, plus/preprocess.py; P-ELMo's repository,
train_similarity.py.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from protlang.encoders.masking import (
    UNKNOWN,
    MaskedSequence,
    Masking,
    sequence_tokens,
)
from protlang.homology.domains import Domains
from protlang.homology.pairs import HomologySampler, LevelledPairs
from protlang.models.plus_tfm import MARKS, truncate_pair
from protlang.pretraining.pfam_pairs import masked_pair

P_ELMO_RESAMPLED = 0.05

_MASKS = 0x484F4D4F
"""Sets the chance of masks apart from that of pairs."""


@dataclass(frozen=True)
class ReadingSettings:
    """How pairs are read.

    Attributes:
        seed: of all chance.
        masking: how residues are masked; None masks none.
        jointly: whether a pair is read as one sequence, as by PLUS-TFM.
        longest: residues of a pair at most, 509 for PLUS-TFM; None cuts nothing.
        resampled: share of residues that are replaced by random letters.
    """

    seed: int
    masking: Masking | None
    jointly: bool = False
    longest: int | None = None
    resampled: float = 0.0


class HomologyBatch(NamedTuple):
    """Pairs of domains, for training.

    Attributes:
        first: of each pair, with masked residues.
        second: likewise.
        pairs: which domains they are, and their levels.
    """

    first: list[MaskedSequence]
    second: list[MaskedSequence]
    pairs: LevelledPairs


class HomologyReader:
    """Reads numbered pairs, and masks residues of them.

    Args:
        domains: the training set.
        sampler: draws pairs of these domains.
        settings: how pairs are read.
    """

    def __init__(
        self, domains: Domains, sampler: HomologySampler, settings: ReadingSettings
    ) -> None:
        self._tokens = [sequence_tokens(sequence) for sequence in domains.sequences]
        self._sampler = sampler
        self._settings = settings

    def batch(self, start: int, count: int) -> HomologyBatch:
        """The pairs of the numbers from `start` on; equal numbers give equal masks."""
        pairs = self._sampler.pairs(start, count)
        read = [
            self._read(self._tokens[first], self._tokens[second], start + place)
            for place, (first, second) in enumerate(
                zip(pairs.first, pairs.second, strict=True)
            )
        ]
        firsts, seconds = (list(column) for column in zip(*read, strict=True))
        return HomologyBatch(firsts, seconds, pairs)

    def _read(
        self, first: np.ndarray, second: np.ndarray, number: int
    ) -> tuple[MaskedSequence, MaskedSequence]:
        settings = self._settings
        rng = np.random.default_rng([settings.seed, _MASKS, number])
        if settings.longest is not None:
            first, second = truncate_pair(first, second, settings.longest + MARKS)
        if settings.resampled:
            first = _resampled(first, settings.resampled, rng)
            second = _resampled(second, settings.resampled, rng)
        return masked_pair(first, second, settings.masking, settings.jointly, rng)


def _resampled(
    tokens: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Tokens of which a share is replaced by any letter, X among them."""
    chosen = rng.random(len(tokens)) < share
    letters = rng.integers(1, UNKNOWN, len(tokens), tokens.dtype, endpoint=True)
    return np.where(chosen, letters, tokens)
