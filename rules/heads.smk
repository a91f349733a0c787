# SeqVec's heads, of residues and of whole proteins: trained, tested and scored. Seeds of a
# head share a job, which reads the vectors once.
rule train_per_residue:
    """Train one head of residues with every seed, stopping early on held-out proteins."""
    input:
        **learned_from("per_residue"),
    output:
        models=of_seeds("per_residue", "model.safetensors"),
        histories=of_seeds("per_residue", "history.csv"),
        metrics=of_seeds("per_residue", "metrics.jsonl"),
    log:
        "<logs>/train_per_residue/{predictor}/{dataset}.log",
    benchmark:
        "<benchmarks>/train_per_residue/{predictor}/{dataset}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: STUDY.heads.training("per_residue")["threads"]
    resources:
        mem_mb=scale_mem(6000),
        runtime="4h",
    params:
        **settings_of("per_residue"),
    script:
        "../workflow/scripts/train_head.py"


use rule train_per_residue as train_per_protein with:
    """Train one head of whole proteins with every seed."""
    input:
        **learned_from("per_protein"),
    output:
        models=of_seeds("per_protein", "model.safetensors"),
        histories=of_seeds("per_protein", "history.csv"),
        metrics=of_seeds("per_protein", "metrics.jsonl"),
    log:
        "<logs>/train_per_protein/{predictor}/{dataset}.log",
    benchmark:
        "<benchmarks>/train_per_protein/{predictor}/{dataset}.tsv"
    threads: STUDY.heads.training("per_protein")["threads"]
    params:
        **settings_of("per_protein"),


rule predict_per_residue:
    """Predict the residues of all test sets with one head, for every seed."""
    input:
        models=collect(
            "<results>/per_residue/{{predictor}}/{{dataset}}/seed{seed}/model.safetensors",
            seed=STUDY.heads.seeds("per_residue"),
        ),
        tests=collect(
            "<results>/datasets/{test_set}/test.parquet",
            test_set=STUDY.heads.test_sets,
        ),
        test_profiles=collect(
            "<results>/datasets/{test_set}/test.profiles.h5",
            test_set=STUDY.heads.test_sets,
        ),
        test_embeddings=lambda wildcards: STUDY.heads.test_embeddings(
            wildcards.predictor
        ),
    output:
        # A test set that lacks what the network reads has a file without proteins.
        collect(
            "<results>/per_residue/{{predictor}}/{{dataset}}/seed{seed}/predictions/{test_set}.parquet",
            seed=STUDY.heads.seeds("per_residue"),
            test_set=STUDY.heads.test_sets,
        ),
    log:
        "<logs>/predict_per_residue/{predictor}/{dataset}.log",
    benchmark:
        "<benchmarks>/predict_per_residue/{predictor}/{dataset}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: STUDY.heads.training("per_residue")["threads"]
    resources:
        mem_mb=scale_mem(2000),
        runtime="1h",
    params:
        head="per_residue",
        threads=STUDY.heads.training("per_residue")["threads"],
        tested=lambda wildcards: STUDY.heads.tested_sets(
            wildcards.predictor, wildcards.dataset
        ),
    script:
        "../workflow/scripts/predict_head.py"


use rule predict_per_residue as predict_per_protein with:
    """Predict location and membrane of the test proteins, for every seed."""
    input:
        models=collect(
            "<results>/per_protein/{{predictor}}/{{dataset}}/seed{seed}/model.safetensors",
            seed=STUDY.heads.seeds("per_protein"),
        ),
        tests=["<results>/datasets/{dataset}/test.parquet"],
        test_embeddings=lambda wildcards: STUDY.heads.embeddings(
            "per_protein", wildcards.predictor, wildcards.dataset, "test"
        ),
    output:
        collect(
            "<results>/per_protein/{{predictor}}/{{dataset}}/seed{seed}/predictions.parquet",
            seed=STUDY.heads.seeds("per_protein"),
        ),
    log:
        "<logs>/predict_per_protein/{predictor}/{dataset}.log",
    benchmark:
        "<benchmarks>/predict_per_protein/{predictor}/{dataset}.tsv"
    threads: STUDY.heads.training("per_protein")["threads"]
    params:
        head="per_protein",
        threads=STUDY.heads.training("per_protein")["threads"],
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
                test_set=STUDY.heads.test_sets,
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
        labels=lambda wildcards: STUDY.heads.scored_labels(
            wildcards.predictor, wildcards.dataset
        ),
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
        labels=lambda wildcards: STUDY.heads.scored_classes(wildcards.dataset),


rule compare_per_residue:
    """Compare any two predictors on the same proteins."""
    input:
        proteins=STUDY.heads.residue_files("proteins"),
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
