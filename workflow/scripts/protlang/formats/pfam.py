"""`Pfam-A.fasta`: a domain per record, whose family is the header's third word.

`>A0A089UQM1_9ENTR/154-186 A0A089UQM1.1 PF10417.7;1-cysPrx_C;` is residues 154 to 186 of
a protein and belongs to the family 1-cysPrx_C, whose accession is PF10417, version 7.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from protlang.formats.lines import fasta_lines, write_lines

PFAM = "pfam-fasta"
"""The distribution of sources that this module reads."""

_FAMILY = re.compile(r"([^\s;]+?)(?:\.([0-9]+))?;([^\s;]+);?")


class FamilyConflictError(ValueError):
    """An accession or a name of two families; the message names it."""


class Domain(NamedTuple):
    """One record.

    Attributes:
        id: `NAME/START-END`.
        protein: accession and version.
        family: accession, version and name, as in `PF10417.7;1-cysPrx_C;`.
        sequence: of the domain alone.
    """

    id: str
    protein: str
    family: str
    sequence: str


class Family(NamedTuple):
    """A family as a header names it.

    Attributes:
        accession: without its version.
        version: empty if there is none.
        name: such as 1-cysPrx_C.
    """

    accession: str
    version: str
    name: str


class FamilyNumbers:
    """Numbers families from 0 on, in the order in which they first occur.

    An accession with a digit is Pfam's: it has one name, whatever its version, and the
    name has one accession. One without (`HOMFAM`) is that of a set of families, which
    differ in their names only.

    Attributes:
        families: as they first occurred, by number.
        in_several_versions: numbers of those with more than one version.
    """

    def __init__(self) -> None:
        self.families: list[Family] = []
        self.in_several_versions: set[int] = set()
        self._of_words: dict[bytes, int] = {}
        self._of_accessions: dict[str, int] = {}
        self._of_names: dict[str, int] = {}

    def number_of(self, header: bytes) -> int | None:
        """The number of the family that a record's header names; None without one.

        Args:
            header: of the record, without `>`.

        Raises:
            FamilyConflictError: if its accession or its name had another partner.
        """
        words = header.split(None, 3)
        if len(words) < 3:
            return None
        known = self._of_words.get(words[2])
        return self._new_word(words[2]) if known is None else known

    def _new_word(self, word: bytes) -> int | None:
        family = parse_family(word.decode(errors="backslashreplace"))
        if family is None:
            return None
        number = self._of_words[word] = self._number(family)
        if family.version != self.families[number].version:
            self.in_several_versions.add(number)
        return number

    def _number(self, family: Family) -> int:
        accession, name = family.accession, family.name
        if not any(letter.isdigit() for letter in accession):
            accession = f"{accession};{name}"
            name = accession
        number = self._of_accessions.get(accession)
        if number != self._of_names.get(name):
            raise FamilyConflictError(
                f"{family.accession};{name}; contradicts an earlier record, where the "
                "accession has another name or the name another accession"
            )
        if number is None:
            number = len(self.families)
            self.families.append(family)
            self._of_accessions[accession] = self._of_names[name] = number
        return number


def parse_family(word: str) -> Family | None:
    """The family that a word such as `PF10417.7;1-cysPrx_C;` names, if it does."""
    found = _FAMILY.fullmatch(word)
    return Family(found[1], found[2] or "", found[3]) if found else None


def write(path: Path | str, domains: Iterable[Domain], remark: str = "") -> None:
    """Write `Pfam-A.fasta`, atomically; equal domains give equal bytes.

    Args:
        path: of the file, gzipped if it ends in `.gz`.
        domains: in the order of the file.
        remark: at the end of every header.
    """
    records = (_record(domain, remark) for domain in domains)
    write_lines(path, [line for record in records for line in record])


def _record(domain: Domain, remark: str) -> list[str]:
    words = (domain.id, domain.protein, domain.family, remark)
    return fasta_lines(" ".join(filter(None, words)), domain.sequence)
