# SeqVec's heads, of residues and of whole proteins: trained, tested and scored.
rule train_head:
    """Train one head, stopping early on held-out proteins."""
    input:
        train="<results>/datasets/{dataset}/train.parquet",
        train_profiles="<results>/datasets/{dataset}/train.profiles.h5",
        train_embeddings=split_embeddings("train"),
        validation="<results>/datasets/{dataset}/validation.parquet",
        validation_profiles="<results>/datasets/{dataset}/validation.profiles.h5",
        validation_embeddings=split_embeddings("validation"),
    output:
        model="<results>/{head}/{predictor}/{dataset}/seed{seed}/model.safetensors",
        history="<results>/{head}/{predictor}/{dataset}/seed{seed}/history.csv",
    log:
        "<logs>/train_head/{head}/{predictor}/{dataset}/seed{seed}.log",
    benchmark:
        "<benchmarks>/train_head/{head}/{predictor}/{dataset}/seed{seed}.tsv"
    wildcard_constraints:
        head="per_residue|per_protein",
    conda:
        "../envs/torch.yaml"
    threads: lambda wildcards: head_settings(wildcards)["threads"]
    resources:
        mem_mb=scale_mem(6000),
        runtime="4h",
    params:
        features=head_features,
        training=head_settings,
        runs=f"results/{config['run']}/heads/runs",
    script:
        "../workflow/scripts/train_head.py"


rule predict_per_residue:
    """Predict the residues of all test sets with one head, for every seed."""
    input:
        models=collect(
            "<results>/per_residue/{{predictor}}/{{dataset}}/seed{seed}/model.safetensors",
            seed=SEEDS,
        ),
        tests=collect("<results>/datasets/{test_set}/test.parquet", test_set=TEST_SETS),
        test_profiles=collect(
            "<results>/datasets/{test_set}/test.profiles.h5", test_set=TEST_SETS
        ),
        test_embeddings=residue_test_embeddings,
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
        head="per_residue",
        threads=TRAINING["threads"],
        tested=tested_sets,
    script:
        "../workflow/scripts/predict_head.py"


use rule predict_per_residue as predict_per_protein with:
    """Predict location and membrane of the test proteins, for every seed."""
    input:
        models=collect(
            "<results>/per_protein/{{predictor}}/{{dataset}}/seed{seed}/model.safetensors",
            seed=PROTEIN_SEEDS,
        ),
        tests=["<results>/datasets/{dataset}/test.parquet"],
        test_embeddings=protein_test_embeddings,
    output:
        collect(
            "<results>/per_protein/{{predictor}}/{{dataset}}/seed{seed}/predictions.parquet",
            seed=PROTEIN_SEEDS,
        ),
    log:
        "<logs>/predict_per_protein/{predictor}/{dataset}.log",
    benchmark:
        "<benchmarks>/predict_per_protein/{predictor}/{dataset}.tsv"
    threads: PROTEIN_TRAINING["threads"]
    params:
        head="per_protein",
        threads=PROTEIN_TRAINING["threads"],
        tested=lambda wildcards: [wildcards.dataset],


rule score_per_residue:
    """Score one head's predictions, all seeds together, on all test sets."""
    input:
        tests=rules.predict_per_residue.input.tests,
        predictions=rules.predict_per_residue.output,
    output:
        **{
            kind: collect(
                "<results>/per_residue/{{predictor}}/{{dataset}}/{kind}/{test_set}.csv",
                kind=kind,
                test_set=TEST_SETS,
            )
            for kind in ("scores", "confusion", "proteins")
        },
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
        head="per_residue",
        labels=scored_labels,
    script:
        "../workflow/scripts/score_head.py"


use rule score_per_residue as score_per_protein with:
    """Score one head of proteins, all seeds together, with bootstrap errors."""
    input:
        tests=rules.predict_per_protein.input.tests,
        predictions=rules.predict_per_protein.output,
    output:
        scores=["<results>/per_protein/{predictor}/{dataset}/scores.csv"],
        confusion=["<results>/per_protein/{predictor}/{dataset}/confusion.csv"],
    log:
        "<logs>/score_per_protein/{predictor}/{dataset}.log",
    benchmark:
        "<benchmarks>/score_per_protein/{predictor}/{dataset}.tsv"
    params:
        head="per_protein",
        labels=scored_classes,


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
