"""SCOPe 2.07 at 40 % with SIFTS's accessions, ECPred's enzymes and UniProt's species.

Expected numbers are those of the data folder's README, which were counted by others.
"""

from pathlib import Path

import pandas as pd
import pytest

from protlang.datasets.scope import (
    ENZYMES,
    annotate,
    check_counts,
    count_panels,
    read_chain_facts,
)
from protlang.formats import astral
from protlang.formats.astral import Domain
from protlang.sources.catalogue import Source, load_sources
from support.checkout import REPOSITORY

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def files(sources: dict[str, Source]) -> dict[str, Path]:
    """The folder's files by the roles they play."""
    roles = {
        "domains": ("scope-2.07-40", "data"),
        "uniprot": ("sifts", "uniprot"),
        "ecpred": ("ecpred", "data"),
        "speclist": ("uniprot-speclist", "data"),
    }
    paths = {
        role: sources[name].file(file).path for role, (name, file) in roles.items()
    }
    return {role: path for role, path in paths.items() if path is not None}


@pytest.fixture(scope="module")
def domains(files: dict[str, Path]) -> list[Domain]:
    return list(astral.read(files["domains"]))


@pytest.fixture(scope="module")
def annotations(domains: list[Domain], files: dict[str, Path]) -> pd.DataFrame:
    return annotate(domains, read_chain_facts(domains, files))


def test_the_classification_is_whole(domains: list[Domain]) -> None:
    known = load_sources(REPOSITORY / "config" / "sources.yaml")["scope-2.07-40"]
    check_counts(domains, known.invariants, "SCOPe")
    assert sum(len(domain.sequence) for domain in domains) == 2_611_087


def test_main_classes_of_enzymes_are_those_counted_by_chain(
    annotations: pd.DataFrame,
) -> None:
    """The README goes by the domain's own chains and by main classes alone."""
    classes = [{n[0] for n in text.split()} for text in annotations["ec_numbers"]]
    only = pd.Series([min(found) for found in classes if len(found) == 1])
    assert only.value_counts().to_dict() == {
        "1": 905,
        "2": 1427,
        "3": 1523,
        "4": 327,
        "5": 260,
        "6": 279,
    }
    reasons = annotations["ec_reason"].value_counts()
    assert reasons["no E.C. number"] == 9153
    assert reasons["no chain in SIFTS"] == 449


def test_the_papers_rule_leaves_out_entries_with_several_numbers(
    annotations: pd.DataFrame,
) -> None:
    counts = count_panels(annotations).set_index(["panel", "what"])["domains"]
    assert counts[("ec", "all")] == 4412
    assert counts[("ec", "several E.C. numbers in its PDB entry")] == 309
    assert set(annotations["ec"]) - {""} < set(ENZYMES.values())


def test_kingdoms_are_the_counted_ones(annotations: pd.DataFrame) -> None:
    assert annotations["kingdom"].value_counts().to_dict() == {
        "Bacteria": 6462,
        # One more than the README has: d6ensa_, whose header lacks the blank in
        # [TaxId:10090].
        "Eukaryota": 5839,
        "Archaea": 645,
        "Viruses": 323,
        "": 1054,
    }
    mouse = annotations.set_index("id").loc["d6ensa_"]
    assert (mouse["tax_ids"], mouse["kingdom"]) == ("10090", "Eukaryota")


def test_what_is_written_is_what_was_read(
    domains: list[Domain], tmp_path: Path
) -> None:
    astral.write(tmp_path / "astral.fa", domains)
    assert list(astral.read(tmp_path / "astral.fa")) == domains


@pytest.mark.parametrize(
    ("name", "number"),
    [("astral208_sel20.fa.gz", 7943), ("deepsf_scop175_test_id70.fasta.gz", 1428)],
)
def test_other_releases_are_read_too(real_data: Path, name: str, number: int) -> None:
    found = list(astral.read(real_data / "scope" / name))
    assert len({domain.id for domain in found}) == number
