"""phmmer's scores of pairs, beside those of the whole program on all sequences."""

import numpy as np
import pyhmmer
import pytest
from pyhmmer import easel

from protlang.alphabet import AMINO_ACIDS
from protlang.homology.phmmer import bit_scores


def relatives(rng: np.random.Generator, count: int, length: int) -> list[str]:
    """An ancestor and sequences that differ from it in a quarter of their residues."""
    ancestor = rng.choice(list(AMINO_ACIDS), length)
    family = ["".join(ancestor)]
    for _ in range(count - 1):
        changed = rng.random(length) < 0.25
        family.append("".join(np.where(changed, rng.permutation(ancestor), ancestor)))
    return family


@pytest.fixture(scope="module")
def sequences() -> list[str]:
    """Three families of three."""
    rng = np.random.default_rng(0)
    return [text for length in (50, 80, 120) for text in relatives(rng, 3, length)]


@pytest.fixture(scope="module")
def whole_program(sequences: list[str]) -> np.ndarray:
    """Bit scores of all with all, (query, target), by PyHMMER's own phmmer."""
    alphabet = easel.Alphabet.amino()
    block = easel.DigitalSequenceBlock(
        alphabet,
        [
            easel.TextSequence(name=str(number), sequence=text).digitize(alphabet)
            for number, text in enumerate(sequences)
        ],
    )
    found = np.zeros((len(sequences), len(sequences)))
    for query, hits in enumerate(pyhmmer.hmmer.phmmer(block, block, cpus=1)):
        for hit in hits.reported:
            found[query, int(hit.name)] = hit.score
    return found


def test_scores_are_means_of_both_directions_of_the_whole_program(
    sequences: list[str], whole_program: np.ndarray
) -> None:
    first, second = np.triu_indices(len(sequences))
    found = bit_scores([sequences[a] for a in first], [sequences[b] for b in second])
    expected = (whole_program + whole_program.T)[first, second] / 2
    assert found.tolist() == expected.tolist()
    assert (found > 0).sum() >= 3 * 6


def test_relatives_score_higher_than_strangers(sequences: list[str]) -> None:
    same, other = bit_scores([sequences[0]] * 2, [sequences[1], sequences[8]])
    assert same > 10
    assert other == 0


def test_no_score_depends_on_order_threads_or_direction(sequences: list[str]) -> None:
    rng = np.random.default_rng(1)
    pairs = rng.integers(0, len(sequences), (40, 2))
    first, second = ([sequences[place] for place in column] for column in pairs.T)
    found = bit_scores(first, second)
    assert bit_scores(first, second, threads=3).tolist() == found.tolist()
    assert bit_scores(second, first).tolist() == found.tolist()
    assert bit_scores(first[::-1], second[::-1]).tolist() == found[::-1].tolist()


def test_all_letters_of_scope_are_read() -> None:
    text = "ACDEFGHIKLMNPQRSTVWYUOBZX" * 2
    assert bit_scores([text], [text])[0] > 10


def test_no_pairs_have_no_scores() -> None:
    assert bit_scores([], []).shape == (0,)
