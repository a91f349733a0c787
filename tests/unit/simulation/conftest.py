"""Worlds and files of the settings `CONFIG` of each test module."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from protlang.formats import netsurfp
from protlang.formats.fasta import read_fasta
from protlang.proteins import Protein
from protlang.simulation.mirror import write_mirror
from protlang.simulation.names import ARRAYS, SEQRES
from protlang.simulation.world import World, simulate_world


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest) -> World:
    return simulate_world(request.module.CONFIG)


@pytest.fixture(scope="module")
def mirror(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("mirror")
    write_mirror(request.module.CONFIG, folder)
    return folder


@pytest.fixture(scope="module")
def arrays(mirror: Path) -> Mapping[str, list[Protein]]:
    return {
        name: list(netsurfp.read({"data": mirror / file}, name))
        for name, file in ARRAYS.items()
    }


@pytest.fixture(scope="module")
def deposited(mirror: Path) -> Mapping[str, str]:
    return {record.id: record.sequence for record in read_fasta(mirror / SEQRES)}
