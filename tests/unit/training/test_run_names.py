"""Names of runs: whatever may change the bits changes the name, nothing else does."""

from pathlib import Path
from typing import Any

import pytest

from protlang.training import run_names
from protlang.training.run_names import run_name

FACTS: dict[str, Any] = {"seed": 1, "model": {"layers": 2, "dim": 4}}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "meta.json"
    path.write_text("{}")
    return path


def test_equal_settings_have_one_name_whatever_their_order(data: Path) -> None:
    name = run_name(FACTS, data, 1)
    turned = {"model": {"dim": 4, "layers": 2}, "seed": 1}
    assert run_name(turned, data, 1) == name
    assert len(name) == 16
    assert set(name) <= set("0123456789abcdef")


def test_the_place_of_the_data_does_not_count(data: Path) -> None:
    name = run_name(FACTS, data, 1)
    other = data.with_name("moved.json")
    data.rename(other)
    assert run_name(FACTS, other, 1) == name


def test_all_that_determines_a_run_is_in_its_name(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [
        run_name(FACTS, data, 1),
        run_name({**FACTS, "seed": 2}, data, 1),
        run_name({**FACTS, "model": {"layers": 2, "dim": 5}}, data, 1),
        run_name(FACTS, data, 2),
    ]
    data.write_text("{ }")
    names.append(run_name(FACTS, data, 1))
    monkeypatch.setattr(run_names, "FORMAT_VERSION", -1)
    names.append(run_name(FACTS, data, 1))
    assert len(set(names)) == 6
