"""PLUS's task Solubility: whether a protein is soluble when expressed in E. coli.

Sources: PLUS, Section 4.2; Khurana et al. 2018 (DeepSol).
"""

from protlang.supervised_tasks import SupervisedTask
from protlang.task_measures import ACCURACY
from protlang.vocabulary import SOLUBILITY_STATES

SOLUBILITY = SupervisedTask(
    "solubility", "Solubility", "solubility", "protein", SOLUBILITY_STATES, ACCURACY
)
