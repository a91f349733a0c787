"""FASTA records become tokens: accepted, repaired or left out, and counted."""

import gzip
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.alphabet import RESIDUES, decode
from protlang.corpora import fasta_tokens as tokenising
from protlang.corpora.fasta_tokens import RecordPolicy, composition, read_batches
from protlang.errors import ProtlangError
from support.corpora import build, contents, fasta, random_records


@pytest.mark.parametrize(
    ("body", "accepted", "change"),
    [
        ("MKVUOBZX\n", "MKVUOBZX", None),
        ("mkVx\n", "MKVX", "lower_case"),
        ("MKV*\n", "MKV", "trailing_stop"),
        ("MKV\n*\n", "MKV", "trailing_stop"),
        ("MJKJ\n", "MXKX", "j"),
        ("MK\r\nVA\r\n", "MKVA", None),
        ("\n\nMK\n\nVA\n\n", "MKVA", None),
        ("MKV", "MKV", None),
        ("MKV" * 50_000 + "\n", "MKV" * 50_000, None),
    ],
)
def test_a_record_is_accepted(
    tmp_path: Path, body: str, accepted: str, change: str | None
) -> None:
    store = build(tmp_path, f">sp|P1|A_B some words\n{body}")
    assert contents(store) == [("sp|P1|A_B", accepted)]
    assert store.meta["changed"] == {
        name: int(name == change) for name in tokenising.CHANGED
    }
    assert not any(store.meta["left_out"].values())
    assert store.meta["j_residues"] == body.count("J")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ("\n", "empty"),
        ("*\n", "empty"),
        ("MK*V\n", "illegal"),
        ("MKV**\n", "illegal"),
        ("MK-V\n", "illegal"),
        ("MK.V\n", "illegal"),
        ("MK1V\n", "illegal"),
        ("MK V\n", "illegal"),
        ("MK\tV\n", "illegal"),
        ("MK>V\n", "illegal"),
        ("MK\0V\n", "illegal"),
        ("MKÅV\n", "not_ascii"),
    ],
)
def test_a_record_is_left_out_counted_and_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, body: str, reason: str
) -> None:
    caplog.set_level(logging.INFO, logger="protlang")
    store = build(tmp_path, f">a\nMK\n>bad one\n{body}>b\nVL\n")
    assert contents(store) == [("a", "MK"), ("b", "VL")]
    assert store.meta["records"] == 3
    assert store.meta["left_out"] == {
        name: int(name == reason) for name in tokenising.LEFT_OUT
    }
    assert store.meta["examples"] == {reason: ["bad"]}
    message = f"left out: 1 ({tokenising.LEFT_OUT[reason]}), first bad"
    assert message in caplog.messages
    assert not any(store.meta["changed"].values())


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 99])
def test_records_that_are_nothing_but_a_mark_are_counted(
    tmp_path: Path, block_bytes: int
) -> None:
    path = tmp_path / "a.fasta"
    path.write_text(">\n>\n>a\nMK\n>\n>b\nVL\n>")
    policy = RecordPolicy()
    batches = [batch for batch, _ in read_batches(path, policy, block_bytes)]
    assert [name for batch in batches for name in batch.ids] == [b"a", b"b"]
    assert (policy.records, policy.left_out["empty"]) == (6, 4)


def test_only_the_first_few_left_out_are_named(tmp_path: Path) -> None:
    store = build(tmp_path, ">a\nMK\n" + "".join(f">x{i}\n-\n" for i in range(9)))
    assert store.meta["left_out"]["illegal"] == 9
    assert store.meta["examples"] == {"illegal": ["x0", "x1", "x2"]}


def test_a_record_without_id_is_named_after_its_sequence(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one = build(tmp_path / "one", ">\nMK\n> \nVL\n>a\nGG\n")
    other = build(tmp_path / "other", ">a\nGG\n>  \nVL\n")
    assert one.meta["changed"]["without_id"] == 2
    assert one.id(0).startswith("unnamed-")
    assert one.id(1) == other.id(1) != one.id(0)


def test_ids_and_sequences_that_occur_again_are_accepted_and_counted(
    tmp_path: Path,
) -> None:
    store = build(tmp_path, ">a\nMK\n>a\nVL\n>b\nMK\n>c\nMK\n")
    assert [name for name, _ in contents(store)] == ["a", "a", "b", "c"]
    assert store.meta["repeated"] == {"ids": 1, "sequences": 2}


def test_an_id_that_is_no_utf8_is_accepted(tmp_path: Path) -> None:
    store = build(tmp_path, b">caf\xe9 x\nMK\n>caf\xc3\xa9\nVL\n")
    assert [name for name, _ in contents(store)] == ["caf\\xe9", "café"]


@given(
    st.lists(
        st.tuples(
            st.text("abc|>", max_size=3), st.text(f"{RESIDUES}Jmk*- \n", max_size=30)
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 40),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_text_in_blocks_of_any_size_is_read_as_by_a_plain_loop(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[tuple[str, str]],
    block_bytes: int,
    line_end: str,
) -> None:
    path = tmp_path_factory.mktemp("fasta") / "a.fasta"
    text = "".join(f">{name}\n{body}\n" for name, body in records)
    path.write_bytes(text.replace("\n", line_end).encode())
    policy = RecordPolicy()
    found = [
        ("" if b"unnamed" in identifier else identifier.decode(), decode(tokens))
        for batch, _ in read_batches(path, policy, block_bytes)
        for identifier, tokens in zip(batch.ids, batch.sequences, strict=True)
    ]
    expected = [plainly(name, body) for name, body in records]
    accepted = [record for record in expected if record]
    assert found == accepted
    assert policy.records == len(records)
    assert sum(policy.left_out.values()) == len(records) - len(accepted)


@given(st.binary(max_size=50).map(lambda some: bytes(byte % 25 for byte in some)))
def test_composition_is_that_of_counting_one_by_one(tokens: bytes) -> None:
    assert composition(tokens).tolist() == [tokens.count(token) for token in range(25)]


def plainly(name: str, body: str) -> tuple[str, str] | None:
    """The record according to the policies, None if it is left out."""
    sequence = "".join(body.splitlines()).upper()
    sequence = sequence.removesuffix("*").replace("J", "X")
    legal = bool(sequence) and all(letter in RESIDUES for letter in sequence)
    return (name, sequence) if legal else None


def test_a_record_too_long_for_a_protein_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokenising, "LONGEST_RECORD", 50)
    with pytest.raises(ProtlangError, match="record chr1 has more than 50 letters"):
        build(tmp_path, ">a\nMK\n>chr1 human\n" + "ACGT" * 20)


def test_progress_ends_at_the_size_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.fasta.gz"
    path.write_bytes(gzip.compress(fasta(random_records(20_000)).encode()))
    seen = []

    class Spy:
        def __init__(self, label: str, total: int, done: int) -> None:
            seen.append((label, total, done))

        def __enter__(self) -> "Spy":
            return self

        def __exit__(self, *_: object) -> None:
            seen.append("closed")

        def update(self, count: int) -> None:
            seen.append(count)

    monkeypatch.setattr(tokenising, "byte_progress", Spy)
    for _ in read_batches(path, RecordPolicy(), 1 << 16):
        pass
    size = path.stat().st_size
    assert seen[0] == ("reading a.fasta.gz", size, 0)
    assert seen[-1] == "closed"
    assert sum(seen[1:-1]) == size
