"""Pickles that run a program when they are unpickled."""

from collections.abc import Callable
from typing import Any


class Bomb:
    """Calls a function with some arguments when it is unpickled."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call
