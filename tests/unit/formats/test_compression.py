"""Damaged compressed files are reported in a sentence wherever the damage is."""

import random
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from protlang.corpora.fasta_tokens import RecordPolicy, read_batches
from protlang.errors import ProtlangError
from protlang.formats.compression import damage_reported
from protlang.formats.fasta import read_fasta
from protlang.formats.lines import read_lines
from protlang.formats.tabular import read_table
from support.compression import every_compression
from support.errors import complaint

Read = Callable[[Path], Iterable[object]]


def text() -> bytes:
    letters = random.Random(1)  # noqa: S311
    records = [
        f">p{number}\n{''.join(letters.choices('ACDEFGHIKLMNPQRSTVWY', k=60))}\n"
        for number in range(300)
    ]
    return "".join(records).encode()


@pytest.mark.parametrize(
    "read",
    [
        read_lines,
        read_fasta,
        lambda path: read_table(path, ["p"]),
        lambda path: read_batches(path, RecordPolicy()),
    ],
    ids=["lines", "fasta", "table", "tokens"],
)
@every_compression
def test_every_damage_is_reported_in_a_sentence(
    tmp_path: Path, read: Read, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    sound = compress(text())
    path = tmp_path / f"file.{ending}"
    for place in range(20, len(sound) - 20, len(sound) // 25):
        path.write_bytes(sound[:place])
        assert f"{path} is cut short or damaged" in complaint(read, path)
        if ending != "zst":  # which has no checksum
            path.write_bytes(sound[:place] + b"\xa7" * 8 + sound[place + 8 :])
            assert str(path) in complaint(read, path)
    path.write_bytes(sound[:10] + b"xxxx" + sound[14:])
    assert str(path) in complaint(read, path)


class ZstdError(Exception):
    """Named as that of several packages."""


@pytest.mark.parametrize("error", [EOFError, OSError, zlib.error, ZstdError, KeyError])
def test_errors_of_reading_are_reported(error: type[Exception]) -> None:
    sentence = "here is cut short or damaged, .* delete it and fetch it again"
    with (
        pytest.raises(ProtlangError, match=sentence),
        damage_reported("here", (KeyError,)),
    ):
        raise error("unexpected")


def test_errors_of_other_kinds_are_let_through() -> None:
    with pytest.raises(KeyError), damage_reported("here"):
        raise KeyError
    with pytest.raises(ProtlangError, match="as it was"), damage_reported("here"):
        raise ProtlangError("as it was")
