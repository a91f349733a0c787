"""Updates, checkpoints and resuming; also of the published network at full size."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

import numpy as np
import pytest
import torch

from protlang.corpora.streams import TokenStreams
from protlang.corpora.token_store import TokenStore
from protlang.models.elmo import BEGIN, END, Elmo, ElmoConfig
from protlang.models.products import training_kernel_for
from protlang.pretraining.elmo import (
    ElmoTask,
    elmo_run,
    make_optimizer,
    training_facts,
)
from protlang.pretraining.elmo_recipe import ElmoRecipe, ElmoTraining
from protlang.training.determinism import make_deterministic
from protlang.training.loop import LoopSettings, Training
from protlang.training.precision import Precision
from protlang.training.run import train as train_run
from protlang.training.signals import StopRequest
from support.corpora import build, fasta, random_records
from support.elmo_models import SEQVEC, TINY_ELMO
from support.jobs import ALONE

SETTINGS = ElmoTraining(rows=4, unroll=10)


def train(
    folder: Path,
    steps: int,
    config: ElmoConfig = SEQVEC,
    settings: ElmoTraining = SETTINGS,
) -> Elmo:
    """Train in a folder from its checkpoint up to an update."""
    make_deterministic(seed=1, threads=2)
    network = Elmo(config)
    generator = np.random.default_rng(1)
    proteins = [generator.integers(0, 20, size=30) for _ in range(20)]
    streams = TokenStreams(proteins, np.arange(20), (BEGIN, END), range(4), 4, seed=1)
    task = ElmoTask(network, streams, str, settings)
    loop = LoopSettings(steps, checkpoint_every=1, checkpoints=1)
    training = Training(task, make_optimizer(network, settings), loop)
    assert training.run(folder, ALONE, StopRequest()) is not None
    return network


@pytest.mark.slow
def test_the_full_network_resumes_to_the_same_bits(tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", steps=2).state_dict()
    first = train(tmp_path / "cut", steps=1).state_dict()
    resumed = train(tmp_path / "cut", steps=2).state_dict()
    assert sum(weights.numel() for weights in whole.values()) == 93_615_212
    assert any((whole[name] != first[name]).any() for name in whole)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_small_network_resumes_to_the_same_bits(
    tmp_path: Path,
    precision: Precision,
    optimizer: Literal["adam", "adagrad"],
) -> None:
    settings = replace(SETTINGS, precision=precision, optimizer=optimizer)
    whole = train(tmp_path / "whole", 4, TINY_ELMO, settings).state_dict()
    first = train(tmp_path / "cut", 2, TINY_ELMO, settings).state_dict()
    resumed = train(tmp_path / "cut", 4, TINY_ELMO, settings).state_dict()
    assert any((whole[name] != first[name]).any() for name in whole)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_precision_changes_bits_and_little_else(tmp_path: Path) -> None:
    exact = train(tmp_path / "exact", 4, TINY_ELMO, SETTINGS).state_dict()
    settings = replace(SETTINGS, precision="bfloat16")
    rough = train(tmp_path / "rough", 4, TINY_ELMO, settings).state_dict()
    assert any((exact[name] != rough[name]).any() for name in exact)
    for name, weights in exact.items():
        assert torch.linalg.norm(weights - rough[name]) < 0.1 * weights.norm() + 0.1


CPU, GPU = map(torch.device, ("cpu", "cuda"))


@dataclass(frozen=True)
class Corpus:
    """Lengths of a hundred proteins, of which ten are held out."""

    lengths = np.full(100, 60)

    def training_indices(self) -> np.ndarray:
        return np.arange(90)

    def held_out_indices(self) -> np.ndarray:
        return np.arange(90, 100)


def test_what_was_read_is_recorded_whatever_the_number_of_processes() -> None:
    settings = {
        "training": {"rows": 2, "unroll": 10, "rows_per_update": 12},
        "epochs": 4,
        "seed": 1,
        "threads": 1,
    }
    recipe = ElmoRecipe.parse(settings)
    for processes in (1, 3):
        facts = training_facts(recipe, cast("TokenStore", Corpus()), processes, CPU)
        assert facts["processes"] == processes
        assert facts["rows_per_update"] == 12
        assert (facts["n_train_tokens"], facts["n_held_out_tokens"]) == (5400, 600)
        # 45 updates of 120 tokens are an epoch of 5,400.
        assert (facts["updates"], facts["tokens_read"]) == (180, 21_600)
        assert facts["n_epochs"] == 4
        assert facts["precision"] == "float32"
    on_gpu = training_facts(recipe, cast("TokenStore", Corpus()), 1, GPU)
    assert on_gpu["precision"] == "bfloat16"


@pytest.mark.parametrize(
    ("requested", "used"), [("auto", "float32"), ("bfloat16", "bfloat16")]
)
def test_an_encoder_records_the_products_it_was_trained_with(
    tmp_path: Path, requested: str, used: str
) -> None:
    store = build(tmp_path, fasta(random_records(20)))
    model = {"filters": [[1, 4]], "projection": 4, "lstm_dim": 8, "layers": 1}
    settings = {
        "model": model,
        "training": {"rows": 2, "unroll": 5, "precision": requested},
        "loop": {"steps": 1},
        "seed": 1,
        "threads": 1,
    }
    run = elmo_run(settings, store)
    finished = train_run(run, tmp_path / "runs", ALONE, StopRequest())
    assert finished is not None
    text = (finished / "config.json").read_text()
    assert f'"precision": "{used}"' in text
    kernel = training_kernel_for(torch.device("cpu"), getattr(torch, used)).name
    assert f'"kernel": "{kernel}"' in text
