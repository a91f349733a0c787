"""A job loads what it uses, as its start is a good part of a small job."""

import ast
import subprocess
import sys
from typing import NamedTuple

import pytest

from support.checkout import REPOSITORY

SCRIPTS = REPOSITORY / "workflow" / "scripts"
HEAVY = {
    *("torch", "torch._dynamo", "torch._inductor", "sympy", "matplotlib", "sklearn"),
    *("scipy.stats", "openTSNE", "gensim", "Bio", "pytest"),
}


class Kind(NamedTuple):
    """What scripts of a kind load.

    Attributes:
        scripts: their names.
        heavy: libraries of `HEAVY` that they use.
        modules: how many they load all together at most.
    """

    scripts: set[str]
    heavy: set[str]
    modules: int


KINDS = {
    "networks": Kind(
        {
            *("align_example_pairs", "embed", "embed_shard", "evaluate_on_pairs"),
            *("export_encoder", "finetune", "import_encoder", "predict_head"),
            *("measure_perplexity",),
            *("pretrain", "time_embedding", "time_prediction", "train_head"),
        },
        {"torch"},
        2300,
    ),
    "figures": Kind({"draw_figure"}, {"matplotlib"}, 1400),
    "projections": Kind({"project"}, {"openTSNE", "sklearn", "scipy.stats"}, 1900),
}
ALL = {path.stem for path in SCRIPTS.glob("*.py")}
KINDS["others"] = Kind(
    ALL.difference(*(kind.scripts for kind in KINDS.values())), set(), 1500
)


def imports_of(script: str) -> str:
    """The import statements of a script."""
    tree = ast.parse((SCRIPTS / f"{script}.py").read_text(encoding="utf-8"))
    found = [
        node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return "\n".join(map(ast.unparse, found))


@pytest.mark.parametrize("name", KINDS)
def test_scripts_load_no_heavy_library_that_they_do_not_use(name: str) -> None:
    kind = KINDS[name]
    lines = [*map(imports_of, sorted(kind.scripts)), "import sys; print(*sys.modules)"]
    command = [sys.executable, "-c", "\n".join(lines)]
    process = subprocess.run(
        command, cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    loaded = set(process.stdout.split())
    assert loaded & HEAVY <= kind.heavy
    assert len(loaded) <= kind.modules
