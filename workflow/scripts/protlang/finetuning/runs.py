"""Fine-tuning on a task of single proteins as a job: from files to scores."""

import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from protlang.datasets.splits import Split, read_split
from protlang.encoders.encoder import PairEncoder
from protlang.encoders.provenance import (
    Provenance,
    encoder_provenance,
    plus_provenance,
    read_written_facts,
    untrained_provenance,
    write_facts,
)
from protlang.encoders.registry import load_pair_encoder
from protlang.encoders.stored import StoredEncoder
from protlang.files import write_text
from protlang.finetuning.network import FineTuned, load_finetuned
from protlang.finetuning.predictions import predict, score, write_answers
from protlang.finetuning.proteins import (
    FineTuningPlan,
    Trained,
    finetune,
    training_facts,
)
from protlang.finetuning.provenance import (
    Begun,
    task_facts,
)
from protlang.finetuning.recipes import FineTuning, fine_tuning
from protlang.formats.embeddings import open_embeddings
from protlang.tasks.registry import TASKS
from protlang.tasks.task import SupervisedTask
from protlang.training.distributed import Process
from protlang.training.finetuning_command import Job
from protlang.training.lock import owned
from protlang.training.signals import StopRequest

logger = logging.getLogger(__name__)

MODELS, PREDICTIONS = "models", "predictions"
"""Folders within a job's, with one of each training seed."""


def train(job: Job, process: Process, stop: StopRequest) -> list[int] | None:
    """Train once per seed; the first process writes the models.

    The job's inputs are `train`, `validation` and, by name, `tests`; `encoder`, the
    description of the pre-trained one, or `homology_model`, P-ELMo's fine-tuned one; of
    an encoder with stored vectors also `vectors`, of the splits by the same names.

    Returns:
        Updates of every seed, or None if it was asked to stop.

    Raises:
        ProtlangError: if an input does not fit, or a loss is not finite.
    """
    training, development = (
        _split(job, name).proteins for name in ("train", "validation")
    )
    updates = []
    for plan in _plans(job):
        run = job.runs / plan.digest(_files(job), process.size)
        with owned(run) if process.is_main else nullcontext():
            trained = finetune(
                plan,
                TASKS[plan.task],
                _start(job),
                training,
                development,
                run,
                process,
                stop,
            )
            if trained is None:
                return None
            if process.is_main:
                _keep(trained, plan, run, job.folder)
        updates.append(trained.updates)
    return updates


def finish(job: Job, updates: Sequence[int], process: Process) -> None:
    """Predict all test sets with the model of every seed, and score them.

    Writes `predictions/seed<n>/<test set>.parquet`, `scores.csv` and `facts.json`.
    """
    task = TASKS[job.settings["task"]]
    predicted: dict[str, list[Path]] = {name: [] for name in job.inputs["tests"]}
    for seed in job.settings["seeds"]:
        model = load_finetuned(job.folder / MODELS / f"seed{seed}", TASKS)
        model.to(process.device)
        for name in predicted:
            path = job.folder / PREDICTIONS / f"seed{seed}" / f"{name}.parquet"
            _predict(model, task, _split(job, "tests", name), path)
            predicted[name].append(path)
    scores = score(predicted, task)
    write_text(job.folder / "scores.csv", scores.to_csv(index=False, na_rep="NA"))
    write_facts(job.folder / "facts.json", _facts(job, updates, process.size))


def begun(job: Job) -> Begun:
    """What a job's model began with; P-ELMo with all that came before the task."""
    name, row = job.encoder["name"], job.encoder["row"]
    path = Path(job.inputs["encoder"])
    if not row:
        return Begun(job.row, encoder_provenance(name, path.parent))
    description = _described(job)
    if not job.settings["pretrained"]:
        return Begun(job.row, untrained_provenance(name, row, description))
    if "homology_model" in job.inputs:
        known = Path(job.inputs["homology_model"]).with_name("facts.json")
        return Begun(job.row, read_written_facts(known))
    facts = plus_provenance(name, row, description)
    # That it saw Pfam's test pairs matters in Table 1 alone.
    deviation = facts.deviation if description["trained_on"] else ""
    return Begun(job.row, Provenance(facts.description, facts.simulated, deviation))


def _plans(job: Job) -> list[FineTuningPlan]:
    settings = job.settings
    return [
        FineTuningPlan(
            settings["task"],
            _settings(job),
            seed,
            settings["threads"],
            settings["pretrained"],
            settings["checkpoint_every"],
            _sizes(job),
        )
        for seed in settings["seeds"]
    ]


def _sizes(job: Job) -> dict[str, Any] | None:
    """Of an encoder that begins anew."""
    if job.settings["pretrained"] or "vectors" in job.inputs:
        return None
    sizes: dict[str, Any] = _described(job)["model"]
    return sizes


def _described(job: Job) -> dict[str, Any]:
    """What the encoder says of itself."""
    text = Path(job.inputs["encoder"]).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _settings(job: Job) -> FineTuning:
    settings = job.settings
    return fine_tuning(settings["defaults"], settings["task"], settings["options"])


def _files(job: Job) -> dict[str, Path]:
    """What a run's bits follow from."""
    files = {"training": job.inputs["train"], "development": job.inputs["validation"]}
    if "vectors" in job.inputs:
        vectors = job.inputs["vectors"]
        files |= {"vectors": vectors["train"]}
        files |= {"development_vectors": vectors["validation"]}
    elif job.settings["pretrained"]:
        description = Path(job.inputs.get("homology_model", job.inputs["encoder"]))
        files |= {"encoder": description, "weights": _weights(description)}
    return {name: Path(path) for name, path in files.items()}


def _weights(description: Path) -> Path:
    return description.with_name("model.safetensors")


def _start(job: Job) -> PairEncoder:
    """What a model begins with, read anew, as training changes it."""
    if "vectors" in job.inputs:
        with open_embeddings(job.inputs["vectors"]["train"]) as vectors:
            channels = next(iter(vectors.values())).shape[-1]
            return StoredEncoder.of_vectors(channels, vectors.facts)
    # P-ELMo's encoder was trained on homology, within a model of that task.
    folder = Path(job.inputs.get("homology_model", job.inputs["encoder"])).parent
    return load_pair_encoder(folder)


def _split(job: Job, kind: str, name: str | None = None) -> Split:
    """Proteins of a split, with an encoder's vectors if those are stored."""

    def of(paths: Mapping[str, Any]) -> Path:
        return Path(paths[kind] if name is None else paths[kind][name])

    vectors = job.inputs.get("vectors")
    return read_split(of(job.inputs), embeddings=of(vectors) if vectors else None)


def _keep(trained: Trained, plan: FineTuningPlan, run: Path, folder: Path) -> None:
    """Write a model with the record of its training."""
    facts = training_facts(plan, trained)
    kept = folder / MODELS / f"seed{plan.seed}"
    trained.model.facts = facts
    trained.model.save(kept)
    write_text(kept / "metrics.jsonl", (run / "metrics.jsonl").read_text("utf-8"))


def _predict(model: FineTuned, task: SupervisedTask, split: Split, path: Path) -> None:
    answers = predict(model, split.proteins)
    provenance = {"model": dict(model.facts), "tested_on": split.provenance}
    write_answers(path, task, split.proteins, answers, provenance)


def _facts(job: Job, updates: Sequence[int], processes: int) -> Provenance:
    return task_facts(
        begun(job),
        job.settings["task"],
        _settings(job),
        job.settings["defaults"],
        _split(job, "train").provenance,
        updates,
        processes,
        job.deviation,
    )
