import hashlib
import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from protlang.alphabet import RESIDUES
from protlang.encoders.elmo import (
    LISTS_WORDS,
    ElmoEncoder,
    bilm_options,
    export_bilm,
    export_checkpoint,
    load_checkpoint,
)
from protlang.encoders.registry import load_elmo
from protlang.files import file_hash
from protlang.formats import bilm, bilm_checkpoint
from protlang.models.elmo import Elmo, ElmoConfig, residue_tokens
from protlang.models.elmo_inference import ElmoInference
from support.elmo_models import TRAINING
from support.errors import complaint
from support.pickles import Bomb

TINY = replace(
    ElmoConfig.seqvec(),
    character_dim=3,
    filters=((1, 4), (2, 5)),
    projection=6,
    lstm_dim=7,
    cell_clip=2.5,
    projection_clip=1.5,
    dropout=0.2,
    layers=3,
    skip_connections=False,
    max_characters=12,
    highway_layers=1,
)


def make_encoder(config: ElmoConfig = TINY) -> ElmoEncoder:
    """Its weights are all distinct from what initialisation gives, biases included."""
    torch.manual_seed(0)
    model = Elmo(config)
    for weights in model.parameters():
        torch.nn.init.normal_(weights)
    return ElmoEncoder(model, TRAINING)


def assert_same_weights(found: Elmo, expected: Elmo, softmax: bool = True) -> None:
    wanted = {
        name: weights
        for name, weights in expected.state_dict().items()
        if softmax or not name.startswith("softmax")
    }
    assert found.state_dict().keys() == wanted.keys()
    for name, weights in found.state_dict().items():
        assert weights.dtype == torch.float32
        assert weights.numpy().tobytes() == wanted[name].numpy().tobytes(), name


def change_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    make_encoder().save(tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    export_bilm(make_encoder(), tmp_path / "pair")
    return tmp_path / "pair"


def test_an_own_encoder_comes_back_bit_by_bit(tmp_path: Path) -> None:
    encoder = make_encoder(replace(TINY, letters=RESIDUES[::-1]))
    encoder.save(tmp_path)
    found = load_elmo(tmp_path)
    assert found.network.config == encoder.network.config
    assert found.training == TRAINING
    assert list(found.training) == list(TRAINING)
    assert_same_weights(found.network, encoder.network)


def test_a_pair_comes_back_bit_by_bit_without_softmax(pair: Path) -> None:
    encoder, found = make_encoder(), load_elmo(pair)
    assert found.network.softmax is None
    assert found.network.config == encoder.network.config
    assert found.training == TRAINING
    assert_same_weights(found.network, encoder.network, softmax=False)


def test_every_way_around_gives_equal_files(pair: Path, tmp_path: Path) -> None:
    load_elmo(pair).save(tmp_path / "own")
    export_bilm(load_elmo(tmp_path / "own"), tmp_path / "back")
    for name in ("options.json", "weights.hdf5"):
        assert file_hash(tmp_path / "back" / name) == file_hash(pair / name)


def test_an_encoder_without_softmax_can_be_saved(pair: Path, tmp_path: Path) -> None:
    load_elmo(pair).save(tmp_path / "own")
    found = load_elmo(tmp_path / "own")
    assert found.network.softmax is None
    assert_same_weights(found.network, make_encoder().network, softmax=False)


@pytest.mark.parametrize("form", ["own", "pair"])
def test_loaded_encoders_encode_like_the_one_saved(
    form: str, request: pytest.FixtureRequest
) -> None:
    proteins = [residue_tokens("MKVX"), residue_tokens("W")]
    expected, _ = ElmoInference(make_encoder().network).encode(proteins)
    loaded = load_elmo(request.getfixturevalue(form)).network
    found, _ = ElmoInference(loaded).encode(proteins)
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("form", ["own", "pair"])
def test_loaded_models_are_in_evaluation_mode_and_can_be_trained(
    form: str, request: pytest.FixtureRequest
) -> None:
    model = load_elmo(request.getfixturevalue(form)).network
    assert not model.training
    assert all(weights.requires_grad for weights in model.parameters())


def test_the_published_options_are_exported_to_the_byte() -> None:
    options = bilm_options(ElmoConfig.seqvec(), TRAINING)
    written = bilm.options_text(options).encode()
    digest = hashlib.md5(written, usedforsecurity=False).hexdigest()
    assert digest == "cede355187778de3ac302a83c761f5f9"


def test_an_encoder_from_a_pair_cannot_be_trained(pair: Path) -> None:
    model = load_elmo(pair).network
    tokens, state = torch.zeros(2, 1, 3, dtype=torch.long), model.zero_state(1)
    assert "has no softmax" in complaint(model, tokens, state)


def test_a_folder_with_neither_form_is_named(tmp_path: Path) -> None:
    message = complaint(load_elmo, tmp_path)
    assert "it needs config.json and model.safetensors, or options.json" in message


def test_a_folder_with_both_forms_is_ambiguous(own: Path) -> None:
    export_bilm(make_encoder(), own)
    assert "holds both config.json and options.json" in complaint(load_elmo, own)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"options": {"layers": 2}}, "KeyError('filters')"),
        ({"options": {"filters": [[1, 2]], "depth": 2}}, "'depth'"),
        ({"training": 3}, "TypeError"),
    ],
)
def test_a_wrong_description_is_named(
    own: Path, changes: dict[str, Any], words: str
) -> None:
    change_config(own, **changes)
    assert words in complaint(load_elmo, own)


def test_impossible_options_name_their_file(own: Path, pair: Path) -> None:
    description = json.loads((own / "config.json").read_text())
    change_config(own, options=description["options"] | {"dropout": 1.5})
    assert "option dropout is 1.5" in complaint(load_elmo, own)
    path = pair / "options.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"dropout": 1.5}))
    assert "option dropout is 1.5" in complaint(load_elmo, pair)


@pytest.mark.parametrize(
    ("form", "name"), [("own", "model.safetensors"), ("pair", "weights.hdf5")]
)
def test_nothing_is_unpickled(
    form: str, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(form)
    (folder / name).write_bytes(pickle.dumps(Bomb(Path.touch, tmp_path / "exploded")))
    assert str(folder / name) in complaint(load_elmo, folder)
    assert not (tmp_path / "exploded").exists()


def test_weights_that_are_not_float32_are_not_exported(tmp_path: Path) -> None:
    encoder = make_encoder()
    encoder.network.double()
    assert "is float64, not float32" in complaint(export_bilm, encoder, tmp_path)


def test_a_checkpoint_comes_back_bit_by_bit_with_its_softmax(tmp_path: Path) -> None:
    """The rows of the softmax stand for the letters in the encoder's own order."""
    encoder = make_encoder(replace(TINY, letters=RESIDUES[::-1]))
    export_checkpoint(encoder, tmp_path / "checkpoint.tar.gz")
    found = load_checkpoint(tmp_path / "checkpoint.tar.gz")
    assert found.network.config == encoder.network.config
    assert found.training == {**TRAINING, LISTS_WORDS: True}
    assert found.trained_on == {}
    assert_same_weights(found.network, encoder.network)


def test_marks_may_stand_anywhere_in_a_vocabulary(tmp_path: Path) -> None:
    """Rows are put in our order; bilm-tf takes marks in small letters."""
    encoder, path = make_encoder(), tmp_path / "checkpoint.tar.gz"
    export_checkpoint(encoder, path)
    checkpoint = bilm_checkpoint.read(path)
    words = [*RESIDUES, "<unk>", "</s>", "<s>"]
    vocabulary = encoder.network.config.vocabulary
    order = [vocabulary.index(word.upper()) for word in words]
    softmax = {name: one[order] for name, one in checkpoint.softmax.items()}
    bilm_checkpoint.write(path, replace(checkpoint, softmax=softmax, words=words))
    found = load_checkpoint(path)
    assert found.network.config.letters == RESIDUES
    assert_same_weights(found.network, encoder.network)


def test_words_whose_order_is_unknown_are_recorded(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.tar.gz"
    export_checkpoint(make_encoder(), path)
    bilm_checkpoint.write(path, replace(bilm_checkpoint.read(path), words=()))
    found = load_checkpoint(path)
    assert found.training[LISTS_WORDS] is False
    assert_same_weights(found.network, make_encoder().network)


def test_a_checkpoint_of_other_words_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.tar.gz"
    export_checkpoint(make_encoder(), path)
    checkpoint = bilm_checkpoint.read(path)
    words = [*checkpoint.words[:-1], "the"]
    bilm_checkpoint.write(path, replace(checkpoint, words=words))
    message = complaint(load_checkpoint, path)
    assert (
        "lists other words than the 25 residues and <S>, </S>, <UNK> (THE)" in message
    )


def test_a_simulated_checkpoint_stays_marked(tmp_path: Path) -> None:
    encoder, path = make_encoder(), tmp_path / "checkpoint.tar.gz"
    encoder.trained_on = {"simulated": True}
    export_checkpoint(encoder, path)
    assert load_checkpoint(path).trained_on["simulated"]


def test_an_encoder_without_softmax_has_no_checkpoint(
    pair: Path, tmp_path: Path
) -> None:
    message = complaint(export_checkpoint, load_elmo(pair), tmp_path / "a.tar.gz")
    assert "has no softmax" in message
