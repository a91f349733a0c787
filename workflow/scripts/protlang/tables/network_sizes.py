"""Sizes of the papers' networks, counted in the networks themselves.

They are built without memory for their weights, whatever the run's own encoders are.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import nn

from protlang.alphabet import AMINO_ACIDS
from protlang.formats.netsurfp import PROFILE_COLUMNS
from protlang.models.elmo import DIRECTIONS, Elmo, ElmoConfig
from protlang.models.p_elmo import PElmo, PElmoConfig
from protlang.models.per_protein_mlp import PerProteinNetwork
from protlang.models.per_residue_cnn import HIDDEN_CHANNELS, WINDOW, PerResidueNetwork
from protlang.models.plus_rnn import EMBEDDING_DIM, PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import PlusTfm, PlusTfmConfig
from protlang.proteins import Protein
from protlang.tasks.features import encode

PROTVEC_DIMENSION = 100
"""Of ProtVec's vectors (Asgari and Mofrad 2015)."""

_SEQVEC, _PROTVEC = "seqvec", "protvec"

PREDICTORS: Mapping[str, Sequence[str]] = {
    "DeepProf": ["profile"],
    "DeepSeqVec": [_SEQVEC],
    "DeepProf+SeqVec": ["profile", _SEQVEC],
    "DeepProtVec": [_PROTVEC],
    "DeepOneHot": ["one_hot"],
    "DeepBLOSUM65": ["blosum65"],
}
"""Rows of Table 1 and the features of their networks."""

PROTEIN_PREDICTORS: Mapping[str, str] = {
    "DeepSeqVec-Loc": _SEQVEC,
    "DeepProtVec-Loc": _PROTVEC,
}
"""Rows of Table 2 and the encoders of their networks."""


_MILLION = 1e6


def seqvec_sizes() -> dict[tuple[str, str], float | str]:
    """Sizes stated in SeqVec's text, by what is counted and how."""
    return dict(_seqvec_sizes())


def plus_sizes() -> dict[tuple[str, str], float | str]:
    """Sizes stated in PLUS's text, by what is counted and how.

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


def parameters(network: nn.Module) -> int:
    """Free parameters of a network."""
    return sum(weights.numel() for weights in network.parameters())


def _seqvec_sizes() -> Iterator[tuple[tuple[str, str], float | str]]:
    config = ElmoConfig.seqvec()
    dimension = DIRECTIONS * config.projection
    with torch.device("meta"):
        model = parameters(Elmo(config, with_softmax=False))
        yield ("SeqVec LM", "free parameters"), model / _MILLION
        channels = _channels(dimension)
        for row, features in PREDICTORS.items():
            network = PerResidueNetwork(sum(channels[name] for name in features))
            yield (row, "free parameters"), parameters(network)
        for row, name in PROTEIN_PREDICTORS.items():
            size = parameters(PerProteinNetwork(channels[name]))
            yield (row, "free parameters"), size
        dropout = PerResidueNetwork(1).dropout.p
    yield ("vocabulary", "tokens"), len(config.vocabulary)
    yield ("concatenated features", "dimension"), (config.layers + 1) * dimension
    shape = f"{HIDDEN_CHANNELS} / {WINDOW} / {dropout:.0%}"
    yield ("CNN", "filters/window/dropout"), shape


def _channels(dimension: int) -> dict[str, int]:
    """Numbers per residue of each feature; SeqVec's three layers are summed."""
    profile_shape = len(AMINO_ACIDS), PROFILE_COLUMNS.stop - PROFILE_COLUMNS.start
    profile = np.zeros(profile_shape, dtype=np.float32)
    protein = Protein("amino acids", AMINO_ACIDS, profile=profile)
    own = {
        name: encode([name], protein).shape[1]
        for name in ("one_hot", "blosum65", "profile")
    }
    return {**own, _SEQVEC: dimension, _PROTVEC: PROTVEC_DIMENSION}
