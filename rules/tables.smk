# The papers' tables, each as CSV (long form), Markdown and HTML (as printed).
rule seqvec_table1:
    """SeqVec Table 1: secondary structure and disorder on CASP12, TS115, CB513."""
    input:
        scores=scores_of_table1("scores"),
        comparisons=rules.compare_per_residue.output.csv,
        datasets=datasets_of_table1,
        encoders=encoders_of_table1,
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
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        per_residue=config["per_residue"],
    script:
        "../workflow/scripts/make_table.py"


rule seqvec_table2:
    """SeqVec Table 2: localization and membrane-bound proteins of DeepLoc."""
    input:
        scores=per_protein_files("scores.csv"),
        predictions=per_protein_files("seed{seed}/predictions.parquet"),
        train=per_protein_split("train"),
        test=per_protein_split("test"),
        encoders=encoders_of_table2,
    output:
        csv="<results>/tables/seqvec_table2.csv",
        md="<results>/tables/seqvec_table2.md",
        html=report(
            "<results>/tables/seqvec_table2.html",
            caption="../workflow/report/seqvec_table2.rst",
            category="Tables",
            labels={"paper": "SeqVec", "table": "2"},
        ),
        comparisons="<results>/tables/seqvec_table2_comparisons.csv",
    log:
        "<logs>/seqvec_table2.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        per_protein=config.get("per_protein"),
    script:
        "../workflow/scripts/make_table.py"


rule seqvec_leakage:
    """Test proteins that were in training, and the measures without them."""
    input:
        similarities=all_similarities,
        tests=audited_tests,
        training=all_training_splits,
        residue_predictions=audited_residue_predictions,
        protein_predictions=per_protein_files("seed{seed}/predictions.parquet"),
    output:
        csv="<results>/tables/seqvec_leakage.csv",
        md="<results>/tables/seqvec_leakage.md",
        html=report(
            "<results>/tables/seqvec_leakage.html",
            caption="../workflow/report/seqvec_leakage.rst",
            category="Tables",
            labels={"paper": "SeqVec", "table": "leakage"},
        ),
    log:
        "<logs>/seqvec_leakage.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(2000),
        runtime="30m",
    params:
        test_sets=list(audited_sets()),
    script:
        "../workflow/scripts/make_table.py"


rule seqvec_intext:
    """Every number in SeqVec's text but the times of embeddings."""
    input:
        table1=rules.seqvec_table1.output.csv,
        table2=rules.seqvec_table2.output.csv,
        timings=rules.seqvec_timings.output.csv,
        corpora=collect(
            "<results>/corpora/{corpus}/meta.json",
            corpus=list(config.get("corpora", {})),
        ),
        encoder=encoder_of_intext,
        splits=splits_of_intext,
        scope="<results>/scope/domains.parquet" if VISUALISATION else [],
        # Benchmarks are no outputs that another rule could ask for.
        benchmarks=[],
        figure_s4=figure_s4_of_intext,
    output:
        csv="<results>/tables/seqvec_intext.csv",
        md="<results>/tables/seqvec_intext.md",
        html=report(
            "<results>/tables/seqvec_intext.html",
            caption="../workflow/report/seqvec_intext.rst",
            category="Tables",
            labels={"paper": "SeqVec", "table": "text"},
        ),
    log:
        "<logs>/seqvec_intext.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(1500),
        runtime="10m",
    params:
        reference=reference_of_figS4,
        simulated="simulation" in config,
        settings=settings_of_intext,
    script:
        "../workflow/scripts/make_table.py"


rule tables:
    """All tables of both papers."""
    input:
        rules.seqvec_table1.output,
        rules.seqvec_tableS1.output,
        rules.seqvec_timings.output,
        rules.seqvec_table2.output,
        rules.seqvec_leakage.output,
        rules.seqvec_intext.output,
        rules.plus_table1.output,
        rules.plus_table2.output,
        rules.plus_table3.output,
        rules.plus_table4.output,
        rules.plus_table5.output,
        rules.plus_table6.output,
        rules.plus_intext.output,
