"""Train one head of SeqVec's Tables 1 and 2 with every seed, or find it trained."""

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
folders = [Path(model).parent for model in snakemake.output.models]
job = HeadJob(
    runs=Path(snakemake.params.runs),
    log=Path(snakemake.log[0]),
    head=snakemake.params.head,
    features=snakemake.params.features,
    settings=snakemake.params.training,
    files=files,
    folders={folder.name.removeprefix("seed"): folder for folder in folders},
)
sys.exit(carry_out(job))
