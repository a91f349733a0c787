"""How fast FASTA becomes tokens: protlang's builder and plain loops, side by side.

    python benchmarks/corpora.py [FASTA ...]

Without arguments it takes the files in `unlabelled/` of PROTLANG_REAL_DATA (default
`../shared/data`). They are decompressed first, so that parsing and tokenising are timed
and not xz. Each reader runs three times in turn and its fastest run counts, in CPU
seconds. The loops do less than the builder: it also hashes ids and sequences, counts
letters and lengths, splits off the held-out proteins, and hashes its files.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import dnaio
import numpy as np
from xopen import xopen

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.append(str(REPOSITORY / "workflow" / "scripts"))

from protlang.alphabet import RESIDUES  # noqa: E402
from protlang.corpora.build import HeldOut, build_token_store  # noqa: E402
from protlang.corpora.fasta_tokens import RecordPolicy, read_batches  # noqa: E402
from protlang.sources.catalogue import Source, SourceFile  # noqa: E402

ROUNDS = 3

_TOKEN_OF = {letter: token for token, letter in enumerate(RESIDUES)}


def build(path: Path, folder: Path) -> None:
    """protlang, everything: a whole token store."""
    source = Source(
        "file", "", "", "fasta", {"data": SourceFile(path.name)}, "", "", verified=False
    )
    build_token_store(folder / "store", [(source, path)], HeldOut(0.01, 1))


def tokenise(path: Path, folder: Path) -> None:
    """protlang, parsing and tokenising alone."""
    with open(folder / "tokens.bin", "wb") as stream:
        for batch, _ in read_batches(path, RecordPolicy()):
            stream.writelines(batch.sequences)


def loop_over_dnaio(path: Path, folder: Path) -> None:
    """dnaio, and a lookup per residue."""
    with dnaio.open(path) as records, open(folder / "tokens.bin", "wb") as stream:
        for record in records:
            stream.write(_tokens(record.sequence))


def loop_over_biopython(path: Path, folder: Path) -> None:
    """Biopython's SeqIO, and a lookup per residue."""
    from Bio import SeqIO

    with open(folder / "tokens.bin", "wb") as stream:
        for record in SeqIO.parse(path, "fasta"):
            stream.write(_tokens(str(record.seq)))


def _tokens(sequence: str) -> bytes:
    tokens = [_TOKEN_OF.get(letter) for letter in sequence.upper().rstrip("*")]
    if None in tokens:
        return b""
    return np.array(tokens, dtype=np.uint8).tobytes()


def seconds_of(read: Callable[[Path, Path], None], path: Path, folder: Path) -> float:
    """CPU seconds of one run."""
    start = time.process_time()
    read(path, folder)
    return time.process_time() - start


def compare(path: Path, folder: Path) -> None:
    """Time all readers in turn, and print their rates and ratios."""
    readers = [build, tokenise, loop_over_dnaio]
    if find_spec("Bio"):
        readers.append(loop_over_biopython)
    runs = [[seconds_of(read, path, folder) for read in readers] for _ in range(ROUNDS)]
    fastest = np.min(runs, axis=0)
    megabytes = path.stat().st_size / 1e6
    sys.stdout.write(f"{megabytes:.1f} MB of FASTA, fastest of {ROUNDS}\n")
    for read, seconds in zip(readers, fastest, strict=True):
        sys.stdout.write(
            f"{seconds:7.2f} s  {megabytes / seconds:6.1f} MB/s  "
            f"{seconds / fastest[0]:5.2f} x the builder's time  {read.__doc__}\n"
        )


def main(arguments: Sequence[str]) -> None:
    """Join the files, decompressed, and compare the readers on them."""
    root = os.environ.get("PROTLANG_REAL_DATA", REPOSITORY.parent / "shared" / "data")
    paths = [Path(argument) for argument in arguments] or sorted(
        Path(root, "unlabelled").glob("*.fasta.xz")
    )
    if not paths:
        sys.exit(f"no FASTA files below {root}; set PROTLANG_REAL_DATA or name some")
    with tempfile.TemporaryDirectory() as name:
        joined = Path(name, "joined.fasta")
        with open(joined, "wb") as stream:
            for path in paths:
                with xopen(path, "rb") as content:
                    stream.write(content.read().rstrip() + b"\n")
        compare(joined, Path(name))


if __name__ == "__main__":
    main(sys.argv[1:])
