"""Reading token stores and checking that they are whole."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.alphabet import AMINO_ACIDS, RESIDUES, decode
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
from protlang.proteins import Protein
from support.corpora import CORPUS, TEST_SETS, build, fasta, random_records
from support.sources import make_source


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


def test_a_store_can_be_compared_with_other_proteins_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protlang.corpora.token_store._SLICE", 3)
    store = build(tmp_path, CORPUS)
    assert overlaps(store, TEST_SETS) == [
        Overlap("cb513", "1abc-A", "a"),
        Overlap("cb513", "1abc-A.2", "a"),
        Overlap("ts115", "2xyz-B", "c"),
        Overlap("cb513", "1abc-A", "d"),
        Overlap("cb513", "1abc-A.2", "d"),
    ]
    assert overlaps(store, {"none": [Protein("x", "GG")]}) == []
    assert overlaps(store, {}) == []


@given(st.lists(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_membership_is_that_of_sets(values: list[int], known: set[int]) -> None:
    found = among(
        np.array(values, dtype=np.uint64), np.array(sorted(known), dtype=np.uint64)
    )
    assert found.tolist() == [value in known for value in values]


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
def test_a_damaged_store_is_reported(tmp_path: Path, name: str, damage: str) -> None:
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
    ("key", "value", "message"),
    [
        ("format", "something else", "not that of a 'protlang token store 1'"),
        ("vocabulary", AMINO_ACIDS, "its letters are"),
    ],
)
def test_a_store_of_another_kind_is_reported(
    tmp_path: Path, key: str, value: str, message: str
) -> None:
    path = build(tmp_path, ">a\nMK\n").folder / "meta.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(ProtlangError, match=message):
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
def test_arrays_that_do_not_fit_are_reported(
    tmp_path: Path, name: str, array: np.ndarray
) -> None:
    folder = build(tmp_path, ">a\nMK\n>b\nVLG\n").folder
    size = (folder / name).stat().st_size
    np.save(folder / name, array)
    assert (folder / name).stat().st_size == size
    with pytest.raises(ProtlangError, match=name):
        TokenStore(folder)


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (["uniref"], "corpora.big.sources names 'uniref', which the file of sources"),
        (["arrays"], "published as 'netsurfp-npz'; choose"),
        (["fasta"], None),
    ],
)
def test_a_corpus_is_made_of_declared_fasta_files(
    sources: list[str], message: str | None
) -> None:
    known = {
        "fasta": make_source("fasta", "uniref-fasta"),
        "arrays": make_source("arrays"),
    }
    corpora = {"big": {"sources": sources}}
    if message is None:
        check_corpora(corpora, known)
    else:
        with pytest.raises(ProtlangError, match=message):
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
def test_a_shard_that_cannot_be_is_reported(
    tmp_path: Path, number: int, shards: int
) -> None:
    store = build(tmp_path, ">a\nMK\n>b\nMV\n>c\nMA\n")
    with pytest.raises(ProtlangError, match=f"no shard {number} of {shards}; request"):
        list(store.shard(number, shards))
