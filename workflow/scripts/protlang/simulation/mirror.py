"""The simulated world as a folder of upstream files, ready to be "downloaded"."""

from collections.abc import Iterator
from pathlib import Path

from protlang import __version__
from protlang.files import write_text
from protlang.formats import netsurfp, seqres
from protlang.records import SIMULATED_MARK, Protein
from protlang.simulation import uniref
from protlang.simulation.chains import draw_domains
from protlang.simulation.world import (
    SETS,
    SimulationConfig,
    World,
    simulate_world,
    stream,
)

ARRAYS = {
    "train": "netsurfp2-train/Train_HHblits.npz",
    "cb513": "netsurfp2-cb513/CB513_HHblits.npz",
    "ts115": "netsurfp2-ts115/TS115_HHblits.npz",
    "casp12": "netsurfp2-casp12/CASP12_HHblits.npz",
}
"""The array of each set, `<source>/<file>` as in `config/sources.yaml`."""

SEQRES = "pdb-seqres/pdb_seqres.txt.gz"

CORPORA = {
    "uniref50": "uniref50/uniref50.fasta.gz",
    "swissprot": "swissprot/uniprot_sprot.fasta.gz",
}
"""The corpora of language models, by their sources."""

NOTICE = "SIMULATED.txt"

CHAIN_DESCRIPTION = SIMULATED_MARK

_EXPRESSION_TAG = "MGSSHHHHHHSSGLVPRGSH"

_NOTICE_TEXT = """\
The files in this folder are simulated. None of them holds a real protein.

protlang {version} wrote them with seed {seed}, in the formats of the public files of
the same names, so that its workflow can be run and tested without a download. They
follow from `simulation` in the config: equal settings give equal bytes.

How to tell them from real files: PDB codes begin with 0, which no real code does;
headers of {seqres} end in "{description}"; each .npz file
has a third array, `provenance`; accessions of the corpora begin
with 0, which no real one does, and their headers hold "{description}".
"""


def write_mirror(config: SimulationConfig, folder: Path | str) -> None:
    """Simulate a world and write every upstream file of it.

    Args:
        config: of the world.
        folder: receives `<source>/<file>` for all sources, and `SIMULATED.txt`.
    """
    folder = Path(folder)
    world = simulate_world(config)
    provenance = f"simulated by protlang {__version__} with seed {config.seed}"
    for set_name, name in ARRAYS.items():
        netsurfp.write(
            folder / name,
            _entries(world, set_name),
            provenance,
            {chain.protein.id: chain.geometry for chain in world.chains[set_name]},
        )
    seqres.write(folder / SEQRES, _deposited_chains(world), CHAIN_DESCRIPTION)
    corpus = uniref.simulate_corpus(world)
    uniref.write_uniref50(folder / CORPORA["uniref50"], corpus)
    uniref.write_swissprot(folder / CORPORA["swissprot"], corpus)
    write_text(
        folder / NOTICE,
        _NOTICE_TEXT.format(
            version=__version__,
            seed=config.seed,
            seqres=SEQRES,
            description=CHAIN_DESCRIPTION,
        ),
    )


def _entries(world: World, set_name: str) -> list[Protein]:
    """The array's rows: the set's chains, those of CB513 with masks and repeats."""
    proteins = [chain.protein for chain in world.chains[set_name]]
    if set_name != "cb513":
        return proteins
    rng = stream(world.config.seed, "domains")
    repeated = world.config.repeated_chains(set_name)
    return [
        domain
        for number, protein in enumerate(proteins)
        for domain in draw_domains(protein, 2 if number < repeated else 1, rng)
    ]


def _deposited_chains(world: World) -> Iterator[tuple[str, str]]:
    """Yield id and sequence of all chains, the last of each set unlike the arrays.

    These lack an entry, or have one that is longer or shorter, in turn.
    """
    for set_name in SETS:
        proteins = [chain.protein for chain in world.chains[set_name]]
        matched = len(proteins) - world.config.unmatched[set_name]
        for protein in proteins[:matched]:
            yield protein.id, protein.sequence
        for number, protein in enumerate(proteins[matched:]):
            if number % 3 == 1:
                yield protein.id, _EXPRESSION_TAG + protein.sequence
            elif number % 3 == 2:
                yield protein.id, protein.sequence[1:]
