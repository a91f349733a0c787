"""The three pairs of domains of PLUS's Figure 4, and their soft alignments on disk.

The paper does not name its pairs, only describes them: two domains of a family with
similar sequences, two of a family with dissimilar sequences, and two that share no more
than the fold, with dissimilar sequences. The rule here: of all pairs of domains of
similar length, so that an alignment can cover most of both,

1. the pair of a family with the highest identity below 1,
2. the pair of a family with the lowest identity,
3. the pair of a fold, but not of a superfamily, whose identity is nearest to that of
   the second, so that nothing but the structure sets those two apart.

Of several such pairs the first in the list is taken. Identity is that of NW-align.

Weights of soft alignments are matrices in an `.npz` file, `pair1` and so on.

Source: PLUS, Section 4.5.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file
from protlang.homology.baselines import nw_identities
from protlang.homology.domains import LEVELS
from protlang.homology.pairs import FixedPairs, ListedPair

LEAST_LENGTH_RATIO = 0.8
"""Of the shorter sequence to the longer one."""


class ExamplePairs(NamedTuple):
    """Places of three pairs in a list.

    Attributes:
        similar_family: same family, similar sequences.
        dissimilar_family: same family, dissimilar sequences.
        dissimilar_fold: same fold only, dissimilar sequences.
    """

    similar_family: int
    dissimilar_family: int
    dissimilar_fold: int


def choose_examples(
    levels: np.ndarray, identities: np.ndarray, lengths: np.ndarray
) -> ExamplePairs:
    """Choose three pairs by the module's rule.

    Args:
        levels: 0 to 4, (pairs,).
        identities: shares of identical residues, (pairs,); NaN leaves a pair out.
        lengths: residues of both domains, (pairs, 2).

    Raises:
        ProtlangError: if there are no two pairs of a family, or none of a fold only.
    """
    similar = lengths.min(axis=1) >= LEAST_LENGTH_RATIO * lengths.max(axis=1)
    usable = similar & (identities < 1)
    family, fold = (
        np.flatnonzero(usable & (levels == LEVELS.index(name)))
        for name in ("family", "fold")
    )
    if len(family) < 2 or not len(fold):
        raise ProtlangError(
            f"of {len(levels)} pairs, {len(family)} of domains of similar length are "
            f"of one family and {len(fold)} of one fold only; two and one are needed: "
            "draw more pairs"
        )
    similar_pair = family[identities[family].argmax()]
    others = family[family != similar_pair]
    dissimilar_pair = others[identities[others].argmin()]
    nearest = np.abs(identities[fold] - identities[dissimilar_pair]).argmin()
    return ExamplePairs(int(similar_pair), int(dissimilar_pair), int(fold[nearest]))


def example_pairs(pairs: FixedPairs, threads: int = 1) -> list[ListedPair]:
    """Choose three pairs by the module's rule, in its order.

    Args:
        pairs: to choose from.
        threads: pairs aligned at a time; the choice does not depend on it.

    Raises:
        ProtlangError: if there are no two pairs of a family, or none of a fold only.
    """
    lengths = np.array([(len(one), len(other)) for one, other in pairs.sequences])
    chosen = choose_examples(pairs.levels, _identities(pairs, threads), lengths)
    return [
        ListedPair(pairs.ids[place], pairs.sequences[place], int(pairs.levels[place]))
        for place in chosen
    ]


def write_weights(path: Path | str, weights: Sequence[np.ndarray]) -> None:
    """Write omega of some pairs, each (A, B), atomically; equal input, equal bytes."""
    arrays = {f"pair{number + 1}": one for number, one in enumerate(weights)}
    with atomic_path(path) as temporary, open(temporary, "wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def read_weights(path: Path | str) -> list[np.ndarray]:
    """Read what `write_weights` wrote.

    Raises:
        ProtlangError: if the file is missing or damaged.
    """
    path = require_file(path, "align the example pairs with the network first")
    try:
        # A file that numpy opens itself would stay open if it is damaged.
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            return [arrays[f"pair{number + 1}"] for number in range(len(arrays.files))]
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ProtlangError(
            f"{path} holds no weights of alignments ({error}); delete it and align "
            "the pairs again"
        ) from error


def _identities(pairs: FixedPairs, threads: int) -> np.ndarray:
    """Identities of pairs that the rule can choose; NaN for all others."""
    levels = [LEVELS.index(name) for name in ("family", "fold")]
    places = np.flatnonzero(np.isin(pairs.levels, levels))
    first, second = (
        [pairs.sequences[place][side] for place in places] for side in (0, 1)
    )
    shares = np.full(len(pairs.levels), np.nan)
    shares[places] = nw_identities(first, second, threads)
    return shares
