"""Secondary-structure sets as CSV and JSON lines, as redistributed by other groups."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
from xopen import xopen

from protlang.alphabet import q8_to_q3
from protlang.errors import ProtlangError
from protlang.files import require_file
from protlang.formats.compression import damage_reported
from protlang.formats.lines import read_lines
from protlang.proteins import Protein

_FLAG_TO_DISORDER = {"1.0": "0", "0.0": "1", "1": "0", "0": "1"}
_FLAG_TO_MASK = {"1.0": "1", "0.0": "0", "1": "1", "0": "0"}
_LOOP_TO_OTHER = str.maketrans("L", "C")


def read_prottrans(files: Mapping[str, Path], source: str) -> Iterator[Protein]:
    """Stream a ProtTrans test set: CSV `input,dssp3,dssp8,disorder,cb513_mask`.

    The last two are space-separated floats, 1 = ordered and 1 = evaluated. The file
    has no ids; rows are numbered `<source>-0001` and so on.

    Raises:
        ProtlangError: if the file is damaged or a column is missing or malformed.
    """
    path = files["data"]
    columns = ["input", "dssp3", "dssp8", "disorder", "cb513_mask"]
    for number, row in enumerate(read_table(path, columns), start=1):
        where = f"{path}: row {number}"
        labels = {
            "q3": row["dssp3"],
            "q8": row["dssp8"],
            "disorder": _join(row["disorder"], _FLAG_TO_DISORDER, where),
            "mask": _join(row["cb513_mask"], _FLAG_TO_MASK, where),
        }
        yield Protein(f"{source}-{number:04d}", row["input"], labels)


def read_cullpdb(files: Mapping[str, Path], source: str) -> Iterator[Protein]:
    """Stream a CullPDB set: CSV `id,len,input,expected`, Q8 with L for loop.

    Raises:
        ProtlangError: if the file is damaged, or `len` is not the sequence's length.
    """
    path = files["data"]
    for row in read_table(path, ["id", "len", "input", "expected"]):
        if row["len"] != str(len(row["input"])):
            raise ProtlangError(
                f"{path}: record {row['id']} declares {row['len']} residues but has "
                f"{len(row['input'])}; fetch the file again"
            )
        q8 = row["expected"].translate(_LOOP_TO_OTHER)
        labels = {"q3": q8_to_q3(q8), "q8": q8}
        yield Protein(f"{source}-{row['id']}", row["input"], labels)


def read_json_lines(files: Mapping[str, Path], source: str) -> Iterator[Protein]:
    """Stream JSON lines of `source` (residues) and `target` (Q8), space-separated.

    The file has no ids; lines are numbered `<source>-0001` and so on.

    Raises:
        ProtlangError: if the file is damaged or a line is no such object.
    """
    path = files["data"]
    for number, line in enumerate(read_lines(path), start=1):
        try:
            record = json.loads(line)
            sequence = record["source"].replace(" ", "")
            q8 = record["target"].replace(" ", "")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ProtlangError(
                f"{path}: line {number} is no JSON object with the texts 'source' and "
                f"'target' ({error!r}); fetch the file again"
            ) from error
        labels = {"q3": q8_to_q3(q8), "q8": q8}
        yield Protein(f"{source}-{number:04d}", sequence, labels)


def read_table(
    path: Path, columns: list[str], separator: str = ","
) -> Iterator[dict[str, str]]:
    """Stream some columns of a file of comma- or tab-separated values, all as text.

    Raises:
        ProtlangError: if the file is missing or damaged, or lacks a column.
    """
    require_file(path, "fetch it again")
    with (
        damage_reported(path, (ValueError,)),
        xopen(path, threads=0, encoding="utf-8") as stream,
    ):
        table = pd.read_csv(stream, sep=separator, dtype=str, keep_default_na=False)
    missing = [column for column in columns if column not in table]
    if missing:
        raise ProtlangError(
            f"{path} lacks the columns {', '.join(missing)}; it has "
            f"{', '.join(map(str, table.columns))}: is it the right distribution?"
        )
    for row in table[columns].itertuples(index=False, name=None):
        yield dict(zip(columns, row, strict=True))


def number_of(label: str, where: str) -> float:
    """A label that is a number.

    Raises:
        ProtlangError: naming `where` (file and record) if it is not.
    """
    try:
        return float(label)
    except ValueError:
        raise ProtlangError(
            f"{where} has the label {label!r} where a number is expected; correct or "
            "remove the record"
        ) from None


def _join(flags: str, letters: Mapping[str, str], where: str) -> str:
    try:
        return "".join(letters[flag] for flag in flags.split())
    except KeyError as error:
        raise ProtlangError(
            f"{where} has the flag {error.args[0]!r} where 0.0 or 1.0 is expected"
        ) from None
