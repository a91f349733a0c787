"""Files and jobs of fine-tuning, of the demo's configuration."""

from copy import deepcopy
from types import SimpleNamespace

import pytest

from protlang.experiments.configuration import validated_config
from protlang.experiments.finetuning_files import FineTuningFiles
from protlang.experiments.study import Study
from protlang.sources.catalogue import load_sources
from protlang.validation import REPOSITORY, read_yaml

CONFIG = validated_config(read_yaml(REPOSITORY / "config" / "demo.yaml"))
SOURCES = load_sources(REPOSITORY / "config" / "sources.yaml")
LARGE, BASE = "plus-rnn-large", "plus-rnn-base"
VECTORS = "<results>/embeddings/elmo-uniref50"


@pytest.fixture(scope="module")
def files() -> FineTuningFiles:
    return Study(CONFIG, SOURCES).tuned


def test_only_models_without_a_network_read_stored_vectors(
    files: FineTuningFiles,
) -> None:
    assert files.vectors("plus-tfm", ["stability"]) == []
    assert files.homology_vectors("plus-tfm") == []
    splits = ("train", "validation", "test")
    stored = [f"{VECTORS}/stability/{split}.residue.h5" for split in splits]
    assert files.vectors("seqvec", ["stability"]) == stored
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
        train=["a", "A"],
        validation=["b", "B"],
        tests=["c", "C", "D", "E"],
        vectors=["x", "y", "z", *"XYZUV"],
        profiles=[],
        homology_model=[],
        encoder=["e"],
    )
    tasks, facts = ["stability", "secondary_structure"], ["out/facts.json", "f.json"]
    job, other = files.task_jobs("seqvec", tasks, inputs, facts, "results/r")
    assert job["train"] == {"proteins": "a", "vectors": "x", "profiles": None}
    own = {"proteins": "c", "vectors": "z", "profiles": None}
    assert job["tests"] == {"Stability": own}
    assert (job["folder"], job["runs"]) == ("out", "results/r/finetuning/seqvec")
    assert (job["homology_model"], job["encoder_row"]) == (None, "")
    assert other["settings"]["task"] == "secondary_structure"
    assert other["validation"] == {"proteins": "B", "vectors": "Y", "profiles": None}
    assert list(other["tests"].values()) == [
        {"proteins": name, "vectors": stored, "profiles": None}
        for name, stored in ("CZ", "DU", "EV")
    ]
    inputs.vectors = []
    job, _ = files.task_jobs("plus-tfm", tasks, inputs, facts, "results/r")
    assert job["validation"] == {"proteins": "b", "vectors": None, "profiles": None}
    assert job["encoder_row"] == "PLUS-TFM"


def test_a_network_without_an_encoder_is_described_in_its_settings(
    files: FineTuningFiles,
) -> None:
    task = ["secondary_structure"]
    assert files.encoder("tape-resnet") == files.vectors("tape-resnet", task) == []
    assert files.profiles("tape-resnet", task) == []
    splits = ["netsurfp2/train", "netsurfp2/validation"]
    splits += [f"{name}/test" for name in ("cb513", "casp12", "ts115")]
    profiles = [f"<results>/datasets/{split}.profiles.h5" for split in splits]
    assert files.profiles("conv-lstm", task) == profiles
    inputs = SimpleNamespace(
        train=["a"],
        validation=["b"],
        tests=["c", "d", "e"],
        vectors=[],
        profiles=["A", "B", "C", "D", "E"],
        homology_model=[],
        encoder=[],
    )
    (job,) = files.task_jobs("conv-lstm", task, inputs, ["out/facts.json"], "results/r")
    assert (job["encoder"], job["name"], job["encoder_row"]) == (None, "", "")
    assert job["train"] == {"proteins": "a", "vectors": None, "profiles": "A"}
    tests = [(one["proteins"], one["profiles"]) for one in job["tests"].values()]
    assert tests == [("c", "C"), ("d", "D"), ("e", "E")]
    assert job["settings"]["network"]["architecture"] == "conv-lstm"


def test_tasks_are_learned_together_if_the_same_tables_show_them(
    files: FineTuningFiles,
) -> None:
    together = files.tasks_together
    assert together == [
        *("solubility", "localization", "stability", "fluorescence"),
        "transmembrane",
    ]


def test_tasks_are_learned_apart_unless_that_is_requested() -> None:
    config = deepcopy(CONFIG)
    config["plus"]["tasks_together"] = False
    assert Study(config, SOURCES).tuned.tasks_together == []


def test_tasks_are_learned_apart_if_a_model_learns_only_some() -> None:
    config = deepcopy(CONFIG)
    config["plus"]["finetuning"]["seqvec"]["tasks"] = ["stability"]
    assert Study(config, SOURCES).tuned.tasks_together == []


def test_a_job_on_homology_names_its_pairs(files: FineTuningFiles) -> None:
    inputs = SimpleNamespace(
        train="a", pairs=["d", "t", "n"], contacts=["m"], vectors=[], encoder=["e"]
    )
    job = files.homology_job("plus-rnn-ft-c", inputs, "out/facts.json", "results/r")
    assert job["pairs"] == {"development": "d", "test": "t", "newer": "n"}
    assert (job["contacts"], job["vectors"], job["encoder"]) == ("m", None, "e")


def test_table_3_compares_scores_of_single_pairs_on_both_test_sets(
    files: FineTuningFiles,
) -> None:
    compared = files.compared_pairs()
    models, alignments = files.rows("plus_table3"), ["NW-align", "phmmer"]
    assert {LARGE, BASE, "seqvec"} <= models.keys()
    assert len(compared["predictions"]) == 2 * len(models)
    assert len(compared["aligned_pairs"]) == 2 * len(alignments)
    folder = "<results>/homology/alignments"
    facts = [f"{folder}/{method}/facts.json" for method in alignments]
    assert compared["alignment_facts"] == facts
    assert len(files.shown("plus_table3")["scores"]) == len(models)


@pytest.mark.parametrize("element", ["plus_table5", "plus_table6"])
def test_ablations_are_compared_on_the_development_pairs(
    files: FineTuningFiles, element: str
) -> None:
    compared = files.compared_ablations(element)["predictions"]
    assert BASE in files.rows(element)
    assert compared == [
        f"<results>/plus/finetuned/{model}/homology/predictions/development.parquet"
        for model in files.rows(element)
    ]


@pytest.mark.parametrize(
    ("left_out", "alignments", "chosen"),
    [
        ((), ["NW-align"], LARGE),
        ((LARGE,), ["NW-align"], BASE),
        ((LARGE, BASE), ["NW-align"], None),
        ((), ["phmmer"], None),
    ],
)
def test_the_larger_model_is_compared_with_the_alignment_if_both_are_run(
    left_out: tuple[str, ...], alignments: list[str], chosen: str | None
) -> None:
    config = deepcopy(CONFIG)
    config["plus"]["homology"]["alignments"] = alignments
    for name in left_out:
        del config["plus"]["finetuning"][name]
    model = Study(config, SOURCES).tuned.aligning_model
    assert (model.name if model else None) == chosen
