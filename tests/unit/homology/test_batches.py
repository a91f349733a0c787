"""Pairs as models read them: what is cut, what is resampled, what is masked."""

import numpy as np
import pytest

from protlang.alphabet import PLUS_RESIDUES
from protlang.encoders.masking import RNN_MASK, TFM_MASK, TFM_MASKING, Masking
from protlang.homology.batches import (
    HomologyBatch,
    HomologyReader,
    ReadingSettings,
)
from protlang.homology.domains import Domains
from protlang.homology.pairs import HomologySampler, SamplerSettings

SCCS = ["a.1.1.1", "a.1.1.1", "a.1.2.1", "b.1.1.1", "b.2.1.1"]
RNG = np.random.default_rng(0)
SEQUENCES = [
    "".join(RNG.choice(list(PLUS_RESIDUES[:20]), n)) for n in (40, 300, 400, 60, 90)
]
DOMAINS = Domains([f"d{i}" for i in range(5)], SCCS, SEQUENCES, {})


def read(settings: ReadingSettings, start: int = 0, count: int = 50) -> HomologyBatch:
    sampler = HomologySampler(SCCS, SamplerSettings(seed=1))
    return HomologyReader(DOMAINS, sampler, settings).batch(start, count)


def tokens_of(sequence: str) -> list[int]:
    return [PLUS_RESIDUES.index(letter) + 1 for letter in sequence]


def test_without_settings_domains_are_read_whole() -> None:
    batch = read(ReadingSettings(seed=0, masking=None))
    for masked, place in zip(
        batch.first + batch.second,
        np.concatenate([batch.pairs.first, batch.pairs.second]),
        strict=True,
    ):
        assert masked.tokens.tolist() == tokens_of(SEQUENCES[place])
        assert len(masked.positions) == 0


def test_masked_residues_can_be_restored() -> None:
    batch = read(ReadingSettings(seed=0, masking=Masking()))
    for masked, place in zip(batch.first, batch.pairs.first, strict=True):
        assert RNN_MASK in masked.tokens
        restored = masked.tokens.copy()
        restored[masked.positions] = masked.targets
        assert restored.tolist() == tokens_of(SEQUENCES[place])


def test_pairs_of_plus_tfm_fit_and_are_masked_together() -> None:
    batch = read(ReadingSettings(0, TFM_MASKING, jointly=True, longest=509))
    lengths = [
        (len(one.tokens), len(other.tokens))
        for one, other in zip(batch.first, batch.second, strict=True)
    ]
    counts = [
        len(one.positions) + len(other.positions)
        for one, other in zip(batch.first, batch.second, strict=True)
    ]
    assert max(map(sum, lengths)) == 509
    assert counts == [int((sum(pair) + 3) * 0.15) for pair in lengths]
    assert any(TFM_MASK in masked.tokens for masked in batch.first)


def test_a_batch_follows_from_its_numbers_and_the_seed() -> None:
    settings = ReadingSettings(seed=0, masking=Masking(), resampled=0.05)
    whole, part = read(settings), read(settings, start=20, count=5)
    for one, other in zip(whole.second[20:25], part.second, strict=True):
        for column, expected in zip(other[:3], one[:3], strict=True):
            assert (column == expected).all()
    other_seed = read(ReadingSettings(seed=1, masking=Masking(), resampled=0.05))
    assert other_seed.first[0].tokens.tolist() != whole.first[0].tokens.tolist()


@pytest.mark.parametrize("share", [0.05, 1.0])
def test_a_share_of_residues_is_replaced_by_any_letter(share: float) -> None:
    batch = read(ReadingSettings(0, None, resampled=share), count=400)
    drawn = np.concatenate([masked.tokens for masked in batch.first])
    true = np.concatenate([tokens_of(SEQUENCES[place]) for place in batch.pairs.first])
    changed = drawn != true
    assert changed.mean() == pytest.approx(share * 20 / 21, rel=0.05)
    assert set(drawn[changed]) == set(range(1, 22))
