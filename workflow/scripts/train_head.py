"""Train one head of SeqVec's Tables 1 and 2, or find it trained."""

import sys
from pathlib import Path

from protlang.tasks.head_training import HeadJob
from protlang.training.job import carry_out

files = {name: Path(snakemake.input[name]) for name in ("train", "validation")}
files |= {
    f"{name}_embeddings": Path(path)
    for name in files
    for path in snakemake.input[f"{name}_embeddings"]
}
job = HeadJob(
    runs=Path(snakemake.params.runs),
    log=Path(snakemake.log[0]),
    head=snakemake.wildcards.head,
    features=snakemake.params.features,
    settings=snakemake.params.training,
    files=files,
    folders={snakemake.wildcards.seed: Path(snakemake.output.model).parent},
)
sys.exit(carry_out(job))
