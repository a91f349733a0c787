"""Homology: structural levels of pairs of domains, learned beside other things.

Three losses, each with a weight: of levels, of masked residues and of contact maps. A
batch's pairs are read once for all of them. So levels are learned from masked sequences
whenever residues are masked, and predicted from unmasked ones afterwards.

The loss of masked residues and that of contacts are each the sum of a mean over the
first and a mean over the second domains of the batch. Contacts are learned from the
first pairs of a batch, which are a random choice, as pairs come in no order.

Sources: PLUS, Sections 3.4 and 4.3 and Table 6; its released code (plus/train.py,
plus/model/plus_rnn.py) for what the paper does not print.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.checkpoint import checkpoint

from protlang.encoders.encoder import MaskedPredictions
from protlang.encoders.masking import MaskedSequence, Masking, sequence_tokens
from protlang.errors import ProtlangError
from protlang.formats.contact_maps import UNLABELLED
from protlang.homology.batches import HomologyReader
from protlang.homology.contacts import ContactData
from protlang.homology.domains import Domains
from protlang.homology.network import DomainPairs, HomologyNetwork, PairOutputs
from protlang.homology.pairs import FixedPairs
from protlang.homology.predictions import level_logits
from protlang.models.soft_alignment import PairHead
from protlang.pretraining.pfam_pairs import masked_pair
from protlang.pretraining.plus import lm_values, mean
from protlang.training.determinism import autocast
from protlang.training.distributed import Process
from protlang.training.loop import Validate
from protlang.training.optimizers import Adam
from protlang.training.precision import Precision
from protlang.training.task import Batch, NumberedTask

_MASKS = 0x44455650
"""Sets the random numbers of the validation pairs' masks apart."""


@dataclass(frozen=True)
class HomologyTraining:
    """How a network is trained; the defaults are PLUS-RNN's.

    Attributes:
        batch: pairs per process and batch.
        learning_rate: of Adam, constant.
        masked_lm: weight of the loss of masked residues, lambda_MLM; at 0, none are
            masked.
        levels: weight of the loss of levels, lambda_SL in Table 6.
        contacts: weight of the loss of contact maps, lambda_CMP.
        contact_pairs: of a batch, of which contact maps are learned.
        select_by: the validation loss that weights are selected by: the weighted `sum`
            of all that is trained, as in the released code, or that of levels, the
            `task`, alone.
        precision: of matrix products; `auto` is `bfloat16` on GPUs, `float32` on CPUs.
    """

    batch: int = 64
    learning_rate: float = 0.0005
    masked_lm: float = 0.3
    levels: float = 0.7
    contacts: float = 0.0
    contact_pairs: int = 10
    select_by: Literal["sum", "task"] = "sum"
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        weights = (self.masked_lm, self.levels, self.contacts)
        if min(weights) < 0 or not any(weights):
            raise ProtlangError(
                f"homology: the weights masked_lm, levels and contacts are {weights}; "
                "give at least one above 0 and none below"
            )


@dataclass(frozen=True)
class ValidationReading:
    """What a validation reads besides the pairs.

    Attributes:
        seed: of the masks.
        masking: how residues are masked, if any are.
        contacts: maps of the pairs' domains, if they are learned.
        imitate_released_code: as of `HomologyLoss`.
    """

    seed: int
    masking: Masking | None = None
    contacts: ContactData | None = None
    imitate_released_code: bool = False


class HomologyLoss:
    """The loss of a batch, given what a network predicts for it.

    Args:
        network: predicts levels and contacts.
        settings: weights of the losses.
        contacts: maps; None if they are not learned.
        imitate_released_code: leave the second domains out of the loss of masked
            residues and of contacts, and count the first more than once.
    """

    def __init__(
        self,
        network: HomologyNetwork,
        settings: HomologyTraining,
        contacts: ContactData | None,
        imitate_released_code: bool = False,
    ) -> None:
        if (contacts is None) != (settings.contacts == 0):
            raise ProtlangError(
                f"homology: the weight of contacts is {settings.contacts:g}, and "
                f"contact maps are {'not ' if contacts is None else ''}given; give "
                "both or none"
            )
        self._network = network
        self._settings = settings
        self._contacts = contacts
        self._imitate = imitate_released_code

    def __call__(
        self, pairs: DomainPairs, levels: np.ndarray
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Weighted sum of the losses, and each mean loss by name, detached.

        Args:
            pairs: with masked residues, if any are to be predicted.
            levels: 0 to 4, int64 (pairs,).
        """
        settings = self._settings
        outputs = self._network.read(pairs, settings.masked_lm > 0, settings.levels > 0)
        parts: list[Tensor] = []
        values: dict[str, Tensor] = {}
        if outputs.masked is not None:
            parts.append(self._of_residues(outputs.masked))
            values |= lm_values(outputs.masked)
        if outputs.logits is not None:
            truth = torch.from_numpy(levels).to(outputs.logits.device)
            loss = self._network.loss(outputs.logits, truth)
            parts.append(settings.levels * loss)
            values["levels_loss"] = loss.detach()
        if self._contacts is not None:
            loss, reported = self._of_contacts(pairs, outputs)
            parts.append(loss)
            values |= reported
        total = torch.stack(parts).sum()
        return total, {"loss": total.detach(), **values}

    def _of_residues(self, masked: MaskedPredictions) -> Tensor:
        """PLUS-TFM, which reads both domains as one sequence, has one mean for both."""
        weight = self._settings.masked_lm
        if self._network.start.joint:
            return weight * mean(masked.losses)
        first = mean(masked.losses[~masked.in_second])
        second = mean(masked.losses[masked.in_second])
        return _of_both(weight, first, second, self._imitate)

    def _of_contacts(
        self, pairs: DomainPairs, outputs: PairOutputs
    ) -> tuple[Tensor, dict[str, Tensor]]:
        chosen = range(min(self._settings.contact_pairs, len(pairs.ids)))
        firsts, seconds = zip(*pairs.ids, strict=True)
        first, first_right = self._cells(firsts, outputs, chosen, 0)
        second, second_right = self._cells(seconds, outputs, chosen, len(pairs.ids))
        weight = self._settings.contacts
        loss = _of_both(weight, mean(first), mean(second), self._imitate)
        return loss, {
            "contacts_loss": mean(torch.cat([first, second]).detach()),
            "contacts_accuracy": mean(torch.cat([first_right, second_right]).float()),
        }

    def _cells(
        self, ids: Sequence[str], outputs: PairOutputs, chosen: range, offset: int
    ) -> tuple[Tensor, Tensor]:
        """Losses of all labelled cells of chosen domains, and whether they are right.

        Args:
            ids: of the first or second domains.
            outputs: of the network.
            chosen: places of domains among `ids`.
            offset: place of the first of `ids` among the vectors.
        """
        z = outputs.states.z
        assert z is not None
        assert self._contacts is not None
        lengths = outputs.states.lengths
        losses, right = [], []
        for place in chosen:
            row = offset + place
            length = int(lengths[row])
            logits = _contact_logits(self._network, z[row, :length])
            labels = torch.from_numpy(self._contacts.labels(ids[place], length))
            known = (labels != UNLABELLED).to(logits.device)
            cells, truth = logits[known], labels.to(logits.device)[known]
            losses.append(
                binary_cross_entropy_with_logits(cells, truth.float(), reduction="none")
            )
            right.append((cells > 0) == (truth > 0))
        return torch.cat(losses), torch.cat(right)


class HomologyTask(NumberedTask):
    """A network trained on pairs of domains: what the training loop runs.

    Args:
        network: on the device that computes.
        loss: of a batch.
        domains: the training set.
        reader: of its pairs, masked.
        process: this one.
        settings: how it is trained.
    """

    def __init__(
        self,
        network: HomologyNetwork,
        loss: HomologyLoss,
        domains: Domains,
        reader: HomologyReader,
        process: Process,
        settings: HomologyTraining,
    ) -> None:
        super().__init__(process)
        self._network = network
        self._loss = loss
        self._domains = domains
        self._reader = reader
        self._settings = settings

    @property
    def network(self) -> HomologyNetwork:
        """What learns."""
        return self._network

    def next_batch(self) -> Batch:
        """Read the next pairs once, for all losses."""
        numbers = self.next_entries(self._settings.batch)
        batch = self._reader.batch(numbers.start, len(numbers))
        firsts, seconds, levels = batch.pairs
        ids = [self._ids(*pair) for pair in zip(firsts, seconds, strict=True)]
        pairs = DomainPairs(ids, batch.first, batch.second)
        with autocast(self.network, self._settings.precision):
            objective, values = self._loss(pairs, levels)
        residues = sum(len(domain.tokens) for domain in [*batch.first, *batch.second])
        return Batch(objective, values, residues)

    def describe_batch(self) -> str:
        """The domains of the last pairs."""
        numbers = self.last_entries(self._settings.batch)
        firsts, seconds, _ = self._reader.batch(numbers.start, len(numbers)).pairs
        ids = (self._ids(*pair) for pair in zip(firsts, seconds, strict=True))
        return ", ".join("/".join(pair) for pair in ids)

    def _ids(self, first: int, second: int) -> tuple[str, str]:
        return self._domains.ids[first], self._domains.ids[second]


def make_optimizer(
    network: HomologyNetwork, settings: HomologyTraining
) -> torch.optim.Optimizer:
    """Adam over what is not frozen; the contact head's gradient is not clipped.

    So a large one does not shrink the encoder's step. Source: PLUS's released code.

    After each update, slopes of the ordinal head that became negative are cut to zero,
    and the contact head's window is made symmetric again.
    """
    learning = [p for p in network.encoder.parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [{"params": learning, "clip": True}]
    if network.contacts is not None:
        groups.append({"params": list(network.contacts.parameters()), "clip": False})
    optimizer = Adam(groups, lr=settings.learning_rate)
    if isinstance(network.encoder.head, PairHead):
        _after_each_step(optimizer, network.encoder.head.keep_increasing)
    if network.contacts is not None:
        _after_each_step(optimizer, network.contacts.symmetrise)
    return optimizer


def levels_validation(
    network: HomologyNetwork,
    pairs: FixedPairs,
    settings: HomologyTraining,
) -> Validate:
    """Measures the loss of levels of fixed, unmasked pairs.

    Args:
        network: that is trained.
        pairs: of the validation set.
        settings: of its training.
    """
    truth = torch.from_numpy(pairs.levels)

    def validate() -> Mapping[str, float]:
        with autocast(network, settings.precision):
            logits = level_logits(network, pairs, settings.batch)
        return {"loss": float(network.loss(logits.float(), truth))}

    return validate


def summed_validation(
    network: HomologyNetwork,
    pairs: FixedPairs,
    settings: HomologyTraining,
    reading: ValidationReading,
) -> Validate:
    """Measures the weighted sum of all that is trained, of fixed pairs.

    Levels and contacts are those of unmasked domains. Masks are the same every time.
    Source: PLUS's released code (`Trainer.evaluate`).

    Args:
        network: that is trained.
        pairs: of the validation set.
        settings: of its training.
        reading: masks and maps.
    """
    levels = levels_validation(network, pairs, settings)
    masks, contacts = reading.masking, reading.contacts
    imitate = reading.imitate_released_code
    passes: list[tuple[HomologyLoss, Masking | None]] = []
    if settings.masked_lm:
        alone = replace(settings, levels=0.0, contacts=0.0)
        passes.append((HomologyLoss(network, alone, None, imitate), masks))
    if settings.contacts:
        alone = replace(settings, levels=0.0, masked_lm=0.0)
        passes.append((HomologyLoss(network, alone, contacts, imitate), None))

    def validate() -> Mapping[str, float]:
        sums = {"loss": 0.0}
        if settings.levels:
            sums["levels_loss"] = levels()["loss"]
            sums["loss"] = settings.levels * sums["levels_loss"]
        for loss, masking in passes:
            for part, truth in _batches(network, pairs, settings, masking, reading):
                with autocast(network, settings.precision):
                    _, values = loss(part, truth)
                for name, value in values.items():
                    weighted = float(value) * len(part.ids) / len(pairs.ids)
                    sums[name] = sums.get(name, 0.0) + weighted
        return sums

    return validate


def _batches(
    network: HomologyNetwork,
    pairs: FixedPairs,
    settings: HomologyTraining,
    masking: Masking | None,
    reading: ValidationReading,
) -> Iterator[tuple[DomainPairs, np.ndarray]]:
    """Fixed pairs as the network reads them, and their levels."""
    for start in range(0, len(pairs.ids), settings.batch):
        part = slice(start, start + settings.batch)
        read: list[tuple[MaskedSequence, MaskedSequence]] = []
        for place, (one, other) in enumerate(pairs.sequences[part], start):
            rng = np.random.default_rng([reading.seed, _MASKS, place])
            tokens = sequence_tokens(one), sequence_tokens(other)
            cut = network.start.shorten(*tokens)
            read.append(masked_pair(*cut, masking, network.start.joint, rng))
        first, second = (list(column) for column in zip(*read, strict=True))
        yield DomainPairs(pairs.ids[part], first, second), pairs.levels[part]


def _of_both(weight: float, first: Tensor, second: Tensor, imitate: bool) -> Tensor:
    """Weighted losses of first and second domains.

    The released code puts the weighted first in the place of the second, and weights it
    once more.
    """
    return weight * (1 + weight) * first if imitate else weight * (first + second)


def _contact_logits(network: HomologyNetwork, vectors: Tensor) -> Tensor:
    """Logits (length, length), float32, from z (length, dim) of a domain.

    What lies between is large, and computed again for the gradient.
    """
    assert network.contacts is not None
    logits: Tensor = checkpoint(
        network.contacts, vectors, use_reentrant=False, preserve_rng_state=False
    )
    return logits.float()


def _after_each_step(
    optimizer: torch.optim.Optimizer, action: Callable[[], None]
) -> None:
    def act(*_: Any) -> None:
        action()

    optimizer.register_step_post_hook(act)
