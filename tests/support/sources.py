"""Sources, and configurations of SeqVec's heads."""

from collections.abc import Mapping, Sequence
from typing import Any

from protlang.formats.registry import DISTRIBUTIONS
from protlang.sources.catalogue import Source, SourceFile


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
