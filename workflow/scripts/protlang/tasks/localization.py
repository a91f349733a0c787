"""PLUS's task Localization: where in the cell a protein is, of ten places.

What is in both cytoplasm and nucleus counts as cytoplasm, because the released code
reads the location up to the first hyphen. Of proteins beyond 1,000 residues, 500 are
read from each end.

Sources: PLUS, Section 4.2 and its released code; Almagro Armenteros et al. 2017.
"""

from protlang.alphabet import CYTOPLASM_AND_NUCLEUS, LOCATIONS
from protlang.tasks.measures import ACCURACY
from protlang.tasks.task import SupervisedTask

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
