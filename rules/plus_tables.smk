# PLUS's tables and figures on fine-tuned models, and the numbers in its text.
rule plus_table2:
    """PLUS Table 2: all fine-tuned models on seven tasks, one number each."""
    input:
        scores=finetuned_files("plus_table2", "scores.csv"),
        facts=finetuned_files("plus_table2", "facts.json"),
        predictions=[],
        aligned=[],
        alignment_facts=[],
        aligned_pairs=[],
    output:
        csv="<results>/tables/plus_table2.csv",
        md="<results>/tables/plus_table2.md",
        html=report(
            "<results>/tables/plus_table2.html",
            caption="../workflow/report/plus_table2.rst",
            category="Tables",
            labels={"paper": "PLUS", "table": "2"},
        ),
    log:
        "<logs>/plus_table2.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        rows=rows_of("plus_table2"),
    script:
        "../workflow/scripts/make_table.py"


use rule plus_table2 as plus_table3 with:
    """PLUS Table 3: homology, by fine-tuned models and by alignments."""
    input:
        scores=finetuned_files("plus_table3", "scores.csv"),
        facts=finetuned_files("plus_table3", "facts.json"),
        predictions=predictions_of_table3,
        aligned=aligned_files("scores.csv"),
        alignment_facts=aligned_files("facts.json"),
        aligned_pairs=pairs_of_table3,
    output:
        csv="<results>/tables/plus_table3.csv",
        md="<results>/tables/plus_table3.md",
        html=report(
            "<results>/tables/plus_table3.html",
            caption="../workflow/report/plus_table3.rst",
            category="Tables",
            labels={"paper": "PLUS", "table": "3"},
        ),
    log:
        "<logs>/plus_table3.log",
    resources:
        mem_mb=scale_mem(4000),
        runtime="10m",
    params:
        rows=rows_of("plus_table3"),


use rule plus_table2 as plus_table4 with:
    """PLUS Table 4: secondary structure in eight states."""
    input:
        scores=finetuned_files("plus_table4", "scores.csv"),
        facts=finetuned_files("plus_table4", "facts.json"),
        predictions=[],
        aligned=[],
        alignment_facts=[],
        aligned_pairs=[],
    output:
        csv="<results>/tables/plus_table4.csv",
        md="<results>/tables/plus_table4.md",
        html=report(
            "<results>/tables/plus_table4.html",
            caption="../workflow/report/plus_table4.rst",
            category="Tables",
            labels={"paper": "PLUS", "table": "4"},
        ),
    log:
        "<logs>/plus_table4.log",
    params:
        rows=rows_of("plus_table4"),


use rule plus_table2 as plus_table5 with:
    """PLUS Table 5: homology by the losses of pre-training."""
    input:
        scores=finetuned_files("plus_table5", "scores.csv"),
        facts=finetuned_files("plus_table5", "facts.json"),
        predictions=[],
        aligned=[],
        alignment_facts=[],
        aligned_pairs=[],
    output:
        csv="<results>/tables/plus_table5.csv",
        md="<results>/tables/plus_table5.md",
        html=report(
            "<results>/tables/plus_table5.html",
            caption="../workflow/report/plus_table5.rst",
            category="Tables",
            labels={"paper": "PLUS", "table": "5"},
        ),
    log:
        "<logs>/plus_table5.log",
    params:
        rows=rows_of("plus_table5"),


use rule plus_table2 as plus_table6 with:
    """PLUS Table 6: homology by the losses of fine-tuning."""
    input:
        scores=finetuned_files("plus_table6", "scores.csv"),
        facts=finetuned_files("plus_table6", "facts.json"),
        predictions=[],
        aligned=[],
        alignment_facts=[],
        aligned_pairs=[],
    output:
        csv="<results>/tables/plus_table6.csv",
        md="<results>/tables/plus_table6.md",
        html=report(
            "<results>/tables/plus_table6.html",
            caption="../workflow/report/plus_table6.rst",
            category="Tables",
            labels={"paper": "PLUS", "table": "6"},
        ),
    log:
        "<logs>/plus_table6.log",
    params:
        rows=rows_of("plus_table6"),


# Which pairs and models there are to draw is for the configuration to say.
if HAS_PLUS_FIGURE_2:

    rule plus_fig2:
        """PLUS Figure 2: homology of short and of long pairs."""
        input:
            scores=finetuned_files("plus_fig2", "scores.csv"),
            facts=finetuned_files("plus_fig2", "facts.json"),
        output:
            svg=report(
                "<results>/figures/plus_fig2.svg",
                caption="../workflow/report/plus_fig2.rst",
                category="Figures",
                labels={"paper": "PLUS", "figure": "2"},
            ),
            png="<results>/figures/plus_fig2.png",
            csv="<results>/figures/plus_fig2.csv",
        log:
            "<logs>/plus_fig2.log",
        conda:
            "../envs/base.yaml"
        resources:
            mem_mb=scale_mem(1000),
            runtime="10m",
        params:
            rows=rows_of("plus_fig2"),
            simulated="simulation" in config,
        script:
            "../workflow/scripts/draw_figure.py"


if ALIGNING_MODEL:

    rule plus_fig3:
        """PLUS Figure 3: scores of pairs by their level, of PLUS-RNN and NW-align."""
        input:
            network=f"{ALIGNING_FOLDER}/predictions/test.parquet",
            alignment=f"<results>/homology/alignments/{ALIGNMENT}/test.parquet",
        output:
            svg=report(
                "<results>/figures/plus_fig3.svg",
                caption="../workflow/report/plus_fig3.rst",
                category="Figures",
                labels={"paper": "PLUS", "figure": "3"},
            ),
            png="<results>/figures/plus_fig3.png",
            csv="<results>/figures/plus_fig3.csv",
        log:
            "<logs>/plus_fig3.log",
        conda:
            "../envs/base.yaml"
        resources:
            mem_mb=scale_mem(2000),
            runtime="10m",
        params:
            network=ALIGNING_MODEL.row,
            alignment=ALIGNMENT,
            simulated="simulation" in config,
        script:
            "../workflow/scripts/draw_figure.py"

    rule choose_example_pairs:
        """Choose the three pairs of domains that Figure 4 shows."""
        input:
            pairs="<results>/homology/pairs/test.parquet",
        output:
            pairs="<results>/homology/example_pairs.parquet",
        log:
            "<logs>/choose_example_pairs.log",
        conda:
            "../envs/base.yaml"
        threads: FINETUNING.homology.settings.get("threads", 1)
        resources:
            mem_mb=scale_mem(2000),
            runtime="30m",
        script:
            "../workflow/scripts/choose_example_pairs.py"

    rule align_example_pairs:
        """Let the fine-tuned PLUS-RNN align the pairs of Figure 4."""
        input:
            pairs=rules.choose_example_pairs.output.pairs,
            model=f"{ALIGNING_FOLDER}/model.safetensors",
            config=f"{ALIGNING_FOLDER}/config.json",
        output:
            weights="<results>/homology/example_weights.npz",
        log:
            "<logs>/align_example_pairs.log",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=scale_mem(4000),
            runtime="30m",
        script:
            "../workflow/scripts/align_example_pairs.py"

    rule plus_fig4:
        """PLUS Figure 4: three pairs, aligned by NW-align and by PLUS-RNN."""
        input:
            pairs=rules.choose_example_pairs.output.pairs,
            weights=rules.align_example_pairs.output.weights,
            network=f"{ALIGNING_FOLDER}/predictions/test.parquet",
            alignment=f"<results>/homology/alignments/{ALIGNMENT}/test.parquet",
        output:
            svg=report(
                "<results>/figures/plus_fig4.svg",
                caption="../workflow/report/plus_fig4.rst",
                category="Figures",
                labels={"paper": "PLUS", "figure": "4"},
            ),
            png="<results>/figures/plus_fig4.png",
            csv="<results>/figures/plus_fig4.csv",
        log:
            "<logs>/plus_fig4.log",
        conda:
            "../envs/base.yaml"
        resources:
            mem_mb=scale_mem(2000),
            runtime="10m",
        params:
            simulated="simulation" in config,
        script:
            "../workflow/scripts/draw_figure.py"


rule plus_intext:
    """Every number in PLUS's text."""
    input:
        table2=rules.plus_table2.output.csv,
        table3=rules.plus_table3.output.csv,
        corpus=tested_families if ENCODERS.tested else [],
        encoders=collect(
            "<results>/encoders/{encoder}/config.json", encoder=ENCODERS.models
        ),
        test_pairs=rules.draw_test_pairs.output.pairs if ENCODERS.tested else [],
        development=(
            "<results>/homology/pairs/development.parquet"
            if FINETUNING.homology
            else []
        ),
        figure4=rules.plus_fig4.output.csv if ALIGNING_MODEL else [],
    output:
        csv="<results>/tables/plus_intext.csv",
        md="<results>/tables/plus_intext.md",
        html=report(
            "<results>/tables/plus_intext.html",
            caption="../workflow/report/plus_intext.rst",
            category="Tables",
            labels={"paper": "PLUS", "table": "text"},
        ),
    log:
        "<logs>/plus_intext.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(2000),
        runtime="10m",
    params:
        encoders=config.get("encoders"),
        simulated="simulation" in config,
    script:
        "../workflow/scripts/make_table.py"
