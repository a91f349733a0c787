from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.experiments.user import requested_encoder, requested_fasta

DECLARED = ["seqvec-published", "elmo-uniref50"]


def test_a_file_that_exists_is_taken(tmp_path: Path) -> None:
    fasta = tmp_path / "my.fasta"
    fasta.write_text(">a\nM\n")
    assert requested_fasta({"fasta": str(fasta)}) == str(fasta)


def test_a_missing_key_is_told_with_an_example() -> None:
    with pytest.raises(ProtlangError, match="add fasta=<file>, for example --config"):
        requested_fasta({})
    with pytest.raises(ProtlangError, match="declares seqvec-published, elmo-uni"):
        requested_encoder({}, DECLARED)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
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
    ("declared", "told"),
    [
        (DECLARED, "did you mean 'seqvec-published'? this configuration declares seq"),
        ([], "this configuration declares none"),
    ],
)
def test_an_unknown_encoder_is_told(declared: list[str], told: str) -> None:
    with pytest.raises(ProtlangError) as caught:
        requested_encoder({"encoder": "seqvec-publisht"}, declared)
    assert "'seqvec-publisht' is neither declared nor a folder" in str(caught.value)
    assert told in str(caught.value)
