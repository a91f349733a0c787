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
    script:
        "../workflow/scripts/draw_figure.py"


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


use rule seqvec_fig1a as seqvec_fig1c with:
    """SeqVec Figure 1C: bars of Q10."""
    input:
        table=rules.seqvec_table2.output.csv,
    output:
        svg=report(
            "<results>/figures/seqvec_fig1c.svg",
            caption="../workflow/report/seqvec_fig1.rst",
            category="Figures",
            labels={"paper": "SeqVec", "figure": "1C"},
        ),
        png="<results>/figures/seqvec_fig1c.png",
        csv="<results>/figures/seqvec_fig1c.csv",
    log:
        "<logs>/seqvec_fig1c.log",


use rule seqvec_fig1a as seqvec_fig1d with:
    """SeqVec Figure 1D: bars of Q2."""
    input:
        table=rules.seqvec_table2.output.csv,
    output:
        svg=report(
            "<results>/figures/seqvec_fig1d.svg",
            caption="../workflow/report/seqvec_fig1.rst",
            category="Figures",
            labels={"paper": "SeqVec", "figure": "1D"},
        ),
        png="<results>/figures/seqvec_fig1d.png",
        csv="<results>/figures/seqvec_fig1d.csv",
    log:
        "<logs>/seqvec_fig1d.log",


rule seqvec_figS4:
    """SeqVec Figure S4: two methods, protein by protein."""
    input:
        method=proteins_of_figS4("method"),
        reference=proteins_of_figS4("reference"),
    output:
        svg=report(
            "<results>/figures/seqvec_figS4.svg",
            caption="../workflow/report/seqvec_figS4.rst",
            category="Figures",
            labels={"paper": "SeqVec", "figure": "S4"},
        ),
        png="<results>/figures/seqvec_figS4.png",
        csv="<results>/figures/seqvec_figS4.csv",
    log:
        "<logs>/seqvec_figS4.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        names=names_in_figS4,
        simulated="simulation" in config,
    script:
        "../workflow/scripts/draw_figure.py"


rule seqvec_figS2:
    """SeqVec Figure S2: confusion matrices."""
    input:
        confusions=confusions_of_figS2,
    output:
        svg=report(
            "<results>/figures/seqvec_figS2.svg",
            caption="../workflow/report/seqvec_figS2.rst",
            category="Figures",
            labels={"paper": "SeqVec", "figure": "S2"},
        ),
        png="<results>/figures/seqvec_figS2.png",
        csv="<results>/figures/seqvec_figS2.csv",
    log:
        "<logs>/seqvec_figS2.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        data=shown_in_figS2,
        simulated="simulation" in config,
    script:
        "../workflow/scripts/draw_figure.py"


rule figures:
    """All figures of both papers."""
    input:
        rules.seqvec_fig1a.output,
        rules.seqvec_fig1b.output,
        rules.seqvec_fig1c.output,
        rules.seqvec_fig1d.output,
        rules.seqvec_figS1.output if PRETRAINED else [],
        rules.seqvec_figS2.output,
        rules.seqvec_figS4.output if HAS_FIGURE_S4 else [],
        [rules.seqvec_fig2.output, rules.seqvec_fig3.output] if VISUALISATION else [],
        rules.seqvec_timings_figure.output,
        rules.plus_fig2.output if HAS_PLUS_FIGURE_2 else [],
        [rules.plus_fig3.output, rules.plus_fig4.output] if ALIGNING_MODEL else [],
