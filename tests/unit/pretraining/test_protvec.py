"""Training ProtVec: sentences, the choice of proteins, and what comes out."""

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gensim.models.word2vec import Word2Vec
from hypothesis import given
from hypothesis import strategies as st

from protlang.alphabet import AMINO_ACIDS, RESIDUES, decode, encode
from protlang.corpora.build import HeldOut
from protlang.corpora.token_store import TokenStore
from protlang.encoders.registry import load_encoder
from protlang.errors import ProtlangError
from protlang.models.protvec import ProtVec
from protlang.pretraining.protvec import (
    ProtVecRecipe,
    Sentences,
    chosen_proteins,
    protvec_run,
    sentences_of,
    train_protvec,
)
from protlang.training.run import train
from protlang.training.signals import StopRequest
from support import corpora
from support.checkout import REPOSITORY
from support.jobs import ALONE, StopAt, contents

QUICK: dict[str, Any] = {"dimension": 8, "window": 3, "epochs": 2}


def build(
    folder: Path, sequences: Mapping[str, str], held_out: float = 0
) -> TokenStore:
    return corpora.build(folder, corpora.fasta(sequences), HeldOut(held_out, 1))


def random_sequences(number: int, seed: int = 0, letters: str = "ACDE") -> list[str]:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 60, number)
    return ["".join(rng.choice(list(letters), length)) for length in lengths]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TokenStore:
    """Proteins of four letters, a quarter held out."""
    sequences = {f"p{i}": text for i, text in enumerate(random_sequences(200))}
    return build(tmp_path_factory.mktemp("corpus"), sequences, held_out=0.25)


def sentences(sequence: str) -> list[list[str]]:
    return list(sentences_of(np.frombuffer(encode(sequence), dtype=np.uint8)))


def test_a_protein_gives_a_sentence_per_reading_frame() -> None:
    assert sentences("ACDEFGHI") == [["ACD", "EFG"], ["CDE", "FGH"], ["DEF", "GHI"]]


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        ("A", []),
        ("AC", []),
        ("ACD", [["ACD"]]),
        ("ACDE", [["ACD"], ["CDE"]]),
        ("XOUBZ", [["XOU"], ["OUB"], ["UBZ"]]),
    ],
)
def test_frames_without_a_word_give_no_sentence(
    sequence: str, expected: list[list[str]]
) -> None:
    assert sentences(sequence) == expected


@given(st.text(RESIDUES, min_size=1, max_size=50))
def test_sentences_put_together_are_the_protein_from_each_frame(sequence: str) -> None:
    whole = [sequence[frame:] for frame in range(min(len(sequence) - 2, 3))]
    found = ["".join(words) for words in sentences(sequence)]
    assert found == [text[: len(text) // 3 * 3] for text in whole]


def test_long_frames_are_cut_and_lose_nothing() -> None:
    sequence = "".join(np.random.default_rng(0).choice(list(AMINO_ACIDS), 60_005))
    found = sentences(sequence)
    assert [len(words) for words in found] == [10_000, 10_000, 1] * 3
    for frame in range(3):
        words = [word for part in found[3 * frame : 3 * frame + 3] for word in part]
        assert "".join(words) == sequence[frame : frame + 60_003]


def test_gensim_learns_from_every_word_of_a_long_protein(tmp_path: Path) -> None:
    sequence = "".join(np.random.default_rng(0).choice(list("ACDE"), 40_000))
    store = build(tmp_path, {"titin": sequence})
    model = Word2Vec(sg=1, vector_size=1, window=1, min_count=1, sample=0, workers=1)
    passes = Sentences(store, np.array([0]), 1)
    model.build_vocab(passes)
    learnt, seen = model.train(passes, total_examples=model.corpus_count, epochs=1)
    assert learnt == seen == 40_000 - 2


def test_sentences_can_be_read_again_and_hold_only_the_chosen_proteins(
    store: TokenStore,
) -> None:
    passes = Sentences(store, store.training_indices(), 1)
    expected = [
        words
        for index in store.training_indices()
        for words in sentences(decode(store[index]))
    ]
    assert len(store.held_out_indices()) > 20
    assert list(passes) == expected
    assert list(passes) == expected


def test_epochs_are_reported_in_the_log(
    store: TokenStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="protlang"):
        train_protvec(store, ProtVecRecipe(seed=1, **QUICK))
    expected = [record.getMessage() for record in caplog.records]
    proteins = len(store.training_indices())
    assert expected[0] == "counting words"
    assert expected[1].startswith("64 words occur at least 2 times among ")
    assert expected[1].endswith(f" sentences of {proteins} proteins")
    assert expected[2:] == ["pass 1 of 2", "pass 2 of 2"]


def test_proteins_are_drawn_until_they_have_enough_residues(store: TokenStore) -> None:
    drawn = np.random.default_rng(5).permutation(store.training_indices())
    expected, residues = [], 0
    for index in drawn:
        if residues >= 500:
            break
        expected.append(int(index))
        residues += len(store[index])
    chosen = chosen_proteins(store, 500, seed=5)
    assert chosen.tolist() == sorted(expected)
    assert chosen.tolist() != store.training_indices()[: len(chosen)].tolist()


def test_as_many_residues_as_proteins_have_are_not_exceeded(store: TokenStore) -> None:
    first = int(np.random.default_rng(5).permutation(store.training_indices())[0])
    length = len(store[first])
    assert chosen_proteins(store, length, seed=5).tolist() == [first]
    assert len(chosen_proteins(store, length + 1, seed=5)) == 2


@pytest.mark.parametrize("limit", [None, 10**12])
def test_without_a_limit_that_matters_all_proteins_are_taken_in_order(
    store: TokenStore, limit: int | None
) -> None:
    chosen = chosen_proteins(store, limit, seed=5)
    np.testing.assert_array_equal(chosen, store.training_indices())


def test_what_was_learnt_from_is_recorded(store: TokenStore) -> None:
    encoder = train_protvec(store, ProtVecRecipe(seed=5, max_residues=500, **QUICK))
    chosen = chosen_proteins(store, 500, seed=5)
    assert encoder.training == {
        "seed": 5,
        "max_residues": 500,
        "dimension": 8,
        "window": 3,
        "negatives": 5,
        "min_count": 2,
        "epochs": 2,
        "learning_rate": 0.025,
        "subsampling": 0.001,
        "held_out_proteins": len(store.held_out_indices()),
        "proteins": len(chosen),
        "residues": sum(len(store[index]) for index in chosen),
    }
    assert encoder.trained_on["corpus"] == "store"
    assert encoder.trained_on["sources"] == ["a"]


def test_rare_words_have_no_vector(tmp_path: Path) -> None:
    store = build(tmp_path, {"a": "ACDACD", "b": "ACDACDW", "c": "WACD"})
    # ACD occurs 5 times, CDA and DAC 2 times, CDW and WAC once.
    words = {
        count: set(
            train_protvec(
                store, ProtVecRecipe(seed=1, min_count=count, **QUICK)
            ).network.words
        )
        for count in (1, 2, 3)
    }
    assert words == {
        1: {"ACD", "CDA", "DAC", "CDW", "WAC"},
        2: {"ACD", "CDA", "DAC"},
        3: {"ACD"},
    }


def test_a_corpus_without_frequent_words_is_reported_in_a_sentence(
    tmp_path: Path,
) -> None:
    store = build(tmp_path, {"a": "ACDEFG"})
    with pytest.raises(ProtlangError, match="no 3-mer that occurs 2 times"):
        train_protvec(store, ProtVecRecipe(seed=1))


def test_vectors_are_those_of_gensim_called_plainly(tmp_path: Path) -> None:
    sequences = random_sequences(60, seed=3, letters="ACDEFGH")
    store = build(tmp_path, {f"p{i}": text for i, text in enumerate(sequences)})
    corpus = [
        [text[place : place + 3] for place in range(frame, len(text) - 2, 3)]
        for text in sequences
        for frame in range(3)
    ]
    plain = Word2Vec(
        [words for words in corpus if words],
        sg=1,
        vector_size=100,
        window=25,
        min_count=2,
        seed=7,
        workers=1,
    )
    ours = train_protvec(store, ProtVecRecipe(seed=7)).network
    assert ours.words == tuple(plain.wv.index_to_key)
    assert ours.vectors.tobytes() == plain.wv.vectors.tobytes()


@pytest.mark.parametrize(
    "change",
    [
        {"dimension": 9},
        {"window": 9},
        {"negatives": 1},
        {"epochs": 3},
        {"learning_rate": 0.1},
        {"subsampling": 0},
        {"seed": 2},
        {"max_residues": 2000},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_setting_matters(store: TokenStore, change: dict[str, float]) -> None:
    usual: dict[str, Any] = {"seed": 1, **QUICK}
    first = train_protvec(store, ProtVecRecipe(**usual)).network
    other = train_protvec(store, ProtVecRecipe(**{**usual, **change})).network
    assert first.vectors.tobytes() != other.vectors.tobytes()


PROGRAM = """
import sys
from protlang.corpora.token_store import TokenStore
from protlang.pretraining.protvec import ProtVecRecipe, train_protvec
settings = ProtVecRecipe(seed=1, max_residues=50_000, window=5, epochs=2)
train_protvec(TokenStore(sys.argv[1]), settings).save(sys.argv[2])
"""


def test_processes_with_other_hash_seeds_write_the_same_bytes(tmp_path: Path) -> None:
    """The corpus is large enough that gensim's workers, if several, would compete."""
    sequences = {f"p{i}": text * 10 for i, text in enumerate(random_sequences(300))}
    store = build(tmp_path, sequences)
    for hash_seed in ("0", "4711"):
        subprocess.run(
            [sys.executable, "-c", PROGRAM, store.folder, tmp_path / hash_seed],
            env={
                **os.environ,
                "PYTHONHASHSEED": hash_seed,
                "PYTHONPATH": str(REPOSITORY / "workflow" / "scripts"),
            },
            check=True,
            timeout=100,
        )
    for name in ("config.json", "model.safetensors"):
        first, second = (tmp_path / "0" / name, tmp_path / "4711" / name)
        assert first.read_bytes() == second.read_bytes()


def test_words_in_the_same_surroundings_come_close(tmp_path: Path) -> None:
    """Two topics: proteins of A, C, D, E alone and of F, G, H, I alone."""
    sequences = {
        f"{letters}{serial}": text * 4
        for letters in ("ACDE", "FGHI")
        for serial, text in enumerate(random_sequences(60, seed=4, letters=letters))
    }
    store = build(tmp_path, sequences)
    settings = ProtVecRecipe(seed=1, dimension=20, epochs=20, subsampling=0)
    model = train_protvec(store, settings).network
    topic = np.array([word[0] in "ACDE" for word in model.words])
    cosine = cosines(model)
    same = topic[:, None] == topic[None, :]
    others = ~np.eye(len(topic), dtype=bool)
    assert 50 < topic.sum() < len(topic) - 50
    assert cosine[same & others].min() > cosine[~same].max()


def cosines(model: ProtVec) -> np.ndarray:
    unit = model.vectors / np.linalg.norm(model.vectors, axis=1, keepdims=True)
    products: np.ndarray = unit @ unit.T
    return products


def test_trained_vectors_are_loaded_as_they_were(
    store: TokenStore, tmp_path: Path
) -> None:
    encoder = train_protvec(store, ProtVecRecipe(seed=1, **QUICK))
    assert encoder is not None
    encoder.save(tmp_path)
    loaded = load_encoder(tmp_path)
    assert loaded.network.words == encoder.network.words
    assert loaded.network.vectors.tobytes() == encoder.network.vectors.tobytes()
    assert loaded.training == encoder.training
    assert loaded.trained_on == encoder.trained_on


def test_a_stopped_run_restarts_and_a_finished_one_is_found_again(
    store: TokenStore, tmp_path: Path
) -> None:
    run = protvec_run({"seed": 1, **QUICK}, store)
    for looks in (1, len(store)):  # in the first and in the second pass
        assert train(run, tmp_path, ALONE, StopAt(looks)) is None
    finished = train(run, tmp_path, ALONE, StopRequest())
    assert finished is not None
    whole = train_protvec(store, ProtVecRecipe(seed=1, **QUICK))
    assert whole is not None
    whole.save(tmp_path / "whole")
    assert contents(finished) == contents(tmp_path / "whole")
    assert train(run, tmp_path, ALONE, StopRequest()) == finished


def test_an_unknown_option_is_one_sentence(store: TokenStore) -> None:
    with pytest.raises(ProtlangError, match=r"encoders: .*'dims'"):
        protvec_run({"seed": 1, "dims": 3}, store)
