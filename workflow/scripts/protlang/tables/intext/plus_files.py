"""Evidence for the numbers in PLUS's text from a run's files."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from protlang.encoders.folder import read_config
from protlang.experiments.encoders import DeclaredEncoder
from protlang.homology import pairs as homology_pairs
from protlang.homology.pair_sets import LONGEST_SHORT_PAIR
from protlang.homology.provenance import pair_facts
from protlang.pretraining import pfam_pairs
from protlang.pretraining.pfam_domains import PfamSelection
from protlang.pretraining.plus_recipe import PUBLISHED
from protlang.tables.intext.plus import BASE, LARGE, TFM


def descriptions(
    paths: Iterable[Path | str], models: Mapping[str, DeclaredEncoder]
) -> dict[str, dict[str, Any]]:
    """Descriptions of models, by row of Table 1; of several the first counts.

    Args:
        paths: `.../<model>/config.json`.
        models: by name.

    Raises:
        ProtlangError: if a file is missing or damaged.
    """
    found: dict[str, dict[str, Any]] = {}
    for folder in (Path(path).parent for path in paths):
        description = read_config(folder, "model", dict)
        found.setdefault(models[folder.name].row, description)
    return found


def settings(
    models: Mapping[str, DeclaredEncoder],
    descriptions: Mapping[str, Mapping[str, Any]],
    corpus: Mapping[str, Any] | None,
) -> dict[tuple[str, str], float | str]:
    """Settings of a run that the paper states.

    Args:
        models: to pre-train, by name.
        descriptions: of all models (`descriptions`).
        corpus: metadata of the corpus of domains, if there is one.
    """
    found: dict[tuple[str, str], float | str] = {}
    if corpus:
        percent = round(100 * corpus["held_out"]["share"])
        found["train/test split", "share"] = f"{100 - percent}/{percent}"
    if TFM in descriptions:
        longest = descriptions[TFM]["model"]["max_tokens"]
        found["PLUS-TFM", "maximum length"] = float(longest)
    limits = {model.row: _selection(model) for model in models.values()}
    for row in (BASE, LARGE):  # the latter's count, if there are both
        if row in limits:
            shortest, smallest = limits[row].shortest, limits[row].smallest_family
            found["minimum length", "residues"] = float(shortest)
            found["minimum family size (training)", "sequences"] = float(smallest)
        training = descriptions.get(row, {}).get("training")
        if training and training["masking"]:
            found |= _of_masking(training["masking"])
    return found


def _of_masking(masking: Mapping[str, float]) -> dict[tuple[str, str], float | str]:
    """Residues to predict and, of these, masked, replaced and unchanged, in percent."""
    masked, replaced = (round(100 * masking[name]) for name in ("masked", "replaced"))
    return {
        ("MLM", "selected residues"): round(100 * masking["share"], 9),
        ("MLM", "mask/random/keep"): f"{masked}/{replaced}/{100 - masked - replaced}",
    }


def _selection(model: DeclaredEncoder) -> PfamSelection:
    """The domains that a model is pre-trained on."""
    return replace(
        PUBLISHED[model.settings["architecture"]].selection,
        **model.settings.get("selection", {}),
    )


def family_share(path: Path | str) -> dict[str, Any]:
    """Percentage of Pfam's test pairs that are of one family.

    Returns:
        `share`, `n`, `simulated`, `deviations` (none).
    """
    pairs = pfam_pairs.read_fixed_pairs(path)
    return {
        "share": 100 * float(pairs.same_family.mean()),
        "n": len(pairs.same_family),
        "simulated": bool(pairs.provenance["simulated"]),
        "deviations": (),
    }


def long_share(path: Path | str) -> dict[str, Any]:
    """Percentage of pairs of SCOPe's domains with over 512 residues.

    Args:
        path: of the development pairs.

    Returns:
        `share`, `n`, `simulated`, and `deviations` of the pairs from the paper's.
    """
    pairs = homology_pairs.read_fixed_pairs(path)
    lengths = np.array([len(one) + len(other) for one, other in pairs.sequences])
    facts = pair_facts(pairs.provenance)
    return {
        "share": 100 * float((lengths > LONGEST_SHORT_PAIR).mean()),
        "n": len(lengths),
        "simulated": facts.simulated,
        "deviations": facts.deviations,
    }


def example_numbers(path: Path | str) -> pd.DataFrame:
    """The numbers of Figure 4."""
    # No id of a domain may turn into a missing value.
    return pd.read_csv(path, keep_default_na=False, na_values={"path_weight": ["NA"]})
