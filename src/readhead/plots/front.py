"""The picture of a front: accuracy against size, one dot for each program, the chosen one marked.

It takes plain numbers, and writes SVG or PNG by the file's name; the same numbers make the same file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from readhead.errors import UsageError

BLUE, ORANGE, GREY = "#2f6db5", "#d9761a", "#8a8a8a"
RC: Any = {
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "readhead",
    "axes.spines.top": False,
    "axes.spines.right": False,
}
KINDS = (".svg", ".png")


def draw_front(
    path: Path,
    sizes: Sequence[int],
    accuracies: Sequence[float],
    *,
    chosen: int,
    held_out: Sequence[float] | None = None,
    title: str = "",
) -> None:
    """Draw a front, from the program as it was (point 0) to the smallest.

    Args:
        path: an .svg or a .png file.
        sizes: of each point, falling.
        accuracies: of each point, as shares.
        chosen: the number of the point that was chosen.
        held_out: the accuracy of each point on examples that were not looked at, where there are such.
        title: the heading.

    Raises:
        UsageError: for a file of another kind, no points, or lists that do not belong together.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_path(path)
    if not sizes or len(sizes) != len(accuracies) or not 0 <= chosen < len(sizes):
        raise UsageError(
            f"a front of {len(sizes)} sizes and {len(accuracies)} accuracies, of which point {chosen} is chosen",
            instead="a size and an accuracy for each point, and the number of one of them",
        )
    with mpl.rc_context(RC):
        figure = Figure(figsize=(7.2, 3.8), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        axes.step(sizes, accuracies, where="pre", color=BLUE, linewidth=1, alpha=0.5)
        axes.plot(sizes, accuracies, "o", color=BLUE, markersize=5, label="on the examples")
        if held_out is not None:
            axes.plot(sizes, held_out, "x", color=GREY, markersize=5, label="on the test split")
        for number, (x, y) in enumerate(zip(sizes, accuracies, strict=True)):
            axes.annotate(
                str(number), (x, y), textcoords="offset points", xytext=(0, 7), ha="center", fontsize=8
            )
        axes.plot(
            sizes[chosen],
            accuracies[chosen],
            "o",
            color=ORANGE,
            markersize=11,
            fillstyle="none",
            markeredgewidth=2,
            label=f"chosen: point {chosen}",
        )
        axes.set(
            xlabel="size: variables, table entries, digits of weights", ylabel="right answers", title=title
        )
        axes.set_xlim(left=0)
        axes.margins(y=0.12)
        axes.legend(loc="lower right", frameon=False, fontsize=9)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=150)


def check_path(path: Path) -> None:
    """Raise a UsageError for a file that is neither .svg nor .png."""
    if path.suffix not in KINDS:
        raise UsageError(
            f"a picture cannot be written as {path.name}", instead="a file that ends in .svg or .png"
        )
