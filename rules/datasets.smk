# Labelled sets in one canonical form, whatever distribution they came in.
rule build_training_set:
    """Read a source and split it into proteins to train on and to stop early on."""
    input:
        unpack(source_files),
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
        settings=dataset_settings,
        sources=config["sources"],
    script:
        "../workflow/scripts/build_data_set.py"


rule build_test_set:
    """Read a source as a test set."""
    input:
        unpack(source_files),
    output:
        test="<results>/datasets/{dataset}/test.parquet",
        test_profiles="<results>/datasets/{dataset}/test.profiles.h5",
    log:
        "<logs>/build_test_set/{dataset}.log",
    benchmark:
        "<benchmarks>/build_test_set/{dataset}.tsv"
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(4000),
        runtime="1h",
    params:
        settings=dataset_settings,
        sources=config["sources"],
    script:
        "../workflow/scripts/build_data_set.py"
