import gzip
from pathlib import Path

import pytest

from protlang.alphabet import CLASS_LABELS, LABEL_STATES, PROTEIN_VALUES
from protlang.formats import plus_data, tape
from protlang.formats.registry import DISTRIBUTIONS
from support.errors import complaint


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_what_a_distribution_holds_is_known_by_name(name: str) -> None:
    distribution = DISTRIBUTIONS[name]
    assert distribution.labels <= LABEL_STATES.keys()
    assert distribution.classes <= CLASS_LABELS.keys()
    assert distribution.values <= set(PROTEIN_VALUES)
    assert distribution.labels | distribution.classes | distribution.values
    assert distribution.roles or distribution.optional_roles


def test_seqvecs_sets_have_the_files_they_always_had() -> None:
    for name in ("netsurfp-npz", "prottrans-csv", "cullpdb-csv", "deeploc-fasta"):
        assert DISTRIBUTIONS[name].roles == ("data",)
        assert not DISTRIBUTIONS[name].optional_roles
        assert not DISTRIBUTIONS[name].values


@pytest.mark.parametrize("kind", ["lmdb", "json", "csv"])
def test_every_task_of_tape_has_what_it_predicts(kind: str) -> None:
    holds = {
        task: DISTRIBUTIONS[f"tape-{kind}-{task.replace('_', '-')}"]
        for task in tape.TASKS
    }
    assert holds["stability"].values == {"stability"}
    assert holds["fluorescence"].values == {"fluorescence"}
    assert holds["secondary_structure"].labels >= {"q3"}
    assert ("q8" in holds["secondary_structure"].labels) is (kind != "csv")
    assert all(holds[task].has_splits for task in tape.TASKS)


def test_every_task_of_plus_has_what_it_predicts() -> None:
    holds = {
        task: DISTRIBUTIONS[f"plus-{task.replace('_', '-')}"]
        for task in plus_data.TASKS
    }
    assert {task: set(known.classes) for task, known in holds.items()} == {
        "solubility": {"solubility"},
        "localization": {"location", "membrane"},
        "stability": set(),
        "fluorescence": set(),
        "secondary_structure": set(),
        "transmembrane": set(),
    }
    assert holds["stability"].values == {"stability"}
    assert holds["fluorescence"].values == {"fluorescence"}
    assert holds["secondary_structure"].labels == {"q3", "q8"}
    assert holds["transmembrane"].labels == {"topology", "mask"}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize(
    "content",
    [None, b"", b"\xff\xfe\x00\x01", gzip.compress(bytes(range(256)) * 9)[:-20]],
    ids=["missing", "empty", "no text", "cut short"],
)
def test_a_file_that_cannot_be_read_is_reported_with_a_remedy(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    distribution = DISTRIBUTIONS[name]
    roles = distribution.roles or distribution.optional_roles
    files = {role: tmp_path / f"{role}.gz" for role in roles}
    for path in files.values() if content is not None else ():
        path.write_bytes(content or b"")
    message = complaint(distribution.read, files, "set")
    assert any(str(path) in message for path in files.values())
    assert "fetch" in message or "correct it" in message or "put a FASTA" in message
