"""Published weights become an encoder like any other."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import torch
import yaml

from protlang.encoders.elmo import Encoder, export_bilm, load_encoder
from protlang.models.elmo import Elmo
from support.checkout import copy_checkout
from support.elmo_models import TINY_ELMO

pytestmark = pytest.mark.workflow

Run = Callable[..., "CompletedProcess[str]"]


def test_a_published_pair_becomes_an_encoder_of_the_same_weights(
    tmp_path: Path, run_snakemake: Run
) -> None:
    torch.manual_seed(1)
    published = Elmo(TINY_ELMO, with_softmax=False)
    export_bilm(Encoder(published), tmp_path / "pair")
    checkout = copy_checkout(tmp_path)
    declare(checkout, tmp_path / "pair")
    target = "results/demo/encoders/tiny/model.safetensors"
    process = run_snakemake(checkout, target, "--profile", "profiles/demo")
    assert process.returncode == 0, process.stdout
    imported = load_encoder((checkout / target).parent).model.state_dict()
    assert imported.keys() == published.state_dict().keys()
    for name, weights in published.state_dict().items():
        assert torch.equal(imported[name], weights)


def declare(checkout: Path, pair: Path) -> None:
    """Add the pair to the demo's sources and encoders."""
    sources = checkout / "config" / "sources.yaml"
    document = yaml.safe_load(sources.read_text())
    document["root"] = str(pair)
    document["sources"]["tiny-weights"] = {
        "title": "A tiny ELMo",
        "release": "1",
        "distribution": "allennlp-elmo",
        "files": {
            "options": {"path": "options.json"},
            "weights": {"path": "weights.hdf5"},
        },
        "licence": "CC0-1.0",
        "citation": "nobody",
        "verified": True,
    }
    sources.write_text(yaml.safe_dump(document))
    demo = checkout / "config" / "demo.yaml"
    config = yaml.safe_load(demo.read_text())
    config["encoders"]["tiny"] = {"architecture": "elmo", "source": "tiny-weights"}
    demo.write_text(yaml.safe_dump(config))
