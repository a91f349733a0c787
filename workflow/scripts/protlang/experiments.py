"""Which networks a configuration asks for, and why others cannot be had.

A per-residue network is a predictor (a set of features) trained on one data set. What a
distribution lacks (labels, profiles) decides what can be trained and tested; the reason
is kept as a sentence for the cells of the tables that stay empty.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protlang.errors import ProtlangError
from protlang.features import FEATURES, need_profiles
from protlang.formats.registry import DISTRIBUTIONS, Distribution
from protlang.sources import Source


@dataclass(frozen=True)
class TrainingSet:
    """A data set to train on, and the labels whose published numbers it stands for.

    Attributes:
        dataset: its name in the configuration.
        labels: the labels reported from networks trained on it.
    """

    dataset: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Predictor:
    """A row of Table 1: the features one network sees.

    Attributes:
        name: safe in paths.
        row: as printed in the paper.
        features: names from `protlang.features.FEATURES`, side by side.
    """

    name: str
    row: str
    features: tuple[str, ...]


@dataclass(frozen=True)
class NotRun:
    """Why a number cannot be computed."""

    reason: str


@dataclass(frozen=True)
class Network:
    """A predictor trained on a data set: what fills cells of the table."""

    predictor: Predictor
    training_set: TrainingSet


class PerResidueExperiments:
    """The per-residue networks of a configuration.

    Args:
        config: a validated configuration.
        sources: by name, for what their distributions hold.

    Raises:
        ProtlangError: if the configuration combines things that cannot go together.
    """

    def __init__(
        self, config: Mapping[str, Any], sources: Mapping[str, Source]
    ) -> None:
        settings = config["per_residue"]
        self._datasets: Mapping[str, Any] = config["datasets"]
        self._sources = sources
        self.test_sets: dict[str, str] = dict(settings["test_sets"])
        self.training_sets = [
            TrainingSet(entry["dataset"], tuple(entry["labels"]))
            for entry in settings["training_sets"]
        ]
        self.predictors = {
            name: Predictor(name, entry.get("row", name), tuple(entry["features"]))
            for name, entry in settings["predictors"].items()
        }
        self._check()

    def networks(self) -> Iterator[Network]:
        """All networks that can be trained."""
        for training_set in self.training_sets:
            for predictor in self.predictors.values():
                if not self._lacking_profiles(predictor, training_set.dataset):
                    yield Network(predictor, training_set)

    def network(self, predictor: str, dataset: str) -> Network:
        """The network of that name trained on that data set.

        Raises:
            ProtlangError: if the configuration asks for no such network.
        """
        for network in self.networks():
            names = network.predictor.name, network.training_set.dataset
            if names == (predictor, dataset):
                return network
        raise ProtlangError(
            f"there is no predictor {predictor} trained on {dataset}; declare both "
            "under per_residue"
        )

    def tests(self, network: Network) -> Iterator[str]:
        """Data sets on which a network can be tested."""
        for dataset in self.test_sets.values():
            if not self._lacking_profiles(network.predictor, dataset):
                yield dataset

    def labels(self, network: Network, dataset: str) -> list[str]:
        """Labels of a network that can be scored on a data set."""
        available = self.distribution(dataset).labels
        return [label for label in network.training_set.labels if label in available]

    def deviation(self, network: Network, dataset: str) -> str:
        """How training or test data differ from the paper's; empty if they do not."""
        involved = (network.training_set.dataset, dataset)
        return "; ".join(filter(None, map(self._deviation, involved)))

    def find(self, row: str, test_set: str, label: str) -> Network | NotRun:
        """The network behind one cell of the table, or why there is none.

        Args:
            row: the predictor as printed.
            test_set: as printed, e.g. `CB513`.
            label: `q3`, `q8` or `disorder`.
        """
        predictor = next((p for p in self.predictors.values() if p.row == row), None)
        training = next((t for t in self.training_sets if label in t.labels), None)
        if predictor is None:
            return NotRun(f"the configuration declares no predictor for {row}")
        if test_set not in self.test_sets:
            return NotRun(f"the configuration declares no test set {test_set}")
        if training is None:
            return NotRun(f"no training set is declared for {label} labels")
        dataset = self.test_sets[test_set]
        reason = (
            self._lacking_label(label, dataset)
            or self._lacking_profiles(predictor, training.dataset)
            or self._lacking_profiles(predictor, dataset)
        )
        return NotRun(reason) if reason else Network(predictor, training)

    def distribution(self, dataset: str) -> Distribution:
        """The distribution in which a data set's source is published."""
        return DISTRIBUTIONS[self.source(dataset).distribution]

    def source(self, dataset: str) -> Source:
        """The source of a data set.

        Raises:
            ProtlangError: if the data set or its source is not declared.
        """
        if dataset not in self._datasets:
            raise ProtlangError(
                f"per_residue names the data set {dataset!r}, which `datasets` does "
                f"not declare; declared are {', '.join(self._datasets)}"
            )
        name = self._datasets[dataset]["source"]
        if name not in self._sources:
            raise ProtlangError(
                f"datasets.{dataset}.source is {name!r}, which the file of sources "
                "does not declare; add it there or correct the name"
            )
        return self._sources[name]

    def _deviation(self, dataset: str) -> str:
        settings = self._datasets[dataset]
        if self.distribution(dataset).hides_residues and "seqres" not in settings:
            hidden = f"non-standard residues of {dataset} stay X, no protein left out"
            return "; ".join(filter(None, (settings.get("deviation"), hidden)))
        return str(settings.get("deviation", ""))

    def _lacking_label(self, label: str, dataset: str) -> str:
        if label in self.distribution(dataset).labels:
            return ""
        return f"the {self._describe(dataset)} has no {label} labels"

    def _lacking_profiles(self, predictor: Predictor, dataset: str) -> str:
        has_profiles = self.distribution(dataset).has_profiles
        if has_profiles or not need_profiles(predictor.features):
            return ""
        return f"the {self._describe(dataset)} has no HHblits profiles"

    def _describe(self, dataset: str) -> str:
        source = self.source(dataset)
        return f"{source.distribution} distribution of {dataset}"

    def _check(self) -> None:
        for predictor in self.predictors.values():
            _require_features(predictor)
        for dataset in self._datasets:
            self._check_seqres(dataset)
        for training_set in self.training_sets:
            self._check_training_set(training_set)
        for dataset in self.test_sets.values():
            self._require_readable(dataset)
        _require_distinct(
            [entry.dataset for entry in self.training_sets],
            "per_residue.training_sets names the data set",
        )
        _require_distinct(
            [label for entry in self.training_sets for label in entry.labels],
            "per_residue.training_sets reports the label",
        )
        _require_distinct(
            [predictor.row for predictor in self.predictors.values()],
            "per_residue.predictors fills the row",
        )

    def _check_seqres(self, dataset: str) -> None:
        name = self._datasets[dataset].get("seqres")
        if name is None:
            return
        source = self._sources.get(name)
        if source is None or source.distribution != "pdb-seqres":
            raise ProtlangError(
                f"datasets.{dataset}.seqres is {name!r}, which is no source of PDB "
                "sequences (distribution pdb-seqres); correct or remove it"
            )

    def _check_training_set(self, training_set: TrainingSet) -> None:
        dataset = training_set.dataset
        self._require_readable(dataset)
        declared = "validation" in self._datasets[dataset]
        if declared == self.distribution(dataset).has_splits:
            remedy = (
                "its source brings its own held-out proteins; remove `validation`"
                if declared
                else "add `validation`, how many proteins to hold out to stop early"
            )
            raise ProtlangError(f"datasets.{dataset} is trained on: {remedy}")
        for label in training_set.labels:
            lacking = self._lacking_label(label, dataset)
            if lacking:
                raise ProtlangError(
                    f"per_residue.training_sets: {lacking}; remove {label!r} from its "
                    "labels, or train it on another data set"
                )

    def _require_readable(self, dataset: str) -> None:
        source = self.source(dataset)
        if source.distribution not in DISTRIBUTIONS:
            raise ProtlangError(
                f"source {source.name} has the distribution {source.distribution!r}, "
                f"which is no labelled set; choose one of {', '.join(DISTRIBUTIONS)}"
            )
        missing = set(DISTRIBUTIONS[source.distribution].roles) - set(source.files)
        if missing:
            raise ProtlangError(
                f"source {source.name} lacks the file {min(missing)!r}, which the "
                f"distribution {source.distribution} consists of; add it under `files`"
            )


def _require_features(predictor: Predictor) -> None:
    unknown = [name for name in predictor.features if name not in FEATURES]
    if unknown:
        raise ProtlangError(
            f"per_residue.predictors.{predictor.name} names the feature "
            f"{unknown[0]!r}; known are {', '.join(FEATURES)}"
        )


def _require_distinct(names: Sequence[str], what: str) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise ProtlangError(f"{what} {twice[0]!r} twice; remove one of the two")
