"""Annotation of SCOPe's domains for SeqVec's Figure 3: class, enzyme, kingdom of life.

Source: SeqVec, Methods, "Visualization of embedding space". E.C. numbers come from
SIFTS; domains without any, and those whose PDB entry has more than one, are left out of
that panel. Taxa come from SIFTS, kingdoms from UniProt; domains without are left out.

A domain that spans several chains has the numbers and taxa of all of them. Where the
chains of one domain belong to several kingdoms, it is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from protlang.errors import ProtlangError
from protlang.files import atomic_path, require_file
from protlang.formats import ecpred, sifts, speclist
from protlang.formats.astral import Domain
from protlang.formats.sifts import ChainName, Facts
from protlang.sources.catalogue import Source

CLASSES = {
    "a": "All alpha",
    "b": "All beta",
    "c": "Alpha/beta",
    "d": "Alpha+beta",
    "e": "Multi-domain",
    "f": "Membrane",
    "g": "Small",
}
"""SCOPe's classes of real domains, by their letters."""

ENZYMES = {
    "1": "Oxidoreductases",
    "2": "Transferases",
    "3": "Hydrolases",
    "4": "Lyases",
    "5": "Isomerases",
    "6": "Ligases",
    "7": "Translocases",
}
"""Main classes of enzymes, by the first digit of their E.C. numbers; 7 since 2018."""

KINGDOMS = {"A": "Archaea", "B": "Bacteria", "E": "Eukaryota", "V": "Viruses"}
"""By UniProt's letters."""

PANELS = ("class", "ec", "kingdom")
"""Columns that Figure 3 B, C and D are coloured by."""

PAPER_DOMAINS = 14_323
"""SeqVec, Methods: SCOPe 2.07 at 40 %, before any is left out."""

NO_CHAIN = "no chain in SIFTS"
NO_NUMBER = "no E.C. number"
SEVERAL_NUMBERS = "several E.C. numbers in its PDB entry"
NO_TAXON = "no taxon"
UNLISTED_TAXON = "taxon not in UniProt's list"
OTHER_KINGDOM = "neither a kingdom of life nor viruses"
SEVERAL_KINGDOMS = "several kingdoms"
OTHER_CLASS = "none of the seven classes"


@dataclass(frozen=True)
class ChainFacts:
    """Annotation of the PDB's chains.

    Attributes:
        accessions: of UniProt, for the chains in SIFTS.
        enzymes: E.C. numbers.
        taxa: taxon numbers; empty if only ASTRAL's headers have them.
        kingdoms: letters of taxon numbers, as UniProt has them.
    """

    accessions: Facts
    enzymes: Facts
    taxa: Facts
    kingdoms: Mapping[int, str]


def read_chain_facts(
    domains: Sequence[Domain], files: Mapping[str, Path]
) -> ChainFacts:
    """Read the annotation of the PDB entries of some domains.

    Args:
        domains: whose entries are read.
        files: SIFTS's `uniprot`, UniProt's `speclist`, SIFTS's `enzyme` or in its place
            ECPred's `ecpred`, and SIFTS's `taxonomy` if it is there.

    Raises:
        ProtlangError: if a file is missing or damaged.
    """
    entries = {domain.pdb for domain in domains}
    accessions = sifts.read_accessions(files["uniprot"], entries)
    return ChainFacts(
        accessions,
        sifts.read_enzymes(files["enzyme"], entries)
        if "enzyme" in files
        else _enzymes_of_accessions(accessions, files["ecpred"]),
        sifts.read_taxa(files["taxonomy"], entries) if "taxonomy" in files else {},
        speclist.read_kingdoms(files["speclist"]),
    )


def annotate(domains: Iterable[Domain], facts: ChainFacts) -> pd.DataFrame:
    """Class, E.C. main class and kingdom of each domain, or why there is none.

    Returns:
        A row per domain, in order: `id, sccs, chains` (`1dlw_A`), `class`,
        `class_reason`, `ec`, `ec_reason`, `ec_numbers` (of its own chains), `kingdom`,
        `kingdom_reason`, `tax_ids`. All are texts; absent ones are empty. Of each pair
        of label and reason exactly one is empty.

    Raises:
        ProtlangError: if an id occurs twice, or there is no domain.
    """
    by_entry = _by_entry(facts.enzymes)
    rows: dict[str, dict[str, str]] = {}
    for domain in domains:
        if domain.id in rows:
            raise ProtlangError(f"domain {domain.id} occurs twice; remove one of them")
        rows[domain.id] = _row(domain, facts, by_entry)
    if not rows:
        raise ProtlangError("there is no domain to annotate; fetch SCOPe again")
    return pd.DataFrame(rows.values())


def check_counts(
    domains: Sequence[Domain], invariants: Mapping[str, int], origin: str
) -> None:
    """Compare numbers of domains, folds, superfamilies and families with known ones.

    Raises:
        ProtlangError: if one is another than its source declares.
    """
    levels = {"folds": 2, "superfamilies": 3, "families": 4}
    found = {
        "proteins": len(domains),
        **{
            name: len({tuple(d.sccs.split(".")[:depth]) for d in domains})
            for name, depth in levels.items()
        },
    }
    for name, expected in invariants.items():
        if found.get(name) != expected:
            raise ProtlangError(
                f"{origin} holds {found.get(name)} {name}, not {expected}: it is "
                "another release or incomplete; fetch it again, or correct "
                f"invariants.{name} of this source if you mean to use it"
            )


def count_panels(annotations: pd.DataFrame) -> pd.DataFrame:
    """How many domains each panel of Figure 3 shows and leaves out, and why.

    Returns:
        Columns `panel, what, domains, shown`: a row per label and per reason, and a row
        `all` of shown ones for each panel.
    """
    parts = []
    for panel in PANELS:
        labels = _counts(annotations[panel]).assign(shown=True)
        total = pd.DataFrame({"what": ["all"], "domains": [labels["domains"].sum()]})
        reasons = _counts(annotations[f"{panel}_reason"]).assign(shown=False)
        part = pd.concat([total.assign(shown=True), labels, reasons])
        parts.append(part.assign(panel=panel))
    columns = ["panel", "what", "domains", "shown"]
    return pd.concat(parts, ignore_index=True)[columns]


def provenance(
    source: Source,
    files: Mapping[str, Path],
    annotations: pd.DataFrame,
    simulated: bool,
) -> dict[str, Any]:
    """Where domains and annotations are from, for the metadata of a Parquet file."""
    return {
        **source.provenance(files, simulated),
        "left_out": [],
        "panels": {panel: int((annotations[panel] != "").sum()) for panel in PANELS},
        "paper_domains": PAPER_DOMAINS,
    }


def write_table(path: Path | str, table: pd.DataFrame) -> None:
    """Write annotations or counts as CSV, atomically; equal input, equal bytes."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def read_annotations(path: Path | str) -> pd.DataFrame:
    """Read annotations back, as `annotate` made them.

    Raises:
        ProtlangError: if the file is missing or no such table.
    """
    require_file(path, "annotate SCOPe's domains again")
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, OSError) as error:
        raise ProtlangError(f"{path} is damaged ({error}); make it again") from error
    missing = [name for name in ("id", *PANELS) if name not in table]
    if missing:
        raise ProtlangError(
            f"{path} lacks the columns {', '.join(missing)}; annotate SCOPe again"
        )
    return table


def _counts(column: pd.Series) -> pd.DataFrame:
    counts = column[column != ""].value_counts(sort=False).sort_index()
    return pd.DataFrame({"what": counts.index, "domains": counts.to_numpy()})


def _row(
    domain: Domain, facts: ChainFacts, numbers_of_entries: Mapping[str, frozenset[str]]
) -> dict[str, str]:
    chains = [ChainName(domain.pdb, name) for name in domain.chains]
    own_numbers = _union(facts.enzymes, chains)
    known = any(chain in facts.accessions for chain in chains)
    taxa = _union(facts.taxa, chains) or _own_taxon(domain)
    return {
        "id": domain.id,
        "sccs": domain.sccs,
        "chains": " ".join(f"{chain.pdb}_{chain.chain}" for chain in chains),
        **_labelled("class", CLASSES.get(domain.scop_class, ""), OTHER_CLASS),
        **_enzyme_class(own_numbers, numbers_of_entries.get(domain.pdb, own_numbers)),
        **({} if known or own_numbers else _labelled("ec", "", NO_CHAIN)),
        "ec_numbers": " ".join(sorted(own_numbers)),
        **_kingdom(taxa, facts.kingdoms),
        "tax_ids": " ".join(sorted(taxa, key=int)),
    }


def _labelled(panel: str, label: str, reason: str) -> dict[str, str]:
    return {panel: label, f"{panel}_reason": "" if label else reason}


def _enzyme_class(own: frozenset[str], of_entry: frozenset[str]) -> dict[str, str]:
    if not own:
        return _labelled("ec", "", NO_NUMBER)
    if len(of_entry) > 1:
        return _labelled("ec", "", SEVERAL_NUMBERS)
    return _labelled("ec", ENZYMES.get(min(own)[0], ""), NO_NUMBER)


def _kingdom(taxa: frozenset[str], kingdoms: Mapping[int, str]) -> dict[str, str]:
    if not taxa:
        return _labelled("kingdom", "", NO_TAXON)
    letters = {kingdoms[int(taxon)] for taxon in taxa if int(taxon) in kingdoms}
    if len(letters) > 1:
        return _labelled("kingdom", "", SEVERAL_KINGDOMS)
    if not letters:
        return _labelled("kingdom", "", UNLISTED_TAXON)
    return _labelled("kingdom", KINGDOMS.get(min(letters), ""), OTHER_KINGDOM)


def _own_taxon(domain: Domain) -> frozenset[str]:
    """The taxon in ASTRAL's header, for chains that SIFTS gives none."""
    return frozenset(() if domain.tax_id is None else [str(domain.tax_id)])


def _union(facts: Facts, chains: Iterable[ChainName]) -> frozenset[str]:
    return frozenset().union(*(facts.get(chain, frozenset()) for chain in chains))


def _by_entry(facts: Facts) -> dict[str, frozenset[str]]:
    """What all chains of an entry have together."""
    entries: dict[str, frozenset[str]] = {}
    for chain, values in facts.items():
        entries[chain.pdb] = entries.get(chain.pdb, frozenset()) | values
    return entries


def _enzymes_of_accessions(accessions: Facts, path: Path) -> Facts:
    """E.C. numbers of chains through those of their UniProt entries."""
    wanted = frozenset().union(*accessions.values())
    numbers = ecpred.read(path, wanted)
    return {
        chain: frozenset().union(*(numbers.get(name, frozenset()) for name in names))
        for chain, names in accessions.items()
    }
