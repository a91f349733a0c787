from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.datasets.curation import (
    LeftOut,
    check_invariants,
    checked,
    evaluation_split,
    hold_out,
    read_labelled_set,
    recover_sequences,
    training_splits,
)
from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats import netsurfp
from protlang.formats.registry import Distribution
from protlang.formats.seqres import write as write_seqres
from protlang.proteins import Protein
from support.errors import complaint
from support.proteins import assert_same_proteins, make_protein, random_proteins
from support.sources import make_source


def seqres(folder: Path, **chains: str) -> Path:
    """`pdb_seqres.txt.gz` with the given chains, `1abc_A="MK"`, written `c1abc_A`."""
    path = folder / "pdb_seqres.txt.gz"
    named = ((name[1:], letters) for name, letters in chains.items())
    write_seqres(path, named, "X")
    return path


def ids(proteins: Sequence[Protein]) -> list[str]:
    return [protein.id for protein in proteins]


def test_masked_residues_come_from_the_pdb(tmp_path: Path) -> None:
    protein = make_protein("1abc-A", "MXXXX", disorder="00001", seed=3)
    recovered, left_out = recover_sequences(
        [protein], seqres(tmp_path, c1abc_A="MUOJ*")
    )
    assert left_out == []
    # U and O are residues of ours; whatever else the PDB has stays unknown.
    assert_same_proteins(recovered, [replace(protein, sequence="MUOXX")])


def test_a_chain_of_another_length_is_left_out(tmp_path: Path) -> None:
    proteins = [make_protein("1abc-A", "MKV"), make_protein("2abc-B", "MX")]
    pdb = seqres(tmp_path, c1abc_A="MKVA", c2abc_B="MU")
    recovered, left_out = recover_sequences(proteins, pdb)
    assert ids(recovered) == ["2abc-B"]
    reason = "another length in the PDB"
    assert left_out == [LeftOut("1abc-A", reason)]


def test_a_chain_with_another_known_residue_is_left_out(tmp_path: Path) -> None:
    proteins = [make_protein("1abc-A", "MKXV"), make_protein("2abc-B", "MKXV")]
    pdb = seqres(tmp_path, c1abc_A="MRUV", c2abc_B="MKUV")
    recovered, left_out = recover_sequences(proteins, pdb)
    assert [(p.id, p.sequence) for p in recovered] == [("2abc-B", "MKUV")]
    assert left_out == [LeftOut("1abc-A", "other residues in the PDB")]


def test_what_the_pdb_does_not_know_stays_as_it_is(tmp_path: Path) -> None:
    protein = make_protein("1abc-A", "MKX")
    recovered, left_out = recover_sequences([protein], seqres(tmp_path, c1abc_A="MXO"))
    assert [p.sequence for p in recovered] == ["MKO"]
    assert left_out == []


@pytest.mark.parametrize("identifier", ["1abc-B", "1abc-a", "9xyz-A", "T0859"])
def test_a_chain_missing_in_the_pdb_is_left_out(
    tmp_path: Path, identifier: str
) -> None:
    protein = make_protein(identifier, "MKV")
    recovered, left_out = recover_sequences([protein], seqres(tmp_path, c1abc_A="MKV"))
    assert recovered == []
    assert left_out == [LeftOut(identifier, "no such chain in the PDB")]


def test_every_domain_of_a_chain_gets_the_chains_letters(tmp_path: Path) -> None:
    domains = [make_protein("1abc-A", "MX"), make_protein("1abc-A.2", "MX")]
    recovered, _ = recover_sequences(domains, seqres(tmp_path, c1abc_A="MU"))
    assert [(p.id, p.sequence) for p in recovered] == [
        ("1abc-A", "MU"),
        ("1abc-A.2", "MU"),
    ]


@given(st.permutations(range(9)), st.integers(1, 8), st.integers(0, 5))
def test_holding_out_depends_on_ids_and_seed_alone(
    order: list[int], number: int, seed: int
) -> None:
    proteins = random_proteins(9)
    train, held_out = hold_out(proteins, number, seed)
    assert len(held_out) == number
    assert sorted(ids(train) + ids(held_out)) == ids(proteins)
    assert ids(held_out) == sorted(ids(held_out))  # the order of the source
    again = hold_out([proteins[index] for index in order], number, seed)
    assert sorted(ids(again[0])) == ids(train)
    assert sorted(ids(again[1])) == ids(held_out)


def test_other_seeds_hold_out_other_proteins_each_equally_often() -> None:
    proteins = random_proteins(10)
    chosen = [ids(hold_out(proteins, 5, seed)[1]) for seed in range(200)]
    assert len({tuple(choice) for choice in chosen}) > 100
    times = [sum(name in choice for choice in chosen) for name in ids(proteins)]
    assert all(70 <= count <= 130 for count in times)  # 100 +- 4 standard deviations


def test_what_is_held_out_changes_little_when_proteins_are_added() -> None:
    few, more = random_proteins(40), random_proteins(41)
    before, after = (set(ids(hold_out(set_, 10, 1)[1])) for set_ in (few, more))
    assert len(before & after) >= 9


@pytest.mark.parametrize("number", [3, 4])
def test_a_protein_has_to_be_left_to_train_on(number: int) -> None:
    with pytest.raises(ProtlangError, match=f"cannot hold out {number} of 3 proteins"):
        hold_out(random_proteins(3), number, 1)


def test_publishers_splits_are_used() -> None:
    splits = ("test", "train", "validation", None, "train")
    proteins = [
        replace(make_protein(f"{number}"), split=split)
        for number, split in enumerate(splits)
    ]
    found = training_splits(proteins, None, "source")
    assert {name: ids(chosen) for name, chosen in found.items()} == {
        "train": ["1", "4"],
        "validation": ["2"],
    }
    assert ids(evaluation_split(proteins, "source")["test"]) == ["0"]


def test_proteins_are_held_out_where_the_publisher_has_no_splits() -> None:
    proteins = random_proteins(8)
    found = training_splits(proteins, {"proteins": 3, "seed": 7}, "source")
    assert (found["train"], found["validation"]) == hold_out(proteins, 3, 7)
    assert ids(evaluation_split(proteins, "source")["test"]) == ids(proteins)


def test_whole_proteins_pass_in_order() -> None:
    proteins = [*random_proteins(3), Protein("only a sequence", "MKUOBZX")]
    assert checked(iter(proteins), "some file") == proteins


def with_profile_value(value: float) -> Protein:
    protein = make_protein("1abc-A", "MKV")
    assert protein.profile is not None
    protein.profile[1, 30] = value
    return protein


@pytest.mark.parametrize(
    ("protein", "expected"),
    [
        (make_protein("1aaa-A", "MK"), "occurs twice"),
        (Protein("", "MK"), "has no id"),
        (Protein("1abc-A", ""), "has an empty sequence"),
        *(
            (Protein("1abc-A", f"MK{letter}"), f"the letter {letter!r} at position 3")
            for letter in "J*-ké"
        ),
        *(
            (
                Protein("1abc-A", "MKV"[: len(text)], {label: text}),
                f"the {label} label has the letter",
            )
            for label, text in (
                *(("q3", "HEB"), ("q8", "HEL"), ("disorder", "02"), ("mask", "1X")),
            )
        ),
        *(
            (
                Protein("1abc-A", "MKV", {"q3": text}),
                f"has 3 residues but {len(text)} q3 labels",
            )
            for text in ("HE", "HEHE", "")
        ),
        (with_profile_value(np.nan), "values that are no numbers"),
        (with_profile_value(np.inf), "values that are no numbers"),
        *(
            (
                Protein("1abc-A", "MK", values={"stability": number}),
                f"has {number} for its stability",
            )
            for number in (np.nan, np.inf, -np.inf)
        ),
    ],
)
def test_an_incomplete_protein_is_refused_by_name(
    protein: Protein, expected: str
) -> None:
    proteins = [make_protein("1aaa-A"), protein]
    message = complaint(checked, proteins, "some file")
    assert message.startswith(f"some file: record {protein.id}")
    assert expected in message


def test_a_file_without_proteins_is_refused() -> None:
    with pytest.raises(ProtlangError, match="some file holds no protein"):
        checked([], "some file")


@pytest.mark.parametrize(
    "invariants", [{}, {"proteins": 2}, {"residues": 5}, {"proteins": 2, "residues": 5}]
)
def test_right_counts_pass(invariants: Mapping[str, int]) -> None:
    proteins = [make_protein("1abc-A", "MKV"), make_protein("2abc-A", "MK")]
    check_invariants(proteins, invariants, "some file")


@pytest.mark.parametrize(
    ("invariants", "message"),
    [
        ({"proteins": 1}, "holds 2 proteins, not 1"),
        ({"proteins": 2, "residues": 4_000}, "holds 5 residues, not 4,000"),
        ({"test": 1}, "holds 0 test"),
    ],
)
def test_wrong_counts_are_reported(invariants: Mapping[str, int], message: str) -> None:
    proteins = [make_protein("1abc-A", "MKV"), make_protein("2abc-A", "MK")]
    with pytest.raises(ProtlangError, match=f"some file {message}"):
        check_invariants(proteins, invariants, "some file")


def test_distinct_sequences_and_parts_by_any_name_are_counted() -> None:
    proteins = [
        Protein("1", "MKV", split="cb513"),
        Protein("2", "MKV", split="cb513"),
        Protein("3", "MK", split="partition_0"),
    ]
    counts = {"sequences": 2, "cb513": 2, "partition_0": 1, "train": 0}
    check_invariants(proteins, counts, "some file")
    with pytest.raises(ProtlangError, match="some file holds 2 cb513, not 3"):
        check_invariants(proteins, {"cb513": 3}, "some file")
    with pytest.raises(ProtlangError, match=r"cannot count invariants\.ts115; a label"):
        check_invariants(proteins, {"ts115": 3}, "some file")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two proteins as upstream publishes them, without the simulator's remark."""
    netsurfp.write(
        tmp_path / "simulated.npz",
        [make_protein("1abc-A", "MX"), make_protein("2abc-A", "MKV")],
        "made up",
    )
    with np.load(tmp_path / "simulated.npz") as made_up:
        np.savez(tmp_path / "a.npz", data=made_up["data"], pdbids=made_up["pdbids"])
    return tmp_path / "a.npz"


def test_a_source_is_read_and_described(tmp_path: Path, archive: Path) -> None:
    source = make_source("train", invariants={"proteins": 2, "residues": 5})
    pdb = seqres(tmp_path, c1abc_A="MU", c2abc_A="M")
    labelled = read_labelled_set(source, {"data": archive}, pdb, simulated=False)
    assert [(p.id, p.sequence) for p in labelled.proteins] == [("1abc-A", "MU")]
    facts = labelled.provenance
    assert facts["source"] == "train"
    assert facts["licence"] == "CC0-1.0"
    assert facts["simulated"] is False
    assert facts["files"] == {"data": {"name": "a.npz", "sha256": file_hash(archive)}}
    assert [entry["id"] for entry in facts["left_out"]] == ["2abc-A"]


def test_without_pdb_sequences_masked_residues_stay_unknown(archive: Path) -> None:
    labelled = read_labelled_set(make_source("train"), {"data": archive}, None, False)
    assert [p.sequence for p in labelled.proteins] == ["MX", "MKV"]
    assert labelled.provenance["left_out"] == []


def test_counts_are_those_of_the_source_before_any_protein_is_left_out(
    tmp_path: Path, archive: Path
) -> None:
    source = make_source("train", invariants={"proteins": 1})
    pdb = seqres(tmp_path, c1abc_A="MU")
    with pytest.raises(ProtlangError, match="holds 2 proteins, not 1"):
        read_labelled_set(source, {"data": archive}, pdb, simulated=False)


@pytest.mark.parametrize("name", ["a.npz", "simulated.npz"])
def test_simulated_data_are_marked_and_need_not_have_the_real_size(
    archive: Path, name: str
) -> None:
    source = make_source("train", invariants={"proteins": 10_848})
    files = {"data": archive.with_name(name)}
    labelled = read_labelled_set(source, files, None, simulated=name == "a.npz")
    assert labelled.provenance["simulated"] is True


def test_a_source_of_which_nothing_is_left_is_refused(
    tmp_path: Path, archive: Path
) -> None:
    pdb = seqres(tmp_path, c9xyz_A="MU")
    with pytest.raises(ProtlangError):
        read_labelled_set(make_source("train"), {"data": archive}, pdb, False)


def in_parts(*parts: str) -> list[Protein]:
    return [Protein(str(n), "MK", split=part) for n, part in enumerate(parts)]


def test_a_publisher_without_a_split_is_reported() -> None:
    with pytest.raises(ProtlangError, match="no protein is marked as test"):
        evaluation_split(in_parts("train"), "source")
    with pytest.raises(ProtlangError, match="no protein is marked as train"):
        training_splits(in_parts("test"), None, "source")


def test_one_of_several_test_sets_is_chosen_by_its_name() -> None:
    proteins = in_parts("train", "cb513", "ts115", "cb513")
    (found,) = evaluation_split(proteins, "some file", "cb513").values()
    assert [protein.id for protein in found] == ["1", "3"]
    with pytest.raises(
        ProtlangError, match="some file: no protein is marked as casp12"
    ):
        evaluation_split(proteins, "some file", "casp12")


def test_a_part_of_the_publishers_is_held_out_by_its_name() -> None:
    proteins = in_parts("partition_0", "test", "partition_1", "partition_0")
    found = training_splits(proteins, {"part": "partition_0"}, "some file")
    ids = {name: [protein.id for protein in split] for name, split in found.items()}
    assert ids == {"train": ["2"], "validation": ["0", "3"]}
    with pytest.raises(ProtlangError, match="no protein is marked as partition_4"):
        training_splits(proteins, {"part": "partition_4"}, "some file")
    with pytest.raises(ProtlangError, match="all proteins are in partition_0"):
        training_splits(
            in_parts("partition_0", "test"), {"part": "partition_0"}, "some"
        )


def test_what_a_reader_changed_is_added_up_in_the_provenance(tmp_path: Path) -> None:
    (tmp_path / "a.3line").write_text(">1\nMKV\nILI\n>2\nMKVA\nXLLO\n>3\nM\nI\n")
    source = make_source("membranes", "topcons-3line")
    files = {"data": tmp_path / "a.3line"}
    labelled = read_labelled_set(source, files, None, simulated=False)
    assert labelled.provenance["changes"] == {
        "re_entrant_residues_given_a_side": 3,
        "residues_of_unknown_side_masked": 1,
    }


@pytest.mark.parametrize("lacking", [0, 1])
def test_a_protein_without_the_labels_of_the_others_is_named(
    lacking: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    proteins = [
        Protein(str(n), "MK", values={} if n == lacking else {"stability": 1.0})
        for n in range(2)
    ]
    mixed = Distribution(lambda *_: iter(proteins), labels=frozenset())
    monkeypatch.setattr("protlang.datasets.curation.DISTRIBUTIONS", {"mixed": mixed})
    with pytest.raises(
        ProtlangError, match=f"record {lacking} has no stability, which"
    ):
        read_labelled_set(make_source("s", "mixed"), {"data": tmp_path}, None, False)


def test_a_share_of_the_training_proteins_is_held_out_and_no_test_protein() -> None:
    proteins = [
        replace(protein, split="test" if serial % 3 == 0 else "train")
        for serial, protein in enumerate(random_proteins(60))
    ]
    splits = training_splits(proteins, {"share": 0.1, "seed": 1}, "some file")
    assert {name: len(found) for name, found in splits.items()} == {
        "train": 36,
        "validation": 4,
    }
    found = [protein for split in splits.values() for protein in split]
    assert {protein.split for protein in found} == {"train"}
    again = training_splits(proteins[::-1], {"share": 0.1, "seed": 1}, "some file")
    assert set(ids(again["validation"])) == set(ids(splits["validation"]))
    other = training_splits(proteins, {"share": 0.1, "seed": 2}, "some file")
    assert set(ids(other["validation"])) != set(ids(splits["validation"]))


def test_a_small_share_is_one_protein_at_least() -> None:
    splits = training_splits(
        random_proteins(9), {"share": 0.01, "seed": 1}, "some file"
    )
    assert len(splits["validation"]) == 1
