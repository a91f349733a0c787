"""Write the report."""

from pathlib import Path

from protlang.datasets.splits import read_provenance
from protlang.logs import logged
from protlang.tables.registry import printed
from protlang.tables.report import FigureOnPage, write_report

with logged(snakemake.log[0]):
    write_report(
        run=snakemake.params.run,
        tables=[printed(Path(path)) for path in snakemake.input.tables],
        figures=[FigureOnPage.read(Path(path)) for path in snakemake.input.figures],
        datasets={
            f"{Path(path).parent.name} ({Path(path).stem})": read_provenance(path)
            for path in snakemake.input.datasets
        },
        config=snakemake.params.config,
        path=Path(snakemake.output[0]),
    )
