"""One version of everything, whichever way it is installed."""

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support.checkout import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def pins_of(lines: list[str]) -> dict[str, str]:
    """Exact versions by name; every line has to be `name==version`."""
    pins = {}
    for line in lines:
        requirement = Requirement(line)
        assert str(requirement.specifier).startswith("=="), f"{line} is not pinned"
        assert "*" not in line
        assert "+" not in line, f"{line}: no index has this local build"
        pins[canonicalize_name(requirement.name)] = str(requirement.specifier)[2:]
    return pins


def lines_of(path: Path) -> list[str]:
    lines = path.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


DIRECT = pins_of(PROJECT["dependencies"])
FOR_TESTS = pins_of(PROJECT["optional-dependencies"]["test"])


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("requirements.txt", DIRECT),
        ("requirements-test.txt", {**DIRECT, **FOR_TESTS}),
    ],
)
def test_requirements_hold_every_declared_pin(
    name: str, declared: dict[str, str]
) -> None:
    pinned = pins_of(lines_of(REPOSITORY / name))
    assert {key: pinned.get(key) for key in declared} == declared


def test_tests_run_with_the_versions_of_the_workflow() -> None:
    plain = pins_of(lines_of(REPOSITORY / "requirements.txt"))
    with_tests = pins_of(lines_of(REPOSITORY / "requirements-test.txt"))
    assert plain.items() <= with_tests.items()


def environment_pins(name: str) -> dict[str, str]:
    text = (REPOSITORY / "envs" / name).read_text()
    return pins_of(yaml.safe_load(text)["dependencies"][-1]["pip"])


@pytest.mark.parametrize("name", ["base.yaml", "torch.yaml", "tsne.yaml"])
def test_conda_environments_hold_the_declared_pins(name: str) -> None:
    pins = environment_pins(name)
    assert pins
    assert pins.items() <= DIRECT.items()


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("torch.yaml", {"gensim", "safetensors", "torch"}),
        ("tsne.yaml", {"opentsne", "threadpoolctl"}),
    ],
)
def test_other_environments_hold_the_base(name: str, added: set[str]) -> None:
    base, larger = environment_pins("base.yaml"), environment_pins(name)
    assert base.items() < larger.items()
    assert larger.keys() - base.keys() == added


def test_every_dependency_is_in_an_environment_or_runs_the_workflow() -> None:
    names = ("torch.yaml", "tsne.yaml", "mmseqs.yaml")
    inside = {package for name in names for package in environment_pins(name)}
    assert DIRECT.keys() - inside == {"snakemake", "snakemake-executor-plugin-slurm"}
