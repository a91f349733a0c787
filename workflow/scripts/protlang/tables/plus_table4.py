"""PLUS, Table 4: secondary structure in eight states."""

from protlang.tables.fine_tuned import SECSTR, TaskTable

TABLE = TaskTable(
    "plus_table4",
    "Table 4",
    SECSTR,
    headings={
        (name, "8-state accuracy"): name for name in ("CB513", "CASP12", "TS115")
    },
    remarks=("Accuracies in eight states, over all residues of a test set together.",),
)
