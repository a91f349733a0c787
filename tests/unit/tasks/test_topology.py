"""The grammar of transmembrane topologies, and when a topology is right."""

import time
from collections.abc import Iterator
from itertools import groupby, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protlang.tasks.topology import (
    decode,
    is_correct,
    membrane_regions,
)
from protlang.tasks.topology_grammar import HELIX_LENGTH, path, transmembrane_grammar
from protlang.tasks.topology_search import topologies

OTHER_SIDE = {"I": "O", "O": "I"}


def certain(topology: str, certainty: float = 0.98) -> np.ndarray:
    """Outputs of a network that believes in a topology."""
    hot = np.array([[letter == state for state in "IOM"] for letter in topology])
    return np.where(hot, certainty, (1 - certainty) / 2)


def random_outputs(seed: int, length: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    outputs: np.ndarray = rng.dirichlet([0.6, 0.6, 0.9], length)
    return outputs


def sentences(length: int, helix: int, side: str) -> Iterator[str]:
    """Yield all topologies of a length that begin in a loop on one side."""
    for loop in range(1, length):
        after = length - loop - helix
        if after >= 1:
            for rest in sentences(after, helix, OTHER_SIDE[side]):
                yield side * loop + "M" * helix + rest
    yield side * length


def log_probability(topology: str, outputs: np.ndarray, helix: int) -> float:
    """Of a topology, written down from the rules: no matrix, no recursion."""
    total = np.log(1 / 3) + np.log(1 / 2)  # a beginning of three, an end of two
    for letter, run in groupby(topology[:-1]):
        if letter != "M":  # after each loop residue, two moves
            total += len(list(run)) * np.log(1 / 2)
    for letter, (inside, outside, membrane) in zip(topology, outputs, strict=True):
        total += np.log(membrane if letter == "M" else inside + outside)
    assert topology.count("M") % helix == 0
    return float(total)


@pytest.mark.parametrize(("helix", "length"), [(1, 7), (2, 9), (3, 12), (4, 4)])
@pytest.mark.parametrize("seed", range(8))
def test_no_topology_is_likelier_than_the_decoded_one(
    helix: int, length: int, seed: int
) -> None:
    outputs = random_outputs(seed, length)
    all_topologies = {
        topology: log_probability(topology, outputs, helix)
        for side in "IO"
        for topology in sentences(length, helix, side)
    }
    decoded = decode(outputs, helix)
    assert all_topologies[decoded] == pytest.approx(max(all_topologies.values()))


def test_brute_force_has_seen_topologies_with_several_helices() -> None:
    counts = [decode(random_outputs(seed, 12), 3).count("MMM") for seed in range(8)] + [
        decode(random_outputs(seed, 9), 2).count("MM") for seed in range(8)
    ]
    assert {0, 1, 2} <= set(counts)


@pytest.mark.parametrize("seed", range(6))
def test_no_path_is_likelier_than_the_released_one_however_forbidden(seed: int) -> None:
    """All 5^6 paths, of which the grammar with helices of one residue allows few."""
    length, epsilon = 6, 2.0**-52
    outputs = random_outputs(seed, length)
    outputs[seed % 2] = [0, 0, 1]  # a helix where none may be, or of two residues
    outputs[seed % 2 + 1] = [0, 0, 1]
    inner, outer, signal, outwards, inwards = range(5)
    moves = {
        inner: {inner, outwards},
        outer: {outer, inwards},
        signal: {inner, outer},
        outwards: {outer},
        inwards: {inner},
    }

    def probability(states: tuple[int, ...]) -> float:
        total = np.log((1 / 3 if states[0] < 3 else 0) + epsilon)
        for before, after in pairwise(states):
            allowed = float(after in moves[before])
            total += np.log(allowed + epsilon) - np.log(len(moves[before]))
        for state, (inside, outside, membrane) in zip(states, outputs, strict=True):
            emitted = [inside + outside, inside + outside, 0, membrane, membrane]
            total += np.log(emitted[state] + epsilon)
        return float(total + np.log((1 / 2 if states[-1] < 2 else 0) + epsilon))

    best = max(map(probability, product(range(5), repeat=length)))
    found = path(outputs, transmembrane_grammar(1, epsilon))
    assert probability(tuple(found.tolist())) == pytest.approx(best)


def test_the_grammar_has_45_states_and_its_moves_are_sure_to_go_somewhere() -> None:
    grammar = transmembrane_grammar()
    assert len(grammar.letters) == 45
    assert grammar.letters.count("M") == 42
    assert np.exp(grammar.into).sum(axis=0) == pytest.approx(np.ones(45))
    assert np.exp(grammar.start).sum() == pytest.approx(1)
    assert np.isneginf(grammar.into).sum() == 45 * 45 - (2 + 2 + 2 + 42)


def test_one_clear_helix_is_found_by_its_middle() -> None:
    truth = "O" * 10 + "M" * 21 + "I" * 10
    assert decode(certain(truth)) == truth
    # 23 residues look like membrane: the likeliest 21 of them, surest in the middle.
    outputs = certain("O" * 10 + "M" * 23 + "I" * 10)
    outputs[[10, 32]] = [0.2, 0.2, 0.6]
    assert decode(outputs) == "O" * 11 + "M" * 21 + "I" * 11


def test_sides_follow_from_the_number_of_helices_and_the_end_is_inside() -> None:
    helix = "M" * 21
    outputs = certain("I" * 5 + helix + "I" * 5 + helix + "I" * 5 + helix + "I" * 5)
    assert decode(outputs) == f"OOOOO{helix}IIIII{helix}OOOOO{helix}IIIII"


def test_a_helix_is_predicted_once_membrane_is_likelier_than_a_third() -> None:
    def outputs(membrane: float) -> np.ndarray:
        table = np.tile([0.5, 0.5, 1e-9], (23, 1))
        table[1:22] = [(1 - membrane) / 2, (1 - membrane) / 2, membrane]
        return table

    # 22 moves from loop to loop (1/2 each) against 1 into the helix (1/2):
    # 21 log p(M) + log 1/2  >  21 log(1 - p(M)) + 22 log 1/2  <=>  p(M) > 1/3.
    assert "M" in decode(outputs(1 / 3 + 1e-6))
    assert "M" not in decode(outputs(1 / 3 - 1e-6))


@pytest.mark.parametrize("length", [1, 2, 21, 22])
def test_a_protein_too_short_for_a_helix_is_all_loop(length: int) -> None:
    outputs = certain("M" * length)
    assert decode(outputs) == "I" * length
    assert decode(certain("O" * length)) == "I" * length


def test_a_helix_has_a_loop_residue_on_either_side() -> None:
    assert decode(certain("M" * 23)) == "O" + "M" * 21 + "I"


def test_a_network_certain_of_something_forbidden_gets_a_topology_all_the_same() -> (
    None
):
    hot = certain("M" * 30 + "I" * 30, certainty=1)
    decoded = decode(hot)
    assert membrane_regions(decoded) in [[(s, s + 21)] for s in range(1, 10)]


def test_one_residue_that_is_surely_no_membrane_breaks_a_helix() -> None:
    # 21 residues of 0.6 against 0.4 and the cheaper moves are worth 22.7 nats.
    outputs = certain("I" + "M" * 21 + "I", certainty=0.6)
    assert "M" in decode(outputs)
    outputs[11] = [0.5, 0.5, 1e-12]  # costs 27.6
    assert "M" not in decode(outputs)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(1, 150),
    st.sampled_from([1, 2, 5, HELIX_LENGTH]),
)
def test_decoded_topologies_obey_the_grammar(
    seed: int, length: int, helix: int
) -> None:
    rng = np.random.default_rng(seed)
    outputs = rng.dirichlet([0.1, 0.1, 0.15], length)
    runs = [(letter, len(list(run))) for letter, run in groupby(decode(outputs, helix))]
    assert sum(size for _, size in runs) == length
    assert runs[0][0] in "IO"
    assert runs[-1][0] in "IO"
    assert all(size == helix for letter, size in runs if letter == "M")
    loops = [letter for letter, _ in runs[::2]]
    assert all(a == OTHER_SIDE[b] for a, b in pairwise(loops))
    assert {letter for letter, _ in runs[1::2]} <= {"M"}


@pytest.mark.parametrize("helix", [1, 2, 5, HELIX_LENGTH])
@pytest.mark.parametrize("kind", ["random", "tied"])
def test_topologies_found_together_are_those_of_the_full_search(
    helix: int, kind: str
) -> None:
    rng = np.random.default_rng(helix)
    outputs = [random_outputs(seed, seed % 130 + 1) for seed in range(0, 1400, 9)]
    if kind == "tied":
        outputs = [rng.integers(0, 3, table.shape) / 2 for table in outputs]
    grammar = transmembrane_grammar(helix)
    expected = [
        "".join(grammar.letters[state] for state in path(table, grammar))
        for table in outputs
    ]
    assert topologies(outputs, helix) == expected
    assert any("M" in topology for topology in expected)


def test_no_protein_has_no_topology() -> None:
    assert topologies([]) == []


def test_the_released_code_begins_in_a_helix_where_the_grammar_may_not() -> None:
    outputs = certain("M" * 40 + "I" * 30, certainty=1)
    assert decode(outputs)[0] in "IO"
    assert decode(outputs, imitate_released_code=True).startswith("M" * 40)


def test_both_agree_on_an_ordinary_protein() -> None:
    truth = "I" * 30 + "M" * 21 + "O" * 9 + "M" * 21 + "I" * 14
    for imitate in (False, True):
        assert decode(certain(truth), imitate_released_code=imitate) == truth


def test_a_protein_of_5000_residues_takes_less_than_a_second() -> None:
    outputs = random_outputs(1, 5000)
    start = time.process_time()
    decode(outputs)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "outputs",
    [
        np.zeros((0, 3)),
        np.ones((4, 4)),
        np.ones(3),
        np.array([[np.nan, 0, 1]]),
        np.array([[-0.1, 0, 1]]),
    ],
)
def test_other_arrays_are_refused(outputs: np.ndarray) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        decode(outputs)


def test_a_helix_of_no_residues_is_refused() -> None:
    with pytest.raises(ValueError, match="a helix of 0 residues"):
        decode(np.ones((4, 3)), 0)


# Regions and scores


def test_regions_are_runs_of_membrane_wherever_they_lie() -> None:
    assert membrane_regions("IIMMMOOM") == [(2, 5), (7, 8)]
    assert membrane_regions("MMOLLXMI") == [(0, 2), (6, 7)]
    assert membrane_regions("IIOO") == []


def test_the_released_code_sees_no_region_behind_one_at_the_start() -> None:
    for topology, regions in {"MMOOMMI": [], "IMMOOMM": [(1, 3), (5, 7)]}.items():
        assert membrane_regions(topology, imitate_released_code=True) == regions


@pytest.mark.parametrize(
    ("truth", "predicted", "correct"),
    [
        ("IIIIIMMMMMMMMMMOOOOO", "IIIIIMMMMMMMMMMOOOOO", True),
        ("IIIIIMMMMMMMMMMOOOOO", "OOOOOMMMMMMMMMMIIIII", True),  # sides do not matter
        ("IIIIIMMMMMMMMMMOOOOO", "MMMMMMMMMMOOOOOOOOOO", True),  # 5 shared
        ("IIIIIMMMMMMMMMMOOOOO", "IMMMMMMMMOOOOOOOOOOO", False),  # 4 shared
        ("IIIIIMMMMMMMMMMOOOOO", "IIIIIMMMMOMMMMMIIIII", False),  # two for one
        ("IIIIIMMMMMMMMMMOOOOO", "IIIIIIIIIIIIIIIIIIII", False),
        ("IIIIIIIIIIIIIIIIIIII", "OOOOOOOOOOOOOOOOOOOO", True),  # none, and none found
        # The second of each: 5 shared with the first's, none with the second's.
        ("IMMMMMMOMMMMMMIIIIII", "IIIIIIIIMMMMMMIMMMMM", False),
    ],
)
def test_a_topology_is_right_if_every_helix_overlaps_its_own(
    truth: str, predicted: str, correct: bool
) -> None:
    assert is_correct(truth, predicted) is correct
    assert is_correct(predicted, truth) is correct


def test_imitation_forgives_what_it_does_not_see() -> None:
    truth, predicted = "MMMMMMOOOO", "OOOOOOOOOO"
    assert not is_correct(truth, predicted)
    assert is_correct(truth, predicted, imitate_released_code=True)
