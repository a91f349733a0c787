"""Soft symmetric alignment of two proteins, and the heads that judge it.

Sources: PLUS, equations 7 and 8; Bepler and Berger 2019. In the paper's words, weights
omega measure how likely two residues are aligned, and the similarity of two proteins is
the expected alignment score.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, softmax
from torch.utils.checkpoint import checkpoint

from protlang.models.aligned_pair import PairSimilarity
from protlang.models.tokens import within

LEVELS = 5
"""Of structural similarity: none, class, fold, superfamily, family."""

MAX_CELLS = 2**24
"""Pairs of residues aligned at once: 64 MiB for each matrix of float32."""

_TOGETHER = 4
"""Pairs aligned as one at most: of more, the shorter ones would be mostly padding."""

_FIRST_BIAS = 10.0


class PaddedVectors(NamedTuple):
    """Residues' vectors of several proteins.

    Attributes:
        vectors: (proteins, longest, dim); nothing beyond a protein's length is read.
        lengths: residues of each protein, at least one, int64 (proteins), on the CPU.
    """

    vectors: Tensor
    lengths: Tensor


class Alignment(NamedTuple):
    """How residues of two proteins match; zero where a residue is missing.

    Attributes:
        closeness: negative L1 distances s, (pairs, longest first, longest second).
        weights: omega of equation 8, likewise.
    """

    closeness: Tensor
    weights: Tensor

    @property
    def similarity(self) -> Tensor:
        """Score c of equation 7, (pairs)."""
        total = (self.weights * self.closeness).sum(dim=(1, 2))
        return total / self.weights.sum(dim=(1, 2))


def align(first: PaddedVectors, second: PaddedVectors) -> Alignment:
    """Align the first protein of each pair with its second (PLUS, eq. 8).

    alpha is the softmax of the closeness over the second protein's residues, beta over
    the first's, and omega = alpha + beta - alpha beta. All matrices of all pairs are
    in memory at once; `similarity` needs less.
    """
    rows, columns = _present(first).unsqueeze(2), _present(second).unsqueeze(2)
    closeness = -torch.cdist(
        _single(first.vectors).masked_fill(~rows, 0),
        _single(second.vectors).masked_fill(~columns, 0),
        p=1,
    )
    columns = columns.transpose(1, 2)
    # Rows of absent residues get a softmax, too, which is finite and then cut off: a
    # row of nothing but -inf would give NaN, and spoil gradients.
    alpha = softmax(closeness.masked_fill(~columns, -torch.inf), dim=2)
    beta = softmax(closeness.masked_fill(~rows, -torch.inf), dim=1)
    absent = ~(rows & columns)
    return Alignment(
        closeness.masked_fill(absent, 0),
        (alpha + beta - alpha * beta).masked_fill(absent, 0),
    )


def similarity(
    first: PaddedVectors, second: PaddedVectors, max_cells: int = MAX_CELLS
) -> Tensor:
    """Expected alignment score c of each pair, (pairs); at most 0 (PLUS, eq. 7).

    A CPU takes pairs one by one, other devices in chunks of like size, so that little
    is padding. If all have too many cells together, matrices are computed again for the
    gradient, so that those of one chunk are all that is ever in memory.

    Args:
        first: the pairs' first proteins.
        second: their second proteins, as many.
        max_cells: at most so many cells, padding included, are in memory; a pair that
            alone has more is a chunk of its own.

    Raises:
        ValueError: if there are not as many first as second proteins, or if one has no
            residue.
    """
    if len(first.lengths) != len(second.lengths):
        raise ValueError("there have to be as many first as second proteins")
    if int(torch.cat([first.lengths, second.lengths]).min()) < 1:
        raise ValueError("a protein without residues cannot be aligned")
    if first.vectors.device.type == "cpu":
        return _one_by_one(first, second, max_cells)
    return _in_chunks(first, second, max_cells)


def _one_by_one(first: PaddedVectors, second: PaddedVectors, max_cells: int) -> Tensor:
    keep = int(first.lengths @ second.lengths) <= max_cells
    pairs = zip(*map(_whole, (first, second)), strict=True)
    scores: list[Tensor] = [PairSimilarity.apply(*pair, keep) for pair in pairs]  # type: ignore[no-untyped-call]
    return torch.stack(scores)


def _whole(proteins: PaddedVectors) -> list[Tensor]:
    """Each protein's vectors (length, dim)."""
    rows = zip(_single(proteins.vectors), proteins.lengths.tolist(), strict=True)
    return [vectors[:length] for vectors, length in rows]


def _in_chunks(first: PaddedVectors, second: PaddedVectors, max_cells: int) -> Tensor:
    chunks = list(_chunks(first.lengths.tolist(), second.lengths.tolist(), max_cells))
    pairs = [(_take(first, part), _take(second, part)) for part in chunks]
    fits = sum(map(_cells, pairs)) <= max_cells
    compute = _similarity if fits else _recomputed_similarity
    scores = torch.cat([compute(*pair) for pair in pairs])
    order = torch.tensor([pair for part in chunks for pair in part])
    return scores[order.argsort().to(scores.device)]


class PairHead(nn.Module):
    """Scores of a pair from its similarity: w_k c + b_k.

    With one output this is the logistic head of same family prediction, with four the
    ordinal one of homology, whose outputs predict that two proteins share at least
    class, fold, superfamily and family. w begins at 1 and b at 10, as in the released
    code; the paper does not report them.

    Args:
        outputs: 1 or 4 in the paper.
        imitate_released_code: whether slopes may become negative: the released code's
            constraint has no effect.
    """

    def __init__(self, outputs: int, imitate_released_code: bool = False) -> None:
        super().__init__()
        self.imitate_released_code = imitate_released_code
        self.weight = nn.Parameter(torch.ones(outputs))
        self.bias = nn.Parameter(torch.full((outputs,), _FIRST_BIAS))

    def forward(self, similarities: Tensor) -> Tensor:
        """Logits (pairs, outputs) from similarities (pairs)."""
        return similarities.unsqueeze(1) * self.weight + self.bias

    @torch.no_grad()
    def keep_increasing(self) -> None:
        """Cut negative slopes to zero; to be called after each update."""
        if not self.imitate_released_code:
            self.weight.clamp_(min=0)


def level_targets(levels: Tensor) -> Tensor:
    """Targets of the ordinal head, float32 (pairs, 4), for levels 0 to 4.

    A pair of level 2 shares class and fold: 1, 1, 0, 0.
    """
    steps = torch.arange(1, LEVELS, device=levels.device)
    return (levels.unsqueeze(1) >= steps).float()


def level_probabilities(logits: Tensor) -> Tensor:
    """Probabilities of levels 0 to 4, (pairs, 5), from the ordinal head's (pairs, 4).

    With p_k the chance of at least level k, that of level k is proportional to
    p_k (1 - p_(k+1)), where p_0 = 1 and p_5 = 0.
    """
    reached = pad(logits.sigmoid(), (1, 0), value=1)
    missed = pad((-logits).sigmoid(), (0, 1), value=1)
    joint = reached * missed
    return joint / joint.sum(dim=1, keepdim=True)


def expected_level(probabilities: Tensor) -> Tensor:
    """Mean level, 0 to 4, (pairs), from probabilities (pairs, 5)."""
    levels = torch.arange(LEVELS, device=probabilities.device)
    return (probabilities * levels).sum(dim=1)


def _present(proteins: PaddedVectors) -> Tensor:
    vectors, lengths = proteins
    return within(lengths, vectors.shape[1], vectors.device)


def _single(vectors: Tensor) -> Tensor:
    """In single precision at least: half precision blurs sums of many distances."""
    return vectors.to(torch.promote_types(vectors.dtype, torch.float32))


def _chunks(
    first: Sequence[int], second: Sequence[int], max_cells: int
) -> Iterator[list[int]]:
    """Numbers of pairs that are aligned together, from small pairs to large."""
    part: list[int] = []
    columns = 0
    for pair in sorted(range(len(first)), key=lambda pair: (first[pair], second[pair])):
        columns = max(columns, second[pair])
        cells = (len(part) + 1) * first[pair] * columns
        if part and (len(part) == _TOGETHER or cells > max_cells):
            yield part
            part, columns = [], second[pair]
        part.append(pair)
    yield part


def _take(proteins: PaddedVectors, chosen: list[int]) -> PaddedVectors:
    """Some of the proteins, without padding that none of them needs."""
    lengths = proteins.lengths[chosen]
    return PaddedVectors(proteins.vectors[chosen, : int(lengths.max())], lengths)


def _cells(pairs: tuple[PaddedVectors, PaddedVectors]) -> int:
    """Pairs of residues of a chunk, padding included."""
    first, second = pairs
    return len(first.lengths) * first.vectors.shape[1] * second.vectors.shape[1]


def _similarity(first: PaddedVectors, second: PaddedVectors) -> Tensor:
    return align(first, second).similarity


def _recomputed_similarity(first: PaddedVectors, second: PaddedVectors) -> Tensor:
    """The same, without keeping matrices for the gradient."""

    def compute(first_vectors: Tensor, second_vectors: Tensor) -> Tensor:
        return _similarity(
            PaddedVectors(first_vectors, first.lengths),
            PaddedVectors(second_vectors, second.lengths),
        )

    scores: Tensor = checkpoint(
        compute,
        first.vectors,
        second.vectors,
        use_reentrant=False,
        preserve_rng_state=False,
    )
    return scores
