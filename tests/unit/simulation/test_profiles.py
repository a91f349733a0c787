"""Profiles of alignments."""

from collections.abc import Mapping

import numpy as np
import pytest

from protlang.proteins import Protein
from protlang.simulation import profiles
from support.simulation import SMALL_WORLD, coded, every

CONFIG = SMALL_WORLD


def aligned(*sequences: str) -> np.ndarray:
    return np.array([coded(sequence) for sequence in sequences], dtype=np.uint8)


def test_close_relatives_share_their_weight() -> None:
    # Henikoff & Henikoff 1994, Table 1.
    weights = profiles.position_weights(aligned("GYVGS", "GFDGF", "GYDGF", "GYQGG"))
    assert weights == pytest.approx(np.array([0.267, 0.267, 0.200, 0.267]), abs=5e-4)


def test_transitions_and_emissions_of_an_alignment_counted_by_hand() -> None:
    alignment = aligned("AC-DE", "A--DE", "ACWDE")
    alignment = np.concatenate([alignment, alignment[:1]])  # last: the match states
    found = profiles.hhblits_profile(alignment)
    weights = profiles.position_weights(alignment[:, [0, 1, 3, 4]])
    deleting, inserting = weights[1:3]
    moves = found[:, 20:27]
    assert found.shape == (4, 30)
    assert found[1, :20] == pytest.approx(np.eye(20)[coded("C")[0]])
    assert moves[0] == pytest.approx([1 - deleting, 0, deleting, 0, 0, 0, 0], rel=1e-3)
    into_insertion = inserting / (1 - deleting)
    assert moves[1] == pytest.approx(
        [1 - into_insertion, into_insertion, 0, 1, 0, 1, 0], rel=1e-3
    )
    assert moves[3] == pytest.approx([1, 0, 0, 0, 0, 0, 0])


def test_diversity_counts_different_sequences() -> None:
    alike = profiles.hhblits_profile(aligned("ACD", "ACD"))
    unlike = profiles.hhblits_profile(aligned("ACD", "EFG"))
    assert alike[:, 27:].tolist() == [[2**-1.0, 1, 1]] * 3
    assert unlike[:, 27:].tolist() == [[2**-2.0, 1, 1]] * 3


def test_profiles_hold_what_a_hhm_file_can_express(
    arrays: Mapping[str, list[Protein]],
) -> None:
    table = np.concatenate([p.profile for p in every(arrays) if p.profile is not None])
    emissions, moves, diversities = np.split(table[:, 20:], [20, 27], axis=1)
    positive = table[:, 20:][table[:, 20:] > 0].astype(float)
    integers = -1000 * np.log2(positive)
    assert integers == pytest.approx(integers.round(), abs=2e-3)
    assert integers.min() >= 0
    assert emissions.sum(axis=1) == pytest.approx(1, abs=2e-3)
    assert moves[:, :3].sum(axis=1) == pytest.approx(1, abs=2e-3)
    assert (emissions == 0).any()
    assert (moves[:, 1:] > 0).any(axis=0).all()
    assert 2**-20.0 < diversities[:, 0].min() < 0.2
    assert diversities[:, 0].max() == 0.5  # the chain itself at least: 2^-1
