from pathlib import Path

import numpy as np
import pytest
import torch

from protlang.encoders.elmo import ElmoEncoder, export_bilm
from protlang.encoders.encoder import Encoder
from protlang.encoders.folder import OWN_FILES, encoder_hash
from protlang.encoders.protvec import ProtVecEncoder
from protlang.encoders.registry import copy_encoder, load_elmo, prepared_encoder
from protlang.encoders.settings import EncoderSettings, chosen_device
from protlang.errors import ProtlangError
from protlang.models.elmo import Elmo, residue_tokens
from protlang.models.elmo_inference import ElmoInference
from protlang.models.protvec import ProtVec
from support.elmo_models import TINY

SEQUENCES = ["MKVLXUOBZ", "M", "ACDEFGHIKLMNPQRSTVWY"]
CPU = EncoderSettings(device="cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny ELMo in protlang's form."""
    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("encoders") / "tiny"
    ElmoEncoder(Elmo(TINY, with_softmax=False)).save(path)
    return path


@pytest.fixture(scope="module")
def elmo(folder: Path) -> Encoder:
    return prepared_encoder(folder, CPU)


def inference(folder: Path) -> ElmoInference:
    return ElmoInference(load_elmo(folder).network)


def test_the_sum_is_that_of_all_layers(elmo: Encoder) -> None:
    """Published definition: an embedding is the sum of the three layers."""
    everything = elmo.embed(SEQUENCES, "all")
    for sequence, layers, total in zip(
        SEQUENCES, everything, elmo.embed(SEQUENCES, "sum"), strict=True
    ):
        number, dimension = elmo.layers["all"]
        assert layers.shape == (number, len(sequence), dimension)
        assert total.shape == (len(sequence), *elmo.layers["sum"])
        np.testing.assert_allclose(total, layers.sum(axis=0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_one_layer_is_that_of_all(elmo: Encoder, layer: int) -> None:
    everything = elmo.embed(SEQUENCES, "all")
    for layers, one in zip(everything, elmo.embed(SEQUENCES, str(layer)), strict=True):
        np.testing.assert_array_equal(one, layers[layer])


@pytest.mark.parametrize("layers", ["sum", "all", "1"])
def test_vectors_are_float32_and_own_their_memory(elmo: Encoder, layers: str) -> None:
    for vectors in elmo.embed(SEQUENCES, layers):
        assert vectors.dtype == np.float32
        assert vectors.flags.c_contiguous


def test_the_start_state_is_as_requested(folder: Path) -> None:
    model = inference(folder)
    proteins = [residue_tokens(sequence) for sequence in SEQUENCES]
    expected = {
        "zero": model.encode(proteins)[0],
        "warm": model.encode(proteins, model.warm_state())[0],
    }
    for start_state, vectors in expected.items():
        settings = EncoderSettings(start_state, device="cpu")
        embedder = prepared_encoder(folder, settings)
        assert embedder.facts["start_state"] == start_state
        for found, wanted in zip(
            embedder.embed(SEQUENCES, "all"), vectors, strict=True
        ):
            np.testing.assert_array_equal(found, wanted.numpy())
    assert not torch.equal(expected["zero"][0], expected["warm"][0])


def test_lower_precision_is_close_and_reported(folder: Path, elmo: Encoder) -> None:
    rough = prepared_encoder(
        folder, EncoderSettings(precision="bfloat16", device="cpu")
    )
    assert rough.facts["precision"] == "bfloat16"
    for coarse, fine in zip(
        rough.embed(SEQUENCES, "sum"), elmo.embed(SEQUENCES, "sum"), strict=True
    ):
        assert not np.array_equal(coarse, fine)
        np.testing.assert_allclose(coarse, fine, atol=0.05)


def test_a_published_pair_embeds_the_same(tmp_path: Path, folder: Path) -> None:
    pair = tmp_path / "pair"
    export_bilm(load_elmo(folder), pair)
    own, published = prepared_encoder(folder, CPU), prepared_encoder(pair, CPU)
    for ours, theirs in zip(
        own.embed(SEQUENCES, "sum"), published.embed(SEQUENCES, "sum"), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    assert published.facts["encoder"] == "pair"


@pytest.mark.parametrize("is_pair", [False, True])
def test_a_copy_is_the_same_encoder_in_our_own_form(
    tmp_path: Path, folder: Path, is_pair: bool
) -> None:
    source = tmp_path / "pair" if is_pair else folder
    if is_pair:
        export_bilm(load_elmo(folder), source)
    copy_encoder(source, tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == list(
        OWN_FILES
    )
    copied = load_elmo(tmp_path / "copy").tensors
    for name, weights in load_elmo(folder).tensors.items():
        assert torch.equal(copied[name], weights)


def test_facts_name_all_that_determines_the_vectors(folder: Path) -> None:
    facts = prepared_encoder(folder, CPU, "my-elmo").facts
    assert facts == {
        "encoder": "my-elmo",
        "encoder_sha256": encoder_hash(folder),
        "start_state": "warm",
        "precision": "float32",
        "kernel": inference(folder).kernel,
        "device": f"cpu {torch.backends.cpu.get_cpu_capability()}",
        "torch_version": str(torch.__version__),
    }
    assert {type(fact) for fact in facts.values()} == {str}


def test_protvec_is_an_encoder_of_one_layer(tmp_path: Path) -> None:
    vectors = np.array([[1, 2], [3, 4], [5, 6]], dtype=np.float32)
    ProtVecEncoder(ProtVec(("MKV", "KVL", "<unk>"), vectors)).save(tmp_path)
    embedder = prepared_encoder(tmp_path, CPU, "protvec")
    assert embedder.layers == {"sum": (2,), "all": (1, 2), "0": (2,)}
    assert embedder.facts["encoder_sha256"] == encoder_hash(tmp_path)
    (found,) = embedder.embed(["MKVL"], "sum")
    assert found.tolist() == [[5, 6], [1, 2], [3, 4], [5, 6]]
    (layers,) = embedder.embed(["MKVL"], "all")
    assert layers.tolist() == [found.tolist()]
    assert embedder.embed(["M"], "0")[0].tolist() == [[5, 6]]


@pytest.mark.parametrize(
    "wrong", [{"start_state": "hot"}, {"precision": "int8"}, {"device": "tpu"}]
)
def test_impossible_settings_are_reported(wrong: dict[str, str]) -> None:
    (option,) = wrong
    with pytest.raises(ProtlangError, match=f"option {option} is"):
        EncoderSettings(**wrong)


def test_auto_is_a_gpu_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert chosen_device("auto") == "cuda"
    assert chosen_device("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert chosen_device("auto") == "cpu"
    with pytest.raises(ProtlangError, match="finds no GPU here; use device=cpu"):
        chosen_device("cuda")


def test_memory_covers_at_least_what_is_given_back(folder: Path) -> None:
    elmo = prepared_encoder(folder, CPU)
    for layers in ("sum", "all"):
        (vectors,) = elmo.embed(["MKVL"], layers)
        assert elmo.memory(4, layers) >= vectors.nbytes
