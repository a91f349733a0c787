"""P-ELMo's own split of SCOPe and its lists of pairs, from the archive of both.

The archive has the domains to train on, to develop on and to test on of SCOPe 2.06 at
95 %, those that are new in SCOPe 2.07, and a list of pairs of each set but the first.
PLUS took domains and pairs from P-ELMo. The lists hold sequences and levels alone, so
domains are found by their sequences, and the listed levels are compared with those that
follow from the classification.

Sources: P-ELMo's repository, train_similarity_and_contact.py and eval_similarity.py;
PLUS, Section 4.3.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from protlang.errors import ProtlangError
from protlang.formats import archives, astral, scope_pairs
from protlang.formats.astral import Domain
from protlang.formats.scope_pairs import DOMAIN_FILES, PAIR_FILES, SequencePair
from protlang.homology.build import Part, Published, checked_domains
from protlang.homology.domains import level
from protlang.homology.pair_sets import NEWER
from protlang.homology.pairs import ListedPair, write_fixed_pairs

logger = logging.getLogger(__name__)

_MOST_DISAGREEING = 0.01
"""Share of listed levels that may differ from the classification's."""


class PublishedLists(NamedTuple):
    """Domains and pairs as published.

    Attributes:
        parts: domains by part, with their provenance.
        pairs: by set of pairs.
    """

    parts: dict[str, Part]
    pairs: dict[str, list[SequencePair]]


def read_lists(published: Published) -> PublishedLists:
    """Read domains and pairs from the archive.

    Raises:
        ProtlangError: if the archive lacks a member, or one is damaged.
    """
    source, path, simulated = published
    facts = source.provenance({"data": path}, simulated or archives.is_simulated(path))
    members = [*DOMAIN_FILES.values(), *PAIR_FILES.values()]
    with archives.unpacked(path, members) as files:
        domains = {
            part: checked_domains(astral.read(files[name]), Path(f"{path}: {name}"))
            for part, name in DOMAIN_FILES.items()
        }
        pairs = {
            part: list(scope_pairs.read(files[name], f"{path}: {name}"))
            for part, name in PAIR_FILES.items()
        }
    return PublishedLists(_parts(domains, facts), pairs)


def write_listed_pairs(
    path: Path | str, pairs: Sequence[SequencePair], part: Part
) -> None:
    """Write the pairs of a list with the ids of their domains, as fixed pairs.

    The provenance counts, as `other_level`, those whose domains share another level by
    the classification; they keep the listed one.

    Args:
        path: of the file (`homology.pairs.write_fixed_pairs`).
        pairs: of the list.
        part: domains that they are of.

    Raises:
        ProtlangError: if there is no pair, a sequence is no domain's, or more than a
            hundredth of the levels differ.
    """
    name = part.provenance["part"]
    matched = list(_matched(pairs, part.domains, name))
    other = sum(not agrees for _, agrees in matched)
    if other > _MOST_DISAGREEING * len(matched):
        raise ProtlangError(
            f"of {len(matched)} pairs listed for the {name} part, {other} have another "
            "level than their domains' classification; fetch the archive again"
        )
    if other:
        logger.warning("%s: %d listed levels are not the classification's", name, other)
    provenance = {
        "list": PAIR_FILES[name],
        "other_level": other,
        "domains": part.provenance,
    }
    write_fixed_pairs(path, (pair for pair, _ in matched), provenance)


def _parts(
    domains: Mapping[str, list[Domain]], facts: Mapping[str, Any]
) -> dict[str, Part]:
    """Domains with their provenance, which has the sizes of all parts as `listed`."""
    sizes = {part: len(members) for part, members in domains.items()}
    logger.info("domains of each part: %s", sizes)
    shared = {**facts, "listed": sizes, "longest": None, "longer": 0}
    parts = {
        part: Part(members, {**shared, "part": part, "proteins": len(members)})
        for part, members in domains.items()
    }
    parts[NEWER].provenance["older"] = parts["train"].provenance
    return parts


def _matched(
    pairs: Sequence[SequencePair], domains: Sequence[Domain], part: str
) -> Iterator[tuple[ListedPair, bool]]:
    """Pairs with ids, and whether the listed level is the classification's.

    Of several domains with one sequence, those that agree are taken.
    """
    by_sequence: dict[str, list[Domain]] = defaultdict(list)
    for domain in domains:
        by_sequence[domain.sequence].append(domain)
    for number, (sequences, listed) in enumerate(pairs, start=1):
        found = list(product(*(by_sequence.get(text, ()) for text in sequences)))
        if not found:
            raise ProtlangError(
                f"pair {number} listed for the {part} part has a sequence of none of "
                "its domains; fetch the archive again"
            )
        agreeing = [two for two in found if _level(*two) == listed]
        one, other = (agreeing or found)[0]
        yield ListedPair((one.id, other.id), sequences, listed), bool(agreeing)


def _level(first: Domain, second: Domain) -> int:
    return level(first.sccs, second.sccs)
