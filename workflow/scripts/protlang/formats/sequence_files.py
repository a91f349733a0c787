"""Protein sequences from the files that people have, in any of ten formats.

The format follows from how a file begins, whatever its name; it may be compressed.
FASTA has a reader of its own (`formats.fasta`), the other formats are Biopython's. Of
GenBank and EMBL files of nucleotides the translated coding sequences (CDS) are taken,
of alignments the sequences without gaps, of structures the sequence of each chain.
"""

import itertools
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from xopen import xopen

from protlang.errors import ProtlangError
from protlang.files import require_file
from protlang.formats.compression import damage_reported
from protlang.formats.fasta import read_fasta

if TYPE_CHECKING:
    from Bio.SeqRecord import SeqRecord

NUCLEOTIDES = "nucleotides without a translated coding sequence"
NO_TRANSLATION = "a coding sequence without its translation"
NO_AMINO_ACIDS = "a chain without amino acids: nucleotides or unknown residues"
NO_SEQUENCE = "its residues are not in the file"
"""Why a record cannot be used."""

GAPS_REMOVED = "gaps removed"
FROM_ATOMS = "read from the atoms: residues missing there are X, or absent at the ends"
"""What was changed in a record."""

_PDB = (
    r"(HEADER|TITLE|COMPND|SOURCE|EXPDTA|AUTHOR|REMARK|PARENT|DBREF|SEQRES|CRYST1|"
    r"MODEL|ATOM|HETATM) "
)
"""Records that a PDB file begins with, whole or as programs write it."""

_HEAD = 1 << 16
"""Characters from which a format is recognised."""

_PARSER_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    SyntaxError,  # of which XML's are
    TypeError,
    ValueError,
)
"""What Biopython raises on files that break their format's rules, beside its own."""


class SequenceRecord(NamedTuple):
    """One record of a file.

    Attributes:
        id: may be empty.
        sequence: letters as they are in the file; empty if there is a fault.
        fault: why the record cannot be used, or empty.
        changes: what was changed in reading it, or empty.
    """

    id: str
    sequence: str
    fault: str = ""
    changes: str = ""


class _Format(NamedTuple):
    """A format that can be read.

    Attributes:
        name: for messages.
        beginning: matches the first characters of such a file that are not white space.
        read: yields the records of a file.
    """

    name: str
    beginning: str
    read: Callable[[Path], Iterator[SequenceRecord]]


def read_sequences(path: Path | str) -> Iterator[SequenceRecord]:
    """Stream the records of a file of protein sequences, none left out.

    Raises:
        ProtlangError: if the file is missing, empty, damaged, of an unknown format,
            breaks the rules of its format or holds no record.
    """
    path = require_file(path, "put a file of protein sequences there")
    form = _recognised(path)
    record = None
    for record in form.read(path):
        yield record
    if record is None:
        raise ProtlangError(
            f"{path} is in {form.name} format but holds no sequence; give another file"
        )


def _recognised(path: Path) -> _Format:
    with damage_reported(path), _opened(path) as stream:
        head = stream.read(_HEAD).lstrip()
    for form in _FORMATS:
        if re.match(form.beginning, head):
            return form
    names = ", ".join(sorted(form.name for form in _FORMATS))
    raise ProtlangError(
        f"{path} begins with {head[:20]!r}, which is none of the formats that can be "
        f"read ({names}); convert it to FASTA"
    )


def _opened(path: Path) -> TextIO:
    # No threads: xopen would start programs, and leave them behind after an error.
    return xopen(path, "r", threads=0, encoding="utf-8-sig", errors="backslashreplace")


def _fasta(path: Path) -> Iterator[SequenceRecord]:
    for record in read_fasta(path):
        yield SequenceRecord(record.id, record.sequence)


def _entries(parser: str) -> Callable[[Path], Iterator[SequenceRecord]]:
    """The reader of one of Biopython's formats of sequences with annotation."""

    def read(path: Path) -> Iterator[SequenceRecord]:
        for record, remark in _parsed(path, parser):
            for found in _proteins_of(record):
                yield found._replace(
                    changes="; ".join(filter(None, (found.changes, remark)))
                )

    return read


def _proteins_of(record: "SeqRecord") -> Iterator[SequenceRecord]:
    """The protein that an entry is, or those that its nucleotides code for."""
    name = (record.id or "").replace("<unknown id>", "").partition(" ")[0]
    if re.search("[DR]NA", str(record.annotations.get("molecule_type"))):
        coding = [part for part in record.features if part.type == "CDS"]
        for number, part in enumerate(coding, start=1):
            yield _translation(part.qualifiers, f"{name}_cds_{number}")
        if not coding:
            yield SequenceRecord(name, "", NUCLEOTIDES)
    elif record.seq is None or not record.seq.defined:
        yield SequenceRecord(name, "", NO_SEQUENCE)
    else:
        aligned = str(record.seq)
        letters = re.sub("[-.~]", "", aligned)
        yield SequenceRecord(name, letters, "", GAPS_REMOVED * (letters != aligned))


def _translation(qualifiers: Mapping[str, list[str]], name: str) -> SequenceRecord:
    """A coding sequence's protein, under the first of its names."""
    names = (qualifiers.get(key) for key in ("protein_id", "locus_tag"))
    identifier = next((found[0] for found in names if found), name)
    translation = "".join(qualifiers.get("translation", [""]))
    return SequenceRecord(
        identifier, translation, "" if translation else NO_TRANSLATION
    )


def _pdb(path: Path) -> Iterator[SequenceRecord]:
    """Chains of a PDB file: from SEQRES, or from the atoms if it has none.

    Biopython takes the entry's code from DBREF, which synthetic chains lack.
    """
    with damage_reported(path), _opened(path) as stream:
        header = next(stream, "")
    code = header[62:66] if header.startswith("HEADER") else ""
    chains = list(_chains(path, "pdb-seqres", code=code))
    yield from chains or _chains(path, "pdb-atom", FROM_ATOMS)


def _mmcif(path: Path) -> Iterator[SequenceRecord]:
    """Chains of an mmCIF file: its polymers, or from the atoms if it names none.

    Biopython's own reader of polymers gives chains other names than the PDB does, and
    has every residue where a crystal holds two kinds at one place.
    """
    from Bio.PDB.MMCIF2Dict import MMCIF2Dict  # most jobs do not need it

    with damage_reported(path), _opened(path) as stream, _one_sentence(path, 1):
        entry = MMCIF2Dict(stream)
        keys = ("pdbx_strand_id", "pdbx_seq_one_letter_code_can", "type")
        columns = [entry.get(f"_entity_poly.{key}", []) for key in keys]
        polymers = list(zip(*columns, strict=True))
    code = "".join(entry.get("_entry.id", []))
    for names, letters, kind in polymers:
        sequence = "" if "nucleotide" in kind else "".join(letters.split())
        for name in names.split(","):
            yield _chain(path, code, name.strip(), sequence)
    if not polymers:
        yield from _chains(path, "cif-atom", FROM_ATOMS)


def _chains(
    path: Path, parser: str, changes: str = "", code: str = ""
) -> Iterator[SequenceRecord]:
    for record, _ in _parsed(path, parser):
        own, _, _ = (record.id or "").rpartition(":")
        chain = str(record.annotations["chain"])
        yield _chain(path, own.strip(" ?") or code, chain, str(record.seq), changes)


def _chain(
    path: Path, code: str, chain: str, sequence: str, changes: str = ""
) -> SequenceRecord:
    """A chain, named after its entry, or after the file where that has no code."""
    identifier = f"{code.strip(' ?') or path.name.partition('.')[0]}:{chain.strip()}"
    if not sequence.strip("X"):
        return SequenceRecord(identifier, "", NO_AMINO_ACIDS)
    return SequenceRecord(identifier, sequence, "", changes)


def _parsed(path: Path, parser: str) -> Iterator[tuple["SeqRecord", str]]:
    """Records of one of Biopython's parsers, each with its warnings."""
    with damage_reported(path), _opened(path) as stream:
        records = None
        for number in itertools.count(1):
            with _one_sentence(path, number) as remarks:
                records = records or _records(stream, parser)
                record = next(records, None)
            if record is None:
                return
            yield record, "; ".join(_one_line(remark.message) for remark in remarks)


def _records(stream: TextIO, parser: str) -> "Iterator[SeqRecord]":
    from Bio import Align, SeqIO  # most jobs do not need them

    if parser in ("clustal", "stockholm"):
        alignments = Align.parse(stream, parser)
        return (record for alignment in alignments for record in alignment.sequences)
    source = stream.buffer if parser == "uniprot-xml" else stream
    records: Iterator[SeqRecord] = SeqIO.parse(source, parser)
    return records


@contextmanager
def _one_sentence(path: Path, number: int) -> Iterator[list[warnings.WarningMessage]]:
    """Collect Biopython's warnings, and turn its errors into one sentence."""
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        try:
            yield remarks
        except Exception as error:
            own = type(error).__module__.startswith("Bio.")
            if not (own or isinstance(error, _PARSER_ERRORS)):
                raise
            raise ProtlangError(
                f"{path}: record {number} breaks the rules of its format "
                f"({_one_line(str(error) or error.__context__)}); correct or remove it"
            ) from error


def _one_line(message: object) -> str:
    return " ".join(str(message).split())


_FORMATS = (
    _Format("PIR", r">(P1|F1|D[1LC]|R[LC]|N[13]|XX);", _entries("pir")),
    _Format("FASTA", r">|\Z", _fasta),
    _Format("GenBank", r"LOCUS |.*Genetic Sequence Data Bank", _entries("genbank")),
    _Format("Swiss-Prot", r"ID   [^;\s]+ +\w+; .*\d+ AA\.", _entries("swiss")),
    _Format("EMBL", r"ID   ", _entries("embl")),
    _Format(
        "UniProt XML", r"(?s)(<[?!].*?)?<(\w+:)?uniprot[\s>]", _entries("uniprot-xml")
    ),
    _Format("PDB", _PDB, _pdb),
    _Format("mmCIF", r"(#.*\n\s*)*data_", _mmcif),
    _Format("Stockholm", r"# STOCKHOLM ", _entries("stockholm")),
    _Format("Clustal", r"CLUSTAL|MUSCLE|PROBCONS|MSAPROBS|Kalign", _entries("clustal")),
)
