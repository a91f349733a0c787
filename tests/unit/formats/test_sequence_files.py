import gzip
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.formats.sequence_files import (
    FROM_ATOMS,
    GAPS_REMOVED,
    NO_AMINO_ACIDS,
    NO_SEQUENCE,
    NO_TRANSLATION,
    NUCLEOTIDES,
    SequenceRecord,
    read_sequences,
)
from support.checkout import REPOSITORY
from support.errors import complaint
from support.sequence_examples import (
    CLUSTAL,
    EMBL,
    EXAMPLES,
    GENBANK,
    GENPEPT,
    PDB,
    PIR,
    SWISS_PROT,
    UNIPROT_XML,
)

RECORDS = {
    "proteins.gb": [
        ("BAA00001.1", "MKV"),
        ("b0002", "MACD"),
        ("AB000001.1_cds_3", "", NO_TRANSLATION),
        ("AB000002.1", "", NUCLEOTIDES),
    ],
    "proteins.gp": [("NP_000001.1", "MKVLACDE")],
    "proteins.embl": [("CAA00001.1", "MKV")],
    "proteins.dat": [("P00001", "MKVLACDE")],
    "proteins.xml": [("P00001", "MKVLACDE")],
    "1abc.pdb": [("1ABC:A", "MKMX"), ("1ABC:B", "", NO_AMINO_ACIDS)],
    "model.pdb": [("model:A", "MKXV", "", FROM_ATOMS)],
    "1abc.cif": [
        ("1ABC:A", "MKMX"),
        ("1ABC:C", "MKMX"),
        ("1ABC:B", "", NO_AMINO_ACIDS),
        ("1ABC:D", "MKVLACDE"),
    ],
    "model.cif": [("model:A", "MK", "", FROM_ATOMS)],
    "proteins.pir": [("EXA_ECOLI", "MKVLACDE"), ("GENE", "", NUCLEOTIDES)],
    "proteins.sto": [
        ("EXA_ECOLI/1-3", "MKV"),
        ("EXB_ECOLI/2-5", "mkVLA"),
        ("EXC_ECOLI", "ACDE"),
    ],
    "proteins.aln": [("EXA_ECOLI", "MKVLACDE"), ("EXB_ECOLI", "MKAVLACDE")],
    "proteins.fasta": [("EXA_ECOLI", "MKVLACDE")],
}


def read(path: Path, content: str | bytes) -> list[SequenceRecord]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_sequences(path))


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_format_yields_all_of_its_records(tmp_path: Path, name: str) -> None:
    expected = [SequenceRecord(*fields) for fields in RECORDS[name]]
    assert read(tmp_path / name, EXAMPLES[name]) == expected


@pytest.mark.parametrize("name", EXAMPLES)
def test_name_line_ends_and_compression_do_not_matter(
    tmp_path: Path, name: str
) -> None:
    plain = read(tmp_path / "model", EXAMPLES[name])
    content = b"\xef\xbb\xbf" + EXAMPLES[name].replace("\n", "\r\n").encode()
    if name != "proteins.xml":
        assert read(tmp_path / "model", content) == plain
    assert read(tmp_path / "model", gzip.compress(EXAMPLES[name].encode())) == plain


def test_gaps_of_pir_alignments_are_removed(tmp_path: Path) -> None:
    first, _ = read(tmp_path / "a.ali", PIR.replace("MKVL ACDE", "MK--VL"))
    assert first == SequenceRecord("EXA_ECOLI", "MKVL", "", GAPS_REMOVED)


def test_chains_of_one_pdb_entry_bear_its_code(tmp_path: Path) -> None:
    synthetic = "".join(
        line for line in PDB.splitlines(keepends=True) if not line.startswith("DBREF")
    )
    found = read(tmp_path / "model.pdb", synthetic)
    assert [record.id for record in found] == ["1ABC:A", "1ABC:B"]


def test_an_entry_without_its_residues_has_a_fault(tmp_path: Path) -> None:
    bare = GENPEPT.replace("        1 mkvlacde\n", "")
    (record,) = read(tmp_path / "a.gp", bare)
    assert record.fault == NO_SEQUENCE


def test_a_warning_of_the_parser_is_reported_with_the_record(tmp_path: Path) -> None:
    (record,) = read(tmp_path / "a.gp", GENPEPT.replace("  8 aa", "  9 aa"))
    assert record.changes == "Expected sequence length 9, found 8 (NP_000001.1)."


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (SWISS_PROT * 2 + SWISS_PROT[:300], "record 3 breaks the rules of its format"),
        (UNIPROT_XML[:-20], "record 1 breaks the rules of its format (no element"),
        (UNIPROT_XML.replace("//uni", "//other"), "parses xml with namespace"),
        (EMBL[:-20], "record 1 breaks the rules of its format"),
        (GENBANK + "LOCUS       damaged\n", "record 3 breaks the rules of its format"),
        (PIR[:-2], "terminator"),
        (CLUSTAL.replace("MKAVL", "MKAVLL"), "record 1 breaks the rules"),
        (CLUSTAL[:45], "is in Clustal format but holds no sequence"),
        ("data_x\n_cell.length_a 5.0\n", "record 1 breaks the rules"),
        ("@read\nACGT\n+\nIIII\n", "begins with '@read"),
        ("MKVLACDE\n", "none of the formats that can be read (Clustal, EMBL, FASTA"),
        (b"\x89PNG\r\n\x1a\n", "convert it to FASTA"),
        ("<html><body>uniprot</body></html>", "convert it to FASTA"),
        (gzip.compress(SWISS_PROT.encode() * 99)[:-30], "cut short or damaged"),
        (" \n", "it is blank"),
        ("", "is empty; put a file of protein sequences there"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained_in_one_sentence(
    tmp_path: Path, content: str | bytes, expected: str
) -> None:
    message = complaint(read, tmp_path / "mine", content)
    assert str(tmp_path / "mine") in message
    assert expected in message


@pytest.mark.parametrize("name", EXAMPLES)
def test_damage_of_any_kind_ends_in_records_or_one_sentence(
    tmp_path: Path, name: str
) -> None:
    draw = random.Random(name)  # noqa: S311
    whole = EXAMPLES[name].encode()
    for _ in range(60):
        start = draw.randrange(len(whole))
        end = start + draw.choice([0, 1, 9, len(whole)])
        damaged = whole[:start] + draw.choice([b"", b"\n", b"/\xff "]) + whole[end:]
        with suppress(ProtlangError):
            for record in read(tmp_path / name, damaged):
                assert not (record.fault and record.sequence)


def test_biopython_is_imported_only_for_formats_that_need_it(tmp_path: Path) -> None:
    (tmp_path / "a.fasta").write_text(EXAMPLES["proteins.fasta"])
    code = (
        "import sys; from protlang.embedding.user_sequences import read_records; "
        f"read_records({str(tmp_path / 'a.fasta')!r}); sys.exit('Bio' in sys.modules)"
    )
    scripts = REPOSITORY / "workflow" / "scripts"
    subprocess.run([sys.executable, "-c", code], cwd=scripts, check=True)
