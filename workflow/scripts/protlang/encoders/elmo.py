"""Trained encoders on disk: folders that can be loaded, saved and exported.

A folder is either protlang's own, `config.json` and `model.safetensors`, or the pair of
bilm-tf and AllenNLP, `options.json` and `weights.hdf5`, in which SeqVec was published.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from protlang.encoders.folder import CONFIG_FILE, MODEL_FILE, read_config
from protlang.encoders.weights import fill, read_weights, write_model
from protlang.errors import ProtlangError
from protlang.formats import bilm
from protlang.models.elmo import CHARACTERS, Elmo, ElmoConfig


@dataclass(frozen=True)
class Encoder:
    """A model and what is known of its training.

    Attributes:
        model: in evaluation mode once loaded. Its `softmax` is None if it comes from a
            bilm-tf pair, which never holds one.
        training: settings of its training, JSON values in the order of bilm-tf's
            options: all_clip_norm_val, n_epochs, n_train_tokens, batch_size,
            n_tokens_vocab, unroll_steps, n_negative_samples_batch, and any other.
        trained_on: its corpus (`encoders.provenance.trained_on`); empty if nobody
            knows, as with bilm-tf pairs.
    """

    model: Elmo
    training: Mapping[str, Any] = field(default_factory=dict)
    trained_on: Mapping[str, Any] = field(default_factory=dict)


def load_encoder(folder: Path | str) -> Encoder:
    """Load an encoder of either form.

    Raises:
        ProtlangError: if the folder holds neither form, or both, or a damaged one.
    """
    folder = Path(folder)
    own, pair = folder / CONFIG_FILE, folder / bilm.OPTIONS_FILE
    if own.is_file() and pair.is_file():
        raise ProtlangError(
            f"{folder} holds both {own.name} and {pair.name}; move the one that is not "
            "meant, with its weights, to another folder"
        )
    if own.is_file():
        return _load_own(folder)
    if pair.is_file():
        return _load_pair(folder)
    raise ProtlangError(
        f"{folder} is no encoder; it needs {CONFIG_FILE} and {MODEL_FILE}, or "
        f"{bilm.OPTIONS_FILE} and {bilm.WEIGHTS_FILE}"
    )


def save_encoder(encoder: Encoder, folder: Path | str) -> None:
    """Write `config.json` and `model.safetensors`, softmax included if there is one."""
    description = {
        "architecture": "elmo",
        "options": asdict(encoder.model.config),
        "softmax": encoder.model.softmax is not None,
        "training": dict(encoder.training),
        "trained_on": dict(encoder.trained_on),
    }
    write_model(folder, description, encoder.model.state_dict())


def export_bilm(encoder: Encoder, folder: Path | str) -> None:
    """Write the pair that AllenNLP and bilm-tf load.

    The softmax stays behind, and with it the order of its words: the pair has no place
    for them.

    Raises:
        ProtlangError: if the weights are not float32.
    """
    state = encoder.model.state_dict()
    options = bilm_options(encoder.model.config, encoder.training)
    shapes = bilm.shapes(options)
    weights = {
        name: state[parameter].cpu().numpy().reshape(shapes[name])
        for parameter, name in _data_sets(encoder.model.config).items()
    }
    bilm.write(folder, bilm.BilmPair(options, weights))


def bilm_options(config: ElmoConfig, training: Mapping[str, Any]) -> dict[str, Any]:
    """The contents of `options.json` in bilm-tf's order, as needed for inference.

    There the characters are 262, with a mask, although 261 have a row in the weights.
    """
    network = {
        "bidirectional": True,
        "char_cnn": {
            "activation": "relu",
            "embedding": {"dim": config.character_dim},
            "filters": [list(pair) for pair in config.filters],
            "max_characters_per_token": config.max_characters,
            "n_characters": CHARACTERS + 1,
            "n_highway": config.highway_layers,
        },
        "dropout": config.dropout,
        "lstm": {
            "cell_clip": config.cell_clip,
            "dim": config.lstm_dim,
            "n_layers": config.layers,
            "proj_clip": config.projection_clip,
            "projection_dim": config.projection,
            "use_skip_connections": config.skip_connections,
        },
    }
    return network | dict(training)


def _load_own(folder: Path) -> Encoder:
    encoder = read_config(folder, "encoder", _described)
    read_weights(folder, encoder.model)
    return encoder


def _described(description: Mapping[str, Any]) -> Encoder:
    if description["architecture"] != "elmo":
        raise ProtlangError(
            f"architecture is {description['architecture']!r}, but only 'elmo' is "
            "known; use the version of protlang that wrote it"
        )
    model = Elmo(_config(description["options"]), description["softmax"])
    training, origin = description["training"], description["trained_on"]
    return Encoder(model, dict(training), dict(origin))


def _load_pair(folder: Path) -> Encoder:
    pair = bilm.read(folder)
    cnn, lstm = pair.options["char_cnn"], pair.options["lstm"]
    options = {
        "character_dim": cnn["embedding"]["dim"],
        "filters": cnn["filters"],
        "highway_layers": cnn["n_highway"],
        "projection": lstm["projection_dim"],
        "lstm_dim": lstm["dim"],
        "layers": lstm["n_layers"],
        "cell_clip": lstm["cell_clip"],
        "projection_clip": lstm["proj_clip"],
        "dropout": pair.options["dropout"],
        "skip_connections": lstm["use_skip_connections"],
        "max_characters": cnn["max_characters_per_token"],
    }
    try:
        model = Elmo(_config(options), with_softmax=False)
    except ProtlangError as error:
        raise ProtlangError(f"{folder / bilm.OPTIONS_FILE}: {error}") from error
    shapes = {name: weights.shape for name, weights in model.state_dict().items()}
    tensors = {
        parameter: torch.from_numpy(pair.weights[name]).view(shapes[parameter])
        for parameter, name in _data_sets(model.config).items()
    }
    fill(model, tensors, folder / bilm.WEIGHTS_FILE)
    training = {
        key: value
        for key, value in pair.options.items()
        if key not in bilm.NETWORK_OPTIONS
    }
    return Encoder(model, training)


def _config(options: Mapping[str, Any]) -> ElmoConfig:
    filters = tuple((width, number) for width, number in options["filters"])
    return ElmoConfig(**{**options, "filters": filters})


def _data_sets(config: ElmoConfig) -> dict[str, str]:
    """Each parameter's data set in `weights.hdf5`; the softmax has none."""
    names = {
        "characters.embedding": "char_embed",
        "characters.projection": "CNN_proj/W_proj",
        "characters.projection_bias": "CNN_proj/b_proj",
    }
    for serial in range(len(config.filters)):
        names[f"characters.kernels.{serial}"] = f"CNN/W_cnn_{serial}"
        names[f"characters.biases.{serial}"] = f"CNN/b_cnn_{serial}"
    for serial in range(config.highway_layers):
        for part in ("carry", "transform"):
            highway = f"characters.highways.{serial}.{part}"
            names[f"{highway}_weight"] = f"CNN_high_{serial}/W_{part}"
            names[f"{highway}_bias"] = f"CNN_high_{serial}/b_{part}"
    for direction in range(2):
        for layer in range(config.layers):
            lstm = f"stacks.{direction}.layers.{layer}"
            cell = bilm.lstm_group(direction, layer)
            names[f"{lstm}.kernel"] = f"{cell}/W_0"
            names[f"{lstm}.bias"] = f"{cell}/B"
            names[f"{lstm}.projection"] = f"{cell}/W_P_0"
    return names
