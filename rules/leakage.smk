# How many test proteins were in training.
rule audit_corpus:
    """Compare the test proteins with a corpus."""
    input:
        corpus=audited_corpus,
        training=[],
        tests=audited_tests,
    output:
        "<results>/leakage/corpora/{reference}.csv",
    log:
        "<logs>/audit_corpus/{reference}.log",
    benchmark:
        "<benchmarks>/audit_corpus/{reference}.tsv"
    conda:
        "../envs/mmseqs.yaml"
    threads: LEAKAGE.get("threads", 1)
    resources:
        mem_mb=scale_mem(AUDIT_MEMORY),
        runtime="12h",
    params:
        test_sets=list(audited_sets()),
        search=searched,
        memory_mb=LEAKAGE.get("memory_mb", 2000),
    script:
        "../workflow/scripts/audit_leakage.py"


use rule audit_corpus as audit_training_set with:
    """Compare the test proteins with those that a network is trained on."""
    input:
        corpus=[],
        training=collect(
            "<results>/datasets/{{reference}}/{split}.parquet",
            split=["train", "validation"],
        ),
        tests=tests_of_training_set,
    output:
        "<results>/leakage/training_sets/{reference}.csv",
    log:
        "<logs>/audit_training_set/{reference}.log",
    benchmark:
        "<benchmarks>/audit_training_set/{reference}.tsv"
    params:
        test_sets=names_of_tests,
        search=searched,
        memory_mb=LEAKAGE.get("memory_mb", 2000),
