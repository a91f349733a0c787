"""Draw one panel of Figure 1 of SeqVec."""

from pathlib import Path

from protlang.figures.seqvec_fig1 import PANELS, draw, plotted_numbers
from protlang.logs import logged
from protlang.tables.cells import load_targets, read_cells

with logged(snakemake.log[0]):
    panel = PANELS[snakemake.params.panel]
    cells = read_cells(Path(snakemake.input.table))
    profile_rows = {
        target.row
        for target in load_targets("SeqVec", panel.table)
        if target.uses_profiles
    }
    numbers = plotted_numbers(
        cells[cells["metric"] == panel.metric], frozenset(profile_rows)
    )
    draw(panel, numbers, Path(snakemake.output.svg).with_suffix(""))
