"""Whether an ELMo trained with bfloat16 products learns as one with float32 does.

    python benchmarks/elmo_precision.py CORPUS [--updates N] [--seeds N]

CORPUS is a token store with held-out proteins. The small ELMo of
`tests/real/config.yaml` is trained on it in both precisions with several seeds, on one
thread. Held-out perplexity after every so many updates, its mean difference between
the precisions of equal seeds and its spread over seeds go to
`benchmarks/elmo_precision.json`.
"""

import argparse
import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch
from measure import RESULTS, machine

from protlang.corpora.streams import TokenStreams
from protlang.corpora.token_store import TokenStore
from protlang.files import write_text
from protlang.models.elmo import BEGIN, END, Elmo, ElmoConfig
from protlang.pretraining.elmo import (
    ElmoTask,
    ElmoTraining,
    letters_by_frequency,
    make_optimizer,
)
from protlang.pretraining.perplexity import held_out_perplexity
from protlang.training.determinism import make_deterministic

MODEL = replace(
    ElmoConfig.seqvec(),
    filters=((1, 32), (2, 32), (3, 64)),
    projection=128,
    lstm_dim=256,
)
TRAINING = ElmoTraining(rows=32, unroll=50, optimizer="adam", learning_rate=0.002)
PRECISIONS = "float32", "bfloat16"
MEASUREMENTS, HELD_OUT = 5, 64


def curve(store: TokenStore, precision: Any, seed: int, updates: int) -> list[float]:
    """Held-out perplexities of one training, at equal distances."""
    make_deterministic(seed, threads=1)
    settings = replace(TRAINING, precision=precision)
    network = Elmo(replace(MODEL, letters=letters_by_frequency(store))).train()
    streams = TokenStreams(
        store,
        store.training_indices(),
        (BEGIN, END),
        range(settings.rows),
        settings.rows,
        seed,
    )
    task = ElmoTask(network, streams, store.id, settings)
    optimizer = make_optimizer(network, settings)
    proteins = [store[int(index)] for index in store.held_out_indices()[:HELD_OUT]]
    found = []
    for update in range(1, updates + 1):
        optimizer.zero_grad()
        torch.autograd.backward(task.next_batch().objective)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimizer.step()
        if update % (updates // MEASUREMENTS) == 0:
            found.append(held_out_perplexity(network, proteins, settings.rows))
            sys.stderr.write(f"{precision} {seed} {update} {found[-1]:.4f}\n")
    return found


def main() -> None:
    """Train, and keep the curves and what they differ by."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--updates", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    store = TokenStore(chosen.corpus)
    curves = {
        precision: [
            curve(store, precision, seed, chosen.updates)
            for seed in range(1, chosen.seeds + 1)
        ]
        for precision in PRECISIONS
    }
    exact, rough = (list(zip(*curves[name], strict=True)) for name in PRECISIONS)
    pairs = list(zip(exact, rough, strict=True))
    values = {
        "updates": [
            chosen.updates // MEASUREMENTS * (place + 1) for place in range(len(pairs))
        ],
        "held_out_perplexity": _rounded(curves),
        "mean_difference": _rounded([mean(b) - mean(a) for a, b in pairs]),
        "spread_of_seeds": _rounded([math.hypot(stdev(a), stdev(b)) for a, b in pairs]),
        "proteins": len(store),
        "machine": machine(),
    }
    text = json.dumps(values, indent=1) + "\n"
    write_text(RESULTS.parent / "elmo_precision.json", text)
    sys.stdout.write(text)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value]


if __name__ == "__main__":
    main()
