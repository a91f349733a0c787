"""Results of PLUS's models and alignments on disk, as fine-tuning leaves them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from protlang.alphabet import PLUS_RESIDUES
from protlang.encoders.provenance import Provenance, write_provenance
from protlang.homology.pairs import ListedPair, write_fixed_pairs
from protlang.homology.scores import (
    PairScores,
    ScoredPairs,
    score_homology,
    write_pair_scores,
    write_scores,
)
from protlang.protocol import Deviation

LARGE, NW = "PLUS-RNN LARGE", "NW-align (this run)"
ROWS: Mapping[str, str] = {"large": LARGE, "tfm": "PLUS-TFM"}
PAIRS = 60
LEVELS = np.arange(PAIRS) % 5
SETS = {"development": "SCOPe 2.06 dev", "test": "SCOPe 2.06"}

_NOISE = {"large": 0.2, "tfm": 0.6, "NW-align": 3.0}


def listed_pairs() -> list[ListedPair]:
    """Random pairs; the higher their level, the more residues two domains share."""
    rng = np.random.default_rng(7)
    pairs = []
    for place, level in enumerate(LEVELS):
        first, other = rng.choice(list(PLUS_RESIDUES[:20]), (2, 40 + place % 5))
        second = np.where(rng.random(len(first)) < 0.2 * level, first, other)
        texts = "".join(first), "".join(second)
        pairs.append(ListedPair((f"a{place}", f"b{place}"), texts, int(level)))
    return pairs


def write_results(folder: Path) -> None:
    """Write two models on homology, one of them on another task, and an alignment.

    Models are in `<folder>/<model>/<task>`, alignments in `<folder>/<alignment>`; the
    pairs are in `<folder>/pairs.parquet`.
    """
    for model in ROWS:
        own = folder / model / "homology"
        _write_method(own, own / "predictions", model)
    _write_method(folder / "NW-align", folder / "NW-align", "NW-align")
    secondary = folder / "large" / "secondary_structure"
    secondary.mkdir()
    (secondary / "scores.csv").write_text(
        "test_set,metric,value,stderr,low,high,n,seeds,seed_sd\n"
        "CB513,8-state accuracy,0.5,0.01,0.48,0.52,9,2,0.01\n"
    )
    write_provenance(
        secondary / "facts.json",
        Provenance("large", False, (Deviation("encoder", "small"),)),
    )
    origin = {"source": "another", "part": "development", "simulated": False}
    provenance = {"domains": {**origin, "longer": 0, "proteins": 2 * PAIRS}}
    write_fixed_pairs(folder / "pairs.parquet", listed_pairs(), provenance)


def _write_method(folder: Path, predictions: Path, name: str) -> None:
    """Scores, provenance and scores of single pairs of a model or an alignment."""
    rng = np.random.default_rng(3)
    lengths = np.array([[200, 300 if place % 3 else 400] for place in range(PAIRS)])
    ids = [pair.ids for pair in listed_pairs()]
    scored = {}
    for test_set, title in SETS.items():
        scores = LEVELS + _NOISE[name] * rng.normal(size=PAIRS)
        pairs = PairScores(ids, LEVELS, scores, lengths, {})
        predictions.mkdir(parents=True, exist_ok=True)
        write_pair_scores(predictions / f"{test_set}.parquet", pairs)
        scored[title] = ScoredPairs.of(pairs)
    measures = score_homology(scored, scored[SETS["development"]], resamples=20)
    seeds = name in ROWS
    write_scores(folder / "scores.csv", [one._replace(seeds=seeds) for one in measures])
    write_provenance(folder / "facts.json", Provenance(name, True))
