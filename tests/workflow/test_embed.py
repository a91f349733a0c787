"""The target `embed`: a user's proteins become vectors, and no record is lost."""

import csv
import gzip
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from protlang.encoders.elmo import ElmoEncoder, export_bilm
from protlang.encoders.registry import prepared_encoder
from protlang.encoders.settings import EncoderSettings
from protlang.formats.embeddings import open_embeddings
from protlang.models.elmo import Elmo
from support.checkout import Process, Run, copy_checkout
from support.elmo_models import TINY_ELMO
from support.pairs import tiny_network
from support.sequence_examples import GENBANK

pytestmark = pytest.mark.workflow

ZOO = (
    b">plain first\nMKVL\nACDE\n"
    b">mended\nmkvj*\n"
    b">rare\nUOBZX\n"
    b">gap\nMK-V\n"
    b">stop\nMK*V\n"
    b">empty\n"
    b">\nMKV\n"
    b">plain again\r\nmkvlacde\r\n"
    b">plain other\nMMM\n"
    b">twin\nMKVLACDE\n"
    b">../../etc/x\nG\n"
    b">\xc3\xbc\nGG\n"
    b">sp|P\xff\nGGG"
)
FATES = [
    ("plain", "done", ""),
    ("mended", "done", ""),
    ("rare", "done", ""),
    ("gap", "failed", "a character that is no residue: '-' at position 3"),
    ("stop", "failed", "a character that is no residue: '*' at position 3"),
    ("empty", "failed", "no residues"),
    ("", "failed", "record 7 has no id: give it one"),
    ("plain", "done", "same as record 1"),
    (
        "plain",
        "failed",
        "its id is that of record 1, which has another sequence: give it an id of its "
        "own",
    ),
    ("twin", "done", ""),
    ("../../etc/x", "done", ""),
    ("ü", "done", ""),
    ("sp|P\\xff", "done", ""),
]
SEQUENCES = {
    "plain": "MKVLACDE",
    "mended": "MKVX",
    "rare": "UOBZX",
    "twin": "MKVLACDE",
    "../../etc/x": "G",
    "ü": "GG",
    "sp|P\\xff": "GGG",
}


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a user's files: proteins, and an encoder in both forms."""
    folder = copy_checkout(tmp_path_factory.mktemp("embed"))
    torch.manual_seed(1)
    model = Elmo(TINY_ELMO, with_softmax=False)
    ElmoEncoder(model).save(folder / "tiny")
    export_bilm(ElmoEncoder(model), folder / "pair")
    (folder / "my.fasta").write_bytes(ZOO)
    (folder / "zipped.fa.gz").write_bytes(gzip.compress(ZOO))
    return folder


@pytest.fixture(scope="module")
def embedded(workplace: Path, run_snakemake: Run) -> Process:
    """The documented command."""
    command = "--profile profiles/local embed --config fasta=my.fasta encoder=tiny"
    process = run_snakemake(workplace, *command.split())
    assert process.returncode == 0, process.stdout
    return process


def embed(run_snakemake: Run, workplace: Path, options: str) -> None:
    """Run the documented command with these options."""
    command = f"--profile profiles/local embed --config {options}"
    process = run_snakemake(workplace, *command.split())
    assert process.returncode == 0, process.stdout


def results(workplace: Path, name: str = "my") -> Path:
    return workplace / "results" / "paper" / "user" / name


def stored(path: Path) -> dict[str, bytes]:
    """Bytes of every data set by id."""
    with open_embeddings(path) as found:
        return {identifier: found[identifier][()].tobytes() for identifier in found}


def test_every_record_has_a_row_in_the_manifest(
    workplace: Path, embedded: Process
) -> None:
    text = (results(workplace) / "manifest.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["id"], row["status"], row["reason"]) for row in rows] == FATES
    assert [row["record"] for row in rows] == [str(n + 1) for n in range(len(FATES))]


def test_the_terminal_reports_how_many_failed_and_where_to_look(
    workplace: Path, embedded: Process
) -> None:
    summary = (
        "8 of 13 records are embedded in results/paper/user/my/embeddings.h5, 5 "
        "failed; results/paper/user/my/manifest.csv lists the outcome of each"
    )
    log = workplace / "logs" / "paper" / "gather_embeddings" / "my.log"
    assert summary in embedded.stdout
    assert summary in log.read_text()


def test_every_protein_has_the_vectors_of_its_mended_sequence(
    workplace: Path, embedded: Process
) -> None:
    """Read as bio_embeddings and biotrainer do; computed anew one by one."""
    embedder = prepared_encoder(workplace / "tiny", EncoderSettings(device="cpu"))
    with h5py.File(results(workplace) / "embeddings.h5") as file:
        by_id = {file[key].attrs["original_id"]: file[key][()] for key in file}
        assert file.attrs["encoder"] == "tiny"
    assert by_id.keys() == SEQUENCES.keys()
    for identifier, sequence in SEQUENCES.items():
        (vectors,) = embedder.embed([sequence], "sum")
        assert vectors.tobytes() == by_id[identifier].tobytes()


def test_nothing_but_the_results_stays(workplace: Path, embedded: Process) -> None:
    files = {path.name for path in results(workplace).rglob("*") if path.is_file()}
    assert files == {"embeddings.h5", "manifest.csv", "proteins.parquet"}
    assert list(results(workplace).glob("unfinished*")) == []


def test_a_second_run_has_nothing_to_do(
    workplace: Path, run_snakemake: Run, embedded: Process
) -> None:
    command = "-n --profile profiles/local embed --config fasta=my.fasta encoder=tiny"
    process = run_snakemake(workplace, *command.split())
    assert "Nothing to be done" in process.stdout


def test_three_shards_give_the_same_file_as_one(
    workplace: Path, run_snakemake: Run, embedded: Process
) -> None:
    options = "fasta=zipped.fa.gz encoder=tiny shards=3 batch_residues=5"
    embed(run_snakemake, workplace, options)
    one = (results(workplace) / "embeddings.h5").read_bytes()
    assert (results(workplace, "zipped") / "embeddings.h5").read_bytes() == one


def test_an_index_names_the_shards_and_a_published_pair_embeds_the_same(
    workplace: Path, run_snakemake: Run, embedded: Process
) -> None:
    one = stored(results(workplace) / "embeddings.h5")
    (workplace / "indexed.fasta").write_bytes(ZOO)
    options = "fasta=indexed.fasta encoder=pair shards=2 gather=index"
    embed(run_snakemake, workplace, options)
    folder = results(workplace, "indexed") / "embeddings"
    assert {path.name for path in folder.iterdir()} == {
        "shard-1-of-2.h5",
        "shard-2-of-2.h5",
        "index.csv",
    }
    assert stored(folder) == one


def test_the_encoder_within_a_model_of_homology_embeds(
    workplace: Path, run_snakemake: Run
) -> None:
    network = tiny_network("plus-rnn", contacts=True)
    network.save(workplace / "homology")
    (workplace / "plus.fasta").write_bytes(ZOO)
    embed(run_snakemake, workplace, "fasta=plus.fasta encoder=homology layers=z")
    with open_embeddings(results(workplace, "plus") / "embeddings.h5") as found:
        assert found.facts["layers"] == "z"
        for name, sequence in SEQUENCES.items():
            (expected,) = network.start.embed([sequence], "z")
            np.testing.assert_array_equal(found[name][()], expected)


def test_a_genbank_file_is_embedded_as_the_proteins_it_codes_for(
    workplace: Path, run_snakemake: Run
) -> None:
    (workplace / "genome.gb").write_text(GENBANK)
    embed(run_snakemake, workplace, "fasta=genome.gb encoder=tiny")
    text = (results(workplace, "genome.gb") / "manifest.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["status"] for row in rows] == ["done", "done", "failed", "failed"]
    found = stored(results(workplace, "genome.gb") / "embeddings.h5")
    assert found.keys() == {"BAA00001.1", "b0002"}


def test_a_file_in_which_every_record_fails_is_an_error(
    workplace: Path, run_snakemake: Run
) -> None:
    (workplace / "bad.fasta").write_bytes(b">a\nM-K\n>b\n\n")
    command = "--profile profiles/local embed --config fasta=bad.fasta encoder=tiny"
    process = run_snakemake(workplace, *command.split())
    assert process.returncode != 0
    assert "none of the 2 records of bad.fasta can be embedded" in process.stdout
    assert "'-' at position 2" in process.stdout
    assert "Traceback" not in process.stdout


MISTAKES = {
    "": "no proteins are named; add fasta=<file>",
    "fasta=my.fasta": "no encoder is named; add encoder=<name or folder>",
    "fasta=none.fasta encoder=tiny": "none.fasta does not exist; correct the path",
    "fasta=ü.fasta encoder=tiny": "rename or link the file",
    "fasta=my.fasta encoder=tiny layers=top": "layers is 'top'",
    "fasta=my.fasta encoder=tiny storage=int8": "choose one of float32, float16",
    "fasta=my.fasta encoder=tiny shards=0": "shards: 0 is less than the minimum",
}


@pytest.mark.parametrize("options", MISTAKES)
def test_a_mistake_is_explained_in_a_sentence(
    workplace: Path, run_snakemake: Run, options: str
) -> None:
    (workplace / "ü.fasta").write_bytes(ZOO)
    config = ["--config", *options.split()] if options else []
    process = run_snakemake(workplace, "-n", "embed", *config)
    assert process.returncode != 0
    assert MISTAKES[options] in process.stdout
    assert "Traceback" not in process.stdout


def test_other_targets_ignore_what_only_embed_needs(
    workplace: Path, run_snakemake: Run
) -> None:
    config = ["--config", "fasta=none.fasta", "encoder=nobody"]
    process = run_snakemake(workplace, "-n", "seqvec_table1", *config)
    assert process.returncode == 0, process.stdout
