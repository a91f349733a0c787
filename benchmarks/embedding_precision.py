"""What bfloat16 products change in a prediction from real proteins' vectors.

    python benchmarks/embedding_precision.py DATA [--encoder FOLDER] [--proteins N]

DATA is the folder of FLIP's secondary-structure split: `flip_sequences.fasta.gz`,
`flip_sampled.fasta.gz` and `flip_mask.fasta.gz`. SeqVec's per-residue network is
trained on vectors of float32 products of N training proteins, and scores those of all
test proteins (NEW364) by float32 and by bfloat16 products: Q3 over resolved residues.
Without FOLDER the encoder is random, of the published size.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import torch
from measure import RESULTS, machine
from torch import Tensor
from torch.nn.functional import cross_entropy

from protlang.alphabet import Q3_STATES
from protlang.encoders.registry import load_elmo
from protlang.files import write_text
from protlang.formats import flip
from protlang.models.elmo import Elmo, ElmoConfig, residue_tokens
from protlang.models.elmo_inference import ElmoInference
from protlang.models.per_residue_cnn import PerResidueNetwork
from protlang.proteins import Protein

EPOCHS, BATCH, LONGEST = 6, 16, 500
IGNORED = -100
NAMES = {torch.float32: "float32", torch.bfloat16: "bfloat16"}


def read_split(folder: Path, split: str, number: int) -> list[Protein]:
    """The first proteins of a split of up to 500 residues."""
    files = {
        "sequences": folder / "flip_sequences.fasta.gz",
        "labels": folder / "flip_sampled.fasta.gz",
        "mask": folder / "flip_mask.fasta.gz",
    }
    found = flip.read(files, "flip")
    fitting = (p for p in found if p.split == split and len(p.sequence) <= LONGEST)
    return [protein for protein, _ in zip(fitting, range(number), strict=False)]


def vectors_of(engine: ElmoInference, proteins: list[Protein]) -> list[Tensor]:
    """Sums of the layers of each protein, read from the warm state."""
    start, found = engine.warm_state(), []
    for first in range(0, len(proteins), 64):
        batch = proteins[first : first + 64]
        tokens = [residue_tokens(protein.sequence) for protein in batch]
        found += engine.encode_sum(tokens, start)
    return found


def states_of(protein: Protein) -> Tensor:
    """Classes of the residues; unresolved ones are ignored."""
    pairs = zip(protein.labels["q3"], protein.labels["disorder"], strict=True)
    return torch.tensor(
        [IGNORED if flag == "1" else Q3_STATES.index(state) for state, flag in pairs]
    )


def scores_of(network: PerResidueNetwork, vectors: list[Tensor]) -> Tensor:
    """Class scores of all residues of some proteins, one after the other."""
    features = torch.nn.utils.rnn.pad_sequence(vectors, batch_first=True)
    lengths = torch.tensor([len(own) for own in vectors])
    present = torch.arange(features.shape[1]) < lengths.unsqueeze(1)
    scores: Tensor = network(features, present)["q3"][present]
    return scores


def train(vectors: list[Tensor], states: list[Tensor]) -> PerResidueNetwork:
    """SeqVec's per-residue network, its output for three states alone."""
    torch.manual_seed(0)
    network = PerResidueNetwork(vectors[0].shape[1])
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(vectors)).split(BATCH):
            chosen = batch.tolist()
            loss = cross_entropy(
                scores_of(network, [vectors[n] for n in chosen]),
                torch.cat([states[n] for n in chosen]),
                ignore_index=IGNORED,
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network.eval()


@torch.no_grad()
def predicted(network: PerResidueNetwork, vectors: list[Tensor]) -> Tensor:
    """Predicted states of all residues."""
    return torch.cat([scores_of(network, [own]).argmax(dim=1) for own in vectors])


def keep(encoder: str, values: Mapping[str, object]) -> None:
    """Print the figures, and write them beside those of another encoder."""
    path = RESULTS.parent / "precision.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    write_text(path, json.dumps({**known, encoder: values}, indent=1) + "\n")
    sys.stdout.write(json.dumps(values, indent=1) + "\n")


def main() -> None:
    """Train on float32 vectors, score both kinds, and keep the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--encoder", type=Path)
    parser.add_argument("--proteins", type=int, default=600)
    chosen = parser.parse_args()
    torch.manual_seed(0)
    model = Elmo(ElmoConfig.seqvec(), with_softmax=False)
    if chosen.encoder:
        model = load_elmo(chosen.encoder).network
    training = read_split(chosen.data, "train", chosen.proteins)
    test = read_split(chosen.data, "test", 1000)
    engines = {precision: ElmoInference(model, precision) for precision in NAMES}
    network = train(
        vectors_of(engines[torch.float32], training), [states_of(p) for p in training]
    )
    states = torch.cat([states_of(protein) for protein in test])
    resolved = states != IGNORED
    vectors = {name: vectors_of(engines[kind], test) for kind, name in NAMES.items()}
    found = {name: predicted(network, own) for name, own in vectors.items()}
    q3 = {
        name: 100 * (own == states)[resolved].double().mean().item()
        for name, own in found.items()
    }
    exact, rounded = (torch.cat(vectors[name]) for name in NAMES.values())
    changed = (found["float32"] != found["bfloat16"])[resolved].double().mean().item()
    values = {
        "weights": sum(weights.numel() for weights in model.parameters()),
        "training_proteins": len(training),
        "test_proteins": len(test),
        "test_residues": int(resolved.sum()),
        "q3": {name: round(value, 3) for name, value in q3.items()},
        "q3_difference": round(q3["bfloat16"] - q3["float32"], 3),
        "changed_predictions": float(f"{changed:.3g}"),
        "vectors_relative_error": float(
            f"{(rounded - exact).norm() / exact.norm():.3g}"
        ),
        "machine": machine(),
    }
    keep("given" if chosen.encoder else "random weights, published size", values)


if __name__ == "__main__":
    main()
