import itertools
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from protlang.alphabet import LABEL_STATES, PROTEIN_CLASSES
from protlang.figures.seqvec_fig_s2 import PANELS, draw, plotted_numbers
from protlang.tables.grid import NOT_PRINTED
from support.drawings import check_drawing, texts_of

DATA = {label: f"a network for {label}" for label in PANELS}


def confusion(
    label: str, counts: Mapping[tuple[str, str], int], counted: str, seed: int = 1
) -> pd.DataFrame:
    """A complete table of one seed; pairs that are not given count 0."""
    classes = [*PANELS[label].names]
    return pd.DataFrame(
        {
            "label": label,
            "seed": seed,
            "true": true,
            "predicted": predicted,
            counted: counts.get((true, predicted), 0),
        }
        for true, predicted in itertools.product(classes, classes)
    )


MEMBRANE = pd.concat(
    [
        confusion("membrane", {("S", "S"): 8, ("M", "S"): 1}, "proteins"),
        confusion(
            "membrane", {("S", "S"): 6, ("S", "M"): 2, ("M", "M"): 1}, "proteins", 2
        ),
    ]
)
LOCATION = confusion("location", {("Nucleus", "Plastid"): 1234}, "proteins")
STRUCTURE = pd.concat(
    [
        confusion("q3", {("H", "H"): 3, ("H", "E"): 1}, "residues"),
        confusion("q8", {("G", "H"): 2}, "residues"),
    ]
)
DISORDER = pd.DataFrame(
    [{"label": "disorder", "seed": 1, "true": "0", "predicted": "0", "residues": 4}]
)


def test_panels_have_all_classes_of_their_labels() -> None:
    known = {label: [*PANELS[label].names] for label in PANELS}
    assert known == {
        "q3": list(LABEL_STATES["q3"]),
        "q8": list(LABEL_STATES["q8"]),
        "membrane": list(PROTEIN_CLASSES["membrane"]),
        "location": list(PROTEIN_CLASSES["location"]),
    }


def test_counts_are_averaged_over_seeds_and_rows_add_up_to_100() -> None:
    numbers = plotted_numbers([MEMBRANE])
    cells = numbers.set_index(["true", "predicted"])
    assert cells["count"].to_dict() == {
        ("S", "S"): 7.0,
        ("S", "M"): 1.0,
        ("M", "S"): 0.5,
        ("M", "M"): 0.5,
    }
    assert cells["share"].to_dict() == {
        ("S", "S"): 87.5,
        ("S", "M"): 12.5,
        ("M", "S"): 50.0,
        ("M", "M"): 50.0,
    }


def test_residues_and_proteins_stand_side_by_side_and_disorder_is_passed_over() -> None:
    numbers = plotted_numbers([pd.concat([STRUCTURE, DISORDER]), MEMBRANE, LOCATION])
    assert list(numbers.columns) == ["label", "true", "predicted", "count", "share"]
    assert numbers.groupby("label").size().to_dict() == {
        "q3": 9,
        "q8": 64,
        "membrane": 4,
        "location": 100,
    }
    helix = numbers[(numbers["label"] == "q3") & (numbers["true"] == "H")]
    assert list(helix["share"]) == [75, 25, 0]


def test_classes_that_are_never_true_have_no_shares() -> None:
    numbers = plotted_numbers([LOCATION]).set_index(["true", "predicted"])
    assert numbers["share"]["Nucleus", "Plastid"] == 100
    assert numbers["share"].isna().sum() == 90


def draw_all(stem: Path, simulated: bool) -> None:
    draw(plotted_numbers([STRUCTURE, MEMBRANE, LOCATION]), DATA, stem, simulated)


@pytest.fixture(scope="module")
def svg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return check_drawing(draw_all, tmp_path_factory.mktemp("figures"))


def test_panels_are_titled_with_their_data(svg: Path) -> None:
    drawn = texts_of(svg)
    for label, panel in PANELS.items():
        assert drawn[drawn.index(panel.title) + 1] == DATA[label]


def test_only_panels_with_numbers_are_drawn(tmp_path: Path) -> None:
    draw(plotted_numbers([LOCATION]), DATA, tmp_path / "f", simulated=True)
    drawn = " ".join(texts_of(tmp_path / "f.svg"))
    assert "Localization" in drawn
    assert "Secondary structure" not in drawn
    assert "Membrane-bound" not in drawn


def test_cells_show_percentages_and_counts(svg: Path) -> None:
    drawn = texts_of(svg)
    pairs = set(itertools.pairwise(drawn))
    assert {("100", "1,234"), ("Nucleus", "1,234")} <= pairs
    assert drawn.count(NOT_PRINTED) == 90 + 2 * 3 + 7 * 8
    assert "Endoplasmic reticulum" in drawn


def test_the_csv_holds_what_is_drawn(svg: Path) -> None:
    table = pd.read_csv(
        svg.with_suffix(".csv"), keep_default_na=False, na_values=["NA"]
    )
    assert len(table) == 9 + 64 + 4 + 100
    cell = table[(table["true"] == "Nucleus") & (table["predicted"] == "Plastid")]
    assert (cell["count"].item(), cell["share"].item()) == (1234, 100)
