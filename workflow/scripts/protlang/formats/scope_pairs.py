"""Lists of pairs of SCOPe's domains, as P-ELMo and PLUS published them.

Tab-separated, with the columns `sequence_A`, `sequence_B` and `similarity` (0 to 4);
PLUS's lists also have `pdb_id_A` and `pdb_id_B`. Sources: P-ELMo's repository,
eval_similarity.py; PLUS's repository, plus/data/homology.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from protlang.alphabet import RESIDUES, check_letters
from protlang.errors import ProtlangError
from protlang.formats.lines import read_lines
from protlang.formats.tabular import read_table

SEQUENCES = ("sequence_A", "sequence_B")
IDS = ("pdb_id_A", "pdb_id_B")
LEVEL = "similarity"

_LEVELS = {str(level): level for level in range(5)}


class ListedPair(NamedTuple):
    """Two domains and what they share.

    Attributes:
        ids: of the domains; where the list has none, `row-<number>-A` and `-B`.
        sequences: upper case.
        level: 0 (nothing) to 4 (the family).
    """

    ids: tuple[str, str]
    sequences: tuple[str, str]
    level: int


def read(path: Path | str) -> Iterator[ListedPair]:
    """Stream the pairs of a list, plain or compressed.

    Raises:
        ProtlangError: if the file is damaged or lacks a column, or a level or a letter
            is not as above.
    """
    path = Path(path)
    with_ids = set(IDS) <= set(next(read_lines(path), "").split("\t"))
    columns = [*SEQUENCES, LEVEL, *(IDS if with_ids else ())]
    for number, row in enumerate(read_table(path, columns, separator="\t"), start=1):
        where = f"{path}: row {number}"
        if row[LEVEL] not in _LEVELS:
            raise ProtlangError(
                f"{where} has the {LEVEL} {row[LEVEL]!r} where 0 to 4 is expected; "
                "correct it"
            )
        first, second = (row[name].upper() for name in SEQUENCES)
        check_letters(first, RESIDUES, where)
        check_letters(second, RESIDUES, where)
        ids = (
            (row[IDS[0]], row[IDS[1]])
            if with_ids
            else (f"row-{number}-A", f"row-{number}-B")
        )
        yield ListedPair(ids, (first, second), _LEVELS[row[LEVEL]])
