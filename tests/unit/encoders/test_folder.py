import hashlib
from pathlib import Path

import pytest

from protlang.encoders.folder import encoder_files, encoder_hash
from protlang.errors import ProtlangError


def fill(folder: Path, **contents: bytes) -> None:
    endings = {"config": "json", "model": "safetensors"}
    endings |= {"options": "json", "weights": "hdf5"}
    for name, content in contents.items():
        (folder / f"{name}.{endings[name]}").write_bytes(content)


def test_an_encoder_is_one_of_two_pairs_of_files(tmp_path: Path) -> None:
    fill(tmp_path, options=b"", weights=b"")
    names = [path.name for path in encoder_files(tmp_path)]
    assert names == ["options.json", "weights.hdf5"]
    fill(tmp_path, config=b"", model=b"")
    names = [path.name for path in encoder_files(tmp_path)]
    assert names == ["config.json", "model.safetensors"]


def test_half_a_pair_is_no_encoder(tmp_path: Path) -> None:
    fill(tmp_path, config=b"", weights=b"")
    with pytest.raises(ProtlangError) as caught:
        encoder_files(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path} is no encoder; it needs config.json and model.safetensors, or "
        "options.json and weights.hdf5"
    )


def test_the_hash_is_that_of_names_and_contents(tmp_path: Path) -> None:
    fill(tmp_path, config=b"{}", model=b"abc")
    lines = (
        f"config.json {hashlib.sha256(b'{}').hexdigest()}\n"
        f"model.safetensors {hashlib.sha256(b'abc').hexdigest()}\n"
    )
    assert encoder_hash(tmp_path) == hashlib.sha256(lines.encode()).hexdigest()


def test_the_hash_changes_with_either_file(tmp_path: Path) -> None:
    hashes = set()
    for config, model in [(b"{}", b"a"), (b"{ }", b"a"), (b"{}", b"b")]:
        fill(tmp_path, config=config, model=model)
        hashes.add(encoder_hash(tmp_path))
    assert len(hashes) == 3
