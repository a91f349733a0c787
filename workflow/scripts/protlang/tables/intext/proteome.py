"""Minutes that a whole proteome takes, as SeqVec's conclusion has it for the human one.

Batches of the proteome itself are timed, each weighted with those that it stands for;
predictions of secondary structure are timed on a test set, and count per protein. Those
of localization, one small product per protein, are not timed.
"""

import math
from dataclasses import replace

from protlang.experiments.heads import NotRun
from protlang.experiments.targets import Statement
from protlang.protocol import Deviation, merged
from protlang.tables.intext.rules import Found
from protlang.tables.intext.seqvec import SeqVecEvidence
from protlang.tables.seqvec_timings import TimedSet

_PAPERS = Deviation("hardware", "", "a GeForce GTX 1080")
_PREDICTIONS = Deviation("predictions", "of structure", "of structure and localization")


def proteome_minutes(_: Statement, evidence: SeqVecEvidence) -> Found | NotRun:
    """Embeddings and DeepSeqVec's predictions of all proteins, on a GPU."""
    if not evidence.proteome:
        return NotRun("the configuration names no proteome to time")
    if math.isnan(evidence.prediction_seconds):
        return NotRun("the configuration names no prediction to time")
    minutes = {
        timed.device: _minutes(timed, evidence.prediction_seconds)
        for timed in evidence.proteome
    }
    if "cuda" in minutes:
        return minutes["cuda"]
    (cpu,) = minutes.values()
    return NotRun(
        f"no GPU was available; {cpu.values[0]:,.1f} min are estimated for "
        f"{evidence.proteome[0].hardware}"
    )


def _minutes(timed: TimedSet, prediction_seconds: float) -> Found:
    repeats = (timed.seconds_per_protein + prediction_seconds) * timed.proteins / 60
    count = len(repeats)
    hardware = replace(_PAPERS, ours=timed.hardware)
    proteins = Deviation("proteins", f"{timed.proteins:,} of {timed.name}")
    return Found(
        values=(float(repeats.mean()),),
        stderr=float(repeats.std(ddof=1)) / math.sqrt(count) if count > 1 else math.nan,
        n=timed.proteins,
        simulated=timed.simulated,
        deviations=merged([hardware, proteins, _PREDICTIONS], timed.deviations),
        provenance=f"batches of {timed.name} and predictions of a test set",
    )
