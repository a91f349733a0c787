"""UniProt's `speclist.txt`: species codes, the taxa they stand for and their kingdoms.

After an introduction, lines read `AADNV V  648330: N=Aedes albopictus densovirus`:
code, kingdom, number of the taxon, scientific name; lines with other names follow. The
web site serves the same text inside of an HTML page.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from protlang.errors import ProtlangError
from protlang.formats.lines import read_lines, write_lines

KINGDOMS = "ABEVO"
"""Archaea, bacteria, eukaryota, viruses, others such as artificial sequences."""

_ROOT = "X"
"""In place of a kingdom in the line of all life."""

_LINE = re.compile(rf"([A-Z0-9]{{1,5}})\s+([{KINGDOMS}{_ROOT}])\s+([0-9]+): N=(.*)")
_TOTAL = re.compile(r"- Total number of identification codes currently defined: (\d+)")

_INTRODUCTION = """\
----------------------------------------------------------------------------
        UniProt Knowledgebase:
          Swiss-Prot Protein Knowledgebase
          TrEMBL Protein Database
----------------------------------------------------------------------------

Description: Controlled vocabulary of species
Name:        speclist.txt
Release:     {release}

----------------------------------------------------------------------------

- Total number of identification codes currently defined: {total}.


=======================
(1) Real organism codes
=======================

Code    Taxon    N=Official (scientific) name
        Node     C=Common name
                 S=Synonym
_____ _ _______  ____________________________________________________________"""


class Species(NamedTuple):
    """A species: its code, letter of `KINGDOMS`, number of the taxon, name."""

    code: str
    kingdom: str
    tax_id: int
    name: str


def read_kingdoms(path: Path | str) -> dict[int, str]:
    """The kingdom of each taxon, a letter of `KINGDOMS`; the root of life has none.

    Raises:
        ProtlangError: if the file is damaged, or holds no species or not as many as it
            announces.
    """
    kingdoms, found, total = dict[int, str](), 0, None
    for line in read_lines(path):
        if match := _LINE.match(line):
            found += 1
            if match[2] != _ROOT:
                kingdoms[int(match[3])] = match[2]
        elif match := _TOTAL.match(line):
            total = int(match[1])
    if not kingdoms or (total is not None and found != total):
        expected = "" if total is None else f", not the {total:,} that it announces"
        raise ProtlangError(
            f"{path} holds {found:,} species{expected}; delete it and fetch UniProt's "
            "speclist.txt again"
        )
    return kingdoms


def write(path: Path | str, species: Iterable[Species], release: str) -> None:
    """Write the same layout; equal input, equal bytes."""
    lines = [f"{s.code:5} {s.kingdom} {s.tax_id:7d}: N={s.name}" for s in species]
    head = _INTRODUCTION.format(release=release, total=len(lines))
    write_lines(path, [head, *lines, "", "-" * 71])
