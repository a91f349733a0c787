"""SeqVec: every number in the paper's text beside ours, except the timed embeddings.

Those have a table of their own (`protlang.tables.seqvec_timings`). Some of the paper's
numbers are ranges, pairs or words; ours stand beside them in the same form. How they
are compared is the rule of each (`protlang.tables.intext.rules.RULES`); a number that
the project does not compute is `not run`, with the reason.
"""

import pandas as pd

from protlang.corpora.token_store import read_meta
from protlang.datasets.splits import read_provenance
from protlang.experiments.targets import statements
from protlang.tables.inputs import Inputs
from protlang.tables.intext import seqvec_files
from protlang.tables.intext.listing import added_rows, fill_list
from protlang.tables.intext.perplexity import own_rows
from protlang.tables.intext.seqvec import SeqVecEvidence
from protlang.tables.intext.seqvec_entries import ENTRIES
from protlang.tables.seqvec_timings import prediction_seconds


def compute(inputs: Inputs) -> pd.DataFrame:
    """The rows of the table's CSV.

    Args:
        inputs: files `table1`, `table2`, `timings`, `figure_s4` (CSVs), `corpora`
            (`.../<corpus>/meta.json`), `encoder` and `measured` (a file of each
            encoder's folder), `splits`, `scope`, `trainings`, `prediction` and
            `proteome` with its `timed_encoder`, as far as there are any; the parameters
            `simulated` and, with `figure_s4`, `reference`, the method it compares with.
    """
    # Networks need PyTorch, as no other table does.
    from protlang.tables.network_sizes import seqvec_sizes

    config, simulated = inputs.config, inputs.params["simulated"]
    tables = inputs.cells("table1", "table2", "timings", "figure_s4")
    encoder, scope = next(inputs.folders("encoder"), None), inputs.optional("scope")
    model = seqvec_files.language_model(encoder) if encoder else None
    better = None
    if "figure_s4" in tables:
        reference = inputs.params["reference"]
        better = seqvec_files.better(tables["figure_s4"], reference, simulated)
    evidence = SeqVecEvidence(
        proteome=seqvec_files.timed_proteome(inputs),
        prediction_seconds=prediction_seconds(inputs),
        tables=tables,
        corpora={
            folder.name: read_meta(folder) for folder in inputs.folders("corpora")
        },
        language_model=model,
        measured=[
            found
            for folder in inputs.folders("measured")
            if (found := seqvec_files.language_model(folder))
        ],
        splits=seqvec_files.splits(inputs.paths("splits"), config),
        scope=read_provenance(scope) if scope else None,
        architecture=seqvec_sizes(),
        settings=seqvec_files.settings(config, model),
        training_seconds=seqvec_files.training_seconds(
            inputs.paths("trainings"), config
        ),
        better=better,
    )
    return fill(evidence, simulated)


def fill(evidence: SeqVecEvidence, simulated: bool) -> pd.DataFrame:
    """One row per number, in printed order (`protlang.tables.intext.listing`).

    After them come perplexities that the paper does not have.

    Args:
        evidence: results of the run.
        simulated: whether its data are simulated.
    """
    printed = fill_list(statements("SeqVec"), ENTRIES, evidence, simulated)
    added = added_rows(own_rows(evidence))
    return pd.concat([printed, added], ignore_index=True) if len(added) else printed
