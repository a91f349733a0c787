"""Eight real files of unlabelled proteins as one token store."""

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from protlang.alphabet import RESIDUES, decode
from protlang.corpora.token_store import TokenStore, overlaps, unigram_perplexity
from protlang.proteins import Protein
from protlang.validation import REPOSITORY

pytestmark = pytest.mark.real

RECORDS, RESIDUES_PUBLISHED = 220_163, 91_368_218
"""Sequences and residues of `unlabelled/` as the folder's README counts them."""

# The peak is read from /proc: `ru_maxrss` of a new process begins with its parent's.
BUILD = """
import re
import sys
from pathlib import Path
from support.sources import make_source
from protlang.corpora.build import HeldOut, build_token_store
folder, *paths = map(Path, sys.argv[1:])
files = [(make_source(path.name.partition(".")[0]), path) for path in paths]
build_token_store(folder, files, HeldOut(0.01, 1))
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.fixture(scope="module")
def store(
    real_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> TokenStore:
    """All files, built in another process so that its memory can be measured."""
    folder = tmp_path_factory.mktemp("corpora") / "unlabelled"
    paths = sorted((real_data / "unlabelled").glob("*.fasta.xz"))
    library = [str(REPOSITORY / "workflow" / "scripts"), str(REPOSITORY / "tests")]
    start = time.monotonic()
    process = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder), *map(str, paths)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(library)},
        check=True,
        stdout=subprocess.PIPE,
    )
    seconds = time.monotonic() - start
    peak = int(process.stdout) / 1024
    capturing = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capturing.global_and_fixture_disabled():
        sys.stdout.write(
            f"\n{len(paths)} files: {seconds:.1f} s, at most {peak:.0f} MiB\n"
        )
    # Python and NumPy take 40 MiB, decompressing xz 64 MiB.
    assert peak < 300
    return TokenStore(folder)


def test_every_record_is_accounted_for(store: TokenStore) -> None:
    meta = store.meta
    assert len(meta["sources"]) == 8
    assert meta["records"] == RECORDS
    assert meta["proteins"] == len(store) == RECORDS - 51
    # The AMR part of prokka_db: sequences that end in, or hold, stop codons.
    assert {reason: count for reason, count in meta["left_out"].items() if count} == {
        "illegal": 51
    }
    assert meta["changed"] == {
        "lower_case": 0,
        "trailing_stop": 9710,
        "j": 2,
        "without_id": 0,
    }
    assert meta["j_residues"] == 2
    assert meta["repeated"]["sequences"] == RECORDS - 203_544
    assert meta["residues"] == store.residues == 91_350_074
    # 51 proteins of some 350 residues make up the rest.
    assert RESIDUES_PUBLISHED - store.residues == 18_144


def test_the_composition_is_that_of_the_tokens(store: TokenStore) -> None:
    counts = np.bincount(store.tokens, minlength=len(RESIDUES)).tolist()
    assert store.meta["composition"] == dict(zip(RESIDUES, counts, strict=True))
    assert store.meta["unigram_perplexity"] == pytest.approx(18.146, abs=5e-4)


def test_the_unigram_perplexity_with_deeploc_is_the_published_one(
    store: TokenStore, real_data: Path
) -> None:
    deeploc = pd.read_csv(real_data / "deeploc" / "deeploc2_swissprot.csv.gz")
    sequences = {decode(tokens) for tokens in store} | {*deeploc["sequence"]}
    assert len(sequences) == pytest.approx(219_706, abs=60)
    composition = dict.fromkeys(RESIDUES, 0)
    for sequence in sequences:
        for letter in composition:
            composition[letter] += sequence.count(letter)
    assert unigram_perplexity(composition) == pytest.approx(18.16, abs=0.005)


def test_lengths_are_those_of_real_proteins(store: TokenStore) -> None:
    lengths = store.meta["lengths"]
    assert lengths["longest"] == store.lengths.max() == 34_350
    assert lengths["quantiles"]["0.5"] == int(np.median(store.lengths))


def test_the_held_out_share_is_as_requested(store: TokenStore) -> None:
    held_out = store.meta["held_out"]
    assert held_out["proteins"] - held_out["twins"] == pytest.approx(2201, abs=190)
    sides = [
        set(store.sequence_hashes[indices].tolist())
        for indices in (store.training_indices(), store.held_out_indices())
    ]
    assert not sides[0] & sides[1]


def test_the_first_and_the_last_protein_are_as_in_their_files(
    store: TokenStore,
) -> None:
    assert store.id(0) == "sp|A0A024RBG1|NUD4B_HUMAN"
    assert decode(store[0]).startswith("M")
    assert store.id(-1) == "tr|Q1Q7Q7|Q1Q7Q7_KUEST"


def test_overlaps_with_cb513_are_the_published_ones(
    store: TokenStore, real_data: Path
) -> None:
    """37 of CB513's 434 distinct chains stand in these files or in DeepLoc 2.0."""
    with gzip.open(real_data / "netsurfp2" / "cb513_q8.jsonl.gz", "rt") as stream:
        chains = {json.loads(line)["source"].replace(" ", "") for line in stream}
    proteins = [Protein(chain, chain) for chain in sorted(chains)]
    assert len(proteins) == 434
    found = {overlap.test_id for overlap in overlaps(store, {"cb513": proteins})}
    assert 20 <= len(found) <= 37
    in_store = {decode(tokens) for tokens in store}
    assert found == chains & in_store
