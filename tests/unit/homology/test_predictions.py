"""Predicted levels of fixed pairs, against slow references pair by pair."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from protlang.errors import ProtlangError
from protlang.homology import predictions as homology_predictions
from protlang.homology.network import HomologyNetwork
from protlang.homology.pairs import FixedPairs
from protlang.homology.predictions import (
    LevelPredictions,
    level_logits,
    predict_levels,
    read_predictions,
    soft_alignment,
    write_predictions,
)
from protlang.models import plus_tfm
from protlang.models.tokens import collate, residue_tokens
from support.pairs import SIZES, all_pairs, tiny_domains, tiny_network, tiny_vectors
from support.plus_reference import alignment, sigmoid

DOMAINS = tiny_domains()
PAIRS = all_pairs(DOMAINS)
VECTORS = tiny_vectors(DOMAINS)
ALIGNING = [name for name in SIZES if name != "plus-tfm"]


def vectors_of(architecture: str) -> Mapping[str, np.ndarray] | None:
    return VECTORS if architecture == "embeddings" else None


def predict(architecture: str, pairs: FixedPairs, batch: int) -> LevelPredictions:
    network = tiny_network(architecture)
    reading = network.with_vectors(vectors_of(architecture))
    return predict_levels(reading, pairs, batch, {"model": architecture})


@torch.no_grad()
def z_alone(network: HomologyNetwork, domain: str, sequence: str) -> np.ndarray:
    """Vectors z of one domain, float64 (length, dim)."""
    encoder = network.encoder
    z: Tensor
    if "lstm" in dict(encoder.named_children()):
        z = encoder(collate([residue_tokens(sequence)])).z[0]
    else:
        z = encoder(torch.from_numpy(VECTORS[domain]))
    return z.double().numpy()


def levels_alone(network: HomologyNetwork, similarity: float) -> np.ndarray:
    """Probabilities of the five levels by the ordinal head's definition."""
    head = network.encoder.head
    weight, bias = (part.detach().double().numpy() for part in (head.weight, head.bias))
    reached = [1.0, *sigmoid(weight * similarity + bias), 0.0]
    joint = np.array([reached[k] * (1 - reached[k + 1]) for k in range(5)])
    return joint / joint.sum()


@pytest.mark.parametrize("architecture", ALIGNING)
def test_aligned_domains_get_the_levels_of_their_definition(architecture: str) -> None:
    network = tiny_network(architecture)
    found = predict(architecture, PAIRS, batch=4)
    assert np.ptp(found.scores) > 0.03
    for place, (ids, sequences) in enumerate(
        zip(PAIRS.ids, PAIRS.sequences, strict=True)
    ):
        first, second = (
            z_alone(network, *one) for one in zip(ids, sequences, strict=True)
        )
        expected = levels_alone(network, alignment(first, second).score)
        np.testing.assert_allclose(found.probabilities[place], expected, atol=1e-5)
        score = (expected * np.arange(5)).sum()
        assert found.scores[place] == pytest.approx(score, abs=1e-5)


@torch.no_grad()
def test_the_transformer_predicts_levels_from_its_first_token() -> None:
    network = tiny_network("plus-tfm")
    found = predict("plus-tfm", PAIRS, batch=4)
    assert np.ptp(found.scores) > 1e-3
    longest = network.encoder.config.max_tokens
    cut = 0
    for place, sequences in enumerate(PAIRS.sequences):
        first, second = map(residue_tokens, sequences)
        short = plus_tfm.truncate_pair(first, second, longest)
        cut += len(first) + len(second) + 3 > longest
        states = network.encoder(plus_tfm.collate([plus_tfm.join(*short)]))
        scores = network.encoder.class_scores(states[:, 0])[0].double().numpy()
        expected = np.exp(scores) / np.exp(scores).sum()
        np.testing.assert_allclose(found.probabilities[place], expected, atol=1e-5)
    assert cut > 0


@pytest.mark.parametrize("architecture", SIZES)
def test_a_score_does_not_depend_on_the_batch(architecture: str) -> None:
    together = predict(architecture, PAIRS, batch=50)
    chosen = [3, 11, 7]
    few = FixedPairs(
        [PAIRS.ids[place] for place in chosen],
        [PAIRS.sequences[place] for place in chosen],
        PAIRS.levels[chosen],
        {},
    )
    alone = predict(architecture, few, batch=1)
    np.testing.assert_allclose(together.scores[chosen], alone.scores, atol=1e-5)
    small = predict(architecture, PAIRS, batch=3)
    np.testing.assert_allclose(together.scores, small.scores, atol=1e-5)


@pytest.mark.parametrize("architecture", SIZES)
def test_little_memory_changes_nothing(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = predict(architecture, PAIRS, batch=4)
    monkeypatch.setattr(homology_predictions, "MAX_RESIDUES", 60)
    monkeypatch.setattr(homology_predictions, "MAX_CELLS", 3000)
    after = predict(architecture, PAIRS, batch=4)
    np.testing.assert_allclose(after.scores, before.scores, atol=1e-5)


def test_a_block_of_domains_fits_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each domain is read once for each run of pairs whose domains fit together."""
    monkeypatch.setattr(homology_predictions, "MAX_RESIDUES", 60)
    network = tiny_network("plus-rnn")
    read: list[list[str]] = []
    encode = network.encode
    monkeypatch.setattr(
        network, "encode", lambda ids, domains: read.append(ids) or encode(ids, domains)
    )
    level_logits(network, PAIRS, batch=100)
    lengths = dict(zip(DOMAINS.ids, map(len, DOMAINS.sequences), strict=True))
    assert len(read) > 1
    for ids in read:
        assert len(set(ids)) == len(ids)
        assert sum(lengths[name] for name in ids) <= 60 or len(ids) == 2


def test_predictions_come_back_from_disk(tmp_path: Path) -> None:
    found = predict("plus-rnn", PAIRS, batch=5)
    write_predictions(tmp_path / "p.parquet", found)
    again = read_predictions(tmp_path / "p.parquet")
    assert again.ids == PAIRS.ids
    assert again.provenance == {"model": "plus-rnn", "pairs": {"source": "all"}}
    np.testing.assert_array_equal(again.levels, PAIRS.levels)
    np.testing.assert_array_equal(again.scores, found.scores)
    np.testing.assert_array_equal(again.probabilities, found.probabilities)
    lengths = [[len(one), len(other)] for one, other in PAIRS.sequences]
    assert again.lengths.tolist() == lengths
    write_predictions(tmp_path / "q.parquet", predict("plus-rnn", PAIRS, batch=5))
    assert (tmp_path / "p.parquet").read_bytes() == (
        tmp_path / "q.parquet"
    ).read_bytes()


@pytest.mark.parametrize("architecture", ALIGNING)
def test_the_alignment_of_a_pair_is_the_one_its_score_is_from(
    architecture: str,
) -> None:
    network = tiny_network(architecture)
    reading = network.with_vectors(vectors_of(architecture))
    ids, sequences = PAIRS.ids[4], PAIRS.sequences[4]
    found = soft_alignment(reading, ids, sequences)
    first, second = (z_alone(network, *one) for one in zip(ids, sequences, strict=True))
    expected = alignment(first, second)
    assert found.weights.shape == (len(sequences[0]), len(sequences[1]))
    np.testing.assert_allclose(found.weights, expected.weights, atol=1e-5)
    np.testing.assert_allclose(found.closeness, expected.closeness, atol=1e-4)
    scores = predict(architecture, PAIRS, batch=5).scores
    assert found.score == pytest.approx(scores[4], abs=1e-5)


def test_embeddings_have_to_be_there() -> None:
    with pytest.raises(ProtlangError, match="needs the file of embeddings"):
        tiny_network("embeddings").with_vectors(None)
    with pytest.raises(ProtlangError, match="embeddings are given to a network"):
        tiny_network("plus-rnn").with_vectors(VECTORS)
    reading = tiny_network("embeddings").with_vectors({})
    with pytest.raises(ProtlangError, match="no embeddings of domain d"):
        level_logits(reading, PAIRS, batch=4)
