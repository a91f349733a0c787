"""PLUS: every number in the paper's text beside ours.

How they are compared is the rule of each (`protlang.tables.intext.rules.RULES`); a
number that a run does not compute is `not run`, with the reason.
"""

from collections.abc import Mapping

import pandas as pd

from protlang.corpora.token_store import read_meta
from protlang.experiments.encoders import PLUS, Encoders
from protlang.experiments.targets import statements
from protlang.sources.catalogue import load_sources
from protlang.tables.inputs import Inputs
from protlang.tables.intext import plus
from protlang.tables.intext.evidence import (
    Collect,
    from_corpus,
    from_network,
    from_setting,
    quoted,
)
from protlang.tables.intext.listing import fill_list
from protlang.tables.intext.plus import PlusEvidence
from protlang.tables.intext.rules import BELOW, EXACTLY, ROUNDED

ENTRIES: Mapping[tuple[str, str], tuple[str, Collect[PlusEvidence]]] = {
    ("Pfam 27.0", "sequences"): (EXACTLY, from_corpus("pfam", "proteins")),
    ("Pfam 27.0", "families"): (EXACTLY, from_corpus("pfam", "families", "families")),
    ("train/test split", "share"): (EXACTLY, from_setting),
    ("minimum length", "residues"): (EXACTLY, from_setting),
    ("minimum family size (training)", "sequences"): (
        EXACTLY,
        from_setting,
    ),
    ("PLUS training set", "sequences"): (EXACTLY, plus.training_set("domains")),
    ("PLUS training set", "families"): (EXACTLY, plus.training_set("families")),
    ("PLUS-RNN_BASE", "parameters"): (ROUNDED, from_network),
    ("PLUS-RNN_LARGE", "parameters"): (ROUNDED, from_network),
    ("P-ELMo", "parameters"): (ROUNDED, from_network),
    ("PLUS-TFM", "parameters"): (ROUNDED, from_network),
    ("PLUS-RNN", "embedding / projection dimension"): (EXACTLY, from_network),
    ("MLM", "selected residues"): (EXACTLY, from_setting),
    ("MLM", "mask/random/keep"): (EXACTLY, from_setting),
    ("SFP", "same-family share"): (ROUNDED, plus.same_family),
    ("P-ELMo pre-training set", "extra sequences"): (ROUNDED, plus.extra_domains),
    ("PLUS-TFM", "maximum length"): (EXACTLY, from_setting),
    ("TAPE pre-training set", "sequences"): (EXACTLY, quoted),
    ("PLUS-RNN_LARGE vs P-ELMo correlation", "Steiger p-value"): (BELOW, plus.steiger),
    ("Long pairs", "share of pairs"): (ROUNDED, plus.long_pairs),
    ("PLUS-RNN", "tasks better than earlier pre-training"): (EXACTLY, plus.tasks_won),
    ("PLUS-RNN_LARGE", "tasks best overall"): (EXACTLY, plus.tasks_best),
    ("NW-align", "score"): (ROUNDED, plus.example_score),
    ("PLUS-RNN", "score"): (ROUNDED, plus.example_score),
}
"""By row and metric: rule of comparison, and origin of our number."""


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
    descriptions = plus_files.descriptions(inputs.paths("encoders"), experiments.models)
    corpora = {folder.name: read_meta(folder) for folder in inputs.folders("corpus")}
    corpus = next(iter(corpora.values()), None)
    pairs, development = inputs.optional("test_pairs"), inputs.optional("development")
    figure4 = inputs.optional("figure4")
    evidence = PlusEvidence(
        tables=inputs.cells("table2", "table3"),
        corpora=corpora,
        encoders=descriptions,
        settings=plus_files.settings(experiments.trained(*PLUS), descriptions, corpus),
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
