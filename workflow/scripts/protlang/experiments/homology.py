"""Domains and pairs of the homology task, as a configuration declares them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from protlang.errors import ProtlangError
from protlang.homology.pair_sets import NEWER, PAIR_SETS
from protlang.sources.catalogue import Source

SECTION = "plus"
"""Of the configuration."""

HOMOLOGY = "homology"
"""The task of pairs; all others are of single proteins."""

_SOURCES: Mapping[str, str] = {
    "lists": "p-elmo-scope",
    "domains": "astral-fasta",
    "newer": "astral-fasta",
    "contacts": "p-elmo-scope",
}
"""Distributions of the sources of the homology task, by role."""

_OF_DRAWN_PAIRS = ("domains", "newer", "longest", "split", "pairs")


@dataclass(frozen=True)
class HomologySection:
    """Domains and pairs of the homology task.

    Attributes:
        sources: names of sources by role: either `lists`, of a published split and its
            pairs, or `domains` to train and test on and, if there is a newer release,
            `newer`; and `contacts` if there are contact maps.
        settings: as declared.
    """

    sources: Mapping[str, str]
    settings: Mapping[str, Any]

    @property
    def has_newer(self) -> bool:
        """Whether the new domains of a newer release are another test set."""
        return bool({"lists", "newer"} & self.sources.keys())

    @property
    def has_contacts(self) -> bool:
        """Whether there are contact maps."""
        return "contacts" in self.sources

    @property
    def sets(self) -> list[str]:
        """Sets of pairs that methods are scored on."""
        return [name for name in PAIR_SETS if name != NEWER or self.has_newer]

    @property
    def building(self) -> dict[str, Any]:
        """What determines domains and pairs besides their files."""
        left_out = ("alignments", "threads")
        return {key: self.settings[key] for key in self.settings if key not in left_out}

    @property
    def alignments(self) -> list[str]:
        """Methods without training that are scored on the same pairs."""
        return list(self.settings.get("alignments", []))


def homology_section(
    section: Mapping[str, Any], sources: Mapping[str, Source]
) -> HomologySection | None:
    """The homology task of a configuration; None if it lacks it.

    Args:
        section: of PLUS in the configuration.
        sources: by name.

    Raises:
        ProtlangError: if keys exclude each other, or a source is missing or is
            published as something else.
    """
    if HOMOLOGY not in section:
        return None
    settings = section[HOMOLOGY]
    unread = [key for key in _OF_DRAWN_PAIRS if key in settings]
    if "lists" in settings and unread:
        raise ProtlangError(
            f"{SECTION}.{HOMOLOGY}.{unread[0]} is not read beside `lists`, which has "
            "domains and pairs; remove one of the two"
        )
    named = {role: settings[role] for role in _SOURCES if role in settings}
    for role, name in named.items():
        source, distribution = sources.get(name), _SOURCES[role]
        if source is None or source.distribution != distribution:
            raise ProtlangError(
                f"{SECTION}.{HOMOLOGY}.{role} is {name!r}, which is no source that is "
                f"published as {distribution}; correct the name"
            )
    return HomologySection(named, settings)
