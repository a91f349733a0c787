"""Accuracy of pre-trained models on fixed pairs of domains (PLUS, Table 1).

Masked residues are predicted with masks that follow from a seed, and whether two
domains are of one family from the unmasked domains, as in the released code.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from protlang.corpora.token_store import TokenStore
from protlang.encoders.encoder import MaskedPredictions, PairEncoder
from protlang.encoders.masking import Masking, plus_tokens, sequence_tokens
from protlang.logs import logger
from protlang.pretraining.pair_results import PairResults
from protlang.pretraining.pfam_pairs import FixedPairs, PairBatch, Pairs, masked_pair

_BATCH = 64
"""Pairs read at once."""

_MASKS = 0x54455354
"""Sets the chance of these masks apart from that of training."""


@dataclass(frozen=True)
class TokenPairs:
    """Pairs of domains as PLUS's tokens.

    Attributes:
        tokens: of both domains of each pair, uint8 (length,) each.
        same_family: bool (pairs,).
    """

    tokens: Sequence[tuple[np.ndarray, np.ndarray]]
    same_family: np.ndarray

    @classmethod
    def of_store(cls, store: TokenStore, pairs: Pairs) -> "TokenPairs":
        """Pairs that were drawn from a store."""
        tokens = [
            (plus_tokens(store[first]), plus_tokens(store[second]))
            for first, second in zip(pairs.first, pairs.second, strict=True)
        ]
        return cls(tokens, pairs.same_family)

    @classmethod
    def of_file(cls, pairs: FixedPairs) -> "TokenPairs":
        """Pairs that were drawn once for all models."""
        tokens = [
            (sequence_tokens(first), sequence_tokens(second))
            for first, second in pairs.sequences
        ]
        return cls(tokens, pairs.same_family)


def evaluate(
    encoder: PairEncoder,
    pairs: TokenPairs,
    masking: Masking | None,
    seed: int,
    batch: int,
    predict_masked: bool = True,
    predict_family: bool = True,
) -> PairResults:
    """Test an encoder on pairs.

    Args:
        encoder: its network is in evaluation mode.
        pairs: to predict.
        masking: how residues to predict are masked; None for a model that predicts
            all.
        seed: of the masks, which are the same whatever the batches.
        batch: pairs read at once.
        predict_masked: whether to predict residues.
        predict_family: whether to predict if domains are of one family.
    """
    cut = [encoder.shorten(first, second) for first, second in pairs.tokens]
    counts = np.zeros((3, len(cut)))
    logits = np.zeros(len(cut), dtype=np.float32)
    for start in range(0, len(cut), batch):
        part = slice(start, start + batch)
        if predict_masked:
            read = _batch(pairs, cut, part, masking, encoder.joint, seed)
            states = encoder.encode_pairs(read.first, read.second)
            counts[:, part] = _counts(encoder.predict_masked(states), len(cut[part]))
        if predict_family:
            read = _batch(pairs, cut, part, None, encoder.joint, seed)
            states = encoder.encode_pairs(read.first, read.second)
            logits[part] = encoder.family_logits(states).float().cpu().numpy()
    return PairResults(
        pairs.same_family,
        logits if predict_family else None,
        counts[0].astype(np.int64),
        counts[1].astype(np.int64),
        counts[2],
        np.array(list(_shortened(pairs.tokens, cut)), dtype=bool),
        np.array([max(map(len, pair)) for pair in pairs.tokens], dtype=np.int64),
    )


def evaluate_encoder(encoder: PairEncoder, pairs: FixedPairs, seed: int) -> PairResults:
    """Test an encoder on the tasks that it was trained on and has the heads for.

    Args:
        encoder: to test; a GPU computes if there is one.
        pairs: drawn once for all models.
        seed: of the masks.
    """
    training = encoder.training
    masking = encoder.masking
    if training.get("masking"):
        masking = Masking(**training["masking"])
    masked = masking is None or training.get("masked_lm", 1) > 0
    compares = masking is not None and encoder.compares
    family = compares and training.get("same_family", 1) > 0
    encoder.network.to("cuda" if torch.cuda.is_available() else "cpu")
    tokens = TokenPairs.of_file(pairs)
    with torch.inference_mode():
        results = evaluate(encoder, tokens, masking, seed, _BATCH, masked, family)
    if results.shortened.any():
        logger.info("%d pairs were too long and shortened", results.shortened.sum())
    return results


def _batch(
    pairs: TokenPairs,
    cut: Sequence[tuple[np.ndarray, np.ndarray]],
    part: slice,
    masking: Masking | None,
    jointly: bool,
    seed: int,
) -> PairBatch:
    masked = [
        masked_pair(*cut[place], masking, jointly, _chance(seed, place))
        for place in range(*part.indices(len(cut)))
    ]
    first, second = (list(column) for column in zip(*masked, strict=True))
    return PairBatch(first, second, pairs.same_family[part])


def _counts(masked: MaskedPredictions, pairs: int) -> np.ndarray:
    """Residues predicted, correctly so, and sum of losses of each pair, (3, pairs)."""
    place = masked.pairs.cpu().numpy()
    weights = (None, masked.correct.cpu().numpy(), masked.losses.cpu().numpy())
    return np.stack([np.bincount(place, weight, pairs) for weight in weights])


def _shortened(
    whole: Sequence[tuple[np.ndarray, np.ndarray]],
    cut: Sequence[tuple[np.ndarray, np.ndarray]],
) -> Iterator[bool]:
    for before, after in zip(whole, cut, strict=True):
        yield sum(map(len, after)) < sum(map(len, before))


def _chance(seed: int, place: int) -> np.random.Generator:
    return np.random.default_rng([seed, _MASKS, place])
