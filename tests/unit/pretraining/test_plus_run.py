"""Whole runs on a tiny corpus: from settings to an encoder on disk."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.token_store import TokenStore
from protlang.encoders.folder import CONFIG_FILE, MODEL_FILE
from protlang.encoders.masking import Masking
from protlang.encoders.registry import load_pair_encoder
from protlang.formats.pfam import PFAM
from protlang.pretraining import plus_run as plus_run_module
from protlang.pretraining.pair_results import PairResults
from protlang.pretraining.pair_test import TokenPairs, evaluate
from protlang.pretraining.pfam_domains import domains_for_testing, select
from protlang.pretraining.pfam_pairs import (
    Pairs,
    PairSampler,
    PairSettings,
    PfamPairSettings,
    draw_fixed_pairs,
    read_fixed_pairs,
)
from protlang.pretraining.plus_recipe import PlusRecipe
from protlang.pretraining.plus_run import draw_test_pairs, plus_run
from protlang.training import run as run_module
from protlang.training.distributed import Process
from protlang.training.loop import Result, Training
from protlang.training.run import train
from protlang.training.signals import StopRequest
from support.corpora import build_families
from support.errors import complaint
from support.jobs import ALONE, StopAt, metrics, validations
from support.plus_runs import MODELS, tiny
from support.sources import make_source


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TokenStore:
    lengths = {name: [24 + k % 9 for k in range(25)] for name in "abcd"}
    folder = tmp_path_factory.mktemp("pfam")
    return build_families(folder, lengths, likeness=0.8, held_out=HeldOut(0.2, 1))


def recipe(settings: Mapping[str, Any]) -> PlusRecipe:
    return PlusRecipe.parse(settings)


def trained(settings: Mapping[str, Any], store: TokenStore, folder: Path) -> Path:
    """Folder of a finished run."""
    finished = train(plus_run(settings, store), folder, ALONE, StopRequest())
    assert finished is not None
    return finished


def training(
    settings: Mapping[str, Any], store: TokenStore, process: Process = ALONE
) -> Training[Any]:
    """A run that is ready to start."""
    torch.manual_seed(0)
    built = plus_run(settings, store).build(process)
    assert isinstance(built, Training)
    return built


def without_rates(folder: Path) -> list[dict[str, float]]:
    measured = ("tokens_per_second", "memory_gib")
    return [
        {name: value for name, value in line.items() if name not in measured}
        for line in metrics(folder)
    ]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("update", [3, 5])
def test_stopped_and_resumed_it_ends_in_the_same_bits(
    tmp_path: Path, store: TokenStore, name: str, update: int
) -> None:
    settings = tiny(name)
    whole = trained(settings, store, tmp_path / "whole")
    stopped = train(plus_run(settings, store), tmp_path / "cut", ALONE, StopAt(update))
    assert stopped is None
    resumed = trained(settings, store, tmp_path / "cut")
    for file in (CONFIG_FILE, MODEL_FILE):
        assert (resumed / file).read_bytes() == (whole / file).read_bytes()
    assert without_rates(resumed) == without_rates(whole)
    steps = [line["step"] for line in metrics(resumed) if "loss" in line]
    assert (steps, [*validations(resumed)]) == ([4, 8, 12], [5, 10, 12])


def test_both_tasks_are_learned(tmp_path: Path, store: TokenStore) -> None:
    """Four families whose domains are alike in 80 % of their residues."""
    settings = tiny(
        model={"hidden_dim": 32, "layers": 1, "projection": 8},
        training={"batch": 16, "learning_rate": 0.01},
        loop={"steps": 150, "validate_every": 50},
    )
    finished = trained(settings, store, tmp_path)
    last = [line for line in metrics(finished) if "validation_loss" in line][-1]
    assert last["validation_same_family_accuracy"] > 0.9
    assert last["validation_masked_lm_accuracy"] > 0.4  # chance: 0.05
    assert last["validation_masked_lm_loss"] < math.log(20) - 0.5


@pytest.mark.parametrize("name", MODELS)
def test_what_was_written_is_read_and_computes_the_same(
    tmp_path: Path, store: TokenStore, name: str
) -> None:
    settings = tiny(name)
    task = training(settings, store).task
    folder = tmp_path / "encoder"
    chosen = plus_run(settings, store)
    chosen.save(Result(task, 12, 10, 1.0, 1), folder)
    found = load_pair_encoder(folder)
    assert found.architecture == name
    assert found.network.config == recipe(settings).model
    assert not found.network.training
    weights, others = task.network.state_dict(), found.network.state_dict()
    assert all(torch.equal(weights[key], others[key]) for key in weights)
    described = found.training
    training_set = select(store, recipe(settings).selection).training
    assert described["domains"] == len(training_set)
    assert described["residues"] == store.lengths[training_set].sum()
    assert (described["updates"], described["batch"]) == (12, 4)
    assert described["best_update"] == 10
    assert described["imitate_released_code"] is False
    assert (described["processes"], described["entries_read"]) == (1, 12 * 4)
    assert described["selection"] == asdict(recipe(settings).selection)
    loop = recipe(settings).loop
    clipped = (described["gradient_norm"], described["clip"])
    assert clipped == (loop.gradient_norm, loop.clip)
    assert described["precision"] == "float32"
    assert described["selected_by"] == "development pairs"
    masking = described["masking"]
    assert (Masking(**masking) if masking else None) == recipe(settings).masking
    assert found.trained_on == {
        "corpus": "store",
        "sources": ["pfam"],
        "simulated": False,
    }


@pytest.mark.parametrize(
    ("name", "epochs", "accumulate"),
    [("plus-rnn", 2, 1), ("plus-rnn", 1, 3), ("p-elmo-lm", 2, 1)],
)
def test_epochs_are_passes_over_all_anchors_by_all_processes(
    store: TokenStore, name: str, epochs: int, accumulate: int
) -> None:
    loop = {"validate_every": 1000, "accumulate": accumulate}
    settings = tiny(name, loop=loop, epochs=epochs)
    domains = len(select(store, recipe(settings).selection).training)
    assert domains % (4 * accumulate)
    steps = training(settings, store).loop.steps
    assert steps == epochs * math.ceil(domains / (4 * accumulate))
    several = training(settings, store, Process(1, 3, torch.device("cpu")))
    assert several.loop.steps == epochs * math.ceil(domains / (12 * accumulate))


# What weights are selected by


def validated(
    settings: Mapping[str, Any], store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> tuple[Mapping[str, float], TokenPairs, dict[str, Any]]:
    """Values of a validation, its pairs, and the other arguments of `evaluate`."""
    seen: list[tuple[Any, ...]] = []

    def remember(*arguments: Any) -> PairResults:
        seen.append(arguments)
        return evaluate(*arguments)

    monkeypatch.setattr(plus_run_module, "evaluate", remember)
    built = training(settings, store)
    built.task.network.eval()
    assert built.validate is not None
    with torch.no_grad():
        values = built.validate()
    ((_, pairs, masking, seed, _, masked, families),) = seen
    questions = {"masked": masked, "families": families}
    return values, pairs, {**questions, "seed": seed, "masking": masking}


def equal_pairs(found: TokenPairs, wanted: TokenPairs) -> bool:
    return len(found.tokens) == len(wanted.tokens) and all(
        one.tolist() == other.tolist()
        for ours, theirs in zip(found.tokens, wanted.tokens, strict=True)
        for one, other in zip(ours, theirs, strict=True)
    )


@pytest.mark.parametrize(
    ("name", "losses", "factors"),
    [
        ("plus-rnn", {}, (1.4, 0.3)),
        ("plus-rnn", {"masked_lm": 0.2, "same_family": 0.5}, (0.4, 0.5)),
        ("plus-rnn", {"masked_lm": 0.0}, (0.0, 0.3)),
        ("plus-rnn", {"same_family": 0.0}, (1.4, 0.0)),
        ("plus-tfm", {}, (0.7, 0.3)),
        ("p-elmo-lm", {}, (1.0, 0.0)),
    ],
)
def test_weights_are_selected_by_the_loss_on_validation_pairs(
    store: TokenStore,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    losses: dict[str, float],
    factors: tuple[float, float],
) -> None:
    settings = tiny(name, training={"batch": 4, **losses})
    values, pairs, questions = validated(settings, store, monkeypatch)
    development = select(store, recipe(settings).selection).development
    drawn = PairSampler(store, development, PairSettings(4)).pairs(0, 12)
    assert equal_pairs(pairs, TokenPairs.of_store(store, drawn))
    wanted = factors[0] * values.get("masked_lm_loss", 0)
    wanted += factors[1] * values.get("same_family_loss", 0)
    assert values["loss"] == pytest.approx(wanted)
    assert values["loss"] > 0
    assert questions == {
        "masked": factors[0] > 0,
        "families": factors[1] > 0,
        "seed": 4,
        "masking": recipe(settings).masking,
    }


def record_of(settings: Mapping[str, Any], store: TokenStore, folder: Path) -> Any:
    """What the encoder's folder records of a training."""
    result = Result(training(settings, store).task, 12, 10, 1.0, 1)
    plus_run(settings, store).save(result, folder)
    return load_pair_encoder(folder).training


@pytest.mark.parametrize("imitate", [False, True])
def test_what_selects_the_weights_is_recorded(
    store: TokenStore, tmp_path: Path, imitate: bool
) -> None:
    found = record_of(tiny(imitate_released_code=imitate), store, tmp_path / "encoder")
    assert found["selected_by"] == f"{'test' if imitate else 'development'} pairs"


@pytest.mark.parametrize(("name", "masked"), [("plus-rnn", 1.19), ("plus-tfm", 0.7)])
def test_the_released_code_selects_by_the_sum_of_weighted_losses_of_test_pairs(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch, name: str, masked: float
) -> None:
    settings = tiny(name, imitate_released_code=True)
    values, pairs, _ = validated(settings, store, monkeypatch)
    wanted_loss = masked * values["masked_lm_loss"] + 0.3 * values["same_family_loss"]
    assert values["loss"] == pytest.approx(wanted_loss)
    wanted = draw_test_pairs(store, PfamPairSettings(test=10, seed=4))
    assert equal_pairs(pairs, TokenPairs.of_store(store, wanted))
    sets = select(store, recipe(settings).selection)
    assert not len(sets.development)


def test_the_released_code_selects_by_the_only_loss_if_there_is_one(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = {"batch": 4, "same_family": 0.0}
    settings = tiny(training=losses, imitate_released_code=True)
    values, *_ = validated(settings, store, monkeypatch)
    assert values["loss"] == pytest.approx(1.19 * values["masked_lm_loss"])


def pairs_of(learning: Training[Any], count: int) -> Pairs:
    """The first pairs of a training."""
    drawn = learning.task._reader.sampler.pairs(0, count)
    assert isinstance(drawn, Pairs)
    return drawn


@pytest.mark.parametrize("imitate", [False, True])
def test_the_released_code_lets_a_domain_be_its_own_partner(
    store: TokenStore, imitate: bool
) -> None:
    drawn = pairs_of(training(tiny(imitate_released_code=imitate), store), 2000)
    assert (drawn.first == drawn.second).any() == imitate


@pytest.mark.parametrize("masked_lm", [0.0, 0.7])
def test_residues_are_masked_only_to_be_predicted(
    store: TokenStore, masked_lm: float
) -> None:
    settings = tiny(training={"batch": 4, "masked_lm": masked_lm})
    batch = training(settings, store).task._reader.batch(0, 4)
    masked = [len(domain.positions) for domain in [*batch.first, *batch.second]]
    assert any(masked) == (masked_lm > 0)


def test_plus_tfm_learns_from_pairs_that_it_can_read(store: TokenStore) -> None:
    settings = tiny("plus-tfm", model={**MODELS["plus-tfm"], "max_tokens": 56})
    drawn = pairs_of(training(settings, store), 500)
    longest = (store.lengths[drawn.first] + store.lengths[drawn.second]).max()
    assert longest == 53  # besides three marks


def test_test_pairs_are_of_test_domains_and_the_same_for_all(store: TokenStore) -> None:
    settings = PfamPairSettings(test=300, seed=4)
    one, other = draw_test_pairs(store, settings), draw_test_pairs(store, settings)
    assert isinstance(one, Pairs)
    assert len(one.first) == 300
    for ours, theirs in zip(one, other, strict=True):
        assert (ours == theirs).all()
    test = set(domains_for_testing(store).tolist())
    assert {*one.first.tolist(), *one.second.tolist()} <= test
    assert not test & set(store.training_indices().tolist())
    assert np.mean(one.same_family) == pytest.approx(0.5, abs=0.15)


def test_test_pairs_are_those_of_the_file_that_all_models_are_tested_on(
    store: TokenStore, tmp_path: Path
) -> None:
    settings = PfamPairSettings(test=30, seed=4)
    path = tmp_path / "pairs.parquet"
    test = domains_for_testing(store)
    draw_fixed_pairs(path, store, test, PairSettings(settings.seed), settings.test)
    drawn = TokenPairs.of_store(store, draw_test_pairs(store, settings))
    assert equal_pairs(drawn, TokenPairs.of_file(read_fixed_pairs(path)))


def test_processes_start_with_equal_weights_and_other_random_numbers(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    starts: list[dict[str, torch.Tensor]] = []

    def note(built: Training[Any], *_: Any) -> None:
        network = built.task.network
        starts.append({**network.state_dict(), "next number": torch.rand(1)})

    monkeypatch.setattr(Training, "run", note)
    monkeypatch.setattr(run_module, "from_main", lambda value, _: value or {})
    monkeypatch.setattr(run_module, "wait_for_all", lambda _: None)
    for rank in range(2):
        process = Process(rank, 2, torch.device("cpu"))
        assert train(plus_run(tiny(), store), tmp_path, process, StopRequest()) is None
    first, second = starts
    different = [name for name in first if not torch.equal(first[name], second[name])]
    assert different == ["next number"]


# Corpora that nothing can be learned from


def refusal(settings: Mapping[str, Any], store: TokenStore, folder: Path) -> str:
    return complaint(train, plus_run(settings, store), folder, ALONE, StopRequest())


@pytest.mark.parametrize(
    ("lengths", "sentence"),
    [
        ({"a": [30] * 60}, "two families and two members of one are needed"),
        ({"a": [10] * 9, "b": [12] * 9}, "no domains to train on of 20 residues"),
        ({"a": [30], "b": [30]}, "in families of 2 or more; lower these limits"),
    ],
)
def test_too_few_domains_raise(
    tmp_path: Path, lengths: dict[str, list[int]], sentence: str
) -> None:
    store = build_families(tmp_path, lengths)
    assert sentence in refusal(tiny(), store, tmp_path / "run")


def test_too_small_a_validation_set_raises(store: TokenStore, tmp_path: Path) -> None:
    selection = {"smallest_family": 2, "development": 0.0001}
    message = refusal(tiny(selection=selection), store, tmp_path)
    assert "domains of" in message
    assert "to draw pairs from; two families" in message


def test_a_missing_test_set_raises_if_weights_are_selected_by_it(
    tmp_path: Path,
) -> None:
    store = build_families(tmp_path, {"a": [30] * 9, "b": [30] * 9})
    message = refusal(tiny(imitate_released_code=True), store, tmp_path / "run")
    assert "to draw pairs from; two families" in message


def test_repeated_domains_are_trained_on(tmp_path: Path) -> None:
    """As in the real file; the corpus counts them."""
    once = build_families(
        tmp_path / "once", {"a": [30] * 20, "b": [28] * 20}, likeness=0.5
    )
    text = (tmp_path / "once" / "pfam.fasta").read_text()
    fasta = tmp_path / "pfam.fasta"
    fasta.write_text(text * 2)
    build_token_store(
        tmp_path / "store", [(make_source("pfam", PFAM), fasta)], HeldOut(0, 1)
    )
    twice = TokenStore(tmp_path / "store")
    assert twice.meta["repeated"] == {"ids": 40, "sequences": 40}
    first, second = (select(store, recipe(tiny()).selection) for store in (once, twice))
    assert len(second.training) == 2 * len(first.training)
    # Copies stay on one side.
    hashes = [set(twice.sequence_hashes[part].tolist()) for part in second[:2]]
    assert not hashes[0] & hashes[1]
    assert metrics(trained(tiny(), twice, tmp_path / "run"))[-1]["step"] == 12
