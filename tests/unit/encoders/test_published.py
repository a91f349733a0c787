"""Imported networks compute what the published names and shapes mean.

Files are written here in the published layout, and what they should compute is computed
from the file's own tensors with PyTorch's layers or by slow references.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from protlang.encoders.published import (
    load_p_elmo,
    load_p_elmo_lm,
    load_plus_rnn,
    load_plus_tfm,
    load_published,
)
from protlang.encoders.registry import load_pair_encoder
from protlang.homology.network import new_network
from protlang.models import plus_tfm
from protlang.models.plus_rnn import PlusRnn
from protlang.models.tokens import collate
from support import plus_reference as reference
from support.errors import complaint

HIDDEN, PROJECTION = 4, 5
DIM, FEED_FORWARD, HEADS = 12, 10, 3

Tensors = dict[str, Tensor]


def randomly(shapes: dict[str, tuple[int, ...]]) -> Tensors:
    generator = torch.Generator().manual_seed(len(shapes))
    return {
        name: 0.5 * torch.randn(shape, generator=generator)
        for name, shape in shapes.items()
    }


def lstm_shapes(
    inputs: int, layers: int, directions: int
) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(layers):
        size = HIDDEN * directions if layer else inputs
        for suffix in ("", "_reverse")[:directions]:
            shapes[f"weight_ih_l{layer}{suffix}"] = (4 * HIDDEN, size)
            shapes[f"weight_hh_l{layer}{suffix}"] = (4 * HIDDEN, HIDDEN)
            shapes[f"bias_ih_l{layer}{suffix}"] = (4 * HIDDEN,)
            shapes[f"bias_hh_l{layer}{suffix}"] = (4 * HIDDEN,)
    return shapes


def linear_shapes(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def recurrent_shapes(inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    """What PLUS-RNN and P-ELMo's encoder share."""
    lstm = lstm_shapes(inputs, layers=2, directions=2)
    return {
        **{f"rnn.{name}": shape for name, shape in lstm.items()},
        **linear_shapes("fc", 2 * HIDDEN, PROJECTION),
        **linear_shapes("decoder", 2 * HIDDEN, 21),
        "ordinal_weight": (1, outputs),
        "ordinal_bias": (outputs,),
    }


def plus_rnn_file() -> Tensors:
    tensors = randomly({"embed.weight": (22, 21), **recurrent_shapes(21, 1)})
    tensors["embed.weight"][21] = 0
    return tensors


def p_elmo_lm_file() -> Tensors:
    """The part of P-ELMo's file that holds the language model."""
    shapes = {"embed.weight": (22, 21), **linear_shapes("linear", HIDDEN, 21)}
    for layer, inputs in enumerate((21, HIDDEN)):
        lstm = lstm_shapes(inputs, layers=1, directions=1)
        shapes |= {f"rnn.{layer}.{name}": shape for name, shape in lstm.items()}
    tensors = randomly({f"embedding.embed.lm.{n}": one for n, one in shapes.items()})
    tensors["embedding.embed.lm.embed.weight"][21] = 0
    return tensors


def p_elmo_file() -> Tensors:
    """Without what is not read."""
    lstm = lstm_shapes(6, layers=2, directions=2)
    tensors = randomly(
        {
            **{f"embedding.rnn.{name}": shape for name, shape in lstm.items()},
            **linear_shapes("embedding.proj", 2 * HIDDEN, PROJECTION),
            "embedding.embed.embed.weight": (21, 6),
            **linear_shapes("embedding.embed.proj", 4 * HIDDEN, 6),
            "scop_predict.theta": (1, 4),
            "scop_predict.beta": (4,),
        }
    )
    tensors["embedding.embed.embed.weight"][20] = 0
    return {**p_elmo_lm_file(), **tensors}


def plus_tfm_file() -> Tensors:
    norms = ["transformer.embed.norm", "norm_lm"]
    shapes: dict[str, tuple[int, ...]] = {
        "transformer.embed.tok_embed.weight": (25, DIM),
        "transformer.embed.seg_embed.weight": (2, DIM),
        **linear_shapes("fc_lm", DIM, DIM),
        "decoder_bias": (25,),
        **linear_shapes("cls", DIM, 2),
    }
    for block in ("transformer.blocks.0", "transformer.blocks.1"):
        for name in ("attn.proj_q", "attn.proj_k", "attn.proj_v", "proj"):
            shapes |= linear_shapes(f"{block}.{name}", DIM, DIM)
        shapes |= linear_shapes(f"{block}.pwff.fc1", DIM, FEED_FORWARD)
        shapes |= linear_shapes(f"{block}.pwff.fc2", FEED_FORWARD, DIM)
        norms += [f"{block}.norm1", f"{block}.norm2"]
    for name in norms:
        shapes |= {f"{name}.gamma": (DIM,), f"{name}.beta": (DIM,)}
    tensors = randomly(shapes)
    tensors["decoder.weight"] = tensors["transformer.embed.tok_embed.weight"]
    places = torch.arange(35.0).unsqueeze(1)
    angles = places * torch.exp(torch.arange(0.0, DIM, 2) * (-math.log(1e4) / DIM))
    positions = torch.zeros(1, 35, DIM)
    positions[0, :, 0::2], positions[0, :, 1::2] = angles.sin(), angles.cos()
    tensors["transformer.embed.pos_embed.pe"] = positions
    return tensors


def save(tensors: Tensors, folder: Path, name: str = "weights.pt") -> Path:
    path = folder / name
    torch.save({f"module.{key}": value for key, value in tensors.items()}, path)
    return path


def as_numbers(tensors: Tensors) -> reference.Weights:
    return {name: tensor.double().numpy() for name, tensor in tensors.items()}


def test_plus_rnn_computes_what_its_file_describes(tmp_path: Path) -> None:
    tensors = plus_rnn_file()
    model = load_plus_rnn(save(tensors, tmp_path))
    (protein,) = reference.random_proteins(6)
    weights = as_numbers(tensors)
    vectors = weights["embed.weight"][[0, *protein.tolist(), 0]]
    wanted = reference.bidirectional(vectors, reference.part(weights, "rnn"), 2)[1:-1]
    r, z = (part[0].detach() for part in model(collate([protein])))
    np.testing.assert_allclose(r, wanted, atol=1e-5)
    np.testing.assert_allclose(z, reference.linear(weights, "fc", wanted), atol=1e-5)
    scores = model.residue_scores(r).detach()
    wanted_scores = reference.linear(weights, "decoder", wanted)
    np.testing.assert_allclose(scores, wanted_scores, atol=1e-5)
    assert model.head is not None
    line = tensors["ordinal_weight"] * -2 + tensors["ordinal_bias"]
    assert torch.equal(model.head(torch.tensor([-2.0])), line)
    assert not model.training


def test_p_elmo_computes_what_its_file_describes(tmp_path: Path) -> None:
    tensors = p_elmo_file()
    path = save(tensors, tmp_path)
    model, language_model = load_p_elmo(path), load_p_elmo_lm(path)
    (protein,) = reference.random_proteins(6)
    weights = as_numbers(tensors)
    lm = reference.part(weights, "embedding.embed.lm")
    directions = []
    for residues in (protein.tolist(), protein.tolist()[::-1]):
        states = [lm["embed.weight"][[0, *residues[:-1]]]]
        for layer in range(2):
            part = reference.part(lm, f"rnn.{layer}")
            states.append(reference.lstm_layer(states[-1], part, "l0"))
        directions.append(states[1:])
    ahead, back = directions[0], [states[::-1] for states in directions[1]]
    stacked = np.hstack([ahead[0], back[0], ahead[1], back[1]])
    own = weights["embedding.embed.embed.weight"][protein.numpy() - 1]
    projected = reference.linear(weights, "embedding.embed.proj", stacked)
    lstm = reference.part(weights, "embedding.rnn")
    wanted = reference.bidirectional(np.maximum(own + projected, 0), lstm, 2)
    r, z = (part[0].detach() for part in model(collate([protein])))
    np.testing.assert_allclose(r, wanted, atol=1e-5)
    vectors = reference.linear(weights, "embedding.proj", wanted)
    np.testing.assert_allclose(z, vectors, atol=1e-5)
    assert model.head is not None
    line = tensors["scop_predict.theta"] * -2 + tensors["scop_predict.beta"]
    assert torch.equal(model.head(torch.tensor([-2.0])), line)
    scores = language_model(collate([protein]))[0].detach()
    wanted_scores = sum(
        reference.linear(lm, "linear", states) for states in (ahead[1], back[1])
    )
    np.testing.assert_allclose(scores, wanted_scores, atol=1e-5)


def test_what_p_elmo_has_besides_is_not_read(tmp_path: Path) -> None:
    besides = {
        "scop_predict.gap": torch.ones(1),
        **randomly(linear_shapes("cmap_predict.hidden", 2, 3)),
    }
    tensors = p_elmo_file()
    own = load_p_elmo(save(tensors, tmp_path, "own.pt")).state_dict()
    found = load_p_elmo(save({**tensors, **besides}, tmp_path)).state_dict()
    assert not differences(own, found)
    # It predicts no residues.
    assert not found["decoder.weight"].any()


@pytest.mark.parametrize("architecture", ["p-elmo", "p-elmo-lm"])
def test_p_elmo_is_an_encoder_like_any_other(tmp_path: Path, architecture: str) -> None:
    encoder = load_published(architecture, save(p_elmo_file(), tmp_path))
    assert encoder.architecture == architecture
    encoder.save(tmp_path / "kept")
    kept = load_pair_encoder(tmp_path / "kept")
    assert kept.architecture == architecture
    assert not differences(dict(encoder.tensors), dict(kept.tensors))
    (vectors,) = kept.embed(["ACDXW"], "sum")
    assert vectors.shape == (5, 2 * HIDDEN)


def block_by_names(tensors: Tensors, block: str, states: Tensor) -> Tensor:
    """One layer of PLUS-TFM from the file's tensors alone."""

    def apply(name: str, inputs: Tensor) -> Tensor:
        return linear(
            inputs, tensors[f"{block}.{name}.weight"], tensors[f"{block}.{name}.bias"]
        )

    def normalise(name: str, inputs: Tensor) -> Tensor:
        return normalise_by_names(tensors, f"{block}.{name}", inputs)

    queries, keys, values = (apply(f"attn.proj_{part}", states) for part in "qkv")
    heads = []
    for q, k, v in zip(
        *(part.chunk(HEADS, dim=1) for part in (queries, keys, values)), strict=True
    ):
        heads.append((q @ k.t() / math.sqrt(DIM / HEADS)).softmax(dim=1) @ v)
    states = normalise("norm1", states + apply("proj", torch.cat(heads, dim=1)))
    hidden = nn.functional.gelu(apply("pwff.fc1", states))
    return normalise("norm2", states + apply("pwff.fc2", hidden))


def normalise_by_names(tensors: Tensors, name: str, inputs: Tensor) -> Tensor:
    centred = inputs - inputs.mean(dim=1, keepdim=True)
    scaled = centred / inputs.std(dim=1, keepdim=True).sqrt()
    return scaled * tensors[f"{name}.gamma"] + tensors[f"{name}.beta"]


def test_plus_tfm_computes_what_its_file_describes(tmp_path: Path) -> None:
    tensors = plus_tfm_file()
    model = load_plus_tfm(save(tensors, tmp_path), heads=HEADS)
    tokens, segments = plus_tfm.join(*reference.random_proteins(4, 7))
    embed = "transformer.embed"
    states = (
        tensors[f"{embed}.tok_embed.weight"][tokens]
        + tensors[f"{embed}.seg_embed.weight"][segments]
        + tensors[f"{embed}.pos_embed.pe"][0, : len(tokens)]
    )
    states = normalise_by_names(tensors, f"{embed}.norm", states)
    for layer in range(2):
        states = block_by_names(tensors, f"transformer.blocks.{layer}", states)
    found = model(plus_tfm.collate([(tokens, segments)]))[0].detach()
    np.testing.assert_allclose(found, states, atol=1e-4)
    hidden = linear(states, tensors["fc_lm.weight"], tensors["fc_lm.bias"])
    hidden = normalise_by_names(tensors, "norm_lm", nn.functional.gelu(hidden))
    scores = linear(hidden, tensors["decoder.weight"], tensors["decoder_bias"])
    np.testing.assert_allclose(model.token_scores(found).detach(), scores, atol=1e-3)
    classes = linear(states, tensors["cls.weight"], tensors["cls.bias"])
    np.testing.assert_allclose(model.class_scores(found).detach(), classes, atol=1e-4)
    assert model.config.imitate_released_code
    assert not model.training


def test_sizes_are_read_off_the_weights(tmp_path: Path) -> None:
    rnn = load_plus_rnn(save(plus_rnn_file(), tmp_path))
    sizes = rnn.config.hidden_dim, rnn.config.layers, rnn.config.projection
    assert sizes == (HIDDEN, 2, PROJECTION)
    tfm = load_plus_tfm(save(plus_tfm_file(), tmp_path), HEADS, max_tokens=99)
    assert tfm.config == plus_tfm.PlusTfmConfig(
        DIM, 2, HEADS, FEED_FORWARD, max_tokens=99, imitate_released_code=True
    )


def test_heads_may_be_absent(tmp_path: Path) -> None:
    rnn, tfm = plus_rnn_file(), plus_tfm_file()
    for tensors in (rnn, tfm):
        for name in [name for name in tensors if name.startswith(("ordinal", "cls"))]:
            del tensors[name]
    assert load_plus_rnn(save(rnn, tmp_path)).head is None
    assert load_plus_tfm(save(tfm, tmp_path), HEADS).head is None


LOADERS = [
    (load_plus_rnn, plus_rnn_file),
    (lambda path: load_plus_tfm(path, HEADS), plus_tfm_file),
    (load_p_elmo_lm, p_elmo_file),
    (load_p_elmo, p_elmo_file),
]
EACH = pytest.mark.parametrize(
    ("load", "make"), LOADERS, ids=["plus_rnn", "plus_tfm", "p_elmo_lm", "p_elmo"]
)
Load = Callable[[Path], nn.Module]
Make = Callable[[], Tensors]


def refused(load: Load, tensors: Tensors, folder: Path) -> str:
    path = save(tensors, folder)
    found = complaint(load, path)
    assert str(path) in found
    return found


@EACH
def test_missing_weights_are_named(tmp_path: Path, load: Load, make: Make) -> None:
    for name in make():
        tensors = make()
        del tensors[name]
        found = refused(load, tensors, tmp_path)
        # Without what layers are counted by, the rest of the last layer is unknown.
        last = ("rnn.weight_ih_l1", "1.weight_ih_l0", "1.proj.weight")
        counted = name.endswith(last)
        rest = "has the unknown weights" if counted else f"lacks weights {name};"
        assert rest in found


@EACH
def test_unknown_weights_are_named(tmp_path: Path, load: Load, make: Make) -> None:
    tensors = make() | {f"extra.{number}": torch.ones(1) for number in range(7)}
    found = refused(load, tensors, tmp_path)
    names = ", ".join(f"extra.{number}" for number in range(5))
    assert f"has the unknown weights {names} and 2 more; take the weights" in found


@EACH
def test_weights_of_impossible_shape_are_named(
    tmp_path: Path, load: Load, make: Make
) -> None:
    for name, weights in make().items():
        tensors = make()
        tensors[name] = torch.cat([weights, weights], dim=-1)
        if name == "transformer.embed.tok_embed.weight":
            tensors["decoder.weight"] = tensors[name]
        found = refused(load, tensors, tmp_path)
        assert (
            "has shape" in found or "is not sinus" in found or "differs from" in found
        )


@EACH
def test_networks_are_not_taken_for_each_other(
    tmp_path: Path, load: Load, make: Make
) -> None:
    for _, other in LOADERS:
        if other is not make:
            assert "lacks weights" in refused(load, other(), tmp_path)


def test_learned_positions_and_a_last_layer_of_its_own_are_refused(
    tmp_path: Path,
) -> None:
    load, tensors = LOADERS[1][0], plus_tfm_file()
    tensors["transformer.embed.pos_embed.pe"][0, 7, 3] += 0.01
    message = "'transformer.embed.pos_embed.pe' is not sinusoidal"
    assert message in refused(load, tensors, tmp_path)
    tensors = plus_tfm_file()
    tensors["decoder.weight"] = tensors["decoder.weight"] + 1
    assert "'decoder.weight' differs from" in refused(load, tensors, tmp_path)


def test_positions_of_the_longest_published_network_pass(tmp_path: Path) -> None:
    """Single precision moves far positions, as it did where they were published."""
    tensors = plus_tfm_file()
    places = torch.arange(5003.0).unsqueeze(1)
    angles = places * torch.exp(torch.arange(0.0, DIM, 2) * (-math.log(1e4) / DIM))
    positions = torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)
    tensors["transformer.embed.pos_embed.pe"] = positions.unsqueeze(0)
    model = load_plus_tfm(save(tensors, tmp_path), HEADS)
    assert model.config == replace(model.config, max_tokens=512)


# Models as they were pre-trained


def wider_plus_tfm_file(monkeypatch: pytest.MonkeyPatch) -> Tensors:
    """A file whose vectors can be shared by the twelve heads of the published one."""
    monkeypatch.setitem(globals(), "DIM", 24)
    return plus_tfm_file()


def test_published_models_are_read_with_their_heads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rnn = load_published("plus-rnn", save(plus_rnn_file(), tmp_path))
    tfm = load_published("plus-tfm", save(wider_plus_tfm_file(monkeypatch), tmp_path))
    for encoder, kind in ((rnn, PlusRnn), (tfm, plus_tfm.PlusTfm)):
        assert isinstance(encoder.network, kind)
        assert encoder.network.head is not None
        assert (encoder.training, encoder.trained_on) == ({}, {})
    assert (rnn.architecture, tfm.architecture) == ("plus-rnn", "plus-tfm")
    assert tfm.network.config.heads == 12
    assert tfm.network.config.imitate_released_code


def with_head_of(
    outputs: int, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> Tensors:
    """A file whose head has so many outputs; 0 for none."""
    tensors = wider_plus_tfm_file(monkeypatch)
    head = linear_shapes("cls", DIM, outputs)
    if architecture == "plus-rnn":
        tensors = plus_rnn_file()
        head = {"ordinal_weight": (1, outputs), "ordinal_bias": (outputs,)}
    for name in head:
        del tensors[name]
    return {**tensors, **(randomly(head) if outputs else {})}


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm"])
def test_weights_without_a_head_are_read_and_kept_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, architecture: str
) -> None:
    path = save(with_head_of(0, architecture, monkeypatch), tmp_path)
    encoder = load_published(architecture, path)
    encoder.save(tmp_path / "kept")
    kept = load_pair_encoder(tmp_path / "kept")
    assert not encoder.compares
    assert not kept.compares
    own, other = encoder.tensors, kept.tensors
    assert own.keys() == other.keys()
    assert all(torch.equal(own[name], other[name]) for name in own)


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm"])
def test_fine_tuning_starts_alike_with_and_without_a_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, architecture: str
) -> None:
    def network_of(outputs: int) -> nn.Module:
        path = save(with_head_of(outputs, architecture, monkeypatch), tmp_path)
        start = load_published(architecture, path)
        torch.manual_seed(1)
        return new_network(architecture, {}, start, contacts=False)

    whole, headless = network_of(1 if architecture == "plus-rnn" else 2), network_of(0)
    assert not differences(whole.state_dict(), headless.state_dict())


def differences(one: Tensors, other: Tensors) -> set[str]:
    """Names of weights that are not in both, or not the same."""
    names = one.keys() | other.keys()
    both = one.keys() & other.keys()
    return names - {name for name in both if torch.equal(one[name], other[name])}


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm"])
def test_a_network_with_another_head_is_no_pre_trained_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, architecture: str
) -> None:
    path = save(with_head_of(4, architecture, monkeypatch), tmp_path)
    message = "has a head for another task than same family prediction"
    assert message in complaint(load_published, architecture, path)
