"""The published file of ProtVec vectors becomes an encoder like any other."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import yaml

from protlang.encoders.protvec import load_protvec
from support.checkout import copy_checkout

pytestmark = pytest.mark.workflow

Run = Callable[..., "CompletedProcess[str]"]

TARGET = "results/demo/encoders/tiny/model.safetensors"


def test_a_published_file_becomes_an_encoder_of_the_same_vectors(
    tmp_path: Path, run_snakemake: Run
) -> None:
    checkout = copy_checkout(tmp_path)
    declare(checkout, '"AAA\t1\t2"\n"<unk>\t0.5\t-3"\n')
    process = run_snakemake(checkout, TARGET, "--profile", "profiles/demo")
    assert process.returncode == 0, process.stdout
    imported = load_protvec((checkout / TARGET).parent).model
    assert imported.words == ("AAA", "<unk>")
    assert imported.vectors.tolist() == [[1, 2], [0.5, -3]]


def test_a_damaged_file_is_told_in_a_sentence(
    tmp_path: Path, run_snakemake: Run
) -> None:
    checkout = copy_checkout(tmp_path)
    declare(checkout, "AAA\t1\t2\nAAC\t1\n")
    process = run_snakemake(checkout, TARGET, "--profile", "profiles/demo")
    assert process.returncode != 0
    log = (checkout / "logs" / "demo" / "import_protvec" / "tiny.log").read_text()
    assert "line 2 has 1 numbers" in log
    assert "Traceback" not in log


def declare(checkout: Path, text: str) -> None:
    """Add a file to the demo's sources and published vectors."""
    (checkout / "vectors.csv").write_text(text)
    sources = checkout / "config" / "sources.yaml"
    document = yaml.safe_load(sources.read_text())
    document["root"] = str(checkout)
    document["sources"]["tiny-protvec"] = {
        "title": "Two vectors",
        "release": "1",
        "distribution": "protvec-csv",
        "files": {"data": {"path": "vectors.csv"}},
        "licence": "CC0-1.0",
        "citation": "nobody",
        "verified": True,
    }
    sources.write_text(yaml.safe_dump(document))
    demo = checkout / "config" / "demo.yaml"
    config = yaml.safe_load(demo.read_text())
    config["encoders"]["tiny"] = {"architecture": "protvec", "source": "tiny-protvec"}
    demo.write_text(yaml.safe_dump(config))
