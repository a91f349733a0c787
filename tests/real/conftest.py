"""Checks on real data run where the folder of PROTLANG_REAL_DATA is, and only there."""

import os
from pathlib import Path

import pytest

from checkout import REPOSITORY


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets."""
    default = REPOSITORY.parent / "shared" / "data"
    folder = Path(os.environ.get("PROTLANG_REAL_DATA", default)).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set PROTLANG_REAL_DATA")
    return folder
