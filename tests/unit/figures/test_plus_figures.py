"""PLUS's Figures 2, 3 and 4."""

import math
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from protlang.encoders.provenance import Provenance
from protlang.errors import ProtlangError
from protlang.experiments.targets import statements
from protlang.figures import plus_fig2, plus_fig3, plus_fig4
from protlang.figures.plus_fig3 import MOST_DOTS, Method, spread
from protlang.figures.plus_fig4 import ExamplePair
from protlang.homology.pairs import FixedPairs
from protlang.homology.scores import PairScores
from protlang.tables.plus_scores import ScoredModel
from support.drawings import check_drawing, texts_of


def text_of(svg: Path) -> str:
    return " ".join(" ".join(texts_of(svg)).split())


def model(row: str, parts: dict[str, float]) -> ScoredModel:
    rows = [
        {
            "test_set": f"SCOPe 2.06 dev{part}",
            "metric": metric,
            "value": value,
            "stderr": 0.01,
            "low": value - 0.02,
            "high": value + 0.02,
            "n": 40 if part == ":long" else 60,
        }
        for part, value in parts.items()
        for metric in ("accuracy", "Pearson r")
    ]
    return ScoredModel(row, "Homology", pd.DataFrame(rows), Provenance("", True))


MODELS = [
    model("PLUS-RNN LARGE", {"": 0.5, ":short": 0.75, ":long": 0.625}),
    model("PLUS-TFM", {":short": 0.5}),
    model("PLUS-RNN BASE", {":short": 0.1, ":long": 0.1}),
]


def test_figure_2_has_a_bar_for_each_model_part_and_measure() -> None:
    numbers = plus_fig2.plotted_numbers(MODELS)
    assert len(numbers) == 2 * 2 * 3
    key = ["metric", "pairs", "row"]
    by_bar = numbers.set_index(key)
    assert by_bar.loc[("accuracy", "Short", "PLUS-RNN LARGE"), "value"] == 0.75
    assert by_bar.loc[("Pearson r", "Long", "PLUS-RNN LARGE"), "low"] == 0.605
    missing = by_bar.loc[("accuracy", "Long", "PLUS-TFM")]
    assert math.isnan(missing["value"])
    assert missing["n"] == 0
    assert (by_bar.xs("PLUS-TFM-EXT", level="row")["n"] == 0).all()


def test_figure_2_states_pairs_and_missing_models(tmp_path: Path) -> None:
    numbers = plus_fig2.plotted_numbers(MODELS)
    svg = check_drawing(partial(plus_fig2.draw, numbers), tmp_path)
    drawn = text_of(svg)
    assert "60 pairs" in drawn
    assert "40 pairs" in drawn
    assert "0.625" in drawn
    assert "no score" in drawn
    assert "Without a score: PLUS-TFM-EXT, PLUS-TFM." in drawn


def test_figure_2_is_drawn_without_any_score(tmp_path: Path) -> None:
    plus_fig2.draw(plus_fig2.plotted_numbers([]), tmp_path / "a", simulated=False)
    assert "Simulated" not in text_of(tmp_path / "a.svg")


def test_figure_2_has_room_for_a_negative_r_without_an_interval(tmp_path: Path) -> None:
    numbers = plus_fig2.plotted_numbers(MODELS)
    of_r = numbers["metric"] == "Pearson r"
    numbers.loc[of_r, ["value", "low", "high"]] = [-0.5, np.nan, np.nan]
    plus_fig2.draw(numbers, tmp_path / "a", simulated=False)
    assert "\N{MINUS SIGN}0.4" in text_of(tmp_path / "a.svg")


LEVELS = np.repeat([0, 4], [MOST_DOTS + 5, 3])
IDS = [(f"a{i}", f"b{i}") for i in range(len(LEVELS))]


def method(name: str, scores: np.ndarray, scores_are_levels: bool) -> Method:
    lengths = np.full((len(scores), 2), 9)
    pairs = PairScores(IDS[: len(scores)], LEVELS[: len(scores)], scores, lengths, {})
    return Method(name, pairs, scores_are_levels)


RNN = method("PLUS-RNN", np.where(LEVELS == 4, 3.5, 0.25), scores_are_levels=True)
NW = method("NW-align", np.arange(len(LEVELS)) - 500.0, scores_are_levels=False)


def test_figure_3_scales_alignments_and_leaves_levels() -> None:
    numbers = plus_fig3.plotted_numbers([RNN, NW])
    own, aligned = (
        numbers[numbers["method"] == name] for name in ("PLUS-RNN", "NW-align")
    )
    assert own["scaled_score"].tolist() == own["score"].tolist()
    family = aligned[aligned["level"] == 4]
    last = len(LEVELS) - 1
    expected = 4 * np.array([last - 2, last - 1, last]) / last
    assert family["scaled_score"].to_numpy() == pytest.approx(expected)
    assert family["score"].tolist() == [last - 502, last - 501, last - 500]
    assert family["median"].tolist() == pytest.approx([expected[1]] * 3)


def test_figure_3_draws_the_same_pairs_of_each_level_and_counts_all() -> None:
    numbers = plus_fig3.plotted_numbers([RNN, NW])
    sizes = numbers.groupby(["method", "level"]).size()
    assert set(sizes.xs(0, level="level")) == {MOST_DOTS}
    assert set(sizes.xs(4, level="level")) == {3}
    own, aligned = (group for _, group in numbers.groupby("method"))
    assert own["id_a"].tolist() == aligned["id_a"].tolist()
    assert own["id_a"].is_unique
    assert numbers.groupby("level")["pairs"].first().to_dict() == {
        0: MOST_DOTS + 5,
        4: 3,
    }
    # Of all pairs, not only of those that are drawn.
    none = own[own["level"] == 0].iloc[0]
    scaled = 4 * np.arange(len(LEVELS)) / (len(LEVELS) - 1)
    assert own["method"].iloc[0] == "NW-align"
    assert none["median"] == pytest.approx(np.median(scaled[LEVELS == 0]))
    assert none["upper_quartile"] == pytest.approx(
        np.quantile(scaled[LEVELS == 0], 0.75)
    )


def test_figure_3_refuses_methods_with_other_pairs() -> None:
    fewer = method("NW-align", np.arange(10.0), scores_are_levels=False)
    with pytest.raises(ProtlangError, match="scored different pairs"):
        plus_fig3.plotted_numbers([RNN, fewer])


def test_dots_spread_where_scores_are_dense() -> None:
    scores = np.concatenate([np.full(500, 1.0), np.linspace(3, 4, 20)])
    places = spread(scores)
    assert np.abs(places).max() <= 1
    assert np.abs(places[:500]).max() > 0.9
    assert np.abs(places[500:]).max() < 0.1
    # Evenly, to both sides.
    counts, _ = np.histogram(places[:500], bins=10, range=(-1, 1))
    assert counts.min() >= 45
    assert spread(np.array([2.0])).shape == (1,)


def test_figure_3_states_correlations_and_numbers_of_pairs(tmp_path: Path) -> None:
    numbers = plus_fig3.plotted_numbers([RNN, NW])
    correlations = plus_fig3.correlations_of([RNN, NW])
    assert correlations["PLUS-RNN"] == pytest.approx(1)

    def draw(stem: Path, simulated: bool) -> None:
        plus_fig3.draw(numbers.assign(simulated=simulated), correlations, stem)

    drawn = text_of(check_drawing(draw, tmp_path))
    assert "PLUS-RNN (r = 1.00)" in drawn
    assert f"none {MOST_DOTS + 5:,}" in drawn
    assert "superfamily 0" in drawn
    assert f"At most {MOST_DOTS:,} pairs of a level are drawn." in drawn


def test_equal_scores_have_no_correlation() -> None:
    same = method("PLUS-RNN", np.ones(len(LEVELS)), scores_are_levels=True)
    assert math.isnan(plus_fig3.correlations_of([same])["PLUS-RNN"])


def example(rows: int, columns: int, level: int) -> ExamplePair:
    path = np.eye(rows, columns, dtype=bool)
    return ExamplePair(
        (f"a{rows}", f"b{columns}"),
        level,
        1.25,
        3.5,
        np.where(path, 4, -1),
        path,
        np.where(path, 0.75, 0.125),
    )


EXAMPLES = [example(5, 7, 4), example(40, 30, 4), example(3, 3, 2)]


def test_figure_4_prints_both_scores_and_the_label_of_three_pairs(
    tmp_path: Path,
) -> None:
    numbers = plus_fig4.plotted_numbers(EXAMPLES, simulated=True)
    assert numbers["pair"].tolist() == [1, 2, 3]
    assert numbers["level"].tolist() == ["family", "family", "fold"]
    assert numbers[["length_a", "length_b"]].iloc[1].tolist() == [40, 30]
    assert numbers["path_weight"].tolist() == [0.75] * 3

    def draw(stem: Path, simulated: bool) -> None:
        plus_fig4.draw(EXAMPLES, numbers.assign(simulated=simulated), stem)

    drawn = text_of(check_drawing(draw, tmp_path))
    assert "A a5, B b7" in drawn
    assert "1.25 (paper's pair: 2.65)" in drawn
    assert "Pair 3: dissimilar sequence, same fold only" in drawn


def test_figure_4_prints_the_papers_scores() -> None:
    """As the targets have them."""
    printed = [
        float(one.printed) for one in statements("PLUS") if one.metric == "score"
    ]
    first, second = zip(*plus_fig4.PAPER_SCORES, strict=True)
    assert [*first, *second] == printed


def test_matrices_of_a_pair_have_one_shape() -> None:
    with pytest.raises(ValueError, match="differ in shape"):
        ExamplePair(
            ("a", "b"), 4, 0, 0, np.ones((2, 3)), np.ones((2, 3)), np.ones((3, 2))
        )


def test_examples_have_scaled_scores_and_the_path_of_their_alignment() -> None:
    ids = [("a0", "b0"), ("a1", "b1"), ("a2", "b2")]
    lengths = np.full((3, 2), 3)
    levels = np.array([0, 4, 2])
    network, alignment = (
        PairScores(ids, levels, np.array(scores), lengths, {})
        for scores in ([0.5, 3.5, 1.5], [-100.0, 100.0, -50.0])
    )
    shown = FixedPairs([ids[2], ids[1]], [("WCW", "WC"), ("AW", "AW")], levels[1:], {})
    weights = [np.full((3, 2), 0.5), np.full((2, 2), 0.25)]
    first, second = plus_fig4.examples_of(shown, weights, network, alignment)
    assert (first.ids, first.level) == (ids[2], 4)
    assert (first.nw_score, first.plus_score) == (1, 1.5)
    assert (second.nw_score, second.plus_score) == (4, 3.5)
    assert first.path.tolist() == [[True, False], [False, True], [False, False]]
    assert second.residue_scores.tolist() == [[4, -3], [-3, 11]]
    assert second.omega is weights[1]


def test_an_example_without_a_score_is_refused() -> None:
    one = PairScores([("a", "b")], np.array([4]), np.ones(1), np.ones((1, 2)), {})
    shown = FixedPairs([("a", "c")], [("A", "A")], np.array([4]), {})
    with pytest.raises(ProtlangError, match="the pair a, c has no score"):
        plus_fig4.examples_of(shown, [np.ones((1, 1))], one, one)
