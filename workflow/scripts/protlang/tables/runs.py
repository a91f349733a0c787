"""Description of the run behind a number."""

from collections.abc import Mapping
from typing import Any

from protlang.encoders.provenance import Provenance
from protlang.experiments.heads import Predictor

NO_ENCODER = Provenance(description="", simulated=False)
"""Of predictors without an encoder."""


def describe_run(
    predictor: Predictor,
    trained_on: Mapping[str, Any],
    seeds: int,
    encoder: Provenance,
) -> str:
    """Features, training proteins and number of networks, in a few words.

    Args:
        predictor: with the features of the networks.
        trained_on: provenance of the training split.
        seeds: networks that were trained.
        encoder: of their vectors, or `NO_ENCODER`.
    """
    features = " + ".join(predictor.features)
    if encoder.description:
        features += f" ({encoder.description})"
    return (
        f"{features}; trained on {trained_on['proteins']:,} proteins of "
        f"{trained_on['source']} ({trained_on['distribution']}); "
        f"{seeds} seed{'s' if seeds > 1 else ''}"
    )
