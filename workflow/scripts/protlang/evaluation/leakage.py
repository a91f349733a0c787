"""Leakage: test proteins that occur in training, and the measures without them.

A test protein is compared with a reference: the proteins that a language model was
pre-trained on, or the training and validation proteins of a network. Hashes find
identical sequences, MMseqs2 similar ones (`evaluation.mmseqs`). Levels include one
another: an identical protein is also one of at least 90 %.

Masked residues (X) of a distribution prevent identity; the search finds such a protein
all the same.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from protlang.alphabet import PROTEIN_CLASSES, decode, encode
from protlang.corpora.fasta_tokens import hash_all
from protlang.corpora.token_store import KnownSequences, TokenStore, among, slices
from protlang.errors import ProtlangError
from protlang.evaluation import per_protein as evaluation_per_protein
from protlang.evaluation import per_residue as evaluation
from protlang.evaluation.metrics import Estimate, mean_over_proteins
from protlang.evaluation.mmseqs import (
    NOT_INSTALLED,
    Resources,
    best_identities,
    version,
)
from protlang.evaluation.statistics import bootstrap, confusion_of_systems
from protlang.files import atomic_path, require_file
from protlang.proteins import Protein

CORPUS, TRAINING_SET = "pre-training corpus", "training set"
"""Kinds of references."""

SAME = "same sequence"

LEVELS: Mapping[str, float] = {
    SAME: math.inf,
    "at least 90 %": 0.9,
    "at least 50 %": 0.5,
    "at least 30 %": 0.3,
}
"""By name, the least identity; identical sequences belong to all of them."""

SWITCHED_OFF = "the identity search is switched off for this reference"

NOT_SEARCHED = "not searched"
NO_PREDICTOR = "none"

SIMILARITY_COLUMNS = [
    *("reference", "kind", "reference_proteins", "simulated", "search"),
    *("test_set", "id", "exact", "identity"),
]

COLUMNS = [
    *("test_set", "reference", "kind", "level", "test_proteins", "similar", "share"),
    *("row", "metric", "unit", "value", "stderr", "n"),
    *("value_without", "stderr_without", "n_without", "simulated", "search"),
]
"""Of the audit's table; `share` is in percent."""

_TEXTS = ("reference", "kind", "search", "test_set", "id")


@dataclass(frozen=True)
class Reference:
    """Proteins that test proteins are compared with.

    Attributes:
        name: of the corpus or data set in the configuration.
        kind: `CORPUS` or `TRAINING_SET`.
        proteins: how many there are.
        simulated: whether any are.
        hashes: yields their sequences' hashes in parts, uint64 (proteins,).
        sequences: yields their sequences.
    """

    name: str
    kind: str
    proteins: int
    simulated: bool
    hashes: Callable[[], Iterator[np.ndarray]]
    sequences: Callable[[], Iterator[str]]


def corpus_reference(name: str, store: TokenStore) -> Reference:
    """The training proteins of a corpus, without those held out.

    Only hashes are held in memory: 8 bytes per protein. The search streams the
    sequences to the disk, where they and the database made of them take about three
    bytes per residue: 30 GB for the paper's UniRef50.
    """
    chosen = store.training_indices()

    def hashes() -> Iterator[np.ndarray]:
        for part in slices(len(chosen)):
            yield store.sequence_hashes[chosen[part]]

    def sequences() -> Iterator[str]:
        return (decode(store[int(index)].tobytes()) for index in chosen)

    simulated = bool(store.meta["simulated"])
    return Reference(name, CORPUS, len(chosen), simulated, hashes, sequences)


def training_reference(
    name: str, proteins: Sequence[Protein], simulated: bool
) -> Reference:
    """The training and validation proteins of a data set."""

    def hashes() -> Iterator[np.ndarray]:
        yield hash_all(encode(protein.sequence) for protein in proteins)

    def sequences() -> Iterator[str]:
        return (protein.sequence for protein in proteins)

    return Reference(name, TRAINING_SET, len(proteins), simulated, hashes, sequences)


def similarities(
    test_sets: Mapping[str, Sequence[Protein]],
    reference: Reference,
    search: Resources | None,
) -> pd.DataFrame:
    """Compare all test proteins with a reference.

    Args:
        test_sets: proteins by the name of their set.
        reference: of the comparison.
        search: resources of MMseqs2; None compares for equality only.

    Returns:
        `SIMILARITY_COLUMNS`, a row per test protein: `exact` is whether the reference
        has its sequence; `identity` a fraction, at least 0.3 or else 0, and NaN if
        there was no search. `search` is the program's version, or why there was no
        search. Equal inputs give equal rows.

    Raises:
        ProtlangError: if MMseqs2 fails; if it is not installed, `search` records it.
    """
    identities, how = _identities(test_sets, reference, search)
    found = _found_exactly(test_sets, reference)
    named = [(name, p) for name, proteins in test_sets.items() for p in proteins]
    exact = [(name, protein.id) in found for name, protein in named]
    table = pd.DataFrame(
        {
            "test_set": [name for name, _ in named],
            "id": [protein.id for _, protein in named],
            "exact": exact,
            "identity": np.where(exact & ~np.isnan(identities), 1.0, identities),
        }
    )
    return table.assign(
        reference=reference.name,
        kind=reference.kind,
        reference_proteins=reference.proteins,
        simulated=reference.simulated,
        search=how,
    )[SIMILARITY_COLUMNS]


def write_similarities(table: pd.DataFrame, path: Path | str) -> None:
    """Write what `similarities` returns as CSV, atomically."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, na_rep="NA", float_format="%.4f")


def read_similarities(path: Path | str) -> pd.DataFrame:
    """Read it back.

    Raises:
        ProtlangError: if the file is missing or no such table.
    """
    require_file(path, "compare the test proteins again")
    texts = dict.fromkeys(_TEXTS, str)
    try:
        table = pd.read_csv(
            path, dtype=texts, keep_default_na=False, na_values={"identity": ["NA"]}
        )
        return table[SIMILARITY_COLUMNS]
    except (ValueError, KeyError) as error:
        raise ProtlangError(
            f"{path} is damaged ({error}); compare the test proteins again"
        ) from error


class Network(NamedTuple):
    """Names in the path of a network's predictions.

    Attributes:
        predictor: its name.
        trained_on: data set.
        file: name of the file without its ending.
    """

    predictor: str
    trained_on: str
    file: str


def by_network(paths: Iterable[Path | str]) -> dict[Network, list[Path]]:
    """Files of predictions by network, with all seeds of one together.

    Args:
        paths: `.../<predictor>/<data set>/seed<n>/.../<file>.parquet`.
    """
    grouped: dict[Network, list[Path]] = {}
    for path in map(Path, paths):
        seed = next(folder for folder in path.parents if folder.name.startswith("seed"))
        network = Network(seed.parents[1].name, seed.parent.name, path.stem)
        grouped.setdefault(network, []).append(path)
    return grouped


Without = Callable[[Collection[str]], Estimate]
"""A measure on a test set without the proteins of some ids."""


@dataclass(frozen=True)
class Scored:
    """The main measure of a predictor on a test set.

    Attributes:
        test_set: its name.
        trained_on: data set that the predictor was trained on.
        row: the predictor.
        metric: what is measured.
        unit: of it.
        simulated: whether test or training proteins are simulated.
        without: computes it without some proteins.
    """

    test_set: str
    trained_on: str
    row: str
    metric: str
    unit: str
    simulated: bool
    without: Without


def residue_measure(
    proteins: Sequence[Protein], prediction_files: Sequence[Path], metric: str
) -> Without:
    """A measure of residues, averaged over proteins as in Table 1.

    Args:
        proteins: of the test set, with labels.
        prediction_files: one per training seed; a protein's measure is their mean.
        metric: of `protlang.evaluation.per_residue.MEASURES`.
    """
    measure = evaluation.MEASURES[metric]
    counts = evaluation.confusion_by_protein(proteins, prediction_files, measure.label)
    values = measure.compute(counts).mean(axis=0)
    identifiers = [protein.id for protein in proteins]

    def without(left_out: Collection[str]) -> Estimate:
        return mean_over_proteins(values[_others(identifiers, left_out)])

    return without


def protein_measure(
    proteins: Sequence[Protein], prediction_files: Sequence[Path], metric: str
) -> Without:
    """A measure of whole proteins, with the bootstrap's standard error as in Table 2.

    Args:
        proteins: of the test set, with classes.
        prediction_files: one per training seed; the measure is their mean.
        metric: of `protlang.evaluation.per_protein.MEASURES`.
    """
    measure = evaluation_per_protein.MEASURES[metric]
    classes = PROTEIN_CLASSES[measure.label]
    truth, predicted = evaluation_per_protein.outcome(
        proteins, prediction_files, measure.label
    )
    identifiers = [p.id for p in proteins if p.classes[measure.label] in classes]

    def without(left_out: Collection[str]) -> Estimate:
        left = _others(identifiers, left_out)
        if not left.any():
            return Estimate(math.nan, math.nan, 0)
        system = truth[left], predicted[:, left], len(classes)
        value = measure.compute(confusion_of_systems(*system)).mean()
        stderr = bootstrap(*system, measure.compute)
        return Estimate(float(value), stderr, int(left.sum()))

    return without


def audit(compared: Iterable[pd.DataFrame], scored: Sequence[Scored]) -> pd.DataFrame:
    """Count test proteins at each level, and measure predictors without them.

    Args:
        compared: what `similarities` returns, one per reference.
        scored: all predictors' measures. A training set is compared with the
            predictors trained on it, a corpus with all: those without vectors of a
            model trained on it show the difficulty of the other proteins.

    Returns:
        `COLUMNS`, a row per test set, reference, level and predictor; one without a
        predictor (`NO_PREDICTOR`) if none is tested on that set. `similar` and what
        follows from it is NaN where there was no search.
    """
    rows = [
        row
        for table in compared
        for test_set, proteins in table.groupby("test_set", sort=False)
        for row in _rows(str(test_set), proteins, scored)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(
    test_set: str, proteins: pd.DataFrame, scored: Sequence[Scored]
) -> Iterator[dict[str, object]]:
    facts = proteins.iloc[0]
    fitting = [
        one
        for one in scored
        if one.test_set == test_set
        and (facts["kind"] == CORPUS or one.trained_on == facts["reference"])
    ]
    for level, least in LEVELS.items():
        similar = _similar(proteins, least)
        number = math.nan if similar is None else len(similar)
        counted = {
            "test_set": test_set,
            "reference": facts["reference"],
            "kind": facts["kind"],
            "level": level,
            "test_proteins": len(proteins),
            "similar": number,
            "share": 100 * number / len(proteins),
            "simulated": bool(facts["simulated"]),
            "search": facts["search"],
        }
        for measures in _measures(fitting, similar):
            simulated = counted["simulated"] or measures["simulated"]
            yield {**counted, **measures, "simulated": simulated}


def _measures(
    scored: Sequence[Scored], similar: Collection[str] | None
) -> Iterator[dict[str, object]]:
    """Each predictor's measure with and without some proteins."""
    if not scored:
        unmeasured = dict.fromkeys(("row", "metric", "unit"), NO_PREDICTOR)
        yield {**unmeasured, "simulated": False}
    for one in scored:
        without = Estimate(math.nan, math.nan, 0)
        if similar is not None:
            without = one.without(similar)
        yield {
            **{name: getattr(one, name) for name in ("row", "metric", "unit")},
            "simulated": one.simulated,
            **one.without(())._asdict(),
            **{f"{key}_without": value for key, value in without._asdict().items()},
        }


def _similar(proteins: pd.DataFrame, least: float) -> set[str] | None:
    """Ids of the proteins at a level; None if that was not searched."""
    chosen = proteins["exact"].astype(bool)
    if not math.isinf(least):
        if proteins["identity"].isna().any():
            return None
        chosen |= proteins["identity"] >= least
    return set(proteins.loc[chosen, "id"])


def _identities(
    test_sets: Mapping[str, Sequence[Protein]],
    reference: Reference,
    search: Resources | None,
) -> tuple[np.ndarray, str]:
    """Best identity of each test protein, and how it was searched or why not."""
    sequences = [p.sequence for p in chain.from_iterable(test_sets.values())]
    unknown = np.full(len(sequences), np.nan)
    if search is None:
        return unknown, SWITCHED_OFF
    program = version()
    if program is None:
        return unknown, NOT_INSTALLED
    found = best_identities(sequences, reference.sequences(), search)
    return found, f"MMseqs2 {program}"


def _found_exactly(
    test_sets: Mapping[str, Sequence[Protein]], reference: Reference
) -> set[tuple[str, str]]:
    """Test set and id of the proteins whose sequences the reference has."""
    wanted = KnownSequences(test_sets)
    return {
        name
        for hashes in reference.hashes()
        for found in np.unique(hashes[among(hashes, wanted.hashes)])
        for name in wanted.names[int(found)]
    }


def _others(identifiers: Sequence[str], left_out: Collection[str]) -> np.ndarray:
    return np.array([name not in left_out for name in identifiers], dtype=bool)
