import logging
import re
from functools import partial
from pathlib import Path

import pytest

from protlang.errors import ProtlangError
from protlang.logs import LoggedProgress, logged, progress


def test_messages_of_the_library_reach_the_log(tmp_path: Path) -> None:
    log = tmp_path / "rule" / "job.log"
    with logged(log) as logger:
        logger.info("reading")
        logging.getLogger("protlang.datasets.curation").info("three proteins")
    line = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO "
    assert re.fullmatch(f"{line}reading\n{line}three proteins\n", log.read_text())


def test_a_users_mistake_is_the_last_line_without_traceback(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    with pytest.raises(SystemExit) as caught, logged(log):
        raise ProtlangError("a.fasta is empty; put proteins there")
    assert caught.value.code == 1
    assert "Traceback" not in log.read_text()
    last = log.read_text().splitlines()[-1]
    assert last.endswith("ERROR a.fasta is empty; put proteins there")


def test_a_defect_leaves_its_traceback_and_is_raised_on(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    with pytest.raises(ZeroDivisionError), logged(log):
        1 / 0  # noqa: B018
    assert "Traceback" in log.read_text()
    assert "1 / 0" in log.read_text()
    assert log.read_text().splitlines()[-1] == "ZeroDivisionError: division by zero"


def test_a_second_try_starts_a_new_log(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    for text in ("first", "second"):
        with logged(log) as logger:
            logger.info(text)
    assert "first" not in log.read_text()
    assert "second" in log.read_text()


@pytest.mark.parametrize("error", [None, ProtlangError("wrong"), ValueError("defect")])
def test_a_job_leaves_no_handler_behind(
    tmp_path: Path, error: Exception | None
) -> None:
    handlers = list(logging.getLogger("protlang").handlers)
    try:
        with logged(tmp_path / "job.log"):
            if error:
                raise error
    except (SystemExit, ValueError):
        pass
    assert logging.getLogger("protlang").handlers == handlers


@pytest.mark.parametrize(
    ("before", "added", "line"),
    [
        (
            *(10_000, 15_000),
            "62% of 40.0k residues, 25.0k residues, 500 residues/s, 00:30 left",
        ),
        (0, 0, "0.00 residues, 0.00 residues/s"),
    ],
)
def test_progress_has_the_rate_and_once_it_is_known_the_time_left(
    caplog: pytest.LogCaptureFixture, before: int, added: int, line: str
) -> None:
    caplog.set_level(logging.INFO, "protlang")
    times = iter([0.0, 30.0, 30.0, 30.0])
    clock = partial(next, times)
    bar = LoggedProgress("embedding", 40_000, before, clock, unit=" residues")
    bar.update(added)
    assert caplog.messages == [f"embedding: {line}"]


def test_a_log_gets_lines_and_a_terminal_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: False)
    assert isinstance(progress("a", 1, 0, " residues"), LoggedProgress)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress("a", 1, 0, " residues") as bar:
        assert not isinstance(bar, LoggedProgress)
        assert bar.unit == " residues"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_log_lines_come_every_tenth_with_rate_and_time_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    caplog.set_level(logging.INFO, "protlang")
    with LoggedProgress("a/b", 1_000_000, 0, clock) as progress:
        for _ in range(100):
            clock.now += 1.0
            progress.update(10_000)
    assert len(caplog.messages) == 10
    assert caplog.messages[1] == "a/b: 20% of 1.00MB, 200kB, 10.0kB/s, 01:20 left"


def test_log_lines_come_every_half_minute_without_a_known_length(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    caplog.set_level(logging.INFO, "protlang")
    progress = LoggedProgress("a/b", None, 0, clock)
    for _ in range(60):
        clock.now += 1.0
        progress.update(1_000)
    assert caplog.messages == ["a/b: 30.0kB, 1.00kB/s", "a/b: 60.0kB, 1.00kB/s"]
