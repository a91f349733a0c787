"""The one exception for mistakes that a user can correct."""


class ProtlangError(Exception):
    """Bad input, a bad config or a missing file.

    The message is one sentence (or a few) for the user: it names the file, the
    record and the value at fault, and says what to do. It is shown without a
    traceback, so it has to stand on its own.
    """
