"""Folders of fine-tuned models: their weights and description."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from protlang.encoders.folder import read_config
from protlang.encoders.plus_folders import described_encoder
from protlang.encoders.weights import read_weights, write_model
from protlang.finetuning.network import FineTuned, Start, StoredVectors
from protlang.finetuning.recipes import FineTuning
from protlang.tasks.task import SupervisedTask


@dataclass(frozen=True)
class FineTunedModel:
    """A model that answers a task's question, and how it came about.

    Attributes:
        network: in evaluation mode.
        facts: seed, updates, data sets and whatever else the run tells.
    """

    network: FineTuned
    facts: Mapping[str, Any]


def save_finetuned(model: FineTunedModel, folder: Path | str) -> None:
    """Write `config.json` and `model.safetensors`, each atomically."""
    network = model.network
    description = {
        "task": network.task.name,
        "encoder": network.start.description(),
        "settings": asdict(network.settings),
        "facts": dict(model.facts),
    }
    write_model(folder, description, network.state_dict())


def load_finetuned(
    folder: Path | str, tasks: Mapping[str, SupervisedTask]
) -> FineTunedModel:
    """Read a model in evaluation mode, on the CPU.

    Args:
        folder: of the model.
        tasks: by name, the model's among them.

    Raises:
        ProtlangError: if a file is missing, damaged or does not fit the other.
    """

    def build(description: Mapping[str, Any]) -> FineTunedModel:
        settings = FineTuning(**description["settings"])
        start = _start(description["encoder"])
        network = FineTuned(start, tasks[description["task"]], settings)
        return FineTunedModel(network, description["facts"])

    model = read_config(folder, "fine-tuned model", build)
    read_weights(folder, model.network)
    return model


def _start(description: Mapping[str, Any]) -> Start:
    """The encoder that a model began with, before its weights are read."""
    architecture = description["architecture"]
    if architecture == "embeddings":
        return StoredVectors(description["channels"], description["facts"])
    return described_encoder(description)
