"""A plain re-statement of AllenNLP's biLM (v0.9.0), the baseline of embedding.

As there, every token of a padded batch passes the character network, each LSTM reads
token by token with both products of a step inside the loop, and sequences are sorted
by length so that finished ones leave the products. Source: AllenNLP's `_ElmoBiLm`,
`ElmoLstm` and `LstmCellWithProjection`.
"""

import torch
from torch import Tensor

from protlang.models.elmo import BEGIN, END, Elmo
from protlang.models.projected_lstm import ProjectedLstm


class PlainElmo:
    """The model's weights, read in the obvious way.

    Args:
        model: its weights.
    """

    name = "a re-statement of AllenNLP's modules"

    def __init__(self, model: Elmo) -> None:
        self._model = model

    @torch.no_grad()
    def encode(self, proteins: list[Tensor]) -> list[Tensor]:
        """All layers of each protein, (3, length, 1,024)."""
        order = sorted(range(len(proteins)), key=lambda n: -len(proteins[n]))
        lengths = [len(proteins[n]) + 2 for n in order]
        tokens = torch.full((len(order), lengths[0]), END)
        for row, number in enumerate(order):
            tokens[row, 0] = BEGIN
            tokens[row, 1 : lengths[row] - 1] = proteins[number]
        characters = self._model.characters
        vectors = characters.vectors(characters.words[tokens.flatten()])
        vectors = vectors.view(*tokens.shape, -1)
        layers = [
            [vectors, *read_stack(s, vectors, lengths, back)]
            for back, s in enumerate(self._model.stacks)
        ]
        both = [torch.cat(halves, dim=-1) for halves in zip(*layers, strict=True)]
        found = dict(enumerate(proteins))
        for row, number in enumerate(order):
            own = slice(1, lengths[row] - 1)
            found[number] = torch.stack([layer[row, own] for layer in both])
        return [found[number] for number in range(len(proteins))]


def read_stack(
    stack: torch.nn.Module, inputs: Tensor, lengths: list[int], backward: int
) -> list[Tensor]:
    """Outputs of each layer of one direction, (rows, steps, projection) each."""
    outputs = []
    for number, layer in enumerate(stack.layers):  # type: ignore[arg-type]
        found = read_layer(layer, inputs, lengths, bool(backward))
        if number > 0 and stack.skip_connections:
            found = found + inputs
        outputs.append(found)
        inputs = found
    return outputs


def read_layer(
    layer: ProjectedLstm, inputs: Tensor, lengths: list[int], backward: bool
) -> Tensor:
    """One layer over a padded batch, rows sorted by descending length."""
    dim, size = layer.projection.shape
    cell_clip, projection_clip = layer.clips
    outputs = inputs.new_zeros(*inputs.shape[:2], size)
    hidden = inputs.new_zeros(len(inputs), size)
    cell = inputs.new_zeros(len(inputs), dim)
    steps = range(inputs.shape[1])
    for step in reversed(steps) if backward else steps:
        rows = sum(length > step for length in lengths)
        token, before = inputs[:rows, step], hidden[:rows].clone()
        gates = token @ layer.kernel[:size] + before @ layer.kernel[size:] + layer.bias
        i, j, f, o = gates.chunk(4, dim=1)
        memory = i.sigmoid() * j.tanh() + (f + 1).sigmoid() * cell[:rows]
        memory = memory.clamp(-cell_clip, cell_clip)
        output = (o.sigmoid() * memory.tanh()) @ layer.projection
        output = output.clamp(-projection_clip, projection_clip)
        cell, hidden = cell.clone(), hidden.clone()
        cell[:rows], hidden[:rows] = memory, output
        outputs[:rows, step] = output
    return outputs
