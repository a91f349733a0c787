"""The published file of ProtVec vectors becomes an encoder like any other."""

from pathlib import Path

import pytest

from protlang.encoders.registry import load_encoder
from support.checkout import Run, copy_checkout, declare_encoders

pytestmark = pytest.mark.workflow

TARGET = "results/demo/encoders/tiny/model.safetensors"


def checkout_with_vectors(folder: Path, text: str) -> Path:
    """A copy of the checkout whose demo has an encoder of these vectors."""
    checkout = copy_checkout(folder)
    (checkout / "vectors.csv").write_text(text)
    encoders = {"tiny": {"architecture": "protvec"}}
    files = {"data": "vectors.csv"}
    declare_encoders(checkout, checkout, "protvec-csv", files, encoders)
    return checkout


def test_a_published_file_becomes_an_encoder_of_the_same_vectors(
    tmp_path: Path, run_snakemake: Run
) -> None:
    checkout = checkout_with_vectors(tmp_path, '"AAA\t1\t2"\n"<unk>\t0.5\t-3"\n')
    process = run_snakemake(checkout, TARGET, "--profile", "profiles/demo")
    assert process.returncode == 0, process.stdout
    imported = load_encoder((checkout / TARGET).parent).network
    assert imported.words == ("AAA", "<unk>")
    assert imported.vectors.tolist() == [[1, 2], [0.5, -3]]


def test_a_damaged_file_is_reported_in_a_sentence(
    tmp_path: Path, run_snakemake: Run
) -> None:
    checkout = checkout_with_vectors(tmp_path, "AAA\t1\t2\nAAC\t1\n")
    process = run_snakemake(checkout, TARGET, "--profile", "profiles/demo")
    assert process.returncode != 0
    log = (checkout / "logs" / "demo" / "import_encoder" / "tiny.log").read_text()
    assert "line 2 has 1 numbers" in log
    assert "Traceback" not in log
