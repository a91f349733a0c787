"""Published weights of every architecture become encoders like any other."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor

from protlang.encoders.elmo import ElmoEncoder, export_bilm, export_checkpoint
from protlang.encoders.registry import load_elmo, load_encoder, load_pair_encoder
from protlang.models.elmo import Elmo
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from support.checkout import DEMO, Process, Run, copy_checkout, declare_encoders
from support.elmo_models import TINY_ELMO

pytestmark = pytest.mark.workflow

ENCODERS = Path("results", "demo", "encoders")
PUBLISHED = {"lstm": "rnn", "embedding": "embed", "projection": "fc"}
"""Names of parts in PLUS's checkpoints, where ours differ."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the checkout, into which published files are laid."""
    return copy_checkout(tmp_path)


def import_encoders(
    checkout: Path,
    run_snakemake: Run,
    distribution: str,
    files: Mapping[str, str],
    encoders: Mapping[str, Mapping[str, str]],
) -> Process:
    """Import encoders from published files in the checkout, as its demo declares."""
    declare_encoders(checkout, checkout, distribution, files, encoders)
    targets = [f"{ENCODERS / name / 'model.safetensors'}" for name in encoders]
    options = ("--keep-going", *DEMO)
    return run_snakemake(checkout, *targets, *options)


def log_of(checkout: Path, name: str) -> str:
    """The log of an import, which has no traceback."""
    text = (checkout / "logs" / "demo" / "import_encoder" / f"{name}.log").read_text()
    assert "Traceback" not in text
    return text


def assert_same(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_published_pair_becomes_an_encoder_of_the_same_weights(
    checkout: Path, run_snakemake: Run
) -> None:
    torch.manual_seed(1)
    published = Elmo(TINY_ELMO, with_softmax=False)
    export_bilm(ElmoEncoder(published), checkout / "pair")
    files = {"options": "pair/options.json", "weights": "pair/weights.hdf5"}
    tiny = {"published": {"architecture": "elmo"}, "mine": {"folder": "pair"}}
    process = import_encoders(checkout, run_snakemake, "allennlp-elmo", files, tiny)
    assert process.returncode == 0, process.stdout
    for name in tiny:
        imported = load_elmo(checkout / ENCODERS / name).network
        assert_same(imported.state_dict(), published.state_dict())


def test_a_training_checkpoint_keeps_its_softmax(
    checkout: Path, run_snakemake: Run
) -> None:
    torch.manual_seed(1)
    published = Elmo(TINY_ELMO)
    training = {"n_train_tokens": 7}
    export_checkpoint(ElmoEncoder(published, training), checkout / "packed.tar.gz")
    process = import_encoders(
        checkout,
        run_snakemake,
        "bilm-tf-checkpoint",
        {"data": "packed.tar.gz"},
        {"published": {"architecture": "elmo"}},
    )
    assert process.returncode == 0, process.stdout
    imported = load_elmo(checkout / ENCODERS / "published")
    assert imported.training["n_train_tokens"] == 7
    assert_same(imported.network.state_dict(), published.state_dict())


def test_vectors_of_protvec_are_imported_and_a_damaged_file_is_reported(
    checkout: Path, run_snakemake: Run
) -> None:
    sound = '"AAA\t1\t2"\n"<unk>\t0.5\t-3"\n'
    for name, text in (("sound", sound), ("damaged", "AAA\t1\t2\nAAC\t1\n")):
        (checkout / f"{name}.csv").write_text(text)
        process = import_encoders(
            checkout,
            run_snakemake,
            "protvec-csv",
            {"data": f"{name}.csv"},
            {name: {"architecture": "protvec"}},
        )
        assert (process.returncode == 0) == (name == "sound"), process.stdout
    imported = load_encoder(checkout / ENCODERS / "sound").network
    assert imported.words == ("AAA", "<unk>")
    assert imported.vectors.tolist() == [[1, 2], [0.5, -3]]
    assert "line 2 has 1 numbers" in log_of(checkout, "damaged")


def test_a_checkpoint_becomes_an_encoder_and_an_unexpected_one_is_reported(
    checkout: Path, run_snakemake: Run
) -> None:
    torch.manual_seed(1)
    network = PlusRnn(PlusRnnConfig(hidden_dim=4, layers=2, projection=3))
    published = checkpoint(network)
    torch.save(published, checkout / "sound.pt")
    extra = {"module.extra.weight": torch.ones(1)}
    torch.save(published | extra, checkout / "unexpected.pt")
    names = ("sound", "unexpected")
    files = {name: f"{name}.pt" for name in names}
    encoders = {name: {"architecture": "plus-rnn", "file": name} for name in names}
    process = import_encoders(
        checkout, run_snakemake, "plus-checkpoint", files, encoders
    )
    imported = load_pair_encoder(checkout / ENCODERS / "sound")
    assert imported.architecture == "plus-rnn"
    assert imported.network.config == network.config
    assert (imported.training, imported.trained_on) == ({}, {})
    assert_same(imported.network.state_dict(), network.state_dict())
    assert process.returncode != 0
    assert not list((checkout / ENCODERS / "unexpected").glob("*"))
    log = log_of(checkout, "unexpected")
    assert "unexpected.pt has the unknown weights extra.weight; take" in log


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
