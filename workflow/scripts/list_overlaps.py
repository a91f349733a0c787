"""List the proteins of a corpus that have the sequence of a test protein."""

from pathlib import Path

import pandas as pd

from protlang.corpora.token_store import Overlap, TokenStore, overlaps
from protlang.datasets.splits import read_split
from protlang.files import write_text
from protlang.logs import logged

with logged(snakemake.log[0]):
    test_sets = {
        Path(path).parent.name: read_split(path).proteins
        for path in snakemake.input.tests
    }
    found = overlaps(TokenStore(Path(snakemake.input.corpus[0]).parent), test_sets)
    table = pd.DataFrame(found, columns=list(Overlap._fields)).assign(left_out=False)
    write_text(snakemake.output.overlaps, table.to_csv(index=False))
