"""Published weights become an encoder like any other."""

from pathlib import Path

import pytest
import torch

from protlang.encoders.elmo import ElmoEncoder, export_bilm
from protlang.encoders.registry import load_elmo
from protlang.models.elmo import Elmo
from support.checkout import Run, copy_checkout, declare_encoders
from support.elmo_models import TINY_ELMO

pytestmark = pytest.mark.workflow


def test_a_published_pair_becomes_an_encoder_of_the_same_weights(
    tmp_path: Path, run_snakemake: Run
) -> None:
    torch.manual_seed(1)
    published = Elmo(TINY_ELMO, with_softmax=False)
    export_bilm(ElmoEncoder(published), tmp_path / "pair")
    checkout = copy_checkout(tmp_path)
    files = {"options": "options.json", "weights": "weights.hdf5"}
    encoders = {"tiny": {"architecture": "elmo"}}
    declare_encoders(checkout, tmp_path / "pair", "allennlp-elmo", files, encoders)
    target = "results/demo/encoders/tiny/model.safetensors"
    process = run_snakemake(checkout, target, "--profile", "profiles/demo")
    assert process.returncode == 0, process.stdout
    imported = load_elmo((checkout / target).parent).network.state_dict()
    assert imported.keys() == published.state_dict().keys()
    for name, weights in published.state_dict().items():
        assert torch.equal(imported[name], weights)
