"""The simulated world: its chemistry, its files, and that nobody takes it for real."""

import gzip
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protlang.alphabet import AMINO_ACIDS, Q8_STATES, RESIDUES
from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats import netsurfp
from protlang.formats.fasta import read_fasta
from protlang.formats.seqres import chain_key
from protlang.proteins import Protein
from protlang.simulation import families, nature, profiles, structure, substitution
from protlang.simulation.mirror import ARRAYS, NOTICE, SEQRES, write_mirror
from protlang.simulation.world import SETS, SimulationConfig, World, simulate_world

CONFIG = SimulationConfig(
    seed=7,
    proteins={"train": 60, "cb513": 26, "ts115": 8, "casp12": 8},
    unmatched={"train": 3, "cb513": 1, "ts115": 0, "casp12": 1},
    homologues=(0, 30),
)
GAP = substitution.GAP


@pytest.fixture(scope="module")
def world() -> World:
    return simulate_world(CONFIG)


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mirror")
    write_mirror(CONFIG, folder)
    return folder


@pytest.fixture(scope="module")
def arrays(mirror: Path) -> Mapping[str, list[Protein]]:
    return {
        name: list(netsurfp.read({"data": mirror / file}, name))
        for name, file in ARRAYS.items()
    }


@pytest.fixture(scope="module")
def deposited(mirror: Path) -> Mapping[str, str]:
    return {record.id: record.sequence for record in read_fasta(mirror / SEQRES)}


def coded(sequence: str) -> list[int]:
    return [GAP if letter == "-" else AMINO_ACIDS.index(letter) for letter in sequence]


def aligned(*sequences: str) -> np.ndarray:
    return np.array([coded(sequence) for sequence in sequences], dtype=np.uint8)


# The chemistry


def test_substitution_is_reversible_and_one_per_unit_of_time() -> None:
    rates = substitution.rate_matrix()
    flow = nature.BACKGROUND[:, None] * rates
    assert rates.sum(axis=1) == pytest.approx(0, abs=1e-12)
    assert flow == pytest.approx(flow.T)
    assert -flow.trace() == pytest.approx(1)


def test_similar_residues_replace_each_other_more_often() -> None:
    rates = substitution.rate_matrix()
    isoleucine, valine, glutamate = coded("IVE")
    odds = rates / nature.BACKGROUND
    # BLOSUM65 gives 3 half bits to I/V and -3 to I/E: a factor of 2^3.
    assert odds[isoleucine, valine] / odds[isoleucine, glutamate] == pytest.approx(8)


def test_evolution_ends_in_the_equilibrium_of_mutation_and_selection() -> None:
    rng = np.random.default_rng(1)
    sites = 40_000
    fitness = np.tile(rng.normal(0, 1, 20), (sites, 1))
    process = substitution.SubstitutionProcess.from_rates(substitution.rate_matrix())
    start = np.zeros(sites, dtype=np.uint8)
    evolved = process.evolve(start, fitness, np.full(sites, 25.0), rng)
    found = np.bincount(evolved, minlength=20) / sites
    assert found == pytest.approx(substitution.equilibrium(fitness[:1])[0], abs=0.01)


def test_neither_gaps_nor_sites_without_time_change() -> None:
    rng = np.random.default_rng(1)
    residues = np.tile(np.array(coded("A-"), dtype=np.uint8), 500)
    times = np.tile([0.0, 9.0], 500)
    process = substitution.SubstitutionProcess.from_rates(substitution.rate_matrix())
    evolved = process.evolve(residues, np.zeros((1000, 20)), times, rng)
    assert (evolved == residues).all()


# Structure


def test_states_are_as_frequent_as_in_real_structures() -> None:
    rng = np.random.default_rng(2)
    states = np.concatenate(structure.draw_states(np.full(400, 250), rng))
    counts = np.bincount(states, minlength=len(nature.STATES))
    found = dict(zip(Q8_STATES, counts / counts[: len(Q8_STATES)].sum(), strict=False))
    # CullPDB 6133 filtered, all residues.
    real = {"H": 0.345, "E": 0.218, "C": 0.192, "T": 0.113, "S": 0.083, "G": 0.039}
    assert {state: found[state] for state in real} == pytest.approx(real, abs=0.02)
    assert 0.03 < counts[nature.DISORDERED] / len(states) < 0.08


def test_helices_have_four_residues_and_strands_two_at_least() -> None:
    rng = np.random.default_rng(3)
    (states,) = structure._draw_segments(np.array([20_000]), rng)
    starts = np.flatnonzero(np.r_[True, states[1:] != states[:-1]])
    sizes = np.diff(starts)
    kinds = states[starts[:-1]]
    assert sizes[kinds == Q8_STATES.index("H")].min() == 4
    assert sizes[kinds == Q8_STATES.index("E")].min() == 2
    assert sizes[kinds == Q8_STATES.index("H")].mean() == pytest.approx(11.6, rel=0.1)


def test_relatives_differ_in_structure_at_segment_boundaries_only() -> None:
    rng = np.random.default_rng(4)
    states = np.repeat(rng.permutation(8), 5).repeat(3)
    shifted = structure.shift_boundaries(states, rng)
    inner = (np.arange(len(states)) % 15 > 0) & (np.arange(len(states)) % 15 < 14)
    assert (shifted[inner] == states[inner]).all()
    assert 0 < (shifted != states).sum() <= 7


def test_a_burial_pattern_turns_with_the_helix() -> None:
    rng = np.random.default_rng(5)
    burial = structure.draw_burial(np.full(5000, Q8_STATES.index("H")), rng)
    opposite, same = (np.mean(burial[:-k] * burial[k:]) for k in (2, 18))
    assert same > 0.5 > -0.5 > opposite


def test_unresolved_residues_are_coils_without_surface_or_angles() -> None:
    states = np.array([0, nature.DISORDERED, nature.DISORDERED, 4])
    geometry = structure.draw_geometry(
        states, np.zeros(4), np.array(coded("ACDE")), np.random.default_rng(6)
    )
    assert structure.q8_labels(states) == "GCCE"
    assert structure.disorder_labels(states) == "0110"
    assert (geometry[1:3, :-1] == 0).all()
    assert (geometry[[0, 3], :4] > 0).all()
    assert geometry[:, -1].tolist() == [129, 167, 193, 223]


# Families and profiles


def test_residues_fit_the_structure_of_their_site() -> None:
    rng = np.random.default_rng(7)
    lengths, members = np.full(60, 150), np.full(60, 2)
    simulated = families.simulate_families(lengths, members, rng)
    states = np.concatenate([family.states for family in simulated])
    residues = np.concatenate([family.alignment[0] for family in simulated])
    in_strand = residues[states == Q8_STATES.index("E")]
    in_helix = residues[states == Q8_STATES.index("H")]
    valine, alanine = coded("VA")
    assert (in_strand == valine).mean() > 1.5 * (in_helix == valine).mean()
    assert (in_helix == alanine).mean() > 1.5 * (in_strand == alanine).mean()


def test_deletions_spare_helices_and_stay_within_their_family() -> None:
    rng = np.random.default_rng(8)
    lengths = np.full(400, 50)
    states = np.tile(np.repeat([Q8_STATES.index("H"), Q8_STATES.index("C")], 25), 400)
    times = np.where(np.arange(len(states)) // 50 % 2, 1.0, 0.0)
    lost = families._draw_deletions(states, times, lengths, rng).reshape(400, 50)
    assert not lost[::2].any()
    assert 0 < lost[1::2, :25].mean() < lost[1::2, 25:].mean() < 0.2


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


# The files


def every(sets: Mapping[str, Iterable[Protein]]) -> list[Protein]:
    return [protein for proteins in sets.values() for protein in proteins]


def test_equal_settings_give_equal_bytes(mirror: Path, tmp_path: Path) -> None:
    write_mirror(CONFIG, tmp_path / "same")
    write_mirror(replace(CONFIG, seed=8), tmp_path / "other")
    for file in (*ARRAYS.values(), SEQRES, NOTICE):
        assert file_hash(tmp_path / "same" / file) == file_hash(mirror / file)
        assert file_hash(tmp_path / "other" / file) != file_hash(mirror / file)


def test_files_bear_no_date(mirror: Path) -> None:
    for file in ARRAYS.values():
        with zipfile.ZipFile(mirror / file) as archive:
            assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert (mirror / SEQRES).read_bytes()[4:8] == bytes(4)


def test_the_size_of_one_set_does_not_disturb_the_others(world: World) -> None:
    larger = simulate_world(replace(CONFIG, proteins={**CONFIG.proteins, "train": 62}))
    for name in ("cb513", "ts115", "casp12"):
        pairs = zip(world.chains[name], larger.chains[name], strict=True)
        for one, other in pairs:
            assert one.protein.sequence == other.protein.sequence
            assert one.protein.labels == other.protein.labels


def test_arrays_hold_the_world(
    world: World, arrays: Mapping[str, list[Protein]]
) -> None:
    assert {name: len(arrays[name]) for name in SETS} == CONFIG.proteins
    for chain, protein in zip(world.chains["train"], arrays["train"], strict=True):
        assert protein.id == chain.protein.id
        assert protein.labels["q8"] == chain.protein.labels["q8"]
        assert protein.labels["disorder"] == chain.protein.labels["disorder"]
        assert "0" not in protein.labels["mask"]


def test_arrays_carry_surfaces_and_angles(mirror: Path) -> None:
    with np.load(mirror / ARRAYS["train"]) as archive:
        data = archive["data"]
    residues = data[data[..., netsurfp.SEQUENCE_COLUMN] == 1]
    surface, _, relative, _, phi, psi, maximum = residues[
        :, netsurfp.STRUCTURE_COLUMNS
    ].T
    ordered = (residues[:, netsurfp.ORDERED_COLUMN] == 1) & (maximum > 0)
    assert surface[ordered] == pytest.approx((relative * maximum)[ordered], rel=1e-5)
    assert 0.1 < relative[ordered].mean() < 0.5
    in_helix = residues[:, netsurfp.Q8_COLUMNS][:, Q8_STATES.index("H")] == 1
    assert np.median(phi[in_helix]) == pytest.approx(-57, abs=2)
    assert np.median(psi[in_helix]) == pytest.approx(-47, abs=2)


def test_no_simulated_name_is_a_real_pdb_code(
    mirror: Path,
    arrays: Mapping[str, list[Protein]],
    deposited: Mapping[str, str],
) -> None:
    assert all(protein.id.startswith("0") for protein in every(arrays))
    assert all(chain.startswith("0") for chain in deposited)
    headers = gzip.decompress((mirror / SEQRES).read_bytes()).decode().split("\n")[::2]
    assert all(header.endswith("SIMULATED BY PROTLANG") for header in headers[:-1])
    for file in ARRAYS.values():
        with np.load(mirror / file) as archive:
            assert str(archive["provenance"]).startswith("simulated by protlang")
    assert "None of them holds a real protein" in (mirror / NOTICE).read_text()


def test_names_are_unique_to_a_chain(world: World) -> None:
    names = [chain.protein.id for name in SETS for chain in world.chains[name]]
    assert len(set(names)) == len(names)


def test_sets_share_no_family(world: World) -> None:
    words = {
        name: set().union(*(words_of(family.alignment) for family in members))
        for name, members in world.families.items()
    }
    for one, other in combinations(SETS, 2):
        assert not words[one] & words[other]


def test_relatives_share_words(world: World) -> None:
    families_with_relatives = [
        family.alignment
        for family in world.families["train"]
        if len(family.alignment) > 10
    ]
    for alignment in families_with_relatives:
        assert words_of(alignment[::2]) & words_of(alignment[1::2])


def words_of(rows: np.ndarray, size: int = 9) -> set[bytes]:
    """All runs of `size` residues in some aligned sequences."""
    sequences = [row[row != GAP].tobytes() for row in rows]
    return {
        sequence[start : start + size]
        for sequence in sequences
        for start in range(len(sequence) - size + 1)
    }


def test_some_chains_of_cb513_have_two_evaluated_domains(
    arrays: Mapping[str, list[Protein]],
) -> None:
    entries = {protein.id: protein for protein in arrays["cb513"]}
    repeated = [name for name in entries if name.endswith(".2")]
    assert len(repeated) == round(26 * 79 / 513)
    for name in repeated:
        first, second = entries[name.removesuffix(".2")], entries[name]
        masks = zip(first.labels["mask"], second.labels["mask"], strict=True)
        assert {one + other for one, other in masks} == {"01", "10"}
        assert first.sequence == second.sequence
        assert first.labels["q8"] == second.labels["q8"]
    partial = ["0" in entry.labels["mask"] for entry in entries.values()]
    assert len(repeated) * 2 < sum(partial) < len(partial)


def test_as_many_chains_disagree_with_the_pdb_as_asked_for(
    arrays: Mapping[str, list[Protein]], deposited: Mapping[str, str]
) -> None:
    for name, proteins in arrays.items():
        unmatched = [
            protein
            for protein in proteins
            if len(deposited.get(chain_key(protein.id.split(".")[0]) or "", ""))
            != len(protein.sequence)
        ]
        assert len(unmatched) == CONFIG.unmatched[name]
    lengths = [
        len(deposited.get(chain_key(protein.id) or "", ""))
        for protein in arrays["train"][-3:]
    ]
    missing, longer, shorter = lengths
    own = [len(protein.sequence) for protein in arrays["train"][-3:]]
    assert missing == 0
    assert longer > own[1]
    assert 0 < shorter < own[2]


def test_residues_other_than_the_twenty_are_hidden_in_the_arrays(
    arrays: Mapping[str, list[Protein]], deposited: Mapping[str, str]
) -> None:
    hidden = set()
    for protein in arrays["train"][:-3]:
        sequence = deposited[chain_key(protein.id) or ""]
        for letter, shown in zip(sequence, protein.sequence, strict=True):
            assert shown == (letter if letter in AMINO_ACIDS else "X")
            hidden.add(letter)
    assert hidden - set(AMINO_ACIDS)
    assert hidden <= set(RESIDUES)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"length": (90, 60)}, "simulation.length is 90 to 60"),
        ({"length": (5, 60)}, "at least 20"),
        ({"homologues": (-1, 3)}, "simulation.homologues"),
        ({"proteins": {"train": 5}}, "simulation.proteins has the sets train"),
        ({"proteins": {**CONFIG.proteins, "ts115": 0}}, "at least 1"),
        ({"proteins": {**CONFIG.proteins, "train": 10**5}}, "request fewer"),
        ({"unmatched": {**CONFIG.unmatched, "casp12": 5}}, "at most half"),
    ],
)
def test_impossible_worlds_are_refused_in_a_sentence(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ProtlangError, match=message):
        replace(CONFIG, **settings)
