# Raw files from their publishers (or from `mirror`), verified before they are used.
localrules:
    download,


rule download:
    """Fetch one file of a source and verify it."""
    input:
        lambda wildcards: STUDY.original_of(wildcards.source, wildcards.file),
    output:
        "<downloads>/{source}/{file}",
    log:
        "<logs>/download/{source}/{file}.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(500),
        runtime="12h",
    params:
        # No address: another one has to give the same bytes.
        release=lambda wildcards: STUDY.sources[wildcards.source].release,
        simulated=STUDY.is_simulated,
    script:
        "../workflow/scripts/download.py"
