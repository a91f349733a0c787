"""Fine-tuning runs on homology, from files to a folder."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from protlang.encoders.masking import RNN_MASK, TFM_MASK
from protlang.encoders.registry import PAIR_ENCODERS
from protlang.errors import ProtlangError
from protlang.formats.contact_maps import ContactMap
from protlang.formats.embeddings import write_embeddings
from protlang.formats.scope_pairs import ListedPair
from protlang.homology.contacts import write_contacts
from protlang.homology.domains import Domains
from protlang.homology.finetune import (
    FineTuned,
    HomologyInputs,
    HomologyPlan,
    build_network,
    fine_tune,
    finish,
)
from protlang.homology.measures import measures
from protlang.homology.network import load_homology
from protlang.homology.pairs import FixedPairs, write_fixed_pairs
from protlang.homology.predictions import predict_levels
from protlang.models.p_elmo import PElmoLm, PElmoLmConfig
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import PlusTfm, PlusTfmConfig
from protlang.parquet import write_table
from protlang.training.distributed import Process
from protlang.training.signals import StopRequest
from support.jobs import StopAt
from support.pairs import SIZES, all_pairs, tiny_domains, tiny_vectors

ALONE = Process(0, 1, torch.device("cpu"))
DOMAINS = tiny_domains()


def settings_of(architecture: str, **options: Any) -> dict[str, Any]:
    return {
        "architecture": architecture,
        "model": SIZES[architecture],
        "seed": 1,
        "threads": 1,
        "training": {"batch": 4, "contact_pairs": 2},
        "loop": {"steps": 6, "checkpoint_every": 2, "validate_every": 3},
        **options,
    }


def write_pairs(path: Path, pairs: FixedPairs) -> None:
    rows = zip(pairs.ids, pairs.sequences, pairs.levels, strict=True)
    listed = [ListedPair(ids, both, int(level)) for ids, both, level in rows]
    write_fixed_pairs(path, listed, {})


def write_split(path: Path, domains: Domains) -> None:
    columns = {
        "id": domains.ids,
        "sccs": domains.sccs,
        "sequence": domains.sequences,
    }
    write_table(path, columns, domains.provenance)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> HomologyInputs:
    folder = tmp_path_factory.mktemp("homology")
    write_split(folder / "train.parquet", DOMAINS)
    write_pairs(folder / "development.pairs.parquet", all_pairs(DOMAINS))
    return HomologyInputs(
        folder / "train.parquet", folder / "development.pairs.parquet"
    )


@pytest.fixture(scope="module")
def contacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    lengths = dict(zip(DOMAINS.ids, map(len, DOMAINS.sequences), strict=True))
    path = tmp_path_factory.mktemp("contacts") / "contacts.h5"
    maps = [
        ContactMap(name, rng.integers(-1, 2, (n, n)).astype(np.int8))
        for name, n in lengths.items()
    ]
    write_contacts(path, maps, lengths, {})
    return path


@pytest.fixture(scope="module")
def embeddings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("embeddings") / "e.h5"
    vectors = tiny_vectors(DOMAINS)
    write_embeddings(path, sorted(vectors.items()), {"encoder": "chance"})
    return path


def with_files(
    architecture: str, inputs: HomologyInputs, contacts: Path, embeddings: Path
) -> HomologyInputs:
    return replace(
        inputs,
        contacts=contacts if architecture == "p-elmo" else None,
        embeddings=embeddings if architecture == "embeddings" else None,
    )


def run(
    plan: HomologyPlan, inputs: HomologyInputs, folder: Path, **options: Any
) -> FineTuned | None:
    folder.mkdir(exist_ok=True)
    stop = options.get("stop", StopRequest())
    return fine_tune(plan, inputs, folder, ALONE, stop)


def test_the_paper_s_settings_are_the_defaults() -> None:
    base = {"seed": 2020, "threads": 1}
    rnn = HomologyPlan.parse({"architecture": "plus-rnn", **base})
    tfm = HomologyPlan.parse({"architecture": "plus-tfm", **base})
    p_elmo = HomologyPlan.parse({"architecture": "p-elmo", **base})
    for plan, rate, weights, epochs, resampled in (
        (rnn, 5e-4, (0.3, 0.7, 0), 100, 0),
        (tfm, 5e-5, (0.3, 0.7, 0), 50, 0),
        (p_elmo, 1e-3, (0, 0.1, 0.9), 100, 0.05),
    ):
        training = plan.training
        assert (training.masked_lm, training.levels, training.contacts) == weights
        assert (training.batch, training.contact_pairs) == (64, 10)
        assert training.learning_rate == rate
        assert (plan.epochs, plan.resampled, plan.sampler.tau) == (
            epochs,
            resampled,
            0.5,
        )
        assert plan.loop.patience is None
    assert (rnn.loop.gradient_norm, p_elmo.loop.gradient_norm) == (1, 1)
    assert tfm.loop.gradient_norm == math.inf
    assert rnn.masking is not None
    assert tfm.masking is not None
    assert (rnn.masking.mask, rnn.masking.most) == (RNN_MASK, 50)
    assert (tfm.masking.mask, tfm.masking.most) == (TFM_MASK, 76)
    assert p_elmo.masking is None


@pytest.mark.parametrize(
    ("masked_lm", "levels", "contacts"),
    [
        *((0.3, 0.7, 0.0), (0.0, 1.0, 0.0), (0.5, 0.5, 0.0)),
        *((0.0, 0.7, 0.3), (0.0, 0.5, 0.5), (0.33, 0.33, 0.33)),
    ],
)
def test_the_rows_of_table_6_are_settings(
    masked_lm: float, levels: float, contacts: float
) -> None:
    weights = {"masked_lm": masked_lm, "levels": levels, "contacts": contacts}
    plan = HomologyPlan.parse(settings_of("plus-rnn", training=weights))
    assert (plan.masking is None) == (masked_lm == 0)
    assert plan.training.contacts == contacts


def test_wrong_settings_are_told() -> None:
    for wrong, message in (
        ({"training": {"masking": 1}}, "masking"),
        ({"training": {"masked_lm": 0, "levels": 0}}, "above 0"),
        ({"epochs": 3}, "both epochs and loop.steps"),
        ({"architecture": "bert"}, "no architecture 'bert'"),
    ):
        with pytest.raises(ProtlangError, match=message):
            HomologyPlan.parse({**settings_of("plus-rnn"), **wrong})
    for architecture in ("p-elmo", "embeddings"):
        wrong = {"training": {"masked_lm": 0.3}}
        with pytest.raises(ProtlangError, match="residues are to be hidden"):
            HomologyPlan.parse({**settings_of(architecture), **wrong})


def test_runs_are_named_by_all_that_determines_them(
    inputs: HomologyInputs, contacts: Path
) -> None:
    plan = HomologyPlan.parse(settings_of("plus-rnn"))
    again = HomologyPlan.parse(settings_of("plus-rnn"))
    assert plan.digest(inputs, 1) == again.digest(inputs, 1)
    seldom = HomologyPlan.parse(
        settings_of(
            "plus-rnn",
            loop={"steps": 6, "checkpoint_every": 5, "validate_every": 3},
        )
    )
    assert seldom.digest(inputs, 1) == plan.digest(inputs, 1)
    others = {
        plan.digest(inputs, 2),
        plan.digest(replace(inputs, contacts=contacts), 1),
        HomologyPlan.parse(settings_of("plus-rnn", seed=2)).digest(inputs, 1),
        HomologyPlan.parse(settings_of("plus-rnn", sampler={"tau": 1.0})).digest(
            inputs, 1
        ),
    }
    assert len(others) == 4
    assert plan.digest(inputs, 1) not in others


@pytest.mark.parametrize("architecture", SIZES)
def test_stopped_and_resumed_it_ends_like_uninterrupted(
    tmp_path: Path,
    architecture: str,
    inputs: HomologyInputs,
    contacts: Path,
    embeddings: Path,
) -> None:
    inputs = with_files(architecture, inputs, contacts, embeddings)
    model = SIZES[architecture]
    if architecture == "plus-tfm":
        model = {**model, "dropout": 0.1}
    plan = HomologyPlan.parse(settings_of(architecture, model=model))
    whole = run(plan, inputs, tmp_path / "whole")
    assert run(plan, inputs, tmp_path / "cut", stop=StopAt(4)) is None
    torch.manual_seed(99)  # a new process would have another random state
    resumed = run(plan, inputs, tmp_path / "cut")
    assert whole is not None
    assert resumed is not None
    assert resumed[1:] == whole[1:]
    assert whole.updates == 6
    expected = whole.network.state_dict()
    for name, weights in resumed.network.state_dict().items():
        assert torch.equal(weights, expected[name]), name


@pytest.mark.parametrize("architecture", SIZES)
def test_what_is_written_is_the_network_with_its_origin(
    tmp_path: Path,
    architecture: str,
    inputs: HomologyInputs,
    contacts: Path,
    embeddings: Path,
) -> None:
    inputs = with_files(architecture, inputs, contacts, embeddings)
    plan = HomologyPlan.parse(settings_of(architecture))
    trained = run(plan, inputs, tmp_path / "run")
    assert trained is not None
    finish(trained, plan, inputs, tmp_path / "run", tmp_path / "model")
    model = load_homology(tmp_path / "model")
    assert model.start.architecture == architecture
    assert model.start.training["updates"] == 6
    assert model.start.training["best_update"] in (3, 6)
    assert model.start.trained_on["domains"] == 7
    assert model.start.trained_on["residues"] == sum(map(len, DOMAINS.sequences))
    assert model.start.trained_on["train"] == {"source": "chance"}
    origin = {"encoder": "chance"} if architecture == "embeddings" else None
    assert model.start.trained_on["pretrained"] == origin
    for name, weights in model.state_dict().items():
        assert torch.equal(weights, trained.network.state_dict()[name])
    lines = (tmp_path / "model" / "metrics.jsonl").read_text().splitlines()
    losses = {
        line["step"]: line["validation_loss"]
        for line in map(json.loads, lines)
        if "validation_loss" in line
    }
    assert losses[trained.best_update] == min(losses.values()) == trained.best_loss


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm", "p-elmo"])
def test_it_begins_with_the_pretrained_model(
    tmp_path: Path, architecture: str, inputs: HomologyInputs
) -> None:
    torch.manual_seed(5)
    below = SIZES["p-elmo"]["language_model"]
    assert isinstance(below, dict)
    encoder = {
        "plus-rnn": lambda: ("plus-rnn", PlusRnn(PlusRnnConfig(**SIZES["plus-rnn"]))),
        "plus-tfm": lambda: ("plus-tfm", PlusTfm(PlusTfmConfig(**SIZES["plus-tfm"]))),
        "p-elmo": lambda: ("p-elmo-lm", PElmoLm(PElmoLmConfig(**below))),
    }[architecture]()
    origin = {"corpus": "pfam", "sources": ["pfam"], "simulated": True}
    PAIR_ENCODERS[encoder[0]](encoder[1], {"updates": 1}, origin).save(tmp_path)
    inputs = replace(inputs, pretrained=tmp_path)
    model = {k: v for k, v in SIZES["p-elmo"].items() if k != "language_model"}
    options = {"model": model} if architecture == "p-elmo" else {"model": {}}
    plan = HomologyPlan.parse(settings_of(architecture, **options))
    network = build_network(plan, inputs).encoder
    begun = network.language_model if architecture == "p-elmo" else network
    for name, weights in encoder[1].state_dict().items():
        if not name.startswith("head."):
            assert torch.equal(begun.state_dict()[name], weights), name


def test_released_selection_goes_by_all_losses(
    tmp_path: Path, inputs: HomologyInputs
) -> None:
    plan = HomologyPlan.parse(settings_of("plus-rnn", imitate_released_code=True))
    assert plan.sampler.imitate_released_code
    assert run(plan, inputs, tmp_path / "run") is not None
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    line = next(x for x in map(json.loads, lines) if "validation_loss" in x)
    assert "validation_masked_lm_loss" in line
    assert line["validation_loss"] > 0.7 * line["validation_levels_loss"] + 0.1


def motif_domains(seed: int, per_family: int) -> Domains:
    """Domains with a letter for class, fold and superfamily in each of six repeats.

    Each time it is either of two letters, and a random one follows. So domains that
    have much in common need not have many letters in common.
    """
    rng = np.random.default_rng(seed)
    ids, sccs, sequences = [], [], []
    for family in range(8):
        fold = family >> 1
        places = (family >> 2, fold & 1, family & 1)
        choices = [
            ("AR", "CQ")[places[0]],
            ("DE", "FG", "HI", "KL")[fold],
            ("MN", "PS")[places[2]],
            "TWYV",
        ]
        for member in range(per_family):
            letters = [rng.choice(list(kind)) for _ in range(6) for kind in choices]
            sequences.append("".join(letters))
            ids.append(f"d{seed}{family}{member}")
            sccs.append(f"{'ab'[places[0]]}.{places[1]}.{places[2]}.1")
    return Domains(ids, sccs, sequences, {"source": "motifs"})


def test_levels_are_learned_from_what_domains_share(tmp_path: Path) -> None:
    train, development = motif_domains(1, 4), motif_domains(2, 2)
    test = all_pairs(motif_domains(3, 2))
    write_split(tmp_path / "train.parquet", train)
    write_pairs(tmp_path / "development.parquet", all_pairs(development))
    inputs = HomologyInputs(
        tmp_path / "train.parquet", tmp_path / "development.parquet"
    )
    plan = HomologyPlan.parse(
        settings_of(
            "plus-rnn",
            model={"hidden_dim": 16, "layers": 1, "projection": 16},
            training={"batch": 16, "learning_rate": 0.01, "masked_lm": 0, "levels": 1},
            loop={"steps": 150, "validate_every": 50},
        )
    )
    trained = run(plan, inputs, tmp_path / "run")
    assert trained is not None
    torch.manual_seed(plan.seed)
    correlation = []
    for network in (build_network(plan, inputs).eval(), trained.network.eval()):
        found = predict_levels(network, test, 64, {})
        thresholds = np.array([0.5, 1.5, 2.5, 3.5])
        correlation.append(measures(found.scores, test.levels, thresholds)["pearson_r"])
    assert correlation[1] > 0.9
    assert correlation[0] < 0.7
