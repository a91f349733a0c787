"""Inputs of tables and figures."""

import json
from pathlib import Path

from protlang.protocol import in_words
from protlang.tables.inputs import Inputs
from support.finetuning import SEQVEC


def test_encoders_embed_as_configured_or_by_default(tmp_path: Path) -> None:
    path = tmp_path / "mine" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps(SEQVEC))

    def protocol(**embedding: str) -> str:
        inputs = Inputs({"encoders": [str(path)]}, config={"embedding": embedding})
        return in_words(inputs.encoders()["mine"].deviations)

    start = "mine embedding start state: {}, the paper's carried on"
    assert protocol() == start.format("warm")
    zero = {"start_state": "zero", "storage": "float16"}
    assert protocol(**zero) == (
        start.format("zero") + "; mine embedding storage: float16, the paper's float32"
    )
