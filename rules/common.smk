# Configuration and input functions; every function the rules use is here.
import json
import re
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

LIBRARY = Path(str(workflow.current_basedir)).parent / "workflow" / "scripts"
sys.path.append(str(LIBRARY))

from protlang.alphabet import PROTEIN_CLASSES
from protlang.corpora.token_store import FAMILY_FILES, check_corpora, has_families
from protlang.encoders.folder import OWN_FILES, encoder_files
from protlang.errors import ProtlangError
from protlang.experiments.configuration import validated_config
from protlang.experiments.heads import (
    EMBEDDING_DEFAULTS,
    PerResidueExperiments,
    ProteinComparison,
)
from protlang.experiments.per_protein import PerProteinExperiments
from protlang.experiments.encoders import ELMO, PROTVEC, Encoders
from protlang.experiments.encoders import PLUS as PLUS_ARCHITECTURES
from protlang.experiments.finetuning import LABELS, FineTuningExperiments
from protlang.simulation.mirror import PLUS as PLUS_SETS
from protlang.simulation.mirror import (
    ARRAYS,
    CORPORA,
    DEEPLOC,
    HOMOLOGY,
    PFAM,
    SCOPE,
    SEQRES,
)
from protlang.sources.catalogue import load_sources
from protlang.tables.required_models import ALIGNMENT, aligning_model, shows
from protlang.embedding.user_sequences import user_name
from protlang.experiments.projections import PERPLEXITIES, Visualisation
from protlang.experiments.user import requested_encoder, requested_fasta

try:
    expanded = validated_config(config)
    config.clear()
    config.update(expanded)
    SOURCES = load_sources(config["sources"])
    EXPERIMENTS = PerResidueExperiments(config, SOURCES)
    PER_PROTEIN = PerProteinExperiments(config, SOURCES)
    VISUALISATION = (
        Visualisation(config["visualisation"], PER_PROTEIN, SOURCES)
        if "visualisation" in config
        else None
    )
    check_corpora(config.get("corpora", {}), SOURCES)
    ENCODERS = Encoders(config, SOURCES)
    FINETUNING = FineTuningExperiments(config, SOURCES, ENCODERS)
except ProtlangError as error:
    raise WorkflowError(str(error)) from None

FAMILY_CORPORA = [
    name
    for name, entry in config.get("corpora", {}).items()
    if has_families([SOURCES[source] for source in entry["sources"]])
]
PROTEIN_CORPORA = [
    name for name in config.get("corpora", {}) if name not in FAMILY_CORPORA
]
SEEDS = config["per_residue"]["training"]["seeds"]
TEST_SETS = list(dict.fromkeys(EXPERIMENTS.test_sets.values()))
FIGURE_S4 = EXPERIMENTS.figure_s4()
HAS_FIGURE_S4 = isinstance(FIGURE_S4, ProteinComparison)
PRETRAINED = list(ENCODERS.trained(ELMO))
PUBLISHED = list(ENCODERS.published(ELMO))
TRAINED_PROTVECS = list(ENCODERS.trained(PROTVEC))
PUBLISHED_PROTVECS = list(ENCODERS.published(PROTVEC))
PROTVECS = TRAINED_PROTVECS + PUBLISHED_PROTVECS
PRETRAINED_PLUS = list(ENCODERS.trained(*PLUS_ARCHITECTURES))
PUBLISHED_PLUS = list(ENCODERS.published(*PLUS_ARCHITECTURES))
FINETUNED_TESTS = [
    name for name in FINETUNING.embedded_test_sets if name not in TEST_SETS
]
PAIR_SETS = FINETUNING.homology.sets if FINETUNING.homology else []
HOMOLOGY_SPLITS = ["train", *PAIR_SETS]
HAS_PLUS_FIGURE_2 = any(
    shows("plus_fig2", entry.row, task) for entry, task in FINETUNING.runs()
)
ALIGNING_MODEL = aligning_model(FINETUNING)
ALIGNING_FOLDER = (
    f"<results>/plus/finetuned/{ALIGNING_MODEL.name}/homology" if ALIGNING_MODEL else ""
)
EMBEDDING = {**EMBEDDING_DEFAULTS, **config.get("embedding", {})}
EMBEDDER = {key: EMBEDDING[key] for key in ("start_state", "precision", "device")}
KEPT = {key: EMBEDDING[key] for key in ("storage", "batch_residues")}
TIMINGS = config.get("timings", {})
LEAKAGE = config.get("leakage", {})
# MMseqs2's index, and what reads the sequences.
AUDIT_MEMORY = LEAKAGE.get("memory_mb", 2000) + 2000
# One more seed must not train the networks of the others again.
TRAINING = {
    name: value
    for name, value in config["per_residue"]["training"].items()
    if name != "seeds"
}
INTO_ONE_FILE = config.get("gather", "file") == "file"
GATHERED = "embeddings.h5" if INTO_ONE_FILE else "embeddings/index.csv"
TSNE = config.get("visualisation", {}).get("tsne", {})
PROTEIN_SETTINGS = config.get("per_protein", {}).get("training", {"threads": 1})
PROTEIN_SEEDS = PROTEIN_SETTINGS.get("seeds", [])
PROTEIN_TRAINING = {
    name: value for name, value in PROTEIN_SETTINGS.items() if name != "seeds"
}
HEADS = {
    "per_residue": (EXPERIMENTS.predictors, TRAINING),
    "per_protein": (PER_PROTEIN.predictors, PROTEIN_TRAINING),
}


wildcard_constraints:
    source=r"[A-Za-z0-9._-]+",
    file=r"[A-Za-z0-9._-]+",
    dataset=r"[A-Za-z0-9._-]+",
    test_set=r"[A-Za-z0-9._-]+",
    predictor=r"[A-Za-z0-9._-]+",
    seed=r"[0-9]+",
    corpus=r"[A-Za-z0-9._-]+",
    encoder=r"[A-Za-z0-9._-]+",
    model=r"[A-Za-z0-9._-]+",
    task=r"[a-z_]+",
    alignment=r"[A-Za-z0-9._-]+",
    user=r"[A-Za-z0-9._-]+",
    shard=r"[0-9]+",
    shards=r"[0-9]+",
    reference=r"[A-Za-z0-9._-]+",


def simulated_original(wildcards):
    """The file of the simulated mirror that a download copies, if there is one."""
    source = SOURCES[wildcards.source]
    is_local = source.file(source.role_of(wildcards.file)).path is not None
    if "simulation" not in config or is_local:
        return []
    return f"{config['mirror']}/{wildcards.source}/{wildcards.file}"


def source_files(wildcards):
    """Downloaded files of a data set's source by role, and the PDB's sequences."""
    settings = config["datasets"][wildcards.dataset]
    files = {
        role: f"<downloads>/{settings['source']}/{file.name}"
        for role, file in SOURCES[settings["source"]].files.items()
    }
    if "seqres" in settings:
        seqres = SOURCES[settings["seqres"]]
        files["seqres"] = f"<downloads>/{seqres.name}/{seqres.files['data'].name}"
    return files


def dataset_settings(wildcards):
    """What determines a data set besides its files: a change rebuilds it."""
    settings = config["datasets"][wildcards.dataset]
    source = SOURCES[settings["source"]]
    return {
        **settings,
        "distribution": source.distribution,
        "invariants": dict(source.invariants),
        "simulated": "simulation" in config,
    }


def scores_of_table1(kind):
    """Input function: one file of every network on every test set that it can do.

    `kind` is the file's folder: scores, confusion or proteins.
    """

    def files(wildcards):
        return [
            f"<results>/per_residue/{network.predictor.name}/"
            f"{network.training_set.dataset}/{kind}/{dataset}.csv"
            for network in EXPERIMENTS.networks()
            for dataset in EXPERIMENTS.tests(network)
            if EXPERIMENTS.labels(network, dataset)
        ]

    return files


def figure_s4():
    """The two networks of Figure S4, or the end of Snakemake with the reason."""
    if not HAS_FIGURE_S4:
        sys.exit(f"there is no Figure S4: {FIGURE_S4.reason}")
    return FIGURE_S4


def proteins_of_figS4(side):
    """Input function: per-protein values of one of the two networks of Figure S4."""

    def file(wildcards):
        compared = figure_s4()
        network = getattr(compared, side)
        return (
            f"<results>/per_residue/{network.predictor.name}/"
            f"{network.training_set.dataset}/proteins/"
            f"{EXPERIMENTS.test_sets[compared.test_set]}.csv"
        )

    return file


def names_in_figS4(wildcards):
    """What Figure S4 calls its two methods and its test set."""
    compared = figure_s4()
    return {
        "method": compared.method.predictor.row,
        "reference": compared.reference.predictor.row,
        "test_set": compared.test_set,
    }


def datasets_of_table1(wildcards):
    """Training and test splits behind Table 1, for their provenance."""
    training = [entry.dataset for entry in EXPERIMENTS.training_sets]
    return [
        *(f"<results>/datasets/{dataset}/train.parquet" for dataset in training),
        *(
            f"<results>/datasets/{dataset}/test.parquet"
            for dataset in EXPERIMENTS.test_sets.values()
        ),
    ]


def corpus_files(wildcards):
    """Downloaded FASTA files of a corpus, source by source."""
    return [
        f"<downloads>/{source}/{file.name}"
        for source in config["corpora"][wildcards.corpus]["sources"]
        for file in SOURCES[source].files.values()
    ]


def corpus_test_splits(wildcards):
    """Test splits that a corpus is compared with."""
    return [
        f"<results>/datasets/{dataset}/test.parquet"
        for dataset in EXPERIMENTS.test_sets.values()
    ]


def corpus_settings(wildcards):
    """What determines a corpus besides its files: a change rebuilds it."""
    return {**config["corpora"][wildcards.corpus], "simulated": "simulation" in config}


def pretraining_corpus(wildcards):
    """Files of the token store that an encoder is pre-trained on."""
    return corpus_store(config["encoders"][wildcards.encoder]["corpus"])


def pretraining_settings(wildcards):
    """What determines a pre-training besides its corpus."""
    return ENCODERS.training_settings(wildcards.encoder)


def pretrained_architecture(wildcards):
    """Architecture of an encoder that is pre-trained."""
    return config["encoders"][wildcards.encoder]["architecture"]


def pretraining_threads(wildcards):
    """PyTorch's threads in one process of a pre-training."""
    return config["encoders"][wildcards.encoder]["threads"]


def published_pair(wildcards):
    """Downloaded `options.json` and `weights.hdf5` of a published encoder."""
    source = SOURCES[config["encoders"][wildcards.encoder]["source"]]
    return {
        role: f"<downloads>/{source.name}/{file.name}"
        for role, file in source.files.items()
    }


def protvec_corpus(wildcards):
    """Files of the token store that ProtVec vectors are trained on."""
    return corpus_store(config["encoders"][wildcards.encoder]["corpus"])


def published_vectors(wildcards):
    """Downloaded file of published ProtVec vectors."""
    source = SOURCES[config["encoders"][wildcards.encoder]["source"]]
    return f"<downloads>/{source.name}/{source.file('data').name}"


def corpus_store(corpus):
    """Files of a token store that a training reads."""
    names = ["meta.json", "tokens.bin", "offsets.npy", "held_out.npy"]
    return [f"<results>/corpora/{corpus}/{name}" for name in names]


def launcher(wildcards, threads, resources):
    """Command that starts one process per GPU on every node of the job."""
    nodes = int(resources.get("nodes", 1))
    gpus = int(resources.get("gpus_per_node", 0) or resources.get("gpu", 0))
    if nodes > 1:
        return (
            f"{resources.mpi} --nodes={nodes} --ntasks={nodes} --ntasks-per-node=1 "
            f"--cpus-per-task={resources.cpus_per_task} "
            f"torchrun --nnodes={nodes} --nproc-per-node={gpus} "
            "--rdzv-id=$SLURM_JOB_ID --rdzv-backend=c10d "
            "--rdzv-endpoint=$(hostname -f):$((20000 + SLURM_JOB_ID % 20000))"
        )
    if gpus > 1:
        return f"torchrun --standalone --nproc-per-node={gpus}"
    return "python"


def head_features(wildcards):
    """Features of a predictor."""
    return list(HEADS[wildcards.head][0][wildcards.predictor].features)


def head_settings(wildcards):
    """Settings of a predictor's training."""
    return HEADS[wildcards.head][1]


def head_embeddings(head, predictor, dataset, split):
    """Vectors of a split by a predictor's encoder; none if it has no encoder."""
    encoder = HEADS[head][0][predictor].encoder
    if encoder is None:
        return []
    level = head.removeprefix("per_")
    return f"<results>/embeddings/{encoder}/{dataset}/{split}.{level}.h5"


def split_embeddings(split):
    """Vectors of a split of the data set that a predictor is trained on."""
    return lambda wildcards: head_embeddings(
        wildcards.head, wildcards.predictor, wildcards.dataset, split
    )


def residue_test_embeddings(wildcards):
    """Vectors of the residues of all test sets by the encoder of a predictor."""
    path = head_embeddings("per_residue", wildcards.predictor, "{test_set}", "test")
    return collect(path, test_set=TEST_SETS)


def protein_test_embeddings(wildcards):
    """Vectors of the test proteins by the encoder of a predictor."""
    names = wildcards.predictor, wildcards.dataset
    return collect(head_embeddings("per_protein", *names, "test"))


def tested_sets(wildcards):
    """Test sets that have what a network reads."""
    network = EXPERIMENTS.network(wildcards.predictor, wildcards.dataset)
    return list(EXPERIMENTS.tests(network))


def scored_labels(wildcards):
    """Labels to score by test set: trained, and known of a set that can be predicted."""
    network = EXPERIMENTS.network(wildcards.predictor, wildcards.dataset)
    labels = dict.fromkeys(TEST_SETS, [])
    tested = EXPERIMENTS.tests(network)
    return labels | {name: EXPERIMENTS.labels(network, name) for name in tested}


def scored_classes(wildcards):
    """Labels of whole proteins, all of which every data set of theirs has."""
    return {wildcards.dataset: list(PROTEIN_CLASSES)}


def per_protein_files(name):
    """One file of every per-protein predictor's folder; {seed} stands for each seed."""
    return [
        path
        for predictor in PER_PROTEIN.predictors
        for path in collect(
            f"<results>/per_protein/{predictor}/{PER_PROTEIN.dataset}/{name}",
            seed=PROTEIN_SEEDS,
        )
    ]


def per_protein_split(split):
    """A split of the data set of the per-protein networks; none without networks."""
    if not PER_PROTEIN.dataset:
        return []
    return f"<results>/datasets/{PER_PROTEIN.dataset}/{split}.parquet"


def encoders_of_table2(wildcards):
    """Descriptions of the encoders whose vectors go into Table 2."""
    return descriptions(PER_PROTEIN.predictors)


def descriptions(predictors):
    """Descriptions of the encoders of some predictors."""
    encoders = {predictor.encoder for predictor in predictors.values()} - {None}
    return [f"<results>/encoders/{name}/config.json" for name in sorted(encoders)]


def shown_in_figS2(wildcards):
    """By label, the method and the test set whose confusions Figure S2 shows."""
    network, test_set = network_of_figS2()
    shown = dict.fromkeys(
        network.training_set.labels, f"{network.predictor.row} on {test_set}"
    )
    if PER_PROTEIN.dataset:
        name = next(iter(PER_PROTEIN.predictors.values())).row
        shown |= dict.fromkeys(
            ("location", "membrane"), f"{name} on DeepLoc's test set"
        )
    return shown


def confusions_of_figS2(wildcards):
    """Counts of confusions that Figure S2 shows: of the first network of each kind."""
    network, test_set = network_of_figS2()
    files = [
        f"<results>/per_residue/{network.predictor.name}/"
        f"{network.training_set.dataset}/confusion/{EXPERIMENTS.test_sets[test_set]}.csv"
    ]
    return files + per_protein_files("confusion.csv")[:1]


def network_of_figS2():
    """The first per-residue network and the last test set, the largest of the paper."""
    return next(EXPERIMENTS.networks()), list(EXPERIMENTS.test_sets)[-1]


def scope_files(wildcards):
    """Files of SCOPe's domains and of what is known of their chains, by role."""
    return {
        role: f"<downloads>/{source}/{name}"
        for role, (source, name) in VISUALISATION.scope_files().items()
    }


def projected(wildcards):
    """Vectors that a projection shows, and the proteins they belong to."""
    encoder = VISUALISATION.encoder
    deeploc = PER_PROTEIN.dataset
    network = f"<results>/per_protein/{VISUALISATION.network}/{deeploc}"
    return {
        "raw": {
            "embeddings": f"<results>/embeddings/{encoder}/{deeploc}/test.protein.h5",
            "proteins": per_protein_split("test"),
        },
        "hidden": {
            "predictions": f"{network}/seed{PROTEIN_SEEDS[0]}/predictions.parquet"
        },
        "amino_acids": {"embeddings": f"<results>/amino_acids/{encoder}.h5"},
        "domains": {
            "embeddings": f"<results>/scope/{encoder}.h5",
            "proteins": "<results>/scope/domains.parquet",
        },
    }[wildcards.projection]


def projection_settings(wildcards):
    """Settings of a t-SNE."""
    return {"perplexity": PERPLEXITIES[wildcards.projection], **TSNE}


def unfinished_domains(wildcards):
    """Folder for what was embedded of SCOPe so far; no output, so that it stays."""
    return f"results/{config['run']}/scope/unfinished/{wildcards.encoder}"


def unfinished_amino_acids(wildcards):
    """Folder for unfinished embeddings of amino acids."""
    return f"results/{config['run']}/amino_acids/unfinished/{wildcards.encoder}"


def audited_sets():
    """Data sets of the test sets that are audited, by the paper's name."""
    sets = dict(EXPERIMENTS.test_sets)
    if PER_PROTEIN.dataset:
        sets["DeepLoc"] = PER_PROTEIN.dataset
    return sets


def test_split(dataset):
    """The proteins of a test set."""
    return f"<results>/datasets/{dataset}/test.parquet"


def audited_tests(wildcards):
    """Test splits that a corpus is compared with."""
    return [test_split(dataset) for dataset in audited_sets().values()]


def networks_training_sets():
    """Data sets that networks are trained on, and the test sets of those networks."""
    sets = {
        entry.dataset: dict(EXPERIMENTS.test_sets)
        for entry in EXPERIMENTS.training_sets
        if "q3" in entry.labels
    }
    if PER_PROTEIN.dataset:
        sets[PER_PROTEIN.dataset] = {"DeepLoc": PER_PROTEIN.dataset}
    return sets


def tests_of_training_set(wildcards):
    """Test splits of the networks that are trained on a data set."""
    sets = networks_training_sets()[wildcards.reference]
    return [test_split(dataset) for dataset in sets.values()]


def searched(wildcards):
    """Whether a reference is searched for similar proteins, not only for equal ones."""
    return wildcards.reference not in LEAKAGE.get("without_search", [])


def all_similarities(wildcards):
    """Comparisons with every audited corpus and training set."""
    corpora = [
        f"<results>/leakage/corpora/{name}.csv" for name in LEAKAGE.get("corpora", [])
    ]
    sets = [
        f"<results>/leakage/training_sets/{name}.csv"
        for name in networks_training_sets()
    ]
    return corpora + sets


def audited_residue_predictions(wildcards):
    """Predictions of all networks whose Q3 Table 1 reports, on all test sets."""
    return [
        f"<results>/per_residue/{network.predictor.name}/"
        f"{network.training_set.dataset}/seed{seed}/predictions/{dataset}.parquet"
        for network in EXPERIMENTS.networks()
        if "q3" in network.training_set.labels
        for dataset in EXPERIMENTS.tests(network)
        for seed in SEEDS
    ]


def all_training_splits(wildcards):
    """Training splits of all networks, for their provenance."""
    return [
        f"<results>/datasets/{name}/train.parquet" for name in networks_training_sets()
    ]


def audited_corpus(wildcards):
    """Files of the token store that test proteins are looked for in."""
    return corpus_store(wildcards.reference) + corpus_names(wildcards.reference)


def names_of_tests(wildcards):
    """Names of the test sets of the networks that are trained on a data set."""
    return list(networks_training_sets()[wildcards.reference])


def splits_of_intext(wildcards):
    """Splits whose sizes the paper's text tells."""
    training = [
        f"<results>/datasets/{name}/{split}.parquet"
        for name in networks_training_sets()
        for split in ("train", "validation")
    ]
    return training + [test_split(name) for name in EXPERIMENTS.test_sets.values()]


def encoder_of_intext(wildcards):
    """Files of the encoder behind the row DeepSeqVec, if there is one."""
    encoders = [
        p.encoder for p in EXPERIMENTS.predictors.values() if p.row == "DeepSeqVec"
    ]
    if not encoders:
        return []
    records = ["summary.json", "metrics.jsonl"] if encoders[0] in PRETRAINED else []
    folder = f"<results>/encoders/{encoders[0]}"
    return own_files(encoders[0]) + [f"{folder}/{name}" for name in records]


def settings_of_intext(wildcards):
    """Sections of the configuration that the paper's text tells numbers of."""
    sections = ("per_residue", "per_protein", "encoders", "visualisation")
    return {section: config.get(section) for section in sections}


def figure_s4_of_intext(wildcards):
    """The numbers of Figure S4, if it shows DeepSeqVec."""
    if not HAS_FIGURE_S4 or FIGURE_S4.method.predictor.row != "DeepSeqVec":
        return []
    return "<results>/figures/seqvec_figS4.csv"


def reference_of_figS4(wildcards):
    """The other method of Figure S4."""
    return FIGURE_S4.reference.predictor.row if HAS_FIGURE_S4 else ""


def encoder_pair(wildcards):
    """Files of an encoder."""
    return own_files(wildcards.encoder)


def own_files(encoder):
    """Files of one of this run's encoders."""
    return [f"<results>/encoders/{encoder}/{name}" for name in OWN_FILES]


def unfinished_residues(wildcards):
    """Folder for what was embedded so far; no output, so that it stays."""
    return f"{unfinished_embeddings(wildcards)}/{wildcards.dataset}.residue"


def unfinished_proteins(wildcards):
    """The same where proteins are embedded as a whole."""
    return f"{unfinished_embeddings(wildcards)}/{wildcards.dataset}.protein"


def unfinished_test_sets(wildcards):
    """The same of all test sets."""
    return f"{unfinished_embeddings(wildcards)}/tests.residue"


def unfinished_finetuning_tests(wildcards):
    """The same of the test sets that PLUS's tasks add."""
    return f"{unfinished_embeddings(wildcards)}/finetuning-tests.residue"


def unfinished_homology(wildcards):
    """The same of SCOPe's domains of the homology task."""
    return f"results/{config['run']}/homology/embeddings/unfinished/{wildcards.encoder}"


def unfinished_embeddings(wildcards):
    """Folder for all unfinished embeddings by an encoder."""
    return f"results/{config['run']}/embeddings/unfinished/{wildcards.encoder}"


def unfinished_corpus(wildcards):
    """Folder for what was embedded of a shard so far; no output, so that it stays."""
    name = f"{wildcards.encoder}/{wildcards.corpus}"
    folder = f"results/{config['run']}/corpus_embeddings/unfinished"
    return f"{folder}/{name}/shard-{wildcards.shard}-of-{wildcards.shards}"


def embedded_corpus(wildcards):
    """Files of the token store whose proteins are embedded."""
    return [*corpus_store(wildcards.corpus), *corpus_names(wildcards.corpus)]


def corpus_names(corpus):
    """Files with the ids of a token store."""
    names = ["ids.txt", "id_offsets.npy", "sequence_hashes.npy"]
    return [f"<results>/corpora/{corpus}/{name}" for name in names]


def corpus_embeddings(wildcards):
    """Shards of all corpora that the configuration wants embedded."""
    return [
        f"<results>/corpus_embeddings/{entry['encoder']}/{entry['corpus']}/"
        f"shard-{shard}-of-{entry['shards']}.h5"
        for entry in config.get("corpus_embeddings", [])
        for shard in range(1, entry["shards"] + 1)
    ]


def timings_of_sets(wildcards):
    """Measured times of every data set that the configuration wants timed."""
    return [
        f"<results>/timings/{TIMINGS['encoder']}/{dataset}.csv"
        for dataset in TIMINGS.get("sets", {}).values()
    ]


def splits_of_timed_sets(wildcards):
    """The splits whose proteins were timed."""
    return [
        f"<results>/datasets/{dataset}/train.parquet"
        for dataset in TIMINGS.get("sets", {}).values()
    ]


def described_timed_encoder(wildcards):
    """Description of the encoder that was timed."""
    if not TIMINGS:
        return []
    return f"<results>/encoders/{TIMINGS['encoder']}/config.json"


def timing_of_prediction(wildcards):
    """Measured time of the predictor that the configuration wants timed."""
    if "prediction" not in TIMINGS:
        return []
    names = [TIMINGS["prediction"][key] for key in ("predictor", "dataset", "test_set")]
    return f"<results>/timings/prediction/{'/'.join(names)}.csv"


def encoders_of_table1(wildcards):
    """Descriptions of the encoders whose vectors go into Table 1."""
    return descriptions(EXPERIMENTS.predictors)


def one_sentence(function, *arguments):
    """What a function returns, or the end of Snakemake with the sentence it raises.

    Of an exception in an input function Snakemake would show a traceback.
    """
    try:
        return function(*arguments)
    except ProtlangError as error:
        sys.exit(str(error))


def user_fasta(wildcards):
    """The user's file of proteins."""
    return one_sentence(requested_fasta, config)


def user_embeddings(wildcards):
    """What the target embed makes of the user's proteins."""
    user = one_sentence(user_name, user_fasta(wildcards))
    return [f"<results>/user/{user}/{name}" for name in (GATHERED, "manifest.csv")]


def user_encoder(wildcards):
    """Files of the encoder that the user asks for."""
    encoder = one_sentence(requested_encoder, config, list(ENCODERS.declared))
    if encoder in ENCODERS.declared:
        return [f"<results>/encoders/{encoder}/{name}" for name in OWN_FILES]
    return [str(path) for path in one_sentence(encoder_files, encoder)]


def user_encoder_name(wildcards, input):
    """Name of the encoder that the user asks for: as declared, or its folder's."""
    return Path(input.encoder[0]).resolve().parent.name


def user_shards(wildcards):
    """Embeddings of all shards of the user's proteins."""
    return shard_files("embeddings", "h5")


def user_failures(wildcards):
    """Files that say which of the user's proteins could not be embedded."""
    return shard_files("failed", "csv")


def shard_files(folder, ending):
    """One file of each shard of the user's proteins."""
    shards = config.get("shards", 1)
    return [
        f"<results>/user/{{user}}/{folder}/shard-{shard}-of-{shards}.{ending}"
        for shard in range(1, shards + 1)
    ]


def until_gathered(file):
    """An output that is not kept once the shards are in one file."""
    return temp(file) if INTO_ONE_FILE else file


def unfinished_shard(wildcards):
    """Folder for what a shard has done so far; no output, so that it stays."""
    shard = f"unfinished-{wildcards.shard}-of-{wildcards.shards}"
    return f"results/{config['run']}/user/{wildcards.user}/{shard}"


def chosen(**defaults):
    """Options of the command line, where they are not left at their defaults."""
    return {key: config.get(key, default) for key, default in defaults.items()}


def one_of(names):
    """Pattern that matches these names and no other."""
    return "|".join(map(re.escape, names)) or "(?!)"


def scale_mem(base_mb):
    """Memory that doubles with each attempt."""

    def mem_mb(wildcards, attempt):
        return base_mb * 2 ** (attempt - 1)

    return mem_mb


def tested_families(wildcards):
    """Files of the token store of domains that models are tested on."""
    return family_store(ENCODERS.corpus)


def family_corpus(wildcards):
    """Files of the token store of domains that a model is trained on."""
    return family_store(ENCODERS.declared[wildcards.encoder].corpus)


def family_store(corpus):
    """Files of a token store of domains."""
    names = [*FAMILY_FILES, "ids.txt", "id_offsets.npy", "sequence_hashes.npy"]
    return corpus_store(corpus) + [
        f"<results>/corpora/{corpus}/{name}" for name in names
    ]


def published_checkpoint(wildcards):
    """Downloaded file of a published model."""
    settings = config["encoders"][wildcards.encoder]
    source = SOURCES[settings["source"]]
    return f"<downloads>/{source.name}/{source.file(settings['file']).name}"


def published_architecture(wildcards):
    """Architecture of a published model."""
    return config["encoders"][wildcards.encoder]["architecture"]


def finetuned_encoder(wildcards):
    """Description and weights of the encoder that a model begins with."""
    return own_files(FINETUNING.models[wildcards.model].encoder)


def finetuning_threads(wildcards):
    """PyTorch's threads in one process of a fine-tuning."""
    return FINETUNING.models[wildcards.model].threads


def finetuned_folder(wildcards, output):
    """Folder that a fine-tuning writes: that of its facts."""
    return str(Path(output.facts).parent)


def learned_contacts(wildcards):
    """Contact maps, if a model learns them."""
    if not FINETUNING.learns_contacts(wildcards.model):
        return []
    return "<results>/homology/contacts.h5"


def homology_vectors(wildcards):
    """Stored vectors of all domains, if a model reads those."""
    model = FINETUNING.models[wildcards.model]
    if not model.reads_stored_vectors:
        return []
    return f"<results>/homology/embeddings/{model.encoder}.h5"


def homology_model(wildcards):
    """P-ELMo as fine-tuned on homology, which other tasks take as it is."""
    model = FINETUNING.models[wildcards.model]
    if model.architecture != "p-elmo-lm":
        return []
    return [
        f"<results>/plus/finetuned/{model.name}/homology/{name}"
        for name in (*OWN_FILES, "facts.json")
    ]


def training_split(split):
    """Input function: a split of the data set that a task is learned from."""

    def file(wildcards):
        return (
            f"<results>/datasets/{FINETUNING.dataset(wildcards.task)}/{split}.parquet"
        )

    return file


def tests_of_task(wildcards):
    """Test splits of a task."""
    return [test_split(name) for name in FINETUNING.test_sets(wildcards.task).values()]


def task_vectors(wildcards):
    """Stored vectors of a task's proteins, if a model reads those: train first."""
    model = FINETUNING.models[wildcards.model]
    if not model.reads_stored_vectors:
        return []
    dataset = FINETUNING.dataset(wildcards.task)
    tests = FINETUNING.test_sets(wildcards.task).values()
    splits = [
        (dataset, "train"),
        (dataset, "validation"),
        *((t, "test") for t in tests),
    ]
    folder = f"<results>/embeddings/{model.encoder}"
    return [f"{folder}/{name}/{split}.residue.h5" for name, split in splits]


def homology_job(wildcards, input):
    """What `finetune_homology.py` is to do, as JSON."""
    inputs = {
        "train": input.train,
        "pairs": dict(zip(PAIR_SETS, input.pairs)),
        "encoder": input.encoder[0],
        **{key: input[key] for key in ("contacts", "vectors") if input.get(key)},
    }
    settings = FINETUNING.homology_settings(wildcards.model)
    return finetuning_job(wildcards, settings, inputs, "")


def task_job(wildcards, input):
    """What `finetune_task.py` is to do, as JSON."""
    names = list(FINETUNING.test_sets(wildcards.task))
    inputs = {
        "train": input.train,
        "validation": input.validation,
        "tests": dict(zip(names, input.tests)),
        "encoder": input.encoder[0],
    }
    if input.homology_model:
        inputs["homology_model"] = input.homology_model[0]
    if input.vectors:
        train, validation, *tests = input.vectors
        vectors = {"train": train, "validation": validation}
        inputs["vectors"] = {**vectors, "tests": dict(zip(names, tests))}
    settings = FINETUNING.task_settings(wildcards.model, wildcards.task)
    return finetuning_job(
        wildcards, settings, inputs, FINETUNING.deviation(wildcards.task)
    )


def finetuning_job(wildcards, settings, inputs, deviation):
    """A job of fine-tuning, as JSON."""
    model = FINETUNING.models[wildcards.model]
    known = ENCODERS.models.get(model.encoder)
    job = {
        "settings": settings,
        "inputs": inputs,
        "encoder": {"name": model.encoder, "row": known.row if known else ""},
        "row": model.row,
        "deviation": deviation,
    }
    return json.dumps(job)


def homology_data_files(wildcards):
    """Downloaded files of the domains, the newer release and the contact maps."""
    section = FINETUNING.homology
    roles = {
        "domains": section.domains,
        "newer": section.newer,
        "contacts": section.contacts,
    }
    return {
        role: f"<downloads>/{name}/{SOURCES[name].file('data').name}"
        for role, name in roles.items()
        if name
    }


def homology_data_settings(wildcards):
    """What determines domains and pairs besides their files: a change rebuilds them."""
    section = FINETUNING.homology
    kept = {
        name: value
        for name, value in section.settings.items()
        if name not in ("alignments", "threads")
    }
    names = filter(None, (section.domains, section.newer))
    counts = {name: dict(SOURCES[name].invariants) for name in names}
    return {**kept, "invariants": counts}


def homology_pairs(wildcards):
    """The pairs that all methods are scored on, by set."""
    return {
        name: f"<results>/homology/pairs/{name}.parquet"
        for name in FINETUNING.homology.sets
    }


def if_newer(path):
    """The file if there is a newer release of SCOPe to test on."""
    return path if FINETUNING.homology.newer else []


def if_contacts(path):
    """The file if there are contact maps."""
    return path if FINETUNING.homology.contacts else []


def finetuned_runs(element):
    """Models and tasks whose scores a table or figure of PLUS shows."""
    return [
        (entry, task)
        for entry, task in FINETUNING.runs()
        if shows(element, entry.row, task)
    ]


def rows_of(element):
    """Rows of the tables by model, of those that a table or figure of PLUS shows."""
    return {entry.name: entry.row for entry, _ in finetuned_runs(element)}


def finetuned_files(element, name):
    """One file of each model and task that a table or figure of PLUS shows."""
    return [
        f"<results>/plus/finetuned/{entry.name}/{task}/{name}"
        for entry, task in finetuned_runs(element)
    ]


def aligned_files(name):
    """One file of each alignment that models of homology are compared with."""
    alignments = FINETUNING.homology.alignments if FINETUNING.homology else []
    return [f"<results>/homology/alignments/{kind}/{name}" for kind in alignments]


def sets_of_table3():
    """Sets of pairs that Table 3 has columns of."""
    sets = FINETUNING.homology.sets if FINETUNING.homology else []
    return [name for name in sets if name != "development"]


def predictions_of_table3(wildcards):
    """What models say of single pairs."""
    return [
        path
        for name in sets_of_table3()
        for path in finetuned_files("plus_table3", f"predictions/{name}.parquet")
    ]


def pairs_of_table3(wildcards):
    """What alignments say of single pairs."""
    return [
        path for name in sets_of_table3() for path in aligned_files(f"{name}.parquet")
    ]
