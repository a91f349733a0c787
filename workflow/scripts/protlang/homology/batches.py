"""Training pairs of domains as models read them: cut, resampled, with residues hidden.

PLUS-RNN reads whole domains. PLUS-TFM has room for 509 residues of a pair; the longer
of a longer pair's domains loses residues at its end until the pair fits or both are
equally long, and then both do. P-ELMo hides nothing, but replaces a residue in twenty
by any of the 21 letters.

Sources: PLUS's repository, plus/preprocess.py; P-ELMo's repository,
train_similarity.py.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from protlang.alphabet import encode
from protlang.encoders.masking import UNKNOWN, Masked, Masking, plus_tokens
from protlang.homology.domains import Domains
from protlang.homology.pairs import HomologySampler, LevelledPairs
from protlang.pretraining.pfam_pairs import masked_pair

P_ELMO_RESAMPLED = 0.05

_MASKS = 0x484F4D4F
"""Sets the chance of masks apart from that of pairs."""


@dataclass(frozen=True)
class ReadingSettings:
    """How pairs are read.

    Attributes:
        seed: of all chance.
        masking: how residues are hidden; None hides none.
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
        first: of each pair, its residues to predict hidden.
        second: likewise.
        pairs: which domains they are, and their levels.
    """

    first: list[Masked]
    second: list[Masked]
    pairs: LevelledPairs


class HomologyReader:
    """Reads numbered pairs, and hides residues of them.

    Args:
        domains: the training set.
        sampler: draws pairs of these domains.
        settings: how pairs are read.
    """

    def __init__(
        self, domains: Domains, sampler: HomologySampler, settings: ReadingSettings
    ) -> None:
        self._tokens = [
            plus_tokens(np.frombuffer(encode(sequence), dtype=np.uint8))
            for sequence in domains.sequences
        ]
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
    ) -> tuple[Masked, Masked]:
        settings = self._settings
        rng = np.random.default_rng([settings.seed, _MASKS, number])
        if settings.longest is not None:
            of_first, of_second = kept_lengths(
                len(first), len(second), settings.longest
            )
            first, second = first[:of_first], second[:of_second]
        if settings.resampled:
            first = _resampled(first, settings.resampled, rng)
            second = _resampled(second, settings.resampled, rng)
        return masked_pair(first, second, settings.masking, settings.jointly, rng)


def kept_lengths(first: int, second: int, longest: int) -> tuple[int, int]:
    """Residues that remain of a pair of some lengths by the module's rule.

    Where both are cut and the room is odd, the first keeps the odd residue.
    """
    if first + second <= longest:
        return first, second
    half = longest // 2
    if first <= half:
        return first, longest - first
    if second <= half:
        return longest - second, second
    return longest - half, half


def _resampled(
    tokens: np.ndarray, share: float, rng: np.random.Generator
) -> np.ndarray:
    """Tokens of which a share is replaced by any letter, X among them."""
    chosen = rng.random(len(tokens)) < share
    letters = rng.integers(1, UNKNOWN, len(tokens), tokens.dtype, endpoint=True)
    return np.where(chosen, letters, tokens)
