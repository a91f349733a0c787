"""Everything that a configuration requests, checked once.

The rules take from a `Study` which files a step reads and which settings
determine its bits; it imports neither PyTorch nor any reader of data.
"""

from collections.abc import Mapping
from typing import Any

from protlang.corpora.token_store import check_corpora, has_families
from protlang.encoders.folder import encoder_files
from protlang.errors import ProtlangError
from protlang.experiments import paths
from protlang.experiments.configuration import validated_config
from protlang.experiments.encoders import ELMO, Encoders
from protlang.experiments.finetuning import FineTuningExperiments
from protlang.experiments.finetuning_files import FineTuningFiles
from protlang.experiments.head_files import PROTEIN, HeadFiles
from protlang.experiments.heads import EMBEDDING_DEFAULTS, PerResidueExperiments
from protlang.experiments.per_protein import PerProteinExperiments
from protlang.experiments.projections import PERPLEXITIES, Visualisation
from protlang.sources.catalogue import Source, load_sources

PLAIN_FASTA = ("uniprot-fasta", "fasta")
"""Distributions of a proteome that is timed."""


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
        heads: files of those networks.
        visualisation: SeqVec's Figures 2 and 3; None if they are not requested.
        finetuning: PLUS's models on tasks.
        tuned: files of those models.

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
        self.heads = HeadFiles(config, self.per_residue, self.per_protein)
        self.visualisation = (
            Visualisation(config["visualisation"], self.per_protein, sources)
            if "visualisation" in config
            else None
        )
        check_corpora(config.get("corpora", {}), sources)
        _check_proteome(config.get("timings", {}), sources)
        self.encoders = Encoders(config, sources)
        self.finetuning = FineTuningExperiments(config, sources, self.encoders)
        self.tuned = FineTuningFiles(self.finetuning, self.encoders, sources)

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

    def entry(self, source: str) -> dict[str, Any]:
        """A source as a parameter of a rule: what determines the data made of it."""
        return self.sources[source].entry()

    def dataset_files(self, dataset: str) -> dict[str, str]:
        """Downloaded files of a data set's source by role, and the PDB's sequences."""
        settings = self.config["datasets"][dataset]
        files = paths.downloads(self.sources[settings["source"]])
        if "seqres" in settings:
            files["seqres"] = paths.download(self.sources[settings["seqres"]])
        return files

    def dataset_entry(self, dataset: str) -> dict[str, Any]:
        """What of a data set's source determines it."""
        return self.entry(self.config["datasets"][dataset]["source"])

    def corpora(self, with_families: bool) -> list[str]:
        """Corpora of which the proteins' families are known, or all others."""
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

    def corpus_sources(self, corpus: str) -> list[dict[str, Any]]:
        """What of the sources of a corpus determines it."""
        return [self.entry(name) for name in self.config["corpora"][corpus]["sources"]]

    def tests_left_out(self, corpus: str) -> list[str]:
        """Test splits whose sequences a corpus leaves out."""
        if not self.config["corpora"][corpus].get("leave_out_overlaps"):
            return []
        return paths.tests(self.heads.test_sets)

    def corpora_with_test_proteins(self) -> list[str]:
        """Corpora that leave no test protein out."""
        return [
            name for name in self.section("corpora") if not self.tests_left_out(name)
        ]

    # Encoders

    def imported_files(self, encoder: str) -> dict[str, Any]:
        """Files of an encoder that is published, or in a `folder`, by role.

        `checkpoint` is PLUS's only one.

        Raises:
            ProtlangError: if the folder holds no encoder.
        """
        settings = self.config["encoders"][encoder]
        if "folder" in settings:
            return {"folder": list(map(str, encoder_files(settings["folder"])))}
        source = self.sources[settings["source"]]
        if "file" in settings:
            return {"checkpoint": paths.download(source, settings["file"])}
        return paths.downloads(source)

    def pretraining_corpus(self, encoder: str) -> list[str]:
        """Files of the token store that an encoder is trained on."""
        declared = self.encoders.declared[encoder]
        files = paths.family_corpus if declared.is_of_plus else paths.corpus
        return files(declared.corpus)

    def encoder_of_text(self) -> list[str]:
        """Files of the encoder behind SeqVec's row DeepSeqVec, if there is one."""
        predictors = self.per_residue.predictors.values()
        names = [p.encoder for p in predictors if p.encoder and p.row == "DeepSeqVec"]
        if not names:
            return []
        is_trained = names[0] in self.encoders.trained(ELMO)
        records = ["summary.json", "metrics.jsonl"] if is_trained else []
        return paths.encoder(names[0]) + paths.encoder(names[0], records)

    def measured_encoders(self) -> list[str]:
        """Perplexities of published encoders, one file of each that is measured."""
        names = self.encoders.measured
        return [
            path for name in names for path in paths.encoder(name, ["summary.json"])
        ]

    # Embeddings and their timing

    def finetuned_tests(self) -> list[str]:
        """Data sets that only models with stored vectors are tested on."""
        names = self.finetuning.embedded_test_sets
        return [name for name in names if name not in self.heads.test_sets]

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

    def timed_splits(self, dataset: str) -> list[str]:
        """All splits of a data set whose embedding is timed."""
        tested = ["test"] if dataset == self.per_protein.dataset else []
        return [paths.split(dataset, name) for name in ("train", "validation", *tested)]

    def timings(self) -> list[str]:
        """Measured times of every such data set."""
        encoder = self.section("timings").get("encoder")
        sets = self.timed_sets().values()
        return [f"{paths.RESULTS}/timings/{encoder}/{dataset}.csv" for dataset in sets]

    def timed_encoder(self) -> list[str]:
        """Description of the encoder that is timed, if there is one."""
        timings = self.section("timings")
        return paths.descriptions([timings["encoder"]]) if timings else []

    def proteome_timing(self) -> list[str]:
        """Measured time of the proteome that is timed, if there is one."""
        timings = self.section("timings")
        if "proteome" not in timings:
            return []
        file = f"{timings['encoder']}/proteome/{timings['proteome']}.csv"
        return [f"{paths.RESULTS}/timings/{file}"]

    def prediction_timing(self) -> list[str]:
        """Measured time of the predictor that is timed, if there is one."""
        entry = self.section("timings").get("prediction")
        if entry is None:
            return []
        names = [entry[key] for key in ("predictor", "dataset", "test_set")]
        return [f"{paths.RESULTS}/timings/prediction/{'/'.join(names)}.csv"]

    # SeqVec's Figures 2 and 3

    def scope_files(self) -> dict[str, str]:
        """Downloaded files of SCOPe's domains and of facts on their chains, by role."""
        assert self.visualisation is not None
        roles = self.visualisation.scope_files()
        return {
            role: paths.download(self.sources[source], file)
            for role, (source, file) in roles.items()
        }

    def projected(self, projection: str) -> dict[str, str]:
        """Vectors that a projection shows, and the proteins that they belong to."""
        assert self.visualisation is not None
        encoder, dataset = self.visualisation.encoder, self.per_protein.dataset
        seed = self.heads.seeds(PROTEIN)[0]
        file = f"seed{seed}/predictions.parquet"
        network = self.visualisation.network
        return {
            "raw": {
                "embeddings": paths.embeddings(encoder, dataset, "test", "protein"),
                "proteins": paths.split(dataset, "test"),
            },
            "hidden": {"predictions": paths.head(PROTEIN, network, dataset, file)},
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


def _check_proteome(timings: Mapping[str, Any], sources: Mapping[str, Source]) -> None:
    name = timings.get("proteome")
    if name is None:
        return
    if name not in sources:
        raise ProtlangError(
            f"timings.proteome is {name!r}, which the file of sources does not "
            "declare; add it there or correct the name"
        )
    if sources[name].distribution not in PLAIN_FASTA:
        raise ProtlangError(
            f"timings.proteome is {name!r}, which is published as "
            f"{sources[name].distribution!r}; choose a source published as "
            f"{' or '.join(map(repr, PLAIN_FASTA))}"
        )
