"""One job of pre-training, of any architecture: from a corpus to an encoder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protlang.corpora.token_store import TokenStore
from protlang.pretraining.elmo import elmo_run
from protlang.pretraining.perplexity import write_summary
from protlang.pretraining.plus_run import plus_run
from protlang.training.distributed import Process
from protlang.training.job import TrainingJob
from protlang.training.run import Run, publish

ELMO, PROTVEC = "elmo", "protvec"


@dataclass(frozen=True)
class PretrainingJob(TrainingJob):
    """What one job of a rule that pre-trains does.

    Attributes:
        architecture: `elmo`, `protvec`, or one of PLUS's.
        settings: of the encoder in the configuration.
        corpus: folder of the token store.
        encoder: folder to write: `config.json` and `model.safetensors`; but for ProtVec
            `metrics.jsonl`; for an ELMo `summary.json`.
    """

    architecture: str
    settings: Mapping[str, Any]
    corpus: Path
    encoder: Path

    @property
    def uses_gpu(self) -> bool:
        """All but ProtVec do."""
        return self.architecture != PROTVEC

    def trainings(self) -> Sequence[Run[Any]]:
        """The one training."""
        store = TokenStore(self.corpus)
        if self.architecture == ELMO:
            return [elmo_run(self.settings, store)]
        if self.architecture == PROTVEC:
            # Other jobs are spared the time that it takes to import gensim.
            from protlang.pretraining.protvec import protvec_run

            return [protvec_run(self.settings, store)]
        return [plus_run(self.settings, store)]

    def conclude(self, finished: Sequence[Path], process: Process) -> None:
        """Copy the encoder to its place, and measure an ELMo."""
        publish(finished[0], self.encoder)
        if self.architecture == ELMO:
            store = TokenStore(self.corpus)
            write_summary(self.encoder, store, process.device, self.settings["seed"])
