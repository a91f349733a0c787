"""PLUS's task Stability: how well a protein resists proteases, a number.

Sources: PLUS, Section 4.2; Rocklin et al. 2017; Rao et al. 2019 (TAPE).
"""

from protlang.tasks.measures import SPEARMAN
from protlang.tasks.task import SupervisedTask

STABILITY = SupervisedTask(
    "stability", "Stability", "stability", "protein", (), SPEARMAN
)
