"""SeqVec's Figures 2 and 3, and what their panels have in common."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from protlang.alphabet import AMINO_ACIDS, LOCATIONS
from protlang.datasets.scope import CLASSES, ENZYMES, KINGDOMS
from protlang.errors import ProtlangError
from protlang.figures import seqvec_fig2, seqvec_fig3
from protlang.figures.projections import draw_points, labelled_places, moved_apart
from support.drawings import check_drawing, texts_of


def places_of(identifiers: list[str], seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, len(identifiers)))
    return pd.DataFrame({"id": identifiers, "x": x, "y": y})


PROTEINS = [f"P{number}" for number in range(40)]
LOCATED = {name: LOCATIONS[i % 10] for i, name in enumerate(PROTEINS)}
MEMBRANES = {name: "MSU"[i % 3] for i, name in enumerate(PROTEINS)}


@pytest.fixture(scope="module")
def figure2() -> pd.DataFrame:
    raw, hidden = places_of(PROTEINS, 1), places_of(PROTEINS, 2)
    return seqvec_fig2.plotted_numbers(raw, hidden, LOCATED, MEMBRANES)


@pytest.fixture(scope="module")
def figure3() -> pd.DataFrame:
    annotations = pd.DataFrame(
        {
            "id": PROTEINS,
            "class": [list(CLASSES.values())[i % 7] for i in range(40)],
            "ec": [[*ENZYMES.values(), ""][i % 8] for i in range(40)],
            "kingdom": [[*KINGDOMS.values(), ""][i % 5] for i in range(40)],
        }
    )
    letters = places_of([*AMINO_ACIDS, "X", "U"])
    return seqvec_fig3.plotted_numbers(letters, places_of(PROTEINS), annotations)


# Figure 2


def test_both_columns_show_the_same_places(figure2: pd.DataFrame) -> None:
    panels = {name: part.set_index("id") for name, part in figure2.groupby("panel")}
    assert {name: len(part) for name, part in panels.items()} == {
        "A": 40,
        "B": 27,
        "C": 40,
        "D": 27,
    }
    for left, right in (("A", "B"), ("C", "D")):
        shown = panels[right].index
        pd.testing.assert_frame_equal(
            panels[left].loc[shown, ["x", "y"]], panels[right][["x", "y"]]
        )


def test_proteins_of_unknown_membrane_state_are_left_out_on_the_right(
    figure2: pd.DataFrame,
) -> None:
    right = figure2[figure2["panel"].isin(["B", "D"])]
    assert {MEMBRANES[name] for name in right["id"]} == {"M", "S"}
    assert set(right["label"]) == {"Membrane-bound", "Soluble"}


def test_locations_are_named_as_people_write_them(figure2: pd.DataFrame) -> None:
    left = figure2[figure2["panel"] == "A"]
    assert set(left["label"]) == set(seqvec_fig2.LOCATION_COLOURS)
    assert "Cell membrane" in set(left["label"])


def test_proteins_in_two_locations_are_left_out() -> None:
    located = {**LOCATED, "P0": "Cytoplasm-Nucleus"}
    places = places_of(PROTEINS)
    numbers = seqvec_fig2.plotted_numbers(places, places, located, MEMBRANES)
    assert "P0" not in set(numbers.loc[numbers["panel"] == "A", "id"])


# Figure 3


def test_only_the_twenty_amino_acids_are_shown(figure3: pd.DataFrame) -> None:
    letters = figure3.loc[figure3["panel"] == "A", "id"]
    assert sorted(letters) == sorted(AMINO_ACIDS)


def test_amino_acids_are_grouped_as_in_the_paper() -> None:
    groups: dict[str, set[str]] = {}
    for letter, group in seqvec_fig3.AMINO_ACID_CLASSES.items():
        groups.setdefault(group, set()).add(letter)
    assert groups["aromatic"] == set("WFY")
    assert groups["aliphatic"] == set("AILMV")
    assert set().union(*groups.values()) == set(AMINO_ACIDS)
    sizes = seqvec_fig3.SIZES
    assert {letter for letter in sizes if sizes[letter] == "small"} == set("ACGPST")
    assert {letter for letter in sizes if sizes[letter] == "large"} == set("FHRWY")


def test_domains_without_an_annotation_are_left_out_of_its_panel_alone(
    figure3: pd.DataFrame,
) -> None:
    assert figure3["panel"].value_counts().to_dict() == {
        "A": 20,
        "B": 40,
        "C": 35,
        "D": 32,
    }
    in_both = figure3[figure3["id"] == "P0"]
    assert len(in_both) == 3
    assert len(set(in_both["x"])) == 1


def test_all_amino_acids_are_needed() -> None:
    with pytest.raises(ProtlangError, match="amino acids W, Y were not projected"):
        seqvec_fig3.plotted_numbers(
            places_of(list(AMINO_ACIDS[:-2])), places_of(PROTEINS), pd.DataFrame()
        )


def test_a_panel_without_any_label_is_refused() -> None:
    with pytest.raises(ProtlangError, match="panel C: none of the 40 projected points"):
        labelled_places(places_of(PROTEINS), {"P1": "", "Q": "x"}, "C", "E.C. class")


# Both


def test_every_label_has_a_colour() -> None:
    assert set(seqvec_fig3.CLASS_COLOURS) == set(CLASSES.values())
    assert set(seqvec_fig3.ENZYME_COLOURS) == set(ENZYMES.values())
    assert set(seqvec_fig3.KINGDOM_COLOURS) == set(KINGDOMS.values())
    groups = set(seqvec_fig3.AMINO_ACID_CLASSES.values())
    assert set(seqvec_fig3.AMINO_ACID_COLOURS) == groups
    assert len(seqvec_fig2.LOCATION_COLOURS) == len(LOCATIONS)


# Machado et al. 2009, severity 1, for linear RGB.
VISION = {
    "usual": np.eye(3),
    "without green cones": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "without red cones": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}


def lab(linear: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB under D65."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = np.cbrt(to_xyz @ np.clip(linear, 0, 1) / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize(
    "colours",
    [
        seqvec_fig2.LOCATION_COLOURS,
        seqvec_fig2.MEMBRANE_COLOURS,
        seqvec_fig3.AMINO_ACID_COLOURS,
        seqvec_fig3.CLASS_COLOURS,
        seqvec_fig3.ENZYME_COLOURS,
        seqvec_fig3.KINGDOM_COLOURS,
    ],
)
def test_colour_blind_readers_can_distinguish_the_groups(
    colours: Mapping[str, str], vision: str
) -> None:
    seen = [
        lab(VISION[vision] @ (np.array(to_rgb(colour)) ** 2.2))
        for colour in colours.values()
    ]
    closest = min(np.linalg.norm(one - two) for one, two in combinations(seen, 2))
    assert closest > 12


def test_figure_2_names_the_groups_and_counts_them(
    figure2: pd.DataFrame, tmp_path: Path
) -> None:
    def draw(stem: Path, simulated: bool) -> None:
        seqvec_fig2.draw(figure2, stem, "Enc", "Net", simulated)

    texts = texts_of(check_drawing(draw, tmp_path))
    assert {"Cell membrane (4)", "Membrane-bound (14)"} <= set(texts)
    assert {"A  Enc, by location", "D  Net, membrane-bound or soluble"} <= set(texts)


def test_figure_3_names_the_groups_and_counts_them(
    figure3: pd.DataFrame, tmp_path: Path
) -> None:
    def draw(stem: Path, simulated: bool) -> None:
        seqvec_fig3.draw(figure3, stem, "Enc", simulated)

    svg = check_drawing(draw, tmp_path)
    texts = texts_of(svg)
    assert {"All alpha (6)", "Translocases (5)", "Viruses (8)"} <= set(texts)
    assert set(AMINO_ACIDS) <= set(texts)
    table = pd.read_csv(svg.with_suffix(".csv"), keep_default_na=False)
    assert list(table.columns) == ["panel", "id", "x", "y", "label"]
    assert len(table) == len(figure3)


def test_thousands_of_points_make_no_large_file(tmp_path: Path) -> None:
    names = [f"P{number}" for number in range(5000)]
    places = places_of(names)
    located = {name: LOCATIONS[i % 10] for i, name in enumerate(names)}
    bound = {name: "MS"[i % 2] for i, name in enumerate(names)}
    numbers = seqvec_fig2.plotted_numbers(places, places, located, bound)
    seqvec_fig2.draw(numbers, tmp_path / "fig2", "Enc", "Net", simulated=False)
    svg = (tmp_path / "fig2.svg").read_text(encoding="utf-8")
    assert len(svg) < 3_000_000
    assert svg.count("<image") >= 4
    assert svg.count("<use") < 1000


def test_panels_of_one_projection_have_the_same_limits_and_sizes() -> None:
    places = places_of(PROTEINS).assign(label="a")
    both = Figure().subplots(1, 2)
    for axes, points in zip(both, (places, places.head(3)), strict=True):
        draw_points(axes, points, places, {"a": "black"}, "title")
    one, other = both
    assert one.get_xlim() == other.get_xlim()
    assert one.get_ylim() == other.get_ylim()
    sizes = [axes.collections[0].get_sizes().tolist() for axes in both]
    assert sizes[0] == sizes[1]
    assert one.get_xlim()[0] < places["x"].min() < places["x"].max() < one.get_xlim()[1]


def test_all_points_are_drawn_in_their_colours_and_no_group_on_top() -> None:
    colours = {"a": "#ff0000", "b": "#0000ff"}
    labels = np.repeat(["a", "b"], 20)
    points = places_of(PROTEINS).assign(label=labels)
    axes = Figure().subplots()
    draw_points(axes, points, points, colours, "title")
    (drawn,) = axes.collections
    found = {
        (float(x), float(y)): "a" if red else "b"
        for (x, y), (red, *_) in zip(
            np.asarray(drawn.get_offsets()), drawn.get_facecolors(), strict=True
        )
    }
    assert found == {
        (x, y): label
        for x, y, label in zip(points["x"], points["y"], labels, strict=True)
    }
    last = list(found.values())[20:]
    assert 4 < last.count("a") < 16


def test_discs_that_overlap_are_moved_apart_and_others_stay() -> None:
    places = np.array([[0.0, 0.0], [0.5, 0.0], [0.5, 0.0], [10.0, 0.0]])
    centres = moved_apart(places, np.array([1.0, 1.0, 1.0, 1.0]))
    distances = np.linalg.norm(centres[:, None] - centres, axis=2)
    assert distances[np.triu_indices(4, 1)].min() > 0.99
    assert centres[3].tolist() == [10, 0]
    assert np.abs(centres[:3] - places[:3]).max() < 1.5
