"""Trained encoders on disk: folders that can be loaded, saved and exported.

A folder is either protlang's own, `config.json` and `model.safetensors`, or the pair of
bilm-tf and AllenNLP, `options.json` and `weights.hdf5`, in which SeqVec was published.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from protlang.encoders.provenance import CONFIG_FILE
from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file, write_text
from protlang.formats import bilm
from protlang.models.elmo import CHARACTERS, Elmo, ElmoConfig

MODEL_FILE = "model.safetensors"

_REMEDY = "take both files from the same model"


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
    folder = Path(folder)
    description = {
        "architecture": "elmo",
        "options": asdict(encoder.model.config),
        "softmax": encoder.model.softmax is not None,
        "training": dict(encoder.training),
        "trained_on": dict(encoder.trained_on),
    }
    with atomic_path(folder / MODEL_FILE) as temporary:
        save_file(encoder.model.state_dict(), temporary)
    write_text(folder / CONFIG_FILE, json.dumps(description, indent=2) + "\n")


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
    path = folder / CONFIG_FILE
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
        if description["architecture"] != "elmo":
            raise ProtlangError(
                f"{path}: architecture is {description['architecture']!r}, but only "
                "'elmo' is known; use the version of protlang that wrote it"
            )
        config = _config(description["options"], path)
        model = Elmo(config, with_softmax=description["softmax"])
        training = dict(description["training"])
        origin = dict(description["trained_on"])
    except (ValueError, KeyError, TypeError) as error:
        raise ProtlangError(
            f"{path} does not describe an encoder of protlang's ({error!r}); copy it "
            "again, or train again"
        ) from error
    _fill(model, _read_tensors(folder / MODEL_FILE), folder / MODEL_FILE)
    return Encoder(model.eval(), training, origin)


def _load_pair(folder: Path) -> Encoder:
    pair = bilm.read(folder)
    path = folder / bilm.OPTIONS_FILE
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
    model = Elmo(_config(options, path), with_softmax=False)
    shapes = {name: weights.shape for name, weights in model.state_dict().items()}
    tensors = {
        parameter: torch.from_numpy(pair.weights[name]).view(shapes[parameter])
        for parameter, name in _data_sets(model.config).items()
    }
    _fill(model, tensors, folder / bilm.WEIGHTS_FILE)
    training = {
        key: value
        for key, value in pair.options.items()
        if key not in bilm.NETWORK_OPTIONS
    }
    return Encoder(model.eval(), training)


def _config(options: Mapping[str, Any], path: Path) -> ElmoConfig:
    filters = tuple((width, number) for width, number in options["filters"])
    try:
        return ElmoConfig(**{**options, "filters": filters})
    except ProtlangError as error:
        raise ProtlangError(f"{path}: {error}") from error


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


def _read_tensors(path: Path) -> dict[str, Tensor]:
    require_file(path, f"put it beside {CONFIG_FILE}")
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ProtlangError(
            f"{path} is not a whole safetensors file ({error}); copy it again"
        ) from error


def _fill(model: Elmo, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Put weights into a model, which has to have exactly these."""
    wanted = model.state_dict()
    odd = min(wanted.keys() ^ tensors.keys(), default=None)
    if odd is not None:
        verb = "lacks" if odd in wanted else "has the unknown"
        raise ProtlangError(f"{path} {verb} weights {odd!r}; {_REMEDY}")
    for name, weights in tensors.items():
        if weights.shape != wanted[name].shape:
            raise ProtlangError(
                f"{path}: {name!r} has shape {tuple(weights.shape)}, but "
                f"{tuple(wanted[name].shape)} follows from the options; {_REMEDY}"
            )
    model.load_state_dict(tensors, assign=True)
