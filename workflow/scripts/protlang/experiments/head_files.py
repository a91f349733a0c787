"""Files and settings of SeqVec's networks: trained heads, their scores, and audits."""

from collections.abc import Mapping
from typing import Any

from protlang.alphabet import PROTEIN_CLASSES
from protlang.errors import ProtlangError
from protlang.experiments import paths
from protlang.experiments.heads import (
    Network,
    NotRun,
    PerResidueExperiments,
    Predictor,
    ProteinComparison,
)
from protlang.experiments.per_protein import PerProteinExperiments

RESIDUE, PROTEIN = "per_residue", "per_protein"
"""Kinds of heads, named like the sections of the configuration."""


class HeadFiles:
    """What the rules of SeqVec's heads, tables and figures read.

    Args:
        config: a validated configuration.
        per_residue: networks of Table 1.
        per_protein: networks of Table 2.

    Attributes:
        per_residue: the former.
        per_protein: the latter.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        per_residue: PerResidueExperiments,
        per_protein: PerProteinExperiments,
    ) -> None:
        self._config = config
        self.per_residue = per_residue
        self.per_protein = per_protein

    # Training, prediction, scores

    @property
    def test_sets(self) -> list[str]:
        """Data sets that per-residue networks are tested on, each once."""
        return list(dict.fromkeys(self.per_residue.test_sets.values()))

    def seeds(self, head: str) -> list[int]:
        """Seeds of the networks of `per_residue` or `per_protein`."""
        return list(self._config.get(head, {}).get("training", {}).get("seeds", []))

    def training(self, head: str) -> dict[str, Any]:
        """What determines a network besides its seed."""
        training = self._config.get(head, {}).get("training", {"threads": 1})
        return {name: training[name] for name in training if name != "seeds"}

    def predictors(self, head: str) -> Mapping[str, Predictor]:
        """Predictors by name."""
        if head == RESIDUE:
            return self.per_residue.predictors
        return self.per_protein.predictors

    def first_model(self, predictor: str, dataset: str) -> str:
        """Weights of a per-residue network, trained with the first seed."""
        seed = self.seeds(RESIDUE)[0]
        return paths.head(RESIDUE, predictor, dataset, f"seed{seed}/model.safetensors")

    def embeddings(
        self, head: str, predictor: str, dataset: str, split: str
    ) -> list[str]:
        """Vectors of a split by a predictor's encoder; none without an encoder."""
        encoder = self.predictors(head)[predictor].encoder
        if encoder is None:
            return []
        return [paths.embeddings(encoder, dataset, split, head.removeprefix("per_"))]

    def test_embeddings(self, predictor: str) -> list[str]:
        """Vectors of the residues of all test sets by a predictor's encoder."""
        return [
            path
            for test_set in self.test_sets
            for path in self.embeddings(RESIDUE, predictor, test_set, "test")
        ]

    def tested_sets(self, predictor: str, dataset: str) -> list[str]:
        """Test sets that have what a network reads."""
        network = self.per_residue.network(predictor, dataset)
        return list(self.per_residue.tests(network))

    def scored_labels(self, predictor: str, dataset: str) -> dict[str, list[str]]:
        """Labels to score by test set: trained, and known of a set it can predict."""
        network = self.per_residue.network(predictor, dataset)
        tested = {
            name: self.per_residue.labels(network, name)
            for name in self.per_residue.tests(network)
        }
        return {name: tested.get(name, []) for name in self.test_sets}

    def scored_classes(self, dataset: str) -> dict[str, list[str]]:
        """Labels of whole proteins, all of which every data set of theirs has."""
        return {dataset: list(PROTEIN_CLASSES)}

    # Files of all networks

    def residue_files(self, kind: str) -> list[str]:
        """One CSV of every network on every test set that it can do.

        Args:
            kind: folder of the file: `scores`, `confusion` or `proteins`.
        """
        return [
            self._residue_file(network, f"{kind}/{dataset}.csv")
            for network in self.per_residue.networks()
            for dataset in self.per_residue.tests(network)
            if self.per_residue.labels(network, dataset)
        ]

    def protein_files(self, name: str) -> list[str]:
        """One file of every per-protein predictor; `{seed}` stands for each seed."""
        seeds = self.seeds(PROTEIN) if "{seed}" in name else [0]
        dataset = self.per_protein.dataset
        return [
            paths.head(PROTEIN, predictor, dataset, name.replace("{seed}", str(seed)))
            for predictor in self.per_protein.predictors
            for seed in seeds
        ]

    def training_metrics(self) -> list[str]:
        """Metrics of the training of every network, seed by seed."""
        residues = [
            self._residue_file(network, f"seed{seed}/metrics.jsonl")
            for network in self.per_residue.networks()
            for seed in self.seeds(RESIDUE)
        ]
        return residues + self.protein_files("seed{seed}/metrics.jsonl")

    def protein_split(self, name: str) -> list[str]:
        """A split of the data set of the per-protein networks, if there are any."""
        dataset = self.per_protein.dataset
        return [paths.split(dataset, name)] if dataset else []

    def encoders(self, *heads: str) -> list[str]:
        """Descriptions of the encoders whose vectors networks read, each once."""
        predictors = [one for head in heads for one in self.predictors(head).values()]
        return paths.descriptions(sorted({p.encoder for p in predictors if p.encoder}))

    def table1_splits(self) -> list[str]:
        """Training and test splits behind SeqVec's Table 1."""
        learned = [entry.dataset for entry in self.per_residue.training_sets]
        tests = self.per_residue.test_sets.values()
        return [paths.split(name, "train") for name in learned] + paths.tests(tests)

    def table1_validation(self) -> list[str]:
        """Proteins that networks of SeqVec's Table 1 stop early by."""
        learned = [entry.dataset for entry in self.per_residue.training_sets]
        return [paths.split(name, "validation") for name in learned]

    def _residue_file(self, network: Network, file: str) -> str:
        dataset = network.training_set.dataset
        return paths.head(RESIDUE, network.predictor.name, dataset, file)

    # Figures S2 and S4

    @property
    def figure_s4(self) -> ProteinComparison | None:
        """The two networks of Figure S4, if both can be had."""
        found = self.per_residue.figure_s4()
        return None if isinstance(found, NotRun) else found

    def compared(self) -> ProteinComparison:
        """The two networks of Figure S4.

        Raises:
            ProtlangError: with the reason if they cannot be had.
        """
        found = self.per_residue.figure_s4()
        if isinstance(found, NotRun):
            raise ProtlangError(f"there is no Figure S4: {found.reason}")
        return found

    def compared_proteins(self, side: str) -> str:
        """Values of each protein by one of Figure S4's networks.

        Args:
            side: `method` or `reference`.
        """
        compared = self.compared()
        network: Network = getattr(compared, side)
        dataset = self.per_residue.test_sets[compared.test_set]
        return self._residue_file(network, f"proteins/{dataset}.csv")

    def compared_names(self) -> dict[str, str]:
        """Names of Figure S4's methods and test set."""
        compared = self.compared()
        return {
            "method": compared.method.predictor.row,
            "reference": compared.reference.predictor.row,
            "test_set": compared.test_set,
        }

    def figure_s4_of_text(self) -> list[str]:
        """The numbers of Figure S4, if it shows DeepSeqVec."""
        compared = self.figure_s4
        if compared is None or compared.method.predictor.row != "DeepSeqVec":
            return []
        return [f"{paths.RESULTS}/figures/seqvec_figS4.csv"]

    def reference_s4(self) -> str:
        """Row of the network that Figure S4 compares with, if there is one."""
        return self.figure_s4.reference.predictor.row if self.figure_s4 else ""

    def confusions(self) -> list[str]:
        """Counts that Figure S2 shows: of the first network of each kind."""
        network, test_set = self._first_network()
        dataset = self.per_residue.test_sets[test_set]
        files = [self._residue_file(network, f"confusion/{dataset}.csv")]
        return files + self.protein_files("confusion.csv")[:1]

    def confusion_titles(self) -> dict[str, str]:
        """Method and test set by label of the counts that Figure S2 shows."""
        network, test_set = self._first_network()
        title = f"{network.predictor.row} on {test_set}"
        shown = dict.fromkeys(network.training_set.labels, title)
        for predictor in list(self.per_protein.predictors.values())[:1]:
            on_deeploc = f"{predictor.row} on DeepLoc's test set"
            shown |= dict.fromkeys(("location", "membrane"), on_deeploc)
        return shown

    def _first_network(self) -> tuple[Network, str]:
        """The first per-residue network, and the last test set, the paper's largest."""
        networks = self.per_residue.networks()
        return next(networks), list(self.per_residue.test_sets)[-1]

    # Test proteins in training

    def audited_sets(self) -> dict[str, str]:
        """Data sets whose test proteins are looked for in training, as printed."""
        own = self.per_protein.dataset
        return {**self.per_residue.test_sets, **({"DeepLoc": own} if own else {})}

    def audited_training_sets(self) -> dict[str, dict[str, str]]:
        """Test sets as printed, by the data set that their networks are trained on."""
        sets = {
            entry.dataset: dict(self.per_residue.test_sets)
            for entry in self.per_residue.training_sets
            if "q3" in entry.labels
        }
        own = self.per_protein.dataset
        return {**sets, **({own: {"DeepLoc": own}} if own else {})}

    def searched(self, reference: str) -> bool:
        """Whether a reference is searched for similar proteins, not only equal ones."""
        without = self._config.get("leakage", {}).get("without_search", [])
        return reference not in without

    def similarities(self) -> list[str]:
        """Comparisons with every audited corpus and training set."""
        corpora = self._config.get("leakage", {}).get("corpora", [])
        return [
            *(paths.leakage("corpora", name) for name in corpora),
            *(paths.leakage("training_sets", name) for name in self._audited_names()),
        ]

    def audited_training_splits(self) -> list[str]:
        """Training splits of all audited networks."""
        return [paths.split(name, "train") for name in self._audited_names()]

    def audited_predictions(self) -> list[str]:
        """Predictions of all networks whose Q3 Table 1 reports, on all test sets."""
        return [
            self._residue_file(network, f"seed{seed}/predictions/{dataset}.parquet")
            for network in self.per_residue.networks()
            if "q3" in network.training_set.labels
            for dataset in self.per_residue.tests(network)
            for seed in self.seeds(RESIDUE)
        ]

    def splits_of_text(self) -> list[str]:
        """Splits whose sizes stand in the paper's text."""
        training = [
            paths.split(name, part)
            for name in self._audited_names()
            for part in ("train", "validation")
        ]
        return training + paths.tests(self.per_residue.test_sets.values())

    def _audited_names(self) -> list[str]:
        return list(self.audited_training_sets())
