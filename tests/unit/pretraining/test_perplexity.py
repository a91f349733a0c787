import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from protlang.alphabet import RESIDUES
from protlang.corpora.build import HeldOut
from protlang.corpora.token_store import TokenStore
from protlang.encoders.elmo import ElmoEncoder, export_checkpoint, load_checkpoint
from protlang.formats import bilm_checkpoint
from protlang.models.elmo import BEGIN, END, Elmo
from protlang.pretraining.perplexity import (
    FULL,
    HELD_OUT,
    SAMPLED,
    Reading,
    held_out_perplexity,
    likeliest_rows,
    training_perplexities,
    write_summary,
)
from support.corpora import build, fasta, random_records
from support.elmo_models import TINY_ELMO

READING = Reading(rows=4, steps=10)
CPU = torch.device("cpu")
RECORD = {"n_train_tokens": 1000, "batch_size": 4, "unroll_steps": 10, "updates": 7}


def make_network(dropout: float = 0.1, letters: str = RESIDUES) -> Elmo:
    """Its predictions are far from uniform."""
    torch.manual_seed(0)
    network = Elmo(replace(TINY_ELMO, dropout=dropout, letters=letters)).eval()
    for weights in network.parameters():
        torch.nn.init.normal_(weights)
    return network


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return build(tmp_path, fasta(random_records(120)), HeldOut(0.3, 1))


def held_out(store: TokenStore) -> list[np.ndarray]:
    return [store[int(index)] for index in store.held_out_indices()]


def test_one_protein_by_hand() -> None:
    network, protein = make_network(), np.array([3, 1, 4])
    tokens = torch.tensor([[[BEGIN, 3, 1, 4]], [[END, 4, 1, 3]]])
    targets = torch.tensor([[[3, 1, 4, END]], [[4, 1, 3, BEGIN]]])
    with torch.no_grad():
        scores, _ = network(tokens, network.zero_state(1))
    classes = network.softmax_rows[targets].flatten()
    expected = math.exp(cross_entropy(scores.flatten(0, 2), classes))
    found = held_out_perplexity(network, [protein], rows=1)
    assert found == pytest.approx(expected, rel=1e-5)


def test_training_proteins_are_read_with_dropout(store: TokenStore) -> None:
    """Without dropout the full softmax gives one number, whatever is drawn."""
    drawn = [
        training_perplexities(make_network(share), store, READING, seed, windows=5)
        for share, seed in ((0.0, 1), (0.0, 1), (0.5, 1), (0.5, 2))
    ]
    plain, again, dropped, other = drawn
    assert plain == again
    assert dropped[FULL] != plain[FULL]
    assert dropped != other


def test_the_sampled_softmax_underestimates_the_full_one(store: TokenStore) -> None:
    """As TensorFlow's documentation warns; with all words it is the full one."""
    network = make_network(0.0)
    found = training_perplexities(network, store, READING, seed=1)
    assert 1 < found[SAMPLED] < found[FULL]
    every = training_perplexities(network, store, replace(READING, negatives=28), 1)
    assert every[FULL] == found[FULL]
    assert abs(every[SAMPLED] / every[FULL] - 1) < abs(found[SAMPLED] / found[FULL] - 1)


def test_measuring_leaves_no_trace(store: TokenStore) -> None:
    network = make_network()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    training_perplexities(network, store, READING, seed=1)
    held_out_perplexity(network, held_out(store), rows=4)
    assert not network.training
    assert torch.equal(torch.rand(3), expected)


def test_a_training_is_measured_as_it_read() -> None:
    recorded = Reading.recorded({"batch_size": 3, "unroll_steps": 7, "n_epochs": 10})
    assert recorded == Reading(rows=3, steps=7, negatives=20)
    with_negatives = Reading.recorded({"n_negative_samples_batch": 5})
    assert with_negatives == Reading(48, 100, 5)


def test_a_summary_has_three_perplexities(store: TokenStore, tmp_path: Path) -> None:
    network = make_network()
    ElmoEncoder(network, RECORD).save(tmp_path / "encoder")
    write_summary(tmp_path / "encoder", store, CPU, seed=3)
    summary = json.loads((tmp_path / "encoder" / "summary.json").read_text())
    expected = training_perplexities(network, store, READING, seed=3)
    assert {name: summary[name] for name in expected} == expected
    assert summary[HELD_OUT] == held_out_perplexity(network, held_out(store), 4)
    assert summary["updates"] == 7
    assert summary["measured_on"]["corpus"] == "store"
    assert not summary["words_fitted"]


def test_a_corpus_without_held_out_proteins(tmp_path: Path) -> None:
    store = build(tmp_path, fasta(random_records(30)))
    ElmoEncoder(make_network(), RECORD).save(tmp_path / "encoder")
    write_summary(tmp_path / "encoder", store, CPU, seed=3)
    summary = json.loads((tmp_path / "encoder" / "summary.json").read_text())
    assert HELD_OUT not in summary
    assert summary[FULL] > 1


def test_no_exchange_of_two_words_makes_proteins_likelier(store: TokenStore) -> None:
    network, proteins = make_network(), held_out(store)
    given = held_out_perplexity(network, proteins, 4)
    network.softmax_rows = rows = likeliest_rows(network, proteins, READING)
    best = held_out_perplexity(network, proteins, 4)
    assert best < given
    for first, second in np.random.default_rng(0).integers(0, 27, (30, 2)):
        network.softmax_rows = rows.clone()
        network.softmax_rows[[first, second]] = rows[[second, first]]
        assert held_out_perplexity(network, proteins, 4) >= best * (1 - 1e-6)


@pytest.mark.parametrize("with_words", [True, False])
def test_a_checkpoint_has_the_perplexities_of_the_network_it_is_of(
    store: TokenStore, tmp_path: Path, with_words: bool
) -> None:
    """Gates, clips, skips and the order of words survive bilm-tf's layout.

    Where the archive does not list its words, their order is found.
    """
    encoder = ElmoEncoder(make_network(letters=RESIDUES[::-1]), RECORD)
    path, summaries = tmp_path / "checkpoint.tar.gz", []
    export_checkpoint(encoder, path)
    if not with_words:
        checkpoint = bilm_checkpoint.read(path)
        bilm_checkpoint.write(path, replace(checkpoint, words=()))
    rows = likeliest_rows(encoder.network, held_out(store), READING)
    encoder.network.softmax_rows = rows
    expected = held_out_perplexity(encoder.network, held_out(store), 4)
    for name, one in (("own", encoder), ("read", load_checkpoint(path))):
        one.save(tmp_path / name)
        write_summary(tmp_path / name, store, CPU, seed=3)
        text = (tmp_path / name / "summary.json").read_text()
        summaries.append(json.loads(text))
    own, read = summaries
    assert read["words_fitted"] is not with_words
    if with_words:
        assert {**read, "words_fitted": False} == own
    else:
        assert read[HELD_OUT] == pytest.approx(expected, rel=1e-6)
