"""Accuracy of pre-trained models on fixed pairs of domains (PLUS, Table 1).

Hidden residues are guessed with masks that follow from a seed, and whether two domains
are of one family is told of the whole domains, as in the released code.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from protlang.corpora.token_store import TokenStore
from protlang.encoders.masking import Masking, plus_tokens
from protlang.encoders.pair_models import Answers, PairModel, pair_model
from protlang.encoders.plus import architecture
from protlang.encoders.plus_folders import PlusEncoder
from protlang.logs import logger
from protlang.models.tokens import residue_tokens
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
            (_letters(first), _letters(second)) for first, second in pairs.sequences
        ]
        return cls(tokens, pairs.same_family)


def evaluate(
    model: PairModel,
    pairs: TokenPairs,
    masking: Masking | None,
    seed: int,
    batch: int,
    guess: bool = True,
    compare: bool = True,
) -> PairResults:
    """Ask a model about pairs.

    Args:
        model: in evaluation mode.
        pairs: to tell.
        masking: how residues to guess are hidden; None lets the model guess all.
        seed: of the masks, which are the same whatever the batches.
        batch: pairs read at once.
        guess: whether to guess residues.
        compare: whether to tell if domains are of one family.
    """
    cut = [model.shorten(first, second) for first, second in pairs.tokens]
    guesses = np.zeros((3, len(cut)))
    logits = np.zeros(len(cut), dtype=np.float32)
    for start in range(0, len(cut), batch):
        part = slice(start, start + batch)
        if guess:
            masked = _batch(pairs, cut, part, masking, model.joint_masks, seed)
            guesses[:, part] = _counts(model.read(masked, True, False), len(cut[part]))
        if compare:
            whole = _batch(pairs, cut, part, None, model.joint_masks, seed)
            found = model.read(whole, False, True).logits
            assert found is not None
            logits[part] = found.float().cpu().numpy()
    return PairResults(
        pairs.same_family,
        logits if compare else None,
        guesses[0].astype(np.int64),
        guesses[1].astype(np.int64),
        guesses[2],
        np.array(list(_shortened(pairs.tokens, cut)), dtype=bool),
    )


def evaluate_encoder(encoder: PlusEncoder, pairs: FixedPairs, seed: int) -> PairResults:
    """Ask a model about pairs, as far as it was trained to answer.

    Args:
        encoder: what to ask; a GPU computes if there is one.
        pairs: drawn once for all models.
        seed: of the masks.
    """
    training = encoder.training
    masking = architecture(encoder.architecture).masking
    if training.get("masking"):
        masking = Masking(**training["masking"])
    guess = masking is None or training.get("masked_lm", 1) > 0
    compare = masking is not None and training.get("same_family", 1) > 0
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = pair_model(encoder.network.to(device))
    tokens = TokenPairs.of_file(pairs)
    with torch.inference_mode():
        results = evaluate(model, tokens, masking, seed, _BATCH, guess, compare)
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


def _counts(answers: Answers, pairs: int) -> np.ndarray:
    """Residues guessed, guessed right, and sum of losses of each pair, (3, pairs)."""
    guesses = answers.guesses
    assert guesses is not None
    place = guesses.pairs.cpu().numpy()
    weights = (None, guesses.correct.cpu().numpy(), guesses.losses.cpu().numpy())
    return np.stack([np.bincount(place, weight, pairs) for weight in weights])


def _shortened(
    whole: Sequence[tuple[np.ndarray, np.ndarray]],
    cut: Sequence[tuple[np.ndarray, np.ndarray]],
) -> Iterator[bool]:
    for before, after in zip(whole, cut, strict=True):
        yield sum(map(len, after)) < sum(map(len, before))


def _chance(seed: int, place: int) -> np.random.Generator:
    return np.random.default_rng([seed, _MASKS, place])


def _letters(sequence: str) -> np.ndarray:
    tokens: np.ndarray = residue_tokens(sequence).numpy().astype(np.uint8)
    return tokens
