"""Small token stores."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from protlang.alphabet import AMINO_ACIDS, decode
from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.token_store import (
    TokenStore,
)
from protlang.proteins import Protein
from support.sources import make_source

NONE_HELD_OUT = HeldOut(0, 1)


def build(
    folder: Path,
    text: str | bytes,
    held_out: HeldOut = NONE_HELD_OUT,
    **settings: Any,
) -> TokenStore:
    """The store of one FASTA file."""
    path = folder / "a.fasta"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    build_token_store(
        folder / "store", [(make_source("a"), path)], held_out, **settings
    )
    return TokenStore(folder / "store")


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
