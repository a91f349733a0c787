"""Masked residues: how many, which, and what stands in their place."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from protlang.alphabet import RESIDUES, encode
from protlang.encoders.masking import (
    RNN_MASK,
    TFM_MASK,
    TFM_MASKING,
    UNKNOWN,
    MaskedSequence,
    Masking,
    joint_masked_places,
    mask_alone,
    mask_jointly,
    masked_places,
    plus_tokens,
    unmasked,
)
from protlang.models import tokens as models_tokens
from protlang.models.plus_tfm import join

RNN = Masking()
RELEASED = Masking(imitate_released_code=True)


def protein(length: int, seed: int = 0) -> np.ndarray:
    """Tokens of amino acids."""
    return np.random.default_rng(seed).integers(1, 21, length).astype(np.uint8)


def many(
    settings: Masking, length: int = 200, times: int = 2000
) -> list[tuple[np.ndarray, MaskedSequence]]:
    rng = np.random.default_rng(1)
    tokens = [protein(length, seed) for seed in range(times)]
    return [(sequence, mask_alone(sequence, settings, rng)) for sequence in tokens]


# Tokens


def test_tokens_are_those_of_the_models() -> None:
    stored = np.frombuffer(encode(RESIDUES), dtype=np.uint8)
    assert (
        plus_tokens(stored).tolist() == models_tokens.residue_tokens(RESIDUES).tolist()
    )


def test_tokens_of_letters_known_by_hand() -> None:
    stored = np.frombuffer(encode("ARVXOUBZ"), dtype=np.uint8)
    assert plus_tokens(stored).tolist() == [1, 2, 20, 21, 12, 5, 21, 21]
    assert plus_tokens(stored).dtype == np.uint8


# How many


@pytest.mark.parametrize(
    ("length", "number"),
    [(1, 0), (6, 0), (7, 1), (20, 3), (100, 15), (333, 49), (334, 50), (9999, 50)],
)
def test_the_number_to_predict_is_that_of_the_released_code(
    length: int, number: int
) -> None:
    for settings in (RNN, RELEASED):
        masked = mask_alone(protein(length), settings, np.random.default_rng(0))
        assert len(masked.positions) == len(masked.targets) == number


def test_without_a_limit_exactly_the_share_is_predicted() -> None:
    settings = replace(RNN, most=None)
    for length in range(20, 3000, 20):
        masked = mask_alone(protein(length), settings, np.random.default_rng(0))
        assert len(masked.positions) == 3 * length // 20


@pytest.mark.parametrize(
    ("first", "second", "numbers"),
    [(100, 97, (15, 15)), (50, 147, (7, 23)), (250, 256, (37, 39)), (3, 1, (0, 1))],
)
def test_a_pair_shares_its_number_by_length(
    first: int, second: int, numbers: tuple[int, int]
) -> None:
    sides = mask_jointly(
        protein(first), protein(second), TFM_MASKING, np.random.default_rng(0)
    )
    assert tuple(len(side.positions) for side in sides) == numbers


# Which


@given(
    st.lists(st.integers(1, 21), min_size=1, max_size=120),
    st.integers(0, 99),
    st.booleans(),
)
def test_only_chosen_residues_change_and_targets_are_the_truth(
    sequence: list[int], seed: int, imitate: bool
) -> None:
    tokens = np.array(sequence, dtype=np.uint8)
    settings = replace(RNN, imitate_released_code=imitate)
    masked = mask_alone(tokens, settings, np.random.default_rng(seed))
    known = masked.targets != 0
    positions = masked.positions[known]
    assert (np.diff(positions) > 0).all()
    assert (tokens[positions] == masked.targets[known]).all()
    assert (tokens[positions] != UNKNOWN).all()
    others = np.delete(np.arange(len(tokens)), positions)
    assert (masked.tokens[others] == tokens[others]).all()
    wanted = min(50, int(0.15 * len(tokens)))
    assert known.sum() == min(wanted, (tokens != UNKNOWN).sum())
    assert len(masked.positions) == (wanted if imitate else known.sum())
    assert not masked.positions[~known].any()


def test_missing_residues_count_only_when_imitating() -> None:
    tokens = np.array([21] * 38 + [5, 7], dtype=np.uint8)
    rng = np.random.default_rng(0)
    assert mask_alone(tokens, RNN, rng).positions.tolist() == [38, 39]
    released = mask_alone(tokens, RELEASED, rng)
    assert released.positions.tolist() == [0, 0, 0, 0, 38, 39]
    assert released.targets.tolist() == [0, 0, 0, 0, 5, 7]


def test_every_residue_is_as_likely() -> None:
    counts = np.zeros(200)
    for _, masked in many(RNN):
        counts[masked.positions] += 1
    # 2000 * 30 / 200 = 300 each, of binomial spread 16.
    assert abs(counts - 300).max() < 5 * 16


# What stands in their place


@pytest.mark.parametrize("settings", [RNN, RELEASED, replace(RNN, mask=TFM_MASK)])
def test_fates_have_the_shares_of_the_paper(settings: Masking) -> None:
    kinds = 21 if settings.imitate_released_code else 20
    found = np.zeros(25)
    same = total = 0
    for tokens, masked in many(settings):
        replaced = masked.tokens[masked.positions]
        found += np.bincount(replaced, minlength=25)
        same += (replaced == tokens[masked.positions]).sum()
        total += len(replaced)
    assert total == 2000 * 30
    masks = 0.8 + (0.1 / 21 if settings == RELEASED else 0)
    assert found[settings.mask] / total == pytest.approx(masks, abs=0.007)
    # Unchanged, or replaced by itself.
    assert same / total == pytest.approx(0.1 + 0.1 / kinds, abs=0.006)
    assert not found[0]
    assert (found[1:21] > 0).all()
    assert found[[21, 22]].sum() == found[settings.mask]


@pytest.mark.parametrize(("settings", "kinds"), [(RNN, 20), (RELEASED, 21)])
def test_random_tokens_are_drawn_evenly(settings: Masking, kinds: int) -> None:
    settings = replace(settings, masked=0.0, replaced=1.0)
    rng = np.random.default_rng(1)
    tokens = np.ones(300, dtype=np.uint8)
    drawn = [mask_alone(tokens, settings, rng) for _ in range(500)]
    replaced = np.concatenate([masked.tokens[masked.positions] for masked in drawn])
    counts = np.bincount(replaced, minlength=25)
    expected = 500 * 45 / kinds
    assert not counts[0]
    assert not counts[kinds + 1 :].any()
    assert abs(counts[1 : kinds + 1] - expected).max() < 5 * np.sqrt(expected)


def test_the_sequence_itself_is_not_changed() -> None:
    tokens = protein(100)
    before = tokens.copy()
    mask_alone(tokens, RNN, np.random.default_rng(0))
    assert (tokens == before).all()


def test_equal_chance_gives_equal_masks() -> None:
    one, same, other = (
        mask_alone(protein(100), RNN, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert all((a == b).all() for a, b in zip(one[:3], same[:3], strict=True))
    assert (one.positions != other.positions).any()
    assert RNN_MASK in one.tokens


# Batches


def test_predictions_of_a_batch_by_hand() -> None:
    sequences = [
        MaskedSequence(protein(3), np.array([0, 2]), np.array([7, 8])),
        unmasked(protein(4)),
        MaskedSequence(protein(2), np.array([1]), np.array([9])),
    ]
    found = masked_places(sequences)
    assert found.rows.tolist() == [0, 0, 2]
    assert found.positions.tolist() == [0, 2, 1]
    assert found.targets.tolist() == [7, 8, 9]


def test_joint_predictions_point_at_the_residues_of_joined_pairs() -> None:
    rng = np.random.default_rng(0)
    pairs = [(protein(40 + n, n), protein(30 - n, n + 9)) for n in range(5)]
    masked = [mask_jointly(*pair, TFM_MASKING, rng) for pair in pairs]
    found = joint_masked_places(*zip(*masked, strict=True))
    joined = [
        join(*(torch.from_numpy(side.astype(int)) for side in pair))[0]
        for pair in pairs
    ]
    truth = [
        int(joined[row][position])
        for row, position in zip(found.rows, found.positions, strict=True)
    ]
    assert truth == found.targets.tolist()
    assert len(truth) == 5 * int(0.15 * 73)
