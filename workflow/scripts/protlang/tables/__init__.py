"""The papers' tables, cell by cell, beside the papers' numbers."""

TITLES = {
    "seqvec_table1": (
        "SeqVec, Table 1: per-residue predictions, secondary structure and disorder"
    ),
    "seqvec_table2": (
        "SeqVec, Table 2: per-protein predictions, localization and membrane-bound"
    ),
    "seqvec_tableS1": "SeqVec, Table S1: amino acids in the corpora",
    "seqvec_timings": "SeqVec, Results: time that embeddings take",
    "seqvec_intext": "SeqVec: numbers in the text",
    "seqvec_leakage": "SeqVec: test proteins that were in training",
    "plus_table1": "PLUS, Table 1: (masked) language models and same family prediction",
    "plus_table2": "PLUS, Table 2: fine-tuned models on seven tasks",
    "plus_table3": "PLUS, Table 3: homology",
    "plus_table4": "PLUS, Table 4: secondary structure in eight states",
    "plus_table5": "PLUS, Table 5: homology by the losses of pre-training",
    "plus_table6": "PLUS, Table 6: homology by the losses of fine-tuning",
    "plus_intext": "PLUS: numbers in the text",
}
"""Headings by file name."""
