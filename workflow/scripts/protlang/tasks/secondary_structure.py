"""PLUS's task SecStr: DSSP's eight states of every residue.

All residues count, in training as in testing; the evaluation mask of the test sets is
for a measure beside the paper's.

Sources: PLUS, Section 4.2, Table 4; Klausen et al. 2019 and Rao et al. 2019 (TAPE).
"""

from protlang.alphabet import Q8_STATES
from protlang.tasks.measures import Q8
from protlang.tasks.task import SupervisedTask

SECONDARY_STRUCTURE = SupervisedTask(
    "secondary_structure", "SecStr", "q8", "residue", Q8_STATES, Q8
)
