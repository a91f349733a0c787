import pickle
import pickletools
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protlang.errors import ProtlangError
from protlang.formats.pickled import decode
from support.pickles import Bomb

PROTOCOLS = (2, 3, 4, 5)

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@given(value=plain)
def test_plain_values_come_out_as_python_reads_them(value: Any, protocol: int) -> None:
    decoded = decode(pickle.dumps(value, protocol), "file")
    assert decoded == value
    # 1, 1.0 and True are equal, but are written differently.
    assert repr(decoded) == repr(value)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "array",
    [
        np.array([-0.21], dtype=np.float32),
        np.arange(6, dtype=np.int64).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(4, dtype=">i2"),
        np.array([True, False]),
        np.zeros((0, 3)),
        np.array(2.5),
    ],
    ids=["float32", "2d", "fortran", "big-endian", "bool", "empty", "0d"],
)
def test_arrays_of_numbers_come_out_whole(array: np.ndarray, protocol: int) -> None:
    # Twice, as a dictionary of TAPE's may hold one object under two names.
    decoded = decode(pickle.dumps({"a": array, "b": [array]}, protocol), "file")
    for found in (decoded["a"], decoded["b"][0]):
        assert found.shape == array.shape
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_numbers_of_numpy_become_pythons(protocol: int) -> None:
    found = decode(pickle.dumps([np.float32(2.5), np.int64(-7)], protocol), "file")
    assert found == [2.5, -7]
    assert [type(number) for number in found] == [float, int]


def test_arrays_named_as_in_the_first_numpy_are_read() -> None:
    """In protocol 3, put together by hand: its core was no private module."""
    written = (
        b"\x80\x03cnumpy.core.multiarray\n_reconstruct\nq\x00cnumpy\nndarray\nq\x01K"
        b"\x00\x85q\x02C\x01bq\x03\x87q\x04Rq\x05(K\x01K\x01\x85q\x06cnumpy\ndtype\nq"
        b"\x07X\x02\x00\x00\x00f4q\x08K\x00K\x01\x87q\tRq\n(K\x03X\x01\x00\x00\x00<q"
        b"\x0bNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0cb\x89C\x04\x00\x00\x80"
        b"\x3fq\rtq\x0eb."
    )
    found = decode(written, "file")
    assert found.dtype == np.float32
    assert found.tolist() == [1.0]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_program_in_a_pickle_is_named_and_not_run(
    protocol: int, capsys: pytest.CaptureFixture[str]
) -> None:
    data = pickle.dumps({"stability_score": Bomb(print, "the program ran")}, protocol)
    with pytest.raises(ProtlangError, match=r"the file: example 3 .* name \w+\.print"):
        decode(data, "the file: example 3")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({1, 2}, "the opcode EMPTY_SET"),
        (np.array([None, 1]), "an array of the type 'O8'"),
        (np.array(["text"]), "an array of the type 'U4'"),
        (range(3), r"the name \w+\.range"),
    ],
)
def test_other_values_are_refused_by_name(value: Any, expected: str) -> None:
    with pytest.raises(ProtlangError, match=expected):
        decode(pickle.dumps(value, 4), "file")


def test_the_oldest_protocol_is_refused() -> None:
    with pytest.raises(ProtlangError, match="the opcode"):
        decode(pickle.dumps({"a": 1}, protocol=0), "file")


def test_a_constructor_is_not_called_with_another_ones_result() -> None:
    """`numpy.ndarray(...)` itself, which would take memory as it likes."""
    data = b"\x80\x02cnumpy\nndarray\nK\x05\x85R."
    with pytest.raises(ProtlangError, match="no constructor"):
        decode(data, "file")


WHOLE = pickle.dumps({"primary": "MKV", "score": np.array([1.5, 2.5])}, protocol=4)


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_every_pickle_cut_short_is_reported_in_a_sentence(length: int) -> None:
    with pytest.raises(ProtlangError, match="file"):
        decode(WHOLE[:length], "file")


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_any_damaged_byte_is_reported_or_harmless(place: int, byte: int) -> None:
    damaged = WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :]
    with suppress(ProtlangError):
        decode(damaged, "file")


def test_no_opcode_leads_to_a_traceback() -> None:
    """Each opcode after three values: they cannot end in one, whatever it does."""
    for opcode in pickletools.opcodes:
        data = b"\x80\x02NNN" + opcode.code.encode("latin-1") + bytes(9) + b"."
        with pytest.raises(ProtlangError):
            decode(data + b"\n\n", "file")
