from collections import OrderedDict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from protlang.formats import plus_checkpoint
from support.errors import complaint


def save(contents: Any, folder: Path, old_form: bool = False) -> Path:
    path = folder / "weights.pt"
    torch.save(contents, path, _use_new_zipfile_serialization=not old_form)
    return path


def failure(path: Path) -> str:
    """The one sentence of a failed reading, which names the file."""
    message = complaint(plus_checkpoint.read, path)
    assert str(path) in message
    return message


@pytest.mark.parametrize("old_form", [False, True])
def test_weights_are_read_as_saved(tmp_path: Path, old_form: bool) -> None:
    """PyTorch 1.3, which PLUS was trained with, has the old form."""
    module = nn.LSTM(3, 2)
    found = plus_checkpoint.read(save(module.state_dict(), tmp_path, old_form))
    assert found.keys() == module.state_dict().keys()
    for name, weights in module.state_dict().items():
        assert torch.equal(found[name], weights)


def test_the_mark_of_parallel_training_is_dropped(tmp_path: Path) -> None:
    weights = OrderedDict({"module.fc.bias": torch.ones(2), "module_2": torch.ones(1)})
    assert plus_checkpoint.read(save(weights, tmp_path)).keys() == {
        "fc.bias",
        "module_2",
    }


def test_one_name_in_both_forms_is_refused(tmp_path: Path) -> None:
    weights = {"module.fc.bias": torch.ones(2), "fc.bias": torch.ones(2)}
    assert "'fc.bias' twice" in failure(save(weights, tmp_path))


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    assert "fetch it" in failure(tmp_path / "none.pt")


@pytest.mark.parametrize("old_form", [False, True])
@pytest.mark.parametrize("length", [1, 40, 300])
def test_a_damaged_file_is_refused(tmp_path: Path, old_form: bool, length: int) -> None:
    path = save(nn.LSTM(3, 2).state_dict(), tmp_path, old_form)
    path.write_bytes(path.read_bytes()[:length])
    assert "damaged" in failure(path)


def test_text_is_no_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    path.write_text("<html>not found</html>\n")
    assert "damaged" in failure(path)


@pytest.mark.parametrize("old_form", [False, True])
def test_other_objects_are_never_loaded(tmp_path: Path, old_form: bool) -> None:
    path = save({"fc.bias": Fraction(1, 2)}, tmp_path, old_form)
    assert "other objects than tensors" in failure(path)


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        ([torch.ones(1)], "holds a list and not named weights"),
        ({"epoch": 3}, "'epoch' is a int and not named weights"),
        ({3: torch.ones(1)}, "3 is a Tensor and not named weights"),
        ({"fc.bias": torch.ones(1).double()}, "'fc.bias' are torch.float64"),
    ],
)
def test_what_is_no_network_is_refused(
    tmp_path: Path, contents: Any, expected: str
) -> None:
    assert expected in failure(save(contents, tmp_path))
