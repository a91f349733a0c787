"""Splits that keep similar proteins together, for sets without a published split."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from protlang.datasets.curation import LabelledSet, seeded_rank
from protlang.errors import ProtlangError
from protlang.proteins import Protein

WORD = 6
"""Residues in a word."""

SHARED_WORDS = 0.05
"""Two proteins are similar if they share this part of the words of the poorer one.

Proteins that differ in 40 % of their residues, anywhere, share about a twentieth of
their words of six (0.6 ** 6 = 0.047); unrelated ones hardly any. With words of four,
chance would link half of the membrane proteins through their helices.
"""

RULE = (
    f"similar proteins (at least {SHARED_WORDS:.0%} of the distinct words of {WORD} "
    "residues of the poorer one in common, also by way of others) are in one part"
)
"""For the provenance."""


def split_by_similarity(
    labelled: LabelledSet, settings: Mapping[str, Any]
) -> LabelledSet:
    """Divide proteins into `train`, `validation` and `test`, similar ones together.

    Groups of similar proteins are assigned in a random order that depends on the seed
    and not on the order of the proteins. The test part is filled first, then
    the validation part, each up to its share: a group that would exceed it is left for
    the next part, so that shares are met unless all groups are large.

    Args:
        labelled: as read from its source, without splits.
        settings: `validation` and `test`, the shares, and `seed`.

    Returns:
        The proteins in their order, with splits; the provenance has, under `split`,
        the rule, the number of groups and the proteins of each part.

    Raises:
        ProtlangError: if the source brings its own splits, or a part would be empty.
    """
    published = sorted({one.split for one in labelled.proteins if one.split})
    if published:
        raise ProtlangError(
            f"{labelled.origin} is already split into {', '.join(published)}; remove "
            "`split` from the data set"
        )
    groups = similar_groups([protein.sequence for protein in labelled.proteins])
    parts = _assigned(labelled.proteins, groups, settings)
    sizes = {name: parts.count(name) for name in ("train", "validation", "test")}
    for name, size in sizes.items():
        if size == 0:
            raise ProtlangError(
                f"{labelled.origin}: no protein would be in {name}, because there are "
                f"only {len(set(groups))} groups of similar ones; change the shares of "
                "`split` of the data set"
            )
    facts = {**settings, "rule": RULE, "groups": len(set(groups)), "proteins": sizes}
    return replace(
        labelled,
        proteins=[
            replace(protein, split=part)
            for protein, part in zip(labelled.proteins, parts, strict=True)
        ],
        provenance={**labelled.provenance, "split": facts},
    )


def similar_groups(sequences: Sequence[str]) -> list[int]:
    """The group of each sequence, as a number; see `RULE`.

    Groups are connected through pairs of similar sequences (single linkage). A sequence
    shorter than a word is a word of its own.
    """
    words = [_words(sequence) for sequence in sequences]
    numbers = {word: n for n, word in enumerate(sorted(set().union(*words)))}
    columns = [numbers[word] for one in words for word in sorted(one)]
    sizes = np.array([len(one) for one in words])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    ones = np.ones(len(columns), dtype=np.int32)
    holds = csr_array((ones, columns, starts), shape=(len(words), len(numbers)))
    shared = (holds @ holds.T).tocoo()
    poorer = np.minimum(sizes[shared.row], sizes[shared.col])
    similar = shared.data >= SHARED_WORDS * poorer
    pairs = csr_array(
        (shared.data[similar], (shared.row[similar], shared.col[similar])),
        shape=shared.shape,
    )
    groups: list[int] = connected_components(pairs, directed=False)[1].tolist()
    return groups


def _words(sequence: str) -> set[str]:
    if len(sequence) < WORD:
        return {sequence}
    return {sequence[i : i + WORD] for i in range(len(sequence) - WORD + 1)}


def _assigned(
    proteins: Sequence[Protein], groups: Sequence[int], settings: Mapping[str, Any]
) -> list[str]:
    members: dict[int, list[int]] = {}
    for place, number in enumerate(groups):
        members.setdefault(number, []).append(place)
    ranks = [seeded_rank(protein.id, settings["seed"]) for protein in proteins]
    drawn = sorted(members.values(), key=lambda group: min(ranks[i] for i in group))
    parts = ["train"] * len(proteins)
    for name in ("test", "validation"):
        room = round(settings[name] * len(proteins))
        for group in list(drawn):
            if len(group) <= room:
                room -= len(group)
                drawn.remove(group)
                for place in group:
                    parts[place] = name
    return parts
