"""Errors of users' mistakes, as the tests expect them."""

from collections import deque
from collections.abc import Callable, Iterator

import pytest

from protlang.errors import ProtlangError


def complaint(call: Callable[..., object], *arguments: object, **more: object) -> str:
    """The message of the error that a call, or reading what it yields, has to raise.

    It is one sentence without line breaks.
    """
    with pytest.raises(ProtlangError) as caught:
        exhaust(call(*arguments, **more))
    message = str(caught.value)
    assert "\n" not in message
    return message


def exhaust(result: object) -> None:
    """Read what a call yields, if it does."""
    if isinstance(result, Iterator):
        deque(result, maxlen=0)
