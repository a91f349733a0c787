import numpy as np
import pytest

from protlang.formats.crc32c import crc32c, mask


def plain_crc32c(data: bytes) -> int:
    """Bit by bit, as the polynomial defines it."""
    register = 0xFFFFFFFF
    for octet in data:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
    ],
)
def test_known_sums(data: bytes, expected: int) -> None:
    """The examples of RFC 3720, B.4."""
    assert crc32c(data) == expected


@pytest.mark.parametrize("length", [1, 4095, 4096, 4097, 12_345, 20_480])
def test_pieces_side_by_side_give_the_plain_sum(length: int) -> None:
    data = np.random.default_rng(length).integers(0, 256, length, np.uint8).tobytes()
    assert crc32c(data) == plain_crc32c(data)


def test_a_stored_sum_is_masked() -> None:
    assert mask(0) == 0xA282EAD8
    assert mask(0xFFFFFFFF) == 0xA282EAD7
