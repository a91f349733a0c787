"""SeqVec, Results, "CPU/GPU time used": how long an embedding takes, as a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from protlang.datasets.splits import read_provenance
from protlang.encoders.provenance import Provenance
from protlang.experiments.heads import NotRun
from protlang.experiments.targets import NO_DATASET, Target, load_targets
from protlang.protocol import Deviation, Deviations, merged
from protlang.tables.agreement import Measured
from protlang.tables.cells import Cell, as_frame, fill_cells
from protlang.tables.inputs import Inputs
from protlang.tables.runs import NO_ENCODER

REMARKS = (
    "Times are of another machine and compared at their printed digits; how far one "
    "machine varies from repeat to repeat is their standard error in the CSV.",
)
"""Below the table."""

PROFILE_SECONDS = 3.6
"""Per protein, an hour for a thousand: what profiles from HHblits take. Source: SeqVec,
Results, "CPU/GPU time used"; the speed-ups printed there are over this."""

SHORTEST, LONGEST = "shortest batch", "longest batch"

_PAPERS_DEVICE = {
    "GPU": ("cuda", "a GeForce GTX 1080"),
    "CPU": ("cpu", "an Intel i7-6700"),
}
_EXTREMES = {"min": SHORTEST, "max": LONGEST}


@dataclass(frozen=True)
class TimedSet:
    """A data set of which batches were embedded against the clock.

    Attributes:
        name: of the data set as the paper calls it.
        batches: one row per repeat and timed batch
            (`protlang.embedding.timing.time_batches`).
        proteins: of the whole set.
        mean_length: of its proteins, in residues.
        device: `cpu` or `cuda`.
        hardware: what the device is, in words.
        batch_residues: of a batch at most.
        simulated: whether the proteins or the encoder's corpus are simulated.
        deviations: differences of the encoder from the paper's.
    """

    name: str
    batches: pd.DataFrame
    proteins: int
    mean_length: float
    device: str
    hardware: str
    batch_residues: int
    simulated: bool
    deviations: Deviations

    @property
    def seconds_per_protein(self) -> "pd.Series[float]":
        """On average over the set, of each repeat.

        A batch counts for all that it stands for.
        """
        total = self.batches["seconds"] * self.batches["stands_for"]
        return total.groupby(self.batches["repeat"]).sum() / self.proteins

    def seconds_in(self, batch: str) -> "pd.Series[float]":
        """Seconds per protein in the `SHORTEST` or the `LONGEST` batch, by repeat."""
        rows = self.batches.groupby("repeat")
        row = rows.head(1) if batch == SHORTEST else rows.tail(1)
        return row["seconds"] / row["proteins"]


def compute(inputs: Inputs) -> pd.DataFrame:
    """The rows of the table's CSV.

    Args:
        inputs: as of `read_timed_sets`, and the file `prediction` if inference was
            timed.
    """
    return as_frame(fill(read_timed_sets(inputs), prediction_seconds(inputs)))


def prediction_seconds(inputs: Inputs) -> float:
    """Of DeepSeqVec per protein; NaN if it was not measured.

    Args:
        inputs: the file `prediction`, if there is one.
    """
    path = inputs.optional("prediction")
    return float(pd.read_csv(path)["seconds_per_protein"].item()) if path else math.nan


def read_timed_sets(inputs: Inputs) -> list[TimedSet]:
    """All data sets that were timed, on each device.

    Args:
        inputs: files `timings` and `splits`, one of each data set; the encoder's
            `config.json` as `encoders`; the parameter `sets`, the paper's names of the
            data sets.
    """
    named = zip(
        inputs.params["sets"],
        inputs.paths("timings"),
        inputs.paths("splits"),
        strict=True,
    )
    (encoder,) = inputs.encoders().values() or (NO_ENCODER,)
    return [
        on_device
        for name, timings, split in named
        for on_device in timed_sets(
            name, pd.read_csv(timings), encoder, read_provenance(split)["simulated"]
        )
    ]


def timed_sets(
    name: str, timings: pd.DataFrame, encoder: Provenance, simulated: bool
) -> list[TimedSet]:
    """One data set on each device that it was timed on.

    Args:
        name: as the paper calls the set.
        timings: rows of `embedding.timing.time_batches`, with the columns `device`,
            `hardware`, `batch_residues`, `set_proteins` and `set_residues`.
        encoder: that was timed.
        simulated: whether the proteins are simulated.
    """
    return [
        TimedSet(
            name=name,
            batches=batches,
            proteins=int(batches["set_proteins"].iloc[0]),
            mean_length=float(
                batches["set_residues"].iloc[0] / batches["set_proteins"].iloc[0]
            ),
            device=str(device),
            hardware=str(batches["hardware"].iloc[0]),
            batch_residues=int(batches["batch_residues"].iloc[0]),
            simulated=simulated or encoder.simulated,
            deviations=encoder.deviations,
        )
        for device, batches in timings.groupby("device", sort=False)
    ]


def fill(timed: Sequence[TimedSet], inference_seconds: float) -> list[Cell]:
    """The paragraph's numbers in its order, each beside ours.

    Args:
        timed: data sets on devices, at most one of each name and device.
        inference_seconds: of DeepSeqVec per protein, embedding not counted; NaN if it
            was not measured.
    """
    targets = load_targets("SeqVec", "Results: time")
    return fill_cells(
        targets, lambda target: _measure(target, timed, inference_seconds)
    )


def _measure(
    target: Target, timed: Sequence[TimedSet], inference_seconds: float
) -> Measured | NotRun:
    if not timed:
        return NotRun("the configuration names no data set to time")
    if target.row == "SeqVec batching":
        return _batching(timed[0])
    if target.row == "DeepSeqVec inference":
        return _inference(timed[0], inference_seconds)
    # Where the paper states no set, any will do.
    candidates = [t for t in timed if target.dataset in (t.name, NO_DATASET)]
    if not candidates:
        return NotRun(f"the configuration does not time {target.dataset}")
    if target.row.endswith(" set"):
        return _single(candidates[0], candidates[0].mean_length)
    return _on_device(target, candidates, inference_seconds)


def _batching(timed: TimedSet) -> Measured:
    """A setting, not a measurement: it does not depend on encoder or data."""
    plain = replace(timed, deviations=(), simulated=False)
    return replace(_single(plain, timed.batch_residues), setting=True)


def _inference(timed: TimedSet, seconds: float) -> Measured | NotRun:
    if math.isnan(seconds):
        return NotRun("the configuration declares no predictor for DeepSeqVec")
    hardware = Deviation("hardware", timed.hardware, "own, not stated")
    return _single(timed, seconds, hardware)


def _on_device(
    target: Target, candidates: Sequence[TimedSet], inference_seconds: float
) -> Measured | NotRun:
    kind = next(kind for kind in _PAPERS_DEVICE if kind in target.row)
    device, papers = _PAPERS_DEVICE[kind]
    timed = next((t for t in candidates if t.device == device), None)
    if timed is None:
        return NotRun(f"no {kind} was available")
    hardware = [Deviation("hardware", timed.hardware, papers)]
    if target.dataset == NO_DATASET:
        hardware.append(Deviation("proteins", f"those of {timed.name}"))
    if target.row.startswith("speed-up"):
        seconds = timed.seconds_per_protein + _or_zero(inference_seconds)
        return _measured(timed, PROFILE_SECONDS / seconds, *hardware)
    batch = target.row.partition(", ")[2]
    if not batch:
        return _measured(timed, timed.seconds_per_protein, *hardware)
    seconds = timed.seconds_in(_EXTREMES.get(batch, batch))
    return _measured(timed, seconds, *hardware)


def _measured(
    timed: TimedSet, repeats: "pd.Series[float]", *hardware: Deviation
) -> Measured:
    """The mean over repeats, with its standard error."""
    seconds = repeats.to_numpy()
    stderr = (
        seconds.std(ddof=1) / math.sqrt(len(seconds)) if len(seconds) > 1 else math.nan
    )
    return replace(_single(timed, seconds.mean(), *hardware), stderr=float(stderr))


def _single(timed: TimedSet, value: float, *hardware: Deviation) -> Measured:
    """A number without a spread."""
    sample = timed.batches.groupby("repeat")["seconds"].count()
    timings = f"{sample.iloc[0]} of {timed.batches['of'].iloc[0]:,} batches"
    return Measured(
        value=float(value),
        stderr=math.nan,
        n=timed.proteins,
        simulated=timed.simulated,
        deviations=merged(hardware, timed.deviations if hardware else ()),
        provenance=f"{timings} of {timed.proteins:,} proteins, {len(sample)} repeats",
        seeds=0,
    )


def _or_zero(seconds: float) -> float:
    return 0 if math.isnan(seconds) else seconds
