"""ASTRAL FASTA files: the domains of SCOPe with their sequences.

Headers read `>d1dlwa_ a.1.1.1 (A:) Protozoan/bacterial hemoglobin {Ciliate (Paramecium
caudatum) [TaxId: 5885]}`: the domain's identifier, its place in the classification, the
residues it is made of, a description and, in braces, where it comes from. Sequences are
lower case; an X stands where pieces of the chain are joined, and for unknown residues.

A domain is a piece of a chain (`A:`, all of it; `A:-3-95`, `A:20A-150`), several pieces
(`A:1-38,A:152-190`) or pieces of several chains (`A:,B:`); the identifiers of the last
begin with g if the pieces stand in the order of the gene. Names of chains are
case-sensitive, but identifiers hold them in lower case, so the chain is read from the
pieces.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from protlang.alphabet import RESIDUES, check_letters
from protlang.errors import ProtlangError
from protlang.files import write_text
from protlang.formats.fasta import FastaRecord, read_fasta
from protlang.proteins import SIMULATED_MARK

JOINT = "X"
"""Stands between the pieces of a domain."""

LINE_LENGTH = 60
"""Residues per line, as in ASTRAL's files."""

_ID = re.compile(r"[a-z][0-9][0-9a-z]{3}\S+")
_SCCS = re.compile(r"[a-z]\.[0-9]+\.[0-9]+\.[0-9]+")
_RESIDUE = r"-?[0-9]+[A-Za-z]?"
_REGION = re.compile(rf"([A-Za-z0-9]*):(?:({_RESIDUE})-({_RESIDUE}))?")
_PLACE = re.compile(r"(\S+)\s+\(([^)]*)\)\s*(.*)")
_SPECIES = re.compile(r"(.*?)\s*\{(.*)\}\s*")
_TAX_ID = re.compile(r"\s*\[TaxId:\s*([0-9]+)\]")


class Region(NamedTuple):
    """A piece of a chain.

    Attributes:
        chain: its name, case as in the PDB.
        first: the first residue's number in the PDB, which may be negative and end in
            an insertion code; None if the piece is the whole chain.
        last: the last residue's.
    """

    chain: str
    first: str | None = None
    last: str | None = None

    def __str__(self) -> str:
        residues = "" if self.first is None else f"{self.first}-{self.last}"
        return f"{self.chain}:{residues}"


@dataclass(frozen=True)
class Domain:
    """One domain of SCOPe.

    Attributes:
        id: ASTRAL's, e.g. `d1dlwa_`.
        sccs: class, fold, superfamily and family, e.g. `a.1.1.1`.
        regions: its pieces, in order.
        description: of the protein.
        species: the organism, without the number of the taxon; may be empty.
        tax_id: NCBI's number of the taxon, or None.
        sequence: upper case.
    """

    id: str
    sccs: str
    regions: tuple[Region, ...]
    description: str
    species: str
    tax_id: int | None
    sequence: str

    @property
    def pdb(self) -> str:
        """The PDB's code of the entry, lower case."""
        return self.id[1:5]

    @property
    def chains(self) -> tuple[str, ...]:
        """Names of its chains, each once, in order."""
        return tuple(dict.fromkeys(region.chain for region in self.regions))

    @property
    def scop_class(self) -> str:
        """The class's letter."""
        return self.sccs[0]


def read(path: Path | str) -> Iterator[Domain]:
    """Stream the domains of an ASTRAL file, plain or compressed.

    Raises:
        ProtlangError: if the file is damaged, or a header or a letter is wrong.
    """
    for record in read_fasta(path):
        yield _domain(record, f"{path}: domain {record.id}")


def write(path: Path | str, domains: Iterable[Domain]) -> None:
    """Write the same layout as plain text, X upper case; equal input, equal bytes."""
    write_text(path, as_text(domains))


def as_text(domains: Iterable[Domain]) -> str:
    """The text of a file in the same layout."""
    return "".join(map(_fasta, domains))


def _domain(record: FastaRecord, where: str) -> Domain:
    match = _PLACE.fullmatch(record.description)
    if not (match and _ID.fullmatch(record.id) and _SCCS.fullmatch(match[1])):
        raise ProtlangError(
            f"{where} has the header {f'{record.id} {record.description}'[:60]!r}; one "
            "like 'd1dlwa_ a.1.1.1 (A:) ...' is expected: is it an ASTRAL file?"
        )
    description, species, tax_id = _origin(match[3])
    sequence = record.sequence.upper()
    check_letters(sequence, RESIDUES, where)
    return Domain(
        record.id,
        match[1],
        tuple(_region(text, where) for text in match[2].split(",")),
        description,
        species,
        tax_id,
        sequence,
    )


def _region(text: str, where: str) -> Region:
    match = _REGION.fullmatch(text)
    if match is None:
        raise ProtlangError(
            f"{where} has the piece {text!r}, where one like 'A:' or 'A:1-38' is "
            "expected; correct it"
        )
    return Region(match[1], match[2], match[3])


def _origin(text: str) -> tuple[str, str, int | None]:
    """Description, species and taxon, as far as they are given."""
    match = _SPECIES.fullmatch(text)
    if match is None:
        return text, "", None
    taxon = _TAX_ID.search(match[2])
    species = _TAX_ID.sub("", match[2]).strip()
    return match[1], species, int(taxon[1]) if taxon else None


def _fasta(domain: Domain) -> str:
    regions = ",".join(map(str, domain.regions))
    taxon = "" if domain.tax_id is None else f" [TaxId: {domain.tax_id}]"
    origin = f"{domain.species}{taxon}".strip()
    header = f"{domain.id} {domain.sccs} ({regions}) {domain.description}"
    letters = domain.sequence.lower().replace(JOINT.lower(), JOINT)
    starts = range(0, len(letters), LINE_LENGTH)
    lines = [letters[start : start + LINE_LENGTH] for start in starts]
    return "\n".join(
        [f">{header} {{{origin}}}" if origin else f">{header}", *lines, ""]
    )


def is_simulated(path: Path | str) -> bool:
    """Whether the first header has the mark of simulated data."""
    return SIMULATED_MARK in next(read_fasta(path)).description
