"""The tasks that PLUS's models are fine-tuned on, protein by protein, by name."""

from collections.abc import Mapping

from protlang.tasks.fluorescence import FLUORESCENCE
from protlang.tasks.localization import LOCALIZATION
from protlang.tasks.secondary_structure import SECONDARY_STRUCTURE
from protlang.tasks.solubility import SOLUBILITY
from protlang.tasks.stability import STABILITY
from protlang.tasks.task import SupervisedTask
from protlang.tasks.transmembrane import TRANSMEMBRANE

TASKS: Mapping[str, SupervisedTask] = {
    task.name: task
    for task in (
        SOLUBILITY,
        LOCALIZATION,
        STABILITY,
        FLUORESCENCE,
        SECONDARY_STRUCTURE,
        TRANSMEMBRANE,
    )
}
"""In the order of the paper's Table 2. Homology, a task of pairs, is elsewhere."""
