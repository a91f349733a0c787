# Encoders: pre-trained on a corpus, imported as published, exported, tested on pairs.
# Checkpoints are no output, because Snakemake deletes outputs before a job and after a
# failed one.
rule pretrain_elmo:
    """Pre-train one ELMo; a job that was stopped goes on from its newest checkpoint."""
    input:
        corpus=lambda wildcards: STUDY.pretraining_corpus(wildcards.encoder),
    output:
        model="<results>/encoders/{encoder}/model.safetensors",
        config="<results>/encoders/{encoder}/config.json",
        metrics="<results>/encoders/{encoder}/metrics.jsonl",
        summary="<results>/encoders/{encoder}/summary.json",
        job="<results>/encoders/{encoder}/job.json",
    log:
        "<logs>/pretrain_elmo/{encoder}.log",
    benchmark:
        "<benchmarks>/pretrain_elmo/{encoder}.tsv"
    wildcard_constraints:
        encoder=one_of(STUDY.encoders.trained(ELMO)),
    priority: 1  # many other jobs wait for it
    conda:
        "../envs/torch.yaml"
    threads: lookup(dpath="encoders/{encoder}/threads", within=config, default=1)
    resources:
        mem_mb=scale_mem(8000),
        runtime="48h",
    params:
        launcher=launcher,
        architecture=lookup(dpath="encoders/{encoder}/architecture", within=config),
        runs=f"{RUN}/pretraining/{{encoder}}",
        settings=lambda wildcards: STUDY.encoders.training_settings(wildcards.encoder),
    script:
        "../workflow/scripts/pretrain.py"


use rule pretrain_elmo as pretrain_plus with:
    """Pre-train one model on Pfam by masked language modelling and family prediction."""
    output:
        model="<results>/encoders/{encoder}/model.safetensors",
        config="<results>/encoders/{encoder}/config.json",
        metrics="<results>/encoders/{encoder}/metrics.jsonl",
        job="<results>/encoders/{encoder}/job.json",
    log:
        "<logs>/pretrain_plus/{encoder}.log",
    benchmark:
        "<benchmarks>/pretrain_plus/{encoder}.tsv"
    wildcard_constraints:
        encoder=one_of(STUDY.encoders.trained(*PLUS)),


use rule pretrain_elmo as pretrain_protvec with:
    """Train ProtVec, one vector per 3-mer; a job that was stopped starts anew."""
    output:
        model="<results>/encoders/{encoder}/model.safetensors",
        config="<results>/encoders/{encoder}/config.json",
        job="<results>/encoders/{encoder}/job.json",
    log:
        "<logs>/pretrain_protvec/{encoder}.log",
    benchmark:
        "<benchmarks>/pretrain_protvec/{encoder}.tsv"
    wildcard_constraints:
        encoder=one_of(STUDY.encoders.trained(PROTVEC)),
    priority: 0
    resources:
        mem_mb=scale_mem(2000),
        runtime="24h",


rule import_encoder:
    """Bring published weights, or those of a folder, into the form of our own."""
    input:
        unpack(lambda wildcards: one_sentence(STUDY.imported_files, wildcards.encoder)),
    output:
        model="<results>/encoders/{encoder}/model.safetensors",
        config="<results>/encoders/{encoder}/config.json",
    log:
        "<logs>/import_encoder/{encoder}.log",
    wildcard_constraints:
        encoder=one_of(STUDY.encoders.imported),
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(4000),
        runtime="30m",
    params:
        architecture=lambda wildcards: (
            STUDY.encoders.declared[wildcards.encoder].architecture
        ),
    script:
        "../workflow/scripts/import_encoder.py"


rule measure_perplexity:
    """Measure perplexities of an ELMo that is published with its softmax."""
    input:
        encoder=paths.encoder("{encoder}"),
        corpus=lambda wildcards: paths.corpus(
            STUDY.encoders.declared[wildcards.encoder].measured_on
        ),
    output:
        summary="<results>/encoders/{encoder}/summary.json",
    log:
        "<logs>/measure_perplexity/{encoder}.log",
    benchmark:
        "<benchmarks>/measure_perplexity/{encoder}.tsv"
    wildcard_constraints:
        encoder=one_of(STUDY.encoders.measured),
    conda:
        "../envs/torch.yaml"
    threads: STUDY.embedding["threads"]
    resources:
        mem_mb=scale_mem(8000),
        runtime="12h",
    params:
        seed=1,
    script:
        "../workflow/scripts/measure_perplexity.py"


rule export_encoder:
    """Write a trained ELMo as the pair of files that AllenNLP and bilm-tf load."""
    input:
        model="<results>/encoders/{encoder}/model.safetensors",
        config="<results>/encoders/{encoder}/config.json",
    output:
        options="<results>/encoders/{encoder}/bilm/options.json",
        weights="<results>/encoders/{encoder}/bilm/weights.hdf5",
    log:
        "<logs>/export_encoder/{encoder}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(2000),
        runtime="10m",
    script:
        "../workflow/scripts/export_encoder.py"


rule pretrain:
    """All pre-trained encoders, ELMo's also in the form that AllenNLP loads."""
    input:
        collect(
            "<results>/encoders/{encoder}/model.safetensors",
            encoder=STUDY.encoders.trained(ELMO, *PLUS),
        ),
        collect(
            "<results>/encoders/{encoder}/bilm/weights.hdf5",
            encoder=STUDY.encoders.trained(ELMO),
        ),


rule draw_test_pairs:
    """Draw the pairs of domains that PLUS's models are tested on, and P-ELMo's domains."""
    input:
        corpus=paths.family_corpus(STUDY.encoders.corpus),
    output:
        pairs="<results>/plus/test_pairs.parquet",
        domains="<results>/plus/test_domains.parquet",
    log:
        "<logs>/draw_test_pairs.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(4000),
        runtime="1h",
    params:
        pairs=STUDY.encoders.test_pair_settings(),
    script:
        "../workflow/scripts/draw_test_pairs.py"


rule evaluate_on_pairs:
    """Predict masked residues and common families of the test pairs with one model."""
    input:
        encoder=paths.encoder("{encoder}"),
        pairs=lambda wildcards: STUDY.encoders.tested_on(wildcards.encoder),
    output:
        results="<results>/plus/pairs/{encoder}.parquet",
    log:
        "<logs>/evaluate_on_pairs/{encoder}.log",
    wildcard_constraints:
        encoder=one_of(STUDY.encoders.tested),
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(8000),
        runtime="24h",
    params:
        seed=STUDY.encoders.pairs.get("seed", 1),
    script:
        "../workflow/scripts/evaluate_on_pairs.py"
