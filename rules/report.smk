# One self-contained page that opens from disk.
rule report:
    """The report: all tables and figures, and where every number comes from."""
    input:
        tables=collect("<results>/tables/{table}.csv", table=TABLES),
        figures=collect("<results>/figures/{figure}.svg", figure=FIGURES),
        datasets=STUDY.heads.table1_splits(),
    output:
        "<results>/report.html",
    log:
        "<logs>/report.log",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        run=config["run"],
        config=config,
    script:
        "../workflow/scripts/write_report.py"
