"""How an ELMo or a ProtVec was made otherwise than SeqVec's.

The paper's values stand here as it reports them, apart from the defaults of this
library, so that a changed default shows as a difference. Where the paper is silent,
nothing is compared.

Sources: SeqVec, Methods; the `options.json` published with it; bilm-tf; Asgari and
Mofrad 2015 for ProtVec, and its public implementation (biovec) for what that paper does
not report.
"""

from collections.abc import Mapping
from typing import Any

from protlang.protocol import (
    NOT_RECORDED,
    Deviation,
    Deviations,
    settings_that_differ,
)

SEQVEC_OPTIONS: Mapping[str, Any] = {
    "character_dim": 16,
    "filters": [[1, 32], [2, 32], [3, 64], [4, 128], [5, 256], [6, 512], [7, 1024]],
    "highway_layers": 2,
    "projection": 512,
    "lstm_dim": 4096,
    "layers": 2,
    "cell_clip": 3,
    "projection_clip": 3,
    "dropout": 0.1,
    "skip_connections": True,
    "max_characters": 50,
}
"""Of the published network."""

SEQVEC_RESIDUES = 9_577_889_953
"""Of UniRef50; the release is not stated. Source: `n_train_tokens` of the options."""

SEQVEC_EPOCHS = 10

_PUBLISHED_TRAINING: Mapping[str, Any] = {
    "all_clip_norm_val": 10.0,
    "batch_size": 48,
    "unroll_steps": 100,
    "n_negative_samples_batch": 20,
}
"""Names of `options.json`, which imported networks have."""

_SEQVEC_ROWS = 5 * 48
"""Of all five processes."""

_SEQVEC_TRAINING: Mapping[str, Any] = {
    "gradient_norm": 10.0,
    "unroll_steps": 100,
    "negative_samples": 20,
    "rows_per_update": _SEQVEC_ROWS,
    "rows_at_a_time": "5 x 48",
    "optimizer": "adagrad",
    "learning_rate": 0.2,
    "precision": "float32",
}
"""The softmax is sampled."""

_STORED: Mapping[str, Any] = {"storage": "float32"}

_EMBEDDED: Mapping[str, Any] = {"start_state": "carried on", "precision": "float32"}
"""By an ELMo; AllenNLP starts a protein from the state after another one."""

PROTVEC_SOURCE, PROTVEC_PROTEINS = "swissprot", 546_790
"""ProtVec's corpus, as `sources.yaml` names it, and its size: its release."""

_PROTVEC: Mapping[str, Any] = {
    "dimension": 100,
    "window": 25,
    "negatives": 5,
    "min_count": 2,
    "epochs": 5,
    "learning_rate": 0.025,
    "subsampling": 0.001,
}

_TOLERANCE = 0.01
"""Relative, of epochs: the last one is cut to whole updates."""

_HELD_OUT = 0.02
"""Share of a corpus that may be held out to measure perplexity."""


def elmo_deviations(name: str, config: Mapping[str, Any]) -> Deviations:
    """How an ELMo's network, training and corpus differ from SeqVec's.

    Of an imported one, only what its files state is compared.

    Args:
        name: of the encoder.
        config: its `config.json`.
    """
    training, origin = config["training"], config["trained_on"]
    options = {**config["options"], "filters": _as_lists(config["options"]["filters"])}
    if origin:
        trained = settings_that_differ(
            _own_training(training), _SEQVEC_TRAINING, name
        ) + _of_epochs(name, training)
    else:
        stated = {
            key: _PUBLISHED_TRAINING[key]
            for key in _PUBLISHED_TRAINING
            if key in training
        }
        trained = settings_that_differ(training, stated, name)
    return (
        *settings_that_differ(options, SEQVEC_OPTIONS, name),
        *trained,
        *_of_uniref(name, training, origin.get("sources", [])),
    )


def embedding_deviations(
    name: str, settings: Mapping[str, Any], by_elmo: bool
) -> Deviations:
    """How proteins are embedded otherwise than by SeqVec.

    Args:
        name: of the encoder.
        settings: `start_state`, `precision` and `storage`, as used.
        by_elmo: whether the encoder is one; others have no start state.
    """
    paper = {**(_EMBEDDED if by_elmo else {}), **_STORED}
    return settings_that_differ(settings, paper, f"{name} embedding")


def protvec_deviations(name: str, config: Mapping[str, Any]) -> Deviations:
    """How a ProtVec's training and corpus differ from the published one's.

    Args:
        name: of the encoder.
        config: its `config.json`.
    """
    training, origin = config["training"], config["trained_on"]
    if not origin:
        return ()
    return (
        *settings_that_differ(training, _PROTVEC, name),
        *_of_swissprot(name, training, origin["sources"]),
    )


def corpus_in_words(residues: int, sources: list[str]) -> str:
    """Such as `1,200 residues of yeast`."""
    return f"{residues:,} residues" + (f" of {', '.join(sources)}" if sources else "")


def _as_lists(filters: Any) -> list[list[int]]:
    return [list(pair) for pair in filters]


def _own_training(training: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a training by the names of `_SEQVEC_TRAINING`.

    Rows read at a time are the paper's if there are as many, on however many processes.
    """
    processes, rows = training.get("processes"), training.get("batch_size")
    at_a_time = f"{processes} x {rows}" if processes and rows else NOT_RECORDED
    if processes and rows and processes * rows == _SEQVEC_ROWS:
        at_a_time = _SEQVEC_TRAINING["rows_at_a_time"]
    return {
        **training,
        "gradient_norm": training.get("all_clip_norm_val"),
        "negative_samples": training.get("n_negative_samples_batch"),
        "rows_at_a_time": at_a_time,
    }


def _of_epochs(name: str, training: Mapping[str, Any]) -> Deviations:
    epochs = training.get("n_epochs", 0)
    if abs(epochs / SEQVEC_EPOCHS - 1) <= _TOLERANCE:
        return ()
    return (Deviation(f"{name} epochs", f"{epochs:g}", str(SEQVEC_EPOCHS)),)


def _of_uniref(
    name: str, training: Mapping[str, Any], sources: list[str]
) -> Deviations:
    """Whether the corpus has as many residues; some may be held out of training."""
    learned, held_out = training["n_train_tokens"], training.get("n_held_out_tokens", 0)
    every = learned + held_out
    found = []
    other_source = sources and not all(one.startswith("uniref50") for one in sources)
    if other_source or every != SEQVEC_RESIDUES:
        paper = corpus_in_words(SEQVEC_RESIDUES, ["UniRef50"])
        found.append(
            Deviation(f"{name} corpus", corpus_in_words(every, sources), paper)
        )
    if held_out > _HELD_OUT * every:
        found.append(Deviation(f"{name} residues held out", f"{held_out:,}", "none"))
    return tuple(found)


def _of_swissprot(
    name: str, training: Mapping[str, Any], sources: list[str]
) -> Deviations:
    """Whether the corpus is Swiss-Prot's release; some may be held out of training."""
    learned, held_out = training["proteins"], training.get("held_out_proteins", 0)
    close = learned >= (1 - _HELD_OUT) * PROTVEC_PROTEINS
    same = learned + held_out == PROTVEC_PROTEINS and close
    if sources == [PROTVEC_SOURCE] and same:
        return ()
    counted = f"{learned:,} proteins of {', '.join(sources)}"
    paper = f"{PROTVEC_PROTEINS:,} of Swiss-Prot"
    return (Deviation(f"{name} corpus", counted, paper),)
