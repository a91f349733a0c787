"""SeqVec's ELMo as an encoder, and its exchange with bilm-tf and AllenNLP.

SeqVec was published as their pair of `options.json` and `weights.hdf5`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from protlang.encoders.encoder import ALL, SUM, Encoder, numbered_layers, on_host
from protlang.encoders.settings import (
    PRECISIONS,
    EncoderSettings,
    chosen_device,
    computation,
)
from protlang.encoders.weights import fill
from protlang.errors import ProtlangError
from protlang.formats import bilm
from protlang.models.elmo import CHARACTERS, Elmo, ElmoConfig, residue_tokens
from protlang.models.elmo_inference import ElmoInference


class ElmoEncoder(Encoder):
    """ELMo with the record of its training.

    Args:
        network: its `softmax` is None if it comes from a bilm-tf pair, which never
            holds one.
        training: JSON values in the order of bilm-tf's options: all_clip_norm_val,
            n_epochs, n_train_tokens, batch_size, n_tokens_vocab, unroll_steps,
            n_negative_samples_batch, and any other.
        trained_on: as of `Encoder`.
    """

    architecture = "elmo"
    network: Elmo

    @classmethod
    def described(cls, description: Mapping[str, Any]) -> Self:
        """See `Encoder`."""
        network = Elmo(_config(description["options"]), description["softmax"])
        return cls(network, description["training"], description["trained_on"])

    def load(self, tensors: Mapping[str, Tensor], path: Path) -> None:
        """See `Encoder`."""
        fill(self.network, tensors, path)

    @property
    def sizes(self) -> dict[str, Any]:
        """See `Encoder`."""
        has_softmax = self.network.softmax is not None
        return {"options": asdict(self.network.config), "softmax": has_softmax}

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """See `Encoder`; the softmax is included if there is one."""
        return self.network.state_dict()

    @property
    def layers(self) -> Mapping[str, tuple[int, ...]]:
        """See `Encoder`: the character encoder's is layer 0."""
        config = self.network.config
        return numbered_layers(1 + config.layers, 2 * config.projection)

    def prepare(self, settings: EncoderSettings) -> Mapping[str, str]:
        """See `Encoder`."""
        self.device = chosen_device(settings.device)
        precision = PRECISIONS[settings.precision]
        self._inference = ElmoInference(self.network.to(self.device), precision)
        is_warm = settings.start_state == "warm"
        self._start = self._inference.warm_state() if is_warm else None
        return {
            "start_state": settings.start_state,
            "precision": settings.precision,
            **computation(self.device, self._inference.kernel),
        }

    def embed(self, sequences: Sequence[str], layers: str) -> list[np.ndarray]:
        """See `Encoder`."""
        proteins = [residue_tokens(sequence) for sequence in sequences]
        if layers == SUM:
            found = self._inference.encode_sum(proteins, self._start)
        else:
            found, _ = self._inference.encode(proteins, self._start)
        if layers not in (SUM, ALL):
            found = [vectors[int(layers)] for vectors in found]
        return [on_host(vectors) for vectors in found]

    def memory(self, residues: int, layers: str) -> int:
        """See `Encoder`: the result, and what passes between two layers."""
        held = SUM if layers == SUM else ALL
        between = super().memory(residues, SUM)
        return super().memory(residues, held) + between


def load_bilm(folder: Path) -> ElmoEncoder:
    """ELMo from the pair of bilm-tf and AllenNLP.

    Raises:
        ProtlangError: if a file is missing, damaged or does not fit the other.
    """
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
        network = Elmo(_config(options), with_softmax=False)
    except ProtlangError as error:
        raise ProtlangError(f"{folder / bilm.OPTIONS_FILE}: {error}") from error
    shapes = {name: weights.shape for name, weights in network.state_dict().items()}
    tensors = {
        parameter: torch.from_numpy(pair.weights[name]).view(shapes[parameter])
        for parameter, name in _data_sets(network.config).items()
    }
    fill(network, tensors, folder / bilm.WEIGHTS_FILE)
    training = {
        key: value
        for key, value in pair.options.items()
        if key not in bilm.NETWORK_OPTIONS
    }
    return ElmoEncoder(network, training)


def export_bilm(encoder: ElmoEncoder, folder: Path | str) -> None:
    """Write the pair that AllenNLP and bilm-tf load.

    The softmax stays behind, and with it the order of its words: the pair has no place
    for them.

    Raises:
        ProtlangError: if the weights are not float32.
    """
    state = encoder.network.state_dict()
    options = bilm_options(encoder.network.config, encoder.training)
    shapes = bilm.shapes(options)
    weights = {
        name: state[parameter].cpu().numpy().reshape(shapes[name])
        for parameter, name in _data_sets(encoder.network.config).items()
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
