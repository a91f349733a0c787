"""Whether settings of fine-tuned models fit their architectures."""

from collections.abc import Mapping
from typing import Any

from protlang.errors import ProtlangError
from protlang.finetuning.recipes import FineTuning

SIZES_OF_NETWORKS: Mapping[str, frozenset[str]] = {
    "tape-lstm": frozenset({"hidden_dim", "layers", "dropout"}),
    "tape-transformer": frozenset(
        {"hidden_dim", "layers", "heads", "feed_forward_dim", "dropout"}
    ),
    "tape-resnet": frozenset({"hidden_dim", "layers", "window", "dilation", "dropout"}),
    "conv-lstm": frozenset({"input_dim", "filters", "hidden_dim", "layers"}),
}
"""Of networks that nothing pre-trains, by architecture."""

SIZES_ON_HOMOLOGY: Mapping[str, frozenset[str]] = {
    "plus-rnn": frozenset(),
    "plus-tfm": frozenset({"max_tokens"}),
    "p-elmo": frozenset({"input_dim", "hidden_dim", "layers", "projection"}),
    "embeddings": frozenset({"projection"}),
}
"""Of what is not pre-trained, by architecture on homology."""

_MASKED_LM = ("plus-rnn", "plus-tfm")


def check_homology(kind: str, settings: Mapping[str, Any], where: str) -> None:
    """Report at once what would otherwise stop the fine-tuning when it starts.

    Args:
        kind: architecture on homology.
        settings: of the model's fine-tuning there.
        where: they stand.

    Raises:
        ProtlangError: if settings do not fit each other or the architecture.
    """
    training = settings.get("training", {})
    known = SIZES_ON_HOMOLOGY[kind]
    unexpected = min(settings.get("model", {}).keys() - known, default=None)
    if unexpected is not None:
        raise ProtlangError(
            f"{where}.model has {unexpected!r}, which is no size of {kind} that can be "
            f"chosen here; those are {', '.join(sorted(known)) or 'none'}"
        )
    if "epochs" in settings and "steps" in settings.get("loop", {}):
        raise ProtlangError(f"{where} has both epochs and loop.steps; give one of them")
    is_masked_lm = kind in _MASKED_LM
    if not is_masked_lm and (training.get("masked_lm") or settings.get("masking")):
        raise ProtlangError(
            f"{where} masks residues for {kind}, which was not pre-trained to "
            "predict them; remove masking and training.masked_lm"
        )
    if kind == "plus-tfm" and training.get("contacts"):
        raise ProtlangError(
            f"{where}: plus-tfm has no vectors to predict contact maps from; remove "
            "training.contacts"
        )


def check_network(settings: Mapping[str, Any], where: str) -> None:
    """Make sure that a network that nothing pre-trains has the sizes that are chosen.

    Args:
        settings: of the model, with its `network`.
        where: they stand.

    Raises:
        ProtlangError: if it has not, or it is to compare pairs.
    """
    if "homology" in settings:
        raise ProtlangError(
            f"{where} has a network that compares no pairs; remove `homology`"
        )
    architecture = settings["network"]["architecture"]
    known = SIZES_OF_NETWORKS[architecture]
    own = settings["network"].get("model", {}).keys()
    unexpected = min(own - known, default=None)
    if unexpected is not None:
        raise ProtlangError(
            f"{where}.network.model has {unexpected!r}, which is no size of "
            f"{architecture}; those are {', '.join(sorted(known))}"
        )


def check_head(settings: FineTuning, level: str, where: str) -> None:
    """Make sure that a network that nothing pre-trains can learn a task so.

    Args:
        settings: of its training on the task.
        level: of the task, `residue` or `protein`.
        where: they stand.

    Raises:
        ProtlangError: if it cannot.
    """
    if level == "protein" and settings.head != "hidden":
        raise ProtlangError(
            f"{where} has the head {settings.head!r}, which predicts residues, not "
            "whole proteins; set `head` to hidden, or remove the task"
        )
    if settings.masked_lm > 0:
        raise ProtlangError(
            f"{where} predicts masked residues, but the network is no language model; "
            "set masked_lm to 0"
        )
