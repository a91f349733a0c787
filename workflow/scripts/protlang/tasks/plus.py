"""PLUS's tasks of single proteins, one entry each.

Sources: PLUS, Section 4.2 and Table 4; of the data, Khurana et al. 2018 (DeepSol),
Almagro Armenteros et al. 2017 (DeepLoc), Rocklin et al. 2017 and Sarkisyan et al. 2016
as in Rao et al. 2019 (TAPE), Klausen et al. 2019 (NetSurfP-2.0), Tsirigos et al. 2015
(TOPCONS2).
"""

from collections.abc import Mapping

from protlang.alphabet import (
    CYTOPLASM_AND_NUCLEUS,
    LOCATIONS,
    Q8_STATES,
    SOLUBILITY_STATES,
    TOPOLOGY_STATES,
)
from protlang.tasks.measures import ACCURACY, Q8, SPEARMAN, TOPOLOGY
from protlang.tasks.task import SupervisedTask
from protlang.tasks.topology_search import topologies

SOLUBILITY = SupervisedTask(
    "solubility", "Solubility", "solubility", "protein", SOLUBILITY_STATES, ACCURACY
)
"""Whether a protein is soluble when expressed in E. coli."""

LOCALIZATION = SupervisedTask(
    "localization",
    "Localization",
    "location",
    "protein",
    LOCATIONS,
    ACCURACY,
    synonyms={CYTOPLASM_AND_NUCLEUS: "Cytoplasm"},
    longest=1000,
)
"""One of ten places in the cell.

Both cytoplasm and nucleus count as cytoplasm, because the released code reads the
location up to the first hyphen. Of proteins beyond 1,000 residues, 500 are read from
each end.
"""

STABILITY = SupervisedTask(
    "stability", "Stability", "stability", "protein", (), SPEARMAN
)
"""How well a protein resists proteases, a number."""

FLUORESCENCE = SupervisedTask(
    "fluorescence", "Fluorescence", "fluorescence", "protein", (), SPEARMAN
)
"""How brightly a variant of GFP shines, a number."""

SECONDARY_STRUCTURE = SupervisedTask(
    "secondary_structure", "SecStr", "q8", "residue", Q8_STATES, Q8
)
"""DSSP's eight states of every residue.

All residues count, in training as in testing; the evaluation mask of the test sets is
for a measure beside the paper's.
"""

TRANSMEMBRANE = SupervisedTask(
    "transmembrane",
    "Transmembrane",
    "topology",
    "residue",
    TOPOLOGY_STATES,
    TOPOLOGY,
    ignore_masked_residues=True,
    decode=topologies,
)
"""Residues that cross the membrane, and the side of the others.

A grammar of topologies decodes the predictions of all residues. Residues of which the
side is unknown have no share in the loss.
"""

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
