"""Put the tables of the runs `demo` and `real` into README.md: `make readme`.

Only rows with a number of ours are shown. Each table stands between two comments
`<!-- NAME table: begin -->` and `<!-- NAME table: end -->`.
"""

import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.append(str(REPOSITORY / "workflow" / "scripts"))

from protlang.files import write_text  # noqa: E402
from protlang.tables import TITLES  # noqa: E402
from protlang.tables.cells import read_cells  # noqa: E402
from protlang.tables.layout import as_markdown, own_rows, printed_table  # noqa: E402


def own_table(run: str) -> str:
    """Our rows of SeqVec's Table 1 of a run, as Markdown."""
    cells = read_cells(REPOSITORY / f"results/{run}/tables/seqvec_table1.csv")
    return as_markdown(own_rows(printed_table(TITLES["seqvec_table1"], cells).grid))


def replace_table(text: str, name: str, table: str) -> str:
    """The text with another table between the comments of that name."""
    begin, end = f"<!-- {name} table: begin -->", f"<!-- {name} table: end -->"
    pattern = re.compile(f"{begin}.*?{end}", re.DOTALL)
    return pattern.sub(lambda _: f"{begin}\n{table}\n{end}", text)


if __name__ == "__main__":
    readme = REPOSITORY / "README.md"
    text = readme.read_text(encoding="utf-8")
    for run in ("demo", "real"):
        text = replace_table(text, run, own_table(run))
    write_text(readme, text)
