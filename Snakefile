# protlang: from raw downloads to the tables and figures of SeqVec and PLUS.
# Each file in rules/ is one step; the library behind them is workflow/scripts/protlang.
from snakemake.utils import min_version

min_version("9.20")


# Without any --configfile (none in the profile either) the small simulated demo runs.
if not workflow.configfiles:

    configfile: "config/demo.yaml"


include: "rules/common.smk"


pathvars:
    results=f"results/{config['run']}",
    downloads=config["downloads"],
    logs=f"logs/{config['run']}",
    benchmarks=f"results/{config['run']}/benchmarks",


include: "rules/simulation.smk"
include: "rules/sources.smk"
include: "rules/datasets.smk"
include: "rules/corpora.smk"
include: "rules/encoders.smk"
include: "rules/embedding.smk"
include: "rules/heads.smk"
include: "rules/homology.smk"
include: "rules/finetuning.smk"
include: "rules/leakage.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/report.smk"


report: "workflow/report/workflow.rst"


localrules:
    all,
    seqvec,
    tables,
    figures,
    plus,


elements = [*rules.tables.input, *rules.figures.input]


rule all:
    """Everything: every table and figure of both papers, and the report."""
    default_target: True
    input:
        rules.report.output,
        elements,
        STUDY.corpus_embeddings(),
        collect(
            "<results>/corpora/{corpus}/overlaps.csv",
            corpus=STUDY.corpora_with_test_proteins(),
        ),


rule seqvec:
    """All tables and figures of SeqVec."""
    input:
        [path for path in elements if Path(path).name.startswith("seqvec_")],


rule plus:
    """All tables and figures of PLUS."""
    input:
        [path for path in elements if Path(path).name.startswith("plus_")],
