"""SeqVec's numbers in the text, beside what a run has computed."""

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from protlang.errors import ProtlangError
from protlang.experiments.targets import statements
from protlang.pretraining import perplexity as measuring
from protlang.pretraining.perplexity import HELD_OUT
from protlang.protocol import Deviation
from protlang.tables.grid import NOT_PRINTED
from protlang.tables.intext import perplexity
from protlang.tables.intext import seqvec_files as files
from protlang.tables.intext.seqvec import SeqVecEvidence
from protlang.tables.intext.seqvec_entries import ENTRIES
from protlang.tables.network_sizes import seqvec_sizes
from protlang.tables.seqvec_intext import fill
from support.finetuning import SEQVEC
from support.tables import empty_table, page_of, papers_table


def table_of(
    element: str, folder: Path, shift: float = 0, **facts: Any
) -> pd.DataFrame:
    """A table in which ours are the paper's own numbers, moved by `shift`."""
    return papers_table(
        "SeqVec", element, folder, lambda target: target.value + shift, **facts
    )


def filled(evidence: SeqVecEvidence) -> dict[tuple[str, str], dict[str, Any]]:
    table = fill(evidence, simulated=False)
    return {(row["row"], row["metric"]): row for row in table.to_dict("records")}


def split(proteins: int, **facts: Any) -> dict[str, Any]:
    return {
        "proteins": proteins,
        "left_out": [],
        "title": "T",
        "release": "1",
        "simulated": False,
        **facts,
    }


SUMMARY: dict[str, Any] = {
    "updates": 5,
    "words_fitted": False,
    "measured_on": {"corpus": "uniref50", "sources": ["uniref50"], "simulated": False},
    "training_perplexity_sampled": 10.4,
    "training_perplexity_full": 10.9,
    "held_out_perplexity": 10.6,
}
FEWER = Deviation("training proteins", "9,712", "10,256")


def test_every_number_of_the_text_has_its_own_entry_and_no_other_has() -> None:
    found = statements("SeqVec")
    assert len(found) == 75
    assert {(one.row, one.metric) for one in found} == set(ENTRIES)
    assert len(ENTRIES) == 75


def test_without_any_evidence_every_cell_has_the_reason() -> None:
    table = fill(SeqVecEvidence(), simulated=False)
    assert set(table["agreement"]) == {"not run"}
    assert (table["reason"].str.len() > 10).all()
    assert table["value"].isna().all()


def test_the_papers_own_tables_bear_out_its_text(tmp_path: Path) -> None:
    cells = filled(
        SeqVecEvidence(
            tables={
                f"table{number}": table_of(f"Table {number}", tmp_path)
                for number in (1, 2)
            }
        )
    )
    assert cells["DeepSeqVec", "Q3 range"]["value"] == "73-79"
    assert cells["DeepProf+SeqVec", "Q3 range"]["value"] == "77-82"  # from 76.5
    assert cells["DeepProf+SeqVec", "Q3 range"]["agreement"] == "reproduced"
    assert cells["DeepProf", "disorder MCC range"]["value"] == "0.506-0.516"
    assert cells["NetSurfP-2.0", "Q3 range"]["agreement"] == "excerpted"
    assert cells["DeepLoc", "Q2"]["agreement"] == "excerpted"
    gain = "DeepSeqVec vs other single-sequence"
    # 73.1 - 67.1 is the least, 76.9 - 63.5 the most: the text's 10 leaves that out.
    assert cells[gain, "Q3 gain range"]["value"] == "6-13"
    assert cells[gain, "Q3 gain range"]["agreement"] == "not distinguishable"
    assert cells[gain, "MCC gain range"]["value"] == "0.07-0.12"
    assert cells[gain, "MCC gain range"]["agreement"] == "reproduced"
    loss = cells["DeepProtVec vs DeepSeqVec", "Q3 loss"]
    # A wider range would cover the paper's 10 as well.
    assert (loss["value"], loss["agreement"]) == ("10-13", "not distinguishable")
    best = cells["DeepSeqVec vs single-sequence best", "disorder MCC"]
    assert (best["value"], best["agreement"]) == ("0.591 vs 0.488", "reproduced")
    # 68 against MultiLoc2's 56.
    up_to = cells["DeepSeqVec-Loc vs profile methods", "Q10 gain up to"]
    assert (up_to["value"], up_to["agreement"]) == ("12", "lower")
    # 68 against LocTree2's and YLoc's 61, with a standard error of 1.
    least = cells["all per-protein differences", "difference in SE"]
    assert (least["value"], least["agreement"]) == (">=7.0", "reproduced")
    tables = {"Q3", "Q8", "disorder MCC", "Q10", "Q2", "membrane MCC"}
    quoted = [cell for (_, metric), cell in cells.items() if metric in tables]
    assert {cell["agreement"] for cell in quoted} == {
        *("reproduced", "excerpted"),
        "not distinguishable",  # iLoc-Euk has DeepSeqVec-Loc's Q10
    }


def test_other_results_are_higher_or_lower_or_not_distinguishable(
    tmp_path: Path,
) -> None:
    above = filled(
        SeqVecEvidence(tables={"table1": table_of("Table 1", tmp_path, shift=10)})
    )
    assert above["DeepSeqVec", "Q3 range"]["agreement"] == "higher"
    assert above["DeepSeqVec", "Q3"]["agreement"] == "higher"
    assert above["DeepSeqVec", "Q3"]["difference"] == pytest.approx(10.1)
    best = above["DeepSeqVec vs single-sequence best", "Q3"]
    assert (best["value"], best["agreement"]) == ("89.1 vs 80.3", "higher")
    below = filled(
        SeqVecEvidence(tables={"table1": table_of("Table 1", tmp_path, shift=-3)})
    )
    assert below["DeepSeqVec", "Q3 range"]["value"] == "70-76"
    assert below["DeepSeqVec", "Q3 range"]["agreement"] == "not distinguishable"
    assert below["DeepProf", "disorder MCC range"]["agreement"] == "lower"


def test_what_follows_from_a_table_is_no_surer_than_its_cells(tmp_path: Path) -> None:
    keys = (
        ("DeepSeqVec", "Q3"),
        ("DeepProf", "Q3 range"),
        ("DeepSeqVec vs single-sequence best", "Q3"),
    )

    def agreements(**facts: Any) -> list[str]:
        table = table_of("Table 1", tmp_path, **facts)
        cells = filled(SeqVecEvidence(tables={"table1": table}))
        return [cells[key]["agreement"] for key in keys]

    surely, not_so = "reproduced", "not distinguishable"
    # DeepProf+SeqVec is within 0.1 of DeepProf, DeepOneHot within 0.2 of DeepBLOSUM65.
    assert agreements() == [surely] * 3
    assert agreements(seeds=3, seed_sd=0.05) == [surely, not_so, not_so]
    assert agreements(seeds=1) == [not_so] * 3


def test_a_pair_is_compared_by_the_yardstick_of_its_table(tmp_path: Path) -> None:
    facts = {"seeds": 3, "seed_sd": 0.01}
    near = table_of("Table 1", tmp_path, shift=0.06, **facts)
    best = "DeepSeqVec vs single-sequence best", "Q3"
    cell = filled(SeqVecEvidence(tables={"table1": near}))[best]
    assert (cell["value"], cell["agreement"]) == ("79.2 vs 70.4", "reproduced")


def test_numbers_of_a_single_training_reproduce_nothing() -> None:
    equal = model(summary={**SUMMARY, "training_perplexity_sampled": 10.5})
    cells = filled(SeqVecEvidence(language_model=equal))
    cell = cells["SeqVec LM", "perplexity at convergence"]
    assert (cell["seeds"], cell["agreement"]) == (1, "not distinguishable")


def test_the_verdict_depends_on_simulated_and_other_inputs(tmp_path: Path) -> None:
    table = table_of("Table 1", tmp_path, simulated=True)
    cells = filled(SeqVecEvidence(tables={"table1": table}))
    for key in (("DeepSeqVec", "Q3"), ("DeepProf", "Q3 range")):
        assert cells[key]["agreement"] == "not comparable"
    table = table_of("Table 1", tmp_path, deviations=(FEWER,))
    cell = filled(SeqVecEvidence(tables={"table1": table}))["DeepSeqVec", "Q3 range"]
    assert (cell["agreement"], cell["protocol"]) == ("reproduced", str(FEWER))


def test_a_cell_that_is_not_run_hands_on_its_reason(tmp_path: Path) -> None:
    table = empty_table("SeqVec", "Table 1", tmp_path, "there are no profiles")
    found = filled(SeqVecEvidence(tables={"table1": table}))
    for key in (("DeepSeqVec", "Q3"), ("DeepProf", "Q3 range")):
        assert found[key]["agreement"] == "not run"
        assert found[key]["reason"] == "there are no profiles"


def test_a_range_is_of_the_test_sets_that_there_are(tmp_path: Path) -> None:
    table = table_of("Table 1", tmp_path)
    table.loc[table["dataset"] == "TS115", ["value", "agreement"]] = [
        math.nan,
        "not run",
    ]
    cells = filled(SeqVecEvidence(tables={"table1": table}))
    assert cells["DeepSeqVec", "Q3 range"]["value"] == "73-77"
    assert cells["DeepSeqVec", "Q3"]["agreement"] == "not run"


def test_networks_have_the_papers_sizes() -> None:
    # Counted by hand: 7 x channels x 32 + 32 weights of the first layer and
    # 7 x 32 x 13 + 13 of the second.
    counted = seqvec_sizes()
    by_hand = {
        row: 7 * channels * 32 + 32 + 7 * 32 * 13 + 13
        for row, channels in (
            *(("DeepProf", 50), ("DeepSeqVec", 1024), ("DeepProf+SeqVec", 1074)),
            *(("DeepProtVec", 100), ("DeepOneHot", 20), ("DeepBLOSUM65", 23)),
        )
    }
    by_hand["DeepSeqVec-Loc"] = 1025 * 32 + 2 * 32 + 33 * 12
    by_hand["DeepProtVec-Loc"] = 101 * 32 + 2 * 32 + 33 * 12
    for row, number in by_hand.items():
        assert counted[row, "free parameters"] == number
    assert counted["SeqVec LM", "free parameters"] == 93.600848
    cells = filled(SeqVecEvidence(architecture=counted))
    judged = {
        row: cells[row, "free parameters"]["agreement"]
        for row in (*by_hand, "SeqVec LM")
    }
    assert judged.pop("DeepProtVec-Loc") == "other setting"
    assert judged.pop("SeqVec LM") == "other setting"  # 93.6 million are not 93
    assert set(judged.values()) == {"same setting"}
    assert "cannot be reached" in cells["DeepProtVec-Loc", "free parameters"]["reason"]
    assert cells["CNN", "filters/window/dropout"]["agreement"] == "same setting"
    assert cells["vocabulary", "tokens"]["agreement"] == "same setting"
    wide = cells["concatenated features", "dimension"]
    assert (wide["value"], wide["agreement"]) == ("3072", "other setting")
    assert "misprint" in wide["reason"]


def model(**changes: Any) -> dict[str, Any]:
    return {
        "name": "elmo",
        "config": {
            "options": {"dropout": 0.1},
            "training": {
                "updates": 5,
                "unroll_steps": 100,
                "n_negative_samples_batch": 20,
            },
        },
        "summary": SUMMARY,
        "metrics": [
            {"tokens": 604_800, "tokens_per_second": 1.0},
            {"tokens": 1_209_600, "tokens_per_second": 0.5},
        ],
        "simulated": False,
        "deviations": (),
        **changes,
    }


def test_numbers_come_from_the_language_model() -> None:
    cells = filled(SeqVecEvidence(language_model=model()))
    found = cells["SeqVec LM", "perplexity at convergence"]
    assert (found["value"], found["agreement"]) == ("10.4", "lower")
    assert found["protocol"] == "same"
    # One week at one token a second, and two for as many at half the speed.
    assert cells["SeqVec LM", "training time"]["value"] == "3"
    other = filled(SeqVecEvidence(language_model=model(summary={}, metrics=[])))
    assert other["SeqVec LM", "training time"]["agreement"] == "not run"
    assert "no record" in other["SeqVec LM", "perplexity at convergence"]["reason"]


WAYS = {
    "perplexity, dropout, sampled softmax": "10.4",
    "perplexity, dropout, full softmax": "10.9",
    "perplexity, no dropout, full softmax": "10.6",
}


def test_each_perplexity_has_its_name() -> None:
    """The paper's is compared with that which bilm-tf prints while it trains."""
    cells = filled(SeqVecEvidence(language_model=model()))
    own = {metric: cells["SeqVec LM: elmo", metric] for metric in WAYS}
    assert {metric: cell["value"] for metric, cell in own.items()} == WAYS
    for metric, cell in own.items():
        assert (cell["kind"], cell["agreement"]) == ("added", "not in the paper")
        assert cell["dataset"] == "uniref50"
        assert math.isnan(float(cell["paper_value"]))
        held_out = "proteins of the perplexity: held out" in cell["protocol"]
        assert held_out == ("no dropout" in metric)
        assert ("probably dropout, sampled softmax" in cell["protocol"]) == (
            "sampled" not in metric
        )


def test_names_of_perplexities_are_those_of_the_summary() -> None:
    assert set(perplexity.MEASURED) == {measuring.SAMPLED, measuring.FULL, HELD_OUT}
    assert measuring.SAMPLED == perplexity.COMPARED


def test_published_weights_stand_in_for_those_without_a_softmax() -> None:
    config = {"training": {"n_train_tokens": 9_577_889_953}, "options": {}}
    plain = model(name="published", config=config, summary={}, metrics=[])
    checkpoint = model(name="checkpoint", config=config, metrics=[])
    cells = filled(SeqVecEvidence(language_model=plain, measured=[checkpoint]))
    cell = cells["SeqVec LM", "perplexity at convergence"]
    assert (cell["value"], cell["agreement"], cell["seeds"]) == ("10.4", "lower", 0)
    assert cell["provenance"] == "checkpoint, published weights"
    assert "of uniref50, the paper's own UniRef50" in cell["protocol"]
    assert ("SeqVec LM: checkpoint", next(iter(WAYS))) in cells
    assert ("SeqVec LM: published", next(iter(WAYS))) not in cells


def test_an_order_of_words_that_was_found_is_part_of_the_protocol() -> None:
    fitted = model(summary={**SUMMARY, "words_fitted": True})
    cells = filled(SeqVecEvidence(language_model=fitted))
    protocol = cells["SeqVec LM", "perplexity at convergence"]["protocol"]
    assert protocol == "softmax: its rows in the order that fits best"


def test_simulated_proteins_make_perplexities_incomparable() -> None:
    measured_on = {**SUMMARY["measured_on"], "simulated": True}
    simulated = model(summary={**SUMMARY, "measured_on": measured_on})
    cells = filled(SeqVecEvidence(language_model=simulated))
    perplexities = [cell for (_, metric), cell in cells.items() if metric in WAYS]
    perplexities.append(cells["SeqVec LM", "perplexity at convergence"])
    assert {cell["agreement"] for cell in perplexities} == {"not comparable"}


DEEP = {
    "a": {"architecture": "elmo", "corpus": "c", "model": {"layers": 4}},
    "b": {"architecture": "elmo", "corpus": "c"},
    "c": {"architecture": "plus-tfm", "corpus": "c", "model": {"layers": 12}},
    "d": {"folder": "mine"},
}


def test_settings_of_language_models_are_compared_whatever_the_data() -> None:
    found = files.settings({"encoders": DEEP}, model(simulated=True))
    cells = filled(SeqVecEvidence(settings=found))
    for row in ("unroll steps", "negative samples", "dropout", "4-layer ELMo"):
        (cell,) = [cell for (name, _), cell in cells.items() if name == row]
        assert cell["agreement"] == "same setting"
    config = {"training": {"unroll_steps": 50}, "options": {"dropout": 0.1}}
    found = files.settings({"encoders": {"b": DEEP["b"]}}, model(config=config))
    cells = filled(SeqVecEvidence(settings=found))
    steps = cells["unroll steps", "steps"]
    assert (steps["value"], steps["agreement"]) == ("50", "other setting")
    assert cells["negative samples", "samples"]["agreement"] == "not run"
    assert cells["4-layer ELMo", "LSTM layers compared"]["agreement"] == "not run"


def corpus(name: str, proteins: int, residues: int) -> dict[str, Any]:
    sources = [{"name": name, "title": "UniRef", "release": "2018_03"}]
    return {
        "sources": sources,
        "proteins": proteins,
        "residues": residues,
        "simulated": False,
    }


def test_corpora_are_counted() -> None:
    corpora = {
        "c": corpus("uniref50-2018_03", 32_500_000, 9_577_889_953),
        "s": corpus("swissprot", 548_000, 1),
        "u": corpus("uniref90", 140_000_000, 1),
    }
    cells = filled(SeqVecEvidence(corpora=corpora))
    assert cells["UniRef50", "residues"]["value"] == "9577889953"
    for key in (
        ("UniRef50", "residues"),
        ("UniRef50", "proteins"),
        ("SeqVec LM", "tokens to predict"),
        ("SWISS-PROT LM", "sequences"),
    ):
        assert cells[key]["agreement"] == "reproduced", key
    # 9.58 billion are neither 9.3 nor 9.5 billion, and 140 million no 100 million.
    for key in (
        ("SeqVec LM", "tokens"),
        ("SeqVec LM", "amino acids"),
        ("UniRef90 LM", "sequences"),
    ):
        assert cells[key]["agreement"] == "higher"
        assert "UniRef (release 2018_03)" in cells[key]["protocol"]


def test_proteins_are_counted() -> None:
    left_out = [{"id": str(i), "reason": "r"} for i in range(56)]
    locations = {"Nucleus": {"found": 13_858, "paper": 13_858}}
    evidence = SeqVecEvidence(
        splits={
            "NetSurfP-2.0": {
                "train": split(10_256, left_out=left_out),
                "validation": split(536, left_out=left_out),
            },
            "CB513": {"test": split(513)},
            "TS115": {"test": split(115, simulated=True)},
            "DeepLoc": {
                "train": split(9_977, locations=locations),
                "validation": split(1_108, locations=locations),
            },
        },
        scope={**split(14_323)},
    )
    cells = filled(evidence)
    value = {key: cell["value"] for key, cell in cells.items()}
    assert value["NetSurfP-2.0", "proteins"] == "10848"
    assert cells["NetSurfP-2.0", "proteins"]["agreement"] == "higher"
    for row in (
        "early-stopping split",
        "training split",
        "removed by SIFTS length filter",
    ):
        assert cells[f"NetSurfP-2.0 {row}", "proteins"]["agreement"] == "reproduced"
    assert cells["CB513", "proteins after SIFTS"]["agreement"] == "higher"
    assert cells["TS115", "proteins"]["agreement"] == "not comparable"
    assert cells["CASP12", "proteins after SIFTS"]["agreement"] == "not run"
    assert cells["DeepLoc", "proteins"]["agreement"] == "reproduced"
    assert value["DeepLoc train/early-stop", "share"] == "90/10"
    assert cells["SCOPe 2.07 40%", "proteins"]["agreement"] == "reproduced"


def test_the_share_of_better_proteins_deviates_if_the_other_method_is_another() -> None:
    numbers = pd.DataFrame({"difference": [1.0, 0.0, -1.0, -2.0]})
    key = "DeepSeqVec vs NetSurfP-2.0", "share of proteins predicted better"
    for reference in ("DeepProf", "NetSurfP-2.0"):
        facts = files.better(numbers, reference, simulated=False)
        cell = filled(SeqVecEvidence(better=facts))[key]
        assert (cell["value"], cell["n"], cell["agreement"]) == ("25", 4, "higher")
        assert (cell["protocol"] == "same") == (reference == "NetSurfP-2.0")


def test_the_share_of_better_proteins_has_the_seeds_of_its_networks(
    tmp_path: Path,
) -> None:
    key = "DeepSeqVec vs NetSurfP-2.0", "share of proteins predicted better"
    numbers = pd.DataFrame({"difference": [1.0] * 12 + [-1.0] * 88})
    better = files.better(numbers, "NetSurfP-2.0", simulated=False)
    for seeds, expected in ((1, "not distinguishable"), (3, "reproduced")):
        table = table_of("Table 1", tmp_path, seeds=seeds, seed_sd=0.1)
        cell = filled(SeqVecEvidence(tables={"table1": table}, better=better))[key]
        assert (cell["value"], cell["agreement"]) == ("12", expected)


CONFIG = {
    "per_residue": {
        "training_sets": [
            {"dataset": "flip", "labels": ["q3"]},
            {"dataset": "cullpdb", "labels": ["q8"]},
        ],
        "test_sets": {"CB513": "cb"},
        "predictors": {
            "A": {"row": "DeepSeqVec", "features": ["embedding"], "encoder": "e"},
            "B": {"features": ["one_hot"]},
        },
        "training": {"learning_rate": 0.001, "batch_proteins": 128},
    },
    "visualisation": {"tsne": {"iterations": 1000}},
}


def test_settings_come_from_the_configuration() -> None:
    settings = files.settings(CONFIG, None)
    assert settings["CNN", "learning rate / batch"] == "0.001 / 128"
    assert settings["t-SNE", "iterations"] == 1000
    assert ("FNN", "learning rate / batch") not in settings
    cells = filled(SeqVecEvidence(settings=settings))
    assert cells["CNN", "learning rate / batch"]["agreement"] == "same setting"
    assert cells["t-SNE", "iterations"]["agreement"] == "other setting"
    assert cells["t-SNE SCOPe (Fig 3B-D)", "perplexity"]["agreement"] == "same setting"
    assert cells["FNN", "learning rate / batch"]["agreement"] == "not run"


def test_the_time_of_a_predictor_is_the_mean_over_its_seeds(tmp_path: Path) -> None:
    for dataset, seed, speed in (("flip", 1, 2), ("flip", 2, 1), ("other", 1, 3)):
        path = tmp_path / "A" / dataset / f"seed{seed}" / "metrics.jsonl"
        path.parent.mkdir(parents=True)
        report = {"step": 1, "tokens": 60, "tokens_per_second": speed}
        lines = [report, {"step": 1, "validation_loss": 1.0}, report | {"tokens": 120}]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    paths = sorted(tmp_path.glob("*/*/*/metrics.jsonl"))
    seconds_by_row = files.training_seconds(paths, CONFIG)
    assert seconds_by_row == {"DeepSeqVec": [60, 120]}
    cell = filled(SeqVecEvidence(training_seconds=seconds_by_row))[
        "DeepSeqVec", "training time"
    ]
    assert (cell["value"], cell["seeds"]) == ("1.5", 2)
    assert "hardware" in cell["protocol"]


def test_an_encoder_that_was_not_trained_here_has_no_record(tmp_path: Path) -> None:
    training = {**SEQVEC["training"], "unroll_steps": 100}
    config = {**SEQVEC, "training": training}
    (tmp_path / "config.json").write_text(json.dumps(config))
    found = files.language_model(tmp_path)
    assert found is not None
    assert (found["summary"], found["metrics"], found["deviations"]) == ({}, [], ())
    (tmp_path / "summary.json").write_text("{")
    with pytest.raises(ProtlangError, match="damaged"):
        files.language_model(tmp_path)
    (tmp_path / "config.json").write_text(
        json.dumps({**config, "architecture": "plus-tfm"})
    )
    assert files.language_model(tmp_path) is None  # no number of SeqVec's text


def test_the_list_is_printed_in_order_and_without_gaps(tmp_path: Path) -> None:
    table1 = table_of("Table 1", tmp_path)
    evidence = SeqVecEvidence(tables={"table1": table1}, architecture=seqvec_sizes())
    table = page_of("seqvec_intext", fill(evidence, simulated=False), tmp_path)
    assert len(table.grid.rows) == 75
    assert all(text for row in table.grid.rows for text in row)
    assert table.grid.rows[0][:6] == [
        *("DeepSeqVec", "TS115", "Q3 (percent)", "79", "79.1", "reproduced")
    ]
    by_row = {(row[0], row[2]): row for row in table.grid.rows}
    parameters = by_row["DeepSeqVec", "free parameters (thousand)"]
    assert parameters[3:5] == ["232", "232.3"]
    samples = by_row["bootstrap", "samples (count)"]
    assert samples[3:6] == ["1,000", NOT_PRINTED, "not run"]
    assert not table.simulated


def test_nothing_is_reproduced_by_a_run_on_simulated_data() -> None:
    evidence = SeqVecEvidence(
        corpora={"s": corpus("swissprot", 548_000, 1)},
        settings={("bootstrap", "samples"): 1000},
    )
    real = fill(evidence, simulated=False)
    simulated = fill(evidence, simulated=True)
    equal = real["agreement"] == "reproduced"
    assert list(real["row"][equal]) == ["SWISS-PROT LM"]
    assert list(real["row"][real["agreement"] == "same setting"]) == ["bootstrap"]
    assert set(simulated.loc[equal, "agreement"]) == {"not comparable"}
    assert simulated.loc[equal, "reason"].str.endswith("data are simulated").all()
    assert simulated[~equal].equals(real[~equal])
