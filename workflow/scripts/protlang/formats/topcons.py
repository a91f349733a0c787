"""Topologies of membrane proteins in three lines each: `>id`, residues, their places.

I is inside, O outside and M in the membrane. TOPCONS2's library of known structures has
two letters more. Both are replaced when a file is read, and counted:

* L, a re-entrant loop, which dips into the membrane and leaves it on the side it came
  from, is given that side, the one before it (everywhere in the library also the one
  after it).
* X, a residue of which the side is not known, is masked: its `mask` is 0, that of all
  others 1. It is given the side of the nearest residue before it that has one, else of
  the first after it, else (no side of the protein is known, only its helices) I.

Hence a network that ignores masked residues learns nothing from X, and helices stay as
they are.
PLUS's own reader accepts I, O and M alone (plus/data/transmembrane.py). Sources:
Tsirigos et al. 2015, Nucleic Acids Research 43:W401; TOPCONS2's 3D_struct_DB.3line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from protlang.alphabet import TOPOLOGY_STATES, check_letters
from protlang.errors import ProtlangError
from protlang.formats import archives
from protlang.formats.lines import read_lines
from protlang.proteins import SIMULATED_MARK, Protein

_REENTRANT = "L"
_UNKNOWN = "X"
_SIDES = "IO"
_MEMBER = "TM.3line"
"""Proteins without a signal peptide in the sets that were tested on."""


def read(files: Mapping[str, Path], _: str) -> Iterator[Protein]:
    """Stream the proteins of a 3-line file, `data`.

    Raises:
        ProtlangError: if the file is damaged, lines are missing, or a state has another
            letter.
    """
    yield from read_three_lines(files["data"])


def read_archive(files: Mapping[str, Path], _: str) -> Iterator[Protein]:
    """Stream the proteins of `TM.3line` in an archive, `data`: no signal peptides.

    Raises:
        ProtlangError: as `read`, or if the archive is damaged or has no such file.
    """
    path = files["data"]
    with archives.unpacked(path, [_MEMBER]) as found:
        proteins = list(read_three_lines(found[_MEMBER], f"{path}: {_MEMBER}"))
    yield from proteins


def read_three_lines(
    path: Path, name: str | None = None, split: str | None = None
) -> Iterator[Protein]:
    """Stream the proteins of a 3-line file; ids are the first words of the headers.

    Args:
        path: of the file.
        name: for messages, of a file that was unpacked temporarily.
        split: the part of a set that it is.

    Raises:
        ProtlangError: as `read`.
    """
    lines = (line.strip() for line in read_lines(path, name))
    records = enumerate(zip_longest(*[filter(None, lines)] * 3), start=1)
    for number, (header, sequence, places) in records:
        where = f"{name or path}: record {number}"
        if not header.startswith(">") or sequence is None or places is None:
            raise ProtlangError(
                f"{where} is not three lines, an id after '>', residues and their "
                f"places, but begins with {header[:20]!r}; correct it or fetch the "
                "file again"
            )
        identifier = header[1:].split(maxsplit=1)[0] if header[1:].strip() else ""
        where = f"{name or path}: record {identifier}"
        labels, changes = _resolved(places.upper(), where)
        yield Protein(
            identifier, sequence.upper(), labels, split=split, changes=changes
        )


def write_archive(
    path: Path | str, proteins: Sequence[Protein], simulated: bool
) -> None:
    """Write an archive with `TM.3line`, a zip file or a tar archive by its ending.

    Args:
        path: of the archive.
        proteins: with the label `topology`; those without a `mask` of 1 get an X. Their
            ids are single words.
        simulated: whether to mark the archive and every header as simulated.
    """
    text = "".join(f"{line}\n" for line in _lines(proteins, simulated))
    folder = "TOPCONS2_datasets"
    archives.pack(path, {f"{folder}/{_MEMBER}": text.encode()}, simulated)


def _lines(proteins: Sequence[Protein], simulated: bool) -> Iterator[str]:
    for protein in proteins:
        yield f">{protein.id} {SIMULATED_MARK}" if simulated else f">{protein.id}"
        yield protein.sequence
        topology = protein.labels["topology"]
        mask = protein.labels.get("mask", "1" * len(topology))
        pairs = zip(topology, mask, strict=True)
        yield "".join(place if seen == "1" else _UNKNOWN for place, seen in pairs)


def _resolved(places: str, where: str) -> tuple[dict[str, str], dict[str, int]]:
    """Places without X and L, the mask, and how many letters were changed."""
    allowed = TOPOLOGY_STATES + _UNKNOWN + _REENTRANT
    check_letters(places, allowed, f"{where}: the line of places")
    counts = {
        "re_entrant_residues_given_a_side": places.count(_REENTRANT),
        "residues_of_unknown_side_masked": places.count(_UNKNOWN),
    }
    labels = {
        "topology": re.sub(
            f"[{_UNKNOWN}{_REENTRANT}]+", lambda run: _side(run) * len(run[0]), places
        ),
        "mask": "".join("0" if place == _UNKNOWN else "1" for place in places),
    }
    return labels, {rule: count for rule, count in counts.items() if count}


def _side(run: re.Match[str]) -> str:
    """The side of the nearest residue before a run that has one, else after it."""
    sides = re.compile(f"[{_SIDES}]")
    before: list[str] = sides.findall(run.string[: run.start()])
    after: list[str] = sides.findall(run.string[run.end() :])
    return [*reversed(before), *after, _SIDES[0]][0]
