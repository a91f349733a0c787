"""How fast sequences become vectors: protlang's engine, alone or beside AllenNLP's.

    python benchmarks/embedding.py [--allennlp FOLDER] [--threads N] [--longest N]

A random encoder of the published size reads random sequences. Without AllenNLP,
residues per second are printed by batch size. With it, both read the same 64 sequences
in turns on equally many threads, from the same weights in the published format, and
give all three layers; the medians and their ratio are printed, and the largest
difference.

FOLDER is a checkout of AllenNLP v0.9.0 (`git clone --branch v0.9.0
https://github.com/allenai/allennlp`). Nothing of it has to be installed: of its own
files only those of the biLM are imported, and what they import besides is replaced by
empty modules.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import Tensor

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.append(str(REPOSITORY / "workflow" / "scripts"))

from protlang.alphabet import AMINO_ACIDS  # noqa: E402
from protlang.encoders.elmo import ElmoEncoder, export_bilm  # noqa: E402
from protlang.models.elmo import BEGIN, END, Elmo, ElmoConfig, character_ids  # noqa: E402
from protlang.models.elmo_inference import ElmoInference  # noqa: E402

ROUNDS = 3
SEQUENCES = 64
SHORTEST, MEDIAN, SPREAD = 50, 250, 0.6


def draw_proteins(number: int, longest: int) -> list[Tensor]:
    """Random tokens of proteins, their lengths log-normal like UniRef50's."""
    generator = torch.Generator().manual_seed(0)
    deviations = torch.randn(number, generator=generator)
    lengths = (MEDIAN * (SPREAD * deviations).exp()).round().clamp(SHORTEST, longest)
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


def seconds_of(encode: Callable[[], Any]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    encode()
    return time.perf_counter() - start


def compare(model: Elmo, folder: Path, longest: int) -> None:
    """Time AllenNLP's biLM and the engine in turns."""
    proteins = draw_proteins(SEQUENCES, longest)
    characters = torch.zeros(SEQUENCES, max(map(len, proteins)), 50, dtype=torch.long)
    words = character_ids(50) + 1  # AllenNLP's 0 is padding
    for row, protein in enumerate(proteins):
        characters[row, : len(protein)] = words[protein]
    with tempfile.TemporaryDirectory() as name:
        export_bilm(ElmoEncoder(model), Path(name))
        files = f"{name}/options.json", f"{name}/weights.hdf5"
        other = load_allennlp(folder)(*files).eval()
    engine = ElmoInference(model)
    batch = draw_proteins(2, SHORTEST)
    engine.encode(batch)

    def theirs() -> None:
        with torch.no_grad():
            found["AllenNLP"] = other(characters)["activations"]

    def ours() -> None:
        found["protlang"], _ = engine.encode(proteins)

    found: dict[str, list[Tensor]] = {}
    runs = {"AllenNLP": theirs, "protlang": ours}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        other._elmo_lstm.reset_states()
        for name, run in runs.items():
            times[name].append(seconds_of(run))
    residues = sum(map(len, proteins))
    sys.stdout.write(f"{SEQUENCES} sequences, {residues} residues, {engine.kernel}\n")
    for name, seconds in times.items():
        shown = ", ".join(f"{run:.1f}" for run in seconds)
        rate = residues / median(seconds)
        sys.stdout.write(f"{name}: {rate:.0f} residues/s (seconds: {shown})\n")
    ratio = median(times["AllenNLP"]) / median(times["protlang"])
    layers = torch.stack(found["AllenNLP"])
    apart = max(
        (layers[:, row, 1 : own.shape[1] + 1] - own).abs().max().item()
        for row, own in enumerate(found["protlang"])
    )
    sys.stdout.write(f"{ratio:.2f} times as fast; at most {apart:.1e} apart\n")


def sweep(model: Elmo, longest: int) -> None:
    """Time the engine alone at several batch sizes."""
    engine = ElmoInference(model)
    engine.encode_sum(draw_proteins(2, SHORTEST))
    sys.stdout.write(f"{engine.kernel}, medians of {ROUNDS}\n")
    for rows in (1, 4, 16, 64, 128):
        proteins = draw_proteins(rows, longest)
        runs = [seconds_of(lambda: engine.encode_sum(proteins)) for _ in range(ROUNDS)]  # noqa: B023
        rate = sum(map(len, proteins)) / median(runs)
        sys.stdout.write(f"{rows:4} sequences: {rate:6.0f} residues/s\n")


def main() -> None:
    """Make a random encoder, and time it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--allennlp", type=Path, metavar="FOLDER")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--longest", type=int, default=500)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = Elmo(ElmoConfig.seqvec(), with_softmax=False).eval()
    if options.allennlp:
        compare(model, options.allennlp, options.longest)
    else:
        sweep(model, options.longest)


if __name__ == "__main__":
    main()
