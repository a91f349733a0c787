"""The losses of homology against definitions pair by pair, and limits on weights."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from protlang.encoders.masking import TFM_MASKING, MaskedSequence, Masking
from protlang.errors import ProtlangError
from protlang.formats.contact_maps import ContactMap
from protlang.homology.batches import HomologyBatch, HomologyReader, ReadingSettings
from protlang.homology.contacts import ContactData, write_contacts
from protlang.homology.network import DomainPairs, HomologyNetwork
from protlang.homology.objective import (
    HomologyLoss,
    HomologyTask,
    HomologyTraining,
    ValidationReading,
    _batches,
    levels_validation,
    make_optimizer,
    summed_validation,
)
from protlang.homology.pairs import HomologySampler, SamplerSettings
from protlang.models import plus_tfm
from protlang.models.tokens import collate
from protlang.training.distributed import Process
from support.pairs import (
    all_pairs,
    tiny_domains,
    tiny_network,
    tiny_vectors,
    write_maps,
)
from support.plus_reference import alignment, sigmoid

DOMAINS = tiny_domains()
SAMPLER = HomologySampler(DOMAINS.sccs, SamplerSettings(seed=1))
TABLE_6 = [
    *((0.3, 0.7, 0.0), (0.0, 1.0, 0.0), (0.5, 0.5, 0.0)),
    *((0.0, 0.7, 0.3), (0.0, 0.5, 0.5), (0.33, 0.33, 0.33)),
]
"""Weights of masked LM, levels and contacts."""


@pytest.fixture(scope="module")
def contacts(tmp_path_factory: pytest.TempPathFactory) -> ContactData:
    """Maps of all domains but one."""
    path = tmp_path_factory.mktemp("contacts") / "contacts.h5"
    return ContactData(write_maps(path, DOMAINS, without=DOMAINS.ids[2]))


def batch_of(architecture: str, masking: Masking | None) -> HomologyBatch:
    joint = architecture == "plus-tfm"
    settings = ReadingSettings(0, masking, joint, 61 if joint else None)
    return HomologyReader(DOMAINS, SAMPLER, settings).batch(0, 6)


def named(batch: HomologyBatch) -> DomainPairs:
    ids = [
        (DOMAINS.ids[a], DOMAINS.ids[b])
        for a, b in zip(batch.pairs.first, batch.pairs.second, strict=True)
    ]
    return DomainPairs(ids, batch.first, batch.second)


def as_tokens(domain: MaskedSequence) -> Tensor:
    return torch.from_numpy(domain.tokens).long()


def nats(scores: Tensor, targets: np.ndarray) -> list[float]:
    """Cross-entropies of residues, from scores (residues, classes)."""
    logs = scores.double().log_softmax(dim=1).numpy()
    return [-logs[row, target] for row, target in enumerate(targets)]


def bit_loss(logit: np.ndarray, truth: np.ndarray) -> np.ndarray:
    p = sigmoid(logit)
    return -(truth * np.log(p) + (1 - truth) * np.log(1 - p))


@torch.no_grad()
def by_hand(
    network: HomologyNetwork, batch: HomologyBatch, contacts: ContactData, chosen: int
) -> dict[str, list[float]]:
    """Every single loss of aligned domains, side by side."""
    losses: dict[str, list[float]] = {
        name: [] for name in ("lm_a", "lm_b", "levels", "map_a", "map_b")
    }
    for place, ids in enumerate(named(batch).ids):
        vectors = []
        for side, domain in zip("ab", (batch.first, batch.second), strict=True):
            read = collate([as_tokens(domain[place])])
            r, z = network.encoder(read)
            vectors.append(z[0].double().numpy())
            scores = network.encoder.residue_scores(r[0, domain[place].positions])
            losses[f"lm_{side}"] += nats(scores, domain[place].targets)
            name = ids["ab".index(side)]
            if place < chosen and name in contacts and network.contacts is not None:
                logits = network.contacts(z[0]).double().numpy()
                truth = contacts[name]
                for i, j in product(range(len(truth)), repeat=2):
                    if j - i >= 2 and truth[i, j] >= 0:
                        loss = bit_loss(logits[i, j], truth[i, j])
                        losses[f"map_{side}"].append(float(loss))
        similarity = alignment(*vectors).score
        head = network.encoder.head
        logits = (head.weight * similarity + head.bias).double().numpy()
        bits = np.arange(1, 5) <= batch.pairs.levels[place]
        losses["levels"] += bit_loss(logits, bits).tolist()
    return losses


def mean_of(losses: list[float]) -> float:
    return float(np.mean(losses)) if losses else 0.0


@pytest.mark.parametrize("imitate", [False, True])
@pytest.mark.parametrize("weights", [*TABLE_6, (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)])
@pytest.mark.parametrize("architecture", ["plus-rnn", "p-elmo"])
def test_losses_are_those_of_their_definitions(
    architecture: str,
    weights: tuple[float, float, float],
    imitate: bool,
    contacts: ContactData,
) -> None:
    of_lm, of_levels, of_contacts = weights
    settings = HomologyTraining(6, 0.1, of_lm, of_levels, of_contacts, contact_pairs=4)
    network = tiny_network(architecture, contacts=of_contacts > 0)
    batch = batch_of(architecture, Masking() if of_lm else None)
    maps = contacts if of_contacts else None
    loss = HomologyLoss(network, settings, maps, imitate)
    total, values = loss(named(batch), batch.pairs.levels)
    single = by_hand(network, batch, contacts, chosen=4)
    means = {name: mean_of(losses) for name, losses in single.items()}
    if imitate:
        lm, mapped = (
            (1 + w) * means[n] for w, n in ((of_lm, "lm_a"), (of_contacts, "map_a"))
        )
    else:
        lm, mapped = (means[f"{n}_a"] + means[f"{n}_b"] for n in ("lm", "map"))
    expected = of_lm * lm + of_levels * means["levels"] + of_contacts * mapped
    assert total.item() == pytest.approx(expected, rel=1e-5)
    assert values["loss"] == total
    assert ("masked_lm_loss" in values) == (of_lm > 0)
    assert ("levels_loss" in values) == (of_levels > 0)
    assert ("contacts_loss" in values) == (of_contacts > 0)
    if of_contacts:
        pooled = mean_of(single["map_a"] + single["map_b"])
        assert float(values["contacts_loss"]) == pytest.approx(pooled, rel=1e-5)
        assert len(single["map_a"]) > 50


@torch.no_grad()
def test_losses_of_the_transformer_are_means_over_both_domains() -> None:
    network = tiny_network("plus-tfm")
    batch = batch_of("plus-tfm", TFM_MASKING)
    settings = HomologyTraining(6, masked_lm=0.3, levels=0.7)
    loss = HomologyLoss(network, settings, None)
    total, _ = loss(named(batch), batch.pairs.levels)
    residues, levels = [], []
    for a, b, level in zip(batch.first, batch.second, batch.pairs.levels, strict=True):
        joined = plus_tfm.join(as_tokens(a), as_tokens(b))
        states = network.encoder(plus_tfm.collate([joined]))[0]
        places = [*(a.positions + 1), *(b.positions + len(a.tokens) + 2)]
        scores = network.encoder.token_scores(states[places])
        residues += nats(scores, np.concatenate([a.targets, b.targets]))
        levels += nats(network.encoder.class_scores(states[:1]), np.array([level]))
    expected = 0.3 * np.mean(residues) + 0.7 * np.mean(levels)
    assert total.item() == pytest.approx(expected, rel=1e-5)


def test_levels_of_stored_embeddings_are_learned_beside_contacts(
    contacts: ContactData,
) -> None:
    network = tiny_network("embeddings", contacts=True)
    batch = batch_of("embeddings", None)
    settings = HomologyTraining(6, masked_lm=0, levels=0.5, contacts=0.5)
    reading = network.with_vectors(tiny_vectors(DOMAINS))
    total, values = HomologyLoss(reading, settings, contacts)(
        named(batch), batch.pairs.levels
    )
    total.backward()
    assert values.keys() == {
        "loss",
        "levels_loss",
        "contacts_loss",
        "contacts_accuracy",
    }
    assert all(weights.grad is not None for weights in network.parameters())


def test_contacts_without_any_label_leave_every_weight_a_gradient(
    tmp_path: Path,
) -> None:
    """Processes add up their gradients, so all need the same ones."""
    other = ContactMap("other", np.zeros((4, 4), dtype=np.int8))
    write_contacts(tmp_path / "c.h5", [other], {"other": 4}, {})
    network = tiny_network("plus-rnn", contacts=True)
    batch = batch_of("plus-rnn", None)
    settings = HomologyTraining(6, masked_lm=0, levels=0, contacts=1)
    loss = HomologyLoss(network, settings, ContactData(tmp_path / "c.h5"))
    total, _ = loss(named(batch), batch.pairs.levels)
    total.backward()
    assert total.item() == 0
    assert all(w.grad is not None for w in network.contacts.parameters())


def task_of(
    network: HomologyNetwork,
    settings: HomologyTraining,
    contacts: ContactData | None = None,
    rank: int = 0,
    processes: int = 1,
) -> HomologyTask:
    masking = Masking() if settings.masked_lm else None
    reader = HomologyReader(DOMAINS, SAMPLER, ReadingSettings(0, masking))
    loss = HomologyLoss(network, settings, contacts)
    process = Process(rank, processes, torch.device("cpu"))
    return HomologyTask(network, loss, DOMAINS, reader, process, settings)


def test_processes_take_different_pairs_which_together_are_those_of_one() -> None:
    settings = HomologyTraining(batch=4, masked_lm=0, levels=1)
    network = tiny_network("plus-rnn")
    tasks = [task_of(network, settings, rank=rank, processes=2) for rank in range(2)]
    parts = []
    for _ in range(2):
        for task in tasks:
            task.next_batch()
            parts.append(task.describe_batch())
    alone = task_of(network, replace(settings, batch=16))
    batch = alone.next_batch()
    assert ", ".join(parts) == alone.describe_batch()
    pairs = SAMPLER.pairs(0, 16)
    ids = [
        f"{DOMAINS.ids[a]}/{DOMAINS.ids[b]}" for a, b in zip(*pairs[:2], strict=True)
    ]
    assert alone.describe_batch() == ", ".join(ids)
    lengths = [len(DOMAINS.sequences[x]) for x in [*pairs.first, *pairs.second]]
    assert batch.tokens == sum(lengths)


def test_a_restored_task_continues_with_the_next_pairs() -> None:
    settings = HomologyTraining(batch=4)
    first = task_of(tiny_network("plus-rnn"), settings)
    first.next_batch()
    state = first.state()
    expected = first.next_batch()
    second = task_of(tiny_network("plus-rnn"), settings)
    second.restore(state)
    assert torch.equal(second.next_batch().objective, expected.objective)


def test_after_an_update_slopes_are_not_negative_and_the_window_is_symmetric(
    contacts: ContactData,
) -> None:
    network = tiny_network("plus-rnn", contacts=True)
    settings = HomologyTraining(4, 5.0, masked_lm=0, levels=0.5, contacts=0.5)
    task = task_of(network, settings, contacts)
    optimizer = make_optimizer(network, settings)
    with torch.no_grad():
        network.encoder.head.weight.fill_(0.1)
        network.encoder.head.bias.fill_(-20)  # so that slopes are pushed down
    for _ in range(2):
        before = network.contacts.window.weight.clone()
        optimizer.zero_grad()
        task.next_batch().objective.backward()
        optimizer.step()
        window = network.contacts.window.weight
        assert torch.equal(window, window.transpose(2, 3))
        assert not torch.equal(window, before)
        assert (network.encoder.head.weight >= 0).all()
        assert (network.encoder.head.weight == 0).any()


def test_the_contact_heads_gradient_is_neither_clipped_nor_counted(
    contacts: ContactData,
) -> None:
    network = tiny_network("plus-rnn", contacts=True)
    settings = HomologyTraining(4, masked_lm=0, levels=0.5, contacts=0.5)
    encoder, head = make_optimizer(network, settings).param_groups
    assert (encoder["clip"], head["clip"]) == (True, False)
    assert {id(p) for p in head["params"]} == {
        id(p) for p in network.contacts.parameters()
    }
    assert len(encoder["params"]) == len(list(network.encoder.parameters()))


def test_the_frozen_language_model_stays_as_it_was(contacts: ContactData) -> None:
    network = tiny_network("p-elmo", contacts=True)
    below = network.encoder.language_model
    before = {name: w.clone() for name, w in below.state_dict().items()}
    settings = HomologyTraining(4, 0.1, masked_lm=0, levels=0.1, contacts=0.9)
    task = task_of(network, settings, contacts)
    optimizer = make_optimizer(network, settings)
    own = network.encoder.projection.weight.clone()
    for _ in range(3):
        optimizer.zero_grad()
        task.next_batch().objective.backward()
        optimizer.step()
    assert not torch.equal(network.encoder.projection.weight, own)
    for name, weights in below.state_dict().items():
        assert torch.equal(weights, before[name])


def test_on_request_weights_are_selected_by_the_levels_of_whole_domains() -> None:
    network = tiny_network("plus-rnn")
    pairs = all_pairs(DOMAINS)
    settings = HomologyTraining(batch=4, masked_lm=0.3, levels=0.7)
    measured = levels_validation(network, pairs, settings)()
    whole = replace(settings, batch=len(pairs.ids), masked_lm=0, levels=1)
    batch = next(_batches(network, pairs, whole, None, ValidationReading(0)))
    with torch.no_grad():
        loss, _ = HomologyLoss(network, whole, None)(*batch)
    assert measured["loss"] == pytest.approx(loss.item(), rel=1e-5)
    assert set(measured) == {"loss"}


def test_weights_are_selected_by_the_sum_of_all_weighted_losses(
    contacts: ContactData,
) -> None:
    network = tiny_network("plus-rnn", contacts=True)
    pairs = all_pairs(DOMAINS)
    settings = HomologyTraining(7, masked_lm=0.3, levels=0.7, contacts=0.5)

    def measured(masking: Masking, **weights: Any) -> Mapping[str, float]:
        chosen = replace(settings, **weights)
        maps = contacts if chosen.contacts else None
        reading = ValidationReading(3, masking, maps, True)
        return summed_validation(network, pairs, chosen, reading)()

    with torch.no_grad():
        both = measured(Masking())
        levels = measured(Masking(), masked_lm=0.0, contacts=0.0)
        mapped = measured(Masking(), masked_lm=0.0, levels=0.0)
        masked = measured(Masking(), levels=0.0, contacts=0.0)
        again = measured(Masking())
    parts = levels["loss"] + mapped["loss"] + masked["loss"]
    assert both["loss"] == pytest.approx(parts, rel=1e-6)
    assert levels["loss"] == pytest.approx(0.7 * levels["levels_loss"], rel=1e-6)
    whole = levels_validation(network, pairs, settings)()
    assert levels["levels_loss"] == pytest.approx(whole["loss"], rel=1e-5)
    assert masked["loss"] > 0
    assert again == both


def test_weights_that_make_no_sense_are_refused(contacts: ContactData) -> None:
    with pytest.raises(ProtlangError, match="give at least one above 0"):
        HomologyTraining(masked_lm=0, levels=0)
    with pytest.raises(ProtlangError, match="none below"):
        HomologyTraining(levels=-1)
    network = tiny_network("plus-rnn", contacts=True)
    with pytest.raises(ProtlangError, match="contact maps are not given"):
        HomologyLoss(network, HomologyTraining(contacts=0.3), None)
    with pytest.raises(ProtlangError, match="contact maps are given"):
        HomologyLoss(network, HomologyTraining(), contacts)
