"""Configurations: what is left out is filled in, and mistakes are one sentence."""

import copy
from dataclasses import MISSING, fields
from typing import Any

import pytest

from protlang.encoders.registry import PAIR_ENCODERS
from protlang.experiments.configuration import SCHEMA, expand, validated_config
from protlang.pretraining.plus_recipe import PUBLISHED
from protlang.simulation.world import SimulationConfig
from protlang.validation import REPOSITORY, read_yaml
from support.errors import complaint

DEMO = read_yaml(REPOSITORY / "config" / "demo.yaml")


def changed(path: str, value: Any) -> dict[str, Any]:
    """The demo's configuration with one value set."""
    config: dict[str, Any] = copy.deepcopy(DEMO)
    *parents, last = path.split("/")
    place: Any = config
    for parent in parents:
        place = place[int(parent)] if isinstance(place, list) else place[parent]
    place[int(last) if isinstance(place, list) else last] = value
    return config


@pytest.mark.parametrize("name", ["config.yaml", "demo.yaml", "published.yaml"])
def test_shipped_configurations_are_valid(name: str) -> None:
    config = validated_config(read_yaml(REPOSITORY / "config" / name))
    assert validated_config(config) == config  # nothing is left to expand


P_ELMO = {"architecture": "p-elmo-lm", "source": "plus"}
BOTH = {"architecture": "elmo", "source": "weights", "corpus": "uniref50"}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("datsets", {}, "has the unknown key 'datsets'; did you mean 'datasets'?"),
        ("zebra", 1, "the unknown key 'zebra'; known are run, sources, downloads"),
        ("run", "a/b", "run is 'a/b'; names hold only letters, digits"),
        ("datasets", None, "datasets is None but must be of type object"),
        ("datasets/a b", {"source": "x"}, "datasets has the name 'a b'; names hold"),
        ("datasets/cb513", {}, "datasets.cb513 lacks the key 'source'; add it"),
        ("per_residue/training/seeds", [1, 1], "per_residue.training.seeds: [1, 1]"),
        ("per_residue/training/patience", "5", "patience is '5' but must be of type"),
        ("per_residue/training/patience", 0, "patience: 0 is less than the minimum"),
        ("per_residue/training/learning_rat", 0.1, "did you mean 'learning_rate'?"),
        ("per_residue/training_sets/0/labels", ["q9"], "is 'q9'; choose one of q3,"),
        ("encoders/elmo-uniref50/corpus", "uniref", "is 'uniref', which `corpora` d"),
        ("encoders/elmo-4layer/like", "elmo", "'elmo', which is not declared above"),
        ("encoders/protvec/corpus", "sprot", "'sprot', which `corpora` does not decl"),
        ("encoders/protvec/windw", 5, "unknown key 'windw'; did you mean 'window'?"),
        ("encoders/protvec/min_count", 0, "less than the minimum of 1 (3-mers that"),
        ("encoders/p", {}, "encoders.p lacks the key 'architecture'; add it"),
        ("encoders/p", {"architecture": "bert"}, "is 'bert'; choose one of elmo, prot"),
        ("encoders/p", {"architecture": "elmo"}, "encoders.p lacks the key 'corpus'"),
        ("encoders/p", {**P_ELMO, "architecture": "plus-rnn"}, "lacks the key 'file'"),
        ("encoders/p", P_ELMO, "encoders.p lacks the key 'file'; add it"),
        ("encoders/p", {"architecture": "p-elmo"}, "encoders.p lacks the key 'source'"),
        ("encoders/p", BOTH, "encoders.p has the unknown key 'corpus'; known are"),
        ("encoders/plus-rnn-base/model", {"heads": 2}, "has the unknown key 'heads'"),
        ("encoders/plus-rnn-base/model", {"layers": 2}, "lacks the key 'hidden_dim'"),
        ("encoders/plus-tfm/model", {"projection": 2}, "the unknown key 'projection'"),
        ("encoders/p-elmo-lm/model", {"dropout": 0.1}, "the unknown key 'dropout'"),
        ("plus/homology/domain", "x", "key 'domain'; did you mean 'domains'?"),
        ("plus/homology/alignments", ["blastp"], "alignments.0 is 'blastp'; choose"),
        ("plus/homology/split", {"test": 0.2}, "split lacks the key 'development'"),
        ("plus/tasks/solubilty", {}, "plus.tasks is 'solubilty'; choose one of solub"),
        ("plus/finetuning/plus-tfm/tasks", ["homology"], "tasks.0 is 'homology'; ch"),
        ("plus/finetuning/m", {}, "finetuning.m lacks the key 'encoder'; add it"),
        ("plus/finetuning/plus-rnn-base/encoder", ["a"], "encoder is ['a'] but must"),
        (
            "plus/finetuning/plus-rnn-large/like",
            "seqvec",
            "which is not declared above",
        ),
        ("plus/ablations/pretraining/base", "rnn", "is 'rnn', which encoders does"),
        ("plus/ablations/finetuning/base", "rnn", "is 'rnn', which plus.finetuning d"),
        ("plus/ablations/finetuning/losses", {}, "key 'losses'; known are base"),
        ("plus/ablations/finetuning/training/FT-C", {"contact": 1}, "mean 'contacts'?"),
        ("defaults/seeds", 3, "the unknown key 'seeds'; did you mean 'seed'?"),
        ("defaults", 3, "defaults is 3 but must be of type object"),
        ("defalts", {}, "unknown key 'defalts'; did you mean 'defaults'?"),
        ("plus/ablation", {}, "unknown key 'ablation'; did you mean 'ablations'?"),
        ("encoders/elmo-4layer/like", ["a"], "like is ['a'], which is not declared"),
        ("encoders", None, "encoders is None but must be of type object"),
        ("plus/finetuning", [], "plus.finetuning is [] but must be of type object"),
        (
            "encoders/mine",
            {"folder": "mine", "corpus": "uniref50"},
            "encoders.mine has the unknown key 'corpus'; known are folder",
        ),
        (
            "leakage/without_search",
            ["uniref"],
            "leakage.without_search[0] is 'uniref', which `corpora` or `datasets` does",
        ),
        ("timings/encoder", "elmo", "timings.encoder is 'elmo', which `encoders` does"),
        ("timings/sets/DeepLoc", "deploc", "'deploc', which `datasets` does not decl"),
        ("corpus_embeddings/0/corpus", "sprot", "corpus is 'sprot', which `corpora` d"),
        ("corpus_embeddings/0/shards", 0, "shards: 0 is less than the minimum of 1"),
        ("leakage/corpora/0", "trembl", "leakage.corpora[0] is 'trembl', which `corp"),
        ("embedding", {"storage": "int8"}, "embedding.storage is 'int8'; choose one"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(
    path: str, value: Any, expected: str
) -> None:
    sentence = complaint(validated_config, changed(path, value))
    assert expected in sentence
    assert any(name in sentence for name in path.split("/")[-2:])


def test_a_missing_key_is_explained() -> None:
    config = {key: value for key, value in DEMO.items() if key != "run"}
    assert complaint(validated_config, config) == (
        "the configuration: the top level lacks the key 'run'; add it "
        "(Name of the run; results go to results/<run>)"
    )


def test_a_number_from_the_command_line_becomes_a_name() -> None:
    assert validated_config(changed("run", 2024))["run"] == "2024"


def test_simulated_sources_need_a_folder() -> None:
    config = {key: value for key, value in DEMO.items() if key != "mirror"}
    assert "mirror" in complaint(validated_config, config)


@pytest.mark.parametrize("run", ["..", ".", "demo\n"])
def test_a_run_cannot_be_named_like_a_folder_above(run: str) -> None:
    complaint(validated_config, changed("run", run))


@pytest.mark.parametrize("place", ["", "datasets/"])
def test_a_key_that_yaml_reads_as_number_is_reported(place: str) -> None:
    config = changed(f"{place}2020", {"source": "x"})
    parent: dict[Any, Any] = config["datasets"] if place else config
    parent[2020] = parent.pop("2020")
    assert "2020" in complaint(validated_config, config)


@pytest.mark.parametrize(
    ("path", "value", "remedy"),
    [
        ("pretraining", {}, "`encoders`, each with `architecture: elmo`"),
        ("published_encoders", {}, "`encoders`, each with `architecture: elmo`"),
        ("protvec", {}, "`encoders`, each with `architecture: protvec`"),
        ("published_protvec", {}, "`encoders`, each with `architecture: protvec`"),
        ("plus/pretraining", {}, "under `encoders`, each with its `corpus`"),
        ("plus/published", {}, "under `encoders`, each with its `source`"),
        (
            "plus/finetuning/plus-rnn-base/tasks",
            {"solubility": None},
            "plus.finetuning.plus-rnn-base.tasks is a mapping; list the tasks, and",
        ),
    ],
)
def test_a_former_key_is_explained(path: str, value: Any, remedy: str) -> None:
    assert remedy in complaint(validated_config, changed(path, value))


# Expansion


def test_like_merges_key_by_key_but_for_the_row() -> None:
    first = {"row": "A", "corpus": "c", "model": {"layers": 2, "projection": 3}}
    second = {"like": "first", "corpus": "d", "model": {"layers": 4}}
    encoders = {"first": first, "second": second, "third": {"like": "second"}}
    expanded = expand({"encoders": encoders})["encoders"]
    assert expanded["first"] == first
    merged = {"corpus": "d", "model": {"layers": 4, "projection": 3}}
    assert expanded["second"] == expanded["third"] == merged


def test_defaults_stand_where_there_is_no_own_value() -> None:
    config = {
        "defaults": {"seed": 5, "threads": 3},
        "datasets": {
            "drawn": {"validation": {"share": 0.1}, "split": {"seed": 1}},
            "brought": {"validation": {"part": "dev"}},
        },
        "corpora": {"c": {"held_out": {"share": 0.1}}},
        "encoders": {
            "elmo": {"architecture": "elmo", "corpus": "c", "threads": 1},
            "vectors": {"architecture": "protvec", "corpus": "c"},
            "published": {"architecture": "elmo", "source": "s"},
        },
        "per_residue": {"training": {"seeds": [1]}},
        "plus": {"homology": {}, "finetuning": {"model": {"threads": 2}, "other": {}}},
    }
    assert expand(config) == {
        "datasets": {
            "drawn": {"validation": {"share": 0.1, "seed": 5}, "split": {"seed": 1}},
            "brought": {"validation": {"part": "dev"}},
        },
        "corpora": {"c": {"held_out": {"share": 0.1, "seed": 5}}},
        "encoders": {
            "elmo": {"architecture": "elmo", "corpus": "c", "threads": 1, "seed": 5},
            "vectors": {"architecture": "protvec", "corpus": "c", "seed": 5},
            "published": {"architecture": "elmo", "source": "s"},
        },
        "embedding": {"threads": 3},
        "per_residue": {"training": {"seeds": [1], "threads": 3}},
        "plus": {
            "homology": {"threads": 3},
            "finetuning": {"model": {"threads": 2}, "other": {"threads": 3}},
        },
    }


ENCODER = {
    "architecture": "plus-rnn",
    "corpus": "c",
    "training": {"batch": 4},
    "loop": {"steps": 9, "report_every": 3},
}
TUNED = {"encoder": "base", "tasks": ["stability"], "homology": {"epochs": 2}}


def test_ablations_differ_from_their_base_in_the_weights_of_losses() -> None:
    changes = {"loop": {"steps": 5}}
    ablations = {
        "pretraining": {
            "base": "base",
            "changes": changes,
            "training": {"PT-A": {"masked_lm": 0}},
        },
        "finetuning": {"base": "mine", "training": {"FT-A": {"levels": 1}}},
    }
    plus = {"finetuning": {"mine": {**TUNED, "row": "Base"}}, "ablations": ablations}
    expanded = expand({"encoders": {"base": ENCODER}, "plus": plus})
    assert expanded["encoders"]["plus-rnn-pt-a"] == {
        **ENCODER,
        "row": "PT-A",
        "training": {"batch": 4, "masked_lm": 0},
        "loop": {"steps": 5, "report_every": 3},
    }
    assert list(expanded["plus"]["finetuning"]) == ["mine", "plus-rnn-ft-a"]
    assert expanded["plus"]["finetuning"]["plus-rnn-ft-a"] == {
        "row": "FT-A",
        "encoder": "base",
        "tasks": [],
        "homology": {"epochs": 2, "training": {"levels": 1}},
    }


def test_ablations_of_pre_training_are_fine_tuned_like_their_base() -> None:
    ablation = {"base": "base", "training": {"PT-B": {"masked_lm": 0.3}}}
    plus = {"finetuning": {"base": TUNED}, "ablations": {"pretraining": ablation}}
    expanded = expand({"encoders": {"base": ENCODER}, "plus": plus})
    assert expanded["plus"]["finetuning"]["plus-rnn-pt-b"] == {
        "row": "PT-B",
        "encoder": "plus-rnn-pt-b",
        "tasks": [],
        "homology": {"epochs": 2},
    }


# Sizes in the schema are those of the networks


@pytest.mark.parametrize("kind", PUBLISHED)
def test_sizes_are_those_of_the_models(kind: str) -> None:
    schema = read_yaml(SCHEMA)["$defs"][kind.replace("-", "_")]
    config = fields(PAIR_ENCODERS[kind].config)
    names = {field.name for field in config} - {"imitate_released_code"}
    assert set(schema["properties"]) == names
    required = [field.name for field in config if field.default is MISSING]
    assert schema.get("required", []) == required


def test_sizes_of_the_simulated_world_are_those_of_the_simulator() -> None:
    known = read_yaml(SCHEMA)["$defs"]["simulation"]["properties"]
    assert set(known) == {field.name for field in fields(SimulationConfig)}
