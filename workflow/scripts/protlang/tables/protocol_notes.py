"""Differences from the paper's protocol, numbered so that cells can refer to them."""

from collections.abc import Iterable

from protlang.protocol import parse
from protlang.tables.grid import NOT_PRINTED, in_ranges


class ProtocolNotes:
    """Notes of a table: one for each difference of any of its cells.

    Args:
        protocols: the column `protocol` of the table, in order; cells without a number
            of ours have none.
    """

    def __init__(self, protocols: Iterable[object]) -> None:
        found = (one for protocol in protocols for one in _sentences(protocol))
        self._places = {one: place for place, one in enumerate(dict.fromkeys(found), 1)}

    @property
    def sentences(self) -> list[str]:
        """Of all differences; the first one is number 1."""
        return list(self._places)

    def numbers(self, protocol: object) -> tuple[int, ...]:
        """The numbers of a cell's differences, in order."""
        return tuple(sorted(self._places[one] for one in _sentences(protocol)))

    def named(self, protocol: object) -> str:
        """The same for a column of its own: `same` without any difference."""
        if not isinstance(protocol, str):
            return NOT_PRINTED
        return in_ranges(self.numbers(protocol)) or protocol


def _sentences(protocol: object) -> list[str]:
    return list(map(str, parse(protocol))) if isinstance(protocol, str) else []
