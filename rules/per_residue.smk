# SeqVec's per-residue networks: trained, applied to the test sets and scored.
rule train_per_residue:
    """Train one per-residue network, stopping early on held-out proteins."""
    input:
        train="<results>/datasets/{dataset}/train.parquet",
        train_profiles="<results>/datasets/{dataset}/train.profiles.h5",
        validation="<results>/datasets/{dataset}/validation.parquet",
        validation_profiles="<results>/datasets/{dataset}/validation.profiles.h5",
    output:
        model="<results>/per_residue/{predictor}/{dataset}/seed{seed}/model.safetensors",
        history="<results>/per_residue/{predictor}/{dataset}/seed{seed}/history.csv",
    log:
        "<logs>/train_per_residue/{predictor}/{dataset}/seed{seed}.log",
    benchmark:
        "<benchmarks>/train_per_residue/{predictor}/{dataset}/seed{seed}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: TRAINING["threads"]
    resources:
        mem_mb=scale_mem(6000),
        runtime="4h",
    params:
        features=predictor_features,
        training=TRAINING,
    script:
        "../workflow/scripts/train_per_residue.py"


rule predict_per_residue:
    """Predict the proteins of one test set with one network, for every seed."""
    input:
        models=collect(
            "<results>/per_residue/{{predictor}}/{{dataset}}/seed{seed}/model.safetensors",
            seed=SEEDS,
        ),
        test="<results>/datasets/{test_set}/test.parquet",
        test_profiles="<results>/datasets/{test_set}/test.profiles.h5",
    output:
        collect(
            "<results>/per_residue/{{predictor}}/{{dataset}}/seed{seed}/predictions/{{test_set}}.parquet",
            seed=SEEDS,
        ),
    log:
        "<logs>/predict_per_residue/{predictor}/{dataset}/{test_set}.log",
    benchmark:
        "<benchmarks>/predict_per_residue/{predictor}/{dataset}/{test_set}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: TRAINING["threads"]
    resources:
        mem_mb=scale_mem(2000),
        runtime="1h",
    params:
        threads=TRAINING["threads"],
    script:
        "../workflow/scripts/predict_per_residue.py"


rule score_per_residue:
    """Score one network's predictions, all seeds together, on one test set."""
    input:
        test="<results>/datasets/{test_set}/test.parquet",
        predictions=rules.predict_per_residue.output,
    output:
        scores="<results>/per_residue/{predictor}/{dataset}/scores/{test_set}.csv",
        confusion="<results>/per_residue/{predictor}/{dataset}/confusion/{test_set}.csv",
    log:
        "<logs>/score_per_residue/{predictor}/{dataset}/{test_set}.log",
    benchmark:
        "<benchmarks>/score_per_residue/{predictor}/{dataset}/{test_set}.tsv"
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(2000),
        runtime="30m",
    params:
        labels=scored_labels,
    script:
        "../workflow/scripts/score_per_residue.py"
