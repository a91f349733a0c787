"""Settings of tiny pre-trainings on Pfam."""

from typing import Any

MODELS: dict[str, dict[str, Any]] = {
    "plus-rnn": {"hidden_dim": 8, "layers": 1, "projection": 4},
    "plus-tfm": {
        "hidden_dim": 8,
        "layers": 1,
        "heads": 2,
        "feed_forward_dim": 8,
        "max_tokens": 70,
    },
    "p-elmo-lm": {"hidden_dim": 8, "layers": 1},
}


def tiny(name: str = "plus-rnn", **changes: Any) -> dict[str, Any]:
    """Settings of a run of seconds."""
    loop = {"steps": 12, "validate_every": 5, "report_every": 4, "checkpoint_every": 4}
    return {
        "architecture": name,
        "model": MODELS[name],
        "seed": 1,
        "threads": 1,
        "selection": {"smallest_family": 2, "development": 0.2},
        "pairs": {"development": 12, "test": 10, "seed": 4},
        "training": {"batch": 4, "learning_rate": 0.01},
        "loop": loop,
        **changes,
    }
