"""Fine-tuning on homology as a job: from files to scores of pairs."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from protlang.encoders.provenance import Provenance, write_facts
from protlang.encoders.registry import load_pair_encoder
from protlang.finetuning.provenance import homology_facts
from protlang.finetuning.runs import begun
from protlang.formats.embeddings import open_embeddings
from protlang.homology.domains import read_domains
from protlang.homology.finetune import (
    FineTuned,
    HomologyInputs,
    HomologyPlan,
    fine_tune,
)
from protlang.homology.finetune import finish as keep
from protlang.homology.network import load_homology, sizes_from
from protlang.homology.pair_sets import DEVELOPMENT, PAIR_SETS
from protlang.homology.pairs import read_fixed_pairs
from protlang.homology.predictions import (
    LevelPredictions,
    predict_levels,
    write_predictions,
)
from protlang.homology.provenance import pair_facts
from protlang.homology.scores import ScoredPairs, score_homology, write_scores
from protlang.training.distributed import Process
from protlang.training.finetuning_command import Job
from protlang.training.lock import owned
from protlang.training.signals import StopRequest

_BATCH = 64
"""Domains or pairs that are told at a time."""


def train(job: Job, process: Process, stop: StopRequest) -> FineTuned | None:
    """Train; the first process writes the model.

    The job's inputs are `train`, the domains to learn from; `pairs`, by set; `encoder`,
    the description of the pre-trained one; perhaps `contacts`, and of an encoder with
    stored vectors `vectors`.

    Returns:
        What was trained, or None if it was asked to stop.

    Raises:
        ProtlangError: if an input does not fit, or a loss is not finite.
    """
    plan, inputs = _plan(job), _inputs(job)
    run = job.runs / plan.digest(inputs, process.size)
    with owned(run) if process.is_main else nullcontext():
        trained = fine_tune(plan, inputs, run, process, stop)
        if trained is not None and process.is_main:
            keep(trained, plan, inputs, run, job.folder)
        return trained


def finish(job: Job, trained: FineTuned, process: Process) -> None:
    """Tell the levels of all pairs, and score that.

    Writes `predictions/<set>.parquet`, `scores.csv` and `facts.json`.
    """
    network = load_homology(job.folder).to(process.device)
    vectors = job.inputs.get("vectors")
    network.with_vectors(open_embeddings(vectors) if vectors else None)
    told = {}
    for name, path in job.inputs["pairs"].items():
        predictions = predict_levels(
            network, read_fixed_pairs(path), _BATCH, {"model": job.row}
        )
        write_predictions(job.folder / "predictions" / f"{name}.parquet", predictions)
        told[name] = predictions
    scored = {PAIR_SETS[name]: ScoredPairs.of(one) for name, one in told.items()}
    scores = score_homology(scored, ScoredPairs.of(told[DEVELOPMENT]))
    write_scores(job.folder / "scores.csv", scores)
    write_facts(job.folder / "facts.json", _facts(job, trained, told, process.size))


def _plan(job: Job) -> HomologyPlan:
    """The plan; what begins anew fits the vectors, or has the pre-trained sizes."""
    plan = HomologyPlan.parse(job.settings)
    if "vectors" in job.inputs:
        with open_embeddings(job.inputs["vectors"]) as vectors:
            channels = next(iter(vectors.values())).shape[-1]
        return replace(plan, model={**plan.model, "input_dim": channels})
    if job.settings["pretrained"]:
        return plan
    encoder = load_pair_encoder(Path(job.inputs["encoder"]).parent)
    sizes = sizes_from(plan.architecture, encoder)
    return replace(plan, model={**sizes, **plan.model})


def _inputs(job: Job) -> HomologyInputs:
    def path(name: str) -> Path | None:
        return Path(job.inputs[name]) if name in job.inputs else None

    begins = job.settings["pretrained"] and "vectors" not in job.inputs
    return HomologyInputs(
        Path(job.inputs["train"]),
        Path(job.inputs["pairs"][DEVELOPMENT]),
        Path(job.inputs["encoder"]).parent if begins else None,
        path("contacts"),
        path("vectors"),
    )


def _facts(
    job: Job,
    trained: FineTuned,
    told: Mapping[str, LevelPredictions],
    processes: int,
) -> Provenance:
    return homology_facts(
        begun(job),
        _plan(job),
        pair_facts(*(one.provenance["pairs"] for one in told.values())),
        len(read_domains(Path(job.inputs["train"])).ids),
        trained.updates,
        processes,
    )
