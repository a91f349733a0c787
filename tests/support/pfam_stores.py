"""Small token stores of domains with families."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from protlang.alphabet import AMINO_ACIDS
from protlang.corpora.build import HeldOut, build_token_store
from protlang.corpora.token_store import TokenStore
from protlang.formats.pfam import PFAM
from support.sources import make_source

NOBODY = HeldOut(0, 1)


def build(
    folder: Path,
    lengths: Mapping[str, Sequence[int]],
    likeness: float = 0,
    held_out: HeldOut = NOBODY,
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
