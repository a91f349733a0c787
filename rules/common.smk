# Configuration and input functions; every function the rules use is here.
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

LIBRARY = Path(str(workflow.current_basedir)).parent / "workflow" / "scripts"
sys.path.append(str(LIBRARY))

from protlang.config import validated_config
from protlang.errors import ProtlangError
from protlang.experiments import PerResidueExperiments
from protlang.simulation.mirror import ARRAYS, SEQRES
from protlang.sources import load_sources

try:
    config.update(validated_config(config))
    SOURCES = load_sources(config["sources"])
    EXPERIMENTS = PerResidueExperiments(config, SOURCES)
except ProtlangError as error:
    raise WorkflowError(str(error)) from None

SEEDS = config["per_residue"]["training"]["seeds"]
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


def simulated_original(wildcards):
    """The file of the simulated mirror that a download copies, if there is one."""
    if "simulation" not in config:
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


def predictor_features(wildcards):
    """Features of a predictor."""
    return list(EXPERIMENTS.predictors[wildcards.predictor].features)


def scored_labels(wildcards):
    """Labels to score: reported from this training set and known of the test set."""
    network = EXPERIMENTS.network(wildcards.predictor, wildcards.dataset)
    return EXPERIMENTS.labels(network, wildcards.test_set)


def scale_mem(base_mb):
    """Memory that doubles with each attempt."""

    def mem_mb(wildcards, attempt):
        return base_mb * 2 ** (attempt - 1)

    return mem_mb
