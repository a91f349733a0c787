"""Measures of stored predictions, counted by hand."""

import numpy as np
import pytest

from protlang.evaluation.statistics import bootstrap_share
from protlang.tasks.measures import (
    StoredPrediction,
    accuracy,
    released_topology_accuracy,
    residue_accuracy,
    spearman,
    topology_accuracy,
)

IOM = "IOM"


def residues(
    truth: str, likeliest: str, prediction: str = "", mask: str | None = None
) -> StoredPrediction:
    probabilities = np.array(
        [[letter == state for state in IOM] for letter in likeliest]
    )
    return StoredPrediction(
        "p", truth, prediction or likeliest, probabilities.astype(np.float32), mask
    )


def test_accuracy_is_the_share_of_proteins_averaged_over_seeds() -> None:
    def seed(*predicted: str) -> list[StoredPrediction]:
        return [StoredPrediction("p", "M", each) for each in predicted]

    found = accuracy([seed("M", "M", "S", "S"), seed("M", "S", "S", "S")])
    assert found is not None
    assert found.interval.value == pytest.approx(3 / 8)
    assert found.n == 4
    assert found.interval.low < 3 / 8 < found.interval.high


def test_residues_are_pooled_and_drawn_by_protein() -> None:
    one, other = residues("IIII", "IIIO"), residues("MM", "OO")
    found = residue_accuracy(IOM)([[one, other]])
    assert found is not None
    assert found.interval == bootstrap_share(np.array([3, 0]), np.array([4, 2]))
    assert found.interval.value == 0.5
    assert found.n == 2


def test_residues_without_a_known_letter_or_masked_do_not_count() -> None:
    protein = residues("IXOM", "IIOO", mask="1101")
    everything = residue_accuracy(IOM)([[protein, protein]])
    evaluated = residue_accuracy(IOM, evaluated=True)([[protein, protein]])
    assert everything is not None
    assert evaluated is not None
    assert everything.interval.value == pytest.approx(2 / 3)
    assert evaluated.interval.value == pytest.approx(1 / 2)


def test_without_a_mask_there_is_no_evaluated_accuracy() -> None:
    assert residue_accuracy(IOM, evaluated=True)([[residues("I", "I")]]) is None


def test_likeliest_letters_count_and_not_the_decoded_ones() -> None:
    found = residue_accuracy(IOM)([[residues("IIM", "IIM", prediction="OOO")]])
    assert found is not None
    assert found.interval.value == 1


def test_a_topology_is_right_as_decoded() -> None:
    helix = "II" + 21 * "M" + "OO"
    found = topology_accuracy(
        [[residues(helix, 25 * "I", helix), residues(helix, helix, 25 * "I")]]
    )
    assert found is not None
    assert found.interval.value == 0.5


def test_the_released_code_finds_no_fault_in_what_it_overlooks() -> None:
    """Helices at the first residue: it sees none in truth, and none was predicted."""
    truth = 21 * "M" + 9 * "O"
    missed = residues(truth, 30 * "O", prediction=30 * "O")
    for measure, share in ((topology_accuracy, 0), (released_topology_accuracy, 1)):
        found = measure([[missed]])
        assert found is not None
        assert found.interval.value == share


def test_ranks_decide_on_numbers() -> None:
    truth = [0.0, 1.0, 2.0, 30.0]
    seed = [
        StoredPrediction("p", true, predicted)
        for true, predicted in zip(truth, [-5.0, 1.0, 1.5, 2.0], strict=True)
    ]
    found = spearman([seed])
    assert found is not None
    assert found.interval.value == pytest.approx(1)
    assert found.n == 4
