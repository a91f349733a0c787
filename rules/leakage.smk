# How many test proteins were in training.
INDEX_MEMORY = STUDY.section("leakage").get("memory_mb", 2000)
# MMseqs2's index, and what reads the sequences.
AUDIT_MEMORY = INDEX_MEMORY + 2000


rule audit_corpus:
    """Compare the test proteins with a corpus."""
    input:
        corpus=lambda wildcards: paths.named_corpus(wildcards.reference),
        training=[],
        tests=paths.tests(STUDY.heads.audited_sets().values()),
    output:
        "<results>/leakage/corpora/{reference}.csv",
    log:
        "<logs>/audit_corpus/{reference}.log",
    benchmark:
        "<benchmarks>/audit_corpus/{reference}.tsv"
    conda:
        "../envs/mmseqs.yaml"
    threads: STUDY.section("leakage").get("threads", 1)
    resources:
        mem_mb=scale_mem(AUDIT_MEMORY),
        runtime="12h",
    params:
        test_sets=list(STUDY.heads.audited_sets()),
        search=lambda wildcards: STUDY.heads.searched(wildcards.reference),
        memory_mb=INDEX_MEMORY,
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
        tests=lambda wildcards: paths.tests(
            STUDY.heads.audited_training_sets()[wildcards.reference].values()
        ),
    output:
        "<results>/leakage/training_sets/{reference}.csv",
    log:
        "<logs>/audit_training_set/{reference}.log",
    benchmark:
        "<benchmarks>/audit_training_set/{reference}.tsv"
    params:
        test_sets=lambda wildcards: list(
            STUDY.heads.audited_training_sets()[wildcards.reference]
        ),
        search=lambda wildcards: STUDY.heads.searched(wildcards.reference),
        memory_mb=INDEX_MEMORY,
