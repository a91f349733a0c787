"""Files and jobs of fine-tuning, of the demo's configuration."""

from types import SimpleNamespace

import pytest

from protlang.experiments.configuration import validated_config
from protlang.experiments.finetuning_files import FineTuningFiles
from protlang.experiments.study import Study
from protlang.sources.catalogue import load_sources
from protlang.validation import REPOSITORY, read_yaml

VECTORS = "<results>/embeddings/elmo-uniref50"


@pytest.fixture(scope="module")
def files() -> FineTuningFiles:
    config = validated_config(read_yaml(REPOSITORY / "config" / "demo.yaml"))
    return Study(config, load_sources(REPOSITORY / "config" / "sources.yaml")).tuned


def test_only_models_without_a_network_read_stored_vectors(
    files: FineTuningFiles,
) -> None:
    assert files.vectors("plus-tfm", "stability") == []
    assert files.homology_vectors("plus-tfm") == []
    splits = ("train", "validation", "test")
    stored = [f"{VECTORS}/stability/{split}.residue.h5" for split in splits]
    assert files.vectors("seqvec", "stability") == stored
    vectors = ["<results>/homology/embeddings/elmo-uniref50.h5"]
    assert files.homology_vectors("seqvec") == vectors


def test_contact_maps_are_read_where_they_are_learned(files: FineTuningFiles) -> None:
    maps = ["<results>/homology/contacts.h5"]
    learning = ("p-elmo", "plus-rnn-ft-c", "plus-rnn-ft-d", "plus-rnn-ft-e")
    assert all(files.contacts(model) == maps for model in learning)
    assert files.contacts("plus-rnn-ft-a") == files.contacts("plus-tfm") == []


def test_p_elmo_takes_its_model_of_homology_to_other_tasks(
    files: FineTuningFiles,
) -> None:
    names = ("config.json", "model.safetensors", "facts.json")
    folder = "<results>/plus/finetuned/p-elmo/homology"
    assert files.homology_model("p-elmo") == [f"{folder}/{name}" for name in names]
    assert files.homology_model("plus-tfm") == []


def test_a_job_on_a_task_names_proteins_with_their_vectors(
    files: FineTuningFiles,
) -> None:
    inputs = SimpleNamespace(
        train="a",
        validation="b",
        tests=["c"],
        vectors=["x", "y", "z"],
        homology_model=[],
        encoder=["e"],
    )
    job = files.task_job("seqvec", "stability", inputs, "out/facts.json", "results/r")
    assert job["train"] == {"proteins": "a", "vectors": "x"}
    assert job["tests"] == {"Stability": {"proteins": "c", "vectors": "z"}}
    assert (job["folder"], job["runs"]) == ("out", "results/r/finetuning/seqvec")
    assert (job["homology_model"], job["encoder_row"]) == (None, "")
    inputs.vectors = []
    job = files.task_job("plus-tfm", "stability", inputs, "out/facts.json", "results/r")
    assert job["validation"] == {"proteins": "b", "vectors": None}
    assert job["encoder_row"] == "PLUS-TFM"


def test_a_job_on_homology_names_its_pairs(files: FineTuningFiles) -> None:
    inputs = SimpleNamespace(
        train="a", pairs=["d", "t", "n"], contacts=["m"], vectors=[], encoder=["e"]
    )
    job = files.homology_job("plus-rnn-ft-c", inputs, "out/facts.json", "results/r")
    assert job["pairs"] == {"development": "d", "test": "t", "newer": "n"}
    assert (job["contacts"], job["vectors"], job["encoder"]) == ("m", None, "e")
