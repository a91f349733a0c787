from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from protlang.errors import ProtlangError
from protlang.figures.seqvec_fig_s4 import (
    Names,
    draw,
    histogram_edges,
    plotted_numbers,
    shares,
)
from support.drawings import check_drawing, texts_of

NAMES = Names("DeepSeqVec", "DeepProf", "CB513")


def values(by_id: dict[str, float]) -> pd.DataFrame:
    """Values of proteins, among those of another measure."""
    table = pd.DataFrame(
        {"id": list(by_id), "metric": "Q3", "value": list(by_id.values())}
    )
    return pd.concat([table.assign(metric="Q8", value=1.0), table])


METHOD = values({"a": 70.0, "b": 0.3 * 100, "c": 55.5, "d": 90.0, "e": 61.0})
REFERENCE = values({"e": 60.0, "a": 80.0, "b": (0.1 + 0.2) * 100, "c": 70.5, "d": 95.0})
"""One protein of five is better, one equal (but for rounding), three are worse."""


def test_proteins_are_paired_and_the_reference_is_subtracted() -> None:
    numbers = plotted_numbers(METHOD, REFERENCE)
    assert list(numbers.columns) == ["id", "method", "reference", "difference"]
    by_id = numbers.set_index("id")
    assert by_id["method"]["a"] == 70
    assert by_id["reference"]["a"] == 80
    assert by_id["difference"].sort_index().to_list() == [-10, 0, -15, -5, 1]


def test_shares_count_proteins_above_on_and_below_the_diagonal() -> None:
    share = shares(plotted_numbers(METHOD, REFERENCE))
    assert (share.better, share.equal, share.worse) == (20, 20, 60)


def test_methods_tested_on_other_proteins_are_refused() -> None:
    with pytest.raises(ProtlangError, match="only one of two methods has the Q3 of"):
        plotted_numbers(METHOD, REFERENCE[REFERENCE["id"] != "c"])


@pytest.fixture(scope="module")
def svg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    numbers = plotted_numbers(METHOD, REFERENCE)
    return check_drawing(
        lambda stem, simulated: draw(numbers, NAMES, stem, simulated),
        tmp_path_factory.mktemp("figures"),
    )


def test_the_figure_states_how_many_proteins_are_better(svg: Path) -> None:
    drawn = " ".join(" ".join(texts_of(svg)).split())
    assert "DeepSeqVec better: 20 %" in drawn
    assert "DeepProf better: 60 %" in drawn
    assert (
        "DeepSeqVec is better than DeepProf for 20.0 % of the 5 proteins of CB513, "
        "worse for 60.0 % and equal for 20.0 %. Mean difference -5.8 points (95 % "
    ) in drawn
    assert "DeepSeqVec is better for 12 % of CB513" in drawn
    assert "Q3 of DeepSeqVec minus DeepProf (points)" in drawn


def test_every_protein_is_one_dot(svg: Path) -> None:
    dots = (
        svg.read_text(encoding="utf-8")
        .split('id="PathCollection_1"')[1]
        .split("</g>\n   </g>")[0]
    )
    assert dots.count("<use ") == 5


def test_the_csv_holds_what_is_drawn(svg: Path) -> None:
    table = pd.read_csv(svg.with_suffix(".csv"))
    assert len(table) == 5
    difference = table["method"] - table["reference"]
    np.testing.assert_allclose(table["difference"], difference, atol=1e-4)


@pytest.mark.parametrize(
    ("method", "reference"),
    [
        ({"a": 50.0, "b": 60.0}, {"a": 50.0, "b": 60.0}),
        ({"a": 50.0}, {"a": 60.0}),
        ({"a": 0.0, "b": 100.0}, {"a": 100.0, "b": 0.0}),
        ({"a": 50.25, "b": 50.0}, {"a": 50.0, "b": 50.0}),
    ],
)
def test_no_difference_one_protein_and_the_greatest_differences_are_drawn(
    tmp_path: Path, method: dict[str, float], reference: dict[str, float]
) -> None:
    numbers = plotted_numbers(values(method), values(reference))
    draw(numbers, NAMES, tmp_path / "figure", simulated=False)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("reach", [0.0, 0.25, 0.3, 9.9, 10.0, 10.1, 33.0, 100.0])
def test_bins_hold_every_difference_and_the_middle_one_is_around_zero(
    reach: float,
) -> None:
    edges = histogram_edges(np.array([-reach, 0.0, reach / 2]))
    widths = np.diff(edges)
    assert edges[0] <= -reach
    assert edges[-1] >= reach
    np.testing.assert_allclose(widths, widths[0])
    np.testing.assert_allclose(edges, -edges[::-1])
    assert len(widths) % 2 == 1
    assert len(widths) <= 41
