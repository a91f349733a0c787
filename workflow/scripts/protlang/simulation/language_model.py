"""A checkpoint of an ELMo in bilm-tf's layout, with weights that learned nothing.

Whoever reads it needs no training; its perplexity is about that of uniform letters.
"""

import numpy as np

from protlang.alphabet import RESIDUES
from protlang.formats import bilm
from protlang.formats.bilm_checkpoint import (
    SOFTMAX_BIAS,
    SOFTMAX_WEIGHTS,
    BilmCheckpoint,
)
from protlang.simulation.world import SimulationConfig, stream

_PROJECTION = 8
_SPREAD = 0.1
"""Standard deviation of weights."""

_WORDS = ("<S>", "</S>", "<UNK>", *RESIDUES)


def simulate_checkpoint(config: SimulationConfig) -> BilmCheckpoint:
    """Draw the weights of a tiny network of SeqVec's kind."""
    rng = stream(config.seed, "language model")
    options = {
        "bidirectional": True,
        "char_cnn": {
            "activation": "relu",
            "embedding": {"dim": 4},
            "filters": [[1, 8], [2, 8]],
            "max_characters_per_token": 50,
            "n_characters": bilm.CHARACTERS,
            "n_highway": 1,
        },
        "dropout": 0.1,
        "lstm": {
            "cell_clip": 3,
            "dim": 16,
            "n_layers": 2,
            "proj_clip": 3,
            "projection_dim": _PROJECTION,
            "use_skip_connections": True,
        },
        "n_train_tokens": 0,
        "batch_size": 8,
        "n_tokens_vocab": len(_WORDS),
        "unroll_steps": 50,
        "n_negative_samples_batch": 20,
    }

    def draw(shape: tuple[int, ...]) -> np.ndarray:
        return rng.normal(0, _SPREAD, shape).astype(np.float32)

    weights = {name: draw(shape) for name, shape in bilm.shapes(options).items()}
    softmax = {
        SOFTMAX_WEIGHTS: draw((len(_WORDS), _PROJECTION)),
        SOFTMAX_BIAS: draw((len(_WORDS),)),
    }
    return BilmCheckpoint(bilm.BilmPair(options, weights), softmax, _WORDS, True)
