"""Residues that a task reads and losses of predictions, by hand."""

import math

import numpy as np
import pytest
import torch

from protlang.alphabet import CLASS_LABELS, LABEL_STATES, LOCATIONS, PROTEIN_VALUES
from protlang.errors import ProtlangError
from protlang.proteins import Protein
from protlang.tasks.losses import task_loss
from protlang.tasks.plus import (
    LOCALIZATION,
    SECONDARY_STRUCTURE,
    SOLUBILITY,
    STABILITY,
    TASKS,
    TRANSMEMBRANE,
)
from protlang.tasks.task import IGNORED, labelled


def located(location: str, sequence: str = "ACD") -> Protein:
    return Protein("p", sequence, classes={"location": location})


def test_every_task_reads_a_label_of_the_canonical_data_sets() -> None:
    for task in TASKS.values():
        if task.level == "residue":
            assert "".join(task.classes) == LABEL_STATES[task.label]
        elif task.classes:
            assert tuple(task.classes) == CLASS_LABELS[task.label]
        else:
            assert task.label in PROTEIN_VALUES


def test_tasks_and_outputs_are_the_papers() -> None:
    assert {task.title: task.outputs for task in TASKS.values()} == {
        "Solubility": 2,
        "Localization": 10,
        "Stability": 1,
        "Fluorescence": 1,
        "SecStr": 8,
        "Transmembrane": 3,
    }
    assert all(name == task.name for name, task in TASKS.items())


def test_cytoplasm_and_nucleus_counts_as_cytoplasm() -> None:
    assert LOCALIZATION.truth(located("Cytoplasm-Nucleus")) == "Cytoplasm"
    target = LOCALIZATION.target(located("Cytoplasm-Nucleus"))
    assert target == LOCATIONS.index("Cytoplasm")
    assert LOCALIZATION.truth(located("elsewhere")) is None
    assert LOCALIZATION.target(located("elsewhere")) is None


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (1000, list(range(1000))),
        (1001, [*range(500), *range(501, 1001)]),
        (2000, [*range(500), *range(1500, 2000)]),
    ],
)
def test_long_proteins_are_located_by_their_two_ends(
    length: int, expected: list[int]
) -> None:
    assert LOCALIZATION.residues_read(length, None).tolist() == expected


def test_a_model_reads_the_first_residues_of_what_is_left_of_a_protein() -> None:
    assert SOLUBILITY.residues_read(600, 510).tolist() == list(range(510))
    ends = [*range(500), *range(1500, 1510)]
    assert LOCALIZATION.residues_read(2000, 510).tolist() == ends
    assert SOLUBILITY.residues_read(3, 510).tolist() == [0, 1, 2]


def test_no_residue_with_a_label_is_left_out() -> None:
    for task in (SECONDARY_STRUCTURE, TRANSMEMBRANE):
        assert task.residues_read(1700, 510).tolist() == list(range(1700))


def test_only_transmembrane_ignores_masked_residues_in_training() -> None:
    protein = Protein("p", "ACDE", {"topology": "IOMM", "q8": "GHCC", "mask": "1011"})
    target = TRANSMEMBRANE.target(protein)
    assert target is not None
    assert target.tolist() == [0, IGNORED, 2, 2]
    states = SECONDARY_STRUCTURE.target(protein)
    assert states is not None
    assert states.tolist() == [0, 1, 7, 7]


def test_numbers_cost_their_squared_error_unscaled() -> None:
    proteins = [
        Protein("a", "A", values={"stability": 1.5}),
        Protein("b", "C", values={"stability": -100.0}),
    ]
    targets = [STABILITY.target(protein) for protein in proteins]
    loss = task_loss(
        STABILITY, torch.tensor([[1.0], [-90.0]]), [t for t in targets if t is not None]
    )
    assert float(loss.mean) == pytest.approx((0.25 + 100) / 2)
    assert loss.counted == 2


def test_classes_cost_their_cross_entropy() -> None:
    scores = torch.tensor([[0.0, math.log(3)], [0.0, math.log(3)]])
    loss = task_loss(SOLUBILITY, scores, [np.array(1), np.array(0)])
    expected = (-math.log(3 / 4) - math.log(1 / 4)) / 2
    assert float(loss.mean) == pytest.approx(expected)


def test_residues_of_all_proteins_weigh_the_same_and_masked_ones_nothing() -> None:
    scores = torch.zeros(5, 3)
    scores[1] = torch.tensor([1e3, -1e3, 0])  # masked
    scores[4] = torch.tensor([0, math.log(2), 0])
    targets = [np.array([0, IGNORED, 2, 2]), np.array([1])]
    loss = task_loss(TRANSMEMBRANE, scores, targets)
    assert loss.counted == 4
    assert float(loss.mean) == pytest.approx((3 * math.log(3) + math.log(2)) / 4)


def test_a_batch_without_labels_costs_nothing() -> None:
    scores = torch.zeros(2, 3, requires_grad=True)
    loss = task_loss(TRANSMEMBRANE, scores, [np.array([IGNORED, IGNORED])]).mean
    torch.autograd.backward(loss)
    assert loss.item() == 0
    assert scores.grad is not None
    assert not scores.grad.any()


def test_proteins_without_a_label_are_left_out_and_none_is_refused() -> None:
    known, unknown = located("Nucleus"), located("elsewhere")
    assert labelled(LOCALIZATION, [unknown, known]) == [known]
    with pytest.raises(ProtlangError, match="none of 1 proteins has the label"):
        labelled(LOCALIZATION, [unknown])
