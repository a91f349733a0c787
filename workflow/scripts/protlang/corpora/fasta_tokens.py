"""FASTA records as tokens: accepted, repaired or left out, and every case counted.

A token is a residue's place in `RESIDUES`, 0 to 24. Of each record,

* lower case becomes upper case, one `*` at the end (a stop codon) is cut off, and J
  (leucine or isoleucine) becomes X; U, O, B and Z stay, they are among the 25 letters;
* a sequence with any other character (an inner `*`, a gap, a digit, a space), with a
  byte outside ASCII, or without residues is left out;
* line ends (Unix or Windows), blank lines and the lengths of lines are ignored;
* a missing id is replaced by one made from the sequence's hash;
* where families are required, a record whose header names none is left out.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader, FileIO
from itertools import compress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self

import numpy as np
from xopen import xopen

from protlang.alphabet import LETTERS_TO_TOKENS, RESIDUES, token_table
from protlang.errors import ProtlangError
from protlang.files import require_file
from protlang.formats.compression import damage_reported
from protlang.formats.pfam import FamilyConflictError, FamilyNumbers
from protlang.formats.uniref import FAULTS, archived_fasta
from protlang.logs import byte_progress
from protlang.proteins import SIMULATED_MARK

LEFT_OUT = {
    "empty": "no residues",
    "illegal": "a character that is no residue",
    "not_ascii": "a character outside ASCII",
    "without_family": "no family in its header",
    "overlap": "the sequence of a test protein",
}
"""Why a record is left out; the last two only if the corpus requires it."""

CHANGED = {
    "lower_case": "lower case made upper case",
    "trailing_stop": "a '*' at the end cut off",
    "j": "J (leucine or isoleucine) made X",
    "without_id": "named after the hash of its sequence",
}
"""What is changed in accepted records."""

BLOCK_BYTES = 1 << 18
"""Decompressed bytes handled at a time: what fits in a core's cache."""

_READ_BYTES = 1 << 20
"""Bytes of a file read at a time."""

LONGEST_RECORD = 1 << 26
"""Bytes. The longest known proteins have some 10^5 residues; this bounds the memory."""

_LINE_ENDS = b"\r\n"

_NAMED = 3
"""How many of the records left out are named for each reason."""

_WORDS = hashlib.sha256().digest_size // 8
"""64-bit words of a digest."""

_REPAIRED_TOKENS = token_table(
    f"{RESIDUES}J", [*range(len(RESIDUES)), RESIDUES.index("X")]
)


class Batch(NamedTuple):
    """Consecutive accepted records.

    Attributes:
        ids: as in the file.
        sequences: their tokens.
        families: their numbers, if families are required.
    """

    ids: list[bytes]
    sequences: list[bytes]
    families: list[int]

    def only(self, chosen: np.ndarray) -> Self:
        """The records chosen, bool (records,)."""
        return self._replace(
            **{name: list(compress(of, chosen)) for name, of in self._asdict().items()}
        )


class RecordPolicy:
    """Accepts, repairs or leaves out records, and counts each case.

    Args:
        families: numbers the families of records; None if they need none.

    Attributes:
        records: how many were read.
        left_out: how many were left out, by the keys of `LEFT_OUT`.
        changed: how many were accepted but changed, by the keys of `CHANGED`.
        j_residues: how many J became X.
        examples: ids of the first few left out, by reason.
    """

    def __init__(self, families: FamilyNumbers | None = None) -> None:
        self.records = 0
        self._families = families
        self.left_out = Counter(dict.fromkeys(LEFT_OUT, 0))
        self.changed = Counter(dict.fromkeys(CHANGED, 0))
        self.j_residues = 0
        self.examples: dict[str, list[str]] = {reason: [] for reason in LEFT_OUT}

    def accept(self, records: Sequence[bytes]) -> Batch:
        """The accepted records.

        Args:
            records: header without `>`, line end, lines of the sequence.

        Raises:
            FamilyConflictError: if a header contradicts an earlier one.
        """
        # A loop over all records for each step is several times as fast as one loop
        # over all steps for each record.
        parts = [record.partition(b"\n") for record in records]
        ids = [(header.split(None, 1) or [b""])[0] for header, _, _ in parts]
        sequences = [
            body.translate(LETTERS_TO_TOKENS, _LINE_ENDS) for _, _, body in parts
        ]
        self.records += len(parts)
        for place, tokens in enumerate(sequences):
            if not tokens or not tokens.isascii():
                sequences[place] = self._repaired(ids[place], parts[place][2])
        headers = [header for header, _, _ in parts]
        families = self._families_of(headers, ids, sequences)
        ids = list(compress(ids, sequences))
        sequences = list(filter(None, sequences))
        if not all(ids):
            ids = list(map(self._named, ids, sequences))
        return Batch(ids, sequences, families)

    def leave_out(self, reason: str, identifier: bytes) -> None:
        """Count a record that is left out, for one of `LEFT_OUT`."""
        self.left_out[reason] += 1
        if len(self.examples[reason]) < _NAMED:
            self.examples[reason].append(as_text(identifier))

    def _families_of(
        self, headers: Sequence[bytes], ids: Sequence[bytes], sequences: list[bytes]
    ) -> list[int]:
        """Numbers of the accepted records' families, if they need any.

        Sequences without one are emptied.
        """
        if self._families is None:
            return []
        found = []
        for place in filter(sequences.__getitem__, range(len(sequences))):
            number = self._families.number_of(headers[place])
            if number is None:
                self.leave_out("without_family", ids[place])
                sequences[place] = b""
            else:
                found.append(number)
        return found

    def _repaired(self, identifier: bytes, body: bytes) -> bytes:
        """Tokens of a sequence that needs a repair; none if it is left out."""
        sequence = body.translate(None, _LINE_ENDS)
        upper = sequence.upper()
        whole = upper.removesuffix(b"*")
        tokens = whole.translate(_REPAIRED_TOKENS)
        if not tokens.isascii():
            reason = "illegal" if sequence.isascii() else "not_ascii"
            self.leave_out(reason, identifier)
            return b""
        if not tokens:
            self.leave_out("empty", identifier)
            return b""
        self.changed["lower_case"] += upper != sequence
        self.changed["trailing_stop"] += whole != upper
        self.changed["j"] += b"J" in whole
        self.j_residues += whole.count(b"J")
        return tokens

    def _named(self, identifier: bytes, tokens: bytes) -> bytes:
        """The id, or one made from the sequence."""
        if identifier:
            return identifier
        self.changed["without_id"] += 1
        return b"unnamed-%016x" % int(hash_all([tokens])[0])


def read_batches(
    path: Path,
    policy: RecordPolicy,
    block_bytes: int = BLOCK_BYTES,
    level: str | None = None,
    digest: "hashlib._Hash | None" = None,
) -> Iterator[tuple[Batch, bool]]:
    """Stream a FASTA file, plain or compressed, or a UniRef archive through a policy.

    Progress goes to the terminal or to the log.

    Args:
        path: the file.
        policy: decides on each record.
        block_bytes: decompressed bytes to read at a time.
        level: of the clusters to read, if the file is a UniRef archive.
        digest: is updated with all bytes of the file.

    Yields:
        The accepted records of each block, and whether it bears the simulator's mark.

    Raises:
        ProtlangError: if the file is missing, empty, cut short, damaged or no FASTA,
            has a record longer than `LONGEST_RECORD`, or contradicts itself on
            families.
    """
    mark = SIMULATED_MARK.encode()
    for block in _whole_records(_fasta(path, level, block_bytes, digest), path):
        yield _accepted(block, policy, path), mark in block


def _accepted(block: bytes, policy: RecordPolicy, path: Path) -> Batch:
    try:
        return policy.accept(_records(block))
    except FamilyConflictError as conflict:
        raise ProtlangError(
            f"{path}: the family {conflict}; use files of one release of Pfam"
        ) from None


def _records(block: bytes) -> list[bytes]:
    """The records of a block, without `>`."""
    records = block.split(b">")
    # This is twice as fast as by two characters, but cuts headers that hold a `>`.
    if all(record[-1:] == b"\n" for record in records[:-1]):
        return records
    return block.split(b"\n>")


def hash_all(texts: Iterable[bytes]) -> np.ndarray:
    """The first 64 bits of each text's SHA-256, uint64."""
    digests = b"".join([hashlib.sha256(text).digest() for text in texts])
    return np.frombuffer(digests, dtype="<u8")[::_WORDS]


def composition(tokens: bytes) -> np.ndarray:
    """How often each token occurs, int64 (letters,)."""
    letters = len(RESIDUES)
    # Pairs are counted, which takes half as long.
    pairs = np.frombuffer(tokens, dtype=np.uint16, count=len(tokens) // 2)
    counts = np.bincount(pairs, minlength=letters << 8)[: letters << 8].reshape(-1, 256)
    found: np.ndarray = counts.sum(axis=1) + counts.sum(axis=0)[:letters]
    if len(tokens) % 2:
        found[tokens[-1]] += 1
    return found


def reseeded(hashes: np.ndarray, seed: int) -> np.ndarray:
    """Other hashes made from hashes, one choice of them per seed.

    Args:
        hashes: uint64.
        seed: its product with the golden ratio's 64 bits is added before mixing.

    Source: SplitMix64 (Steele et al. 2014, OOPSLA).
    """
    offset = np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
    mixed = hashes + offset
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    result: np.ndarray = mixed ^ (mixed >> np.uint64(31))
    return result


def below(hashes: np.ndarray, share: float) -> np.ndarray:
    """Whether each hash, uint64, as a number in [0, 1) is below a share, bool."""
    chosen: np.ndarray = hashes < np.uint64(share * 2**64)
    return chosen


def as_text(identifier: bytes) -> str:
    """An id as text; bytes that are not UTF-8 are written in hexadecimal."""
    return identifier.decode(errors="backslashreplace")


def _fasta(
    path: Path, level: str | None, block_bytes: int, digest: "hashlib._Hash | None"
) -> Iterator[bytes]:
    with _decompressed(path, digest or hashlib.sha256()) as stream:
        if level is not None:
            yield from archived_fasta(stream, level, path, block_bytes)
            return
        while block := stream.read(block_bytes):
            yield block


class _HashedFile(FileIO):
    """A file whose bytes are hashed as they are read, from the first to the last."""

    def __init__(self, path: Path, digest: "hashlib._Hash") -> None:
        super().__init__(path)
        self._path, self._digest, self._hashed = path, digest, 0

    def readinto(self, buffer: Any, /) -> int:
        """Read some bytes."""
        count = super().readinto(buffer)
        self._digest.update(memoryview(buffer)[:count])
        self._hashed += count
        return count

    def hash_rest(self) -> None:
        """Hash what nobody read, such as what follows a level in an archive."""
        with open(self._path, "rb") as stream:
            stream.seek(self._hashed)
            while block := stream.read(_READ_BYTES):
                self._digest.update(block)


class _Watched:
    """A stream that reports the progress in the file below it."""

    def __init__(
        self,
        stream: BinaryIO,
        raw: "BufferedReader[Any]",
        update: Callable[[int], object],
    ) -> None:
        self._stream, self._raw, self._update = stream, raw, update
        self._done = 0

    def read(self, size: int, /) -> bytes:
        block = self._stream.read(size)
        position = os.lseek(self._raw.fileno(), 0, os.SEEK_CUR)
        self._update(position - self._done)
        self._done = position
        return block


@contextmanager
def _decompressed(path: Path, digest: "hashlib._Hash") -> Iterator[_Watched]:
    require_file(path, "put a FASTA file there")
    # xopen gets an open file, whose position is how much of it was read.
    file = _HashedFile(path, digest)
    with (
        BufferedReader(file, _READ_BYTES) as raw,
        damage_reported(path, FAULTS),
        _opened(raw) as stream,
    ):
        size = os.fstat(raw.fileno()).st_size
        with byte_progress(f"reading {path.name}", size, 0) as progress:
            yield _Watched(stream, raw, progress.update)
    file.hash_rest()


def _opened(raw: "BufferedReader[Any]") -> BinaryIO:
    """The decompressed content: of gzip in another thread, by ISA-L.

    For xz and bzip2, xopen would start a program, which it leaves behind together with
    the thread that feeds it if the file is damaged.
    """
    gzipped = raw.peek(2).startswith(b"\x1f\x8b")
    return xopen(raw, "rb", threads=1 if gzipped else 0)


def _whole_records(blocks: Iterable[bytes], path: Path) -> Iterator[bytes]:
    """Cut blocks anew, between records; `>` is gone at their beginnings."""
    rest, started = b"", False
    for block in blocks:
        rest += block
        if not started:
            rest = rest.lstrip()
            if not rest:
                continue
            _require_fasta(rest, path)
            started, rest = True, rest[1:]
        records, boundary, rest = rest.rpartition(b"\n>")
        if boundary:
            yield records
        _require_protein(rest, path)
    if not started:
        _require_fasta(rest, path)
    yield rest


def _require_fasta(text: bytes, path: Path) -> None:
    if not text.startswith(b">"):
        raise ProtlangError(
            f"{path} is not a FASTA file: it begins with {as_text(text[:20])!r} where "
            "'>' and an id are expected; correct it"
        )


def _require_protein(record: bytes, path: Path) -> None:
    if len(record) > LONGEST_RECORD:
        raise ProtlangError(
            f"{path}: record {as_text(record[:60].split(None, 1)[0])} has more than "
            f"{LONGEST_RECORD:,} letters, so it is no protein; remove it"
        )
