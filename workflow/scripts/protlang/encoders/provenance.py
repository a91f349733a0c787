"""Provenance of encoders: training data, sizes, and deviations from the papers."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from protlang.corpora.token_store import TokenStore
from protlang.encoders.folder import read_config
from protlang.encoders.plus_protocol import pretraining_deviations, size_deviations
from protlang.encoders.seqvec_protocol import (
    corpus_in_words,
    elmo_deviations,
    embedding_deviations,
    protvec_deviations,
)
from protlang.errors import ProtlangError
from protlang.files import require_file, write_text
from protlang.protocol import Deviation, Deviations, merged, simulated_parts

_ELMO = "elmo"


@dataclass(frozen=True)
class SetFacts:
    """What is known of one test set.

    Attributes:
        simulated: whether its proteins are.
        deviations: differences from the paper's.
    """

    simulated: bool
    deviations: Deviations = ()


@dataclass(frozen=True)
class Provenance:
    """What the tables report of an encoder, or of anything made with one.

    Attributes:
        description: in a few words.
        simulated: whether it was trained on simulated proteins.
        deviations: differences of its protocol from the paper's.
        test_sets: that it was scored on, by what the tables call them.
    """

    description: str
    simulated: bool
    deviations: Deviations = ()
    test_sets: Mapping[str, SetFacts] = field(default_factory=dict)

    def on(self, test_set: str) -> "Provenance":
        """Provenance of what was measured on a test set.

        Of an unknown one, such as a part of another, all are meant.
        """
        every = tuple(self.test_sets.values())
        known = (self.test_sets[test_set],) if test_set in self.test_sets else every
        return replace(
            self,
            simulated=self.simulated or any(one.simulated for one in known),
            deviations=merged(self.deviations, *(one.deviations for one in known)),
            test_sets={},
        )


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
        embedding: how it embeds (`embedding` of the configuration, with all defaults);
            None if that does not matter.

    Raises:
        ProtlangError: if the file is missing or not an encoder's.
    """

    def build(config: Mapping[str, Any]) -> Provenance:
        found = _COMPARED.get(config["architecture"], _other)(name, config)
        if embedding is None:
            return found
        by_elmo = config["architecture"] == _ELMO
        others = embedding_deviations(name, embedding, by_elmo)
        return replace(found, deviations=found.deviations + others)

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
        whole = _set_facts(facts)
        tests = {name: _set_facts(one) for name, one in facts["test_sets"].items()}
        return Provenance(
            str(facts["description"]), whole.simulated, whole.deviations, tests
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProtlangError(
            f"{path} holds no provenance of a model ({error!r}); delete it and score "
            "the model again"
        ) from error


def _set_facts(entry: Mapping[str, Any]) -> SetFacts:
    deviations = tuple(map(Deviation.read, entry["deviations"]))
    return SetFacts(bool(entry["simulated"]), deviations)


def _elmo(name: str, config: Mapping[str, Any]) -> Provenance:
    options, origin = config["options"], config["trained_on"]
    residues = config["training"]["n_train_tokens"]
    corpus = corpus_in_words(residues, origin.get("sources", []))
    return Provenance(
        f"{name}: ELMo, {options['layers']} layers of {options['lstm_dim']:,} cells, "
        f"{corpus}",
        bool(origin.get("simulated")),
        elmo_deviations(name, config) + _if_simulated(name, origin),
    )


def _protvec(name: str, config: Mapping[str, Any]) -> Provenance:
    origin, training = config["trained_on"], config["training"]
    if not origin:
        return Provenance(f"{name}: ProtVec, as published", False)
    corpus = corpus_in_words(training["residues"], origin["sources"])
    return Provenance(
        f"{name}: ProtVec, {corpus}",
        bool(origin["simulated"]),
        protvec_deviations(name, config) + _if_simulated(name, origin),
    )


_COMPARED = {_ELMO: _elmo, "protvec": _protvec}
"""Architectures whose vectors SeqVec reads, compared with the paper's own."""


def _other(name: str, config: Mapping[str, Any]) -> Provenance:
    architecture, origin = config["architecture"], config["trained_on"]
    corpus = f", trained on {', '.join(origin['sources'])}" if origin else ""
    return Provenance(
        f"{name}: {architecture}{corpus}",
        bool(origin.get("simulated")),
        (
            Deviation(f"{name} architecture", architecture, "an ELMo or ProtVec"),
            *_if_simulated(name, origin),
        ),
    )


_KINDS = {"plus-rnn": "PLUS-RNN", "plus-tfm": "PLUS-TFM", "p-elmo-lm": "P-ELMo's LM"}


def plus_provenance(
    name: str, row: str, config: Mapping[str, Any], on_pfam: bool = True
) -> Provenance:
    """Provenance of a model that was pre-trained on Pfam.

    Args:
        name: of the encoder in the configuration.
        row: of the tables that it fills.
        config: its `config.json`.
        on_pfam: whether it is tested on Pfam's domains.
    """
    origin = config["trained_on"]
    kind, size = _kind_and_size(config)
    if not origin:
        deviations = size_deviations(name, row, config)
        if config["architecture"] == "p-elmo-lm":
            whose = "by P-ELMo's authors", "by PLUS's authors, who implemented it anew"
            deviations += (Deviation(f"{name} pre-training", *whose),)
        if on_pfam:
            known = "most domains of the test pairs, as it split Pfam otherwise"
            deviations += (
                Deviation(f"{name} training domains", known, "none of them"),
            )
        return Provenance(f"{name}: {kind}, as published", False, deviations)
    training = config["training"]
    domains = f"{training['domains']:,} domains of {', '.join(origin['sources'])}"
    return Provenance(
        f"{name}: {kind}, {size}, {domains}, {training['updates']:,} updates",
        bool(origin["simulated"]),
        (
            *size_deviations(name, row, config),
            *pretraining_deviations(name, row, config),
            *_if_simulated(name, origin),
        ),
    )


def untrained_provenance(name: str, row: str, config: Mapping[str, Any]) -> Provenance:
    """Provenance of a model's architecture with random weights.

    Args:
        name: of the encoder in the configuration.
        row: of the tables that it fills.
        config: its `config.json`.
    """
    kind, size = _kind_and_size(config)
    return Provenance(
        f"{kind}, {size}, random weights", False, size_deviations(name, row, config)
    )


def _if_simulated(name: str, origin: Mapping[str, Any]) -> Deviations:
    return simulated_parts({f"{name} corpus": bool(origin.get("simulated"))})


def _kind_and_size(config: Mapping[str, Any]) -> tuple[str, str]:
    model = config["model"]
    kind = _KINDS[config["architecture"]]
    return kind, f"{model['layers']} layers of {model['hidden_dim']:,}"
