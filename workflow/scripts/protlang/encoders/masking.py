"""Masked language modelling: which residues are masked, and by which tokens.

Of the residues, 15 % are to be predicted. Of these, 80 % are replaced by MASK, 10 % by
a random amino acid, and 10 % stay. An X is never to be predicted.

Sequences are of PLUS's tokens: 1 to 20 are amino acids, 21 is X. O becomes K, U becomes
C, B and Z become X. PLUS-RNN takes 21 for MASK, too; PLUS-TFM has a token for it.

Source: PLUS, "Masked Language Modeling (MLM)"; its released code (plus/preprocess.py,
plus/data/alphabets.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from protlang.alphabet import PLUS_RESIDUES, PLUS_SYNONYMS, RESIDUES, encode

UNKNOWN = PLUS_RESIDUES.index("X") + 1
RNN_MASK = UNKNOWN
TFM_MASK = 22

_TOKENS = np.array(
    [PLUS_RESIDUES.index(PLUS_SYNONYMS.get(one, one)) + 1 for one in RESIDUES],
    dtype=np.uint8,
)


@dataclass(frozen=True)
class Masking:
    """How residues are chosen and masked; the defaults are PLUS-RNN's.

    Attributes:
        share: of the residues, to be predicted.
        most: to be predicted per sequence, or per pair in PLUS-TFM; None sets no limit.
        masked: share of these that become MASK.
        replaced: share of these that become a random amino acid.
        mask: token of MASK.
        imitate_released_code: take random tokens from 21, X among them, and count
            predictions for which a sequence has no residues left as those of the token
            0 in the place of its first residue.
    """

    share: float = 0.15
    most: int | None = 50
    masked: float = 0.8
    replaced: float = 0.1
    mask: int = RNN_MASK
    imitate_released_code: bool = False


TFM_MASKING = Masking(most=76, mask=TFM_MASK)
"""That of PLUS-TFM, for `mask_jointly`."""


class MaskedSequence(NamedTuple):
    """A sequence with masked residues.

    Attributes:
        tokens: what a model reads, uint8 (length,).
        positions: of the residues to predict, from 0, ascending, int64 (predicted,).
        targets: their true tokens, int64 (predicted,).
        stored: vectors of the residues by another encoder, or their profile, (length,
            channels), where a model reads these instead of tokens.
    """

    tokens: np.ndarray
    positions: np.ndarray
    targets: np.ndarray
    stored: np.ndarray | None = None


class MaskedPlaces(NamedTuple):
    """All residues to predict in a batch, sequence after sequence.

    Attributes:
        rows: numbers of the sequences, int64 (predicted,).
        positions: int64 (predicted,).
        targets: int64 (predicted,).
    """

    rows: np.ndarray
    positions: np.ndarray
    targets: np.ndarray


def plus_tokens(residues: np.ndarray) -> np.ndarray:
    """PLUS's tokens of a protein, uint8 (length,).

    Args:
        residues: places in `RESIDUES`, as a token store has them, (length,).
    """
    tokens: np.ndarray = _TOKENS[residues]
    return tokens


def sequence_tokens(sequence: str) -> np.ndarray:
    """PLUS's tokens of a sequence of letters of `RESIDUES`, uint8 (length,)."""
    return plus_tokens(np.frombuffer(encode(sequence), dtype=np.uint8))


def mask_alone(
    tokens: np.ndarray, settings: Masking, rng: np.random.Generator
) -> MaskedSequence:
    """Mask residues of a sequence, as for PLUS-RNN.

    Args:
        tokens: of PLUS, (length,).
        settings: how.
        rng: source of chance.
    """
    return _mask(tokens, _wanted(len(tokens), settings), settings, rng)


def mask_jointly(
    first: np.ndarray,
    second: np.ndarray,
    settings: Masking,
    rng: np.random.Generator,
) -> tuple[MaskedSequence, MaskedSequence]:
    """Mask residues of a pair that is read as one sequence, as for PLUS-TFM.

    The number follows from the length with CLS and two SEP, and is divided between the
    two by their lengths.

    Args:
        first: tokens of PLUS, (length,).
        second: of the other sequence.
        settings: how, such as `TFM_MASKING`.
        rng: source of chance.
    """
    residues = len(first) + len(second)
    wanted = _wanted(residues + 3, settings)
    of_first = wanted * len(first) // residues
    return (
        _mask(first, of_first, settings, rng),
        _mask(second, wanted - of_first, settings, rng),
    )


def unmasked(tokens: np.ndarray) -> MaskedSequence:
    """A sequence as it is, with nothing to predict."""
    none = np.empty(0, dtype=np.int64)
    return MaskedSequence(tokens, none, none)


def masked_places(sequences: Sequence[MaskedSequence]) -> MaskedPlaces:
    """Residues to predict in a batch of sequences."""
    counts = [len(sequence.positions) for sequence in sequences]
    return MaskedPlaces(
        np.repeat(np.arange(len(sequences)), counts),
        np.concatenate([sequence.positions for sequence in sequences]),
        np.concatenate([sequence.targets for sequence in sequences]),
    )


def joint_masked_places(
    first: Sequence[MaskedSequence], second: Sequence[MaskedSequence]
) -> MaskedPlaces:
    """Residues to predict in a batch of pairs, at places of `CLS a SEP b SEP`.

    Args:
        first: the sequence a of each pair.
        second: its sequence b.
    """
    return masked_places(
        [
            MaskedSequence(
                a.tokens,
                np.concatenate([a.positions + 1, b.positions + len(a.tokens) + 2]),
                np.concatenate([a.targets, b.targets]),
            )
            for a, b in zip(first, second, strict=True)
        ]
    )


def _wanted(length: int, settings: Masking) -> int:
    wanted = int(settings.share * length)
    return wanted if settings.most is None else min(wanted, settings.most)


def _mask(
    tokens: np.ndarray, wanted: int, settings: Masking, rng: np.random.Generator
) -> MaskedSequence:
    candidates = np.flatnonzero(tokens != UNKNOWN)
    chosen = rng.permutation(candidates)[:wanted]
    chosen.sort()
    fates = rng.random(len(chosen))
    kinds = UNKNOWN if settings.imitate_released_code else UNKNOWN - 1
    random = rng.integers(1, kinds, len(chosen), endpoint=True)
    others = np.where(
        fates < settings.masked + settings.replaced, random, tokens[chosen]
    )
    masked = tokens.copy()
    masked[chosen] = np.where(fates < settings.masked, settings.mask, others)
    targets = tokens[chosen].astype(np.int64)
    if settings.imitate_released_code:
        missing = np.zeros(wanted - len(chosen), dtype=np.int64)
        chosen = np.concatenate([missing, chosen])
        targets = np.concatenate([missing, targets])
    return MaskedSequence(masked, chosen, targets)
