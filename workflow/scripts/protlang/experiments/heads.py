"""Which networks a configuration requests, and why others cannot be had.

A per-residue network is a predictor (a set of features) trained on one data set. What a
distribution lacks (labels, profiles) decides what can be trained and tested; the reason
is stored as a sentence for the cells of the tables that stay empty.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protlang.errors import ProtlangError
from protlang.experiments.data_checks import (
    require_held_out,
    require_part,
    require_readable,
    source_of,
)
from protlang.formats.registry import DISTRIBUTIONS, Distribution
from protlang.protocol import Deviation, Deviations, merged, settings_that_differ
from protlang.sources.catalogue import Source
from protlang.tasks.features import FEATURES, need_embeddings, need_profiles

EMBEDDING_DEFAULTS: Mapping[str, Any] = {
    "start_state": "warm",
    "precision": "float32",
    "device": "auto",
    "storage": "float32",
    "batch_residues": 15_000,
    "threads": 2,
}
"""How data sets are embedded, unless the configuration sets `embedding`.

Source of the batches: SeqVec, Results, "CPU/GPU time used".
"""

REFERENCE = "DeepOneHot"
"""The row that others are compared with: the least that a network can see."""


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
        features: names from `protlang.tasks.features`, side by side.
        encoder: whose vectors the feature `embedding` stands for; None without it.
        training_sets: data sets that it is trained on; None for all.
    """

    name: str
    row: str
    features: tuple[str, ...]
    encoder: str | None = None
    training_sets: tuple[str, ...] | None = None

    def is_trained_on(self, dataset: str) -> bool:
        """Whether the configuration wants it trained on a data set."""
        return self.training_sets is None or dataset in self.training_sets


@dataclass(frozen=True)
class NotRun:
    """Why a number cannot be computed."""

    reason: str


@dataclass(frozen=True)
class Network:
    """A predictor trained on a data set: what fills cells of the table."""

    predictor: Predictor
    training_set: TrainingSet


@dataclass(frozen=True)
class ProteinComparison:
    """Two networks to compare protein by protein (SeqVec, Figure S4).

    Attributes:
        method: in the foreground.
        reference: what it is compared with.
        test_set: as printed, e.g. `CB513`.
    """

    method: Network
    reference: Network
    test_set: str


PAPER_TRAINING: Mapping[str, Any] = {"learning_rate": 0.001, "batch_proteins": 128}
"""Of the per-residue networks. Source: SeqVec, Methods; the others are not stated."""


def training_deviations(own: Mapping[str, Any], paper: Mapping[str, Any]) -> Deviations:
    """How a network's training differs from the paper's.

    Args:
        own: settings as configured; the paper's are the defaults.
        paper: settings that the paper states.
    """
    return settings_that_differ({**paper, **own}, paper, "network's")


class PerResidueExperiments:
    """The per-residue networks of a configuration.

    Args:
        config: a validated configuration.
        sources: by name, for what their distributions hold.

    Attributes:
        test_sets: data sets by the names that the paper prints.
        training_sets: in the order of the configuration.
        predictors: by name.
        reference: the row that all others are compared with; empty if the
            configuration neither names one nor declares a predictor for DeepOneHot.

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
        self.predictors = read_predictors(config, "per_residue", FEATURES)
        self._figure_s4: Mapping[str, str] = settings.get("figure_s4", {})
        self._training: Mapping[str, Any] = settings.get("training", {})
        default = REFERENCE if REFERENCE in self.rows else ""
        self.reference: str = settings.get("reference", default)
        self._check()

    @property
    def rows(self) -> list[str]:
        """The row that each predictor fills, in the order of the configuration."""
        return [predictor.row for predictor in self.predictors.values()]

    def networks(self) -> Iterator[Network]:
        """All networks that can be trained."""
        for training_set in self.training_sets:
            dataset = training_set.dataset
            for predictor in self.predictors.values():
                lacking = self._lacking_profiles(predictor, dataset)
                if predictor.is_trained_on(dataset) and not lacking:
                    yield Network(predictor, training_set)

    def network(self, predictor: str, dataset: str) -> Network:
        """The network of that name trained on that data set.

        Raises:
            ProtlangError: if the configuration requests no such network.
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

    def deviations(self, network: Network, dataset: str) -> Deviations:
        """How data, as declared, and settings differ from the paper's."""
        trained_on = network.training_set.dataset
        return merged(
            self._deviations("training set", trained_on),
            self._deviations("test set", dataset),
            training_deviations(self._training, PAPER_TRAINING),
        )

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
            _left_out(predictor, training.dataset)
            or self._lacking_label(label, dataset)
            or self._lacking_profiles(predictor, training.dataset)
            or self._lacking_profiles(predictor, dataset)
        )
        return NotRun(reason) if reason else Network(predictor, training)

    def figure_s4(self) -> ProteinComparison | NotRun:
        """The two networks of Figure S4, or why they cannot be compared.

        Unless the configuration names others, DeepSeqVec and DeepProf on CB513; where
        DeepProf cannot be had, DeepOneHot. The paper compares with NetSurfP-2.0, of
        which there are no predictions.
        """
        test_set = self._figure_s4.get("test_set", "CB513")
        method = self.find(self._figure_s4.get("method", "DeepSeqVec"), test_set, "q3")
        if isinstance(method, NotRun):
            return method
        reference = self.find(self._reference_of_figure_s4(test_set), test_set, "q3")
        if isinstance(reference, NotRun):
            return reference
        return ProteinComparison(method, reference, test_set)

    def _reference_of_figure_s4(self, test_set: str) -> str:
        """The row that the configuration names, or else DeepProf where it runs."""
        has_profiles = isinstance(self.find("DeepProf", test_set, "q3"), Network)
        default = "DeepProf" if has_profiles else REFERENCE
        return self._figure_s4.get("reference", default)

    def distribution(self, dataset: str) -> Distribution:
        """The distribution in which a data set's source is published."""
        return DISTRIBUTIONS[self.source(dataset).distribution]

    def source(self, dataset: str) -> Source:
        """The source of a data set.

        Raises:
            ProtlangError: if the data set or its source is not declared.
        """
        return source_of(dataset, self._datasets, self._sources, "per_residue")

    def _deviations(self, part: str, dataset: str) -> Iterator[Deviation]:
        settings = self._datasets[dataset]
        if settings.get("deviation"):
            yield Deviation(f"{part} {dataset}", settings["deviation"])
        if not self.distribution(dataset).masks_residues:
            return
        if "seqres" in settings:
            yield Deviation(f"sequences of {part} {dataset}", "SEQRES", "SIFTS")
        else:
            stay_x = "stay X, no protein left out"
            yield Deviation(f"{part} {dataset}, non-standard residues", stay_x)

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
            self._check_training_sets_of(predictor)
        for dataset in self._datasets:
            self._check_seqres(dataset)
        for training_set in self.training_sets:
            self._check_training_set(training_set)
        for dataset in self.test_sets.values():
            require_readable(self.source(dataset))
            require_part(dataset, self._datasets[dataset], self.distribution(dataset))
        _require_distinct(
            [entry.dataset for entry in self.training_sets],
            "per_residue.training_sets names the data set",
        )
        _require_distinct(
            [label for entry in self.training_sets for label in entry.labels],
            "per_residue.training_sets reports the label",
        )
        if self.reference:
            self._check_row(self.reference, "reference")
        for key in ("method", "reference"):
            if key in self._figure_s4:
                self._check_row(self._figure_s4[key], f"figure_s4.{key}")

    def _check_row(self, row: str, key: str) -> None:
        if row not in self.rows:
            raise ProtlangError(
                f"per_residue.{key} is {row!r}, a row that no predictor fills; choose "
                f"one of {', '.join(self.rows)}"
            )

    def _check_training_sets_of(self, predictor: Predictor) -> None:
        declared = [entry.dataset for entry in self.training_sets]
        for dataset in predictor.training_sets or ():
            if dataset not in declared:
                raise ProtlangError(
                    f"per_residue.predictors.{predictor.name}.training_sets names "
                    f"{dataset!r}, which is none of per_residue.training_sets; choose "
                    f"from {', '.join(declared)}"
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
        require_readable(self.source(dataset))
        require_held_out(dataset, self._datasets[dataset], self.distribution(dataset))
        for label in training_set.labels:
            lacking = self._lacking_label(label, dataset)
            if lacking:
                raise ProtlangError(
                    f"per_residue.training_sets: {lacking}; remove {label!r} from its "
                    "labels, or train it on another data set"
                )


def _left_out(predictor: Predictor, dataset: str) -> str:
    """Why a predictor is not trained on a data set; empty if it is."""
    if predictor.is_trained_on(dataset):
        return ""
    return f"the configuration does not train {predictor.name} on {dataset}"


def read_predictors(
    config: Mapping[str, Any], section: str, known_features: Collection[str]
) -> dict[str, Predictor]:
    """The predictors that a section of the configuration declares, by name.

    Args:
        config: a validated configuration.
        section: `per_residue` or `per_protein`.
        known_features: names that `features` may hold.

    Raises:
        ProtlangError: if a feature or an encoder is unknown, if one of two that go
            together is missing, or if two predictors fill the same row.
    """
    predictors = {
        name: Predictor(
            name,
            entry.get("row", name),
            tuple(entry["features"]),
            entry.get("encoder"),
            tuple(entry["training_sets"]) if "training_sets" in entry else None,
        )
        for name, entry in config[section]["predictors"].items()
    }
    encoders = list(config.get("encoders", {}))
    for predictor in predictors.values():
        where = f"{section}.predictors.{predictor.name}"
        _require_features(predictor, known_features, where)
        _check_encoder(predictor, encoders, where)
    _require_distinct(
        [predictor.row for predictor in predictors.values()],
        f"{section}.predictors fills the row",
    )
    return predictors


def _require_features(
    predictor: Predictor, known_features: Collection[str], where: str
) -> None:
    unknown = [name for name in predictor.features if name not in known_features]
    if unknown:
        raise ProtlangError(
            f"{where} names the feature {unknown[0]!r}; known are "
            f"{', '.join(known_features)}"
        )


def _check_encoder(predictor: Predictor, encoders: Sequence[str], where: str) -> None:
    if need_embeddings(predictor.features) != (predictor.encoder is not None):
        raise ProtlangError(
            f"{where}: the feature 'embedding' and the key `encoder` go together; "
            "add the one that is missing, or remove the other"
        )
    if predictor.encoder is not None and predictor.encoder not in encoders:
        raise ProtlangError(
            f"{where}.encoder is {predictor.encoder!r}, which the configuration "
            f"does not declare; declared are {', '.join(encoders) or 'none'}"
        )


def _require_distinct(names: Sequence[str], what: str) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise ProtlangError(f"{what} {twice[0]!r} twice; remove one of the two")
