"""Evidence for the numbers in SeqVec's text from a run's files."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from protlang.datasets.splits import read_provenance
from protlang.encoders.folder import read_config
from protlang.encoders.provenance import encoder_provenance
from protlang.encoders.seqvec_protocol import SEQVEC_OPTIONS
from protlang.errors import ProtlangError
from protlang.evaluation.statistics import RESAMPLES
from protlang.experiments.projections import PERPLEXITIES
from protlang.tables.inputs import Inputs
from protlang.tables.intext.seqvec import seconds_of
from protlang.tables.seqvec_timings import TimedSet, timed_sets

_SUMMARY, _METRICS = "summary.json", "metrics.jsonl"

_PROJECTIONS = {
    "t-SNE raw SeqVec (Fig 2 upper)": "raw",
    "t-SNE DeepSeqVec-Loc (Fig 2 lower)": "hidden",
    "t-SNE amino acids (Fig 3A)": "amino_acids",
    "t-SNE SCOPe (Fig 3B-D)": "domains",
}

_PAPERS_ITERATIONS = 3000
"""Of t-SNE, where `visualisation` in the configuration does not set them."""

_LAYERS_COMPARED = 4
"""LSTM layers of the deepest ELMo that SeqVec compared."""


def language_model(folder: Path | str) -> dict[str, Any] | None:
    """An ELMo of `protlang.tables.intext.seqvec.SeqVecEvidence`; None for others.

    Published encoders have neither a summary nor a record of their training.

    Raises:
        ProtlangError: if it holds no encoder, or a damaged file.
    """
    folder = Path(folder)
    facts = encoder_provenance(folder.name, folder)
    config = read_config(folder, "encoder", dict)
    if config["architecture"] != "elmo":
        return None
    summary, metrics = folder / _SUMMARY, folder / _METRICS
    try:
        return {
            "name": folder.name,
            "config": config,
            "summary": json.loads(summary.read_text("utf-8"))
            if summary.exists()
            else {},
            "metrics": _metrics(metrics) if metrics.exists() else [],
            "simulated": facts.simulated,
            "deviations": facts.deviations,
        }
    except ValueError as error:
        raise ProtlangError(
            f"{folder} holds a damaged file ({error}); train the encoder again"
        ) from error


def settings(
    config: Mapping[str, Any], model: Mapping[str, Any] | None
) -> dict[tuple[str, str], float | str]:
    """Settings of a run that the paper states.

    Args:
        config: a validated configuration.
        model: DeepSeqVec's (`language_model`), if there is one.
    """
    found: dict[tuple[str, str], float | str] = {("bootstrap", "samples"): RESAMPLES}
    for row, section in (("CNN", "per_residue"), ("FNN", "per_protein")):
        if section in config:
            training = config[section]["training"]
            text = f"{training['learning_rate']:g} / {training['batch_proteins']}"
            found[row, "learning rate / batch"] = text
    if "visualisation" in config:
        tsne = config["visualisation"].get("tsne", {})
        found["t-SNE", "iterations"] = tsne.get("iterations", _PAPERS_ITERATIONS)
        for row, projection in _PROJECTIONS.items():
            found[row, "perplexity"] = PERPLEXITIES[projection]
    deepest = max(_layers(config), default=0)
    if deepest >= _LAYERS_COMPARED:
        found["4-layer ELMo", "LSTM layers compared"] = deepest
    return {**found, **(_of_model(model["config"]) if model else {})}


def _of_model(config: Mapping[str, Any]) -> dict[tuple[str, str], float | str]:
    """Settings in the `config.json` of a language model, as far as it has them."""
    training = config["training"]
    dropout = config["options"].get("dropout")
    found = {
        ("SeqVec LM", "GPUs"): training.get("processes"),
        ("unroll steps", "steps"): training.get("unroll_steps"),
        ("negative samples", "samples"): training.get("n_negative_samples_batch"),
        ("dropout", "rate"): None if dropout is None else 100 * dropout,
    }
    return {key: float(value) for key, value in found.items() if value is not None}


def _layers(config: Mapping[str, Any]) -> list[int]:
    """LSTM layers of each ELMo that is pre-trained."""
    return [
        entry.get("model", {}).get("layers", SEQVEC_OPTIONS["layers"])
        for entry in config.get("encoders", {}).values()
        if entry.get("architecture") == "elmo" and "corpus" in entry
    ]


def splits(
    paths: Iterable[Path | str], config: Mapping[str, Any]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Provenance of splits by the paper's name of the data set and that of the split.

    Args:
        paths: `.../<data set>/<split>.parquet`; those the paper has no name for are
            passed over.
        config: a validated configuration.
    """
    names = {dataset: name for name, dataset in _named_sets(config)}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for path in map(Path, paths):
        if path.parent.name in names:
            parts = found.setdefault(names[path.parent.name], {})
            parts[path.stem] = read_provenance(path)
    return found


def training_seconds(
    paths: Iterable[Path | str], config: Mapping[str, Any]
) -> dict[str, list[float]]:
    """Seconds that each training of a predictor took, by its row.

    Args:
        paths: metrics, `.../<predictor>/<data set>/seed<n>/metrics.jsonl`; of several
            data sets of one predictor the first counts.
        config: a validated configuration.
    """
    rows = {
        name: entry.get("row", name)
        for section in ("per_residue", "per_protein")
        for name, entry in config.get(section, {}).get("predictors", {}).items()
    }
    found: dict[str, dict[str, list[float]]] = {}
    for path in map(Path, paths):
        row = rows.get(path.parents[2].name)
        if row is not None:
            by_dataset = found.setdefault(row, {})
            seconds = seconds_of(_metrics(path))
            by_dataset.setdefault(path.parents[1].name, []).append(seconds)
    return {row: next(iter(named.values())) for row, named in found.items()}


def _metrics(path: Path) -> list[dict[str, Any]]:
    """Lines of a training's metrics that report a speed."""
    lines = map(json.loads, path.read_text("utf-8").splitlines())
    return [line for line in lines if "tokens" in line]


def timed_proteome(inputs: Inputs) -> list[TimedSet]:
    """Times of a proteome on each device; none if there is none.

    Args:
        inputs: files `proteome` and `timed_encoder`, if there are any; the parameter
            `simulated`.
    """
    path = inputs.optional("proteome")
    if path is None:
        return []
    (folder,) = inputs.folders("timed_encoder")
    encoder = encoder_provenance(folder.name, folder)
    timings = pd.read_csv(path)
    return timed_sets(path.stem, timings, encoder, inputs.params["simulated"])


def better(numbers: pd.DataFrame, reference: str, simulated: bool) -> dict[str, Any]:
    """How often DeepSeqVec is better than another method.

    Args:
        numbers: what Figure S4 draws, a row per protein with `difference`.
        reference: the other method.
        simulated: whether the proteins are simulated.
    """
    return {
        "share": 100 * float((numbers["difference"] > 0).mean()),
        "n": len(numbers),
        "reference": reference,
        "simulated": simulated,
    }


def _named_sets(config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Names of data sets in the paper and in the configuration."""
    for entry in config["per_residue"]["training_sets"]:
        if "q3" in entry["labels"]:
            yield "NetSurfP-2.0", entry["dataset"]
    yield from config["per_residue"]["test_sets"].items()
    if "per_protein" in config:
        yield "DeepLoc", config["per_protein"]["dataset"]
