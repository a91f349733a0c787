"""Building token stores: held-out proteins, overlaps, memory, and all or nothing."""

import csv
import gzip
import hashlib
import math
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protlang.alphabet import AMINO_ACIDS
from protlang.corpora import build as corpus_building
from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.fasta_tokens import read_batches
from protlang.corpora.token_store import FILES, TokenStore
from protlang.errors import ProtlangError
from protlang.experiments.configuration import validated_config
from protlang.files import file_hash
from protlang.validation import REPOSITORY, read_yaml
from support.compression import every_compression
from support.corpora import (
    CORPUS,
    NONE_HELD_OUT,
    TEST_SETS,
    build,
    contents,
    fasta,
    in_small_pieces,
    random_records,
)
from support.errors import complaint
from support.memory import peak_of
from support.sources import make_source


@every_compression
def test_compressed_files_give_the_same_store(
    tmp_path: Path, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    text = fasta(random_records(2000))
    path = tmp_path / f"b.fasta.{ending}"
    path.write_bytes(compress(text.encode()))
    build_token_store(tmp_path / "other", [(make_source("a"), path)], HeldOut(0.1, 1))
    plain = build(tmp_path, text, HeldOut(0.1, 1))
    (facts,) = TokenStore(tmp_path / "other").meta["sources"]
    assert facts["files"][0]["sha256"] == file_hash(path)
    for name in set(FILES) - {"meta.json"}:
        assert file_hash(tmp_path / "other" / name) == file_hash(plain.folder / name)


def test_equal_files_give_equal_bytes_whatever_the_size_of_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = fasta(random_records(300)) + ">x\nM-K\n>y\n"
    hashes = []
    for block_bytes in (1 << 20, 1 << 20, 500):
        blocks = partial(read_batches, block_bytes=block_bytes)
        monkeypatch.setattr(corpus_building, "read_batches", blocks)
        store = build(tmp_path, text, HeldOut(0.1, 1))
        hashes.append({name: file_hash(store.folder / name) for name in FILES})
    assert hashes[0] == hashes[1] == hashes[2]
    assert sorted(path.name for path in store.folder.iterdir()) == sorted(FILES)
    assert store.meta["files"]["tokens.bin"]["sha256"] == hashes[0]["tokens.bin"]


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
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\n", "is not a FASTA file"),
        (b"MKV\n>a\nM\n", "is not a FASTA file: it begins with 'MKV"),
        (b"@a\nMK\n+\nII\n", "is not a FASTA file"),
        (b"<html>\n>", "is not a FASTA file"),
        (b"\xef\xbb\xbf>a\nM\n", "is not a FASTA file"),
        (gzip.compress(b"", mtime=0), "is not a FASTA file"),
        (b">a\n>b\n", "holds no protein that can be used, of 2 records"),
        (b">a\rMKV\r>b\rMK\r", "holds no protein that can be used, of 1 records"),
    ],
)
def test_a_file_that_is_no_fasta_is_reported_and_leaves_nothing(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(ProtlangError, match=r"a\.fasta") as caught:
        build(tmp_path, content)
    assert message in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.fasta"]


def split_of(store: TokenStore) -> tuple[set[str], set[str]]:
    return (
        {store.id(i) for i in store.training_indices()},
        {store.id(i) for i in store.held_out_indices()},
    )


@pytest.mark.parametrize("seed", [7, 8])
def test_the_split_is_that_of_the_documented_hash(tmp_path: Path, seed: int) -> None:
    store = build(tmp_path, fasta(random_records(3000)), HeldOut(0.1, seed))
    first_bits = {
        name: int.from_bytes(
            hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8], "little"
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
def test_about_the_share_requested_is_held_out(tmp_path: Path, share: float) -> None:
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
    message = "uniref50 has 2 proteins in this release, not the declared 33000000"
    assert (message in caplog.messages) == (as_declared is False)


def test_one_simulated_file_makes_a_corpus_simulated(tmp_path: Path) -> None:
    assert build(tmp_path, ">1 SIMULATED BY PROTLANG\nAC\n").meta["simulated"] is True
    assert build(tmp_path, ">1\nAC\n").meta["simulated"] is False
    assert build(tmp_path, ">1\nAC\n", simulated=True).meta["simulated"] is True
    (tmp_path / "a").write_text(">1 SIMULATED BY PROTLANG\nAC\n")
    (tmp_path / "b").write_text(">2\nAC\n")
    files = [(make_source("s"), tmp_path / name) for name in "ab"]
    build_token_store(tmp_path / "store", files, NONE_HELD_OUT)
    assert TokenStore(tmp_path / "store").meta["simulated"] is True


def table(store: TokenStore) -> list[list[str]]:
    with open(store.folder / "overlaps.csv", newline="") as stream:
        return list(csv.reader(stream))


def test_records_with_the_sequence_of_a_test_protein_are_left_out(
    tmp_path: Path,
) -> None:
    store = build(tmp_path, CORPUS, test_sets=TEST_SETS)
    assert table(store) == [
        ["test_set", "test_id", "corpus_id", "left_out"],
        ["cb513", "1abc-A", "a", "True"],
        ["cb513", "1abc-A.2", "a", "True"],
        ["ts115", "2xyz-B", "c", "True"],
        ["cb513", "1abc-A", "d", "True"],
        ["cb513", "1abc-A.2", "d", "True"],
    ]
    assert store.meta["overlaps"] == {
        "records": 3,
        "left_out": True,
        "test_proteins": {"cb513": 2, "ts115": 1},
    }
    assert store.meta["left_out"]["overlap"] == 3
    assert [name for name, _ in contents(store)] == ["b"]


def test_without_test_sets_nothing_is_left_out_or_listed(tmp_path: Path) -> None:
    store = build(tmp_path, CORPUS)
    assert [name for name, _ in contents(store)] == ["a", "b", "c", "d"]
    assert not (store.folder / "overlaps.csv").exists()
    assert "overlaps" not in store.meta


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
from support.sources import make_source
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


def test_a_place_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.fasta"
    path.write_text(">a\nMK\n")
    with pytest.raises(ProtlangError, match="could not be written"):
        build_token_store(path / "store", [(make_source("a"), path)], NONE_HELD_OUT)


def peak_of_building(folder: Path, proteins: int) -> int:
    path = folder / "a.fasta"
    with open(path, "w") as stream:
        stream.writelines(f">p{serial}\nMKVLA\n" for serial in range(proteins))
    files = [(make_source("a"), path)]
    return peak_of(lambda: build_token_store(folder / "store", files, HeldOut(0.1, 1)))


def test_memory_grows_by_at_most_24_bytes_per_protein(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_pieces(monkeypatch)
    fewer, more = 50_000, 200_000
    growth = peak_of_building(tmp_path, more) - peak_of_building(tmp_path, fewer)
    assert 8 <= growth / (more - fewer) < 24


def test_memory_does_not_grow_with_the_length_of_proteins(tmp_path: Path) -> None:
    peaks = []
    for length in (2_000, 20_000):
        text = "".join(f">p{i}\n{'MKVLA' * length}\n" for i in range(400))
        (tmp_path / "a.fasta").write_text(text)
        files = [(make_source("a"), tmp_path / "a.fasta")]
        build_again = partial(build_token_store, tmp_path / "s", files, NONE_HELD_OUT)
        peaks.append(peak_of(build_again))
    assert peaks[1] < peaks[0] + 4_000_000  # of 36 MB more


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"held_out": {"share": 1, "seed": 1}}, "share"),
        ({"sources": []}, "sources"),
        ({"leave_out_overlap": True}, "did you mean 'leave_out_overlaps'"),
        ({}, None),
    ],
)
def test_a_corpus_is_declared_in_the_configuration(
    change: dict[str, Any], message: str | None
) -> None:
    demo = read_yaml(REPOSITORY / "config" / "demo.yaml")
    corpus = {"sources": ["uniref50"], "held_out": {"share": 0.1, "seed": 1}, **change}
    config = {**demo, "corpora": {**demo["corpora"], "uniref50": corpus}}
    if message is None:
        assert validated_config(config)["corpora"]["uniref50"] == corpus
    else:
        assert message in complaint(validated_config, config)
