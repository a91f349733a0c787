"""Jobs of fine-tuning on a task of single proteins: from files to scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protlang.datasets import splits
from protlang.datasets.splits import Split, read_split
from protlang.encoders.encoder import PairEncoder
from protlang.encoders.folder import CONFIG_FILE, MODEL_FILE, read_config
from protlang.encoders.provenance import (
    encoder_provenance,
    plus_provenance,
    read_provenance,
    untrained_provenance,
    write_provenance,
)
from protlang.encoders.registry import load_pair_encoder, pair_encoder
from protlang.encoders.stored import StoredEncoder
from protlang.encoders.tape import SupervisedEncoder
from protlang.files import write_text
from protlang.finetuning.network import FineTuned, load_finetuned
from protlang.finetuning.predictions import predict, score, write_predictions
from protlang.finetuning.proteins import TaskData, TaskRecipe, task_run
from protlang.finetuning.provenance import (
    StartingPoint,
    TaskSplits,
    TaskTraining,
    task_provenance,
)
from protlang.finetuning.recipes import (
    PLUS_RNN,
    FineTuning,
    fine_tuning,
    published_model,
)
from protlang.formats.embeddings import open_embeddings
from protlang.protocol import Deviations
from protlang.tasks.plus import TASKS
from protlang.training.determinism import product_dtype
from protlang.training.distributed import Process
from protlang.training.job import TrainingJob
from protlang.training.run import Run, publish

MODELS, PREDICTIONS = "models", "predictions"
"""Folders within a job's, with one of each training seed."""


@dataclass(frozen=True)
class FineTuningJob(TrainingJob):
    """What all jobs of fine-tuning have in common.

    Attributes:
        settings: of the model in the configuration.
        name: of its encoder there; empty of a network without one.
        encoder: the encoder's `config.json`; None of a network that is trained from
            random weights, whose architecture and sizes are the setting `network`.
        encoder_row: of the tables that the encoder fills as pre-trained; empty of one
            that PLUS does not have.
        row: of the tables that the model fills.
        folder: receives all results.
    """

    settings: Mapping[str, Any]
    name: str
    encoder: Path | None
    encoder_row: str
    row: str
    folder: Path

    def starting_point(self, fine_tuned: Path | None = None) -> StartingPoint:
        """What the model started from.

        Args:
            fine_tuned: a fine-tuned model that it started from, as P-ELMo does, with
                its `facts.json`.
        """
        if self.encoder is None:
            found = self._network.provenance
        elif not self.encoder_row:
            found = encoder_provenance(self.name, self.encoder.parent)
        elif not self.settings["pretrained"]:
            found = untrained_provenance(
                self.name, self.encoder_row, self.encoder_config
            )
        elif fine_tuned is not None:
            found = read_provenance(fine_tuned.with_name("facts.json"))
        else:
            found = plus_provenance(
                self.name, self.encoder_row, self.encoder_config, on_pfam=False
            )
        return StartingPoint(self.row, found)

    @property
    def encoder_folder(self) -> Path:
        """Of the encoder, of a job that has one."""
        assert self.encoder is not None
        return self.encoder.parent

    @property
    def encoder_config(self) -> dict[str, Any]:
        """Content of the encoder's `config.json`."""
        return read_config(self.encoder_folder, "encoder", dict)

    @property
    def _network(self) -> SupervisedEncoder:
        """The network of a job without an encoder, with random weights."""
        network = self.settings["network"]
        kind = pair_encoder(network["architecture"])
        found = kind.new(network.get("model", {}))
        assert isinstance(found, SupervisedEncoder)
        return found


@dataclass(frozen=True)
class SplitFiles:
    """Files of one split of a data set.

    Attributes:
        proteins: the split.
        vectors: an encoder's vectors of its proteins, if the model reads those.
        profiles: of its proteins, likewise.
    """

    proteins: Path
    vectors: Path | None = None
    profiles: Path | None = None

    def read(self) -> Split:
        """The proteins, with their vectors and profiles if there are any."""
        return read_split(
            self.proteins,
            with_profiles=self.profiles is not None,
            embeddings=self.vectors,
        )


@dataclass(frozen=True)
class TaskJob(FineTuningJob):
    """Trains a model once per seed, predicts the test sets and scores it.

    Writes `models/seed<n>/`, `predictions/seed<n>/<test set>.parquet`, `scores.csv` and
    `facts.json`.

    Attributes:
        declared: differences of the data from the paper's, as declared, by test set;
            those of the training set under `protlang.finetuning.provenance.TRAINING`.
        train: split to learn from.
        validation: split to select weights by.
        tests: splits to test on, by what the tables call them.
        homology_model: `config.json` of P-ELMo as fine-tuned on homology, whose encoder
            is the start.
    """

    declared: Mapping[str, Deviations]
    train: SplitFiles
    validation: SplitFiles
    tests: Mapping[str, SplitFiles]
    homology_model: Path | None = None

    def trainings(self) -> Sequence[Run[Any]]:
        """One per seed."""
        task = TASKS[self.settings["task"]]
        return [
            task_run(
                self._recipe(seed), task, self._read_start, self._read, self._inputs
            )
            for seed in self.settings["seeds"]
        ]

    def conclude(self, finished: Sequence[Path], process: Process) -> None:
        """Predict all test sets with the model of every seed, and score them."""
        task = TASKS[self.settings["task"]]
        predicted: dict[str, list[Path]] = {name: [] for name in self.tests}
        updates = []
        for seed, result in zip(self.settings["seeds"], finished, strict=True):
            folder = self.folder / MODELS / f"seed{seed}"
            publish(result, folder)
            model = load_finetuned(folder, TASKS).to(process.device)
            updates.append(model.facts["updates"])
            for name, paths in predicted.items():
                paths.append(
                    self.folder / PREDICTIONS / f"seed{seed}" / f"{name}.parquet"
                )
                _predict(model, self.tests[name].read(), paths[-1])
        scores = score(predicted, task)
        write_text(self.folder / "scores.csv", scores.to_csv(index=False, na_rep="NA"))
        dtype = product_dtype(process.device, self._settings.precision)
        training = TaskTraining(
            self._settings,
            self._published,
            updates,
            process.size,
            str(dtype).removeprefix("torch."),
        )
        start = self.starting_point(self.homology_model)
        provenance = task_provenance(start, task.name, training, self._splits)
        write_provenance(self.folder / "facts.json", provenance)

    @property
    def _splits(self) -> TaskSplits:
        return TaskSplits(
            splits.read_provenance(self.train.proteins),
            splits.read_provenance(self.validation.proteins),
            {
                name: splits.read_provenance(split.proteins)
                for name, split in self.tests.items()
            },
            self.declared,
        )

    @property
    def _settings(self) -> FineTuning:
        settings = self.settings
        return fine_tuning(self._published, settings["task"], settings["options"])

    @property
    def _published(self) -> str:
        """Model whose published settings this one starts from."""
        defaults = self.settings["defaults"]
        if defaults != PLUS_RNN:
            return str(defaults)
        return published_model(defaults, self.encoder_config["model"])

    @property
    def _start(self) -> Path:
        """Folder of the encoder; P-ELMo's stands in a model of homology."""
        model = self.homology_model
        return model.parent if model else self.encoder_folder

    @property
    def _inputs(self) -> dict[str, Path]:
        """Files that determine the bits."""
        files = {
            "training": self.train.proteins,
            "validation": self.validation.proteins,
        }
        if self.train.profiles and self.validation.profiles:
            profiles = self.train.profiles, self.validation.profiles
            files |= dict(
                zip(("profiles", "validation_profiles"), profiles, strict=True)
            )
        if self.train.vectors and self.validation.vectors:
            vectors = self.train.vectors, self.validation.vectors
            return files | dict(
                zip(("vectors", "validation_vectors"), vectors, strict=True)
            )
        if self.settings["pretrained"]:
            files["encoder"] = self._start / CONFIG_FILE
            files["weights"] = self._start / MODEL_FILE
        return files

    def _recipe(self, seed: int) -> TaskRecipe:
        settings = self.settings
        return TaskRecipe(
            settings["task"],
            self._settings,
            seed,
            settings["threads"],
            settings["pretrained"],
            settings["checkpoint_every"],
            self._sizes,
        )

    @property
    def _sizes(self) -> Mapping[str, Any] | None:
        """Of what starts from random weights."""
        if self.encoder is None:
            network = self._network
            return {"architecture": network.architecture, **network.options}
        if self.settings["pretrained"] or self.train.vectors:
            return None
        sizes: Mapping[str, Any] = read_config(self._start, "encoder", dict)["model"]
        return sizes

    def _read(self) -> TaskData:
        return TaskData(self.train.read().proteins, self.validation.read().proteins)

    def _read_start(self) -> PairEncoder:
        """What a model starts from, read for each run, as training changes it."""
        if self.encoder is None:
            return self._network
        if self.train.vectors:
            with open_embeddings(self.train.vectors) as vectors:
                channels = next(iter(vectors.values())).shape[-1]
                return StoredEncoder.of_vectors(channels, vectors.facts)
        return load_pair_encoder(self._start)


def _predict(model: FineTuned, split: Split, path: Path) -> None:
    predictions = predict(model, split.proteins)
    metadata = {"model": dict(model.facts), "tested_on": split.provenance}
    write_predictions(path, model.task, split.proteins, predictions, metadata)
