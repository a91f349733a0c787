"""Which models a configuration fine-tunes, on what, and mistakes."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from protlang.encoders.registry import PAIR_ENCODERS
from protlang.errors import ProtlangError
from protlang.experiments.configuration import validated_config
from protlang.experiments.encoders import PLUS, Encoders
from protlang.experiments.finetuning import SEED, TITLES, FineTuningExperiments
from protlang.experiments.homology import HOMOLOGY
from protlang.experiments.targets import load_targets
from protlang.finetuning.provenance import TRAINING
from protlang.finetuning.recipes import MODELS, fine_tuning, published_model
from protlang.formats.pfam import PFAM
from protlang.homology.pair_sets import PAIR_SETS
from protlang.homology.recipe import PUBLISHED, HomologyRecipe
from protlang.sources.catalogue import Source, load_sources
from protlang.tables.plus_scores import DEVELOPMENT_PAIRS
from protlang.tasks.plus import TASKS
from protlang.validation import REPOSITORY, read_yaml
from support.errors import complaint
from support.sources import make_source

SOURCES: dict[str, Source] = {
    "pfam": make_source("pfam", PFAM),
    "stable": make_source("stable", "tape-lmdb-stability"),
    "deep": make_source("deep", "deeploc-fasta"),
    "structures": make_source("structures", "netsurfp-npz"),
    "older": make_source("older", "astral-fasta"),
    "newer": make_source("newer", "astral-fasta"),
    "maps": make_source("maps", "p-elmo-scope"),
}
DATASETS: dict[str, dict[str, Any]] = {
    "stability": {"source": "stable"},
    "deeploc": {"source": "deep", "validation": {"share": 0.1, "seed": 1}},
    "chains": {"source": "structures", "validation": {"proteins": 3, "seed": 1}},
    "cb": {"source": "structures"},
    "casp": {"source": "structures"},
}
TASK_DATA: dict[str, dict[str, Any]] = {
    "secondary_structure": {"dataset": "chains", "tests": {"CB": "cb", "CASP": "casp"}},
    "stability": {"dataset": "stability"},
    "localization": {"dataset": "deeploc"},
}
PRETRAINING: dict[str, dict[str, Any]] = {
    "rnn": {"row": "R", "architecture": "plus-rnn", "model": {"hidden_dim": 3}},
    "tfm": {"row": "T", "architecture": "plus-tfm"},
    "lm": {"row": "P", "architecture": "p-elmo-lm"},
}
TRAINED = {"corpus": "domains", "epochs": 1}
PAIRS: dict[str, Any] = {"domains": "older", "newer": "newer", "contacts": "maps"}
ON_PAIRS: dict[str, Any] = {"encoder": "rnn", "homology": {}}
ON_PROTEINS: dict[str, Any] = {"encoder": "rnn", "tasks": ["stability"]}
VECTORS: dict[str, Any] = {"encoder": "vectors", "tasks": ["stability"]}


def experiments(
    finetuning: Mapping[str, Any],
    datasets: Mapping[str, Any] | None = None,
    sources: Mapping[str, Source] = SOURCES,
    **section: Any,
) -> FineTuningExperiments:
    plus = {"homology": PAIRS, "tasks": TASK_DATA, "finetuning": finetuning, **section}
    plus = {name: value for name, value in plus.items() if value is not None}
    config = {
        "corpora": {"domains": {"sources": ["pfam"]}},
        "encoders": {
            **{name: {**one, **TRAINED} for name, one in PRETRAINING.items()},
            "vectors": {"architecture": "elmo", "corpus": "domains", "epochs": 1},
        },
        "datasets": {**DATASETS, **(datasets or {})},
        "plus": plus,
    }
    return FineTuningExperiments(config, sources, Encoders(config, sources))


def of_file(name: str) -> FineTuningExperiments:
    """What a configuration that the workflow comes with fine-tunes."""
    config = validated_config(read_yaml(REPOSITORY / "config" / name))
    sources = load_sources(REPOSITORY / "config" / "sources.yaml")
    return FineTuningExperiments(config, sources, Encoders(config, sources))


# Names that other parts have, too


def test_titles_are_the_columns_of_table_2() -> None:
    printed = [target.dataset for target in load_targets("PLUS", "Table 2")]
    assert set(printed) == set(TITLES.values())


def test_sets_of_pairs_are_those_of_tables_3_and_5() -> None:
    third = {target.dataset.split(":")[0] for target in load_targets("PLUS", "Table 3")}
    assert {PAIR_SETS["test"], PAIR_SETS["newer"]} == third
    assert PAIR_SETS["development"] == DEVELOPMENT_PAIRS


@pytest.mark.parametrize("encoder", ["rnn", "tfm", "lm", "vectors"])
def test_defaults_and_architectures_have_published_settings(encoder: str) -> None:
    model = {"encoder": encoder, "homology": {}, "tasks": ["stability"]}
    found = experiments({"mine": model})
    defaults = found.task_settings("mine", "stability")["defaults"]
    assert published_model(defaults, {"hidden_dim": 3}) in MODELS
    plan = HomologyRecipe.parse({**found.homology_settings("mine"), "seed": 1})
    pretrained = PAIR_ENCODERS[plan.architecture].starts_from
    assert pretrained == (PRETRAINED_AS[encoder] or None)
    assert found.models["mine"].architecture == PRETRAINED_AS[encoder]
    assert found.learns_contacts("mine") == (plan.training.contacts > 0)


PRETRAINED_AS = {
    "rnn": "plus-rnn",
    "tfm": "plus-tfm",
    "lm": "p-elmo-lm",
    "vectors": "",
}


def test_every_pretrained_architecture_has_a_recipe() -> None:
    started = {PAIR_ENCODERS[architecture].starts_from for architecture in PUBLISHED}
    assert started - {None} == set(PLUS)


# Models and their settings


def test_tasks_come_in_the_papers_order_with_homology_first() -> None:
    tasks = ["secondary_structure", "stability", "localization"]
    model = {"encoder": "rnn", "tasks": tasks, "homology": {}}
    found = experiments({"one": model, "two": {**ON_PROTEINS, "row": "Two"}})
    assert found.models["one"].tasks == (
        "homology",
        "localization",
        "stability",
        "secondary_structure",
    )
    runs = [(entry.name, task) for entry, task in found.runs()]
    assert runs == [
        *(("one", task) for task in found.models["one"].tasks),
        ("two", "stability"),
    ]
    assert [entry.name for entry in found.models_on("stability")] == ["one", "two"]
    assert [entry.name for entry in found.models_on("homology")] == ["one"]


def test_a_model_is_found_by_its_row_and_task() -> None:
    found = experiments({"one": {**ON_PAIRS, "row": "One"}, "two": ON_PROTEINS})
    assert found.find("One", "homology") is found.models["one"]
    assert found.find("One", "stability") is None
    assert found.find("two", "stability") is found.models["two"]  # no row was named
    assert found.find("one", "homology") is None


def test_two_models_may_share_a_row_on_different_tasks() -> None:
    same = {"row": "Same"}
    found = experiments({"one": {**ON_PAIRS, **same}, "two": {**ON_PROTEINS, **same}})
    assert found.find("Same", "homology") is found.models["one"]
    assert found.find("Same", "stability") is found.models["two"]


def test_what_is_left_out_is_as_the_paper_has_it() -> None:
    found = experiments({"mine": {**ON_PROTEINS, "homology": {}}})
    model = found.models["mine"]
    assert (model.seeds, model.threads) == ([SEED], 1)
    assert found.task_settings("mine", "stability") == {
        "task": "stability",
        "defaults": "plus-rnn",
        "options": {},
        "seeds": [SEED],
        "threads": 1,
        "checkpoint_every": 1000,
        "pretrained": True,
    }
    assert found.homology_settings("mine") == {
        "architecture": "plus-rnn",
        "seeds": [SEED],
        "threads": 1,
        "pretrained": True,
    }


def test_what_is_reported_reaches_the_runs() -> None:
    model = {
        "encoder": "rnn",
        "pretrained": False,
        "defaults": "plus-rnn-large",
        "seeds": [5, 6],
        "threads": 2,
        "checkpoint_every": 7,
        "options": {"epochs": 3, "batch": 2},
        "tasks": ["stability", "localization"],
        "overrides": {"stability": {"batch": 9}},
        "homology": {"epochs": 4, "training": {"batch": 8}},
    }
    found = experiments({"mine": model})
    settings = found.task_settings("mine", "stability")
    assert settings == {
        "task": "stability",
        "defaults": "plus-rnn-large",
        "options": {"epochs": 3, "batch": 9},
        "seeds": [5, 6],
        "threads": 2,
        "checkpoint_every": 7,
        "pretrained": False,
    }
    other = found.task_settings("mine", "localization")
    assert other["options"] == {"epochs": 3, "batch": 2}
    assert found.homology_settings("mine") == {
        "architecture": "plus-rnn",
        "epochs": 4,
        "training": {"batch": 8},
        "seeds": [5, 6],
        "threads": 2,
        "pretrained": False,
    }


def test_settings_of_one_task_do_not_depend_on_another() -> None:
    """Else a change of one would train the others anew."""
    more = {
        **ON_PROTEINS,
        "homology": {},
        "tasks": ["stability", "localization"],
    }
    alone = experiments({"mine": ON_PROTEINS}).task_settings("mine", "stability")
    assert experiments({"mine": more}).task_settings("mine", "stability") == alone


# Data


def test_a_task_is_tested_on_its_own_data_set_by_default() -> None:
    found = experiments({})
    assert found.dataset("secondary_structure") == "chains"
    assert found.test_sets("secondary_structure") == {"CB": "cb", "CASP": "casp"}
    assert found.test_sets("stability") == {"Stability": "stability"}


def test_stored_vectors_are_needed_of_the_test_sets_of_their_models_alone() -> None:
    tasks = ["secondary_structure", "localization"]
    models = {"mine": {**VECTORS, "homology": {}, "tasks": tasks}, "other": ON_PROTEINS}
    found = experiments({**models, "again": {**VECTORS, "tasks": tasks}})
    assert found.embedded_test_sets == ["deeploc", "cb", "casp"]
    assert found.models["mine"].reads_stored_vectors
    assert not found.models["other"].reads_stored_vectors
    assert experiments({"other": ON_PROTEINS}).embedded_test_sets == []


def test_declared_deviations_stand_with_the_set_that_they_concern() -> None:
    declared = {
        "chains": {**DATASETS["chains"], "deviation": "other chains"},
        "cb": {**DATASETS["cb"], "deviation": "fewer"},
        "casp": {**DATASETS["casp"], "deviation": "fewer"},
    }
    found = experiments({}, declared)
    sentences = {
        name: list(map(str, deviations))
        for name, deviations in found.deviations("secondary_structure").items()
    }
    assert sentences == {
        "CB": ["test set cb: fewer"],
        "CASP": ["test set casp: fewer"],
        TRAINING: ["training set chains: other chains"],
    }
    assert found.deviations("stability") == {"Stability": (), TRAINING: ()}


def test_contacts_are_learned_where_they_have_a_weight() -> None:
    weights = {"training": {"contacts": 0.3}}, {"training": {"contacts": 0}}
    models = {
        "rnn": ON_PAIRS,
        "ft-c": {**ON_PAIRS, "homology": weights[0]},
        "p-elmo": {**ON_PAIRS, "encoder": "lm"},
        "p-elmo-alone": {**ON_PAIRS, "encoder": "lm", "homology": weights[1]},
        "vectors": VECTORS,
    }
    found = experiments(models)
    learned = [name for name in models if found.learns_contacts(name)]
    assert learned == ["ft-c", "p-elmo"]


def test_without_the_sections_there_is_nothing() -> None:
    config: dict[str, Any] = {"datasets": {}}
    found = FineTuningExperiments(config, {}, Encoders(config, {}))
    assert (found.homology, found.models, found.runs()) == (None, {}, [])
    assert found.embedded_test_sets == []


# Mistakes

LEARNED = {name: TASK_DATA[name] for name in ("secondary_structure", "localization")}
FT_C = {"training": {"contacts": 0.3}}
FROZEN = {"stability": {"frozen": True, "masked_lm": 0.5}}
ALONE = {"homology": {"domains": "older"}}
NETWORK = {"architecture": "tape-lstm"}
TWO_OF_A_ROW = {"mine": ON_PAIRS, "other": {**ON_PAIRS, "row": "mine"}}


def mine(model: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A configuration that fine-tunes one model, with changes of it."""
    return {"finetuning": {"mine": {**model, **changes}}}


def stability(dataset: str = "stability", **tests: str) -> dict[str, Any]:
    """A configuration of one task, on its own test set unless there are others."""
    return {
        "tasks": {
            "stability": {"dataset": dataset, **({"tests": tests} if tests else {})}
        }
    }


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (mine(ON_PAIRS, encoder="rn"), r"mine\.encoder is 'rn', which `encoders` does"),
        (mine(VECTORS, pretrained=False), "mine: the vectors of vectors are stored,"),
        (mine(ON_PROTEINS, network=NETWORK), "mine needs either encoder or network;"),
        (
            {"finetuning": {"mine": {"network": NETWORK, "pretrained": True}}},
            "mine: nothing pre-trains a network without an encoder; remove",
        ),
        (mine({"encoder": "rnn"}), "mine has no task; give it `homology` or some of"),
        ({**mine(ON_PAIRS), "homology": None}, r"on homology, but plus\.homology is"),
        ({**mine(ON_PROTEINS), "tasks": LEARNED}, r"on stability, but plus\.tasks"),
        (mine(ON_PROTEINS, encoder="lm"), "mine starts from P-ELMo's .* add `homology"),
        ({**mine(ON_PAIRS, encoder="lm"), **ALONE}, "mine learns contact maps; name"),
        ({**mine(ON_PAIRS, homology=FT_C), **ALONE}, "mine learns contact maps; name"),
        (mine(ON_PROTEINS, overrides=FROZEN), "frozen but masked_lm is 0.5; set one"),
        ({"finetuning": TWO_OF_A_ROW}, "mine and other both have the row 'mine' and"),
        (stability("stable"), "the data set 'stable', which `datasets` does not"),
        (stability(A="cb5"), "stability names the data set 'cb5', which `datasets`"),
        (stability("deeploc"), "'deeploc', whose distribution deeploc-fasta has no"),
        (stability(A="cb"), "'cb', whose distribution netsurfp-npz has no stability;"),
        (
            {"tasks": {"secondary_structure": {"dataset": "cb"}}},
            "cb is trained on: add",
        ),
        (
            {
                **stability(),
                "datasets": {"stability": {"source": "stable", "split": {}}},
            },
            r"datasets\.stability is trained on: its source brings its own held-out",
        ),
    ],
)
def test_what_cannot_go_together_is_reported(
    changes: dict[str, Any], sentence: str
) -> None:
    message = complaint(experiments, **{"finetuning": {}, **changes})
    assert re.search(sentence, message)
    assert message.startswith(("plus.", "datasets.", "fine-tuning: "))
    assert ";" in message or "add" in message  # and what to do


def on_pairs(encoder: str, **homology: Any) -> dict[str, Any]:
    return mine({"encoder": encoder, "homology": homology})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (on_pairs("rnn", model={"projection": 3}), "'projection'.*those are none$"),
        (on_pairs("tfm", model={"projection": 3}), "those are max_tokens$"),
        (on_pairs("vectors", model={"layers": 3}), "those are projection$"),
        (on_pairs("rnn", epochs=2, loop={"steps": 3}), "both epochs and loop.steps"),
        (on_pairs("lm", training={"masked_lm": 0.3}), "masks residues for p-elmo,"),
        (on_pairs("vectors", masking={"share": 0.3}), "masks residues for embedd"),
        (on_pairs("tfm", training={"contacts": 0.3}), "no vectors to predict contact"),
    ],
)
def test_impossible_settings_of_homology_are_reported_before_training(
    changes: dict[str, Any], sentence: str
) -> None:
    message = complaint(experiments, **changes)
    assert re.search(sentence, message)
    assert message.startswith("plus.finetuning.mine.homology")


def test_sizes_of_what_is_not_pretrained_can_be_chosen() -> None:
    sizes = {"input_dim": 2, "hidden_dim": 2, "layers": 1, "projection": 2}
    model = {"encoder": "lm", "homology": {"model": sizes}}
    found = experiments({"mine": model}).homology_settings("mine")
    assert found["model"] == sizes


def test_the_name_of_a_row_decides_no_settings() -> None:
    models = {
        "large": {**ON_PROTEINS, "row": "PLUS-RNN LARGE"},
        "given": {**ON_PROTEINS, "row": "mine", "defaults": "plus-rnn-large"},
        "base": {**ON_PROTEINS, "row": "PLUS-RNN BASE"},
    }
    found = experiments(models)
    defaults = {n: found.task_settings(n, "stability")["defaults"] for n in models}
    by_size = "plus-rnn"
    assert defaults == {"large": by_size, "given": "plus-rnn-large", "base": by_size}


EXT: dict[str, Any] = {
    "encoder": "tfm",
    "row": "EXT",
    "homology": {"epochs": 2},
    "scores": {"model": "tfm", "tokens": 5003},
}
TFM: dict[str, Any] = {"encoder": "tfm", "homology": {"epochs": 2}}


def test_a_network_that_is_scored_again_is_trained_once() -> None:
    found = experiments({"tfm": TFM, "ext": EXT})
    assert found.models["ext"].scored == "tfm"
    once, again = found.homology_settings("tfm"), found.homology_settings("ext")
    assert again == {**once, "scored_tokens": 5003}
    plans = [HomologyRecipe.parse({**one, "seed": 1}) for one in (again, once)]
    assert plans[0] == plans[1]


@pytest.mark.parametrize(
    "changes",
    [
        {"homology": {"epochs": 3}},
        {"pretrained": False},
        {"seeds": [7]},
        {"tasks": ["stability"]},
        {"scores": {"model": "none", "tokens": 5003}},
        {"scores": {"model": "ext", "tokens": 5003}},
        {"encoder": "rnn"},
    ],
)
def test_a_network_that_is_scored_again_is_not_another(changes: dict[str, Any]) -> None:
    with pytest.raises(ProtlangError, match="change nothing of its training"):
        experiments({"tfm": TFM, "ext": {**EXT, **changes}})


def test_where_the_training_file_is_missing_another_part_may_be_divided() -> None:
    fasta = make_source("fasta", "plus-solubility")
    parts = {name: fasta.files[name] for name in ("validation", "test")}
    divided = {"source": "fasta", "validation": {"share": 0.1, "seed": 1}}
    requested: dict[str, Any] = {
        "finetuning": {"mine": {"encoder": "rnn", "tasks": ["solubility"]}},
        "datasets": {"dissolved": divided},
        "tasks": {"solubility": {"dataset": "dissolved"}},
    }
    with pytest.raises(ProtlangError, match="own"):
        experiments(**requested, sources={**SOURCES, "fasta": fasta})
    found = experiments(
        **requested, sources={**SOURCES, "fasta": replace(fasta, files=parts)}
    )
    assert found.dataset("solubility") == "dissolved"


# The configurations that the workflow comes with


@pytest.mark.parametrize("name", ["demo.yaml", "config.yaml"])
def test_all_rows_of_the_papers_tables_are_filled(name: str) -> None:
    found = of_file(name)
    rows = {entry.row for entry in found.models_on(HOMOLOGY)}
    ablations = {f"PT-{letter}" for letter in "ABCD"}
    ablations |= {f"FT-{letter}" for letter in "ABCDE"}
    assert rows == {
        *ablations,
        "PLUS-RNN BASE",
        "PLUS-RNN BASE [w/o PT]",
        "PLUS-RNN LARGE",
        "PLUS-TFM",
        "PLUS-TFM-EXT",
        "P-ELMo (re-implementation)",
        "SeqVec (frozen)",
    }
    on_proteins = {entry.row for entry in found.models_on("stability")}
    assert on_proteins == rows - ablations - {"PLUS-TFM-EXT"}
    learned_alone = [one for one in found.models.values() if not one.encoder]
    trained = len(rows) + len(TASKS) * len(on_proteins)
    assert len(found.runs()) == trained + len(learned_alone)
    for row in on_proteins:
        tasks = [task for entry, task in found.runs() if entry.row == row]
        assert tasks == [HOMOLOGY, *TASKS]


@pytest.mark.parametrize("name", ["demo.yaml", "config.yaml"])
def test_every_run_has_settings_that_its_job_accepts(name: str) -> None:
    """Else it would only come to light after the pre-training."""
    found = of_file(name)
    for entry, task in found.runs():
        if task == HOMOLOGY:
            settings = json.loads(json.dumps(found.homology_settings(entry.name)))
            plan = HomologyRecipe.parse({**settings, "seed": entry.seeds[0]})
            assert plan.threads == entry.threads
            assert (plan.training.contacts > 0) == found.learns_contacts(entry.name)
        else:
            settings = json.loads(json.dumps(found.task_settings(entry.name, task)))
            published = published_model(settings["defaults"], {"hidden_dim": 1024})
            fine_tuning(published, task, settings["options"])


@pytest.mark.parametrize("name", ["demo.yaml", "config.yaml"])
def test_secondary_structure_is_tested_on_the_columns_of_table_4(name: str) -> None:
    printed = {target.dataset for target in load_targets("PLUS", "Table 4")}
    assert set(of_file(name).test_sets("secondary_structure")) == printed


def test_the_longer_pairs_of_figure_2_need_no_training() -> None:
    for name in ("demo.yaml", "config.yaml"):
        assert of_file(name).models["plus-tfm-ext"].scored == "plus-tfm"


# Networks that nothing pre-trains

NETWORK: dict[str, Any] = {
    "network": {"architecture": "tape-lstm", "model": {"layers": 1}},
    "tasks": ["secondary_structure"],
}
PROFILES: dict[str, Any] = {
    "network": {"architecture": "conv-lstm"},
    "tasks": ["secondary_structure"],
}


def test_a_network_without_an_encoder_starts_from_random_weights() -> None:
    found = experiments({"lstm": NETWORK, "profiles": PROFILES})
    lstm, profiles = found.models["lstm"], found.models["profiles"]
    assert (lstm.encoder, lstm.architecture) == ("", "tape-lstm")
    assert [one.reads_profiles for one in (lstm, profiles)] == [False, True]
    assert not lstm.reads_stored_vectors
    settings = found.task_settings("lstm", "secondary_structure")
    assert settings["defaults"] == "tape"
    assert settings["pretrained"] is False
    assert settings["network"] == NETWORK["network"]


def test_a_network_without_an_encoder_compares_no_pairs() -> None:
    message = complaint(experiments, {"lstm": {**NETWORK, "homology": {}}})
    assert "plus.finetuning.lstm has a network that compares no pairs" in message


def test_profiles_are_read_only_where_there_are_some() -> None:
    sources = {**SOURCES, "structures": make_source("structures", "prottrans-csv")}
    experiments({"lstm": NETWORK}, sources=sources)
    message = complaint(experiments, {"profiles": PROFILES}, sources=sources)
    assert "profiles reads profiles, which the data set 'chains'" in message


@pytest.mark.parametrize("name", ["demo.yaml", "config.yaml", "published.yaml"])
def test_rows_of_tape_that_table_4_quotes_are_trained(name: str) -> None:
    quoted = {
        target.row
        for target in load_targets("PLUS", "Table 4")
        if target.row.endswith("[w/o PT]") and target.kind == "excerpted"
    }
    own = {model.row for model in of_file(name).models.values() if not model.encoder}
    assert own == {f"{row} (this run)" for row in quoted}
