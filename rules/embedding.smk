# Vectors of proteins: those of a user, named on the command line by `fasta=`.
localrules:
    embed,


rule read_user_proteins:
    """Read a user's file of proteins and check each record."""
    input:
        fasta=user_fasta,
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
        encoder=user_encoder,
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
        name=user_encoder_name,
        embedder=chosen(start_state="warm", precision="float32", device="auto"),
        kept=chosen(layers="sum", pooling="residue", storage="float32"),
        unfinished=unfinished_shard,
        copies=2 if INTO_ONE_FILE else 1,
    script:
        "../workflow/scripts/embed_shard.py"


rule gather_embeddings:
    """Bring the shards together and report the outcome of each record."""
    input:
        proteins="<results>/user/{user}/proteins.parquet",
        shards=user_shards,
        failed=user_failures,
    output:
        embeddings=f"<results>/user/{{user}}/{GATHERED}",
        manifest="<results>/user/{user}/manifest.csv",
    log:
        "<logs>/gather_embeddings/{user}.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(4000),
        runtime="4h",
    params:
        into_one_file=INTO_ONE_FILE,
    script:
        "../workflow/scripts/gather_embeddings.py"


rule embed:
    """Vectors of your own proteins: --config fasta=<file> encoder=<name or folder>."""
    input:
        user_embeddings,
