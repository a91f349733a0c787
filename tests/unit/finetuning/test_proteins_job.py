"""From files of fine-tuned models and alignments to a table."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from protlang.encoders.provenance import Provenance
from protlang.errors import ProtlangError
from protlang.homology.comparisons import PairScores, write_pair_scores
from protlang.tables.cells import read_cells
from protlang.tables.plus_finetuning import (
    read_alignments,
    read_alignments_pairs,
    read_models,
    read_models_pairs,
    write_table,
)

LARGE, NW = "PLUS-RNN LARGE", "NW-align (this run)"
ROWS = {"large": LARGE, "tfm": "PLUS-TFM"}
LEVELS = np.arange(20) % 5


def write_result(folder: Path, test_set: str, value: float) -> Path:
    """Scores and facts, as a training leaves them."""
    folder.mkdir(parents=True)
    lines = [
        "test_set,metric,value,stderr,low,high,n,threshold_source",
        f"{test_set},accuracy,{value},0.01,0.1,0.9,20,development",
        f"{test_set},pearson_r,{value},0.01,0.1,0.9,20,NA",
    ]
    (folder / "scores.csv").write_text("\n".join(lines) + "\n")
    facts = Provenance(f"{folder.name} of {test_set}", False, "")
    (folder / "facts.json").write_text(json.dumps(asdict(facts)))
    return folder / "scores.csv"


def write_pairs(path: Path, noise: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    scores = LEVELS + noise * np.random.default_rng(1).normal(size=len(LEVELS))
    ids = [(f"a{place}", f"b{place}") for place in range(len(LEVELS))]
    lengths = np.full((len(LEVELS), 2), 9)
    write_pair_scores(path, PairScores(ids, LEVELS, scores, lengths, {}))
    return path


def test_models_are_told_by_their_folders(tmp_path: Path) -> None:
    paths = [
        write_result(tmp_path / "large" / "homology", "SCOPe 2.06", 0.5),
        write_result(tmp_path / "tfm" / "secondary_structure", "CB513", 0.5),
    ]
    found = read_models(paths, ROWS)
    assert [(model.row, model.task) for model in found] == [
        (LARGE, "Homology"),
        ("PLUS-TFM", "SecStr"),
    ]
    assert found[1].facts.description == "secondary_structure of CB513"


def test_alignments_of_ours_are_set_apart_from_the_papers(tmp_path: Path) -> None:
    path = write_result(tmp_path / "NW-align", "SCOPe 2.06", 0.5)
    (found,) = read_alignments([path])
    assert (found.row, found.task) == (NW, "Homology")


def test_pairs_are_found_by_row_and_test_set(tmp_path: Path) -> None:
    of_model = [
        write_pairs(tmp_path / "large" / "homology" / "predictions" / name, 0.5)
        for name in ("development.parquet", "test.parquet", "newer.parquet")
    ]
    found = read_models_pairs(of_model, ROWS)
    sets = ["SCOPe 2.06 dev", "SCOPe 2.06", "SCOPe 2.07"]
    assert list(found) == [(LARGE, name) for name in sets]
    of_alignment = write_pairs(tmp_path / "NW-align" / "newer.parquet", 0.5)
    assert list(read_alignments_pairs([of_alignment])) == [(NW, "SCOPe 2.07")]


def test_table_3_has_models_alignments_and_their_comparison(tmp_path: Path) -> None:
    model = write_result(tmp_path / "large" / "homology", "SCOPe 2.06", 0.96)
    aligned = write_result(tmp_path / "NW-align", "SCOPe 2.06", 0.25)
    predictions = write_pairs(
        tmp_path / "large" / "homology" / "predictions" / "test.parquet", 0.1
    )
    pairs = write_pairs(tmp_path / "NW-align" / "test.parquet", 5)
    write_table(
        "plus_table3",
        [*read_models([model], ROWS), *read_alignments([aligned])],
        {**read_models_pairs([predictions], ROWS), **read_alignments_pairs([pairs])},
        tmp_path / "plus_table3.csv",
    )
    cells = read_cells(tmp_path / "plus_table3.csv")
    cells = cells.set_index(["row", "dataset", "metric"])
    ours = cells.loc[(NW, "SCOPe 2.06", "Pearson r")]
    assert (ours["value"], ours["verdict"]) == (0.25, "not in the paper")
    assert ours[f"Steiger_t_{LARGE}"] < 0
    assert cells.loc[(LARGE, "SCOPe 2.06", "accuracy"), "verdict"] == "reproduced"
    assert cells.loc[("NW-align", "SCOPe 2.06", "accuracy"), "verdict"] == "excerpted"
    assert cells["95_%_from"].notna().sum() == 4


def test_two_models_of_one_row_are_refused(tmp_path: Path) -> None:
    paths = [
        write_result(tmp_path / name / "homology", "SCOPe 2.06", 0.5)
        for name in ("large", "other")
    ]
    models = read_models(paths, {"large": LARGE, "other": LARGE})
    with pytest.raises(ProtlangError, match="two models fill the row"):
        write_table("plus_table3", models, {}, tmp_path / "plus_table3.csv")


def test_a_model_without_facts_is_refused(tmp_path: Path) -> None:
    path = write_result(tmp_path / "large" / "homology", "SCOPe 2.06", 0.5)
    (path.parent / "facts.json").unlink()
    with pytest.raises(ProtlangError, match="fine-tune the model and score it first"):
        read_models([path], ROWS)
