# The papers' tables, each as CSV (long form), Markdown and HTML (as printed).
rule seqvec_table1:
    """SeqVec Table 1: secondary structure and disorder on CASP12, TS115, CB513."""
    input:
        scores=scores_of_table1,
        datasets=datasets_of_table1,
    output:
        csv="<results>/tables/seqvec_table1.csv",
        md="<results>/tables/seqvec_table1.md",
        html=report(
            "<results>/tables/seqvec_table1.html",
            caption="../workflow/report/seqvec_table1.rst",
            category="Tables",
            labels={"paper": "SeqVec", "table": "1"},
        ),
    log:
        "<logs>/seqvec_table1.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        per_residue=config["per_residue"],
    script:
        "../workflow/scripts/tabulate_seqvec_table1.py"


rule tables:
    """All tables of both papers."""
    input:
        rules.seqvec_table1.output,
        rules.seqvec_tableS1.output,
