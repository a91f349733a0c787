"""A published split with its lists of pairs becomes domains and pairs of the task."""

import logging
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from protlang.encoders.provenance import SetFacts
from protlang.errors import ProtlangError
from protlang.formats import archives, astral, scope_pairs
from protlang.formats.astral import Domain, Region
from protlang.formats.scope_pairs import DOMAIN_FILES, PAIR_FILES, SequencePair
from protlang.homology.build import Published, build_contacts
from protlang.homology.contacts import ContactData
from protlang.homology.domains import level
from protlang.homology.pair_sets import PAIR_SETS
from protlang.homology.pairs import FixedPairs, read_fixed_pairs
from protlang.homology.provenance import (
    PAPER_LISTS,
    homology_deviations,
    pair_facts,
    training_deviations,
)
from protlang.homology.published_lists import read_lists, write_listed_pairs
from protlang.protocol import in_words
from protlang.simulation.mirror import write_mirror
from protlang.simulation.names import HOMOLOGY
from protlang.sources.catalogue import load_sources
from protlang.validation import REPOSITORY
from support.simulation import TINY_WORLD

SOURCE = load_sources(REPOSITORY / "config" / "sources.yaml")[PAPER_LISTS]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The archive of a simulated world."""
    folder = tmp_path_factory.mktemp("mirror")
    write_mirror(replace(TINY_WORLD, seed=4, homology={"domains": 180}), folder)
    return Published(SOURCE, folder / HOMOLOGY["contacts"], simulated=False)


def make_domain(name: str, sequence: str, sccs: str) -> Domain:
    return Domain(name, sccs, (Region("A"),), "Protein", "", None, sequence)


PARTS = {
    "train": [
        make_domain("d1aaaa_", "ACD", "a.1.1.1"),
        make_domain("d1aaba_", "ACE", "a.1.1.1"),
    ],
    "development": [
        make_domain("d1abaa_", "CCD", "a.1.1.1"),
        make_domain("d1abba_", "CCE", "a.1.1.2"),
    ],
    "test": [
        make_domain("d1acaa_", "WWD", "a.1.1.1"),
        make_domain("d1acba_", "WWE", "b.1.1.1"),
        make_domain("d1acca_", "WWE", "a.1.1.1"),
    ],
    "newer": [
        make_domain("d1adaa_", "YYD", "a.1.1.1"),
        make_domain("d1adba_", "YYE", "a.1.2.1"),
    ],
}
LISTS = {
    "development": [SequencePair(("CCD", "CCE"), 3)],
    "test": [SequencePair(("WWD", "WWE"), 4), SequencePair(("WWE", "WWD"), 0)],
    "newer": [SequencePair(("YYE", "YYD"), 2)],
}


def archive(folder: Path, left_out: str = "", **lists: list[SequencePair]) -> Published:
    """An archive of these parts, with some lists replaced."""
    members = {DOMAIN_FILES[part]: astral.as_text(PARTS[part]) for part in PARTS}
    for part, pairs in {**LISTS, **lists}.items():
        members[PAIR_FILES[part]] = scope_pairs.as_text(pairs)
    members.pop(left_out, None)
    contents = {f"SCOPe/{name}": text.encode() for name, text in members.items()}
    path = folder / "scope.tar.gz"
    archives.pack(path, contents, simulated=False)
    return Published(SOURCE, path, simulated=False)


def written(published: Published, name: str, folder: Path) -> FixedPairs:
    lists = read_lists(published)
    path = folder / f"{name}.parquet"
    write_listed_pairs(path, lists.pairs[name], lists.parts[name])
    return read_fixed_pairs(path)


def test_parts_and_pairs_are_those_of_the_archive(tmp_path: Path) -> None:
    published = archive(tmp_path)
    lists = read_lists(published)
    assert {name: part.domains for name, part in lists.parts.items()} == PARTS
    for name, listed in LISTS.items():
        pairs = written(published, name, tmp_path)
        assert pairs.sequences == [pair.sequences for pair in listed]
        assert pairs.levels.tolist() == [pair.level for pair in listed]
        assert pairs.provenance["other_level"] == 0
        assert pairs.provenance["list"] == PAIR_FILES[name]


def test_of_domains_of_one_sequence_that_of_the_listed_level_is_taken(
    tmp_path: Path,
) -> None:
    pairs = written(archive(tmp_path), "test", tmp_path)
    assert pairs.ids == [("d1acaa_", "d1acca_"), ("d1acba_", "d1acaa_")]


def many(wrong: int) -> list[SequencePair]:
    """A hundred pairs, some with a level that the classification does not have."""
    right = SequencePair(("CCD", "CCE"), 3)
    return [right] * (100 - wrong) + [right._replace(level=0)] * wrong


def test_a_few_other_levels_are_kept_counted_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="protlang"):
        pairs = written(archive(tmp_path, development=many(1)), "development", tmp_path)
    assert pairs.provenance["other_level"] == 1
    assert pairs.levels.tolist() == [3] * 99 + [0]
    assert "development: 1 listed levels are not the classification's" in caplog.text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda folder: archive(folder, development=many(2)),
            "of 100 pairs listed for the development part, 2 have another level",
        ),
        (
            lambda folder: archive(folder, development=LISTS["test"]),
            "pair 1 listed for the development part has a sequence of none of its",
        ),
        (
            lambda folder: archive(folder, left_out=PAIR_FILES["newer"]),
            "has no member that ends in .*2.07-new.allpairs.txt",
        ),
    ],
)
def test_lists_that_do_not_go_with_their_domains_are_an_error(
    tmp_path: Path, make: Callable[[Path], Published], message: str
) -> None:
    with pytest.raises(ProtlangError, match=message):
        written(make(tmp_path), "development", tmp_path)


def test_the_simulated_archive_has_lists_whose_levels_are_the_classifications(
    simulated: Published, tmp_path: Path
) -> None:
    lists = read_lists(simulated)
    domains = {d.id: d for part in lists.parts.values() for d in part.domains}
    assert len(domains) == sum(len(part.domains) for part in lists.parts.values())
    for name, pairs in lists.pairs.items():
        path = tmp_path / f"{name}.parquet"
        write_listed_pairs(path, pairs, lists.parts[name])
        found = read_fixed_pairs(path)
        assert found.provenance["other_level"] == 0
        assert found.provenance["domains"]["simulated"]
        for (one, other), shared in zip(found.ids, found.levels, strict=True):
            assert level(domains[one].sccs, domains[other].sccs) == shared
    new = lists.parts["newer"].domains
    assert len(lists.pairs["newer"]) == len(list(combinations(new, 2)))
    assert set(lists.pairs) == set(PAIR_SETS)


def test_maps_of_listed_domains_are_found_by_their_ids(
    simulated: Published, tmp_path: Path
) -> None:
    parts = read_lists(simulated).parts
    domains = [*parts["train"].domains, *parts["development"].domains]
    build_contacts(tmp_path / "maps.h5", simulated, scope_pairs.RELEASE, domains)
    assert set(ContactData(tmp_path / "maps.h5")) == {domain.id for domain in domains}


# Provenance

AS_PUBLISHED = {"train": 20_168, "development": 2_240, "test": 5_602, "newer": 688}


def listed(part: str, count: int, **more: Any) -> dict[str, Any]:
    """Provenance of the listed pairs of a part."""
    facts: dict[str, Any] = {
        "source": PAPER_LISTS,
        "simulated": False,
        "longest": None,
        "longer": 0,
        "listed": AS_PUBLISHED,
        "part": part,
        "proteins": AS_PUBLISHED[part],
        **more,
    }
    if part == "newer":
        facts["older"] = listed("train", 0, **more)["domains"]
    return {"list": "pairs.txt", "pairs": count, "domains": facts}


def test_the_papers_lists_are_its_protocol() -> None:
    sets = [
        listed("development", 100_000),
        listed("test", 100_000),
        # All pairs, however the list counts them.
        listed("newer", 236_329),
    ]
    assert homology_deviations(*sets) == ()
    assert [pair_facts(one) for one in sets] == [SetFacts(False)] * 3
    trained_on = listed("train", 0)["domains"]
    assert training_deviations(trained_on, AS_PUBLISHED["train"]) == ()


def test_other_lists_deviate() -> None:
    sizes = {**AS_PUBLISHED, "train": 20_000}
    trained_on = listed("train", 0, listed=sizes)["domains"]
    (fewer,) = training_deviations(trained_on, 20_000)
    assert fewer.ours == "20,000 of p-elmo-scope, of a list of another size"
    assert in_words(homology_deviations(listed("test", 500, listed=sizes))) == (
        "test split and pairs: as listed, 22,240 domains to train and 5,602 to test "
        "on, the paper's 22,408 domains to train and 5,602 to test on; "
        "test pairs: 500, the paper's 100,000"
    )
