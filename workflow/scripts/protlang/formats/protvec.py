r"""Published ProtVec vectors: `protVec_100d_3grams.csv`.

Columns are separated by tabs, in spite of the name: a word and the numbers of its
vector. Copies differ in their quotes and in a first line of column names, none of which
means anything:

```
"AAA\t-0.17406\t-0.095756…"         the whole line is one quoted text
"AAA"\t-0.17406\t-0.095756…         only the word is quoted
words\td0\td1…                      a first line of names
```

The word `<unk>` has the vector of all 3-mers that were too rare to be learnt.

Source: Asgari and Mofrad 2015, supporting data.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from protlang.errors import ProtlangError
from protlang.files import require_file

UNKNOWN = "<unk>"

HEADER = "words"
"""First column of a line of names, in whatever case."""

WORD_LENGTH = 3

_REMEDY = "fetch the file again"


class WordVectors(NamedTuple):
    """The content of a file, in its order.

    Attributes:
        words: distinct; three capital letters, or `UNKNOWN`.
        vectors: finite, float32 (words, dimension).
    """

    words: tuple[str, ...]
    vectors: np.ndarray


def read(path: Path | str) -> WordVectors:
    """Read all words and vectors.

    Raises:
        ProtlangError: naming the line that is no word with numbers, has another number
            of columns than the first, repeats a word, or holds a number that is not
            finite in single precision.
    """
    path = require_file(path, _REMEDY)
    lines_of: dict[str, int] = {}
    vectors: list[np.ndarray] = []
    for number, fields in _rows(path):
        where = f"{path}: line {number}"
        word = _word(fields[0], where)
        if word in lines_of:
            raise ProtlangError(
                f"{where} repeats the word {word!r} of line {lines_of[word]}; {_REMEDY}"
            )
        vector = _numbers(fields[1:], where)
        if vectors and len(vector) != len(vectors[0]):
            raise ProtlangError(
                f"{where} has {len(vector)} numbers, but the lines before it have "
                f"{len(vectors[0])}; {_REMEDY}"
            )
        lines_of[word] = number
        vectors.append(vector)
    if not vectors:
        raise ProtlangError(f"{path} holds no vectors; {_REMEDY}")
    return WordVectors(tuple(lines_of), np.stack(vectors))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield number and columns of each line but a first one of names."""
    try:
        with open(path, encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                fields = line.replace('"', "").strip().split("\t")
                is_header = number == 1 and fields[0].strip().lower() == HEADER
                if fields != [""] and not is_header:
                    yield number, fields
    except UnicodeDecodeError as error:
        raise ProtlangError(f"{path} is not a text file ({error}); {_REMEDY}") from None


def _word(text: str, where: str) -> str:
    word = text.strip()
    is_word = len(word) == WORD_LENGTH and word.isascii() and word.isalpha()
    if word != UNKNOWN and not (is_word and word.isupper()):
        raise ProtlangError(
            f"{where} begins with {word[:40]!r} where {WORD_LENGTH} capital letters or "
            f"{UNKNOWN} are expected; {_REMEDY}"
        )
    return word


def _numbers(fields: list[str], where: str) -> np.ndarray:
    """The columns as float32 (dimension,)."""
    if not fields:
        raise ProtlangError(
            f"{where} has no numbers, at least not separated by tabs; {_REMEDY}"
        )
    with np.errstate(over="ignore"):
        values = np.array([_number(text, where) for text in fields]).astype(np.float32)
    if not np.isfinite(values).all():
        worst = fields[int(np.argmin(np.isfinite(values)))]
        raise ProtlangError(
            f"{where} has {worst!r}, which is no finite number in single precision; "
            f"{_REMEDY}"
        )
    return values


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ProtlangError(
            f"{where} has {text[:40]!r} where a number is expected; {_REMEDY}"
        ) from None
