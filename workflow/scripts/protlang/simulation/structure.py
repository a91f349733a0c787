"""Secondary structure, disorder, burial and geometry of simulated proteins.

States are codes of `nature.STATES`: DSSP's eight and `DISORDERED`.
"""

import numpy as np

from protlang.alphabet import AMINO_ACIDS, DISORDER_STATES, Q8_STATES
from protlang.simulation.nature import (
    BACKBONE_ANGLES,
    DEGREES_PER_RESIDUE,
    DISORDERED,
    MAXIMAL_ASA,
    SEGMENT_LENGTHS,
    SUCCESSORS,
)
from protlang.simulation.substitution import sample

TAIL_PROBABILITIES = (0.7, 0.55)
"""Share of chains whose first and whose last residues are unresolved (NetSurfP-2.0)."""

LOOP_PROBABILITY = 0.25
"""Share of chains with an unresolved stretch inside (NetSurfP-2.0: 0.5 per chain)."""

DISORDER_LENGTH = 6
"""Mean number of residues of these; 8 to 11 in NetSurfP-2.0, in longer chains."""

BOUNDARY_SHIFT = 0.3
"""Share of segment boundaries that lie a residue apart in two relatives."""

UNDEFINED_ANGLE = 360.0
"""DSSP's value of a chain's first phi and last psi."""

_COIL = Q8_STATES.index("C")


def draw_states(lengths: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """States of proteins of the given lengths (proteins,), disorder included."""
    structures = _draw_segments(lengths, rng)
    for states in structures:
        states[_draw_disorder(len(states), rng)] = DISORDERED
    return structures


def shift_boundaries(states: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The states of a relative: some segment boundaries moved by one residue."""
    last = np.flatnonzero(states[1:] != states[:-1])
    last = last[rng.random(len(last)) < BOUNDARY_SHIFT]
    grows = rng.random(len(last)) < 0.5
    shifted = states.copy()
    shifted[last[grows] + 1] = states[last[grows]]
    shifted[last[~grows]] = states[last[~grows] + 1]
    return shifted


def q8_labels(states: np.ndarray) -> str:
    """DSSP's letters, (length,); unresolved residues carry C, as upstream."""
    coded = np.where(states == DISORDERED, _COIL, states)
    return "".join(Q8_STATES[code] for code in coded)


def disorder_labels(states: np.ndarray) -> str:
    """1 where no structure resolves the residue, else 0."""
    return "".join(DISORDER_STATES[int(code == DISORDERED)] for code in states)


def draw_burial(states: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How deep each residue lies in the core, (length,), mean 0, deviation about 1.

    Helices and strands are amphipathic: one side of them faces the core.
    """
    starts = np.flatnonzero(np.r_[True, states[1:] != states[:-1]])
    run_lengths = np.diff(np.r_[starts, len(states)])
    phase = np.repeat(rng.uniform(0, 360, len(starts)), run_lengths)
    turn = DEGREES_PER_RESIDUE[states]
    wave = np.sqrt(2) * np.cos(np.radians(phase + turn * np.arange(len(states))))
    noise = rng.standard_normal(len(states))
    return np.where(turn > 0, 0.8 * wave + 0.6 * noise, noise)


def draw_geometry(
    states: np.ndarray,
    burial: np.ndarray,
    residues: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Columns 53-56 and 65-67 of the NetSurfP-2.0 arrays for one protein.

    Accessible surface isolated and in the complex (square angstroms), the same two
    relative to the maximum, phi and psi (degrees), maximal surface. As upstream,
    unresolved residues have no surface and angles of 0, and residues other than the
    20 (any code from 20) a maximal surface of -1; here they have no surface either.

    Returns:
        float32 (length, 7).
    """
    known = residues < len(AMINO_ACIDS)
    maximum = np.where(known, MAXIMAL_ASA[np.where(known, residues, 0)], -1)
    relative = _draw_exposure(burial, rng) * known[:, None]
    surface = relative * maximum[:, None]
    table = np.column_stack([surface, relative, _draw_angles(states, rng), maximum])
    table[states == DISORDERED, :-1] = 0
    return table.astype(np.float32)


def _draw_segments(lengths: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """A semi-Markov chain of segments per protein, cut to its length.

    All proteins advance by one segment at a time, from a coil to begin with.
    """
    cumulative = np.cumsum(SUCCESSORS, axis=1)
    cumulative /= cumulative[:, -1:]
    codes = [np.full(len(lengths), _COIL)]
    sizes = [_draw_segment_lengths(codes[0], rng)]
    drawn = sizes[0].copy()
    while (drawn < lengths).any():
        codes.append(sample(cumulative[codes[-1]], rng))
        sizes.append(_draw_segment_lengths(codes[-1], rng))
        drawn += sizes[-1]
    segments = zip(np.transpose(codes), np.transpose(sizes), lengths, strict=True)
    return [np.repeat(code, size)[:length] for code, size, length in segments]


def _draw_segment_lengths(states: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    shape = SEGMENT_LENGTHS["shape"][states]
    mean = SEGMENT_LENGTHS["mean_extra"][states]
    extra = rng.negative_binomial(shape, shape / (shape + mean))
    total: np.ndarray = SEGMENT_LENGTHS["shortest"][states] + extra
    return total


def _draw_disorder(length: int, rng: np.random.Generator) -> np.ndarray:
    """Whether each residue is unresolved: in a tail or in a stretch inside."""
    first, last, inside = rng.geometric(1 / DISORDER_LENGTH, 3) * (
        rng.random(3) < [*TAIL_PROBABILITIES, LOOP_PROBABILITY]
    )
    start = rng.integers(length)
    position = np.arange(length)
    in_tail = (position < first) | (position >= length - last)
    unresolved: np.ndarray = in_tail | (
        (position >= start) & (position < start + inside)
    )
    return unresolved


def _draw_exposure(burial: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Relative accessibility, isolated and in the complex, (length, 2)."""
    isolated = 1 / (1 + np.exp(1.5 * burial + rng.normal(0.8, 0.5, len(burial))))
    # A fifth of the residues loses half of its surface to a partner chain.
    in_contact = rng.random(len(burial)) < 0.2
    return np.column_stack([isolated, np.where(in_contact, isolated / 2, isolated)])


def _draw_angles(states: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Phi and psi in degrees, (length, 2), scattered around the state's own."""
    helical = np.isin(states, [Q8_STATES.index(state) for state in "GHI"])
    spread = np.where(helical, 8.0, 25.0)[:, None]
    typical = BACKBONE_ANGLES[np.where(states == DISORDERED, _COIL, states)]
    angles = typical + spread * rng.standard_normal(typical.shape)
    angles = (angles + 180) % 360 - 180
    angles[0, 0] = angles[-1, 1] = UNDEFINED_ANGLE
    return angles
