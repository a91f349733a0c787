"""SIFTS: which UniProt entries, enzyme numbers and taxa belong to a chain of the PDB.

Files are CSV. The first line is a comment (`# 2019/06/01 - 14:13 | PDB: 22.19 | ...`),
the second names the columns:

* `pdb_chain_uniprot.csv`: PDB, CHAIN, SP_PRIMARY and six more, a row per piece;
* `pdb_chain_enzyme.csv`: PDB, CHAIN, ACCESSION, EC_NUMBER; `?` if there is none, and
  sometimes an apostrophe before the number;
* `pdb_chain_taxonomy.csv`: PDB, CHAIN, TAX_ID, SCIENTIFIC_NAME, a row per synonym;
  names may hold commas, without quotes.

PDB codes are lower case. Names of chains are case-sensitive texts, among them `NA`, `1`
and `00`, so readers must not infer types.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from protlang.errors import ProtlangError
from protlang.formats.lines import read_lines, write_lines

UNKNOWN = "?"

UNIPROT_COLUMNS = (
    *("PDB", "CHAIN", "SP_PRIMARY", "RES_BEG", "RES_END"),
    *("PDB_BEG", "PDB_END", "SP_BEG", "SP_END"),
)
ENZYME_COLUMNS = ("PDB", "CHAIN", "ACCESSION", "EC_NUMBER")
TAXONOMY_COLUMNS = ("PDB", "CHAIN", "TAX_ID", "SCIENTIFIC_NAME")


class ChainName(NamedTuple):
    """A chain of the PDB: code of the entry (lower case), name (case-sensitive)."""

    pdb: str
    chain: str


Facts = Mapping[ChainName, frozenset[str]]
"""What is known of chains; a chain without any row has no entry."""


def read_accessions(path: Path | str, entries: Collection[str]) -> Facts:
    """UniProt accessions of the chains of some PDB entries.

    Raises:
        ProtlangError: if the file is damaged or lacks a column; so for all readers.
    """
    return _read(path, "SP_PRIMARY", entries)


def read_enzymes(path: Path | str, entries: Collection[str]) -> Facts:
    """Enzyme Commission numbers of the chains of some PDB entries, perhaps none."""
    facts = _read(path, "EC_NUMBER", entries)
    return {chain: enzyme_numbers(texts) for chain, texts in facts.items()}


def read_taxa(path: Path | str, entries: Collection[str]) -> Facts:
    """NCBI's taxon numbers of the chains of some PDB entries."""
    return _read(path, "TAX_ID", entries)


def enzyme_numbers(texts: Iterable[str]) -> frozenset[str]:
    """Numbers out of texts like `3.4.21.4`, `'3.4.-.-`, `2.7.7.23; 2.3.1.157`, `?`."""
    parts = (part.strip(" '\"") for text in texts for part in text.split(";"))
    return frozenset(part for part in parts if part[:1].isdigit())


def write(
    path: Path | str,
    comment: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
) -> None:
    """Write rows of `UNIPROT_COLUMNS`, `ENZYME_COLUMNS` or `TAXONOMY_COLUMNS`."""
    lines = (",".join(row) for row in rows)
    write_lines(path, [f"# {comment}", ",".join(columns), *lines])


def _read(path: Path | str, column: str, entries: Collection[str]) -> Facts:
    collected: dict[ChainName, set[str]] = {}
    for chain, value in _rows(path, column):
        if chain.pdb in entries:
            collected.setdefault(chain, set()).add(value)
    return {chain: frozenset(values) for chain, values in collected.items()}


def _rows(path: Path | str, column: str) -> Iterator[tuple[ChainName, str]]:
    lines = enumerate(read_lines(path), start=1)
    names = _header(lines, path, column)
    places = [names.index(name) for name in ("PDB", "CHAIN", column)]
    for number, line in lines:
        fields = line.split(",", len(names) - 1)
        if len(fields) != len(names):
            raise ProtlangError(
                f"{path}: line {number} has {len(fields)} fields where the header has "
                f"{len(names)}; fetch the file again"
            )
        pdb, chain, value = (fields[place] for place in places)
        yield ChainName(pdb.lower(), chain), value


def _header(
    lines: Iterator[tuple[int, str]], path: Path | str, column: str
) -> list[str]:
    """The line that names the columns, the first one that is no comment."""
    header = next((line for _, line in lines if not line.startswith("#")), "")
    names = header.split(",")
    missing = [name for name in ("PDB", "CHAIN", column) if name not in names]
    if missing:
        raise ProtlangError(
            f"{path} lacks the columns {', '.join(missing)}; its header is "
            f"{header[:60]!r}: is it the right file of SIFTS?"
        )
    return names
