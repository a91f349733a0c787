from dataclasses import replace
from pathlib import Path

import pytest
from Bio.SCOP.Residues import Residues
from hypothesis import given
from hypothesis import strategies as st

from protlang.errors import ProtlangError
from protlang.formats import astral
from protlang.formats.astral import Domain, Region
from protlang.proteins import SIMULATED_MARK

GLOBIN = (
    ">d1dlwa_ a.1.1.1 (A:) Protozoan/bacterial hemoglobin "
    "{Ciliate (Paramecium caudatum) [TaxId: 5885]}\nslfeqlggq\navxz\n"
)


def read_text(folder: Path, text: str) -> list[Domain]:
    path = folder / "astral.fa"
    path.write_text(text)
    return list(astral.read(path))


def test_a_header_of_the_real_file_is_parsed(tmp_path: Path) -> None:
    (domain,) = read_text(tmp_path, GLOBIN)
    assert domain == Domain(
        "d1dlwa_",
        "a.1.1.1",
        (Region("A"),),
        "Protozoan/bacterial hemoglobin",
        "Ciliate (Paramecium caudatum)",
        5885,
        "SLFEQLGGQAVXZ",
    )
    assert domain.pdb == "1dlw"
    assert domain.scop_class == "a"


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("A:", [("A", None, None)]),
        ("1:", [("1", None, None)]),
        ("w:", [("w", None, None)]),
        ("2:12-62", [("2", "12", "62")]),
        ("A:-3-95", [("A", "-3", "95")]),
        ("A:-12--3", [("A", "-12", "-3")]),
        ("A:20A-150B", [("A", "20A", "150B")]),
        ("A:1-38,A:152-190", [("A", "1", "38"), ("A", "152", "190")]),
        ("A:,B:", [("A", None, None), ("B", None, None)]),
        ("A:1-32,B:3-173", [("A", "1", "32"), ("B", "3", "173")]),
    ],
)
def test_pieces_are_read_as_biopython_reads_them(
    tmp_path: Path, text: str, regions: list[tuple[str, str | None, str | None]]
) -> None:
    (domain,) = read_text(tmp_path, GLOBIN.replace("(A:)", f"({text})"))
    assert [tuple(region) for region in domain.regions] == regions
    fragments = [tuple(part or "" for part in region) for region in regions]
    assert list(Residues(text).fragments) == fragments
    assert ",".join(map(str, domain.regions)) == text


def test_chains_are_named_once_and_as_the_pdb_does(tmp_path: Path) -> None:
    text = GLOBIN.replace("(A:)", "(b:1-38,B:1-20,b:40-50)")
    (domain,) = read_text(tmp_path, text)
    assert domain.chains == ("b", "B")


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("{Methylobacterium extorquens}", ("Methylobacterium extorquens", None)),
        ("{Mouse (Mus musculus) [TaxId:10090]}", ("Mouse (Mus musculus)", 10090)),
        ("", ("", None)),
    ],
)
def test_headers_without_a_taxon_are_read_too(
    tmp_path: Path, origin: str, expected: tuple[str, int | None]
) -> None:
    head, _, sequence = GLOBIN.partition("{")
    (domain,) = read_text(tmp_path, f"{head}{origin}\n{sequence.partition('}')[2]}")
    assert (domain.species, domain.tax_id) == expected
    assert domain.description == "Protozoan/bacterial hemoglobin"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (("a.1.1.1", "a.1.1"), "domain d1dlwa_ has the header 'd1dlwa_ a.1.1 "),
        (("d1dlwa_", "sp|P1|X"), "is it an ASTRAL file"),
        (("(A:)", "A:"), "is it an ASTRAL file"),
        (("(A:)", "(A:1-)"), "domain d1dlwa_ has the piece 'A:1-'"),
        (("slfe", "sl*e"), "domain d1dlwa_ has the letter '\\*' at position 3"),
    ],
)
def test_damage_is_reported_in_a_sentence(
    tmp_path: Path, wrong: tuple[str, str], message: str
) -> None:
    with pytest.raises(ProtlangError, match=message):
        read_text(tmp_path, GLOBIN.replace(*wrong))


RESIDUE = st.builds(
    lambda number, code: f"{number}{code}",
    st.integers(-99, 999),
    st.sampled_from(["", "A", "b"]),
)
REGIONS = st.one_of(
    st.sampled_from("AaB19").map(Region),
    st.builds(Region, st.sampled_from("AaB19"), RESIDUE, RESIDUE),
)
DOMAINS = st.builds(
    Domain,
    st.from_regex(r"[dge][0-9][0-9a-z]{3}[a-z0-9.][_0-9]", fullmatch=True),
    st.from_regex(r"[a-g]\.[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}", fullmatch=True),
    st.lists(REGIONS, min_size=1, max_size=3).map(tuple),
    st.sampled_from(["automated matches", "Ribosomal protein L29 (L29p)", "Napin, B"]),
    st.sampled_from(["", "Human (Homo sapiens)", "Phage [pseudo]"]),
    st.one_of(st.none(), st.integers(1, 9_999_999)),
    st.text("ACDEFGHIKLMNPQRSTVWYXZ", min_size=1, max_size=130),
)


@given(st.lists(DOMAINS, min_size=1, max_size=3))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, domains: list[Domain]
) -> None:
    path = tmp_path_factory.mktemp("astral") / "astral.fa"
    astral.write(path, domains)
    assert list(astral.read(path)) == domains
    assert max(map(len, path.read_text().split("\n")[1:2])) <= 60


def test_only_simulated_files_are_marked(tmp_path: Path) -> None:
    (domain,) = read_text(tmp_path, GLOBIN)
    path = tmp_path / "other.fa"
    for mark, expected in (("", False), (f", {SIMULATED_MARK}", True)):
        astral.write(path, [replace(domain, description=f"Globin{mark}")])
        assert astral.is_simulated(path) is expected
