"""ECPred's table of enzymes: UniProt accessions and their E.C. numbers.

Tab-separated, the first line a header; a field may hold several numbers (`2.7.7.23;
2.3.1.157`). With SIFTS's accessions it stands in for SIFTS's own file of enzymes.
"""

from collections.abc import Collection
from pathlib import Path

from protlang.errors import ProtlangError
from protlang.formats.lines import read_lines
from protlang.formats.sifts import enzyme_numbers

_HEADER = "Protein UniProt Acc.\tEC Number"


def read(path: Path | str, accessions: Collection[str]) -> dict[str, frozenset[str]]:
    """E.C. numbers of those `accessions` that have any.

    Raises:
        ProtlangError: if the file is damaged or no such table.
    """
    lines = read_lines(path)
    header = next(lines, "")
    if header != _HEADER:
        raise ProtlangError(
            f"{path} begins with {header[:60]!r} where {_HEADER!r} is expected; fetch "
            "ECPred's whole positive training set again"
        )
    numbers: dict[str, frozenset[str]] = {}
    for line in lines:
        accession, _, texts = line.partition("\t")
        if accession in accessions:
            known = numbers.get(accession, frozenset())
            numbers[accession] = known | enzyme_numbers([texts])
    return numbers
