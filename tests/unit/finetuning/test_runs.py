"""Whole jobs of fine-tuning on single proteins, from files to scores."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from protlang.datasets.splits import write_split
from protlang.encoders.encoder import PairEncoder
from protlang.encoders.provenance import Provenance
from protlang.errors import ProtlangError
from protlang.files import hdf5_key
from protlang.finetuning.network import load_finetuned
from protlang.finetuning.predictions import predict, read_answers
from protlang.finetuning.provenance import Begun, write_facts
from protlang.finetuning.runs import begun, finish, train
from protlang.formats.embeddings import write_embeddings
from protlang.proteins import Protein
from protlang.tasks.registry import TASKS
from protlang.training.distributed import Process
from protlang.training.finetuning_command import Job
from protlang.training.signals import StopRequest
from support.finetuning import encoder, helices_of_five, with_values
from support.jobs import StopAt, contents
from support.pairs import tiny_network

ALONE = Process(0, 1, torch.device("cpu"))
ORIGIN = {"corpus": "few", "sources": ["pfam-27"], "simulated": False}
PRETRAINING = {
    "domains": 12,
    "updates": 7,
    "passes": 0.5,
    "entries_per_update": 4,
    "optimizer": "adam",
    "learning_rate": 0.001,
    "masked_lm": 0.7,
    "same_family": 0.3,
}
SEQVEC = {
    "architecture": "elmo",
    "options": {"projection": 512, "lstm_dim": 4096, "layers": 2},
    "training": {"n_train_tokens": 9577889953},
    "trained_on": {},
}
CHANNELS = 6


def pretrained(architecture: str = "plus-rnn", seed: int = 0) -> PairEncoder:
    made = encoder(architecture, seed)
    made.training, made.trained_on = PRETRAINING, ORIGIN
    return made


def splits(task: str) -> dict[str, list[Protein]]:
    """Proteins to train, validate and test on; the tests by name."""
    make = with_values if task == "stability" else helices_of_five
    return {
        "train": make(9, seed=1),
        "validation": make(4, seed=2),
        "One": make(5, seed=3),
        "Two": make(3, seed=4)[::-1],
    }


def write_data(folder: Path, task: str) -> dict[str, Any]:
    provenance = {"source": "few", "distribution": "plus-x", "simulated": False}
    paths = {}
    for name, proteins in splits(task).items():
        paths[name] = str(folder / f"{name}.parquet")
        write_split(paths[name], proteins, provenance)
    tests = {name: paths.pop(name) for name in ("One", "Two")}
    return {**paths, "tests": tests}


def job_of(
    folder: Path,
    task: str = "stability",
    inputs: Mapping[str, Any] | None = None,
    architecture: str = "plus-rnn",
    out: str = "out",
    **changes: Any,
) -> Job:
    """A job with the data and encoder of a folder, which are written if need be."""
    data = folder / task
    if not data.exists():
        write_data(data, task)
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
    files = write_data(data, task)
    return Job(
        settings,
        {**files, "encoder": str(start / "config.json"), **(inputs or {})},
        {"name": "mine", "row": "Mine"},
        "Mine, fine-tuned",
        "",
        folder / "runs",
        folder / out,
    )


def do(job: Job) -> Sequence[int]:
    updates = train(job, ALONE, StopRequest())
    assert updates is not None
    finish(job, updates, ALONE)
    return updates


def times(folder: Path) -> dict[str, int]:
    return {
        str(path): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file()
    }


def weights(job: Job, seed: int = 5) -> bytes:
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
def test_a_job_writes_models_predictions_scores_and_facts(
    tmp_path: Path, task: str
) -> None:
    job = job_of(tmp_path, task, seeds=[5, 6])
    updates = do(job)
    assert updates == [9, 9]
    assert set(contents(job.folder)) == files_of([5, 6])
    scores = pd.read_csv(job.folder / "scores.csv")
    assert list(scores["test_set"].unique()) == ["One", "Two"]
    assert set(scores["metric"]) == set(TASKS[task].measures)
    assert set(scores["seeds"]) == {2}
    assert list(scores.groupby("test_set")["n"].first()) == [5, 3]
    facts = json.loads((job.folder / "facts.json").read_text())
    assert facts["description"] == (
        "mine: PLUS-RNN, 1 layers of 6, 12 domains of pfam-27, 7 updates; fine-tuned "
        "on 9 proteins of few (plus-x), 9 updates"
    )
    assert "hidden_dim 7 instead of" in facts["deviation"]


@pytest.mark.parametrize("task", ["stability", "secondary_structure"])
def test_predictions_are_of_all_test_proteins_in_their_order(
    tmp_path: Path, task: str
) -> None:
    job = job_of(tmp_path, task, seeds=[5, 6])
    do(job)
    for seed in (5, 6):
        model = load_finetuned(job.folder / f"models/seed{seed}", TASKS)
        for name in ("One", "Two"):
            proteins = splits(task)[name]
            path = job.folder / f"predictions/seed{seed}/{name}.parquet"
            told = read_answers(path, TASKS[task])
            assert [one.id for one in told] == [protein.id for protein in proteins]
            said = [answer.prediction for answer in predict(model, proteins)]
            assert [one.prediction for one in told] == said
            truths = [TASKS[task].truth(protein) for protein in proteins]
            assert [one.truth for one in told] == truths


# What is trained once


def test_a_second_call_trains_nothing_and_writes_the_same_bytes(tmp_path: Path) -> None:
    job = job_of(tmp_path)
    do(job)
    before, kept = contents(job.folder), times(job.runs)
    assert any("checkpoints" in name for name in kept)
    do(job)
    assert contents(job.folder) == before
    assert trained_again(job, kept) == set()
    again = replace(job, folder=tmp_path / "elsewhere")
    do(again)
    assert contents(again.folder) == before


def trained_again(job: Job, kept: Mapping[str, int]) -> set[str]:
    """Files of checkpoints that changed or came since."""
    now = times(job.runs)
    changed = {name for name, time in now.items() if kept.get(name) != time}
    return {name for name in changed if "checkpoints" in name}


def test_one_more_seed_trains_no_other_again(tmp_path: Path) -> None:
    first = job_of(tmp_path)
    do(first)
    before, kept = contents(first.folder), times(first.runs)
    both = job_of(tmp_path, seeds=[5, 6])
    do(both)
    after = contents(both.folder)
    for name in files_of([5]) - {"scores.csv", "facts.json"}:
        assert after[name] == before[name]
    assert after["models/seed6/model.safetensors"] != weights(both)
    runs = {Path(name).relative_to(both.runs).parts[0] for name in kept}
    assert len(runs) == 1
    changed = {
        Path(name).relative_to(both.runs).parts[0] for name in trained_again(both, kept)
    }
    assert len(changed) == 1
    assert not changed & runs


def test_other_test_proteins_cost_no_new_training(tmp_path: Path) -> None:
    job = job_of(tmp_path)
    do(job)
    kept = times(job.runs)
    tests = {"Other": job.inputs["tests"]["Two"]}
    other = replace(job, inputs={**job.inputs, "tests": tests})
    do(other)
    assert trained_again(job, kept) == set()
    assert set(pd.read_csv(job.folder / "scores.csv")["test_set"]) == {"Other"}


@pytest.mark.parametrize(
    "changed",
    [
        {"pretrained": False},
        {"seeds": [6]},
        {"options": {"hidden_dim": 7, "batch": 4, "epochs": 2}},
        {"defaults": "plus-rnn-large", "options": {"vectors": "z", "epochs": 1}},
    ],
)
def test_other_settings_are_other_runs(tmp_path: Path, changed: dict[str, Any]) -> None:
    train(job_of(tmp_path), ALONE, StopRequest())
    train(job_of(tmp_path, out="other", **changed), ALONE, StopRequest())
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_another_encoder_or_training_set_is_another_run(tmp_path: Path) -> None:
    job = job_of(tmp_path)
    train(job, ALONE, StopRequest())
    other = pretrained(seed=9)
    other.save(tmp_path / "plus-rnn")  # the same description, other weights
    train(job, ALONE, StopRequest())
    assert len(list(job.runs.iterdir())) == 2
    fewer = {**job.inputs, "train": job.inputs["validation"]}
    train(replace(job, inputs=fewer), ALONE, StopRequest())
    assert len(list(job.runs.iterdir())) == 3


# What it begins with


def test_without_pretraining_it_begins_with_random_weights(tmp_path: Path) -> None:
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
    train(job, ALONE, StopRequest())
    longer = {**PRETRAINING, "updates": 8}
    other = pretrained(seed=9)
    other.training = longer
    other.save(tmp_path / "plus-rnn")
    train(job, ALONE, StopRequest())
    assert len(list(job.runs.iterdir())) == 1


def vectors_of(folder: Path, task: str) -> dict[str, Any]:
    """Files of stored vectors of all splits."""
    rng = np.random.default_rng(3)
    paths: dict[str, str] = {}
    for name, proteins in splits(task).items():
        stored = {
            p.id: rng.normal(size=(len(p.sequence), CHANNELS)).astype(np.float32)
            for p in proteins
        }
        paths[name] = str(folder / f"{name}.h5")
        entries = sorted(stored.items(), key=lambda pair: hdf5_key(pair[0]))
        write_embeddings(paths[name], entries, {"encoder": "elmo"})
    tests = {name: paths.pop(name) for name in ("One", "Two")}
    return {**paths, "tests": tests}


def stored_job(folder: Path, **changes: Any) -> Job:
    elmo = folder / "elmo" / "config.json"
    elmo.parent.mkdir(exist_ok=True)
    elmo.write_text(json.dumps(SEQVEC))
    inputs = {"encoder": str(elmo), "vectors": vectors_of(folder, "stability")}
    job = job_of(folder, inputs=inputs, defaults="embeddings", **changes)
    return replace(job, encoder={"name": "elmo", "row": ""})


def test_stored_vectors_stand_for_an_encoder(tmp_path: Path) -> None:
    job = stored_job(tmp_path)
    do(job)
    assert set(contents(job.folder)) == files_of([5])
    told = read_answers(
        job.folder / "predictions/seed5/Two.parquet", TASKS["stability"]
    )
    assert [one.id for one in told] == [p.id for p in splits("stability")["Two"]]
    facts = json.loads((job.folder / "facts.json").read_text())
    assert facts["description"].startswith("elmo: ELMo, 2 layers of 4,096 cells")
    description = json.loads((job.folder / "models/seed5/config.json").read_text())
    assert description["encoder"]["channels"] == CHANNELS
    assert len(list(job.runs.iterdir())) == 1
    other = dict.fromkeys(("train", "validation"), job.inputs["vectors"]["train"])
    inputs = {**job.inputs, "vectors": {**job.inputs["vectors"], **other}}
    with pytest.raises(ProtlangError):  # those of other proteins
        train(replace(job, inputs=inputs), ALONE, StopRequest())


def test_stored_vectors_cannot_begin_anew(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="stored embeddings cannot do without"):
        train(stored_job(tmp_path, pretrained=False), ALONE, StopRequest())


HOMOLOGY_FACTS = Provenance("mine: P-ELMo; fine-tuned on pairs", True, "few updates")


def p_elmo_job(folder: Path, seed: int = 0, **changes: Any) -> Job:
    tiny_network("p-elmo", seed=seed).save(folder / "homology")
    write_facts(folder / "homology" / "facts.json", HOMOLOGY_FACTS)
    inputs = {"homology_model": str(folder / "homology" / "config.json")}
    changes = {"architecture": "p-elmo-lm", "defaults": "p-elmo", **changes}
    return job_of(folder, inputs=inputs, **changes)


def test_p_elmo_begins_with_what_homology_made_of_it(tmp_path: Path) -> None:
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


def test_p_elmo_tells_what_came_before(tmp_path: Path) -> None:
    job = p_elmo_job(tmp_path)
    assert begun(job) == Begun("Mine, fine-tuned", HOMOLOGY_FACTS)
    do(job)
    facts = json.loads((job.folder / "facts.json").read_text())
    assert facts["description"].startswith(f"{HOMOLOGY_FACTS.description}; fine-tuned")
    assert facts["deviation"].startswith("few updates; ")
    assert facts["simulated"]


def test_another_homology_model_is_another_run(tmp_path: Path) -> None:
    train(p_elmo_job(tmp_path), ALONE, StopRequest())
    train(p_elmo_job(tmp_path, seed=1), ALONE, StopRequest())
    assert len(list((tmp_path / "runs").iterdir())) == 2


def test_that_a_published_encoder_saw_test_pairs_of_pfam_does_not_matter(
    tmp_path: Path,
) -> None:
    job = job_of(tmp_path)
    published = pretrained()
    published.training, published.trained_on = {}, {}
    published.save(tmp_path / "plus-rnn")
    assert begun(job).encoder == Provenance("mine: PLUS-RNN, as published", False, "")


# Stopping


@pytest.mark.parametrize("looks", [1, 4, 13])
def test_stopped_and_resumed_it_ends_in_the_same_bits(
    tmp_path: Path, looks: int
) -> None:
    """In the first or in the second training."""
    whole = job_of(tmp_path, seeds=[5, 6], out="whole")
    do(whole)
    cut = replace(whole, runs=tmp_path / "cut", folder=tmp_path / "resumed")
    assert train(cut, ALONE, StopAt(looks)) is None
    assert not (cut.folder / "scores.csv").exists()
    torch.manual_seed(99)  # a new process would have another random state
    do(cut)
    left, right = contents(whole.folder), contents(cut.folder)
    assert left.keys() == right.keys()
    for name in left:
        if not name.endswith("metrics.jsonl"):  # which tells the speed
            assert left[name] == right[name], name
