"""How fast sequences become ELMo's vectors: protlang beside AllenNLP's modules.

    python benchmarks/embedding.py [--peer FOLDER] [--rounds N] [--threads N]

A random encoder of the published size reads 1, 8, 64 and 256 random sequences; both
sides give all three layers. The limit is the matrix products alone: the same products
as in every step, with packed weights, and nothing between them.

FOLDER is a checkout of AllenNLP v0.9.0; nothing of it has to be installed. Without it
the baseline is a plain re-statement of its algorithm (`plain_elmo.py`).
"""

import math
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from measure import Race, Result, fastest_rate, options, record, seconds_of
from plain_elmo import PlainElmo
from torch import Tensor

from protlang.alphabet import AMINO_ACIDS
from protlang.encoders.elmo import ElmoEncoder, export_bilm
from protlang.models.elmo import (
    BEGIN,
    DIRECTIONS,
    END,
    Elmo,
    ElmoConfig,
    character_ids,
)
from protlang.models.elmo_inference import ElmoInference
from protlang.models.packed_proteins import packed_groups
from protlang.models.products import has_matrix_units, kernel_for

SPREAD = 0.4
"""Standard deviation of the lengths' logarithm, nearly that of UniRef50."""
TYPICAL_LENGTHS = {1: 60, 8: 40, 64: 24, 256: 8}
"""By number of sequences, the median length: short, because the baseline is slow."""
PRECISIONS = {
    1: [torch.float32],
    8: [torch.float32],
    64: [torch.float32, torch.bfloat16],
    256: [torch.float32, torch.bfloat16],
}
ROUNDS = 3
NAMES = {torch.float32: "float32", torch.bfloat16: "bfloat16"}
NOTES: dict[str, str] = {}
"""By result, what keeps it from its goal."""

Encode = Callable[[], list[Tensor]]
"""Gives all layers of each protein, (3, length, 1,024)."""


def draw_proteins(number: int) -> list[Tensor]:
    """Random tokens of proteins, their lengths log-normal."""
    generator = torch.Generator().manual_seed(number)
    deviations = torch.randn(number, generator=generator)
    lengths = (TYPICAL_LENGTHS[number] * (SPREAD * deviations).exp()).ceil()
    return [
        torch.randint(len(AMINO_ACIDS), (length,), generator=generator)
        for length in lengths.int().tolist()
    ]


def load_allennlp(folder: Path) -> type[Any]:
    """AllenNLP's biLM, with nothing around it."""
    for name in ("allennlp", "allennlp.modules", "allennlp.nn"):
        package = ModuleType(name)
        package.__path__ = [str(folder / name.replace(".", "/"))]
        sys.modules[name] = package
    words = character_ids(50).tolist()
    mapper = SimpleNamespace(
        beginning_of_sentence_characters=words[BEGIN],
        end_of_sentence_characters=words[END],
    )
    shims: dict[str, dict[str, Any]] = {
        "overrides": {"overrides": lambda function: function},
        "allennlp.common": {"Params": dict},
        "allennlp.common.checks": {"ConfigurationError": ValueError},
        "allennlp.common.file_utils": {"cached_path": str},
        "allennlp.common.util": {"lazy_groups_of": None},
        "allennlp.nn.initializers": {"block_orthogonal": lambda *_, **__: None},
        "allennlp.data": {"Token": None, "Vocabulary": None, "Instance": None},
        "allennlp.data.dataset": {"Batch": None},
        "allennlp.data.fields": {"TextField": None},
        "allennlp.data.token_indexers": {},
        "allennlp.data.token_indexers.elmo_indexer": {
            "ELMoCharacterMapper": mapper,
            "ELMoTokenCharactersIndexer": None,
        },
    }
    for name, contents in shims.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(contents)
    from allennlp.modules.elmo import _ElmoBiLm

    return _ElmoBiLm


class AllenNlp:
    """AllenNLP's own modules with a model's weights, read from the published format."""

    name = "AllenNLP"

    def __init__(self, model: Elmo, folder: Path) -> None:
        with tempfile.TemporaryDirectory() as name:
            export_bilm(ElmoEncoder(model), Path(name))
            files = f"{name}/options.json", f"{name}/weights.hdf5"
            self._modules = load_allennlp(folder)(*files).eval()

    def encode(self, proteins: list[Tensor]) -> list[Tensor]:
        """All layers, as `PlainElmo.encode`."""
        words = character_ids(50) + 1  # AllenNLP's 0 is padding
        longest = max(map(len, proteins))
        characters = torch.zeros(len(proteins), longest, 50, dtype=torch.long)
        for row, protein in enumerate(proteins):
            characters[row, : len(protein)] = words[protein]
        self._modules._elmo_lstm.reset_states()
        with torch.no_grad():
            layers = torch.stack(self._modules(characters)["activations"])
        return [layers[:, row, 1 : len(p) + 1] for row, p in enumerate(proteins)]


class ProductsAlone:
    """The matrix products of reading some proteins, and nothing between them.

    Args:
        config: sizes of the model.
        precision: of the products, of what they take and of what they give.
        proteins: that are read.
    """

    def __init__(
        self, config: ElmoConfig, precision: torch.dtype, proteins: list[Tensor]
    ) -> None:
        self._kernel = kernel_for(torch.device("cpu"), precision)
        self._groups = packed_groups(proteins, torch.device("cpu"))
        self._size, self._dim = config.projection, config.lstm_dim
        gates = self._size, 4 * self._dim
        self._weights = [
            [
                [self._product(*gates), self._product(self._dim, self._size)]
                + ([self._product(*gates)] if layer else [])
                for layer in range(config.layers)
            ]
            for _ in range(DIRECTIONS)
        ]
        self._hidden = torch.randn(512, self._size).to(precision)
        self._cell = torch.randn(512, self._dim).to(precision)

    def _product(self, inputs: int, outputs: int) -> Callable[[Tensor], Tensor]:
        weight = torch.randn(inputs, outputs) / math.sqrt(inputs)
        return self._kernel.product(weight, self._kernel.precision)

    def read(self, direction: int) -> None:
        """All products of one direction."""
        for group in self._groups:
            for recurrent, projection, *inputs in self._weights[direction]:
                for steps in group.windows():
                    tokens = group.offsets[steps.stop] - group.offsets[steps.start]
                    for product in inputs:
                        product(self._hidden[: self._filled(tokens)])
                    for step in steps:
                        rows = self._filled(group.active[step])
                        recurrent(self._hidden[:rows])
                        projection(self._cell[:rows])

    def _filled(self, rows: int) -> int:
        return rows + -rows % self._kernel.rows


@cache
def engines(model: Elmo) -> dict[torch.dtype, ElmoInference]:
    """By precision, the engine."""
    return {precision: ElmoInference(model, precision) for precision in NAMES}


def race_all(sides: dict[Any, Encode], rounds: int) -> dict[Any, list[float]]:
    """Seconds by side and round, in turns, after one untimed call of each."""
    seconds: dict[Any, list[float]] = {name: [] for name in sides}
    for side in sides.values():
        side()
    for _ in range(rounds):
        for name, side in sides.items():
            seconds[name].append(seconds_of(side))
    return seconds


def compare(model: Elmo, baseline: Any, number: int, rounds: int) -> None:
    """Race all precisions and the baseline over some sequences; record the results."""
    proteins = draw_proteins(number)
    own = {precision: engines(model)[precision] for precision in PRECISIONS[number]}
    sides: dict[Any, Encode] = {
        precision: lambda engine=engine: engine.encode(proteins)[0]  # type: ignore[misc]
        for precision, engine in own.items()
    }
    sides["baseline"] = lambda: baseline.encode(proteins)
    seconds = race_all(sides, rounds)
    expected = sides["baseline"]()
    residues = sum(map(len, proteins))
    for precision, engine in own.items():
        pairs = zip(sides[precision](), expected, strict=True)
        apart = max((one - other).abs().max().item() for one, other in pairs)
        alone = ProductsAlone(model.config, precision, proteins)

        def products(alone: ProductsAlone = alone) -> None:
            engine._in_both_directions(alone.read, number)  # noqa: B023

        name = f"embedding_{number}_{NAMES[precision]}"
        result = Result(
            name=name,
            what=f"ELMo of the published size, all layers, {NAMES[precision]}: "
            f"batch of {number}, typical length {TYPICAL_LENGTHS[number]}",
            baseline=baseline.name,
            unit="residues",
            work=residues,
            race=Race(seconds[precision], seconds["baseline"]),
            agreement=f"at most {apart:.1e} apart",
            goal=speed_goal(precision),
            limit="products alone, packed",
            limit_rate=fastest_rate(products, residues, rounds),
            limit_share_goal=share_goal(precision, number),
            note=NOTES.get(name, ""),
        )
        record(result)


def speed_goal(precision: torch.dtype) -> float | None:
    """How many times as fast as AllenNLP: aimed at with bf16 matrix units alone."""
    return 20.0 if precision == torch.bfloat16 and has_matrix_units() else None


def share_goal(precision: torch.dtype, number: int) -> float | None:
    """The share of the limit aimed at; one sequence is bound by memory."""
    if precision == torch.bfloat16:
        return 0.5
    return 0.7 if number > 1 else None


def main() -> None:
    """Make a random encoder, and run all batch sizes."""
    chosen = options(__doc__)
    torch.manual_seed(0)
    model = Elmo(ElmoConfig.seqvec(), with_softmax=False).eval()
    baseline = AllenNlp(model, chosen.peer) if chosen.peer else PlainElmo(model)
    for number in TYPICAL_LENGTHS:
        compare(model, baseline, number, min(chosen.rounds, ROUNDS))


if __name__ == "__main__":
    main()
