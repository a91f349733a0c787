"""Small proteins, sources and configurations that the tests share."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from protlang.alphabet import (
    AMINO_ACIDS,
    LABEL_STATES,
    LOCATIONS,
    PROTEIN_CLASSES,
    Q8_STATES,
    q8_to_q3,
)
from protlang.evaluation.predictions import Prediction, write_predictions
from protlang.formats.registry import DISTRIBUTIONS
from protlang.proteins import Protein
from protlang.sources.catalogue import Source, SourceFile

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


def certain_prediction(identifier: str, **predicted: str) -> Prediction:
    """A prediction that is certain of the class, or of each residue's, by label."""
    of_protein = predicted.keys() <= PROTEIN_CLASSES.keys()
    probabilities = {
        label: np.array([name == each for each in PROTEIN_CLASSES[label]], np.float32)
        if of_protein
        else np.array(
            [[letter == state for state in LABEL_STATES[label]] for letter in name],
            np.float32,
        )
        for label, name in predicted.items()
    }
    hidden = np.zeros(32, dtype=np.float32) if of_protein else None
    return Prediction(identifier, probabilities, hidden)


def write_states(path: Path, states: Mapping[str, str], label: str) -> Path:
    """A file of predictions that are certain of the states of each protein."""
    predictions = [
        certain_prediction(key, **{label: text}) for key, text in states.items()
    ]
    write_predictions(path, predictions, [label], {})
    return path


def make_source(name: str, distribution: str = "netsurfp-npz", **more: Any) -> Source:
    """A source with a file `<name>.<role>` for each role of its distribution."""
    known = DISTRIBUTIONS.get(distribution)
    roles = (known.roles or known.optional_roles) if known else ("data",)
    facts: dict[str, Any] = {
        "title": f"Title of {name}",
        "release": "1",
        "files": {role: SourceFile(f"{name}.{role}") for role in roles},
        "licence": "CC0-1.0",
        "citation": "nobody",
        "verified": False,
    }
    return Source(name=name, distribution=distribution, **{**facts, **more})


def make_config(
    training_sets: Sequence[Mapping[str, Any]] = (
        {"dataset": "train", "labels": ["q3", "q8", "disorder"]},
    ),
    test_sets: Mapping[str, str] | None = None,
    predictors: Mapping[str, Mapping[str, Any]] | None = None,
    datasets: Mapping[str, Mapping[str, Any]] | None = None,
    **encoders: Mapping[str, Any],
) -> dict[str, Any]:
    """The parts of a configuration that declare experiments; the paper's by default."""
    names = ("casp12", "ts115", "cb513")
    validation = {"proteins": 2, "seed": 1}
    return {
        "datasets": {
            "train": {"source": "train", "validation": validation, "seqres": "pdb"},
            **{name: {"source": name, "seqres": "pdb"} for name in names},
            **(datasets or {}),
        },
        "per_residue": {
            "training_sets": list(training_sets),
            "test_sets": test_sets or {name.upper(): name for name in names},
            "predictors": predictors
            or {
                "DeepProf": {"features": ["profile"]},
                "DeepOneHot": {"features": ["one_hot"]},
                "DeepBLOSUM65": {"features": ["blosum65"]},
            },
        },
        **encoders,
    }


def make_sources(**distributions: str) -> dict[str, Source]:
    """The sources of `make_config`, in the paper's distribution by default."""
    names = {"train", "casp12", "ts115", "cb513"} | set(distributions)
    return {
        "pdb": make_source("pdb", "pdb-seqres"),
        **{
            name: make_source(name, distributions.get(name, "netsurfp-npz"))
            for name in sorted(names)
        },
    }
