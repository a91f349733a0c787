from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.alphabet import AMINO_ACIDS, RESIDUES
from protlang.errors import ProtlangError
from protlang.formats.blosum import amino_acid_scores, load_blosum65
from protlang.proteins import Protein
from protlang.tasks import features
from support.proteins import make_protein

BLOSUM_COLUMNS = "ARNDCQEGHILKMFPSTWYVBZX"

# Rows of the matrix as NCBI distributes it, columns as above.
ROW_A = [4, -1, -2, -2, 0, -1, -1, 0, -2, -1, -2, -1, -1, -2, -1, 1, 0, -3, -2, 0]
ROW_W = [-3, -3, -4, -5, -2, -2, -3, -3, -2, -2, -2, -3, -2, 1, -4, -3, -3, 10, 2, -3]
ROW_X = [-1, -1, -1, -1, -2, -1, -1, -2, -1, -1, -1, -1, -1, -2, -2, -1, -1, -2, -1, -1]


def of(sequence: str) -> Protein:
    return Protein("p", sequence)


def test_one_hot_rows_follow_the_netsurfp_order() -> None:
    np.testing.assert_array_equal(features.one_hot(of(AMINO_ACIDS)), np.eye(20))


def test_one_hot_by_hand() -> None:
    encoded = features.one_hot(of("YUA"))
    assert encoded.dtype == np.float32
    assert encoded.tolist() == [[0] * 19 + [1], [0] * 20, [1] + [0] * 19]


@pytest.mark.parametrize("letter", list("UOBZX"))
def test_rare_and_ambiguous_residues_are_all_zero(letter: str) -> None:
    assert not features.one_hot(of(letter)).any()


@pytest.mark.parametrize(
    ("letter", "row"),
    [
        ("A", [*ROW_A, -2, -1, -1]),
        ("W", [*ROW_W, -4, -3, -2]),
        ("X", [*ROW_X, -1, -1, -1]),
        ("U", [*ROW_X, -1, -1, -1]),
        ("O", [*ROW_X, -1, -1, -1]),
    ],
)
def test_blosum65_rows_are_the_raw_scores(letter: str, row: list[int]) -> None:
    encoded = features.blosum65(of(f"M{letter}"))
    assert encoded.dtype == np.float32
    assert encoded[1].tolist() == row


@pytest.mark.parametrize(
    ("pair", "score"),
    # BLOSUM62, which the discussion names, has 11, 5, 7, 5, 5, -1, -4, 0 and -3.
    [("WW", 10), ("MM", 6), ("PP", 8), ("RR", 6), ("QQ", 6), ("AL", -2), ("DW", -5),
     ("AX", -1), ("CR", -4), ("CC", 9), ("HH", 8), ("FY", 3), ("BD", 4), ("EZ", 4)],
)  # fmt: skip
def test_known_scores(pair: str, score: int) -> None:
    letters, scores = load_blosum65()
    first, second = map(letters.index, pair)
    assert scores[first, second] == score


def test_the_matrix_is_symmetric_and_each_residue_is_most_like_itself() -> None:
    letters, scores = load_blosum65()
    assert letters == f"{BLOSUM_COLUMNS}*"
    assert (scores == scores.T).all()
    amino_acids = amino_acid_scores()
    others = amino_acids[~np.eye(20, dtype=bool)].reshape(20, 19)
    assert (amino_acids.diagonal() > others.max(axis=1)).all()


@pytest.mark.parametrize(
    ("names", "dimension", "profiles"),
    [
        (["one_hot"], 20, False),
        (["blosum65"], 23, False),
        (["profile"], 50, True),
        (["profile", "one_hot"], 70, True),
        (["blosum65", "one_hot", "profile"], 93, True),
    ],
)
def test_dimensions_add_up(names: list[str], dimension: int, profiles: bool) -> None:
    assert features.need_profiles(names) is profiles
    assert not features.need_embeddings(names)
    assert features.encode(names, make_protein(sequence="MKV")).shape == (3, dimension)


@given(
    st.permutations(["one_hot", "blosum65", "profile"]), st.text(RESIDUES, min_size=1)
)
def test_features_stand_side_by_side_in_order(names: list[str], sequence: str) -> None:
    protein = make_protein(sequence=sequence)
    encoded = features.encode(names, protein)
    assert encoded.dtype == np.float32
    start = 0
    for name in names:
        single = features.encode([name], protein)
        np.testing.assert_array_equal(
            encoded[:, start : start + single.shape[1]], single
        )
        start += single.shape[1]
    assert start == encoded.shape[1]


def test_the_profile_is_used_as_published() -> None:
    protein = make_protein(sequence="MKV")
    np.testing.assert_array_equal(
        features.encode(["profile"], protein), protein.profile
    )


def test_missing_profile_raises_a_clear_error() -> None:
    with pytest.raises(ProtlangError, match="protein p has no HHblits profile; use"):
        features.encode(["one_hot", "profile"], of("MKV"))


@pytest.mark.parametrize("sequence", ["MkV", "MK*", "MKJ"])
@pytest.mark.parametrize("name", ["one_hot", "blosum65"])
def test_other_letters_are_refused(name: str, sequence: str) -> None:
    with pytest.raises(ProtlangError):
        features.encode([name], of(sequence))


def test_an_embedding_stands_beside_the_other_features_as_float32() -> None:
    vectors = np.arange(12, dtype=np.float16).reshape(3, 4) / 8
    protein = replace(make_protein(sequence="MKV"), embedding=vectors)
    encoded = features.encode(["profile", "embedding"], protein)
    assert encoded.dtype == np.float32
    np.testing.assert_array_equal(encoded[:, :50], protein.profile)
    np.testing.assert_array_equal(encoded[:, 50:], vectors)
    assert features.need_embeddings(["profile", "embedding"])


def test_an_embedding_is_read_only_when_it_is_used() -> None:
    class Stored:
        """An array on disk that counts how often it is read."""

        shape = (3, 4)
        reads = 0

        def __getitem__(self, index: object) -> np.ndarray:
            self.reads += 1
            return np.zeros(self.shape, dtype=np.float32)

    stored = Stored()
    protein = replace(make_protein(sequence="MKV"), embedding=stored)
    features.encode(["one_hot"], protein)
    assert stored.reads == 0
    features.encode(["embedding"], protein)
    assert stored.reads == 1


def test_missing_embedding_raises_a_clear_error() -> None:
    with pytest.raises(ProtlangError, match="protein p has no embedding; name the enc"):
        features.encode(["embedding"], of("MKV"))


def test_composition_by_hand() -> None:
    found = features.encode_proteins(["composition"], [of("AACX"), of("UB")])
    expected = np.zeros((2, 20), dtype=np.float32)
    # Two and one of four residues, in units of one in twenty.
    expected[0, :2] = 10, 5
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


def test_vectors_of_proteins_stand_beside_their_composition() -> None:
    proteins = [
        replace(of("MKV"), embedding=np.array(vector, dtype=np.float16))
        for vector in ([1, 2], [3, 4])
    ]
    found = features.encode_proteins(["embedding", "composition"], proteins)
    assert found.shape == (2, 22)
    assert found[:, :2].tolist() == [[1, 2], [3, 4]]
    assert features.need_embeddings(["composition", "embedding"])
    assert not features.need_embeddings(["composition"])


def test_vectors_of_two_encoders_raise_a_clear_error() -> None:
    proteins = [replace(of("MKV"), embedding=np.zeros(size)) for size in (3, 2)]
    with pytest.raises(ProtlangError, match="some proteins have 2 numbers each, other"):
        features.encode_proteins(["embedding"], proteins)
