"""Time how long one network takes to predict a test set whose vectors are at hand."""

import pandas as pd

from protlang.datasets.splits import read_split
from protlang.embedding.timing import hardware, time_once
from protlang.files import atomic_path
from protlang.logs import logged
from protlang.tasks.features import need_profiles
from protlang.tasks.head_files import load_head
from protlang.tasks.per_residue import PER_RESIDUE
from protlang.training.determinism import make_deterministic

with logged(snakemake.log[0]):
    threads = snakemake.params.threads
    make_deterministic(seed=0, threads=threads)
    trained = load_head(snakemake.input.model, PER_RESIDUE)
    split = read_split(
        snakemake.input.test,
        need_profiles(trained.features),
        next(iter(snakemake.input.test_embeddings), None),
    )
    seconds = time_once(lambda: list(trained.predict(split.proteins)))
    measured = {
        "predictor": snakemake.wildcards.predictor,
        "proteins": len(split.proteins),
        "seconds": seconds,
        "seconds_per_protein": seconds / len(split.proteins),
        "hardware": hardware("cpu", threads),
    }
    with atomic_path(snakemake.output[0]) as temporary:
        pd.DataFrame([measured]).to_csv(temporary, index=False)
