"""What all scripts of the workflow share: a log, and errors told in one sentence."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protlang.errors import ProtlangError

logger = logging.getLogger("protlang")


@contextmanager
def logged(log_file: Path | str) -> Iterator[logging.Logger]:
    """Run one job of the workflow, logging to `log_file`.

    A `ProtlangError` becomes the last line of the log and exit status 1, without a
    traceback. Any other exception is a defect of protlang's: its traceback goes to
    the log and it is raised on.

    Raises:
        SystemExit: with status 1 after a `ProtlangError`.
    """
    handler = _log_handler(log_file)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield logger
    except ProtlangError as error:
        logger.error(str(error))
        sys.exit(1)
    except Exception:
        logger.exception("unexpected error; please report it with this log")
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()


def _log_handler(log_file: Path | str) -> logging.Handler:
    Path(log_file).parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(log_file, mode="w", encoding="utf-8")
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")
    )
    return handler
