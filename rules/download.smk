# Raw files from their publishers (or from `mirror`), verified before they are used.
localrules:
    download,


rule download:
    """Fetch one file of a source and verify it."""
    input:
        simulated_original,
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
        sources=config["sources"],
        mirror=config.get("mirror"),
        simulated="simulation" in config,
    script:
        "../workflow/scripts/download_file.py"
