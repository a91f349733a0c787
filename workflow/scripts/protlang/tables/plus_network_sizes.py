"""Sizes of PLUS's networks, counted in the networks themselves.

They are built without memory for their weights, whatever the run's own models are.
"""

import torch
from torch import nn

from protlang.models.p_elmo import PElmo, PElmoConfig
from protlang.models.plus_rnn import EMBEDDING_DIM, PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import PlusTfm, PlusTfmConfig
from protlang.tables.network_sizes import parameters

_MILLION = 1e6


def plus_sizes() -> dict[tuple[str, str], float | str]:
    """What the paper's text tells of its networks, by what is counted and how.

    Weights are counted in millions, the heads of pre-training among them.
    """
    base = PlusRnnConfig.base()
    with torch.device("meta"):
        networks: dict[str, nn.Module] = {
            "PLUS-RNN_BASE": PlusRnn(base),
            "PLUS-RNN_LARGE": PlusRnn(PlusRnnConfig.large()),
            "P-ELMo": PElmo(PElmoConfig()),
            "PLUS-TFM": PlusTfm(PlusTfmConfig()),
        }
        sizes = {
            (row, "parameters"): parameters(network) / _MILLION
            for row, network in networks.items()
        }
    dimensions = f"{EMBEDDING_DIM} / {base.projection}"
    return {**sizes, ("PLUS-RNN", "embedding / projection dimension"): dimensions}
