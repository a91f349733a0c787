"""The files of the simulated world: names, bytes, and what readers find in them."""

import gzip
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protlang.alphabet import Q8_STATES
from protlang.files import file_hash
from protlang.formats import netsurfp
from protlang.formats.registry import DISTRIBUTIONS
from protlang.formats.seqres import chain_key
from protlang.proteins import Protein
from protlang.simulation.fluorescence import simulate_fluorescence
from protlang.simulation.mirror import NOTICE, write_mirror
from protlang.simulation.names import (
    ARRAYS,
    CORPORA,
    DEEPLOC,
    HOMOLOGY,
    PFAM,
    PLUS,
    SCOPE,
    SEQRES,
)
from protlang.simulation.solubility import simulate_solubility
from protlang.simulation.stability import simulate_stability
from protlang.simulation.transmembrane import simulate_transmembrane
from protlang.simulation.world import SETS, SimulationConfig, World
from protlang.sources.catalogue import load_sources
from protlang.validation import REPOSITORY
from support.simulation import SMALL_WORLD, Parts, every

CONFIG = SMALL_WORLD


def files_of(folder: Path) -> dict[str, str]:
    """Hashes of all files by their paths, but for the notice."""
    return {
        str(path.relative_to(folder)): file_hash(path)
        for path in folder.rglob("*")
        if path.is_file() and path.name != NOTICE
    }


def test_files_are_named_as_those_of_their_sources(mirror: Path) -> None:
    sources = load_sources(REPOSITORY / "config" / "sources.yaml")
    names = {
        f"{source.name}/{file.name}"
        for source in sources.values()
        for file in source.files.values()
    }
    assert set(files_of(mirror)) <= names


def test_equal_settings_give_equal_bytes(mirror: Path, tmp_path: Path) -> None:
    write_mirror(CONFIG, tmp_path / "same")
    write_mirror(replace(CONFIG, seed=8), tmp_path / "other")
    hashes, others = files_of(mirror), files_of(tmp_path / "other")
    assert files_of(tmp_path / "same") == hashes
    unchanged = {name for name, digest in hashes.items() if others[name] == digest}
    assert unchanged == {SCOPE["speclist"]}


def test_files_bear_no_date(mirror: Path) -> None:
    for name in files_of(mirror):
        path = mirror / name
        if path.suffix == ".gz":
            assert path.read_bytes()[4:8] == bytes(4), name
        elif path.suffix in (".npz", ".zip"):
            with zipfile.ZipFile(path) as archive:
                dates = {entry.date_time for entry in archive.infolist()}
            assert dates == {(1980, 1, 1, 0, 0, 0)}, name


ENGINEERED = {"train": 10, "validation": 8, "test": 8}


@pytest.mark.parametrize(
    ("settings", "files"),
    [
        ({"corpus": {"families": 1, "relatives": 1}}, CORPORA.values()),
        ({"deeploc": {"proteins": 99}}, [DEEPLOC]),
        ({"scope": {"domains": 120}}, SCOPE.values()),
        ({"pfam": {"families": 3, "largest": 5}}, [PFAM]),
        ({"homology": {"domains": 200}}, HOMOLOGY.values()),
        ({"stability": ENGINEERED}, [PLUS["stability"]]),
        ({"fluorescence": ENGINEERED}, [PLUS["fluorescence"]]),
        ({"solubility": ENGINEERED}, [PLUS["solubility"]]),
        ({"transmembrane": {"proteins": 40}}, [PLUS["transmembrane"]]),
        (
            {"proteins": {**CONFIG.proteins, "train": 62}, "homologues": (0, 2)},
            [*ARRAYS.values(), SEQRES, *CORPORA.values()],
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_the_size_of_one_set_changes_no_other_file(
    mirror: Path, tmp_path: Path, settings: dict[str, Any], files: Collection[str]
) -> None:
    write_mirror(replace(CONFIG, **settings), tmp_path)
    hashes, others = files_of(mirror), files_of(tmp_path)
    changed = {name for name, digest in hashes.items() if others[name] != digest}
    assert changed
    assert changed <= set(files)


def test_arrays_hold_the_world(
    world: World, arrays: Mapping[str, list[Protein]]
) -> None:
    assert {name: len(arrays[name]) for name in SETS} == CONFIG.proteins
    for chain, protein in zip(world.chains["train"], arrays["train"], strict=True):
        assert protein.id == chain.protein.id
        assert protein.labels["q8"] == chain.protein.labels["q8"]
        assert protein.labels["disorder"] == chain.protein.labels["disorder"]
        assert "0" not in protein.labels["mask"]


def test_arrays_carry_surfaces_and_angles(mirror: Path) -> None:
    with np.load(mirror / ARRAYS["train"]) as archive:
        data = archive["data"]
    residues = data[data[..., netsurfp.SEQUENCE_COLUMN] == 1]
    surface, _, relative, _, phi, psi, maximum = residues[
        :, netsurfp.STRUCTURE_COLUMNS
    ].T
    ordered = (residues[:, netsurfp.ORDERED_COLUMN] == 1) & (maximum > 0)
    assert surface[ordered] == pytest.approx((relative * maximum)[ordered], rel=1e-5)
    assert 0.1 < relative[ordered].mean() < 0.5
    in_helix = residues[:, netsurfp.Q8_COLUMNS][:, Q8_STATES.index("H")] == 1
    assert np.median(phi[in_helix]) == pytest.approx(-57, abs=2)
    assert np.median(psi[in_helix]) == pytest.approx(-47, abs=2)


def test_no_simulated_name_is_a_real_pdb_code(
    mirror: Path, arrays: Mapping[str, list[Protein]], deposited: Mapping[str, str]
) -> None:
    assert all(protein.id.startswith("0") for protein in every(arrays))
    assert all(chain.startswith("0") for chain in deposited)
    headers = gzip.decompress((mirror / SEQRES).read_bytes()).decode().split("\n")[::2]
    assert all(header.endswith("SIMULATED BY PROTLANG") for header in headers[:-1])
    for file in ARRAYS.values():
        with np.load(mirror / file) as archive:
            assert str(archive["provenance"]).startswith("simulated by protlang")
    assert "None of them holds a real protein" in (mirror / NOTICE).read_text()


def test_as_many_chains_disagree_with_the_pdb_as_requested(
    arrays: Mapping[str, list[Protein]], deposited: Mapping[str, str]
) -> None:
    for name, proteins in arrays.items():
        unmatched = [
            protein
            for protein in proteins
            if len(deposited.get(chain_key(protein.id.split(".")[0]) or "", ""))
            != len(protein.sequence)
        ]
        assert len(unmatched) == CONFIG.unmatched[name]
    lengths = [
        len(deposited.get(chain_key(protein.id) or "", ""))
        for protein in arrays["train"][-3:]
    ]
    missing, longer, shorter = lengths
    own = [len(protein.sequence) for protein in arrays["train"][-3:]]
    assert missing == 0
    assert longer > own[1]
    assert 0 < shorter < own[2]


@pytest.mark.parametrize(
    ("task", "distribution", "simulate"),
    [
        ("stability", "tape-lmdb-stability", simulate_stability),
        ("fluorescence", "tape-lmdb-fluorescence", simulate_fluorescence),
        ("solubility", "deepsol-zip", simulate_solubility),
    ],
)
def test_files_are_read_as_they_were_simulated(
    mirror: Path,
    task: str,
    distribution: str,
    simulate: Callable[[SimulationConfig], Parts],
) -> None:
    found = list(DISTRIBUTIONS[distribution].read({"data": mirror / PLUS[task]}, task))
    for part, simulated in simulate(CONFIG).items():
        of_part = [protein for protein in found if protein.split == part]
        assert [p.sequence for p in of_part] == [p.sequence for p in simulated]
        assert [p.classes for p in of_part] == [p.classes for p in simulated]
        for protein, original in zip(of_part, simulated, strict=True):
            assert protein.values == pytest.approx(original.values)


def test_topologies_are_read_as_they_were_simulated(mirror: Path) -> None:
    membrane_proteins = simulate_transmembrane(CONFIG)
    files = {"data": mirror / PLUS["transmembrane"]}
    found = list(DISTRIBUTIONS["topcons-zip"].read(files, "topcons2"))
    assert [p.id for p in found] == [p.id for p in membrane_proteins]
    assert [p.sequence for p in found] == [p.sequence for p in membrane_proteins]
    for protein, simulated in zip(found, membrane_proteins, strict=True):
        assert protein.labels["mask"] == simulated.labels["mask"]
        if "0" not in protein.labels["mask"]:
            side_of_loop = re.sub(
                "([IO])(L+)",
                lambda m: m[1] + m[1] * len(m[2]),
                simulated.labels["topology"],
            )
            assert protein.labels["topology"] == side_of_loop
    changed = Counter(rule for protein in found for rule in protein.changes)
    assert set(changed) == {
        "re_entrant_residues_given_a_side",
        "residues_of_unknown_side_masked",
    }


@pytest.mark.parametrize(
    "simulate", [simulate_stability, simulate_fluorescence, simulate_solubility]
)
def test_parts_are_as_large_as_requested_and_share_no_sequence(
    simulate: Callable[[SimulationConfig], Parts],
) -> None:
    sizes = {"train": 31, "validation": 7, "test": 13}
    config = replace(CONFIG, stability=sizes, fluorescence=sizes, solubility=sizes)
    parts = simulate(config)
    assert {name: len(proteins) for name, proteins in parts.items()} == sizes
    proteins = [protein for part in parts.values() for protein in part]
    assert len({protein.sequence for protein in proteins}) == 51
    assert len({protein.id for protein in proteins}) == 51
    assert all(protein.id.startswith("0") for protein in proteins)
    assert {name for name in parts for p in parts[name] if p.split == name} == set(
        sizes
    )


def test_the_smallest_sets_can_be_made() -> None:
    sizes = {"train": 4, "validation": 4, "test": 4}
    config = SimulationConfig(
        seed=1,
        stability=sizes,
        fluorescence=sizes,
        solubility=sizes,
        transmembrane={"proteins": 20},
    )
    classes = Counter(
        p.classes["solubility"] for p in simulate_solubility(config)["test"]
    )
    assert classes == {"soluble": 2, "insoluble": 2}
    assert len(simulate_transmembrane(config)) == 20
    assert len(simulate_stability(config)["test"]) == 4
    assert len(simulate_fluorescence(config)["test"]) == 4
