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


include: "rules/simulate.smk"
include: "rules/download.smk"
include: "rules/datasets.smk"
include: "rules/corpora.smk"
include: "rules/pretraining.smk"
include: "rules/protvec.smk"
include: "rules/embedding.smk"
include: "rules/heads.smk"
include: "rules/data_set_embeddings.smk"
include: "rules/visualisation.smk"
include: "rules/leakage.smk"
include: "rules/plus.smk"
include: "rules/homology.smk"
include: "rules/finetuning.smk"
include: "rules/plus_tables.smk"
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
    embed_corpora,


rule all:
    """Everything: every table and figure of both papers, and the report."""
    default_target: True
    input:
        rules.report.output,
        rules.tables.input,
        rules.figures.input,
        corpus_embeddings,


rule plus:
    """All tables and figures of PLUS."""
    input:
        rules.plus_table1.output,
        rules.plus_table2.output,
        rules.plus_table3.output,
        rules.plus_table4.output,
        rules.plus_table5.output,
        rules.plus_table6.output,
        rules.plus_intext.output,
        rules.plus_fig2.output if HAS_PLUS_FIGURE_2 else [],
        [rules.plus_fig3.output, rules.plus_fig4.output] if ALIGNING_MODEL else [],


rule seqvec:
    """All tables and figures of SeqVec."""
    input:
        rules.seqvec_table1.output,
        rules.seqvec_tableS1.output,
        rules.seqvec_timings.output,
        rules.seqvec_table2.output,
        rules.seqvec_leakage.output,
        rules.seqvec_intext.output,
        rules.seqvec_figS2.output,
        [rules.seqvec_fig2.output, rules.seqvec_fig3.output] if VISUALISATION else [],
        rules.seqvec_fig1a.output,
        rules.seqvec_fig1b.output,
        rules.seqvec_fig1c.output,
        rules.seqvec_fig1d.output,
        rules.seqvec_figS4.output if HAS_FIGURE_S4 else [],
        rules.seqvec_figS1.output if PRETRAINED else [],
