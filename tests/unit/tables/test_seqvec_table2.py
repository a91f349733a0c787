from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from protlang.datasets.deeploc import PAPER_PROTEINS
from protlang.encoders.provenance import Provenance
from protlang.experiments.heads import Predictor
from protlang.experiments.per_protein import PerProteinExperiments
from protlang.protocol import Deviation
from protlang.tables.cells import Cell, as_frame
from protlang.tables.grid import NOT_PRINTED
from protlang.tables.registry import TABLES
from protlang.tables.seqvec_table2 import DataProvenance, _of_membrane, fill
from support.sources import make_source
from support.tables import page_of

METRICS = ("Q10", "Gorodkin MCC", "Q2", "membrane MCC")
OWN = ["DeepSeqVec-Loc", "DeepProtVec-Loc"]
VALUES = {
    "seqvec": (68.4, 0.612, 86.6, 0.724),
    "protvec": (49.0, 0.17, 77.0, 0.53),
    "Composition": (48.0, 0.36, 74.0, 0.50),
}
PREDICTORS = {
    "seqvec": {"row": OWN[0], "features": ["embedding"], "encoder": "elmo"},
    "protvec": {"row": OWN[1], "features": ["embedding"], "encoder": "protvec"},
    "Composition": {"features": ["composition"]},
}


def scores(predictor: Predictor) -> pd.DataFrame:
    """As `score` makes them; errors of a tenth of what the paper has are small."""
    return pd.DataFrame(
        {
            "metric": metric,
            "value": value,
            "stderr": 0.5 if value > 1 else 0.005,
            "n": 2773 if metric in METRICS[:2] else 1746,
            "seeds": 3,
            "seed_sd": 0.1 if value > 1 else 0.001,
        }
        for metric, value in zip(METRICS, VALUES[predictor.name], strict=True)
    )


def provenance(tested: int = 2773, **changes: Any) -> DataProvenance:
    """Of the paper's own numbers of proteins."""
    shared = {
        "simulated": False,
        "source": "deeploc-1",
        "distribution": "deeploc-fasta",
        "locations": {
            name: {"found": number, "paper": number}
            for name, number in PAPER_PROTEINS.items()
        },
        **changes,
    }
    return DataProvenance({**shared, "proteins": 9977}, {**shared, "proteins": tested})


def filled(
    predictors: Mapping[str, Any] | None = None,
    data: DataProvenance | None = None,
    encoders: Mapping[str, Provenance] | None = None,
    **settings: Any,
) -> list[Cell]:
    """The cells of a run with a number for every predictor."""
    config = {
        "datasets": {
            "deeploc": {
                "source": "deeploc-1",
                "validation": {"share": 0.1, "seed": 1},
                **settings,
            }
        },
        "encoders": {"elmo": {}, "protvec": {}},
        "per_protein": {
            "dataset": "deeploc",
            "predictors": PREDICTORS if predictors is None else predictors,
            "training": {"order": "printed"},
        },
    }
    sources = {"deeploc-1": make_source("deeploc-1", "deeploc-fasta")}
    experiments = PerProteinExperiments(config, sources)
    return fill(experiments, scores, data or provenance(), encoders or {})


def of(cells: list[Cell], row: str) -> dict[str, Cell]:
    return {cell.target.metric: cell for cell in cells if cell.target.row == row}


def test_all_26_printed_cells_come_first_in_printed_order() -> None:
    cells = filled()
    printed = cells[:26]
    assert len(cells) == 26 + 4
    assert list(dict.fromkeys(cell.target.row for cell in printed)) == [
        *("LocTree2", "MultiLoc2", "CELLO", "WoLF PSORT", "YLoc", "SherLoc2"),
        *("iLoc-Euk", "DeepLoc", *OWN),
    ]
    excerpted = [cell for cell in printed if cell.agreement.verdict == "excerpted"]
    assert len(excerpted) == 18
    assert not {cell.target.row for cell in excerpted} & set(OWN)


def test_our_numbers_are_compared_with_the_papers() -> None:
    cells = filled()
    found = of(cells, "DeepSeqVec-Loc")
    assert [found[metric].value for metric in METRICS] == list(VALUES["seqvec"])
    assert {metric: found[metric].agreement.verdict for metric in METRICS} == {
        # iLoc-Euk is printed with 68, too, and the errors of others are not printed.
        "Q10": "not distinguishable",
        "Gorodkin MCC": "reproduced",
        "Q2": "reproduced",
        "membrane MCC": "reproduced",
    }
    assert (found["Q10"].stderr, found["Q10"].n, found["Q2"].n) == (0.5, 2773, 1746)
    assert of(cells, "DeepProtVec-Loc")["Q10"].agreement.verdict == "higher"


def test_rows_that_the_paper_lacks_are_added_and_marked() -> None:
    added = of(filled(), "Composition")
    assert list(added) == list(METRICS)
    assert [cell.value for cell in added.values()] == list(VALUES["Composition"])
    assert {cell.agreement.verdict for cell in added.values()} == {"not in the paper"}
    assert [cell.target.unit for cell in added.values()] == ["percent", "fraction"] * 2


def test_cells_state_the_provenance_of_their_number() -> None:
    assert of(filled(), "Composition")["Q10"].provenance == (
        "composition; trained on 9,977 proteins of deeploc-1 (deeploc-fasta); 3 seeds"
    )


def test_rows_without_a_predictor_have_the_reason() -> None:
    cells = filled({"Composition": {"features": ["composition"]}})
    for row in OWN:
        for cell in of(cells, row).values():
            assert cell.agreement.verdict == "not run"
            assert cell.agreement.reason == (
                f"the configuration declares no predictor for {row}"
            )


def test_without_networks_every_cell_is_excerpted_or_not_run() -> None:
    cells = fill(PerProteinExperiments({}, {}), scores, None, {})
    assert len(cells) == 26
    assert {cell.agreement.verdict for cell in cells} == {"excerpted", "not run"}


def test_other_numbers_of_proteins_deviate_with_the_reason() -> None:
    locations = {name: {"found": 1, "paper": 2} for name in PAPER_PROTEINS}
    data = provenance(tested=2768, locations=locations)
    cell = of(filled(data=data), "DeepSeqVec-Loc")["Q10"]
    assert cell.agreement.verdict == "not distinguishable"
    assert cell.as_row()["protocol"] == (
        "proteins in all: 10, the paper's 20; test proteins: 2,768, the paper's 2,773"
    )


def test_a_declared_deviation_and_the_encoders_come_first_and_last() -> None:
    encoders = {
        "elmo": Provenance("elmo: small", False, (Deviation("elmo layers", "1", "2"),))
    }
    cells = filled(encoders=encoders, deviation="rebuilt")
    seqvec = of(cells, "DeepSeqVec-Loc")["Q10"]
    declared = "test and training set deeploc: rebuilt"
    expected = f"{declared}; elmo layers: 1, the paper's 2"
    assert seqvec.as_row()["protocol"] == expected
    assert seqvec.provenance.startswith("embedding (elmo: small); trained on")
    for row in ("DeepProtVec-Loc", "Composition"):
        assert of(cells, row)["Q10"].as_row()["protocol"] == declared


def test_simulated_proteins_make_all_our_cells_incomparable() -> None:
    cells = filled(data=provenance(simulated=True))
    for row in (*OWN, "Composition"):
        verdicts = {cell.agreement.verdict for cell in of(cells, row).values()}
        assert verdicts == {"not comparable"}
    protocol = str(of(cells, OWN[0])["Q10"].as_row()["protocol"])
    assert protocol == "training proteins: simulated; test proteins: simulated"


def test_an_encoder_of_simulated_proteins_makes_its_row_incomparable() -> None:
    cells = filled(encoders={"elmo": Provenance("elmo", True)})
    assert of(cells, OWN[0])["Q10"].agreement.verdict == "not comparable"
    assert of(cells, OWN[1])["Q10"].agreement.verdict == "higher"


def test_the_table_is_shown_with_the_added_rows_marked(tmp_path: Path) -> None:
    table = page_of("seqvec_table2", as_frame(filled()), tmp_path)
    assert table.title == TABLES["seqvec_table2"].title
    assert not table.simulated
    assert table.grid.columns[:4] == ["Data", "Method", "Q10 paper", "Q10 ours"]
    rows = {row[1]: row[2:] for row in table.grid.texts}
    assert rows["DeepSeqVec-Loc"][:2] == [
        "68.0 ± 1.0",
        "68.4 ± 0.5 (not distinguishable)",
    ]
    assert rows["Composition"][:2] == [NOT_PRINTED, "48.0 ± 0.5 (not in the paper)"]
    assert rows["CELLO"][4:] == [NOT_PRINTED] * 4
    assert "not in the paper" in table.legend


def test_the_printed_errors_of_the_membrane_are_of_fewer_test_proteins() -> None:
    # An accuracy of p percent over n proteins has the error sqrt(p (100 - p) / n).
    for percent, error, n in ((86.8, 1.0, 1146), (77.6, 1.3, 1029)):
        assert round(percent * (100 - percent) / error**2) == n
    found = of(filled(), "DeepSeqVec-Loc")
    remark = (
        "test proteins for the membrane: 1,746, the paper's own, about 1,030 to 1,150 "
        "by its printed errors"
    )
    for metric in METRICS:
        membrane = metric in ("Q2", "membrane MCC")
        assert (remark in str(found[metric].as_row()["protocol"])) == membrane


def test_as_many_test_proteins_as_the_errors_suggest_are_no_deviation() -> None:
    assert _of_membrane("Q2", 1_100) == ()
    assert _of_membrane("Q10", 2_773) == ()
