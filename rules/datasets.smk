# Labelled sets in one canonical form, whatever distribution they came in.
rule build_training_set:
    """Read a source and split it into proteins to train on and to stop early on."""
    input:
        unpack(lambda wildcards: STUDY.dataset_files(wildcards.dataset)),
    output:
        train="<results>/datasets/{dataset}/train.parquet",
        train_profiles="<results>/datasets/{dataset}/train.profiles.h5",
        validation="<results>/datasets/{dataset}/validation.parquet",
        validation_profiles="<results>/datasets/{dataset}/validation.profiles.h5",
    log:
        "<logs>/build_training_set/{dataset}.log",
    benchmark:
        "<benchmarks>/build_training_set/{dataset}.tsv"
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(4000),
        runtime="1h",
    params:
        settings=lookup(dpath="datasets/{dataset}", within=config),
        source=lambda wildcards: STUDY.dataset_entry(wildcards.dataset),
        simulated=STUDY.is_simulated,
    script:
        "../workflow/scripts/build_dataset.py"


use rule build_training_set as build_test_set with:
    """Read a source as a test set."""
    output:
        test="<results>/datasets/{dataset}/test.parquet",
        test_profiles="<results>/datasets/{dataset}/test.profiles.h5",
    log:
        "<logs>/build_test_set/{dataset}.log",
    benchmark:
        "<benchmarks>/build_test_set/{dataset}.tsv"


if STUDY.visualisation:

    rule annotate_scope:
        """Find the class, enzyme and kingdom of SCOPe's domains."""
        input:
            **STUDY.scope_files(),
        output:
            domains="<results>/scope/domains.parquet",
            profiles="<results>/scope/domains.profiles.h5",
            annotations="<results>/scope/annotations.csv",
            counts="<results>/scope/counts.csv",
        log:
            "<logs>/annotate_scope.log",
        benchmark:
            "<benchmarks>/annotate_scope.tsv"
        conda:
            "../envs/base.yaml"
        resources:
            mem_mb=scale_mem(1500),
            runtime="10m",
        params:
            source=STUDY.entry(STUDY.visualisation.scope_source),
            simulated=STUDY.is_simulated,
        script:
            "../workflow/scripts/annotate_scope.py"
