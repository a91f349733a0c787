"""How our protocol differs from the paper's: one difference, one sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_BETWEEN, _AFTER_ASPECT, _BEFORE_PAPER = "; ", ": ", ", the paper's "
"""Separate sentences, and the parts of each."""

NOT_RECORDED = "not recorded"
"""In place of a setting of ours that nothing states."""

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
        aspect = self.aspect.replace(_AFTER_ASPECT, ", ")
        paper = _BEFORE_PAPER + self.paper if self.paper else ""
        return f"{aspect}{_AFTER_ASPECT}{self.ours}{paper}".replace(_BETWEEN, ", ")

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Deviation":
        """A difference from its JSON form."""
        return cls(str(entry["aspect"]), str(entry["ours"]), str(entry["paper"]))


Deviations = tuple[Deviation, ...]


def settings_that_differ(
    own: Mapping[str, Any], paper: Mapping[str, Any], subject: str = ""
) -> Deviations:
    """A difference for each of the paper's settings that ours does not equal.

    What is not recorded, as in folders of older runs, is one: it may be anything.

    Args:
        own: our settings by name.
        paper: the paper's; names that are missing here are not compared.
        subject: what the settings are of, put before their names.
    """
    return tuple(
        Deviation(
            " ".join(filter(None, (subject, name.replace("_", " ")))),
            _text(own[name]) if name in own else NOT_RECORDED,
            _text(value),
        )
        for name, value in paper.items()
        if name not in own or own[name] != value
    )


def simulated_parts(parts: Mapping[str, bool]) -> Deviations:
    """A difference for each part of the data that is simulated.

    Args:
        parts: whether it is, by name, such as `test proteins`.
    """
    return tuple(
        Deviation(part, "simulated")
        for part, is_simulated in parts.items()
        if is_simulated
    )


def parse(protocol: str) -> Deviations:
    """Deviations from the sentences that `in_words` makes of them."""
    if protocol in ("", SAME):
        return ()
    return tuple(map(_parsed, protocol.split(_BETWEEN)))


def merged(*parts: Iterable[Deviation]) -> Deviations:
    """All differences of several origins, each once, in order."""
    return tuple(dict.fromkeys(one for part in parts for one in part))


def in_words(deviations: Iterable[Deviation]) -> str:
    """All differences as sentences; `SAME` if there are none."""
    return _BETWEEN.join(map(str, deviations)) or SAME


def _parsed(sentence: str) -> Deviation:
    aspect, _, rest = sentence.partition(_AFTER_ASPECT)
    ours, _, paper = rest.partition(_BEFORE_PAPER)
    return Deviation(aspect, ours, paper)


def _text(value: object) -> str:
    """Whole numbers with commas, None as `none`, all else as it is."""
    if value is None:
        return "none"
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return f"{value:,}" if is_count else str(value)
