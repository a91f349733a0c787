"""PLUS's and P-ELMo's encoders from the weights that their authors publish.

Sizes are read off the weights. Each network has to have exactly the published names,
but for the head of PLUS's, which may be absent.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from protlang.encoders.encoder import PairEncoder
from protlang.encoders.plus import (
    PElmoEncoder,
    PElmoLmEncoder,
    PlusRnnEncoder,
    PlusTfmEncoder,
)
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

_P_ELMO, _LM = "embedding.", "embedding.embed.lm."
"""What names in P-ELMo's file begin with: of its encoder, and of the language model."""

_NOT_READ = ("scop_predict.gap", "cmap_predict.")
"""Beginnings of further names there: a score of gaps that alignments without insertions
do not use, and the head of contact maps."""

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
    """A published model, with the head that it was trained with if there is one.

    Fine-tuning starts without that head, so weights of PLUS that lack it serve for all
    but same family prediction.

    Args:
        architecture: `plus-rnn`, `plus-tfm`, `p-elmo` or `p-elmo-lm`.
        path: of its checkpoint.

    Raises:
        ProtlangError: if the file cannot be read, or has other weights or a head for
            another task.
    """
    if architecture == PElmoEncoder.architecture:
        return PElmoEncoder(load_p_elmo(path))
    if architecture == PElmoLmEncoder.architecture:
        return PElmoLmEncoder(load_p_elmo_lm(path))
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

    Args:
        path: of P-ELMo's file, which has the encoder as well.

    Raises:
        ProtlangError: as `load_plus_rnn`.
    """
    return load_p_elmo(path).language_model.requires_grad_()


def load_p_elmo(path: Path | str) -> PElmo:
    """P-ELMo's encoder with its language model, in evaluation mode.

    It predicts no residues, so that layer is zero; its head for contact maps is left
    out.

    Raises:
        ProtlangError: as `load_plus_rnn`.
    """
    tensors = {
        name: part
        for name, part in plus_checkpoint.read(path).items()
        if not name.startswith(_NOT_READ)
    }
    names = _p_elmo(tensors)
    _check_names(names.values(), tensors, path)
    tensors["scop_predict.theta"] = tensors["scop_predict.theta"].flatten()
    config = PElmoConfig(
        language_model=_language_model_config(tensors),
        input_dim=_size(tensors, f"{_P_ELMO}embed.embed.weight", 1),
        hidden_dim=_size(tensors, f"{_P_ELMO}rnn.weight_hh_l0", 1),
        layers=_count(tensors, f"{_P_ELMO}rnn.weight_ih_l{{}}"),
        projection=_size(tensors, f"{_P_ELMO}proj.weight", 0),
    )
    network = PElmo(config, len(tensors["scop_predict.beta"]))
    absent = _linear("decoder", "decoder")
    own = network.state_dict()
    tensors |= {name: torch.zeros_like(own[name]) for name in absent}
    return _fill(network, {**names, **absent}, tensors, path)


def _p_elmo(tensors: Mapping[str, Tensor]) -> dict[str, str]:
    layers = _count(tensors, f"{_P_ELMO}rnn.weight_ih_l{{}}")
    names = {
        own: f"{_P_ELMO}{published}"
        for own, published in _bidirectional(layers).items()
    }
    names |= {"embedding.weight": f"{_P_ELMO}embed.embed.weight"}
    names |= _linear("projection", f"{_P_ELMO}proj")
    names |= _linear("state_projection", f"{_P_ELMO}embed.proj")
    names |= {"head.weight": "scop_predict.theta", "head.bias": "scop_predict.beta"}
    below = _language_model(tensors).items()
    return names | {f"language_model.{own}": published for own, published in below}


def _language_model(tensors: Mapping[str, Tensor]) -> dict[str, str]:
    layers = _count(tensors, f"{_LM}rnn.{{}}.weight_ih_l0")
    names = {
        f"layers.{layer}.{part}_l0": f"{_LM}rnn.{layer}.{part}_l0"
        for layer in range(layers)
        for part in _LSTM_PARTS
    }
    names |= {"embedding.weight": f"{_LM}embed.weight"}
    return names | _linear("decoder", f"{_LM}linear")


def _language_model_config(tensors: Mapping[str, Tensor]) -> PElmoLmConfig:
    layers = _count(tensors, f"{_LM}rnn.{{}}.weight_ih_l0")
    return PElmoLmConfig(_size(tensors, f"{_LM}rnn.0.weight_hh_l0", 1), layers)


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
