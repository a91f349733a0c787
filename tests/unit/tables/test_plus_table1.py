"""PLUS, Table 1, from answers that are known."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from protlang.experiments.encoders import Encoders
from protlang.experiments.targets import load_targets
from protlang.formats.pfam import PFAM
from protlang.pretraining.pair_results import PairResults
from protlang.protocol import Deviation
from protlang.tables.agreement import ADDED, EXCERPTED, HIGHER, NOT_COMPARABLE, NOT_RUN
from protlang.tables.cells import Cell
from protlang.tables.plus_table1 import LM, SFP, Results, columns, fill
from support.finetuning import plus_record
from support.sources import make_source

NAMES = {
    "base": ("PLUS-RNN BASE", "plus-rnn"),
    "tfm": ("PLUS-TFM", "plus-tfm"),
    "lm": ("P-ELMo (re-implementation)", "p-elmo-lm"),
}
PAIRS = 400
PAPERS = ("pfam-27",)


def experiments(**more: tuple[str, str]) -> Encoders:
    models = {
        name: {
            "row": row,
            "architecture": architecture,
            "corpus": "pfam",
            "model": {"hidden_dim": 4},
            "epochs": 5,
        }
        for name, (row, architecture) in {**NAMES, **more}.items()
    }
    config = {
        "corpora": {"pfam": {"sources": ["pfam"]}},
        "encoders": models,
        "plus": {"corpus": "pfam"},
    }
    return Encoders(config, {"pfam": make_source("pfam", PFAM)})


def answers(compares: bool = True, predicts: bool = True) -> PairResults:
    """4 of 5 residues of each pair right, but none of the last 100; 3 of 4 pairs."""
    numbers = np.arange(PAIRS)
    logits = np.where(numbers % 4 == 0, -1.0, 0.3).astype(np.float32)
    return PairResults(
        same_family=np.ones(PAIRS, dtype=bool),
        logits=logits if compares else None,
        guessed=np.full(PAIRS, 5 if predicts else 0),
        correct=np.where(numbers < 300, 4, 0)
        if predicts
        else np.zeros(PAIRS, dtype=int),
        losses=np.zeros(PAIRS),
        shortened=np.zeros(PAIRS, dtype=bool),
        longest=np.full(PAIRS, 200),
    )


def provenance(
    architecture: str, simulated: bool = False, sources: tuple[str, ...] = PAPERS
) -> dict[str, Any]:
    sizes = {"hidden_dim": 4, "layers": 1, "projection": 2, "heads": 2}
    training = {
        "domains": 9,
        "updates": 7,
        "passes": 5.0,
        "entries_per_update": 64,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "masked_lm": 0.7,
        "same_family": 0.3,
    }
    return {
        "encoder": {
            "architecture": architecture,
            "corpus": "pfam",
            "model": sizes,
            "training": training,
            "trained_on": {"sources": ["pfam-27"], "simulated": simulated},
        },
        "tested_on": {
            "sources": list(sources),
            "longest_domain": None,
            "simulated": simulated,
        },
    }


def results(
    simulated: bool = False,
    sources: tuple[str, ...] = PAPERS,
    **more: tuple[PairResults, str],
) -> Results:
    found = {
        "base": (answers(), "plus-rnn"),
        "tfm": (answers(), "plus-tfm"),
        "lm": (answers(compares=False), "p-elmo-lm"),
        **more,
    }
    return {
        name: (answered, provenance(architecture, simulated, sources))
        for name, (answered, architecture) in found.items()
    }


def by_place(cells: list[Cell]) -> dict[tuple[str, str], Cell]:
    return {(cell.target.row, cell.target.metric): cell for cell in cells}


def test_every_printed_cell_is_there_in_its_order() -> None:
    cells = fill(experiments(), results())
    targets = load_targets("PLUS", "Table 1")
    printed = [(target.row, target.metric, target.value) for target in targets]
    assert [
        (cell.target.row, cell.target.metric, cell.target.value) for cell in cells
    ] == printed
    assert len(cells) == 12
    verdicts = {
        place: cell.agreement.verdict for place, cell in by_place(cells).items()
    }
    excerpts = [cell for cell in cells if cell.agreement.verdict == EXCERPTED]
    assert len(excerpts) == 5
    assert all(cell.value == cell.target.value for cell in excerpts)
    assert verdicts["PLUS-RNN LARGE", LM] == verdicts["PLUS-RNN LARGE", SFP] == NOT_RUN
    for row, _ in NAMES.values():
        assert verdicts[row, LM] == HIGHER
    assert ("P-ELMo (re-implementation)", SFP) not in verdicts


def test_cells_hold_shares_and_their_errors() -> None:
    cells = by_place(fill(experiments(), results()))
    lm, sfp = cells["PLUS-RNN BASE", LM], cells["PLUS-RNN BASE", SFP]
    assert lm.value == pytest.approx(0.6)
    assert sfp.value == pytest.approx(0.75)
    assert lm.n == sfp.n == PAIRS
    # Pairs are right as a whole or wrong, but for the fifth residue.
    assert lm.stderr == pytest.approx(0.8 * math.sqrt(0.75 * 0.25 / PAIRS), rel=0.1)
    assert sfp.stderr == pytest.approx(math.sqrt(0.75 * 0.25 / PAIRS), rel=0.1)
    assert "base: PLUS-RNN" in lm.provenance
    assert "400 test pairs" in lm.provenance
    assert "base layers: 1, the paper's 3" in str(lm.as_row()["protocol"])


def test_simulated_data_are_not_compared() -> None:
    cells = by_place(fill(experiments(), results(simulated=True)))
    for metric in (LM, SFP):
        assert cells["PLUS-TFM", metric].agreement.verdict == NOT_COMPARABLE


def test_models_that_the_paper_lacks_get_rows_of_what_they_answer() -> None:
    models = experiments(
        mine=("mine", "plus-rnn"), other=("an LM", "p-elmo-lm"), third=("3", "plus-rnn")
    )
    found = results(
        mine=(answers(), "plus-rnn"),
        other=(answers(compares=False), "p-elmo-lm"),
        third=(answers(predicts=False), "plus-rnn"),
    )
    cells = fill(models, found)
    added = [(cell.target.row, cell.target.metric) for cell in cells[12:]]
    assert added == [("mine", LM), ("mine", SFP), ("an LM", LM), ("3", SFP)]
    assert {cell.agreement.verdict for cell in cells[12:]} == {ADDED}
    assert [cell.value for cell in cells[12:]] == pytest.approx([0.6, 0.75, 0.6, 0.75])


@pytest.mark.parametrize(
    ("sources", "dataset"),
    [
        (("pfam-27",), "pfam-27 test"),
        (("pfam-35",), "pfam-35 test"),
        (("pfam-27", "more"), "pfam-27, more test"),
    ],
)
def test_other_domains_than_the_papers_deviate(
    sources: tuple[str, ...], dataset: str
) -> None:
    models = experiments(mine=("mine", "plus-rnn"))
    cells = fill(models, results(sources=sources, mine=(answers(), "plus-rnn")))
    assert [cell.target.dataset for cell in cells[12:]] == [dataset, dataset]
    printed = {target.dataset for target in load_targets("PLUS", "Table 1")}
    assert {cell.target.dataset for cell in cells[:12]} == printed
    places = by_place(cells)
    is_reported = sources != PAPERS
    for row, _ in NAMES.values():
        protocol = str(places[row, LM].as_row()["protocol"])
        assert (f"; test domains: {dataset}, the paper's" in protocol) == is_reported
        assert ("test domains" in protocol) == is_reported
    # A row of ours has no other dataset to compare with.
    for metric in (LM, SFP):
        assert "test domains" not in str(places["mine", metric].as_row()["protocol"])


def test_a_limit_of_length_deviates() -> None:
    found = results(mine=(answers(), "plus-rnn"))
    for _, facts in found.values():
        facts["tested_on"]["longest_domain"] = 300
    places = by_place(fill(experiments(mine=("mine", "plus-rnn")), found))
    limited = "pfam-27 test, up to 300 residues"
    assert places["mine", LM].target.dataset == limited
    cell = places["PLUS-RNN BASE", LM]
    papers = Deviation("test domains", limited, cell.target.dataset)
    assert cell.ours is not None
    assert papers in cell.ours.deviations


def test_a_model_as_the_papers_deviates_by_its_test_pairs_alone() -> None:
    def protocol(*sources: str, **tested_on: object) -> object:
        answered, facts = results(sources=sources)["base"]
        facts["encoder"] = plus_record("PLUS-RNN BASE")
        facts["tested_on"] |= tested_on
        cells = fill(experiments(), {**results(), "base": (answered, facts)})
        cell = by_place(cells)["PLUS-RNN BASE", SFP]
        assert cell.ours is not None
        assert not cell.ours.on_the_papers_test_set
        return cell.as_row()["protocol"]

    drawn = "test set drawn anew: 400 test pairs, the paper's a list of its own"
    assert protocol("pfam-27") == drawn
    alone = "test set drawn anew: 800 domains, the paper's all of its own"
    assert protocol("pfam-27", alone=True) == alone
    other = "test domains: pfam-35 test, the paper's Pfam 27.0 test"
    assert protocol("pfam-35") == f"{other}; {drawn}"
    assert protocol("pfam-27", simulated=True) == f"{drawn}; test pairs: simulated"


def test_a_single_training_reproduces_nothing() -> None:
    cells = [cell for cell in fill(experiments(), results()) if cell.ours]
    assert {cell.ours.seeds for cell in cells if cell.ours} == {1}
    assert "reproduced" not in {cell.agreement.verdict for cell in cells}


def test_shortened_pairs_are_counted() -> None:
    shortened = np.arange(PAIRS) < 30
    found = results(tfm=(replace(answers(), shortened=shortened), "plus-tfm"))
    cells = by_place(fill(experiments(), found))
    for metric in (LM, SFP):
        description = cells["PLUS-TFM", metric].provenance
        assert description.endswith("; 400 test pairs, 30 of them shortened")
        assert cells["PLUS-RNN BASE", metric].provenance.endswith("; 400 test pairs")


def test_what_a_model_of_the_paper_does_not_predict_is_not_run() -> None:
    models = experiments()
    found = results(base=(answers(compares=False), "plus-rnn"))
    cells = fill(models, found)
    cell = by_place(cells)["PLUS-RNN BASE", SFP]
    assert cell.agreement.verdict == NOT_RUN
    assert cell.agreement.reason == "base does not predict it"
    assert columns(cells, models, found).iloc[cells.index(cell)].isna().all()


def test_columns_hold_intervals_and_the_value_by_the_released_threshold() -> None:
    models, found = experiments(), results()
    cells = fill(models, found)
    table = columns(cells, models, found)
    assert list(table.columns) == [
        "95_%_from",
        "95_%_to",
        "logit_above_0.5",
        "all_pairs",
    ]
    assert len(table) == len(cells)
    for cell, row in zip(cells, table.itertuples(index=False), strict=True):
        low, high, released, every = row
        if cell.agreement.verdict in (EXCERPTED, NOT_RUN):
            assert table.iloc[cells.index(cell)].isna().all()
            continue
        assert cell.ours is not None
        assert low < cell.ours.value < high
        assert high - low == pytest.approx(2 * 1.96 * cell.ours.stderr, rel=0.15)
        # All of these pairs are of domains that PLUS-TFM reads.
        is_tfm = cell.target.row == "PLUS-TFM"
        assert every == cell.ours.value if is_tfm else math.isnan(every)
        # No logit of 0.3 is enough there; PLUS-TFM compares two scores.
        is_reported = cell.target.metric == SFP and cell.target.row == "PLUS-RNN BASE"
        assert released == 0 if is_reported else math.isnan(released)


# PLUS-TFM's cells are of pairs that it reads whole


def of_lengths(name: str, *longest: int) -> Results:
    """A model that is right on its first two pairs of four alone."""
    right = np.arange(4) < 2
    found = PairResults(
        same_family=np.ones(4, dtype=bool),
        logits=np.where(right, 1.0, -1.0).astype(np.float32),
        guessed=np.full(4, 10),
        correct=np.where(right, 8, 2),
        losses=np.zeros(4),
        shortened=np.array(longest) > 256,
        longest=np.array(longest),
    )
    return {name: (found, provenance(NAMES[name][1]))}


def measured_of(name: str, *longest: int) -> dict[str, tuple[Cell, float]]:
    """A model's cells, and the number of all pairs beside each, by measure."""
    found = {**results(), **of_lengths(name, *longest)}
    cells = fill(experiments(), found)
    beside = columns(cells, experiments(), found)["all_pairs"]
    return {
        cell.target.metric: (cell, number)
        for cell, number in zip(cells, beside, strict=True)
        if cell.target.row == NAMES[name][0]
    }


def test_plus_tfm_is_tested_on_pairs_of_up_to_256_residues_each() -> None:
    found = measured_of("tfm", 256, 40, 257, 900)
    (lm, of_all), (sfp, all_families) = found[LM], found[SFP]
    assert (lm.value, of_all) == pytest.approx((0.8, 0.5))
    assert (sfp.value, sfp.n, all_families) == (1, 2, 0.5)
    assert "shortened" not in sfp.provenance


def test_all_other_models_are_tested_on_all_pairs() -> None:
    cell, of_all = measured_of("base", 256, 40, 257, 900)[SFP]
    assert (cell.value, cell.n) == (0.5, 4)
    assert math.isnan(of_all)


def test_without_short_pairs_plus_tfm_is_not_run() -> None:
    cell, _ = measured_of("tfm", 300, 300, 300, 300)[LM]
    assert cell.agreement.verdict == NOT_RUN
