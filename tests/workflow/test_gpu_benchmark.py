"""The benchmark of GPUs, tried out on the CPU with tiny networks."""

import sys

import pytest
import torch

from support.checkout import REPOSITORY

sys.path.append(str(REPOSITORY / "benchmarks"))

import gpu


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_ends_in_one_sentence() -> None:
    with pytest.raises(SystemExit, match="there is no GPU"):
        gpu.main([])


def test_a_trial_on_the_cpu_measures_all_work_and_keeps_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(gpu, "record")
    gpu.main(["--device", "cpu", "--small", "--rounds", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        kind.name for kind in gpu.WORKS
    ]
    assert all("Next bottleneck" in line for line in lines)


def test_results_that_are_apart_end_the_benchmark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gpu, "TOLERANCE", -1.0)
    with pytest.raises(SystemExit, match="nothing was timed"):
        gpu.apart(gpu.HeadEpochs, gpu.Sizes.small(), gpu.CPU)


@pytest.mark.parametrize("kind", gpu.WORKS)
def test_the_same_work_has_the_same_results(kind: type[gpu.Work]) -> None:
    found = gpu.apart(kind, gpu.Sizes.small(), gpu.CPU)
    assert found <= gpu.TOLERANCE


def test_embedding_is_compared_with_vectors_of_the_same_proteins() -> None:
    work = gpu.Embedding(gpu.Sizes.small())
    ours = work.start(gpu.CPU, torch.float32)()
    plain = work.start_baseline(gpu.CPU)()
    assert ours.shape == (work.units, 2 * work.sizes.elmo.projection)
    torch.testing.assert_close(ours, plain, rtol=1e-4, atol=1e-5)


def test_operations_of_embedding_are_those_of_its_products() -> None:
    work = gpu.Embedding(gpu.Sizes.small())
    projection, dim = work.sizes.elmo.projection, work.sizes.elmo.lstm_dim
    gates, back = projection * 4 * dim, dim * projection
    assert work.operations == 2 * work.units * 2 * (3 * gates + 2 * back)
