"""Published pickles, decoded without unpickling: no code in them is run.

A pickle is a program for a small stack machine. Only the instructions that build
numbers, texts, bytes, lists, tuples, dictionaries and numpy arrays of numbers are
followed here (protocols 2 to 5, as `pickletools` reads them); any other one, or a name
of anything but numpy's own constructors, is an error.
"""

import pickletools
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from protlang.errors import ProtlangError

_REMEDY = "fetch it again, or use another distribution of the source"
_NUMBERS = re.compile(r"[biuf][0-9]{1,2}")
_PROTOCOLS = range(2, 6)


class _NotAllowedError(Exception):
    """An instruction or a name that data do not need."""


def decode(data: bytes, where: str) -> Any:
    """The value of a pickle.

    Args:
        data: the whole pickle.
        where: file and record, for messages.

    Returns:
        Python's own numbers, texts and containers, and numpy arrays of numbers.

    Raises:
        ProtlangError: if the pickle is damaged, or holds anything else.
    """
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(data):
            machine.execute(opcode.name, argument)
        return machine.result()
    except _NotAllowedError as error:
        raise ProtlangError(
            f"{where} is a pickle with {error}, which is never followed because it "
            f"could run a program; {_REMEDY}"
        ) from None
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise ProtlangError(f"{where} is a damaged pickle ({reason}); {_REMEDY}") from (
            error
        )


class _Ndarray:
    """The class numpy.ndarray, or an array that is not yet filled."""


def _reconstruct(kind: Any, *_: Any) -> _Ndarray:
    if kind is not _Ndarray:
        raise ValueError("an array of another class")
    return _Ndarray()


def _dtype(code: str, *_: Any) -> np.dtype:
    if not _NUMBERS.fullmatch(code):
        raise _NotAllowedError(f"an array of the type {code!r}")
    return np.dtype(code)


def _scalar(dtype: np.dtype, raw: bytes) -> Any:
    return np.frombuffer(raw, dtype=_numbers(dtype), count=1)[0].item()


def _array(raw: bytes, dtype: np.dtype, shape: Any, order: str) -> np.ndarray:
    numbers = np.frombuffer(raw, dtype=_numbers(dtype))
    return numbers.reshape(shape, order="F" if order == "F" else "C")


def _numbers(dtype: Any) -> np.dtype:
    if not isinstance(dtype, np.dtype):
        raise TypeError("an array without a type")
    return dtype


def _encode(text: str, encoding: str) -> bytes:
    """How protocol 2 writes bytes."""
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"bytes as {encoding}")
    return text.encode("latin-1")


def _no_bytes() -> bytes:
    """How protocol 2 writes no bytes at all."""
    return b""


_GLOBALS: Mapping[tuple[str, str], Any] = {
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): _no_bytes,
    ("numpy", "dtype"): _dtype,
    ("numpy", "ndarray"): _Ndarray,
    # Version 2 of numpy calls its core `_core`.
    **{
        (f"numpy.{core}.{module}", name): function
        for core in ("core", "_core")
        for module, name, function in (
            ("multiarray", "_reconstruct", _reconstruct),
            ("multiarray", "scalar", _scalar),
            ("numeric", "_frombuffer", _array),
        )
    },
}
"""What names in a pickle may stand for; none of them is looked up anywhere else."""


class _Machine:
    """The stack, the marks on it, and values noted down to be used again."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def execute(self, name: str, argument: Any) -> None:
        """Follow one instruction."""
        if name in _PUSH_ARGUMENT:
            self.stack.append(argument)
        elif name in _INSTRUCTIONS:
            _INSTRUCTIONS[name](self, argument)
        elif name not in _IDLE:
            raise _NotAllowedError(f"the opcode {name}")

    def result(self) -> Any:
        """What is left at the end.

        Raises:
            ValueError: if that is not a single finished value.
        """
        if len(self.stack) != 1 or isinstance(self.stack[0], _Ndarray):
            raise ValueError("it does not end in one value")
        return self.stack[0]

    def since_mark(self) -> list[Any]:
        """Take what was pushed since the last mark off the stack."""
        start = self.marks.pop()
        taken = self.stack[start:]
        del self.stack[start:]
        return taken

    def pop(self, number: int) -> list[Any]:
        """Take the last values off the stack, in the order they were pushed."""
        if number > len(self.stack):
            raise ValueError("it takes more values than it has")
        taken = self.stack[len(self.stack) - number :]
        del self.stack[len(self.stack) - number :]
        return taken

    def replace_top(self, value: Any) -> None:
        """Put another value for the last one, also where it was noted down."""
        old = self.stack[-1]
        self.memo = {k: value if v is old else v for k, v in self.memo.items()}
        self.stack[-1] = value


def _protocol(_: _Machine, version: int) -> None:
    if version not in _PROTOCOLS:
        raise _NotAllowedError(f"protocol {version}")


def _append(machine: _Machine, values: list[Any]) -> None:
    if not isinstance(machine.stack[-1], list):
        raise TypeError("it appends to what is no list")
    machine.stack[-1].extend(values)


def _set_items(machine: _Machine, flat: list[Any]) -> None:
    if not isinstance(machine.stack[-1], dict):
        raise TypeError("it sets entries of what is no dictionary")
    machine.stack[-1].update(zip(flat[::2], flat[1::2], strict=True))


def _named(machine: _Machine, module: str, name: str) -> None:
    if (module, name) not in _GLOBALS:
        raise _NotAllowedError(f"the name {module}.{name}")
    machine.stack.append(_GLOBALS[module, name])


def _call(machine: _Machine, _: Any) -> None:
    function, arguments = machine.pop(2)
    if function is _Ndarray or not any(function is one for one in _GLOBALS.values()):
        raise _NotAllowedError("a call of something that is no constructor")
    machine.stack.append(function(*arguments))


def _build(machine: _Machine, _: Any) -> None:
    """Fill an array with numbers, or give its type an order of bytes."""
    (state,) = machine.pop(1)
    top = machine.stack[-1]
    if isinstance(top, np.dtype):
        machine.replace_top(top.newbyteorder(state[1]))
    elif isinstance(top, _Ndarray):
        _, shape, dtype, fortran, raw = state
        machine.replace_top(_array(raw, dtype, shape, "F" if fortran else "C"))
    else:
        raise _NotAllowedError("a state of something that is no array")


_PUSH_ARGUMENT = frozenset(
    {
        "BININT",
        "BININT1",
        "BININT2",
        "LONG1",
        "LONG4",
        "BINFLOAT",
        "BINUNICODE",
        "SHORT_BINUNICODE",
        "BINUNICODE8",
        "BINBYTES",
        "SHORT_BINBYTES",
        "BINBYTES8",
        "BYTEARRAY8",
    }
)
"""Instructions that push the number, text or bytes they bring along."""

_IDLE = frozenset({"FRAME", "STOP"})
"""Instructions that change nothing."""

_INSTRUCTIONS: Mapping[str, Callable[[_Machine, Any], None]] = {
    "PROTO": _protocol,
    "MARK": lambda machine, _: machine.marks.append(len(machine.stack)),
    "NONE": lambda machine, _: machine.stack.append(None),
    "NEWTRUE": lambda machine, _: machine.stack.append(True),
    "NEWFALSE": lambda machine, _: machine.stack.append(False),
    "EMPTY_DICT": lambda machine, _: machine.stack.append({}),
    "EMPTY_LIST": lambda machine, _: machine.stack.append([]),
    "EMPTY_TUPLE": lambda machine, _: machine.stack.append(()),
    "TUPLE1": lambda machine, _: machine.stack.append(tuple(machine.pop(1))),
    "TUPLE2": lambda machine, _: machine.stack.append(tuple(machine.pop(2))),
    "TUPLE3": lambda machine, _: machine.stack.append(tuple(machine.pop(3))),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.since_mark())),
    "LIST": lambda machine, _: machine.stack.append(machine.since_mark()),
    "APPEND": lambda machine, _: _append(machine, machine.pop(1)),
    "APPENDS": lambda machine, _: _append(machine, machine.since_mark()),
    "SETITEM": lambda machine, _: _set_items(machine, machine.pop(2)),
    "SETITEMS": lambda machine, _: _set_items(machine, machine.since_mark()),
    "MEMOIZE": lambda machine, _: machine.memo.update(
        {len(machine.memo): machine.stack[-1]}
    ),
    "BINPUT": lambda machine, key: machine.memo.update({key: machine.stack[-1]}),
    "LONG_BINPUT": lambda machine, key: machine.memo.update({key: machine.stack[-1]}),
    "BINGET": lambda machine, key: machine.stack.append(machine.memo[key]),
    "LONG_BINGET": lambda machine, key: machine.stack.append(machine.memo[key]),
    "GLOBAL": lambda machine, names: _named(machine, *names.split(" ", 1)),
    "STACK_GLOBAL": lambda machine, _: _named(machine, *machine.pop(2)),
    "REDUCE": _call,
    "BUILD": _build,
}
"""Instructions by their names in `pickletools`."""
