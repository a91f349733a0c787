"""One fact of a record that is otherwise the paper's gives one difference."""

from dataclasses import asdict
from typing import Any

import pytest

from protlang.encoders.seqvec_protocol import (
    PROTVEC_PROTEINS,
    SEQVEC_OPTIONS,
    SEQVEC_RESIDUES,
    elmo_deviations,
    embedding_deviations,
    protvec_deviations,
)
from protlang.models.elmo import ElmoConfig
from protlang.pretraining.elmo_recipe import ElmoTraining
from protlang.pretraining.protvec import ProtVecRecipe
from protlang.protocol import Deviation, Deviations, in_words

LEARNED, HELD_OUT = SEQVEC_RESIDUES - 9_577_890, 9_577_890

TRAINING: dict[str, Any] = {
    "all_clip_norm_val": 10.0,
    "n_epochs": 9.999,
    "n_train_tokens": LEARNED,
    "batch_size": 48,
    "n_tokens_vocab": 28,
    "unroll_steps": 100,
    "n_negative_samples_batch": 20,
    "n_held_out_tokens": HELD_OUT,
    "processes": 5,
    "rows_per_update": 240,
    "updates": 3_986_790,
    "tokens_read": 95_682_960_000,
    "optimizer": "adagrad",
    "learning_rate": 0.2,
    "softmax": "sampled",
    "precision": "float32",
    "kernel": "any",
}
UNIREF = {"corpus": "any", "sources": ["uniref50-2018_03"], "simulated": False}


def of_elmo(
    training: dict[str, Any] | None = None,
    origin: dict[str, Any] | None = None,
    **options: Any,
) -> Deviations:
    return elmo_deviations(
        "mine",
        {
            "options": {**asdict(ElmoConfig.seqvec()), **options},
            "training": {**TRAINING, **(training or {})},
            "trained_on": UNIREF if origin is None else origin,
        },
    )


def test_a_training_as_the_papers_has_no_difference() -> None:
    assert of_elmo() == ()
    assert of_elmo({"processes": 1, "batch_size": 240}) == ()


def test_options_that_are_compared_are_those_of_the_network() -> None:
    network = asdict(ElmoConfig.seqvec())
    assert network.keys() - SEQVEC_OPTIONS.keys() == {"letters"}


@pytest.mark.parametrize("option", SEQVEC_OPTIONS)
def test_every_option_of_the_network_is_compared(option: str) -> None:
    other = {"filters": ((1, 16), (2, 8)), "skip_connections": False}
    (found,) = of_elmo(**{option: other.get(option, 0.25)})
    assert found.aspect == f"mine {option.replace('_', ' ')}"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"all_clip_norm_val": 1.0}, "gradient norm: 1.0, the paper's 10.0"),
        ({"n_epochs": 2.0}, "epochs: 2, the paper's 10"),
        ({"unroll_steps": 20}, "unroll steps: 20, the paper's 100"),
        ({"n_negative_samples_batch": 5}, "negative samples: 5, the paper's 20"),
        ({"n_negative_samples_batch": None}, "negative samples: none, the paper's 20"),
        ({"rows_per_update": 48}, "rows per update: 48, the paper's 240"),
        ({"processes": 1}, "rows at a time: 1 x 48, the paper's 5 x 48"),
        ({"batch_size": 128}, "rows at a time: 5 x 128, the paper's 5 x 48"),
        ({"optimizer": "adam"}, "optimizer: adam, the paper's adagrad"),
        ({"learning_rate": 0.1}, "learning rate: 0.1, the paper's 0.2"),
        ({"precision": "bfloat16"}, "precision: bfloat16, the paper's float32"),
    ],
)
def test_every_fact_of_the_training_is_compared(
    changes: dict[str, Any], sentence: str
) -> None:
    assert in_words(of_elmo(changes)) == f"mine {sentence}"


def test_every_setting_of_a_training_is_compared_or_follows_from_one_that_is() -> None:
    named = {"rows": "batch_size", "unroll": "unroll_steps"}
    named["negatives"] = named["softmax"] = "n_negative_samples_batch"
    for name in ElmoTraining.__dataclass_fields__:
        assert of_elmo({named.get(name, name): None}) != ()


PAPERS = "9,577,889,953 residues of UniRef50"


@pytest.mark.parametrize(
    ("training", "sources", "sentence"),
    [
        (
            {"n_train_tokens": 12, "n_held_out_tokens": 0},
            ["uniref50"],
            f"corpus: 12 residues of uniref50, the paper's {PAPERS}",
        ),
        (
            {},
            ["uniref90"],
            f"corpus: 9,577,889,953 residues of uniref90, the paper's {PAPERS}",
        ),
        (
            {"n_train_tokens": SEQVEC_RESIDUES - 10**9, "n_held_out_tokens": 10**9},
            ["uniref50-2018_03"],
            "residues held out: 1,000,000,000, the paper's none",
        ),
    ],
)
def test_the_corpus_is_compared_with_what_is_held_out_to_measure_perplexity(
    training: dict[str, Any], sources: list[str], sentence: str
) -> None:
    found = of_elmo(training, {**UNIREF, "sources": sources})
    assert in_words(found) == f"mine {sentence}"


def test_of_an_imported_network_only_what_its_files_state_is_compared() -> None:
    known = ("all_clip_norm_val", "n_epochs", "batch_size", "n_tokens_vocab")
    files = {key: TRAINING[key] for key in known}
    config = {"options": asdict(ElmoConfig.seqvec()), "trained_on": {}}
    training = {**files, "n_train_tokens": SEQVEC_RESIDUES}
    assert elmo_deviations("its", {**config, "training": training}) == ()
    found = elmo_deviations("its", {**config, "training": training | {"batch_size": 8}})
    assert found == (Deviation("its batch size", "8", "48"),)


def test_a_record_that_lacks_facts_differs() -> None:
    few = {"n_train_tokens": SEQVEC_RESIDUES}
    config = {"options": asdict(ElmoConfig.seqvec()), "trained_on": UNIREF}
    found = elmo_deviations("mine", {**config, "training": few})
    assert len(found) == 9


EMBEDDED = {
    "start_state": "carried on",
    "precision": "float32",
    "storage": "float32",
    "batch_residues": 7,
}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"precision": "bfloat16"}, "precision: bfloat16, the paper's float32"),
        ({"start_state": "warm"}, "start state: warm, the paper's carried on"),
        ({"storage": "float16"}, "storage: float16, the paper's float32"),
    ],
)
def test_how_proteins_are_embedded_is_compared(
    settings: dict[str, str], sentence: str
) -> None:
    assert embedding_deviations("mine", EMBEDDED, by_elmo=True) == ()
    found = embedding_deviations("mine", EMBEDDED | settings, by_elmo=True)
    assert in_words(found) == f"mine embedding {sentence}"
    others = embedding_deviations("mine", EMBEDDED | settings, by_elmo=False)
    assert others == (found if "storage" in settings else ())


# ProtVec

SWISSPROT = {"corpus": "any", "sources": ["swissprot"], "simulated": False}
VECTORS: dict[str, Any] = {
    **asdict(ProtVecRecipe(seed=1)),
    "proteins": PROTVEC_PROTEINS - 5_000,
    "held_out_proteins": 5_000,
    "residues": 190_000_000,
}


def of_protvec(origin: dict[str, Any] = SWISSPROT, **changes: Any) -> Deviations:
    config = {"training": {**VECTORS, **changes}, "trained_on": origin}
    return protvec_deviations("mine", config)


def test_vectors_as_published_have_no_difference() -> None:
    assert of_protvec() == ()
    assert protvec_deviations("its", {"training": {}, "trained_on": {}}) == ()


@pytest.mark.parametrize(
    "name",
    sorted(ProtVecRecipe.__dataclass_fields__.keys() - {"seed", "max_residues"}),
)
def test_every_setting_of_word2vec_is_compared(name: str) -> None:
    (found,) = of_protvec(**{name: 7})
    assert found == Deviation(f"mine {name.replace('_', ' ')}", "7", str(VECTORS[name]))


@pytest.mark.parametrize(
    ("changes", "counted"),
    [
        ({"proteins": 568_000}, "568,000 proteins of swissprot"),
        ({"proteins": 1_000}, "1,000 proteins of swissprot"),
        (
            {"proteins": 46_790, "held_out_proteins": 500_000},
            "46,790 proteins of swissprot",
        ),
        ({"origin": {**SWISSPROT, "sources": ["b"]}}, "541,790 proteins of b"),
    ],
)
def test_another_release_of_swissprot_or_a_part_of_it_is_reported(
    changes: dict[str, Any], counted: str
) -> None:
    other = Deviation("mine corpus", counted, "546,790 of Swiss-Prot")
    assert of_protvec(**changes) == (other,)
