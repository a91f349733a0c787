"""Fine-tune one model and score it: the job of a rule or one of its processes."""

import sys

from protlang.finetuning.job import TaskJob
from protlang.homology.job import HomologyJob
from protlang.training.job import start_all, started, typed

if "snakemake" not in globals():
    sys.exit(started(TaskJob, HomologyJob))

jobs = [
    typed(
        HomologyJob if "pairs" in values else TaskJob,
        {**values, "log": snakemake.log[0]},
    )
    for values in snakemake.params.jobs
]
sys.exit(start_all(jobs, snakemake.output.job, snakemake.params.launcher, __file__))
