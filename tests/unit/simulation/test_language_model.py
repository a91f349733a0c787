from pathlib import Path

import torch

from protlang.encoders.elmo import load_checkpoint
from protlang.formats import bilm_checkpoint
from protlang.pretraining.perplexity import held_out_perplexity
from protlang.simulation.language_model import simulate_checkpoint
from protlang.simulation.world import SimulationConfig

CONFIG = SimulationConfig(seed=3)


def test_the_checkpoint_is_read_like_a_published_one(tmp_path: Path) -> None:
    """It learned nothing: it takes all 28 words for about equally likely."""
    path = tmp_path / "checkpoint.tar.gz"
    bilm_checkpoint.write(path, simulate_checkpoint(CONFIG))
    encoder = load_checkpoint(path)
    assert encoder.trained_on["simulated"]
    protein = torch.arange(20).numpy()
    assert 20 < held_out_perplexity(encoder.network, [protein] * 5, rows=2) < 40


def test_equal_seeds_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        bilm_checkpoint.write(tmp_path / name, simulate_checkpoint(CONFIG))
    first, second = ((tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second
