"""PLUS, Table 5: homology on development pairs, by the losses of pre-training."""

from protlang.tables.fine_tuned import DEVELOPMENT_HEADINGS, HOMOLOGY, TaskTable

TABLE = TaskTable(
    "plus_table5",
    "Table 5",
    HOMOLOGY,
    headings=DEVELOPMENT_HEADINGS,
    remarks=(
        "MLM and SFP are the weights of the two losses of pre-training; fine-tuning is "
        "that of PLUS-RNN BASE in the other tables. Data: development pairs of "
        "SCOPe 2.06.",
    ),
    adds=False,
)
