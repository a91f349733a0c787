"""TAPE's networks: their sizes, and each protein as if it were alone."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from protlang.errors import ProtlangError
from protlang.models.plus_tfm import sinusoids
from protlang.models.tape import (
    TapeLstm,
    TapeLstmConfig,
    TapeResNet,
    TapeResNetConfig,
    TapeTransformer,
    TapeTransformerConfig,
)
from protlang.models.tokens import collate, residue_tokens

PROTEINS = [residue_tokens(text) for text in ("MKVLA", "GH", "ACDEFGHIKLMNP")]


def small(name: str) -> Any:
    """A network of each kind, in evaluation mode."""
    torch.manual_seed(0)
    made: dict[str, nn.Module] = {
        "lstm": TapeLstm(TapeLstmConfig(hidden_dim=5, layers=2)),
        "transformer": TapeTransformer(
            TapeTransformerConfig(hidden_dim=8, layers=2, heads=2, feed_forward_dim=12)
        ),
        "resnet": TapeResNet(TapeResNetConfig(hidden_dim=6, layers=2, window=5)),
    }
    return made[name].double().eval()


def weights(network: nn.Module) -> int:
    return sum(one.numel() for one in network.parameters())


@pytest.mark.parametrize("name", ["lstm", "transformer", "resnet"])
def test_a_proteins_states_do_not_depend_on_its_neighbours(name: str) -> None:
    network = small(name)
    together: Tensor = network(collate(PROTEINS))
    assert together.shape == (3, 13, network.channels)
    for row, protein in enumerate(PROTEINS):
        alone = network(collate([protein]))[0]
        assert torch.allclose(together[row, : len(protein)], alone)
        assert not together[row, len(protein) :].any()


def test_the_lstms_read_the_protein_from_either_end() -> None:
    network = small("lstm")
    changed = PROTEINS[2].clone()
    changed[6] = 1
    own, other = (network(collate([one]))[0] for one in (PROTEINS[2], changed))
    ahead, back = (own != other).any(dim=1), network.config.hidden_dim
    assert ahead.all()
    assert torch.equal(own[:6, :back], other[:6, :back])
    assert torch.equal(own[7:, back:], other[7:, back:])
    assert (own[6:, :back] != other[6:, :back]).any(dim=1).all()


def test_the_resnet_reads_as_far_as_its_windows_reach() -> None:
    """5 positions, then two times 5, then two times 5 of every second one."""
    network = small("resnet")
    protein = residue_tokens("ACDEFGHIKLMNPQRSTVWY" * 3)
    changed = protein.clone()
    changed[30] = 20
    own, other = (network(collate([one]))[0] for one in (protein, changed))
    reached = (own != other).any(dim=1).nonzero()[:, 0]
    reach = 2 + 2 * 2 + 2 * 4
    assert (int(reached[0]), int(reached[-1])) == (30 - reach, 30 + reach)


def test_positions_from_1_on_are_projected_with_the_residue() -> None:
    network = small("transformer")
    network.layers = nn.ModuleList()
    found = network(collate([PROTEINS[0]]))[0]
    embedded = network.embedding(PROTEINS[0])
    positions = sinusoids(6, 8)[1:]
    expected = network.placed(torch.cat([embedded, positions], dim=1))
    assert torch.allclose(found, expected)


def test_a_layer_of_the_transformer_normalises_before_each_part() -> None:
    layer = small("transformer").layers[0]
    states = torch.randn(1, 4, 8, dtype=torch.float64)
    present = torch.ones(1, 4, dtype=torch.bool)
    middle = states + layer.attention(layer.attention_norm(states), present)
    hidden = layer.widen(layer.feed_forward_norm(middle)).relu()
    assert torch.allclose(layer(states, present), middle + layer.narrow(hidden))


def test_published_sizes_are_those_that_tape_states() -> None:
    """About 38 million weights each; the LSTM's two stacks have some more."""
    with torch.device("meta"):
        transformer = weights(TapeTransformer(TapeTransformerConfig()))
        resnet = weights(TapeResNet(TapeResNetConfig()))
        lstm = weights(TapeLstm(TapeLstmConfig()))
    layer = 4 * (512 * 512 + 512) + 2 * 512 * 2048 + 2048 + 512 + 4 * 512
    assert transformer == 12 * layer + 22 * 512 + 1024 * 512 + 512
    block = 2 * (256 * 256 * 9 + 256 + 2 * 256)
    assert resnet == 35 * block + 22 * 128 + 128 * 256 * 9 + 256 + 2 * 128
    gates = 4 * 1024
    stack = gates * (128 + 1024 + 2) + 2 * gates * (2048 + 2)
    assert lstm == 2 * stack + 22 * 128


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ProtlangError, match="multiple of twice its heads, 6"):
        TapeTransformerConfig(hidden_dim=8, heads=3)
    for kind in (TapeLstmConfig, TapeTransformerConfig, TapeResNetConfig):
        with pytest.raises(ProtlangError, match="layers is 0"):
            kind(layers=0)
