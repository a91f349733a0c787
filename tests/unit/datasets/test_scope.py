"""Which panel of Figure 3 shows a domain, and why another does not."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from protlang.datasets.scope import (
    ChainFacts,
    annotate,
    check_counts,
    count_panels,
    provenance,
    read_annotations,
    read_chain_facts,
    write_table,
)
from protlang.datasets.splits import read_split, write_split
from protlang.errors import ProtlangError
from protlang.formats import sifts, speclist
from protlang.formats.astral import Domain, Region
from protlang.formats.sifts import ChainName, Facts
from protlang.formats.speclist import Species
from protlang.proteins import Protein
from support.sources import make_source

KINGDOM_LETTERS = {9606: "E", 562: "B", 2157: "A", 10665: "V", 32630: "O"}


def domain(
    name: str = "d1abca_",
    chains: str = "A",
    tax_id: int | None = None,
    sccs: str = "a.1.1.1",
) -> Domain:
    regions = tuple(Region(chain) for chain in chains)
    return Domain(name, sccs, regions, "Protein", "Species", tax_id, "ACD")


def facts(**values: str) -> Facts:
    """`A="x y"` for chain A of entry 1abc."""
    return {
        ChainName("1abc", chain): frozenset(texts.split())
        for chain, texts in values.items()
    }


def annotated(
    enzymes: Facts | None = None, taxa: Facts | None = None, **more: object
) -> Mapping[str, str]:
    chain_facts = ChainFacts(
        accessions=facts(A="P1", B="P2", a="P3"),
        enzymes=enzymes or {},
        taxa=taxa or {},
        kingdoms=KINGDOM_LETTERS,
    )
    table = annotate([domain(**more)], chain_facts)  # type: ignore[arg-type]
    row: Mapping[str, str] = table.iloc[0].to_dict()
    return row


@pytest.mark.parametrize(
    ("enzymes", "label", "reason"),
    [
        (facts(A="3.4.21.4"), "Hydrolases", ""),
        (facts(A="7.1.1.2"), "Translocases", ""),
        (facts(A="3.4.-.-"), "Hydrolases", ""),
        (facts(A="", B="3.4.21.4"), "", "no E.C. number"),
        (facts(B="3.4.21.4"), "", "no E.C. number"),
        (facts(A="3.4.21.4", B="3.4.21.4"), "Hydrolases", ""),
        # Both are hydrolases, but the paper's rule is about numbers.
        (facts(A="3.4.21.4 3.4.21.5"), "", "several E.C. numbers in its PDB entry"),
        (facts(A="3.4.21.4", B="1.1.1.1"), "", "several E.C. numbers in its PDB entry"),
        # Chain a is none of chain A's business, but it is of its entry's.
        (facts(A="", a="1.1.1.1"), "", "no E.C. number"),
    ],
)
def test_one_number_of_the_whole_entry_makes_an_enzyme(
    enzymes: Facts, label: str, reason: str
) -> None:
    row = annotated(enzymes)
    assert (row["ec"], row["ec_reason"]) == (label, reason)


def test_chains_unknown_to_sifts_differ_from_those_that_are_no_enzymes() -> None:
    assert annotated(chains="C")["ec_reason"] == "no chain in SIFTS"
    assert annotated(chains="A")["ec_reason"] == "no E.C. number"


def test_a_domain_of_two_chains_has_the_facts_of_both() -> None:
    row = annotated(facts(A="", B="2.7.7.7"), facts(A="9606", B="9606"), chains="AB")
    assert row["ec"] == "Transferases"
    assert row["kingdom"] == "Eukaryota"
    assert row["chains"] == "1abc_A 1abc_B"
    mixed = annotated(taxa=facts(A="9606", B="562"), chains="AB")
    assert mixed["kingdom_reason"] == "several kingdoms"


@pytest.mark.parametrize(
    ("taxa", "tax_id", "label", "reason"),
    [
        (facts(A="9606"), None, "Eukaryota", ""),
        (facts(A="562"), 9606, "Bacteria", ""),
        ({}, 9606, "Eukaryota", ""),
        (facts(a="562"), 2157, "Archaea", ""),
        (facts(A="10665 1234567"), None, "Viruses", ""),
        ({}, None, "", "no taxon"),
        ({}, 1234567, "", "taxon not in UniProt's list"),
        ({}, 32630, "", "neither a kingdom of life nor viruses"),
        (facts(A="9606 562"), 9606, "", "several kingdoms"),
    ],
)
def test_the_kingdom_is_that_of_the_chains_taxon_or_else_of_the_header(
    taxa: Facts, tax_id: int | None, label: str, reason: str
) -> None:
    row = annotated(taxa=taxa, tax_id=tax_id)
    assert (row["kingdom"], row["kingdom_reason"]) == (label, reason)


@pytest.mark.parametrize(
    ("sccs", "label", "reason"),
    [("g.3.1.1", "Small", ""), ("h.1.1.1", "", "none of the seven classes")],
)
def test_the_class_is_the_first_letter_of_the_sccs(
    sccs: str, label: str, reason: str
) -> None:
    row = annotated(sccs=sccs)
    assert (row["class"], row["class_reason"]) == (label, reason)


@pytest.fixture
def table() -> pd.DataFrame:
    known = ChainFacts(
        accessions=facts(A="P1", B="P2"),
        enzymes=facts(A="1.1.1.1"),
        taxa={},
        kingdoms=KINGDOM_LETTERS,
    )
    domains = [
        domain("d1abca_", "A", 9606, "b.1.1.1"),
        domain("d1abcb_", "B", 562, "b.1.1.1"),
        domain("d1abcc_", "C", 562, "f.2.1.1"),
    ]
    return annotate(domains, known)


def test_each_panel_counts_what_it_shows_and_what_not(table: pd.DataFrame) -> None:
    counts = count_panels(table).set_index(["panel", "what"])
    assert counts["domains"].to_dict() == {
        ("class", "all"): 3,
        ("class", "All beta"): 2,
        ("class", "Membrane"): 1,
        ("ec", "all"): 1,
        ("ec", "Oxidoreductases"): 1,
        ("ec", "no E.C. number"): 1,
        ("ec", "no chain in SIFTS"): 1,
        ("kingdom", "all"): 3,
        ("kingdom", "Bacteria"): 2,
        ("kingdom", "Eukaryota"): 1,
    }
    assert not counts.loc[("ec", "no chain in SIFTS"), "shown"]
    assert counts.loc[("ec", "Oxidoreductases"), "shown"]


def test_every_domain_has_a_label_or_a_reason_but_not_both(table: pd.DataFrame) -> None:
    for panel in ("class", "ec", "kingdom"):
        assert ((table[panel] == "") != (table[f"{panel}_reason"] == "")).all()


def test_annotations_are_read_back_as_texts(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    table.loc[0, "chains"] = "NA"
    write_table(tmp_path / "annotations.csv", table)
    found = read_annotations(tmp_path / "annotations.csv")
    pd.testing.assert_frame_equal(found, table, check_dtype=False)


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "annotations.csv"
    path.write_text("id,class\nd1abca_,Small\n")
    with pytest.raises(ProtlangError, match="lacks the columns ec, kingdom"):
        read_annotations(path)


def test_domains_are_stored_like_any_other_proteins(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    file = tmp_path / "astral.fa"
    file.write_text("x")
    about = provenance(make_source("scope"), {"domains": file}, table, simulated=True)
    write_split(tmp_path / "domains.parquet", [Protein("d1abca_", "ACD")], about)
    split = read_split(tmp_path / "domains.parquet")
    assert [protein.id for protein in split.proteins] == ["d1abca_"]
    assert split.provenance["panels"] == {"class": 3, "ec": 1, "kingdom": 3}
    assert split.provenance["paper_domains"] == 14_323


def test_a_domain_named_twice_is_refused() -> None:
    known = ChainFacts({}, {}, {}, {})
    with pytest.raises(ProtlangError, match="domain d1abca_ occurs twice"):
        annotate([domain(), domain()], known)
    with pytest.raises(ProtlangError, match="no domain to annotate"):
        annotate([], known)


def test_counts_are_compared_with_those_of_the_source() -> None:
    domains = [
        domain("d1abca_", sccs="a.1.1.1"),
        domain("d1abcb_", sccs="a.1.1.2"),
        domain("d1abcc_", sccs="a.1.2.1"),
        domain("d1abcd_", sccs="b.1.1.1"),
    ]
    known = {"proteins": 4, "folds": 2, "superfamilies": 3, "families": 4}
    check_counts(domains, known, "file")
    with pytest.raises(ProtlangError, match="file holds 2 folds, not 3"):
        check_counts(domains, {**known, "folds": 3}, "file")
    with pytest.raises(ProtlangError, match="file holds None chains"):
        check_counts(domains, {"chains": 3}, "file")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    names = ("uniprot", "enzyme", "taxonomy", "speclist", "ecpred")
    paths = {name: tmp_path / name for name in names}
    places = ("1", "9", "1", "9", "1", "9")
    sifts.write(
        paths["uniprot"],
        "2019",
        sifts.UNIPROT_COLUMNS,
        [("1abc", "A", "P1", *places), ("1abc", "A", "P2", *places)],
    )
    sifts.write(
        paths["enzyme"], "2019", sifts.ENZYME_COLUMNS, [("1abc", "A", "P1", "1.1.1.1")]
    )
    sifts.write(
        paths["taxonomy"], "2019", sifts.TAXONOMY_COLUMNS, [("1abc", "A", "562", "E")]
    )
    speclist.write(paths["speclist"], [Species("ECOLI", "B", 562, "E. coli")], "1")
    paths["ecpred"].write_text(
        "Protein UniProt Acc.\tEC Number\nP2\t2.7.7.7\nP9\t1.2.3.4\n"
    )
    return paths


def test_facts_come_from_the_files(files: dict[str, Path]) -> None:
    own = {role: path for role, path in files.items() if role != "ecpred"}
    found = read_chain_facts([domain()], own)
    assert found == ChainFacts(
        facts(A="P1 P2"), facts(A="1.1.1.1"), facts(A="562"), {562: "B"}
    )


def test_other_files_replace_missing_ones(files: dict[str, Path]) -> None:
    roles = ("uniprot", "ecpred", "speclist")
    found = read_chain_facts([domain()], {role: files[role] for role in roles})
    assert found.enzymes == facts(A="2.7.7.7")
    assert found.taxa == {}
