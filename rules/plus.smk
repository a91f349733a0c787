# PLUS: models that are pre-trained on Pfam by masked language modelling and same family
# prediction. Checkpoints are no output (see pretraining.smk).
rule draw_test_pairs:
    """Draw the pairs of domains that all models are tested on, once."""
    input:
        corpus=tested_families,
    output:
        pairs="<results>/plus/test_pairs.parquet",
    log:
        "<logs>/draw_test_pairs.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(4000),
        runtime="1h",
    params:
        pairs=ENCODERS.test_pair_settings(),
    script:
        "../workflow/scripts/draw_test_pairs.py"


rule pretrain_plus:
    """Pre-train one model; a job that was stopped goes on from its newest checkpoint."""
    input:
        corpus=family_corpus,
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
        encoder=one_of(PRETRAINED_PLUS),
    conda:
        "../envs/torch.yaml"
    threads: pretraining_threads
    resources:
        mem_mb=scale_mem(8000),
        runtime="48h",
    params:
        launcher=launcher,
        architecture=pretrained_architecture,
        runs=f"results/{config['run']}/pretraining/{{encoder}}",
        settings=pretraining_settings,
    script:
        "../workflow/scripts/pretrain.py"


rule import_plus:
    """Bring a published model of PLUS into the form of our own."""
    input:
        checkpoint=published_checkpoint,
    output:
        model="<results>/encoders/{encoder}/model.safetensors",
        config="<results>/encoders/{encoder}/config.json",
    log:
        "<logs>/import_plus/{encoder}.log",
    wildcard_constraints:
        encoder=one_of(PUBLISHED_PLUS),
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(4000),
        runtime="30m",
    params:
        architecture=published_architecture,
    script:
        "../workflow/scripts/import_plus.py"


rule evaluate_on_pairs:
    """Let one model guess residues of the test pairs, and tell which are relatives."""
    input:
        model="<results>/encoders/{encoder}/model.safetensors",
        config="<results>/encoders/{encoder}/config.json",
        pairs=rules.draw_test_pairs.output.pairs,
    output:
        results="<results>/plus/pairs/{encoder}.parquet",
    log:
        "<logs>/evaluate_on_pairs/{encoder}.log",
    wildcard_constraints:
        encoder=one_of(ENCODERS.tested),
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(8000),
        runtime="24h",
    params:
        seed=ENCODERS.pairs.get("seed", 1),
    script:
        "../workflow/scripts/evaluate_on_pairs.py"


rule plus_table1:
    """PLUS Table 1: residues guessed right and families told right on test pairs."""
    input:
        results=collect(
            "<results>/plus/pairs/{encoder}.parquet", encoder=ENCODERS.tested
        ),
    output:
        csv="<results>/tables/plus_table1.csv",
        md="<results>/tables/plus_table1.md",
        html=report(
            "<results>/tables/plus_table1.html",
            caption="../workflow/report/plus_table1.rst",
            category="Tables",
            labels={"paper": "PLUS", "table": "1"},
        ),
    log:
        "<logs>/plus_table1.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        encoders=config.get("encoders"),
    script:
        "../workflow/scripts/make_table.py"
