"""The library's packages follow one order, and none imports from a later one.

Also read off the imports: whether the conda environment of each rule holds what its
script needs.
"""

import ast
import re
import sys
from graphlib import TopologicalSorter
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path
from statistics import median

import pytest
import yaml

import protlang
from support.checkout import REPOSITORY

SCRIPTS = REPOSITORY / "workflow" / "scripts"
LIBRARY_ROOT = SCRIPTS / "protlang"

PACKAGES = re.findall(r"(?m)^- `(\w+)`:", protlang.__doc__ or "")
"""In the order in which the data pass through them."""

SELF_CONTAINED = ("training", "models")
"""Packages that import none of the others: one knows no biology, one no files."""


def module_name(path: Path) -> str:
    parts = path.relative_to(SCRIPTS).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(SCRIPTS.rglob("*.py"))}
LIBRARY = [name for name in MODULES if name.split(".")[0] == "protlang"]


def imports_of(path: Path) -> set[str]:
    """Full names of all modules that a file imports, wherever in it it does so."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import in line {node.lineno}"
            assert node.module is not None
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {member for member in members if member in MODULES}
            found |= modules if modules == members else modules | {node.module}
    return found


def part(module: str) -> str:
    """Module or package right below `protlang`."""
    return (module.split(".")[1:] or ["protlang"])[0]


IMPORTS = {name: imports_of(path) for name, path in MODULES.items()}


def test_every_folder_of_the_library_has_a_place_in_the_order() -> None:
    folders = {path.parent.name for path in LIBRARY_ROOT.glob("*/__init__.py")}
    assert sorted(PACKAGES) == sorted(folders)


def test_at_most_eight_modules_lie_beside_the_packages() -> None:
    assert len(list(LIBRARY_ROOT.glob("[!_]*.py"))) <= 8


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_from_those_before_it(package: str) -> None:
    allowed = PACKAGES[: PACKAGES.index(package) + 1]
    if package in SELF_CONTAINED:
        allowed = [package]
    later = {
        (module, imported)
        for module in LIBRARY
        if part(module) == package
        for imported in IMPORTS[module] & set(LIBRARY)
        if part(imported) in PACKAGES and part(imported) not in allowed
    }
    assert later == set()


def test_modules_beside_the_packages_import_none_of_them() -> None:
    beside = [module for module in LIBRARY if part(module) not in PACKAGES]
    imported = set().union(*(IMPORTS[module] for module in beside)) & set(LIBRARY)
    assert {part(module) for module in imported} & set(PACKAGES) == set()


COMMANDS = sorted(
    path
    for folder in (SCRIPTS, REPOSITORY / "benchmarks", REPOSITORY / "docs")
    for path in folder.glob("*.py")
)


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_what_a_script_imports_from_the_library_exists(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module in MODULES:
            module = import_module(node.module)
            names = {alias.name for alias in node.names}
            absent = {name for name in names if not hasattr(module, name)}
            assert {f"{node.module}.{name}" for name in absent} <= MODULES.keys()


def test_no_two_modules_import_each_other() -> None:
    graph = {name: IMPORTS[name] & set(LIBRARY) - {name} for name in LIBRARY}
    order = list(TopologicalSorter(graph).static_order())
    assert order.index("protlang.errors") < order.index("protlang.tables.report")


def needed_distributions(script: Path) -> set[str]:
    """Distributions that a script and the library modules it imports need."""
    waiting, seen, foreign = [module_name(script)], set(), set()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        for name in IMPORTS[module]:
            if name in MODULES:
                names = name.split(".")
                waiting += [".".join(names[:end]) for end in range(1, len(names) + 1)]
            elif name.split(".")[0] not in sys.stdlib_module_names:
                foreign.add(name.split(".")[0])
    distributions = packages_distributions()
    return {distributions[name][0].lower() for name in foreign}


@pytest.mark.parametrize(
    "script", sorted(SCRIPTS.glob("*.py")), ids=lambda path: path.stem
)
def test_the_environment_of_a_rule_holds_what_its_script_imports(script: Path) -> None:
    rule_files = (REPOSITORY / "rules").glob("*.smk")
    text = "".join(path.read_text() for path in rule_files)
    before, found, _ = text.partition(f'{script.name}"')
    assert found
    environment = before.rpartition('"../envs/')[2].partition('"')[0]
    pins = yaml.safe_load((REPOSITORY / "envs" / environment).read_text())
    provided = {pin.split("==")[0].lower() for pin in pins["dependencies"][-1]["pip"]}
    assert needed_distributions(script) <= provided


def function_lengths() -> dict[str, int]:
    """Lines of every function of the library and the scripts, docstring included."""
    return {
        f"{name}.{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }


def test_functions_are_short() -> None:
    lengths = sorted(function_lengths().values())
    assert median(lengths) <= 10
    assert lengths[len(lengths) * 9 // 10] <= 30
    assert max(lengths) <= 60
