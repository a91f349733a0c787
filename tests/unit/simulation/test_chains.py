"""Chains as the PDB holds them, read back from the arrays."""

from collections.abc import Mapping

from protlang.alphabet import AMINO_ACIDS, RESIDUES
from protlang.formats.seqres import chain_key
from protlang.proteins import Protein
from support.simulation import SMALL_WORLD

CONFIG = SMALL_WORLD


def test_some_chains_of_cb513_have_two_evaluated_domains(
    arrays: Mapping[str, list[Protein]],
) -> None:
    entries = {protein.id: protein for protein in arrays["cb513"]}
    repeated = [name for name in entries if name.endswith(".2")]
    assert len(repeated) == round(26 * 79 / 513)
    for name in repeated:
        first, second = entries[name.removesuffix(".2")], entries[name]
        masks = zip(first.labels["mask"], second.labels["mask"], strict=True)
        assert {one + other for one, other in masks} == {"01", "10"}
        assert first.sequence == second.sequence
        assert first.labels["q8"] == second.labels["q8"]
    partial = ["0" in entry.labels["mask"] for entry in entries.values()]
    assert len(repeated) * 2 < sum(partial) < len(partial)


def test_residues_other_than_the_twenty_are_masked_in_the_arrays(
    arrays: Mapping[str, list[Protein]], deposited: Mapping[str, str]
) -> None:
    hidden = set()
    for protein in arrays["train"][:-3]:
        sequence = deposited[chain_key(protein.id) or ""]
        for letter, shown in zip(sequence, protein.sequence, strict=True):
            assert shown == (letter if letter in AMINO_ACIDS else "X")
            hidden.add(letter)
    assert hidden - set(AMINO_ACIDS)
    assert hidden <= set(RESIDUES)
