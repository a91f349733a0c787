"""The simulated SCOPe and SIFTS: all kinds of domains, and facts that agree."""

import gzip
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from protlang.datasets.scope import annotate, count_panels, read_chain_facts
from protlang.formats import astral
from protlang.formats.astral import Domain
from protlang.proteins import SIMULATED_MARK
from protlang.simulation.names import SCOPE
from protlang.simulation.scope import LEAST, simulate_scope
from support.simulation import TINY_WORLD

CONFIG = replace(TINY_WORLD, seed=2, scope={"domains": 400})


@pytest.fixture(scope="module")
def domains(mirror: Path) -> list[Domain]:
    return list(astral.read(mirror / SCOPE["domains"]))


@pytest.fixture(scope="module")
def annotations(mirror: Path, domains: list[Domain]) -> pd.DataFrame:
    roles = ("uniprot", "enzyme", "taxonomy", "speclist")
    files = {role: mirror / SCOPE[role] for role in roles}
    return annotate(domains, read_chain_facts(domains, files))


def rows(mirror: Path, role: str) -> list[list[str]]:
    text = gzip.decompress((mirror / SCOPE[role]).read_bytes()).decode()
    return [line.split(",") for line in text.splitlines()[2:]]


def test_domains_are_read_as_they_were_made(domains: list[Domain]) -> None:
    assert simulate_scope(CONFIG).domains == domains


def test_classes_are_as_frequent_as_in_scope(domains: list[Domain]) -> None:
    found = Counter(domain.scop_class for domain in domains)
    assert found.total() == 400
    assert set(found) == set("abcdefg")
    assert min(found.values()) >= LEAST
    assert [name for name, _ in found.most_common(4)] == ["c", "d", "b", "a"]


def test_domains_of_all_kinds_occur(domains: list[Domain]) -> None:
    regions = [domain.regions for domain in domains]
    assert any(len({region.chain for region in found}) == 2 for found in regions)
    segments = [d for d in domains if len(d.regions) == 2 and len(d.chains) == 1]
    assert segments
    assert all("X" in domain.sequence for domain in segments)
    single = [found[0] for found in regions if len(found) == 1]
    assert {"A", "B", "a", "1"} <= {region.chain for region in single}
    firsts = {region.first for region in single}
    assert {None, "-3", "20A"} <= firsts
    assert any(domain.id.startswith("g") for domain in domains)
    assert any(domain.tax_id is None for domain in domains)


def test_no_simulated_name_is_a_real_one(mirror: Path, domains: list[Domain]) -> None:
    assert len({domain.id for domain in domains}) == len(domains)
    assert all(domain.pdb.startswith("0") for domain in domains)
    assert all(SIMULATED_MARK in domain.description for domain in domains)
    assert astral.is_simulated(mirror / SCOPE["domains"])
    for role in ("uniprot", "enzyme", "taxonomy"):
        first = gzip.decompress((mirror / SCOPE[role]).read_bytes()).decode()
        assert first.startswith(f"# {SIMULATED_MARK}\n")
        assert all(row[0].startswith("0") for row in rows(mirror, role))
    assert SIMULATED_MARK in (mirror / SCOPE["speclist"]).read_text()


def test_chains_of_sifts_have_names_that_are_hard_to_read(mirror: Path) -> None:
    chains = {(row[0], row[1]) for row in rows(mirror, "uniprot")}
    assert any(name == "NA" for _, name in chains)
    lower = {(pdb, name.lower()) for pdb, name in chains}
    assert len(lower) < len(chains)
    names = [row[3:] for row in rows(mirror, "taxonomy")]
    assert any(len(name) > 1 for name in names)


def test_every_panel_shows_most_labels_and_leaves_out_for_every_reason(
    annotations: pd.DataFrame,
) -> None:
    counts = count_panels(annotations)
    found: Mapping[str, set[str]] = {
        panel: set(part["what"]) for panel, part in counts.groupby("panel")
    }
    assert len(found["class"]) == 8
    assert {
        *("Oxidoreductases", "Transferases", "Hydrolases", "Lyases"),
        *("no E.C. number", "several E.C. numbers in its PDB entry"),
        "no chain in SIFTS",
    } <= found["ec"]
    assert {
        *("Archaea", "Bacteria", "Eukaryota", "Viruses"),
        *("taxon not in UniProt's list", "neither a kingdom of life nor viruses"),
    } <= found["kingdom"]
    total = counts.set_index(["panel", "what"])["domains"]
    assert total[("class", "all")] == 400
    assert 80 < total[("ec", "all")] < 250
    assert 300 < total[("kingdom", "all")] < 400


def test_families_do_the_same_in_mostly_the_same_kingdom(
    annotations: pd.DataFrame,
) -> None:
    enzymes = annotations[annotations["ec"] != ""]
    assert enzymes.groupby("sccs")["ec"].agg(lambda names: len(set(names)) == 1).all()
    known = annotations[annotations["kingdom"] != ""]
    largest = known.groupby("sccs")["kingdom"].agg(
        lambda names: max(Counter(names).values())
    )
    assert largest.sum() / len(known) > 0.8


def share(domains: list[Domain], scop_class: str, letters: str) -> float:
    text = "".join(d.sequence for d in domains if d.scop_class == scop_class)
    return sum(map(text.count, letters)) / len(text)


def test_classes_differ_in_what_their_proteins_are_made_of(
    domains: list[Domain],
) -> None:
    assert share(domains, "b", "VIT") > 1.3 * share(domains, "a", "VIT")
    assert share(domains, "a", "AEKL") > 1.3 * share(domains, "b", "AEKL")
    assert share(domains, "f", "LIVAFGMW") > 1.3 * share(domains, "a", "LIVAFGMW")
    assert share(domains, "g", "C") > 4 * share(domains, "c", "C")
    lengths = {
        name: np.mean([len(d.sequence) for d in domains if d.scop_class == name])
        for name in "acg"
    }
    assert lengths["g"] < 0.7 * lengths["a"]


def test_relatives_are_in_one_superfamily(domains: list[Domain]) -> None:
    """Words of five residues are shared within superfamilies, hardly between folds."""
    words = [
        {d.sequence[i : i + 5] for i in range(len(d.sequence) - 4)} for d in domains
    ]
    places = [d.sccs.rpartition(".")[0] for d in domains]
    folds = [place.rpartition(".")[0] for place in places]
    related = [
        bool(words[i] & words[j])
        for i in range(len(words))
        for j in range(i)
        if places[i] == places[j]
    ]
    unrelated = [
        bool(words[i] & words[j])
        for i in range(0, len(words), 5)
        for j in range(0, i, 5)
        if folds[i] != folds[j]
    ]
    assert np.mean(related) > 0.5
    assert np.mean(unrelated) < 0.05
