"""PLUS's numbers in the text, beside what a run has computed."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from protlang.experiments.targets import statements
from protlang.tables.intext.plus import PlusEvidence
from protlang.tables.network_sizes import plus_sizes
from protlang.tables.plus_intext import ENTRIES, fill
from support.tables import empty_table, page_of, papers_table

LARGE, P_ELMO = "PLUS-RNN LARGE", "P-ELMo (re-implementation)"


def filled(evidence: PlusEvidence) -> dict[tuple[str, str], dict[str, Any]]:
    table = fill(evidence, simulated=False)
    return {(row["row"], row["metric"]): row for row in table.to_dict("records")}


def table_of(
    element: str,
    folder: Path,
    values: Mapping[tuple[str, str], float] | None = None,
    beside: Mapping[str, float] | None = None,
    **facts: Any,
) -> pd.DataFrame:
    """A table in which ours are the paper's numbers, but for `values` by row and data.

    `beside` are further columns of P-ELMo's correlation on SCOPe 2.06.
    """
    own = values or {}
    table = papers_table(
        "PLUS",
        element,
        folder,
        lambda target: own.get((target.row, target.dataset), target.value),
        **facts,
    )
    place = (table["row"] == P_ELMO) & (table["dataset"] == "SCOPe 2.06")
    for name, value in (beside or {}).items():
        table.loc[place & (table["metric"] == "Pearson r"), name] = value
    return table


def described(domains: int, families: int, **changes: Any) -> dict[str, Any]:
    """A model's description, with sizes of its training set."""
    counts = [
        {"set": "training", "step": step, "domains": domains, "families": families}
        for step, domains, families in (
            *(("split", 0, 0), ("family size", domains, families)),
            ("development set", 1, 1),
        )
    ]
    return {
        "training": {"counts": counts},
        "trained_on": {"sources": ["pfam-27"], "simulated": False},
        **changes,
    }


def corpus(**changes: Any) -> dict[str, Any]:
    return {
        "proteins": 21_827_419,
        "families": {"families": 16_479},
        "held_out": {"share": 0.2},
        "sources": [{"name": "pfam-27", "title": "Pfam", "release": "27.0"}],
        "simulated": False,
        **changes,
    }


FACTS = {"simulated": False, "deviations": ()}
SETTINGS = {
    ("train/test split", "share"): "80/20",
    ("minimum length", "residues"): 20.0,
    ("minimum family size (training)", "sequences"): 1000.0,
    ("MLM", "selected residues"): 15.0,
    ("MLM", "mask/random/keep"): "80/10/10",
    ("PLUS-TFM", "maximum length"): 512.0,
}

SIZES = {
    ("PLUS-RNN_BASE", "parameters"),
    ("PLUS-RNN_LARGE", "parameters"),
    ("P-ELMo", "parameters"),
    ("PLUS-RNN", "embedding / projection dimension"),
}

EXAMPLES = pd.DataFrame(
    {
        "pair": [1, 2, 3],
        "id_a": ["a", "b", "c"],
        "id_b": ["d", "e", "f"],
        "nw_score": [2.5, 0.9, 1.0],
        "plus_score": [3.9, 3.8, 2.1],
        "simulated": False,
    }
)


def test_every_number_of_the_text_has_an_entry_and_no_other_has() -> None:
    found = statements("PLUS")
    assert len(found) == 28
    assert {(one.row, one.metric) for one in found} == set(ENTRIES)


def test_without_any_evidence_every_cell_has_the_reason() -> None:
    table = fill(PlusEvidence(), simulated=False)
    quoted = table["agreement"] == "excerpted"
    assert list(table["row"][quoted]) == ["TAPE pre-training set"]
    assert set(table["agreement"][~quoted]) == {"not run"}
    assert (table["reason"].str.len() > 10).all()


def test_the_papers_own_run_bears_out_its_text(tmp_path: Path) -> None:
    steiger = {
        f"Steiger_t_{LARGE}": -50.0,
        f"Steiger_p_{LARGE}": 1e-20,
        f"difference_p_{LARGE}": 0.002,
    }
    cells = filled(
        PlusEvidence(
            tables={
                "table2": table_of("Table 2", tmp_path),
                "table3": table_of("Table 3", tmp_path, beside=steiger),
            },
            corpora={"pfam": corpus()},
            encoders={
                LARGE: described(14_670_860, 3_150),
                P_ELMO: described(17_461_935, 16_000),
            },
            settings=SETTINGS,
            architecture=plus_sizes(),
            test_pairs={"share": 50.4, "n": 10_000, **FACTS},
            long_pairs={"share": 13.42, "n": 100_000, **FACTS},
        )
    )
    agreed = ("reproduced", "same setting")
    others = {
        key: cell for key, cell in cells.items() if cell["agreement"] not in agreed
    }
    same = {key for key, cell in cells.items() if cell["agreement"] == "same setting"}
    assert same == {*SETTINGS, *SIZES}
    assert {key: cell["agreement"] for key, cell in others.items()} == {
        # The paper counts BERT's parameters; its network has 85.7 million.
        ("PLUS-TFM", "parameters"): "other setting",
        ("TAPE pre-training set", "sequences"): "excerpted",
        # Table 2 prints some of its numbers in several rows.
        ("PLUS-RNN", "tasks better than earlier pre-training"): "not distinguishable",
        ("PLUS-RNN_LARGE", "tasks best overall"): "not distinguishable",
        ("NW-align", "score"): "not run",
        ("PLUS-RNN", "score"): "not run",
    }
    values = {key: cell["value"] for key, cell in cells.items()}
    assert values["PLUS-RNN", "tasks better than earlier pre-training"] == "6"
    assert values["PLUS-RNN_LARGE", "tasks best overall"] == "4"
    assert values["P-ELMo pre-training set", "extra sequences"] == "2.79108"
    assert values["PLUS-RNN_LARGE vs P-ELMo correlation", "Steiger p-value"] == "1e-20"


@pytest.mark.parametrize(
    ("value", "better", "best"),
    [
        # The paper's 0.68 is a tie: no better than earlier pre-training, yet best.
        (0.684, "6", "4"),
        (0.686, "7", "4"),
        (0.674, "6", "3"),
    ],
)
def test_tasks_are_counted_as_numbers_are_printed(
    value: float, better: str, best: str, tmp_path: Path
) -> None:
    table = table_of("Table 2", tmp_path, {(LARGE, "Fluorescence"): value})
    cells = filled(PlusEvidence(tables={"table2": table}))
    name = "tasks better than earlier pre-training"
    assert cells["PLUS-RNN", name]["value"] == better
    assert cells["PLUS-RNN_LARGE", "tasks best overall"]["value"] == best


def test_tasks_are_not_counted_while_one_is_missing(tmp_path: Path) -> None:
    table = empty_table("PLUS", "Table 2", tmp_path, "no such data")
    found = filled(PlusEvidence(tables={"table2": table}))
    cell = found["PLUS-RNN_LARGE", "tasks best overall"]
    assert (cell["agreement"], cell["reason"]) == ("not run", "Homology: no such data")


@pytest.mark.parametrize(
    ("statistic", "tail", "over_domains", "value", "agreement"),
    [
        (-50.0, 0.0, 0.002, "<1e-300", "reproduced"),
        (-50.0, 0.0, 0.2, "<1e-300", "not distinguishable"),
        (-50.0, 0.0, math.nan, "<1e-300", "not distinguishable"),
        (-1.0, 0.16, 0.002, "0.16", "higher"),
        (1.0, 0.16, 0.002, "0.84", "higher"),  # P-ELMo is the better one
    ],
)
def test_the_p_value_is_of_large_being_better_over_drawn_domains_too(
    statistic: float,
    tail: float,
    over_domains: float,
    value: str,
    agreement: str,
    tmp_path: Path,
) -> None:
    beside = {
        f"Steiger_t_{LARGE}": statistic,
        f"Steiger_p_{LARGE}": tail,
        f"difference_p_{LARGE}": over_domains,
    }
    table = table_of("Table 3", tmp_path, beside=beside)
    cell = filled(PlusEvidence(tables={"table3": table}))[
        "PLUS-RNN_LARGE vs P-ELMo correlation", "Steiger p-value"
    ]
    assert (cell["value"], cell["agreement"]) == (value, agreement)
    assert math.isnan(cell["difference"])


def test_without_predictions_there_is_no_p_value(tmp_path: Path) -> None:
    cells = filled(PlusEvidence(tables={"table3": table_of("Table 3", tmp_path)}))
    cell = cells["PLUS-RNN_LARGE vs P-ELMo correlation", "Steiger p-value"]
    assert cell["agreement"] == "not run"
    assert "predictions" in cell["reason"]


def test_other_counts_state_their_release() -> None:
    cells = filled(
        PlusEvidence(
            corpora={"pfam": corpus(families={"families": 14_831})},
            encoders={LARGE: described(14_000_000, 3_150)},
        )
    )
    cell = cells["Pfam 27.0", "families"]
    assert (cell["agreement"], cell["value"]) == ("lower", "14831")
    assert "Pfam (release 27.0)" in cell["protocol"]
    assert cells["Pfam 27.0", "sequences"]["agreement"] == "reproduced"
    cell = cells["PLUS training set", "sequences"]
    assert (cell["agreement"], cell["difference"]) == ("lower", -670_860)
    assert cells["PLUS training set", "families"]["agreement"] == "reproduced"


def test_a_published_model_has_no_record_of_its_training() -> None:
    published = {LARGE: described(1, 1, training={}, trained_on={})}
    cell = filled(PlusEvidence(encoders=published))["PLUS training set", "families"]
    assert (cell["agreement"], cell["reason"]) == (
        "not run",
        f"the configuration pre-trains no {LARGE}",
    )


def test_scores_of_the_examples_are_of_other_pairs_than_the_papers() -> None:
    table = fill(PlusEvidence(examples=EXAMPLES), simulated=False)
    scores = table[table["metric"] == "score"]
    assert list(scores["value"].astype(float)) == [2.5, 0.9, 1.0, 3.9, 3.8, 2.1]
    assert set(scores["protocol"]) == {"test pair: another one, the paper's not named"}
    assert list(scores["provenance"])[:3] == ["a, d", "b, e", "c, f"]


def test_simulated_inputs_are_not_comparable(tmp_path: Path) -> None:
    evidence = PlusEvidence(
        tables={"table2": table_of("Table 2", tmp_path, simulated=True)},
        corpora={"pfam": corpus(simulated=True)},
        examples=EXAMPLES.assign(simulated=True),
        architecture=plus_sizes(),
    )
    table = fill(evidence, simulated=True)
    computed = table[~table["agreement"].isin(["not run", "excerpted"])]
    chosen = {"other setting", "same setting"}  # sizes of networks, whatever the data
    assert set(computed["agreement"]) == {"not comparable", *chosen}
    assert len(computed) == 15


def test_the_page_lists_all_numbers(tmp_path: Path) -> None:
    evidence = PlusEvidence(corpora={"pfam": corpus()})
    page = page_of("plus_intext", fill(evidence, simulated=False), tmp_path)
    assert page.title.startswith("PLUS: numbers in the text")
    assert len(page.grid.rows) == 28
    assert page.grid.rows[0][3:6] == ["21,827,419", "21,827,419", "reproduced"]
