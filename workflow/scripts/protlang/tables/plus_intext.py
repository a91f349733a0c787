"""PLUS: every number in the paper's text beside ours.

How they are compared is the rule of each (`protlang.tables.intext.rules.RULES`); a
number that a run does not compute is `not run`, with the reason.
"""

from collections.abc import Mapping

import pandas as pd

from protlang.corpora.token_store import read_meta
from protlang.experiments.encoders import PLUS, Encoders
from protlang.sources.catalogue import load_sources
from protlang.tables.cells import read_cells
from protlang.tables.inputs import Inputs
from protlang.tables.intext import plus
from protlang.tables.intext.listing import Entry, fill_list
from protlang.tables.intext.plus import PlusEvidence
from protlang.tables.intext.rules import BELOW, EXACTLY, ROUNDED
from protlang.tables.targets import statements

ENTRIES: Mapping[tuple[str, str], Entry[PlusEvidence]] = {
    ("Pfam 27.0", "sequences"): (EXACTLY, plus.of_corpus("proteins")),
    ("Pfam 27.0", "families"): (EXACTLY, plus.of_corpus("families", "families")),
    ("train/test split", "share"): (EXACTLY, plus.held_out_share),
    ("minimum length", "residues"): (EXACTLY, plus.selected("shortest")),
    ("minimum family size (training)", "sequences"): (
        EXACTLY,
        plus.selected("smallest_family"),
    ),
    ("PLUS training set", "sequences"): (EXACTLY, plus.training_set("domains")),
    ("PLUS training set", "families"): (EXACTLY, plus.training_set("families")),
    ("PLUS-RNN_BASE", "parameters"): (ROUNDED, plus.of_network),
    ("PLUS-RNN_LARGE", "parameters"): (ROUNDED, plus.of_network),
    ("P-ELMo", "parameters"): (ROUNDED, plus.of_network),
    ("PLUS-TFM", "parameters"): (ROUNDED, plus.of_network),
    ("PLUS-RNN", "embedding / projection dimension"): (EXACTLY, plus.of_network),
    ("MLM", "selected residues"): (EXACTLY, plus.masked_share),
    ("MLM", "mask/random/keep"): (EXACTLY, plus.masked_how),
    ("SFP", "same-family share"): (ROUNDED, plus.same_family),
    ("P-ELMo pre-training set", "extra sequences"): (ROUNDED, plus.extra_domains),
    ("PLUS-TFM", "maximum length"): (EXACTLY, plus.longest_input),
    ("TAPE pre-training set", "sequences"): (EXACTLY, plus.quoted),
    ("PLUS-RNN_LARGE vs P-ELMo correlation", "Steiger p-value"): (BELOW, plus.steiger),
    ("Long pairs", "share of pairs"): (ROUNDED, plus.long_pairs),
    ("PLUS-RNN", "tasks better than earlier pre-training"): (EXACTLY, plus.tasks_won),
    ("PLUS-RNN_LARGE", "tasks best overall"): (EXACTLY, plus.tasks_best),
    ("NW-align", "score"): (ROUNDED, plus.example_score),
    ("PLUS-RNN", "score"): (ROUNDED, plus.example_score),
}
"""By what a statement is of and what it counts: its rule, and where ours is found."""


def compute(inputs: Inputs) -> pd.DataFrame:
    """The rows of the table's CSV.

    Args:
        inputs: files `table2`, `table3`, `figure4` (CSVs), `corpus` (`meta.json` and
            others beside it), `encoders` (`.../<encoder>/config.json`), `test_pairs`
            and `development` (pairs), as far as there are any; the parameter
            `simulated`.
    """
    # Networks need PyTorch, as no other table does.
    from protlang.tables.intext import plus_files
    from protlang.tables.network_sizes import plus_sizes

    experiments = Encoders(inputs.config, load_sources(inputs.config["sources"]))
    table2, table3 = (
        read_cells(path) if path else None
        for path in map(inputs.optional, ("table2", "table3"))
    )
    corpus = next(inputs.folders("corpus"), None)
    pairs, development = inputs.optional("test_pairs"), inputs.optional("development")
    figure4 = inputs.optional("figure4")
    evidence = PlusEvidence(
        table2=table2,
        table3=table3,
        corpus=read_meta(corpus) if corpus else None,
        encoders=plus_files.descriptions(inputs.paths("encoders"), experiments.models),
        selections=plus_files.selections(experiments.trained(*PLUS)),
        architecture=plus_sizes(),
        test_pairs=plus_files.family_share(pairs) if pairs else None,
        long_pairs=plus_files.long_share(development) if development else None,
        examples=plus_files.example_numbers(figure4) if figure4 else None,
    )
    return fill(evidence, inputs.params["simulated"])


def fill(evidence: PlusEvidence, simulated: bool) -> pd.DataFrame:
    """One row per number, in printed order (`protlang.tables.intext.listing`).

    Args:
        evidence: results of the run.
        simulated: whether its data are simulated.
    """
    return fill_list(statements("PLUS"), ENTRIES, evidence, simulated)
