"""Provenance of models fine-tuned on homology: training and deviations.

Sources: PLUS, Sections 3.4, 4.1 and 4.3, Table 6; its released code for settings that
are not printed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from protlang.encoders.provenance import Provenance
from protlang.encoders.registry import pair_encoder
from protlang.finetuning.provenance import (
    StartingPoint,
    fine_tuned_provenance,
    range_of,
)
from protlang.homology.pairs import PAIRS_PER_EPOCH, TAU
from protlang.homology.provenance import training_deviations
from protlang.homology.recipe import PUBLISHED, HomologyRecipe
from protlang.protocol import (
    Deviation,
    Deviations,
    merged,
    settings_that_differ,
)

LOSS_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "FT-A": {"masked_lm": 0.0, "levels": 1.0, "contacts": 0.0},
    "FT-B": {"masked_lm": 0.5, "levels": 0.5, "contacts": 0.0},
    "FT-C": {"masked_lm": 0.0, "levels": 0.7, "contacts": 0.3},
    "FT-D": {"masked_lm": 0.0, "levels": 0.5, "contacts": 0.5},
    "FT-E": {"masked_lm": 0.33, "levels": 0.33, "contacts": 0.33},
}
"""Of Table 6's ablations; all other rows have those of their recipe."""

_TOLERANCE = 0.01
"""Relative, of the number of pairs."""

_P_ELMO = "p-elmo"
_P_ELMO_SIZES = ("input_dim", "hidden_dim", "layers", "projection")
_MASKED = ("share", "masked", "replaced")


@dataclass(frozen=True)
class HomologyFacts:
    """How a model was fine-tuned on homology.

    Attributes:
        recipe: settings.
        trained_on: provenance of the domains that it learned from.
        domains: how many those are.
        updates: of each training seed.
        processes: that trained together, each with a batch of its own.
        precision: of matrix products, as used.
    """

    recipe: HomologyRecipe
    trained_on: Mapping[str, Any]
    domains: int
    updates: Sequence[int]
    processes: int
    precision: str


def homology_provenance(start: StartingPoint, facts: HomologyFacts) -> Provenance:
    """Provenance of a model that was fine-tuned on homology.

    Args:
        start: what it was fine-tuned from.
        facts: how.
    """
    recipe = facts.recipe
    batch = recipe.training.batch * recipe.loop.accumulate * facts.processes
    released = (Deviation("released code's errors", "imitated"),)
    changed = {"batch": batch, "precision": facts.precision}
    return fine_tuned_provenance(
        start,
        f"fine-tuned on pairs of {facts.domains:,} domains, "
        f"{range_of(facts.updates)} updates",
        merged(
            training_deviations(facts.trained_on, facts.domains),
            _of_sizes(recipe),
            _of_settings(recipe, LOSS_WEIGHTS.get(start.row, {}), changed),
            _of_length(recipe, [number * batch for number in facts.updates]),
            released if recipe.imitate_released_code else (),
        ),
        bool(facts.trained_on["simulated"]),
    )


def _of_sizes(recipe: HomologyRecipe) -> Deviations:
    """Deviations in size, of P-ELMo; other encoders report theirs themselves."""
    if recipe.architecture != _P_ELMO:
        return ()
    published = vars(pair_encoder(_P_ELMO).config())
    return settings_that_differ(
        {**published, **recipe.model}, {name: published[name] for name in _P_ELMO_SIZES}
    )


def _of_settings(
    recipe: HomologyRecipe, weights: Mapping[str, float], changed: Mapping[str, Any]
) -> Deviations:
    """Batches, rates, losses, pairs and masked residues.

    How many residues are masked at most depends on how long pairs can be, so it is not
    compared.
    """
    published = PUBLISHED[recipe.architecture]
    own = {**asdict(recipe.training), **changed, "tau": recipe.sampler.tau}
    paper = {**asdict(published.training), **weights, "tau": TAU}
    paper["precision"] = "float32"
    own["resampled"], paper["resampled"] = recipe.resampled, published.resampled
    for name in published.loop:
        own[name], paper[name] = getattr(recipe.loop, name), published.loop[name]
    own["patience"], paper["patience"] = recipe.loop.patience, None
    if recipe.masking and published.masking:
        own |= {name: getattr(recipe.masking, name) for name in _MASKED}
        paper |= {name: getattr(published.masking, name) for name in _MASKED}
    return settings_that_differ(own, paper)


def _of_length(recipe: HomologyRecipe, pairs: Sequence[int]) -> Deviations:
    paper = PUBLISHED[recipe.architecture].epochs * PAIRS_PER_EPOCH
    if all(math.isclose(number, paper, rel_tol=_TOLERANCE) for number in pairs):
        return ()
    return (Deviation("training pairs", range_of(pairs), f"{paper:,}"),)
