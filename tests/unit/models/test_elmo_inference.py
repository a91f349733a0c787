"""The inference engine against a slow reference, and its promise of equal bits."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from protlang.alphabet import AMINO_ACIDS
from protlang.models import elmo_inference, inference_layer, products
from protlang.models.elmo import Elmo, residue_tokens
from protlang.models.elmo_inference import WARMING_SEQUENCE, ElmoInference
from protlang.models.packed_proteins import (
    WINDOW_TOKENS,
    PackedProteins,
    packed_groups,
)
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

SEQUENCES = ["MKV", "W", "ACDEFGHIKLMNPQRSTVWYUOBZX" * 3, "", "GG" * 16, "PLEASE"]


def make_engine(model: Elmo) -> ElmoInference:
    return ElmoInference(model, model.characters.embedding.dtype)


def encoded(model: Elmo, sequences: list[str], start: State | None = None) -> Any:
    return make_engine(model).encode([residue_tokens(s) for s in sequences], start)


def difference(model: Elmo, sequences: list[str], start: State | None = None) -> float:
    """Of everything that `encode` returns from the float64 reference."""
    weights, options = data_sets(model)
    found, state = encoded(model, sequences, start)
    worst = 0.0
    for number, sequence in enumerate(sequences):
        row = 0 if start is None or start.cell.shape[2] == 1 else number
        given = (
            None if start is None else tuple(part[:, :, row].numpy() for part in start)
        )
        expected = reference.encode(sequence, weights, options, given)
        ours = [found[number], state.hidden[:, :, number], state.cell[:, :, number]]
        worst = max(worst, reference.largest_difference(ours, list(expected)))
    return worst


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("skip", [True, False])
def test_proteins_of_mixed_length_agree(layers: int, skip: bool) -> None:
    config = replace(TINY, layers=layers, skip_connections=skip)
    assert difference(make_model(config), SEQUENCES) < 1e-10


def test_given_start_states_agree() -> None:
    state = random_state(TINY, len(SEQUENCES))
    assert difference(make_model(), SEQUENCES, state) < 1e-10


def test_one_start_state_serves_all_proteins() -> None:
    assert difference(make_model(), SEQUENCES, random_state(TINY, 1)) < 1e-10


def test_the_warm_state_is_the_reference_s_after_four_passes() -> None:
    model = make_model()
    weights, options = data_sets(model)
    start = None
    for _ in range(4):
        end = reference.encode(WARMING_SEQUENCE, weights, options, start)
        start = end.hidden, end.cell
    state = make_engine(model).warm_state()
    found = [state.hidden[:, :, 0], state.cell[:, :, 0]]
    assert state.cell.shape == (2, 2, 1, TINY.lstm_dim)
    assert reference.largest_difference(found, [end.hidden, end.cell]) < 1e-12
    assert difference(model, SEQUENCES, state) < 1e-10


def test_the_warming_sequence_has_every_amino_acid_five_times() -> None:
    assert sorted(WARMING_SEQUENCE) == sorted(AMINO_ACIDS * 5)
    assert WARMING_SEQUENCE[20:25] == "AEHLP"  # every third letter


def test_callers_cannot_change_the_warm_state() -> None:
    engine = make_engine(make_model())
    engine.warm_state().cell.zero_()
    assert engine.warm_state().cell.any()


def test_states_carried_from_batch_to_batch_agree() -> None:
    model = make_model(replace(TINY, layers=3), gain=2)
    engine, (weights, options) = make_engine(model), data_sets(model)
    batches = [SEQUENCES[:3], SEQUENCES[3:6], SEQUENCES[1:3], SEQUENCES[4:6]]
    memory: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    state = engine.zero_state(3)
    for batch in batches:
        start = State(*(part[:, :, : len(batch)] for part in state))
        found, end = engine.encode([residue_tokens(s) for s in batch], start)
        kept = (part[:, :, len(batch) :] for part in state)
        state = State(*map(join_rows, end, kept))
        for row, sequence in enumerate(batch):
            expected = reference.encode(sequence, weights, options, memory.get(row))
            memory[row] = expected.hidden, expected.cell
            ours = [found[row], end.hidden[:, :, row], end.cell[:, :, row]]
            assert reference.largest_difference(ours, list(expected)) < 1e-10


def join_rows(one: Tensor, other: Tensor) -> Tensor:
    return torch.cat([one, other], dim=2)


def test_clipping_agrees_and_clips() -> None:
    model = make_model(CLIPPED, gain=3)
    layers, state = encoded(model, SEQUENCES)
    assert (state.cell.abs() == CLIPPED.cell_clip).any()
    assert (layers[2][1].abs() == CLIPPED.projection_clip).any()
    assert difference(model, SEQUENCES) < 1e-10


def test_small_float32_is_nearly_as_good_as_a_plain_float32_reference() -> None:
    sequence = "ACDEFGHIKLMNPQRSTVWY" * 5
    model = make_model(replace(TINY, lstm_dim=64, projection=32)).float()
    weights, options = data_sets(model)
    exact = reference.encode(sequence, weights, options)
    plain = reference.encode(sequence, weights, options, dtype=np.float32)
    assert plain.layers.dtype == np.float32
    found, _ = encoded(model, [sequence])
    assert found[0].dtype == torch.float32
    error = reference.largest_difference(found, [exact.layers])
    allowed = reference.largest_difference([plain.layers], [exact.layers])
    assert 0 < error <= 3 * allowed


@pytest.fixture(scope="module")
def full_size() -> Elmo:
    torch.manual_seed(0)
    return Elmo(SEQVEC, with_softmax=False).eval()


@pytest.mark.slow
def test_full_size_float64_agrees_with_the_reference(full_size: Elmo) -> None:
    exact = Elmo(SEQVEC, with_softmax=False)
    exact.load_state_dict(full_size.state_dict())
    sequences = ["MKVLAAGIVGLWQ" * 3, "ACDEUOBZX"]
    assert difference(exact.double().eval(), sequences) < 1e-10


@pytest.mark.slow
def test_full_size_float32_is_as_good_as_a_plain_float32_reference(
    full_size: Elmo,
) -> None:
    sequence = "MKVLAAGIVGLWQACDEUOBZXNPST" * 2
    weights, options = data_sets(full_size)
    exact = reference.encode(sequence, weights, options).layers
    plain = reference.encode(sequence, weights, options, dtype=np.float32).layers
    error = reference.largest_difference(encoded(full_size, [sequence])[0], [exact])
    assert error <= 2 * reference.largest_difference([plain], [exact])


@pytest.fixture(scope="module")
def wide() -> Elmo:
    sizes = replace(TINY, projection=64, lstm_dim=128)
    return make_model(sizes).float()


def random_proteins(number: int, longest: int, seed: int = 0) -> list[Tensor]:
    generator = np.random.default_rng(seed)
    lengths = generator.integers(0, longest + 1, number)
    return [torch.from_numpy(generator.integers(0, 25, n)) for n in lengths]


def assert_equal_bits(
    engine: ElmoInference, proteins: list[Tensor], cases: Sequence[tuple[int, int]]
) -> None:
    """Each (rows, threads) draws a batch, and compares it with proteins on their own.

    Proteins start from the warm state. Their own vectors come from one thread.
    """
    torch.set_num_threads(1)
    start = engine.warm_state()
    alone = [engine.encode([protein], start) for protein in proteins]
    for rows, threads in cases:
        drawn = np.random.default_rng(rows).choice(len(proteins), rows)
        torch.set_num_threads(threads)
        found, state = engine.encode([proteins[number] for number in drawn], start)
        for row, number in enumerate(drawn):
            (expected,), own = alone[number]
            assert torch.equal(found[row], expected), (rows, threads, row)
            assert torch.equal(state.hidden[:, :, row], own.hidden[:, :, 0])
            assert torch.equal(state.cell[:, :, row], own.cell[:, :, 0])


def sized(projection: int, lstm_dim: int, layers: int = 2) -> Elmo:
    config = replace(TINY, projection=projection, lstm_dim=lstm_dim, layers=layers)
    return make_model(config).float()


@pytest.mark.parametrize(("projection", "dim"), [(6, 10), (32, 64), (64, 1100)])
def test_neighbours_order_and_number_of_rows_change_not_one_bit(
    projection: int, dim: int
) -> None:
    cases = [(rows, 1) for rows in range(1, 65)]
    proteins = random_proteins(12, longest=6)
    assert_equal_bits(ElmoInference(sized(projection, dim)), proteins, cases)


@pytest.mark.parametrize(
    ("projection", "dim", "layers"), [(32, 64, 2), (128, 256, 2), (512, 4096, 1)]
)
def test_threads_change_not_one_bit(projection: int, dim: int, layers: int) -> None:
    cases = [(rows, threads) for rows in (1, 9, 33, 64) for threads in (2, 3, 4)]
    engine = ElmoInference(sized(projection, dim, layers))
    assert_equal_bits(engine, random_proteins(6, longest=2), cases)


@pytest.mark.slow
def test_full_size_bits_depend_on_neither_batch_nor_threads(full_size: Elmo) -> None:
    cases = [(rows, 1 + rows % 4) for rows in (1, 2, 3, 5, 8, 13, 21, 33, 50, 64, 90)]
    proteins = random_proteins(12, longest=25)
    assert_equal_bits(ElmoInference(full_size), proteins, cases)


def without_onednn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "has_onednn", lambda: False)


def without_both(monkeypatch: pytest.MonkeyPatch) -> None:
    without_onednn(monkeypatch)
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: False)


@pytest.mark.parametrize(
    ("precision", "name", "prepare"),
    [
        (torch.float32, "mkl", without_onednn),
        (torch.float32, "blas", without_both),
        (torch.float64, "mkl", without_onednn),
        (torch.float64, "blas", without_both),
        (torch.bfloat16, "blas", without_both),
    ],
)
def test_other_kernels_keep_their_bits_and_are_named(
    monkeypatch: pytest.MonkeyPatch, precision: torch.dtype, name: str, prepare: Any
) -> None:
    if name == "mkl" and not torch.backends.mkl.is_available():
        pytest.skip("PyTorch was built without MKL")
    expected = ElmoInference(sized(32, 64)).encode_sum(random_proteins(9, longest=15))
    prepare(monkeypatch)
    engine = ElmoInference(sized(32, 64), precision)
    assert engine.kernel == name
    proteins = random_proteins(9, longest=15)
    cases = [(rows, 1 + rows % 2) for rows in (1, 2, 3, 4, 5, 9, 30, 64, 65)]
    assert_equal_bits(engine, proteins, cases)
    allowed = 0.05 if precision == torch.bfloat16 else 1e-5
    for one, other in zip(engine.encode_sum(proteins), expected, strict=True):
        torch.testing.assert_close(one.float(), other, rtol=0, atol=allowed)


def test_the_kernel_is_onednn_s_where_there_is_one() -> None:
    name = "onednn-prepacked" if torch.backends.mkldnn.is_available() else "mkl"
    assert ElmoInference(sized(32, 64)).kernel == name


@pytest.mark.parametrize("columns", [4 * 32, 4 * 352, 4 * 4096, 53_344])
@pytest.mark.parametrize("threads", [1, 2, 3, 4, 5])
def test_a_sigmoid_s_bits_do_not_depend_on_its_row(columns: int, threads: int) -> None:
    values = 3 * torch.randn(1, columns)
    expected = torch.empty_like(values)
    inference_layer._sigmoid(values, expected)
    torch.set_num_threads(threads)
    for rows in (4, 8, 12, 20, 64):
        gates = values.repeat(rows, 1)
        inference_layer._sigmoid(gates, gates)
        assert torch.equal(gates, expected.repeat(rows, 1))


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_sum_is_that_of_all_layers_in_their_order(layers: int) -> None:
    engine = ElmoInference(sized(32, 64, layers))
    proteins, start = random_proteins(9, longest=15), engine.warm_state()
    whole, _ = engine.encode(proteins, start)
    for found, layers_ in zip(engine.encode_sum(proteins, start), whole, strict=True):
        expected = layers_[0]
        for layer in layers_[1:]:
            expected = expected + layer
        assert torch.equal(found, expected)


def test_windows_hold_few_tokens_and_miss_none() -> None:
    lengths = [700, 699, 300, 3, 0]
    proteins = {number: torch.zeros(n) for number, n in enumerate(lengths)}
    batch = PackedProteins(proteins, torch.device("cpu"))
    steps = [step for window in batch.windows() for step in window]
    assert steps == list(range(702))
    for window in batch.windows():
        held = batch.offsets[window.stop] - batch.offsets[window.start]
        assert held == sum(
            min(n + 2, window.stop) - min(n + 2, window.start) for n in lengths
        )
        assert held <= WINDOW_TOKENS


def test_a_step_of_more_proteins_than_a_window_holds_is_read() -> None:
    engine = ElmoInference(sized(6, 10))
    protein = residue_tokens("MK")
    (expected,) = engine.encode_sum([protein])
    for found in engine.encode_sum([protein] * 600):
        assert torch.equal(found, expected)


def test_many_proteins_are_read_in_even_groups_of_similar_lengths() -> None:
    lengths = [n % 50 for n in range(300)]
    groups = packed_groups([torch.zeros(n) for n in lengths], torch.device("cpu"))
    assert [len(group.order) for group in groups] == [100, 100, 100]
    order = [number for group in groups for number in group.order]
    assert sorted(order) == list(range(300))
    assert [lengths[n] for n in order] == sorted(lengths, reverse=True)


def test_a_protein_of_35000_residues_is_read_to_its_end() -> None:
    engine = ElmoInference(sized(6, 10, layers=1), torch.float64)  # the quickest calls
    protein = torch.from_numpy(np.random.default_rng(1).integers(0, 25, 35_000))
    (found,) = engine.encode_sum([protein])
    first, last = engine.encode_sum([protein[:70], protein[-70:]])
    assert found.shape == (35_000, 12)
    assert torch.equal(found[:70, :6], first[:, :6])
    assert torch.equal(found[-70:, 6:], last[:, 6:])
    assert found.isfinite().all()


# The peak is read from /proc: `ru_maxrss` of a new process begins with its parent's.
LONG_PROTEIN = """
import re, sys
from pathlib import Path
import torch
from protlang.models.elmo import Elmo, ElmoConfig
from protlang.models.elmo_inference import ElmoInference
engine = ElmoInference(Elmo(ElmoConfig.seqvec(), with_softmax=False))
protein = torch.arange(int(sys.argv[1])) % 25
(found,) = engine.encode_sum([protein])
assert found.isfinite().all()
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.slow
def test_full_size_35000_residues_take_little_memory() -> None:
    def peak(length: int) -> float:
        """Bytes of a process that embeds a protein."""
        folder = Path(elmo_inference.__file__).parents[2]
        command = [sys.executable, "-c", LONG_PROTEIN, str(length)]
        output = subprocess.run(
            command,
            env=os.environ | {"PYTHONPATH": str(folder)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        return 1024 * float(output)

    long = peak(35_000)
    assert long < 2.5e9
    assert long - peak(1000) < 34_000 * 16_000  # bytes per residue


def test_no_proteins_give_no_vectors() -> None:
    found, state = ElmoInference(sized(6, 10)).encode([])
    assert found == []
    assert state.cell.shape == (2, 2, 0, 10)


def test_training_mode_and_later_updates_change_nothing() -> None:
    model = make_model(replace(TINY, dropout=0.5))
    expected, _ = encoded(model, ["MKV"])
    engine = make_engine(model.train())
    with torch.no_grad():
        for weights in model.parameters():
            weights.zero_()
    found = engine.encode_sum([residue_tokens("MKV")])
    assert torch.equal(found[0], expected[0][0] + expected[0][1] + expected[0][2])


def test_the_number_of_threads_is_left_as_it_was() -> None:
    engine = ElmoInference(sized(6, 10))
    torch.set_num_threads(3)
    engine.encode_sum([residue_tokens("MKV")])
    assert torch.get_num_threads() == 3


def test_encoded_proteins_and_states_have_their_shapes(wide: Elmo) -> None:
    found, state = encoded(wide, SEQUENCES)
    assert [layers.shape for layers in found] == [
        (3, len(sequence), 128) for sequence in SEQUENCES
    ]
    assert state.hidden.shape == (2, 2, len(SEQUENCES), 64)
    assert state.cell.shape == (2, 2, len(SEQUENCES), 128)


def test_layer_0_is_the_token_vector_twice(wide: Elmo) -> None:
    (found,), _ = encoded(wide, ["MKV"])
    vectors = wide.characters()[residue_tokens("MKV")]
    assert torch.equal(found[0], torch.cat([vectors, vectors], dim=1))


def test_no_gradient_is_recorded(wide: Elmo) -> None:
    found, state = encoded(wide, ["MKV"])
    assert not found[0].requires_grad
    assert not state.cell.requires_grad
