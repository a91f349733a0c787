"""Small token stores, with families or without."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from protlang.alphabet import AMINO_ACIDS, decode
from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.fasta_tokens import read_batches
from protlang.corpora.token_store import TokenStore
from protlang.formats.pfam import PFAM
from protlang.proteins import Protein
from support.sources import make_source

NONE_HELD_OUT = HeldOut(0, 1)


def build(
    folder: Path, text: str | bytes, held_out: HeldOut = NONE_HELD_OUT, **settings: Any
) -> TokenStore:
    """The store of one FASTA file."""
    path = folder / "a.fasta"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    build_token_store(
        folder / "store", [(make_source("a"), path)], held_out, **settings
    )
    return TokenStore(folder / "store")


def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stores be built with small buffers, which do not mask what grows."""
    small_blocks = partial(read_batches, block_bytes=1 << 14)
    monkeypatch.setattr("protlang.corpora.build.read_batches", small_blocks)
    monkeypatch.setattr("protlang.corpora.fasta_tokens._READ_BYTES", 1 << 14)
    monkeypatch.setattr("protlang.corpora.writing._HANDED_OVER", 1 << 14)
    monkeypatch.setattr("protlang.corpora.token_store._SLICE", 1 << 10)


def contents(store: TokenStore) -> list[tuple[str, str]]:
    return [(store.id(i), decode(tokens)) for i, tokens in enumerate(store)]


def fasta(records: Mapping[str, str]) -> str:
    return "".join(f">{name}\n{sequence}\n" for name, sequence in records.items())


def random_records(number: int, seed: int = 0, longest: int = 40) -> dict[str, str]:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, longest, number, endpoint=True)
    return {
        f"p{serial}": "".join(rng.choice(list(AMINO_ACIDS), length))
        for serial, length in enumerate(lengths)
    }


TEST_SETS = {
    "cb513": [Protein("1abc-A", "MKVX"), Protein("1abc-A.2", "MKVX")],
    "ts115": [Protein("2xyz-B", "GGGG"), Protein("3aaa-C", "AAAA")],
}


CORPUS = ">a\nmkvj\n>b\nGGG\n>c\nGGGG*\n>d\nMKVX\n"


def build_families(
    folder: Path,
    lengths: Mapping[str, Sequence[int]],
    likeness: float = 0,
    held_out: HeldOut = NONE_HELD_OUT,
    unknown: int = 0,
) -> TokenStore:
    """A store of families with domains of these lengths, mixed up.

    Args:
        folder: receives `pfam.fasta` and `store`.
        lengths: of the domains of each family, whose identifiers begin with its name.
        likeness: share of a domain's residues that are those of its family.
        held_out: which domains models are tested on.
        unknown: so many residues at the begin of the first domain are X.
    """
    rng = np.random.default_rng(2)

    def letters(length: int) -> np.ndarray:
        return rng.choice(list(AMINO_ACIDS), length)

    records: list[str] = []
    for number, (name, of_family) in enumerate(lengths.items()):
        founder = letters(max(of_family))
        for serial, length in enumerate(of_family):
            own = letters(length)
            if likeness:
                own = np.where(rng.random(length) < likeness, founder[:length], own)
            if not records:
                own[:unknown] = "X"
            head = f">{name}{serial}/1-9 x.1 PF{number}.1;{name};"
            records.append(f"{head}\n{''.join(own)}\n")
    folder.mkdir(exist_ok=True)
    path = folder / "pfam.fasta"
    path.write_text("".join(records[place] for place in rng.permutation(len(records))))
    build_token_store(folder / "store", [(make_source("pfam", PFAM), path)], held_out)
    return TokenStore(folder / "store")
