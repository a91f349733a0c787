<<<<<<< HEAD
# The configuration as a study, and what all rules share: names, memory, launching, output
# of tables and figures.
import json
=======
# Configuration and input functions; every function the rules use is here.
>>>>>>> 2974825 (Fine-tuning on tasks and on homology are runs; one script, jobs in typed files)
import re
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

LIBRARY = Path(str(workflow.current_basedir)).parent / "workflow" / "scripts"
sys.path.append(str(LIBRARY))

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


<<<<<<< HEAD
def finetuned_folder(wildcards, output):
    """Folder that a fine-tuning writes: that of its facts."""
    return str(Path(output.facts).parent)


def homology_job(wildcards, input):
    """What `finetune_homology.py` is to do, as JSON."""
    inputs = {
        "train": input.train,
        "pairs": dict(zip(STUDY.tuned.pair_sets, input.pairs)),
        "encoder": input.encoder[0],
        **{key: input[key] for key in ("contacts", "vectors") if input.get(key)},
    }
    settings = STUDY.finetuning.homology_settings(wildcards.model)
    return finetuning_job(wildcards, settings, inputs, "")


def task_job(wildcards, input):
    """What `finetune_task.py` is to do, as JSON."""
    names = list(STUDY.finetuning.test_sets(wildcards.task))
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
    settings = STUDY.finetuning.task_settings(wildcards.model, wildcards.task)
    return finetuning_job(
        wildcards, settings, inputs, STUDY.finetuning.deviation(wildcards.task)
=======
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


def homology_job(wildcards, input, output):
    """Fields of the job that fine-tunes a model on homology."""
    return {
        **finetuning_job(wildcards, input, output),
        "settings": FINETUNING.homology_settings(wildcards.model),
        "train": input.train,
        "pairs": dict(zip(PAIR_SETS, input.pairs)),
        "contacts": input.contacts or None,
        "vectors": input.vectors or None,
    }


def task_job(wildcards, input, output):
    """Fields of the job that fine-tunes a model on a task of single proteins."""
    vectors = input.vectors or [None] * (2 + len(input.tests))
    train, validation, *tests = (
        {"proteins": proteins, "vectors": stored}
        for proteins, stored in zip(
            [input.train, input.validation, *input.tests], vectors
        )
>>>>>>> 2974825 (Fine-tuning on tasks and on homology are runs; one script, jobs in typed files)
    )
    return {
        **finetuning_job(wildcards, input, output),
        "settings": FINETUNING.task_settings(wildcards.model, wildcards.task),
        "deviation": FINETUNING.deviation(wildcards.task),
        "train": train,
        "validation": validation,
        "tests": dict(zip(FINETUNING.test_sets(wildcards.task), tests)),
        "homology_model": input.homology_model[0] if input.homology_model else None,
    }


<<<<<<< HEAD
def finetuning_job(wildcards, settings, inputs, deviation):
    """A job of fine-tuning, as JSON."""
    job = {
        "settings": settings,
        "inputs": inputs,
        "encoder": STUDY.tuned.encoder_facts(wildcards.model),
        "row": STUDY.finetuning.models[wildcards.model].row,
        "deviation": deviation,
    }
    return json.dumps(job)
=======
def finetuning_job(wildcards, input, output):
    """Fields that both kinds of jobs have."""
    model = FINETUNING.models[wildcards.model]
    known = ENCODERS.models.get(model.encoder)
    return {
        "runs": f"results/{config['run']}/finetuning/{model.name}",
        "name": model.encoder,
        "encoder": input.encoder[0],
        "encoder_row": known.row if known else "",
        "row": model.row,
        "folder": str(Path(output.facts).parent),
    }


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
>>>>>>> 2974825 (Fine-tuning on tasks and on homology are runs; one script, jobs in typed files)
