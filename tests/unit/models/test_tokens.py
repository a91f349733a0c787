import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from protlang.errors import ProtlangError
from protlang.models.tokens import collate, known, residue_tokens, within


def test_amino_acids_have_the_ids_of_the_released_alphabet() -> None:
    assert residue_tokens("ARNDCQEGHILKMFPSTWYVX").tolist() == list(range(1, 22))


def test_rare_and_ambiguous_letters_are_translated() -> None:
    # O to K, U to C; B, Z and anything else to X.
    assert residue_tokens("OUBZJ*-").tolist() == [12, 5, 21, 21, 21, 21, 21]


def test_lower_case_is_upper_case() -> None:
    assert residue_tokens("mkvuo").tolist() == residue_tokens("MKVUO").tolist()


def test_a_protein_without_residues_is_refused() -> None:
    with pytest.raises(ProtlangError, match="no residues"):
        residue_tokens("")


@given(st.text(min_size=1, max_size=50))
def test_any_text_of_single_letters_gives_tokens_of_residues(text: str) -> None:
    tokens = residue_tokens(text)
    assert tokens.dtype == torch.int64
    assert tokens.min() >= 1
    assert tokens.max() <= 21


def test_a_batch_is_padded_with_boundaries() -> None:
    batch = collate([residue_tokens("ARN"), residue_tokens("X")])
    assert batch.tokens.tolist() == [[1, 2, 3], [21, 0, 0]]
    assert batch.lengths.tolist() == [3, 1]
    assert batch.present.tolist() == [[True] * 3, [True, False, False]]


def test_tokens_as_stores_hold_them_are_batched() -> None:
    batch = collate([torch.tensor([1, 21], dtype=torch.uint8)])
    assert batch.tokens.dtype == torch.int64
    assert batch.tokens.tolist() == [[1, 21]]


def test_only_amino_acids_are_known() -> None:
    assert known(torch.tensor([0, 1, 20, 21, 22, 24])).tolist() == [
        False,
        True,
        True,
        False,
        False,
        False,
    ]


def test_places_within_lengths() -> None:
    found = within(torch.tensor([0, 2]), 3, torch.device("cpu"))
    assert found.tolist() == [[False] * 3, [True, True, False]]
