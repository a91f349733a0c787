"""Fine-tuning runs on homology, from files to a folder."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from protlang.encoders.registry import PAIR_ENCODERS
from protlang.formats.contact_maps import ContactMap
from protlang.formats.embeddings import write_embeddings
from protlang.formats.scope_pairs import ListedPair
from protlang.homology.contacts import write_contacts
from protlang.homology.domains import Domains
from protlang.homology.finetune import HomologyFiles, build_network, homology_run
from protlang.homology.measures import measures
from protlang.homology.network import load_homology
from protlang.homology.pairs import FixedPairs, write_fixed_pairs
from protlang.homology.predictions import predict_levels
from protlang.homology.recipe import HomologyRecipe
from protlang.models.p_elmo import PElmoLm, PElmoLmConfig
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import PlusTfm, PlusTfmConfig
from protlang.parquet import write_table
from protlang.training import run as runs
from protlang.training.signals import StopRequest
from support.jobs import ALONE, StopAt
from support.pairs import (
    SIZES,
    all_pairs,
    settings_of,
    tiny_domains,
    tiny_vectors,
)

DOMAINS = tiny_domains()


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
def inputs(tmp_path_factory: pytest.TempPathFactory) -> HomologyFiles:
    folder = tmp_path_factory.mktemp("homology")
    write_split(folder / "train.parquet", DOMAINS)
    write_pairs(folder / "development.pairs.parquet", all_pairs(DOMAINS))
    return HomologyFiles(folder / "train.parquet", folder / "development.pairs.parquet")


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
    architecture: str, inputs: HomologyFiles, contacts: Path, embeddings: Path
) -> HomologyFiles:
    return replace(
        inputs,
        contacts=contacts if architecture == "p-elmo" else None,
        embeddings=embeddings if architecture == "embeddings" else None,
    )


def run(
    recipe: HomologyRecipe,
    files: HomologyFiles,
    folder: Path,
    stop: StopRequest | None = None,
) -> Path | None:
    """Folder of a finished run."""
    chosen = homology_run(recipe, files)
    return runs.train(chosen, folder, ALONE, StopRequest() if stop is None else stop)


def lines(finished: Path) -> list[dict[str, float]]:
    text = (finished / "metrics.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_runs_are_named_by_settings_and_contents(
    inputs: HomologyFiles, contacts: Path
) -> None:
    def name(files: HomologyFiles = inputs, processes: int = 1, **options: Any) -> str:
        recipe = HomologyRecipe.parse(settings_of("plus-rnn", **options))
        return runs.run_name(homology_run(recipe, files).facts(processes))

    loop = {"steps": 6, "checkpoint_every": 5, "validate_every": 3}
    assert name() == name(loop=loop)
    others = {
        name(processes=2),
        name(replace(inputs, contacts=contacts)),
        name(seed=2),
        name(sampler={"tau": 1.0}),
    }
    assert len({name(), *others}) == 5


@pytest.mark.parametrize("architecture", SIZES)
def test_stopped_and_resumed_it_ends_like_uninterrupted(
    tmp_path: Path,
    architecture: str,
    inputs: HomologyFiles,
    contacts: Path,
    embeddings: Path,
) -> None:
    inputs = with_files(architecture, inputs, contacts, embeddings)
    model = SIZES[architecture]
    if architecture == "plus-tfm":
        model = {**model, "dropout": 0.1}
    recipe = HomologyRecipe.parse(settings_of(architecture, model=model))
    whole = run(recipe, inputs, tmp_path / "whole")
    assert run(recipe, inputs, tmp_path / "cut", stop=StopAt(4)) is None
    torch.manual_seed(99)  # a new process would have another random state
    resumed = run(recipe, inputs, tmp_path / "cut")
    assert whole is not None
    assert resumed is not None
    for file in ("config.json", "model.safetensors"):
        assert (resumed / file).read_bytes() == (whole / file).read_bytes()


@pytest.mark.parametrize("architecture", SIZES)
def test_what_is_written_is_the_network_with_its_origin(
    tmp_path: Path,
    architecture: str,
    inputs: HomologyFiles,
    contacts: Path,
    embeddings: Path,
) -> None:
    inputs = with_files(architecture, inputs, contacts, embeddings)
    recipe = HomologyRecipe.parse(settings_of(architecture))
    finished = run(recipe, inputs, tmp_path)
    assert finished is not None
    model = load_homology(finished)
    assert model.start.architecture == architecture
    assert model.start.training["updates"] == 6
    assert model.start.training["best_update"] in (3, 6)
    assert model.start.trained_on["domains"] == 7
    assert model.start.trained_on["residues"] == sum(map(len, DOMAINS.sequences))
    assert model.start.trained_on["train"] == {"source": "chance"}
    origin = {"encoder": "chance"} if architecture == "embeddings" else None
    assert model.start.trained_on["pretrained"] == origin
    losses = {
        line["step"]: line["validation_loss"]
        for line in lines(finished)
        if "validation_loss" in line
    }
    best = model.start.training["best_loss"]
    assert losses[model.start.training["best_update"]] == min(losses.values()) == best


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm", "p-elmo"])
def test_it_starts_from_the_pretrained_model(
    tmp_path: Path, architecture: str, inputs: HomologyFiles
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
    recipe = HomologyRecipe.parse(settings_of(architecture, **options))
    network = build_network(recipe, inputs).encoder
    start = network.language_model if architecture == "p-elmo" else network
    for name, weights in encoder[1].state_dict().items():
        if not name.startswith("head."):
            assert torch.equal(start.state_dict()[name], weights), name


def test_released_selection_goes_by_all_losses(
    tmp_path: Path, inputs: HomologyFiles
) -> None:
    recipe = HomologyRecipe.parse(settings_of("plus-rnn", imitate_released_code=True))
    assert recipe.sampler.imitate_released_code
    finished = run(recipe, inputs, tmp_path)
    assert finished is not None
    line = next(line for line in lines(finished) if "validation_loss" in line)
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
    train, validation = motif_domains(1, 4), motif_domains(2, 2)
    test = all_pairs(motif_domains(3, 2))
    write_split(tmp_path / "train.parquet", train)
    write_pairs(tmp_path / "development.parquet", all_pairs(validation))
    inputs = HomologyFiles(tmp_path / "train.parquet", tmp_path / "development.parquet")
    recipe = HomologyRecipe.parse(
        settings_of(
            "plus-rnn",
            model={"hidden_dim": 16, "layers": 1, "projection": 16},
            training={"batch": 16, "learning_rate": 0.01, "masked_lm": 0, "levels": 1},
            loop={"steps": 150, "validate_every": 50},
        )
    )
    finished = run(recipe, inputs, tmp_path)
    assert finished is not None
    torch.manual_seed(recipe.seed)
    correlation = []
    for network in (build_network(recipe, inputs).eval(), load_homology(finished)):
        found = predict_levels(network, test, 64, {})
        thresholds = np.array([0.5, 1.5, 2.5, 3.5])
        correlation.append(measures(found.scores, test.levels, thresholds)["pearson_r"])
    assert correlation[1] > 0.9
    assert correlation[0] < 0.7
