"""Encoder and head against the encoder's own outputs, and their folders."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from protlang.encoders.encoder import PairEncoder
from protlang.encoders.masking import RNN_MASK, TFM_MASK
from protlang.encoders.stored import StoredEncoder
from protlang.errors import ProtlangError
from protlang.finetuning.network import FineTuned, load_finetuned, untrained
from protlang.finetuning.predictions import predict
from protlang.models import plus_tfm
from protlang.models.p_elmo import PElmo
from protlang.models.plus_rnn import PlusRnn
from protlang.models.plus_tfm import PlusTfm
from protlang.models.tokens import collate, residue_tokens
from protlang.proteins import Protein
from protlang.tasks.plus import (
    LOCALIZATION,
    SECONDARY_STRUCTURE,
    SOLUBILITY,
    STABILITY,
    TASKS,
)
from protlang.tasks.task import SupervisedTask
from support.finetuning import ALONE, encoder, model, sequences, with_values

PROTEINS = [
    Protein(f"p{place}", text) for place, text in enumerate(sequences(6, high=62))
]
PART = 20  # residues of one input of the tiny PLUS-TFM


def alone(network: Any, protein: Protein) -> Tensor:
    """Vectors r and z of one protein as its encoder makes them, (2, residues, ...)."""
    batch = collate([residue_tokens(protein.sequence)])
    r, z = network(batch)
    return torch.cat([r[0], z[0]], dim=1)


def states(network: PlusTfm, residues: str) -> Tensor:
    return network(plus_tfm.collate([plus_tfm.join(residue_tokens(residues))]))[0]


def close(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("architecture", ["plus-rnn", "p-elmo"])
@pytest.mark.parametrize("vectors", ["r", "z"])
def test_residues_are_scored_in_order_from_their_own_vectors(
    architecture: str, vectors: str
) -> None:
    start = encoder(architecture)
    tuned = model(SECONDARY_STRUCTURE, start, vectors=vectors, **ALONE)
    network = start.network
    assert isinstance(network, PlusRnn | PElmo)
    dim = network.projection.in_features
    with torch.no_grad():
        expected = []
        for protein in PROTEINS:
            both = alone(network, protein)
            expected.append(
                tuned.head(both[:, :dim] if vectors == "r" else both[:, dim:])
            )
        found = tuned([tuned.example(protein) for protein in PROTEINS]).scores
    assert close(found, torch.cat(expected))


def softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max())
    return np.asarray(powers / powers.sum())


@pytest.mark.parametrize("pooling", ["attention", "sum"])
def test_residues_are_pooled_by_attention_or_summed(pooling: str) -> None:
    tuned = model(SOLUBILITY, pooling=pooling)
    weights = {name: part.numpy() for name, part in tuned.head.state_dict().items()}
    with torch.no_grad():
        found = tuned([tuned.example(protein) for protein in PROTEINS]).scores.numpy()
        vectors = [alone(tuned.start.network, p)[:, :12].numpy() for p in PROTEINS]
    for scores, r in zip(found, vectors, strict=True):
        attention = softmax(r @ weights["attention.weight"][0])
        pooled = r.sum(axis=0) if pooling == "sum" else attention @ r
        inner = weights["head.hidden.weight"] @ pooled + weights["head.hidden.bias"]
        outer = weights["head.output.weight"] @ np.maximum(inner, 0)
        expected = outer + weights["head.output.bias"]
        np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_the_transformer_reads_residues_in_parts_and_joins_them() -> None:
    tuned = model(SECONDARY_STRUCTURE, encoder("plus-tfm"))
    lengths = {len(protein.sequence) for protein in PROTEINS}
    assert max(lengths) > 2 * PART  # three parts
    assert min(lengths) < PART
    with torch.no_grad():
        found = tuned([tuned.example(protein) for protein in PROTEINS]).scores
        parts = [
            states(tuned.start.network, protein.sequence[start : start + PART])[1:-1]
            for protein in PROTEINS
            for start in range(0, len(protein.sequence), PART)
        ]
        expected = tuned.head(torch.cat(parts))
    assert len(found) == sum(len(protein.sequence) for protein in PROTEINS)
    assert close(found, expected)


def test_the_transformer_predicts_whole_proteins_from_their_first_residues() -> None:
    tuned = model(SOLUBILITY, encoder("plus-tfm"))
    with torch.no_grad():
        found = tuned([tuned.example(protein) for protein in PROTEINS]).scores
        first = [
            states(tuned.start.network, protein.sequence[:PART])[0]
            for protein in PROTEINS
        ]
        expected = tuned.head(torch.stack(first))
    assert close(found, expected)


def stored(task: SupervisedTask, protein: Protein, channels: int = 3) -> Tensor:
    tuned = model(task, StoredEncoder.of_vectors(channels, {}), **ALONE)
    with torch.no_grad():
        scores: Tensor = tuned([tuned.example(protein)]).scores
    return scores


def test_stored_vectors_are_those_of_the_residues_that_are_read() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(1200, 3)).astype(np.float16)
    long = Protein("long", "A" * 1200, embedding=vectors)
    changed = vectors.copy()
    changed[500:700] = 9
    other = Protein("other", "A" * 1200, embedding=changed)
    assert torch.equal(stored(LOCALIZATION, long), stored(LOCALIZATION, other))
    assert not torch.equal(stored(STABILITY, long), stored(STABILITY, other))


def test_vectors_that_are_missing_or_another_encoders_are_reported() -> None:
    with pytest.raises(ProtlangError, match="p has no embedding"):
        stored(STABILITY, Protein("p", "ACD"))
    vectors = np.zeros((3, 5), dtype=np.float32)
    with pytest.raises(ProtlangError, match="have 5 numbers, but this model reads 3"):
        stored(STABILITY, Protein("p", "ACD", embedding=vectors))


@pytest.mark.parametrize(
    ("architecture", "mask", "longest"),
    [("plus-rnn", RNN_MASK, 1000), ("plus-tfm", TFM_MASK, PART)],
)
def test_residues_are_masked_in_each_input_by_itself(
    architecture: str, mask: int, longest: int
) -> None:
    tuned = model(SECONDARY_STRUCTURE, encoder(architecture))
    protein = Protein("p", sequences(1, low=45, high=46)[0])
    whole = tuned.example(protein)
    masked = tuned.mask(whole, np.random.default_rng(0))
    inputs = [min(longest, 45 - start) for start in range(0, 45, longest)]
    assert len(masked.positions) == sum(int(0.15 * length) for length in inputs)
    assert (masked.targets == whole.tokens[masked.positions]).all()
    others = np.setdiff1d(np.arange(45), masked.positions)
    assert (masked.tokens[others] == whole.tokens[others]).all()
    assert mask in masked.tokens
    assert not len(whole.positions)


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm"])
def test_masked_residues_are_predicted_where_they_stand(architecture: str) -> None:
    tuned = model(SECONDARY_STRUCTURE, encoder(architecture))
    rng = np.random.default_rng(3)
    examples = [tuned.mask(tuned.example(protein), rng) for protein in PROTEINS]
    network = tuned.start.network
    expected = []
    with torch.no_grad():
        found_masked = tuned(examples, predict_masked=True).masked
        for example in examples:
            tokens = torch.from_numpy(example.tokens).long()
            for place, target in zip(example.positions, example.targets, strict=True):
                if isinstance(network, PlusRnn):
                    r = network(collate([tokens])).r
                    scores = network.residue_scores(r[0, place])
                else:
                    part = tokens[place // PART * PART :][:PART]
                    found = network(plus_tfm.collate([plus_tfm.join(part)]))
                    scores = network.token_scores(found[0, 1 + place % PART])
                expected.append(-scores.log_softmax(dim=0)[target].item())
    np.testing.assert_allclose(found_masked.losses.numpy(), expected, atol=1e-5)
    assert len(expected) > 10


def test_a_frozen_encoder_has_neither_gradient_nor_dropout() -> None:
    tuned = model(SOLUBILITY, encoder("plus-tfm"), frozen=True, **ALONE)
    examples = [tuned.example(protein) for protein in PROTEINS]
    tuned.train()
    assert not tuned.reader.training
    assert tuned.head.training
    answer = tuned(examples)
    torch.autograd.backward(answer.scores.sum())
    assert all(p.grad is None for p in tuned.reader.parameters())
    assert all(p.grad is not None for p in tuned.head.parameters())


def test_an_encoder_that_learns_leaves_p_elmos_language_model_frozen() -> None:
    tuned = model(SOLUBILITY, encoder("p-elmo"), **ALONE).train()
    torch.autograd.backward(tuned([tuned.example(PROTEINS[0])]).scores.sum())
    network = tuned.start.network
    assert isinstance(network, PElmo)
    assert all(p.grad is None for p in network.language_model.parameters())
    assert network.lstm.weight_hh_l0.grad is not None


def test_without_pretraining_sizes_stay_and_weights_do_not() -> None:
    for architecture in ("plus-rnn", "plus-tfm", "p-elmo"):
        start = encoder(architecture)
        fresh = untrained(start)
        assert fresh.description["model"] == start.description["model"]
        assert fresh.trained_on == fresh.training == {}
        pairs = zip(start.network.parameters(), fresh.network.parameters(), strict=True)
        assert any(not torch.equal(old, new) for old, new in pairs)


def test_what_an_encoder_cannot_do_is_reported() -> None:
    with pytest.raises(ProtlangError, match="'p-elmo' is no masked language model"):
        model(SOLUBILITY, encoder("p-elmo"))
    with pytest.raises(ProtlangError, match="'embeddings' is no masked"):
        model(SOLUBILITY, StoredEncoder.of_vectors(3, {}))
    with pytest.raises(ProtlangError, match="'p-elmo-lm' cannot be fine-tuned"):
        model(SOLUBILITY, encoder("p-elmo-lm"), **ALONE)


FACTS = {"seed": 3, "updates": 12}


def saved(folder: Path, network: FineTuned) -> Path:
    network.facts = FACTS
    network.save(folder)
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
    start: PairEncoder = (
        StoredEncoder.of_vectors(4, facts) if kind == "embeddings" else encoder(kind)
    )
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
    assert not found.training
    assert found.facts == FACTS
    assert found.settings == network.settings
    assert found.start.description == network.start.description
    assert list(predict(found, proteins)) == list(predict(network, proteins))


def test_equal_models_are_equal_bytes(tmp_path: Path) -> None:
    folders = [
        saved(tmp_path / name, model(SECONDARY_STRUCTURE)) for name in ("a", "b")
    ]
    for file in ("config.json", "model.safetensors"):
        first, second = ((folder / file).read_bytes() for folder in folders)
        assert first == second


def test_what_is_missing_or_damaged_is_reported(tmp_path: Path) -> None:
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


def test_heads_of_residues_predict_no_whole_proteins() -> None:
    for head in ("convolutions", "linear"):
        with pytest.raises(ProtlangError, match="predicts residues, not whole"):
            model(STABILITY, encoder(), head=head, **ALONE)


@pytest.mark.parametrize("head", ["convolutions", "linear"])
def test_other_heads_score_residues_of_each_protein_alone(head: str) -> None:
    tuned = model(SECONDARY_STRUCTURE, encoder(), head=head, **ALONE)
    with torch.no_grad():
        together = tuned([tuned.example(protein) for protein in PROTEINS]).scores
        each = [tuned([tuned.example(protein)]).scores for protein in PROTEINS]
    assert close(together, torch.cat(each))
    assert together.shape[1] == SECONDARY_STRUCTURE.outputs
