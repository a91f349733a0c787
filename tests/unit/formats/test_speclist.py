from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats import speclist
from protlang.formats.speclist import Species

REAL = """\
Name:        speclist.txt

  'A' for archaea (=archaebacteria)

- Total number of identification codes currently defined: 6.

Code    Taxon    N=Official (scientific) name
        Node     C=Common name
_____ _ _______  ____________________________________________________________
AADNV V  648330: N=Aedes albopictus densovirus (isolate Boublik/1994)
                 C=AalDNV
AAV2  V   10804: N=Adeno-associated virus 2
METJA A  243232: N=Methanocaldococcus jannaschii
9TRYP E    5654: N=Trypanosomatidae
9XANT B     338: N=Xanthomonas
9ZZZZ X       1: N=root

-----------------------------------------------------------------------
Copyrighted by the UniProt Consortium
"""

KINGDOMS = {648330: "V", 10804: "V", 243232: "A", 5654: "E", 338: "B"}


def test_taxa_have_their_kingdoms(tmp_path: Path) -> None:
    path = tmp_path / "speclist.txt"
    path.write_text(REAL)
    assert speclist.read_kingdoms(path) == KINGDOMS


def test_the_page_of_the_web_site_holds_the_same(tmp_path: Path) -> None:
    path = tmp_path / "speclist.txt"
    path.write_text(f"<!DOCTYPE html>\n<html><pre>---\n{REAL}</pre></html>\n")
    assert speclist.read_kingdoms(path) == KINGDOMS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (REAL.partition("METJA")[0], "holds 2 species, not the 6 that it announces"),
        ("<html>moved</html>\n", "holds 0 species; delete it"),
    ],
)
def test_a_part_of_the_list_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "speclist.txt"
    path.write_text(text)
    with pytest.raises(ProtlangError, match=message):
        speclist.read_kingdoms(path)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    species = [
        Species("AAV2", "V", 10804, "Adeno-associated virus 2"),
        Species("0SIMA", "O", 9_000_001, "Nihil fictum"),
    ]
    for name in ("one", "two"):
        speclist.write(tmp_path / name, species, "2021_03")
    assert speclist.read_kingdoms(tmp_path / "one") == {10804: "V", 9_000_001: "O"}
    assert file_hash(tmp_path / "one") == file_hash(tmp_path / "two")
    assert "\nAAV2  V   10804: N=Adeno-asso" in (tmp_path / "one").read_text()
