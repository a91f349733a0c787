# Language models pre-trained on corpora. Their checkpoints are no output, because
# Snakemake deletes outputs before a job and after a failed one.
rule pretrain_elmo:
    """Pre-train one ELMo; a job that was stopped goes on from its newest checkpoint."""
    input:
        corpus=pretraining_corpus,
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
        encoder=one_of(PRETRAINED),
    priority: 1  # most other jobs wait for it
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


rule import_encoder:
    """Bring published ELMo weights into the form of our own encoders."""
    input:
        unpack(published_pair),
    output:
        model="<results>/encoders/{encoder}/model.safetensors",
        config="<results>/encoders/{encoder}/config.json",
    log:
        "<logs>/import_encoder/{encoder}.log",
    wildcard_constraints:
        encoder=one_of(PUBLISHED),
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(4000),
        runtime="30m",
    script:
        "../workflow/scripts/import_encoder.py"


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


rule seqvec_figS1:
    """SeqVec Figure S1: perplexity of the language models while they are trained."""
    input:
        metrics=collect(
            "<results>/encoders/{encoder}/metrics.jsonl", encoder=PRETRAINED
        ),
        summaries=collect(
            "<results>/encoders/{encoder}/summary.json", encoder=PRETRAINED
        ),
    output:
        svg=report(
            "<results>/figures/seqvec_figS1.svg",
            caption="../workflow/report/seqvec_figS1.rst",
            category="Figures",
            labels={"paper": "SeqVec", "figure": "S1"},
        ),
        png="<results>/figures/seqvec_figS1.png",
        csv="<results>/figures/seqvec_figS1.csv",
    log:
        "<logs>/seqvec_figS1.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        simulated="simulation" in config,
    script:
        "../workflow/scripts/draw_figure.py"


rule pretrain:
    """All pre-trained encoders, ELMo's also in the form that AllenNLP loads."""
    input:
        collect(
            "<results>/encoders/{encoder}/model.safetensors",
            encoder=[*PRETRAINED, *PRETRAINED_PLUS],
        ),
        collect("<results>/encoders/{encoder}/bilm/weights.hdf5", encoder=PRETRAINED),
