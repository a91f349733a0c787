"""ProtVec: which vector each residue gets, and the folder that holds the vectors."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from protlang.alphabet import RESIDUES, encode
from protlang.encoders.protvec import ProtVecEncoder
from protlang.encoders.registry import load_encoder
from protlang.errors import ProtlangError
from protlang.models.protvec import UNKNOWN, WORDS, ProtVec, word_codes


def tokens_of(sequence: str) -> np.ndarray:
    return np.frombuffer(encode(sequence), dtype=np.uint8)


def make_protvec(*words: str) -> ProtVec:
    """Word i has the vector (i + 1, -i - 1)."""
    first = np.arange(1, len(words) + 1, dtype=np.float32)
    return ProtVec(words, np.stack([first, -first], axis=1))


def first_numbers(protvec: ProtVec, sequence: str) -> list[float]:
    vectors = protvec.residue_vectors(tokens_of(sequence))
    assert vectors.shape == (len(sequence), 2)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors[:, 1], -vectors[:, 0])
    numbers: list[float] = vectors[:, 0].tolist()
    return numbers


def test_a_residue_has_the_vector_of_the_word_centred_on_it() -> None:
    protvec = make_protvec("ACD", "CDE", "DEF", UNKNOWN)
    assert first_numbers(protvec, "ACDEF") == [4, 1, 2, 3, 4]


def test_unknown_words_and_ends_are_zeros_without_a_vector_for_them() -> None:
    protvec = make_protvec("CDE", "XOU")
    assert first_numbers(protvec, "ACDEF") == [0, 0, 1, 0, 0]
    assert first_numbers(protvec, "XOUX") == [0, 2, 0, 0]


def test_unknown_words_and_ends_have_the_vector_for_them_wherever_it_is() -> None:
    assert first_numbers(make_protvec(UNKNOWN, "CDE"), "ACDEF") == [1, 1, 2, 1, 1]


@pytest.mark.parametrize("sequence", ["", "A", "AC"])
def test_proteins_shorter_than_a_word_are_all_unknown(sequence: str) -> None:
    protvec = make_protvec("ACD", UNKNOWN)
    assert first_numbers(protvec, sequence) == [2] * len(sequence)


def test_words_of_foreign_letters_do_no_harm() -> None:
    assert first_numbers(make_protvec("JJJ", "ACD"), "ACD") == [0, 2, 0]


@given(st.text(RESIDUES, max_size=30), st.integers(0, 99))
def test_vectors_are_those_of_a_dictionary(sequence: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    known = {sequence[i : i + 3] for i in range(len(sequence) - 2)}
    words = (*sorted(word for word in known if rng.random() < 0.6), UNKNOWN)
    vectors = rng.normal(size=(len(words), 3)).astype(np.float32)
    table = dict(zip(words, vectors, strict=True))
    found = ProtVec(words, vectors).residue_vectors(tokens_of(sequence))
    for place in range(len(sequence)):
        word = sequence[place - 1 : place + 2] if place > 0 else ""
        np.testing.assert_array_equal(found[place], table.get(word, table[UNKNOWN]))


@given(st.text(RESIDUES, max_size=30))
def test_codes_are_places_in_the_list_of_all_words(sequence: str) -> None:
    found = [WORDS[code] for code in word_codes(tokens_of(sequence))]
    assert found == [sequence[i : i + 3] for i in range(max(len(sequence) - 2, 0))]


def test_all_words_are_listed_once() -> None:
    assert len(set(WORDS)) == len(WORDS) == 25**3


@pytest.mark.parametrize(
    ("words", "vectors", "message"),
    [
        (("ACD",), np.zeros((2, 3), np.float32), "1 words but 2 vectors"),
        (("ACD", "ACD"), np.zeros((2, 3), np.float32), "two vectors for a word"),
        (("ACD",), np.zeros((1, 3)), "float64"),
        (("ACD",), np.zeros(3, np.float32), r"shape \(3,\)"),
        (("ACD",), np.full((1, 3), np.nan, np.float32), "not finite"),
    ],
)
def test_words_and_vectors_have_to_fit_together(
    words: tuple[str, ...], vectors: np.ndarray, message: str
) -> None:
    with pytest.raises(ProtlangError, match=message):
        ProtVec(words, vectors)


ENCODER = ProtVecEncoder(
    make_protvec("ACD", "DEF", UNKNOWN), {"window": 25}, {"corpus": "swissprot"}
)


def test_a_folder_gives_back_what_was_saved(tmp_path: Path) -> None:
    ENCODER.save(tmp_path / "new")
    loaded = load_encoder(tmp_path / "new")
    assert isinstance(loaded, ProtVecEncoder)
    assert loaded.network.words == ENCODER.network.words
    np.testing.assert_array_equal(loaded.network.vectors, ENCODER.network.vectors)
    assert loaded.training == {"window": 25}
    assert loaded.trained_on == {"corpus": "swissprot"}
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        "config.json",
        "model.safetensors",
    }


def shorten_words(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "words": ["ACD"]}))


def replace_weights(folder: Path) -> None:
    save_file({"x": np.zeros(1)}, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("damage", "message"),
    [(shorten_words, "1 words but 3"), (replace_weights, "'vectors'")],
)
def test_a_folder_whose_files_do_not_fit_is_named(
    tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    ENCODER.save(tmp_path)
    damage(tmp_path)
    with pytest.raises(ProtlangError, match=message):
        load_encoder(tmp_path)
