"""Small ELMos, and their weights as published."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor

from protlang.encoders.elmo import bilm_options
from protlang.models.elmo import Elmo, ElmoConfig
from protlang.models.projected_lstm import State

SEQVEC = ElmoConfig.seqvec()


TRAINING = {
    "all_clip_norm_val": 10.0,
    "n_epochs": 10,
    "n_train_tokens": 9577889953,
    "batch_size": 48,
    "n_tokens_vocab": 28,
    "unroll_steps": 100,
    "n_negative_samples_batch": 20,
}
"""SeqVec's, as its published options record it."""


TINY = replace(
    SEQVEC,
    character_dim=3,
    filters=((1, 4), (2, 5), (3, 6)),
    projection=6,
    lstm_dim=10,
    dropout=0.0,
    max_characters=9,
)


CLIPPED = replace(TINY, cell_clip=0.3, projection_clip=0.15)


def make_model(config: ElmoConfig = TINY, seed: int = 0, gain: float = 1.0) -> Elmo:
    """A float64 model whose biases are not zero; `gain` strengthens its LSTMs."""
    torch.manual_seed(seed)
    model = Elmo(config).double().eval()
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "bias" in name:
                weights += 0.1 * torch.randn_like(weights)
            elif "stacks" in name:
                weights *= gain
    return model


def data_sets(model: Elmo) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Weights and options in the published layout, assembled by hand."""
    state = {name: weights.numpy() for name, weights in model.state_dict().items()}
    weights = {
        "char_embed": state["characters.embedding"],
        "CNN_proj/W_proj": state["characters.projection"],
        "CNN_proj/b_proj": state["characters.projection_bias"],
    }
    for n in range(len(model.config.filters)):
        weights[f"CNN/W_cnn_{n}"] = state[f"characters.kernels.{n}"][np.newaxis]
        weights[f"CNN/b_cnn_{n}"] = state[f"characters.biases.{n}"]
    for n, part in product(range(model.config.highway_layers), ("carry", "transform")):
        highway = f"characters.highways.{n}.{part}"
        weights[f"CNN_high_{n}/W_{part}"] = state[f"{highway}_weight"]
        weights[f"CNN_high_{n}/b_{part}"] = state[f"{highway}_bias"]
    for direction, layer in product(range(2), range(model.config.layers)):
        ours = f"stacks.{direction}.layers.{layer}"
        theirs = f"RNN_{direction}/RNN/MultiRNNCell/Cell{layer}/LSTMCell"
        weights[f"{theirs}/W_0"] = state[f"{ours}.kernel"]
        weights[f"{theirs}/B"] = state[f"{ours}.bias"]
        weights[f"{theirs}/W_P_0"] = state[f"{ours}.projection"]
    return weights, bilm_options(model.config, {})


def random_state(config: ElmoConfig, batch: int, seed: int = 1) -> State:
    generator = torch.Generator().manual_seed(seed)

    def draw(size: int) -> Tensor:
        shape = (2, config.layers, batch, size)
        return 0.2 * torch.randn(*shape, generator=generator, dtype=torch.float64)

    return State(draw(config.projection), draw(config.lstm_dim))


TINY_ELMO = ElmoConfig(
    character_dim=2,
    filters=((1, 4), (2, 4)),
    highway_layers=1,
    projection=4,
    lstm_dim=8,
    layers=2,
    cell_clip=3,
    projection_clip=3,
    dropout=0.1,
    skip_connections=True,
)
