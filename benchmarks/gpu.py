"""What a GPU does: embedding, pre-training and heads, first their results, then speed.

    python benchmarks/gpu.py [--device cuda] [--small] [--rounds N]

Each kind of work is first done in float32 on the CPU and on the GPU, and its results
have to agree. Then it is timed in the precision in which it is done on GPUs, in turns
with a baseline, and profiled: the note of a result names the next bottleneck. The limit
is one large product in that precision, measured in the same run. Results are kept if a
GPU has measured them. `--device cpu --small` tries all of it out on tiny networks and
keeps nothing. It takes less than ten minutes.
"""

import argparse
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
from measure import Result, fastest_rate, race, record, summary
from plain_elmo import PlainElmo
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.profiler import ProfilerActivity, profile

from protlang.alphabet import AMINO_ACIDS
from protlang.models.elmo import DIRECTIONS, TOKENS, Elmo, ElmoConfig
from protlang.models.elmo_inference import ElmoInference
from protlang.models.per_residue_cnn import HEADS
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.soft_alignment import PaddedVectors, similarity
from protlang.models.tokens import collate
from protlang.pretraining.elmo import ElmoTraining
from protlang.pretraining.elmo import make_optimizer as elmo_optimizer
from protlang.proteins import Protein
from protlang.tasks.head import HeadBatch
from protlang.tasks.head_files import HEADS as KINDS
from protlang.training.determinism import autocast

CPU = torch.device("cpu")
TOLERANCE = 1e-3
"""Of float32 results on GPU and CPU, relative to the largest number."""
STEPS = 3
"""Updates whose losses are compared."""
AT_A_TIME = 64
"""Proteins that the baseline of embedding reads at a time."""

Step = Callable[[], Tensor]
"""Does one round of the work and gives numbers to compare."""


@dataclass(frozen=True)
class Sizes:
    """Of the networks and their inputs.

    Attributes:
        elmo: ELMo's.
        plus: PLUS-RNN's.
        proteins: to embed, or of a batch.
        typical: their typical length.
        rows: of ELMo's pre-training.
        unroll: its steps per update.
        product: rows and columns of the product that is the limit.
    """

    elmo: ElmoConfig
    plus: PlusRnnConfig
    proteins: int
    typical: int
    rows: int
    unroll: int
    product: int

    @classmethod
    def full(cls) -> "Sizes":
        """The published networks."""
        return cls(ElmoConfig.seqvec(), PlusRnnConfig.base(), 512, 250, 256, 100, 8192)

    @classmethod
    def small(cls) -> "Sizes":
        """For tests."""
        filters = ((1, 4), (2, 4))
        elmo = replace(ElmoConfig.seqvec(), filters=filters, projection=8, lstm_dim=32)
        return cls(elmo, PlusRnnConfig(8, 1, 4), 6, 12, 4, 5, 64)

    def few(self) -> "Sizes":
        """The same networks with little to read, for the CPU."""
        few = min(self.proteins, 8)
        return replace(self, proteins=few, typical=40, rows=min(self.rows, 4), unroll=8)


def draw_proteins(sizes: Sizes) -> list[Tensor]:
    """Random residues, int64 (length) each, their lengths log-normal."""
    generator = torch.Generator().manual_seed(0)
    spread = (0.5 * torch.randn(sizes.proteins, generator=generator)).exp()
    return [
        torch.randint(len(AMINO_ACIDS), (length,), generator=generator)
        for length in (sizes.typical * spread).ceil().int().tolist()
    ]


def weights_of(*modules: nn.Module) -> int:
    """How many numbers of matrices multiply every residue."""
    sizes = [p.numel() for m in modules for p in m.parameters() if p.dim() > 1]
    return sum(sizes)


class Work(ABC):
    """A kind of work.

    Args:
        sizes: of the network and its inputs.

    Attributes:
        units: of work per round.
        operations: multiplications and additions of all matrix products of a round.
    """

    name: ClassVar[str]
    what: ClassVar[str]
    unit: ClassVar[str]
    baseline: ClassVar[str] = "the same in float32"
    precision: ClassVar[torch.dtype] = torch.bfloat16
    goal: ClassVar[float | None] = None
    share_goal: ClassVar[float | None] = None
    units: float
    operations: float

    def __init__(self, sizes: Sizes) -> None:
        torch.manual_seed(0)
        self.sizes = sizes

    @abstractmethod
    def start(self, device: torch.device, precision: torch.dtype) -> Step:
        """Prepare the work on a device."""

    def start_baseline(self, device: torch.device) -> Step:
        """Prepare what it is compared with."""
        return self.start(device, torch.float32)


class Embedding(Work):
    """SeqVec's vectors of whole proteins."""

    name, what = "gpu_embedding", "embedding with SeqVec's network, bfloat16"
    unit, baseline, goal = "residues", "a re-statement of AllenNLP's modules", 10.0

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self._model = Elmo(sizes.elmo, with_softmax=False).eval()
        self._proteins = draw_proteins(sizes)
        self.units = sum(map(len, self._proteins))
        # The first layers' products with their inputs stand in a table.
        inputs = DIRECTIONS * sizes.elmo.projection * 4 * sizes.elmo.lstm_dim
        self.operations = 2 * self.units * (weights_of(*self._model.stacks) - inputs)

    def start(self, device: torch.device, precision: torch.dtype) -> Step:
        """See `Work`."""
        engine = ElmoInference(self._model.to(device), precision)
        return lambda: torch.cat(engine.encode_sum(self._proteins))

    def start_baseline(self, device: torch.device) -> Step:
        """All layers by AllenNLP's algorithm, added up."""
        plain = PlainElmo(self._model.to(device))
        proteins = self._proteins
        groups = [
            proteins[start : start + AT_A_TIME]
            for start in range(0, len(proteins), AT_A_TIME)
        ]
        return lambda: torch.cat(
            [found.sum(dim=0) for group in groups for found in plain.encode(group)]
        )


class Training(Work):
    """A network that learns; a round is one update, its number the loss."""

    @abstractmethod
    def network(self) -> nn.Module:
        """With initial weights."""

    @abstractmethod
    def loss(self, network: nn.Module, device: torch.device) -> Tensor:
        """Of the batch."""

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """That moves the weights."""
        return torch.optim.Adam(network.parameters(), foreach=True)

    def start(self, device: torch.device, precision: torch.dtype) -> Step:
        """See `Work`."""
        torch.manual_seed(0)
        network = self.network().to(device)
        optimizer = self.optimizer(network)
        name = "bfloat16" if precision == torch.bfloat16 else "float32"

        def update() -> Tensor:
            optimizer.zero_grad(set_to_none=True)
            with autocast(network, name):
                loss = self.loss(network, device)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 10)
            optimizer.step()
            return loss.detach()

        return update


class Pretraining(Training):
    """ELMo, full softmax."""

    name, what = "gpu_pretraining", "pre-training step of SeqVec's network, bfloat16"
    unit, share_goal = "tokens", 0.3

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        shape = DIRECTIONS, sizes.rows, sizes.unroll
        self._tokens = torch.randint(len(TOKENS), shape)
        self._targets = torch.randint(len(TOKENS), shape)
        self.units = sizes.rows * sizes.unroll
        network = self.network()
        assert isinstance(network, Elmo)
        self.operations = 6 * self.units * weights_of(*network.stacks)

    def network(self) -> nn.Module:
        """See `Training`; without dropout, whose numbers differ between devices."""
        return Elmo(replace(self.sizes.elmo, dropout=0))

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """See `Training`."""
        assert isinstance(network, Elmo)
        return elmo_optimizer(network, ElmoTraining())

    def loss(self, network: nn.Module, device: torch.device) -> Tensor:
        """See `Training`."""
        assert isinstance(network, Elmo)
        state = network.zero_state(self.sizes.rows)
        scores, _ = network(self._tokens.to(device), state)
        return cross_entropy(
            scores.flatten(0, 2).float(), self._targets.to(device).flatten()
        )


class Pairs(Training):
    """PLUS-RNN BASE on pairs: masked residues and the same family."""

    name, what = "gpu_plus", "pre-training step of PLUS-RNN BASE, bfloat16"
    unit = "pairs"

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        proteins = [tokens + 1 for tokens in draw_proteins(sizes)]
        self._batch = collate(proteins[: len(proteins) // 2 * 2])
        self.units = len(self._batch.lengths) // 2
        network = self.network()
        assert isinstance(network, PlusRnn)
        residues = int(self._batch.lengths.sum())
        self.operations = 6 * residues * weights_of(network.lstm)

    def network(self) -> nn.Module:
        """See `Training`."""
        return PlusRnn(self.sizes.plus)

    def loss(self, network: nn.Module, device: torch.device) -> Tensor:
        """See `Training`; every seventh residue is predicted."""
        assert isinstance(network, PlusRnn)
        assert network.head is not None
        tokens = self._batch.tokens.to(device)
        batch = self._batch._replace(tokens=tokens)
        found = network(batch)
        chosen = batch.present & (torch.arange(tokens.shape[1], device=device) % 7 == 0)
        masked = cross_entropy(
            network.residue_scores(found.r[chosen]).float(), tokens[chosen]
        )
        first, second = (
            PaddedVectors(found.z[side::2], batch.lengths[side::2]) for side in (0, 1)
        )
        logits = network.head(similarity(first, second))
        return masked + logits.float().square().mean()


class HeadEpochs(Training):
    """DeepSeqVec's head on vectors that lie on the device."""

    name, what = "gpu_heads", "training step of DeepSeqVec's head, float32"
    unit, baseline, precision = "residues", "the same on the CPU", torch.float32
    _CHANNELS = 1024

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        random = np.random.default_rng(0)
        proteins = [
            self._protein(number, len(tokens), random)
            for number, tokens in enumerate(draw_proteins(sizes))
        ]
        batches = KINDS["per_residue"].batches(proteins, ("embedding",))
        self._batch = batches(np.arange(len(proteins)))
        self._on: dict[torch.device, HeadBatch] = {}
        self.units = sum(len(protein.sequence) for protein in proteins)
        # The inputs of the first layer have no gradient.
        self.operations = 4 * self.units * weights_of(self.network())

    def _protein(
        self, number: int, length: int, random: np.random.Generator
    ) -> Protein:
        vectors = random.standard_normal((length, self._CHANNELS), dtype=np.float32)
        labels = {
            label: "".join(random.choice(list(states), length))
            for label, states in HEADS.items()
        }
        return Protein(f"p{number}", "A" * length, labels, embedding=vectors)

    def network(self) -> nn.Module:
        """See `Training`; without dropout, whose numbers differ between devices."""
        network = KINDS["per_residue"].architecture(self._CHANNELS)
        for module in network.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0
        return network

    def loss(self, network: nn.Module, device: torch.device) -> Tensor:
        """See `Training`."""
        if device not in self._on:
            self._on[device] = HeadBatch(
                tuple(part.to(device) for part in self._batch.inputs),
                {name: part.to(device) for name, part in self._batch.targets.items()},
                self._batch.rows,
            )
        return KINDS["per_residue"].loss(network, self._on[device])

    def start_baseline(self, _: torch.device) -> Step:
        """See `Work`."""
        return self.start(CPU, self.precision)


WORKS: Sequence[type[Work]] = (Embedding, Pretraining, Pairs, HeadEpochs)


def apart(kind: type[Work], sizes: Sizes, device: torch.device) -> float:
    """How far a device's float32 results are from the CPU's, relative to the largest.

    Raises:
        SystemExit: if it is too far.
    """
    rounds = STEPS if issubclass(kind, Training) else 1
    found = []
    for place in (CPU, device):
        step = kind(sizes.few()).start(place, torch.float32)
        found.append(torch.stack([step().float().cpu() for _ in range(rounds)]))
    difference = (found[0] - found[1]).abs().max() / found[0].abs().max()
    if not difference <= TOLERANCE:
        sys.exit(f"{kind.name}: results are {difference:.1e} apart; nothing was timed")
    return float(difference)


def waiting(step: Step, device: torch.device) -> Callable[[], None]:
    """A step that ends when the device has done it."""

    def run() -> None:
        step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    return run


def bottleneck(run: Callable[[], None], device: torch.device) -> str:
    """What takes most of a round's time on the device."""
    on_gpu = device.type == "cuda"
    kinds = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * on_gpu
    with profile(activities=kinds) as profiled:
        run()
    field = "self_device_time_total" if on_gpu else "self_cpu_time_total"
    events = profiled.key_averages()
    times = {event.key: float(getattr(event, field)) for event in events}
    name, longest = max(times.items(), key=lambda item: item[1])
    total = max(sum(times.values()), 1e-9)
    return f"{longest / total:.0%} of the device's busy time is `{name[:60]}`"


def measure(
    kind: type[Work], sizes: Sizes, device: torch.device, rounds: int
) -> Result:
    """Check a kind of work, time it, and find its next bottleneck."""
    difference = apart(kind, sizes, device)
    work = kind(sizes)
    ours = waiting(work.start(device, work.precision), device)
    baseline = waiting(work.start_baseline(device), device)
    seconds = race(ours, baseline, rounds)
    operations = products_rate(sizes.product, device, work.precision)
    return Result(
        name=work.name,
        what=work.what,
        baseline=work.baseline,
        unit=work.unit,
        work=work.units,
        race=seconds,
        agreement=f"in float32 {difference:.0e} from the CPU's",
        goal=work.goal,
        limit="one large product",
        limit_rate=operations * work.units / work.operations,
        limit_share_goal=work.share_goal,
        note=f"Next bottleneck: {bottleneck(ours, device)}.",
    )


def products_rate(size: int, device: torch.device, precision: torch.dtype) -> float:
    """Operations per second of a square product."""
    factor = torch.randn(size, size, device=device, dtype=precision)
    return fastest_rate(waiting(lambda: factor @ factor, device), 2 * size**3)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure all kinds of work."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="tiny networks")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    chosen = parser.parse_args(arguments)
    device = torch.device(chosen.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        sys.exit("there is no GPU; --device cpu --small tries this out without one")
    # cuDNN would round the factors of its float32 products to 10 bits.
    torch.backends.cudnn.allow_tf32 = False
    sizes = Sizes.small() if chosen.small else Sizes.full()
    for kind in WORKS:
        result = measure(kind, sizes, device, chosen.rounds)
        if device.type == "cuda" and not chosen.small:
            record(result)
        else:
            sys.stdout.write(f"{summary(result)}; {result.note}\n")


if __name__ == "__main__":
    main()
