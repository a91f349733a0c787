"""What is known about real proteins: the numbers that the simulated world obeys.

Counts marked "CullPDB" were made for this module on the 5,534 chains of
`cullpdb+profile_6133_filtered` (Zhou & Troyanskaya 2014), whose labels are DSSP's.
Arrays over amino acids follow `AMINO_ACIDS`, arrays over states `STATES`.
"""

import numpy as np

from protlang.alphabet import AMINO_ACIDS, Q8_STATES

DISORDERED = len(Q8_STATES)
"""The state after DSSP's eight: residues that no structure resolves."""

STATES = Q8_STATES + "-"

_BACKGROUND_PERCENT = {
    "A": 7.805, "C": 1.925, "D": 5.364, "E": 6.295, "F": 3.856,
    "G": 7.377, "H": 2.199, "I": 5.142, "K": 5.744, "L": 9.019,
    "M": 2.243, "N": 4.487, "P": 5.203, "Q": 4.264, "R": 5.129,
    "S": 7.120, "T": 5.841, "V": 6.441, "W": 1.330, "Y": 3.216,
}  # fmt: skip

_PERCENT = np.array([_BACKGROUND_PERCENT[letter] for letter in AMINO_ACIDS])

BACKGROUND = _PERCENT / _PERCENT.sum()
"""Frequencies of the amino acids, (20,). Source: Robinson & Robinson 1991."""

PROPENSITIES = np.array(
    [
        # A     C     D     E     F     G     H     I     K     L
        # M     N     P     Q     R     S     T     V     W     Y
        [+0.04, -0.23, +0.31, +0.29, +0.05, -0.20, +0.14, -0.67, +0.06, -0.05,
         -0.11, +0.07, +0.37, +0.11, -0.06, +0.22, -0.35, -0.78, +0.29, +0.05],  # G
        [+0.34, -0.16, -0.19, +0.30, -0.01, -0.77, -0.15, +0.05, +0.14, +0.27,
         +0.22, -0.31, -0.83, +0.26, +0.19, -0.26, -0.26, -0.10, +0.03, -0.02],  # H
        [-0.09, -0.25, +0.11, -0.03, +0.41, +0.55, -0.20, -0.10, -0.18, +0.39,
         -0.52, -0.81, -0.65, -1.37, -0.43, -0.91, +0.21, +0.02, +0.29, +0.47],  # I
        [-0.52, +0.42, -0.26, -0.64, +0.45, -0.27, +0.07, +0.20, -0.09, +0.03,
         +0.06, -0.01, +0.03, -0.20, +0.03, +0.12, +0.32, +0.22, +0.12, +0.26],  # B
        [-0.27, +0.27, -0.60, -0.36, +0.35, -0.40, +0.00, +0.55, -0.24, +0.10,
         -0.02, -0.50, -0.85, -0.28, -0.09, -0.14, +0.20, +0.65, +0.26, +0.34],  # E
        [-0.34, -0.19, +0.37, -0.12, -0.28, +0.71, +0.15, -0.60, +0.02, -0.49,
         -0.38, +0.37, +0.14, -0.11, -0.11, +0.25, +0.19, -0.51, -0.38, -0.23],  # S
        [-0.21, -0.44, +0.33, +0.02, -0.45, +0.91, +0.08, -1.13, +0.09, -0.60,
         -0.49, +0.56, +0.46, -0.08, -0.12, +0.07, -0.23, -1.01, -0.31, -0.34],  # T
        [-0.24, +0.20, +0.30, -0.35, -0.19, +0.07, +0.09, -0.28, -0.12, -0.27,
         -0.02, +0.25, +0.77, -0.20, -0.16, +0.29, +0.21, -0.24, -0.19, -0.21],  # C
        [+0.00, -0.90, +0.10, +0.30, -0.80, +0.35, +0.10, -0.75, +0.25, -0.50,
         +0.00, +0.05, +0.35, +0.25, +0.00, +0.55, +0.00, -0.50, -1.20, -0.80],  # -
    ]
)  # fmt: skip
"""ln(frequency in the state / frequency overall), (9, 20).

Source: CullPDB, in the manner of Chou & Fasman 1974. The last row is rounded from the
unresolved residues of NetSurfP-2.0's training set (Klausen et al. 2019), without the
excess of His and Met that comes from tags and start codons; its signs are those of
Dunker et al. 2001.
"""

SUCCESSORS = np.array(
    [
        # G     H      I      B      E      S      T      C    after:
        [0.000, 0.127, 0.000, 0.031, 0.075, 0.218, 0.218, 0.331],  # G
        [0.034, 0.000, 0.000, 0.006, 0.007, 0.117, 0.622, 0.214],  # H
        [0.026, 0.256, 0.000, 0.026, 0.026, 0.179, 0.410, 0.077],  # I
        [0.028, 0.048, 0.000, 0.000, 0.042, 0.125, 0.145, 0.612],  # B
        [0.025, 0.026, 0.000, 0.012, 0.000, 0.159, 0.188, 0.590],  # E
        [0.027, 0.085, 0.000, 0.034, 0.154, 0.000, 0.099, 0.601],  # S
        [0.025, 0.082, 0.000, 0.026, 0.133, 0.250, 0.000, 0.484],  # T
        [0.064, 0.178, 0.001, 0.059, 0.225, 0.274, 0.199, 0.000],  # C
    ]
)
"""Which segment follows which: probabilities by row, (8, 8). Source: CullPDB."""

SEGMENT_LENGTHS = {
    "shortest": np.array([3, 4, 5, 1, 2, 1, 1, 1]),
    "mean_extra": np.array([0.38, 7.61, 0.44, 0.02, 3.53, 0.52, 1.05, 0.85]),
    "shape": np.array([0.3, 1.5, 0.8, 1.0, 2.9, 2.3, 50.0, 0.8]),
}
"""Residues in a segment of each state: `shortest` plus a negative binomial number.

DSSP's definition sets the shortest (a helix needs four residues, a ladder two); mean
and shape of the rest fit the means and variances of CullPDB.
"""

_HYDROPATHY_INDEX = {
    "A": 1.8, "C": 2.5, "D": -3.5, "E": -3.5, "F": 2.8, "G": -0.4, "H": -3.2,
    "I": 4.5, "K": -3.9, "L": 3.8, "M": 1.9, "N": -3.5, "P": -1.6, "Q": -3.5,
    "R": -4.5, "S": -0.8, "T": -0.7, "V": 4.2, "W": -0.9, "Y": -1.3,
}  # fmt: skip

_INDEX = np.array([_HYDROPATHY_INDEX[letter] for letter in AMINO_ACIDS])

HYDROPATHY = (_INDEX - _INDEX.mean()) / _INDEX.std()
"""Hydropathy, brought to mean 0 and standard deviation 1, (20,).

Source: Kyte & Doolittle 1982.
"""

DEGREES_PER_RESIDUE = np.array([120.0, 100.0, 87.0, 170.0, 170.0, 0, 0, 0, 0])
"""Turn of the side chains from one residue to the next, (9,).

360 degrees over 3.0 (3-10 helix), 3.6 (alpha) and 4.1 (pi) residues; strands
alternate, with a twist; 0 for states without a period.
"""

BACKBONE_ANGLES = np.array(
    [
        [-49.0, -26.0], [-57.0, -47.0], [-57.0, -70.0], [-110.0, 130.0],
        [-119.0, 113.0], [-85.0, 60.0], [-70.0, 0.0], [-80.0, 130.0],
    ]
)  # fmt: skip
"""Typical phi and psi in degrees, (8, 2); of DSSP's eight states.

Helices and strand: IUPAC-IUB 1970; the others: centres of the Ramachandran plot.
"""

_MAXIMAL_ASA = {
    "A": 129, "C": 167, "D": 193, "E": 223, "F": 240, "G": 104, "H": 224,
    "I": 197, "K": 236, "L": 201, "M": 224, "N": 195, "P": 159, "Q": 225,
    "R": 274, "S": 155, "T": 172, "V": 174, "W": 285, "Y": 263,
}  # fmt: skip

MAXIMAL_ASA = np.array([_MAXIMAL_ASA[letter] for letter in AMINO_ACIDS], dtype=float)
"""Accessible surface of a fully exposed residue in square angstroms, (20,).

Source: Tien et al. 2013, theoretical values.
"""
