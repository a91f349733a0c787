"""Membrane proteins of the simulated world, whose helices cross the membrane.

Helices are greasy and some 21 residues long. Loops inside the cell are rich in basic
residues, above all beside a helix (von Heijne 1986). Re-entrant loops dip into the
membrane and leave it on the same side.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from protlang.proteins import Protein
from protlang.simulation.shares import draw
from protlang.simulation.world import SimulationConfig, stream

HELICES: Mapping[int, int] = {1: 189, 2: 71, 3: 49, 4: 54, 5: 33, 6: 71, 7: 65}
"""Proteins of TOPCONS2's structure library by number of helices, up to seven."""

HELIX_LENGTHS: Mapping[int, int] = {
    16: 858, 17: 243, 18: 527, 19: 234, 20: 296,
    21: 413, 22: 361, 23: 89, 24: 74, 25: 95,
}  # fmt: skip
"""Helices of the same library by number of residues."""

INSIDE_FIRST = 0.59
"""Share of its proteins that begin inside."""

UNKNOWN_SIDES = 0.05
"""Share of its proteins with loops of unknown side (X in the file)."""

REENTRANT = 0.066
"""Share of its proteins with a re-entrant loop (L in the file)."""

REENTRANT_LENGTHS = (13, 18)
"""Fewest and most residues of these."""

REPEATED = 0.037
"""Share of its entries whose sequence occurs before."""

LOOPS = (6, 24)
"""Fewest and most residues between helices and at the ends."""

BESIDE_HELIX = 6
"""Loop residues next to a helix, of which the inner ones are often basic."""

_REENTRANT_LETTERS = "AAGGGSTTVILFMNPW"
_HELIX_LETTERS = "LLLLLIIIVVVAAAFFGGMWSTY"
_INNER, _INNER_EDGE = "AEGKKLNPQRRSTTDH", "KKKRRRNSTQGP"
_OUTER, _OUTER_EDGE = "ADDEEGGKLNNPPQSSTTVYH", "DEGNNPQSSTTWY"


def simulate_transmembrane(config: SimulationConfig) -> list[Protein]:
    """Proteins with labels `topology` and `mask`, the latter 0 where none is known.

    Topologies are those of the file: beside I, O and M they have L. The last proteins
    repeat sequences of earlier ones under names of their own.
    """
    rng = stream(config.seed, "transmembrane")
    count = config.transmembrane["proteins"]
    repeats = max(1, round(REPEATED * count))
    proteins = [_protein(serial, rng) for serial in range(count - repeats)]
    again = rng.permutation(len(proteins))[:repeats]
    return proteins + [
        replace(proteins[place], id=_name(len(proteins) + serial))
        for serial, place in enumerate(again)
    ]


def _protein(serial: int, rng: np.random.Generator) -> Protein:
    inside = rng.random() < INSIDE_FIRST
    helices = draw(HELICES, rng)
    sequence = topology = ""
    for number in range(helices + 1):
        size = draw(HELIX_LENGTHS, rng) if number else 0
        loop = _loop(inside, number > 0, number < helices, rng)
        sequence += _letters(_HELIX_LETTERS, size, rng) + loop
        topology += "M" * size + ("I" if inside else "O") * len(loop)
        inside = not inside
    if rng.random() < REENTRANT:
        sequence, topology = _with_reentrant_loop(sequence, topology, rng)
    known = "01" if rng.random() < UNKNOWN_SIDES else "11"
    mask = "".join(known[letter in "ML"] for letter in topology)
    labels = {"topology": topology, "mask": mask}
    return Protein(_name(serial), f"M{sequence[1:]}", labels)


def _loop(
    inside: bool, helix_before: bool, helix_behind: bool, rng: np.random.Generator
) -> str:
    size = int(rng.integers(*LOOPS, endpoint=True))
    usual, edge = (_INNER, _INNER_EDGE) if inside else (_OUTER, _OUTER_EDGE)
    place = np.arange(size)
    beside = helix_before & (place < BESIDE_HELIX)
    beside |= helix_behind & (place >= size - BESIDE_HELIX)
    of_edge, of_middle = _letters(edge, size, rng), _letters(usual, size, rng)
    return "".join(np.where(beside, list(of_edge), list(of_middle)))


def _with_reentrant_loop(
    sequence: str, topology: str, rng: np.random.Generator
) -> tuple[str, str]:
    """The protein with one more piece amid a loop."""
    same = [
        place
        for place in range(1, len(topology))
        if topology[place - 1] == topology[place] != "M"
    ]
    place = int(rng.choice(same))
    size = int(rng.integers(*REENTRANT_LENGTHS, endpoint=True))
    piece = _letters(_REENTRANT_LETTERS, size, rng)
    return (
        sequence[:place] + piece + sequence[place:],
        topology[:place] + "L" * size + topology[place:],
    )


def _letters(letters: str, count: int, rng: np.random.Generator) -> str:
    return "".join(rng.choice(list(letters), count))


def _name(serial: int) -> str:
    """Like `3D_0TM00007|0007A`; no accession and no PDB code begins with 0."""
    return f"3D_0TM{serial:05d}|{np.base_repr(serial, 36).lower().zfill(4)}A"
