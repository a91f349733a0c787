from collections.abc import Mapping
from typing import Any

import pandas as pd

from builders import make_config, make_sources
from protlang.experiments import Network, PerResidueExperiments
from protlang.tables.cells import Cell
from protlang.tables.seqvec_table1 import fill

OWN = ["DeepProf", "DeepOneHot", "DeepBLOSUM65"]
MISSING = ["DeepSeqVec", "DeepProf+SeqVec", "DeepProtVec"]
COUNTINGS = {
    "Q3": (
        *("per protein", "pooled"),
        *("per protein, resolved residues", "pooled, resolved residues"),
        *("per protein, evaluation mask", "pooled, evaluation mask"),
    ),
    "disorder MCC": ("per protein", "per protein, undefined left out", "pooled"),
}
COUNTINGS["Q8"], COUNTINGS["disorder FPR"] = COUNTINGS.values()
BASE = {"Q3": 100.0, "Q8": 200.0, "disorder MCC": 300.0, "disorder FPR": 400.0}
PROTEINS = {"train": 10_256, "casp12": 20, "ts115": 115, "cb513": 511}
DATASETS = {"casp12": 10.0, "ts115": 20.0, "cb513": 30.0}


def scores(network: Network, dataset: str) -> pd.DataFrame:
    """Scores that tell metric (hundreds), data set (tens) and counting (ones)."""
    return pd.DataFrame(
        {
            "metric": metric,
            "counting": counting,
            "value": BASE[metric] + DATASETS[dataset] + place,
            "stderr": 0.5,
            "n": 20,
            "seeds": 2,
        }
        for metric, countings in COUNTINGS.items()
        for place, counting in enumerate(countings)
    )


def provenance(simulated: str = "") -> Any:
    return {
        name: {
            "simulated": name == simulated,
            "proteins": PROTEINS[name],
            "source": f"source of {name}",
            "distribution": "netsurfp-npz",
        }
        for name in PROTEINS
    }.__getitem__


def filled(
    simulated: str = "", sources: Mapping[str, str] | None = None, **config: Any
) -> tuple[list[Cell], pd.DataFrame]:
    experiments = PerResidueExperiments(
        make_config(**config), make_sources(**(sources or {}))
    )
    return fill(experiments, scores, provenance(simulated))


def own(cells: list[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.target.kind == "reproduced"]


def test_all_93_cells_are_there_in_printed_order() -> None:
    cells, others = filled()
    assert len(cells) == len(others) == 93
    verdicts = [cell.verdict for cell in cells]
    assert verdicts.count("excerpted") == 33
    assert len(own(cells)) == 60
    order = [
        *("NetSurfP-2.0 (hhblits)", "NetSurfP-1.0", "Spider3", "RaptorX", "Jpred4"),
        *("DeepSeqVec", "DeepProf", "DeepProf+SeqVec"),
        *("DeepProtVec", "DeepOneHot", "DeepBLOSUM65"),
    ]
    printed = list(dict.fromkeys((c.target.dataset, c.target.row) for c in cells))
    assert printed == [
        (dataset, row) for dataset in ("CASP12", "TS115", "CB513") for row in order
    ]


def test_each_own_cell_has_its_number_or_a_reason() -> None:
    cells, _ = filled()
    for cell in own(cells):
        if cell.target.row in MISSING:
            assert cell.verdict == "not run"
            assert cell.reason == (
                f"the configuration declares no predictor for {cell.target.row}"
            )
        else:
            assert cell.target.row in OWN
            base = BASE[cell.target.metric] + DATASETS[cell.target.dataset.lower()]
            assert (cell.value, cell.stderr, cell.n) == (base, 0.5, 20)
            assert cell.verdict == "higher"
    assert sum(cell.verdict == "not run" for cell in cells) == 30


def test_cells_tell_where_their_number_is_from() -> None:
    cells, _ = filled()
    cell = next(cell for cell in cells if cell.target.row == "DeepProf")
    assert cell.provenance == (
        "profile; trained on 10,256 proteins of source of train (netsurfp-npz); 2 seeds"
    )


def test_other_countings_stand_in_their_columns() -> None:
    cells, others = filled()
    found = {
        (cell.target.row, cell.target.dataset, cell.target.metric): row.dropna()
        for cell, (_, row) in zip(cells, others.iterrows(), strict=True)
    }
    assert found["DeepOneHot", "CB513", "Q3"].to_dict() == {
        "pooled": 131.0,
        "resolved": 132.0,
        "pooled_resolved": 133.0,
        "evaluated": 134.0,
        "pooled_evaluated": 135.0,
    }
    assert found["DeepProf", "TS115", "disorder MCC"].to_dict() == {
        "defined_only": 321.0,
        "pooled": 322.0,
    }


def test_cells_without_a_run_have_no_other_countings() -> None:
    cells, others = filled()
    for cell, (_, other) in zip(cells, others.iterrows(), strict=True):
        computed = cell.verdict not in ("excerpted", "not run")
        assert other.notna().any() == computed


def test_a_configuration_with_none_of_the_rows_fills_every_cell_with_a_reason() -> None:
    cells, others = filled(predictors={"mine": {"features": ["one_hot"]}})
    assert others.shape == (93, 6)
    assert {cell.verdict for cell in cells} == {"excerpted", "not run"}


def dataset(**changes: Any) -> dict[str, Any]:
    """A data set as the base configuration declares it, with changes."""
    return {**make_config()["datasets"]["train"], **changes}


def test_a_deviating_training_set_is_the_reason() -> None:
    cells, _ = filled(datasets={"train": dataset(deviation="other")})
    computed = [cell for cell in own(cells) if cell.target.row in OWN]
    assert {(cell.verdict, cell.reason) for cell in computed} == {("deviates", "other")}


def test_a_label_that_no_training_set_has_is_not_run() -> None:
    cells, _ = filled(training_sets=[{"dataset": "train", "labels": ["q3"]}])
    q8 = [cell for cell in own(cells) if cell.target.metric == "Q8"]
    told = {cell.reason for cell in q8 if cell.target.row in OWN}
    assert told == {"no training set is declared for q8 labels"}


def test_a_test_set_of_another_size_deviates() -> None:
    PROTEINS["cb513"] = 513
    try:
        cells, _ = filled()
    finally:
        PROTEINS["cb513"] = 511
    tested = {
        (cell.verdict, cell.reason)
        for cell in own(cells)
        if cell.target.row in OWN and cell.target.dataset == "CB513"
    }
    assert tested == {("deviates", "tested on 513 proteins of CB513, the paper on 511")}


def test_arrays_whose_hidden_residues_stay_hidden_deviate() -> None:
    settings = dataset()
    del settings["seqres"]
    cells, _ = filled(datasets={"train": settings})
    computed = [cell for cell in own(cells) if cell.target.row in OWN]
    assert {cell.verdict for cell in computed} == {"deviates"}
    assert "non-standard residues of train stay X" in computed[0].reason


def test_simulated_training_makes_every_cell_incomparable() -> None:
    cells, _ = filled(simulated="train")
    computed = [cell for cell in own(cells) if cell.target.row in OWN]
    assert {cell.verdict for cell in computed} == {"not comparable"}


def test_a_simulated_test_set_makes_its_own_cells_incomparable() -> None:
    cells, _ = filled(simulated="ts115")
    verdicts = {
        (cell.target.dataset, cell.verdict)
        for cell in own(cells)
        if cell.target.row in OWN
    }
    assert verdicts == {
        ("CASP12", "higher"),
        ("TS115", "not comparable"),
        ("CB513", "higher"),
    }
