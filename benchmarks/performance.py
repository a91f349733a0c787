"""Put the table of `benchmarks/results` into `docs/performance.md`.

It stands between the comments `<!-- benchmarks: begin -->` and `<!-- benchmarks: end
-->`, with one line per goal that is not met.
"""

import json
import re
from pathlib import Path
from typing import Any

from measure import REPOSITORY, RESULTS

from protlang.files import write_text

PAGE = REPOSITORY / "docs" / "performance.md"
COLUMNS = (
    "what",
    "baseline",
    "times as fast",
    "spread",
    "goal",
    "share of the limit",
    "goal",
    "agreement",
    "rate",
)
_BEGIN, _END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


def update(page: Path = PAGE, results: Path = RESULTS) -> None:
    """Write the page with the results that are there."""
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(f"{_BEGIN}.*?{_END}", re.DOTALL)
    block = f"{_BEGIN}\n{as_markdown(read(results))}\n{_END}"
    write_text(page, pattern.sub(lambda _: block, text))


def read(folder: Path) -> list[dict[str, Any]]:
    """All results, by name."""
    files = sorted(folder.glob("*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def as_markdown(results: list[dict[str, Any]]) -> str:
    """A table per machine, and what is said of goals that are not met."""
    machines: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        machines.setdefault(describe(result["machine"]), []).append(result)
    blocks = [
        "\n".join([f"**{name}**", "", *_header(), *map(_row, rows)])
        for name, rows in machines.items()
    ]
    notes = [f"- **{row['what']}**: {row['note']}" for row in results if row["note"]]
    return "\n\n".join([*blocks, *(["\n".join(notes)] if notes else [])])


def describe(machine: dict[str, Any]) -> str:
    """A machine in one line."""
    parts = [
        machine["processor"],
        machine["vector_units"],
        f"{machine['cores']} cores",
        f"torch {machine['torch']}",
        machine["gpu"],
    ]
    return ", ".join(filter(None, parts))


def _header() -> list[str]:
    return ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]


def _row(result: dict[str, Any]) -> str:
    low, high = min(result["ratios"]), max(result["ratios"])
    share, share_goal = result["limit_share"], result["limit_share_goal"]
    cells = [
        result["what"],
        result["baseline"],
        f"**{result['ratio']:.2f}**" if result["met"] else f"{result['ratio']:.2f}",
        f"{low:.2f} to {high:.2f}",
        f"{result['goal']:g}" if result["goal"] else "",
        f"{share:.0%} of {result['limit']}" if share else "",
        f"{share_goal:.0%}" if share_goal else "",
        result["agreement"],
        f"{result['rate']:,.0f} {result['unit']}/s",
    ]
    # A pipe in a text would end its column.
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    update()
