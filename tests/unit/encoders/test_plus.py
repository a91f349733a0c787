"""Predictions of batches are those of one pair, computed step by step."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax

from protlang.encoders.encoder import MaskedPredictions, PairEncoder, States, assess
from protlang.encoders.masking import (
    TFM_MASKING,
    MaskedSequence,
    Masking,
    mask_alone,
    mask_jointly,
    unmasked,
)
from protlang.encoders.plus import PElmoLmEncoder, PlusRnnEncoder, PlusTfmEncoder
from protlang.models import plus_tfm
from protlang.models.p_elmo import PElmoLm, PElmoLmConfig
from protlang.models.plus_rnn import PlusRnn, PlusRnnConfig
from protlang.models.plus_tfm import PlusTfm, PlusTfmConfig
from protlang.models.tokens import collate
from protlang.pretraining.pfam_pairs import PairBatch
from support import plus_reference as reference

LENGTHS = [(9, 20), (30, 7), (5, 5), (1, 16)]
"""Of the domains of each pair; 1 to 6 residues are too few to mask any alone."""

MASKING = Masking(share=0.2)


class Predicted(NamedTuple):
    """One residue as a slow computation predicts it."""

    pair: int
    in_second: bool
    loss: float
    correct: bool


def domains() -> list[tuple[np.ndarray, np.ndarray]]:
    lengths = [length for pair in LENGTHS for length in pair]
    tokens = [part.numpy() for part in reference.random_proteins(*lengths, seed=4)]
    tokens = [part.astype(np.uint8) for part in tokens]
    return list(zip(tokens[::2], tokens[1::2], strict=True))


def batch(*pairs: tuple[MaskedSequence, MaskedSequence]) -> PairBatch:
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


def whole() -> PairBatch:
    return batch(*((unmasked(a), unmasked(b)) for a, b in domains()))


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


def predicted(scores: Tensor, target: int, pair: int, in_second: bool) -> Predicted:
    """Assess the scores (classes) of one residue."""
    loss = -log_softmax(scores, dim=0)[target].item()
    return Predicted(pair, in_second, loss, int(scores.argmax()) == target)


def as_tensor(tokens: np.ndarray) -> Tensor:
    return torch.tensor(tokens.tolist())


def read(encoder: PairEncoder, batch: PairBatch) -> States:
    return encoder.encode_pairs(batch.first, batch.second)


def assert_predicted(found: MaskedPredictions, wanted: list[Predicted]) -> None:
    assert found.losses.dtype == torch.float32
    got = sorted(
        Predicted(*values)
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


def test_plus_rnn_predicts_as_it_does_domain_by_domain() -> None:
    model, pairs = rnn(), masked()
    wanted = []
    for number, pair in enumerate(zip(pairs.first, pairs.second, strict=True)):
        for side, domain in enumerate(pair):
            r, _ = model(collate([as_tensor(domain.tokens)]))
            scores = model.residue_scores(r[0])
            for place, target in zip(domain.positions, domain.targets, strict=True):
                wanted.append(predicted(scores[place], int(target), number, bool(side)))
    assert {g.in_second for g in wanted} == {True, False}
    assert {g.pair for g in wanted} == {0, 1, 2, 3}
    encoder = PlusRnnEncoder(model)
    assert_predicted(encoder.predict_masked(read(encoder, pairs)), wanted)


def test_plus_rnn_compares_as_it_does_pair_by_pair() -> None:
    model = rnn()
    assert model.head is not None
    wanted = []
    for pair in domains():
        first, second = (
            model(collate([as_tensor(domain)])).z[0].detach().numpy() for domain in pair
        )
        similarity = reference.alignment(first, second).score
        wanted.append(similarity * model.head.weight.item() + model.head.bias.item())
    encoder = PlusRnnEncoder(model)
    found = encoder.family_logits(read(encoder, whole()))
    np.testing.assert_allclose(found.detach(), wanted, atol=1e-10)
    assert len(set(np.round(wanted, 6))) == len(LENGTHS)


# PLUS-TFM


def test_plus_tfm_predicts_and_compares_as_it_does_pair_by_pair() -> None:
    model, pairs = tfm(), masked(jointly=True)
    wanted, logits = [], []
    for number, (a, b) in enumerate(zip(pairs.first, pairs.second, strict=True)):
        joined = plus_tfm.join(as_tensor(a.tokens), as_tensor(b.tokens))
        states = model(plus_tfm.collate([joined]))[0]
        scores = model.token_scores(states)
        for start, domain in ((1, a), (len(a.tokens) + 2, b)):
            for place, target in zip(domain.positions, domain.targets, strict=True):
                wanted.append(
                    predicted(scores[start + place], int(target), number, False)
                )
        # Two classes' probabilities follow from one logit.
        probability = model.class_scores(states[0]).softmax(dim=0)[1]
        logits.append(torch.logit(probability).item())
    encoder = PlusTfmEncoder(model)
    states = read(encoder, pairs)
    assert_predicted(encoder.predict_masked(states), wanted)
    found = encoder.family_logits(states).detach()
    np.testing.assert_allclose(found, logits, rtol=1e-5)


def test_the_larger_of_two_scores_decides_as_their_cross_entropy_does() -> None:
    model = tfm()
    encoder = PlusTfmEncoder(model)
    logits = encoder.family_logits(read(encoder, whole()))
    joined = [plus_tfm.join(as_tensor(a), as_tensor(b)) for a, b in domains()]
    scores = model.class_scores(model(plus_tfm.collate(joined))[:, 0])
    assert (logits > 0).tolist() == scores.argmax(dim=1).tolist()
    truth = torch.tensor([1, 0, 0, 1])
    torch.testing.assert_close(
        torch.nn.functional.binary_cross_entropy_with_logits(logits, truth.float()),
        cross_entropy(scores, truth).float(),
    )


def test_plus_tfm_is_given_no_more_than_it_reads() -> None:
    model = PlusTfmEncoder(tfm(max_tokens=23))
    for first, second in domains():
        short = model.shorten(first, second)
        assert len(short[0]) + len(short[1]) <= 20
        assert (short[0] == first[: len(short[0])]).all()
        assert (short[1] == second[: len(short[1])]).all()
        assert all(part.dtype == np.uint8 for part in short)
    lengths = [tuple(map(len, model.shorten(*pair))) for pair in domains()]
    assert lengths == [(9, 11), (13, 7), (5, 5), (1, 16)]


# P-ELMo's language model


def test_the_language_model_predicts_every_amino_acid() -> None:
    model = language_model()
    wanted = []
    for number, pair in enumerate(domains()):
        for side, domain in enumerate(pair):
            scores = model(collate([as_tensor(domain)]))[0]
            wanted += [
                predicted(scores[place], int(token), number, bool(side))
                for place, token in enumerate(domain)
                if token != 21
            ]
    residues = sum(map(sum, LENGTHS))
    assert 0 < residues - len(wanted) < 20  # some are X
    encoder = PElmoLmEncoder(model)
    assert_predicted(encoder.predict_masked(read(encoder, whole())), wanted)


# All


@pytest.mark.parametrize(
    "encoder", [PlusRnnEncoder(rnn()), PElmoLmEncoder(language_model())]
)
def test_recurrent_models_read_domains_of_any_length(encoder: PairEncoder) -> None:
    first, second = (np.ones(length, dtype=np.uint8) for length in (3000, 1))
    assert [len(part) for part in encoder.shorten(first, second)] == [3000, 1]


def test_predictions_are_assigned_to_the_sequences_of_their_rows() -> None:
    scores = torch.tensor([[0.0, 1.0], [2.0, 0.0], [0.0, 0.0]])
    found = assess(scores, np.array([1, 1, 0]), np.array([2, 3, 4]), 3)
    assert found.pairs.tolist() == [2, 0, 1]
    assert found.in_second.tolist() == [False, True, True]
    assert found.correct.tolist() == [True, False, True]
    wanted = [np.log(1 + np.exp(-1)), np.log(1 + np.exp(2)), np.log(2)]
    assert found.losses.tolist() == pytest.approx(wanted)


@pytest.mark.parametrize("encoder", [PlusRnnEncoder(rnn()), PlusTfmEncoder(tfm())])
def test_a_batch_without_masked_residues_has_no_predictions(
    encoder: PairEncoder,
) -> None:
    found = encoder.predict_masked(read(encoder, whole()))
    assert [len(part) for part in found] == [0, 0, 0, 0]
