"""DeepLoc's proteins of the simulated world: locations, and signals that lead there.

The signals are those of real cells, simplified: signal peptides (von Heijne 1985), the
amphipathic, basic transit peptides of mitochondria and the hydroxylated ones of
plastids (von Heijne et al. 1989), basic patches for the nucleus (Dingwall & Laskey
1991), -SKL for peroxisomes (Gould et al. 1989), -KDEL (Munro & Pelham 1987) or -KKXX
for the endoplasmic reticulum. Membrane proteins have stretches of some 20 hydrophobic
residues.
"""

from collections.abc import Callable, Mapping

import numpy as np

from protlang.alphabet import CYTOPLASM_AND_NUCLEUS
from protlang.proteins import Protein
from protlang.simulation.families import simulate_families
from protlang.simulation.shares import apportion
from protlang.simulation.substitution import letters_of
from protlang.simulation.world import SimulationConfig, stream

LOCATION_WEIGHTS: Mapping[str, int] = {
    "Cell.membrane": 1340,
    "Cytoplasm": 2542,
    "Endoplasmic.reticulum": 862,
    "Golgi.apparatus": 356,
    "Lysosome/Vacuole": 321,
    "Mitochondrion": 1510,
    "Nucleus": 4043,
    "Peroxisome": 154,
    "Plastid": 757,
    "Extracellular": 1973,
    CYTOPLASM_AND_NUCLEUS: 146,
}
"""Proteins of DeepLoc 1.0 by location (Almagro Armenteros et al. 2017)."""

MEMBRANE_WEIGHTS: Mapping[str, Mapping[str, int]] = {
    "Cell.membrane": {"M": 1},
    "Cytoplasm": {"S": 1},
    "Endoplasmic.reticulum": {"M": 159, "S": 6, "U": 8},
    "Golgi.apparatus": {"M": 58, "S": 1, "U": 11},
    "Lysosome/Vacuole": {"M": 49, "U": 15},
    "Mitochondrion": {"M": 104, "S": 39, "U": 159},
    "Nucleus": {"M": 23, "S": 26, "U": 757},
    "Peroxisome": {"M": 11, "U": 19},
    "Plastid": {"M": 66, "S": 33, "U": 53},
    "Extracellular": {"S": 1},
    CYTOPLASM_AND_NUCLEUS: {"U": 1},
}
"""Membrane-bound, soluble and unknown proteins of DeepLoc 1.0's test set."""

TEST_SHARE = 0.2
"""Of each location; proteins in both cytoplasm and nucleus are for training alone."""

LEAST = 5
"""Proteins of each location, however few are requested."""

MOST_SEGMENTS = 6
"""Membrane segments of one protein."""

_HYDROPHOBIC = "LLLLIIVVVAAFFGMW"
"""Residues of membrane segments and of the core of signal peptides, by frequency."""


def simulate_deeploc(config: SimulationConfig) -> list[Protein]:
    """The proteins, with classes `location` and `membrane`, for training or for test.

    No two are related. Accessions begin with 0, which no real one does.
    """
    rng = stream(config.seed, "deeploc")
    counts = apportion(config.deeploc["proteins"], LOCATION_WEIGHTS, LEAST)
    locations = [name for name, count in counts.items() for _ in range(count)]
    lengths = rng.integers(*config.length, len(locations), endpoint=True)
    bodies = simulate_families(lengths, np.ones(len(lengths), dtype=int), rng)
    marked = [
        place < round(TEST_SHARE * count) and name != CYTOPLASM_AND_NUCLEUS
        for name, count in counts.items()
        for place in range(count)
    ]
    proteins = [
        _protein(name, body.alignment[0], rng)
        for name, body in zip(locations, bodies, strict=True)
    ]
    order = rng.permutation(len(proteins))
    return [
        Protein(
            f"0LOC{serial:05d}",
            proteins[place].sequence,
            split="test" if marked[place] else "train",
            classes=proteins[place].classes,
        )
        for serial, place in enumerate(order)
    ]


def _protein(location: str, body: np.ndarray, rng: np.random.Generator) -> Protein:
    weights = MEMBRANE_WEIGHTS[location]
    shares = np.array(list(weights.values())) / sum(weights.values())
    membrane = str(rng.choice(list(weights), p=shares))
    # What nobody knows is still one or the other.
    in_membrane = membrane == "M" or (membrane == "U" and rng.random() < 0.25)
    text = f"M{letters_of(body)}"
    if in_membrane:
        text = _with_segments(text, rng)
    text = _SIGNALS[location](text, rng) + _tail(location, in_membrane, rng)
    return Protein("", text, classes={"location": location, "membrane": membrane})


def _draw(letters: str, fewest: int, most: int, rng: np.random.Generator) -> str:
    """Between `fewest` and `most` letters, each drawn evenly."""
    return "".join(rng.choice(list(letters), rng.integers(fewest, most, endpoint=True)))


def _with_segments(text: str, rng: np.random.Generator) -> str:
    """Residues replaced by membrane segments, each with basic ones on one side."""
    room = max(1, min(MOST_SEGMENTS, (len(text) - 5) // 30))
    count = int(rng.integers(1, room, endpoint=True))
    starts = 5 + np.arange(count) * ((len(text) - 5) // count)
    for start in starts:
        segment = _draw("KR", 1, 2, rng) + _draw(_HYDROPHOBIC, 18, 22, rng)
        text = text[:start] + segment + text[start + len(segment) :]
    return text


def _signal_peptide(text: str, rng: np.random.Generator) -> str:
    """Basic start, hydrophobic core, small residues before the cut: A-X-A."""
    basic, core = _draw("KRNS", 1, 4, rng), _draw("LLLLAAVVFI", 9, 13, rng)
    before_cut = f"{_draw('STGPQ', 2, 4, rng)}A{_draw('LSQTV', 1, 1, rng)}A"
    return f"M{basic}{core}{before_cut}{text[1:]}"


def _with_patches(
    text: str, patch: Callable[[], str], most: int, rng: np.random.Generator
) -> str:
    """Some patches inserted at random places behind the start."""
    for _ in range(rng.integers(1, most, endpoint=True)):
        place = int(rng.integers(1, len(text)))
        text = text[:place] + patch() + text[place:]
    return text


def _with_sugars(text: str, rng: np.random.Generator) -> str:
    """A signal peptide, and sites N-X-S or N-X-T for sugars."""

    def site() -> str:
        return f"N{_draw('AVGSE', 1, 1, rng)}{_draw('ST', 1, 1, rng)}"

    return _signal_peptide(_with_patches(text, site, 4, rng), rng)


def _anchored(text: str, rng: np.random.Generator) -> str:
    """A short basic tail and a membrane segment at the start that is not cut off."""
    anchor = _draw(_HYDROPHOBIC, 16, 19, rng)
    return f"M{_draw('RKSG', 6, 10, rng)}{anchor}{_draw('SPQR', 2, 5, rng)}{text[1:]}"


def _mitochondrial(text: str, rng: np.random.Generator) -> str:
    """An amphipathic helix: a basic residue every three or four, no acidic one."""
    turns = [
        _draw("LASFLIA", 2, 3, rng) + _draw("RRRK", 1, 1, rng)
        for _ in range(rng.integers(5, 9, endpoint=True))
    ]
    return f"M{''.join(turns)}{_draw('SAYF', 2, 4, rng)}{text[1:]}"


def _plastidic(text: str, rng: np.random.Generator) -> str:
    return f"MA{_draw('SSSTTAAPVLRKNQ', 30, 45, rng)}{text[1:]}"


def _nuclear(text: str, rng: np.random.Generator) -> str:
    def patch() -> str:
        return f"P{_draw('KKKR', 4, 6, rng)}{_draw('VPS', 1, 1, rng)}"

    return _with_patches(text, patch, 2, rng)


def _unchanged(text: str, _: np.random.Generator) -> str:
    return text


_SIGNALS: Mapping[str, Callable[[str, np.random.Generator], str]] = {
    "Cell.membrane": _signal_peptide,
    "Cytoplasm": _unchanged,
    "Endoplasmic.reticulum": _signal_peptide,
    "Golgi.apparatus": _anchored,
    "Lysosome/Vacuole": _with_sugars,
    "Mitochondrion": _mitochondrial,
    "Nucleus": _nuclear,
    "Peroxisome": _unchanged,
    "Plastid": _plastidic,
    "Extracellular": _signal_peptide,
    CYTOPLASM_AND_NUCLEUS: _nuclear,
}
"""What a protein bound for a location has within and at its start."""


def _tail(location: str, in_membrane: bool, rng: np.random.Generator) -> str:
    """What a protein bound for a location has at its end."""
    if location == "Peroxisome":
        return _draw("SSAC", 1, 1, rng) + _draw("KKRH", 1, 1, rng) + "L"
    if location == "Endoplasmic.reticulum":
        soluble = str(rng.choice(["KDEL", "HDEL"]))
        return f"KK{_draw('STLA', 2, 2, rng)}" if in_membrane else soluble
    if location == "Lysosome/Vacuole" and in_membrane:
        return f"GY{_draw('EQST', 2, 2, rng)}{_draw('LIV', 1, 1, rng)}"
    return ""
