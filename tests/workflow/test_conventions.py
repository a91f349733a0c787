"""What every rule and script of the workflow keeps to."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TypeGuard

import pytest

from support.checkout import REPOSITORY

SCRIPTS = REPOSITORY / "workflow" / "scripts"
SMK_FILES = [REPOSITORY / "Snakefile", *sorted((REPOSITORY / "rules").glob("*.smk"))]
HEADER = re.compile(r"( *)(?:use rule \w+ as (\w+) with|(?:rule|checkpoint) (\w+)):\n")


@dataclass(frozen=True)
class Rule:
    """A rule as it is written.

    Attributes:
        name: of the rule.
        inherits: whether it is another one with some directives replaced.
        text: all lines below its header.
    """

    name: str
    inherits: bool
    text: str

    @property
    def runs(self) -> bool:
        """Whether it makes something itself; other rules only name a target."""
        return self.inherits or bool({"script", "shell"} & self.directives.keys())

    @property
    def directives(self) -> dict[str, str]:
        """Each directive's lines."""
        depth = len(self.text) - len(self.text.lstrip(" "))
        starts = re.split(rf"(?m)^ {{{depth}}}(\w+):", self.text)
        return dict(zip(starts[1::2], starts[2::2], strict=True))


def rules_of(path: Path) -> Iterator[Rule]:
    """Yield the rules of one file."""
    lines = path.read_text().splitlines(keepends=True)
    for number, line in enumerate(lines):
        header = HEADER.fullmatch(line)
        if header:
            deeper = f"{header[1]}    "
            body = []
            for following in lines[number + 1 :]:
                if following.strip() and not following.startswith(deeper):
                    break
                body.append(following)
            name = header[2] or header[3]
            yield Rule(name, header[2] is not None, "".join(body))


RULES = {rule.name: rule for path in SMK_FILES for rule in rules_of(path)}
JOBS = [rule for rule in RULES.values() if rule.runs]


def test_rules_are_found_at_all() -> None:
    assert set(RULES) >= {"all", "simulate", "download", "report", "seqvec_fig1b"}
    targets = [rule for rule in RULES.values() if not rule.runs]
    assert {rule.name for rule in targets} >= {"all", "seqvec", "tables", "figures"}
    assert [rule.name for rule in targets if "output" in rule.directives] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_has_a_description(rule: Rule) -> None:
    assert re.match(r' +"""[A-Z].*\."""\n', rule.text)


@pytest.mark.parametrize("rule", JOBS, ids=lambda rule: rule.name)
def test_every_job_has_a_log_of_its_own(rule: Rule) -> None:
    log = rule.directives["log"].strip()
    assert log.startswith('"<logs>/')
    assert [other.name for other in JOBS if log in other.directives["log"]] == [
        rule.name
    ]


@pytest.mark.parametrize(
    "rule",
    [rule for rule in JOBS if not rule.inherits],
    ids=lambda rule: rule.name,
)
def test_every_job_declares_memory_time_and_environment(rule: Rule) -> None:
    assert re.search(r"mem_mb=scale_mem\((\d+|[A-Z_]+)\)", rule.directives["resources"])
    assert re.search(r'runtime="\d+[mhd]"', rule.directives["resources"])
    assert environment_of(rule).is_file()
    if "script" in rule.directives:
        assert script_of(rule).is_file()


@pytest.mark.parametrize("rule", JOBS, ids=lambda rule: rule.name)
def test_retries_are_left_to_the_profiles(rule: Rule) -> None:
    """A rule's own would repeat the job within the same, too small, allocation."""
    assert "retries" not in rule.directives


def test_every_script_belongs_to_a_rule() -> None:
    text = "".join(rule.text for rule in JOBS)
    used = set(re.findall(r"(\w+\.py)\"", text))
    assert {path.name for path in SCRIPTS.glob("*.py")} == used


@pytest.mark.parametrize("path", SMK_FILES[1:], ids=lambda path: path.stem)
def test_a_rule_file_is_named_like_what_it_uses_of_the_library(path: Path) -> None:
    """One word names the rules, the package (or module) and its tests."""
    if path.stem == "common":
        return
    library = SCRIPTS / "protlang"
    modules = [*library.glob(f"{path.stem}/"), *library.glob(f"*/{path.stem}.py")]
    modules += library.glob(f"*/{path.stem.removesuffix('s')}.py")
    assert modules != []
    package = modules[0] if modules[0].is_dir() else modules[0].parent
    assert (REPOSITORY / "tests" / "unit" / package.name).is_dir()


def test_unit_tests_mirror_the_packages_and_modules() -> None:
    unit, library = REPOSITORY / "tests" / "unit", SCRIPTS / "protlang"
    packages = {path.parent.name for path in library.glob("*/__init__.py")}
    assert {folder.name for folder in unit.glob("[!_]*/")} == packages
    tests = {path.relative_to(unit) for path in unit.rglob("test_*.py")}
    others = {
        test.as_posix()
        for test in tests
        if not (library / test.parent / test.name.removeprefix("test_")).is_file()
    }
    # They test figures that are made of the same results.
    assert others == {"figures/test_plus_figures.py"}


@pytest.mark.parametrize(
    "rule", [rule for rule in JOBS if not rule.inherits], ids=lambda rule: rule.name
)
def test_a_script_and_its_rule_begin_with_the_same_verb(rule: Rule) -> None:
    script = script_of(rule).stem
    if script in ("make_table", "draw_figure", "write_report"):
        return  # those rules are named after what is printed
    assert script.split("_")[0] == rule.name.split("_")[0]


def test_no_script_hides_a_module() -> None:
    """`torchrun` puts the folder of scripts first on the path of modules."""
    taken = sys.stdlib_module_names | packages_distributions().keys()
    own = {path.stem for path in SCRIPTS.iterdir() if path.name != "__pycache__"}
    assert own >= {"protlang", "download"}
    assert own & taken <= {"protlang"}


def script_of(rule: Rule) -> Path:
    return named_file(rule, "script")


def environment_of(rule: Rule) -> Path:
    return named_file(rule, "conda")


def named_file(rule: Rule, directive: str) -> Path:
    """The file that a directive names, which counts from the folder of rules."""
    name = rule.directives[directive].strip().strip('"')
    return (REPOSITORY / "rules" / name).resolve()


def test_the_workflow_catalogs_snakefile_is_thin() -> None:
    lines = (REPOSITORY / "workflow" / "Snakefile").read_text().splitlines()
    code = [line for line in lines if line and not line.startswith("#")]
    assert code[0] == 'include: "../Snakefile"'
    assert len(code) <= 2


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.py")), ids=lambda p: p.name)
def test_every_script_reports_errors_in_one_sentence(path: Path) -> None:
    """All that a script does stands under `with logged(snakemake.log[0])`.

    Scripts that train start a job, which logs errors itself.
    """
    body = ast.parse(path.read_text()).body
    harmless = (ast.Import, ast.ImportFrom, ast.Expr, ast.Assign, ast.FunctionDef)
    starts = tuple(
        f"sys.exit({call}"
        for call in ("start(job, ", "start_all(jobs, ", "carry_out(job)")
    )
    if ast.unparse(body[-1]).startswith(starts):
        return
    *before, last = [node for node in body if not isinstance(node, harmless)]
    assert before == []
    assert is_with(last)
    assert ast.unparse(last.items[0]) == "logged(snakemake.log[0])"


def is_with(node: ast.AST) -> TypeGuard[ast.With]:
    return isinstance(node, ast.With)
