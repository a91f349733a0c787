import csv
import gzip
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.alphabet import RESIDUES
from protlang.embedding.user_sequences import (
    UserRecord,
    load_records,
    outcome,
    read_failures,
    read_records,
    require_done,
    require_usable,
    shard_of,
    user_name,
    write_failures,
    write_manifest,
    write_records,
)
from protlang.errors import ProtlangError
from support.sequence_examples import PIR

SHA256_OF_MKV = "06101e170c22fd1e3eb5769d9ec67e9b76a226c73f20c30aa46e2436cb60abce"


def records_of(folder: Path, text: str | bytes) -> list[UserRecord]:
    content = text if isinstance(text, bytes) else text.encode()
    (folder / "my.fasta").write_bytes(content)
    return read_records(folder / "my.fasta")


def only(folder: Path, letters: str, header: str = "a") -> UserRecord:
    (record,) = records_of(folder, f">{header}\n{letters}\n")
    return record


@pytest.mark.parametrize(
    ("letters", "sequence", "changes"),
    [
        ("MKV", "MKV", ""),
        ("UOBZX", "UOBZX", ""),
        ("mkV", "MKV", "lower case made upper case"),
        ("MKV*", "MKV", "a '*' at the end cut off"),
        ("MJV", "MXV", "J (leucine or isoleucine) made X"),
        (
            "mj*",
            "MX",
            "lower case made upper case; a '*' at the end cut off; "
            "J (leucine or isoleucine) made X",
        ),
    ],
)
def test_what_can_be_repaired_is_repaired_and_reported(
    tmp_path: Path, letters: str, sequence: str, changes: str
) -> None:
    assert only(tmp_path, letters) == UserRecord(
        1, "a", sequence, len(sequence), "", changes
    )


@pytest.mark.parametrize(
    ("letters", "fault"),
    [
        ("", "no residues"),
        ("*", "no residues"),
        ("MK*V", "a character that is no residue: '*' at position 3"),
        ("MKV**", "a character that is no residue: '*' at position 4"),
        ("-MKV", "a character that is no residue: '-' at position 1"),
        ("MKV.", "a character that is no residue: '.' at position 4"),
        ("mk\nv1", "a character that is no residue: '1' at position 4"),
        ("MK V", "a character that is no residue: ' ' at position 3"),
        ("MKé", "a character outside ASCII: 'é' at position 3"),
        ("M\u017fK", "a character outside ASCII: '\u017f' at position 2"),
    ],
)
def test_what_cannot_be_repaired_has_failed_with_character_and_position(
    tmp_path: Path, letters: str, fault: str
) -> None:
    record = only(tmp_path, letters)
    assert record.fault == fault
    assert record.sequence == ""
    assert record.sequence_sha256 == ""
    assert record.length == len(letters.replace("\n", ""))


@given(
    st.text(
        st.characters(codec="utf-8", exclude_characters="\r\n> \t\v\f\0"), max_size=12
    )
)
def test_every_record_is_legal_or_has_a_reason(
    tmp_path_factory: pytest.TempPathFactory, letters: str
) -> None:
    record = only(tmp_path_factory.mktemp("policy"), letters)
    upper = letters.removesuffix("*")
    repairable = bool(upper) and all(
        letter.isascii() and letter.isalpha() for letter in upper
    )
    assert bool(record.sequence) == repairable
    assert bool(record.fault) != repairable
    if repairable:
        assert record.sequence == upper.upper().replace("J", "X")
        assert set(record.sequence) <= set(RESIDUES)
        assert bool(record.changes) == (record.sequence != letters)


def test_ids_are_kept_whatever_they_look_like(tmp_path: Path) -> None:
    text = ">../../etc/x y\nM\n>ü\nM\n>sp|P1|A_B\nM\n".encode() + b">b\xff\nM\n"
    ids = [record.id for record in records_of(tmp_path, text)]
    assert ids == ["../../etc/x", "ü", "sp|P1|A_B", "b\\xff"]


def test_a_record_without_id_has_failed_with_its_number(tmp_path: Path) -> None:
    _, second = records_of(tmp_path, ">a\nM\n> \nM\n")
    assert second.fault == "record 2 has no id: give it one"


def test_an_id_that_hdf5_cannot_hold_has_failed(tmp_path: Path) -> None:
    assert "NUL" in only(tmp_path, "M", "a\0b").fault


def test_a_repeated_record_is_the_same_as_the_first(tmp_path: Path) -> None:
    text = ">a\nMKV\n>b\nM\n>a again\nmkv*\n"
    third = records_of(tmp_path, text)[2]
    assert third.same_as == 1
    assert third.fault == ""


def test_a_repeated_id_with_another_sequence_has_failed(tmp_path: Path) -> None:
    text = ">a\nMKV\n>a\nM\n>a\nMKV\n"
    first, second, third = records_of(tmp_path, text)
    assert first.fault == ""
    assert "that of record 1, which has another sequence" in second.fault
    assert third.same_as == 1


def test_an_id_belongs_to_the_first_record_that_can_be_used(tmp_path: Path) -> None:
    first, second = records_of(tmp_path, ">a\nM-K\n>a\nMK\n")
    assert first.fault
    assert not second.fault


def test_records_come_back_from_disk(tmp_path: Path) -> None:
    records = records_of(tmp_path, ">ü\nmkv\n>\nM\n>ü\nMKV\n>b\nM1\n")
    write_records(tmp_path / "proteins.parquet", records)
    assert load_records(tmp_path / "proteins.parquet") == records


def test_the_manifest_has_a_row_for_every_record(tmp_path: Path) -> None:
    records = records_of(tmp_path, ">a\nmkv\n>b\nM-\n>a\nMKV\n>c\nMM\n")
    failed = {"c": "too long"}
    statuses = write_manifest(tmp_path / "manifest.csv", records, failed)
    assert statuses == {"done": 2, "failed": 2}
    rows = list(csv.DictReader((tmp_path / "manifest.csv").read_text().splitlines()))
    assert [(row["record"], row["id"], row["status"]) for row in rows] == [
        ("1", "a", "done"),
        ("2", "b", "failed"),
        ("3", "a", "done"),
        ("4", "c", "failed"),
    ]
    assert [row["reason"] for row in rows] == [
        "",
        "a character that is no residue: '-' at position 2",
        "same as record 1",
        "too long",
    ]
    assert rows[0]["changes"] == "lower case made upper case"
    assert rows[0]["length"] == "3"
    assert rows[0]["sequence_sha256"] == SHA256_OF_MKV


def test_failures_come_back_from_disk(tmp_path: Path) -> None:
    write_failures(tmp_path / "1.csv", {"a,b": "too long, really", "ü": "x"})
    write_failures(tmp_path / "2.csv", {})
    found = read_failures([tmp_path / "1.csv", tmp_path / "2.csv"])
    assert found == {"a,b": "too long, really", "ü": "x"}


def test_a_file_without_any_usable_record_is_an_error(tmp_path: Path) -> None:
    records = records_of(tmp_path, ">a\nM-\n>b\n\n>c\n\n")
    with pytest.raises(ProtlangError) as caught:
        require_usable(records, "my.fasta")
    assert "none of the 3 records of my.fasta" in str(caught.value)
    assert "2: no residues" in str(caught.value)


def test_it_is_an_error_if_nothing_was_embedded(tmp_path: Path) -> None:
    records = records_of(tmp_path, ">a\nM-\n>b\nMKV\n")
    require_done(records, {})
    with pytest.raises(ProtlangError, match="for example b: too long"):
        require_done(records, {"b": "too long"})


def test_the_outcome_reports_how_many_failed_and_where_to_look() -> None:
    summary = outcome({"done": 5, "failed": 2}, "e.h5", "manifest.csv")
    assert summary.startswith("5 of 7 records are embedded in e.h5, 2 failed; manifest")
    assert "failed" not in outcome({"done": 5, "failed": 0}, "e.h5", "manifest.csv")


@pytest.mark.parametrize("shards", [1, 2, 3, 7])
def test_shards_are_balanced_and_together_complete(tmp_path: Path, shards: int) -> None:
    draw = random.Random(1)  # noqa: S311
    lengths = [draw.randint(1, 300) for _ in range(100)]
    text = "".join(
        f">{number}\n{''.join(draw.choices(RESIDUES, k=length))}\n"
        for number, length in enumerate(lengths)
    )
    records = records_of(tmp_path, text)
    parts = [shard_of(records, shard, shards) for shard in range(1, shards + 1)]
    found = sorted(entry for part in parts for entry in part)
    assert found == sorted((record.id, record.sequence) for record in records)
    residues = [sum(len(sequence) for _, sequence in part) for part in parts]
    assert max(residues) - min(residues) <= max(lengths)


def test_all_ids_of_a_sequence_are_in_one_shard(tmp_path: Path) -> None:
    text = ">a\nMK\n>b\nMMM\n>c\nmk\n>d\nM\n>bad\nM-\n>d\nM\n"
    records = records_of(tmp_path, text)
    parts = [shard_of(records, shard, 3) for shard in (1, 2, 3)]
    assert parts == [[("d", "M")], [("a", "MK"), ("c", "MK")], [("b", "MMM")]]


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("my.fasta", "my"),
        ("/data/my.set-1.fa.gz", "my.set-1"),
        ("x/UP_1.FAA.zst", "UP_1"),
        ("my.txt", "my.txt"),
        ("my.fa.fasta", "my.fa"),
        ("1abc.pdb.gz", "1abc.pdb"),
    ],
)
def test_results_are_named_after_the_file(file: str, name: str) -> None:
    assert user_name(file) == name


@pytest.mark.parametrize("file", ["my proteins.fasta", "ü.fa", ".fasta", "..fa"])
def test_a_file_whose_name_cannot_name_a_folder_is_refused(file: str) -> None:
    with pytest.raises(ProtlangError, match="rename or link the file"):
        user_name(file)


def test_compressed_files_and_line_ends_of_windows_are_no_obstacle(
    tmp_path: Path,
) -> None:
    (record,) = records_of(tmp_path, gzip.compress(b">a\r\nMK\r\n\r\nV*\r\n"))
    assert record.sequence == "MKV"


def test_records_of_other_formats_are_checked_in_the_same_way(tmp_path: Path) -> None:
    *chains, nucleotides = records_of(tmp_path, PIR.replace("MKVL", "mk-J"))
    assert chains == [
        UserRecord(
            *(1, "EXA_ECOLI", "MKXACDE", 7, ""),
            changes="gaps removed; lower case made upper case; J (leucine or "
            "isoleucine) made X",
        )
    ]
    assert nucleotides.fault == "nucleotides without a translated coding sequence"


@pytest.mark.parametrize("letters", ["ACGT", "acgu", "ACGTN"])
def test_a_file_of_nucleotides_is_refused(tmp_path: Path, letters: str) -> None:
    with pytest.raises(ProtlangError, match="translate them into proteins first"):
        records_of(tmp_path, f">a\n{letters * 10}\n>b\n{letters * 10}\n")


@pytest.mark.parametrize("letters", ["GATTACA", "A" * 99, "GA" * 50, "ACGTM" * 20])
def test_short_or_monotonous_proteins_are_no_nucleotides(
    tmp_path: Path, letters: str
) -> None:
    assert only(tmp_path, letters).sequence == letters
