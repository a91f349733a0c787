"""CRC-32C (Castagnoli), the checksum of TensorFlow's files.

A CRC is linear: pieces of equal length are summed side by side with NumPy, and their
sums combined. So hundreds of megabytes take seconds without compiled code.
"""

import numpy as np

_POLYNOMIAL = 0x82F63B78
_LANES = 4096
_MASK_DELTA = 0xA282EAD8
_ALL = 0xFFFFFFFF


def crc32c(data: bytes | bytearray) -> int:
    """CRC-32C of bytes."""
    octets = np.frombuffer(data, np.uint8)
    width = len(octets) // _LANES
    crc = np.uint32(_ALL)
    if width > 0:
        crc = _in_lanes(octets[: width * _LANES].reshape(_LANES, width))
    for octet in octets[width * _LANES :]:
        crc = _TABLE[(crc ^ octet) & 0xFF] ^ (crc >> 8)
    return int(crc) ^ _ALL


def mask(crc: int) -> int:
    """As it is stored: a CRC over data that hold CRCs would be weak otherwise."""
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & _ALL


def _in_lanes(lanes: np.ndarray) -> np.uint32:
    """The register after all bytes (lanes, width), row by row.

    The first row starts from the usual value, the others from 0. Each pair of
    neighbours then becomes one of twice the width, until one is left.
    """
    registers = np.zeros(len(lanes), np.uint32)
    registers[0] = _ALL
    for column in np.ascontiguousarray(lanes.T):
        registers = _TABLE[(registers ^ column) & 0xFF] ^ (registers >> 8)
    shift = _shift_by(lanes.shape[1])
    while len(registers) > 1:
        registers = _apply(shift, registers[::2]) ^ registers[1::2]
        shift = _apply(shift, shift)
    return np.uint32(registers[0])


def _table() -> np.ndarray:
    """What each byte adds, uint32 (256)."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ _POLYNOMIAL, table >> 1)
    return table.astype(np.uint32)


def _shift_by(width: int) -> np.ndarray:
    """The effect of `width` zero bytes, as a linear map: images of the 32 bits."""
    bits = np.left_shift(np.uint32(1), np.arange(32, dtype=np.uint32))
    power: np.ndarray = _TABLE[bits & 0xFF] ^ (bits >> 8)
    found: np.ndarray = bits
    while width:
        if width & 1:
            found = _apply(power, found)
        power = _apply(power, power)
        width >>= 1
    return found


def _apply(images: np.ndarray, registers: np.ndarray) -> np.ndarray:
    """A linear map, given by its images of the 32 bits, of each register."""
    bits = (registers[:, np.newaxis] >> np.arange(32, dtype=np.uint32)) & 1
    return np.asarray(np.bitwise_xor.reduce(bits * images, axis=1), np.uint32)


_TABLE = _table()
