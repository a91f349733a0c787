"""Networks of a task of single proteins: an encoder with a head, and their folders.

Source: PLUS, Sections 3.2 and 3.4; its released code for sizes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from protlang.encoders.encoder import MaskedPredictions, PairEncoder, States
from protlang.encoders.folder import MODEL_FILE, read_config
from protlang.encoders.masking import MaskedSequence, mask_alone, unmasked
from protlang.encoders.registry import pair_encoder
from protlang.encoders.weights import fill, read_tensors, write_model
from protlang.errors import ProtlangError
from protlang.finetuning.recipes import FineTuning
from protlang.models.heads import ConvolutionHead, ProteinHead, ResidueHead
from protlang.models.tokens import residue_tokens, within
from protlang.proteins import Protein
from protlang.tasks.task import SupervisedTask


class Outputs(NamedTuple):
    """Outputs for proteins.

    Attributes:
        scores: of proteins, (proteins, outputs), or of residues of all proteins end to
            end, (residues, outputs).
        masked: predictions of masked residues, if requested.
    """

    scores: Tensor
    masked: MaskedPredictions | None


class FineTuned(nn.Module):
    """An encoder with the head of a task.

    Attributes:
        start: the encoder.
        reader: holds its network.
        head: predicts the task from its vectors.
        facts: seed, updates, data sets and further records of the run.

    Args:
        start: the encoder; its network becomes part of this one and loses the head that
            compares pairs.
        task: whose outputs the head has.
        settings: of the head, and whether the encoder learns.

    Raises:
        ProtlangError: if the settings require what the encoder cannot do.
    """

    facts: Mapping[str, Any]

    def __init__(
        self, start: PairEncoder, task: SupervisedTask, settings: FineTuning
    ) -> None:
        super().__init__()
        _require_fitting(start, task, settings)
        start.network.head = None
        self.start = start
        self.task = task
        self.settings = settings
        self.facts = {}
        self.reader = nn.ModuleDict({"network": start.network})
        self.head = _head(start, task, settings)
        if settings.frozen:
            self.reader.requires_grad_(False)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return next(self.head.parameters()).device

    def train(self, mode: bool = True) -> "FineTuned":
        """As of any module, but a frozen encoder has no dropout."""
        super().train(mode)
        if self.settings.frozen:
            self.reader.eval()
        return self

    def example(self, protein: Protein) -> MaskedSequence:
        """A protein with no residue masked, cut as task and encoder need it."""
        length = len(protein.sequence)
        residues = self.task.residues_read(length, self.start.max_residues)
        tokens = residue_tokens(protein.sequence).numpy().astype(np.uint8)[residues]
        sequence = unmasked(tokens)
        if not self.start.reads:
            return sequence
        stored = getattr(protein, self.start.reads)
        if stored is None:
            raise ProtlangError(
                f"{protein.id} has no {self.start.reads}, which this model reads; give "
                "the data set's"
            )
        return sequence._replace(stored=stored[()][residues])

    def mask(self, example: MaskedSequence, rng: np.random.Generator) -> MaskedSequence:
        """An example with masked residues, in each input of the encoder by itself."""
        assert self.start.masking is not None
        tokens = example.tokens
        size = self.start.max_residues or len(tokens)
        starts = range(0, len(tokens), size)
        parts = [
            mask_alone(tokens[start : start + size], self.start.masking, rng)
            for start in starts
        ]
        shifted = [part.positions + at for part, at in zip(parts, starts, strict=True)]
        return MaskedSequence(
            np.concatenate([part.tokens for part in parts]),
            np.concatenate(shifted),
            np.concatenate([part.targets for part in parts]),
        )

    def forward(
        self, examples: Sequence[MaskedSequence], predict_masked: bool = False
    ) -> Outputs:
        """Predict the task for proteins.

        Args:
            examples: at least one.
            predict_masked: whether to predict masked residues, too.
        """
        learns = torch.is_grad_enabled() and not self.settings.frozen
        with torch.set_grad_enabled(learns):
            states = self.start.encode(examples)
            masked = self.start.predict_masked(states) if predict_masked else None
        vectors = self._vectors(states).to(self.device)
        if isinstance(self.head, ProteinHead | ConvolutionHead):
            return Outputs(self.head(vectors, states.lengths), masked)
        return Outputs(self.head(vectors), masked)

    def save(self, folder: Path | str) -> None:
        """Write `config.json` and `model.safetensors`, each atomically."""
        description = {
            "task": self.task.name,
            "encoder": self.start.description,
            "settings": asdict(self.settings),
            "facts": dict(self.facts),
        }
        write_model(folder, description, self.state_dict())

    def _vectors(self, states: States) -> Tensor:
        """Vectors of proteins, or of all residues; padded ones if the head pools."""
        if self.task.level == "protein" and states.summary is not None:
            return states.summary
        chosen = states.z if self.settings.vectors == "z" else states.r
        vectors = states.r if chosen is None else chosen
        if self.task.level == "protein" or isinstance(self.head, ConvolutionHead):
            return vectors
        # Padding needs no scores.
        return vectors[within(states.lengths, vectors.shape[1], vectors.device)]


def load_finetuned(
    folder: Path | str, tasks: Mapping[str, SupervisedTask]
) -> FineTuned:
    """Read a model in evaluation mode, on the CPU.

    Args:
        folder: of the model.
        tasks: by name, the model's among them.

    Raises:
        ProtlangError: if a file is missing, damaged or does not fit the other.
    """

    def build(description: Mapping[str, Any]) -> FineTuned:
        settings = FineTuning(**description["settings"])
        encoder = description["encoder"]
        start = pair_encoder(encoder["architecture"]).described(encoder)
        network = FineTuned(start, tasks[description["task"]], settings)
        network.facts = description["facts"]
        return network

    network = read_config(folder, "fine-tuned model", build)
    fill(network, read_tensors(folder), Path(folder) / MODEL_FILE)
    return network


def untrained(start: PairEncoder) -> PairEncoder:
    """The same architecture with random weights, as if never pre-trained."""
    return type(start).new(start.options)


def _require_fitting(
    start: PairEncoder, task: SupervisedTask, settings: FineTuning
) -> None:
    if task.level == "protein" and settings.head != "hidden":
        raise ProtlangError(
            f"fine-tuning on {task.name}: the head {settings.head!r} predicts "
            "residues, not whole proteins; set `head` to hidden"
        )
    if start.masking is None and settings.masked_lm > 0:
        raise ProtlangError(
            f"fine-tuning: masked_lm is {settings.masked_lm}, but the encoder "
            f"{start.architecture!r} is no masked language model; set it to 0"
        )
    if start.architecture == "p-elmo-lm":
        raise ProtlangError(
            f"the encoder {start.architecture!r} cannot be fine-tuned; take plus-rnn, "
            "plus-tfm, p-elmo, or stored embeddings"
        )


def _head(start: PairEncoder, task: SupervisedTask, settings: FineTuning) -> nn.Module:
    channels = start.channels.get(settings.vectors, start.channels["r"])
    if start.joint:
        # As the head that it is pre-trained with, without a hidden layer.
        dropout = nn.Dropout(start.network.config.dropout)
        return nn.Sequential(dropout, nn.Linear(channels, task.outputs))
    if settings.head == "linear":
        return nn.Linear(channels, task.outputs)
    sizes = channels, settings.hidden_dim, task.outputs
    if settings.head == "convolutions":
        return ConvolutionHead(*sizes)
    if task.level == "residue":
        return ResidueHead(*sizes)
    return ProteinHead(*sizes, settings.pooling == "sum")
