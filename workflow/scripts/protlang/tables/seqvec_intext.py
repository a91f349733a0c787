"""SeqVec: every number in the paper's text beside ours, but for the timed embeddings.

Those have a table of their own (`protlang.tables.seqvec_timings`). Some of the paper's
numbers are ranges, pairs or words; ours stand beside them in the same form. How they
are compared is the rule of each (`protlang.tables.intext.rules.RULES`); a number that
the project does not compute is `not run`, with the reason.
"""

import pandas as pd

from protlang.tables import TITLES
from protlang.tables.intext.entries import ENTRIES
from protlang.tables.intext.listing import fill_list, printed_list
from protlang.tables.intext.statements import Evidence, statements
from protlang.tables.layout import PrintedTable


def fill(evidence: Evidence, simulated: bool) -> pd.DataFrame:
    """One row per number, in printed order (`protlang.tables.intext.listing`).

    Args:
        evidence: what the run has computed.
        simulated: whether its data are simulated.
    """
    return fill_list(statements("SeqVec"), ENTRIES, evidence, simulated)


def printed(cells: pd.DataFrame) -> PrintedTable:
    """Arrange the numbers as a list, one a line.

    Args:
        cells: as read by `protlang.tables.cells.read_cells`.
    """
    return printed_list(TITLES["seqvec_intext"], cells)
