"""UniRef and Swiss-Prot of the simulated world: what language models are trained on.

They hold relatives of the chains whose structures were "solved", a few of those chains
themselves, members of families without any structure, and some records that a corpus
has to repair or to leave out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from protlang.alphabet import AMINO_ACIDS
from protlang.formats.lines import fasta_lines, write_lines
from protlang.proteins import SIMULATED_MARK
from protlang.simulation.families import Family
from protlang.simulation.substitution import GAP
from protlang.simulation.world import SETS, World, simulate_set, stream

DEPOSITED_EVERY = 8
"""One in so many solved chains stands in the corpus as it is."""

SWISSPROT_EVERY = 5
"""One in so many entries was "reviewed"."""

REDUNDANCY = {50: 1, 90: 2}
"""How many times as many relatives a release of UniRef has, by its level."""

_LETTERS = np.frombuffer(f"{AMINO_ACIDS}-".encode(), dtype=np.uint8)


@dataclass(frozen=True)
class Entry:
    """One protein of the corpus.

    Attributes:
        accession: begins with 0, which no real accession does.
        family: its number.
        sequence: as it is to stand in the file.
    """

    accession: str
    family: int
    sequence: str


def simulate_corpus(world: World, level: int = 50) -> list[Entry]:
    """The proteins of the simulated UniRef, in random order, unusual records last.

    Args:
        world: of families and chains.
        level: of UniRef, 50 or 90.
    """
    config = world.config
    rng = stream(config.seed, "corpus")
    families = [family for name in SETS for family in world.families[name]]
    families += simulate_set(config, config.corpus["families"], rng)
    members = [
        (number, sequence)
        for number, family in enumerate(families)
        for sequence in _relatives(
            family, REDUNDANCY[level] * config.corpus["relatives"]
        )
    ]
    chains = [chain for name in SETS for chain in world.chains[name]]
    members += [
        (number, chain.protein.sequence)
        for number, chain in enumerate(chains)
        if number % DEPOSITED_EVERY == 0
    ]
    members = [members[place] for place in rng.permutation(len(members))]
    entries = [
        Entry(f"0SIM{serial:05d}", *member) for serial, member in enumerate(members)
    ]
    return [*entries, *_unusual_entries(entries)]


def write_uniref(path: Path | str, entries: Sequence[Entry], level: int = 50) -> None:
    """Write `uniref50.fasta.gz`, or that of another level; equal entries, equal bytes.

    Headers as in the real file: `>UniRef50_Q6GZX4 Putative transcription factor 001R
    n=47 Tax=root TaxID=1 RepID=001R_FRG3G`.
    """
    _write(
        path,
        (
            (
                f"UniRef{level}_{entry.accession} {_describe(entry)} n=1 Tax=root "
                f"TaxID=1 RepID={entry.accession}_0SIM",
                entry.sequence,
            )
            for entry in entries
        ),
    )


def write_swissprot(path: Path | str, entries: Sequence[Entry]) -> None:
    """Write the reviewed ones as `uniprot_sprot.fasta.gz`.

    Headers as in the real file: `>sp|Q6GZX4|001R_FRG3G Putative transcription factor
    001R OS=Frog virus 3 OX=654924 PE=4 SV=1`.
    """
    _write(
        path,
        (
            (
                f"sp|{entry.accession}|{entry.accession}_0SIM {_describe(entry)} "
                "OS=Nihil fictum OX=1 PE=5 SV=1",
                entry.sequence,
            )
            for entry in entries[::SWISSPROT_EVERY]
        ),
    )


def _relatives(family: Family, most: int) -> Iterator[str]:
    """Yield the youngest relatives of the member whose structure was solved."""
    for member in family.alignment[:-1][-most:]:
        yield _LETTERS[member[member != GAP]].tobytes().decode()


def _unusual_entries(entries: Sequence[Entry]) -> list[Entry]:
    """A record for each case that reading a corpus has to deal with."""
    sequence = entries[0].sequence
    middle = len(sequence) // 2
    head, tail = sequence[:middle], sequence[middle:]
    unusual = {
        "0SIMLOWER": sequence.lower(),
        "0SIMSTOP": f"{tail}{head}*",
        "0SIMJ": f"{head}J{tail}",
        "0SIMRARE": f"{head}BUZOX{tail}",
        "0SIMINNERSTOP": f"{head}*{tail}",
        "0SIMGAP": f"{head}-{tail}",
        "0SIMDIGIT": f"{head}1{tail}",
        "0SIMSPACE": f"{head} {tail}",
        "0SIMFOREIGN": f"{head}Å{tail}",
        "0SIMEMPTY": "",
    }
    twice = replace(entries[0], sequence=entries[-1].sequence)
    return [*(Entry(name, 0, text) for name, text in unusual.items()), twice]


def _describe(entry: Entry) -> str:
    return f"Putative protein of family {entry.family}, {SIMULATED_MARK}"


def _write(path: Path | str, records: Iterable[tuple[str, str]]) -> None:
    write_lines(path, [line for record in records for line in fasta_lines(*record)])
