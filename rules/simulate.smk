# The demo's upstream files: simulated, in the exact formats of the real ones.
if "simulation" in config:

    rule simulate:
        """Write a small simulated protein world as a mirror of upstream files."""
        output:
            collect(
                "{mirror}/{file}",
                mirror=config["mirror"],
                file=[
                    *ARRAYS.values(),
                    SEQRES,
                    *CORPORA.values(),
                    DEEPLOC,
                    *SCOPE.values(),
                    PFAM,
                    *HOMOLOGY.values(),
                    *PLUS_SETS.values(),
                ],
            ),
        log:
            "<logs>/simulate.log",
        benchmark:
            "<benchmarks>/simulate.tsv"
        conda:
            "../envs/base.yaml"
        resources:
            mem_mb=scale_mem(1000),
            runtime="10m",
        params:
            simulation=config["simulation"],
        script:
            "../workflow/scripts/simulate_mirror.py"
