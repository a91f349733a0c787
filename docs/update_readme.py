"""Put tables of the runs `demo` and `real` into README.md and docs: `make readme`.

Only rows with a number of ours are shown. Each table stands between two comments
`<!-- NAME table: begin -->` and `<!-- NAME table: end -->`.
"""

import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.append(str(REPOSITORY / "workflow" / "scripts"))

from protlang.files import write_text  # noqa: E402
from protlang.tables.layout import as_markdown, own_rows  # noqa: E402
from protlang.tables.registry import printed  # noqa: E402

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
    page = printed(REPOSITORY / f"results/{run}/tables/{name}.csv")
    return as_markdown(own_rows(page.grid))


def replace_table(text: str, name: str, table: str) -> str:
    """The text with another table between the comments of that name."""
    begin, end = f"<!-- {name} table: begin -->", f"<!-- {name} table: end -->"
    pattern = re.compile(f"{begin}.*?{end}", re.DOTALL)
    return pattern.sub(lambda _: f"{begin}\n{table}\n{end}", text)


if __name__ == "__main__":
    for place, (file, table, run) in PLACES.items():
        path = REPOSITORY / file
        text = path.read_text(encoding="utf-8")
        write_text(path, replace_table(text, place, own_table(table, run)))
