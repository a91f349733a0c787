"""Each table of the report in the arrangement that suits it."""

from pathlib import Path

from protlang.tables import (
    TITLES,
    fine_tuned_layout,
    plus_intext,
    plus_table2,
    plus_table3,
    plus_table4,
    plus_table5,
    plus_table6,
    seqvec_intext,
    seqvec_leakage,
    seqvec_table_s1,
)
from protlang.tables.cells import read_cells
from protlang.tables.layout import PrintedTable, listed_table, printed_table

_LISTED = {"seqvec_timings"}
"""Tables of numbers that stand in a paper's text."""

FINE_TUNED = {
    module.TABLE.name: module.TABLE
    for module in (plus_table2, plus_table3, plus_table4, plus_table5, plus_table6)
}
"""Tables of PLUS on fine-tuned models, by file name."""


def arranged(csv: Path) -> PrintedTable:
    """A table as it is printed, from its CSV."""
    cells = read_cells(csv)
    if csv.stem == "seqvec_tableS1":
        return seqvec_table_s1.printed(cells)
    if csv.stem == "seqvec_intext":
        return seqvec_intext.printed(cells)
    if csv.stem == "seqvec_leakage":
        return seqvec_leakage.printed(cells)
    if csv.stem == "plus_intext":
        return plus_intext.printed(cells)
    if csv.stem in FINE_TUNED:
        return fine_tuned_layout.printed(FINE_TUNED[csv.stem], cells)
    if csv.stem in _LISTED:
        return listed_table(TITLES[csv.stem], cells)
    return printed_table(TITLES[csv.stem], cells)
