"""Which test proteins were in training, and the measures without them."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.token_store import TokenStore
from protlang.errors import ProtlangError
from protlang.evaluation import leakage, mmseqs
from protlang.evaluation.leakage import (
    COLUMNS,
    LEVELS,
    NO_PREDICTOR,
    SWITCHED_OFF,
    Scored,
    audit,
    by_network,
    corpus_reference,
    protein_measure,
    read_similarities,
    residue_measure,
    similarities,
    training_reference,
    write_similarities,
)
from protlang.evaluation.metrics import Estimate
from protlang.evaluation.mmseqs import NOT_INSTALLED, Resources, version
from protlang.evaluation.predictions import write_predictions
from protlang.proteins import Protein
from protlang.sources.catalogue import Source
from protlang.tables import seqvec_leakage
from protlang.tables.grid import NOT_PRINTED
from support.predictions import certain_prediction, write_states
from support.proteins import make_protein, mutated, random_protein
from support.tables import page_of

LEVEL_NAMES = list(LEVELS)

TEST = {
    "CB513": [Protein("a, b", "ACDEF"), Protein("NA", "GHIKL")],
    "TS115": [Protein("a, b", "WWWWW"), Protein("c", "ACDEF")],
}


def corpus(folder: Path, sequences: Sequence[str], held_out: float = 0) -> TokenStore:
    fasta = folder / "corpus.fasta"
    fasta.write_text("".join(f">{i}\n{text}\n" for i, text in enumerate(sequences)))
    source = Source("s", "s", "1", "fasta", {}, "none", "none", False)
    build_token_store(folder / "store", [(source, fasta)], HeldOut(held_out, 1))
    return TokenStore(folder / "store")


def exact(table: pd.DataFrame) -> list[bool]:
    return [bool(value) for value in table["exact"]]


def test_the_same_sequence_in_a_corpus_is_found_whatever_its_letters_case(
    tmp_path: Path,
) -> None:
    store = corpus(tmp_path, ["MMMM", "acdef", "GHIKLM"])
    table = similarities(TEST, corpus_reference("uniref50", store), None)
    assert list(table["test_set"]) == ["CB513", "CB513", "TS115", "TS115"]
    assert list(table["id"]) == ["a, b", "NA", "a, b", "c"]
    assert exact(table) == [True, False, False, True]
    assert set(table["search"]) == {SWITCHED_OFF}
    assert table["identity"].isna().all()
    assert set(table["reference_proteins"]) == {3}


def test_proteins_held_out_of_a_corpus_do_not_count(tmp_path: Path) -> None:
    many = [f"ACDEF{'G' * length}" for length in range(1, 41)]
    store = corpus(tmp_path, many, held_out=0.5)
    held_out = set(store.held_out_indices())
    assert 0 < len(held_out) < 40
    proteins = [Protein(str(i), sequence) for i, sequence in enumerate(many)]
    reference = corpus_reference("uniref50", store)
    assert reference.proteins == 40 - len(held_out)
    table = similarities({"CB513": proteins}, reference, None)
    assert exact(table) == [i not in held_out for i in range(40)]
    rest = [sequence for i, sequence in enumerate(many) if i not in held_out]
    assert list(reference.sequences()) == rest


def test_the_same_sequence_in_a_training_set_is_found() -> None:
    reference = training_reference("flip", [Protein("x", "GHIKL")], simulated=False)
    assert exact(similarities(TEST, reference, None)) == [False, True, False, False]
    assert list(reference.sequences()) == ["GHIKL"]


def test_without_the_program_the_audit_continues_and_records_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(mmseqs, "find_spec", lambda _: None)
    reference = training_reference("flip", [Protein("x", "GHIKL")], simulated=False)
    table = similarities(TEST, reference, Resources())
    assert exact(table) == [False, True, False, False]
    assert set(table["search"]) == {NOT_INSTALLED}
    rows = audit([table], [])
    counted = rows[rows["test_set"] == "CB513"].set_index("level")["similar"]
    assert counted["same sequence"] == 1
    assert counted.drop("same sequence").isna().all()


@pytest.mark.skipif(version() is None, reason="MMseqs2 is not installed")
def test_mutated_proteins_stand_at_their_levels() -> None:
    rng = np.random.default_rng(3)
    shares = {"same": 0, "5 %": 0.05, "30 %": 0.3, "60 %": 0.6}
    proteins = [Protein(name, random_protein(400, rng)) for name in (*shares, "other")]
    seen = [
        Protein(f"seen {p.id}", mutated(p.sequence, shares[p.id], rng))
        for p in proteins
        if p.id in shares
    ]
    reference = training_reference("flip", seen, simulated=False)
    table = similarities({"CB513": proteins}, reference, Resources())
    found = dict(zip(table["id"], table["identity"], strict=True))
    assert found == pytest.approx(
        {"same": 1, "5 %": 0.95, "30 %": 0.7, "60 %": 0.4, "other": 0}, abs=0.03
    )
    rows = audit([table], [])
    assert list(rows["level"]) == LEVEL_NAMES
    assert list(rows["similar"]) == [1, 2, 3, 4]
    assert list(rows["share"]) == [20, 40, 60, 80]
    assert all(search.startswith("MMseqs2 ") for search in rows["search"])


def test_an_identical_protein_that_the_search_misses_is_identical(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Of short or monotonous proteins no alignment is significant.
    monkeypatch.setattr(leakage, "version", lambda: "1")
    monkeypatch.setattr(leakage, "best_identities", lambda *_: np.array([0, 0, 0.4, 0]))
    reference = training_reference("flip", [Protein("x", "GHIKL")], simulated=False)
    table = similarities(TEST, reference, Resources())
    assert list(table["identity"]) == [0, 1, 0.4, 0]


def compared(
    kind: str = leakage.CORPUS,
    reference: str = "uniref50",
    identities: Sequence[float] = (1, 0.9, 0.5, 0.3, 0.29999),
    simulated: bool = False,
) -> pd.DataFrame:
    """Five test proteins, the first of which is there itself."""
    return pd.DataFrame(
        {
            "reference": reference,
            "kind": kind,
            "reference_proteins": 7,
            "simulated": simulated,
            "search": "MMseqs2 14",
            "test_set": "CB513",
            "id": list("abcde"),
            "exact": [True, False, False, False, False],
            "identity": list(identities),
        }
    )


def scored(
    row: str = "DeepSeqVec",
    trained_on: str = "flip",
    test_set: str = "CB513",
    simulated: bool = False,
) -> Scored:
    """A measure that is 10 times the number of proteins it is of."""

    def without(left_out: object) -> Estimate:
        n = len(set("abcde") - set(left_out))  # type: ignore[call-overload]
        return Estimate(10.0 * n, 0.5, n)

    return Scored(test_set, trained_on, row, "Q3", "percent", simulated, without)


def test_levels_include_one_another_and_their_bounds() -> None:
    rows = audit([compared()], [scored()])
    assert list(rows.columns) == COLUMNS
    assert list(rows["similar"]) == [1, 2, 3, 4]
    assert list(rows["value"]) == [50] * 4
    assert list(rows["value_without"]) == [40, 30, 20, 10]
    assert list(rows["n_without"]) == [4, 3, 2, 1]


def test_an_identical_protein_that_the_search_misses_counts_at_every_level() -> None:
    rows = audit([compared(identities=[0, 0, 0, 0, 0])], [scored()])
    assert list(rows["similar"]) == [1, 1, 1, 1]


def test_a_training_set_stands_beside_those_trained_on_it() -> None:
    both = [scored("A", "flip"), scored("B", "cullpdb"), scored("C", test_set="TS115")]
    rows = audit([compared(leakage.TRAINING_SET, "cullpdb")], both)
    assert set(rows["row"]) == {"B"}
    rows = audit([compared()], both)
    assert list(rows["row"]) == ["A", "B"] * 4
    rows = audit([compared(leakage.TRAINING_SET, "deeploc")], both)
    assert set(rows["row"]) == {NO_PREDICTOR}
    assert list(rows["similar"]) == [1, 2, 3, 4]
    assert rows["value"].isna().all()


def test_simulated_references_or_predictions_are_marked() -> None:
    assert not audit([compared()], [scored()])["simulated"].any()
    assert audit([compared(simulated=True)], [scored()])["simulated"].all()
    assert audit([compared()], [scored(simulated=True)])["simulated"].all()


def test_q3_without_some_proteins_is_the_mean_over_the_others(tmp_path: Path) -> None:
    proteins = [make_protein(name, "ACDE", q8="HHHH") for name in "abc"]
    states = {"a": "HHHH", "b": "HHCC", "c": "CCCC"}
    path = write_states(tmp_path / "residues.parquet", states, "q3")
    without = residue_measure(proteins, [path], "Q3")
    assert without([]) == pytest.approx((50, 100 / math.sqrt(12), 3))
    assert without({"a"}) == pytest.approx((25, 25, 2))
    assert without(["a", "b", "unknown"])[::2] == (0, 1)
    assert math.isnan(without("abc").value)


def test_q10_and_q2_without_some_proteins(tmp_path: Path) -> None:
    classes = [("Nucleus", "S"), ("Plastid", "M"), ("Nucleus", "U"), ("Nucleus", "S")]
    proteins = [
        Protein(name, "ACD", classes={"location": location, "membrane": membrane})
        for name, (location, membrane) in zip("abcd", classes, strict=True)
    ]
    path = tmp_path / "proteins.parquet"
    found = [
        certain_prediction(p.id, location="Nucleus", membrane="S") for p in proteins
    ]
    write_predictions(path, found, ["location", "membrane"], {})
    q10 = protein_measure(proteins, [path], "Q10")
    assert q10([])[::2] == (75, 4)
    assert q10({"b"})[::2] == (100, 3)
    assert q10({"b"}).stderr == 0
    assert q10(["a", "c", "d"])[::2] == (0, 1)
    assert math.isnan(q10("abcd").value)
    q2 = protein_measure(proteins, [path], "Q2")
    assert q2([])[::2] == (pytest.approx(200 / 3), 3)
    # Whether c is membrane-bound is unknown, so leaving it out changes nothing.
    assert q2({"c"}) == q2([])
    assert q2({"b"})[::2] == (100, 2)


def test_predictions_of_all_seeds_of_a_network_go_together() -> None:
    residues = [
        f"r/per_residue/DeepProf/flip/seed{seed}/predictions/{test}.parquet"
        for seed in (1, 12)
        for test in ("cb513", "ts115")
    ]
    proteins = "r/per_protein/Composition/deeploc/seed1/predictions.parquet"
    found = by_network([*residues, proteins])
    assert found == {
        ("DeepProf", "flip", "cb513"): [Path(residues[0]), Path(residues[2])],
        ("DeepProf", "flip", "ts115"): [Path(residues[1]), Path(residues[3])],
        ("Composition", "deeploc", "predictions"): [Path(proteins)],
    }


def test_similarities_come_back_from_disk_as_they_were(tmp_path: Path) -> None:
    reference = training_reference("NA", [Protein("x", "GHIKL")], simulated=True)
    table = similarities(TEST, reference, None)
    path = tmp_path / "t.csv"
    write_similarities(table, path)
    pd.testing.assert_frame_equal(read_similarities(path), table, check_dtype=False)
    first = path.read_bytes()
    write_similarities(read_similarities(path), path)
    assert path.read_bytes() == first


def test_a_damaged_file_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,exact\na,True\n")
    with pytest.raises(ProtlangError, match="compare the test proteins again"):
        read_similarities(path)


def test_the_table_has_a_line_for_all_and_one_for_each_level(tmp_path: Path) -> None:
    unsearched = compared(leakage.TRAINING_SET, "flip", [math.nan] * 5)
    rows = audit(
        [compared(), unsearched.assign(search=NOT_INSTALLED)],
        [scored(), scored("DeepOneHot", "cullpdb")],
    )
    table = page_of("seqvec_leakage", rows, tmp_path)
    assert table.grid.columns[-2:] == ["DeepSeqVec Q3", "DeepOneHot Q3"]
    head = ["CB513", "uniref50 (pre-training corpus)"]
    assert table.grid.rows[0] == [
        *(*head, "all test proteins", "5", "100.0", "50.0 ± 0.5", "50.0 ± 0.5")
    ]
    assert table.grid.rows[2] == [
        *(*head, "at least 90 %", "2", "40.0", "30.0 ± 0.5", "30.0 ± 0.5")
    ]
    same = ["same sequence", "1", "20.0", "40.0 ± 0.5", NOT_PRINTED]
    assert table.grid.rows[6][2:] == same
    assert table.grid.rows[7][3:] == ["not searched", *[NOT_PRINTED] * 3]
    assert table.notes[-1] == "Identity search: MMseqs2 is not installed (flip)."
    assert not table.simulated
    simulated = seqvec_leakage.arrange("leakage", rows.assign(simulated=True))
    assert simulated.simulated
