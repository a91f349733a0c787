"""How far a carried state moves a protein's vectors.

    python benchmarks/carried_state.py ENCODER FASTA [--proteins N] [--rows N]

AllenNLP starts a protein where the one before it in the same row of a batch ended, so
its vectors depend on what was read before. This reads the first proteins of a FASTA
file in batches in the order of the file, and compares three start states: `carried`
as AllenNLP does, from zero in the first batch; `zero`; and `warm`, the same fixed state
for all. Then it reads each protein six times in a row, carrying.

Vectors are sums of the layers. A protein's vector is the mean over its residues.
Columns: the mean absolute difference of a number in proteins' vectors; the mean
Euclidean distance of proteins' vectors, and its ratio to their mean length; the same
two of residues' vectors.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import chain, islice, pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.append(str(REPOSITORY / "workflow" / "scripts"))

from protlang.corpora.fasta_tokens import RecordPolicy, read_batches  # noqa: E402
from protlang.encoders.registry import load_elmo  # noqa: E402
from protlang.models.elmo_inference import ElmoInference  # noqa: E402
from protlang.models.projected_lstm import State  # noqa: E402

PASSES = 6

Vectors = list[Tensor]
"""By protein, (length, 2 projection)."""


def read_proteins(path: Path, number: int) -> list[Tensor]:
    """Tokens of the first proteins of a FASTA file."""
    blocks = (batch.sequences for batch, _ in read_batches(path, RecordPolicy()))
    proteins = islice(chain.from_iterable(blocks), number)
    return [
        torch.from_numpy(np.frombuffer(tokens, np.uint8).astype(np.int64))
        for tokens in proteins
    ]


def encode(
    engine: ElmoInference, proteins: list[Tensor], start: State
) -> tuple[Vectors, State]:
    """Sums of layers, and end states."""
    layers, state = engine.encode(proteins, start)
    return [own.sum(dim=0) for own in layers], state


def carried(engine: ElmoInference, batches: list[list[Tensor]]) -> Iterator[Vectors]:
    """Vectors batch by batch, every row starting where it ended before."""
    state = engine.zero_state(max(map(len, batches)))
    for batch in batches:
        start = State(*(part[:, :, : len(batch)] for part in state))
        vectors, end = encode(engine, batch, start)
        for part, own in zip(state, end, strict=True):
            part[:, :, : len(batch)] = own
        yield vectors


def differences(one: Vectors, other: Vectors) -> str:
    """The columns that the module describes."""
    means = [torch.stack([v.mean(dim=0) for v in vectors]) for vectors in (one, other)]
    residues = torch.cat(one), torch.cat(other)
    columns = [f"{(means[0] - means[1]).abs().mean():.1e}"]
    for first, second in (means, residues):
        distance = (first - second).norm(dim=1).mean()
        columns += [f"{distance:.1e}", f"{distance / second.norm(dim=1).mean():.2%}"]
    return "".join(f"{column:>11}" for column in columns)


def show(name: str, one: list[Vectors], other: list[Vectors]) -> None:
    """Print a line for each of the first batches, and one for the later ones."""
    cuts = {
        "first batch": slice(1),
        "second batch": slice(1, 2),
        "later": slice(2, None),
    }
    for part, cut in cuts.items():
        flat = [list(chain.from_iterable(vectors[cut])) for vectors in (one, other)]
        sys.stdout.write(f"{f'{name}, {part}':<32}{differences(*flat)}\n")


def compare_starts(engine: ElmoInference, batches: list[list[Tensor]]) -> None:
    """The three start states, beside each other."""
    zero, warm = engine.zero_state(), engine.warm_state()
    vectors = {
        "carried": list(carried(engine, batches)),
        "zero": [encode(engine, batch, zero)[0] for batch in batches],
        "warm": [encode(engine, batch, warm)[0] for batch in batches],
    }
    for one, other in (("carried", "warm"), ("carried", "zero"), ("zero", "warm")):
        show(f"{one} - {other}", vectors[one], vectors[other])


def compare_passes(engine: ElmoInference, batch: list[Tensor]) -> None:
    """The same proteins several times in a row."""
    passes = list(carried(engine, [batch] * PASSES))
    for number, (before, after) in enumerate(pairwise(passes), start=1):
        name = f"same protein, pass {number + 1} - {number}"
        sys.stdout.write(f"{name:<32}{differences(after, before)}\n")


def main() -> None:
    """Load the encoder, read the proteins, and print both comparisons."""
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder", type=Path)
    parser.add_argument("fasta", type=Path)
    parser.add_argument("--proteins", type=int, default=128)
    parser.add_argument("--rows", type=int, default=16)
    options = parser.parse_args()
    engine = ElmoInference(load_elmo(options.encoder).network)
    proteins = read_proteins(options.fasta, options.proteins)
    rows = options.rows
    batches = [proteins[k : k + rows] for k in range(0, len(proteins), rows)]
    residues = sum(map(len, proteins))
    sys.stdout.write(f"{len(proteins)} proteins, {residues} residues, rows: {rows}\n")
    compare_starts(engine, batches)
    compare_passes(engine, proteins)


if __name__ == "__main__":
    main()
