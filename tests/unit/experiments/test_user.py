from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.experiments.user import UserRequest, requested_encoder, requested_fasta

DECLARED = ["seqvec-published", "elmo-uniref50"]


def test_a_file_that_exists_is_taken(tmp_path: Path) -> None:
    fasta = tmp_path / "my.fasta"
    fasta.write_text(">a\nM\n")
    assert requested_fasta({"fasta": str(fasta)}) == str(fasta)


def test_a_missing_key_is_reported_with_an_example() -> None:
    with pytest.raises(ProtlangError, match="add fasta=<file>, for example --config"):
        requested_fasta({})
    with pytest.raises(ProtlangError, match="declares seqvec-published, elmo-uni"):
        requested_encoder({}, DECLARED)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ProtlangError, match="correct the path after fasta="):
        requested_fasta({"fasta": str(tmp_path / "none.fasta")})


def test_a_declared_encoder_goes_before_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seqvec-published").mkdir()
    (tmp_path / "mine").mkdir()
    for encoder in ("seqvec-published", "mine"):
        assert requested_encoder({"encoder": encoder}, DECLARED) == encoder


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (DECLARED, "did you mean 'seqvec-published'? this configuration declares seq"),
        ([], "this configuration declares none"),
    ],
)
def test_an_unknown_encoder_is_reported(declared: list[str], expected: str) -> None:
    with pytest.raises(ProtlangError) as caught:
        requested_encoder({"encoder": "seqvec-publisht"}, declared)
    assert "'seqvec-publisht' is neither declared nor a folder" in str(caught.value)
    assert expected in str(caught.value)


def test_results_are_named_after_the_file(tmp_path: Path) -> None:
    fasta = tmp_path / "my.fasta.gz"
    fasta.write_text(">a\nM\n")
    request = UserRequest({"fasta": str(fasta)}, DECLARED)
    folder = "<results>/user/my"
    assert request.results() == [f"{folder}/embeddings.h5", f"{folder}/manifest.csv"]
    beside = UserRequest({"fasta": str(fasta), "gather": "index"}, DECLARED)
    assert beside.results()[0] == f"{folder}/embeddings/index.csv"
    assert (request.into_one_file, beside.into_one_file) == (True, False)


def test_an_encoder_is_a_declared_one_or_a_whole_folder(tmp_path: Path) -> None:
    declared = UserRequest({"encoder": "elmo-uniref50"}, DECLARED).encoder_files()
    names = ("config.json", "model.safetensors")
    assert declared == [f"<results>/encoders/elmo-uniref50/{name}" for name in names]
    folder = UserRequest({"encoder": str(tmp_path)}, DECLARED)
    with pytest.raises(ProtlangError, match=r"is no encoder; it needs config\.json"):
        folder.encoder_files()
    for name in names:
        (tmp_path / name).touch()
    assert folder.encoder_files() == [str(tmp_path / name) for name in names]


def test_options_have_defaults() -> None:
    request = UserRequest({"layers": "all", "shards": 3}, DECLARED)
    options = request.options(layers="sum", pooling="residue")
    assert options == {"layers": "all", "pooling": "residue"}
    assert (request.shards, UserRequest({}, DECLARED).shards) == (3, 1)
