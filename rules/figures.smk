# The papers' figures, each as SVG and PNG with the plotted numbers beside it. Which ones
# there are is for the configuration to say.
from protlang.experiments.projections import PERPLEXITIES
from protlang.experiments.required_models import ALIGNMENT

HAS_PLUS_FIGURE_2 = bool(STUDY.tuned.rows("plus_fig2"))
FIGURES = [
    *(f"seqvec_fig1{panel}" for panel in "abcd"),
    *(["seqvec_figS1"] if STUDY.encoders.trained(ELMO) else []),
    "seqvec_figS2",
    *(["seqvec_figS4"] if STUDY.heads.figure_s4 else []),
    *(["seqvec_fig2", "seqvec_fig3"] if STUDY.visualisation else []),
    "seqvec_timings",
    *(["plus_fig2"] if HAS_PLUS_FIGURE_2 else []),
    *(["plus_fig3", "plus_fig4"] if ALIGNING_MODEL else []),
]


rule seqvec_fig1a:
    """SeqVec Figure 1A: bars of Q3."""
    input:
        table=rules.seqvec_table1.output.csv,
    output:
        **drawn("seqvec_fig1a", "SeqVec", "1A", caption="seqvec_fig1"),
    log:
        "<logs>/seqvec_fig1a.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(2000),
        runtime="10m",
    script:
        "../workflow/scripts/draw_figure.py"


use rule seqvec_fig1a as seqvec_fig1b with:
    """SeqVec Figure 1B: bars of disorder MCC."""
    output:
        **drawn("seqvec_fig1b", "SeqVec", "1B", caption="seqvec_fig1"),
    log:
        "<logs>/seqvec_fig1b.log",


use rule seqvec_fig1a as seqvec_fig1c with:
    """SeqVec Figure 1C: bars of Q10."""
    input:
        table=rules.seqvec_table2.output.csv,
    output:
        **drawn("seqvec_fig1c", "SeqVec", "1C", caption="seqvec_fig1"),
    log:
        "<logs>/seqvec_fig1c.log",


use rule seqvec_fig1c as seqvec_fig1d with:
    """SeqVec Figure 1D: bars of Q2."""
    output:
        **drawn("seqvec_fig1d", "SeqVec", "1D", caption="seqvec_fig1"),
    log:
        "<logs>/seqvec_fig1d.log",


use rule seqvec_fig1a as seqvec_figS1 with:
    """SeqVec Figure S1: perplexity of the language models while they are trained."""
    input:
        metrics=collect(
            "<results>/encoders/{encoder}/metrics.jsonl",
            encoder=STUDY.encoders.trained(ELMO),
        ),
        summaries=collect(
            "<results>/encoders/{encoder}/summary.json",
            encoder=STUDY.encoders.trained(ELMO),
        ),
    output:
        **drawn("seqvec_figS1", "SeqVec", "S1"),
    log:
        "<logs>/seqvec_figS1.log",
    params:
        simulated=STUDY.is_simulated,


use rule seqvec_fig1a as seqvec_figS2 with:
    """SeqVec Figure S2: confusion matrices."""
    input:
        confusions=STUDY.heads.confusions(),
    output:
        **drawn("seqvec_figS2", "SeqVec", "S2"),
    log:
        "<logs>/seqvec_figS2.log",
    params:
        data=STUDY.heads.confusion_titles(),
        simulated=STUDY.is_simulated,


use rule seqvec_fig1a as seqvec_figS4 with:
    """SeqVec Figure S4: two methods, protein by protein."""
    input:
        method=lambda wildcards: one_sentence(STUDY.heads.compared_proteins, "method"),
        reference=lambda wildcards: one_sentence(
            STUDY.heads.compared_proteins, "reference"
        ),
    output:
        **drawn("seqvec_figS4", "SeqVec", "S4"),
    log:
        "<logs>/seqvec_figS4.log",
    params:
        names=lambda wildcards: one_sentence(STUDY.heads.compared_names),
        simulated=STUDY.is_simulated,


use rule seqvec_fig1a as seqvec_timings_figure with:
    """Time per protein by length, ours beside SeqVec's."""
    input:
        timings=rules.seqvec_timings.input.timings,
        splits=rules.seqvec_timings.input.splits,
        encoders=rules.seqvec_timings.input.encoders,
    output:
        **drawn("seqvec_timings", "SeqVec", "timings"),
    log:
        "<logs>/seqvec_timings_figure.log",
    params:
        sets=STUDY.timed_sets(),


if STUDY.visualisation:

    rule project:
        """Project vectors on a plane (t-SNE)."""
        input:
            unpack(lambda wildcards: STUDY.projected(wildcards.projection)),
        output:
            "<results>/projections/{projection}.csv",
        log:
            "<logs>/project/{projection}.log",
        benchmark:
            "<benchmarks>/project/{projection}.tsv"
        wildcard_constraints:
            projection=one_of(PERPLEXITIES),
        conda:
            "../envs/tsne.yaml"
        threads: STUDY.section("visualisation").get("tsne", {}).get("threads", 1)
        resources:
            mem_mb=scale_mem(3000),
            runtime="2h",
        params:
            settings=lambda wildcards: STUDY.projection_settings(wildcards.projection),
        script:
            "../workflow/scripts/project.py"

    use rule seqvec_fig1a as seqvec_fig2 with:
        """SeqVec Figure 2: DeepLoc's proteins by location and membrane."""
        input:
            raw="<results>/projections/raw.csv",
            hidden="<results>/projections/hidden.csv",
            proteins=STUDY.heads.protein_split("test"),
        output:
            **drawn("seqvec_fig2", "SeqVec", "2"),
        log:
            "<logs>/seqvec_fig2.log",
        params:
            encoder=STUDY.visualisation.encoder,
            network=STUDY.visualisation.network,
            simulated=STUDY.is_simulated,

    use rule seqvec_fig1a as seqvec_fig3 with:
        """SeqVec Figure 3: amino acids, and SCOPe's domains by class, enzyme and kingdom."""
        input:
            amino_acids="<results>/projections/amino_acids.csv",
            domains="<results>/projections/domains.csv",
            annotations=rules.annotate_scope.output.annotations,
        output:
            **drawn("seqvec_fig3", "SeqVec", "3"),
        log:
            "<logs>/seqvec_fig3.log",
        params:
            encoder=STUDY.visualisation.encoder,
            simulated=STUDY.is_simulated,


if HAS_PLUS_FIGURE_2:

    use rule seqvec_fig1a as plus_fig2 with:
        """PLUS Figure 2: homology of short and of long pairs."""
        input:
            **STUDY.tuned.shown("plus_fig2"),
        output:
            **drawn("plus_fig2", "PLUS", "2"),
        log:
            "<logs>/plus_fig2.log",
        params:
            rows=STUDY.tuned.rows("plus_fig2"),
            simulated=STUDY.is_simulated,


if ALIGNING_MODEL:

    use rule seqvec_fig1a as plus_fig3 with:
        """PLUS Figure 3: scores of pairs by their level, of PLUS-RNN and NW-align."""
        input:
            network=paths.finetuned(
                ALIGNING_MODEL.name, "homology", "predictions/test.parquet"
            ),
            alignment=paths.alignment(ALIGNMENT, "test.parquet"),
        output:
            **drawn("plus_fig3", "PLUS", "3"),
        log:
            "<logs>/plus_fig3.log",
        params:
            network=ALIGNING_MODEL.row,
            alignment=ALIGNMENT,
            simulated=STUDY.is_simulated,

    use rule seqvec_fig1a as plus_fig4 with:
        """PLUS Figure 4: three pairs, aligned by NW-align and by PLUS-RNN."""
        input:
            pairs=rules.choose_example_pairs.output.pairs,
            weights=rules.align_example_pairs.output.weights,
            network=rules.plus_fig3.input.network,
            alignment=rules.plus_fig3.input.alignment,
        output:
            **drawn("plus_fig4", "PLUS", "4"),
        log:
            "<logs>/plus_fig4.log",
        params:
            simulated=STUDY.is_simulated,


rule figures:
    """All figures of both papers."""
    input:
        collect(
            "<results>/figures/{figure}.{ending}",
            figure=FIGURES,
            ending=["svg", "png", "csv"],
        ),
