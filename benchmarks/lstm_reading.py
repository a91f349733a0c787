"""Time of an LSTM's training step on the CPU: groups of like length, and packed.

    python benchmarks/lstm_reading.py [--sequences N] [--hidden N] [--rounds N]

Both read the same sequences of 20 to 400 residues through a bidirectional LSTM of two
layers and compute all gradients, in turns. CPU seconds, medians and their ratio.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.append(str(REPOSITORY / "workflow" / "scripts"))

from protlang.models.packed_lstm import read  # noqa: E402

CHANNELS = 21


def packed(lstm: nn.LSTM, vectors: Tensor, lengths: Tensor) -> Tensor:
    """What PyTorch's documentation suggests."""
    sequences = pack_padded_sequence(
        vectors, lengths, batch_first=True, enforce_sorted=False
    )
    return pad_packed_sequence(lstm(sequences)[0], batch_first=True)[0]


def seconds(compute: Callable[[], Tensor]) -> float:
    """CPU time of one result and its gradient."""
    start = time.process_time()
    compute().square().sum().backward()
    return time.process_time() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sequences", type=int, default=64)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    lengths = torch.randint(20, 400, (arguments.sequences,))
    vectors = torch.randn(arguments.sequences, int(lengths.max()), CHANNELS)
    lstm = nn.LSTM(CHANNELS, arguments.hidden, 2, bidirectional=True, batch_first=True)
    ways = {"groups": read, "packed": packed}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(arguments.rounds):
        for name, way in ways.items():
            times[name].append(seconds(lambda way=way: way(lstm, vectors, lengths)))
    medians = {name: statistics.median(found) for name, found in times.items()}
    lines = [f"{name}: {median:.2f} s" for name, median in medians.items()]
    lines.append(f"ratio: {medians['packed'] / medians['groups']:.1f}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
