"""Networks to fine-tune: what they begin with, and that they come back from disk."""

import json
from pathlib import Path

import pytest
import torch

from protlang.encoders.registry import load_pair_encoder, pair_encoder
from protlang.errors import ProtlangError
from protlang.homology.network import load_homology, new_network
from support.finetuning import encoder
from support.pairs import SIZES, tiny_network


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm"])
def test_all_but_the_head_begins_as_it_was_encoder(architecture: str) -> None:
    source = encoder(architecture)
    network = new_network(architecture, {}, source, contacts=False).encoder
    own, theirs = network.state_dict(), source.network.state_dict()
    assert own.keys() == theirs.keys()
    for name in own:
        if name.startswith("head."):
            assert own[name].shape != theirs[name].shape
        else:
            assert torch.equal(own[name], theirs[name]), name


def test_p_elmo_begins_with_its_language_model() -> None:
    source = encoder("p-elmo-lm")
    options = {"input_dim": 5, "hidden_dim": 3, "layers": 1}
    network = new_network("p-elmo", options, source, contacts=True).encoder
    weights = network.language_model.state_dict()
    assert network.config.language_model == source.network.config
    for name, theirs in source.network.state_dict().items():
        assert torch.equal(weights[name], theirs), name
    assert not any(p.requires_grad for p in network.language_model.parameters())


def test_a_transformer_keeps_its_normalisation_and_may_read_longer_pairs() -> None:
    options = {**SIZES["plus-tfm"], "imitate_released_code": True}
    source = pair_encoder("plus-tfm").new(options)
    network = new_network("plus-tfm", {"max_tokens": 5003}, source, contacts=False)
    assert network.encoder.config.max_tokens == 5003
    assert network.encoder.config.imitate_released_code


@pytest.mark.parametrize("imitate", [True, False])
def test_slopes_may_become_negative_only_as_released(imitate: bool) -> None:
    network = new_network("plus-rnn", {}, encoder("plus-rnn"), False, imitate)
    head = network.encoder.head
    with torch.no_grad():
        head.weight.fill_(-1)
    head.keep_increasing()
    assert (head.weight < 0).all() == imitate


@pytest.mark.parametrize("architecture", SIZES)
def test_a_network_comes_back_from_its_folder(
    tmp_path: Path, architecture: str
) -> None:
    network = tiny_network(architecture, contacts=architecture != "plus-tfm")
    network.start.training, network.start.trained_on = {"a": 1}, {"domains": 2}
    network.save(tmp_path)
    loaded = load_homology(tmp_path)
    assert loaded.start.description == network.start.description
    assert loaded.start.training == {"a": 1}
    assert loaded.encoder.config == network.encoder.config
    assert not loaded.training
    weights = loaded.state_dict()
    assert weights.keys() == network.state_dict().keys()
    for name, expected in network.state_dict().items():
        assert torch.equal(weights[name], expected)


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm", "p-elmo"])
def test_the_encoder_within_it_can_be_read_alone(
    tmp_path: Path, architecture: str
) -> None:
    network = tiny_network(architecture, contacts=architecture == "p-elmo")
    network.start.training = {"a": 1}
    network.save(tmp_path)
    loaded = load_pair_encoder(tmp_path)
    assert (loaded.architecture, loaded.training) == (architecture, {"a": 1})
    for name, weights in loaded.tensors.items():
        assert torch.equal(weights, network.encoder.state_dict()[name])


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="no architecture 'bert'"):
        new_network("bert", {}, None, contacts=False)
    with pytest.raises(ProtlangError, match="give one of plus-rnn"):
        new_network("plus-rnn", {}, encoder("plus-tfm"), contacts=False)
    with pytest.raises(ProtlangError, match="give one of nothing"):
        new_network("embeddings", {}, encoder("plus-rnn"), contacts=False)
    with pytest.raises(ProtlangError, match="does not fit the requested sizes"):
        new_network("plus-rnn", {"hidden_dim": 4}, encoder("plus-rnn"), False)
    with pytest.raises(ProtlangError, match="no vectors z to predict contact maps"):
        new_network("plus-tfm", {}, None, contacts=True)


def test_damaged_folders_are_reported(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="does not exist"):
        load_homology(tmp_path)
    tiny_network("plus-rnn").save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "contacts": True}))
    with pytest.raises(ProtlangError, match=r"does not fit config\.json"):
        load_homology(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({**config, "task": "other"}))
    with pytest.raises(ProtlangError, match="describes no model of homology"):
        load_homology(tmp_path)
