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

from protlang.alphabet import RESIDUES
from protlang.encoders.encoder import ALL, SUM, Encoder, numbered_layers, on_host
from protlang.encoders.settings import (
    PRECISIONS,
    EncoderSettings,
    chosen_device,
    computation,
)
from protlang.encoders.weights import fill
from protlang.errors import ProtlangError
from protlang.formats import bilm, bilm_checkpoint
from protlang.models.elmo import CHARACTERS, Elmo, ElmoConfig, residue_tokens
from protlang.models.elmo_inference import ElmoInference

LISTS_WORDS = "vocabulary_is_known"
"""Of an imported training: whether the order of the softmax's words came with it."""

SIMULATED_ORIGIN: Mapping[str, Any] = {
    "corpus": "",
    "sources": ["a simulated archive"],
    "simulated": True,
}

_SOFTMAX = {
    "softmax.weight": bilm_checkpoint.SOFTMAX_WEIGHTS,
    "softmax.bias": bilm_checkpoint.SOFTMAX_BIAS,
}


_MARKS = ("<S>", "</S>", "<UNK>")
"""Words of the softmax that are no residues."""


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
    network = _network(pair.options, RESIDUES, False, folder / bilm.OPTIONS_FILE)
    fill(network, _parameters(pair, network), folder / bilm.WEIGHTS_FILE)
    return ElmoEncoder(network, _training(pair.options))


def load_checkpoint(path: Path) -> ElmoEncoder:
    """ELMo from bilm-tf's training checkpoint, softmax included.

    Where the archive does not list the words of its softmax, their order is unknown,
    which `training` says; `RESIDUES` stands for it.

    Raises:
        ProtlangError: if the archive is missing, damaged or of another kind of network.
    """
    checkpoint = bilm_checkpoint.read(path)
    pair, words = checkpoint.pair, [_spelled(word) for word in checkpoint.words]
    _check_words(words, path)
    letters = "".join(word for word in words if len(word) == 1) or RESIDUES
    network = _network(pair.options, letters, True, path)
    vocabulary = network.config.vocabulary
    rows = [words.index(word) for word in vocabulary] if words else slice(None)
    softmax = {
        parameter: torch.from_numpy(checkpoint.softmax[name][rows])
        for parameter, name in _SOFTMAX.items()
    }
    fill(network, {**_parameters(pair, network), **softmax}, path)
    training = {**_training(pair.options), LISTS_WORDS: bool(words)}
    origin = SIMULATED_ORIGIN if checkpoint.simulated else {}
    return ElmoEncoder(network, training, origin)


def export_checkpoint(encoder: ElmoEncoder, path: Path | str) -> None:
    """Write the archive that `load_checkpoint` reads, in bilm-tf's layout.

    Raises:
        ProtlangError: if the encoder has no softmax.
    """
    state = encoder.network.state_dict()
    if encoder.network.softmax is None:
        raise ProtlangError("this encoder has no softmax; export it as a pair of files")
    checkpoint = bilm_checkpoint.BilmCheckpoint(
        _pair(encoder),
        {name: state[parameter].cpu().numpy() for parameter, name in _SOFTMAX.items()},
        encoder.network.config.vocabulary,
        simulated=bool(encoder.trained_on.get("simulated")),
    )
    bilm_checkpoint.write(path, checkpoint)


def export_bilm(encoder: ElmoEncoder, folder: Path | str) -> None:
    """Write the pair that AllenNLP and bilm-tf load.

    The softmax stays behind, and with it the order of its words: the pair has no place
    for them.

    Raises:
        ProtlangError: if the weights are not float32.
    """
    bilm.write(folder, _pair(encoder))


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


def _pair(encoder: ElmoEncoder) -> bilm.BilmPair:
    state = encoder.network.state_dict()
    options = bilm_options(encoder.network.config, encoder.training)
    shapes = bilm.shapes(options)
    weights = {
        name: state[parameter].cpu().numpy().reshape(shapes[name])
        for parameter, name in _data_sets(encoder.network.config).items()
    }
    return bilm.BilmPair(options, weights)


def _network(
    options: Mapping[str, Any], letters: str, with_softmax: bool, path: Path
) -> Elmo:
    """The network of bilm-tf's options."""
    cnn, lstm = options["char_cnn"], options["lstm"]
    own = {
        "character_dim": cnn["embedding"]["dim"],
        "filters": cnn["filters"],
        "highway_layers": cnn["n_highway"],
        "projection": lstm["projection_dim"],
        "lstm_dim": lstm["dim"],
        "layers": lstm["n_layers"],
        "cell_clip": lstm["cell_clip"],
        "projection_clip": lstm["proj_clip"],
        "dropout": options["dropout"],
        "skip_connections": lstm["use_skip_connections"],
        "max_characters": cnn["max_characters_per_token"],
        "letters": letters,
    }
    try:
        return Elmo(_config(own), with_softmax)
    except ProtlangError as error:
        raise ProtlangError(f"{path}: {error}") from error


def _parameters(pair: bilm.BilmPair, network: Elmo) -> dict[str, Tensor]:
    """Weights by the network's names, in its shapes."""
    shapes = {name: weights.shape for name, weights in network.state_dict().items()}
    return {
        parameter: torch.from_numpy(pair.weights[name]).view(shapes[parameter])
        for parameter, name in _data_sets(network.config).items()
    }


def _training(options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value for key, value in options.items() if key not in bilm.NETWORK_OPTIONS
    }


def _spelled(word: str) -> str:
    """A word as we spell it; bilm-tf takes its marks in any case."""
    return word if len(word) == 1 else word.upper()


def _check_words(words: Sequence[str], path: Path) -> None:
    odd = set(words) ^ {*_MARKS, *RESIDUES}
    if words and (odd or len(words) != len(_MARKS) + len(RESIDUES)):
        raise ProtlangError(
            f"{path} lists other words than the {len(RESIDUES)} residues and "
            f"{', '.join(_MARKS)} ({min(odd, default='some twice')}); this is no "
            "network of SeqVec's kind"
        )


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
