"""FLIP's secondary-structure split: three FASTA files with the same ids.

`sequences.fasta` holds residues; `sampled.fasta` Q3 strings under headers like
`>1es5-A SET=train VALIDATION=False`; `mask.fasta` 1 for resolved residues and 0 for
unresolved (disordered) ones. Source: Dallago et al. 2021, made from NetSurfP-2.0.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from protlang.errors import ProtlangError
from protlang.formats.fasta import FastaRecord, read_fasta
from protlang.proteins import Protein

_SPLITS = {
    ("train", "False"): "train",
    ("train", "True"): "validation",
    ("test", "False"): "test",
}
_TO_DISORDER = str.maketrans("10", "01")


def read(files: Mapping[str, Path], source: str) -> Iterator[Protein]:
    """Stream the proteins in the order of the sequence file.

    Args:
        files: the three FASTA files under `sequences`, `labels` and `mask`.
        source: the source's name, for messages.

    Raises:
        ProtlangError: if a file is damaged, or the three do not hold the same ids.
    """
    labels = _by_id(files["labels"])
    masks = _by_id(files["mask"])
    for record in read_fasta(files["sequences"]):
        label = _partner(labels, record.id, files["labels"])
        mask = _partner(masks, record.id, files["mask"])
        split = _split(label, files["labels"])
        disorder = mask.sequence.translate(_TO_DISORDER)
        yield Protein(
            record.id,
            record.sequence,
            {"q3": label.sequence, "disorder": disorder},
            split=split,
        )
    for role, left in (("labels", labels), ("mask", masks)):
        if left:
            raise ProtlangError(
                f"{files[role]} has {len(left)} records without a sequence in "
                f"{files['sequences']} (the first is {next(iter(left))}); fetch the "
                f"files of {source} again"
            )


def _by_id(path: Path) -> dict[str, FastaRecord]:
    records: dict[str, FastaRecord] = {}
    for record in read_fasta(path):
        if record.id in records:
            raise ProtlangError(f"{path} has the id {record.id} twice; remove one")
        records[record.id] = record
    return records


def _partner(
    records: dict[str, FastaRecord], identifier: str, path: Path
) -> FastaRecord:
    try:
        return records.pop(identifier)
    except KeyError:
        raise ProtlangError(
            f"{path} has no (second) record {identifier}, which the sequence file "
            "has; fetch the three files again"
        ) from None


def _split(record: FastaRecord, path: Path) -> str:
    fields = dict(
        word.split("=", 1) for word in record.description.split() if "=" in word
    )
    try:
        return _SPLITS[fields.get("SET", ""), fields.get("VALIDATION", "False")]
    except KeyError:
        raise ProtlangError(
            f"{path}: record {record.id} has the header {record.description!r}; "
            "expected SET=train or test and VALIDATION=True or False"
        ) from None
