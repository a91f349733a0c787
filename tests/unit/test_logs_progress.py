import logging

import pytest

from protlang.logs import LoggedProgress, progress


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_residues_are_told_with_their_rate_and_the_time_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    caplog.set_level(logging.INFO, "protlang")
    bar = LoggedProgress("embedding", 40_000, 10_000, clock, unit=" residues")
    clock.now = 30.0
    bar.update(15_000)
    assert caplog.messages == [
        "embedding: 62% of 40.0k residues, 25.0k residues, 500 residues/s, 00:30 left"
    ]


def test_no_time_is_told_as_long_as_nothing_was_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    caplog.set_level(logging.INFO, "protlang")
    bar = LoggedProgress("embedding", 40_000, 0, clock, unit=" residues")
    clock.now = 31.0
    bar.update(0)
    assert caplog.messages == ["embedding: 0.00 residues, 0.00 residues/s"]


def test_a_log_gets_lines_and_a_terminal_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: False)
    assert isinstance(progress("a", 1, 0, " residues"), LoggedProgress)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress("a", 1, 0, " residues") as bar:
        assert not isinstance(bar, LoggedProgress)
        assert bar.unit == " residues"
