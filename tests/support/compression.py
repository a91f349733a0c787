"""Compressed content in every form that can be read."""

import bz2
import gzip
import io
import lzma

import pytest
from xopen import xopen


def zstandard(content: bytes) -> bytes:
    stream = io.BytesIO()
    with xopen(stream, "wb", format="zst", threads=0) as compressed:
        compressed.write(content)
    return stream.getvalue()


every_compression = pytest.mark.parametrize(
    ("ending", "compress"),
    [
        ("gz", gzip.compress),
        ("xz", lzma.compress),
        ("bz2", bz2.compress),
        ("zst", zstandard),
    ],
)
