"""Predictions for fixed pairs, and how they are counted."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from protlang.alphabet import RESIDUES
from protlang.corpora.token_store import TokenStore
from protlang.encoders.encoder import MaskedPredictions, PairEncoder
from protlang.encoders.masking import MaskedSequence, Masking, plus_tokens
from protlang.encoders.plus import PElmoLmEncoder, PlusRnnEncoder, PlusTfmEncoder
from protlang.models.p_elmo import PElmoLm, PElmoLmConfig
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import PlusTfm, PlusTfmConfig
from protlang.pretraining.pair_test import TokenPairs, evaluate, evaluate_encoder
from protlang.pretraining.pfam_pairs import (
    FixedPairs,
    PairSampler,
    PairSettings,
    draw_fixed_pairs,
    read_fixed_pairs,
)
from support import plus_reference as reference
from support.corpora import build_families

MASKING = Masking(share=0.2)


def some_pairs(number: int = 11) -> TokenPairs:
    rng = np.random.default_rng(5)
    tokens = [
        tuple(rng.integers(1, 21, rng.integers(5, 40)).astype(np.uint8) for _ in "ab")
        for _ in range(number)
    ]
    return TokenPairs(tokens, rng.random(number) < 0.5)  # type: ignore[arg-type]


Batch = list[tuple[MaskedSequence, MaskedSequence]]


class Oracle:
    """An encoder with known predictions, which records what it was shown.

    A masked residue costs as much as its true token and is predicted correctly if that
    is even; the logit is the first domain's length minus 20.
    """

    joint = False

    def __init__(self, longest: int = 100) -> None:
        self.longest = longest
        self.masked: Batch = []
        self.whole: Batch = []
        self.sizes: list[int] = []

    def shorten(
        self, first: np.ndarray, second: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        return first[: self.longest], second[: self.longest]

    def encode_pairs(
        self, first: list[MaskedSequence], second: list[MaskedSequence]
    ) -> Batch:
        self.sizes.append(len(first))
        return list(zip(first, second, strict=True))

    def family_logits(self, pairs: Batch) -> Tensor:
        self.whole += pairs
        return torch.tensor([len(a.tokens) - 20.0 for a, _ in pairs])

    def predict_masked(self, pairs: Batch) -> MaskedPredictions:
        self.masked += pairs
        rows = [
            (int(target), number, side)
            for side in range(2)
            for number, pair in enumerate(pairs)
            for target in pair[side].targets
        ]
        targets, numbers, sides = torch.tensor(rows).T
        return MaskedPredictions(targets.float(), targets % 2 == 0, numbers, sides == 1)


def test_predictions_are_counted_pair_by_pair() -> None:
    oracle, pairs = Oracle(), some_pairs()
    results = evaluate(oracle, pairs, MASKING, seed=1, batch=4)
    assert oracle.sizes == [4, 4, 4, 4, 3, 3]
    targets = [np.concatenate([a.targets, b.targets]) for a, b in oracle.masked]
    assert results.guessed.tolist() == [len(part) for part in targets]
    assert results.correct.tolist() == [(part % 2 == 0).sum() for part in targets]
    assert results.losses.tolist() == [part.sum() for part in targets]
    assert results.logits.tolist() == [len(a) - 20 for a, _ in pairs.tokens]
    assert results.same_family is pairs.same_family
    assert not results.shortened.any()
    for part in (results.guessed, results.correct):
        assert part.dtype == np.int64
    assert results.logits.dtype == np.float32


def test_residues_are_masked_and_domains_compared_whole() -> None:
    oracle, pairs = Oracle(), some_pairs()
    evaluate(oracle, pairs, MASKING, seed=1, batch=4)
    for (first, second), shown, predicted in zip(
        pairs.tokens, oracle.whole, oracle.masked, strict=True
    ):
        for truth, whole, masked in zip((first, second), shown, predicted, strict=True):
            assert (whole.tokens == truth).all()
            assert not len(whole.positions)
            assert len(masked.positions) == int(0.2 * len(truth))
            assert (masked.targets == truth[masked.positions]).all()


def test_masks_follow_from_seed_and_place_alone() -> None:
    pairs = some_pairs()

    def masks(seed: int, batch: int, pairs: TokenPairs = pairs) -> list[list[int]]:
        oracle = Oracle()
        evaluate(oracle, pairs, MASKING, seed, batch)
        return [part.positions.tolist() for pair in oracle.masked for part in pair]

    assert masks(1, 4) == masks(1, 11) == masks(1, 1)
    assert masks(1, 4) != masks(2, 4)
    fewer = TokenPairs(pairs.tokens[:3], pairs.same_family[:3])
    assert masks(1, 4, fewer) == masks(1, 4)[:6]
    # Of equal pairs, others are masked in other places.
    long = np.ones(100, dtype=np.uint8)
    again = TokenPairs([(long, long)] * 12, np.ones(12, dtype=bool))
    assert len({tuple(places) for places in masks(1, 5, again)}) == 24


def test_only_what_is_requested_is_predicted() -> None:
    pairs = some_pairs()
    predicted = evaluate(Oracle(), pairs, MASKING, 1, 4, predict_family=False)
    assert predicted.logits is None
    compared = evaluate(Oracle(), pairs, MASKING, 1, 4, predict_masked=False)
    assert not compared.guessed.any()
    both = evaluate(Oracle(), pairs, MASKING, 1, 4)
    assert (predicted.correct == both.correct).all()
    assert (compared.logits == both.logits).all()


def test_pairs_that_were_shortened_are_reported() -> None:
    oracle, pairs = Oracle(longest=12), some_pairs()
    results = evaluate(oracle, pairs, MASKING, 1, 4)
    wanted = [max(len(a), len(b)) > 12 for a, b in pairs.tokens]
    assert results.shortened.tolist() == wanted
    assert any(wanted)
    assert not all(wanted)
    assert max(len(part.tokens) for pair in oracle.masked for part in pair) == 12


KINDS = (PlusRnnEncoder, PlusTfmEncoder, PElmoLmEncoder)


def networks() -> list[nn.Module]:
    torch.manual_seed(0)
    return [
        PlusRnn(PlusRnnConfig(hidden_dim=4, layers=1, projection=3)),
        PlusTfm(PlusTfmConfig(8, 1, 2, 6, max_tokens=40)),
        PElmoLm(PElmoLmConfig(hidden_dim=4)),
    ]


@torch.no_grad()
@pytest.mark.parametrize("place", range(3))
def test_batches_change_no_count(place: int) -> None:
    network, kind = networks()[place], KINDS[place]
    reference.make_double(network, gain=1.5)
    if isinstance(network, PlusTfm):
        network.positions = network.positions.double()
    can_compare = place < 2
    found = [
        evaluate(
            kind(network),
            some_pairs(),
            MASKING if can_compare else None,
            seed=3,
            batch=batch,
            predict_family=can_compare,
        )
        for batch in (1, 4, 11)
    ]
    for other in found[1:]:
        for name in ("guessed", "correct", "shortened"):
            assert (getattr(other, name) == getattr(found[0], name)).all()
        np.testing.assert_allclose(other.losses, found[0].losses, rtol=1e-6)
        if can_compare:
            np.testing.assert_allclose(other.logits, found[0].logits, rtol=1e-6)
        else:
            assert other.logits is None
    assert found[0].guessed.all()
    assert found[0].shortened.any() == (place == 1)


# Of whole encoders


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TokenStore:
    folder = tmp_path_factory.mktemp("pfam")
    return build_families(folder, {"a": [30, 25, 20], "b": [22, 31], "c": [28] * 4})


@pytest.fixture(scope="module")
def file(store: TokenStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pairs") / "pairs.parquet"
    draw_fixed_pairs(path, store, np.arange(len(store)), PairSettings(3), 20)
    return path


def test_pairs_of_a_store_and_of_a_file_are_equal(
    store: TokenStore, file: Path
) -> None:
    drawn = PairSampler(store, np.arange(len(store)), PairSettings(3)).pairs(0, 20)
    ours = TokenPairs.of_store(store, drawn)
    theirs = TokenPairs.of_file(read_fixed_pairs(file))
    assert (ours.same_family == theirs.same_family).all()
    for one, other in zip(ours.tokens, theirs.tokens, strict=True):
        for first, second in zip(one, other, strict=True):
            assert first.dtype == second.dtype == np.uint8
            assert first.tolist() == second.tolist()


def test_rare_letters_are_the_same_in_a_store_and_in_a_file() -> None:
    text = "OUBZXARNDC"
    pairs = FixedPairs([("x", "y")], [(text, "A")], np.array([True]), {})
    ((found, _),) = TokenPairs.of_file(pairs).tokens
    assert found.tolist() == [12, 5, 21, 21, 21, 1, 2, 3, 4, 5]
    in_store = np.array([RESIDUES.index(letter) for letter in text])
    assert plus_tokens(in_store).tolist() == found.tolist()


def encoder(place: int, **training: Any) -> PairEncoder:
    return KINDS[place](networks()[place].eval(), training)


@pytest.mark.parametrize(
    ("place", "training", "masked", "family"),
    [
        (0, {}, True, True),
        (0, {"masked_lm": 0.7, "same_family": 0.3}, True, True),
        (0, {"masked_lm": 0, "same_family": 1}, False, True),
        (0, {"masked_lm": 1, "same_family": 0}, True, False),
        (1, {}, True, True),
        (1, {"masked_lm": 1, "same_family": 0}, True, False),
        (2, {"masked_lm": 0.7, "same_family": 0.3, "masking": None}, True, False),
        (2, {}, True, False),
    ],
)
def test_a_model_is_tested_on_what_it_was_trained_on(
    file: Path, place: int, training: dict[str, Any], masked: bool, family: bool
) -> None:
    pairs = read_fixed_pairs(file)
    results = evaluate_encoder(encoder(place, **training), pairs, 1)
    assert results.guessed.any() == masked
    if family:
        assert np.isfinite(results.logits).all()
    else:
        assert results.logits is None
    assert len(results.same_family) == 20


@pytest.mark.parametrize("place", [0, 1])
def test_families_need_a_head_which_published_weights_may_lack(
    file: Path, place: int
) -> None:
    headless = encoder(place)
    headless.network.head = None
    results = evaluate_encoder(headless, read_fixed_pairs(file), 1)
    assert results.guessed.any()
    assert results.logits is None


def test_residues_are_masked_as_in_the_models_training(file: Path) -> None:
    pairs = read_fixed_pairs(file)
    lengths = [sum(map(len, pair)) for pair in pairs.sequences]

    def predicted(place: int, **training: Any) -> list[int]:
        return evaluate_encoder(encoder(place, **training), pairs, 1).guessed.tolist()

    alone = [sum(int(0.15 * len(part)) for part in pair) for pair in pairs.sequences]
    assert predicted(0) == alone
    assert predicted(0, masking=asdict(Masking(share=1))) == lengths
    shortened = [min(total, 37) for total in lengths]
    assert predicted(1) == [int(0.15 * (total + 3)) for total in shortened]
    assert predicted(2) == lengths


def test_evaluation_repeats_itself(file: Path) -> None:
    pairs = read_fixed_pairs(file)
    one, other, third = (evaluate_encoder(encoder(0), pairs, s) for s in (1, 1, 2))
    for name, column in vars(one).items():
        assert (getattr(other, name) == column).all()
    assert (one.losses != third.losses).any()
