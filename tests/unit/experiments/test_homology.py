"""What the homology task of a configuration consists of, and mistakes in it."""

from typing import Any

import pytest

from protlang.experiments.homology import HomologySection, homology_section
from support.errors import complaint
from support.sources import make_source

SOURCES = {
    "older": make_source("older", "astral-fasta"),
    "newer": make_source("newer", "astral-fasta"),
    "maps": make_source("maps", "p-elmo-scope"),
}
PAIRS = {"domains": "older", "newer": "newer", "contacts": "maps"}
LISTS = {"lists": "maps", "contacts": "maps"}


def section(**settings: Any) -> HomologySection:
    found = homology_section({"homology": settings}, SOURCES)
    assert found is not None
    return found


def test_it_has_sets_and_alignments() -> None:
    whole = section(**PAIRS, alignments=["phmmer"])
    assert whole.sets == ["development", "test", "newer"]
    assert whole.alignments == ["phmmer"]
    assert whole.sources == PAIRS
    assert (whole.has_newer, whole.has_contacts) == (True, True)
    least = section(domains="older")
    assert least.sets == ["development", "test"]
    assert least.alignments == []
    assert (least.has_newer, least.has_contacts) == (False, False)


def test_published_lists_take_the_place_of_releases() -> None:
    found = section(**LISTS, alignments=["NW-align"])
    assert found.sources == LISTS
    assert found.sets == ["development", "test", "newer"]
    assert found.building == LISTS


def test_a_configuration_may_lack_it() -> None:
    assert homology_section({}, SOURCES) is None


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({**PAIRS, "domains": "maps"}, "domains is 'maps', which is no source"),
        ({"lists": "older"}, "lists is 'older', which is no source"),
        ({**PAIRS, "lists": "maps"}, "domains is not read beside `lists`"),
        ({**LISTS, "longest": 300}, "longest is not read beside `lists`"),
        ({**PAIRS, "newer": "scope"}, "newer is 'scope', which is no source"),
        ({**PAIRS, "contacts": "older"}, "'older', which is no source that is publ"),
    ],
)
def test_mistakes_are_reported_by_their_keys(
    settings: dict[str, Any], sentence: str
) -> None:
    message = complaint(section, **settings)
    assert message.startswith("plus.homology.")
    assert sentence in message
