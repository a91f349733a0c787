"""`pdb_seqres.txt.gz` of the wwPDB: the sequences of all chains of the PDB.

Headers read `>104l_A mol:protein length:166  T4 LYSOZYME`; chain names are
case-sensitive.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from protlang.errors import ProtlangError
from protlang.formats.fasta import read_fasta
from protlang.formats.lines import write_lines

_CHAIN = re.compile(r"([0-9][A-Za-z0-9]{3})[-_:]?([A-Za-z0-9]*)(?:\.[0-9]+)?")


def chain_key(identifier: str) -> str | None:
    """The wwPDB name of a chain: `1es5_A` for `1ES5-A`, `1es5:A` or domain `1es5-A.2`.

    None if the identifier names no PDB chain.
    """
    match = _CHAIN.fullmatch(identifier)
    return f"{match[1].lower()}_{match[2]}" if match else None


def read_chains(path: Path | str, wanted: Collection[str]) -> dict[str, str]:
    """Sequences of the `wanted` chains (keys as made by `chain_key`) that are there.

    Raises:
        ProtlangError: if the file is damaged or holds no protein chain at all.
    """
    chains, found = {}, False
    for record in read_fasta(path):
        found = found or "mol:" in record.description
        if record.id in wanted:
            chains[record.id] = record.sequence
    if not found:
        raise ProtlangError(
            f"{path} has no header with 'mol:'; fetch pdb_seqres.txt.gz of the wwPDB"
        )
    return chains


def write(
    path: Path | str, chains: Iterable[tuple[str, str]], description: str
) -> None:
    """Write (chain id, sequence) pairs in the same layout; equal input, equal bytes."""
    write_lines(
        path,
        (
            f">{chain_key(identifier)} mol:protein length:{len(sequence)}  "
            f"{description}\n{sequence}"
            for identifier, sequence in chains
        ),
    )
