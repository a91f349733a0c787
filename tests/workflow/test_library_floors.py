"""The library is built floor by floor: a module imports from its own or lower ones.

Also read off the imports: whether the conda environment of each rule holds what its
script needs.
"""

import ast
import sys
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from checkout import REPOSITORY

SCRIPTS = REPOSITORY / "workflow" / "scripts"

FLOORS = {
    0: "protlang blosum errors files vocabulary metrics config records jobs sources "
    "progress statistics topology",
    1: "formats mmseqs needleman_wunsch phmmer",
    2: (
        "contact_data corpora corpus_building curation datasets downloads "
        "embeddings encoder_facts encoder_folders experiments features "
        "finetuning_settings homology_building homology_domains homology_facts "
        "homology_pairs homology_reading "
        "localization markov masking pair_results per_protein_experiments "
        "pfam_pairs pfam_selection plus_experiments plus_facts "
        "plus_finetuning_experiments plus_training "
        "predictions scope_annotation similarity streams task_measures tokenising "
        "transfers tsne user_proteins user_requests visualisation"
    ),
    3: "models training",
    4: (
        "embedders embedding encoders finetuning finetuning_command "
        "finetuning_folders "
        "finetuning_models finetuning_predictions homology_models homology_networks "
        "network_sizes pair_evaluation pair_models plus_architectures plus_encoders "
        "network_folders plus_folders plus_network_sizes plus_pretraining "
        "plus_pretraining_runs "
        "pretraining pretraining_command pretraining_runs protvec_files "
        "protvec_training supervised_tasks timing"
    ),
    5: (
        "checkpoints comparisons evaluation evaluation_per_protein "
        "fine_tuned_facts finetuning_runs "
        "homology_alignments homology_comparisons homology_examples "
        "homology_finetuning "
        "homology_predictions homology_runs homology_scores homology_scoring "
        "leakage tasks"
    ),
    6: "tables figures report templates",
}
"""Modules, or packages with all their modules, by floor (docs/architecture.md)."""

BESIDE = {
    "simulation": ("simulation", 1),
    "training": ("training", 0),
    "models": ("models", 0),
}
"""Parts that may import only themselves and what is on a low floor.

`simulation` writes upstream formats; `training` knows no biology; `models` are pure
PyTorch.
"""

FLOOR_OF = {name: floor for floor, names in FLOORS.items() for name in names.split()}


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


@pytest.mark.parametrize("module", LIBRARY)
def test_a_module_imports_nothing_from_above(module: str) -> None:
    own = part(module)
    assert own in FLOOR_OF or own in BESIDE, f"give {own} a floor in this file"
    for imported in IMPORTS[module] & set(LIBRARY):
        below = part(imported)
        if own in BESIDE:
            itself, highest = BESIDE[own]
            allowed = below == itself or FLOOR_OF.get(below, 9) <= highest
        else:
            allowed = below not in ("simulation",) and FLOOR_OF[below] <= FLOOR_OF[own]
        assert allowed, f"{module} imports {imported}"


def test_no_two_modules_import_each_other() -> None:
    graph = {name: IMPORTS[name] & set(LIBRARY) - {name} for name in LIBRARY}
    order = list(TopologicalSorter(graph).static_order())
    assert order.index("protlang.errors") < order.index("protlang.report")


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
