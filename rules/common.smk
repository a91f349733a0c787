# The configuration as a study, and what all rules share: names, memory, launching, output
# of tables and figures.
import re
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

sys.path.append(
    str(Path(str(workflow.current_basedir)).parent / "workflow" / "scripts")
)

from protlang.errors import ProtlangError
from protlang.experiments import paths
from protlang.experiments.encoders import ELMO, PLUS, PROTVEC
from protlang.experiments.study import Study
from protlang.experiments.user import UserRequest

try:
    STUDY = Study.read(config)
except ProtlangError as error:
    raise WorkflowError(str(error)) from None
config.clear()
config.update(STUDY.config)

RUN = f"results/{config['run']}"
TOGETHER = STUDY.tuned.tasks_together
USER = UserRequest(config, list(STUDY.encoders.declared))


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


def one_of(names):
    """Pattern that matches these names and no other."""
    return "|".join(map(re.escape, names)) or "(?!)"


def scale_mem(base_mb):
    """Memory that doubles with each attempt."""

    def mem_mb(wildcards, attempt):
        return base_mb * 2 ** (attempt - 1)

    return mem_mb


def one_sentence(function, *arguments):
    """What a function returns, or the end of Snakemake with the sentence it raises.

    Of an exception in an input function Snakemake would show a traceback.
    """
    try:
        return function(*arguments)
    except ProtlangError as error:
        sys.exit(str(error))


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


def of_seeds(head, file):
    """A file of the network of every seed."""
    return collect(
        f"<results>/{head}/{{{{predictor}}}}/{{{{dataset}}}}/seed{{seed}}/{file}",
        seed=STUDY.heads.seeds(head),
    )


def learned_from(head):
    """Splits that a head is trained with, and what it reads of them."""

    def embeddings(split):
        return lambda wildcards: STUDY.heads.embeddings(
            head, wildcards.predictor, wildcards.dataset, split
        )

    return {
        "train": "<results>/datasets/{dataset}/train.parquet",
        "train_profiles": "<results>/datasets/{dataset}/train.profiles.h5",
        "train_embeddings": embeddings("train"),
        "validation": "<results>/datasets/{dataset}/validation.parquet",
        "validation_profiles": "<results>/datasets/{dataset}/validation.profiles.h5",
        "validation_embeddings": embeddings("validation"),
    }


def settings_of(head):
    """How a head is trained."""

    def features(wildcards):
        return list(STUDY.heads.predictors(head)[wildcards.predictor].features)

    return {
        "head": head,
        "features": features,
        "training": STUDY.heads.training(head),
        "runs": f"{RUN}/heads/runs",
    }


def learned(wildcards):
    """Tasks of a job."""
    return [wildcards.task] if "task" in wildcards.keys() else TOGETHER


def task_jobs(wildcards, input, output):
    """Descriptions of the jobs on these tasks."""
    return STUDY.tuned.task_jobs(
        wildcards.model, learned(wildcards), input, output.facts, RUN
    )


def of_each(file):
    """A file of every task."""
    return collect(
        f"<results>/plus/finetuned/{{{{model}}}}/{{task}}/{file}", task=TOGETHER
    )


def until_gathered(file):
    """An output that is removed once all shards are in one file."""
    return temp(file) if USER.into_one_file else file


def printed(name, paper, number):
    """Outputs of a table."""
    return {
        "csv": f"<results>/tables/{name}.csv",
        "md": f"<results>/tables/{name}.md",
        "html": report(
            f"<results>/tables/{name}.html",
            caption=f"../workflow/report/{name}.rst",
            category="Tables",
            labels={"paper": paper, "table": number},
        ),
    }


def drawn(name, paper, number, caption=None):
    """Outputs of a figure; the caption is that of its name unless another is given."""
    return {
        "svg": report(
            f"<results>/figures/{name}.svg",
            caption=f"../workflow/report/{caption or name}.rst",
            category="Figures",
            labels={"paper": paper, "figure": number},
        ),
        "png": f"<results>/figures/{name}.png",
        "csv": f"<results>/figures/{name}.csv",
    }
