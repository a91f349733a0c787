from pathlib import Path

import pandas as pd
import pytest

from protlang.experiments.targets import load_targets
from protlang.figures.seqvec_fig1 import PANELS, draw, plotted_numbers
from support.drawings import check_drawing, texts_of
from support.tables import papers_table

PROFILES = frozenset({"NetSurfP-2.0 (hhblits)", "DeepProf"})
ROWS = {
    # verdicts on CASP12 and CB513
    "NetSurfP-2.0 (hhblits)": ("excerpted", "excerpted"),
    "DeepSeqVec": ("not run", "not run"),
    "DeepProf": ("reproduced", "not run"),
    "DeepOneHot": ("lower", "higher"),
}


def numbers(simulated: bool = False) -> pd.DataFrame:
    """Bars of four methods on two test sets, as `plotted_numbers` makes them."""
    rows = []
    for number, (row, verdicts) in enumerate(ROWS.items()):
        for dataset, verdict in zip(("CASP12", "CB513"), verdicts, strict=True):
            run = verdict != "not run"
            own = verdict not in ("excerpted", "not run")
            rows.append(
                {
                    "row": row,
                    "dataset": dataset,
                    "value": 70.0 + number if run else float("nan"),
                    "stderr": 1.25 if own else float("nan"),
                    "paper_value": 71.5 + number,
                    "paper_stderr": 0.5 if row.startswith("Deep") else float("nan"),
                    "agreement": "not comparable" if simulated and own else verdict,
                    "kind": "reproduced" if row.startswith("Deep") else "excerpted",
                    "n": 20,
                }
            )
    return plotted_numbers(pd.DataFrame(rows), PROFILES)


def draw_panel(stem: Path, simulated: bool) -> None:
    draw(PANELS["seqvec_fig1a"], numbers(simulated), stem)


@pytest.fixture(scope="module")
def svg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return check_drawing(draw_panel, tmp_path_factory.mktemp("figures"))


def test_files_hold_no_date(svg: Path) -> None:
    text = svg.read_text(encoding="utf-8")
    assert text.startswith("<?xml")
    assert "dc:date" not in text
    png = svg.with_suffix(".png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert b"tIME" not in png
    assert b"Software" not in png


def test_the_csv_holds_what_is_drawn(svg: Path) -> None:
    table = pd.read_csv(svg.with_suffix(".csv"))
    assert list(table.columns) == [
        *("dataset", "row", "value", "stderr", "paper_value", "paper_stderr"),
        *("agreement", "uses_profiles", "only_embeddings"),
    ]
    assert len(table) == 8
    by_row = table.set_index(["row", "dataset"])
    assert by_row.loc[("DeepOneHot", "CB513"), "value"] == 73.0
    assert by_row.loc[("DeepProf", "CASP12"), "stderr"] == 1.25
    assert set(table.loc[table["uses_profiles"], "row"]) == PROFILES
    assert set(table.loc[table["only_embeddings"], "row"]) == {"DeepSeqVec"}
    assert "nan" not in svg.with_suffix(".csv").read_text().lower()


def test_every_bar_of_a_profile_method_has_a_hash(svg: Path) -> None:
    assert texts_of(svg).count("#") == 4


def test_embedding_methods_have_a_star_in_the_legend(svg: Path) -> None:
    texts = texts_of(svg)
    assert "DeepSeqVec ★" in texts
    assert "DeepProf" in texts
    assert {"CASP12", "CB513"} <= set(texts)


def test_panels_show_the_columns_of_the_paper() -> None:
    shown = {name: (panel.table, panel.metric) for name, panel in PANELS.items()}
    assert shown == {
        "seqvec_fig1a": ("Table 1", "Q3"),
        "seqvec_fig1b": ("Table 1", "disorder MCC"),
        "seqvec_fig1c": ("Table 2", "Q10"),
        "seqvec_fig1d": ("Table 2", "Q2"),
    }
    for table, metric in shown.values():
        assert metric in {target.metric for target in load_targets("SeqVec", table)}


def own_cells(name: str, folder: Path, added: str = "") -> pd.DataFrame:
    """Cells of a panel's table and metric, ours a little worse than the paper's."""
    panel = PANELS[name]
    table = papers_table(
        "SeqVec", panel.table, folder, lambda target: 0.95 * target.value
    )
    if added:
        place = {"row": added, "metric": panel.metric, "kind": "added"}
        table = pd.concat([table, table.head(1).assign(**place)], ignore_index=True)
    return table[table["metric"] == panel.metric]


def drawn(name: str, folder: Path, added: str = "") -> list[str]:
    """The texts of a panel."""
    profiles = {
        target.row
        for target in load_targets("SeqVec", PANELS[name].table)
        if target.uses_profiles
    }
    cells = own_cells(name, folder, added)
    draw(PANELS[name], plotted_numbers(cells, frozenset(profiles)), folder / name)
    return texts_of(folder / f"{name}.svg")


def test_panel_c_names_every_method_below_its_bar(tmp_path: Path) -> None:
    texts = drawn("seqvec_fig1c", tmp_path)
    names = [
        *("LocTree2", "MultiLoc2", "CELLO", "WoLF PSORT", "YLoc", "SherLoc2"),
        *("iLoc-Euk", "DeepLoc", "DeepSeqVec-Loc ★", "DeepProtVec-Loc"),
    ]
    start = texts.index("LocTree2")
    assert texts[start : start + 10] == names
    assert texts.count("#") == 5
    assert texts.count("DeepLoc test set") == 1
    svg = (tmp_path / "seqvec_fig1c.svg").read_text(encoding="utf-8")
    assert 'id="xtick_10"' in svg
    assert 'id="legend_1"' not in svg
    assert len(pd.read_csv(tmp_path / "seqvec_fig1c.csv")) == 10


def test_panel_d_shows_the_three_methods_that_have_a_number(tmp_path: Path) -> None:
    texts = drawn("seqvec_fig1d", tmp_path)
    table = pd.read_csv(tmp_path / "seqvec_fig1d.csv")
    assert list(table["row"]) == ["DeepLoc", "DeepSeqVec-Loc", "DeepProtVec-Loc"]
    assert list(table["value"]) == pytest.approx([92.3, 0.95 * 86.8, 0.95 * 77.6])
    assert {"DeepLoc", "DeepSeqVec-Loc ★", "DeepProtVec-Loc"} <= set(texts)
    assert texts.count("#") == 1


@pytest.mark.parametrize("name", PANELS)
def test_rows_that_the_paper_lacks_are_not_drawn(name: str, tmp_path: Path) -> None:
    for folder in ("with", "without"):
        (tmp_path / folder).mkdir()
    texts = drawn(name, tmp_path / "with", added="Mine")
    assert "Mine" not in " ".join(texts)
    assert texts == drawn(name, tmp_path / "without")
    table = pd.read_csv(tmp_path / "with" / f"{name}.csv")
    assert "Mine" not in set(table["row"])


@pytest.mark.parametrize("name", PANELS)
def test_axes_hold_every_bar_of_the_paper(name: str) -> None:
    panel = PANELS[name]
    values = [
        target.value
        for target in load_targets("SeqVec", panel.table)
        if target.metric == panel.metric
    ]
    assert panel.lowest < min(values)
    assert panel.highest > 1.05 * max(values)
