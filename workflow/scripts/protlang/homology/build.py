"""Domains, pairs and contact maps of the homology task, from what SCOPe publishes.

A release's domains are divided into a training, a development and a test set. A newer
release adds a second test set: the domains that the older one has neither by id nor by
sequence. Copies of a sequence are in one part, so no test domain occurs in training.

Pairs are drawn within the parts. Contact maps are those of training and development
domains. Domains that are left out for their length, and those without a map, are
counted in the provenance and in the log.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from protlang.datasets.scope import check_counts
from protlang.errors import ProtlangError
from protlang.formats import archives, astral, contact_maps
from protlang.formats.astral import Domain
from protlang.homology.contacts import ContactData, write_contacts
from protlang.homology.domains import Domains, new_domains, split_domains
from protlang.homology.pair_sets import NEWER
from protlang.homology.pairs import FixedPairSettings
from protlang.sources.catalogue import Source

logger = logging.getLogger(__name__)


class Published(NamedTuple):
    """A downloaded source.

    Attributes:
        source: its declaration.
        path: of its file.
        simulated: whether the run simulates its sources; files may be marked, too.
    """

    source: Source
    path: Path
    simulated: bool


class Part(NamedTuple):
    """A release of SCOPe, or a part of it.

    Attributes:
        domains: in the order of the release.
        provenance: where they are from, and what was left out.
    """

    domains: list[Domain]
    provenance: dict[str, Any]


def read_release(published: Published) -> Part:
    """Read all domains of a release.

    Raises:
        ProtlangError: if the file is missing or damaged, an id occurs twice, a domain
            has no residues, or counts differ from the declared ones.
    """
    source, path, simulated = published
    domains = checked_domains(astral.read(path), path)
    simulated = simulated or astral.is_simulated(path)
    if not simulated:
        check_counts(domains, source.invariants, str(path))
    logger.info("%s: %d domains", path, len(domains))
    return Part(domains, source.provenance({"data": path}, simulated))


def checked_domains(domains: Iterable[Domain], path: Path) -> list[Domain]:
    """Domains, each named once and of one residue or more.

    Raises:
        ProtlangError: naming the path, if an id occurs twice or a domain has no
            residues.
    """
    collected: dict[str, Domain] = {}
    for domain in domains:
        if domain.id in collected:
            raise ProtlangError(
                f"{path}: domain {domain.id} occurs twice; remove one of them"
            )
        if not domain.sequence:
            raise ProtlangError(
                f"{path}: domain {domain.id} has no residues; fetch the file again or "
                "remove the domain"
            )
        collected[domain.id] = domain
    return list(collected.values())


def split_release(
    release: Part, split: Mapping[str, Any], longest: int | None
) -> dict[str, Part]:
    """Divide a release into `protlang.homology.domains.SPLITS`.

    Args:
        release: all of it.
        split: the shares `test` and `development`, and the `seed`.
        longest: residues; longer domains are left out. None sets no limit.

    Returns:
        Each with its `part` in the provenance, the `split` and how many domains are
        where, and what was left out.

    Raises:
        ProtlangError: if a part has fewer than two domains.
    """
    selected = _short(release, longest)
    parts = split_domains(
        selected.domains, split["test"], split["development"], split["seed"]
    )
    sizes = {name: len(domains) for name, domains in parts.items()}
    logger.info("domains of each part: %s", sizes)
    facts = {**selected.provenance, "split": {**split, "domains": sizes}}
    return {
        name: Part(domains, {**facts, "part": name, "proteins": len(domains)})
        for name, domains in parts.items()
    }


def added_domains(newer: Part, older: Part, longest: int | None) -> Part:
    """Domains of a newer release that an older one lacks.

    Args:
        newer: all of the newer release.
        older: all of the older one, with the provenance of the training set.
        longest: as of `split_release`; it does not limit the older release.

    Raises:
        ProtlangError: if there are fewer than two.
    """
    new = Part(new_domains(newer.domains, older.domains), newer.provenance)
    logger.info("%d domains are new in the newer release", len(new.domains))
    selected = _short(new, longest)
    _require_a_pair(selected, longest)
    facts = {
        "part": NEWER,
        "proteins": len(selected.domains),
        "known": len(newer.domains) - len(new.domains),
        "older": older.provenance,
    }
    return Part(selected.domains, {**selected.provenance, **facts})


def build_domains(
    release: Part, newer: Part | None, settings: Mapping[str, Any]
) -> dict[str, Part]:
    """All sets of domains: train, development, test and, with a newer release, newer.

    Args:
        release: to train and test on.
        newer: whose new domains are another test set.
        settings: `split` as of `split_release`, and `longest` if there is a limit.

    Raises:
        ProtlangError: if a set has fewer than two domains.
    """
    longest = settings.get("longest")
    parts = split_release(release, settings["split"], longest)
    if newer is None:
        return parts
    older = Part(release.domains, parts["train"].provenance)
    return {**parts, NEWER: added_domains(newer, older, longest)}


def as_domains(part: Part) -> Domains:
    """A part as it is read back from its file."""
    return Domains(
        [domain.id for domain in part.domains],
        [domain.sccs for domain in part.domains],
        [domain.sequence for domain in part.domains],
        part.provenance,
    )


def pair_settings(pairs: Mapping[str, Any], part: str) -> FixedPairSettings:
    """Settings of the pairs of a part.

    Args:
        pairs: the number of pairs by part, all of them where there is none, and the
            `seed`.
        part: such as `test`.
    """
    return FixedPairSettings(pairs["seed"], pairs.get(part))


def build_contacts(
    path: Path | str, published: Published, release: str, domains: Sequence[Domain]
) -> None:
    """Write the contact maps of some domains, atomically: equal input, equal bytes.

    Args:
        path: of the file (`protlang.homology.contacts`).
        published: the archive of maps.
        release: of SCOPe that the domains are of, such as `2.06`.
        domains: whose maps are written.

    Raises:
        ProtlangError: if the archive is damaged or has no map of these domains.
    """
    source, archive, simulated = published
    simulated = simulated or archives.is_simulated(archive)
    about = source.provenance({"data": archive}, simulated)
    file = about.pop("files")["data"]
    lengths = {domain.id: len(domain.sequence) for domain in domains}
    maps = contact_maps.read(archive, release, lengths)
    facts = {
        "file": file["name"],
        "sha256": file["sha256"],
        "scope": release,
        "domains": len(lengths),
    }
    write_contacts(path, maps, lengths, {**about, **facts})
    _log_contact_map_counts(path)


def _short(part: Part, longest: int | None) -> Part:
    """Domains up to the limit; longer ones are counted, as `longer`."""
    short = [d for d in part.domains if longest is None or len(d.sequence) <= longest]
    longer = len(part.domains) - len(short)
    if longer:
        logger.info("left out: %d (more than %d residues)", longer, longest)
    return Part(short, {**part.provenance, "longest": longest, "longer": longer})


def _require_a_pair(part: Part, longest: int | None) -> None:
    if len(part.domains) < 2:
        raise ProtlangError(
            f"the newer release of SCOPe adds {len(part.domains)} domains of at most "
            f"{longest} residues, but two make a pair; raise `longest` or leave it out"
        )


def _log_contact_map_counts(path: Path | str) -> None:
    """Log how many domains have a map."""
    found = ContactData(path).provenance
    other_length, written = found["other_length"], found["maps"]
    logger.info(
        "contact maps: %d; %d domains have none, %d one of another length",
        written,
        found["domains"] - written - other_length,
        other_length,
    )
