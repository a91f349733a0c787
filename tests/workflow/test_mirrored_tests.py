"""Unit tests lie where their modules lie, under the same names."""

from support.checkout import REPOSITORY

LIBRARY = REPOSITORY / "workflow" / "scripts" / "protlang"
UNIT = REPOSITORY / "tests" / "unit"

WITHOUT_A_MODULE = {
    "figures/test_plus_figures.py": "tests figures that are made of the same results",
}
"""Test files that have no module of their name, and why."""


def test_unit_tests_mirror_the_modules() -> None:
    tests = (path.relative_to(UNIT) for path in UNIT.rglob("test_*.py"))
    others = {
        test.as_posix()
        for test in tests
        if not (LIBRARY / test.parent / test.name.removeprefix("test_")).is_file()
    }
    assert others <= set(WITHOUT_A_MODULE)
