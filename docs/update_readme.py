"""Put tables of the runs `demo` and `real` into README.md and docs: `make readme`.

Only rows with a number of ours are shown; `real` has a line for each number, with what
could have refused it. Each table stands between two comments,
`<!-- NAME table: begin -->` and `<!-- NAME table: end -->`; without `make`, names of
tables choose some of them.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.append(str(REPOSITORY / "workflow" / "scripts"))

from protlang.files import write_text  # noqa: E402
from protlang.protocol import SAME, parse  # noqa: E402
from protlang.tables.agreement import EXCERPTED  # noqa: E402
from protlang.tables.cells import read_cells  # noqa: E402
from protlang.tables.layout import (  # noqa: E402
    Grid,
    as_markdown,
    number_text,
    own_rows,
    paper_text,
)
from protlang.tables.registry import printed  # noqa: E402

JUDGED = "real"
"""The table with a line for each number."""

PLACES = {
    "demo": ("README.md", "seqvec_table1", "demo"),
    "real": ("README.md", "seqvec_table1", "real"),
    "real plus": ("docs/pretrain-plus.md", "plus_table1", "real"),
    "real tasks": ("docs/fine-tune-plus.md", "plus_table2", "real"),
    "real structure": ("docs/fine-tune-plus.md", "plus_table4", "real"),
    "real homology": ("docs/fine-tune-plus.md", "plus_table3", "real"),
}
"""By name: in which file, which table, of which run."""


def own_table(name: str, run: str) -> str:
    """Our rows of a table of a run, as Markdown."""
    page = printed(csv_of(name, run))
    return as_markdown(own_rows(page.grid))


def judged_table(name: str, run: str) -> str:
    """Our numbers of a table of a run, one a line, and their protocols, as Markdown."""
    cells = read_cells(csv_of(name, run))
    own = cells[cells["value"].notna() & (cells["agreement"] != EXCERPTED)]
    sentences = dict.fromkeys(
        str(one) for protocol in own["protocol"] for one in parse(protocol)
    )
    numbers = {sentence: f"{i + 1}" for i, sentence in enumerate(sentences)}
    rows = [_judged(cell, numbers) for _, cell in own.iterrows()]
    notes = [f"{number}. {sentence}" for sentence, number in numbers.items()]
    grid = Grid(list(rows[0]), [list(row.values()) for row in rows])
    return "\n".join([as_markdown(grid), "", "Protocol:", "", *notes])


def csv_of(name: str, run: str) -> Path:
    """The file of a table of a run."""
    return REPOSITORY / f"results/{run}/tables/{name}.csv"


def _judged(cell: "pd.Series[Any]", numbers: Mapping[str, str]) -> dict[str, str]:
    """A line by heading; deviations from the paper's protocol are given by number."""
    deviations = [numbers[str(one)] for one in parse(cell["protocol"])]
    # One more than is printed, as training noise may be less than the last of these.
    digits = 2 if cell["unit"] == "percent" else 4
    return {
        "Data": cell["dataset"],
        "Method": cell["row"],
        "Measure": cell["metric"],
        "paper": paper_text(cell),
        "ours": number_text(cell["value"], cell["stderr"], cell["unit"]),
        "seeds": str(cell["seeds"]),
        "difference": f"{cell['difference']:+.{digits}f}",
        "yardstick": f"{cell['yardstick']:.{digits}f}",
        "closest row": f"{cell['closest_row']:.{digits}f}",
        "agreement": cell["agreement"],
        "protocol": ", ".join(deviations) or SAME,
    }


def replace_table(text: str, name: str, table: str) -> str:
    """The text with another table between the comments of that name."""
    begin, end = f"<!-- {name} table: begin -->", f"<!-- {name} table: end -->"
    pattern = re.compile(f"{begin}.*?{end}", re.DOTALL)
    return pattern.sub(lambda _: f"{begin}\n{table}\n{end}", text)


if __name__ == "__main__":
    for place in sys.argv[1:] or PLACES:
        file, table, run = PLACES[place]
        path = REPOSITORY / file
        text = path.read_text(encoding="utf-8")
        shown = judged_table if place == JUDGED else own_table
        write_text(path, replace_table(text, place, shown(table, run)))
