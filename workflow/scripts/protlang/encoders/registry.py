"""Encoders at work: from sequences to vectors, whatever the architecture."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from protlang.alphabet import encode
from protlang.encoders.elmo import load_encoder
from protlang.encoders.folder import CONFIG_FILE, encoder_hash
from protlang.encoders.protvec import load_protvec
from protlang.errors import ProtlangError
from protlang.models.elmo import Elmo, residue_tokens
from protlang.models.elmo_inference import ElmoInference
from protlang.models.protvec import ProtVec

SUM, ALL = "sum", "all"
"""What to keep of the layers, if not one of them: SeqVec's sum, or all."""

START_STATES = ("warm", "zero")
PRECISIONS: Mapping[str, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
}
DEVICES = ("auto", "cpu", "cuda")

_NUMBER_BYTES = 4


@dataclass(frozen=True)
class EmbedderSettings:
    """How an encoder works.

    Attributes:
        start_state: of the LSTMs before each protein, one of `START_STATES`: `warm` is
            that after a fixed protein, `zero` is zero.
        precision: of matrix products, one of `PRECISIONS`.
        device: one of `DEVICES`; `auto` is the first GPU if there is one.

    Raises:
        ProtlangError: if one of them is none of these.
    """

    start_state: str = "warm"
    precision: str = "float32"
    device: str = "auto"

    def __post_init__(self) -> None:
        require_choice("start_state", self.start_state, START_STATES)
        require_choice("precision", self.precision, tuple(PRECISIONS))
        require_choice("device", self.device, DEVICES)


class Embedder(Protocol):
    """Turns sequences into vectors that depend on nothing but the sequence."""

    @property
    def facts(self) -> Mapping[str, str]:
        """Texts that name all that determines the vectors.

        They are `encoder`, `encoder_sha256`, `start_state`, `precision`, `kernel`,
        `device` and `torch_version`.
        """
        ...

    @property
    def device(self) -> str:
        """Where it computes: `cpu` or `cuda`."""
        ...

    @property
    def layers(self) -> int:
        """How many layers there are."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers per residue and layer."""
        ...

    def embed(self, sequences: Sequence[str], layers: str) -> list[np.ndarray]:
        """Vectors of every residue.

        Args:
            sequences: letters of `RESIDUES`, none empty.
            layers: `sum`, `all`, or the number of one of them.

        Returns:
            By sequence, float32 (length, dimension), or (layers, length, dimension) if
            all layers are asked for.
        """
        ...

    def memory(self, residues: int, layers: str) -> int:
        """Bytes that a batch of so many residues needs at least."""
        ...


class ElmoEmbedder:
    """ELMo as an embedder; see `Embedder`.

    Args:
        model: in evaluation mode.
        identity: the facts `encoder` and `encoder_sha256`.
        settings: how it works.
    """

    def __init__(
        self, model: Elmo, identity: Mapping[str, str], settings: EmbedderSettings
    ) -> None:
        self.device = chosen_device(settings.device)
        precision = PRECISIONS[settings.precision]
        self._inference = ElmoInference(model.to(self.device), precision)
        is_warm = settings.start_state == "warm"
        self._start = self._inference.warm_state() if is_warm else None
        self.layers = 1 + model.config.layers
        self.dimension = 2 * model.config.projection
        self.facts = {
            **identity,
            "start_state": settings.start_state,
            "precision": settings.precision,
            "kernel": self._inference.kernel,
            "device": device_name(self.device),
            "torch_version": str(torch.__version__),
        }

    def embed(self, sequences: Sequence[str], layers: str) -> list[np.ndarray]:
        """Vectors of every residue."""
        proteins = [residue_tokens(sequence) for sequence in sequences]
        if layers == SUM:
            found = self._inference.encode_sum(proteins, self._start)
        else:
            found, _ = self._inference.encode(proteins, self._start)
        if layers not in (SUM, ALL):
            found = [vectors[int(layers)] for vectors in found]
        return [_on_host(vectors) for vectors in found]

    def memory(self, residues: int, layers: str) -> int:
        """What is given back, and what passes between two layers."""
        held = 1 if layers == SUM else self.layers
        return residues * (held + 1) * self.dimension * _NUMBER_BYTES


class ProtVecEmbedder:
    """ProtVec as an embedder of one layer; see `Embedder`.

    Args:
        model: words and vectors.
        identity: the facts `encoder` and `encoder_sha256`.
    """

    device = "cpu"
    layers = 1

    def __init__(self, model: ProtVec, identity: Mapping[str, str]) -> None:
        self._model = model
        self.dimension = model.dimension
        self.facts = {
            **identity,
            "start_state": "none",
            "precision": "float32",
            "kernel": "lookup",
            "device": "any",
            "torch_version": "none",
        }

    def embed(self, sequences: Sequence[str], layers: str) -> list[np.ndarray]:
        """Vectors of every residue."""
        tokens = (np.frombuffer(encode(text), dtype=np.uint8) for text in sequences)
        found = [self._model.residue_vectors(protein) for protein in tokens]
        return [vectors[np.newaxis] for vectors in found] if layers == ALL else found

    def memory(self, residues: int, layers: str) -> int:  # noqa: ARG002
        """What is given back."""
        return residues * self.dimension * _NUMBER_BYTES


def load_embedder(
    folder: Path | str, settings: EmbedderSettings, name: str | None = None
) -> Embedder:
    """Load an encoder of any architecture and put it to work.

    Args:
        folder: of the encoder (`protlang.encoders.folder`).
        settings: how it works; ProtVec does not depend on them.
        name: of the encoder; that of the folder unless told.

    Raises:
        ProtlangError: if the folder holds no encoder, or a damaged one, or there is no
            such device.
    """
    folder = Path(folder)
    identity = {
        "encoder": name or folder.resolve().name,
        "encoder_sha256": encoder_hash(folder),
    }
    return _LOADERS.get(_architecture(folder), _load_elmo)(folder, identity, settings)


def require_layers(layers: str, embedder: Embedder) -> None:
    """Make sure that an encoder can give these layers.

    Raises:
        ProtlangError: if not, with what it can.
    """
    numbers = tuple(map(str, range(embedder.layers)))
    require_choice("layers", layers, (SUM, ALL, *numbers))


def require_choice(option: str, value: str, choices: Sequence[str]) -> None:
    """Make sure that an option has one of the values that it can have."""
    if value not in choices:
        raise ProtlangError(
            f"the option {option} is {value!r}; choose one of {', '.join(choices)}"
        )


def chosen_device(device: str) -> str:
    """The device that `auto` means here, or the one that is asked for.

    Raises:
        ProtlangError: if a GPU is asked for and PyTorch finds none.
    """
    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise ProtlangError(
            "the option device is 'cuda', but PyTorch finds no GPU here; use "
            "device=cpu, or install a PyTorch for the driver of this machine"
        )
    if device == "auto":
        return "cuda" if available else "cpu"
    return device


def device_name(device: str) -> str:
    """What computes, as far as its numbers depend on it."""
    if device == "cuda":
        return f"cuda {torch.cuda.get_device_name()}"
    return f"cpu {torch.backends.cpu.get_cpu_capability()}"


def _load_elmo(
    folder: Path, identity: Mapping[str, str], settings: EmbedderSettings
) -> Embedder:
    return ElmoEmbedder(load_encoder(folder).model, identity, settings)


def _load_protvec(
    folder: Path, identity: Mapping[str, str], _: EmbedderSettings
) -> Embedder:
    return ProtVecEmbedder(load_protvec(folder).model, identity)


_Loader = Callable[[Path, Mapping[str, str], EmbedderSettings], Embedder]
_LOADERS: Mapping[str, _Loader] = {"elmo": _load_elmo, "protvec": _load_protvec}


def _architecture(folder: Path) -> str:
    """What `config.json` names; a pair of bilm-tf's is always an ELMo.

    Anything unknown is left to the loader of ELMo to complain of.
    """
    path = folder / CONFIG_FILE
    if not path.is_file():
        return "elmo"
    try:
        description: Any = json.loads(path.read_text(encoding="utf-8"))
        return str(description["architecture"])
    except (ValueError, KeyError, TypeError):
        return "elmo"


def _on_host(vectors: Tensor) -> np.ndarray:
    """Vectors as float32 in memory of their own, in the order of their axes."""
    return np.ascontiguousarray(vectors.float().cpu().numpy())
