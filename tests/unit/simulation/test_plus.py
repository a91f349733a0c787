"""The simulated sets that PLUS is fine-tuned on: make-up, and what can be learned.

That there is something to learn is shown with straight lines (ridge and logistic
regression) on residues and their frequencies: less than what networks have.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression, Ridge

from protlang.alphabet import AMINO_ACIDS
from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats import archives
from protlang.formats.registry import DISTRIBUTIONS
from protlang.proteins import Protein
from protlang.simulation.families import simulate_families
from protlang.simulation.fluorescence import (
    BRIGHT,
    DARK,
    simulate_fluorescence,
    substitution_harm,
)
from protlang.simulation.mirror import PLUS, _write_plus
from protlang.simulation.solubility import simulate_solubility
from protlang.simulation.stability import FOLDS, NEIGHBOURS, simulate_stability
from protlang.simulation.transmembrane import (
    BESIDE_HELIX,
    REPEATED,
    simulate_transmembrane,
)
from protlang.simulation.world import SimulationConfig
from protlang.sources.catalogue import load_sources
from protlang.tasks.topology import decode, is_correct
from protlang.validation import REPOSITORY

CONFIG = SimulationConfig(seed=3)
SEEDS = (1, 2, 3, 4)
HYDROPHOBIC = "AFGILMVW"

Parts = Mapping[str, list[Protein]]


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mirror")
    _write_plus(folder, CONFIG)
    return folder


@pytest.fixture(scope="module")
def membrane_proteins() -> list[Protein]:
    return simulate_transmembrane(CONFIG)


def frequencies(proteins: list[Protein]) -> np.ndarray:
    return np.array(
        [
            [10 * p.sequence.count(a) / len(p.sequence) for a in AMINO_ACIDS]
            for p in proteins
        ]
    )


def residues(proteins: list[Protein]) -> np.ndarray:
    """One row of indicators per protein; all have one length."""
    return np.array(
        [[a == b for a in p.sequence for b in AMINO_ACIDS] for p in proteins]
    )


def learned(
    parts: Parts, task: str, features: Callable[[list[Protein]], np.ndarray]
) -> float:
    """Rank correlation on the test set of a line fitted to the training set."""
    truth = {name: [p.values[task] for p in parts[name]] for name in parts}
    line = Ridge(1.0).fit(features(parts["train"]), truth["train"])
    predicted = line.predict(features(parts["test"]))
    return float(spearmanr(predicted, truth["test"]).statistic)


def distances(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


# The files


def test_the_files_are_named_as_their_sources_are() -> None:
    sources = load_sources(REPOSITORY / "config" / "sources.yaml")
    names = {
        "stability": "tape-stability",
        "fluorescence": "tape-fluorescence",
        "solubility": "deepsol",
        "transmembrane": "topcons2",
    }
    assert {
        task: f"{name}/{sources[name].file('data').name}"
        for task, name in names.items()
    } == PLUS


@pytest.mark.parametrize(
    ("task", "distribution", "simulate"),
    [
        ("stability", "tape-lmdb-stability", simulate_stability),
        ("fluorescence", "tape-lmdb-fluorescence", simulate_fluorescence),
        ("solubility", "deepsol-zip", simulate_solubility),
    ],
)
def test_files_are_read_as_they_were_simulated(
    mirror: Path,
    task: str,
    distribution: str,
    simulate: Callable[[SimulationConfig], Parts],
) -> None:
    found = list(DISTRIBUTIONS[distribution].read({"data": mirror / PLUS[task]}, task))
    for part, simulated in simulate(CONFIG).items():
        of_part = [protein for protein in found if protein.split == part]
        assert [p.sequence for p in of_part] == [p.sequence for p in simulated]
        assert [p.classes for p in of_part] == [p.classes for p in simulated]
        for protein, original in zip(of_part, simulated, strict=True):
            assert protein.values == pytest.approx(original.values)


def test_topologies_are_read_as_they_were_simulated(
    mirror: Path, membrane_proteins: list[Protein]
) -> None:
    files = {"data": mirror / PLUS["transmembrane"]}
    found = list(DISTRIBUTIONS["topcons-zip"].read(files, "topcons2"))
    assert [p.id for p in found] == [p.id for p in membrane_proteins]
    assert [p.sequence for p in found] == [p.sequence for p in membrane_proteins]
    for protein, simulated in zip(found, membrane_proteins, strict=True):
        assert protein.labels["mask"] == simulated.labels["mask"]
        if "0" not in protein.labels["mask"]:
            side_of_loop = re.sub(
                "([IO])(L+)",
                lambda m: m[1] + m[1] * len(m[2]),
                simulated.labels["topology"],
            )
            assert protein.labels["topology"] == side_of_loop
    changed = Counter(rule for protein in found for rule in protein.changes)
    assert set(changed) == {
        "re_entrant_residues_given_a_side",
        "residues_of_unknown_side_masked",
    }


def test_equal_settings_give_equal_bytes_which_say_that_they_are_simulated(
    mirror: Path, tmp_path: Path
) -> None:
    _write_plus(tmp_path / "same", CONFIG)
    _write_plus(tmp_path / "other", replace(CONFIG, seed=4))
    for file in PLUS.values():
        assert file_hash(tmp_path / "same" / file) == file_hash(mirror / file)
        assert file_hash(tmp_path / "other" / file) != file_hash(mirror / file)
        assert archives.is_simulated(mirror / file)


def test_the_size_of_one_set_changes_nothing_in_another() -> None:
    small = {"train": 10, "validation": 8, "test": 8}
    changed = {
        "stability": replace(CONFIG, stability=small),
        "fluorescence": replace(CONFIG, fluorescence=small),
        "solubility": replace(CONFIG, solubility=small),
    }
    for task, config in changed.items():
        others: list[Callable[[SimulationConfig], object]] = [
            simulate
            for name, simulate in (
                ("stability", simulate_stability),
                ("fluorescence", simulate_fluorescence),
                ("solubility", simulate_solubility),
                ("transmembrane", simulate_transmembrane),
            )
            if name != task
        ]
        assert all(simulate(config) == simulate(CONFIG) for simulate in others)


@pytest.mark.parametrize(
    "simulate", [simulate_stability, simulate_fluorescence, simulate_solubility]
)
def test_parts_are_as_large_as_asked_for_and_share_no_sequence(
    simulate: Callable[[SimulationConfig], Parts],
) -> None:
    sizes = {"train": 31, "validation": 7, "test": 13}
    config = replace(CONFIG, stability=sizes, fluorescence=sizes, solubility=sizes)
    parts = simulate(config)
    assert {name: len(proteins) for name, proteins in parts.items()} == sizes
    proteins = [protein for part in parts.values() for protein in part]
    assert len({protein.sequence for protein in proteins}) == 51
    assert len({protein.id for protein in proteins}) == 51
    assert all(protein.id.startswith("0") for protein in proteins)
    assert {name for name in parts for p in parts[name] if p.split == name} == set(
        sizes
    )


# Stability


def test_folds_have_the_elements_of_their_names() -> None:
    for name, states in FOLDS.items():
        assert len(states) == 43
        runs = re.sub(r"(.)\1*", r"\1", states)
        assert re.sub("[CT]", "", runs) == name


def test_test_proteins_are_one_residue_away_from_a_design_that_is_also_there() -> None:
    test = simulate_stability(CONFIG)["test"]
    for start in range(0, len(test), NEIGHBOURS):
        parent, *neighbours = test[start : start + NEIGHBOURS]
        assert {distances(parent.sequence, n.sequence) for n in neighbours} == {1}
    parents = [p.sequence for p in test[::NEIGHBOURS]]
    train = [p.sequence for p in simulate_stability(CONFIG)["train"]]
    assert min(distances(a, b) for a in parents for b in train) > 10


@pytest.mark.parametrize("seed", SEEDS)
def test_stability_can_be_learned_from_the_frequency_of_residues(seed: int) -> None:
    parts = simulate_stability(replace(CONFIG, seed=seed))
    assert learned(parts, "stability", frequencies) > 0.5


def test_stability_cannot_be_learned_from_other_proteins_values() -> None:
    parts = simulate_stability(CONFIG)
    values = [p.values for p in parts["train"]]
    found = []
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(values))
        pairs = zip(parts["train"], order, strict=True)
        broken = [replace(p, values=values[place]) for p, place in pairs]
        found.append(learned({**parts, "train": broken}, "stability", frequencies))
    assert abs(np.mean(found)) < 0.2


# Fluorescence


def test_training_variants_have_up_to_three_mutations_and_test_variants_more() -> None:
    parts = simulate_fluorescence(CONFIG)
    parent = parts["train"][0].sequence
    counts = {
        name: [distances(parent, p.sequence) for p in proteins]
        for name, proteins in parts.items()
    }
    assert set(counts["train"]) == {0, 1, 2, 3}
    assert counts["train"].count(0) == 1
    assert set(counts["validation"]) <= {1, 2, 3}
    assert min(counts["test"]) == 4
    assert Counter(counts["test"]).most_common(1)[0][0] in (4, 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_brightness_has_two_peaks_and_the_parent_is_in_the_bright_one(
    seed: int,
) -> None:
    parts = simulate_fluorescence(replace(CONFIG, seed=seed))
    parent, *rest = [p.values["fluorescence"] for p in parts["train"]]
    test = np.array([p.values["fluorescence"] for p in parts["test"]])
    assert parent == pytest.approx(BRIGHT, abs=0.3)
    middle = (DARK + BRIGHT) / 2
    for values, dark in ((np.array(rest), (0.05, 0.4)), (test, (0.4, 0.9))):
        assert dark[0] < (values < DARK + 0.6).mean() < dark[1]
        assert (abs(values - middle) < 0.4).mean() < 0.2
    assert min(test) >= DARK


@pytest.mark.parametrize("seed", SEEDS)
def test_brightness_can_be_learned_from_residues(seed: int) -> None:
    parts = simulate_fluorescence(replace(CONFIG, seed=seed))
    assert learned(parts, "fluorescence", residues) > 0.5


def test_mutations_do_harm_on_average_one_and_none_where_nothing_changes() -> None:
    rng = np.random.default_rng(2)
    (parent,) = simulate_families(np.array([80]), np.array([1]), rng)
    harm = substitution_harm(parent, rng)
    own = harm[np.arange(80), parent.alignment[0]]
    assert (own == 0).all()
    assert (harm >= 0).all()
    assert harm.sum() / (80 * 19) == pytest.approx(1)


# Solubility


@pytest.mark.parametrize("seed", SEEDS)
def test_solubility_can_be_learned_from_the_frequency_of_residues(seed: int) -> None:
    parts = simulate_solubility(replace(CONFIG, seed=seed))
    truth = {
        name: [p.classes["solubility"] for p in proteins]
        for name, proteins in parts.items()
    }
    line = LogisticRegression(C=10.0, max_iter=1000)
    line.fit(frequencies(parts["train"]), truth["train"])
    correct = line.score(frequencies(parts["test"]), truth["test"])
    assert 0.7 < correct < 0.97


def test_the_soluble_are_as_many_as_in_deepsol() -> None:
    for name, proteins in simulate_solubility(CONFIG).items():
        soluble = sum(p.classes["solubility"] == "soluble" for p in proteins)
        share = 0.5 if name == "test" else 0.42
        assert soluble == round(share * len(proteins))


# Transmembrane


def regions(protein: Protein, letter: str) -> list[tuple[int, int]]:
    return [m.span() for m in re.finditer(f"{letter}+", protein.labels["topology"])]


def test_helices_cross_the_membrane(membrane_proteins: list[Protein]) -> None:
    lengths = []
    for protein in membrane_proteins:
        topology = protein.labels["topology"]
        assert len(topology) == len(protein.sequence) == len(protein.labels["mask"])
        assert re.fullmatch("[IO][IOLM]*[IO]", topology)
        assert not re.search("IM+I|OM+O|IL+O|OL+I|ML|LM|IO|OI", topology)
        lengths += [end - start for start, end in regions(protein, "M")]
    assert 16 <= min(lengths) <= max(lengths) <= 25
    assert 18 < np.mean(lengths) < 21


def test_helices_are_greasy_and_inner_loops_basic(
    membrane_proteins: list[Protein],
) -> None:
    letters: dict[str, str] = {"M": "", "I": "", "O": ""}
    for protein in membrane_proteins:
        for start, end in regions(protein, "M"):
            letters["M"] += protein.sequence[start:end]
            for side in (
                slice(start - BESIDE_HELIX, start),
                slice(end, end + BESIDE_HELIX),
            ):
                for place, letter in zip(
                    protein.labels["topology"][side],
                    protein.sequence[side],
                    strict=True,
                ):
                    letters[place] = letters.get(place, "") + letter
    share = {
        place: sum(map(text.count, HYDROPHOBIC)) / len(text)
        for place, text in letters.items()
    }
    basic = {
        place: sum(map(text.count, "KR")) / len(text) for place, text in letters.items()
    }
    assert share["M"] > 0.75 > 0.35 > max(share["I"], share["O"])
    assert basic["I"] > 0.3 > 0.05 > max(basic["O"], basic["M"])


def test_some_residues_are_of_unknown_side_or_re_entrant_and_some_proteins_repeated(
    membrane_proteins: list[Protein],
) -> None:
    hidden = [p for p in membrane_proteins if "0" in p.labels["mask"]]
    looped = [p for p in membrane_proteins if "L" in p.labels["topology"]]
    assert 0 < len(hidden) < 20
    assert 0 < len(looped) < 20
    for protein in hidden:
        pairs = zip(protein.labels["topology"], protein.labels["mask"], strict=True)
        assert {seen for place, seen in pairs if place in "IO"} == {"0"}
    counts = Counter(p.sequence for p in membrane_proteins)
    assert len(membrane_proteins) == 100
    assert sum(counts.values()) - len(counts) == round(REPEATED * 100)
    assert len({p.id for p in membrane_proteins}) == 100


def found_by_grease(proteins: list[Protein]) -> float:
    """Share of topologies that the grammar finds in greasy stretches of nine."""
    correct = []
    for protein in proteins:
        greasy = np.array([float(letter in "AFILMVW") for letter in protein.sequence])
        window = np.convolve(greasy, np.ones(9) / 9, mode="same")
        membrane = 1 / (1 + np.exp(3 - 6 * window))
        loop = (1 - membrane) / 2
        predicted = decode(np.stack([loop, loop, membrane], axis=1))
        correct.append(is_correct(protein.labels["topology"], predicted))
    return float(np.mean(correct))


def test_topologies_follow_from_the_sequence(membrane_proteins: list[Protein]) -> None:
    rng = np.random.default_rng(1)
    shuffled = [
        replace(p, sequence="".join(rng.permutation(list(p.sequence))))
        for p in membrane_proteins
    ]
    assert found_by_grease(membrane_proteins) > 0.8
    assert found_by_grease(shuffled) < 0.5


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"stability": {"train": 9}}, "simulation.stability has the parts train; give"),
        (
            {"solubility": {"train": 9, "validation": 3, "test": 9}},
            "simulation.solubility.validation is 3; request 4 to 99,999",
        ),
        (
            {"transmembrane": {"proteins": 19}},
            "simulation.transmembrane.proteins is 19; request 20 to",
        ),
        ({"fluorescence": {}}, "simulation.fluorescence has the parts ; give"),
    ],
)
def test_impossible_sizes_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ProtlangError, match=said):
        replace(CONFIG, **settings)


def test_the_smallest_sets_can_be_made() -> None:
    sizes = {"train": 4, "validation": 4, "test": 4}
    config = SimulationConfig(
        seed=1,
        stability=sizes,
        fluorescence=sizes,
        solubility=sizes,
        transmembrane={"proteins": 20},
    )
    classes = Counter(
        p.classes["solubility"] for p in simulate_solubility(config)["test"]
    )
    assert classes == {"soluble": 2, "insoluble": 2}
    assert len(simulate_transmembrane(config)) == 20
    assert len(simulate_stability(config)["test"]) == 4
    assert len(simulate_fluorescence(config)["test"]) == 4
