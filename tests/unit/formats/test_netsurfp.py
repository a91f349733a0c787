"""The columns are those of methods C.2, checked one by one on arrays made by hand."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from protlang.formats import netsurfp
from protlang.proteins import Protein
from support.errors import complaint
from support.memory import peak_of
from support.proteins import (
    assert_same_proteins,
    make_protein,
    protein_sets,
    random_proteins,
)

ALANINE, CYSTEINE, TYROSINE = 0, 1, 19
PRESENT, ORDERED, EVALUATED = 50, 51, 52
HELIX, COIL = 58, 64


def read(path: Path) -> list[Protein]:
    return list(netsurfp.read({"data": path}, "netsurfp2-test"))


def save(path: Path, data: np.ndarray, ids: object) -> Path:
    """An archive as upstream makes it, without the simulator's remark."""
    np.savez_compressed(path, pdbids=np.array(ids), data=data)
    return path


def coil(proteins: int = 1, length: int = 2, positions: int = 3) -> np.ndarray:
    """Proteins of alanines, all coil, ordered and evaluated."""
    data = np.zeros((proteins, positions, 68), dtype=np.float32)
    data[:, :length, [ALANINE, PRESENT, ORDERED, EVALUATED, COIL]] = 1
    return data


def failure(path: Path) -> str:
    message = complaint(read, path)
    assert str(path) in message
    return message


@pytest.fixture
def by_hand(tmp_path: Path) -> Path:
    """One protein of eight residues in twelve positions; each column has its value."""
    data = np.zeros((1, 12, 68), dtype=np.float32)
    row = data[0, :8]
    row[0, ALANINE] = row[1, CYSTEINE] = row[2, TYROSINE] = 1  # five have no letter
    row[:, 20:50] = np.arange(20, 50) / 64
    row[:, PRESENT] = 1
    row[:, ORDERED] = [0, 1, 1, 1, 1, 1, 1, 0]
    row[:, EVALUATED] = [1, 1, 1, 0, 0, 0, 1, 1]
    row[range(8), range(57, 65)] = 1
    row[:, [53, 54, 55, 56, 65, 66, 67]] = 99
    return save(tmp_path / "hand.npz", data, ["1abc-A"])


def test_letters_and_labels_come_from_their_columns(by_hand: Path) -> None:
    (protein,) = read(by_hand)
    assert protein.sequence == "ACYXXXXX"  # columns 0 to 19, as long as in column 50
    assert protein.labels == {
        "q3": "HHHEECCC",
        "q8": "GHIBESTC",  # columns 57 to 64
        "disorder": "10000001",  # where column 51 is zero
        "mask": "11100011",  # column 52
    }


def test_the_profile_is_columns_0_to_49_unchanged(by_hand: Path) -> None:
    profile = read(by_hand)[0].profile
    assert profile is not None
    assert profile.shape == (8, 50)
    assert profile.dtype == np.float32
    np.testing.assert_array_equal(
        profile[:, 20:], np.tile(np.arange(20, 50) / 64, (8, 1))
    )
    np.testing.assert_array_equal(profile[0, :20], [1] + 19 * [0])
    np.testing.assert_array_equal(profile[7, :20], 20 * [0])


def test_written_columns_are_those_of_the_sheet(tmp_path: Path) -> None:
    protein = make_protein("1abc-A", "YXA", "GCB", disorder="011", mask="101")
    structure = np.arange(21, dtype=np.float32).reshape(3, 7)
    path = tmp_path / "a.npz"
    other = make_protein("1abd-A", "AAAA")
    netsurfp.write(
        path,
        [protein, other],
        "made up",
        {"1abc-A": structure, "1abd-A": np.zeros((4, 7), np.float32)},
    )
    with np.load(path) as archive:
        assert archive["pdbids"].tolist() == ["1abc-A", "1abd-A"]
        data = archive["data"]
    assert data.shape == (2, 4, 68)
    row = data[0]
    assert row[:3].astype(int)[:, [TYROSINE, ALANINE]].tolist() == [
        [1, 0],
        [0, 0],
        [0, 1],
    ]
    np.testing.assert_array_equal(row[:3, :50], protein.profile)
    assert row[:, PRESENT].tolist() == [1, 1, 1, 0]
    assert row[:, ORDERED].tolist() == [1, 0, 0, 0]
    assert row[:, EVALUATED].tolist() == [1, 0, 1, 0]
    assert [row[i, 57:65].tolist().index(1) for i in range(3)] == [0, 7, 3]
    assert row[:3, 57:65].sum() == 3
    np.testing.assert_array_equal(row[:3, [53, 54, 55, 56, 65, 66, 67]], structure)
    assert not row[3].any()


@given(protein_sets())
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, proteins: list[Protein]
) -> None:
    path = tmp_path_factory.mktemp("npz") / "a.npz"
    netsurfp.write(path, proteins, "made up")
    assert_same_proteins(read(path), proteins)


def test_equal_proteins_give_equal_bytes_on_any_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proteins = random_proteins(3)
    netsurfp.write(tmp_path / "a.npz", proteins, "made up")
    monkeypatch.setattr("time.time", lambda: 2e9)
    netsurfp.write(tmp_path / "b.npz", proteins, "made up")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}


def test_a_protein_without_profile_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1abc-A has no profile"):
        netsurfp.write(tmp_path / "a.npz", [make_protein(with_profile=False)], "")
    assert list(tmp_path.iterdir()) == []


def test_only_the_simulators_archives_call_themselves_simulated(
    tmp_path: Path, by_hand: Path
) -> None:
    netsurfp.write(tmp_path / "a.npz", random_proteins(1), "simulated by protlang")
    assert netsurfp.is_simulated({"data": tmp_path / "a.npz"})
    assert not netsurfp.is_simulated({"data": by_hand})


@pytest.mark.parametrize("dtype", ["float64", "float16", "int8", ">f4"])
def test_other_types_of_numbers_are_read(tmp_path: Path, dtype: str) -> None:
    path = save(tmp_path / "a.npz", coil().astype(dtype), ["1abc-A"])
    expected = read(save(tmp_path / "b.npz", coil(), ["1abc-A"]))
    assert_same_proteins(read(path), expected)


def test_ids_may_be_bytes(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz", coil(2), [b"1abc-A", b"2abc-B"])
    assert [protein.id for protein in read(path)] == ["1abc-A", "2abc-B"]


def test_further_domains_of_a_chain_are_numbered(tmp_path: Path) -> None:
    data = coil(4, length=3)
    for entry, mask in zip(
        data, ([1, 0, 0], [1, 1, 1], [0, 1, 0], [0, 0, 1]), strict=True
    ):
        entry[:, EVALUATED] = mask
    ids = ["1abc-A", "2abc-A", "1abc-A", "1abc-A"]
    proteins = read(save(tmp_path / "a.npz", data, ids))
    assert [(protein.id, protein.labels["mask"]) for protein in proteins] == [
        ("1abc-A", "100"),
        ("2abc-A", "111"),
        ("1abc-A.2", "010"),
        ("1abc-A.3", "001"),
    ]
    assert all(protein.profile is not None for protein in proteins)


@pytest.mark.parametrize("column", [EVALUATED, CYSTEINE])
def test_the_same_id_for_anything_else_is_refused(tmp_path: Path, column: int) -> None:
    data = coil(2)
    if column == CYSTEINE:
        data[1, 0, [ALANINE, CYSTEINE]] = 0, 1
        data[1, 0, EVALUATED] = 0
    path = save(tmp_path / "a.npz", data, ["1abc-A", "1abc-A"])
    assert "1abc-A is given to two records" in failure(path)


def test_reading_holds_one_protein_at_a_time(tmp_path: Path) -> None:
    data = coil(150, length=5, positions=200)
    row_bytes = data[0].nbytes
    path = save(tmp_path / "a.npz", data, [f"{i:04d}-A" for i in range(len(data))])
    del data
    ids: list[str] = []
    proteins = netsurfp.read({"data": path}, "x")
    peak = peak_of(lambda: ids.extend(protein.id for protein in proteins))
    assert len(ids) == 150
    assert peak < 20 * row_bytes


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (PRESENT, [0, 0, 0], "has no residues"),
        (PRESENT, [1, 0, 1], "has a gap in its sequence mask"),
        (PRESENT, [0.5, 0.5, 1], "has a gap in its sequence mask"),
        (CYSTEINE, [1, 0, 0], "has residues that are not one-hot"),
        (ALANINE, [0.5, 1, 0], "has residues that are not one-hot"),
        (HELIX, [1, 0, 0], "has residues without exactly one Q8 state"),
        (COIL, [0, 1, 0], "has residues without exactly one Q8 state"),
        (ORDERED, [2, 1, 0], "has values other than 0 and 1 in its disorder"),
        (EVALUATED, [0.5, 1, 0], "has values other than 0 and 1 in its evaluation"),
        (EVALUATED, [np.nan, 1, 0], "has values other than 0 and 1 in its evaluation"),
        (PRESENT, [1, np.nan, 0], "has a gap in its sequence mask"),
    ],
)
def test_a_record_that_contradicts_itself_is_named(
    tmp_path: Path, column: int, values: list[float], message: str
) -> None:
    data = coil(2)
    data[1, :, column] = values
    path = save(tmp_path / "a.npz", data, ["1abc-A", "2abc-A"])
    assert f"record 2abc-A {message}" in failure(path)


def test_two_half_states_are_refused(tmp_path: Path) -> None:
    data = coil()
    data[0, 0, [HELIX, COIL]] = 0.5
    assert "Q8 state" in failure(save(tmp_path / "a.npz", data, ["1abc-A"]))


@pytest.mark.parametrize(
    ("data", "ids", "message"),
    [
        (coil(2), ["1abc-A"], "'data' has shape (2, 3, 68) for 1 ids"),
        (coil(1)[:, :, :57], ["1abc-A"], "expected (1, positions, 68)"),
        (coil(1)[0], ["1abc-A"], "'data' has shape (3, 68)"),
        (np.asfortranarray(coil(2)), ["1abc-A", "2abc-A"], "C-ordered"),
        (coil(1).astype(object), ["1abc-A"], "plain C-ordered array of numbers"),
        (coil(1).astype(str), ["1abc-A"], "has a gap in its sequence mask"),
        (coil(1), np.array(["1abc-A"], dtype=object), "'pdbids' cannot be read"),
    ],
)
def test_an_array_of_another_layout_is_refused(
    tmp_path: Path, data: np.ndarray, ids: object, message: str
) -> None:
    assert message in failure(save(tmp_path / "a.npz", data, ids))


@pytest.mark.parametrize("absent", ["data", "pdbids"])
def test_a_missing_array_is_named(tmp_path: Path, absent: str) -> None:
    arrays: dict[str, Any] = {"data": coil(), "pdbids": np.array(["1abc-A"])}
    del arrays[absent]
    np.savez(tmp_path / "a.npz", **arrays)
    assert f"has no array {absent!r}" in failure(tmp_path / "a.npz")


@pytest.mark.parametrize("damage", ["cut", "overwritten", "text", "empty"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    path = save(
        tmp_path / "a.npz", np.random.default_rng(0).random((9, 9, 68)), ["1"] * 9
    )
    content = bytearray(path.read_bytes())
    if damage == "cut":
        del content[len(content) // 2 :]
    elif damage == "overwritten":
        middle = len(content) // 2
        content[middle : middle + 50] = bytes(50)
    else:
        content = bytearray(b"<html>" if damage == "text" else b"")
    path.write_bytes(content)
    assert "fetch" in failure(path)


def test_the_last_record_is_checked_for_damage_too(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, pdbids=np.array(["1abc-A", "2abc-A"]), data=coil(2))
    content = path.read_bytes()
    # Clear the last number that is not zero: the second protein's last state.
    place = content.rindex(np.float32(1).tobytes())
    path.write_bytes(content[:place] + bytes(4) + content[place + 4 :])
    assert "CRC" in failure(path)
