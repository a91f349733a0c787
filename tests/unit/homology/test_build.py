"""From SCOPe's files to domains, pairs and contact maps, and their provenance."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protlang.alphabet import AMINO_ACIDS
from protlang.errors import ProtlangError
from protlang.files import file_hash
from protlang.formats import astral, contact_maps
from protlang.formats.astral import Domain, Region
from protlang.homology.build import (
    Part,
    Published,
    added_domains,
    as_domains,
    build_contacts,
    build_domains,
    pair_settings,
    read_release,
    split_release,
)
from protlang.homology.contacts import ContactData
from protlang.homology.domains import SPLITS, read_domains, write_domains
from protlang.homology.pair_sets import NEWER
from protlang.homology.pairs import draw_fixed_pairs, read_fixed_pairs
from protlang.simulation.homology import Homology, simulate_homology
from protlang.simulation.names import HOMOLOGY
from protlang.sources.catalogue import Source, load_sources
from protlang.validation import REPOSITORY
from support.simulation import TINY_WORLD

SOURCES = load_sources(REPOSITORY / "config" / "sources.yaml")
CONFIG = replace(TINY_WORLD, seed=4, homology={"domains": 180})
SETTINGS: Mapping[str, Any] = {
    "split": {"test": 0.2, "development": 0.1, "seed": 2020},
    "pairs": {"development": 50, "test": 100, "seed": 2020},
}


@pytest.fixture(scope="module")
def homology() -> Homology:
    return simulate_homology(CONFIG)


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory, homology: Homology) -> Path:
    """Both releases and the archive of maps, as published."""
    folder = tmp_path_factory.mktemp("mirror")
    for release, domains in homology.domains.items():
        astral.write(folder / HOMOLOGY[release], domains)
    contact_maps.write(folder / HOMOLOGY["contacts"], homology.maps, simulated=True)
    return folder


def published(folder: Path, role: str) -> Published:
    """A file of the mirror, of a run that does not simulate its sources."""
    name = Path(HOMOLOGY[role]).parent.name
    return Published(SOURCES[name], folder / HOMOLOGY[role], simulated=False)


@pytest.fixture(scope="module")
def parts(mirror: Path) -> dict[str, Part]:
    releases = (read_release(published(mirror, name)) for name in ("2.06", "2.07"))
    return build_domains(*releases, SETTINGS)


def make_domain(name: str, sequence: str = "ACD", sccs: str = "a.1.1.1") -> Domain:
    return Domain(name, sccs, (Region("A"),), "Protein", "", None, sequence)


def make_domains(count: int, letter: str = "a", seed: int = 0) -> list[Domain]:
    """Random ones of 10, 11, 12 … residues, each in a family of its own."""
    rng = np.random.default_rng(seed)
    sequences = ["".join(rng.choice(list(AMINO_ACIDS), 10 + n)) for n in range(count)]
    return [
        make_domain(f"d1{letter}{n:02d}a_", sequence, f"a.1.1.{n + 1}")
        for n, sequence in enumerate(sequences)
    ]


def release_of(domains: Sequence[Domain], **provenance: Any) -> Part:
    return Part(list(domains), {"simulated": False, **provenance})


def ids(part: Part) -> set[str]:
    return {domain.id for domain in part.domains}


def file_of(folder: Path, domains: Sequence[Domain], **more: Any) -> Published:
    astral.write(folder / "scope.fa", domains)
    source: Source = replace(SOURCES["scope-2.06-95"], **more)
    return Published(source, folder / "scope.fa", simulated=False)


def test_every_domain_of_a_release_is_in_one_part(
    parts: dict[str, Part], homology: Homology
) -> None:
    held = [name for part in SPLITS for name in sorted(ids(parts[part]))]
    assert sorted(held) == sorted(d.id for d in homology.domains["2.06"])
    assert [len(parts[name].domains) for name in SPLITS] == [107, 15, 31]


def test_newer_domains_are_those_that_the_older_release_does_not_know(
    parts: dict[str, Part], homology: Homology
) -> None:
    older = homology.domains["2.06"]
    assert ids(parts[NEWER]) == {
        d.id for d in homology.domains["2.07"] if d not in older
    }
    sequences = {domain.sequence for domain in older}
    assert not sequences & {domain.sequence for domain in parts[NEWER].domains}


def test_pairs_are_disjoint_from_what_is_trained_on(
    parts: dict[str, Part], tmp_path: Path
) -> None:
    trained = {domain.sequence for domain in parts["train"].domains}
    counts = {"development": 50, "test": 100, NEWER: 27 * 26 // 2}
    for name, count in counts.items():
        settings = pair_settings(SETTINGS["pairs"], name)
        draw_fixed_pairs(tmp_path / name, as_domains(parts[name]), settings)
        pairs = read_fixed_pairs(tmp_path / name)
        assert len(pairs.ids) == count
        assert {one for pair in pairs.ids for one in pair} <= ids(parts[name])
        assert not trained & {text for pair in pairs.sequences for text in pair}
        assert pairs.provenance["domains"] == parts[name].provenance


def test_a_part_is_read_back_as_it_was_and_equal_files_give_equal_bytes(
    mirror: Path, parts: dict[str, Part], tmp_path: Path
) -> None:
    again = build_domains(
        read_release(published(mirror, "2.06")),
        read_release(published(mirror, "2.07")),
        SETTINGS,
    )
    for name, part in parts.items():
        write_domains(tmp_path / name, *part)
        write_domains(tmp_path / f"{name}-again", *again[name])
        assert read_domains(tmp_path / name) == as_domains(part)
        assert file_hash(tmp_path / name) == file_hash(tmp_path / f"{name}-again")


def test_a_part_has_the_provenance_of_its_release(
    parts: dict[str, Part], mirror: Path
) -> None:
    sizes = {"train": 107, "development": 15, "test": 31}
    path = mirror / HOMOLOGY["2.06"]
    expected = {
        "source": "scope-2.06-95",
        "release": "2.06",
        "files": {"data": {"name": path.name, "sha256": file_hash(path)}},
        "simulated": True,
        "longest": None,
        "longer": 0,
        "split": {**SETTINGS["split"], "domains": sizes},
        "part": "test",
        "proteins": 31,
    }
    assert expected.items() <= parts["test"].provenance.items()
    about = parts[NEWER].provenance
    assert about["source"] == "scope-2.07-95"
    assert (about["part"], about["proteins"], about["known"]) == (NEWER, 27, 153)
    assert about["older"] == parts["train"].provenance


def test_simulated_files_are_marked_whatever_the_run_does(tmp_path: Path) -> None:
    real = file_of(tmp_path, make_domains(3))
    assert not read_release(real).provenance["simulated"]
    assert read_release(real._replace(simulated=True)).provenance["simulated"]


def test_counts_that_a_source_declares_are_checked_in_real_files_only(
    tmp_path: Path,
) -> None:
    counts = {"proteins": 3, "folds": 1, "superfamilies": 1, "families": 3}
    real = file_of(tmp_path, make_domains(3), invariants=counts)
    assert len(read_release(real).domains) == 3
    other = file_of(tmp_path, make_domains(3), invariants={**counts, "families": 4})
    with pytest.raises(ProtlangError, match=r"scope\.fa holds 3 families, not 4"):
        read_release(other)
    assert len(read_release(other._replace(simulated=True)).domains) == 3


@pytest.mark.parametrize(
    ("invalid", "message"),
    [
        (make_domain("d1a00a_", "WWW"), "domain d1a00a_ occurs twice"),
        (make_domain("d1zzza_", ""), "domain d1zzza_ has no residues"),
    ],
)
def test_an_invalid_domain_is_an_error_with_its_file(
    tmp_path: Path, invalid: Domain, message: str
) -> None:
    with pytest.raises(ProtlangError, match=rf"scope\.fa: {message}"):
        read_release(file_of(tmp_path, [*make_domains(3), invalid]))


def test_longer_domains_are_left_out_counted_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    split = {"test": 0.3, "development": 0.3, "seed": 0}
    with caplog.at_level(logging.INFO):
        parts = split_release(release_of(make_domains(20)), split, longest=24)
    lengths = [len(d.sequence) for part in parts.values() for d in part.domains]
    assert sorted(lengths) == list(range(10, 25))
    for part in parts.values():
        assert (part.provenance["longest"], part.provenance["longer"]) == (24, 5)
        assert sum(part.provenance["split"]["domains"].values()) == 15
    assert "left out: 5 (more than 24 residues)" in caplog.text


def test_what_is_known_of_an_older_release_is_known_however_long() -> None:
    """A domain is not new because its older, longer form was left out."""
    older = make_domains(20)
    revised = replace(older[-1], sequence=older[-1].sequence[:12])
    newer = [*older[:-1], revised, *make_domains(8, "b", seed=1)]
    settings = {"split": {"test": 0.3, "development": 0.3, "seed": 0}, "longest": 16}
    parts = build_domains(release_of(older), release_of(newer), settings)
    assert ids(parts[NEWER]) == {f"d1b0{n}a_" for n in range(7)}
    about = parts[NEWER].provenance
    assert (about["known"], about["longer"], about["longest"]) == (20, 1, 16)


def test_without_a_newer_release_there_is_no_newer_part(mirror: Path) -> None:
    release = read_release(published(mirror, "2.06"))
    assert list(build_domains(release, None, SETTINGS)) == list(SPLITS)


def test_new_domains_that_are_all_but_one_too_long_are_an_error() -> None:
    older, newer = release_of(make_domains(5)), release_of(make_domains(5, "b", 1))
    assert len(added_domains(newer, older, 11).domains) == 2
    with pytest.raises(ProtlangError, match="adds 1 domains of at most 10 residues"):
        added_domains(newer, older, 10)


def test_all_pairs_are_drawn_where_no_number_is_given() -> None:
    numbers = {"development": 5, "seed": 7}
    assert pair_settings(numbers, "development").count == 5
    assert pair_settings(numbers, NEWER).count is None
    assert pair_settings(numbers, NEWER).seed == 7


def test_contact_maps_are_those_of_the_requested_domains(
    mirror: Path, parts: dict[str, Part], homology: Homology, tmp_path: Path
) -> None:
    learned = [*parts["train"].domains, *parts["development"].domains]
    archive = published(mirror, "contacts")
    for name in ("one.h5", "other.h5"):
        build_contacts(tmp_path / name, archive, "2.06", learned)
    assert file_hash(tmp_path / "one.h5") == file_hash(tmp_path / "other.h5")
    data = ContactData(tmp_path / "one.h5")
    assert set(data) == {domain.id for domain in learned}
    expected = dict(homology.maps["2.06"])
    for domain in learned[::20]:
        np.testing.assert_array_equal(data[domain.id], expected[domain.id])
    facts = {"maps": 122, "domains": 122, "other_length": 0, "scope": "2.06"}
    facts |= {"source": "p-elmo-scope", "simulated": True, "file": "scope.tar.gz"}
    facts["sha256"] = file_hash(archive.path)
    assert facts.items() <= data.provenance.items()


def test_domains_without_a_map_are_counted_and_logged(
    mirror: Path,
    homology: Homology,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, other = homology.domains["2.06"][:2]
    invalid = replace(other, sequence=f"{other.sequence}A")
    wanted = [one, invalid, make_domain("d9zzza_")]
    archive = published(mirror, "contacts")
    with caplog.at_level(logging.INFO):
        build_contacts(tmp_path / "c.h5", archive, "2.06", wanted)
    counts = "contact maps: 1; 1 domains have none, 1 one of another length"
    assert counts in caplog.text
    with pytest.raises(ProtlangError, match="is the archive of that release"):
        build_contacts(tmp_path / "d.h5", archive, "1.75", wanted)
