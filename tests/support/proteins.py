"""Small labelled proteins."""

from collections.abc import Iterable

import numpy as np
from hypothesis import strategies as st

from protlang.alphabet import AMINO_ACIDS, LOCATIONS, Q8_STATES, q8_to_q3
from protlang.proteins import Protein

PROFILE_DIMENSION = 50


def make_protein(
    identifier: str = "1abc-A",
    sequence: str = "ACDEFG",
    q8: str | None = None,
    disorder: str | None = None,
    mask: str | None = None,
    with_profile: bool = True,
    seed: int = 0,
) -> Protein:
    """A protein with all four labels: coil, ordered and evaluated by default."""
    length = len(sequence)
    q8 = "C" * length if q8 is None else q8
    labels = {
        "q3": q8_to_q3(q8),
        "q8": q8,
        "disorder": "0" * length if disorder is None else disorder,
        "mask": "1" * length if mask is None else mask,
    }
    profile = make_profile(sequence, seed) if with_profile else None
    return Protein(identifier, sequence, labels, profile)


def make_profile(sequence: str, seed: int = 0) -> np.ndarray:
    """Residue indicators of the sequence, anything in the other 30 columns."""
    rest = PROFILE_DIMENSION - len(AMINO_ACIDS)
    profile = np.random.default_rng(seed).random((len(sequence), rest))
    indicators = [[letter == known for known in AMINO_ACIDS] for letter in sequence]
    return np.hstack([np.array(indicators), profile]).astype(np.float32)


def random_proteins(number: int, seed: int = 0, longest: int = 30) -> list[Protein]:
    """Proteins of random residues and labels."""
    rng = np.random.default_rng(seed)

    def text(letters: str, length: int) -> str:
        return "".join(rng.choice(list(letters), length))

    lengths = rng.integers(1, longest, number, endpoint=True)
    return [
        make_protein(
            f"{serial:04d}-A",
            text(AMINO_ACIDS + "X", length),
            text(Q8_STATES, length),
            text("01", length),
            text("01", length),
            seed=seed + serial,
        )
        for serial, length in enumerate(lengths)
    ]


@st.composite
def protein_sets(draw: st.DrawFn, letters: str = AMINO_ACIDS + "X") -> list[Protein]:
    """One to four proteins of up to eight residues, ids distinct."""

    def text(states: str, length: int) -> str:
        return draw(st.text(states, min_size=length, max_size=length))

    lengths = draw(st.lists(st.integers(1, 8), min_size=1, max_size=4))
    return [
        make_protein(
            f"1ab{serial}-A",
            text(letters, length),
            text(Q8_STATES, length),
            text("01", length),
            text("01", length),
            seed=draw(st.integers(0, 99)),
        )
        for serial, length in enumerate(lengths)
    ]


def classified(
    identifier: str,
    location: str = "Nucleus",
    membrane: str = "S",
    sequence: str = "MKV",
    split: str | None = None,
) -> Protein:
    """A protein as DeepLoc labels it."""
    classes = {"location": location, "membrane": membrane}
    return Protein(identifier, sequence, split=split, classes=classes)


def soluble(identifier: str, state: str, sequence: str, split: str) -> Protein:
    """A protein as the sets on solubility label it."""
    return Protein(identifier, sequence, split=split, classes={"solubility": state})


def random_classified(number: int, seed: int = 0) -> list[Protein]:
    """Proteins of random residues in random classes, U among those of `membrane`."""
    rng = np.random.default_rng(seed)
    return [
        classified(
            f"P{serial:05d}",
            LOCATIONS[rng.integers(len(LOCATIONS))],
            "SMU"[rng.integers(3)],
            "".join(rng.choice(list(AMINO_ACIDS), rng.integers(5, 30))),
        )
        for serial in range(number)
    ]


def assert_same_proteins(found: Iterable[Protein], expected: Iterable[Protein]) -> None:
    """Compare all that a record holds, profiles bit by bit."""
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours.id, ours.sequence, dict(ours.labels), ours.split) == (
            theirs.id,
            theirs.sequence,
            dict(theirs.labels),
            theirs.split,
        )
        assert ours.classes == theirs.classes
        assert ours.values == theirs.values
        if theirs.profile is None:
            assert ours.profile is None
        else:
            assert ours.profile is not None
            assert ours.profile.dtype == np.float32
            np.testing.assert_array_equal(ours.profile, theirs.profile)


def random_protein(length: int, rng: np.random.Generator) -> str:
    """A sequence of equally frequent amino acids."""
    return "".join(rng.choice(list(AMINO_ACIDS), length))


def mutated(sequence: str, share: float, rng: np.random.Generator) -> str:
    """A copy with other residues at exactly that share of the positions."""
    letters = list(sequence)
    number = round(share * len(letters))
    for place in rng.choice(len(letters), number, replace=False):
        others = [letter for letter in AMINO_ACIDS if letter != letters[place]]
        letters[place] = str(rng.choice(others))
    return "".join(letters)
