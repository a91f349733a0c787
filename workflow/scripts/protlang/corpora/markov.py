"""Baselines of language modelling: how well the last few residues predict the next.

A biLM that learned nothing but the composition has the unigram's perplexity; one that
learned which residues follow each other has the Markov models'.
"""

from collections.abc import Iterable, Iterator

import numpy as np

PSEUDOCOUNTS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Tried one after the other; the best on the held-out proteins counts, in the
baseline's favour."""


def markov_perplexity(
    training: Iterable[np.ndarray],
    held_out: Iterable[np.ndarray],
    order: int,
    symbols: int,
) -> float:
    """Perplexity per token of held-out proteins under a Markov model.

    Like a biLM it predicts every residue and the end of the protein, the first residues
    from boundaries before them.

    Args:
        training: tokens of each protein, integers below `symbols`.
        held_out: likewise.
        order: how many tokens before the predicted one are seen; 0 is the unigram.
        symbols: how many different tokens there are.
    """
    known = _count(training, order, symbols)
    unknown = _count(held_out, order, symbols)
    return min(_perplexity(known, unknown, pseudo) for pseudo in PSEUDOCOUNTS)


def _perplexity(known: np.ndarray, unknown: np.ndarray, pseudo: float) -> float:
    """Of counts (contexts, next token) under smoothed frequencies of other counts."""
    composition = (known.sum(axis=0) + 1) / (known.sum() + known.shape[1])
    smoothed = known + pseudo * composition
    probability = smoothed / smoothed.sum(axis=1, keepdims=True)
    return float(np.exp(-(unknown * np.log(probability)).sum() / unknown.sum()))


def _count(proteins: Iterable[np.ndarray], order: int, symbols: int) -> np.ndarray:
    """Counts (contexts, next token); the boundary is one more symbol."""
    base = symbols + 1
    counts = np.zeros(base ** (order + 1), dtype=np.int64)
    for codes in _contexts(proteins, order, symbols):
        counts += np.bincount(codes, minlength=len(counts))
    return counts.reshape(-1, base)


def _contexts(
    proteins: Iterable[np.ndarray], order: int, boundary: int
) -> Iterator[np.ndarray]:
    """Number every (context, next token) of blocks of proteins."""
    block: list[np.ndarray] = []
    for tokens in proteins:
        block.append(_codes(tokens, order, boundary))
        if len(block) == 1000:
            yield np.concatenate(block)
            block = []
    if block:
        yield np.concatenate(block)


def _codes(tokens: np.ndarray, order: int, boundary: int) -> np.ndarray:
    padded = np.concatenate(([boundary] * order, tokens, [boundary])).astype(np.int64)
    length = len(tokens) + 1
    codes = np.zeros(length, dtype=np.int64)
    for place in range(order + 1):
        codes = codes * (boundary + 1) + padded[place : place + length]
    return codes
