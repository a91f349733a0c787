"""Provenance of the pairs that homology is scored on: differences from PLUS's.

PLUS took P-ELMo's domains and pairs: SCOPe 2.06 at 95 %, split into domains to train
and to test on, with 100,000 pairs of the latter, and all pairs of the domains that came
with SCOPe 2.07. P-ELMo's archive lists them; domains and pairs that are drawn anew
differ.

Sources: PLUS, Section 4.3; P-ELMo, "Results".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from protlang.encoders.provenance import SetFacts
from protlang.protocol import Deviation, Deviations, merged, simulated_parts

PAPER_SOURCE, PAPER_NEWER_SOURCE = "scope-2.06-95", "scope-2.07-95"
"""The paper's domains, by the names of their sources."""

PAPER_LISTS = "p-elmo-scope"
"""The paper's split and pairs, by the name of their source."""

PAPER_DOMAINS: Mapping[str, int] = {"train": 22_408, "test": 5_602}
"""Of P-ELMo's split, before any are set aside for validation."""

PAPER_TEST_PAIRS = 100_000


def homology_deviations(*pairs: Mapping[str, Any]) -> Deviations:
    """How domains and pairs differ from the paper's.

    Args:
        pairs: the provenance of one or more sets of pairs, as
            `homology_pairs.read_fixed_pairs` has it.
    """
    return merged(*map(_deviations, pairs))


def pair_facts(pairs: Mapping[str, Any]) -> SetFacts:
    """What is known of a set of pairs.

    Args:
        pairs: as of `homology_deviations`.
    """
    simulated = any(origin["simulated"] for origin in _origins(pairs))
    parts = simulated_parts({"test pairs": simulated})
    return SetFacts(simulated, homology_deviations(pairs) + parts)


def training_deviations(domains: Mapping[str, Any], count: int) -> Deviations:
    """How the domains that a model learns from differ from the paper's.

    Args:
        domains: provenance of the training set.
        count: of its domains.
    """
    how = "split anew" if "split" in domains else ""
    if "listed" in domains and _listed_sizes(domains) != PAPER_DOMAINS:
        how = "of a list of another size"
    if domains["longer"]:
        how = how or f"none of more than {domains['longest']:,} residues"
    parts = simulated_parts({"training domains": domains["simulated"]})
    if not how and domains["source"] in (PAPER_SOURCE, PAPER_LISTS):
        return parts
    ours = ", ".join(filter(None, (f"{count:,} of {domains['source']}", how)))
    paper = f"{PAPER_DOMAINS['train']:,} of {PAPER_SOURCE} with a development set"
    return (Deviation("training domains", ours, paper), *parts)


def _origins(pairs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Releases behind pairs: the one learned from first, then a newer one."""
    domains = pairs["domains"]
    if "older" in domains:
        yield domains["older"]
    yield domains


def _deviations(pairs: Mapping[str, Any]) -> Iterator[Deviation]:
    papers = (PAPER_SOURCE, PAPER_NEWER_SOURCE)
    for origin, paper in zip(_origins(pairs), papers, strict=False):
        if origin["source"] not in (paper, PAPER_LISTS):
            yield Deviation("test domains", origin["source"], paper)
        if "split" in origin:
            yield _of_split("drawn anew", origin["split"]["domains"])
        if "listed" in origin and _listed_sizes(origin) != PAPER_DOMAINS:
            yield _of_split("as listed", _listed_sizes(origin))
        if origin["longer"]:
            yield _of_length(origin)
    yield from _of_number(pairs)


def _listed_sizes(origin: Mapping[str, Any]) -> dict[str, int]:
    """Of a published split; its development set is part of P-ELMo's training set."""
    listed = origin["listed"]
    train = listed["train"] + listed["development"]
    return {"train": train, "test": listed["test"]}


def _of_split(how: str, sizes: Mapping[str, int]) -> Deviation:
    ours, paper = (
        f"{number['train']:,} domains to train and {number['test']:,} to test on"
        for number in (sizes, PAPER_DOMAINS)
    )
    return Deviation("test split and pairs", f"{how}, {ours}", paper)


def _of_length(origin: Mapping[str, Any]) -> Deviation:
    new = "new " if "older" in origin else ""
    return Deviation(
        "test domains left out",
        f"{origin['longer']:,} {new}ones of {origin['source']} of more than "
        f"{origin['longest']:,} residues",
        "none",
    )


def _of_number(pairs: Mapping[str, Any]) -> Iterator[Deviation]:
    """Numbers of test pairs; how many development pairs there are is not stated."""
    count, domains = pairs["pairs"], pairs["domains"]
    if domains["part"] == "test" and count != PAPER_TEST_PAIRS:
        yield Deviation("test pairs", f"{count:,}", f"{PAPER_TEST_PAIRS:,}")
    every = domains["proteins"] * (domains["proteins"] - 1) // 2
    if "older" in domains and "listed" not in domains and count != every:
        yield Deviation("test pairs of new domains", f"{count:,}", f"all {every:,}")
