import json
from pathlib import Path
from typing import Any

import pytest

from protlang.encoders.provenance import Provenance, encoder_provenance, trained_on
from protlang.errors import ProtlangError

SEQVEC: dict[str, Any] = {
    "architecture": "elmo",
    "options": {"projection": 512, "lstm_dim": 4096, "layers": 2},
    "training": {"n_train_tokens": 9577889953},
    "trained_on": {},
}


def facts(folder: Path, **changes: Any) -> Provenance:
    (folder / "config.json").write_text(json.dumps({**SEQVEC, **changes}))
    return encoder_provenance("mine", folder)


def test_the_published_network_does_not_deviate(tmp_path: Path) -> None:
    found = facts(tmp_path)
    assert found == Provenance(
        "mine: ELMo, 2 layers of 4,096 cells, 9,577,889,953 residues", False, ""
    )


def test_another_corpus_deviates(tmp_path: Path) -> None:
    origin = {"corpus": "small", "sources": ["ecoli", "yeast"], "simulated": True}
    found = facts(tmp_path, training={"n_train_tokens": 1200}, trained_on=origin)
    assert found.simulated
    assert found.deviation == (
        "mine was trained on 1,200 residues of ecoli, yeast, SeqVec on 9,577,889,953"
    )


@pytest.mark.parametrize("option", ["projection", "lstm_dim", "layers"])
def test_another_size_deviates(tmp_path: Path, option: str) -> None:
    found = facts(tmp_path, options={**SEQVEC["options"], option: 4})
    assert found.deviation.startswith("mine has ")
    assert "SeqVec 2 layers of 4,096 cells" in found.deviation


def test_an_encoder_keeps_its_corpus_in_mind() -> None:
    meta = {"sources": [{"name": "a"}, {"name": "b"}], "simulated": False, "other": 1}
    assert trained_on("both", meta) == {
        "corpus": "both",
        "sources": ["a", "b"],
        "simulated": False,
    }


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"architecture": "bert"}', '{"architecture": "elmo"}']
)
def test_what_describes_no_encoder_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ProtlangError, match=r"describes no encoder .*train or"):
        encoder_provenance("mine", tmp_path)


def test_a_missing_encoder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="does not exist; train or import"):
        encoder_provenance("mine", tmp_path)
