"""Jobs of fine-tuning on homology: from files to scores of pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from protlang.encoders.provenance import write_provenance
from protlang.encoders.registry import load_pair_encoder
from protlang.finetuning.job import FineTuningJob
from protlang.formats.embeddings import open_embeddings
from protlang.homology.domains import read_domains
from protlang.homology.finetune import HomologyFiles, homology_run
from protlang.homology.model_provenance import HomologyFacts, homology_provenance
from protlang.homology.network import HomologyNetwork, load_homology, sizes_from
from protlang.homology.pair_sets import DEVELOPMENT, PAIR_SETS
from protlang.homology.pairs import read_fixed_pairs
from protlang.homology.predictions import (
    LevelPredictions,
    predict_levels,
    write_predictions,
)
from protlang.homology.provenance import pair_facts
from protlang.homology.recipe import HomologyRecipe
from protlang.homology.scores import ScoredPairs, score_homology, write_scores
from protlang.training.determinism import product_dtype
from protlang.training.distributed import Process
from protlang.training.run import Run, publish

FURTHER = "further"
"""Folder within a job's, with one of each training seed after the first."""

_BATCH = 64
"""Domains or pairs that are predicted at a time."""


@dataclass(frozen=True)
class HomologyJob(FineTuningJob):
    """Trains a model once per seed, predicts the levels of all pairs and scores it.

    With `scored_tokens` among the settings, pairs may be that long when they are
    predicted. It changes nothing of the training, which is found if it was done before.

    Writes the model of the first seed, which figures show and other tasks may start
    from, with its `predictions/<set>.parquet`; the same of all others below
    `further/seed<n>/`; `scores.csv` and `facts.json`.

    Attributes:
        train: domains to learn from.
        pairs: fixed pairs, by set.
        contacts: contact maps, if they are learned.
        vectors: of all domains, if the model reads those.
    """

    train: Path
    pairs: Mapping[str, Path]
    contacts: Path | None = None
    vectors: Path | None = None

    def trainings(self) -> Sequence[Run[Any]]:
        """One per seed."""
        seeds = self.settings["seeds"]
        return [homology_run(self._recipe(seed), self._files) for seed in seeds]

    def conclude(self, finished: Sequence[Path], process: Process) -> None:
        """Predict the levels of all pairs with every model, and score them."""
        (self.folder / FURTHER).mkdir(parents=True, exist_ok=True)
        by_seed: list[dict[str, LevelPredictions]] = []
        updates = []
        for seed, result in zip(self.settings["seeds"], finished, strict=True):
            folder = self.folder / FURTHER / f"seed{seed}" if by_seed else self.folder
            publish(result, folder)
            network = self._load(folder).to(process.device)
            updates.append(network.start.training["updates"])
            by_seed.append(self._predict(network, folder / "predictions"))
        scored = {
            PAIR_SETS[name]: ScoredPairs.of(*(own[name] for own in by_seed))
            for name in self.pairs
        }
        scores = score_homology(scored, scored[PAIR_SETS[DEVELOPMENT]])
        write_scores(self.folder / "scores.csv", scores)
        recipe = self._recipe(self.settings["seeds"][0])
        dtype = product_dtype(process.device, recipe.training.precision)
        domains = read_domains(self.train)
        training = HomologyFacts(
            recipe,
            domains.provenance,
            len(domains.ids),
            updates,
            process.size,
            str(dtype).removeprefix("torch."),
        )
        found = homology_provenance(self.starting_point(), training)
        tests = {
            PAIR_SETS[name]: pair_facts(one.provenance["pairs"])
            for name, one in by_seed[0].items()
        }
        write_provenance(self.folder / "facts.json", replace(found, test_sets=tests))

    def _load(self, folder: Path) -> HomologyNetwork:
        network = load_homology(folder, self.settings.get("scored_tokens"))
        network.with_vectors(open_embeddings(self.vectors) if self.vectors else None)
        return network

    def _recipe(self, seed: int) -> HomologyRecipe:
        """With the sizes of the vectors, or of an encoder with random weights."""
        recipe = HomologyRecipe.parse({**self.settings, "seed": seed})
        if self.vectors:
            with open_embeddings(self.vectors) as vectors:
                channels = next(iter(vectors.values())).shape[-1]
            return replace(recipe, model={**recipe.model, "input_dim": channels})
        if self.settings["pretrained"]:
            return recipe
        encoder = load_pair_encoder(self.encoder_folder)
        sizes = sizes_from(recipe.architecture, encoder)
        return replace(recipe, model={**sizes, **recipe.model})

    @property
    def _files(self) -> HomologyFiles:
        starts_pretrained = self.settings["pretrained"] and not self.vectors
        return HomologyFiles(
            self.train,
            self.pairs[DEVELOPMENT],
            self.encoder_folder if starts_pretrained else None,
            self.contacts,
            self.vectors,
        )

    def _predict(
        self, network: HomologyNetwork, folder: Path
    ) -> dict[str, LevelPredictions]:
        """Predict all sets of pairs and write `<set>.parquet` into a folder."""
        found = {}
        for name, path in self.pairs.items():
            pairs = read_fixed_pairs(path)
            found[name] = predict_levels(network, pairs, _BATCH, {"model": self.row})
            write_predictions(folder / f"{name}.parquet", found[name])
        return found
