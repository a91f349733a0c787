"""A convolution over proteins of unequal length against PyTorch's over each alone."""

import torch
from torch import Tensor
from torch.nn.functional import batch_norm, conv1d

from protlang.models.masked_convolution import MaskedConvolution
from protlang.models.tokens import within

LENGTHS = torch.tensor([7, 3, 5])


def layer(dilation: int = 1) -> MaskedConvolution:
    torch.manual_seed(0)
    made = MaskedConvolution(4, 6, window=3, dilation=dilation)
    made.normalise.running_mean.copy_(torch.randn(4))  # type: ignore[union-attr]
    return made.double()


def batch() -> tuple[Tensor, Tensor]:
    """Vectors with numbers beyond the proteins, too, and where residues stand."""
    torch.manual_seed(1)
    present = within(LENGTHS, 7, torch.device("cpu"))
    return torch.randn(3, 7, 4, dtype=torch.float64), present


def test_a_protein_is_convolved_as_if_it_were_alone() -> None:
    for dilation in (1, 2):
        own = layer(dilation).eval()
        vectors, present = batch()
        found = own(vectors, present)
        normal = own.normalise
        for row, length in enumerate(LENGTHS.tolist()):
            alone = vectors[row, :length]
            states = batch_norm(
                alone,
                normal.running_mean,
                normal.running_var,
                normal.weight,
                normal.bias,
                eps=normal.eps,
            ).relu()
            weights = own.convolve.weight, own.convolve.bias
            expected = conv1d(
                states.T[None], *weights, padding=dilation, dilation=dilation
            )
            assert torch.allclose(found[row, :length], expected[0].T)


def test_only_residues_are_normalised_over() -> None:
    own = layer().train()
    vectors, present = batch()
    before = own.normalise.running_mean.clone()  # type: ignore[union-attr]
    own(vectors, present)
    mean = vectors[present].mean(dim=0)
    expected = 0.99 * before + 0.01 * mean
    assert torch.allclose(own.normalise.running_mean, expected)  # type: ignore[arg-type]


def test_dropout_zeroes_outputs_in_training_alone() -> None:
    own = MaskedConvolution(4, 6, window=3, dropout=0.5).double()
    vectors, present = batch()
    assert (own.train()(vectors, present)[present] == 0).any()
    assert not (own.eval()(vectors, present)[present] == 0).any()
