"""The objective of pre-training on pairs, its optimizer, and who reads which pairs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from protlang.corpora.token_store import TokenStore
from protlang.encoders.encoder import PairEncoder
from protlang.encoders.masking import TFM_MASKING, MaskedSequence, Masking, plus_tokens
from protlang.encoders.plus import PElmoLmEncoder, PlusRnnEncoder, PlusTfmEncoder
from protlang.models import plus_tfm
from protlang.models.p_elmo import PElmoLm, PElmoLmConfig
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import PlusTfm, PlusTfmConfig
from protlang.models.soft_alignment import PaddedVectors, similarity
from protlang.models.tokens import collate
from protlang.pretraining.pfam_pairs import (
    PairBatch,
    PairReader,
    PairSampler,
    PairSettings,
    ShuffledPasses,
)
from protlang.pretraining.plus import (
    LmTask,
    PairNames,
    PairTask,
    make_optimizer,
)
from protlang.pretraining.plus_recipe import PlusTraining
from protlang.training.optimizers import BertAdam
from support.corpora import build_families
from support.jobs import ALONE

PAIRS = 7
"""In a batch; an odd number, so that never half of them are of one family."""
TRAINING = PlusTraining(batch=PAIRS)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TokenStore:
    lengths = {"a": [30, 25, 40], "b": [22, 31, 9], "c": [28] * 4}
    return build_families(tmp_path_factory.mktemp("pfam"), lengths)


def rnn(**options: Any) -> PlusRnn:
    torch.manual_seed(0)
    return PlusRnn(PlusRnnConfig(hidden_dim=6, layers=1, projection=4, **options))


def tfm() -> PlusTfm:
    torch.manual_seed(0)
    return PlusTfm(PlusTfmConfig(8, 1, 2, 6, dropout=0.0, max_tokens=90))


def reader(
    store: TokenStore, masking: Masking | None, jointly: bool = False
) -> PairReader:
    sampler = PairSampler(store, np.arange(len(store)), PairSettings(3))
    return PairReader(store, sampler, masking, jointly, seed=2)


def encoder_of(network: nn.Module) -> PairEncoder:
    kind = PlusTfmEncoder if isinstance(network, PlusTfm) else PlusRnnEncoder
    return kind(network)


def task(
    store: TokenStore,
    network: nn.Module,
    training: PlusTraining = TRAINING,
    imitate: bool = False,
    masking: Masking | None = None,
) -> PairTask:
    encoder = encoder_of(network)
    chosen = (masking or encoder.masking) if training.masked_lm else None
    pairs = reader(store, chosen, encoder.joint)
    return PairTask(encoder, pairs, PairNames(store, pairs), ALONE, training, imitate)


def residue_losses(network: PlusRnn, domains: Sequence[MaskedSequence]) -> Tensor:
    """Cross-entropies of the masked residues of domains, read one by one."""
    losses = []
    for domain in domains:
        r, _ = network(collate([torch.tensor(domain.tokens.tolist())]))
        scores = network.residue_scores(r[0][torch.tensor(domain.positions)])
        targets = torch.tensor(domain.targets)
        losses.append(cross_entropy(scores, targets, reduction="none"))
    return torch.cat(losses)


def pair_logits(network: PlusRnn, batch: PairBatch) -> Tensor:
    assert network.head is not None
    logits = []
    for pair in zip(batch.first, batch.second, strict=True):
        read = [collate([torch.tensor(domain.tokens.tolist())]) for domain in pair]
        first, second = (PaddedVectors(network(x).z, x.lengths) for x in read)
        logits.append(network.head(similarity(first, second))[0, 0])
    return torch.stack(logits)


def loss_of_logits(logits: Tensor, batch: PairBatch) -> Tensor:
    truth = torch.from_numpy(batch.same_family).float()
    return binary_cross_entropy_with_logits(logits, truth)


# PLUS-RNN


@pytest.mark.parametrize("masked_lm", [0.7, 0.25, 0.0])
@pytest.mark.parametrize("same_family", [0.3, 1.0, 0.0])
@pytest.mark.parametrize("imitate", [False, True])
def test_plus_rnns_objective_is_the_weighted_sum_of_mean_losses(
    store: TokenStore, masked_lm: float, same_family: float, imitate: bool
) -> None:
    if not masked_lm + same_family:
        return
    network = rnn()
    training = replace(TRAINING, masked_lm=masked_lm, same_family=same_family)
    found = task(store, network, training, imitate).next_batch()
    pairs = reader(store, Masking() if masked_lm else None).batch(0, PAIRS)
    wanted = torch.zeros(())
    if masked_lm:
        first = residue_losses(network, pairs.first)
        second = residue_losses(network, pairs.second)
        assert len(first) != len(second)
        if imitate:  # the second one's loss is overwritten by the first one's
            wanted = masked_lm * (1 + masked_lm) * first.mean()
        else:
            wanted = masked_lm * (first.mean() + second.mean())
        both = torch.cat([first, second]).mean()
        assert found.values["masked_lm_loss"].item() == pytest.approx(both.item())
    if same_family:
        # In training, domains are compared while residues are masked.
        loss = loss_of_logits(pair_logits(network, pairs), pairs)
        wanted = wanted + same_family * loss
        assert found.values["same_family_loss"].item() == pytest.approx(loss.item())
    assert found.objective.item() == pytest.approx(wanted.item(), rel=1e-5)
    assert found.values["loss"].item() == found.objective.item()
    assert ("masked_lm_loss" in found.values) == (masked_lm > 0)
    assert ("same_family_loss" in found.values) == (same_family > 0)


@pytest.mark.parametrize("imitate", [False, True])
def test_gradients_are_those_of_the_objective(store: TokenStore, imitate: bool) -> None:
    """Not only its value: imitated, the second domain's residues teach nothing."""
    network = rnn()
    found = task(store, network, TRAINING, imitate).next_batch()
    pairs = reader(store, Masking()).batch(0, PAIRS)
    first = residue_losses(network, pairs.first).mean()
    second = residue_losses(network, pairs.second).mean()
    predicting = 1.19 * first if imitate else 0.7 * (first + second)
    comparing = loss_of_logits(pair_logits(network, pairs), pairs)
    weights = list(network.parameters())
    wanted = torch.autograd.grad(predicting + 0.3 * comparing, weights)
    for ours, theirs in zip(
        torch.autograd.grad(found.objective, weights), wanted, strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
    assert all(not value.requires_grad for value in found.values.values())


def test_without_its_loss_nothing_is_masked(store: TokenStore) -> None:
    network = rnn()
    training = replace(TRAINING, masked_lm=0.0)
    found = task(store, network, training).next_batch().values
    drawn = PairSampler(store, np.arange(len(store)), PairSettings(3)).pairs(0, PAIRS)
    whole = [
        [
            MaskedSequence(plus_tokens(store[place]), np.array([]), np.array([]))
            for place in side
        ]
        for side in (drawn.first, drawn.second)
    ]
    batch = PairBatch(whole[0], whole[1], drawn.same_family)
    loss = loss_of_logits(pair_logits(network, batch), batch)
    assert found["same_family_loss"].item() == pytest.approx(loss.item())


@pytest.mark.parametrize("imitate", [False, True])
def test_accuracies_are_those_of_the_batch(store: TokenStore, imitate: bool) -> None:
    network = rnn()
    pairs = reader(store, Masking()).batch(0, PAIRS)
    assert network.head is not None
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.fill_(0.25)  # between both thresholds
    same = pairs.same_family.mean()
    right = 1 - same if imitate else same
    found = task(store, network, TRAINING, imitate).next_batch().values
    assert found["same_family_accuracy"].item() == pytest.approx(right)
    encoder = encoder_of(network)
    predicted = encoder.predict_masked(encoder.encode_pairs(pairs.first, pairs.second))
    share = predicted.correct.float().mean().item()
    assert found["masked_lm_accuracy"].item() == pytest.approx(share)


def test_domains_too_short_to_mask_have_no_loss(tmp_path: Path) -> None:
    store = build_families(tmp_path, {"a": [5, 6, 4], "b": [3, 6]})
    network = rnn()
    batch = task(store, network, replace(TRAINING, same_family=0.0)).next_batch()
    assert batch.objective.item() == 0
    torch.autograd.backward(batch.objective)
    assert all(not p.grad.any() for p in network.parameters() if p.grad is not None)


def test_tokens_are_residues_of_both_domains(store: TokenStore) -> None:
    pairs = reader(store, None).batch(0, PAIRS)
    residues = sum(len(domain.tokens) for domain in [*pairs.first, *pairs.second])
    assert task(store, rnn()).next_batch().tokens == residues


# PLUS-TFM


@pytest.mark.parametrize("imitate", [False, True])
def test_plus_tfms_objective_has_one_mean_over_both_domains(
    store: TokenStore, imitate: bool
) -> None:
    network = tfm()
    found = task(store, network, TRAINING, imitate).next_batch()
    pairs = reader(store, TFM_MASKING, jointly=True).batch(0, PAIRS)
    losses, scores = [], []
    for a, b in zip(pairs.first, pairs.second, strict=True):
        tokens = [torch.tensor(part.tokens.tolist()) for part in (a, b)]
        states = network(plus_tfm.collate([plus_tfm.join(*tokens)]))[0]
        places = torch.tensor([*(a.positions + 1), *(b.positions + len(a.tokens) + 2)])
        targets = torch.tensor([*a.targets, *b.targets])
        predicted = network.token_scores(states[places])
        losses.append(cross_entropy(predicted, targets, reduction="none"))
        scores.append(network.class_scores(states[0]))
    truth = torch.from_numpy(pairs.same_family)
    judged = torch.stack(scores)
    wanted = 0.7 * torch.cat(losses).mean() + 0.3 * cross_entropy(judged, truth.long())
    assert found.objective.item() == pytest.approx(wanted.item(), rel=1e-5)
    # The larger of both scores counts, in the released code, too.
    right = (judged.argmax(dim=1) == truth).float().mean().item()
    assert found.values["same_family_accuracy"].item() == pytest.approx(right)


def test_plus_tfms_larger_score_counts_however_little_it_is_larger(
    store: TokenStore,
) -> None:
    network = tfm()
    assert network.head is not None
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.copy_(torch.tensor([0.0, 0.2]))
    batch = task(store, network, TRAINING, imitate=True).next_batch()
    share = reader(store, None).batch(0, PAIRS).same_family.mean()
    assert 0 < share < 1
    assert batch.values["same_family_accuracy"].item() == pytest.approx(share)


# P-ELMo's language model


def lm_task(store: TokenStore) -> LmTask:
    torch.manual_seed(0)
    network = PElmoLm(PElmoLmConfig(hidden_dim=5))
    domains = ShuffledPasses(np.arange(len(store)), seed=3)
    return LmTask(
        PElmoLmEncoder(network), store, domains, ALONE, replace(TRAINING, batch=4)
    )


def test_the_language_model_learns_from_amino_acids_alone(tmp_path: Path) -> None:
    store = build_families(tmp_path, {"a": [8, 3, 12], "b": [5]}, unknown=2)
    learning = lm_task(store)
    batch = learning.next_batch()
    losses, correct = [], []
    for place in range(4):
        tokens = torch.tensor(plus_tokens(store[place]).tolist())
        scores = learning.network(collate([tokens]))[0]
        known = tokens != 21
        losses.append(cross_entropy(scores[known], tokens[known], reduction="none"))
        correct.append(scores[known].argmax(dim=1) == tokens[known])
    wanted = torch.cat(losses)
    assert len(wanted) == 28 - 2
    assert batch.objective.item() == pytest.approx(wanted.mean().item(), rel=1e-5)
    assert batch.values["loss"].item() == batch.values["masked_lm_loss"].item()
    share = torch.cat(correct).float().mean().item()
    assert batch.values["masked_lm_accuracy"].item() == pytest.approx(share)
    assert batch.tokens == 28


def test_the_language_model_reads_domains_in_the_order_of_passes(
    store: TokenStore,
) -> None:
    learning = lm_task(store)
    assert learning.entries == len(store)
    order = ShuffledPasses(np.arange(len(store)), seed=3).take(0, 12)
    for start in (0, 4, 8):
        learning.next_batch()
        names = [store.id(place) for place in order[start : start + 4]]
        assert learning.describe_batch() == ", ".join(names)
    state = learning.state()
    assert state == {"turns": 3}
    again = lm_task(store)
    again.restore(state)
    losses = [one.next_batch().objective.item() for one in (learning, again)]
    assert losses[0] == losses[1]


# Batches


def test_a_batch_follows_from_its_position_alone(store: TokenStore) -> None:
    learning, again = task(store, rnn()), task(store, rnn())
    objectives = [learning.next_batch().objective.item() for _ in range(3)]
    assert len(set(objectives)) == 3
    again.restore({"turns": 1})
    assert [again.next_batch().objective.item() for _ in range(2)] == objectives[1:]
    assert again.state() == learning.state() == {"turns": 3}


def test_a_batch_is_described_by_its_domains(store: TokenStore) -> None:
    learning = task(store, rnn())
    assert learning.entries == len(store)
    for start in (0, PAIRS):
        learning.next_batch()
        drawn = PairSampler(store, np.arange(len(store)), PairSettings(3)).pairs(
            start, PAIRS
        )
        names = [
            f"{store.id(first)}/{store.id(second)}"
            for first, second in zip(drawn.first, drawn.second, strict=True)
        ]
        assert learning.describe_batch() == ", ".join(names)
    means = {"loss": 1.0, "masked_lm_accuracy": 0.5}
    assert learning.summarise(means) == means


# The optimizer


def pushed(network: PlusRnn, settings: PlusTraining, imitate: bool = False) -> float:
    """The head's slope after updates that push it down."""
    assert network.head is not None
    optimizer = make_optimizer(network, settings, 100, imitate)
    for _ in range(20):
        for weights in network.parameters():
            weights.grad = torch.ones_like(weights)
        optimizer.step()
    return network.head.weight.item()


@pytest.mark.parametrize("optimizer", ["adam", "bert_adam"])
def test_slopes_stay_above_zero_unless_the_released_code_is_imitated(
    optimizer: Any,
) -> None:
    settings = replace(TRAINING, optimizer=optimizer, learning_rate=0.3)
    assert pushed(rnn(), settings) == 0
    assert pushed(rnn(imitate_released_code=True), settings, imitate=True) < 0


def test_restored_optimizers_keep_slopes_above_zero() -> None:
    network = rnn()
    optimizer = make_optimizer(network, TRAINING, 10)
    optimizer.load_state_dict(optimizer.state_dict())
    assert network.head is not None
    with torch.no_grad():
        network.head.weight.fill_(-1)
    optimizer.step()
    assert network.head.weight.item() == 0


@pytest.mark.parametrize("imitate", [False, True])
def test_decay_spares_biases_unless_the_released_code_is_imitated(
    imitate: bool,
) -> None:
    settings = replace(TRAINING, optimizer="bert_adam", weight_decay=0.5)
    network = tfm()
    optimizer = make_optimizer(network, settings, 10, imitate)
    assert isinstance(optimizer, BertAdam)
    decays = {
        weights: group["weight_decay"]
        for group in optimizer.param_groups
        for weights in group["params"]
    }
    for name, weights in network.named_parameters():
        spared = name.endswith("bias") or "norm" in name
        assert decays.pop(weights) == (0.0 if spared and not imitate else 0.5), name
    assert not decays


def test_bert_adams_rate_follows_the_settings() -> None:
    settings = replace(TRAINING, optimizer="bert_adam", learning_rate=0.2, warm_up=0.5)
    optimizer = make_optimizer(tfm(), settings, updates=8)
    rates = []
    for _ in range(8):
        optimizer.step()
        rates.append(optimizer.param_groups[0]["lr"])
    factors = [0, 0.25, 0.5, 0.75, 0.5, 0.375, 0.25, 0.125]
    assert rates == pytest.approx([0.2 * factor for factor in factors])


def test_adam_is_pytorchs_at_a_constant_rate() -> None:
    optimizer = make_optimizer(rnn(), replace(TRAINING, learning_rate=0.02), 10)
    assert isinstance(optimizer, torch.optim.Adam)
    (group,) = optimizer.param_groups
    assert (group["lr"], group["betas"], group["eps"]) == (0.02, (0.9, 0.999), 1e-8)
    assert group["weight_decay"] == 0
