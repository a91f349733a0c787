"""Profiles of alignments, and that networks learn more from them than from sequences.

The order profile > single sequence > chance is a property of the simulated data: it is
measured with the network of the paper, trained on arrays that went through the reader.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from protlang.alphabet import DISORDER_STATES, Q3_STATES
from protlang.evaluation.metrics import accuracy, confusion_counts, matthews
from protlang.formats import netsurfp
from protlang.proteins import Protein
from protlang.simulation import profiles
from protlang.simulation.mirror import write_mirror
from protlang.simulation.names import ARRAYS
from protlang.simulation.world import SETS, SimulationConfig
from support.heads import recipe, train_head
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


SEEDS = (1, 2, 3)


HELD_OUT = 24


SETTINGS = {
    "learning_rate": 0.003,
    "batch_proteins": 16,
    "max_epochs": 20,
    "patience": 5,
}


Sets = Mapping[str, Sequence[Protein]]


class Scores(NamedTuple):
    """Pooled over the residues of all test proteins."""

    q3: float  # percent
    majority: float  # Q3 of the answer "always the commonest state", percent
    disorder: np.ndarray  # counts (true, predicted)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Sets]:
    def simulate(seed: int, **settings: Any) -> Sets:
        folder = tmp_path_factory.mktemp("mirror")
        sizes = {"train": 240, "cb513": 30, "ts115": 30, "casp12": 20}
        unmatched = dict.fromkeys(SETS, 0)
        write_mirror(SimulationConfig(seed, sizes, unmatched, **settings), folder)
        return read_sets(folder)

    return simulate


def read_sets(mirror: Path) -> Sets:
    proteins = {
        name: list(netsurfp.read({"data": mirror / file}, name))
        for name, file in ARRAYS.items()
    }
    return {
        "validation": proteins["train"][:HELD_OUT],
        "training": proteins["train"][HELD_OUT:],
        "test": [*proteins["cb513"], *proteins["ts115"], *proteins["casp12"]],
    }


def shuffled(sets: Sets, seed: int) -> Sets:
    rng = np.random.default_rng(seed)
    return {
        name: [with_shuffled_labels(protein, rng) for protein in proteins]
        for name, proteins in sets.items()
    }


def with_shuffled_labels(protein: Protein, rng: np.random.Generator) -> Protein:
    order = rng.permutation(len(protein.sequence))
    labels = {
        name: "".join(text[i] for i in order) for name, text in protein.labels.items()
    }
    return replace(protein, labels=labels)


def evaluate(sets: Sets, feature: str, seed: int) -> Scores:
    chosen = recipe("per_residue", [feature], seed, **SETTINGS)
    trained = train_head(chosen, sets["training"], sets["validation"]).trained()
    q3 = np.zeros((3, 3), dtype=int)
    disorder = np.zeros((2, 2), dtype=int)
    predictions = trained.predict(sets["test"])
    for protein, predicted in zip(sets["test"], predictions, strict=True):
        labels = protein.labels
        q3 += confusion_counts(labels["q3"], predicted.best("q3"), Q3_STATES)
        disorder += confusion_counts(
            labels["disorder"], predicted.best("disorder"), DISORDER_STATES
        )
    majority = 100 * q3.sum(axis=1).max() / q3.sum()
    return Scores(float(accuracy(q3)), float(majority), disorder)


@pytest.mark.parametrize("seed", SEEDS)
def test_profiles_predict_more_than_sequences_and_shuffled_labels_nothing(
    simulated: Callable[..., Sets], seed: int
) -> None:
    sets = simulated(seed)
    profile = evaluate(sets, "profile", seed)
    one_hot = evaluate(sets, "one_hot", seed)
    chance = evaluate(shuffled(sets, seed), "profile", seed)

    assert profile.q3 > one_hot.q3 + 5
    assert one_hot.q3 > one_hot.majority + 18
    assert matthews(profile.disorder) > 0.4
    assert matthews(one_hot.disorder) > 0.15

    assert chance.q3 < chance.majority + 4
    # No residue called disordered (0/0), or as good as none rightly.
    assert not matthews(chance.disorder) > 0.1


def test_profiles_without_relatives_predict_no_more_than_sequences(
    simulated: Callable[..., Sets],
) -> None:
    sets = simulated(1, homologues=(0, 0))
    profile = evaluate(sets, "profile", 1)
    one_hot = evaluate(sets, "one_hot", 1)
    assert profile.q3 == pytest.approx(one_hot.q3, abs=3)
