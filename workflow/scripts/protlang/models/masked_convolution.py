"""Convolutions along proteins of unequal length, each as if it were alone."""

from torch import Tensor, nn

_EPSILON, _MOMENTUM = 1e-3, 0.01
"""Of the normalisation. Source: the defaults of Keras, which TAPE's networks have."""


class MaskedConvolution(nn.Module):
    """Normalisation over residues, ReLU, a convolution and dropout.

    Beside a protein the convolution reads zeros, and what is there has no share in the
    normalisation, so batches change no protein's outputs once training has ended.
    Source: the layer `PaddedConv` of TAPE's released code.

    Args:
        inputs: channels of a residue.
        outputs: channels of a residue.
        window: positions that an output reads, odd.
        dilation: distance of these positions.
        dropout: share zeroed in training.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        window: int,
        dilation: int = 1,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.normalise = nn.BatchNorm1d(inputs, eps=_EPSILON, momentum=_MOMENTUM)
        padding = dilation * (window // 2)
        self.convolve = nn.Conv1d(
            inputs, outputs, window, padding=padding, dilation=dilation
        )
        nn.init.kaiming_normal_(self.convolve.weight, nonlinearity="relu")
        nn.init.zeros_(_bias(self.convolve))
        self.dropout = nn.Dropout(dropout)

    def forward(self, vectors: Tensor, present: Tensor) -> Tensor:
        """From (batch, longest, inputs) to (batch, longest, outputs).

        Args:
            vectors: what is not present is not read.
            present: where a residue stands, bool (batch, longest).
        """
        rows = self.normalise(vectors[present]).relu()
        places = rows.new_zeros(*present.shape, rows.shape[1])
        places[present] = rows
        convolved = self.convolve(places.transpose(1, 2)).transpose(1, 2)
        outputs: Tensor = self.dropout(convolved)
        return outputs


def _bias(layer: nn.Conv1d) -> Tensor:
    assert layer.bias is not None
    return layer.bias
