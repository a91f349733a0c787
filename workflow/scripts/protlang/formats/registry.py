"""Distributions of labelled sets that can be read, and the labels of each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from protlang.alphabet import PROTEIN_CLASSES, PROTEIN_VALUES, STRUCTURE_LABELS
from protlang.formats import (
    archives,
    deeploc,
    deepsol,
    flip,
    netsolp,
    netsurfp,
    plus_data,
    tabular,
    tape,
    topcons,
)
from protlang.proteins import Protein

Reader = Callable[[Mapping[str, Path], str], Iterator[Protein]]


def _marked_archive(files: Mapping[str, Path]) -> bool:
    return archives.is_simulated(files["data"])


def _never(_: Mapping[str, Path]) -> bool:
    """The simulator does not write this distribution."""
    return False


@dataclass(frozen=True)
class Distribution:
    """One form in which a data set is published.

    Attributes:
        read: streams the proteins, given files by role and the source's name.
        labels: per-residue labels it has; all others are absent.
        roles: the files it consists of.
        optional_roles: files it may have besides; of a distribution without `roles`, at
            least one.
        has_profiles: whether each protein comes with an HHblits profile.
        has_splits: whether it assigns proteins to training, validation or test.
        masks_residues: whether it replaces non-standard residues by X.
        is_simulated: whether files bear the simulator's mark.
        classes: labels of whole proteins that it has.
        values: numbers of whole proteins that it has.
        parts: names of its splits, if they differ from `train`, `validation` and
            `test`; a test set, or what is held out, is chosen by one of them.
    """

    read: Reader
    labels: frozenset[str]
    roles: tuple[str, ...] = ("data",)
    optional_roles: tuple[str, ...] = ()
    has_profiles: bool = False
    has_splits: bool = False
    masks_residues: bool = False
    is_simulated: Callable[[Mapping[str, Path]], bool] = _never
    classes: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ("train", "validation", "test")


def _tape(task: str) -> dict[str, Distribution]:
    """The three forms in which a task of TAPE is published."""
    is_structure = task == tape.STRUCTURE
    labels = STRUCTURE_LABELS if is_structure else frozenset()
    values = frozenset() if is_structure else frozenset({task})
    parts = tape.parts_of(task)
    name = task.replace("_", "-")
    archived = {
        f"tape-lmdb-{name}": tape.lmdb_reader(task),
        f"tape-json-{name}": tape.json_reader(task),
    }
    return {
        **{
            key: Distribution(
                read,
                labels,
                has_profiles=is_structure,
                has_splits=True,
                is_simulated=_marked_archive,
                values=values,
                parts=parts,
            )
            for key, read in archived.items()
        },
        f"tape-csv-{name}": Distribution(
            tape.csv_reader(task),
            labels & {"q3"},
            roles=(),
            optional_roles=parts,
            has_splits=True,
            values=values,
            parts=parts,
        ),
    }


def _plus(task: str) -> Distribution:
    labels = {"secondary_structure": {"q3", "q8"}, "transmembrane": _TOPOLOGY}
    classes = {
        "solubility": {"solubility"},
        "localization": frozenset(PROTEIN_CLASSES),
    }
    return Distribution(
        plus_data.reader(task),
        frozenset(labels.get(task, ())),
        roles=(),
        optional_roles=plus_data.parts_of(task),
        has_splits=True,
        classes=frozenset(classes.get(task, ())),
        values=frozenset({task} & set(PROTEIN_VALUES)),
        parts=plus_data.parts_of(task),
    )


_SOLUBILITY = frozenset({"solubility"})
_TOPOLOGY = frozenset({"topology", "mask"})

DISTRIBUTIONS: Mapping[str, Distribution] = {
    "netsurfp-npz": Distribution(
        netsurfp.read,
        STRUCTURE_LABELS,
        has_profiles=True,
        masks_residues=True,
        is_simulated=netsurfp.is_simulated,
    ),
    "flip-secondary-structure": Distribution(
        flip.read,
        frozenset({"q3", "disorder"}),
        roles=("sequences", "labels", "mask"),
        has_splits=True,
    ),
    "prottrans-csv": Distribution(tabular.read_prottrans, STRUCTURE_LABELS),
    "cullpdb-csv": Distribution(tabular.read_cullpdb, frozenset({"q3", "q8"})),
    "q8-json-lines": Distribution(tabular.read_json_lines, frozenset({"q3", "q8"})),
    "deeploc-fasta": Distribution(
        deeploc.read,
        labels=frozenset(),
        is_simulated=deeploc.is_simulated,
        classes=frozenset(PROTEIN_CLASSES),
    ),
    "deeploc-tsv": Distribution(
        deeploc.read_rebuilt,
        labels=frozenset(),
        roles=("train", "test"),
        classes=frozenset(PROTEIN_CLASSES),
    ),
    "deepsol-zip": Distribution(
        deepsol.read_zip,
        labels=frozenset(),
        has_splits=True,
        is_simulated=_marked_archive,
        classes=_SOLUBILITY,
    ),
    "deepsol-text": Distribution(
        deepsol.read_text,
        labels=frozenset(),
        roles=(),
        optional_roles=deepsol.ROLES,
        has_splits=True,
        classes=_SOLUBILITY,
    ),
    "netsolp-csv": Distribution(
        netsolp.read,
        labels=frozenset(),
        classes=_SOLUBILITY,
        parts=netsolp.PARTITIONS,
    ),
    "topcons-3line": Distribution(topcons.read, labels=_TOPOLOGY, parts=()),
    **dict.fromkeys(
        ("topcons-zip", "p-elmo-transmembrane"),
        Distribution(
            topcons.read_archive,
            labels=_TOPOLOGY,
            is_simulated=_marked_archive,
            parts=(),
        ),
    ),
    **{
        name: distribution
        for task in tape.TASKS
        for name, distribution in _tape(task).items()
    },
    **{f"plus-{task.replace('_', '-')}": _plus(task) for task in plus_data.TASKS},
}
