"""A user's own proteins: which records can be embedded, and the outcome of each.

Letters are treated as in corpora (`corpora.fasta_tokens`). A record that cannot be used
is not dropped: it has failed, and the manifest gives the reason.
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from protlang.alphabet import RESIDUES, decode
from protlang.corpora.fasta_tokens import CHANGED, LEFT_OUT, RecordPolicy
from protlang.errors import ProtlangError
from protlang.files import atomic_path
from protlang.formats.sequence_files import SequenceRecord, read_sequences
from protlang.parquet import read_table, write_table

MANIFEST_COLUMNS = (
    "record",
    "id",
    "length",
    "status",
    "reason",
    "changes",
    "sequence_sha256",
)

_ENDING = re.compile(r"(\.(fasta|fa|faa))?(\.(gz|xz|bz2|zst))?\Z", re.IGNORECASE)
_NAME = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]+\Z")
_LETTERS = frozenset(f"{RESIDUES}J" + f"{RESIDUES}J".lower())

_NUCLEOTIDES = frozenset("ACGTUN")
_FEWEST_NUCLEOTIDES = 50
"""Letters from which on a file of nothing but nucleotides is not taken for proteins."""


@dataclass(frozen=True)
class UserRecord:
    """One record of a user's file.

    Attributes:
        record: its number in the file, from 1.
        id: up to the first white space; may be empty.
        sequence: after the changes, letters of `RESIDUES`; empty if it failed.
        length: in residues; if it failed, in letters as they are in the file.
        fault: why it failed; empty if it did not.
        changes: what was repaired.
        same_as: number of the record that has the same id and sequence, or 0.
    """

    record: int
    id: str
    sequence: str
    length: int
    fault: str = ""
    changes: str = ""
    same_as: int = 0

    @property
    def sequence_sha256(self) -> str:
        """Hash of the sequence; empty if the record failed."""
        return sequence_hash(self.sequence) if self.sequence else ""


def sequence_hash(sequence: str) -> str:
    """Hexadecimal SHA-256 of a sequence."""
    return hashlib.sha256(sequence.encode()).hexdigest()


def user_name(file: Path | str) -> str:
    """What results are named after: the file's name without endings such as `.fa.gz`.

    The endings of formats other than FASTA stay, since `1abc.pdb` and `1abc.cif` may
    hold different chains.

    Raises:
        ProtlangError: if that cannot name a folder.
    """
    name = _ENDING.sub("", Path(file).name)
    if not _NAME.match(name):
        raise ProtlangError(
            f"results would be named {name!r}, after the file {file}, but names hold "
            "only letters, digits, '.', '_' and '-'; rename or link the file"
        )
    return name


def read_records(file: Path | str) -> list[UserRecord]:
    """Read a user's file, of any format of `read_sequences`, and check each record.

    Raises:
        ProtlangError: if the file cannot be read, or holds nucleotides.
    """
    first: dict[str, UserRecord] = {}
    records = []
    for number, found in enumerate(read_sequences(file), start=1):
        record = _checked(number, found)
        if not record.fault:
            record = _deduplicated(record, first.setdefault(record.id, record))
        records.append(record)
    _require_proteins(records, file)
    return records


def write_records(path: Path | str, records: Sequence[UserRecord]) -> None:
    """Write records as Parquet, one row each."""
    columns = {
        field.name: [getattr(record, field.name) for record in records]
        for field in fields(UserRecord)
    }
    write_table(path, columns, {})


def load_records(path: Path | str) -> list[UserRecord]:
    """Read records back.

    Raises:
        ProtlangError: if the file is missing or damaged.
    """
    return [UserRecord(**row) for row in read_table(path)[0].to_pylist()]


def require_usable(records: Sequence[UserRecord], file: Path | str) -> None:
    """Make sure that there is something to embed.

    Raises:
        ProtlangError: if all records failed, with the commonest reasons.
    """
    if all(record.fault for record in records):
        raise ProtlangError(
            f"none of the {len(records):,} records of {file} can be embedded "
            f"({_commonest(records)}); correct them"
        )


def require_done(records: Sequence[UserRecord], failed: Mapping[str, str]) -> None:
    """Make sure that something was embedded.

    Args:
        records: of the user's file.
        failed: reasons by id of what could be read but not embedded.

    Raises:
        ProtlangError: if not, with one of the reasons.
    """
    if all(record.fault or record.id in failed for record in records):
        identifier, reason = next(iter(failed.items()))
        raise ProtlangError(
            f"none of the {len(records):,} records could be embedded; for example "
            f"{identifier}: {reason}"
        )


def outcome(
    statuses: Mapping[str, int], embeddings: Path | str, manifest: Path | str
) -> str:
    """The summary of a run: how many records are done and failed, and where to look."""
    done, failed = statuses["done"], statuses["failed"]
    of_all = f"{done:,} of {done + failed:,} records are embedded in {embeddings}"
    failures = f", {failed:,} failed" if failed else ""
    return f"{of_all}{failures}; {manifest} lists the outcome of each"


def shard_of(
    records: Iterable[UserRecord], shard: int, shards: int
) -> list[tuple[str, str]]:
    """Ids and sequences of one of several shards of about the same size.

    Sequences are dealt out by length, each with all of its ids.

    Args:
        records: of the file.
        shard: from 1.
        shards: how many there are.
    """
    usable = [record for record in records if not (record.fault or record.same_as)]
    distinct = sorted({record.sequence for record in usable}, key=by_length)
    chosen = set(distinct[shard - 1 :: shards])
    return [
        (record.id, record.sequence) for record in usable if record.sequence in chosen
    ]


def by_length(sequence: str) -> tuple[int, str]:
    """Sorts sequences by length, and those of one length in a fixed order."""
    return len(sequence), sequence


def write_manifest(
    path: Path | str, records: Iterable[UserRecord], failed: Mapping[str, str]
) -> Counter[str]:
    """Write the outcome of each record, as CSV with `MANIFEST_COLUMNS`.

    Args:
        path: of the file.
        records: of the user's file.
        failed: reasons by id of what could be read but not embedded.

    Returns:
        How many are `done` and `failed`.
    """
    statuses = Counter(done=0, failed=0)
    with (
        atomic_path(path) as temporary,
        open(temporary, "w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.DictWriter(stream, MANIFEST_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for record in records:
            fault = record.fault or failed.get(record.id, "")
            same = f"same as record {record.same_as}" if record.same_as else ""
            status = "failed" if fault else "done"
            statuses[status] += 1
            row = {
                **asdict(record),
                "status": status,
                "reason": fault or same,
                "sequence_sha256": record.sequence_sha256,
            }
            writer.writerow({column: row[column] for column in MANIFEST_COLUMNS})
    return statuses


def write_failures(path: Path | str, failed: Mapping[str, str]) -> None:
    """Write the ids that could not be embedded, and why, as CSV: id, reason."""
    with (
        atomic_path(path) as temporary,
        open(temporary, "w", encoding="utf-8", newline="") as stream,
    ):
        csv.writer(stream, lineterminator="\n").writerows(sorted(failed.items()))


def read_failures(paths: Iterable[Path | str]) -> dict[str, str]:
    """Read failures of several files back."""
    failed: dict[str, str] = {}
    for path in paths:
        with open(path, encoding="utf-8", newline="") as stream:
            failed |= dict(csv.reader(stream))
    return failed


def _checked(number: int, found: SequenceRecord) -> UserRecord:
    """The outcome of a record as far as it does not depend on others."""
    identifier, letters = found.id, found.sequence
    policy = RecordPolicy()
    kept = policy.accept([b"id\n" + letters.encode()]).sequences
    fault = found.fault or _fault_of_id(number, identifier)
    if not (fault or kept):
        fault = _fault_of_letters(policy, letters)
    if fault:
        return UserRecord(number, identifier, "", len(letters), fault)
    repairs = [CHANGED[key] for key, count in policy.changed.items() if count]
    changes = "; ".join(filter(None, [found.changes, *repairs]))
    return UserRecord(number, identifier, decode(kept[0]), len(kept[0]), "", changes)


def _fault_of_id(number: int, identifier: str) -> str:
    if not identifier:
        return f"record {number} has no id: give it one"
    if "\0" in identifier:
        return "the id holds a NUL character, which HDF5 cannot"
    return ""


def _fault_of_letters(policy: RecordPolicy, letters: str) -> str:
    reason = next(key for key, count in policy.left_out.items() if count)
    if reason == "empty":
        return LEFT_OUT[reason]
    illegal = enumerate(letters.removesuffix("*"), start=1)
    position, letter = next(pair for pair in illegal if pair[1] not in _LETTERS)
    return f"{LEFT_OUT[reason]}: {letter!r} at position {position:,}"


def _deduplicated(record: UserRecord, first: UserRecord) -> UserRecord:
    """A record, compared with the first that can be used and has its id."""
    if record is first:
        return record
    if record.sequence == first.sequence:
        return replace(record, same_as=first.record)
    fault = (
        f"its id is that of record {first.record}, which has another sequence: give it "
        "an id of its own"
    )
    return replace(record, sequence="", fault=fault)


def _require_proteins(records: Sequence[UserRecord], file: Path | str) -> None:
    """Refuse a file in which all is written in at least three nucleotides' letters."""
    letters = set[str]().union(*(record.sequence for record in records))
    total = sum(record.length for record in records if record.sequence)
    if letters <= _NUCLEOTIDES and len(letters) > 2 and total >= _FEWEST_NUCLEOTIDES:
        raise ProtlangError(
            f"{file} holds nucleotides, nothing but {', '.join(sorted(letters))}; "
            "translate them into proteins first"
        )


def _commonest(records: Sequence[UserRecord]) -> str:
    reasons = Counter(record.fault for record in records).most_common(3)
    return "; ".join(f"{count:,}: {reason}" for reason, count in reasons)
