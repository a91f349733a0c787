"""Networks without pre-training as encoders: what they read and how they differ."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from protlang.encoders.masking import MaskedSequence, sequence_tokens, unmasked
from protlang.encoders.registry import PAIR_ENCODERS, load_pair_encoder, pair_encoder
from protlang.encoders.tape import ConvLstmEncoder, SupervisedEncoder
from protlang.errors import ProtlangError

SMALL: dict[str, dict[str, Any]] = {
    "tape-lstm": {"hidden_dim": 3, "layers": 1},
    "tape-transformer": {
        "hidden_dim": 8,
        "layers": 1,
        "heads": 2,
        "feed_forward_dim": 4,
    },
    "tape-resnet": {"hidden_dim": 4, "layers": 2},
    "conv-lstm": {"input_dim": 5, "filters": 2, "hidden_dim": 3},
}
KINDS = list(SMALL)


def small(architecture: str) -> SupervisedEncoder:
    made = pair_encoder(architecture).new(SMALL[architecture])
    assert isinstance(made, SupervisedEncoder)
    made.network.eval()
    return made


def sequence(letters: str, width: int = 5) -> MaskedSequence:
    profile = np.random.default_rng(len(letters)).normal(size=(len(letters), width))
    return unmasked(sequence_tokens(letters))._replace(stored=profile)


def test_all_of_them_are_registered() -> None:
    kinds = [
        kind for kind in PAIR_ENCODERS.values() if issubclass(kind, SupervisedEncoder)
    ]
    assert [kind.architecture for kind in kinds] == KINDS


@pytest.mark.parametrize("architecture", KINDS)
def test_residues_have_states_and_no_projection(architecture: str) -> None:
    own = small(architecture)
    found = own.encode([sequence("MKVLA"), sequence("GHA")])
    assert found.r.shape == (2, 5, own.channels["r"])
    assert found.lengths.tolist() == [5, 3]
    assert found.z is None
    assert not found.r[1, 3:].any()
    alone = own.encode([sequence("GHA")]).r[0]
    assert torch.allclose(found.r[1, :3], alone, atol=1e-6)


@pytest.mark.parametrize("architecture", KINDS)
def test_a_folder_gives_the_same_network(architecture: str, tmp_path: Path) -> None:
    own = small(architecture)
    own.save(tmp_path)
    again = load_pair_encoder(tmp_path)
    assert again.description == own.description
    batch = [sequence("MKVLA")]
    assert torch.equal(again.encode(batch).r, own.encode(batch).r)


@pytest.mark.parametrize("architecture", KINDS)
def test_they_predict_no_residues(architecture: str) -> None:
    own = small(architecture)
    with pytest.raises(ProtlangError, match="no language model"):
        own.residue_scores(torch.zeros(1, 3))
    assert own.masking is None


def test_only_one_reads_profiles_and_it_needs_their_width() -> None:
    assert [small(kind).reads for kind in KINDS] == ["", "", "", "profile"]
    own = small("conv-lstm")
    for wrong in (sequence("MKV", 4), unmasked(sequence_tokens("MKV"))):
        with pytest.raises(ProtlangError, match="profiles of 5 numbers per residue"):
            own.encode([wrong])


@pytest.mark.parametrize("architecture", KINDS)
def test_provenance_has_every_difference_from_tape(architecture: str) -> None:
    found = small(architecture).provenance
    aspects = [one.aspect for one in found.deviations]
    assert "random weights" in found.description
    assert {"warm-up", "batches", "weights selected by"} <= set(aspects)
    assert "hidden dim" in aspects
    with torch.device("meta"):
        published = pair_encoder(architecture).new({})
    assert isinstance(published, SupervisedEncoder)
    settings = {one.aspect for one in published.provenance.deviations}
    assert not settings & {"hidden dim", "layers", "filters", "heads"}


def test_the_network_on_profiles_does_not_claim_the_labels() -> None:
    aspects = [one.aspect for one in ConvLstmEncoder.differences]
    assert "labels learned" in aspects
