"""Pfam's domains: as a corpus with families, and which of them are used for what."""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protlang.alphabet import AMINO_ACIDS, decode
from protlang.corpora import build as corpus_building
from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.fasta_tokens import read_batches, reseeded
from protlang.corpora.token_store import FAMILY_FILES, TokenStore, check_corpora
from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats.pfam import PFAM
from protlang.pretraining.pfam_domains import (
    P_ELMO,
    PLUS_RNN,
    PLUS_TFM,
    PfamSelection,
    select,
)
from protlang.proteins import Protein
from support.corpora import in_small_pieces
from support.memory import peak_of
from support.sources import make_source

BY_SEQUENCE = HeldOut(0.2, 1, "sequence")
RANDOM = np.random.default_rng(5)
START = RANDOM.bit_generator.state


@pytest.fixture(autouse=True)
def equal_chance_for_all_tests() -> None:
    RANDOM.bit_generator.state = START


def domain(family: str, sequence: str, name: str = "A_B/1-9") -> str:
    return f">{name} A.1 {family} more\n{sequence}\n"


def random_sequence(length: int) -> str:
    return "".join(RANDOM.choice(list(AMINO_ACIDS), length))


def build(
    folder: Path,
    texts: Sequence[str] | str,
    held_out: HeldOut = BY_SEQUENCE,
    **settings: Any,
) -> TokenStore:
    """The store of sources `pfam0`, `pfam1` ..., with a file each."""
    texts = [texts] if isinstance(texts, str) else texts
    files = []
    for number, text in enumerate(texts):
        path = folder / f"pfam{number}.fasta"
        path.write_text(text)
        files.append((make_source(path.stem, PFAM), path))
    build_token_store(folder / "store", files, held_out, **settings)
    return TokenStore(folder / "store")


def families_text(sizes: dict[str, int], length: int = 40) -> str:
    """Families of different domains."""
    return "".join(
        domain(f"PF{number}.1;{name};", random_sequence(length), f"{name}{serial}/1-9")
        for number, (name, size) in enumerate(sizes.items())
        for serial in range(size)
    )


def table(store: TokenStore) -> list[list[str]]:
    with open(store.folder / "families.csv", newline="") as stream:
        return list(csv.reader(stream))


# The corpus


def test_families_stand_in_the_store_and_in_a_table(tmp_path: Path) -> None:
    text = (
        domain("PF7.2;b;", "MKV")
        + domain("PF1.1;a;", "AC")
        + domain("PF7.2;b;", "MKVLA")
        + domain("PF7.3;b;", "M-K")
    )
    store = build(tmp_path, text)
    assert store.families is not None
    assert store.families.dtype == np.int32
    assert store.families.tolist() == [0, 1, 0]
    assert table(store) == [
        ["number", "accession", "name", "proteins", "residues"],
        ["0", "PF7.2", "b", "2", "8"],
        ["1", "PF1.1", "a", "1", "2"],
    ]
    # The fourth record was left out before its family was looked at.
    assert store.meta["families"] == {
        "families": 2,
        "in_several_versions": 0,
        "largest": 2,
        "median": 1.5,
    }
    assert set(FAMILY_FILES) < set(store.meta["files"])


def test_records_without_a_family_are_left_out_and_counted(tmp_path: Path) -> None:
    text = domain("PF1.1;a;", "MKV") + ">x/1-2 x.1\nMK\n>y/1-2 y.1 none\nMK\n>\nMK\n"
    store = build(tmp_path, text)
    assert [store.id(place) for place in range(len(store))] == ["A_B/1-9"]
    assert store.meta["left_out"]["without_family"] == 3
    assert store.meta["examples"]["without_family"] == ["x/1-2", "y/1-2", ""]


def test_a_file_without_families_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="no protein that can be used, of 1 rec"):
        build(tmp_path, ">sp|P1|A_B Putative transcription factor\nMK\n")


@pytest.mark.parametrize("second", ["PF1.1;other;", "PF2.1;a;"])
def test_families_that_change_are_reported(tmp_path: Path, second: str) -> None:
    """Between files of different releases, or within a file."""
    first, other = domain("PF1.1;a;", "MKV"), domain(second, "MK")
    message = r"pfam1\.fasta: the family PF[12];\w+; contradicts .*; use files of one"
    with pytest.raises(ProtlangError, match=message):
        build(tmp_path, [first, other])
    with pytest.raises(ProtlangError, match="contradicts an earlier record"):
        build(tmp_path, 3 * first + other)
    assert not (tmp_path / "store").exists()


def test_a_family_of_several_versions_is_one_and_counted(tmp_path: Path) -> None:
    text = domain("PF1.1;a;", "MKV") + domain("PF1.2;a;", "MK") + domain("PF2;b;", "M")
    store = build(tmp_path, text)
    assert store.families is not None
    assert store.families.tolist() == [0, 0, 1]
    assert store.meta["families"]["in_several_versions"] == 1


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("wrong", [b"\xa7" * 8, None])
def test_a_damaged_archive_is_reported(
    tmp_path: Path, place: float, wrong: bytes | None
) -> None:
    """With wrong bytes, or cut short."""
    whole = bytearray(gzip.compress(families_text({"a": 400}).encode()))
    middle = int(place * len(whole))
    whole[middle : middle + 8 if wrong else None] = wrong or b""
    path = tmp_path / "Pfam-A.fasta.gz"
    path.write_bytes(whole)
    files = [(make_source("pfam", PFAM), path)]
    message = r"Pfam-A\.fasta\.gz" + ("" if wrong else " is cut short or damaged")
    with pytest.raises(ProtlangError, match=message):
        build_token_store(tmp_path / "s", files, BY_SEQUENCE)
    assert not (tmp_path / "s").exists()


def test_domains_that_occur_again_are_accepted_and_counted(tmp_path: Path) -> None:
    store = build(tmp_path, domain("PF1.1;a;", "MKV") * 3 + domain("PF1.1;a;", "M"))
    assert len(store) == 4
    assert store.meta["repeated"] == {"ids": 3, "sequences": 2}


def test_families_are_compared_with_what_each_source_declares(tmp_path: Path) -> None:
    texts = [families_text({"a": 3, "b": 2}), families_text({"a": 1})]
    sources = [
        make_source("pfam-27", PFAM, invariants={"families": 3}),
        make_source("other", PFAM, invariants={"families": 1, "proteins": 1}),
    ]
    files = []
    for source, text in zip(sources, texts, strict=True):
        (tmp_path / source.name).write_text(text)
        files.append((source, tmp_path / source.name))
    build_token_store(tmp_path / "store", files, BY_SEQUENCE)
    facts = TokenStore(tmp_path / "store").meta["sources"]
    assert [of["families"] for of in facts] == [2, 1]
    assert [of["as_declared"] for of in facts] == [False, True]


def test_families_of_records_left_out_as_overlaps_do_not_shift(tmp_path: Path) -> None:
    text = "".join(
        domain(f"PF{n}.1;f{n};", sequence)
        for n, sequence in enumerate(["MKV", "ACD", "MKV", "GGG"])
    )
    tests = {"casp12": [Protein("1abc-A", "ACD")]}
    store = build(tmp_path, text, test_sets=tests)
    assert store.families is not None
    assert store.families.tolist() == [0, 2, 3]
    assert table(store)[2] == ["1", "PF1.1", "f1", "0", "0"]
    assert store.meta["sources"][0]["families"] == 3


def test_a_store_does_not_depend_on_the_size_of_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = families_text({"a": 90, "b": 20}) + ">x\nMK\n"
    hashes = []
    for block_bytes in (1 << 20, 333):
        blocks = partial(read_batches, block_bytes=block_bytes)
        monkeypatch.setattr(corpus_building, "read_batches", blocks)
        folder = build(tmp_path, text).folder
        hashes.append([file_hash(path) for path in sorted(folder.iterdir())])
    assert len(hashes[0]) == 9
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("name", FAMILY_FILES)
def test_a_store_that_lost_its_families_is_reported(tmp_path: Path, name: str) -> None:
    store = build(tmp_path, families_text({"a": 3}))
    (store.folder / name).unlink()
    with pytest.raises(ProtlangError, match=f"{name} is missing"):
        TokenStore(store.folder)


def test_a_store_without_families_replaces_one_with_them(tmp_path: Path) -> None:
    folder = build(tmp_path, families_text({"a": 3})).folder
    (tmp_path / "a").write_text(">a\nMK\n")
    build_token_store(folder, [(make_source("a"), tmp_path / "a")], BY_SEQUENCE)
    assert TokenStore(folder).families is None
    assert not any((folder / name).exists() for name in FAMILY_FILES)


def test_sources_with_and_without_families_do_not_mix() -> None:
    sources = {
        "pfam": make_source("pfam", PFAM),
        "uniref": make_source("uniref", "uniref-fasta"),
    }
    check_corpora({"c": {"sources": ["pfam"]}}, sources)
    message = r"with families \(pfam\) and without \(uniref\); make two"
    with pytest.raises(ProtlangError, match=message):
        check_corpora({"c": {"sources": ["uniref", "pfam"]}}, sources)


def peak_of_building(folder: Path, domains: int) -> int:
    path = folder / "pfam.fasta"
    with open(path, "w") as stream:
        stream.writelines(
            f">p{serial}/1-5 x.1 PF{serial % 99}.1;f{serial % 99};\nMKVLA\n"
            for serial in range(domains)
        )
    files = [(make_source("pfam", PFAM), path)]
    return peak_of(lambda: build_token_store(folder / "s", files, BY_SEQUENCE))


def test_memory_grows_by_at_most_24_bytes_per_domain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_small_pieces(monkeypatch)
    fewer, more = 25_000, 100_000
    growth = peak_of_building(tmp_path, more) - peak_of_building(tmp_path, fewer)
    assert 8 <= growth / (more - fewer) < 24


# Held out of training, by sequence


def test_the_split_by_sequence_is_that_of_split_mix(tmp_path: Path) -> None:
    store = build(tmp_path, families_text({"a": 500}), HeldOut(0.2, 7, "sequence"))
    chosen = [
        place
        for place, value in enumerate(store.sequence_hashes.tolist())
        if split_mix(value, 7) < 0.2 * 2**64
    ]
    assert store.held_out_indices().tolist() == chosen
    assert 60 < len(chosen) < 140
    assert store.meta["held_out"]["by"] == "sequence"
    assert store.meta["held_out"]["twins"] == 0


def split_mix(state: int, seed: int) -> int:
    """Plain integers instead of arrays (Steele et al. 2014, Fig. 16)."""
    state = (state + (seed + 1) * 0x9E3779B97F4A7C15) % 2**64
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB % 2**64
    return state ^ (state >> 31)


def test_split_mix_gives_the_published_numbers() -> None:
    """The first outputs of SplitMix64 with seed 0, as of its reference program."""
    found = [int(reseeded(np.zeros(1, np.uint64), seed)[0]) for seed in range(3)]
    assert found == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_copies_do_not_swell_the_test_set_if_it_is_split_by_sequence(
    tmp_path: Path,
) -> None:
    sequences = [random_sequence(30) for _ in range(300)]
    text = "".join(
        domain("PF1.1;a;", sequence, f"p{copy}-{place}/1-9")
        for copy in range(10)
        for place, sequence in enumerate(sequences)
    )
    shares = {}
    for by in ("sequence", "id"):
        store = build(tmp_path, text, HeldOut(0.2, 1, by))
        shares[by] = len(store.held_out_indices()) / len(store)
        sides = (store.training_indices(), store.held_out_indices())
        one, other = ({decode(store[place]) for place in side} for side in sides)
        assert not one & other
    assert shares["sequence"] == pytest.approx(0.2, abs=0.08)
    assert shares["id"] == pytest.approx(1 - 0.8**10, abs=0.08)


# Selection

SMALL = PfamSelection(shortest=20, smallest_family=10, development=0)


def lengths_and_sizes(tmp_path: Path) -> TokenStore:
    """Families a (30 long, 12 short domains), b (9 long), c (8 long, 9 of 60)."""
    text = (
        families_text({"a": 30})
        + "".join(domain("PF0.1;a;", random_sequence(19)) for _ in range(12))
        + "".join(domain("PF1.1;b;", random_sequence(20)) for _ in range(9))
        + "".join(domain("PF2.1;c;", random_sequence(40)) for _ in range(8))
        + "".join(domain("PF2.1;c;", random_sequence(60)) for _ in range(9))
    )
    return build(tmp_path, text, HeldOut(0.0, 1, "sequence"))


def selected(store: TokenStore, selection: PfamSelection) -> Counter[tuple[int, int]]:
    """How many training domains there are of each family and length."""
    places = select(store, selection).training
    assert store.families is not None
    return Counter(
        zip(
            store.families[places].tolist(),
            store.lengths[places].tolist(),
            strict=True,
        )
    )


def test_short_domains_then_small_families_go(tmp_path: Path) -> None:
    store = lengths_and_sizes(tmp_path)
    assert selected(store, SMALL) == {(0, 40): 30, (2, 40): 8, (2, 60): 9}
    # Long domains go before families are counted.
    assert selected(store, replace(SMALL, longest=59)) == {(0, 40): 30}
    # The limits themselves are within.
    assert selected(store, replace(SMALL, longest=60)) == selected(store, SMALL)
    assert selected(store, replace(SMALL, smallest_family=17)) == selected(store, SMALL)
    assert selected(store, replace(SMALL, smallest_family=18)) == {(0, 40): 30}
    everything = replace(P_ELMO, development=0)
    assert sum(selected(store, everything).values()) == len(store) == 68


def test_the_papers_selections() -> None:
    assert (PLUS_RNN.shortest, PLUS_RNN.smallest_family) == (20, 1000)
    assert PLUS_RNN.longest is None
    assert replace(PLUS_TFM, longest=None) == PLUS_RNN
    assert PLUS_TFM.longest == 256
    assert (P_ELMO.shortest, P_ELMO.smallest_family) == (1, 1)


def test_every_step_is_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="protlang")
    counts = select(lengths_and_sizes(tmp_path), SMALL).counts
    assert [tuple(count) for count in counts] == [
        ("training", "split", 68, 3, 1200 + 228 + 180 + 320 + 540),
        ("test", "split", 0, 0, 0),
        ("training", "length", 56, 3, 1200 + 180 + 320 + 540),
        ("test", "length", 0, 0, 0),
        ("training", "family size", 47, 2, 1200 + 320 + 540),
        ("training", "development set", 47, 2, 1200 + 320 + 540),
        ("development", "development set", 0, 0, 0),
    ]
    message = "training after family size: 47 domains of 2 families, 2060 residues"
    assert message in caplog.messages


def test_sets_share_no_domain_and_no_sequence(tmp_path: Path) -> None:
    text = families_text({"a": 900, "b": 300, "c": 4})
    store = build(tmp_path, text + text)
    sets = select(store, replace(SMALL, development=0.1))
    sequences = [{decode(store[place]) for place in places} for places in sets[:3]]
    assert not sequences[0] & (sequences[1] | sequences[2])
    assert not sequences[1] & sequences[2]
    training = store.training_indices()
    assert store.families is not None
    small = (store.families[training] == 2).sum()
    assert len(sets.training) + len(sets.development) == len(training) - small
    # Small families stay in the test set, which is of the same proteins as ever.
    assert sets.test.tolist() == store.held_out_indices().tolist()


def test_the_validation_set_has_its_share_whatever_the_seeds(tmp_path: Path) -> None:
    text = families_text({"a": 2000})
    for seed in (0, 1):
        store = build(tmp_path, text, HeldOut(0.2, seed, "sequence"))
        for own in (0, 1):
            sets = select(store, replace(SMALL, development=0.1, seed=own))
            training = len(store.training_indices())
            # Four standard deviations of a binomial number.
            assert abs(len(sets.development) - 0.1 * training) < 48
    other = select(store, replace(SMALL, development=0.1, seed=9))
    assert set(other.development.tolist()) != set(sets.development.tolist())


def test_limits_that_leave_nothing_are_reported(tmp_path: Path) -> None:
    store = lengths_and_sizes(tmp_path)
    message = (
        "no domains to train on of 20 residues or more in families of 1000 or more"
    )
    with pytest.raises(ProtlangError, match=message):
        select(store, PLUS_RNN)


def test_a_corpus_without_families_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(">a\nMK\n")
    files = [(make_source("a"), tmp_path / "a")]
    build_token_store(tmp_path / "s", files, HeldOut(0, 1))
    with pytest.raises(ProtlangError, match=re.escape("s has no families; make")):
        select(TokenStore(tmp_path / "s"), SMALL)
