"""Which per-protein networks a configuration requests.

A per-protein network is a predictor (a set of features) trained on the proteins of one
data set that its publisher did not mark as test, and tested on those it did.
"""

from collections.abc import Mapping
from typing import Any

from protlang.alphabet import PROTEIN_CLASSES
from protlang.errors import ProtlangError
from protlang.experiments.data_checks import require_readable, source_of
from protlang.experiments.heads import (
    NotRun,
    Predictor,
    read_predictors,
    training_deviations,
)
from protlang.formats.registry import DISTRIBUTIONS
from protlang.protocol import Deviation, Deviations, settings_that_differ
from protlang.sources.catalogue import Source
from protlang.tasks.features import PROTEIN_FEATURES

SECTION = "per_protein"
"""Of the configuration."""


PAPER_TRAINING: Mapping[str, Any] = {
    "learning_rate": 0.001,
    "batch_proteins": 64,
    "order": "printed",
}
"""Source: SeqVec, Methods; the others are not stated."""


class PerProteinExperiments:
    """The per-protein networks of a configuration; none if it lacks that section.

    Args:
        config: a validated configuration.
        sources: by name, for what their distributions hold.

    Attributes:
        dataset: trained and tested on; empty if there are no networks.
        predictors: by name, one network each.

    Raises:
        ProtlangError: if the configuration combines things that cannot go together.
    """

    def __init__(
        self, config: Mapping[str, Any], sources: Mapping[str, Source]
    ) -> None:
        self.dataset = ""
        self.predictors: dict[str, Predictor] = {}
        self._settings: Mapping[str, Any] = {}
        self._training: Mapping[str, Any] = {}
        if SECTION in config:
            self.dataset = config[SECTION]["dataset"]
            self.predictors = read_predictors(config, SECTION, PROTEIN_FEATURES)
            source = source_of(self.dataset, config["datasets"], sources, SECTION)
            self._settings = config["datasets"][self.dataset]
            self._training = config[SECTION].get("training", {})
            self._check(source)

    def find(self, row: str) -> Predictor | NotRun:
        """The predictor that fills a row of Table 2, or why there is none."""
        for predictor in self.predictors.values():
            if predictor.row == row:
                return predictor
        return NotRun(f"the configuration declares no predictor for {row}")

    def deviations(self) -> Deviations:
        """How data, as declared, and settings differ from the paper's.

        The published code has another order of layers than the paper's text.
        """
        if not self.dataset:
            return ()
        declared = self._settings.get("deviation")
        aspect = f"test and training set {self.dataset}"
        return (
            *([Deviation(aspect, declared)] if declared else []),
            *training_deviations(
                {"order": "released", **self._training}, PAPER_TRAINING
            ),
            *self._of_validation(),
        )

    def _of_validation(self) -> Deviations:
        """Whether another share than the paper's tenth is held out to stop early."""
        validation = self._settings.get("validation", {})
        held_out = {"share": None, **validation}
        return settings_that_differ(held_out, {"share": 0.1}, "validation proteins,")

    def _check(self, source: Source) -> None:
        require_readable(source)
        lacking = PROTEIN_CLASSES.keys() - DISTRIBUTIONS[source.distribution].classes
        if lacking:
            raise ProtlangError(
                f"{SECTION}.dataset is {self.dataset!r}, but the distribution "
                f"{source.distribution} of its source has no {min(lacking)} labels; "
                "choose another data set"
            )
        if "validation" not in self._settings:
            raise ProtlangError(
                f"datasets.{self.dataset} is trained on: add `validation`, how many "
                "proteins, or which share of them, to hold out to stop early"
            )
