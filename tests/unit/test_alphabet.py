import re

import numpy as np
import pytest

from protlang import alphabet
from protlang.errors import ProtlangError


def test_amino_acids_are_in_the_order_of_the_netsurfp_columns() -> None:
    assert alphabet.AMINO_ACIDS == "ACDEFGHIKLMNPQRSTVWY"


def test_residues_are_the_25_letters_of_seqvec() -> None:
    assert sorted(alphabet.RESIDUES) == sorted("ACDEFGHIKLMNPQRSTVWYUOBZX")


@pytest.mark.parametrize(("q8", "q3"), list(zip("GHIBESTC", "HHHEECCC", strict=True)))
def test_each_of_eight_states_belongs_to_one_of_three(q8: str, q3: str) -> None:
    assert alphabet.q8_to_q3(q8) == q3


def test_merging_states_keeps_length_and_order() -> None:
    assert alphabet.q8_to_q3("CSHHHTEB") == "CCHHHCEE"


def test_states_are_in_the_order_of_the_published_network() -> None:
    assert alphabet.LABEL_STATES == {
        "q3": "HEC",
        "q8": "GHIBESTC",
        "disorder": "01",
        "mask": "01",
        "topology": "IOM",
    }


def test_allowed_letters_pass() -> None:
    alphabet.check_letters("HEC", "HEC", "the label")
    alphabet.check_letters("", "HEC", "the label")


def test_the_first_foreign_letter_is_named_with_its_position() -> None:
    with pytest.raises(
        ProtlangError, match=r"record 7 has the letter 'L' at position 3"
    ):
        alphabet.check_letters("HELLO", "HEC", "record 7")


def test_classes_of_proteins_are_in_the_order_of_the_published_network() -> None:
    assert {
        "location": (
            *("Cell.membrane", "Cytoplasm", "Endoplasmic.reticulum"),
            *("Golgi.apparatus", "Lysosome/Vacuole", "Mitochondrion", "Nucleus"),
            *("Peroxisome", "Plastid", "Extracellular"),
        ),
        "membrane": ("S", "M"),
    } == alphabet.PROTEIN_CLASSES


def test_tokens_are_places_in_the_vocabulary() -> None:
    assert list(alphabet.encode(alphabet.RESIDUES)) == list(range(25))
    assert alphabet.decode(alphabet.encode(alphabet.RESIDUES)) == alphabet.RESIDUES
    assert alphabet.decode(np.array([0, 24], dtype=np.uint8)) == "AX"


@pytest.mark.parametrize("letter", ["J", "m", "*", "Å"])
def test_other_letters_have_no_token(letter: str) -> None:
    with pytest.raises(ProtlangError, match=f"the letter '{re.escape(letter)}'"):
        alphabet.encode(f"MK{letter}")
