"""Training ProtVec: word2vec's skip-gram on 3-mers, by gensim.

Each protein gives three sentences, one per reading frame, of 3-mers that do not overlap
(Asgari and Mofrad 2015; SeqVec speaks of overlapping ones). gensim leaves words that
are rarer than `min_count` out of the sentences, so that their neighbours move together,
and has no vector for unknown words; hence a trained ProtVec has no `<unk>`, and zeros
stand for rare words.

gensim is used with one worker: its threads change the same vectors without a lock, so
with several of them two runs differ.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gensim.models.word2vec import MAX_WORDS_IN_BATCH, Word2Vec

from protlang.corpora.token_store import TokenStore
from protlang.encoders.protvec import ProtVecEncoder
from protlang.encoders.provenance import corpus_facts, trained_on
from protlang.errors import ProtlangError
from protlang.logs import byte_progress, logger
from protlang.models.protvec import WORD_LENGTH, WORDS, ProtVec, word_codes
from protlang.training.distributed import Process
from protlang.training.run import Run
from protlang.training.signals import StopRequest
from protlang.validation import options_of

LONGEST_SENTENCE = MAX_WORDS_IN_BATCH
"""In words; gensim drops what comes after it without a word of warning."""

_WORDS = np.array(WORDS, dtype=object)


@dataclass(frozen=True)
class ProtVecRecipe:
    """What determines the vectors besides the corpus.

    Attributes:
        seed: of the first vectors, of all drawing, and of the choice of proteins.
        max_residues: train on only so many proteins, chosen by `chosen_proteins`; on
            all of them if None.
        dimension: of the vectors.
        window: words on either side that are predicted, at most.
        negatives: words drawn against each predicted one.
        min_count: words that occur less often have no vector.
        epochs: passes over the corpus.
        learning_rate: at the beginning; falls linearly to 0.0001.
        subsampling: share of the corpus above which a word is left out at random.

    The paper states 100 dimensions and the window; the others are what a common public
    implementation takes, which are gensim's defaults but for `min_count`.
    """

    seed: int
    max_residues: int | None = None
    dimension: int = 100
    window: int = 25
    negatives: int = 5
    min_count: int = 2
    epochs: int = 5
    learning_rate: float = 0.025
    subsampling: float = 1e-3

    @property
    def threads(self) -> int:
        """One: see the module."""
        return 1


def protvec_run(settings: Mapping[str, Any], store: TokenStore) -> Run[ProtVecEncoder]:
    """The training of a ProtVec on a corpus.

    Raises:
        ProtlangError: if an option is unknown.
    """
    with options_of("encoders"):
        recipe = ProtVecRecipe(**settings)
    return Run(
        recipe,
        {"corpus": corpus_facts(store)},
        lambda _: ProtVecTraining(store, recipe),
        ProtVecEncoder.save,
        single_process=True,
    )


@dataclass(frozen=True)
class ProtVecTraining:
    """A training of gensim's, which restarts if it was stopped.

    Attributes:
        store: the corpus.
        recipe: settings.
    """

    store: TokenStore
    recipe: ProtVecRecipe

    def run(
        self, _folder: Path, _: Process, stop: StopRequest
    ) -> ProtVecEncoder | None:
        """Train; None if a stop was requested."""
        return train_protvec(self.store, self.recipe, stop)


def train_protvec(
    store: TokenStore, settings: ProtVecRecipe, stop: StopRequest | None = None
) -> ProtVecEncoder | None:
    """Train on the proteins of a corpus that are not held out.

    Equal settings give equal bits on the same kind of processor.

    Returns:
        The vectors, or None if a stop was requested.

    Raises:
        ProtlangError: if no word is frequent enough.
    """
    proteins = chosen_proteins(store, settings.max_residues, settings.seed)
    sentences = Sentences(store, proteins, settings.epochs, stop)
    model = _word2vec(settings)
    model.build_vocab(sentences)
    if stop:
        return None
    if not len(model.wv):
        raise ProtlangError(
            f"{store.folder} has no 3-mer that occurs {settings.min_count} times in "
            f"{len(proteins):,} proteins; lower min_count or take a larger corpus"
        )
    logger.info(
        "%d words occur at least %d times among %d sentences of %d proteins",
        *(len(model.wv), settings.min_count, model.corpus_count, len(proteins)),
    )
    model.train(sentences, total_examples=model.corpus_count, epochs=model.epochs)
    if stop:
        return None
    return ProtVecEncoder(
        ProtVec(tuple(model.wv.index_to_key), model.wv.vectors),
        {
            **asdict(settings),
            "proteins": len(proteins),
            "held_out_proteins": len(store.held_out_indices()),
            "residues": int(store.lengths[proteins].sum()),
        },
        trained_on(store.folder.name, store.meta),
    )


def chosen_proteins(
    store: TokenStore, max_residues: int | None, seed: int
) -> np.ndarray:
    """Proteins to train on, in the order of the store, int64.

    They are those that come first when all proteins that are not held out are shuffled
    (`numpy.random.default_rng(seed).permutation`), up to the one that brings them to
    `max_residues`; all of them if there are not that many residues or it is None.
    """
    proteins = store.training_indices()
    if max_residues is None:
        return proteins
    shuffled = np.random.default_rng(seed).permutation(proteins)
    reached = np.cumsum(store.lengths[shuffled])
    count = int(np.searchsorted(reached, max_residues)) + 1
    return np.sort(shuffled[:count])


def sentences_of(tokens: np.ndarray) -> Iterator[list[str]]:
    """Yield a protein's sentences: reading frames 0, 1, 2, none of them empty.

    Frames that are longer than gensim reads are cut into several sentences.

    Args:
        tokens: places of the residues in `RESIDUES`, uint8 (length,).
    """
    words = _WORDS[word_codes(tokens)]
    for frame in range(WORD_LENGTH):
        sentence = words[frame::WORD_LENGTH].tolist()
        for start in range(0, len(sentence), LONGEST_SENTENCE):
            yield sentence[start : start + LONGEST_SENTENCE]


class Sentences:
    """Sentences of all proteins at each epoch; no more than a protein in memory.

    Args:
        store: the corpus.
        proteins: indices of those to read.
        epochs: passes to come after the first, which counts words; for the log.
        stop: requests to end early.
    """

    def __init__(
        self,
        store: TokenStore,
        proteins: np.ndarray,
        epochs: int,
        stop: StopRequest | None = None,
    ) -> None:
        self._store = store
        self._proteins = proteins
        self._residues = int(store.lengths[proteins].sum())
        self._epochs = epochs
        self._passes = 0
        self._stop = stop

    def __iter__(self) -> Iterator[list[str]]:
        label = f"pass {self._passes} of {self._epochs}"
        if self._passes == 0:
            label = "counting words"
        self._passes += 1
        logger.info("%s", label)
        # A residue is a byte of the store.
        with byte_progress(label, self._residues, 0) as progress:
            for protein in self._proteins:
                if self._stop:
                    return
                tokens = self._store[protein]
                yield from sentences_of(tokens)
                progress.update(len(tokens))


def _word2vec(settings: ProtVecRecipe) -> Word2Vec:
    return Word2Vec(
        sg=1,
        workers=1,
        seed=settings.seed,
        vector_size=settings.dimension,
        window=settings.window,
        negative=settings.negatives,
        min_count=settings.min_count,
        epochs=settings.epochs,
        alpha=settings.learning_rate,
        sample=settings.subsampling,
    )
