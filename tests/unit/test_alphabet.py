import pytest

from protlang import alphabet as vocabulary
from protlang.errors import ProtlangError


def test_amino_acids_stand_in_the_order_of_the_netsurfp_columns() -> None:
    assert vocabulary.AMINO_ACIDS == "ACDEFGHIKLMNPQRSTVWY"


def test_residues_are_the_25_letters_of_seqvec() -> None:
    assert sorted(vocabulary.RESIDUES) == sorted("ACDEFGHIKLMNPQRSTVWYUOBZX")


@pytest.mark.parametrize(("q8", "q3"), list(zip("GHIBESTC", "HHHEECCC", strict=True)))
def test_each_of_eight_states_belongs_to_one_of_three(q8: str, q3: str) -> None:
    assert vocabulary.q8_to_q3(q8) == q3


def test_merging_states_keeps_length_and_order() -> None:
    assert vocabulary.q8_to_q3("CSHHHTEB") == "CCHHHCEE"


def test_states_stand_in_the_order_of_the_published_network() -> None:
    assert vocabulary.LABEL_STATES == {
        "q3": "HEC",
        "q8": "GHIBESTC",
        "disorder": "01",
        "mask": "01",
        "topology": "IOM",
    }


def test_allowed_letters_pass() -> None:
    vocabulary.check_letters("HEC", "HEC", "the label")
    vocabulary.check_letters("", "HEC", "the label")


def test_the_first_foreign_letter_is_named_with_its_position() -> None:
    with pytest.raises(
        ProtlangError, match=r"record 7 has the letter 'L' at position 3"
    ):
        vocabulary.check_letters("HELLO", "HEC", "record 7")


def test_classes_of_proteins_stand_in_the_order_of_the_published_network() -> None:
    assert {
        "location": (
            *("Cell.membrane", "Cytoplasm", "Endoplasmic.reticulum"),
            *("Golgi.apparatus", "Lysosome/Vacuole", "Mitochondrion", "Nucleus"),
            *("Peroxisome", "Plastid", "Extracellular"),
        ),
        "membrane": ("S", "M"),
    } == vocabulary.PROTEIN_CLASSES
