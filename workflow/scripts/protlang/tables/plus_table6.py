"""PLUS, Table 6: homology on development pairs, by the losses of fine-tuning."""

from protlang.tables.fine_tuned import DEVELOPMENT_HEADINGS, HOMOLOGY, TaskTable

TABLE = TaskTable(
    "plus_table6",
    "Table 6",
    HOMOLOGY,
    headings=DEVELOPMENT_HEADINGS,
    remarks=(
        "MLM, SL and CMP are the weights of three losses of fine-tuning: masked "
        "language model, levels and contact maps. Data: development pairs of "
        "SCOPe 2.06.",
    ),
    adds=False,
)
