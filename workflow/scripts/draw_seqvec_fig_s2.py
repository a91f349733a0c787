"""Draw Figure S2 of SeqVec."""

from pathlib import Path

import pandas as pd

from protlang.figures.seqvec_fig_s2 import draw, plotted_numbers
from protlang.logs import logged

with logged(snakemake.log[0]):
    confusions = [
        # Of the class names none may turn into a missing value.
        pd.read_csv(path, keep_default_na=False)
        for path in snakemake.input.confusions
    ]
    draw(
        plotted_numbers(confusions),
        snakemake.params.data,
        Path(snakemake.output.svg).with_suffix(""),
        snakemake.params.simulated,
    )
