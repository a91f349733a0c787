"""What an encoder on disk says of itself, and how it differs from the paper's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protlang.errors import ProtlangError
from protlang.files import require_file

CONFIG_FILE = "config.json"
"""Beside the weights in an encoder's folder."""

SEQVEC_OPTIONS: Mapping[str, Any] = {
    "projection": 512,
    "lstm_dim": 4096,
    "layers": 2,
}
"""Sizes of the published network. Source: SeqVec, Methods, "ELMo adaptation"."""

SEQVEC_RESIDUES = 9_577_889_953
"""It was trained on. Source: `n_train_tokens` of the published options."""

PROTVEC_SOURCE = "swissprot"
"""ProtVec was trained on. Source: Asgari and Mofrad 2015; SeqVec, Methods."""


@dataclass(frozen=True)
class EncoderFacts:
    """What the tables say of an encoder.

    Attributes:
        description: in a few words.
        simulated: whether it was trained on simulated proteins.
        deviation: how it differs from the paper's; empty if it does not.
    """

    description: str
    simulated: bool
    deviation: str


def trained_on(corpus: str, meta: Mapping[str, Any]) -> dict[str, Any]:
    """What an encoder keeps in mind of its corpus.

    Args:
        corpus: its name in the configuration.
        meta: what the corpus says of itself (`protlang.corpora.token_store.read_meta`).
    """
    return {
        "corpus": corpus,
        "sources": [source["name"] for source in meta["sources"]],
        "simulated": meta["simulated"],
    }


def read_encoder_facts(name: str, folder: Path | str) -> EncoderFacts:
    """Read what an encoder's `config.json` tells.

    Args:
        name: of the encoder in the configuration.
        folder: of the encoder.

    Raises:
        ProtlangError: if the file is missing or not an encoder's.
    """
    path = require_file(Path(folder) / CONFIG_FILE, "train or import the encoder")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        describe = _READERS[config["architecture"]]
        return describe(name, config)
    except (ValueError, KeyError, TypeError) as error:
        raise ProtlangError(
            f"{path} does not describe an encoder of protlang's ({error!r}); train or "
            "import it again"
        ) from error


def _elmo(name: str, config: Mapping[str, Any]) -> EncoderFacts:
    options, training = config["options"], config["training"]
    origin = config["trained_on"]
    residues = training["n_train_tokens"]
    size = f"{options['layers']} layers of {options['lstm_dim']:,} cells"
    corpus = f"{residues:,} residues" + (
        f" of {', '.join(origin['sources'])}" if origin else ""
    )
    differences = []
    if any(options[key] != value for key, value in SEQVEC_OPTIONS.items()):
        published = "{layers} layers of {lstm_dim:,} cells".format(**SEQVEC_OPTIONS)
        differences.append(f"has {size}, SeqVec {published}")
    if residues != SEQVEC_RESIDUES:
        differences.append(f"was trained on {corpus}, SeqVec on {SEQVEC_RESIDUES:,}")
    return EncoderFacts(
        f"{name}: ELMo, {size}, {corpus}",
        bool(origin.get("simulated")),
        f"{name} {' and '.join(differences)}" if differences else "",
    )


def _protvec(name: str, config: Mapping[str, Any]) -> EncoderFacts:
    origin, training = config["trained_on"], config["training"]
    if not origin:
        return EncoderFacts(f"{name}: ProtVec, as published", False, "")
    sources = origin["sources"]
    corpus = f"{training['residues']:,} residues of {', '.join(sources)}"
    is_the_papers = sources == [PROTVEC_SOURCE] and not training.get("max_residues")
    deviation = f"{name} was trained on {corpus}, ProtVec on all of Swiss-Prot"
    return EncoderFacts(
        f"{name}: ProtVec, {corpus}",
        bool(origin["simulated"]),
        "" if is_the_papers else deviation,
    )


_READERS = {"elmo": _elmo, "protvec": _protvec}
