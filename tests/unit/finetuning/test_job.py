"""Whole jobs of fine-tuning on single proteins, from files to scores."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from protlang.datasets.splits import profiles_path, write_split
from protlang.encoders.provenance import Provenance, write_provenance
from protlang.errors import ProtlangError
from protlang.files import hdf5_key
from protlang.finetuning.job import SplitFiles, TaskJob
from protlang.finetuning.network import load_finetuned
from protlang.finetuning.predictions import predict, read_predictions
from protlang.finetuning.provenance import StartingPoint
from protlang.formats.embeddings import write_embeddings
from protlang.proteins import Protein
from protlang.protocol import Deviation
from protlang.tasks.plus import TASKS
from protlang.training.run import run_name
from support.finetuning import SEQVEC, helices_of_five, pretrained, with_values
from support.jobs import StopAt, contents, do, times_of_models, train, validations
from support.pairs import tiny_network

CHANNELS = 6


def splits(task: str) -> dict[str, list[Protein]]:
    """Proteins to train, validate and test on; the tests by name."""
    make = with_values if task == "stability" else helices_of_five
    return {
        "train": make(9, seed=1),
        "validation": make(4, seed=2),
        "One": make(5, seed=3),
        "Two": make(3, seed=4)[::-1],
    }


def write_data(folder: Path, task: str) -> dict[str, SplitFiles]:
    provenance = {"source": "few", "distribution": "plus-x", "simulated": False}
    files = {}
    for name, proteins in splits(task).items():
        files[name] = SplitFiles(folder / f"{name}.parquet")
        write_split(files[name].proteins, proteins, provenance)
    return files


def job_of(
    folder: Path,
    task: str = "stability",
    architecture: str = "plus-rnn",
    out: str = "out",
    **changes: Any,
) -> TaskJob:
    """A job with the data and encoder of a folder, which are written if need be."""
    start = folder / architecture
    if not start.exists():
        pretrained(architecture).save(start)
    settings = {
        "task": task,
        "defaults": "plus-rnn-base",
        "options": {"hidden_dim": 7, "batch": 4, "epochs": 3},
        "seeds": [5],
        "threads": 1,
        "checkpoint_every": 2,
        "pretrained": True,
        **changes,
    }
    files = write_data(folder / task, task)
    return TaskJob(
        runs=folder / "runs",
        log=folder / "job.log",
        settings=settings,
        name="mine",
        encoder=start / "config.json",
        encoder_row="Mine",
        row="Mine, fine-tuned",
        folder=folder / out,
        declared={},
        train=files["train"],
        validation=files["validation"],
        tests={name: files[name] for name in ("One", "Two")},
    )


def weights(job: TaskJob, seed: int = 5) -> bytes:
    return (job.folder / f"models/seed{seed}/model.safetensors").read_bytes()


# What is written


def files_of(seeds: Sequence[int]) -> set[str]:
    made = {"scores.csv", "facts.json"}
    for seed in seeds:
        names = ("config.json", "model.safetensors", "metrics.jsonl")
        made |= {f"models/seed{seed}/{name}" for name in names}
        made |= {f"predictions/seed{seed}/{name}.parquet" for name in ("One", "Two")}
    return made


@pytest.mark.parametrize("task", ["stability", "secondary_structure"])
def test_a_job_writes_models_scores_facts_and_predictions_in_order(
    tmp_path: Path, task: str
) -> None:
    job = job_of(tmp_path, task, seeds=[5, 6])
    assert len(do(job)) == 2
    assert set(contents(job.folder)) == files_of([5, 6])
    scores = pd.read_csv(job.folder / "scores.csv")
    assert list(scores["test_set"].unique()) == ["One", "Two"]
    assert set(scores["metric"]) == set(TASKS[task].measures)
    assert set(scores["seeds"]) == {2}
    assert list(scores.groupby("test_set")["n"].first()) == [5, 3]
    facts = json.loads((job.folder / "facts.json").read_text())
    assert facts["test_sets"].keys() == {"One", "Two"}
    assert facts["description"] == (
        "mine: PLUS-RNN, 1 layers of 6, 12 domains of pfam-27, 7 updates; fine-tuned "
        "on 9 proteins of few (plus-x), 9 updates"
    )
    assert any(
        one["aspect"] == "hidden dim" and one["ours"] == "7"
        for one in facts["deviations"]
    )
    for seed in (5, 6):
        model = load_finetuned(job.folder / f"models/seed{seed}", TASKS)
        for name in ("One", "Two"):
            proteins = splits(task)[name]
            path = job.folder / f"predictions/seed{seed}/{name}.parquet"
            found = read_predictions(path, TASKS[task])
            assert [one.id for one in found] == [protein.id for protein in proteins]
            expected = [
                prediction.prediction for prediction in predict(model, proteins)
            ]
            assert [one.prediction for one in found] == expected
            truths = [TASKS[task].truth(protein) for protein in proteins]
            assert [one.truth for one in found] == truths


# What is trained once


def test_a_second_call_trains_nothing_and_writes_the_same_bytes(tmp_path: Path) -> None:
    job = job_of(tmp_path)
    do(job)
    before, models = contents(job.folder), times_of_models(job.runs)
    again = replace(job, folder=tmp_path / "elsewhere")
    do(again)
    assert contents(again.folder) == before
    assert times_of_models(job.runs) == models


def test_one_more_seed_trains_no_other_again(tmp_path: Path) -> None:
    first = job_of(tmp_path)
    do(first)
    before, models = contents(first.folder), times_of_models(first.runs)
    both = job_of(tmp_path, seeds=[5, 6])
    do(both)
    after = contents(both.folder)
    for name in files_of([5]) - {"scores.csv", "facts.json"}:
        assert after[name] == before[name]
    assert after["models/seed6/model.safetensors"] != weights(both)
    assert models.items() < times_of_models(both.runs).items()
    assert len(list(both.runs.iterdir())) == 2


def test_other_test_proteins_cost_no_new_training(tmp_path: Path) -> None:
    job = job_of(tmp_path)
    do(job)
    models = times_of_models(job.runs)
    do(replace(job, tests={"Other": job.tests["Two"]}))
    assert times_of_models(job.runs) == models
    assert set(pd.read_csv(job.folder / "scores.csv")["test_set"]) == {"Other"}


@pytest.mark.parametrize(
    "changes",
    [
        {"pretrained": False},
        {"seeds": [6]},
        {"options": {"hidden_dim": 7, "batch": 4, "epochs": 2}},
        {"defaults": "plus-rnn-large", "options": {"vectors": "z", "epochs": 1}},
    ],
)
def test_other_settings_are_other_runs(tmp_path: Path, changes: dict[str, Any]) -> None:
    train(job_of(tmp_path))
    train(job_of(tmp_path, out="other", **changes))
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_another_encoder_or_training_set_is_another_run(tmp_path: Path) -> None:
    job = job_of(tmp_path)
    train(job)
    pretrained(seed=9).save(
        tmp_path / "plus-rnn"
    )  # the same description, other weights
    train(job)
    assert len(list(job.runs.iterdir())) == 2
    train(replace(job, train=job.validation))
    assert len(list(job.runs.iterdir())) == 3


# Starting points


def test_without_pretraining_it_starts_from_random_weights(tmp_path: Path) -> None:
    job = job_of(tmp_path)
    anew = job_of(tmp_path, out="anew", pretrained=False)
    do(job)
    do(anew)
    assert weights(job) != weights(anew)
    facts = json.loads((anew.folder / "facts.json").read_text())
    assert facts["description"].startswith(
        "PLUS-RNN, 1 layers of 6, random weights; fine-tuned on 9 proteins"
    )
    assert "12 domains" not in json.dumps(facts)


def test_random_weights_depend_on_the_sizes_of_an_encoder_alone(tmp_path: Path) -> None:
    job = job_of(tmp_path, pretrained=False)
    train(job)
    pretrained(seed=9, updates=8).save(tmp_path / "plus-rnn")
    train(job)
    assert len(list(job.runs.iterdir())) == 1


def test_a_damaged_description_of_random_weights_is_reported(tmp_path: Path) -> None:
    job = job_of(tmp_path, pretrained=False)
    job.encoder.write_text("{")
    with pytest.raises(ProtlangError, match="describes no encoder"):
        train(job)


def with_vectors(files: SplitFiles, proteins: Sequence[Protein]) -> SplitFiles:
    """The same split with a file of stored vectors."""
    rng = np.random.default_rng(3)
    stored = {
        p.id: rng.normal(size=(len(p.sequence), CHANNELS)).astype(np.float32)
        for p in proteins
    }
    path = files.proteins.with_suffix(".h5")
    entries = sorted(stored.items(), key=lambda pair: hdf5_key(pair[0]))
    write_embeddings(path, entries, {"encoder": "elmo"})
    return replace(files, vectors=path)


def stored_job(folder: Path, **changes: Any) -> TaskJob:
    elmo = folder / "elmo" / "config.json"
    elmo.parent.mkdir(exist_ok=True)
    elmo.write_text(json.dumps(SEQVEC))
    job = job_of(folder, defaults="embeddings", **changes)
    proteins = splits("stability")
    tests = {
        name: with_vectors(files, proteins[name]) for name, files in job.tests.items()
    }
    return replace(
        job,
        name="elmo",
        encoder=elmo,
        encoder_row="",
        train=with_vectors(job.train, proteins["train"]),
        validation=with_vectors(job.validation, proteins["validation"]),
        tests=tests,
    )


def test_stored_vectors_stand_for_an_encoder(tmp_path: Path) -> None:
    job = stored_job(tmp_path)
    do(job)
    assert set(contents(job.folder)) == files_of([5])
    found = read_predictions(
        job.folder / "predictions/seed5/Two.parquet", TASKS["stability"]
    )
    assert [one.id for one in found] == [p.id for p in splits("stability")["Two"]]
    facts = json.loads((job.folder / "facts.json").read_text())
    assert facts["description"].startswith("elmo: ELMo, 2 layers of 4,096 cells")
    description = json.loads((job.folder / "models/seed5/config.json").read_text())
    assert description["encoder"]["channels"] == CHANNELS
    assert len(list(job.runs.iterdir())) == 1
    of_others = replace(job.validation, vectors=job.train.vectors)
    with pytest.raises(ProtlangError):
        train(replace(job, validation=of_others))


def test_stored_vectors_cannot_start_from_random_weights(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="stored embeddings cannot do without"):
        train(stored_job(tmp_path, pretrained=False))


OF_HOMOLOGY = Provenance(
    "mine: P-ELMo; fine-tuned on pairs", True, (Deviation("encoder", "few updates"),)
)


def p_elmo_job(folder: Path, seed: int = 0, **changes: Any) -> TaskJob:
    tiny_network("p-elmo", seed=seed).save(folder / "homology")
    write_provenance(folder / "homology" / "facts.json", OF_HOMOLOGY)
    changes = {"architecture": "p-elmo-lm", "defaults": "p-elmo", **changes}
    model = folder / "homology" / "config.json"
    return replace(job_of(folder, **changes), homology_model=model)


def test_p_elmo_starts_from_its_model_of_homology(tmp_path: Path) -> None:
    job = p_elmo_job(tmp_path)
    do(job)
    network = load_finetuned(job.folder / "models/seed5", TASKS)
    expected = tiny_network("p-elmo").encoder.state_dict()
    found = {
        name.removeprefix("network."): weights
        for name, weights in network.reader.state_dict().items()
    }
    same = [name for name in expected if name in found]
    assert any("lstm" in name for name in same)
    for name in same:
        assert torch.equal(found[name], expected[name]), name  # it is frozen


def test_random_p_elmo_has_the_sizes_of_its_model_of_homology(tmp_path: Path) -> None:
    job = p_elmo_job(tmp_path, pretrained=False)
    (run,) = job.trainings()
    assert job.homology_model is not None
    description = json.loads(job.homology_model.read_text())
    assert run.recipe.sizes == description["model"]


def test_provenance_of_p_elmo_includes_homology(tmp_path: Path) -> None:
    job = p_elmo_job(tmp_path)
    assert job.starting_point(job.homology_model) == StartingPoint(
        "Mine, fine-tuned", OF_HOMOLOGY
    )
    do(job)
    facts = json.loads((job.folder / "facts.json").read_text())
    assert facts["description"].startswith(f"{OF_HOMOLOGY.description}; fine-tuned")
    first = Deviation.read(facts["deviations"][0])
    assert first == OF_HOMOLOGY.deviations[0]
    assert facts["simulated"]


def test_another_homology_model_is_another_run(tmp_path: Path) -> None:
    train(p_elmo_job(tmp_path))
    train(p_elmo_job(tmp_path, seed=1))
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_that_a_published_encoder_saw_test_pairs_of_pfam_does_not_matter(
    tmp_path: Path,
) -> None:
    job = job_of(tmp_path)
    published = pretrained()
    published.training, published.trained_on = {}, {}
    published.save(tmp_path / "plus-rnn")
    expected = Provenance("mine: PLUS-RNN, as published", False)
    assert job.starting_point().encoder == expected


# Stopping


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm"])
@pytest.mark.parametrize("looks", [1, 2, 4, 6, 9, 13])
def test_stopped_and_resumed_it_ends_in_the_same_bits(
    tmp_path: Path, looks: int, architecture: str
) -> None:
    """In the first or in the second training."""
    changes = {"architecture": architecture, "seeds": [5, 6]}
    whole = job_of(tmp_path, "secondary_structure", out="whole", **changes)
    do(whole)
    cut = replace(whole, runs=tmp_path / "cut", folder=tmp_path / "resumed")
    assert train(cut, StopAt(looks)) is None
    assert not (cut.folder / "scores.csv").exists()
    torch.manual_seed(99)  # a new process would have another random state
    do(cut)
    left, right = contents(whole.folder), contents(cut.folder)
    assert left.keys() == right.keys()
    for name in left:
        if not name.endswith("metrics.jsonl"):  # which holds the speed
            assert left[name] == right[name], name
    models = (job.folder / "models" / "seed6" for job in (whole, cut))
    first, second = map(validations, models)
    assert first == second


# Networks that nothing pre-trains

NETWORKS: dict[str, dict[str, Any]] = {
    "tape-lstm": {"hidden_dim": 4, "layers": 1},
    "tape-transformer": {
        "hidden_dim": 8,
        "layers": 1,
        "heads": 2,
        "feed_forward_dim": 4,
    },
    "tape-resnet": {"hidden_dim": 4, "layers": 2},
    "conv-lstm": {"filters": 2, "hidden_dim": 3},
}


def network_job(folder: Path, architecture: str, **changes: Any) -> TaskJob:
    job = job_of(folder, "secondary_structure")
    profiles = architecture == "conv-lstm"
    if profiles:
        provenance = {"source": "few", "distribution": "plus-x", "simulated": False}
        rng = np.random.default_rng(0)
        for name, proteins in splits("secondary_structure").items():
            path = folder / "secondary_structure" / f"{name}.parquet"
            write_split(
                path,
                [
                    replace(
                        one,
                        profile=rng.random((len(one.sequence), 50), dtype=np.float32),
                    )
                    for one in proteins
                ],
                provenance,
            )

    def read(files: SplitFiles) -> SplitFiles:
        return replace(files, profiles=profiles_path(files.proteins))

    settings = {
        **job.settings,
        "defaults": "conv-lstm" if profiles else "tape",
        "pretrained": False,
        "network": {"architecture": architecture, "model": NETWORKS[architecture]},
        **changes,
    }
    job = replace(job, name="", encoder=None, encoder_row="", settings=settings)
    if not profiles:
        return job
    return replace(
        job,
        train=read(job.train),
        validation=read(job.validation),
        tests={name: read(files) for name, files in job.tests.items()},
    )


@pytest.mark.parametrize("architecture", NETWORKS)
def test_a_network_without_an_encoder_is_trained_and_predicts(
    tmp_path: Path, architecture: str
) -> None:
    job = network_job(tmp_path, architecture, seeds=[5, 6])
    assert len(do(job)) == 2
    assert set(contents(job.folder)) == files_of([5, 6])
    assert weights(job, 5) != weights(job, 6)
    model = load_finetuned(job.folder / "models/seed5", TASKS)
    proteins = job.tests["Two"].read().proteins
    path = job.folder / "predictions/seed5/Two.parquet"
    found = read_predictions(path, TASKS["secondary_structure"])
    assert [one.prediction for one in found] == [
        one.prediction for one in predict(model, proteins)
    ]
    facts = json.loads((job.folder / "facts.json").read_text())
    assert "random weights; fine-tuned on 9 proteins" in facts["description"]
    aspects = {one["aspect"] for one in facts["deviations"]}
    assert {"warm-up", "hidden dim", "training proteins"} <= aspects


@pytest.mark.parametrize("architecture", ["tape-resnet", "conv-lstm"])
def test_a_network_without_an_encoder_resumes_to_the_same_bits(
    tmp_path: Path, architecture: str
) -> None:
    """Statistics of its normalisation are part of a checkpoint."""
    whole = network_job(tmp_path / "a", architecture)
    do(whole)
    stopped = network_job(tmp_path / "b", architecture)
    train(stopped, StopAt(5))
    do(stopped)
    assert weights(whole) == weights(stopped)


def test_another_size_of_a_network_is_another_run(tmp_path: Path) -> None:
    job = network_job(tmp_path, "tape-lstm")
    network = {"architecture": "tape-lstm", "model": {"hidden_dim": 5, "layers": 1}}
    other = replace(job, settings={**job.settings, "network": network})
    names = {run_name(run.facts(1)) for one in (job, other) for run in one.trainings()}
    assert len(names) == 2
