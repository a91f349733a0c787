"""What a drawn figure holds, read from its files."""

from collections.abc import Callable
from pathlib import Path


def texts_of(svg: Path) -> list[str]:
    """Texts of a figure; Matplotlib draws letters as paths and texts as comments."""
    parts = svg.read_text(encoding="utf-8").split("<!-- ")[1:]
    return [part.split(" -->")[0] for part in parts]


def check_drawing(draw: Callable[[Path, bool], None], folder: Path) -> Path:
    """Check that a figure has equal bytes when drawn again, and marks simulated data.

    Args:
        draw: to a path without ending, from simulated data or not.
        folder: to draw into.

    Returns:
        The SVG, not of simulated data; `.png` and `.csv` are beside it.
    """
    for name in ("first", "second", "simulated"):
        draw(folder / name, name == "simulated")
    assert len(list(folder.iterdir())) == 9
    for ending in ("svg", "png", "csv"):
        first, second = (folder / f"{name}.{ending}" for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()
        assert first.stat().st_size > 0
    assert "Simulated data" in (folder / "simulated.svg").read_text()
    assert "Simulated data" not in (folder / "first.svg").read_text()
    return folder / "first.svg"
