"""PLUS's task Solubility: whether a protein is soluble when expressed in E. coli.

Sources: PLUS, Section 4.2; Khurana et al. 2018 (DeepSol).
"""

from protlang.alphabet import SOLUBILITY_STATES
from protlang.tasks.measures import ACCURACY
from protlang.tasks.task import SupervisedTask

SOLUBILITY = SupervisedTask(
    "solubility", "Solubility", "solubility", "protein", SOLUBILITY_STATES, ACCURACY
)
