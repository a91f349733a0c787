"""PLUS's task Transmembrane: which residues cross the membrane, and where ends are.

A grammar of topologies decodes the predictions of all residues. Residues of unknown
side have no share in the loss.

Sources: PLUS, Section 4.2; Tsirigos et al. 2015 (TOPCONS2); Bepler and Berger 2019.
"""

from protlang.alphabet import TOPOLOGY_STATES
from protlang.tasks.measures import TOPOLOGY
from protlang.tasks.task import SupervisedTask
from protlang.tasks.topology import decode

TRANSMEMBRANE = SupervisedTask(
    "transmembrane",
    "Transmembrane",
    "topology",
    "residue",
    TOPOLOGY_STATES,
    TOPOLOGY,
    ignore_masked_residues=True,
    decode=decode,
)
