"""Whole runs on a tiny corpus: from settings to an encoder on disk."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.token_store import TokenStore
from protlang.encoders.masking import TFM_MASKING, Masking
from protlang.encoders.plus import ARCHITECTURES, architecture
from protlang.encoders.plus_folders import load_plus
from protlang.errors import ProtlangError
from protlang.formats.pfam import PFAM
from protlang.models.p_elmo import PElmoLmConfig
from protlang.models.plus_rnn import PlusRnnConfig
from protlang.models.plus_tfm import PlusTfmConfig
from protlang.models.tokens import collate
from protlang.pretraining import plus_recipe as runs
from protlang.pretraining.pair_results import PairResults
from protlang.pretraining.pair_test import TokenPairs, evaluate
from protlang.pretraining.pfam_domains import (
    P_ELMO,
    PLUS_RNN,
    PLUS_TFM,
    domains_for_testing,
    select,
)
from protlang.pretraining.pfam_pairs import (
    Pairs,
    PairSampler,
    PairSettings,
    draw_fixed_pairs,
    read_fixed_pairs,
)
from protlang.pretraining.plus_recipe import (
    FixedPairSettings,
    PlusPlan,
    draw_test_pairs,
    finish,
    pretrain,
)
from protlang.pretraining.plus_training import PlusTraining
from protlang.training.distributed import Process
from protlang.training.loop import Trainer
from protlang.training.signals import StopRequest
from support import plus_reference as reference
from support.builders import make_source
from support.pfam_stores import build

ALONE = Process(0, 1, torch.device("cpu"))
SMALLEST: dict[str, Any] = {
    "architecture": "plus-rnn",
    "model": {"hidden_dim": 8},
    "loop": {"steps": 3},
    "seed": 1,
    "threads": 1,
}
MODELS: dict[str, dict[str, Any]] = {
    "plus-rnn": {"hidden_dim": 8, "layers": 1, "projection": 4},
    "plus-tfm": {
        "hidden_dim": 8,
        "layers": 1,
        "heads": 2,
        "feed_forward_dim": 8,
        "max_tokens": 70,
    },
    "p-elmo-lm": {"hidden_dim": 8, "layers": 1},
}


def tiny(name: str = "plus-rnn", **changes: Any) -> dict[str, Any]:
    """Settings of a run of seconds."""
    loop = {
        "steps": 12,
        "validate_every": 5,
        "report_every": 4,
        "checkpoint_every": 4,
    }
    return {
        "architecture": name,
        "model": MODELS[name],
        "seed": 1,
        "threads": 1,
        "selection": {"smallest_family": 2, "development": 0.2},
        "pairs": {"development": 12, "test": 10, "seed": 4},
        "training": {"batch": 4, "learning_rate": 0.01},
        "loop": loop,
        **changes,
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TokenStore:
    lengths = {name: [24 + k % 9 for k in range(25)] for name in "abcd"}
    folder = tmp_path_factory.mktemp("pfam")
    return build(folder, lengths, likeness=0.8, held_out=HeldOut(0.2, 1))


# Settings


@pytest.mark.parametrize(
    ("name", "config", "selection", "masking"),
    [
        ("plus-rnn", PlusRnnConfig(8), PLUS_RNN, Masking()),
        ("plus-tfm", PlusTfmConfig(8, heads=2), PLUS_TFM, TFM_MASKING),
        ("p-elmo-lm", PElmoLmConfig(8), P_ELMO, None),
    ],
)
def test_what_is_not_set_is_as_published(
    name: str, config: object, selection: object, masking: object
) -> None:
    model = {"hidden_dim": 8, **({"heads": 2} if name == "plus-tfm" else {})}
    plan = PlusPlan.parse({**SMALLEST, "architecture": name, "model": model})
    assert (plan.model, plan.selection, plan.masking) == (config, selection, masking)
    assert plan.pairs == FixedPairSettings()
    assert plan.training == ARCHITECTURES[name].training
    assert plan.loop.gradient_norm == 1
    assert plan.loop.clip == ("each" if name == "plus-tfm" else "together")
    assert not plan.imitate_released_code


def test_defaults_are_those_of_the_papers_training() -> None:
    rnn, tfm, lm = (ARCHITECTURES[name].training for name in MODELS)
    for training in (rnn, lm):
        assert (training.batch, training.optimizer) == (64, "adam")
        assert training.learning_rate == 1e-3
    assert (tfm.batch, tfm.optimizer, tfm.learning_rate) == (128, "bert_adam", 1e-4)
    assert (tfm.warm_up, tfm.weight_decay) == (0.01, 0.01)
    assert (rnn.masked_lm, rnn.same_family) == (tfm.masked_lm, tfm.same_family)
    assert (rnn.masked_lm, rnn.same_family) == (0.7, 0.3)


def test_every_part_can_be_set() -> None:
    plan = PlusPlan.parse(
        {
            **SMALLEST,
            "selection": {"shortest": 30},
            "pairs": {"test": 7},
            "masking": {"share": 0.3},
            "training": {"same_family": 0.0},
            "loop": {"steps": 9, "gradient_norm": 2.0, "patience": 3},
        }
    )
    assert plan.selection == replace(PLUS_RNN, shortest=30)
    assert plan.pairs == FixedPairSettings(test=7)
    assert plan.masking == Masking(share=0.3)
    assert plan.training == PlusTraining(same_family=0.0)
    assert (plan.loop.steps, plan.loop.gradient_norm, plan.loop.patience) == (9, 2, 3)
    assert (plan.seed, plan.threads, plan.epochs) == (1, 1, None)


@pytest.mark.parametrize("part", ["model", "selection", "pairs", "masking", "training"])
def test_an_unknown_option_is_told(part: str) -> None:
    settings = {**SMALLEST, part: {**SMALLEST.get(part, {}), "depth": 3}}
    with pytest.raises(ProtlangError, match=r"plus\.pretraining: .*'depth'"):
        PlusPlan.parse(settings)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"architecture": "plus-cnn"},
            "no architecture 'plus-cnn'; choose one of plus",
        ),
        ({"model": {}}, "hidden_dim"),
        ({"model": {"hidden_dim": 0}}, "hidden_dim is 0"),
        ({"loop": {}}, "either epochs or loop.steps"),
        ({"epochs": 2}, "either epochs or loop.steps"),
        ({"loop": {"steps": 1, "speed": 3}}, "'speed'"),
        ({"training": {"masked_lm": 0, "same_family": 0}}, "nothing to learn"),
        ({"architecture": "p-elmo-lm", "masking": {"share": 0.1}}, "masking is given"),
    ],
)
def test_settings_that_cannot_be_are_told(
    changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ProtlangError, match=sentence) as caught:
        PlusPlan.parse({**SMALLEST, **changes})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", MODELS)
def test_imitation_reaches_every_part(name: str) -> None:
    settings = tiny(name, imitate_released_code=True)
    plan = PlusPlan.parse(settings)
    assert plan.imitate_released_code
    assert plan.selection.development == 0
    if name != "p-elmo-lm":
        assert plan.model.imitate_released_code
        assert plan.masking is not None
        assert plan.masking.imitate_released_code


def test_all_settings_but_reports_change_the_name_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text("{}")

    def name(**changes: Any) -> str:
        return PlusPlan.parse({**tiny(), **changes}).digest(tmp_path, 1)

    loop = tiny()["loop"]
    assert name() == name()
    assert name(loop={**loop, "report_every": 1, "checkpoint_every": 1}) == name()
    others = [
        name(seed=2),
        name(threads=2),
        name(loop={**loop, "steps": 13}),
        name(loop={**loop, "validate_every": 6}),
        name(model={**MODELS["plus-rnn"], "layers": 2}),
        name(selection={"smallest_family": 3, "development": 0.2}),
        name(pairs={"development": 13}),
        name(masking={"share": 0.2}),
        name(training={"batch": 5}),
        name(imitate_released_code=True),
    ]
    del loop["steps"]
    others += [name(loop=loop, epochs=2), name(loop=loop, epochs=3)]
    assert len({name(loop={**loop, "steps": 12}), *others}) == 1 + len(others)


# Runs


class StopAfter(StopRequest):
    """A stop request that comes after some updates."""

    def __init__(self, updates: int) -> None:
        super().__init__()
        self.left = updates

    def __bool__(self) -> bool:
        self.left -= 1
        return self.left <= 0


def run(settings: Mapping[str, Any], store: TokenStore, folder: Path) -> runs.Trained:
    trained = pretrain(PlusPlan.parse(settings), store, folder, ALONE, StopRequest())
    assert trained is not None
    return trained


def lines(folder: Path) -> list[dict[str, float]]:
    text = (folder / "metrics.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def without_rates(folder: Path) -> list[dict[str, float]]:
    measured = ("tokens_per_second", "memory_gib")
    return [
        {name: value for name, value in line.items() if name not in measured}
        for line in lines(folder)
    ]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("update", [3, 5])
def test_stopped_and_resumed_it_ends_in_the_same_bits(
    tmp_path: Path, store: TokenStore, name: str, update: int
) -> None:
    settings = tiny(name)
    whole = run(settings, store, tmp_path / "whole")
    plan = PlusPlan.parse(settings)
    stopped = pretrain(plan, store, tmp_path / "cut", ALONE, StopAfter(update))
    assert stopped is None
    resumed = run(settings, store, tmp_path / "cut")
    assert resumed[1:] == whole[1:]
    weights, others = whole.network.state_dict(), resumed.network.state_dict()
    assert all(torch.equal(weights[key], others[key]) for key in weights)
    assert without_rates(tmp_path / "cut") == without_rates(tmp_path / "whole")
    steps = [line["step"] for line in lines(tmp_path / "cut") if "loss" in line]
    validated = [
        line["step"] for line in lines(tmp_path / "cut") if "validation_loss" in line
    ]
    assert (steps, validated) == ([4, 8, 12], [5, 10, 12])


def test_both_tasks_are_learned(tmp_path: Path, store: TokenStore) -> None:
    """Four families whose domains are alike in 80 % of their residues."""
    settings = tiny(
        model={"hidden_dim": 32, "layers": 1, "projection": 8},
        training={"batch": 16, "learning_rate": 0.01},
        loop={"steps": 150, "validate_every": 50},
    )
    run(settings, store, tmp_path)
    last = [line for line in lines(tmp_path) if "validation_loss" in line][-1]
    assert last["validation_same_family_accuracy"] > 0.9
    assert last["validation_masked_lm_accuracy"] > 0.4  # chance: 0.05
    assert last["validation_masked_lm_loss"] < math.log(20) - 0.5


@pytest.mark.parametrize("name", MODELS)
def test_what_was_written_is_read_and_computes_the_same(
    tmp_path: Path, store: TokenStore, name: str
) -> None:
    settings = tiny(name)
    plan = PlusPlan.parse(settings)
    trained = run(settings, store, tmp_path / "run")
    finish(trained, plan, store, tmp_path / "run", tmp_path / "encoder")
    found = load_plus(tmp_path / "encoder")
    assert found.architecture == name
    assert found.network.config == plan.model
    assert not found.network.training
    weights, others = trained.network.state_dict(), found.network.state_dict()
    assert all(torch.equal(weights[key], others[key]) for key in weights)
    if name == "plus-rnn":
        batch = collate(reference.random_proteins(9, 4))
        for one, other in zip(
            trained.network(batch), found.network(batch), strict=True
        ):
            assert torch.equal(one, other)
    copied = (tmp_path / "encoder" / "metrics.jsonl").read_bytes()
    assert copied == (tmp_path / "run" / "metrics.jsonl").read_bytes()
    training = found.training
    training_set = select(store, plan.selection).training
    assert training["domains"] == len(training_set)
    assert training["residues"] == store.lengths[training_set].sum()
    assert (training["updates"], training["batch"]) == (12, 4)
    assert training["best_update"] in (5, 10, 12)
    assert training["imitate_released_code"] is False
    masking = training["masking"]
    assert (Masking(**masking) if masking else None) == plan.masking
    assert found.trained_on == {
        "corpus": "store",
        "sources": ["pfam"],
        "simulated": False,
    }


@pytest.mark.parametrize(
    ("name", "epochs", "accumulate"),
    [("plus-rnn", 2, 1), ("plus-rnn", 1, 3), ("p-elmo-lm", 2, 1)],
)
def test_epochs_are_passes_over_all_anchors(
    tmp_path: Path, store: TokenStore, name: str, epochs: int, accumulate: int
) -> None:
    loop = {"validate_every": 1000, "accumulate": accumulate}
    settings = tiny(name, loop=loop, epochs=epochs)
    plan = PlusPlan.parse(settings)
    domains = len(select(store, plan.selection).training)
    assert domains % (4 * accumulate)
    trained = run(settings, store, tmp_path)
    assert trained.updates == epochs * math.ceil(domains / (4 * accumulate))


def test_more_processes_need_fewer_updates(store: TokenStore) -> None:
    loop = {"validate_every": 1000}
    plan = PlusPlan.parse(tiny(loop=loop, epochs=3))
    sets = select(store, plan.selection)
    process = Process(1, 3, torch.device("cpu"))
    network = architecture("plus-rnn").build(plan.model)
    task = runs._task(plan, network, store, sets, process)
    steps = runs._with_updates(plan, task, process).steps
    assert steps == 3 * math.ceil(len(sets.training) / 12)


# What weights are selected by


def asked(
    settings: Mapping[str, Any], store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> tuple[Mapping[str, float], TokenPairs, dict[str, Any]]:
    """Values of a validation, its pairs, and what `evaluate` was asked."""
    plan = PlusPlan.parse(settings)
    torch.manual_seed(0)
    network = architecture(plan.architecture).build(plan.model).eval()
    seen: list[tuple[Any, ...]] = []

    def remember(*arguments: Any) -> PairResults:
        seen.append(arguments)
        return evaluate(*arguments)

    monkeypatch.setattr(runs, "evaluate", remember)
    validate = runs._validate(plan, network, store, select(store, plan.selection))
    with torch.no_grad():
        values = validate()
    ((_, pairs, masking, seed, _, guess, compare),) = seen
    questions = {"guess": guess, "compare": compare, "seed": seed, "masking": masking}
    return values, pairs, questions


def equal_pairs(found: TokenPairs, wanted: TokenPairs) -> bool:
    return len(found.tokens) == len(wanted.tokens) and all(
        one.tolist() == other.tolist()
        for ours, theirs in zip(found.tokens, wanted.tokens, strict=True)
        for one, other in zip(ours, theirs, strict=True)
    )


@pytest.mark.parametrize(
    ("name", "training", "factors"),
    [
        ("plus-rnn", {}, (1.4, 0.3)),
        ("plus-rnn", {"masked_lm": 0.2, "same_family": 0.5}, (0.4, 0.5)),
        ("plus-rnn", {"masked_lm": 0.0}, (0.0, 0.3)),
        ("plus-rnn", {"same_family": 0.0}, (1.4, 0.0)),
        ("plus-tfm", {}, (0.7, 0.3)),
        ("p-elmo-lm", {}, (1.0, 0.0)),
    ],
)
def test_weights_are_selected_by_the_loss_on_development_pairs(
    store: TokenStore,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    training: dict[str, float],
    factors: tuple[float, float],
) -> None:
    settings = tiny(name, training={"batch": 4, **training})
    values, pairs, questions = asked(settings, store, monkeypatch)
    plan = PlusPlan.parse(settings)
    development = select(store, plan.selection).development
    drawn = PairSampler(store, development, PairSettings(4)).pairs(0, 12)
    assert equal_pairs(pairs, TokenPairs.of_store(store, drawn))
    wanted = factors[0] * values.get("masked_lm_loss", 0)
    wanted += factors[1] * values.get("same_family_loss", 0)
    assert values["loss"] == pytest.approx(wanted)
    assert values["loss"] > 0
    assert questions == {
        "guess": factors[0] > 0,
        "compare": factors[1] > 0,
        "seed": 4,
        "masking": plan.masking,
    }


def test_the_released_code_selects_by_the_same_family_loss_of_test_pairs(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tiny(imitate_released_code=True)
    values, pairs, _ = asked(settings, store, monkeypatch)
    assert values["loss"] == values["same_family_loss"]
    wanted = draw_test_pairs(store, FixedPairSettings(test=10, seed=4))
    assert equal_pairs(pairs, TokenPairs.of_store(store, wanted))
    sets = select(store, PlusPlan.parse(settings).selection)
    assert not len(sets.development)


def test_the_released_code_selects_by_the_only_loss_if_there_is_one(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = {"batch": 4, "same_family": 0.0}
    settings = tiny(training=training, imitate_released_code=True)
    values, *_ = asked(settings, store, monkeypatch)
    assert values["loss"] == pytest.approx(1.4 * values["masked_lm_loss"])


@pytest.mark.parametrize("imitate", [False, True])
def test_the_released_code_lets_a_domain_be_its_own_partner(
    store: TokenStore, imitate: bool
) -> None:
    plan = PlusPlan.parse(tiny(imitate_released_code=imitate))
    sets = select(store, plan.selection)
    network = architecture("plus-rnn").build(plan.model)
    task = runs._task(plan, network, store, sets, ALONE)
    drawn = task._reader.sampler.pairs(0, 2000)  # type: ignore[union-attr]
    assert (drawn.first == drawn.second).any() == imitate


@pytest.mark.parametrize("masked_lm", [0.0, 0.7])
def test_nothing_is_hidden_that_need_not_be_guessed(
    store: TokenStore, masked_lm: float
) -> None:
    plan = PlusPlan.parse(tiny(training={"batch": 4, "masked_lm": masked_lm}))
    sets = select(store, plan.selection)
    network = architecture("plus-rnn").build(plan.model)
    task = runs._task(plan, network, store, sets, ALONE)
    batch = task._reader.batch(0, 4)  # type: ignore[union-attr]
    hidden = [len(domain.positions) for domain in [*batch.first, *batch.second]]
    assert any(hidden) == (masked_lm > 0)


def test_plus_tfm_learns_from_pairs_that_it_can_read(store: TokenStore) -> None:
    plan = PlusPlan.parse(
        tiny("plus-tfm", model={**MODELS["plus-tfm"], "max_tokens": 56})
    )
    sets = select(store, plan.selection)
    network = architecture("plus-tfm").build(plan.model)
    task = runs._task(plan, network, store, sets, ALONE)
    drawn = task._reader.sampler.pairs(0, 500)  # type: ignore[union-attr]
    longest = (store.lengths[drawn.first] + store.lengths[drawn.second]).max()
    assert longest == 53  # besides three marks


def test_test_pairs_are_of_test_domains_and_the_same_for_all(store: TokenStore) -> None:
    settings = FixedPairSettings(test=300, seed=4)
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
    settings = FixedPairSettings(test=30, seed=4)
    path = tmp_path / "pairs.parquet"
    test = domains_for_testing(store)
    draw_fixed_pairs(path, store, test, PairSettings(settings.seed), settings.test)
    drawn = TokenPairs.of_store(store, draw_test_pairs(store, settings))
    assert equal_pairs(drawn, TokenPairs.of_file(read_fixed_pairs(path)))


def test_processes_begin_with_equal_weights(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun: list[dict[str, torch.Tensor]] = []

    def note(trainer: Any, _: StopRequest) -> bool:
        network = trainer._task.network
        begun.append({**network.state_dict(), "next chance": torch.rand(1)})
        return True

    monkeypatch.setattr(Trainer, "run", note)
    plan = PlusPlan.parse(tiny())
    for rank in range(2):
        process = Process(rank, 2, torch.device("cpu"))
        assert pretrain(plan, store, tmp_path, process, StopRequest()) is not None
    first, second = begun
    different = [name for name in first if not torch.equal(first[name], second[name])]
    assert different == ["next chance"]


# Corpora that nothing can be learned from


def complaint(settings: Mapping[str, Any], store: TokenStore, folder: Path) -> str:
    with pytest.raises(ProtlangError) as caught:
        pretrain(PlusPlan.parse(settings), store, folder, ALONE, StopRequest())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_corpus_without_families_is_told(tmp_path: Path) -> None:
    fasta = tmp_path / "proteins.fasta"
    fasta.write_text(">a\nMKVLAMKVLAMKVLAMKVLA\n>b\nMKVLAMKVLAMKVLAMKVLC\n")
    build_token_store(
        tmp_path / "store", [(make_source("proteins", "fasta"), fasta)], HeldOut(0, 1)
    )
    told = complaint(tiny(), TokenStore(tmp_path / "store"), tmp_path / "run")
    assert "has no families; make this corpus of a source" in told


@pytest.mark.parametrize(
    ("lengths", "sentence"),
    [
        ({"a": [30] * 60}, "two families and two members of one are needed"),
        ({"a": [10] * 9, "b": [12] * 9}, "no domains to train on of 20 residues"),
        ({"a": [30], "b": [30]}, "in families of 2 or more; lower these limits"),
    ],
)
def test_too_few_domains_are_told(
    tmp_path: Path, lengths: dict[str, list[int]], sentence: str
) -> None:
    store = build(tmp_path, lengths)
    assert sentence in complaint(tiny(), store, tmp_path / "run")


def test_too_small_a_development_set_is_told(store: TokenStore, tmp_path: Path) -> None:
    selection = {"smallest_family": 2, "development": 0.0001}
    told = complaint(tiny(selection=selection), store, tmp_path)
    assert "domains of" in told
    assert "to draw pairs from; two families" in told


def test_a_missing_test_set_is_told_if_weights_are_selected_by_it(
    tmp_path: Path,
) -> None:
    store = build(tmp_path, {"a": [30] * 9, "b": [30] * 9})
    told = complaint(tiny(imitate_released_code=True), store, tmp_path / "run")
    assert "to draw pairs from; two families" in told


def test_domains_that_occur_again_are_learned_from(tmp_path: Path) -> None:
    """As in the real file; the corpus counts them."""
    once = build(tmp_path / "once", {"a": [30] * 20, "b": [28] * 20}, likeness=0.5)
    text = (tmp_path / "once" / "pfam.fasta").read_text()
    fasta = tmp_path / "pfam.fasta"
    fasta.write_text(text * 2)
    build_token_store(
        tmp_path / "store", [(make_source("pfam", PFAM), fasta)], HeldOut(0, 1)
    )
    twice = TokenStore(tmp_path / "store")
    assert twice.meta["repeated"] == {"ids": 40, "sequences": 40}
    plan = PlusPlan.parse(tiny())
    first, second = (select(store, plan.selection) for store in (once, twice))
    assert len(second.training) == 2 * len(first.training)
    # Copies stay on one side.
    hashes = [set(twice.sequence_hashes[part].tolist()) for part in second[:2]]
    assert not hashes[0] & hashes[1]
    assert run(tiny(), twice, tmp_path / "run").updates == 12
