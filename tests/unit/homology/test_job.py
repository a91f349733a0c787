"""Whole jobs of fine-tuning on homology, from files to scores of pairs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from protlang.errors import ProtlangError
from protlang.homology.job import HomologyJob
from protlang.homology.network import load_homology
from protlang.homology.pair_sets import PAIR_SETS
from protlang.homology.pairs import FixedPairs, read_fixed_pairs
from protlang.homology.predictions import predict_levels, read_predictions
from protlang.homology.scores import ScoredPairs, score_homology, write_scores
from protlang.protocol import Deviation
from support.finetuning import SEQVEC, pretrained
from support.jobs import StopAt, contents, do, times_of_models, train
from support.pairs import (
    OWN_SIZES,
    all_pairs,
    settings_of,
    tiny_domains,
    tiny_vectors,
    write_domains,
    write_maps,
    write_pairs,
    write_vectors,
)

DOMAINS = tiny_domains()
PRETRAINED = {
    "plus-rnn": "plus-rnn",
    "plus-tfm": "plus-tfm",
    "p-elmo": "p-elmo-lm",
    "embeddings": "plus-rnn",
}
"""Architecture of the encoder that each starts from; any for stored vectors."""

MADE = {
    "config.json",
    "model.safetensors",
    "metrics.jsonl",
    "scores.csv",
    "facts.json",
    *(f"predictions/{name}.parquet" for name in PAIR_SETS),
}
CORPUS = "12 domains of pfam-27, 7 updates"
ORIGIN = {
    "source": "scope-2.06-95",
    "simulated": False,
    "longest": None,
    "longer": 0,
    "part": "development",
    "proteins": 7,
    "split": {"domains": {"train": 7, "development": 7, "test": 7}},
}


def pairs_of(name: str) -> FixedPairs:
    """Most pairs; of each set others, in an order of its own."""
    pairs = all_pairs(DOMAINS)
    order = np.random.default_rng(len(name)).permutation(len(pairs.levels))[:15]
    return FixedPairs(
        [pairs.ids[place] for place in order],
        [pairs.sequences[place] for place in order],
        pairs.levels[order],
        pairs.provenance,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with domains, pairs, contact maps and stored vectors."""
    folder = tmp_path_factory.mktemp("homology")
    write_domains(
        folder / "train.parquet",
        DOMAINS._replace(provenance={**ORIGIN, "part": "train"}),
    )
    for name in PAIR_SETS:
        write_pairs(folder / f"{name}.parquet", pairs_of(name), domains=ORIGIN)
    write_maps(folder / "contacts.h5", DOMAINS)
    write_vectors(folder / "vectors.h5", DOMAINS)
    return folder


def job_of(
    folder: Path, data: Path, architecture: str = "plus-rnn", **changes: Any
) -> HomologyJob:
    start = folder / architecture
    if not start.exists():
        pretrained(PRETRAINED[architecture]).save(start)
    if architecture == "embeddings":
        (start / "config.json").write_text(json.dumps(SEQVEC))
    settings = {
        **settings_of(architecture, model=OWN_SIZES.get(architecture, {})),
        "seeds": [1],
        "pretrained": True,
        **changes,
    }
    return HomologyJob(
        runs=folder / "runs",
        log=folder / "job.log",
        settings=settings,
        name="mine",
        encoder=start / "config.json",
        encoder_row="" if architecture == "embeddings" else "Mine",
        row="PLUS-RNN BASE",
        folder=folder / "out",
        train=data / "train.parquet",
        pairs={name: data / f"{name}.parquet" for name in PAIR_SETS},
        contacts=data / "contacts.h5" if architecture == "p-elmo" else None,
        vectors=data / "vectors.h5" if architecture == "embeddings" else None,
    )


def weights(job: HomologyJob) -> bytes:
    return (job.folder / "model.safetensors").read_bytes()


@pytest.mark.parametrize("architecture", PRETRAINED)
def test_a_job_predicts_all_pairs_in_their_order(
    tmp_path: Path, data: Path, architecture: str
) -> None:
    job = job_of(tmp_path, data, architecture)
    do(job)
    assert set(contents(job.folder)) == MADE
    model = load_homology(job.folder)
    assert model.start.architecture == architecture
    assert model.start.training["updates"] == 6
    assert (model.contacts is not None) == (architecture == "p-elmo")
    vectors = tiny_vectors(DOMAINS) if architecture == "embeddings" else None
    model.with_vectors(vectors)
    for name, path in job.pairs.items():
        pairs = read_fixed_pairs(path)
        found = read_predictions(job.folder / f"predictions/{name}.parquet")
        assert found.ids == pairs.ids
        assert found.levels.tolist() == pairs.levels.tolist()
        expected = predict_levels(model, pairs, 64, {})
        assert np.array_equal(found.scores, expected.scores)
        assert np.array_equal(found.probabilities, expected.probabilities)
        assert found.provenance["model"] == "PLUS-RNN BASE"


def test_scores_have_thresholds_of_the_validation_pairs(
    tmp_path: Path, data: Path
) -> None:
    job = job_of(tmp_path, data)
    do(job)
    scored = {
        title: ScoredPairs.of(
            read_predictions(job.folder / f"predictions/{name}.parquet")
        )
        for name, title in PAIR_SETS.items()
    }
    wanted = score_homology(scored, scored[PAIR_SETS["development"]])
    write_scores(tmp_path / "wanted.csv", wanted)
    found = (job.folder / "scores.csv").read_bytes()
    assert found == (tmp_path / "wanted.csv").read_bytes()
    named = {
        name.split(":")[0]
        for name in pd.read_csv(job.folder / "scores.csv")["test_set"]
    }
    assert named == set(PAIR_SETS.values())


def test_every_seed_is_a_model_and_their_mean_is_scored(
    tmp_path: Path, data: Path
) -> None:
    job = job_of(tmp_path, data)
    do(job)
    first = {name: job.folder / name for name in MADE}
    alone = {name: path.read_bytes() for name, path in first.items()}
    do(replace(job, settings={**job.settings, "seeds": [1, 2, 3]}))
    own = {"config.json", "model.safetensors", "metrics.jsonl"}
    own |= {name for name in MADE if name.startswith("predictions")}
    further = {f"further/seed{seed}/{name}" for seed in (2, 3) for name in own}
    assert set(contents(job.folder)) == MADE | further
    assert all(first[name].read_bytes() == alone[name] for name in own)
    folders = [job.folder, *(job.folder / f"further/seed{seed}" for seed in (2, 3))]
    values = []
    for folder in folders:
        found = read_predictions(folder / "predictions/test.parquet")
        values.append(np.corrcoef(found.scores, found.levels)[0, 1])
    assert len(set(values)) == 3
    scores = pd.read_csv(job.folder / "scores.csv")
    at_test = scores["test_set"] == PAIR_SETS["test"]
    row = scores[at_test & (scores["metric"] == "pearson_r")].iloc[0]
    assert row["value"] == pytest.approx(np.mean(values))
    assert row["seed_sd"] == pytest.approx(np.std(values, ddof=1))
    assert set(scores["seeds"]) == {3}


def test_a_plus_tfm_is_scored_again_on_longer_pairs_without_training(
    tmp_path: Path, data: Path
) -> None:
    limit = {"model": {"max_tokens": 20}}
    once = job_of(tmp_path, data, "plus-tfm", **limit)
    again = replace(
        once,
        folder=tmp_path / "again",
        settings={**once.settings, "scored_tokens": 5003},
    )
    do(once)
    models = times_of_models(once.runs)
    do(again)
    assert times_of_models(once.runs) == models
    name = "model.safetensors"
    assert (once.folder / name).read_bytes() == (again.folder / name).read_bytes()
    network = load_homology(once.folder, 5003)
    assert network.encoder.config.max_tokens == 5003
    path = "predictions/test.parquet"
    cut, whole = (read_predictions(job.folder / path) for job in (once, again))
    expected = predict_levels(network, read_fixed_pairs(once.pairs["test"]), 64, {})
    assert np.array_equal(whole.scores, expected.scores)
    long = whole.lengths.sum(axis=1) + 3 > 20
    assert long.any()
    assert (cut.scores != whole.scores)[long].any()


def test_without_a_newer_release_there_is_one_set_less(
    tmp_path: Path, data: Path
) -> None:
    job = job_of(tmp_path, data)
    do(replace(job, pairs={name: job.pairs[name] for name in ("development", "test")}))
    made = set(contents(job.folder))
    assert made == MADE - {"predictions/newer.parquet"}


@pytest.mark.parametrize(
    ("architecture", "start"),
    [
        ("plus-rnn", f"mine: PLUS-RNN, 1 layers of 6, {CORPUS}"),
        (
            "p-elmo",
            f"mine: P-ELMo's LM, 2 layers of 4, {CORPUS}",
        ),
        ("embeddings", "mine: ELMo, 2 layers of 4,096 cells, 9,577,889,953 residues"),
    ],
)
def test_provenance_includes_that_of_the_encoder(
    tmp_path: Path, data: Path, architecture: str, start: str
) -> None:
    job = job_of(tmp_path, data, architecture)
    do(job)
    facts = json.loads((job.folder / "facts.json").read_text())
    assert facts["description"] == (
        f"{start}; fine-tuned on pairs of 7 domains, 6 updates"
    )
    deviations = [Deviation.read(one) for one in facts["deviations"]]
    drawn = "7 of scope-2.06-95, split anew"
    papers = "22,408 of scope-2.06-95 with a development set"
    assert Deviation("training domains", drawn, papers) in deviations
    assert facts["test_sets"].keys() == set(PAIR_SETS.values())
    for test_set in facts["test_sets"].values():
        aspects = {one["aspect"] for one in test_set["deviations"]}
        assert "test split and pairs" in aspects
        assert not aspects & {one.aspect for one in deviations}
    assert Deviation("batch", "4", "64") in deviations
    assert Deviation("training pairs", "24", "10,000,000") in deviations
    assert not facts["simulated"]


def test_a_second_call_trains_nothing_and_writes_the_same_bytes(
    tmp_path: Path, data: Path
) -> None:
    job = job_of(tmp_path, data)
    do(job)
    before, models = contents(job.folder), times_of_models(job.runs)
    again = replace(job, folder=tmp_path / "again")
    do(again)
    assert contents(again.folder) == before
    assert times_of_models(job.runs) == models


def test_other_test_pairs_cost_no_new_training_but_other_settings_do(
    tmp_path: Path, data: Path
) -> None:
    job = job_of(tmp_path, data)
    do(job)
    models = times_of_models(job.runs)
    do(replace(job, pairs={**job.pairs, "test": job.pairs["newer"]}))
    assert times_of_models(job.runs) == models
    train(replace(job, settings={**job.settings, "seeds": [2]}))
    assert len(list(job.runs.iterdir())) == 2


# Starting points


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm", "p-elmo"])
def test_without_pretraining_only_the_sizes_are_the_encoders(
    tmp_path: Path, data: Path, architecture: str
) -> None:
    job = job_of(tmp_path, data, architecture)
    do(job)
    sizes = json.loads((job.folder / "config.json").read_text())["model"]
    anew = replace(job, settings={**job.settings, "pretrained": False})
    anew = replace(anew, folder=tmp_path / "anew")
    do(anew)
    assert json.loads((anew.folder / "config.json").read_text())["model"] == sizes
    assert weights(job) != weights(anew)
    facts = json.loads((anew.folder / "facts.json").read_text())
    assert "random weights; fine-tuned on pairs of 7 domains" in facts["description"]
    # Other weights of the encoder change nothing then.
    pretrained(PRETRAINED[architecture], seed=8).save(tmp_path / architecture)
    again = replace(anew, folder=tmp_path / "again")
    do(again)
    assert weights(again) == weights(anew)
    assert len(list(job.runs.iterdir())) == 2


def test_other_weights_of_the_encoder_are_another_run(
    tmp_path: Path, data: Path
) -> None:
    job = job_of(tmp_path, data)
    do(job)
    first = weights(job)
    pretrained("plus-rnn", seed=8).save(tmp_path / "plus-rnn")
    do(job)
    assert weights(job) != first
    assert len(list(job.runs.iterdir())) == 2


def test_stored_vectors_give_the_size_of_what_reads_them(
    tmp_path: Path, data: Path
) -> None:
    job = job_of(tmp_path, data, "embeddings")
    do(job)
    model = json.loads((job.folder / "config.json").read_text())["model"]
    assert model["input_dim"] == 6
    assert model["projection"] == 4


def test_missing_contact_maps_raise(tmp_path: Path, data: Path) -> None:
    job = job_of(tmp_path, data, "p-elmo")
    with pytest.raises(ProtlangError, match="contact"):
        train(replace(job, contacts=None))


# Stopping


@pytest.mark.parametrize("architecture", PRETRAINED)
def test_stopped_and_resumed_it_ends_in_the_same_bits(
    tmp_path: Path, data: Path, architecture: str
) -> None:
    whole = job_of(tmp_path, data, architecture)
    do(whole)
    for looks in (1, 3):
        cut = replace(
            whole, runs=tmp_path / f"cut{looks}", folder=tmp_path / f"out{looks}"
        )
        assert train(cut, StopAt(looks)) is None
        assert not cut.folder.exists()
        torch.manual_seed(99)  # a new process would have another random state
        do(cut)
        left, right = contents(whole.folder), contents(cut.folder)
        del left["metrics.jsonl"], right["metrics.jsonl"]  # which holds the speed
        assert left == right
