"""How our protocol differs from the paper's: one difference, one sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_BETWEEN = "; "
"""Separates sentences."""

SAME = "same"
"""A protocol without any difference."""


@dataclass(frozen=True)
class Deviation:
    """One respect in which a number of ours was made otherwise than the paper's.

    Attributes:
        aspect: what differs, such as `training proteins` or `learning rate`.
        ours: its value here.
        paper: its value in the paper; empty if there is no single one.
    """

    aspect: str
    ours: str
    paper: str = ""

    def __str__(self) -> str:
        """A sentence such as `training proteins: 9,712, the paper's 10,256`."""
        paper = f", the paper's {self.paper}" if self.paper else ""
        return f"{self.aspect}: {self.ours}{paper}".replace(_BETWEEN, ", ")

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Deviation":
        """A difference from its JSON form."""
        return cls(str(entry["aspect"]), str(entry["ours"]), str(entry["paper"]))


Deviations = tuple[Deviation, ...]


def settings_that_differ(
    own: Mapping[str, Any], paper: Mapping[str, Any], subject: str = ""
) -> Deviations:
    """A difference for each of the paper's settings that ours does not equal.

    Args:
        own: our settings by name.
        paper: the paper's; names that are missing here are not compared.
        subject: what the settings are of, put before their names.
    """
    return tuple(
        Deviation(
            " ".join(filter(None, (subject, name.replace("_", " ")))),
            _text(own.get(name)),
            _text(value),
        )
        for name, value in paper.items()
        if own.get(name) != value
    )


def parse(protocol: str) -> Deviations:
    """Deviations from the sentences that `in_words` makes of them."""
    if protocol in ("", SAME):
        return ()
    parts = (sentence.partition(": ") for sentence in protocol.split(_BETWEEN))
    return tuple(Deviation(aspect, rest) for aspect, _, rest in parts)


def merged(*parts: Iterable[Deviation]) -> Deviations:
    """All differences of several origins, each once, in order."""
    return tuple(dict.fromkeys(one for part in parts for one in part))


def in_words(deviations: Iterable[Deviation]) -> str:
    """All differences as sentences; `SAME` if there are none."""
    return _BETWEEN.join(map(str, deviations)) or SAME


def _text(value: object) -> str:
    """Whole numbers with commas, all else as it is."""
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return f"{value:,}" if is_count else str(value)
