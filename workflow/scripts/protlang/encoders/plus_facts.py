"""What a model of PLUS on disk says of itself, and how it differs from the paper's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from protlang.encoders.provenance import EncoderFacts

PFAM = "pfam-27"
"""Source of the paper's domains, as `sources.yaml` names it."""

_TOLERANCE = 0.01
"""Our development set is taken out of training, and other hashes split off the test."""

_ADAM = {"optimizer": "adam", "learning_rate": 0.001}
_BERT_ADAM = {"optimizer": "bert_adam", "learning_rate": 0.0001}
_LOSSES = {"masked_lm": 0.7, "same_family": 0.3}


@dataclass(frozen=True)
class Published:
    """How the paper's model of a row was made.

    Attributes:
        model: its sizes.
        training: its optimizer and the weights of its losses.
        domains: that it learned from; None if the paper does not tell.
        passes: over all anchors or domains.
        entries_per_update: pairs or domains.
    """

    model: Mapping[str, Any]
    training: Mapping[str, Any]
    domains: int | None
    passes: int
    entries_per_update: int


_BASE = Published(
    {"hidden_dim": 512, "layers": 3, "projection": 100},
    {**_ADAM, **_LOSSES},
    *(14_670_860, 5, 64),
)

ABLATED = {
    "PT-A": (0.0, 1.0),
    "PT-B": (0.3, 0.7),
    "PT-C": (0.5, 0.5),
    "PT-D": (1.0, 0.0),
}
"""Weights of both losses in the pre-training of Table 5's models."""

PUBLISHED: Mapping[str, Published] = {
    "PLUS-RNN BASE": _BASE,
    **{
        row: replace(
            _BASE,
            training={**_ADAM, "masked_lm": masked_lm, "same_family": same_family},
        )
        for row, (masked_lm, same_family) in ABLATED.items()
    },
    "PLUS-RNN LARGE": Published(
        {"hidden_dim": 1024, "layers": 3, "projection": 100},
        {**_ADAM, **_LOSSES},
        *(14_670_860, 5, 64),
    ),
    "PLUS-TFM": Published(
        {"hidden_dim": 768, "layers": 12, "heads": 12, "feed_forward_dim": 3072},
        {**_BERT_ADAM, **_LOSSES},
        *(None, 10, 128),
    ),
    "P-ELMo (re-implementation)": Published(
        {"hidden_dim": 1024, "layers": 2}, _ADAM, *(17_461_935, 5, 64)
    ),
}
"""By row of Tables 1 and 5. Sources: PLUS, Sections 3.1, 3.2 and 4.1 (P-ELMo had
2,791,075 domains more, 80 % of all 21,827,419), Table 5; its released code for what is
not printed."""

_KINDS = {"plus-rnn": "PLUS-RNN", "plus-tfm": "PLUS-TFM", "p-elmo-lm": "P-ELMo's LM"}


def read_facts(name: str, row: str, description: Mapping[str, Any]) -> EncoderFacts:
    """What the tables say of a model.

    Args:
        name: of the encoder in the configuration.
        row: of the tables that it fills.
        description: its `config.json` (`protlang.encoders.plus_folders`).
    """
    model, origin = description["model"], description["trained_on"]
    size = f"{model['layers']} layers of {model['hidden_dim']:,}"
    kind = _KINDS[description["architecture"]]
    if not origin:
        deviation = (
            f"{name} is published, and split Pfam otherwise: most of the test pairs' "
            "domains were in its training"
        )
        return EncoderFacts(f"{name}: {kind}, as published", False, deviation)
    training = description["training"]
    corpus = f"{training['domains']:,} domains of {', '.join(origin['sources'])}"
    published = PUBLISHED.get(row)
    deviations = _deviations(published, description, corpus) if published else []
    return EncoderFacts(
        f"{name}: {kind}, {size}, {corpus}, {training['updates']:,} updates",
        bool(origin["simulated"]),
        f"{name} {' and '.join(deviations)}" if deviations else "",
    )


def without_pretraining(
    name: str, row: str, description: Mapping[str, Any]
) -> EncoderFacts:
    """What the tables say of a model's architecture with random weights.

    Args:
        name: of the encoder in the configuration.
        row: of the tables that it fills.
        description: its `config.json` (`protlang.encoders.plus_folders`).
    """
    model, published = description["model"], PUBLISHED.get(row)
    odd = _differing(model, published.model) if published else []
    kind = _KINDS[description["architecture"]]
    size = f"{model['layers']} layers of {model['hidden_dim']:,}"
    return EncoderFacts(
        f"{kind}, {size}, random weights",
        False,
        f"{name} has {', '.join(odd)}" if odd else "",
    )


def _deviations(
    published: Published, description: Mapping[str, Any], corpus: str
) -> list[str]:
    """What a model has or had otherwise than the paper's."""
    training = description["training"]
    odd = [
        *_differing(description["model"], published.model),
        *_differing(training, published.training),
        *_differing(training, {"entries_per_update": published.entries_per_update}),
    ]
    deviations = [f"has {', '.join(odd)}"] if odd else []
    if _differs(training["domains"], published.domains):
        paper = f"{published.domains:,}"
        deviations.append(f"was trained on {corpus}, the paper's on {paper}")
    elif description["trained_on"]["sources"] != [PFAM]:
        deviations.append(f"was trained on {corpus}, the paper's on Pfam 27.0")
    if _differs(training["passes"], published.passes):
        passes = f"{training['passes']:g}"
        deviations.append(f"had {passes} passes, the paper's {published.passes}")
    return deviations


def _differing(own: Mapping[str, Any], paper: Mapping[str, Any]) -> list[str]:
    return [
        f"{key} {own.get(key)} instead of {value}"
        for key, value in paper.items()
        if own.get(key) != value
    ]


def _differs(own: float, paper: float | None) -> bool:
    return paper is not None and abs(own / paper - 1) > _TOLERANCE
