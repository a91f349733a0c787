# Configuration and input functions; every function the rules use is here.
import json
import re
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

LIBRARY = Path(str(workflow.current_basedir)).parent / "workflow" / "scripts"
sys.path.append(str(LIBRARY))

from protlang.config import validated_config
from protlang.corpora import check_corpora
from protlang.errors import ProtlangError
from protlang.experiments import PerResidueExperiments
from protlang.simulation.mirror import ARRAYS, CORPORA, SEQRES
from protlang.sources import load_sources

try:
    config.update(validated_config(config))
    SOURCES = load_sources(config["sources"])
    EXPERIMENTS = PerResidueExperiments(config, SOURCES)
    check_corpora(config.get("corpora", {}), SOURCES)
except ProtlangError as error:
    raise WorkflowError(str(error)) from None

SEEDS = config["per_residue"]["training"]["seeds"]
PRETRAINED = list(config.get("pretraining", {}))
PUBLISHED = list(config.get("published_encoders", {}))
# One more seed must not train the networks of the others again.
TRAINING = {
    name: value
    for name, value in config["per_residue"]["training"].items()
    if name != "seeds"
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


def scores_of_table1(wildcards):
    """Scores of every network on every test set that it can be tested on."""
    return [
        f"<results>/per_residue/{network.predictor.name}/"
        f"{network.training_set.dataset}/scores/{dataset}.csv"
        for network in EXPERIMENTS.networks()
        for dataset in EXPERIMENTS.tests(network)
        if EXPERIMENTS.labels(network, dataset)
    ]


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
    corpus = config["pretraining"][wildcards.encoder]["corpus"]
    names = ["meta.json", "tokens.bin", "offsets.npy", "held_out.npy"]
    return [f"<results>/corpora/{corpus}/{name}" for name in names]


def pretraining_settings(wildcards):
    """What determines a pre-training besides its corpus, as JSON."""
    settings = config["pretraining"][wildcards.encoder]
    return json.dumps({key: settings[key] for key in settings if key != "corpus"})


def pretraining_threads(wildcards):
    """PyTorch's threads in one process of a pre-training."""
    return config["pretraining"][wildcards.encoder]["threads"]


def published_pair(wildcards):
    """Downloaded `options.json` and `weights.hdf5` of a published encoder."""
    source = SOURCES[config["published_encoders"][wildcards.encoder]["source"]]
    return {
        role: f"<downloads>/{source.name}/{file.name}"
        for role, file in source.files.items()
    }


def corpus_folder(wildcards, input):
    """Folder of the token store that a job reads."""
    return str(Path(input.corpus[0]).parent)


def encoder_folder(wildcards, output):
    """Folder of the encoder that a job writes."""
    return str(Path(output.model).parent)


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


def predictor_features(wildcards):
    """Features of a predictor."""
    return list(EXPERIMENTS.predictors[wildcards.predictor].features)


def scored_labels(wildcards):
    """Labels to score: reported from this training set and known of the test set."""
    network = EXPERIMENTS.network(wildcards.predictor, wildcards.dataset)
    return EXPERIMENTS.labels(network, wildcards.test_set)


def one_of(names):
    """Pattern that matches these names and no other."""
    return "|".join(map(re.escape, names)) or "(?!)"


def scale_mem(base_mb):
    """Memory that doubles with each attempt."""

    def mem_mb(wildcards, attempt):
        return base_mb * 2 ** (attempt - 1)

    return mem_mb
