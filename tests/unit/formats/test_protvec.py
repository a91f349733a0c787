"""The published file of ProtVec vectors, in the forms that go around."""

from pathlib import Path

import numpy as np
import pytest

from protlang.errors import ProtlangError
from protlang.formats import protvec
from protlang.models.protvec import UNKNOWN

ROWS = {
    "AAA": ["-0.17406", "-0.095756", "0.059515"],
    "LXZ": ["1e-3", "2", "-0"],
    "<unk>": ["0.5", "0.25", "-0.125"],
}
EXPECTED = np.array(
    [[-0.17406, -0.095756, 0.059515], [0.001, 2, 0], [0.5, 0.25, -0.125]],
    dtype=np.float32,
)


def joined(quote_line: str = "", quote_word: str = "", end: str = "\n") -> str:
    return "".join(
        quote_line
        + "\t".join([f"{quote_word}{word}{quote_word}", *numbers])
        + quote_line
        + end
        for word, numbers in ROWS.items()
    )


FORMS = {
    "lines in quotes": joined(quote_line='"'),
    "words in quotes": joined(quote_word='"'),
    "no quotes": joined(),
    "Windows": joined(quote_line='"', end="\r\n"),
    "no end of the last line": joined(quote_line='"').rstrip("\n"),
    "a line of names": "words\td0\td1\td2\n" + joined(),
    "a quoted line of names": '"words"\t"d0"\t"d1"\t"d2"\n' + joined(quote_word='"'),
    "blank lines": "\n" + joined(quote_line='"', end="\n\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_hold_the_same(tmp_path: Path, form: str) -> None:
    path = tmp_path / "vectors.csv"
    path.write_bytes(FORMS[form].encode())
    words, vectors = protvec.read(path)
    assert words == tuple(ROWS)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, EXPECTED)


def test_the_word_for_unknown_ones_is_that_of_the_model() -> None:
    assert protvec.UNKNOWN == UNKNOWN


MISTAKES = {
    "nothing": ("", "is empty"),
    "blank lines alone": ("\n\n", "holds no vectors"),
    "a web page": ("<!DOCTYPE html>\n", "line 1 begins with '<!DOCTYPE html>'"),
    "commas": ("AAA,1,2\n", "line 1 begins with 'AAA,1,2'"),
    "spaces": ("AAA 1 2\n", "line 1 begins with 'AAA 1 2'"),
    "a word alone": ("AAA\n", "line 1 has no numbers"),
    "a number too few": ("AAA\t1\t2\nAAC\t1\n", "line 2 has 1 numbers, .* have 2"),
    "a number too many": ("AAA\t1\nAAC\t1\t2\n", "line 2 has 2 numbers, .* have 1"),
    "a word twice": ("AAA\t1\nAAC\t1\nAAA\t2\n", "line 3 repeats .*'AAA' of line 1"),
    "no number": ("AAA\t1\nAAC\tone\n", "line 2 has 'one' where a number"),
    "an empty column": ("AAA\t1\t\t2\n", "line 1 has '' where a number"),
    "not a number": ("AAA\t1\tnan\n", "line 1 has 'nan'.* no finite number"),
    "too large": ("AAA\t1\t1e39\n", "line 1 has '1e39'.* no finite number"),
    "a word of two": ("AA\t1\n", "line 1 begins with 'AA'"),
    "lower case": ("aaa\t1\n", "line 1 begins with 'aaa'"),
    "a digit": ("AA1\t1\n", "line 1 begins with 'AA1'"),
    "names further down": ("AAA\t1\nwords\td0\n", "line 2 begins with 'words'"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, mistake: str) -> None:
    text, message = MISTAKES[mistake]
    path = tmp_path / "vectors.csv"
    path.write_text(text)
    with pytest.raises(ProtlangError, match=message) as caught:
        protvec.read(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "vectors.csv"
    path.write_bytes(b"\x1f\x8b\xff\xff")
    with pytest.raises(ProtlangError, match="not a text file"):
        protvec.read(path)
