# ProtVec: one vector per 3-mer, trained here or as published.
rule train_protvec:
    """Train ProtVec vectors; a job that was stopped starts anew."""
    input:
        corpus=protvec_corpus,
    output:
        model="<results>/encoders/{encoder}/model.safetensors",
        config="<results>/encoders/{encoder}/config.json",
        job="<results>/encoders/{encoder}/job.json",
    log:
        "<logs>/train_protvec/{encoder}.log",
    benchmark:
        "<benchmarks>/train_protvec/{encoder}.tsv"
    wildcard_constraints:
        encoder=one_of(TRAINED_PROTVECS),
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(2000),
        runtime="24h",
    params:
        launcher="python",
        architecture=pretrained_architecture,
        runs=f"results/{config['run']}/pretraining/{{encoder}}",
        settings=pretraining_settings,
    script:
        "../workflow/scripts/pretrain.py"


rule import_protvec:
    """Bring published ProtVec vectors into the form of our own encoders."""
    input:
        vectors=published_vectors,
    output:
        model="<results>/encoders/{encoder}/model.safetensors",
        config="<results>/encoders/{encoder}/config.json",
    log:
        "<logs>/import_protvec/{encoder}.log",
    wildcard_constraints:
        encoder=one_of(PUBLISHED_PROTVECS),
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    script:
        "../workflow/scripts/import_protvec.py"
