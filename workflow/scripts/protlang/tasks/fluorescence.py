"""PLUS's task Fluorescence: how brightly a variant of GFP shines, a number.

Sources: PLUS, Section 4.2; Sarkisyan et al. 2016; Rao et al. 2019 (TAPE).
"""

from protlang.tasks.measures import SPEARMAN
from protlang.tasks.task import SupervisedTask

FLUORESCENCE = SupervisedTask(
    "fluorescence", "Fluorescence", "fluorescence", "protein", (), SPEARMAN
)
