"""Fine-tuning runs on homology, from files to a folder."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from protlang.homology.domains import Domains
from protlang.homology.finetune import HomologyFiles, build_network, homology_run
from protlang.homology.measures import measures
from protlang.homology.network import load_homology
from protlang.homology.predictions import predict_levels
from protlang.homology.recipe import HomologyRecipe
from protlang.training.run import run_name, train
from protlang.training.signals import StopRequest
from support.finetuning import encoder
from support.jobs import ALONE, validations
from support.pairs import (
    OWN_SIZES,
    SIZES,
    all_pairs,
    settings_of,
    tiny_domains,
    write_domains,
    write_maps,
    write_pairs,
    write_vectors,
)

DOMAINS = tiny_domains()


Data = Callable[[str], HomologyFiles]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Files that an architecture is fine-tuned on."""
    folder = tmp_path_factory.mktemp("homology")
    write_domains(folder / "train.parquet", DOMAINS)
    write_pairs(folder / "pairs.parquet", all_pairs(DOMAINS))
    contacts = write_maps(folder / "contacts.h5", DOMAINS)
    vectors = write_vectors(folder / "vectors.h5", DOMAINS)
    return lambda architecture: HomologyFiles(
        folder / "train.parquet",
        folder / "pairs.parquet",
        contacts=contacts if architecture == "p-elmo" else None,
        embeddings=vectors if architecture == "embeddings" else None,
    )


def run(recipe: HomologyRecipe, files: HomologyFiles, folder: Path) -> Path:
    """Folder of a finished run."""
    finished = train(homology_run(recipe, files), folder, ALONE, StopRequest())
    assert finished is not None
    return finished


def test_runs_are_named_by_settings_and_contents(data: Data) -> None:
    def name(files: str = "plus-rnn", processes: int = 1, **options: Any) -> str:
        recipe = HomologyRecipe.parse(settings_of("plus-rnn", **options))
        return run_name(homology_run(recipe, data(files)).facts(processes))

    loop = {"steps": 6, "checkpoint_every": 5, "validate_every": 3}
    assert name() == name(loop=loop)
    others = {
        name(processes=2),
        name("p-elmo"),
        name(seed=2),
        name(sampler={"tau": 1.0}),
    }
    assert len({name(), *others}) == 5


@pytest.mark.parametrize("architecture", SIZES)
def test_what_is_written_is_the_network_with_its_origin(
    tmp_path: Path, architecture: str, data: Data
) -> None:
    recipe = HomologyRecipe.parse(settings_of(architecture))
    finished = run(recipe, data(architecture), tmp_path)
    model = load_homology(finished)
    assert model.start.architecture == architecture
    assert model.start.training["updates"] == 6
    assert model.start.training["best_update"] in (3, 6)
    assert model.start.trained_on["domains"] == 7
    assert model.start.trained_on["residues"] == sum(map(len, DOMAINS.sequences))
    assert model.start.trained_on["train"] == {"source": "chance"}
    origin = {"encoder": "chance"} if architecture == "embeddings" else None
    assert model.start.trained_on["pretrained"] == origin
    losses = validations(finished)
    best = model.start.training["best_loss"]
    assert losses[model.start.training["best_update"]] == min(losses.values()) == best


@pytest.mark.parametrize("architecture", ["plus-rnn", "plus-tfm", "p-elmo"])
def test_it_starts_from_the_pretrained_model(
    tmp_path: Path, architecture: str, data: Data
) -> None:
    language_model = architecture == "p-elmo"
    start = encoder("p-elmo-lm" if language_model else architecture, seed=5)
    start.save(tmp_path)
    own = {"model": OWN_SIZES.get(architecture, {})}
    recipe = HomologyRecipe.parse(settings_of(architecture, **own))
    files = replace(data(architecture), pretrained=tmp_path)
    network = build_network(recipe, files).encoder
    if language_model:
        network = network.language_model
    for name, weights in start.network.state_dict().items():
        if not name.startswith("head."):
            assert torch.equal(network.state_dict()[name], weights), name


def test_released_selection_goes_by_all_losses(tmp_path: Path, data: Data) -> None:
    recipe = HomologyRecipe.parse(settings_of("plus-rnn", imitate_released_code=True))
    assert recipe.sampler.imitate_released_code
    finished = run(recipe, data("plus-rnn"), tmp_path)
    masked = validations(finished, "masked_lm_loss")
    levels = validations(finished, "levels_loss")
    for update, loss in validations(finished).items():
        assert update in masked
        assert loss > 0.7 * levels[update] + 0.1


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
    training, validation = motif_domains(1, 4), motif_domains(2, 2)
    test = all_pairs(motif_domains(3, 2))
    write_domains(tmp_path / "train.parquet", training)
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
    torch.manual_seed(recipe.seed)
    correlation = []
    for network in (build_network(recipe, inputs).eval(), load_homology(finished)):
        found = predict_levels(network, test, 64, {})
        thresholds = np.array([0.5, 1.5, 2.5, 3.5])
        correlation.append(measures(found.scores, test.levels, thresholds)["pearson_r"])
    assert correlation[1] > 0.9
    assert correlation[0] < 0.7
