"""Which distributions of labelled sets can be read, and what each one holds."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from protlang.formats import flip, netsurfp, tabular
from protlang.records import Protein

Reader = Callable[[Mapping[str, Path], str], Iterator[Protein]]


def _never(_: Mapping[str, Path]) -> bool:
    """The simulator does not write this distribution."""
    return False


@dataclass(frozen=True)
class Distribution:
    """One way in which a data set is published.

    Attributes:
        read: streams the proteins, given files by role and the source's name.
        labels: per-residue labels it has; all others are absent.
        roles: the files it consists of.
        has_profiles: whether each protein comes with an HHblits profile.
        has_splits: whether it says which proteins are for training.
        hides_residues: whether it blanks out non-standard residues.
        is_simulated: whether files say of themselves that they are simulated.
    """

    read: Reader
    labels: frozenset[str]
    roles: tuple[str, ...] = ("data",)
    has_profiles: bool = False
    has_splits: bool = False
    hides_residues: bool = False
    is_simulated: Callable[[Mapping[str, Path]], bool] = _never


DISTRIBUTIONS: Mapping[str, Distribution] = {
    "netsurfp-npz": Distribution(
        netsurfp.read,
        frozenset({"q3", "q8", "disorder", "mask"}),
        has_profiles=True,
        hides_residues=True,
        is_simulated=netsurfp.is_simulated,
    ),
    "flip-secondary-structure": Distribution(
        flip.read,
        frozenset({"q3", "disorder"}),
        roles=("sequences", "labels", "mask"),
        has_splits=True,
    ),
    "prottrans-csv": Distribution(
        tabular.read_prottrans, frozenset({"q3", "q8", "disorder", "mask"})
    ),
    "cullpdb-csv": Distribution(tabular.read_cullpdb, frozenset({"q3", "q8"})),
    "q8-json-lines": Distribution(tabular.read_json_lines, frozenset({"q3", "q8"})),
}
