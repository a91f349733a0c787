"""The simulated world as a folder of upstream files, ready to be "downloaded"."""

from collections.abc import Iterator
from pathlib import Path

from protlang import __version__
from protlang.files import write_text
from protlang.formats import (
    archives,
    astral,
    bilm_checkpoint,
    contact_maps,
    deeploc,
    deepsol,
    netsurfp,
    pfam,
    seqres,
    sifts,
    speclist,
    tape,
    topcons,
)
from protlang.proteins import SIMULATED_MARK, Protein
from protlang.simulation import uniref
from protlang.simulation.chains import draw_domains
from protlang.simulation.deeploc import simulate_deeploc
from protlang.simulation.fluorescence import simulate_fluorescence
from protlang.simulation.homology import RELEASES, simulate_homology
from protlang.simulation.language_model import simulate_checkpoint
from protlang.simulation.names import (
    ARRAYS,
    CORPORA,
    DEEPLOC,
    HOMOLOGY,
    LANGUAGE_MODEL,
    PFAM,
    PLUS,
    SCOPE,
    SEQRES,
)
from protlang.simulation.pfam import simulate_pfam
from protlang.simulation.scope import simulate_scope
from protlang.simulation.scope_lists import split_and_lists
from protlang.simulation.solubility import simulate_solubility
from protlang.simulation.stability import simulate_stability
from protlang.simulation.transmembrane import simulate_transmembrane
from protlang.simulation.world import (
    SETS,
    SimulationConfig,
    World,
    simulate_world,
    stream,
)

NOTICE = "SIMULATED.txt"

CHAIN_DESCRIPTION = SIMULATED_MARK

_EXPRESSION_TAG = "MGSSHHHHHHSSGLVPRGSH"

_NOTICE_TEXT = """\
The files in this folder are simulated. None of them holds a real protein.

protlang {version} wrote them with seed {seed}, in the formats of the public files of
the same names, so that its workflow can be run and tested without a download. They
follow from `simulation` in the config: equal settings give equal bytes.

How to distinguish them from real files: PDB codes begin with 0, which no real code
does; headers of {seqres} end in "{description}"; each .npz file has a third array,
`provenance`; accessions of the corpora and of DeepLoc's proteins begin with 0, which no
real one does, and their headers hold "{description}", as do those of SCOPe's domains
and the first lines of SIFTS; species codes begin with 0, as do Pfam's accessions, and
all its headers end in "{description}". Archives hold a file {notice} before all others.
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
    uniref.write_uniref(folder / CORPORA["uniref50"], corpus)
    larger = uniref.simulate_corpus(world, level=90)
    uniref.write_uniref(folder / CORPORA["uniref90"], larger, level=90)
    uniref.write_swissprot(folder / CORPORA["swissprot"], corpus)
    deeploc.write(folder / DEEPLOC, simulate_deeploc(config), simulated=True)
    _write_scope(folder, config)
    pfam.write(folder / PFAM, simulate_pfam(config), SIMULATED_MARK)
    _write_homology(folder, config)
    _write_plus(folder, config)
    bilm_checkpoint.write(folder / LANGUAGE_MODEL, simulate_checkpoint(config))
    write_text(
        folder / NOTICE,
        _NOTICE_TEXT.format(
            version=__version__,
            seed=config.seed,
            seqres=SEQRES,
            description=CHAIN_DESCRIPTION,
            notice=NOTICE,
        ),
    )


def _write_scope(folder: Path, config: SimulationConfig) -> None:
    scope = simulate_scope(config)
    astral.write(folder / SCOPE["domains"], scope.domains)
    rows_of_files = {
        "uniprot": (sifts.UNIPROT_COLUMNS, scope.accessions),
        "enzyme": (sifts.ENZYME_COLUMNS, scope.enzymes),
        "taxonomy": (sifts.TAXONOMY_COLUMNS, scope.taxa),
    }
    for role, (columns, rows) in rows_of_files.items():
        sifts.write(folder / SCOPE[role], SIMULATED_MARK, columns, rows)
    speclist.write(folder / SCOPE["speclist"], scope.species, SIMULATED_MARK)


def _write_homology(folder: Path, config: SimulationConfig) -> None:
    homology = simulate_homology(config)
    for release in RELEASES:
        astral.write(folder / HOMOLOGY[release], homology.domains[release])
    members = {
        f"SCOPe/{name}": text.encode()
        for name, text in split_and_lists(homology, config.seed).items()
    }
    members |= contact_maps.members(homology.maps)
    archives.pack(folder / HOMOLOGY["contacts"], members, simulated=True)


def _write_plus(folder: Path, config: SimulationConfig) -> None:
    engineered = {
        "stability": simulate_stability(config),
        "fluorescence": simulate_fluorescence(config),
    }
    for task, parts in engineered.items():
        tape.write_lmdb(folder / PLUS[task], task, parts, simulated=True)
    solubility = simulate_solubility(config)
    deepsol.write_zip(folder / PLUS["solubility"], solubility, simulated=True)
    membrane = simulate_transmembrane(config)
    topcons.write_archive(folder / PLUS["transmembrane"], membrane, simulated=True)


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
