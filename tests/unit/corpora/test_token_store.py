"""Token stores: what becomes of each record, what is kept out, what a store says."""

import bz2
import csv
import gzip
import hashlib
import json
import logging
import lzma
import math
import re
import signal
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.alphabet import AMINO_ACIDS, RESIDUES, decode, encode
from protlang.corpora import build as corpus_building
from protlang.corpora import fasta_tokens as tokenising
from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.fasta_tokens import RecordPolicy, read_batches
from protlang.corpora.token_store import (
    FAMILIES,
    FILES,
    Overlap,
    TokenStore,
    among,
    check_corpora,
    overlaps,
    unigram_perplexity,
)
from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.proteins import Protein
from protlang.validation import REPOSITORY, SCHEMAS, read_yaml, validate_against
from support.builders import make_source

NONE_HELD_OUT = HeldOut(0, 1)


def build(
    folder: Path,
    text: str | bytes,
    held_out: HeldOut = NONE_HELD_OUT,
    **settings: Any,
) -> TokenStore:
    """The store of one FASTA file."""
    path = folder / "a.fasta"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    build_token_store(
        folder / "store", [(make_source("a"), path)], held_out, **settings
    )
    return TokenStore(folder / "store")


def contents(store: TokenStore) -> list[tuple[str, str]]:
    return [(store.id(i), decode(tokens)) for i, tokens in enumerate(store)]


def fasta(records: Mapping[str, str]) -> str:
    return "".join(f">{name}\n{sequence}\n" for name, sequence in records.items())


def random_records(number: int, seed: int = 0, longest: int = 40) -> dict[str, str]:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, longest, number, endpoint=True)
    return {
        f"p{serial}": "".join(rng.choice(list(AMINO_ACIDS), length))
        for serial, length in enumerate(lengths)
    }


# What becomes of each record


@pytest.mark.parametrize(
    ("body", "kept", "change"),
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
def test_a_record_is_kept(
    tmp_path: Path, body: str, kept: str, change: str | None
) -> None:
    store = build(tmp_path, f">sp|P1|A_B some words\n{body}")
    assert contents(store) == [("sp|P1|A_B", kept)]
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
    store = build(tmp_path, f">a\nMK\n>odd one\n{body}>b\nVL\n")
    assert contents(store) == [("a", "MK"), ("b", "VL")]
    assert store.meta["records"] == 3
    assert store.meta["left_out"] == {
        name: int(name == reason) for name in tokenising.LEFT_OUT
    }
    assert store.meta["examples"] == {reason: ["odd"]}
    said = f"left out: 1 ({tokenising.LEFT_OUT[reason]}), first odd"
    assert said in caplog.messages
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


def test_ids_and_sequences_that_occur_again_are_kept_and_counted(
    tmp_path: Path,
) -> None:
    store = build(tmp_path, ">a\nMK\n>a\nVL\n>b\nMK\n>c\nMK\n")
    assert [name for name, _ in contents(store)] == ["a", "a", "b", "c"]
    assert store.meta["repeated"] == {"ids": 1, "sequences": 2}


def test_an_id_that_is_no_utf8_is_kept(tmp_path: Path) -> None:
    store = build(tmp_path, b">caf\xe9 x\nMK\n>caf\xc3\xa9\nVL\n")
    assert [name for name, _ in contents(store)] == ["caf\\xe9", "café"]


@given(
    st.lists(
        st.tuples(
            st.text("abc|", max_size=3), st.text(f"{RESIDUES}Jmk*- \n", max_size=30)
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
    kept = [record for record in expected if record]
    assert found == kept
    assert policy.records == len(records)
    assert sum(policy.left_out.values()) == len(records) - len(kept)


def plainly(name: str, body: str) -> tuple[str, str] | None:
    """The record as the policies say, None if it is left out."""
    sequence = "".join(body.splitlines()).upper()
    sequence = sequence.removesuffix("*").replace("J", "X")
    legal = bool(sequence) and all(letter in RESIDUES for letter in sequence)
    return (name, sequence) if legal else None


@pytest.mark.parametrize(
    ("ending", "compress"),
    [
        (".gz", gzip.compress),
        (".xz", lzma.compress),
        (".bz2", bz2.compress),
        ("", bytes),
    ],
)
def test_compressed_files_give_the_same_store(
    tmp_path: Path, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    text = fasta(random_records(2000))
    path = tmp_path / f"b.fasta{ending}"
    path.write_bytes(compress(text.encode()))
    build_token_store(tmp_path / "other", [(make_source("a"), path)], HeldOut(0.1, 1))
    plain = build(tmp_path, text, HeldOut(0.1, 1))
    for name in set(FILES) - {"meta.json"}:
        assert file_hash(tmp_path / "other" / name) == file_hash(plain.folder / name)


def test_a_store_does_not_depend_on_the_size_of_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = fasta(random_records(300)) + ">x\nM-K\n>y\n"
    hashes = []
    for block_bytes in (1 << 20, 500):
        blocks = partial(read_batches, block_bytes=block_bytes)
        monkeypatch.setattr(corpus_building, "read_batches", blocks)
        folder = build(tmp_path, text, HeldOut(0.1, 1)).folder
        hashes.append({name: file_hash(folder / name) for name in FILES})
    assert hashes[0] == hashes[1]


def test_several_files_follow_one_another(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(">1\nMK")
    (tmp_path / "b").write_text(">2\nVL\n")
    (tmp_path / "c").write_text(">3\nGG\n")
    one, two = make_source("one"), make_source("two")
    files = [(one, tmp_path / "a"), (two, tmp_path / "b"), (one, tmp_path / "c")]
    build_token_store(tmp_path / "store", files, NONE_HELD_OUT)
    store = TokenStore(tmp_path / "store")
    assert contents(store) == [("1", "MK"), ("2", "VL"), ("3", "GG")]
    assert [source["name"] for source in store.meta["sources"]] == ["one", "two"]
    assert [file["name"] for file in store.meta["sources"][0]["files"]] == ["a", "c"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is not a FASTA file"),
        (b"MKV\n>a\nM\n", "is not a FASTA file: it begins with 'MKV"),
        (b"@a\nMK\n+\nII\n", "is not a FASTA file"),
        (b"<html>\n>", "is not a FASTA file"),
        (b"\xef\xbb\xbf>a\nM\n", "is not a FASTA file"),
        (gzip.compress(b""), "is not a FASTA file"),
        (b">a\n>b\n", "holds no protein that can be used, of 2 records"),
        (b">a\rMKV\r>b\rMK\r", "holds no protein that can be used, of 1 records"),
    ],
)
def test_a_file_that_is_no_fasta_is_told_and_leaves_nothing(
    tmp_path: Path, content: bytes, said: str
) -> None:
    with pytest.raises(ProtlangError, match=r"a\.fasta") as caught:
        build(tmp_path, content)
    assert said in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.fasta"]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="does not exist"):
        build_token_store(
            tmp_path / "s", [(make_source("a"), tmp_path / "a")], NONE_HELD_OUT
        )


@pytest.mark.parametrize(
    ("ending", "compress"), [("gz", gzip.compress), ("xz", lzma.compress)]
)
@pytest.mark.parametrize("kept", [0.3, 0.98])
def test_a_file_cut_short_is_told(
    tmp_path: Path, ending: str, compress: Callable[[bytes], bytes], kept: float
) -> None:
    whole = compress(fasta(random_records(5000)).encode())
    path = tmp_path / f"a.fasta.{ending}"
    path.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(ProtlangError, match="is cut short or damaged"):
        build_token_store(tmp_path / "store", [(make_source("a"), path)], NONE_HELD_OUT)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_record_too_long_for_a_protein_is_told(
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


# Letters


def test_tokens_are_places_in_the_vocabulary() -> None:
    assert list(encode(RESIDUES)) == list(range(25))
    assert decode(encode(RESIDUES)) == RESIDUES
    assert decode(np.array([0, 24], dtype=np.uint8)) == "AX"


@pytest.mark.parametrize("letter", ["J", "m", "*", "Å"])
def test_other_letters_have_no_token(letter: str) -> None:
    with pytest.raises(ProtlangError, match=f"the letter '{re.escape(letter)}'"):
        encode(f"MK{letter}")


# Proteins kept out of training


def split_of(store: TokenStore) -> tuple[set[str], set[str]]:
    return (
        {store.id(i) for i in store.training_indices()},
        {store.id(i) for i in store.held_out_indices()},
    )


def test_the_split_is_that_of_the_documented_hash(tmp_path: Path) -> None:
    store = build(tmp_path, fasta(random_records(3000)), HeldOut(0.1, 7))
    first_bits = {
        name: int.from_bytes(
            hashlib.sha256(b"7:" + name.encode()).digest()[:8], "little"
        )
        for name, _ in contents(store)
    }
    chosen = {name for name, bits in first_bits.items() if bits < 0.1 * 2**64}
    twins = Counter(sequence for _, sequence in contents(store))
    chosen_sequences = {seq for name, seq in contents(store) if name in chosen}
    expected = {name for name, seq in contents(store) if seq in chosen_sequences}
    assert max(twins.values()) > 1
    assert split_of(store) == (set(first_bits) - expected, expected)


def test_the_split_does_not_depend_on_order_or_on_other_proteins(
    tmp_path: Path,
) -> None:
    records = random_records(800, longest=200)
    backwards = dict(reversed(records.items()))
    half = dict(list(records.items())[::2])
    parts = []
    for name, chosen in (("a", records), ("b", backwards), ("c", half)):
        (tmp_path / name).mkdir()
        store = build(tmp_path / name, fasta(chosen), HeldOut(0.1, 1))
        parts.append(split_of(store)[1])
    assert parts[0] == parts[1]
    assert parts[2] == parts[0] & set(half)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5])
def test_about_the_share_asked_for_is_held_out(tmp_path: Path, share: float) -> None:
    records = random_records(4000, longest=100)
    store = build(tmp_path, fasta(records), HeldOut(share, 1))
    training, held_out = store.training_indices(), store.held_out_indices()
    assert sorted([*training, *held_out]) == list(range(4000))
    assert (np.diff(held_out) > 0).all()
    # Twins add some; four standard deviations of a binomial number.
    spread = 4 * math.sqrt(4000 * share * (1 - share))
    assert abs(len(held_out) - store.meta["held_out"]["twins"] - 4000 * share) <= spread
    facts = store.meta["held_out"]
    assert (facts["share"], facts["seed"]) == (share, 1)
    assert facts["proteins"] == len(held_out)
    assert facts["residues"] == sum(len(store[i]) for i in held_out)


def test_another_seed_gives_another_split(tmp_path: Path) -> None:
    text = fasta(random_records(500))
    one = split_of(build(tmp_path, text, HeldOut(0.2, 1)))
    assert split_of(build(tmp_path, text, HeldOut(0.2, 1))) == one
    assert split_of(build(tmp_path, text, HeldOut(0.2, 2))) != one


def test_equal_sequences_are_on_the_same_side(tmp_path: Path) -> None:
    records = {f"p{i}": "MKVL" + AMINO_ACIDS[i % 7] for i in range(200)}
    store = build(tmp_path, fasta(records), HeldOut(0.01, 3))
    training, held_out = split_of(store)
    assert training
    assert held_out
    assert not {records[name] for name in training} & {
        records[name] for name in held_out
    }
    chosen = len(held_out) - store.meta["held_out"]["twins"]
    assert 0 < chosen < len(held_out)


# What a store says of itself


def test_composition_lengths_and_perplexity_counted_by_hand(tmp_path: Path) -> None:
    store = build(tmp_path, ">1\nAAC\n>2\nA\n>3\nCCDD\n>4\nDEEEA\n")
    meta = store.meta
    assert meta["vocabulary"] == RESIDUES
    assert (meta["proteins"], meta["residues"]) == (4, 13)
    counts = {"A": 4, "C": 3, "D": 3, "E": 3}
    assert meta["composition"] == {**dict.fromkeys(RESIDUES, 0), **counts}
    assert list(meta["composition"]) == list(RESIDUES)
    entropy = -sum(n / 13 * math.log(n / 13) for n in counts.values())
    assert meta["unigram_perplexity"] == pytest.approx(math.exp(entropy))
    lengths = meta["lengths"]
    assert (lengths["shortest"], lengths["longest"]) == (1, 5)
    assert lengths["mean"] == pytest.approx(13 / 4)
    assert lengths["quantiles"] == {
        "0.01": 1, "0.05": 1, "0.25": 1, "0.5": 3, "0.75": 4, "0.95": 5, "0.99": 5,
    }  # fmt: skip
    assert lengths["histogram"] == {"1": 1, "2": 1, "4": 2}


def test_equal_letters_have_the_perplexity_of_their_number() -> None:
    composition = dict.fromkeys(AMINO_ACIDS, 3) | {"X": 0}
    assert unigram_perplexity(composition) == pytest.approx(20)


def test_sources_are_written_down_with_the_hashes_of_their_files(
    tmp_path: Path,
) -> None:
    store = build(tmp_path, ">1\nAAC\n>2\n-\n")
    (source,) = store.meta["sources"]
    assert source["release"] == "1"
    assert source["files"] == [
        {
            "name": "a.fasta",
            "bytes": 12,
            "sha256": file_hash(tmp_path / "a.fasta"),
            "records": 2,
            "proteins": 1,
            "residues": 3,
        }
    ]


@pytest.mark.parametrize(
    ("invariants", "as_declared"),
    [
        ({}, None),
        ({"proteins": 2, "residues": 5}, True),
        ({"proteins": 33_000_000, "residues": 5}, False),
    ],
)
def test_another_release_is_reported_and_not_refused(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    invariants: dict[str, int],
    as_declared: bool | None,
) -> None:
    path = tmp_path / "a.fasta"
    path.write_text(">1\nAAC\n>2\nAC\n")
    source = make_source("uniref50", invariants=invariants)
    build_token_store(tmp_path / "store", [(source, path)], NONE_HELD_OUT)
    (facts,) = TokenStore(tmp_path / "store").meta["sources"]
    assert facts["as_declared"] is as_declared
    assert facts["invariants"] == invariants
    said = "uniref50 has 2 proteins in this release, not the declared 33000000"
    assert (said in caplog.messages) == (as_declared is False)


def test_simulated_files_stay_simulated(tmp_path: Path) -> None:
    assert build(tmp_path, ">1 SIMULATED BY PROTLANG\nAC\n").meta["simulated"] is True
    assert build(tmp_path, ">1\nAC\n").meta["simulated"] is False
    assert build(tmp_path, ">1\nAC\n", simulated=True).meta["simulated"] is True


def test_one_simulated_file_makes_a_corpus_simulated(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(">1 SIMULATED BY PROTLANG\nAC\n")
    (tmp_path / "b").write_text(">2\nAC\n")
    files = [(make_source("s"), tmp_path / name) for name in "ab"]
    build_token_store(tmp_path / "store", files, NONE_HELD_OUT)
    assert TokenStore(tmp_path / "store").meta["simulated"] is True


def test_equal_files_give_equal_bytes(tmp_path: Path) -> None:
    text = fasta(random_records(50))
    hashes = []
    for _ in range(2):
        store = build(tmp_path, text, HeldOut(0.1, 1))
        hashes.append({name: file_hash(store.folder / name) for name in FILES})
        assert sorted(path.name for path in store.folder.iterdir()) == sorted(FILES)
    assert hashes[0] == hashes[1]
    assert store.meta["files"]["tokens.bin"]["sha256"] == hashes[0]["tokens.bin"]


# Overlaps with test sets

TEST_SETS = {
    "cb513": [Protein("1abc-A", "MKVX"), Protein("1abc-A.2", "MKVX")],
    "ts115": [Protein("2xyz-B", "GGGG"), Protein("3aaa-C", "AAAA")],
}
CORPUS = ">a\nmkvj\n>b\nGGG\n>c\nGGGG*\n>d\nMKVX\n"


def table(store: TokenStore) -> list[list[str]]:
    with open(store.folder / "overlaps.csv", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize("leave_out", [True, False])
def test_records_with_the_sequence_of_a_test_protein_are_reported(
    tmp_path: Path, leave_out: bool
) -> None:
    store = build(tmp_path, CORPUS, test_sets=TEST_SETS, leave_out_overlaps=leave_out)
    assert table(store) == [
        ["test_set", "test_id", "corpus_id", "left_out"],
        ["cb513", "1abc-A", "a", str(leave_out)],
        ["cb513", "1abc-A.2", "a", str(leave_out)],
        ["ts115", "2xyz-B", "c", str(leave_out)],
        ["cb513", "1abc-A", "d", str(leave_out)],
        ["cb513", "1abc-A.2", "d", str(leave_out)],
    ]
    assert store.meta["overlaps"] == {
        "records": 3,
        "left_out": leave_out,
        "test_proteins": {"cb513": 2, "ts115": 1},
    }
    assert store.meta["left_out"]["overlap"] == 3 * leave_out
    names = [name for name, _ in contents(store)]
    assert names == (["b"] if leave_out else ["a", "b", "c", "d"])


def test_a_store_can_be_compared_with_other_proteins_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protlang.corpora.token_store._SLICE", 3)
    store = build(tmp_path, CORPUS)
    assert overlaps(store, TEST_SETS["cb513"]) == [
        Overlap("1abc-A", "a"),
        Overlap("1abc-A.2", "a"),
        Overlap("1abc-A", "d"),
        Overlap("1abc-A.2", "d"),
    ]
    assert overlaps(store, [Protein("x", "GG")]) == []
    assert overlaps(store, []) == []


@given(st.lists(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_membership_is_that_of_sets(values: list[int], known: set[int]) -> None:
    found = among(
        np.array(values, dtype=np.uint64), np.array(sorted(known), dtype=np.uint64)
    )
    assert found.tolist() == [value in known for value in values]


# Reading a store


def test_a_protein_is_a_view_of_the_file(tmp_path: Path) -> None:
    store = build(tmp_path, ">a\nMKV\n>b\nAC\n")
    assert type(store[0]) is np.ndarray
    assert store[0].dtype == np.uint8
    assert np.shares_memory(store[0], store.tokens)
    assert not store[0].flags.writeable
    assert decode(store[-1]) == "AC"
    assert (len(store), store.residues, store.lengths.tolist()) == (2, 5, [3, 2])
    for outside in (2, -3):
        with pytest.raises(IndexError):
            store[outside]
        with pytest.raises(IndexError):
            store.id(outside)


def test_families_may_be_added_later(tmp_path: Path) -> None:
    store = build(tmp_path, ">a\nMKV\n>b\nAC\n")
    assert store.families is None
    np.save(store.folder / FAMILIES, np.array([7, 7], dtype=np.int32))
    families = TokenStore(store.folder).families
    assert families is not None
    assert families.tolist() == [7, 7]
    np.save(store.folder / FAMILIES, np.array([7.0, 7.0]))
    with pytest.raises(ProtlangError, match=r"families.npy is no int32 \(2,\)"):
        TokenStore(store.folder)
    assert build(tmp_path, ">a\nMKV\n").families is None


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "shorter", "longer"])
def test_a_damaged_store_is_told(tmp_path: Path, name: str, damage: str) -> None:
    path = build(tmp_path, fasta(random_records(50))).folder / name
    if damage == "missing":
        path.unlink()
    elif damage == "shorter":
        path.write_bytes(path.read_bytes()[:-3])
    else:
        path.write_bytes(path.read_bytes() + b"}}}")
    with pytest.raises(ProtlangError, match="build it with the rule build_corpus"):
        TokenStore(path.parent)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("format", "something else", "not that of a 'protlang token store 1'"),
        ("vocabulary", AMINO_ACIDS, "its letters are"),
    ],
)
def test_a_store_of_another_kind_is_told(
    tmp_path: Path, key: str, value: str, said: str
) -> None:
    path = build(tmp_path, ">a\nMK\n").folder / "meta.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(ProtlangError, match=said):
        TokenStore(path.parent)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("offsets.npy", np.array([0, 2, 4], dtype=np.int64)),
        ("offsets.npy", np.array([1, 2, 5], dtype=np.int64)),
        ("offsets.npy", np.array([0, 2, 5], dtype=np.uint64)),
        ("held_out.npy", np.array([0, 1], dtype=np.int8)),
    ],
)
def test_arrays_that_do_not_fit_are_told(
    tmp_path: Path, name: str, array: np.ndarray
) -> None:
    folder = build(tmp_path, ">a\nMK\n>b\nVLG\n").folder
    size = (folder / name).stat().st_size
    np.save(folder / name, array)
    assert (folder / name).stat().st_size == size
    with pytest.raises(ProtlangError, match=name):
        TokenStore(folder)


# All or nothing


def test_a_failed_build_keeps_the_old_store_and_nothing_else(tmp_path: Path) -> None:
    before = contents(build(tmp_path, ">a\nMK\n"))
    source = make_source("a")
    (tmp_path / "good").write_text(">b\nVL\n")
    (tmp_path / "bad").write_text("no FASTA")
    files = [(source, tmp_path / name) for name in ("good", "bad")]
    with pytest.raises(ProtlangError, match="bad is not a FASTA file"):
        build_token_store(tmp_path / "store", files, NONE_HELD_OUT)
    assert contents(TokenStore(tmp_path / "store")) == before
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["a.fasta", "bad", "good", "store"]


@pytest.mark.parametrize("moved", range(len(FILES)))
@pytest.mark.parametrize("old", [True, False])
def test_a_store_that_is_half_in_place_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: int, old: bool
) -> None:
    if old:
        build(tmp_path, ">a\nMK\n")
    replace, calls = corpus_building.os.replace, []

    def replace_some(source: Path, target: Path) -> None:
        if Path(target).parent.name == "store":
            calls.append(target)
            if len(calls) > moved:
                raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(corpus_building.os, "replace", replace_some)
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, ">b\nVL\n")
    with pytest.raises(ProtlangError, match="no finished corpus"):
        TokenStore(tmp_path / "store")


KILLED_BUILD = """
import sys
from pathlib import Path
from support.builders import make_source
from protlang.corpora.build import HeldOut, build_token_store
folder = Path(sys.argv[1])
build_token_store(
    folder / "store", [(make_source("a"), folder / "a.fasta")], HeldOut(0.1, 1)
)
"""


def test_a_killed_build_leaves_no_store_and_the_next_one_cleans_up(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.fasta").write_text(fasta(random_records(5000)) * 200)
    paths = [str(REPOSITORY / "workflow" / "scripts"), str(REPOSITORY / "tests")]
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED_BUILD, str(tmp_path)],
        env={"PYTHONPATH": ":".join(paths)},
    )
    tokens = tmp_path / ".store.partial" / "tokens.bin"
    deadline = time.monotonic() + 60
    while not (tokens.exists() and tokens.stat().st_size):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    with pytest.raises(ProtlangError, match="no finished corpus"):
        TokenStore(tmp_path / "store")
    assert contents(build(tmp_path, ">b\nVL\n")) == [("b", "VL")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.fasta", "store"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.fasta"
    path.write_text(">a\nMK\n")
    with pytest.raises(ProtlangError, match="could not be written"):
        build_token_store(path / "store", [(make_source("a"), path)], NONE_HELD_OUT)


# Memory


def peak_of_building(folder: Path, proteins: int) -> int:
    """Bytes that Python and NumPy held at most, as traced."""
    path = folder / "a.fasta"
    with open(path, "w") as stream:
        stream.writelines(f">p{serial}\nMKVLA\n" for serial in range(proteins))
    tracemalloc.start()
    build_token_store(folder / "store", [(make_source("a"), path)], HeldOut(0.1, 1))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_memory_grows_by_at_most_24_bytes_per_protein(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small blocks, lest their constant hide what grows.
    small_blocks = partial(read_batches, block_bytes=1 << 14)
    monkeypatch.setattr(corpus_building, "read_batches", small_blocks)
    monkeypatch.setattr("protlang.corpora.token_store._SLICE", 1 << 10)
    fewer, more = 50_000, 200_000
    growth = peak_of_building(tmp_path, more) - peak_of_building(tmp_path, fewer)
    assert 8 <= growth / (more - fewer) < 24


def test_memory_does_not_grow_with_the_length_of_proteins(tmp_path: Path) -> None:
    path = tmp_path / "a.fasta"
    peaks = []
    for length in (2_000, 20_000):
        path.write_text("".join(f">p{i}\n{'MKVLA' * length}\n" for i in range(400)))
        tracemalloc.start()
        build_token_store(tmp_path / "store", [(make_source("a"), path)], NONE_HELD_OUT)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 4_000_000  # of 36 MB more


# Configuration


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"held_out": {"share": 1, "seed": 1}}, "share"),
        ({"sources": []}, "sources"),
        ({"leave_out_overlap": True}, "did you mean 'leave_out_overlaps'"),
        ({}, None),
    ],
)
def test_a_corpus_is_declared_in_the_configuration(
    change: dict[str, Any], said: str | None
) -> None:
    demo = read_yaml(REPOSITORY / "config" / "demo.yaml")
    corpus = {"sources": ["uniref50"], "held_out": {"share": 0.1, "seed": 1}, **change}
    config = {**demo, "corpora": {"uniref50": corpus}}
    if said is None:
        validate_against(config, SCHEMAS / "config.schema.yaml", "the configuration")
    else:
        with pytest.raises(ProtlangError, match=said):
            validate_against(config, SCHEMAS / "config.schema.yaml", "it")


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (["uniref"], "corpora.big.sources names 'uniref', which the file of sources"),
        (["arrays"], "published as 'netsurfp-npz'; choose"),
        (["fasta"], None),
    ],
)
def test_a_corpus_is_made_of_declared_fasta_files(
    sources: list[str], said: str | None
) -> None:
    known = {
        "fasta": make_source("fasta", "uniref-fasta"),
        "arrays": make_source("arrays"),
    }
    corpora = {"big": {"sources": sources}}
    if said is None:
        check_corpora(corpora, known)
    else:
        with pytest.raises(ProtlangError, match=said):
            check_corpora(corpora, known)


@pytest.mark.parametrize("shards", [1, 2, 3, 7])
def test_shards_hold_every_protein_once_under_a_name_of_its_own(
    tmp_path: Path, shards: int
) -> None:
    records = "".join(f">p{i % 3} x\n{RESIDUES[i : i + 5]}\n" for i in range(7))
    store = build(tmp_path, records)
    found = [pair for n in range(shards) for pair in store.shard(n + 1, shards)]
    assert found == [(f"{i} p{i % 3}", RESIDUES[i : i + 5]) for i in range(7)]
    sizes = [len(list(store.shard(n + 1, shards))) for n in range(shards)]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(("number", "shards"), [(0, 2), (3, 2), (1, 4)])
def test_a_shard_that_cannot_be_is_told(
    tmp_path: Path, number: int, shards: int
) -> None:
    store = build(tmp_path, ">a\nMK\n>b\nMV\n>c\nMA\n")
    with pytest.raises(ProtlangError, match=f"no shard {number} of {shards}; request"):
        list(store.shard(number, shards))
