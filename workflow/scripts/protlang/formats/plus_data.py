"""PLUS's own files: FASTA with the label in the header, a file per part of a set.

A header's second word is the label: 0 or 1, a number, or DeepLoc's location. Secondary
structure is pairs of records, `>name:sequence` with residues and `>name:secstr` with a
digit for each, 0 to 7 in the order of `Q8_STATES`. Topologies are 3-line files. Source:
Min et al. 2021, IEEE Access 9:123912; github.com/mswzeus/PLUS, plus/data/*.py.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from protlang.alphabet import PROTEIN_VALUES, Q8_STATES, q8_to_q3
from protlang.errors import ProtlangError
from protlang.formats import deeploc, deepsol, topcons
from protlang.formats.fasta import read_fasta
from protlang.formats.tabular import number_of
from protlang.proteins import Protein

STRUCTURE = "secondary_structure"
TRANSMEMBRANE = "transmembrane"

TASKS = ("solubility", "localization", *PROTEIN_VALUES, STRUCTURE, TRANSMEMBRANE)

_SEQUENCE, _SECSTR = ":sequence", ":secstr"
_STATES = {str(n): state for n, state in enumerate(Q8_STATES)}

Reader = Callable[[Mapping[str, Path], str], Iterator[Protein]]


def parts_of(task: str) -> tuple[str, ...]:
    """The parts of a task's set, a file each."""
    if task == STRUCTURE:
        return ("train", "validation", "cb513", "ts115", "casp12")
    return ("train", "validation", "test")


def reader(task: str) -> Reader:
    """A reader of a task's files, a role per part, as many as there are."""

    def read(files: Mapping[str, Path], _: str) -> Iterator[Protein]:
        for part in (part for part in parts_of(task) if part in files):
            path = files[part]
            if task == TRANSMEMBRANE:
                yield from topcons.read_three_lines(path, split=part)
            elif task == STRUCTURE:
                yield from _read_pairs(path, part)
            else:
                yield from _read_labelled(path, task, part)

    return read


def _read_labelled(path: Path, task: str, part: str) -> Iterator[Protein]:
    for record in read_fasta(path):
        where = f"{path}: record {record.id}"
        label = next(iter(record.description.split()), None)
        if label is None:
            raise ProtlangError(
                f"{where} has no label after its id; add it or remove the record"
            )
        protein = Protein(record.id, record.sequence.upper(), split=part)
        yield _with_label(protein, task, label, where)


def _with_label(protein: Protein, task: str, label: str, where: str) -> Protein:
    if task == "solubility":
        return replace(protein, classes={task: deepsol.state_of(label, where)})
    if task == "localization":
        return replace(protein, classes=deeploc.classes_of(label, where))
    return replace(protein, values={task: number_of(label, where)})


def _read_pairs(path: Path, part: str) -> Iterator[Protein]:
    residues: tuple[str, str] | None = None
    for record in read_fasta(path):
        # Names may hold spaces.
        name = f"{record.id} {record.description}".strip()
        where = f"{path}: record {name}"
        if name.endswith(_SEQUENCE) and residues is None:
            residues = name.removesuffix(_SEQUENCE), record.sequence.upper()
        elif residues and name == f"{residues[0]}{_SECSTR}":
            q8 = _q8(record.sequence, where)
            labels = {"q3": q8_to_q3(q8), "q8": q8}
            yield Protein(*residues, labels, split=part)
            residues = None
        else:
            raise ProtlangError(
                f"{where} is found where the {'states' if residues else 'residues'} of "
                f"a protein are expected: every `>name{_SEQUENCE}` has to be followed "
                f"by its `>name{_SECSTR}`; correct it or fetch the file again"
            )
    if residues:
        raise ProtlangError(
            f"{path} ends after {residues[0]}{_SEQUENCE}, without its states; fetch it "
            "again"
        )


def _q8(digits: str, where: str) -> str:
    try:
        return "".join(_STATES[digit] for digit in digits)
    except KeyError as error:
        raise ProtlangError(
            f"{where} has the letter {error.args[0]!r} where a digit from 0 to 7 is "
            "expected; correct or remove the record"
        ) from None
