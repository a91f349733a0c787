"""SIFTS's files of chains."""

import gzip
from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats import sifts
from protlang.formats.sifts import ChainName

COMMENT = "# 2019/06/01 - 14:13 | PDB: 22.19 | UniProt: 2019.05"

UNIPROT = f"""\
{COMMENT}
PDB,CHAIN,SP_PRIMARY,RES_BEG,RES_END,PDB_BEG,PDB_END,SP_BEG,SP_END
102l,A,P00720,1,40,1,40,1,40
102l,A,P00720,42,165,41,None,41,164
102l,a,P12345,1,10,1,10,1,10
1e00,A,P81245,1,157,None,157,1,157
5d8b,NA,P80377,1,126,None,None,1,126
5d8b,1,P80378,1,126,None,None,1,126
5d8b,nan,P80379,1,126,None,None,1,126
9xyz,A,Q00001,1,126,None,None,1,126
"""

ENZYME = f"""\
{COMMENT}
PDB,CHAIN,ACCESSION,EC_NUMBER
102l,A,P00720,3.2.1.17
102l,B,P00720,'3.2.1.-
1e00,A,P81245,?
1e00,B,P81245,2.7.7.23
1e00,B,P81245,2.3.1.157
"""

TAXONOMY = f"""\
{COMMENT}
PDB,CHAIN,TAX_ID,SCIENTIFIC_NAME
102l,A,10665,Enterobacteria phage T4
102l,A,10665,Escherichia phage T4, strain D
102l,B,9606,Homo sapiens
102l,B,10090,"Mus musculus
"""


def write_gz(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_chains_are_texts_whatever_they_look_like(tmp_path: Path) -> None:
    path = write_gz(tmp_path / "uniprot.csv.gz", UNIPROT)
    assert sifts.read_accessions(path, {"102l", "1e00", "5d8b"}) == {
        ChainName("102l", "A"): {"P00720"},
        ChainName("102l", "a"): {"P12345"},
        ChainName("1e00", "A"): {"P81245"},
        ChainName("5d8b", "NA"): {"P80377"},
        ChainName("5d8b", "1"): {"P80378"},
        ChainName("5d8b", "nan"): {"P80379"},
    }


def test_enzyme_numbers_lose_their_apostrophes_and_unknown_ones(tmp_path: Path) -> None:
    path = write_gz(tmp_path / "enzyme.csv.gz", ENZYME)
    assert sifts.read_enzymes(path, {"102l", "1e00"}) == {
        ChainName("102l", "A"): {"3.2.1.17"},
        ChainName("102l", "B"): {"3.2.1.-"},
        ChainName("1e00", "A"): frozenset(),
        ChainName("1e00", "B"): {"2.7.7.23", "2.3.1.157"},
    }


def test_names_of_taxa_may_hold_commas_and_quotes(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.csv"
    path.write_text(TAXONOMY)
    assert sifts.read_taxa(path, {"102l"}) == {
        ChainName("102l", "A"): {"10665"},
        ChainName("102l", "B"): {"9606", "10090"},
    }


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    path = tmp_path / "enzyme.csv"
    path.write_text("PDB,CHAIN,EC_NUMBER,ACCESSION\n1abc,A,1.1.1.1,P1\n")
    assert sifts.read_enzymes(path, {"1abc"}) == {ChainName("1abc", "A"): {"1.1.1.1"}}


@pytest.mark.parametrize(
    ("columns", "row", "read"),
    [
        (
            sifts.UNIPROT_COLUMNS,
            ("0abc", "NA", "P1", "1", "9", "None", "9", "1", "9"),
            sifts.read_accessions,
        ),
        (sifts.ENZYME_COLUMNS, ("0abc", "NA", "Q1", "P1"), None),
        (sifts.TAXONOMY_COLUMNS, ("0abc", "NA", "P1", "a, b"), sifts.read_taxa),
    ],
)
def test_what_is_written_is_read_back_and_bears_no_date(
    tmp_path: Path, columns: tuple[str, ...], row: tuple[str, ...], read: object
) -> None:
    paths = [tmp_path / "one.csv.gz", tmp_path / "two.csv.gz"]
    for path in paths:
        sifts.write(path, "2019", columns, [row])
    assert file_hash(paths[0]) == file_hash(paths[1])
    lines = gzip.decompress(paths[0].read_bytes()).decode().split("\n")
    assert lines == ["# 2019", ",".join(columns), ",".join(row), ""]
    if callable(read):
        assert read(paths[0], {"0abc"}) == {ChainName("0abc", "NA"): {"P1"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENZYME, "lacks the columns SP_PRIMARY; its header is 'PDB,CHAIN,ACC"),
        (f"{COMMENT}\n", "lacks the columns PDB, CHAIN, SP_PRIMARY"),
        (UNIPROT + "102l,A\n", "line 11 has 2 fields where the header has 9"),
    ],
)
def test_damage_is_reported_in_a_sentence(
    tmp_path: Path, text: str, message: str
) -> None:
    path = write_gz(tmp_path / "uniprot.csv.gz", text)
    with pytest.raises(ProtlangError, match=message):
        sifts.read_accessions(path, {"102l"})
