"""Pre-train one encoder: the job of a rule or, with `--job`, one of its processes."""

import sys
from pathlib import Path

from protlang.pretraining.job import PretrainingJob
from protlang.training.job import start, started

if __name__ == "__main__" and "snakemake" not in globals():
    sys.exit(started(PretrainingJob))

job = PretrainingJob(
    runs=Path(snakemake.params.runs),
    log=Path(snakemake.log[0]),
    architecture=snakemake.params.architecture,
    settings=snakemake.params.settings,
    corpus=Path(snakemake.input.corpus[0]).parent,
    encoder=Path(snakemake.output.model).parent,
)
sys.exit(start(job, snakemake.output.job, snakemake.params.launcher, __file__))
