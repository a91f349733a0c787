"""SeqVec's model once more: slow, in NumPy, from methods A.1 and A.3 alone.

One protein, one direction, one layer, one step, one token at a time, on weights in the
published layout. Nothing is shared with the library.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

Weights = Mapping[str, np.ndarray]


class Encoded(NamedTuple):
    """Layers (1 + layers, length, 2 projection); end states (2, layers, ...)."""

    layers: np.ndarray
    hidden: np.ndarray
    cell: np.ndarray


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def characters(token: str, size: int) -> list[int]:
    """Ids of one token; `<S>` and `</S>` are tokens, too."""
    middle = {"<S>": 256, "</S>": 257}.get(token) or token.encode("utf-8")[0]
    return [258, middle, 259, *[260] * (size - 3)]


def token_vector(
    token: str, weights: Weights, options: Mapping[str, Any]
) -> np.ndarray:
    """Convolutions over characters, highway layers, projection."""
    cnn = options["char_cnn"]
    ids = characters(token, cnn["max_characters_per_token"])
    embedded = np.stack([weights["char_embed"][i] for i in ids])
    features = []
    for serial, (width, _) in enumerate(cnn["filters"]):
        kernel = weights[f"CNN/W_cnn_{serial}"][0]  # (width, 16, filters)
        bias = weights[f"CNN/b_cnn_{serial}"]
        responses = []
        for start in range(len(ids) - width + 1):
            response = bias.copy()
            for offset in range(width):
                response = response + embedded[start + offset] @ kernel[offset]
            responses.append(np.maximum(response, 0))
        features.append(np.max(responses, axis=0))
    x = np.concatenate(features)
    for serial in range(cnn["n_highway"]):
        layer = f"CNN_high_{serial}"
        gate = sigmoid(x @ weights[f"{layer}/W_carry"] + weights[f"{layer}/b_carry"])
        transform = (
            x @ weights[f"{layer}/W_transform"] + weights[f"{layer}/b_transform"]
        )
        x = gate * np.maximum(transform, 0) + (1 - gate) * x
    return x @ weights["CNN_proj/W_proj"] + weights["CNN_proj/b_proj"]


def lstm_step(
    x: np.ndarray,
    hidden: np.ndarray,
    cell: np.ndarray,
    weights: Weights,
    group: str,
    clips: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray]:
    """The new hidden (clipped projection) and cell (clipped)."""
    joined = np.concatenate([x, hidden])
    z = joined @ weights[f"{group}/W_0"] + weights[f"{group}/B"]
    i, j, f, o = np.split(z, 4)
    cell = sigmoid(f + 1) * cell + sigmoid(i) * np.tanh(j)
    cell = np.minimum(np.maximum(cell, -clips[0]), clips[0])
    hidden = (sigmoid(o) * np.tanh(cell)) @ weights[f"{group}/W_P_0"]
    return np.minimum(np.maximum(hidden, -clips[1]), clips[1]), cell


def read_direction(
    vectors: np.ndarray,
    weights: Weights,
    options: Mapping[str, Any],
    direction: int,
    hiddens: np.ndarray,
    cells: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outputs (layers, steps, projection) in reading order, and the end states."""
    lstm = options["lstm"]
    clips = lstm["cell_clip"], lstm["proj_clip"]
    outputs, end_hiddens, end_cells = [], [], []
    inputs = vectors
    for layer in range(lstm["n_layers"]):
        group = f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"
        hidden, cell = hiddens[layer], cells[layer]
        given = []
        for x in inputs:
            hidden, cell = lstm_step(x, hidden, cell, weights, group, clips)
            skip = lstm["use_skip_connections"] and layer > 0
            given.append(hidden + x if skip else hidden)
        inputs = np.stack(given)
        outputs.append(inputs)
        end_hiddens.append(hidden)
        end_cells.append(cell)
    return np.stack(outputs), np.stack(end_hiddens), np.stack(end_cells)


def encode(
    sequence: str,
    weights: Weights,
    options: Mapping[str, Any],
    start: tuple[np.ndarray, np.ndarray] | None = None,
    dtype: type = np.float64,
) -> Encoded:
    """All outputs of the model for one protein.

    Args:
        sequence: its residues.
        weights: in the published layout, of any type.
        options: as in `options.json`.
        start: hidden and cell (2, layers, ...) before the first token; zero if None.
        dtype: of all arithmetic.
    """
    weights = {name: array.astype(dtype) for name, array in weights.items()}
    lstm = options["lstm"]
    if start is None:
        lead = (2, lstm["n_layers"])
        start = (
            np.zeros((*lead, lstm["projection_dim"])),
            np.zeros((*lead, lstm["dim"])),
        )
    hiddens, cells = (part.astype(dtype) for part in start)
    tokens = ["<S>", *sequence, "</S>"]
    vectors = np.stack([token_vector(token, weights, options) for token in tokens])
    ahead = read_direction(vectors, weights, options, 0, hiddens[0], cells[0])
    back = read_direction(vectors[::-1], weights, options, 1, hiddens[1], cells[1])
    layers = [np.concatenate([vectors, vectors], axis=1)]
    for forward, backward in zip(ahead[0], back[0], strict=True):
        layers.append(np.concatenate([forward, backward[::-1]], axis=1))
    return Encoded(
        np.stack(layers)[:, 1:-1],
        np.stack([ahead[1], back[1]]),
        np.stack([ahead[2], back[2]]),
    )


def next_token_scores(
    outputs: np.ndarray, weight: np.ndarray, bias: np.ndarray
) -> np.ndarray:
    """Scores (steps, words) of the shared softmax; weight (words, projection)."""
    return np.stack([weight @ output + bias for output in outputs])


def largest_difference(found: Sequence[Any], expected: Sequence[np.ndarray]) -> float:
    """The largest absolute difference of any number in two lists of arrays."""
    differences = [
        np.abs(np.asarray(one, dtype=np.float64) - other.astype(np.float64)).max()
        for one, other in zip(found, expected, strict=True)
        if other.size
    ]
    return float(max(differences))
