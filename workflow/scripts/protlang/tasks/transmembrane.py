"""PLUS's task Transmembrane: which residues cross the membrane, and where ends are.

A grammar of topologies decodes what the network says of all residues. Residues of which
the side is not known have no share in the loss.

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
    heed_mask=True,
    decode=decode,
)
