"""Which per-protein networks a configuration requests.

A per-protein network is a predictor (a set of features) trained on the proteins of one
data set that its publisher did not mark as test, and tested on those it did.
"""

from collections.abc import Mapping
from typing import Any

from protlang.alphabet import PROTEIN_CLASSES
from protlang.errors import ProtlangError
from protlang.experiments.data_checks import require_readable, source_of
from protlang.experiments.heads import NotRun, Predictor, read_predictors
from protlang.formats.registry import DISTRIBUTIONS
from protlang.protocol import Deviation, Deviations
from protlang.sources.catalogue import Source
from protlang.tasks.features import PROTEIN_FEATURES

SECTION = "per_protein"
"""Of the configuration."""


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
        if SECTION in config:
            self.dataset = config[SECTION]["dataset"]
            self.predictors = read_predictors(config, SECTION, PROTEIN_FEATURES)
            source = source_of(self.dataset, config["datasets"], sources, SECTION)
            self._settings = config["datasets"][self.dataset]
            self._check(source)

    def find(self, row: str) -> Predictor | NotRun:
        """The predictor that fills a row of Table 2, or why there is none."""
        for predictor in self.predictors.values():
            if predictor.row == row:
                return predictor
        return NotRun(f"the configuration declares no predictor for {row}")

    def deviations(self) -> Deviations:
        """How the data differ from the paper's, as declared."""
        declared = self._settings.get("deviation")
        aspect = f"test and training set {self.dataset}"
        return (Deviation(aspect, declared),) if declared else ()

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
