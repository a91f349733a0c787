"""Vectors on disk in place of an encoder: what they cannot do is one sentence."""

import pytest
import torch

from protlang.encoders.settings import EncoderSettings
from protlang.encoders.stored import StoredEncoder
from protlang.errors import ProtlangError


def test_stored_vectors_predict_no_residues_and_embed_nothing() -> None:
    encoder = StoredEncoder.of_vectors(4, {})
    with pytest.raises(ProtlangError, match="set masked_lm to 0"):
        encoder.residue_scores(torch.zeros(1, 4))
    with pytest.raises(ProtlangError):
        encoder.prepare(EncoderSettings())
