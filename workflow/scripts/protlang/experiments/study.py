"""Everything that a configuration requests, checked once.

The rules of the workflow ask a `Study` which files a step reads and which settings
determine its bits; it imports neither PyTorch nor any reader of data.
"""

from collections.abc import Mapping
from typing import Any

from protlang.corpora.token_store import check_corpora, has_families
from protlang.experiments import paths
from protlang.experiments.configuration import validated_config
from protlang.experiments.encoders import Encoders
from protlang.experiments.finetuning import FineTuningExperiments
from protlang.experiments.heads import (
    EMBEDDING_DEFAULTS,
    Network,
    PerResidueExperiments,
    ProteinComparison,
)
from protlang.experiments.per_protein import PerProteinExperiments
from protlang.experiments.projections import PERPLEXITIES, Visualisation
from protlang.sources.catalogue import Source, load_sources


class Study:
    """The experiments of one run.

    Args:
        config: a validated configuration, in full.
        sources: by name.

    Attributes:
        config: the configuration.
        sources: by name.
        encoders: trained or published.
        per_residue: SeqVec's networks of Table 1.
        per_protein: SeqVec's networks of Table 2.
        visualisation: SeqVec's Figures 2 and 3; None if they are not requested.
        finetuning: PLUS's models on tasks.

    Raises:
        ProtlangError: if the configuration combines what cannot go together.
    """

    def __init__(
        self, config: Mapping[str, Any], sources: Mapping[str, Source]
    ) -> None:
        self.config = config
        self.sources = sources
        self.per_residue = PerResidueExperiments(config, sources)
        self.per_protein = PerProteinExperiments(config, sources)
        self.visualisation = (
            Visualisation(config["visualisation"], self.per_protein, sources)
            if "visualisation" in config
            else None
        )
        check_corpora(config.get("corpora", {}), sources)
        self.encoders = Encoders(config, sources)
        self.finetuning = FineTuningExperiments(config, sources, self.encoders)

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> "Study":
        """The study of a configuration as a user wrote it.

        Raises:
            ProtlangError: with the first mistake and how to correct it.
        """
        expanded = validated_config(config)
        return cls(expanded, load_sources(expanded["sources"]))

    def section(self, name: str) -> Mapping[str, Any]:
        """An optional section of the configuration."""
        found: Mapping[str, Any] = self.config.get(name, {})
        return found

    @property
    def is_simulated(self) -> bool:
        """Whether the upstream files are simulated."""
        return "simulation" in self.config

    # Data

    def original_of(self, source: str, file: str) -> list[str]:
        """The file of the simulated mirror that a download copies, if there is one."""
        entry = self.sources[source]
        is_local = entry.file(entry.role_of(file)).path is not None
        if not self.is_simulated or is_local:
            return []
        return [f"{self.config['mirror']}/{source}/{file}"]

    def entries(self, *names: str) -> list[dict[str, Any]]:
        """Sources as parameters of a rule: what determines the things made of them."""
        return [self.sources[name].entry() for name in names]

    def dataset_files(self, dataset: str) -> dict[str, str]:
        """Downloaded files of a data set's source by role, and the PDB's sequences."""
        settings = self.config["datasets"][dataset]
        files = paths.downloads(self.sources[settings["source"]])
        if "seqres" in settings:
            files["seqres"] = paths.download(self.sources[settings["seqres"]])
        return files

    def dataset_settings(self, dataset: str) -> dict[str, Any]:
        """What determines a data set besides its files."""
        settings = self.config["datasets"][dataset]
        return {**settings, "simulated": self.is_simulated}

    def corpora(self, with_families: bool) -> list[str]:
        """Corpora whose proteins are, or are not, told by family."""
        return [
            name
            for name, entry in self.section("corpora").items()
            if has_families([self.sources[source] for source in entry["sources"]])
            == with_families
        ]

    def corpus_files(self, corpus: str) -> list[str]:
        """Downloaded FASTA files of a corpus, source by source."""
        return [
            path
            for source in self.config["corpora"][corpus]["sources"]
            for path in paths.downloads(self.sources[source]).values()
        ]

    def corpus_settings(self, corpus: str) -> dict[str, Any]:
        """What determines a corpus besides its files."""
        return {**self.config["corpora"][corpus], "simulated": self.is_simulated}

    # Embeddings and their timing

    @property
    def embedding(self) -> dict[str, Any]:
        """How data sets are embedded."""
        return {**EMBEDDING_DEFAULTS, **self.section("embedding")}

    @property
    def embedder(self) -> dict[str, Any]:
        """Settings that every embedding starts with."""
        keys = ("start_state", "precision", "device")
        return {key: self.embedding[key] for key in keys}

    @property
    def batches(self) -> dict[str, Any]:
        """How vectors are stored, and how many residues are computed at once."""
        return {key: self.embedding[key] for key in ("storage", "batch_residues")}

    def corpus_embeddings(self) -> list[str]:
        """Shards of all corpora of which mean vectors are requested."""
        return [
            f"{paths.RESULTS}/corpus_embeddings/{entry['encoder']}/{entry['corpus']}/"
            f"shard-{shard}-of-{entry['shards']}.h5"
            for entry in self.config.get("corpus_embeddings", [])
            for shard in range(1, entry["shards"] + 1)
        ]

    def timed_sets(self) -> dict[str, str]:
        """Data sets whose embedding is timed, by the paper's name."""
        return dict(self.section("timings").get("sets", {}))

    def timings(self) -> list[str]:
        """Measured times of every such data set."""
        encoder = self.section("timings").get("encoder")
        sets = self.timed_sets().values()
        return [f"{paths.RESULTS}/timings/{encoder}/{dataset}.csv" for dataset in sets]

    def prediction_timing(self) -> list[str]:
        """Measured time of the predictor that is timed, if there is one."""
        entry = self.section("timings").get("prediction")
        if entry is None:
            return []
        names = [entry[key] for key in ("predictor", "dataset", "test_set")]
        return [f"{paths.RESULTS}/timings/prediction/{'/'.join(names)}.csv"]

    # SeqVec's networks

    @property
    def test_sets(self) -> list[str]:
        """Data sets that per-residue networks are tested on, each once."""
        return list(dict.fromkeys(self.per_residue.test_sets.values()))

    def seeds(self, section: str) -> list[int]:
        """Seeds of the networks of `per_residue` or `per_protein`."""
        return list(self.section(section).get("training", {}).get("seeds", []))

    def head_training(self, section: str) -> dict[str, Any]:
        """What determines a network besides its seed: one more trains no other again."""
        training = self.section(section).get("training", {"threads": 1})
        return {name: training[name] for name in training if name != "seeds"}

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
        seeds = self.seeds("per_protein") if "{seed}" in name else [""]
        return [
            paths.head(
                "per_protein",
                predictor,
                self.per_protein.dataset,
                name.replace("{seed}", str(seed)),
            )
            for predictor in self.per_protein.predictors
            for seed in seeds
        ]

    def protein_split(self, name: str) -> list[str]:
        """A split of the data set of the per-protein networks, if there are any."""
        dataset = self.per_protein.dataset
        return [paths.split(dataset, name)] if dataset else []

    def head_encoders(self, section: str) -> list[str]:
        """Descriptions of the encoders whose vectors networks read, each once."""
        experiments = getattr(self, section).predictors.values()
        names = {p.encoder for p in experiments if p.encoder is not None}
        return paths.descriptions(sorted(names))

    def table1_splits(self) -> list[str]:
        """Training and test splits behind SeqVec's Table 1."""
        learned = [entry.dataset for entry in self.per_residue.training_sets]
        tests = self.per_residue.test_sets.values()
        return [paths.split(name, "train") for name in learned] + paths.tests(tests)

    @property
    def figure_s4(self) -> ProteinComparison | None:
        """The two networks of Figure S4, if both can be had."""
        found = self.per_residue.figure_s4()
        return found if isinstance(found, ProteinComparison) else None

    def proteins_of(self, network: Network, test_set: str) -> str:
        """Values of each protein by a network; the test set is named as printed."""
        dataset = self.per_residue.test_sets[test_set]
        return self._residue_file(network, f"proteins/{dataset}.csv")

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

    def _residue_file(self, network: Network, file: str) -> str:
        dataset = network.training_set.dataset
        return paths.head("per_residue", network.predictor.name, dataset, file)

    # Proteins of tests in training

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

    def similarities(self) -> list[str]:
        """Comparisons with every audited corpus and training set."""
        corpora = self.section("leakage").get("corpora", [])
        sets = self.audited_training_sets()
        return [
            *(paths.leakage("corpora", name) for name in corpora),
            *(paths.leakage("training_sets", name) for name in sets),
        ]

    def audited_predictions(self) -> list[str]:
        """Predictions of all networks whose Q3 Table 1 reports, on all test sets."""
        return [
            self._residue_file(network, f"seed{seed}/predictions/{dataset}.parquet")
            for network in self.per_residue.networks()
            if "q3" in network.training_set.labels
            for dataset in self.per_residue.tests(network)
            for seed in self.seeds("per_residue")
        ]

    # SeqVec's Figures 2 and 3

    def projected(self, projection: str) -> dict[str, str]:
        """Vectors that a projection shows, and the proteins that they belong to."""
        assert self.visualisation is not None
        encoder, dataset = self.visualisation.encoder, self.per_protein.dataset
        seed = self.seeds("per_protein")[0]
        hidden = f"seed{seed}/predictions.parquet"
        network = self.visualisation.network
        return {
            "raw": {
                "embeddings": paths.embeddings(encoder, dataset, "test", "protein"),
                "proteins": paths.split(dataset, "test"),
            },
            "hidden": {
                "predictions": paths.head("per_protein", network, dataset, hidden)
            },
            "amino_acids": {
                "embeddings": f"{paths.RESULTS}/amino_acids/{encoder}.h5",
            },
            "domains": {
                "embeddings": f"{paths.RESULTS}/scope/{encoder}.h5",
                "proteins": f"{paths.RESULTS}/scope/domains.parquet",
            },
        }[projection]

    def projection_settings(self, projection: str) -> dict[str, Any]:
        """Settings of a t-SNE."""
        tsne = self.section("visualisation").get("tsne", {})
        return {"perplexity": PERPLEXITIES[projection], **tsne}
