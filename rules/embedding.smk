# Vectors of proteins: of data sets, domains and corpora, and of a user's own, named on the
# command line by `fasta=`. What a job did so far is no output, so that it stays.
localrules:
    embed,
    embed_corpora,


rule embed_residues:
    """Embed every residue of the proteins that per-residue networks are trained on."""
    input:
        # The large split last: a job that was stopped goes on with it where it was.
        splits=collect(
            "<results>/datasets/{{dataset}}/{split}.parquet",
            split=["validation", "train"],
        ),
        encoder=paths.encoder("{encoder}"),
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
    threads: STUDY.embedding["threads"]
    resources:
        mem_mb=scale_mem(8000),
        runtime="24h",
    params:
        proteins="splits",
        embedder=STUDY.embedder,
        settings={**STUDY.batches, "pooling": "residue"},
        unfinished=f"{RUN}/embeddings/unfinished/{{encoder}}/{{dataset}}.residue",
    script:
        "../workflow/scripts/embed.py"


use rule embed_residues as embed_test_sets with:
    """Embed every residue of all test sets of the per-residue networks."""
    input:
        splits=paths.tests(STUDY.heads.test_sets),
        encoder=paths.encoder("{encoder}"),
    output:
        collect(
            "<results>/embeddings/{{encoder}}/{test_set}/test.residue.h5",
            test_set=STUDY.heads.test_sets,
        ),
    log:
        "<logs>/embed_test_sets/{encoder}.log",
    benchmark:
        "<benchmarks>/embed_test_sets/{encoder}.tsv"
    params:
        proteins="splits",
        embedder=STUDY.embedder,
        settings={**STUDY.batches, "pooling": "residue"},
        unfinished=f"{RUN}/embeddings/unfinished/{{encoder}}/tests.residue",


use rule embed_residues as embed_proteins with:
    """Embed all proteins of a data set, one mean per protein."""
    input:
        splits=collect(
            "<results>/datasets/{{dataset}}/{split}.parquet",
            split=["validation", "test", "train"],
        ),
        encoder=paths.encoder("{encoder}"),
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
        proteins="splits",
        embedder=STUDY.embedder,
        settings={**STUDY.batches, "pooling": "protein"},
        unfinished=f"{RUN}/embeddings/unfinished/{{encoder}}/{{dataset}}.protein",


if STUDY.finetuned_tests():

    use rule embed_residues as embed_finetuning_tests with:
        """Embed every residue of the test sets that PLUS's tasks add."""
        input:
            splits=paths.tests(STUDY.finetuned_tests()),
            encoder=paths.encoder("{encoder}"),
        output:
            collect(
                "<results>/embeddings/{{encoder}}/{test_set}/test.residue.h5",
                test_set=STUDY.finetuned_tests(),
            ),
        log:
            "<logs>/embed_finetuning_tests/{encoder}.log",
        benchmark:
            "<benchmarks>/embed_finetuning_tests/{encoder}.tsv"
        params:
            proteins="splits",
            embedder=STUDY.embedder,
            settings={**STUDY.batches, "pooling": "residue"},
            unfinished=f"{RUN}/embeddings/unfinished/{{encoder}}/finetuning-tests.residue",


if STUDY.finetuning.homology:

    use rule embed_residues as embed_homology with:
        """Embed every residue of SCOPe's domains of the homology task."""
        input:
            splits=[
                paths.homology(f"{name}.parquet")
                for name in ("train", *STUDY.tuned.pair_sets)
            ],
            encoder=paths.encoder("{encoder}"),
        output:
            "<results>/homology/embeddings/{encoder}.h5",
        log:
            "<logs>/embed_homology/{encoder}.log",
        benchmark:
            "<benchmarks>/embed_homology/{encoder}.tsv"
        params:
            proteins="domains",
            embedder=STUDY.embedder,
            settings={**STUDY.batches, "pooling": "residue"},
            unfinished=f"{RUN}/homology/embeddings/unfinished/{{encoder}}",


if STUDY.visualisation:

    use rule embed_residues as embed_domains with:
        """Embed SCOPe's domains, one mean per domain."""
        input:
            splits=[rules.annotate_scope.output.domains],
            encoder=paths.encoder("{encoder}"),
        output:
            "<results>/scope/{encoder}.h5",
        log:
            "<logs>/embed_domains/{encoder}.log",
        benchmark:
            "<benchmarks>/embed_domains/{encoder}.tsv"
        params:
            proteins="splits",
            embedder=STUDY.embedder,
            settings={**STUDY.batches, "pooling": "protein"},
            unfinished=f"{RUN}/scope/unfinished/{{encoder}}",

    use rule embed_residues as embed_amino_acids with:
        """Vectors of the 20 amino acids that do not depend on any context."""
        input:
            encoder=paths.encoder("{encoder}"),
        output:
            "<results>/amino_acids/{encoder}.h5",
        log:
            "<logs>/embed_amino_acids/{encoder}.log",
        benchmark:
            "<benchmarks>/embed_amino_acids/{encoder}.tsv"
        threads: 1
        params:
            proteins="amino acids",
            embedder=STUDY.embedder,
            # Layer 0 is the layer below the LSTMs.
            settings={"layers": "0"},
            unfinished=f"{RUN}/amino_acids/unfinished/{{encoder}}",


use rule embed_residues as embed_corpus with:
    """Embed a part of a corpus, one mean per protein; residues would fill any disk."""
    input:
        corpus=lambda wildcards: paths.named_corpus(wildcards.corpus),
        encoder=paths.encoder("{encoder}"),
    output:
        "<results>/corpus_embeddings/{encoder}/{corpus}/shard-{shard}-of-{shards}.h5",
    log:
        "<logs>/embed_corpus/{encoder}/{corpus}/{shard}-of-{shards}.log",
    benchmark:
        "<benchmarks>/embed_corpus/{encoder}/{corpus}/{shard}-of-{shards}.tsv"
    resources:
        mem_mb=scale_mem(8000),
        runtime="48h",
    params:
        proteins="corpus",
        embedder=STUDY.embedder,
        settings={**STUDY.batches, "pooling": "protein"},
        unfinished=f"{RUN}/corpus_embeddings/unfinished/{{encoder}}/{{corpus}}/shard-{{shard}}-of-{{shards}}",


rule embed_corpora:
    """One mean vector per protein of every corpus named in `corpus_embeddings`."""
    input:
        STUDY.corpus_embeddings(),


rule time_embedding:
    """Embed batches of a data set against the clock, on the CPU and on a GPU if any."""
    input:
        splits=lambda wildcards: STUDY.timed_splits(wildcards.dataset),
        encoder=paths.encoder("{encoder}"),
    output:
        "<results>/timings/{encoder}/{dataset}.csv",
    log:
        "<logs>/time_embedding/{encoder}/{dataset}.log",
    conda:
        "../envs/torch.yaml"
    threads: STUDY.embedding["threads"]
    resources:
        mem_mb=scale_mem(8000),
        runtime="24h",
    params:
        embedder=STUDY.embedder,
        settings=STUDY.batches,
        batches=STUDY.section("timings").get("batches", 30),
        repeats=STUDY.section("timings").get("repeats", 3),
    script:
        "../workflow/scripts/time_embedding.py"


use rule time_embedding as time_proteome with:
    """Embed batches of a whole proteome against the clock, likewise."""
    input:
        proteome=lambda wildcards: paths.download(STUDY.sources[wildcards.source]),
        encoder=paths.encoder("{encoder}"),
    output:
        "<results>/timings/{encoder}/proteome/{source}.csv",
    log:
        "<logs>/time_proteome/{encoder}/{source}.log",


rule time_prediction:
    """Predict the proteins of a test set, vectors at hand, against the clock."""
    input:
        model=STUDY.heads.first_model("{predictor}", "{dataset}"),
        test="<results>/datasets/{test_set}/test.parquet",
        test_profiles="<results>/datasets/{test_set}/test.profiles.h5",
        test_embeddings=lambda wildcards: STUDY.heads.embeddings(
            "per_residue", wildcards.predictor, wildcards.test_set, "test"
        ),
    output:
        "<results>/timings/prediction/{predictor}/{dataset}/{test_set}.csv",
    log:
        "<logs>/time_prediction/{predictor}/{dataset}/{test_set}.log",
    conda:
        "../envs/torch.yaml"
    threads: STUDY.heads.training("per_residue")["threads"]
    resources:
        mem_mb=scale_mem(2000),
        runtime="1h",
    params:
        threads=STUDY.heads.training("per_residue")["threads"],
    script:
        "../workflow/scripts/time_prediction.py"


rule read_user_proteins:
    """Read a user's file of proteins and check each record."""
    input:
        fasta=lambda wildcards: one_sentence(USER.fasta),
    output:
        proteins="<results>/user/{user}/proteins.parquet",
    log:
        "<logs>/read_user_proteins/{user}.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(4000),
        runtime="2h",
    script:
        "../workflow/scripts/read_user_proteins.py"


rule embed_shard:
    """Embed some of a user's proteins; a job that was stopped goes on where it was."""
    input:
        proteins="<results>/user/{user}/proteins.parquet",
        encoder=lambda wildcards: one_sentence(USER.encoder_files),
    output:
        embeddings=until_gathered(
            "<results>/user/{user}/embeddings/shard-{shard}-of-{shards}.h5"
        ),
        failed=until_gathered(
            "<results>/user/{user}/failed/shard-{shard}-of-{shards}.csv"
        ),
    log:
        "<logs>/embed_shard/{user}/{shard}-of-{shards}.log",
    benchmark:
        "<benchmarks>/embed_shard/{user}/{shard}-of-{shards}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 8
    resources:
        mem_mb=scale_mem(8000),
        runtime="24h",
    params:
        name=lambda wildcards, input: Path(input.encoder[0]).resolve().parent.name,
        embedder=USER.options(start_state="warm", precision="float32", device="auto"),
        settings=USER.options(layers="sum", pooling="residue", storage="float32"),
        unfinished=f"{RUN}/user/{{user}}/unfinished-{{shard}}-of-{{shards}}",
        copies=2 if USER.into_one_file else 1,
    script:
        "../workflow/scripts/embed_shard.py"


rule gather_embeddings:
    """Bring the shards together and report the outcome of each record."""
    input:
        proteins="<results>/user/{user}/proteins.parquet",
        shards=USER.shard_files("embeddings", "h5"),
        failed=USER.shard_files("failed", "csv"),
    output:
        embeddings=f"<results>/user/{{user}}/{USER.gathered}",
        manifest="<results>/user/{user}/manifest.csv",
    log:
        "<logs>/gather_embeddings/{user}.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(4000),
        runtime="4h",
    params:
        into_one_file=USER.into_one_file,
    script:
        "../workflow/scripts/gather_embeddings.py"


rule embed:
    """Vectors of your own proteins: --config fasta=<file> encoder=<name or folder>."""
    input:
        lambda wildcards: one_sentence(USER.results),
