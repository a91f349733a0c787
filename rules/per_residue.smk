# SeqVec's per-residue networks: trained, applied to the test sets and scored.
rule train_per_residue:
    """Train one per-residue network, stopping early on held-out proteins."""
    input:
        train="<results>/datasets/{dataset}/train.parquet",
        train_profiles="<results>/datasets/{dataset}/train.profiles.h5",
        validation="<results>/datasets/{dataset}/validation.parquet",
        validation_profiles="<results>/datasets/{dataset}/validation.profiles.h5",
        train_embeddings=train_embeddings,
        validation_embeddings=validation_embeddings,
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
    """Predict the proteins of all test sets with one network, for every seed."""
    input:
        models=collect(
            "<results>/per_residue/{{predictor}}/{{dataset}}/seed{seed}/model.safetensors",
            seed=SEEDS,
        ),
        tests=collect("<results>/datasets/{test_set}/test.parquet", test_set=TEST_SETS),
        test_profiles=collect(
            "<results>/datasets/{test_set}/test.profiles.h5", test_set=TEST_SETS
        ),
        test_embeddings=all_test_embeddings,
    output:
        # A test set that lacks what the network reads has a file without proteins.
        collect(
            "<results>/per_residue/{{predictor}}/{{dataset}}/seed{seed}/predictions/{test_set}.parquet",
            seed=SEEDS,
            test_set=TEST_SETS,
        ),
    log:
        "<logs>/predict_per_residue/{predictor}/{dataset}.log",
    benchmark:
        "<benchmarks>/predict_per_residue/{predictor}/{dataset}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: TRAINING["threads"]
    resources:
        mem_mb=scale_mem(2000),
        runtime="1h",
    params:
        threads=TRAINING["threads"],
        tested=tested_sets,
    script:
        "../workflow/scripts/predict_per_residue.py"


rule score_per_residue:
    """Score one network's predictions, all seeds together, on all test sets."""
    input:
        tests=rules.predict_per_residue.input.tests,
        predictions=rules.predict_per_residue.output,
    output:
        collect(
            "<results>/per_residue/{{predictor}}/{{dataset}}/{kind}/{test_set}.csv",
            kind=["scores", "confusion", "proteins"],
            test_set=TEST_SETS,
        ),
    log:
        "<logs>/score_per_residue/{predictor}/{dataset}.log",
    benchmark:
        "<benchmarks>/score_per_residue/{predictor}/{dataset}.tsv"
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(2000),
        runtime="30m",
    params:
        labels=scored_labels,
    script:
        "../workflow/scripts/score_per_residue.py"


rule compare_per_residue:
    """Compare any two predictors on the same proteins."""
    input:
        proteins=scores_of_table1("proteins"),
    output:
        csv="<results>/tables/seqvec_table1_comparisons.csv",
    log:
        "<logs>/compare_per_residue.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        per_residue=config["per_residue"],
    script:
        "../workflow/scripts/compare_per_residue.py"
