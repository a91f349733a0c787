# One self-contained page that opens from disk.
rule report:
    """The report: all tables and figures, and where every number comes from."""
    input:
        tables=[
            rules.seqvec_table1.output.csv,
            rules.seqvec_table2.output.csv,
            rules.seqvec_tableS1.output.csv,
            rules.seqvec_timings.output.csv,
            rules.seqvec_leakage.output.csv,
            rules.seqvec_intext.output.csv,
            rules.plus_table1.output.csv,
            rules.plus_table2.output.csv,
            rules.plus_table3.output.csv,
            rules.plus_table4.output.csv,
            rules.plus_table5.output.csv,
            rules.plus_table6.output.csv,
            rules.plus_intext.output.csv,
        ],
        figures=[path for path in rules.figures.input if path.endswith(".svg")],
        datasets=datasets_of_table1,
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
