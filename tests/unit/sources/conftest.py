"""A server and folders for the tests of downloads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.downloads import Workplace
from support.http_server import Server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server().running() as server:
        yield server


@pytest.fixture
def work(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)
