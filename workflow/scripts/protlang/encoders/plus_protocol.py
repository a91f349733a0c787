"""How a model was pre-trained otherwise than the one in the same row of PLUS's tables.

The paper's values stand here apart from the defaults of this library, so that a changed
default shows as a difference. What the paper does not print is its released code's. The
errors of that code are no part of the protocol, as it is not known whether the printed
numbers have them; a model that repeats them says so.

Sources: PLUS, Sections 3.1 to 3.3 and 4.1, Table 5; its released code (config/run,
config/data, plus/preprocess.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from protlang.protocol import Deviation, Deviations, settings_that_differ

PFAM = "pfam-27"
"""Source of the paper's domains, as `sources.yaml` names it."""

_TOLERANCE = 0.01
"""Relative: our validation set is taken out of training, and the test set differs."""

_ADAM = {"optimizer": "adam", "learning_rate": 0.001}
_BERT_ADAM = {
    "optimizer": "bert_adam",
    "learning_rate": 0.0001,
    "warm_up": 0.01,
    "weight_decay": 0.01,
}
_LOSSES = {"masked_lm": 0.7, "same_family": 0.3}
_MASKING = {"share": 0.15, "masked": 0.8, "replaced": 0.1, "most": 50}
_FAMILIES = {"shortest": 20, "longest": None, "smallest_family": 1000}


@dataclass(frozen=True)
class Published:
    """How the paper's model of a row was made.

    Attributes:
        model: its sizes, and dropout where there is any.
        training: its optimizer and the weights of its losses.
        domains: that it learned from; None if the paper does not report it.
        passes: epochs over all anchors or domains.
        entries_per_update: pairs or domains.
        clip: whether the norm 1 is that of all gradients, or of each tensor's.
        masking: shares of residues and their largest number; empty without masks.
        selection: limits of domains and families.
    """

    model: Mapping[str, Any]
    training: Mapping[str, Any]
    domains: int | None
    passes: int
    entries_per_update: int
    clip: str = "together"
    masking: Mapping[str, Any] = field(default_factory=lambda: _MASKING)
    selection: Mapping[str, Any] = field(default_factory=lambda: _FAMILIES)


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
    "PLUS-RNN LARGE": replace(_BASE, model={**_BASE.model, "hidden_dim": 1024}),
    "PLUS-TFM": Published(
        {
            "hidden_dim": 768,
            "layers": 12,
            "heads": 12,
            "feed_forward_dim": 3072,
            "dropout": 0.1,
            "max_tokens": 512,
        },
        {**_BERT_ADAM, **_LOSSES},
        *(None, 10, 128, "each"),
        masking={**_MASKING, "most": 76},
        selection={**_FAMILIES, "longest": 256},
    ),
    "P-ELMo (re-implementation)": Published(
        {"hidden_dim": 1024, "layers": 2},
        _ADAM,
        *(17_461_935, 5, 64),
        masking={},
        selection={"shortest": 1, "longest": None, "smallest_family": 1},
    ),
}
"""By row of Tables 1 and 5. P-ELMo had 2,791,075 domains more than the others, 80 % of
all 21,827,419."""


def size_deviations(name: str, row: str, config: Mapping[str, Any]) -> Deviations:
    """How a model's sizes differ from the paper's; none for a row of ours.

    Args:
        name: of the encoder.
        row: of the tables that it fills.
        config: its `config.json`.
    """
    published = PUBLISHED.get(row)
    if published is None:
        return ()
    return settings_that_differ(config["model"], published.model, name)


def pretraining_deviations(
    name: str, row: str, config: Mapping[str, Any]
) -> Deviations:
    """How the pre-training of a model differs from the paper's; none for a row of ours.

    Args:
        name: of the encoder.
        row: of the tables that it fills.
        config: its `config.json`.
    """
    published = PUBLISHED.get(row)
    if published is None:
        return ()
    return (
        *_of_settings(name, published, config["training"]),
        *_of_masking(name, published, config["training"].get("masking", {})),
        *_of_domains(name, published, config),
        *_of_epochs(name, published, config["training"]["passes"]),
        *_of_selection(name, config["training"]),
    )


def _of_settings(
    name: str, published: Published, training: Mapping[str, Any]
) -> Deviations:
    """Optimizer, losses, batch, clipping and precision."""
    paper = {
        **published.training,
        "entries_per_update": published.entries_per_update,
        "gradient_norm": 1.0,
        "clip": published.clip,
        "precision": "float32",
    }
    return settings_that_differ(training, paper, name)


def _of_masking(
    name: str, published: Published, masking: Mapping[str, Any] | None
) -> Deviations:
    """None where the weight of that loss is 0, as nothing is masked then."""
    if not published.training.get("masked_lm", 0):
        return ()
    own = dict.fromkeys(published.masking) if masking is None else masking
    return settings_that_differ(own, published.masking, f"{name} masking")


def _of_domains(
    name: str, published: Published, config: Mapping[str, Any]
) -> Deviations:
    """Source, number and limits of the domains that the model learned from."""
    training, sources = config["training"], config["trained_on"]["sources"]
    selection = training.get("selection", {})
    found = [*settings_that_differ(selection, published.selection, f"{name} domains")]
    if sources != [PFAM] or _differs(training["domains"], published.domains):
        number = f"{published.domains:,} of " if published.domains else ""
        corpus = f"{training['domains']:,} of {', '.join(sources)}"
        found.append(
            Deviation(f"{name} training domains", corpus, f"{number}Pfam 27.0")
        )
    if selection.get("development", 0) > _TOLERANCE:
        share = str(selection["development"])
        found.append(Deviation(f"{name} domains held out", share, "none"))
    return tuple(found)


def _of_epochs(name: str, published: Published, passes: float) -> Deviations:
    if not _differs(passes, published.passes):
        return ()
    return (Deviation(f"{name} epochs", f"{passes:g}", str(published.passes)),)


def _of_selection(name: str, training: Mapping[str, Any]) -> Deviations:
    """What its weights were selected by, and errors of the released code."""
    found = settings_that_differ(training, {"selected_by": "test pairs"}, name)
    if training.get("imitate_released_code"):
        found += (Deviation(f"{name} released code's errors", "imitated"),)
    return found


def _differs(own: float, paper: float | None) -> bool:
    return paper is not None and abs(own / paper - 1) > _TOLERANCE
