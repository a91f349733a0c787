"""A split of the simulated SCOPe with lists of pairs, as P-ELMo published one.

A fifth of the domains of 2.06 is to test on, and a fifth to develop on. Pairs of these
are drawn, each as likely; of the domains that are new in 2.07 all pairs are listed.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, takewhile
from operator import eq

import numpy as np

from protlang.formats import astral, scope_pairs
from protlang.formats.astral import Domain
from protlang.formats.scope_pairs import DOMAIN_FILES, PAIR_FILES, SequencePair
from protlang.simulation.homology import Homology
from protlang.simulation.world import stream

HELD_OUT = 0.2
"""Share of the domains of 2.06 of each set beside the training set."""

LISTED: Mapping[str, int] = {"development": 500, "test": 1_100}
"""Pairs at most."""


def split_and_lists(homology: Homology, seed: int) -> dict[str, str]:
    """Texts of all files by name: domains of each part, and lists of pairs."""
    rng = stream(seed, "lists of pairs")
    parts = _split(homology, rng)
    files = {DOMAIN_FILES[part]: astral.as_text(parts[part]) for part in DOMAIN_FILES}
    for part, name in PAIR_FILES.items():
        pairs = list(combinations(parts[part], 2))
        count = min(LISTED.get(part, len(pairs)), len(pairs))
        drawn = rng.choice(len(pairs), count, replace=False)
        files[name] = scope_pairs.as_text(_pair(*pairs[place]) for place in drawn)
    return files


def _split(homology: Homology, rng: np.random.Generator) -> dict[str, Sequence[Domain]]:
    """Domains by part, each in the order of the release."""
    older = homology.domains["2.06"]
    known = {domain.id for domain in older}
    held_out = round(HELD_OUT * len(older))
    order = rng.permutation(len(older))
    places = {
        "test": order[:held_out],
        "development": order[held_out : 2 * held_out],
        "train": order[2 * held_out :],
    }
    new = [domain for domain in homology.domains["2.07"] if domain.id not in known]
    return {
        **{part: [older[n] for n in sorted(of)] for part, of in places.items()},
        "newer": new,
    }


def _pair(first: Domain, second: Domain) -> SequencePair:
    sequences = (first.sequence.lower(), second.sequence.lower())
    places = zip(first.sccs.split("."), second.sccs.split("."), strict=True)
    shared = takewhile(lambda groups: eq(*groups), places)
    return SequencePair(sequences, len(list(shared)))
