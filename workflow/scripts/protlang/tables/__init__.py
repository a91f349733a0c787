"""The papers' tables, cell by cell, beside the papers' numbers."""

TITLES = {
    "seqvec_table1": (
        "SeqVec, Table 1: per-residue predictions, secondary structure and disorder"
    ),
    "seqvec_tableS1": "SeqVec, Table S1: amino acids in the corpora",
}
"""Headings by file name."""
