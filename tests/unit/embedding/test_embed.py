import hashlib
import logging
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from protlang.alphabet import RESIDUES
from protlang.embedding import embed as embedding
from protlang.embedding.embed import (
    EmbeddingSettings,
    Summary,
    embed_proteins,
    is_out_of_memory,
    next_batch,
)
from protlang.encoders.elmo import ElmoEncoder
from protlang.encoders.encoder import Encoder
from protlang.encoders.registry import prepared_encoder
from protlang.encoders.settings import EncoderSettings
from protlang.errors import ProtlangError
from protlang.formats.embeddings import open_embeddings
from protlang.models.elmo import Elmo
from protlang.training.signals import StopRequest
from support.elmo_models import TINY

GPU_IS_FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB")
HOST_IS_FULL = RuntimeError(
    "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate "
    "memory: you tried to allocate 99 bytes. Error code 12 (Cannot allocate memory)"
)


class Letters:
    """Gives each residue its letter's number and its place; counts what it does.

    Args:
        room: residues of a batch that fit into its memory.
        error: what it raises if they do not.
        scale: of its numbers.
        signal: that arrives while it computes a batch.
    """

    device = "cpu"

    def __init__(
        self,
        room: int = 10**9,
        error: Exception = GPU_IS_FULL,
        scale: float = 1.0,
        signal: str = "",
    ) -> None:
        self.room, self.error, self.scale = room, error, scale
        self.signal, self.stop = signal, StopRequest()
        self.batches: list[list[str]] = []
        self.layers = {"sum": (2,), "all": (2, 2), "0": (2,), "1": (2,)}
        self.facts = {"encoder": "letters", "device": "cpu", "kernel": "none"}

    def embed(self, sequences: Sequence[str], layers: str) -> list[np.ndarray]:
        if sum(map(len, sequences)) > self.room:
            raise self.error
        self.stop.received = self.signal
        self.batches.append(list(sequences))
        found = [self.vectors(sequence) for sequence in sequences]
        return [np.stack([one, one + 1]) for one in found] if layers == "all" else found

    def vectors(self, sequence: str) -> np.ndarray:
        letters = [RESIDUES.index(letter) for letter in sequence]
        both = np.array([letters, range(len(letters))], dtype=np.float32)
        return np.ascontiguousarray(both.T) * np.float32(self.scale)

    def memory(self, residues: int, layers: str) -> int:  # noqa: ARG002
        return residues * 8


def embed(
    folder: Path, embedder: Encoder, proteins: dict[str, str], **options: Any
) -> Summary:
    settings = EmbeddingSettings(**options)
    summary = embed_proteins(
        embedder, proteins.items(), folder / "e.h5", settings, folder / "parts"
    )
    assert summary is not None
    return summary


def stored(folder: Path) -> dict[str, bytes]:
    """Type, shape and bytes of every data set by id."""
    with open_embeddings(folder / "e.h5") as found:
        arrays = {identifier: found[identifier][()] for identifier in found}
    return {
        key: f"{array.dtype} {array.shape}".encode() + array.tobytes()
        for key, array in arrays.items()
    }


def random_proteins(number: int, seed: int = 1) -> dict[str, str]:
    draw = random.Random(seed)  # noqa: S311
    return {
        f"p{serial}": "".join(draw.choices(RESIDUES, k=draw.randint(1, 60)))
        for serial in range(number)
    }


@pytest.fixture(scope="module")
def elmo(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("encoders") / "tiny"
    ElmoEncoder(Elmo(TINY, with_softmax=False)).save(folder)
    return prepared_encoder(folder, EncoderSettings(device="cpu"))


def test_vectors_stand_under_the_ids_of_their_proteins(tmp_path: Path) -> None:
    summary = embed(tmp_path, Letters(), {"b": "AC", "a/x": "Y"})
    assert (summary.done, summary.failed, summary.residues) == (2, {}, 3)
    with open_embeddings(tmp_path / "e.h5") as found:
        assert found["b"][()].tolist() == [[0, 0], [1, 1]]
        assert found["a/x"][()].tolist() == [[19, 0]]
        assert found["b"].dtype == np.float32


def test_the_file_records_how_it_was_made(tmp_path: Path) -> None:
    embed(tmp_path, Letters(), {"a": "A"}, layers="all", storage="float16")
    with h5py.File(tmp_path / "e.h5") as file:
        facts = dict(file.attrs)
    known = {"encoder": "letters", "kernel": "none", "device": "cpu"}
    known |= {"layers": "all", "pooling": "residue", "storage": "float16"}
    assert facts.items() >= known.items()
    assert facts.keys() >= {"protlang_version", "format_version"}
    assert "batch_residues" not in facts


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [[0, 0], [1, 1], [2, 2]]),
        ({"layers": "all"}, [[[0, 0], [1, 1], [2, 2]], [[1, 1], [2, 2], [3, 3]]]),
        ({"pooling": "protein"}, [1, 1]),
        ({"pooling": "protein", "layers": "all"}, [[1, 1], [2, 2]]),
    ],
)
def test_layers_and_pooling_give_the_documented_shapes(
    tmp_path: Path, options: dict[str, str], expected: list[Any]
) -> None:
    embed(tmp_path, Letters(), {"a": "ACD"}, **options)
    with open_embeddings(tmp_path / "e.h5") as found:
        assert found["a"][()].tolist() == expected


def test_means_are_accumulated_in_double_precision(tmp_path: Path) -> None:
    """In single precision 2^24 + 1 is 2^24, and the mean would be lost."""
    embedder = Letters()
    column = np.array([[2.0**24], [1.0], [1.0], [-(2.0**24)]], dtype=np.float32)
    embedder.vectors = lambda _: np.repeat(column, 2, axis=1)  # type: ignore[method-assign]
    embed(tmp_path, embedder, {"a": "AAAA"}, pooling="protein")
    with open_embeddings(tmp_path / "e.h5") as found:
        assert found["a"][()].tolist() == [0.5, 0.5]


def test_identical_sequences_are_computed_once(tmp_path: Path) -> None:
    embedder = Letters()
    embed(tmp_path, embedder, {"a": "MKV", "b": "AC", "c": "MKV"})
    assert sorted(chain(*embedder.batches)) == ["AC", "MKV"]
    found = stored(tmp_path)
    assert found["a"] == found["c"]
    assert len(found) == 3


def test_batches_hold_similar_lengths_and_no_more_residues_than_allowed(
    tmp_path: Path,
) -> None:
    embedder = Letters()
    proteins = random_proteins(100)
    embed(tmp_path, embedder, proteins, batch_residues=50)
    lengths = [len(sequence) for batch in embedder.batches for sequence in batch]
    assert lengths == sorted(map(len, set(proteins.values())))
    for batch in embedder.batches:
        assert sum(map(len, batch)) <= 50 or len(batch) == 1
    assert any(len(batch) > 1 for batch in embedder.batches)


def test_a_batch_is_filled_until_the_next_does_not_fit() -> None:
    waiting = embedding.deque(["A", "AA", "AAA", "AAAA"])
    assert next_batch(waiting, 6) == ["A", "AA", "AAA"]
    assert next_batch(waiting, 1) == ["AAAA"]


@pytest.mark.parametrize("error", [GPU_IS_FULL, HOST_IS_FULL, MemoryError()])
def test_when_memory_is_short_batches_are_halved_and_nothing_is_lost(
    tmp_path: Path, error: Exception
) -> None:
    proteins = random_proteins(60)
    embed(tmp_path / "whole", Letters(), proteins)
    short = Letters(room=130, error=error)
    summary = embed(tmp_path / "short", short, proteins)
    assert summary.failed == {}
    assert stored(tmp_path / "short") == stored(tmp_path / "whole")
    assert max(sum(map(len, batch)) for batch in short.batches) <= 130


def test_a_protein_too_long_for_the_memory_fails_and_the_others_do_not(
    tmp_path: Path,
) -> None:
    proteins = {"short": "MKV", "long": "A" * 300, "twin": "A" * 300, "more": "MKVL"}
    summary = embed(tmp_path, Letters(room=100), proteins)
    assert summary.done == 2
    assert summary.failed.keys() == {"long", "twin"}
    assert "its 300 residues do not fit" in summary.failed["long"]
    assert "2.40kB or more" in summary.failed["long"]
    assert stored(tmp_path).keys() == {"short", "more"}


def test_a_protein_that_cannot_fit_is_not_even_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux would grant the memory, and kill the process when it is used."""
    monkeypatch.setattr(embedding, "free_memory", lambda: 1000.0)
    embedder = Letters()
    summary = embed(tmp_path, embedder, {"short": "MKV", "long": "A" * 200})
    assert summary.failed.keys() == {"long"}
    assert embedder.batches == [["MKV"]]


def test_free_memory_is_the_memory_that_linux_reports() -> None:
    assert 1e6 < embedding.free_memory() < 1e14


@pytest.mark.parametrize(
    "error",
    [RuntimeError("CUDA error: an illegal memory access"), ValueError("no"), OSError()],
)
def test_other_errors_are_not_taken_for_a_lack_of_memory(
    tmp_path: Path, error: Exception
) -> None:
    assert not is_out_of_memory(error)
    with pytest.raises(type(error)):
        embed(tmp_path, Letters(room=1, error=error), {"a": "MKV", "b": "MKVL"})


def test_a_disk_that_is_too_small_is_reported_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(_: Path) -> SimpleNamespace:
        return SimpleNamespace(free=30_000)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    embedder = Letters()
    proteins = {"a": "A" * 1000}  # 8,000 bytes, in a part and in the file
    work = tmp_path / "e.h5", EmbeddingSettings(), tmp_path / "parts"
    with pytest.raises(ProtlangError) as caught:
        embed_proteins(embedder, proteins.items(), *work, copies=3)
    assert "need about 36.1kB of disk" in str(caught.value)
    assert "30.0kB free" in str(caught.value)
    assert embedder.batches == []
    embed(tmp_path, embedder, proteins)  # one copy fits


def test_what_was_done_before_needs_no_disk_and_no_computing(tmp_path: Path) -> None:
    proteins = random_proteins(50)
    first = Letters(signal="SIGTERM")
    settings = EmbeddingSettings(batch_residues=300)
    work = proteins.items(), tmp_path / "e.h5", settings, tmp_path / "parts"
    assert embed_proteins(first, *work, first.stop) is None
    assert not (tmp_path / "e.h5").exists()
    second = Letters()
    assert embed_proteins(second, *work) is not None
    done = first.batches[0]
    assert len(first.batches) == 1
    assert not set(done) & set(chain(*second.batches))
    assert len(stored(tmp_path)) == 50
    assert not (tmp_path / "parts").exists()


def test_other_settings_do_not_use_the_parts_of_an_unfinished_run(
    tmp_path: Path,
) -> None:
    stop = StopRequest()
    stop.received = "SIGTERM"
    settings = EmbeddingSettings()
    work = {"a": "MKV"}.items(), tmp_path / "e.h5", settings, tmp_path / "parts"
    assert embed_proteins(Letters(), *work, stop) is None
    embed(tmp_path, Letters(), {"a": "MKV"}, storage="float16")
    with open_embeddings(tmp_path / "e.h5") as found:
        assert found["a"].dtype == np.float16
    assert len(list((tmp_path / "parts").iterdir())) == 1


def test_half_precision_that_overflows_names_the_protein(tmp_path: Path) -> None:
    proteins = {"fine": "A", "sp|P1": "YYYY"}
    with pytest.raises(ProtlangError, match=r"sp\|P1 reach 190000.*storage=float32"):
        embed(tmp_path, Letters(scale=1e4), proteins, storage="float16")
    assert not (tmp_path / "e.h5").exists()


def test_a_repeated_id_is_reported(tmp_path: Path) -> None:
    work = tmp_path / "e.h5", EmbeddingSettings(), tmp_path / "parts"
    with pytest.raises(ProtlangError, match="two proteins have the id 'a'"):
        embed_proteins(Letters(), [("a", "M"), ("a", "K")], *work)


@pytest.mark.parametrize(
    "wrong",
    [{"pooling": "mean"}, {"storage": "float64"}, {"batch_residues": 0}],
)
def test_impossible_settings_are_reported(wrong: dict[str, Any]) -> None:
    (option,) = wrong
    with pytest.raises(ProtlangError, match=f"option {option} is"):
        EmbeddingSettings(**wrong)


def test_progress_is_reported_in_residues(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "protlang"):
        embed(tmp_path, Letters(), {"a": "MKV", "b": "MKV"})
    assert "2 proteins with 1 different sequences, 0 of them done" in caplog.text


@pytest.mark.parametrize("layers", ["sum", "all"])
def test_order_and_batches_do_not_change_a_bit(
    tmp_path: Path, elmo: Encoder, layers: str
) -> None:
    proteins = random_proteins(200)
    embed(tmp_path / "whole", elmo, proteins, layers=layers)
    shuffled = list(proteins.items())
    random.Random(2).shuffle(shuffled)  # noqa: S311
    embed(tmp_path / "other", elmo, dict(shuffled), layers=layers, batch_residues=97)
    whole, other = (
        (tmp_path / run / "e.h5").read_bytes() for run in ("whole", "other")
    )
    assert whole == other
    assert stored(tmp_path / "whole").keys() == proteins.keys()


def test_the_longest_known_protein_is_embedded_whole(tmp_path: Path) -> None:
    """Titin has some 35,000 residues; its first ones do not see where it is cut."""
    elmo = ElmoEncoder(Elmo(replace(TINY, layers=1), with_softmax=False).eval())
    elmo.facts = elmo.prepare(EncoderSettings(device="cpu"))
    draw = random.Random(3)  # noqa: S311
    titin = "".join(draw.choices(RESIDUES, k=35_000))
    assert embed(tmp_path, elmo, {"titin": titin, "a": "MKV"}, layers="1").done == 2
    with open_embeddings(tmp_path / "e.h5") as found:
        vectors = found["titin"][()]
    assert vectors.shape == (35_000, *elmo.layers["1"])
    forward = TINY.projection
    (head,) = elmo.embed([titin[:100]], "1")
    np.testing.assert_array_equal(vectors[:100, :forward], head[:, :forward])
    (tail,) = elmo.embed([titin[-100:]], "1")
    np.testing.assert_array_equal(vectors[-100:, forward:], tail[:, forward:])


def test_parts_are_named_after_the_sequence(tmp_path: Path) -> None:
    """So that another file of proteins can use them."""
    embedder = Letters(signal="SIGTERM")
    settings = EmbeddingSettings(batch_residues=3)
    proteins = [("a", "MKV"), ("b", "MKVL")]
    work = proteins, tmp_path / "e.h5", settings, tmp_path / "parts"
    assert embed_proteins(embedder, *work, embedder.stop) is None
    (part,) = (tmp_path / "parts").rglob("part-*.h5")
    with h5py.File(part) as file:
        assert list(file) == [hashlib.sha256(b"MKV").hexdigest()]
