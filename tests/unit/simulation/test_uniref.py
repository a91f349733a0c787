"""The simulated UniRef50 and Swiss-Prot: real formats, no real protein, a signal."""

import gzip
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from protlang.alphabet import RESIDUES
from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.fasta_tokens import CHANGED, LEFT_OUT
from protlang.corpora.markov import markov_perplexity
from protlang.corpora.token_store import TokenStore, overlaps, unigram_perplexity
from protlang.errors import ProtlangError
from protlang.experiments.configuration import validated_config
from protlang.proteins import SIMULATED_MARK
from protlang.simulation import uniref
from protlang.simulation.names import CORPORA
from protlang.simulation.world import SETS, SimulationConfig, World
from protlang.sources.catalogue import load_sources
from protlang.validation import REPOSITORY, read_yaml

CONFIG = SimulationConfig(
    seed=3,
    proteins={"train": 60, "cb513": 20, "ts115": 8, "casp12": 8},
    homologues=(0, 30),
    corpus={"families": 40, "relatives": 5},
)
SOURCES = load_sources(REPOSITORY / "config" / "sources.yaml")

UNIREF_HEADER = re.compile(
    r">UniRef50_(\S+) .+ n=[0-9]+ Tax=.+ TaxID=[0-9]+ RepID=[A-Z0-9]+_[A-Z0-9]{1,5}"
)
SWISSPROT_HEADER = re.compile(
    r">sp\|(\S+)\|[A-Z0-9]+_[A-Z0-9]{1,5} .+ OS=.+ OX=[0-9]+ PE=[1-5] SV=[0-9]+"
)
ACCESSION = re.compile(
    r"[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2}|UPI.*"
)
"""Of UniProtKB (as its help pages define them) and of UniParc."""


@pytest.fixture(scope="module")
def entries(world: World) -> list[uniref.Entry]:
    return uniref.simulate_corpus(world)


@pytest.fixture(scope="module")
def store(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> TokenStore:
    """The simulated UniRef50."""
    folder = tmp_path_factory.mktemp("corpora") / "uniref50"
    files = [(SOURCES["uniref50"], mirror / CORPORA["uniref50"])]
    build_token_store(folder, files, HeldOut(0.1, 1))
    return TokenStore(folder)


def lines_of(mirror: Path, source: str) -> list[str]:
    return gzip.decompress((mirror / CORPORA[source]).read_bytes()).decode().split("\n")


# The files


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ("uniref50", UNIREF_HEADER),
        ("uniref90", re.compile(UNIREF_HEADER.pattern.replace("50", "90"))),
        ("swissprot", SWISSPROT_HEADER),
    ],
)
def test_headers_are_as_in_the_real_files_but_name_no_real_protein(
    mirror: Path, source: str, pattern: re.Pattern[str]
) -> None:
    headers = [line for line in lines_of(mirror, source) if line.startswith(">")]
    assert len(headers) > 50
    for header in headers:
        match = pattern.fullmatch(header)
        assert match, header
        assert match[1].startswith("0SIM")
        assert not ACCESSION.fullmatch(match[1])
        assert SIMULATED_MARK in header


def test_the_pattern_of_accessions_knows_real_ones() -> None:
    for accession in ("Q6GZX4", "A0A022YWF9", "UPI002E2621C6"):
        assert ACCESSION.fullmatch(accession)


def test_sequences_are_wrapped_as_in_the_real_files(mirror: Path) -> None:
    text = lines_of(mirror, "uniref50")
    assert max(len(line) for line in text if not line.startswith(">")) == 60


def test_uniref90_holds_more_relatives_of_the_same_families(
    world: World, entries: list[uniref.Entry]
) -> None:
    larger = uniref.simulate_corpus(world, level=90)
    assert len(larger) > 1.3 * len(entries)
    assert {entry.family for entry in larger} == {entry.family for entry in entries}
    sequences = {entry.sequence for entry in larger}
    regular = [entry for entry in entries if not entry.sequence.islower()]
    kept = [entry for entry in regular if entry.sequence in sequences]
    assert len(kept) > 0.9 * len(regular)


def test_swissprot_is_a_part_of_uniref(
    mirror: Path, entries: list[uniref.Entry]
) -> None:
    headers = [line for line in lines_of(mirror, "swissprot") if line.startswith(">")]
    expected = [entry.accession for entry in entries[:: uniref.SWISSPROT_EVERY]]
    assert [header.split("|")[1] for header in headers] == expected


# The proteins


def test_every_case_that_reading_deals_with_occurs(store: TokenStore) -> None:
    changed = {name: count for name, count in store.meta["changed"].items() if count}
    assert changed == {"lower_case": 1, "trailing_stop": 1, "j": 1}
    assert {*changed, "without_id"} == {*CHANGED}
    left_out = {name: count for name, count in store.meta["left_out"].items() if count}
    assert left_out == {"empty": 1, "illegal": 4, "not_ascii": 1}
    assert {*left_out, "overlap", "without_family"} == {*LEFT_OUT}
    assert store.meta["repeated"]["ids"] == 1
    assert all(store.meta["composition"][letter] for letter in RESIDUES)
    assert store.meta["simulated"] is True


def test_some_solved_chains_are_in_the_corpus_unchanged(
    world: World, store: TokenStore
) -> None:
    tests = {
        name: [chain.protein for chain in world.chains[name]]
        for name in SETS
        if name != "train"
    }
    found = {(overlap.test_set, overlap.test_id) for overlap in overlaps(store, tests)}
    expected = sum(map(len, tests.values())) / uniref.DEPOSITED_EVERY
    assert len(found) == pytest.approx(expected, abs=1)


def test_families_have_at_most_as_many_members_as_requested(
    world: World, entries: list[uniref.Entry]
) -> None:
    members = Counter(
        entry.family for entry in entries if entry.accession[4:].isdigit()
    )
    solved = sum(len(world.families[name]) for name in SETS)
    assert max(members) < solved + CONFIG.corpus["families"]
    assert max(members) > solved + CONFIG.corpus["families"] / 2
    # The first accession occurs twice, and solved chains come on top of relatives.
    assert max(members.values()) <= CONFIG.corpus["relatives"] + 2
    assert Counter(members.values()).most_common(1)[0][0] >= 4


def test_relatives_are_neighbours_by_chance_only(entries: list[uniref.Entry]) -> None:
    numbers = [entry.family for entry in entries if entry.accession[4:].isdigit()]
    same = sum(one == other for one, other in pairwise(numbers))
    assert same / len(numbers) < 0.05


def test_neighbouring_residues_and_relatives_carry_a_signal(store: TokenStore) -> None:
    """The last three residues predict the next one of held-out relatives."""
    training = [store[i] for i in store.training_indices()]
    held_out = [store[i] for i in store.held_out_indices()]
    unigram = unigram_perplexity(store.meta["composition"])
    assert 17 < unigram < 19
    found = markov_perplexity(training, held_out, order=3, symbols=len(RESIDUES))
    assert found < 0.9 * unigram


# The configuration


def test_the_size_can_be_set_in_the_configuration() -> None:
    config = read_yaml(REPOSITORY / "config" / "demo.yaml")
    config["simulation"]["corpus"] = {"families": 9, "relatives": 2}
    simulation = validated_config(config)["simulation"]
    assert SimulationConfig(**simulation).corpus["families"] == 9
    config["simulation"]["corpus"] = {"families": 0, "relatives": 2}
    with pytest.raises(ProtlangError, match=r"simulation\.corpus\.families"):
        validated_config(config)
