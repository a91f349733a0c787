"""Training, validation and test domains from Pfam.

A token store holds all domains and marks those for testing. Too short ones (and, for
PLUS-TFM, too long ones) go from all sets, then small families from training, then a
small validation set is taken out of training.

PLUS names release 27.0 and 16,479 families; the release itself has 14,831 (Finn et al.
2014, Nucleic Acids Research 42:D222). The source declares the latter, and `meta.json`
of the corpus reports what the file has. PLUS trained on 14,670,860 domains of 3,150
families.

Source: PLUS, "Pre-training dataset"; its released code (plus/data/pfam.py).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from protlang.corpora.fasta_tokens import below, reseeded
from protlang.corpora.token_store import TokenStore, slices
from protlang.errors import ProtlangError
from protlang.logs import logger


@dataclass(frozen=True)
class PfamSelection:
    """Which domains are used; the defaults are those of PLUS-RNN.

    Attributes:
        shortest: residues of a domain at least.
        longest: residues of a domain at most; None sets no limit.
        smallest_family: domains that a family has to have in training, after the limits
            of length.
        development: share of the training domains that become the validation set. PLUS
            had none and selected its models on the test pairs.
        seed: of the choice of these: a domain goes where the seeded hash of its
            sequence determines (`fasta_tokens.reseeded`), so copies stay together.
    """

    shortest: int = 20
    longest: int | None = None
    smallest_family: int = 1000
    development: float = 0.001
    seed: int = 1


PLUS_RNN = PfamSelection()
PLUS_TFM = PfamSelection(longest=256)
P_ELMO = PfamSelection(shortest=1, smallest_family=1)
"""P-ELMo's language model was trained on all domains."""


class Count(NamedTuple):
    """The size of a set after a step of the selection."""

    set: str
    step: str
    domains: int
    families: int
    residues: int


class PfamSets(NamedTuple):
    """Places of domains in their store, ascending, int64.

    Attributes:
        training: to learn from.
        development: to choose a model by.
        test: for the numbers that are reported.
        counts: how many are left after each step.
    """

    training: np.ndarray
    development: np.ndarray
    test: np.ndarray
    counts: list[Count]


def select(store: TokenStore, selection: PfamSelection) -> PfamSets:
    """Divide the domains of a store.

    Raises:
        ProtlangError: if the store has no families, or nothing is left to train on.
    """
    families = families_of(store)
    counts = _Counts(store, families)
    training, test = store.training_indices(), store.held_out_indices()
    counts.add("training", "split", training)
    counts.add("test", "split", test)
    fits = _fits(store, selection)
    training, test = training[fits[training]], test[fits[test]]
    counts.add("training", "length", training)
    counts.add("test", "length", test)
    training = training[_in_large_family(families[training], selection)]
    counts.add("training", "family size", training)
    chosen = _in_development(store, training, selection)
    training, development = training[~chosen], training[chosen]
    counts.add("training", "development set", training)
    counts.add("development", "development set", development)
    if not len(training):
        raise ProtlangError(
            f"{store.folder} has no domains to train on of {selection.shortest} "
            f"residues or more in families of {selection.smallest_family} or more; "
            "lower these limits"
        )
    return PfamSets(training, development, test, counts.rows)


def domains_for_testing(
    store: TokenStore,
    longest: int | None = None,
    selection: PfamSelection = PLUS_RNN,
) -> np.ndarray:
    """Places of the domains that models are tested on, ascending, int64.

    They are as long as the model's have to be, and of any family.

    Args:
        store: the corpus.
        longest: residues of a domain at most; None sets no limit, as PLUS-RNN's.
        selection: of the model that is tested.
    """
    test = store.held_out_indices()
    fits = _fits(store, replace(selection, longest=longest))
    chosen: np.ndarray = test[fits[test]]
    return chosen


def families_of(store: TokenStore) -> np.ndarray:
    """The family of each domain, int32 (domains,).

    Raises:
        ProtlangError: if the store has none.
    """
    if store.families is None:
        raise ProtlangError(
            f"{store.folder} has no families; make this corpus of a source that is "
            "published as pfam-fasta"
        )
    return store.families


def _fits(store: TokenStore, selection: PfamSelection) -> np.ndarray:
    """Whether each domain is within the limits of length, bool (domains,)."""
    fits = np.empty(len(store), dtype=bool)
    for part in slices(len(store)):
        lengths = np.diff(store.offsets[part.start : part.stop + 1])
        fits[part] = lengths >= selection.shortest
        if selection.longest is not None:
            fits[part] &= lengths <= selection.longest
    return fits


def _in_large_family(families: np.ndarray, selection: PfamSelection) -> np.ndarray:
    """Whether the family of each domain is large enough, bool (domains,)."""
    large = np.bincount(families) >= selection.smallest_family
    chosen: np.ndarray = large[families]
    return chosen


def _in_development(
    store: TokenStore, training: np.ndarray, selection: PfamSelection
) -> np.ndarray:
    """Whether each domain goes to the validation set, bool (training domains,)."""
    # The hashes that the test set was chosen by are no longer small: with the seed of
    # that choice, they would leave nothing to choose here.
    other = reseeded(store.sequence_hashes[training], 0)
    return below(reseeded(other, selection.seed), selection.development)


class _Counts:
    """Counts what is left, and logs it."""

    def __init__(self, store: TokenStore, families: np.ndarray) -> None:
        self.rows: list[Count] = []
        self._offsets = store.offsets
        self._families = families

    def add(self, name: str, step: str, domains: np.ndarray) -> None:
        families = len(np.unique(self._families[domains]))
        residues = sum(
            int((self._offsets[places + 1] - self._offsets[places]).sum())
            for places in (domains[part] for part in slices(len(domains)))
        )
        self.rows.append(Count(name, step, len(domains), families, residues))
        logger.info(
            "%s after %s: %d domains of %d families, %d residues", *self.rows[-1]
        )
