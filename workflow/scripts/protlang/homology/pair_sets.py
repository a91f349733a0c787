"""Names of the sets of pairs on which homology is evaluated; imports nothing heavy."""

from collections.abc import Mapping

DEVELOPMENT, TEST, NEWER = "development", "test", "newer"

PAIR_SETS: Mapping[str, str] = {
    DEVELOPMENT: "SCOPe 2.06 dev",
    TEST: "SCOPe 2.06",
    NEWER: "SCOPe 2.07",
}
"""Sets of pairs by file name, as the paper's tables name them."""

SHORT, LONG = ":short", ":long"
"""Appended to the name of a test set for its short or long pairs alone."""

LONGEST_SHORT_PAIR = 512
"""Residues of both domains together. Source: PLUS, Figure 2."""
