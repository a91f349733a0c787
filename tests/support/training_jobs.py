"""What tests of training jobs have in common."""

from pathlib import Path

from protlang.training.signals import StopRequest


class StopAt(StopRequest):
    """A stop request that comes after so many looks."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    def __bool__(self) -> bool:
        self.looks -= 1
        return self.looks <= 0


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder by their path in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
