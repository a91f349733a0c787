"""DeepLoc's proteins as SeqVec used them: each in one of ten locations."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace

from protlang.alphabet import CYTOPLASM_AND_NUCLEUS, LOCATIONS
from protlang.datasets.curation import LabelledSet, LeftOut
from protlang.errors import ProtlangError
from protlang.proteins import Protein

DROP = "drop"

POLICIES: Mapping[str, str | None] = {
    DROP: None,
    "cytoplasm": "Cytoplasm",
    "nucleus": "Nucleus",
}
"""Proteins in both cytoplasm and nucleus: left out, or the class they are assigned.

SeqVec's 13,858 proteins are DeepLoc's 14,004 without these 146; PLUS counts them as
cytoplasmic.
"""

PAPER_PROTEINS: Mapping[str, int] = {
    "Cell.membrane": 1_340,
    "Cytoplasm": 2_542,
    "Endoplasmic.reticulum": 862,
    "Golgi.apparatus": 356,
    "Lysosome/Vacuole": 321,
    "Mitochondrion": 1_510,
    "Nucleus": 4_043,
    "Peroxisome": 154,
    "Plastid": 757,
    "Extracellular": 1_973,
}
"""Proteins by location (Almagro Armenteros et al. 2017), 13,858 in all as in SeqVec."""

_REASON = "in both cytoplasm and nucleus"


def resolve_locations(labelled: LabelledSet, policy: str = DROP) -> LabelledSet:
    """Leave out proteins in both cytoplasm and nucleus, or assign them one location.

    The provenance records their number and, under `locations`, the proteins of each
    location beside the number in the paper. Sets without locations are unchanged.

    Args:
        labelled: as read from its source.
        policy: one of `POLICIES`.

    Raises:
        ProtlangError: if the policy is unknown, or no protein would be left.
    """
    if policy not in POLICIES:
        raise ProtlangError(
            f"cytoplasm_nucleus is {policy!r}; choose one of {', '.join(POLICIES)}"
        )
    if not any("location" in protein.classes for protein in labelled.proteins):
        return labelled
    ambiguous = [
        protein.id
        for protein in labelled.proteins
        if protein.classes["location"] == CYTOPLASM_AND_NUCLEUS
    ]
    proteins = list(_resolved(labelled.proteins, POLICIES[policy]))
    if not proteins:
        raise ProtlangError(
            f"{labelled.origin}: all proteins are in both cytoplasm and nucleus; set "
            "cytoplasm_nucleus of the data set to cytoplasm or nucleus"
        )
    left_out = [LeftOut(name, _REASON) for name in ambiguous if policy == DROP]
    return replace(
        labelled,
        proteins=proteins,
        provenance={
            **labelled.provenance,
            "left_out": [
                *labelled.provenance["left_out"],
                *(asdict(entry) for entry in left_out),
            ],
            "cytoplasm_nucleus": {"policy": policy, "proteins": len(ambiguous)},
            "locations": _counts(proteins),
        },
    )


def _resolved(proteins: Sequence[Protein], location: str | None) -> Iterator[Protein]:
    for protein in proteins:
        if protein.classes["location"] != CYTOPLASM_AND_NUCLEUS:
            yield protein
        elif location is not None:
            yield replace(protein, classes={**protein.classes, "location": location})


def _counts(proteins: Sequence[Protein]) -> dict[str, dict[str, int]]:
    found = Counter(protein.classes["location"] for protein in proteins)
    return {
        location: {"found": found[location], "paper": PAPER_PROTEINS[location]}
        for location in LOCATIONS
    }
