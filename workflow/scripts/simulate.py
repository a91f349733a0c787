"""Write the simulated protein world as a mirror of upstream files."""

from pathlib import Path

from protlang.logs import logged
from protlang.simulation.mirror import write_mirror
from protlang.simulation.world import SimulationConfig

with logged(snakemake.log[0]):
    mirror = Path(snakemake.output[0]).parents[1]
    write_mirror(SimulationConfig(**snakemake.params.simulation), mirror)
