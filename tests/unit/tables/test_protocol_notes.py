import math

from protlang.protocol import Deviation, in_words
from protlang.tables.grid import NOT_PRINTED
from protlang.tables.protocol_notes import ProtocolNotes

FEWER = Deviation("test proteins of CB513", "500", "511")
OTHER = Deviation("training proteins", "9,712", "10,256")
BOTH, ONE = in_words([OTHER, FEWER]), in_words([FEWER])
NOTES = ProtocolNotes([math.nan, "same", BOTH, ONE, BOTH])


def test_each_difference_has_one_number_in_the_order_of_the_cells() -> None:
    assert NOTES.sentences == [str(OTHER), str(FEWER)]
    assert (NOTES.numbers(BOTH), NOTES.numbers(ONE)) == ((1, 2), (2,))


def test_the_papers_own_protocol_and_missing_numbers_have_none() -> None:
    assert NOTES.numbers("same") == NOTES.numbers(math.nan) == ()


def test_a_column_of_protocols_names_the_papers_own() -> None:
    named = [NOTES.named(protocol) for protocol in (BOTH, ONE, "same", math.nan)]
    assert named == ["1, 2", "2", "same", NOT_PRINTED]
