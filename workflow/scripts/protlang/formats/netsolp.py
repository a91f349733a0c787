"""NetSolP's training set: PSI:Biology's proteins, soluble or not, in five partitions.

CSV with the columns `sid,solubility,fasta,partition`. The partitions are for
cross-validation: similar proteins are in one of them. Source: Thumuluri et al. 2022,
Bioinformatics 38:941.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from protlang.errors import ProtlangError
from protlang.formats.deepsol import state_of
from protlang.formats.tabular import read_table
from protlang.proteins import Protein

PARTITIONS = tuple(f"partition_{number}" for number in range(5))
"""Names of its parts; none of them is a test set."""

_COLUMNS = ["sid", "solubility", "fasta", "partition"]


def read(files: Mapping[str, Path], _: str) -> Iterator[Protein]:
    """Stream the proteins of the file `data`, each in one of `PARTITIONS`.

    Raises:
        ProtlangError: if the file is damaged or lacks a column, a label is neither 0
            nor 1, or a partition is not one of the five.
    """
    path = files["data"]
    for row in read_table(path, _COLUMNS):
        where = f"{path}: record {row['sid']}"
        part = f"partition_{row['partition']}"
        if part not in PARTITIONS:
            raise ProtlangError(
                f"{where} is in partition {row['partition']!r}; expected 0 to "
                f"{len(PARTITIONS) - 1}: correct or remove the record"
            )
        state = state_of(row["solubility"], where)
        yield Protein(
            row["sid"], row["fasta"], split=part, classes={"solubility": state}
        )
