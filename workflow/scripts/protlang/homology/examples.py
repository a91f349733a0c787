"""The three pairs of domains that PLUS's Figure 4 looks into.

Which pairs the paper shows is not told, only what they are: two of a family that are
alike in sequence, two of a family that are not, and two that share no more than the
fold and are not alike in sequence either. The rule here: of all pairs of lengths not
too different, so that an alignment can run along most of both,

1. the pair of a family with the highest identity below 1,
2. the pair of a family with the lowest identity,
3. the pair of a fold, but not of a superfamily, whose identity is nearest to that of
   the second, so that nothing but the structure sets those two apart.

Of several such pairs the first in the list is taken. Identity is that of NW-align.

Source: PLUS, Section 4.5.
"""

from typing import NamedTuple

import numpy as np

from protlang.errors import ProtlangError
from protlang.formats.scope_pairs import ListedPair
from protlang.homology import needleman_wunsch
from protlang.homology.domains import LEVELS
from protlang.homology.pairs import FixedPairs

LEAST_LENGTH_RATIO = 0.8
"""Of the shorter sequence to the longer one."""


class ExamplePairs(NamedTuple):
    """Places of three pairs in a list.

    Attributes:
        alike_family: same family, alike in sequence.
        unlike_family: same family, not alike in sequence.
        unlike_fold: same fold only, not alike in sequence.
    """

    alike_family: int
    unlike_family: int
    unlike_fold: int


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
            f"of {len(levels)} pairs with lengths not too different {len(family)} are "
            f"of one family and {len(fold)} of one fold only; two and one are needed: "
            "draw more pairs"
        )
    alike = family[identities[family].argmax()]
    others = family[family != alike]
    unlike = others[identities[others].argmin()]
    nearest = np.abs(identities[fold] - identities[unlike]).argmin()
    return ExamplePairs(int(alike), int(unlike), int(fold[nearest]))


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


def _identities(pairs: FixedPairs, threads: int) -> np.ndarray:
    """Of pairs that the rule can choose; most others share nothing and are left out."""
    levels = [LEVELS.index(name) for name in ("family", "fold")]
    places = np.flatnonzero(np.isin(pairs.levels, levels))
    first, second = (
        [pairs.sequences[place][side] for place in places] for side in (0, 1)
    )
    shares = np.full(len(pairs.levels), np.nan)
    shares[places] = needleman_wunsch.identities(first, second, threads)
    return shares
