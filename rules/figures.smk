# The papers' figures, each as SVG and PNG with the plotted numbers beside it.
rule seqvec_fig1a:
    """SeqVec Figure 1A: bars of Q3."""
    input:
        table=rules.seqvec_table1.output.csv,
    output:
        svg=report(
            "<results>/figures/seqvec_fig1a.svg",
            caption="../workflow/report/seqvec_fig1.rst",
            category="Figures",
            labels={"paper": "SeqVec", "figure": "1A"},
        ),
        png="<results>/figures/seqvec_fig1a.png",
        csv="<results>/figures/seqvec_fig1a.csv",
    log:
        "<logs>/seqvec_fig1a.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        panel="seqvec_fig1a",
    script:
        "../workflow/scripts/draw_seqvec_fig1.py"


use rule seqvec_fig1a as seqvec_fig1b with:
    """SeqVec Figure 1B: bars of disorder MCC."""
    output:
        svg=report(
            "<results>/figures/seqvec_fig1b.svg",
            caption="../workflow/report/seqvec_fig1.rst",
            category="Figures",
            labels={"paper": "SeqVec", "figure": "1B"},
        ),
        png="<results>/figures/seqvec_fig1b.png",
        csv="<results>/figures/seqvec_fig1b.csv",
    log:
        "<logs>/seqvec_fig1b.log",
    params:
        panel="seqvec_fig1b",


rule figures:
    """All figures of both papers."""
    input:
        rules.seqvec_fig1a.output,
        rules.seqvec_fig1b.output,
        rules.seqvec_figS1.output if PRETRAINED else [],
