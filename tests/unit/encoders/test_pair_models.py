"""Models asked in batches say what they say of one pair, computed step by step."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax

from protlang.encoders.masking import (
    TFM_MASKING,
    Masked,
    Masking,
    mask_alone,
    mask_jointly,
    unmasked,
)
from protlang.encoders.pair_models import (
    Answers,
    PElmoLmPairs,
    PlusRnnPairs,
    PlusTfmPairs,
    judge,
    pair_model,
)
from protlang.models import plus_tfm
from protlang.models.p_elmo import PElmoLm, PElmoLmConfig
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import PlusTfm, PlusTfmConfig
from protlang.models.tokens import collate
from protlang.pretraining.pfam_pairs import PairBatch
from support import plus_reference as reference

LENGTHS = [(9, 20), (30, 7), (5, 5), (1, 16)]
"""Of the domains of each pair; 1 to 6 residues are too few to hide any alone."""

MASKING = Masking(share=0.2)


class Guess(NamedTuple):
    """One residue as a slow computation guesses it."""

    pair: int
    in_second: bool
    loss: float
    correct: bool


def domains() -> list[tuple[np.ndarray, np.ndarray]]:
    lengths = [length for pair in LENGTHS for length in pair]
    tokens = [part.numpy() for part in reference.random_proteins(*lengths, seed=4)]
    tokens = [part.astype(np.uint8) for part in tokens]
    return list(zip(tokens[::2], tokens[1::2], strict=True))


def batch(*pairs: tuple[Masked, Masked]) -> PairBatch:
    first, second = (list(column) for column in zip(*pairs, strict=True))
    return PairBatch(first, second, np.zeros(len(pairs), dtype=bool))


def masked(jointly: bool = False) -> PairBatch:
    rng = np.random.default_rng(1)
    if jointly:
        return batch(*(mask_jointly(*pair, TFM_MASKING, rng) for pair in domains()))
    return batch(
        *(
            (mask_alone(a, MASKING, rng), mask_alone(b, MASKING, rng))
            for a, b in domains()
        )
    )


def rnn() -> PlusRnn:
    torch.manual_seed(0)
    model = PlusRnn(PlusRnnConfig(hidden_dim=4, layers=2, projection=3))
    reference.make_double(model, gain=1.5)
    return model


def tfm(max_tokens: int = 60) -> PlusTfm:
    torch.manual_seed(0)
    sizes = PlusTfmConfig(
        hidden_dim=8, layers=2, heads=2, feed_forward_dim=6, max_tokens=max_tokens
    )
    model = PlusTfm(sizes)
    reference.make_double(model)
    model.positions = model.positions.double()
    return model


def language_model() -> PElmoLm:
    torch.manual_seed(0)
    model = PElmoLm(PElmoLmConfig(hidden_dim=5))
    reference.make_double(model, gain=1.5)
    return model


def guess(scores: Tensor, target: int, pair: int, in_second: bool) -> Guess:
    """Judge the scores (classes) of one residue."""
    loss = -log_softmax(scores, dim=0)[target].item()
    return Guess(pair, in_second, loss, int(scores.argmax()) == target)


def as_tensor(tokens: np.ndarray) -> Tensor:
    return torch.tensor(tokens.tolist())


def assert_guessed(answers: Answers, wanted: list[Guess]) -> None:
    found = answers.guesses
    assert found is not None
    assert found.losses.dtype == torch.float32
    got = sorted(
        Guess(*values)
        for values in zip(
            found.pairs.tolist(),
            found.in_second.tolist(),
            found.losses.tolist(),
            found.correct.tolist(),
            strict=True,
        )
    )
    assert len(got) == len(wanted)
    for one, other in zip(got, sorted(wanted), strict=True):
        assert one[:2] == other[:2]
        assert one.correct == other.correct
        assert one.loss == pytest.approx(other.loss, rel=1e-6)


# PLUS-RNN


def test_plus_rnn_guesses_as_it_does_domain_by_domain() -> None:
    model, pairs = rnn(), masked()
    wanted = []
    for number, pair in enumerate(zip(pairs.first, pairs.second, strict=True)):
        for side, domain in enumerate(pair):
            r, _ = model(collate([as_tensor(domain.tokens)]))
            scores = model.residue_scores(r[0])
            for place, target in zip(domain.positions, domain.targets, strict=True):
                wanted.append(guess(scores[place], int(target), number, bool(side)))
    assert {g.in_second for g in wanted} == {True, False}
    assert {g.pair for g in wanted} == {0, 1, 2, 3}
    assert_guessed(PlusRnnPairs(model).read(pairs, guess=True, compare=False), wanted)


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    """Expected alignment score of two domains' vectors (PLUS, eq. 7 and 8)."""
    closeness = -np.abs(first[:, None] - second[None]).sum(axis=2)
    grown = np.exp(closeness)
    alpha = grown / grown.sum(axis=1, keepdims=True)
    beta = grown / grown.sum(axis=0, keepdims=True)
    omega = alpha + beta - alpha * beta
    return float((omega * closeness).sum() / omega.sum())


def test_plus_rnn_compares_as_it_does_pair_by_pair() -> None:
    model = rnn()
    assert model.head is not None
    wanted = []
    for pair in domains():
        first, second = (
            model(collate([as_tensor(domain)])).z[0].detach().numpy() for domain in pair
        )
        similarity = likeness(first, second)
        wanted.append(similarity * model.head.weight.item() + model.head.bias.item())
    whole = batch(*((unmasked(a), unmasked(b)) for a, b in domains()))
    found = PlusRnnPairs(model).read(whole, guess=False, compare=True)
    assert found.guesses is None
    assert found.logits is not None
    np.testing.assert_allclose(found.logits.detach(), wanted, atol=1e-10)
    assert len(set(np.round(wanted, 6))) == len(LENGTHS)


# PLUS-TFM


def test_plus_tfm_guesses_and_compares_as_it_does_pair_by_pair() -> None:
    model, pairs = tfm(), masked(jointly=True)
    wanted, logits = [], []
    for number, (a, b) in enumerate(zip(pairs.first, pairs.second, strict=True)):
        joined = plus_tfm.join(as_tensor(a.tokens), as_tensor(b.tokens))
        states = model(plus_tfm.collate([joined]))[0]
        scores = model.token_scores(states)
        for start, domain in ((1, a), (len(a.tokens) + 2, b)):
            for place, target in zip(domain.positions, domain.targets, strict=True):
                wanted.append(guess(scores[start + place], int(target), number, False))
        # Two classes' probabilities follow from one logit.
        probability = model.class_scores(states[0]).softmax(dim=0)[1]
        logits.append(torch.logit(probability).item())
    answers = PlusTfmPairs(model).read(pairs, guess=True, compare=True)
    assert_guessed(answers, wanted)
    assert answers.logits is not None
    np.testing.assert_allclose(answers.logits.detach(), logits, rtol=1e-5)


def test_the_larger_of_two_scores_decides_as_their_cross_entropy_does() -> None:
    model = tfm()
    whole = batch(*((unmasked(a), unmasked(b)) for a, b in domains()))
    logits = PlusTfmPairs(model).read(whole, guess=False, compare=True).logits
    assert logits is not None
    joined = [plus_tfm.join(as_tensor(a), as_tensor(b)) for a, b in domains()]
    scores = model.class_scores(model(plus_tfm.collate(joined))[:, 0])
    assert (logits > 0).tolist() == scores.argmax(dim=1).tolist()
    truth = torch.tensor([1, 0, 0, 1])
    torch.testing.assert_close(
        torch.nn.functional.binary_cross_entropy_with_logits(logits, truth.float()),
        cross_entropy(scores, truth).float(),
    )


def test_plus_tfm_is_given_no_more_than_it_reads() -> None:
    model = PlusTfmPairs(tfm(max_tokens=23))
    for first, second in domains():
        short = model.shorten(first, second)
        assert len(short[0]) + len(short[1]) <= 20
        assert (short[0] == first[: len(short[0])]).all()
        assert (short[1] == second[: len(short[1])]).all()
        assert all(part.dtype == np.uint8 for part in short)
    lengths = [tuple(map(len, model.shorten(*pair))) for pair in domains()]
    assert lengths == [(9, 11), (13, 7), (5, 5), (1, 16)]


# P-ELMo's language model


def test_the_language_model_guesses_every_amino_acid() -> None:
    model = language_model()
    wanted = []
    for number, pair in enumerate(domains()):
        for side, domain in enumerate(pair):
            scores = model(collate([as_tensor(domain)]))[0]
            wanted += [
                guess(scores[place], int(token), number, bool(side))
                for place, token in enumerate(domain)
                if token != 21
            ]
    residues = sum(map(sum, LENGTHS))
    assert 0 < residues - len(wanted) < 20  # some are X
    whole = batch(*((unmasked(a), unmasked(b)) for a, b in domains()))
    answers = PElmoLmPairs(model).read(whole, guess=True, compare=False)
    assert_guessed(answers, wanted)
    assert answers.logits is None


# All


@pytest.mark.parametrize(
    ("make", "kind", "joint"),
    [
        (rnn, PlusRnnPairs, False),
        (tfm, PlusTfmPairs, True),
        (language_model, PElmoLmPairs, False),
    ],
)
def test_every_network_is_read_its_own_way(
    make: Callable[[], torch.nn.Module], kind: type, joint: bool
) -> None:
    network = make()
    model = pair_model(network)
    assert type(model) is kind
    assert model.network is network
    assert model.joint_masks is joint


@pytest.mark.parametrize("make", [rnn, language_model])
def test_recurrent_models_read_domains_of_any_length(
    make: Callable[[], torch.nn.Module],
) -> None:
    first, second = (np.ones(length, dtype=np.uint8) for length in (3000, 1))
    short = pair_model(make()).shorten(first, second)
    assert [len(part) for part in short] == [3000, 1]


def test_guesses_are_assigned_to_the_sequences_of_their_rows() -> None:
    scores = torch.tensor([[0.0, 1.0], [2.0, 0.0], [0.0, 0.0]])
    found = judge(scores, np.array([1, 1, 0]), np.array([2, 3, 4]), 3)
    assert found.pairs.tolist() == [2, 0, 1]
    assert found.in_second.tolist() == [False, True, True]
    assert found.correct.tolist() == [True, False, True]
    wanted = [np.log(1 + np.exp(-1)), np.log(1 + np.exp(2)), np.log(2)]
    assert found.losses.tolist() == pytest.approx(wanted)


@pytest.mark.parametrize("make", [rnn, tfm])
def test_a_batch_without_hidden_residues_has_no_guesses(
    make: Callable[[], torch.nn.Module],
) -> None:
    whole = batch(*((unmasked(a), unmasked(b)) for a, b in domains()))
    found = pair_model(make()).read(whole, guess=True, compare=False).guesses
    assert found is not None
    assert [len(part) for part in found] == [0, 0, 0, 0]
