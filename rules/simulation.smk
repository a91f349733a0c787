# The demo's upstream files: simulated, in the exact formats of the real ones.
from protlang.simulation.names import FILES

if STUDY.is_simulated:

    rule simulate:
        """Write a small simulated protein world as a mirror of upstream files."""
        output:
            collect("{mirror}/{file}", mirror=config["mirror"], file=FILES),
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
            "../workflow/scripts/simulate.py"
