"""Files and settings that the rules of the workflow take from a study."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from protlang.errors import ProtlangError
from protlang.experiments import paths
from protlang.experiments.configuration import validated_config
from protlang.experiments.study import Study
from protlang.sources.catalogue import load_sources
from protlang.tables.agreement import FEWEST_SEEDS
from protlang.validation import REPOSITORY, read_yaml

SOURCES = load_sources(REPOSITORY / "config" / "sources.yaml")
HEAVY = ("torch", "scipy", "sklearn", "matplotlib", "Bio", "parasail", "gensim")


def study(name: str = "demo", **changes: Any) -> Study:
    """The study of a configuration that the workflow comes with; None drops a key."""
    config = {**read_yaml(REPOSITORY / "config" / f"{name}.yaml"), **changes}
    declared = {key: value for key, value in config.items() if value is not None}
    return Study(validated_config(declared), SOURCES)


def test_parsing_the_workflow_imports_no_heavy_library() -> None:
    library = REPOSITORY / "workflow" / "scripts"
    code = (
        f"import sys; sys.path.insert(0, {str(library)!r}); "
        "import protlang.experiments.study, protlang.experiments.user; "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "[]"


# Data


def test_downloads_are_simulated_only_in_a_simulated_run() -> None:
    file = "uniref50.fasta.gz"
    mirrored = "results/demo/mirror/uniref50/uniref50.fasta.gz"
    assert study().original_of("uniref50", file) == [mirrored]
    assert study("config").original_of("uniref50", file) == []


def test_a_data_set_reads_its_source_and_the_pdbs_sequences() -> None:
    folder = "<downloads>/netsurfp2-cb513"
    assert study().dataset_files("cb513") == {
        "data": f"{folder}/CB513_HHblits.npz",
        "seqres": "<downloads>/pdb-seqres/pdb_seqres.txt.gz",
    }
    assert list(study().dataset_files("deeploc")) == ["data"]


def test_corpora_are_distinguished_by_families() -> None:
    assert study().corpora(with_families=True) == ["pfam"]
    others = ["uniref50", "uniref90", "swissprot"]
    assert study().corpora(with_families=False) == others
    assert study().corpus_files("pfam") == ["<downloads>/pfam-27/Pfam-A.fasta.gz"]
    (entry,) = study().corpus_sources("pfam")
    assert (entry["name"], entry["distribution"]) == ("pfam-27", "pfam-fasta")
    assert study("published").corpora(with_families=False) == ["swissprot"]


def test_homology_reads_two_releases_and_contact_maps() -> None:
    files = study().tuned.homology_files()
    assert list(files) == ["domains", "newer", "contacts"]
    assert files["contacts"] == "<downloads>/p-elmo-scope/scope.tar.gz"
    entries = study().tuned.homology_entries()
    assert entries["newer"]["name"] == "scope-2.07-95"


def test_homology_reads_the_published_lists_where_they_are_declared() -> None:
    archive = "<downloads>/p-elmo-scope/scope.tar.gz"
    for name in ("config", "published"):
        files = study(name).tuned.homology_files()
        assert files == {"lists": archive, "contacts": archive}


def test_an_encoder_in_a_folder_is_imported(tmp_path: Path) -> None:
    encoders = {**study().config["encoders"], "mine": {"folder": str(tmp_path)}}
    found = study(encoders=encoders)
    assert list(found.encoders.imported) == ["seqvec-checkpoint", "mine"]
    with pytest.raises(ProtlangError, match=r"is no encoder; it needs config\.json"):
        found.imported_files("mine")
    files = [tmp_path / name for name in ("config.json", "model.safetensors")]
    for file in files:
        file.touch()
    assert found.imported_files("mine") == {"folder": list(map(str, files))}


# Embeddings


def test_embedding_settings_have_the_papers_defaults() -> None:
    settings = study(embedding={"storage": "float16"})
    device = {"start_state": "warm", "precision": "float32", "device": "auto"}
    assert settings.embedder == device
    assert settings.batches == {"storage": "float16", "batch_residues": 15_000}
    assert settings.embedding["threads"] == 1  # of `defaults`


def test_corpora_are_embedded_in_shards() -> None:
    folder = "<results>/corpus_embeddings/elmo-uniref50/swissprot"
    shards = [f"{folder}/shard-{number}-of-2.h5" for number in (1, 2)]
    assert study().corpus_embeddings() == shards
    assert study(corpus_embeddings=None).corpus_embeddings() == []


def test_timings_are_of_the_configured_sets() -> None:
    folder = "<results>/timings"
    sets = [f"{folder}/elmo-uniref50/{name}.csv" for name in ("netsurfp2", "deeploc")]
    assert study().timings() == sets
    prediction = f"{folder}/prediction/DeepSeqVec/netsurfp2/cb513.csv"
    assert study().prediction_timing() == [prediction]
    without = study(timings=None)
    assert without.timings() == without.prediction_timing() == []


# SeqVec's networks


def test_networks_have_files_on_every_test_set() -> None:
    scores = study().heads.residue_files("scores")
    assert len(scores) == 9 * 3
    folder = "<results>/per_residue/DeepSeqVec/netsurfp2"
    assert scores[:2] == [f"{folder}/scores/{name}.csv" for name in ("casp12", "ts115")]
    predictions = study().heads.audited_predictions()
    assert len(predictions) == 9 * 3 * 2
    assert predictions[0] == f"{folder}/seed1/predictions/casp12.parquet"


def test_per_protein_networks_have_files_of_every_seed() -> None:
    folder = "<results>/per_protein/Composition/deeploc"
    assert study().heads.protein_files("scores.csv")[-1] == f"{folder}/scores.csv"
    predictions = study().heads.protein_files("seed{seed}/predictions.parquet")
    assert predictions[-2:] == [
        f"{folder}/seed{seed}/predictions.parquet" for seed in (1, 2)
    ]
    assert study().heads.protein_split("test") == [
        "<results>/datasets/deeploc/test.parquet"
    ]


def test_without_per_protein_networks_there_are_no_files() -> None:
    without = study(per_protein=None, visualisation=None)
    assert (
        without.heads.protein_files("scores.csv")
        == without.heads.protein_split("test")
        == []
    )
    assert without.visualisation is None
    assert list(without.heads.audited_training_sets()) == ["netsurfp2"]
    assert "DeepLoc" not in without.heads.audited_sets()


def test_one_more_seed_changes_no_networks_settings() -> None:
    more = read_yaml(REPOSITORY / "config" / "demo.yaml")["per_residue"]
    more["training"]["seeds"] = [1, 2, 3]
    settings = study().heads.training("per_residue")
    assert study(per_residue=more).heads.training("per_residue") == settings
    assert settings["threads"] == 1
    assert "seeds" not in settings


def test_encoders_of_networks_are_described_once() -> None:
    names = ["elmo-uniref50", "protvec"]
    described = [f"<results>/encoders/{name}/config.json" for name in names]
    assert study().heads.encoders("per_protein") == described


def test_figures_s2_and_s4_show_networks_of_the_paper() -> None:
    names = {"method": "DeepSeqVec", "reference": "DeepProf", "test_set": "CB513"}
    assert study().heads.compared_names() == names
    folder = "<results>/per_residue/DeepProf/netsurfp2"
    proteins = study().heads.compared_proteins("reference")
    assert proteins == f"{folder}/proteins/cb513.csv"
    confusions = study().heads.confusions()
    networks = [path.split("/")[2] for path in confusions]
    assert networks == ["DeepSeqVec", "DeepSeqVec-Loc"]
    assert study().heads.confusion_titles() == {
        **dict.fromkeys(("q3", "q8", "disorder"), "DeepSeqVec on CB513"),
        **dict.fromkeys(
            ("location", "membrane"), "DeepSeqVec-Loc on DeepLoc's test set"
        ),
    }


def test_every_test_protein_is_looked_for_in_training() -> None:
    assert list(study().heads.audited_sets()) == ["CASP12", "TS115", "CB513", "DeepLoc"]
    folder = "<results>/leakage"
    assert study().heads.similarities() == [
        f"{folder}/corpora/uniref50.csv",
        f"{folder}/corpora/swissprot.csv",
        f"{folder}/training_sets/netsurfp2.csv",
        f"{folder}/training_sets/deeploc.csv",
    ]


def test_the_papers_run_looks_for_similar_proteins_in_all_corpora() -> None:
    heads = study("config").heads
    assert "<results>/leakage/corpora/swissprot.csv" in heads.similarities()
    assert heads.searched("swissprot")
    assert heads.searched("uniref50")


@pytest.mark.parametrize("name", ["config", "published"])
@pytest.mark.parametrize("head", ["per_residue", "per_protein"])
def test_training_noise_is_known_in_runs_of_the_paper(name: str, head: str) -> None:
    assert len(study(name).heads.seeds(head)) >= FEWEST_SEEDS


def test_the_papers_run_trains_its_elmo_as_planned() -> None:
    settings = study("config").encoders.training_settings("elmo-uniref50")
    assert (settings["epochs"], settings["training"]) == (10, {"rows_per_update": 240})


def test_the_training_of_every_head_is_timed() -> None:
    files = study().heads.training_metrics()
    for path in (
        "per_residue/DeepSeqVec/netsurfp2",
        "per_protein/DeepSeqVec-Loc/deeploc",
    ):
        assert f"<results>/{path}/seed1/metrics.jsonl" in files


def test_only_stored_vectors_add_test_sets_to_embed() -> None:
    added = ["solubility", "deeploc", "stability", "fluorescence", "transmembrane"]
    assert study().finetuned_tests() == added
    assert study(plus=None).finetuned_tests() == []


@pytest.mark.parametrize("projection", ["raw", "hidden", "amino_acids", "domains"])
def test_projections_read_vectors_of_the_shown_encoder(projection: str) -> None:
    files = study().projected(projection)
    assert "elmo-uniref50" in str(files) or "DeepSeqVec-Loc" in str(files)
    settings = study().projection_settings(projection)
    assert settings["iterations"] == 3000
    assert {"perplexity", "seed", "threads"} <= settings.keys()


# Paths


def test_wildcards_may_stand_for_names() -> None:
    assert paths.encoder("{encoder}") == [
        "<results>/encoders/{encoder}/config.json",
        "<results>/encoders/{encoder}/model.safetensors",
    ]
    vectors = "<results>/embeddings/{encoder}/cb513/test.residue.h5"
    assert paths.embeddings("{encoder}", "cb513", "test", "residue") == vectors


def test_stores_hold_more_files_the_more_is_read_of_them() -> None:
    small, named, families = (
        set(files("pfam"))
        for files in (paths.corpus, paths.named_corpus, paths.family_corpus)
    )
    assert small < named < families
    assert paths.corpus("pfam")[0] == "<results>/corpora/pfam/meta.json"


def timing(proteome: str) -> dict[str, Any]:
    return {**study().config["timings"], "proteome": proteome}


def test_a_proteome_is_timed_with_the_encoder_of_the_data_sets() -> None:
    path = "<results>/timings/elmo-uniref50/proteome/swissprot.csv"
    assert study().proteome_timing() == [path]
    assert study(timings=None).proteome_timing() == []


@pytest.mark.parametrize(
    ("proteome", "words"),
    [("mouse", "does not declare"), ("pfam-27", "'uniprot-fasta' or 'fasta'")],
)
def test_a_proteome_comes_from_a_fasta_file(proteome: str, words: str) -> None:
    with pytest.raises(ProtlangError, match=words):
        study(timings=timing(proteome))


def test_published_weights_are_measured_for_the_text() -> None:
    path = "<results>/encoders/seqvec-checkpoint/summary.json"
    for name in ("demo", "config", "published"):
        assert study(name).measured_encoders() == [path]
