"""Put the run times of embeddings beside the paper's, as a table and a figure."""

import math
from pathlib import Path

import pandas as pd

from protlang.datasets.splits import read_provenance
from protlang.encoders.provenance import encoder_provenance
from protlang.figures import seqvec_timings as figure
from protlang.logs import logged
from protlang.tables.arrangement import arranged
from protlang.tables.cells import write_cells
from protlang.tables.layout import write_html, write_markdown
from protlang.tables.seqvec_timings import fill, timed_sets

with logged(snakemake.log[0]):
    if snakemake.input.encoder:
        folder = Path(snakemake.input.encoder).parent
        encoder = encoder_provenance(folder.name, folder)
    timed = [
        on_device
        for name, path, split in zip(
            snakemake.params.sets,
            snakemake.input.timings,
            snakemake.input.splits,
            strict=True,
        )
        for on_device in timed_sets(
            name, pd.read_csv(path), encoder, read_provenance(split)["simulated"]
        )
    ]
    seconds = math.nan
    if snakemake.input.prediction:
        seconds = pd.read_csv(snakemake.input.prediction)["seconds_per_protein"].item()
    csv = Path(snakemake.output.csv)
    write_cells(fill(timed, seconds), pd.DataFrame(), csv)
    table = arranged(csv)
    write_markdown(table, Path(snakemake.output.md))
    write_html(table, Path(snakemake.output.html))
    figure.draw(
        figure.plotted_numbers(timed),
        Path(snakemake.output.svg).with_suffix(""),
        simulated=any(one.simulated for one in timed),
    )
