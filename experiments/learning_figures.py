"""What the scripts on learning share: colours, the folder of their figures, and how tables and figures are made."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072b2", "#d55e00", "#009e73", "#aa4499", "#6b6b6b"
_RUNS = Path(__file__).resolve().parent.parent / "runs"
_DOTS_PER_INCH = 120


def make_parser(script: str, text: str | None) -> argparse.ArgumentParser:
    """Return a parser with the text of a script as its help and an option `--out`, by default runs/<name of script>."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=_RUNS / Path(script).stem, metavar="FOLDER", help="of the figures")
    return parser


def make_folder(parser: argparse.ArgumentParser, folder: Path) -> Path:
    """Return the folder of the figures, made if it does not exist; if that fails, exit with a message."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out {folder}: {error.strerror}")
    return folder


def new_figure(
    width: float, height: float, title: str, *, rows: int = 1, columns: int = 1
) -> tuple[Figure, list[Axes]]:
    """Return a figure of a size in inches with a title, and its axes in reading order."""
    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08, wspace=0.03, hspace=0.04)
    figure = Figure(figsize=(width, height), layout=layout)
    figure.suptitle(title, fontsize=13)
    axes = [figure.add_subplot(rows, columns, place + 1) for place in range(rows * columns)]
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.grid(alpha=0.25, linewidth=0.6)
        each.set_axisbelow(True)
    return figure, axes


def save(figure: Figure, folder: Path, name: str) -> Path:
    """Save a figure as a PNG, print the path of its file and return it."""
    file = folder / f"{name}.png"
    figure.savefig(file, dpi=_DOTS_PER_INCH)
    print(f"figure: {file}")
    return file


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows below a header, the first column to the left and all others to the right."""
    table = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    for place, row in enumerate(table):
        first, *others = [
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("   ".join([first, *others]).rstrip())
        if place == 0:
            print("   ".join("-" * width for width in widths))
