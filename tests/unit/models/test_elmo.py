"""The biLM against a slow reference, and the properties that training relies on."""

import math
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from protlang.alphabet import RESIDUES
from protlang.encoders.elmo import ElmoEncoder, export_bilm
from protlang.errors import ProtlangError
from protlang.formats import bilm
from protlang.models.elmo import BEGIN, END, TOKENS, Elmo, character_ids, residue_tokens
from protlang.models.projected_lstm import State
from support import elmo_reference as reference
from support.elmo_models import (
    CLIPPED,
    SEQVEC,
    TINY,
    data_sets,
    make_model,
    random_state,
)


def random_tokens(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, len(TOKENS), shape, generator=generator)


def test_scores_of_training_agree() -> None:
    model = make_model(CLIPPED, gain=2)
    sequence = "MKVAWWLEEN"
    residues = residue_tokens(sequence)
    ahead = torch.cat([torch.tensor([BEGIN]), residues])
    back = torch.cat([torch.tensor([END]), residues.flip(0)])
    tokens = torch.stack([ahead, back]).unsqueeze(1)  # (2, 1, steps)
    scores, _ = model(tokens, model.zero_state(1))
    weights, options = data_sets(model)
    layers = reference.encode(sequence, weights, options).layers
    assert model.softmax is not None
    softmax = [part.detach().numpy() for part in model.softmax.parameters()]
    half = TINY.projection
    streams = layers[-1][:, :half], layers[-1][::-1, half:]
    for direction, stream in enumerate(streams):
        expected = reference.next_token_scores(stream, *softmax)
        found = scores[direction, 0, 1:].detach().numpy()
        assert reference.largest_difference([found], [expected]) < 1e-10


@pytest.fixture(scope="module")
def full_size() -> Elmo:
    torch.manual_seed(0)
    return Elmo(SEQVEC).eval()


@pytest.mark.slow
def test_full_size_update_lowers_the_loss_and_moves_every_weight(
    full_size: Elmo,
) -> None:
    trained = Elmo(replace(SEQVEC, dropout=0)).train()
    trained.load_state_dict(full_size.state_dict())
    optimizer = torch.optim.Adagrad(trained.parameters(), 1e-5)
    tokens = random_tokens(2, 4, 21)
    targets = trained.softmax_rows[tokens[..., 1:]]
    losses = []
    for _ in range(2):
        scores, _ = trained(tokens[..., :-1], trained.zero_state(4))
        loss = nn.functional.cross_entropy(scores.flatten(0, 2), targets.flatten())
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]
    before = full_size.state_dict()
    for name, weights in trained.named_parameters():
        assert not torch.equal(weights, before[name]), name


def test_parameters_are_as_many_as_published() -> None:
    with torch.device("meta"):
        model = Elmo(SEQVEC)
        without = Elmo(SEQVEC, with_softmax=False)
    assert model.softmax is not None
    softmax = sum(weights.numel() for weights in model.softmax.parameters())
    everything = sum(weights.numel() for weights in model.parameters())
    assert softmax == 14_364
    assert everything - softmax == 93_600_848
    assert sum(weights.numel() for weights in without.parameters()) == 93_600_848


def test_four_layers_add_what_two_have() -> None:
    with torch.device("meta"):
        model = Elmo(replace(SEQVEC, layers=4), with_softmax=False)
    parameters = sum(weights.numel() for weights in model.parameters())
    assert parameters == 93_600_848 + 75_563_008


def test_options_are_those_of_the_published_file() -> None:
    assert asdict(SEQVEC) == {
        "character_dim": 16,
        "filters": ((1, 32), (2, 32), (3, 64), (4, 128), (5, 256), (6, 512), (7, 1024)),
        "highway_layers": 2,
        "projection": 512,
        "lstm_dim": 4096,
        "layers": 2,
        "cell_clip": 3,
        "projection_clip": 3,
        "dropout": 0.1,
        "skip_connections": True,
        "max_characters": 50,
        "letters": RESIDUES,
    }


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("layers", 0),
        ("cell_clip", 0),
        ("projection_clip", -1.0),
        ("dropout", 1.0),
        ("max_characters", 2),
        ("filters", ()),
        ("filters", ((51, 4),)),
        ("letters", RESIDUES[1:]),
        ("letters", "LL" + RESIDUES[2:]),
    ],
)
def test_impossible_options_are_named(option: str, value: object) -> None:
    culprit = "max_characters" if value == ((51, 4),) else option
    with pytest.raises(ProtlangError, match=f"option {culprit} is"):
        replace(SEQVEC, **{option: value})


def test_there_are_27_words() -> None:
    assert (*RESIDUES, "<S>", "</S>") == TOKENS
    assert (TOKENS[BEGIN], TOKENS[END]) == ("<S>", "</S>")


def test_characters_are_those_of_methods_a1() -> None:
    ids = character_ids(50)
    assert ids.shape == (27, 50)
    assert ids[0].tolist() == [258, 65, 259, *[260] * 47]
    assert ids[BEGIN].tolist() == [258, 256, 259, *[260] * 47]
    assert ids[END].tolist() == [258, 257, 259, *[260] * 47]


def test_a_sequence_becomes_indices_of_residues() -> None:
    tokens = residue_tokens("ACX")
    assert tokens.tolist() == [0, 1, 24]
    assert tokens.dtype == torch.int64


def test_a_foreign_letter_is_named_with_its_position() -> None:
    with pytest.raises(ProtlangError, match="'k' at position 2"):
        residue_tokens("MkV")


def test_targets_follow_the_frequencies_of_the_corpus() -> None:
    letters = RESIDUES[::-1]
    model = Elmo(replace(TINY, letters=letters))
    assert model.config.vocabulary[:4] == ("<S>", "</S>", "<UNK>", "X")
    for token, row in enumerate(model.softmax_rows.tolist()):
        assert model.config.vocabulary[row] == TOKENS[token]


def test_the_table_is_every_character_of_every_position() -> None:
    model = make_model()
    tokens = random_tokens(40)
    words = character_ids(model.config.max_characters)[tokens]
    naive = model.characters.vectors(words)
    torch.testing.assert_close(model.characters()[tokens], naive, rtol=0, atol=1e-14)


def test_gradients_through_the_table_are_the_naive_ones() -> None:
    model = make_model()
    tokens = random_tokens(40)
    parameters = list(model.characters.parameters())
    upstream = torch.randn(40, TINY.projection, dtype=torch.float64)
    words = character_ids(model.config.max_characters)[tokens]
    naive = torch.autograd.grad(model.characters.vectors(words), parameters, upstream)
    table = nn.functional.embedding(tokens, model.characters())
    found = torch.autograd.grad(table, parameters, upstream)
    for one, other in zip(found, naive, strict=True):
        assert other.abs().max() > 0
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_two_windows_with_carried_state_are_one_long_window() -> None:
    model = make_model(CLIPPED, gain=2)
    tokens = random_tokens(2, 3, 14)
    whole, end = model(tokens, random_state(TINY, 3))
    first, state = model(tokens[..., :5], random_state(TINY, 3))
    second, state = model(tokens[..., 5:], state)
    pieces = torch.cat([first, second], dim=2)
    torch.testing.assert_close(pieces, whole, rtol=0, atol=1e-13)
    for one, other in zip(state, end, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-13)


def test_scores_and_states_have_their_shapes() -> None:
    model = make_model(replace(TINY, layers=3))
    scores, state = model(random_tokens(2, 4, 7), model.zero_state(4))
    assert scores.shape == (2, 4, 7, 28)
    assert state.hidden.shape == (2, 3, 4, 6)
    assert state.cell.shape == (2, 3, 4, 10)


def test_no_gradient_flows_into_the_window_before() -> None:
    model = make_model()
    _, state = model(random_tokens(2, 3, 4), model.zero_state(3))
    assert not any(part.requires_grad for part in state)


def test_a_score_depends_on_its_own_direction_and_past_alone() -> None:
    model = make_model()
    tokens = random_tokens(2, 1, 8)
    changed = tokens.clone()
    changed[0, 0, 5] = (changed[0, 0, 5] + 1) % len(TOKENS)
    before, _ = model(tokens, model.zero_state(1))
    after, _ = model(changed, model.zero_state(1))
    assert torch.equal(before[1], after[1])
    assert torch.equal(before[0, 0, :5], after[0, 0, :5])
    assert (before[0, 0, 5:] != after[0, 0, 5:]).any(dim=1).all()


def test_rows_do_not_see_each_other() -> None:
    model = make_model()
    tokens = random_tokens(2, 3, 8)
    changed = tokens.clone()
    changed[:, 1] = random_tokens(2, 8, seed=9)
    before, _ = model(tokens, model.zero_state(3))
    after, _ = model(changed, model.zero_state(3))
    assert torch.equal(before[:, [0, 2]], after[:, [0, 2]])
    assert not torch.equal(before[:, 1], after[:, 1])


def test_both_directions_share_token_vectors_and_softmax() -> None:
    model = make_model()
    with torch.no_grad():
        own = zip(*(stack.parameters() for stack in model.stacks), strict=True)  # type: ignore[attr-defined]
        for ahead, back in own:
            back.copy_(ahead)
    tokens = random_tokens(1, 3, 8).expand(2, -1, -1)
    scores, _ = model(tokens, model.zero_state(3))
    assert torch.equal(scores[0], scores[1])


def test_training_lowers_the_loss() -> None:
    model = make_model().float().train()
    optimizer = torch.optim.Adagrad(model.parameters(), 0.2)
    tokens = torch.arange(13).remainder(4).expand(2, 3, -1)
    targets = model.softmax_rows[tokens[..., 1:]]
    losses = []
    for _ in range(15):
        scores, _ = model(tokens[..., :-1], model.zero_state(3))
        loss = nn.functional.cross_entropy(scores.flatten(0, 2), targets.flatten())
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 2
    assert losses[-1] < 1  # letters alone would give log(4) = 1.39


def test_bfloat16_stays_close_and_keeps_states_in_float32() -> None:
    model = make_model().float()
    tokens = random_tokens(2, 3, 20)

    def gradients() -> tuple[Tensor, State, list[Tensor]]:
        scores, state = model(tokens, model.zero_state(3))
        loss = nn.functional.cross_entropy(
            scores.flatten(0, 2), model.softmax_rows[tokens].flatten()
        )
        return scores, state, list(torch.autograd.grad(loss, model.parameters()))

    exact, _, wanted = gradients()
    with torch.autocast("cpu", torch.bfloat16):
        scores, state, found = gradients()
    assert scores.dtype == torch.bfloat16
    assert {part.dtype for part in state} == {torch.float32}
    torch.testing.assert_close(scores.float(), exact, rtol=0.05, atol=0.02)
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == torch.float32
        assert torch.linalg.norm(one - other) < 0.05 * torch.linalg.norm(other)


def test_bfloat16_leaves_the_table_in_float32() -> None:
    model = make_model().float()
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(model.characters(), make_model().float().characters())


def test_without_softmax_there_is_nothing_to_train() -> None:
    model = Elmo(TINY, with_softmax=False)
    assert model.softmax is None
    with pytest.raises(ProtlangError, match=r"no softmax.*model\.safetensors"):
        model(random_tokens(2, 1, 3), model.zero_state(1))


class Tracer(nn.Module):
    """Stands in for dropout: halves what it is given, and remembers it."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Tensor] = []

    def forward(self, vectors: Tensor) -> Tensor:
        self.given.append(vectors)
        return vectors / 2


@pytest.mark.parametrize("skip", [True, False])
def test_dropout_acts_on_layer_inputs_the_skip_path_and_the_last_output(
    skip: bool,
) -> None:
    config = replace(TINY, layers=3, skip_connections=skip)
    stack = make_model(config).stacks[0]
    tracer = Tracer()
    stack.dropout = tracer  # type: ignore[assignment]
    vectors = torch.randn(5, 2, TINY.projection, dtype=torch.float64)
    state = State(*(part[0] for part in random_state(config, 2)))
    found, after = stack(vectors, state)
    inputs, hiddens = vectors, []
    for number, layer in enumerate(stack.layers):
        dropped = inputs / 2
        outputs, end = layer(dropped, State(*(part[number] for part in state)))
        hiddens.append(end.hidden)
        inputs = outputs + dropped if skip and number else outputs
    assert len(tracer.given) == 4
    assert torch.equal(tracer.given[0], vectors)
    assert torch.equal(tracer.given[3], inputs)
    assert torch.equal(found, inputs / 2)
    assert torch.equal(after.hidden, torch.stack(hiddens))


def test_every_step_and_row_has_a_dropout_mask_of_its_own() -> None:
    model = make_model(replace(TINY, dropout=0.5, projection=60)).train()
    outputs, _ = model.outputs(torch.zeros(2, 3, 7).long(), model.zero_state(3))
    masks = {tuple(row.tolist()) for row in (outputs == 0).flatten(0, 2)}
    assert len(masks) == 2 * 3 * 7


def test_dropout_has_the_share_of_the_options() -> None:
    model = make_model(replace(TINY, dropout=0.1)).train()
    outputs, _ = model.outputs(random_tokens(2, 20, 50), model.zero_state(20))
    share = (outputs == 0).double().mean().item()
    error = math.sqrt(0.1 * 0.9 / outputs.numel())
    assert abs(share - 0.1) < 5 * error


def test_nothing_is_dropped_in_evaluation() -> None:
    model = make_model(replace(TINY, dropout=0.5))
    tokens = random_tokens(2, 3, 7)
    again = [model(tokens, model.zero_state(3))[0] for _ in range(2)]
    assert torch.equal(*again)


def test_token_vectors_are_not_dropped() -> None:
    model = make_model(replace(TINY, dropout=0.5))
    expected = model.characters()
    assert torch.equal(model.train().characters(), expected)


@pytest.fixture(scope="module")
def fresh() -> Elmo:
    torch.manual_seed(3)
    filters = ((1, 64), (2, 64), (3, 128))
    return Elmo(replace(SEQVEC, filters=filters, projection=128, lstm_dim=160))


def test_normal_weights_have_the_spread_of_bilm_tf(fresh: Elmo) -> None:
    assert fresh.softmax is not None
    spreads = {
        **{
            f"{part} {serial}": (getattr(highway, f"{part}_weight"), 256)
            for serial, highway in enumerate(fresh.characters.highways)
            for part in ("carry", "transform")
        },
        "projection": (fresh.characters.projection, 256),
        "softmax": (fresh.softmax.weight, 128),
    }
    for name, (weights, variance) in spreads.items():
        scaled = (weights.detach() * math.sqrt(variance)).flatten()
        assert abs(scaled.mean()) < 5 / math.sqrt(len(scaled)), name
        assert abs(scaled.std() - 1) < 5 / math.sqrt(2 * len(scaled)), name
        assert scaled.abs().max() > 2.5, name  # not uniform


def test_uniform_weights_fill_their_ranges(fresh: Elmo) -> None:
    ranges: dict[float, list[Tensor]] = {
        1.0: [fresh.characters.embedding],
        0.05: list(fresh.characters.kernels),
        math.sqrt(6 / (256 + 640)): [
            layer.kernel for stack in fresh.stacks for layer in stack.layers
        ],
        math.sqrt(6 / (160 + 128)): [
            layer.projection for stack in fresh.stacks for layer in stack.layers
        ],
    }
    for bound, tensors in ranges.items():
        for weights in tensors:
            scaled = weights.detach() / bound
            assert 0.99 < scaled.abs().max() <= 1
            assert abs(scaled.std() - 1 / math.sqrt(3)) < 0.03


def test_biases_are_zero_but_for_the_carry_gates(fresh: Elmo) -> None:
    for name, weights in fresh.named_parameters():
        if "bias" in name:
            value = -2 if "carry" in name else 0
            assert (weights == value).all(), name


def test_exported_weights_are_what_the_reference_is_given(tmp_path: Path) -> None:
    model = make_model().float()
    export_bilm(ElmoEncoder(model), tmp_path)
    weights, options = data_sets(model)
    pair = bilm.read(tmp_path)
    assert pair.options == options
    assert pair.weights.keys() == weights.keys()
    for name, array in weights.items():
        assert np.array_equal(pair.weights[name], array), name


@pytest.mark.parametrize("autocast", [False, True])
def test_an_update_has_the_same_bits_on_one_thread_and_two(autocast: bool) -> None:
    def gradients(threads: int) -> list[Tensor]:
        torch.set_num_threads(threads)
        model = make_model(replace(TINY, dropout=0.2)).float().train()
        tokens = random_tokens(2, 3, 8)
        state = model.zero_state(3)
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            for _ in range(2):
                scores, state = model(tokens, state)
        total = scores.float().square().sum()
        return [*state, *torch.autograd.grad(total, list(model.parameters()))]

    before = torch.get_num_threads()
    try:
        alone, together = gradients(1), gradients(2)
    finally:
        torch.set_num_threads(before)
    assert all(map(torch.equal, alone, together))
