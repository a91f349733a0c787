"""Put tables of the runs `demo` and `real` into README.md and docs: `make readme`.

Only rows with a number of ours are shown; `real` has a line for each number, with what
could have refused it. Each table stands between two comments,
`<!-- NAME table: begin -->` and `<!-- NAME table: end -->`; without `make`, names of
tables choose some of them.
"""

import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.append(str(REPOSITORY / "workflow" / "scripts"))

from protlang.files import write_text  # noqa: E402
from protlang.tables.grid import Grid, as_markdown  # noqa: E402
from protlang.tables.layout import own_part, protocol_list  # noqa: E402
from protlang.tables.registry import printed  # noqa: E402

JUDGED = "real"
"""The table with a line for each number."""

JUDGED_COLUMNS = (
    *("Data", "Method", "Measure", "paper", "ours", "seeds"),
    *("difference", "yardstick", "closest row", "agreement", "protocol"),
)
"""Of that table, among those of a page's details."""

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
    """Our rows of a table of a run, and the notes that they refer to, as Markdown."""
    return own_part(printed(csv_of(name, run)))


def judged_table(name: str, run: str) -> str:
    """Our numbers of a table of a run, one a line, and their protocols, as Markdown."""
    page = printed(csv_of(name, run))
    places = [list(page.details.columns).index(column) for column in JUDGED_COLUMNS]
    rows = [[row[place] for place in places] for row in page.details.rows]
    grid = Grid(JUDGED_COLUMNS, rows)
    return f"{as_markdown(grid)}\n\n{protocol_list(page)}".rstrip()


def csv_of(name: str, run: str) -> Path:
    """The file of a table of a run."""
    return REPOSITORY / f"results/{run}/tables/{name}.csv"


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
