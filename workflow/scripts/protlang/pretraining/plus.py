"""Pre-training on Pfam: masked language modelling with same family prediction.

Source: PLUS, Section 3.3 and 4.1; settings that are not printed: its released code.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from protlang.corpora.token_store import TokenStore
from protlang.encoders.encoder import MaskedPredictions, PairEncoder
from protlang.encoders.masking import plus_tokens, unmasked
from protlang.models.soft_alignment import PairHead
from protlang.pretraining.pair_results import RELEASED_THRESHOLD
from protlang.pretraining.pfam_pairs import PairBatch, PairReader, ShuffledPasses
from protlang.pretraining.plus_recipe import PlusTraining
from protlang.training.determinism import autocast
from protlang.training.distributed import Process
from protlang.training.optimizers import Adam, BertAdam, decay_groups
from protlang.training.task import Batch, NumberedTask


class EncoderTask(NumberedTask):
    """An encoder that learns from numbered entries.

    Args:
        encoder: on the device that computes.
        process: this one.
        settings: how it is trained.
    """

    def __init__(
        self, encoder: PairEncoder, process: Process, settings: PlusTraining
    ) -> None:
        super().__init__(process)
        self.encoder = encoder
        self._settings = settings

    @property
    def network(self) -> nn.Module:
        """What learns."""
        network: nn.Module = self.encoder.network
        return network


class PairTask(EncoderTask):
    """A model trained on pairs of domains: what the training loop runs.

    Args:
        encoder: PLUS-RNN or PLUS-TFM, on the device that computes.
        reader: of masked pairs.
        names: identifiers of a pair's domains given its number, for error messages.
        process: this one.
        settings: how it is trained.
        imitate_released_code: leave the second domain's residues out of the loss, and
            count the first's more than once.
    """

    def __init__(
        self,
        encoder: PairEncoder,
        reader: PairReader,
        names: "PairNames",
        process: Process,
        settings: PlusTraining,
        imitate_released_code: bool = False,
    ) -> None:
        super().__init__(encoder, process, settings)
        self._reader = reader
        self._names = names
        self._imitate = imitate_released_code

    @property
    def entries(self) -> int:
        """Pairs of one pass over the anchors."""
        return self._reader.sampler.anchors

    def next_batch(self) -> Batch:
        """Read the next pairs once, for both losses."""
        numbers = self.next_entries(self._settings.batch)
        pairs = self._reader.batch(numbers.start, len(numbers))
        masked = logits = None
        with autocast(self.network, self._settings.precision):
            states = self.encoder.encode_pairs(pairs.first, pairs.second)
            if self._settings.masked_lm > 0:
                masked = self.encoder.predict_masked(states)
            if self._settings.same_family > 0:
                logits = self.encoder.family_logits(states)
        parts: list[Tensor] = []
        values: dict[str, Tensor] = {}
        if masked is not None:
            parts.append(self._masked_lm(masked))
            values |= lm_values(masked)
        if logits is not None:
            loss, reported = self._same_family(logits, pairs)
            parts.append(self._settings.same_family * loss)
            values |= reported
        objective = torch.stack(parts).sum()
        residues = sum(len(domain.tokens) for domain in [*pairs.first, *pairs.second])
        return Batch(objective, {"loss": objective.detach(), **values}, residues)

    def describe_batch(self) -> str:
        """The domains of the last pairs."""
        return ", ".join(map(self._names.of, self.last_entries(self._settings.batch)))

    def _masked_lm(self, masked: MaskedPredictions) -> Tensor:
        """Weighted loss: of a pair's two domains the sum, each a mean over residues.

        PLUS-TFM reads both domains as one sequence.
        """
        weight = self._settings.masked_lm
        first = mean(masked.losses[~masked.in_second])
        if not masked.in_second.any():
            return weight * first
        if self._imitate:
            return weight * (1 + weight) * first
        return weight * (first + mean(masked.losses[masked.in_second]))

    def _same_family(
        self, logits: Tensor, pairs: PairBatch
    ) -> tuple[Tensor, dict[str, Tensor]]:
        truth = torch.from_numpy(pairs.same_family).to(logits.device)
        loss = binary_cross_entropy_with_logits(logits.float(), truth.float())
        # PLUS-TFM, which reads pairs as one sequence, takes the larger of two scores.
        released = self._imitate and not self.encoder.joint
        threshold = RELEASED_THRESHOLD if released else 0
        right = (logits > threshold) == truth
        return loss, {
            "same_family_loss": loss.detach(),
            "same_family_accuracy": right.float().mean(),
        }


class PairNames:
    """Identifiers of pairs, which are looked up only when something is wrong."""

    def __init__(self, store: TokenStore, reader: PairReader) -> None:
        self._store = store
        self._reader = reader

    def of(self, number: int) -> str:
        """Both identifiers of a pair."""
        pairs = self._reader.sampler.pairs(number, 1)
        return f"{self._store.id(pairs.first[0])}/{self._store.id(pairs.second[0])}"


class LmTask(EncoderTask):
    """P-ELMo's language model, which is trained on single domains.

    Args:
        encoder: on the device that computes.
        store: the corpus.
        domains: the order in which they are read.
        process: this one.
        settings: how it is trained.
    """

    def __init__(
        self,
        encoder: PairEncoder,
        store: TokenStore,
        domains: ShuffledPasses,
        process: Process,
        settings: PlusTraining,
    ) -> None:
        super().__init__(encoder, process, settings)
        self._store = store
        self._domains = domains

    @property
    def entries(self) -> int:
        """Domains of one pass."""
        return len(self._domains)

    def next_batch(self) -> Batch:
        """Predict every residue of the next domains."""
        numbers = self.next_entries(self._settings.batch)
        places = self._domains.take(numbers.start, len(numbers))
        sequences = [unmasked(plus_tokens(self._store[place])) for place in places]
        with autocast(self.network, self._settings.precision):
            states = self.encoder.encode(sequences)
            masked = self.encoder.predict_masked(states)
        loss = mean(masked.losses)
        residues = sum(len(sequence.tokens) for sequence in sequences)
        return Batch(loss, {"loss": loss.detach(), **lm_values(masked)}, residues)

    def describe_batch(self) -> str:
        """The last domains."""
        numbers = self.last_entries(self._settings.batch)
        places = self._domains.take(numbers.start, len(numbers))
        return ", ".join(self._store.id(place) for place in places)


def make_optimizer(
    network: nn.Module,
    settings: PlusTraining,
    updates: int,
    imitate_released_code: bool = False,
) -> torch.optim.Optimizer:
    """The optimizer that the settings name; no slope of the pair head becomes negative.

    Args:
        network: whose weights learn.
        settings: how.
        updates: in all.
        imitate_released_code: let weight decay act on biases and normalisations, too.
    """
    if settings.optimizer == "bert_adam":
        groups = decay_groups(network, settings.weight_decay, not imitate_released_code)
        optimizer: torch.optim.Optimizer = BertAdam(
            groups, settings.learning_rate, updates, settings.warm_up
        )
    else:
        learning = [p for p in network.parameters() if p.requires_grad]
        optimizer = Adam(learning, lr=settings.learning_rate)
    head = getattr(network, "head", None)
    if isinstance(head, PairHead):
        _keep_increasing(head, optimizer)
    return optimizer


def _keep_increasing(head: PairHead, optimizer: torch.optim.Optimizer) -> None:
    """Keep a head's slopes from becoming negative after each update."""

    def cut(*_: Any) -> None:
        head.keep_increasing()

    optimizer.register_step_post_hook(cut)


def mean(losses: Tensor) -> Tensor:
    """Mean loss, zero of none: domains may be too short to be masked."""
    return losses.sum() / max(1, losses.numel())


def lm_values(masked: MaskedPredictions) -> dict[str, Tensor]:
    """Mean loss and accuracy over all predicted residues of a batch."""
    return {
        "masked_lm_loss": mean(masked.losses.detach()),
        "masked_lm_accuracy": mean(masked.correct.float()),
    }
