"""Of each number of the text: its rule, and where ours is found."""

from collections.abc import Iterator, Mapping

from protlang.protocol import Deviation
from protlang.tables.intext.evidence import (
    Collect,
    from_corpus,
    from_network,
    from_setting,
    from_table,
    never_computed,
)
from protlang.tables.intext.perplexity import training_perplexity
from protlang.tables.intext.proteome import proteome_minutes
from protlang.tables.intext.rules import (
    AT_LEAST,
    BY_CHANCE,
    COVERING,
    EXACTLY,
    PAIRED,
    ROUNDED,
    WITHIN,
)
from protlang.tables.intext.seqvec import (
    SeqVecEvidence,
    count_domains,
    count_proteins,
    located_proteins,
    of_language_model,
    share_better,
    split_shares,
    training_time,
    training_weeks,
)
from protlang.tables.intext.seqvec_results import (
    against_best,
    gain_over_profiles,
    gains_of_seqvec,
    least_difference,
    range_of,
)

_MACHINE = Deviation("hardware", "this run's", "five GeForce GTX 1080")

Entry = tuple[str, Collect[SeqVecEvidence]]
"""Rule of comparison, and origin of our number."""

_GAIN = "DeepSeqVec vs other single-sequence"
_BEST = "DeepSeqVec vs single-sequence best"
_LM = "SeqVec LM"


def _entries() -> Iterator[tuple[tuple[str, str], Entry]]:
    """Rule and origin of each statement, by row and metric."""
    for metric in ("Q3", "Q8", "disorder MCC"):
        yield ("DeepSeqVec", metric), (BY_CHANCE, from_table("table1"))
    for row, metric in (
        ("DeepSeqVec-Loc", "Q10"),
        ("DeepSeqVec-Loc", "Q2"),
        ("DeepLoc", "Q2"),
        ("DeepSeqVec-Loc", "membrane MCC"),
        ("DeepProtVec-Loc", "membrane MCC"),
    ):
        yield (row, metric), (BY_CHANCE, from_table("table2"))
    yield from _entries_of_results()
    yield from _entries_of_language_model()
    yield from _entries_of_data()
    yield from _entries_of_predictors()


def _entries_of_results() -> Iterator[tuple[tuple[str, str], Entry]]:
    for row in ("NetSurfP-2.0", "DeepProf", "DeepSeqVec", "DeepProf+SeqVec"):
        printed_row = "NetSurfP-2.0 (hhblits)" if row == "NetSurfP-2.0" else row
        yield (row, "Q3 range"), (WITHIN, range_of(printed_row, "Q3"))
    for row in ("DeepSeqVec", "DeepProf"):
        yield (row, "disorder MCC range"), (WITHIN, range_of(row, "disorder MCC"))
    for metric in ("Q3", "Q8"):
        yield (_GAIN, f"{metric} gain range"), (WITHIN, gains_of_seqvec(metric))
    yield (_GAIN, "MCC gain range"), (WITHIN, gains_of_seqvec("disorder MCC"))
    loss = gains_of_seqvec("Q3", ["DeepProtVec"])
    yield ("DeepProtVec vs DeepSeqVec", "Q3 loss"), (COVERING, loss)
    for metric in ("Q3", "disorder MCC"):
        yield (_BEST, metric), (PAIRED, against_best(metric))
    gain = "DeepSeqVec-Loc vs profile methods", "Q10 gain up to"
    yield gain, (BY_CHANCE, gain_over_profiles)
    differences = "all per-protein differences", "difference in SE"
    yield differences, (AT_LEAST, least_difference)
    better = "DeepSeqVec vs NetSurfP-2.0", "share of proteins predicted better"
    yield better, (ROUNDED, share_better)
    yield ("bootstrap", "samples"), (EXACTLY, from_setting)


def _entries_of_language_model() -> Iterator[tuple[tuple[str, str], Entry]]:
    time = from_table(
        "timings", "SeqVec GPU GTX1080", "NetSurfP-2.0", "time per protein"
    )
    yield ("SeqVec", "embedding time per protein"), (ROUNDED, time)
    yield (_LM, "perplexity at convergence"), (ROUNDED, training_perplexity)
    weeks = of_language_model(training_weeks, _MACHINE)
    yield (_LM, "training time"), (ROUNDED, weeks)
    yield (_LM, "GPUs"), (EXACTLY, from_setting)
    yield (_LM, "free parameters"), (ROUNDED, from_network)
    for row, metric in (
        ("vocabulary", "tokens"),
        ("concatenated features", "dimension"),
    ):
        yield (row, metric), (EXACTLY, from_network)
    for row, metric in (
        ("unroll steps", "steps"),
        ("negative samples", "samples"),
        ("dropout", "rate"),
        ("4-layer ELMo", "LSTM layers compared"),
    ):
        yield (row, metric), (EXACTLY, from_setting)


def _entries_of_data() -> Iterator[tuple[tuple[str, str], Entry]]:
    billions = from_corpus("uniref50", "residues", scale=1e9)
    for metric in ("tokens to predict", "amino acids", "tokens"):
        yield (_LM, metric), (ROUNDED, billions)
    yield ("UniRef50", "residues"), (EXACTLY, from_corpus("uniref50", "residues"))
    for row, metric, source in (
        ("UniRef50", "proteins", "uniref50"),
        ("SWISS-PROT LM", "sequences", "swissprot"),
        ("UniRef90 LM", "sequences", "uniref90"),
    ):
        yield (row, metric), (ROUNDED, from_corpus(source, "proteins", scale=1e6))
    yield ("SCOPe 2.07 40%", "proteins"), (EXACTLY, count_domains)
    netsurfp = count_proteins("train", "validation", left_out=True)
    yield ("NetSurfP-2.0", "proteins"), (EXACTLY, netsurfp)
    removed = count_proteins("train", left_out=True, included=False)
    row = "NetSurfP-2.0 removed by SIFTS length filter"
    yield (row, "proteins"), (EXACTLY, removed)
    row = "NetSurfP-2.0 early-stopping split"
    yield (row, "proteins"), (EXACTLY, count_proteins("validation"))
    row = "NetSurfP-2.0 training split"
    yield (row, "proteins"), (EXACTLY, count_proteins("train"))
    yield ("TS115", "proteins"), (EXACTLY, count_proteins("test"))
    for row in ("CB513", "CASP12"):
        yield (row, "proteins after SIFTS"), (EXACTLY, count_proteins("test"))
    yield ("DeepLoc", "proteins"), (EXACTLY, located_proteins)
    reason = "DeepLoc's files do not state the clusters of its proteins"
    yield ("DeepLoc", "clusters"), (EXACTLY, never_computed(reason))
    yield ("DeepLoc train/early-stop", "share"), (EXACTLY, split_shares)


def _entries_of_predictors() -> Iterator[tuple[tuple[str, str], Entry]]:
    for row in (
        *("DeepProf", "DeepSeqVec", "DeepProf+SeqVec", "DeepProtVec", "DeepOneHot"),
        *("DeepBLOSUM65", "DeepSeqVec-Loc", "DeepProtVec-Loc"),
    ):
        yield (row, "free parameters"), (ROUNDED, from_network)
    yield ("CNN", "filters/window/dropout"), (EXACTLY, from_network)
    for row, metric in (
        ("CNN", "learning rate / batch"),
        ("FNN", "learning rate / batch"),
        ("t-SNE", "iterations"),
        ("t-SNE raw SeqVec (Fig 2 upper)", "perplexity"),
        ("t-SNE DeepSeqVec-Loc (Fig 2 lower)", "perplexity"),
        ("t-SNE amino acids (Fig 3A)", "perplexity"),
        ("t-SNE SCOPe (Fig 3B-D)", "perplexity"),
    ):
        yield (row, metric), (EXACTLY, from_setting)
    for row, unit_seconds in (("DeepProtVec-Loc", 1), ("DeepSeqVec", 60)):
        yield (row, "training time"), (ROUNDED, training_time(unit_seconds))
    row, metric = "human proteome, embeddings + predictions", "time on one GTX 1080"
    yield (row, metric), (ROUNDED, proteome_minutes)
    for row, metric, reason in (
        (
            *("HHblits", "profile time per protein"),
            "no profiles are searched; those of NetSurfP-2.0 are used as published",
        ),
        (
            *("NetSurfP-2.0", "free parameters"),
            "NetSurfP-2.0 is another group's program, which is not built here",
        ),
        ("speed-up over PSI-BLAST", "fold", "PSI-BLAST is not run"),
    ):
        yield (row, metric), (ROUNDED, never_computed(reason))


ENTRIES: Mapping[tuple[str, str], Entry] = dict(_entries())
"""By what a statement is of and what it counts: its rule, and where ours is found."""
