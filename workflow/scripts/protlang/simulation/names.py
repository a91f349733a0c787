"""Names of the simulated files, `<source>/<file>` as in `config/sources.yaml`."""

ARRAYS = {
    "train": "netsurfp2-train/Train_HHblits.npz",
    "cb513": "netsurfp2-cb513/CB513_HHblits.npz",
    "ts115": "netsurfp2-ts115/TS115_HHblits.npz",
    "casp12": "netsurfp2-casp12/CASP12_HHblits.npz",
}
"""The array of each set."""

SEQRES = "pdb-seqres/pdb_seqres.txt.gz"

CORPORA = {
    "uniref50": "uniref50/uniref50.fasta.gz",
    "uniref90": "uniref90/uniref90.fasta.gz",
    "swissprot": "swissprot/uniprot_sprot.fasta.gz",
}
"""The corpora of language models, by their sources."""

DEEPLOC = "deeploc-1/deeploc_data.fasta"

SCOPE = {
    "domains": "scope-2.07-40/astral-scopedom-seqres-gd-sel-gs-bib-40-2.07.fa",
    "uniprot": "sifts/pdb_chain_uniprot.csv.gz",
    "enzyme": "sifts/pdb_chain_enzyme.csv.gz",
    "taxonomy": "sifts/pdb_chain_taxonomy.csv.gz",
    "speclist": "uniprot-speclist/speclist.txt",
}
"""SCOPe's domains, and what is known of the chains they are from."""

PFAM = "pfam-27/Pfam-A.fasta.gz"

HOMOLOGY = {
    "2.06": "scope-2.06-95/astral-scopedom-seqres-gd-sel-gs-bib-95-2.06.fa",
    "2.07": "scope-2.07-95/astral-scopedom-seqres-gd-sel-gs-bib-95-2.07.fa",
    "contacts": "p-elmo-scope/scope.tar.gz",
}
"""Two releases of SCOPe's domains, and an archive of contact maps, split and lists."""

PLUS = {
    "stability": "tape-stability/stability.tar.gz",
    "fluorescence": "tape-fluorescence/fluorescence.tar.gz",
    "solubility": "deepsol/deepsol.zip",
    "transmembrane": "topcons2/TOPCONS2.0_datasets.zip",
}
"""The sets, beside these, that PLUS is fine-tuned on."""

LANGUAGE_MODEL = "seqvec-checkpoint/seqvec_checkpoint.tar.gz"
"""An ELMo with its softmax."""

FILES = (
    *ARRAYS.values(),
    SEQRES,
    *CORPORA.values(),
    DEEPLOC,
    *SCOPE.values(),
    PFAM,
    *HOMOLOGY.values(),
    *PLUS.values(),
    LANGUAGE_MODEL,
)
"""All files that the simulator writes."""
