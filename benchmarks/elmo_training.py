"""An update of ELMo's pre-training on a CPU, in float32 and in bfloat16.

    python benchmarks/elmo_training.py [--rounds N]

Whole updates of SeqVec's network and of a small one (2.4 million LSTM weights), loss,
gradients, clipping and optimizer, beside the obvious float32 update of
`plain_elmo_training.py`; on one thread, the small one also on two. The limit are the
products of all layers alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from measure import Result, fastest_rate, options, race, record
from plain_elmo_training import PlainTrainedElmo
from torch import Tensor
from torch.optim.adagrad import Adagrad
from torch.optim.adam import Adam

from protlang.corpora.streams import TokenStreams
from protlang.models.elmo import BEGIN, DIRECTIONS, END, Elmo, ElmoConfig
from protlang.models.products import training_kernel_for
from protlang.pretraining.elmo import ElmoTask, ElmoTraining, make_optimizer
from protlang.training.determinism import autocast

SMALL = replace(
    ElmoConfig.seqvec(),
    filters=((1, 32), (2, 32), (3, 64)),
    projection=128,
    lstm_dim=512,
)
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Case:
    """A row of the table.

    Attributes:
        name: of the network.
        what: the network in words.
        model: the network.
        rows: streams per update.
        unroll: steps per update.
        optimizer: of the updates.
        threads: of torch.
        goals: by precision, the ratio aimed at on CPUs without bf16 matrix units.
    """

    name: str
    what: str
    model: ElmoConfig
    rows: int
    unroll: int
    optimizer: Any
    threads: int
    goals: dict[str, float | None]


CASES = (
    Case(
        "seqvec", "SeqVec's size", ElmoConfig.seqvec(), 64, 10, "adagrad", 1,
        {"float32": None, "bfloat16": 1.3},
    ),
    Case(
        "small", "2.4 million LSTM weights", SMALL, 64, 50, "adam", 1,
        {"float32": None, "bfloat16": 1.3},
    ),
    Case(
        "small_2_threads", "2.4 million LSTM weights", SMALL, 64, 50, "adam", 2,
        {"float32": None, "bfloat16": 1.3},
    ),
)  # fmt: skip


def updates_of(
    network: Elmo, optimizer: torch.optim.Optimizer, settings: ElmoTraining
) -> Callable[[], float]:
    """Makes an update of a network that reads random proteins; returns the loss."""
    generator = np.random.default_rng(1)
    proteins = [generator.integers(0, 20, size=300) for _ in range(4 * settings.rows)]
    streams = TokenStreams(
        proteins,
        np.arange(len(proteins)),
        (BEGIN, END),
        range(settings.rows),
        settings.rows,
        seed=1,
    )
    task = ElmoTask(network, streams, str, settings)

    def update() -> float:
        optimizer.zero_grad(set_to_none=True)
        batch = task.next_batch()
        torch.autograd.backward(batch.objective)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimizer.step()
        return batch.values["loss"].item()

    return update


def plain_optimizer(network: Elmo, settings: ElmoTraining) -> torch.optim.Optimizer:
    """As `make_optimizer`, not fused."""
    rate = settings.learning_rate
    if settings.optimizer == "adam":
        return Adam(network.parameters(), lr=rate)
    return Adagrad(network.parameters(), rate, initial_accumulator_value=1.0, eps=0.0)


def gradients(network: Elmo, precision: Any, rows: int) -> Tensor:
    """All gradients of one short window, side by side, without dropout."""
    tokens = torch.randint(20, (2, rows, 6), generator=torch.Generator().manual_seed(2))
    network.eval().zero_grad()
    with autocast(network, precision):
        scores, _ = network(tokens[..., :-1], network.zero_state(rows))
    goals = network.softmax_rows[tokens[..., 1:]].flatten()
    loss = torch.nn.functional.cross_entropy(scores.float().flatten(0, 2), goals)
    loss.backward()
    network.train()
    return torch.cat([weights.grad.flatten() for weights in network.parameters()])


def products(case: Case, precision: torch.dtype) -> Callable[[], None]:
    """The products of a layer, one direction, prepared: steps and window."""
    config, kernel = case.model, training_kernel_for(torch.device("cpu"), precision)
    size, dim, rows = config.projection, config.lstm_dim, case.rows

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape).to(precision)

    weights = draw(2 * size, 4 * dim), draw(dim, size)
    pairs = [
        (kernel.prepare(weight, None), draw(rows, weight.shape[0]))
        for one in weights
        for weight in (one, one.t())
    ]
    every = case.unroll * rows
    windows = [
        (draw(every, weight.shape[0]), draw(every, weight.shape[1]))
        for weight in weights
    ]

    def multiply() -> None:
        for _ in range(case.unroll):
            for multiply_by, inputs in pairs:
                multiply_by(inputs)
        for left, right in windows:
            kernel.contract(left, right)

    return multiply


def compare(case: Case, precision: Any, rounds: int) -> None:
    """Race updates in one precision against the plain ones, and keep the result."""
    torch.set_num_threads(1)
    share = min(case.threads, DIRECTIONS)
    layers = DIRECTIONS * case.model.layers
    residues = case.rows * case.unroll
    limit = fastest_rate(products(case, DTYPES[precision]), residues, 3)
    torch.set_num_threads(case.threads)
    torch.manual_seed(0)
    ours = Elmo(case.model).train()
    plain = PlainTrainedElmo(ours).train()
    expected = gradients(plain, "float32", case.rows)
    apart = gradients(ours, precision, case.rows) - expected
    error = (apart.norm() / expected.norm()).item()
    settings = ElmoTraining(
        case.rows, case.unroll, case.optimizer, 1e-3, precision=precision
    )
    exact = replace(settings, precision="float32")
    timed = race(
        updates_of(ours, make_optimizer(ours, settings), settings),
        updates_of(plain, plain_optimizer(plain, exact), exact),
        rounds,
    )
    record(
        Result(
            name=f"elmo_training_{case.name}_{precision}",
            what=f"ELMo's update, {case.what}, {case.rows} x {case.unroll} residues, "
            f"{precision}, {case.threads} thread{'s' * (case.threads > 1)}",
            baseline="the obvious float32 update",
            unit="residues",
            work=residues,
            race=timed,
            agreement=f"gradients {error:.1e} apart (relative norm)",
            goal=case.goals[precision],
            limit="products alone, weights packed",
            limit_rate=limit * share / layers,
        )
    )


def main() -> None:
    """Measure every case in both precisions."""
    chosen = options(__doc__ or "")
    for case in CASES:
        for precision in DTYPES:
            compare(case, precision, min(chosen.rounds, 3))


if __name__ == "__main__":
    main()
