"""All printed tables by name: title, computation and layout."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd

from protlang.tables import (
    overview,
    plus_finetuned,
    plus_finetuned_layout,
    plus_intext,
    plus_table1,
    seqvec_intext,
    seqvec_leakage,
    seqvec_table1,
    seqvec_table2,
    seqvec_table_s1,
    seqvec_timings,
)
from protlang.tables.cells import read_cells, write_csv
from protlang.tables.inputs import Inputs
from protlang.tables.intext.listing import intext_table
from protlang.tables.layout import (
    PrintedTable,
    listed_table,
    printed_table,
    write_html,
    write_markdown,
)

Compute = Callable[[Inputs], pd.DataFrame]


@dataclass(frozen=True)
class Table:
    """One printed table.

    Attributes:
        title: heading in print.
        compute: makes its rows, as its CSV holds them, from the inputs of its rule.
        arrange: lays out the rows of the CSV under the title.
        beside: further CSV files that its rule declares, by the name of the output.
    """

    title: str
    compute: Compute
    arrange: Callable[[str, pd.DataFrame], PrintedTable] = printed_table
    beside: Mapping[str, Compute] = field(default_factory=dict)


def _finetuned(name: str, title: str) -> Table:
    table = plus_finetuned_layout.TABLES[name]
    return Table(
        title,
        partial(plus_finetuned.compute, table),
        partial(plus_finetuned_layout.arrange, table),
    )


TABLES: Mapping[str, Table] = {
    "seqvec_table1": Table(
        "SeqVec, Table 1: per-residue predictions, secondary structure and disorder",
        seqvec_table1.compute,
    ),
    "seqvec_table2": Table(
        "SeqVec, Table 2: per-protein predictions, localization and membrane-bound",
        seqvec_table2.compute,
        beside={"comparisons": seqvec_table2.compute_comparisons},
    ),
    "seqvec_tableS1": Table(
        "SeqVec, Table S1: amino acids in the corpora",
        seqvec_table_s1.compute,
        seqvec_table_s1.arrange,
    ),
    "seqvec_timings": Table(
        "SeqVec, Results: time that embeddings take",
        seqvec_timings.compute,
        partial(listed_table, remarks=seqvec_timings.REMARKS),
    ),
    "seqvec_intext": Table(
        "SeqVec: numbers in the text", seqvec_intext.compute, intext_table
    ),
    "seqvec_leakage": Table(
        "SeqVec: test proteins that were in training",
        seqvec_leakage.compute,
        seqvec_leakage.arrange,
    ),
    "plus_table1": Table(
        "PLUS, Table 1: (masked) language models and same family prediction",
        plus_table1.compute,
    ),
    "plus_table2": _finetuned(
        "plus_table2", "PLUS, Table 2: fine-tuned models on seven tasks"
    ),
    "plus_table3": _finetuned("plus_table3", "PLUS, Table 3: homology"),
    "plus_table4": _finetuned(
        "plus_table4", "PLUS, Table 4: secondary structure in eight states"
    ),
    "plus_table5": _finetuned(
        "plus_table5", "PLUS, Table 5: homology by the losses of pre-training"
    ),
    "plus_table6": _finetuned(
        "plus_table6", "PLUS, Table 6: homology by the losses of fine-tuning"
    ),
    "plus_intext": Table(
        "PLUS: numbers in the text", plus_intext.compute, intext_table
    ),
    "agreement": Table(
        "How the numbers agree with both papers", overview.compute, overview.arrange
    ),
}
"""By file name."""


def make_table(inputs: Inputs, outputs: Mapping[str, str]) -> None:
    """Compute a table and write it as CSV, Markdown and HTML, each atomically.

    Args:
        inputs: of its rule; `compute` of the table's module lists what it reads.
        outputs: paths by name: `csv`, whose name decides which table it is, `md`,
            `html`, and those of `Table.beside`.
    """
    csv = Path(outputs["csv"])
    table = TABLES[csv.stem]
    write_csv(table.compute(inputs), csv)
    for output, compute in table.beside.items():
        write_csv(compute(inputs), Path(outputs[output]))
    page = printed(csv)
    write_markdown(page, Path(outputs["md"]))
    write_html(page, Path(outputs["html"]))


def printed(csv: Path) -> PrintedTable:
    """A table as it is printed, from the CSV that `make_table` wrote."""
    table = TABLES[csv.stem]
    return table.arrange(table.title, read_cells(csv))
