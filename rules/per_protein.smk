# SeqVec's per-protein networks: trained, applied to the test proteins and scored.
rule train_per_protein:
    """Train one per-protein network, stopping early on held-out proteins."""
    input:
        train="<results>/datasets/{dataset}/train.parquet",
        validation="<results>/datasets/{dataset}/validation.parquet",
        train_embeddings=protein_train_embeddings,
        validation_embeddings=protein_validation_embeddings,
    output:
        model="<results>/per_protein/{protein_predictor}/{dataset}/seed{seed}/model.safetensors",
        history="<results>/per_protein/{protein_predictor}/{dataset}/seed{seed}/history.csv",
    log:
        "<logs>/train_per_protein/{protein_predictor}/{dataset}/seed{seed}.log",
    benchmark:
        "<benchmarks>/train_per_protein/{protein_predictor}/{dataset}/seed{seed}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: PROTEIN_TRAINING["threads"]
    resources:
        mem_mb=scale_mem(2000),
        runtime="1h",
    params:
        features=protein_features,
        training=PROTEIN_TRAINING,
    script:
        "../workflow/scripts/train_per_protein.py"


rule predict_per_protein:
    """Predict location and membrane of the test proteins, for every seed."""
    input:
        models=collect(
            "<results>/per_protein/{{protein_predictor}}/{{dataset}}/seed{seed}/model.safetensors",
            seed=PROTEIN_SEEDS,
        ),
        test="<results>/datasets/{dataset}/test.parquet",
        test_embeddings=protein_test_embeddings,
    output:
        collect(
            "<results>/per_protein/{{protein_predictor}}/{{dataset}}/seed{seed}/predictions.parquet",
            seed=PROTEIN_SEEDS,
        ),
    log:
        "<logs>/predict_per_protein/{protein_predictor}/{dataset}.log",
    benchmark:
        "<benchmarks>/predict_per_protein/{protein_predictor}/{dataset}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: PROTEIN_TRAINING["threads"]
    resources:
        mem_mb=scale_mem(2000),
        runtime="30m",
    params:
        threads=PROTEIN_TRAINING["threads"],
    script:
        "../workflow/scripts/predict_per_protein.py"


rule score_per_protein:
    """Score one per-protein predictor, all seeds together, with bootstrap errors."""
    input:
        test="<results>/datasets/{dataset}/test.parquet",
        predictions=rules.predict_per_protein.output,
    output:
        scores="<results>/per_protein/{protein_predictor}/{dataset}/scores.csv",
        confusion="<results>/per_protein/{protein_predictor}/{dataset}/confusion.csv",
    log:
        "<logs>/score_per_protein/{protein_predictor}/{dataset}.log",
    benchmark:
        "<benchmarks>/score_per_protein/{protein_predictor}/{dataset}.tsv"
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="30m",
    script:
        "../workflow/scripts/score_per_protein.py"
