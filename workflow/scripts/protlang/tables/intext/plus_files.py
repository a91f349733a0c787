"""What a run's files tell of the numbers in PLUS's text."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from protlang.errors import ProtlangError
from protlang.experiments.encoders import DeclaredEncoder
from protlang.files import require_file
from protlang.homology import pairs as homology_pairs
from protlang.homology.pair_sets import LONGEST_SHORT_PAIR
from protlang.homology.provenance import pair_facts
from protlang.pretraining import pfam_pairs
from protlang.pretraining.plus_recipe import PUBLISHED


def descriptions(
    paths: Iterable[Path | str], models: Mapping[str, DeclaredEncoder]
) -> dict[str, dict[str, Any]]:
    """What models say of themselves, by row of Table 1; of several the first counts.

    Args:
        paths: `.../<model>/config.json`.
        models: by name.

    Raises:
        ProtlangError: if a file is missing or damaged.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in map(Path, paths):
        require_file(path, "train or import the model first")
        try:
            description = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ProtlangError(
                f"{path} is damaged ({error}); train or import the model again"
            ) from error
        found.setdefault(models[path.parent.name].row, description)
    return found


def selections(models: Mapping[str, DeclaredEncoder]) -> dict[str, dict[str, Any]]:
    """Which domains models are pre-trained on, by row of Table 1.

    Args:
        models: to pre-train, by name.

    Returns:
        Fields of `protlang.pretraining.pfam_domains.PfamSelection`.
    """
    return {
        model.row: asdict(
            replace(
                PUBLISHED[model.settings["architecture"]].selection,
                **model.settings.get("selection", {}),
            )
        )
        for model in models.values()
    }


def family_share(path: Path | str) -> dict[str, Any]:
    """How many percent of Pfam's test pairs are of one family.

    Returns:
        `share`, `n`, `simulated`.
    """
    pairs = pfam_pairs.read_fixed_pairs(path)
    return {
        "share": 100 * float(pairs.same_family.mean()),
        "n": len(pairs.same_family),
        "simulated": bool(pairs.provenance["simulated"]),
    }


def long_share(path: Path | str) -> dict[str, Any]:
    """How many percent of pairs of SCOPe's domains have over 512 residues.

    Args:
        path: of the development pairs.

    Returns:
        `share`, `n`, `simulated`, and `deviation` of the pairs from the paper's.
    """
    pairs = homology_pairs.read_fixed_pairs(path)
    lengths = np.array([len(one) + len(other) for one, other in pairs.sequences])
    facts = pair_facts(pairs.provenance)
    return {
        "share": 100 * float((lengths > LONGEST_SHORT_PAIR).mean()),
        "n": len(lengths),
        "simulated": facts.simulated,
        "deviation": facts.deviation,
    }


def example_numbers(path: Path | str) -> pd.DataFrame:
    """The numbers of Figure 4."""
    # No id of a domain may turn into a missing value.
    return pd.read_csv(path, keep_default_na=False, na_values={"path_weight": ["NA"]})
