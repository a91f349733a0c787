"""An epoch of SeqVec's head of residues: protlang's training beside the obvious one.

    python benchmarks/heads.py [--proteins N] [--rounds N] [--threads N]

Simulated proteins with lengths like those of real ones have random vectors of 1,024
dimensions in an HDF5 file, and random labels. The baseline reads every protein's
vectors, pads a batch to its longest protein and applies `Conv1d`; proteins, order of
batches, loss and optimizer are the same. Losses are compared without dropout, speeds
with it.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from measure import Result, fastest_rate, options, race, record
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence

from protlang.datasets.splits import Split
from protlang.formats.embeddings import Embeddings, open_embeddings, write_embeddings
from protlang.models.per_residue_cnn import HEADS, HIDDEN_CHANNELS, WINDOW
from protlang.models.products import multiply_once
from protlang.proteins import Protein
from protlang.tasks.head_files import HEADS as KINDS
from protlang.tasks.head_training import HeadRecipe, HeadTask, head_training
from protlang.tasks.task import IGNORED
from protlang.training.determinism import make_deterministic
from protlang.training.distributed import Process

CHANNELS = 1024
SHORTEST, MEDIAN, LONGEST, SPREAD = 30, 215, 1500, 0.6
"""Lengths: log-normal, with a mean of about 250 residues."""
BATCH_PROTEINS = 128


def main() -> None:
    """Simulate the proteins, run both trainings in turns, keep the result."""
    chosen = options(__doc__ or "", proteins="how many proteins there are (1000)")
    number = int(chosen.proteins or 1000)
    with tempfile.TemporaryDirectory() as folder:
        proteins, stored = simulate(number, Path(folder) / "vectors.h5")
        with stored:
            record(compare(proteins, chosen.rounds))


def compare(proteins: list[Protein], rounds: int) -> Result:
    """Epochs of both, and how far their losses are apart."""
    residues = sum(len(protein.sequence) for protein in proteins)
    apart = abs(our_epoch(proteins, 0.0) / obvious_epoch(proteins, 0.0) - 1)
    return Result(
        name=f"heads_{len(proteins)}",
        what=f"training DeepSeqVec's head, an epoch of {len(proteins):,} proteins with "
        f"{residues:,} residues, from HDF5",
        baseline="padded batches, `Conv1d`",
        unit="residues",
        work=residues,
        race=race(lambda: our_epoch(proteins), lambda: obvious_epoch(proteins), rounds),
        agreement=f"losses {apart:.1e} apart",
        goal=3.0,
        limit="products alone, or reading alone",
        limit_rate=min(products_rate(), reading_rate(proteins)),
    )


def simulate(number: int, path: Path) -> tuple[list[Protein], Embeddings]:
    """Proteins with labels at random, whose vectors are in a file."""
    random = np.random.default_rng(0)
    lengths = MEDIAN * np.exp(SPREAD * random.standard_normal(number))
    lengths = lengths.round().clip(SHORTEST, LONGEST).astype(int)
    # Every protein has the first of the same vectors: drawing is slower than writing.
    vectors = random.standard_normal((LONGEST, CHANNELS), dtype=np.float32)
    names = [f"protein{place:06d}" for place in range(number)]
    pairs = list(zip(names, lengths.tolist(), strict=True))
    write_embeddings(path, ((name, vectors[:length]) for name, length in pairs), {})
    stored = open_embeddings(path)
    proteins = [
        Protein(name, "A" * length, labels(random, length), embedding=stored[name])
        for name, length in pairs
    ]
    return proteins, stored


def labels(random: np.random.Generator, length: int) -> dict[str, str]:
    """A letter of each label for every residue."""
    return {
        label: "".join(random.choice(list(states), length))
        for label, states in HEADS.items()
    }


def our_epoch(proteins: list[Protein], dropout: float = 0.25) -> float:
    """An epoch of protlang's training, without validation; its mean loss."""
    task, optimizer = start(proteins, dropout)
    losses = []
    for _ in range(task.updates_per_epoch):
        optimizer.zero_grad(set_to_none=True)
        batch = task.next_batch()
        batch.objective.backward()
        optimizer.step()
        losses.append(batch.values["loss"].item())
    return mean(losses)


def start(
    proteins: list[Protein], dropout: float
) -> tuple[HeadTask, torch.optim.Optimizer]:
    """A head with initial weights, and its optimizer."""
    settings = KINDS["per_residue"].settings(batch_proteins=BATCH_PROTEINS)
    recipe = HeadRecipe("per_residue", ("embedding",), settings, seed=1)
    make_deterministic(recipe.seed, torch.get_num_threads())
    alone = Process(0, 1, torch.device("cpu"))
    sets = Split(proteins, {}), Split(proteins[:1], {})
    task = HeadTask(recipe, *sets, alone)
    task.network.dropout.p = dropout
    return task, head_training(task, recipe).optimizer


class Obvious(nn.Module):
    """The same network as one would write it."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        classes = sum(map(len, HEADS.values()))
        self.hidden = nn.Conv1d(CHANNELS, HIDDEN_CHANNELS, WINDOW, padding="same")
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Conv1d(HIDDEN_CHANNELS, classes, WINDOW, padding="same")

    def forward(self, vectors: Tensor, present: Tensor) -> Tensor:
        """(batch, classes, length) from (batch, length, channels)."""
        hidden = self.dropout(torch.relu(self.hidden(vectors.transpose(1, 2))))
        scores: Tensor = self.heads(hidden * present.unsqueeze(1))
        return scores


def obvious_epoch(proteins: list[Protein], dropout: float = 0.25) -> float:
    """The same epoch by padded batches; its mean loss."""
    make_deterministic(1, torch.get_num_threads())
    network = Obvious(dropout)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001, amsgrad=True)
    losses = []
    for batch in shuffled(proteins):
        vectors = [torch.from_numpy(protein.embedding[()]) for protein in batch]  # type: ignore[index]
        present = pad_sequence([torch.ones(len(one)) for one in vectors], True)
        scores = network(pad_sequence(vectors, True), present)
        parts = scores.split([len(states) for states in HEADS.values()], dim=1)
        loss = torch.stack(
            [
                cross_entropy(part, targets(batch, label), ignore_index=IGNORED)
                for part, label in zip(parts, HEADS, strict=True)
            ]
        ).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return mean(losses)


def shuffled(proteins: list[Protein]) -> Iterator[list[Protein]]:
    """Batches in the order of protlang's first epoch."""
    order = np.random.default_rng([1, 1]).permutation(len(proteins))
    for first in range(0, len(order), BATCH_PROTEINS):
        yield [proteins[place] for place in order[first : first + BATCH_PROTEINS]]


def targets(batch: list[Protein], label: str) -> Tensor:
    """Class indices (batch, length), padded."""
    rows = [
        torch.tensor([HEADS[label].index(letter) for letter in protein.labels[label]])
        for protein in batch
    ]
    return pad_sequence(rows, True, padding_value=IGNORED)


def products_rate() -> float:
    """Residues per second of the first layer's two products alone."""
    positions, outputs = 4096, WINDOW * HIDDEN_CHANNELS
    vectors = torch.randn(positions, CHANNELS)
    weight, gradient = torch.randn(CHANNELS, outputs), torch.randn(positions, outputs)

    def both() -> None:
        multiply_once(vectors, weight)
        multiply_once(gradient.t(), vectors)

    return fastest_rate(both, positions, rounds=20)


def reading_rate(proteins: list[Protein]) -> float:
    """Residues per second of reading the vectors alone."""
    residues = sum(len(protein.sequence) for protein in proteins)

    def read() -> None:
        for protein in proteins:
            protein.embedding[()]  # type: ignore[index]

    return fastest_rate(read, residues, rounds=1)


if __name__ == "__main__":
    main()
