# One self-contained page that opens from disk.
rule report:
    """The report: all tables and figures, and where every number comes from."""
    input:
        tables=[rules.seqvec_table1.output.csv],
        figures=[rules.seqvec_fig1a.output.svg, rules.seqvec_fig1b.output.svg],
        datasets=datasets_of_table1,
    output:
        "<results>/report.html",
    log:
        "<logs>/report.log",
    conda:
        "../envs/base.yaml"
    resources:
        mem_mb=scale_mem(1000),
        runtime="10m",
    params:
        run=config["run"],
        config=config,
    script:
        "../workflow/scripts/write_report.py"
