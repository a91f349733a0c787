"""Fine-tune one model and score it: the job of a rule or one of its processes."""

import sys

from protlang.finetuning.job import TaskJob
from protlang.homology.job import HomologyJob
from protlang.training.job import start, started, typed

if "snakemake" not in globals():
    sys.exit(started(TaskJob, HomologyJob))

kind = HomologyJob if "pairs" in snakemake.params.job else TaskJob
job = typed(kind, {**snakemake.params.job, "log": snakemake.log[0]})
sys.exit(start(job, snakemake.output.job, snakemake.params.launcher, __file__))
