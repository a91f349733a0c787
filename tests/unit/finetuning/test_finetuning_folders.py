"""Models on disk say what they said before they were written."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from protlang.encoders.plus import architecture
from protlang.encoders.plus_folders import load_plus, save_plus
from protlang.errors import ProtlangError
from protlang.finetuning.finetuning_folders import (
    FineTunedModel,
    load_finetuned,
    save_finetuned,
)
from protlang.finetuning.network import FineTuned, Start, StoredVectors
from protlang.finetuning.predictions import predict
from protlang.proteins import Protein
from protlang.tasks.registry import TASKS
from protlang.tasks.secondary_structure import SECONDARY_STRUCTURE
from protlang.tasks.stability import STABILITY
from support.finetuning import ALONE, encoder, model, with_values

FACTS = {"seed": 3, "updates": 12}


def saved(folder: Path, network: FineTuned) -> Path:
    save_finetuned(FineTunedModel(network, FACTS), folder)
    return folder


@pytest.mark.parametrize(
    ("kind", "pooling"),
    [
        ("plus-rnn", "attention"),
        ("plus-rnn", "sum"),
        ("plus-tfm", "attention"),
        ("p-elmo", "attention"),
        ("embeddings", "attention"),
    ],
)
def test_a_model_that_is_read_back_predicts_the_same(
    tmp_path: Path, kind: str, pooling: str
) -> None:
    facts = {"encoder": "seqvec", "layers": np.int64(3)}
    start: Start = StoredVectors(4, facts) if kind == "embeddings" else encoder(kind)
    network = model(STABILITY, start, pooling=pooling, vectors="z", **ALONE)
    rng = np.random.default_rng(0)
    proteins = [
        Protein(
            protein.id,
            protein.sequence,
            embedding=rng.normal(size=(len(protein.sequence), 4)).astype(np.float32),
        )
        for protein in with_values(4)
    ]
    found = load_finetuned(saved(tmp_path, network), TASKS)
    assert not found.network.training
    assert found.facts == FACTS
    assert found.network.settings == network.settings
    assert found.network.start.description() == network.start.description()
    assert list(predict(found.network, proteins)) == list(predict(network, proteins))


def test_equal_models_are_equal_bytes(tmp_path: Path) -> None:
    folders = [
        saved(tmp_path / name, model(SECONDARY_STRUCTURE)) for name in ("a", "b")
    ]
    for file in ("config.json", "model.safetensors"):
        first, second = ((folder / file).read_bytes() for folder in folders)
        assert first == second


def test_what_is_missing_or_damaged_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="does not exist; train"):
        load_finetuned(tmp_path, TASKS)
    folder = saved(tmp_path, model(STABILITY))
    with pytest.raises(ProtlangError, match="describes no fine-tuned model"):
        load_finetuned(folder, {})
    config = folder / "config.json"
    described = json.loads(config.read_text())
    described["settings"]["hidden_dim"] = 9
    config.write_text(json.dumps(described))
    with pytest.raises(ProtlangError, match=r"does not fit config\.json"):
        load_finetuned(folder, TASKS)


def test_p_elmos_encoder_has_a_folder_like_the_others(tmp_path: Path) -> None:
    start = encoder("p-elmo")
    save_plus(start, tmp_path)
    found = load_plus(tmp_path)
    assert found.description() == start.description()
    assert found.description()["model"]["language_model"]["hidden_dim"] == 4
    for name, weights in start.network.state_dict().items():
        assert torch.equal(found.network.state_dict()[name], weights)
    with pytest.raises(ProtlangError, match="no architecture 'p-elmo'"):
        architecture("p-elmo")  # nothing pre-trains it on Pfam
