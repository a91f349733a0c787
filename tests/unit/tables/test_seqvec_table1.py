from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from protlang.encoders.provenance import Provenance
from protlang.evaluation.statistics import Difference
from protlang.experiments.heads import Network, PerResidueExperiments
from protlang.protocol import Deviation, in_words
from protlang.tables.cells import VERSUS, Cell, as_frame, read_cells
from protlang.tables.comparisons import Place
from protlang.tables.grid import NOT_PRINTED, own_rows
from protlang.tables.layout import PrintedTable
from protlang.tables.seqvec_table1 import fill, printed_columns
from support.sources import make_config, make_sources
from support.tables import page_of

OWN = ["DeepProf", "DeepOneHot", "DeepBLOSUM65"]
MISSING = ["DeepSeqVec", "DeepProf+SeqVec", "DeepProtVec"]
COUNTINGS = {
    "Q3": (
        *("per protein", "pooled"),
        *("per protein, resolved residues", "pooled, resolved residues"),
        *("per protein, evaluation mask", "pooled, evaluation mask"),
    ),
    "disorder MCC": ("per protein", "per protein, missed disorder as 0", "pooled"),
}
COUNTINGS["Q8"], COUNTINGS["disorder FPR"] = COUNTINGS.values()
BASE = {"Q3": 100.0, "Q8": 200.0, "disorder MCC": 300.0, "disorder FPR": 400.0}
OTHER_COLUMNS = [
    *("pooled", "missed_as_zero", "as_zero", "resolved"),
    *("pooled_resolved", "evaluated", "pooled_evaluated"),
]
PROTEINS = {
    "train": 10_256,
    "validation": 536,
    "casp12": 20,
    "ts115": 115,
    "cb513": 511,
}
DATASETS = {"casp12": 10.0, "ts115": 20.0, "cb513": 30.0}


def scores(network: Network, dataset: str) -> pd.DataFrame:
    """Scores that encode metric (hundreds), data set (tens) and counting (ones)."""
    return pd.DataFrame(
        {
            "metric": metric,
            "counting": counting,
            "value": BASE[metric] + DATASETS[dataset] + place,
            "stderr": 0.5,
            "n": 20,
            "seeds": 2,
            "seed_sd": 0.25,
        }
        for metric, countings in COUNTINGS.items()
        for place, counting in enumerate(countings)
    )


def provenance(simulated: str = "") -> Any:
    return {
        name: {
            "simulated": name == simulated,
            "proteins": PROTEINS[name],
            "validation_proteins": PROTEINS["validation"],
            "source": f"source of {name}",
            "distribution": "netsurfp-npz",
        }
        for name in ("train", *DATASETS)
    }.__getitem__


def filled(
    simulated: str = "",
    sources: Mapping[str, str] | None = None,
    facts: Mapping[str, Provenance] | None = None,
    versus: Mapping[Place, Difference] | None = None,
    **config: Any,
) -> tuple[list[Cell], pd.DataFrame]:
    experiments = PerResidueExperiments(
        make_config(**config), make_sources(**(sources or {}))
    )
    return fill(experiments, scores, provenance(simulated), facts or {}, versus)


def own(cells: list[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.target.kind == "reproduced"]


def test_all_93_cells_are_there_in_printed_order() -> None:
    cells, others = filled()
    assert len(cells) == len(others) == 93
    verdicts = [cell.agreement.verdict for cell in cells]
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
            assert cell.agreement.verdict == "not run"
            assert cell.agreement.reason == (
                f"the configuration declares no predictor for {cell.target.row}"
            )
        else:
            assert cell.target.row in OWN
            base = BASE[cell.target.metric] + DATASETS[cell.target.dataset.lower()]
            assert (cell.value, cell.stderr, cell.n) == (base, 0.5, 20)
            assert cell.agreement.verdict == "higher"
    assert sum(cell.agreement.verdict == "not run" for cell in cells) == 30


def test_cells_state_the_provenance_of_their_number() -> None:
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
        "missed_as_zero": 321.0,
        "pooled": 322.0,
    }
    computed = [cell.ours for cell in cells if cell.ours]
    assert {(ours.seeds, ours.seed_sd) for ours in computed} == {(2, 0.25)}


def test_cells_without_a_run_have_no_other_countings() -> None:
    cells, others = filled()
    for cell, (_, other) in zip(cells, others.iterrows(), strict=True):
        computed = cell.agreement.verdict not in ("excerpted", "not run")
        assert other.notna().any() == computed


def test_a_configuration_with_none_of_the_rows_fills_every_cell_with_a_reason() -> None:
    cells, others = filled(predictors={"mine": {"features": ["one_hot"]}})
    assert list(others.columns) == [*OTHER_COLUMNS, *VERSUS]
    assert {cell.agreement.verdict for cell in cells[:93]} == {"excerpted", "not run"}
    assert others[:93].isna().all(axis=None)


def dataset(**changes: Any) -> dict[str, Any]:
    """A data set as the base configuration declares it, with changes."""
    return {**make_config()["datasets"]["train"], **changes}


def protocols(cells: list[Cell]) -> set[object]:
    """But for where masked residues come from, which all have in common."""
    found = [cell.ours.deviations for cell in cells if cell.ours]
    return {
        in_words(one for one in deviations if not one.aspect.startswith("sequences of"))
        for deviations in found
    }


def test_sequences_of_the_pdb_are_not_those_of_sifts() -> None:
    cells, _ = filled()
    cell = next(cell for cell in cells if cell.target.row == "DeepProf")
    assert cell.as_row()["protocol"] == (
        "sequences of training set train: SEQRES, the paper's SIFTS; "
        "sequences of test set casp12: SEQRES, the paper's SIFTS"
    )
    assert cell.ours is not None
    assert cell.ours.on_the_papers_test_set


@pytest.mark.parametrize("setting", ["learning_rate", "batch_proteins"])
def test_the_training_of_networks_is_compared(setting: str) -> None:
    config = make_config()
    config["per_residue"]["training"] = {setting: 7, "patience": 3}
    experiments = PerResidueExperiments(config, make_sources())
    cells, _ = fill(experiments, scores, provenance(), {}, None)
    (protocol,) = protocols([cell for cell in own(cells) if cell.ours])
    assert str(protocol).startswith(f"network's {setting.replace('_', ' ')}: 7, the")


def test_proteins_of_another_origin_are_other_test_proteins() -> None:
    known = provenance()

    def of_another(name: str) -> dict[str, Any]:
        layout = "tape-lmdb-secondary-structure" if name == "ts115" else "netsurfp-npz"
        return {**known(name), "distribution": layout}

    experiments = PerResidueExperiments(make_config(), make_sources())
    cells, _ = fill(experiments, scores, of_another, {}, None)
    tested = [cell for cell in own(cells) if cell.target.dataset == "TS115"]
    assert protocols(tested) == {
        "test proteins of TS115: source of ts115 (tape-lmdb-secondary-structure), "
        "the paper's NetSurfP-2.0's"
    }


def test_a_deviating_training_set_is_another_protocol() -> None:
    cells, _ = filled(datasets={"train": dataset(deviation="other")})
    computed = [cell for cell in own(cells) if cell.target.row in OWN]
    assert {cell.agreement.verdict for cell in computed} == {"higher"}
    assert protocols(computed) == {"training set train: other"}
    assert protocols([cell for cell in own(filled()[0]) if cell.ours]) == {"same"}


def test_a_label_that_no_training_set_has_is_not_run() -> None:
    cells, _ = filled(training_sets=[{"dataset": "train", "labels": ["q3"]}])
    q8 = [cell for cell in own(cells) if cell.target.metric == "Q8"]
    reasons = {cell.agreement.reason for cell in q8 if cell.target.row in OWN}
    assert reasons == {"no training set is declared for q8 labels"}


def test_a_training_set_of_another_size_is_another_protocol() -> None:
    PROTEINS["train"] = 9_712
    try:
        cells, _ = filled()
    finally:
        PROTEINS["train"] = 10_256
    computed = [cell for cell in own(cells) if cell.target.row in OWN]
    assert protocols(computed) == {"training proteins: 9,712, the paper's 10,256"}


def test_another_number_of_validation_proteins_is_another_protocol() -> None:
    PROTEINS["validation"] = 1_080
    try:
        cells, _ = filled()
    finally:
        PROTEINS["validation"] = 536
    computed = [cell for cell in own(cells) if cell.target.row in OWN]
    assert protocols(computed) == {"validation proteins: 1,080, the paper's 536"}


def test_a_test_set_of_another_size_deviates() -> None:
    PROTEINS["cb513"] = 513
    try:
        cells, _ = filled()
    finally:
        PROTEINS["cb513"] = 511
    tested = [
        cell
        for cell in own(cells)
        if cell.target.row in OWN and cell.target.dataset == "CB513"
    ]
    assert protocols(tested) == {"test proteins of CB513: 513, the paper's 511"}


def test_arrays_with_unresolved_masked_residues_deviate() -> None:
    settings = dataset()
    del settings["seqres"]
    cells, _ = filled(datasets={"train": settings})
    computed = [cell for cell in own(cells) if cell.target.row in OWN]
    assert protocols(computed) == {
        "training set train, non-standard residues: stay X, no protein left out"
    }


def test_simulated_training_makes_every_cell_incomparable() -> None:
    cells, _ = filled(simulated="train")
    computed = [cell for cell in own(cells) if cell.target.row in OWN]
    assert {cell.agreement.verdict for cell in computed} == {"not comparable"}
    assert protocols(computed) == {"training proteins: simulated"}


def test_a_simulated_test_set_makes_its_own_cells_incomparable() -> None:
    cells, _ = filled(simulated="ts115")
    verdicts = {
        (cell.target.dataset, cell.agreement.verdict)
        for cell in own(cells)
        if cell.target.row in OWN
    }
    assert verdicts == {
        ("CASP12", "higher"),
        ("TS115", "not comparable"),
        ("CB513", "higher"),
    }
    tested = [cell for cell in own(cells) if cell.target.dataset == "TS115"]
    assert protocols(tested) == {"test proteins: simulated"}


ON_EMBEDDINGS: Mapping[str, Any] = {
    "encoders": {"elmo": {}},
    "predictors": {
        "DeepSeqVec": {"features": ["embedding"], "encoder": "elmo"},
        "DeepOneHot": {"features": ["one_hot"]},
    },
}


def with_encoder(**facts: Any) -> dict[str, list[Cell]]:
    """Own cells of two predictors by row, one of which sees an encoder's vectors."""
    known = {"description": "elmo: big", "simulated": False, "deviations": (), **facts}
    cells, _ = filled(facts={"elmo": Provenance(**known)}, **ON_EMBEDDINGS)
    rows = ON_EMBEDDINGS["predictors"]
    return {row: [c for c in cells if c.target.row == row] for row in rows}


def test_cells_state_the_encoder_of_the_network() -> None:
    assert with_encoder()["DeepSeqVec"][0].provenance == (
        "embedding (elmo: big); trained on 10,256 proteins of source of train "
        "(netsurfp-npz); 2 seeds"
    )


def test_another_encoder_than_the_papers_makes_its_row_deviate_and_no_other() -> None:
    cells = with_encoder(deviations=(Deviation("elmo layers", "1", "2"),))
    assert protocols(cells["DeepSeqVec"]) == {"elmo layers: 1, the paper's 2"}
    assert protocols(cells["DeepOneHot"]) == {"same"}


def test_an_encoder_of_simulated_proteins_makes_its_row_not_comparable() -> None:
    cells = with_encoder(simulated=True)
    assert {cell.agreement.verdict for cell in cells["DeepSeqVec"]} == {
        "not comparable"
    }
    assert {cell.agreement.verdict for cell in cells["DeepOneHot"]} == {"higher"}


ROBUSTNESS: Mapping[str, Any] = {
    "encoders": {"elmo": {}, "elmo-4layer": {}, "elmo-swissprot": {}},
    "predictors": {
        "DeepSeqVec4": {
            "row": "DeepSeqVec (4 layers)",
            "features": ["embedding"],
            "encoder": "elmo-4layer",
        },
        "DeepOneHot": {"features": ["one_hot"]},
        "DeepSeqVecSwissProt": {"features": ["embedding"], "encoder": "elmo-swissprot"},
    },
}
"""Two predictors that the paper mentions without a number, around one with numbers."""

ADDED = ["DeepSeqVec (4 layers)", "DeepSeqVecSwissProt"]
DIFFERENCE = Difference(12.25, -0.5, 25.0, 0.06)


def places(cells: list[Cell]) -> list[tuple[str, str, str]]:
    return [(c.target.dataset, c.target.row, c.target.metric) for c in cells]


def test_the_columns_are_those_of_the_paper() -> None:
    structure, disorder = ("Q3", "Q8"), ("disorder MCC", "disorder FPR")
    assert printed_columns() == [
        *(("CASP12", metric) for metric in (*structure, *disorder)),
        *(("TS115", metric) for metric in (*structure, *disorder)),
        *(("CB513", metric) for metric in structure),
    ]


def test_rows_of_ours_come_below_the_papers_which_stay_complete() -> None:
    printed, _ = filled()
    cells, others = filled(**ROBUSTNESS)
    assert places(cells[:93]) == places(printed)
    assert len(cells) == len(others) == 93 + 2 * 10
    assert places(cells[93:]) == [
        (test_set, row, metric)
        for test_set in ("CASP12", "TS115", "CB513")
        for row in ADDED
        for where, metric in printed_columns()
        if where == test_set
    ]


def test_rows_of_ours_have_numbers_and_no_papers_value() -> None:
    cells, others = filled(**ROBUSTNESS)
    for cell in cells[93:]:
        base = BASE[cell.target.metric] + DATASETS[cell.target.dataset.lower()]
        assert (cell.value, cell.stderr, cell.n) == (base, 0.5, 20)
        assert cell.target.kind == "added"
        assert cell.target.value != cell.target.value
        assert cell.agreement.verdict == "not in the paper"
    assert others[93:]["pooled"].notna().all()
    assert {cell.target.unit for cell in cells[93:]} == {"percent", "fraction"}
    one_hot = [c for c in cells[:93] if c.target.row == "DeepOneHot"]
    assert {c.agreement.verdict for c in one_hot} == {"higher"}


def test_rows_of_ours_from_simulated_proteins_or_encoders_are_not_comparable() -> None:
    cells, _ = filled(simulated="train", **ROBUSTNESS)
    assert {cell.agreement.verdict for cell in cells[93:]} == {"not comparable"}
    facts = {"elmo-4layer": Provenance("elmo-4layer", True)}
    cells, _ = filled(facts=facts, **ROBUSTNESS)
    verdicts = {(cell.target.row, cell.agreement.verdict) for cell in cells[93:]}
    assert verdicts == {(ADDED[0], "not comparable"), (ADDED[1], "not in the paper")}


def test_rows_of_ours_state_their_encoder() -> None:
    facts = Provenance(
        "elmo-4layer: ELMo, 4 layers",
        False,
        (Deviation("elmo-4layer layers", "4", "2"),),
    )
    cells, _ = filled(facts={"elmo-4layer": facts}, **ROBUSTNESS)
    cell = cells[93]
    assert cell.agreement.reason == "a row of ours, of which the paper has no number"
    assert protocols([cell]) == {"elmo-4layer layers: 4, the paper's 2"}
    assert "elmo-4layer: ELMo, 4 layers" in cell.provenance


def test_rows_of_ours_that_cannot_be_tested_have_the_reason() -> None:
    cells, others = filled(
        sources={"cb513": "prottrans-csv"},
        predictors={"Profiles": {"features": ["profile", "one_hot"]}},
    )
    reasons = {
        c.target.dataset: c.agreement.reason
        for c in cells[93:]
        if c.agreement.verdict == "not run"
    }
    assert list(reasons) == ["CB513"]
    assert "has no HHblits profiles" in reasons["CB513"]
    assert others.notna().any(axis=1).sum() == 8


def test_differences_from_the_reference_stand_in_their_columns() -> None:
    versus = {
        Place("DeepProf", "CB513", "Q3"): DIFFERENCE,
        Place("DeepSeqVec", "CB513", "Q3"): DIFFERENCE,
    }
    cells, others = filled(versus=versus)
    known = others[others["reference"].notna()]
    assert len(known) == 1  # there is no number for DeepSeqVec
    target = cells[known.index[0]].target
    assert (target.row, target.dataset, target.metric) == ("DeepProf", "CB513", "Q3")
    assert known[VERSUS].iloc[0].to_list() == ["DeepOneHot", *DIFFERENCE]


@pytest.fixture
def page(tmp_path: Path) -> PrintedTable:
    """The table with rows of ours, and differences in some cells."""
    rows = ("DeepSeqVec (4 layers)", "DeepSeqVecSwissProt")
    versus = {Place(row, "CB513", "Q3"): DIFFERENCE for row in rows}
    versus[Place(ADDED[0], "TS115", "disorder MCC")] = Difference(-0.2, -0.3, 0, 0.002)
    cells, others = filled(versus=versus, **ROBUSTNESS)
    return page_of("seqvec_table1", as_frame(cells, others), tmp_path)


@pytest.mark.usefixtures("page")
def test_the_csv_holds_every_column_and_no_blank_cell(tmp_path: Path) -> None:
    table = tmp_path / "seqvec_table1.csv"
    text = table.read_text(encoding="utf-8")
    header = text.splitlines()[0]
    assert header.endswith(
        "pooled_evaluated,reference,versus_reference,versus_low,versus_high,versus_p"
    )
    assert ",," not in text
    cells = read_cells(table)
    chosen = cells[cells["reference"] == "DeepOneHot"]
    assert list(chosen["versus_reference"]) == [-0.2, 12.25, 12.25]
    assert list(chosen["versus_p"]) == [0.002, 0.06, 0.06]


@pytest.mark.parametrize("simulated", ["", "train"])
def test_rows_of_ours_are_marked_even_if_simulated(
    tmp_path: Path, simulated: str
) -> None:
    cells, others = filled(simulated=simulated, **ROBUSTNESS)
    grid = page_of("seqvec_table1", as_frame(cells, others), tmp_path).grid
    rows = {(row[0], row[1]): row[2:] for row in grid.texts}
    assert list(rows)[-6:] == [
        (dataset, row) for dataset in ("CASP12", "TS115", "CB513") for row in ADDED
    ]
    assert rows["CB513", ADDED[0]] == [
        *(NOT_PRINTED, "130.0 ± 0.5 (not in the paper)"),
        *(NOT_PRINTED, "230.0 ± 0.5 (not in the paper)"),
        *[NOT_PRINTED] * 4,
    ]
    ours = {row[1] for row in own_rows(grid).rows}
    assert ours == {"DeepOneHot", *ADDED}


def test_comparisons_stand_in_one_column_that_names_the_reference(
    page: PrintedTable,
) -> None:
    countings = page.countings
    assert countings.columns[-2:] == ["pooled evaluated", "versus DeepOneHot"]
    texts = {tuple(row[:3]): row[-1] for row in countings.rows}
    assert texts["CB513", ADDED[0], "Q3"] == "+12.2 (-0.5 to +25.0, p = 0.06)"
    assert texts["TS115", ADDED[0], "MCC"] == "-0.200 (-0.300 to +0.000, p = 0.002)"
    assert texts["CB513", "DeepOneHot", "Q3"] == NOT_PRINTED
    assert "not in the paper" in page.legend
