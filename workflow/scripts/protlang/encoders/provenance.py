"""Provenance of encoders: training data, sizes, and deviations from the papers."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from protlang.corpora.token_store import TokenStore
from protlang.encoders.folder import read_config
from protlang.encoders.seqvec_protocol import (
    corpus_in_words,
    elmo_deviations,
    embedding_deviations,
    protvec_deviations,
)
from protlang.errors import ProtlangError
from protlang.files import require_file, write_text
from protlang.protocol import Deviation, Deviations, settings_that_differ

_ELMO = "elmo"

EMBEDDING: Mapping[str, str] = {"start_state": "warm", "precision": "float32"}
"""Of a configuration that sets nothing else."""


@dataclass(frozen=True)
class Provenance:
    """What the tables report of an encoder, or of anything made with one.

    Attributes:
        description: in a few words.
        simulated: whether it was trained on simulated proteins.
        deviations: differences of its protocol from the paper's.
    """

    description: str
    simulated: bool
    deviations: Deviations = ()


def trained_on(corpus: str, meta: Mapping[str, Any]) -> dict[str, Any]:
    """What an encoder's `config.json` records of its corpus.

    Args:
        corpus: its name in the configuration.
        meta: of the corpus (`protlang.corpora.token_store.read_meta`).
    """
    return {
        "corpus": corpus,
        "sources": [source["name"] for source in meta["sources"]],
        "simulated": meta["simulated"],
    }


def corpus_facts(store: TokenStore) -> dict[str, Any]:
    """What of a corpus determines an encoder that is trained on it."""
    return {**store.content, **trained_on(store.folder.name, store.meta)}


def encoder_provenance(
    name: str, folder: Path | str, embedding: Mapping[str, Any] | None = None
) -> Provenance:
    """Provenance of an encoder whose vectors are read, from its `config.json`.

    Args:
        name: of the encoder in the configuration.
        folder: of the encoder.
        embedding: how it embeds, as configured; None if that does not matter.

    Raises:
        ProtlangError: if the file is missing or not an encoder's.
    """

    def build(config: Mapping[str, Any]) -> Provenance:
        found = _COMPARED.get(config["architecture"], _other)(name, config)
        if embedding is None or config["architecture"] != _ELMO:
            return found
        used = {key: embedding.get(key, EMBEDDING[key]) for key in EMBEDDING}
        deviations = found.deviations + embedding_deviations(name, used)
        return replace(found, deviations=deviations)

    return read_config(folder, "encoder", build)


def write_provenance(path: Path | str, facts: Provenance) -> None:
    """Write facts as JSON, atomically."""
    write_text(path, json.dumps(asdict(facts), indent=1) + "\n")


def read_provenance(path: Path | str) -> Provenance:
    """Read what `write_provenance` wrote.

    Raises:
        ProtlangError: if the file is missing or damaged.
    """
    path = require_file(path, "train the model and score it first")
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        deviations = tuple(map(Deviation.read, facts["deviations"]))
        return Provenance(
            str(facts["description"]), bool(facts["simulated"]), deviations
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ProtlangError(
            f"{path} holds no provenance of a model ({error!r}); delete it and score "
            "the model again"
        ) from error


def _elmo(name: str, config: Mapping[str, Any]) -> Provenance:
    options, origin = config["options"], config["trained_on"]
    residues = config["training"]["n_train_tokens"]
    corpus = corpus_in_words(residues, origin.get("sources", []))
    return Provenance(
        f"{name}: ELMo, {options['layers']} layers of {options['lstm_dim']:,} cells, "
        f"{corpus}",
        bool(origin.get("simulated")),
        elmo_deviations(name, config),
    )


def _protvec(name: str, config: Mapping[str, Any]) -> Provenance:
    origin, training = config["trained_on"], config["training"]
    if not origin:
        return Provenance(f"{name}: ProtVec, as published", False)
    corpus = corpus_in_words(training["residues"], origin["sources"])
    return Provenance(
        f"{name}: ProtVec, {corpus}",
        bool(origin["simulated"]),
        protvec_deviations(name, config),
    )


_COMPARED = {_ELMO: _elmo, "protvec": _protvec}
"""Architectures whose vectors SeqVec reads, compared with the paper's own."""


def _other(name: str, config: Mapping[str, Any]) -> Provenance:
    architecture, origin = config["architecture"], config["trained_on"]
    corpus = f", trained on {', '.join(origin['sources'])}" if origin else ""
    return Provenance(
        f"{name}: {architecture}{corpus}",
        bool(origin.get("simulated")),
        (Deviation(f"{name} architecture", architecture, "an ELMo or ProtVec"),),
    )


PFAM = "pfam-27"
"""Source of the paper's domains, as `sources.yaml` names it."""

_TOLERANCE = 0.01
"""Relative: our validation set is taken out of training, and the test set differs."""

_ADAM = {"optimizer": "adam", "learning_rate": 0.001}
_BERT_ADAM = {"optimizer": "bert_adam", "learning_rate": 0.0001}
_LOSSES = {"masked_lm": 0.7, "same_family": 0.3}


@dataclass(frozen=True)
class Published:
    """How the paper's model of a row was made.

    Attributes:
        model: its sizes.
        training: its optimizer and the weights of its losses.
        domains: that it learned from; None if the paper does not report it.
        passes: epochs over all anchors or domains.
        entries_per_update: pairs or domains.
    """

    model: Mapping[str, Any]
    training: dict[str, Any]
    domains: int | None
    passes: int
    entries_per_update: int


_BASE = Published(
    {"hidden_dim": 512, "layers": 3, "projection": 100},
    {**_ADAM, **_LOSSES},
    *(14_670_860, 5, 64),
)

ABLATED = {
    "PT-A": (0.0, 1.0),
    "PT-B": (0.3, 0.7),
    "PT-C": (0.5, 0.5),
    "PT-D": (1.0, 0.0),
}
"""Weights of both losses in the pre-training of Table 5's models."""

PUBLISHED: Mapping[str, Published] = {
    "PLUS-RNN BASE": _BASE,
    **{
        row: replace(
            _BASE,
            training={**_ADAM, "masked_lm": masked_lm, "same_family": same_family},
        )
        for row, (masked_lm, same_family) in ABLATED.items()
    },
    "PLUS-RNN LARGE": replace(_BASE, model={**_BASE.model, "hidden_dim": 1024}),
    "PLUS-TFM": Published(
        {"hidden_dim": 768, "layers": 12, "heads": 12, "feed_forward_dim": 3072},
        {**_BERT_ADAM, **_LOSSES},
        *(None, 10, 128),
    ),
    "P-ELMo (re-implementation)": Published(
        {"hidden_dim": 1024, "layers": 2}, _ADAM, *(17_461_935, 5, 64)
    ),
}
"""By row of Tables 1 and 5. Sources: PLUS, Sections 3.1, 3.2 and 4.1 (P-ELMo had
2,791,075 domains more, 80 % of all 21,827,419), Table 5; its released code for what is
not printed."""

_KINDS = {"plus-rnn": "PLUS-RNN", "plus-tfm": "PLUS-TFM", "p-elmo-lm": "P-ELMo's LM"}


def plus_provenance(name: str, row: str, config: Mapping[str, Any]) -> Provenance:
    """Provenance of a model that was pre-trained on Pfam.

    Args:
        name: of the encoder in the configuration.
        row: of the tables that it fills.
        config: its `config.json`.
    """
    origin = config["trained_on"]
    kind, size = _kind_and_size(config)
    if not origin:
        trained_on = "most domains of the test pairs, as it split Pfam otherwise"
        return Provenance(
            f"{name}: {kind}, as published",
            False,
            (Deviation(f"{name} training domains", trained_on, "none of them"),),
        )
    training = config["training"]
    counted, sources = f"{training['domains']:,}", ", ".join(origin["sources"])
    domains, corpus = f"{counted} domains of {sources}", f"{counted} of {sources}"
    published = PUBLISHED.get(row)
    return Provenance(
        f"{name}: {kind}, {size}, {domains}, {training['updates']:,} updates",
        bool(origin["simulated"]),
        _deviations(name, published, config, corpus) if published else (),
    )


def untrained_provenance(name: str, row: str, config: Mapping[str, Any]) -> Provenance:
    """Provenance of a model's architecture with random weights.

    Args:
        name: of the encoder in the configuration.
        row: of the tables that it fills.
        config: its `config.json`.
    """
    published = PUBLISHED.get(row)
    kind, size = _kind_and_size(config)
    return Provenance(
        f"{kind}, {size}, random weights",
        False,
        settings_that_differ(config["model"], published.model, name)
        if published
        else (),
    )


def _kind_and_size(config: Mapping[str, Any]) -> tuple[str, str]:
    model = config["model"]
    kind = _KINDS[config["architecture"]]
    return kind, f"{model['layers']} layers of {model['hidden_dim']:,}"


def _deviations(
    name: str, published: Published, config: Mapping[str, Any], corpus: str
) -> Deviations:
    """Of a model's sizes, training and corpus from the paper's."""
    training = config["training"]
    per_update = {"entries_per_update": published.entries_per_update}
    found = [
        *settings_that_differ(config["model"], published.model, name),
        *settings_that_differ(training, published.training | per_update, name),
    ]
    other_sources = config["trained_on"]["sources"] != [PFAM]
    if other_sources or _differs(training["domains"], published.domains):
        number = f"{published.domains:,} of " if published.domains else ""
        found.append(
            Deviation(f"{name} training domains", corpus, f"{number}Pfam 27.0")
        )
    if _differs(training["passes"], published.passes):
        epochs = f"{training['passes']:g}", str(published.passes)
        found.append(Deviation(f"{name} epochs", *epochs))
    return tuple(found)


def _differs(own: float, paper: float | None) -> bool:
    return paper is not None and abs(own / paper - 1) > _TOLERANCE
