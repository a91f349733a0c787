"""Evidence for PLUS's numbers in the text, from files."""

from pathlib import Path

import numpy as np
import pytest

from protlang.experiments.encoders import DeclaredEncoder
from protlang.homology.pairs import ListedPair, write_fixed_pairs
from protlang.pretraining import pfam_pairs
from protlang.pretraining.pfam_pairs import PairSettings
from protlang.protocol import Deviation
from protlang.tables.intext.plus_files import (
    descriptions,
    example_numbers,
    family_share,
    long_share,
    settings,
)
from support.corpora import build_families

MODELS = {
    "mine": DeclaredEncoder("mine", {"row": "PLUS-TFM"}),
    "theirs": DeclaredEncoder("theirs", {"row": "PLUS-TFM"}),
    "other": DeclaredEncoder("other", {"row": "PLUS-RNN BASE"}),
}


def test_descriptions_are_by_row_and_the_first_counts(tmp_path: Path) -> None:
    for name in MODELS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(f'{{"name": "{name}"}}')
    paths = [tmp_path / name / "config.json" for name in MODELS]
    assert descriptions(paths, MODELS) == {
        "PLUS-TFM": {"name": "mine"},
        "PLUS-RNN BASE": {"name": "other"},
    }


LARGE = {"row": "PLUS-RNN LARGE", "architecture": "plus-rnn"}
SHORTEST = ("minimum length", "residues")
SMALLEST = ("minimum family size (training)", "sequences")


@pytest.mark.parametrize(
    ("selection", "limits"), [({}, (20, 1000)), ({"shortest": 5}, (5, 1000))]
)
def test_limits_of_domains_are_those_of_the_architecture_unless_configured(
    selection: dict[str, int], limits: tuple[int, int]
) -> None:
    models = {"rnn": DeclaredEncoder("rnn", {**LARGE, "selection": selection})}
    found = settings(models, {}, None)
    assert (found[SHORTEST], found[SMALLEST]) == limits


def test_settings_come_from_models_and_corpus() -> None:
    masking = {"share": 0.15, "masked": 0.8, "replaced": 0.1}
    described = {
        "PLUS-RNN LARGE": {"training": {"masking": masking}},
        "PLUS-TFM": {"model": {"max_tokens": 512}},
        "PLUS-RNN BASE": {"training": {"masking": None}},
    }
    assert settings({}, described, {"held_out": {"share": 0.2}}) == {
        ("train/test split", "share"): "80/20",
        ("PLUS-TFM", "maximum length"): 512,
        ("MLM", "selected residues"): 15,
        ("MLM", "mask/random/keep"): "80/10/10",
    }


def test_pairs_of_one_family_are_counted(tmp_path: Path) -> None:
    store = build_families(tmp_path, {"a": [30] * 20, "b": [40] * 20})
    path = tmp_path / "pairs.parquet"
    settings = PairSettings(seed=1)
    pfam_pairs.draw_fixed_pairs(path, store, np.arange(len(store)), settings, 50)
    families = pfam_pairs.read_fixed_pairs(path).ids
    same = sum(one[0] == other[0] for one, other in families)
    assert 10 < same < 40
    found = family_share(path)
    assert (found["share"], found["n"]) == (2 * same, 50)
    assert found["simulated"] == store.meta["simulated"]


@pytest.mark.parametrize("simulated", [True, False])
def test_a_pair_is_long_from_513_residues_on(simulated: bool, tmp_path: Path) -> None:
    domains = {
        "source": "scope-2.07-40",
        "simulated": simulated,
        "part": "development",
        "proteins": 10,
        "longer": 0,
    }
    lengths = [(256, 256), (256, 257), (500, 13), (10, 10), (500, 12)]
    pairs = [
        ListedPair((f"a{place}", f"b{place}"), ("A" * one, "A" * other), 0)
        for place, (one, other) in enumerate(lengths)
    ]
    write_fixed_pairs(tmp_path / "p.parquet", pairs, {"domains": domains})
    assert long_share(tmp_path / "p.parquet") == {
        "share": 40,
        "n": 5,
        "simulated": simulated,
        "deviations": (
            Deviation("test domains", "scope-2.07-40", "scope-2.06-95"),
            *([Deviation("test pairs", "simulated")] if simulated else []),
        ),
    }


def test_ids_of_examples_stay_texts(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("pair,id_a,id_b,path_weight\n1,NA,d1,0.5\n")
    assert example_numbers(tmp_path / "f.csv")["id_a"].tolist() == ["NA"]
