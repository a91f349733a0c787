"""PLUS's encoders from the weights that its authors publish.

Sizes are read off the weights. Each network has to have exactly the published names,
but for the head, which may be absent.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from protlang.encoders.encoder import PairEncoder
from protlang.encoders.plus import PlusRnnEncoder, PlusTfmEncoder
from protlang.errors import ProtlangError
from protlang.formats import plus_checkpoint
from protlang.models.p_elmo import PElmo, PElmoConfig, PElmoLm, PElmoLmConfig
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import (
    PRETRAINED_TOKENS,
    PlusTfm,
    PlusTfmConfig,
    sinusoids,
)

_REMEDY = "take the weights of the requested network"
_LISTED = 5
"""Unexpected names in a message, before the number of further ones."""

_POSITIONS = "transformer.embed.pos_embed.pe"
_TIED = "decoder.weight"
_EMBEDDING = "transformer.embed.tok_embed.weight"

Model = TypeVar("Model", bound=nn.Module)
Names = Mapping[str, str]
"""Published names by the names of our networks' weights."""

_LSTM_PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
_LAYER_PARTS = {
    "attention.queries": "attn.proj_q",
    "attention.keys": "attn.proj_k",
    "attention.values": "attn.proj_v",
    "attention.output": "proj",
    "widen": "pwff.fc1",
    "narrow": "pwff.fc2",
}
"""Linear layers of one of PLUS-TFM's layers."""


def load_published(architecture: str, path: Path | str) -> PairEncoder:
    """A published model, with the head that it was pre-trained with if there is one.

    Fine-tuning starts without that head, so weights that lack it serve for all but
    same family prediction.

    Args:
        architecture: `plus-rnn` or `plus-tfm`.
        path: of its checkpoint.

    Raises:
        ProtlangError: if the file cannot be read, or has other weights or a head for
            another task.
    """
    is_rnn = architecture == "plus-rnn"
    network = load_plus_rnn(path) if is_rnn else load_plus_tfm(path)
    if network.head is not None and len(network.head.bias) != (1 if is_rnn else 2):
        raise ProtlangError(
            f"{path} has a head for another task than same family prediction; take the "
            "weights of the model that was pre-trained, not of a fine-tuned one"
        )
    return PlusRnnEncoder(network) if is_rnn else PlusTfmEncoder(network)


def load_plus_rnn(path: Path | str) -> PlusRnn:
    """PLUS-RNN, in evaluation mode.

    Raises:
        ProtlangError: if the file cannot be read, lacks weights or has unknown ones
            (which are named), or ones of impossible shape.
    """
    tensors = plus_checkpoint.read(path)
    layers = _count(tensors, "rnn.weight_ih_l{}")
    names = _bidirectional(layers) | {"embedding.weight": "embed.weight"}
    names |= _linear("projection", "fc") | _linear("decoder", "decoder")
    outputs = _add_pair_head(names, tensors)
    _check_names(names.values(), tensors, path)
    config = PlusRnnConfig(
        hidden_dim=_size(tensors, "rnn.weight_hh_l0", 1),
        layers=layers,
        projection=_size(tensors, "fc.weight", 0),
    )
    return _fill(PlusRnn(config, outputs), names, tensors, path)


def load_plus_tfm(
    path: Path | str, heads: int = 12, max_tokens: int = PRETRAINED_TOKENS
) -> PlusTfm:
    """PLUS-TFM, in evaluation mode, with the normalisation it was trained with.

    Args:
        path: of its weights.
        heads: of attention; the weights do not determine it.
        max_tokens: longest input. Positions are no weights, so it is free.

    Raises:
        ProtlangError: as `load_plus_rnn`; also if the positions are no sinusoids, or
            the last layer differs from the token embedding.
    """
    tensors = plus_checkpoint.read(path)
    layers = _count(tensors, "transformer.blocks.{}.proj.weight")
    names = _transformer(layers)
    has_head = any(name.startswith("cls.") for name in tensors)
    names |= _linear("head", "cls") if has_head else {}
    _check_names([*names.values(), _POSITIONS, _TIED], tensors, path)
    _check_constants(tensors, path)
    config = PlusTfmConfig(
        hidden_dim=_size(tensors, _EMBEDDING, 1),
        layers=layers,
        heads=heads,
        feed_forward_dim=_size(tensors, "transformer.blocks.0.pwff.fc1.weight", 0),
        max_tokens=max_tokens,
        imitate_released_code=True,
    )
    classes = _size(tensors, "cls.weight", 0) if has_head else None
    return _fill(PlusTfm(config, classes), names, tensors, path)


def load_p_elmo_lm(path: Path | str) -> PElmoLm:
    """P-ELMo's language model, in evaluation mode.

    Raises:
        ProtlangError: as `load_plus_rnn`.
    """
    tensors = plus_checkpoint.read(path)
    layers = _count(tensors, "rnn.{}.weight_ih_l0")
    names = {
        f"layers.{layer}.{part}_l0": f"rnn.{layer}.{part}_l0"
        for layer in range(layers)
        for part in _LSTM_PARTS
    }
    names |= _linear("decoder", "decoder") | {"embedding.weight": "embed.weight"}
    _check_names(names.values(), tensors, path)
    config = PElmoLmConfig(_size(tensors, "rnn.0.weight_hh_l0", 1), layers)
    return _fill(PElmoLm(config), names, tensors, path)


def load_p_elmo(path: Path | str, language_model: Path | str) -> PElmo:
    """P-ELMo's encoder, in evaluation mode.

    Args:
        path: of the encoder's own weights.
        language_model: path of its language model's.

    Raises:
        ProtlangError: as `load_plus_rnn`, for either file.
    """
    tensors = plus_checkpoint.read(path)
    layers = _count(tensors, "rnn.weight_ih_l{}")
    names = _bidirectional(layers) | {"embedding.weight": "x_embed.weight"}
    names |= _linear("projection", "fc") | _linear("decoder", "decoder")
    names |= _linear("state_projection", "fc_lm")
    outputs = _add_pair_head(names, tensors)
    _check_names(names.values(), tensors, path)
    below = load_p_elmo_lm(language_model)
    config = PElmoConfig(
        language_model=below.config,
        input_dim=_size(tensors, "x_embed.weight", 1),
        hidden_dim=_size(tensors, "rnn.weight_hh_l0", 1),
        layers=layers,
        projection=_size(tensors, "fc.weight", 0),
    )
    frozen = {
        f"language_model.{name}": weights
        for name, weights in below.state_dict().items()
    }
    names |= {name: name for name in frozen}
    return _fill(PElmo(config, outputs), names, tensors | frozen, path)


def _bidirectional(layers: int) -> dict[str, str]:
    """Names of an LSTM that is `lstm` here and `rnn` there."""
    return {
        f"lstm.{part}_l{layer}{direction}": f"rnn.{part}_l{layer}{direction}"
        for layer in range(layers)
        for direction in ("", "_reverse")
        for part in _LSTM_PARTS
    }


def _linear(own: str, published: str) -> dict[str, str]:
    return {f"{own}.{part}": f"{published}.{part}" for part in ("weight", "bias")}


def _norm(own: str, published: str) -> dict[str, str]:
    return {f"{own}.weight": f"{published}.gamma", f"{own}.bias": f"{published}.beta"}


def _transformer(layers: int) -> dict[str, str]:
    names = {
        "token_embedding.weight": _EMBEDDING,
        "segment_embedding.weight": "transformer.embed.seg_embed.weight",
        "decoder_bias": "decoder_bias",
    }
    names |= _norm("embedding_norm", "transformer.embed.norm")
    names |= _norm("decoder_norm", "norm_lm") | _linear("decoder_hidden", "fc_lm")
    for layer in range(layers):
        own, published = f"layers.{layer}", f"transformer.blocks.{layer}"
        for part, published_part in _LAYER_PARTS.items():
            names |= _linear(f"{own}.{part}", f"{published}.{published_part}")
        names |= _norm(f"{own}.attention_norm", f"{published}.norm1")
        names |= _norm(f"{own}.feed_forward_norm", f"{published}.norm2")
    return names


def _add_pair_head(names: dict[str, str], tensors: dict[str, Tensor]) -> int | None:
    """Name the head's weights if there are any; returns its number of outputs.

    Published slopes are a matrix of one row, here they are a vector.
    """
    weight, bias = "ordinal_weight", "ordinal_bias"
    if weight not in tensors and bias not in tensors:
        return None
    names |= {"head.weight": weight, "head.bias": bias}
    if weight in tensors:
        tensors[weight] = tensors[weight].flatten()
    return len(tensors.get(weight, ()))


def _count(tensors: Mapping[str, Tensor], pattern: str) -> int:
    """Layers, by the weights that each has; at least one, to be reported if missing."""
    layers = 1
    while pattern.format(layers) in tensors:
        layers += 1
    return layers


def _size(tensors: Mapping[str, Tensor], name: str, axis: int) -> int:
    """Size of some weights along an axis; 1 if they have no such axis.

    Weights that lack it do not fit into any network, which `_fill` reports.
    """
    shape = tensors[name].shape
    return shape[axis] if axis < len(shape) else 1


def _check_names(
    wanted: Iterable[str], tensors: Mapping[str, Tensor], path: Path | str
) -> None:
    expected = set(wanted)
    for verb, unexpected in (
        ("lacks", expected - tensors.keys()),
        ("has the unknown", tensors.keys() - expected),
    ):
        if unexpected:
            names = _listed(unexpected)
            raise ProtlangError(f"{path} {verb} weights {names}; {_REMEDY}")


def _listed(names: set[str]) -> str:
    first = ", ".join(sorted(names)[:_LISTED])
    more = len(names) - _LISTED
    return f"{first} and {more} more" if more > 0 else first


def _check_constants(tensors: Mapping[str, Tensor], path: Path | str) -> None:
    """Make sure of what PLUS-TFM's file holds beside weights of its own."""
    if not _is_sinusoidal(tensors[_POSITIONS].squeeze(0)):
        raise ProtlangError(f"{path}: {_POSITIONS!r} is not sinusoidal; {_REMEDY}")
    if not torch.equal(tensors[_TIED], tensors[_EMBEDDING]):
        raise ProtlangError(
            f"{path}: {_TIED!r} differs from {_EMBEDDING!r}, which PLUS-TFM does "
            f"not have apart; {_REMEDY}"
        )


def _is_sinusoidal(positions: Tensor) -> bool:
    """Whether (places, dim) are what we compute.

    They come from single precision, which shows in places far from the first.
    """
    if positions.dim() != 2 or positions.shape[1] % 2:
        return False
    computed = sinusoids(*positions.shape).float()
    return torch.allclose(positions, computed, atol=1e-3)


def _fill(
    model: Model, names: Names, tensors: Mapping[str, Tensor], path: Path | str
) -> Model:
    """Put weights with checked names into a model."""
    own = model.state_dict()
    for name, published in names.items():
        shape, wanted = tuple(tensors[published].shape), tuple(own[name].shape)
        if shape != wanted:
            raise ProtlangError(
                f"{path}: {published!r} has shape {shape}, but {wanted} goes with the "
                f"other weights; {_REMEDY}"
            )
    model.load_state_dict(
        {name: tensors[published] for name, published in names.items()}
    )
    return model.eval()
