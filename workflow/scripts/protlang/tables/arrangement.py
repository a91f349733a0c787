"""Each table of the report in the arrangement that suits it."""

from pathlib import Path

from protlang.tables import TITLES, seqvec_table_s1
from protlang.tables.cells import read_cells
from protlang.tables.layout import PrintedTable, printed_table


def arranged(csv: Path) -> PrintedTable:
    """A table as it is printed, from its CSV."""
    cells = read_cells(csv)
    if csv.stem == "seqvec_tableS1":
        return seqvec_table_s1.printed(cells)
    return printed_table(TITLES[csv.stem], cells)
