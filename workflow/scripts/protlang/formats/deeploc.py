"""DeepLoc 1.0: proteins with their location, membrane-bound or soluble.

The original is one FASTA file with headers like `>Q9H400 Cell.membrane-M test`: the
location, M (membrane-bound), S (soluble) or U (unknown), and `test` on the proteins
that DeepLoc was tested on. Source: Almagro Armenteros et al. 2017, Bioinformatics
33:3387.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from protlang.alphabet import (
    CYTOPLASM_AND_NUCLEUS,
    LOCATIONS,
    MEMBRANE_STATES,
    UNKNOWN_MEMBRANE,
)
from protlang.errors import ProtlangError
from protlang.formats.fasta import read_fasta
from protlang.formats.lines import fasta_lines, write_lines
from protlang.formats.tabular import read_table
from protlang.proteins import SIMULATED_MARK, Protein

_HEADER = re.compile(rf"(?P<label>\S+)(?P<test> test)?( {SIMULATED_MARK})?")
_LOCATIONS = (*LOCATIONS, CYTOPLASM_AND_NUCLEUS)
_MEMBRANE = (*MEMBRANE_STATES, UNKNOWN_MEMBRANE)


def read(files: Mapping[str, Path], _: str) -> Iterator[Protein]:
    """Stream the original FASTA file, `data`; all that is not `test` is `train`.

    Raises:
        ProtlangError: if the file is damaged, or a header is not one of DeepLoc's.
    """
    path = files["data"]
    for record in read_fasta(path):
        where = f"{path}: record {record.id}"
        header = _HEADER.fullmatch(" ".join(record.description.split()))
        if header is None:
            raise ProtlangError(
                f"{where} has the header {record.description!r}; expected a location, "
                "'-' and M, S or U, as in 'Nucleus-U', and 'test' after it or nothing"
            )
        yield Protein(
            record.id,
            record.sequence,
            split="test" if header["test"] else "train",
            classes=classes_of(header["label"], where),
        )


def read_rebuilt(files: Mapping[str, Path], source: str) -> Iterator[Protein]:
    """Stream a rebuilt training set, `train`, and the original test proteins, `test`.

    The training set is a table with the columns `accession, deeploc1_label, sequence`,
    its labels written as in the original, e.g. `Nucleus-U`; the test set is FASTA.

    Raises:
        ProtlangError: if a file is damaged, a label is not one of DeepLoc's, or a
            protein of the test file is not marked `test`.
    """
    path = files["train"]
    columns = ["accession", "deeploc1_label", "sequence"]
    for row in read_table(path, columns, separator="\t"):
        where = f"{path}: record {row['accession']}"
        yield Protein(
            row["accession"],
            row["sequence"],
            split="train",
            classes=classes_of(row["deeploc1_label"], where),
        )
    for protein in read({"data": files["test"]}, source):
        if protein.split != "test":
            raise ProtlangError(
                f"{files['test']}: record {protein.id} is not marked 'test'; give the "
                "file of DeepLoc's test proteins, or mark it"
            )
        yield protein


def classes_of(label: str, where: str) -> dict[str, str]:
    """Location and membrane of e.g. `Cell.membrane-M`.

    Args:
        label: as DeepLoc writes it.
        where: file and record, for messages.

    Raises:
        ProtlangError: if it is not one of DeepLoc's.
    """
    location, _, membrane = label.rpartition("-")
    if location not in _LOCATIONS or membrane not in _MEMBRANE:
        raise ProtlangError(
            f"{where} has the label {label!r}; expected a location "
            f"({', '.join(_LOCATIONS)}), '-' and one of {', '.join(_MEMBRANE)}: "
            "correct or remove the record"
        )
    return {"location": location, "membrane": membrane}


def write(path: Path | str, proteins: Iterable[Protein], simulated: bool) -> None:
    """Write proteins as DeepLoc published its own, gzipped if the path ends in `.gz`.

    Equal proteins give equal bytes.

    Args:
        path: of the file.
        proteins: with the classes `location` and `membrane`.
        simulated: whether to mark every header as simulated.
    """
    records = (_record(protein, simulated) for protein in proteins)
    write_lines(path, [line for record in records for line in record])


def is_simulated(files: Mapping[str, Path]) -> bool:
    """Whether the first header of the first file bears the simulator's mark."""
    first = next(read_fasta(next(iter(files.values()))))
    return first.description.endswith(SIMULATED_MARK)


def _record(protein: Protein, simulated: bool) -> list[str]:
    classes = protein.classes
    words = [protein.id, f"{classes['location']}-{classes['membrane']}"]
    words += ["test"] if protein.split == "test" else []
    words += [SIMULATED_MARK] if simulated else []
    return fasta_lines(" ".join(words), protein.sequence)
