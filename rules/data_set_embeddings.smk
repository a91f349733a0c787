# Vectors of the data sets that networks are trained and tested on, and of corpora.
rule embed_residues:
    """Embed every residue of the proteins that per-residue networks are trained on."""
    input:
        # The large split last: a job that was stopped goes on with it where it was.
        splits=collect(
            "<results>/datasets/{{dataset}}/{split}.parquet",
            split=["validation", "train"],
        ),
        encoder=encoder_pair,
    output:
        collect(
            "<results>/embeddings/{{encoder}}/{{dataset}}/{split}.residue.h5",
            split=["validation", "train"],
        ),
    log:
        "<logs>/embed_residues/{encoder}/{dataset}.log",
    benchmark:
        "<benchmarks>/embed_residues/{encoder}/{dataset}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: EMBEDDING["threads"]
    resources:
        mem_mb=scale_mem(8000),
        runtime="24h",
    params:
        embedder=EMBEDDER,
        kept={**KEPT, "pooling": "residue"},
        unfinished=unfinished_residues,
    script:
        "../workflow/scripts/embed_splits.py"


use rule embed_residues as embed_test_sets with:
    """Embed every residue of all test sets of the per-residue networks."""
    input:
        splits=collect("<results>/datasets/{test_set}/test.parquet", test_set=TEST_SETS),
        encoder=encoder_pair,
    output:
        collect(
            "<results>/embeddings/{{encoder}}/{test_set}/test.residue.h5",
            test_set=TEST_SETS,
        ),
    log:
        "<logs>/embed_test_sets/{encoder}.log",
    benchmark:
        "<benchmarks>/embed_test_sets/{encoder}.tsv"
    params:
        embedder=EMBEDDER,
        kept={**KEPT, "pooling": "residue"},
        unfinished=unfinished_test_sets,


use rule embed_residues as embed_proteins with:
    """Embed all proteins of a data set, one mean per protein."""
    input:
        splits=collect(
            "<results>/datasets/{{dataset}}/{split}.parquet",
            split=["validation", "test", "train"],
        ),
        encoder=encoder_pair,
    output:
        collect(
            "<results>/embeddings/{{encoder}}/{{dataset}}/{split}.protein.h5",
            split=["validation", "test", "train"],
        ),
    log:
        "<logs>/embed_proteins/{encoder}/{dataset}.log",
    benchmark:
        "<benchmarks>/embed_proteins/{encoder}/{dataset}.tsv"
    params:
        embedder=EMBEDDER,
        kept={**KEPT, "pooling": "protein"},
        unfinished=unfinished_proteins,


if FINETUNED_TESTS:

    use rule embed_residues as embed_finetuning_tests with:
        """Embed every residue of the test sets that PLUS's tasks add."""
        input:
            splits=collect(
                "<results>/datasets/{test_set}/test.parquet", test_set=FINETUNED_TESTS
            ),
            encoder=encoder_pair,
        output:
            collect(
                "<results>/embeddings/{{encoder}}/{test_set}/test.residue.h5",
                test_set=FINETUNED_TESTS,
            ),
        log:
            "<logs>/embed_finetuning_tests/{encoder}.log",
        benchmark:
            "<benchmarks>/embed_finetuning_tests/{encoder}.tsv"
        params:
            embedder=EMBEDDER,
            kept={**KEPT, "pooling": "residue"},
            unfinished=unfinished_finetuning_tests,


if FINETUNING.homology:

    rule embed_homology:
        """Embed every residue of SCOPe's domains of the homology task."""
        input:
            splits=collect("<results>/homology/{split}.parquet", split=HOMOLOGY_SPLITS),
            encoder=encoder_pair,
        output:
            "<results>/homology/embeddings/{encoder}.h5",
        log:
            "<logs>/embed_homology/{encoder}.log",
        benchmark:
            "<benchmarks>/embed_homology/{encoder}.tsv"
        conda:
            "../envs/torch.yaml"
        threads: EMBEDDING["threads"]
        resources:
            mem_mb=scale_mem(8000),
            runtime="24h",
        params:
            embedder=EMBEDDER,
            kept={**KEPT, "pooling": "residue"},
            unfinished=unfinished_homology,
        script:
            "../workflow/scripts/embed_domains.py"


rule embed_corpus:
    """Embed a part of a corpus, one mean per protein; residues would fill any disk."""
    input:
        corpus=embedded_corpus,
        encoder=encoder_pair,
    output:
        "<results>/corpus_embeddings/{encoder}/{corpus}/shard-{shard}-of-{shards}.h5",
    log:
        "<logs>/embed_corpus/{encoder}/{corpus}/{shard}-of-{shards}.log",
    benchmark:
        "<benchmarks>/embed_corpus/{encoder}/{corpus}/{shard}-of-{shards}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: EMBEDDING["threads"]
    resources:
        mem_mb=scale_mem(8000),
        runtime="48h",
    params:
        embedder=EMBEDDER,
        kept=KEPT,
        unfinished=unfinished_corpus,
    script:
        "../workflow/scripts/embed_corpus.py"


rule embed_corpora:
    """One mean vector per protein of every corpus named in `corpus_embeddings`."""
    input:
        corpus_embeddings,


rule time_embedding:
    """Embed batches of a data set against the clock, on the CPU and on a GPU if any."""
    input:
        split="<results>/datasets/{dataset}/train.parquet",
        encoder=encoder_pair,
    output:
        "<results>/timings/{encoder}/{dataset}.csv",
    log:
        "<logs>/time_embedding/{encoder}/{dataset}.log",
    conda:
        "../envs/torch.yaml"
    threads: EMBEDDING["threads"]
    resources:
        mem_mb=scale_mem(8000),
        runtime="24h",
    params:
        embedder=EMBEDDER,
        kept=KEPT,
        batches=TIMINGS.get("batches", 10),
        repeats=TIMINGS.get("repeats", 3),
    script:
        "../workflow/scripts/time_embedding.py"


rule time_prediction:
    """Predict the proteins of a test set, vectors at hand, against the clock."""
    input:
        model=f"<results>/per_residue/{{predictor}}/{{dataset}}/seed{SEEDS[0]}/model.safetensors",
        test="<results>/datasets/{test_set}/test.parquet",
        test_profiles="<results>/datasets/{test_set}/test.profiles.h5",
        test_embeddings=lambda wildcards: head_embeddings(
            "per_residue", wildcards.predictor, wildcards.test_set, "test"
        ),
    output:
        "<results>/timings/prediction/{predictor}/{dataset}/{test_set}.csv",
    log:
        "<logs>/time_prediction/{predictor}/{dataset}/{test_set}.log",
    conda:
        "../envs/torch.yaml"
    threads: TRAINING["threads"]
    resources:
        mem_mb=scale_mem(2000),
        runtime="1h",
    params:
        threads=TRAINING["threads"],
    script:
        "../workflow/scripts/time_prediction.py"


rule seqvec_timings:
    """SeqVec's paragraph on run times as a table, ours beside the paper's."""
    input:
        timings=timings_of_sets,
        splits=splits_of_timed_sets,
        encoders=described_timed_encoder,
        prediction=timing_of_prediction,
    output:
        csv="<results>/tables/seqvec_timings.csv",
        md="<results>/tables/seqvec_timings.md",
        html=report(
            "<results>/tables/seqvec_timings.html",
            caption="../workflow/report/seqvec_timings.rst",
            category="Tables",
            labels={"paper": "SeqVec", "table": "timings"},
        ),
    log:
        "<logs>/seqvec_timings.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        sets=TIMINGS.get("sets", {}),
    script:
        "../workflow/scripts/make_table.py"


rule seqvec_timings_figure:
    """Time per protein by length, ours beside SeqVec's."""
    input:
        timings=timings_of_sets,
        splits=splits_of_timed_sets,
        encoders=described_timed_encoder,
    output:
        svg=report(
            "<results>/figures/seqvec_timings.svg",
            caption="../workflow/report/seqvec_timings.rst",
            category="Figures",
            labels={"paper": "SeqVec", "figure": "timings"},
        ),
        png="<results>/figures/seqvec_timings.png",
        csv="<results>/figures/seqvec_timings.csv",
    log:
        "<logs>/seqvec_timings_figure.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        sets=TIMINGS.get("sets", {}),
    script:
        "../workflow/scripts/draw_figure.py"
