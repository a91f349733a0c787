"""Vectors of PLUS's encoders: those of their networks, whatever is embedded beside."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from protlang.alphabet import RESIDUES
from protlang.encoders.encoder import PairEncoder
from protlang.encoders.settings import EncoderSettings
from protlang.encoders.stored import StoredEncoder
from protlang.errors import ProtlangError
from protlang.models import plus_tfm
from protlang.models.tokens import collate, residue_tokens
from support.finetuning import SIZES, encoder

CPU = EncoderSettings(device="cpu")
ENCODERS = {architecture: encoder(architecture) for architecture in SIZES}
for one in ENCODERS.values():
    one.prepare(CPU)
LAYERS = [(name, layers) for name, one in ENCODERS.items() for layers in one.layers]
SEQUENCES = ["MKVLXUOBZ", "M", "ACDEFGHIKLMNPQRSTVWY" * 3]


@pytest.mark.parametrize(("architecture", "layers"), LAYERS)
def test_vectors_have_the_announced_shape(architecture: str, layers: str) -> None:
    made = ENCODERS[architecture]
    *number, dimension = made.layers[layers]
    for sequence, found in zip(SEQUENCES, made.embed(SEQUENCES, layers), strict=True):
        assert found.shape == (*number, len(sequence), dimension)
        assert found.dtype == np.float32
        assert found.flags.c_contiguous
        assert made.memory(len(sequence), layers) >= found.nbytes


@pytest.mark.parametrize("architecture", ["plus-rnn", "p-elmo"])
def test_recurrent_encoders_give_their_states_and_projections(
    architecture: str,
) -> None:
    made = ENCODERS[architecture]
    with torch.no_grad():
        wanted = made.network(collate([residue_tokens(SEQUENCES[2])]))
    for layers, vectors in zip(("sum", "z"), wanted, strict=True):
        (found,) = made.embed(SEQUENCES[2:], layers)
        np.testing.assert_allclose(found, vectors[0], atol=1e-6)


def test_the_language_model_gives_the_states_of_its_layers() -> None:
    made = ENCODERS["p-elmo-lm"]
    with torch.no_grad():
        states = made.network.states(collate([residue_tokens(SEQUENCES[2])]))[0]
    (every,), (total,) = (made.embed(SEQUENCES[2:], name) for name in ("all", "sum"))
    np.testing.assert_allclose(np.concatenate(every, axis=1), states, atol=1e-6)
    np.testing.assert_allclose(total, every.sum(axis=0), atol=1e-6)


def test_the_transformer_encodes_long_proteins_in_parts() -> None:
    made = ENCODERS["plus-tfm"]
    (found,) = made.embed(SEQUENCES[2:], "sum")
    starts = [*range(0, 60, made.max_residues or 0), 60]
    assert len(starts) == 4
    for start, end in pairwise(starts):
        part = plus_tfm.join(residue_tokens(SEQUENCES[2][start:end]))
        with torch.no_grad():
            states = made.network(plus_tfm.collate([part]))[0, 1:-1]
        np.testing.assert_allclose(found[start:end], states, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(sorted(SIZES)),
    st.lists(st.text(RESIDUES, min_size=1, max_size=70), min_size=1, max_size=12),
    st.sampled_from([1, 2, 4]),
    st.randoms(use_true_random=False),
)
def test_no_bit_depends_on_neighbours_order_or_threads(
    architecture: str, sequences: list[str], threads: int, draw: object
) -> None:
    made, before = ENCODERS[architecture], torch.get_num_threads()
    alone = {text: made.embed([text], "all")[0].tobytes() for text in sequences}
    draw.shuffle(sequences)  # type: ignore[attr-defined]
    torch.set_num_threads(threads)
    try:
        together = made.embed(sequences, "all")
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    for text, found in zip(sequences, together, strict=True):
        assert found.tobytes() == alone[text]


@pytest.mark.parametrize("made", ENCODERS.values())
def test_facts_report_what_cannot_be_chosen(made: PairEncoder) -> None:
    facts = made.prepare(CPU)
    assert (facts["start_state"], facts["precision"]) == ("none", "float32")
    with pytest.raises(ProtlangError, match="precision is 'bfloat16'; choose one of"):
        made.prepare(EncoderSettings(precision="bfloat16", device="cpu"))


def test_stored_vectors_embed_nothing() -> None:
    with pytest.raises(ProtlangError, match="reads stored vectors, not sequences"):
        StoredEncoder.of_vectors(3, {}).prepare(CPU)
