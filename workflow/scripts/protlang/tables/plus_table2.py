"""PLUS, Table 2: fine-tuned models on seven tasks, one number each."""

from protlang.tables.fine_tuned import HOMOLOGY, SECSTR, Place, TaskTable

_R, _Q8 = "Pearson r (SCOPe 2.06)", "accuracy (8-state, CB513)"

TABLE = TaskTable(
    "plus_table2",
    "Table 2",
    "",
    headings={
        (HOMOLOGY, _R): "Homology r",
        ("Solubility", "accuracy"): "Solubility accuracy",
        ("Localization", "accuracy"): "Localization accuracy",
        ("Stability", "Spearman rho"): "Stability \N{GREEK SMALL LETTER RHO}",
        ("Fluorescence", "Spearman rho"): "Fluorescence \N{GREEK SMALL LETTER RHO}",
        (SECSTR, _Q8): "SecStr accuracy",
        ("Transmembrane", "per-protein topology accuracy"): "Transmembrane accuracy",
    },
    remarks=(
        "Homology: Pearson's r on SCOPe 2.06, as in Table 3; SecStr: accuracy in eight "
        "states on CB513, as in Table 4; Transmembrane: share of proteins of which all "
        "helices are found, and no other.",
    ),
    places={
        (HOMOLOGY, _R): Place(HOMOLOGY, "SCOPe 2.06", "Pearson r"),
        (SECSTR, _Q8): Place(SECSTR, "CB513", "8-state accuracy"),
    },
)
"""Homology and SecStr are represented by a column of Tables 3 and 4."""
