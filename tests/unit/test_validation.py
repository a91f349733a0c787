"""Reading YAML: one sentence for a file that cannot be read."""

from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.validation import read_yaml


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match=r"none\.yaml does not exist"):
        read_yaml(tmp_path / "none.yaml")


@pytest.mark.parametrize("content", [b"a: [1\nb: 2\n", b"a: \xff\n"])
def test_a_file_that_is_no_yaml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(ProtlangError, match=r"a\.yaml is not valid YAML"):
        read_yaml(tmp_path / "a.yaml")


def test_a_yaml_mistake_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [1\nb: 2\n")
    with pytest.raises(ProtlangError) as caught:
        read_yaml(tmp_path / "a.yaml")
    assert "line 2" in str(caught.value)
    assert "\n" not in str(caught.value)
