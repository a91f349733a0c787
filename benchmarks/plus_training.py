"""Whole training steps of PLUS-RNN BASE: masking, loss, gradient, optimizer.

    python benchmarks/plus_training.py [--peer PLUS] [--rounds N] [--pairs N]
                                       [--kind pretraining|finetuning|fluorescence]

Pre-training reads pairs of domains of 50 to 300 residues. Fine-tuning reads twice as
many proteins of such lengths with a number for each; on fluorescence, all are variants
of one protein of 237 residues. The baseline is PLUS's own code or a plain re-statement
of it. Ours computes the same, with `imitate_released_code`, in float32 and in bfloat16.
The limit is the matrix products of the LSTM alone, of all residues at once, by the best
kernel for the precision.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from measure import Result, fastest_rate, options, race, record
from plain_plus import MOST, Masked, Plain, mask
from plus_peer import Peer
from torch import Tensor, nn

from protlang.encoders.masking import MaskedSequence, Masking
from protlang.encoders.plus import PlusRnnEncoder
from protlang.finetuning.network import FineTuned
from protlang.finetuning.proteins import FineTuningTask
from protlang.finetuning.proteins import make_optimizer as value_optimizer
from protlang.finetuning.recipes import FineTuning
from protlang.models.plus_rnn import PlusRnnConfig
from protlang.models.products import kernel_for
from protlang.pretraining.pfam_pairs import PairBatch, masked_pair
from protlang.pretraining.plus import PairTask
from protlang.pretraining.plus import make_optimizer as pair_optimizer
from protlang.pretraining.plus_recipe import PlusTraining
from protlang.proteins import Protein
from protlang.tasks.plus import FLUORESCENCE
from protlang.training.distributed import Process
from protlang.training.memory import keep_freed_memory
from protlang.training.precision import Precision

GOALS: dict[Precision, float] = {"float32": 3.0, "bfloat16": 6.0}
MASKING = Masking(imitate_released_code=True)
KINDS = ("pretraining", "finetuning", "fluorescence")
VARIANT = 237
NOTES = {
    "fluorescence": "Sequences of one length are the only ones that PLUS's packing "
    "does not slow down: PyTorch then takes oneDNN's LSTM for both sides. Sixteen are "
    "few for products of bfloat16.",
}
"""What keeps a kind of training from its goal."""

ALONE = Process(0, 1, torch.device("cpu"))
NAMES = {
    "embedding": "embed",
    "lstm": "rnn",
    "projection": "fc",
    "decoder": "decoder",
    "head.weight": "ordinal_weight",
    "head.bias": "ordinal_bias",
}
"""Of PLUS's parts, by ours."""

Side = Plain | Peer


class Domains:
    """Pairs of random domains, each batch masked anew."""

    def __init__(self, pairs: int) -> None:
        rng = np.random.default_rng(1)
        lengths = rng.integers(50, 301, (pairs, 2))
        self.tokens = [
            tuple(rng.integers(1, 21, length).astype(np.uint8) for length in pair)
            for pair in lengths
        ]
        self.residues = int(lengths.sum())
        self.same = rng.random(pairs) < 0.5

    def batch(self, start: int, _: int) -> PairBatch:
        """All pairs, as a `PairReader` gives some."""
        masked = [
            masked_pair(*pair, MASKING, False, np.random.default_rng([start, place]))
            for place, pair in enumerate(self.tokens)
        ]
        first, second = (list(side) for side in zip(*masked, strict=True))
        return PairBatch(first, second, self.same)


def main() -> None:
    """Measure all kinds of training, or one, in both precisions."""
    chosen = options(__doc__, pairs="of domains", kind=f"one of {', '.join(KINDS)}")
    keep_freed_memory()
    torch.manual_seed(0)
    side: Side = Peer(chosen.peer) if chosen.peer else Plain()
    pairs = int(chosen.pairs or 8)
    for precision, goal in GOALS.items():
        facts = {
            "baseline": "PLUS's own code"
            if chosen.peer
            else "PLUS's steps in plain code",
            "unit": "residues",
            "goal": goal,
            "limit": f"LSTM's products alone, {precision}",
            "limit_rate": limit(precision),
        }
        for kind in [chosen.kind] if chosen.kind else KINDS:
            measure = pretraining if kind == "pretraining" else finetuning
            found = measure(side, kind, pairs, precision, chosen.rounds, facts)
            record(found if found.met else replace(found, note=NOTES.get(kind, "")))


def pretraining(
    side: Side,
    kind: str,
    pairs: int,
    precision: Precision,
    rounds: int,
    facts: dict[str, Any],
) -> Result:
    """Steps on pairs of domains."""
    domains = Domains(pairs)
    encoder = PlusRnnEncoder.of_config(PlusRnnConfig.base())
    settings = PlusTraining(batch=pairs, precision=precision)
    task = PairTask(encoder, domains, None, ALONE, settings, True)  # type: ignore[arg-type]
    step = step_of(task, pair_optimizer(encoder.network, settings, 1, True))
    copy_weights(side.model, encoder.network)
    batch = domains.batch(0, pairs)
    same = torch.from_numpy(domains.same).float()
    loss = side.pair_loss(as_masked(batch.first), as_masked(batch.second), same)
    apart = agreement(task.next_batch().objective, loss, encoder.network, side.model)
    theirs = [tuple(map(as_tensor, pair)) for pair in domains.tokens]
    return Result(
        name=f"plus_{kind}_{precision}",
        what=f"PLUS-RNN BASE, pre-training step, {precision}: {pairs} pairs of domains "
        "of 50 to 300 residues",
        work=domains.residues,
        race=race(step, lambda: side.pair_step(theirs, same), rounds),
        agreement=apart,
        **facts,
    )


def finetuning(
    side: Side,
    kind: str,
    pairs: int,
    precision: Precision,
    rounds: int,
    facts: dict[str, Any],
) -> Result:
    """Steps on proteins and a number for each."""
    proteins = random_proteins(2 * pairs, None if kind == "finetuning" else VARIANT)
    count = len(proteins)
    lengths = "50 to 300" if kind == "finetuning" else VARIANT
    start = PlusRnnEncoder.of_config(PlusRnnConfig.base())
    settings = FineTuning(
        "z", batch=count, masked_lm=0, task=1, pooling="sum", precision=precision
    )
    model = FineTuned(start, FLUORESCENCE, settings)
    task = FineTuningTask(model, proteins, None, 0, ALONE)  # type: ignore[arg-type]
    step = step_of(task, value_optimizer(model))
    copy_weights(side.model, start.network)
    side.head.load_state_dict(
        {
            name.removeprefix("head."): part
            for name, part in model.head.state_dict().items()
        }
    )
    theirs = [as_tensor(model.example(protein).tokens) for protein in proteins]
    values = torch.tensor([[one.values["fluorescence"]] for one in proteins])
    loss = side.protein_loss(mask(theirs, 0), values)
    apart = agreement(task.next_batch().objective, loss, start.network, side.model)
    return Result(
        name=f"plus_{kind}_{precision}",
        what=f"PLUS-RNN BASE, fine-tuning step, {precision}: {count} proteins of "
        f"{lengths} residues, one number each",
        work=sum(map(len, theirs)),
        race=race(step, lambda: side.protein_step(theirs, values), rounds),
        agreement=apart,
        **facts,
    )


def random_proteins(count: int, length: int | None) -> list[Protein]:
    """Proteins of one length, or of 50 to 300 residues, with a number for each."""
    rng = np.random.default_rng(2)
    letters = list("ACDEFGHIKLMNPQRSTVWY")
    lengths = [length or int(rng.integers(50, 301)) for _ in range(count)]
    return [
        Protein(
            str(place),
            "".join(rng.choice(letters, size)),
            values={FLUORESCENCE.label: float(rng.normal())},
        )
        for place, size in enumerate(lengths)
    ]


def step_of(task: Any, optimizer: torch.optim.Optimizer) -> Callable[[], None]:
    """One update, as the training loop makes it."""

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        task.next_batch().objective.backward()
        for group in optimizer.param_groups:
            nn.utils.clip_grad_norm_(group["params"], 1.0)
        optimizer.step()

    return step


def agreement(
    ours: Tensor, theirs: Tensor, network: nn.Module, model: nn.Module
) -> str:
    """How far the losses and all gradients of the encoder are apart, relatively."""
    gradients = []
    for loss, part in ((ours, network), (theirs, model)):
        part.zero_grad(set_to_none=True)
        loss.backward()
        named = {name: weights.grad for name, weights in part.named_parameters()}
        gradients.append({name: g for name, g in named.items() if g is not None})
        part.zero_grad(set_to_none=True)
    own, other = gradients
    pairs = [
        (grad, other[their_name(name)].view_as(grad)) for name, grad in own.items()
    ]
    apart = sum(float((a - b).square().sum()) for a, b in pairs)
    whole = sum(float(b.square().sum()) for _, b in pairs)
    loss_apart = abs(ours.item() - theirs.item()) / abs(theirs.item())
    return f"loss {loss_apart:.1e}, gradient {(apart / whole) ** 0.5:.1e} apart"


def copy_weights(model: nn.Module, network: nn.Module) -> None:
    """Give the baseline our weights."""
    weights = model.state_dict()
    for name, part in network.state_dict().items():
        weights[their_name(name)].copy_(part.view_as(weights[their_name(name)]))


def their_name(name: str) -> str:
    """PLUS's name of one of our weights."""
    own = next(own for own in NAMES if name.startswith(own))
    return name.replace(own, NAMES[own], 1)


def as_masked(sequences: Sequence[MaskedSequence]) -> Masked:
    """Our masked sequences as the baseline has them."""
    laid = mask([as_tensor(sequence.tokens) for sequence in sequences], 0)
    for row, sequence in enumerate(sequences):
        count = len(sequence.positions)
        laid.positions[row, :count] = torch.from_numpy(sequence.positions)
        laid.targets[row, :count] = torch.from_numpy(sequence.targets)
        laid.predicted[row] = torch.arange(MOST) < count
    return laid


def as_tensor(tokens: np.ndarray) -> Tensor:
    """Tokens as int64."""
    return torch.from_numpy(tokens).long()


def limit(precision: Precision, rows: int = 4096) -> float:
    """Residues per second that the LSTM's products allow, forward and backward."""
    weights = PlusRnnEncoder.of_config(PlusRnnConfig.base()).network.lstm
    per_residue = 3 * sum(w.numel() for w in weights.parameters() if w.dim() == 2)
    dtype = getattr(torch, precision)
    kernel = kernel_for(torch.device("cpu"), dtype)
    multiply = kernel.product(torch.randn(1024, 2048), dtype)
    inputs = torch.randn(rows, 1024, dtype=dtype)
    products = fastest_rate(lambda: multiply(inputs), rows * 1024 * 2048)
    return products / per_residue


if __name__ == "__main__":
    main()
