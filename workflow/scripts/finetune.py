"""Fine-tune one model and score it: the job of a rule or one of its processes."""

import sys

from protlang.finetuning.job import TaskJob
from protlang.homology.job import HomologyJob
from protlang.training.job import start, started, typed

if "snakemake" not in globals():
    sys.exit(started(TaskJob, HomologyJob))

for values, file in zip(snakemake.params.jobs, snakemake.output.job, strict=True):
    kind = HomologyJob if "pairs" in values else TaskJob
    job = typed(kind, {**values, "log": snakemake.log[0]})
    status = start(job, file, snakemake.params.launcher, __file__)
    if status:
        sys.exit(status)
