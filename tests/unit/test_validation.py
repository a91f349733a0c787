"""What the library says about a wrong configuration."""

import copy
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from protlang.errors import ProtlangError
from protlang.simulation.world import SimulationConfig
from protlang.validation import REPOSITORY, SCHEMAS, read_yaml, validated_config

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


def complaint(config: dict[str, Any]) -> str:
    with pytest.raises(ProtlangError) as caught:
        validated_config(config)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["config.yaml", "demo.yaml", "published.yaml"])
def test_shipped_configurations_are_valid(name: str) -> None:
    config = read_yaml(REPOSITORY / "config" / name)
    assert validated_config(config) == config


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            "datsets",
            {},
            "the top level has the unknown key 'datsets'; did you mean 'data",
        ),
        (
            "per_residue/training/learning_rat",
            0.1,
            "per_residue.training has the unknown key 'learning_rat'; did you mean "
            "'learning_rate'?",
        ),
        ("zebra", 1, "the unknown key 'zebra'; known are run, sources, downloads"),
        ("datasets", None, "datasets is None but must be of type object"),
        (
            "per_residue/training/patience",
            "5",
            "patience is '5' but must be of type int",
        ),
        (
            "per_residue/training/patience",
            0,
            "patience: 0 is less than the minimum of 1",
        ),
        ("per_residue/training/seeds", [1, 1], "per_residue.training.seeds: [1, 1]"),
        (
            "per_residue/training_sets/0/labels",
            ["q3", "q9"],
            "training_sets.0.labels.1 is 'q9'; choose one of q3, q8, disorder",
        ),
        (
            "datasets/a b",
            {"source": "x"},
            "datasets has the name 'a b'; names hold only",
        ),
        ("datasets/cb513", {}, "datasets.cb513 lacks the key 'source'; add it"),
        ("run", "a/b", "run is 'a/b'; names hold only"),
        (
            "pretraining/elmo-uniref50/corpus",
            "uniref",
            "pretraining.elmo-uniref50.corpus is 'uniref', which `corpora` does not "
            "declare; declared are uniref50, uniref90, swissprot",
        ),
        (
            "protvec/protvec/corpus",
            "sprot",
            "protvec.protvec.corpus is 'sprot', which `corpora` does not declare",
        ),
        (
            "protvec/protvec/windw",
            5,
            "protvec.protvec has the unknown key 'windw'; did you mean 'window'?",
        ),
        (
            "protvec/protvec/min_count",
            0,
            "protvec.protvec.min_count: 0 is less than the minimum of 1 (3-mers that",
        ),
        (
            "protvec/elmo-uniref50",
            {"corpus": "swissprot", "seed": 1},
            "pretraining and protvec both declare the encoder 'elmo-uniref50'; rename",
        ),
        (
            "published_protvec",
            {"protvec": {"source": "protvec"}},
            "protvec and published_protvec both declare the encoder 'protvec'; rename",
        ),
        ("published_protvec", {"p": {}}, "published_protvec.p lacks the key 'source'"),
        ("timings/encoder", "elmo", "timings.encoder is 'elmo', which any section of"),
        (
            "timings/sets/DeepLoc",
            "deploc",
            "timings.sets.DeepLoc is 'deploc', which `datasets` does not declare",
        ),
        (
            "corpus_embeddings/0/corpus",
            "sprot",
            "corpus_embeddings[0].corpus is 'sprot', which `corpora` does not declare; "
            "declared are uniref50, uniref90, swissprot",
        ),
        (
            "corpus_embeddings/0/shards",
            0,
            "corpus_embeddings.0.shards: 0 is less than the minimum of 1",
        ),
        ("leakage/corpora/0", "trembl", "leakage.corpora[0] is 'trembl', which `corp"),
        ("embedding", {"storage": "int8"}, "embedding.storage is 'int8'; choose one"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(path: str, value: Any, said: str) -> None:
    assert said in complaint(changed(path, value))


def test_a_missing_key_is_explained() -> None:
    config = {key: value for key, value in DEMO.items() if key != "run"}
    assert complaint(config) == (
        "the configuration: the top level lacks the key 'run'; add it "
        "(Name of the run; results go to results/<run>)"
    )


def test_a_number_from_the_command_line_becomes_a_name() -> None:
    assert validated_config(changed("run", 2024))["run"] == "2024"


def test_simulated_sources_need_a_folder() -> None:
    config = {key: value for key, value in DEMO.items() if key != "mirror"}
    assert "mirror" in complaint(config)


@pytest.mark.parametrize("run", ["..", ".", "demo\n"])
def test_a_run_cannot_be_named_like_a_folder_above(run: str) -> None:
    complaint(changed("run", run))


@pytest.mark.parametrize("place", ["", "datasets/"])
def test_a_key_that_yaml_reads_as_number_is_told(place: str) -> None:
    config = changed(f"{place}2020", {"source": "x"})
    parent: dict[Any, Any] = config["datasets"] if place else config
    parent[2020] = parent.pop("2020")
    assert "2020" in complaint(config)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match=r"none\.yaml does not exist"):
        read_yaml(tmp_path / "none.yaml")


@pytest.mark.parametrize("content", [b"a: [1\nb: 2\n", b"a: \xff\n"])
def test_a_file_that_is_no_yaml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(ProtlangError, match=r"a\.yaml is not valid YAML"):
        read_yaml(tmp_path / "a.yaml")


def test_a_yaml_mistake_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [1\nb: 2\n")
    with pytest.raises(ProtlangError) as caught:
        read_yaml(tmp_path / "a.yaml")
    assert "line 2" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_sizes_of_the_simulated_world_can_be_told() -> None:
    schema = read_yaml(SCHEMAS / "config.schema.yaml")
    known = schema["$defs"]["simulation"]["properties"]
    assert set(known) == {field.name for field in fields(SimulationConfig)}
