"""Published checkpoints of PLUS become encoders like any other."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from protlang.encoders.registry import load_pair_encoder
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from support.checkout import Run, copy_checkout, declare_encoders

pytestmark = pytest.mark.workflow

PUBLISHED = {"lstm": "rnn", "embedding": "embed", "projection": "fc"}
"""Names of parts there, where ours differ."""


def test_a_checkpoint_becomes_an_encoder_and_an_unexpected_one_is_reported(
    tmp_path: Path, run_snakemake: Run
) -> None:
    torch.manual_seed(1)
    network = PlusRnn(PlusRnnConfig(hidden_dim=4, layers=2, projection=3))
    published = checkpoint(network)
    checkout = copy_checkout(tmp_path)
    torch.save(published, checkout / "sound.pt")
    extra = {"module.extra.weight": torch.ones(1)}
    torch.save(published | extra, checkout / "unexpected.pt")
    names = ("sound", "unexpected")
    files = {name: f"{name}.pt" for name in names}
    encoders = {name: {"architecture": "plus-rnn", "file": name} for name in names}
    declare_encoders(checkout, checkout, "plus-checkpoint", files, encoders)
    sound, unexpected = (f"results/demo/encoders/{name}" for name in names)
    targets = [f"{folder}/model.safetensors" for folder in (sound, unexpected)]
    process = run_snakemake(
        checkout, *targets, "--keep-going", "--profile", "profiles/demo"
    )
    imported = load_pair_encoder(checkout / sound)
    assert imported.architecture == "plus-rnn"
    assert imported.network.config == network.config
    assert (imported.training, imported.trained_on) == ({}, {})
    weights = imported.network.state_dict()
    assert weights.keys() == network.state_dict().keys()
    for name, wanted in network.state_dict().items():
        assert torch.equal(weights[name], wanted)
    assert process.returncode != 0
    assert not list((checkout / unexpected).glob("*"))
    log = (checkout / "logs" / "demo" / "import_encoder" / "unexpected.log").read_text()
    assert "unexpected.pt has the unknown weights extra.weight; take" in log
    assert "Traceback" not in log


def checkpoint(network: PlusRnn) -> dict[str, Tensor]:
    """The weights under their published names."""
    named = {}
    for name, weights in network.state_dict().items():
        part, _, rest = name.partition(".")
        if part == "head":
            named[f"module.ordinal_{rest}"] = weights
        else:
            named[f"module.{PUBLISHED.get(part, part)}.{rest}"] = weights
    # There, slopes are a matrix of one row.
    named["module.ordinal_weight"] = named["module.ordinal_weight"].unsqueeze(0)
    return named
