"""Tokens of PLUS and P-ELMo, and batches of them.

Source: PLUS, Section 3.2, and its released code, which has ids that the paper does not
print.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from protlang.alphabet import PLUS_RESIDUES, PLUS_SYNONYMS
from protlang.errors import ProtlangError

BOUNDARY = 0
"""Begin and end of a protein, and padding: recurrent models learn one vector for all
three, the Transformer pads with it."""

UNKNOWN = len(PLUS_RESIDUES)
"""X, and whatever is no amino acid. Recurrent models mask with it as well."""

TOKENS = UNKNOWN + 1
"""Tokens of the recurrent models, 0 to 21."""

DECODED = UNKNOWN
"""Classes of the recurrent models' decoders: tokens 0 to 20, of which 0 is never a
target."""

_SYNONYMS = str.maketrans(PLUS_SYNONYMS)


class ResidueBatch(NamedTuple):
    """Proteins of unequal length.

    Attributes:
        tokens: of residues, int64 (batch, longest), `BOUNDARY` behind each protein.
        lengths: residues of each protein, int64 (batch), on the CPU.
    """

    tokens: Tensor
    lengths: Tensor

    @property
    def present(self) -> Tensor:
        """Places that hold a residue, bool (batch, longest)."""
        return within(self.lengths, self.tokens.shape[1], self.tokens.device)


class Representations(NamedTuple):
    """Outputs of a recurrent encoder; zero where there is no residue.

    Attributes:
        r: states of the last layer, forward beside backward, (batch, longest, 2 dim)
            (PLUS, eq. 5).
        z: their linear projection, (batch, longest, projection) (PLUS, eq. 6).
    """

    r: Tensor
    z: Tensor


def residue_tokens(sequence: str) -> Tensor:
    """Tokens of a protein's residues, int64 (length).

    O counts as K and U as C, as in the released code; every other letter that is no
    amino acid counts as X. Lower case counts as upper case.

    Raises:
        ProtlangError: if there is no residue.
    """
    if not sequence:
        raise ProtlangError("a protein has no residues; remove its record")
    letters = sequence.upper().translate(_SYNONYMS)
    # What `find` does not find is -1: X, too, is then the last letter.
    places = [PLUS_RESIDUES.find(letter) % UNKNOWN for letter in letters]
    return torch.tensor(places).long() + 1


def collate(proteins: Sequence[Tensor]) -> ResidueBatch:
    """Lay out proteins' tokens, each integers (length), as one batch."""
    lengths = torch.tensor([len(protein) for protein in proteins]).long()
    padded = pad_sequence(list(proteins), batch_first=True, padding_value=BOUNDARY)
    return ResidueBatch(padded.long(), lengths)


def known(tokens: Tensor) -> Tensor:
    """Which tokens are amino acids, bool: neither `BOUNDARY` nor `UNKNOWN`.

    Only these are masked and predicted.
    """
    return (tokens != BOUNDARY) & (tokens < UNKNOWN)


def within(lengths: Tensor, longest: int, device: torch.device) -> Tensor:
    """Places below each length, bool (batch, longest)."""
    places = torch.arange(longest, device=device)
    return places < lengths.to(device).unsqueeze(1)
