import base64
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from protlang.tables.grid import Grid
from protlang.tables.layout import SIMULATED_BANNER, PrintedTable
from protlang.tables.report import FigureOnPage, write_report

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><text>drawn</text></svg>'


def facts(simulated: bool) -> dict[str, Any]:
    return {
        "source": "netsurfp2-train",
        "simulated": simulated,
        "distribution": "netsurfp-npz",
        "proteins": 10_256,
        "residues": 2_600_000,
        "left_out": [{"id": "1abc<A", "reason": "length differs"}],
        "labels": ["q3"],
        "absent_labels": ["q8"],
        "has_profiles": False,
        "licence": "not stated",
    }


def write(
    folder: Path,
    datasets: Mapping[str, Mapping[str, Any]] | None = None,
    config: Mapping[str, Any] | None = None,
) -> str:
    tables = [
        PrintedTable(
            f"Table {number}",
            simulated=True,
            grid=Grid(["Data", "Q3 ours"], [[f"D{number}", "7 < 8"]]),
            notes=["a note"],
            countings=Grid(["Data", "pooled"], [[f"D{number}", f"7.{number}"]]),
        )
        for number in (1, 2)
    ]
    figures = []
    for name in ("seqvec_fig1a", "seqvec_fig1b"):
        (folder / f"{name}.svg").write_bytes(SVG)
        figures.append(FigureOnPage.read(folder / f"{name}.svg"))
    path = folder / "report.html"
    write_report(
        "my <run>",
        tables,
        figures,
        {"train": facts(simulated=False)} if datasets is None else datasets,
        {"run": "my <run>"} if config is None else config,
        path,
    )
    return path.read_text(encoding="utf-8")


class Addresses(HTMLParser):
    """Whatever a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [
            value or ""
            for name, value in attrs
            if name in ("src", "href", "srcset", "data", "poster", "action")
        ]


def test_the_page_fetches_nothing(tmp_path: Path) -> None:
    config = {"mirror": "https://example.org/<script src='https://x'>"}
    page = write(tmp_path, config=config)
    parser = Addresses()
    parser.feed(page)
    assert len(parser.found) == 2
    for address in parser.found:
        assert address.startswith("data:image/svg+xml;base64,")
    assert not parser.tags & {"script", "link", "iframe", "object", "base"}
    assert not re.search(r"@import|url\(", page)


def test_figures_are_embedded_whole(tmp_path: Path) -> None:
    page = write(tmp_path)
    encoded = re.findall(r"base64,([A-Za-z0-9+/=]+)", page)
    assert [base64.b64decode(text) for text in encoded] == [SVG, SVG]
    assert 'alt="seqvec_fig1a"' in page
    assert 'alt="seqvec_fig1b"' in page


def test_all_tables_are_there(tmp_path: Path) -> None:
    page = write(tmp_path)
    for number in (1, 2):
        assert f"<h3>Table {number}</h3>" in page
        assert page.count(f"<td>D{number}</td>") == 2
        assert f"<td>7.{number}</td>" in page
    assert page.count("7 &lt; 8") == 2


def test_every_data_set_is_described(tmp_path: Path) -> None:
    page = write(tmp_path)
    assert "10,256" in page
    assert "2,600,000" in page
    assert "<td>q8, profiles</td>" in page  # absent
    assert "<code>1abc&lt;A</code>: length differs" in page


def test_texts_are_escaped(tmp_path: Path) -> None:
    page = write(tmp_path)
    assert "<run>" not in page
    assert "run: my &lt;run&gt;" in page


@pytest.mark.parametrize("simulated", [[], ["cb513"], ["train", "cb513"]])
def test_one_simulated_data_set_is_enough_for_the_banner(
    tmp_path: Path, simulated: list[str]
) -> None:
    datasets = {name: facts(name in simulated) for name in ("train", "cb513")}
    page = write(tmp_path, datasets)
    assert (SIMULATED_BANNER in page) == bool(simulated)
    assert ("(simulated data)</title>" in page) == bool(simulated)
    assert page.count("netsurfp2-train (simulated)") == len(simulated)


def test_the_same_input_gives_the_same_page(tmp_path: Path) -> None:
    assert write(tmp_path) == write(tmp_path)


def test_sets_of_whole_proteins_lack_no_labels_of_residues(tmp_path: Path) -> None:
    deeploc = {
        **facts(simulated=False),
        "labels": [],
        "classes": {"location": {"Nucleus": 2}, "membrane": {"M": 2}},
    }
    page = write(tmp_path, {"deeploc": deeploc, "train": facts(simulated=False)})
    rows = [row for row in page.split("<tr>") if "netsurfp-npz" in row]
    assert [re.findall("<td>([^<]*)</td>", row)[6:8] for row in rows] == [
        ["location, membrane", "nothing"],
        ["q3", "q8, profiles"],
    ]
