"""Data-preserving simplification on the command line: options, the table of the front, its picture.

The command ``simplify`` asks :func:`thinned` for the front, and shows it with :func:`front_table` and :func:`as_data`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from readhead.cli import tables
from readhead.errors import UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from readhead.program.program import Program
    from readhead.reason.thin import Point, Thinned
    from readhead.tasks import Dataset

PANEL = "Keeping right answers on data"
SHOWN = 6
"""So many names of variables are listed for each point."""

KeepAccuracy = Annotated[
    float | None,
    typer.Option(
        help="Also leave out what the data does not need, and keep this share of the right answers: 1.0 or less.",
        min=0,
        max=1,
        rich_help_panel=PANEL,
    ),
]
Data = Annotated[
    str | None,
    typer.Option(metavar="TASK|FILE", help="The data whose right answers are kept.", rich_help_panel=PANEL),
]
PointNumber = Annotated[
    int | None, typer.Option("--point", help="Take this point of the front.", min=0, rich_help_panel=PANEL)
]
Plot = Annotated[
    Path | None,
    typer.Option(metavar="FILE.svg", help="Draw the front: an .svg or a .png file.", rich_help_panel=PANEL),
]


@dataclass(frozen=True, slots=True)
class Front:
    """A front, and how its programs do on examples that were not looked at.

    Attributes:
        thinned: the front, and the chosen point.
        task: the data set's name.
        test: the accuracy of each point on the test split; None where that has no label.
    """

    thinned: Thinned
    task: str
    test: tuple[float, ...] | None


def wanted(
    keep_accuracy: float | None, data: str | None, point: int | None, plot: Path | None, **options: Any
) -> bool:
    """Whether data-preserving simplification is asked for.

    Raises:
        UsageError: where an option is given that another one is missing for.
    """
    asked = keep_accuracy is not None or point is not None
    if asked and data is None:
        raise UsageError(
            "which answers are to be kept?", why="no data is given", instead="--data with a task or a file"
        )
    if not asked and options:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(options))
        raise UsageError(f"{names} without data", instead="--data and --keep-accuracy, or neither")
    if not asked and (data is not None or plot is not None):
        raise UsageError(
            "how many right answers are to be kept?", instead="--keep-accuracy 1.0, or --point with a number"
        )
    return asked


def thinned(
    program: Program,
    data: str,
    *,
    keep_accuracy: float | None = None,
    point: int | None = None,
    plot: Path | None = None,
    seed: int = 0,
    progress: Callable[[Point], None] | None = None,
    **options: Any,
) -> Front:
    """Thin a program on the training and validation splits of a data set, and draw the front where that is asked for.

    Args:
        program: what is made smaller.
        data: a task's name or a file.
        keep_accuracy: the share of right answers to keep; by default all.
        point: take this point of the front instead.
        plot: a file for the picture.
        seed: of the data.
        progress: told of each point.
        **options: passed to :func:`readhead.load_dataset`.

    Raises:
        UsageError: for data that asks for another kind of answer, for a point that there is not, and for a picture
            that is neither .svg nor .png.
    """
    import readhead as rh
    from readhead.plots.front import check_path, draw_front
    from readhead.reason.thin import thin
    from readhead.tasks.score import score

    if plot is not None:
        check_path(plot)
    dataset = rh.load_dataset(data, seed=seed, **options)
    _check_kind(program, dataset)
    share = 1.0 if keep_accuracy is None else keep_accuracy
    found = thin(program, dataset.train + dataset.validation, keep_accuracy=share, progress=progress)
    if point is not None:
        found = found.at(point)
    labelled = any(label is not None for e in dataset.test for label in e.labels)
    programs = [p.program for p in found.front]
    test = tuple(score(p, dataset.test, dataset.kind).accuracy for p in programs) if labelled else None
    if plot is not None:
        sizes, shares = [p.weight for p in found.front], [p.accuracy for p in found.front]
        title = f"{dataset.name}: size against accuracy"
        draw_front(plot, sizes, shares, chosen=found.chosen, held_out=test, title=title)
    return Front(found, dataset.name, test)


def reached(point: Point) -> None:
    """Say on standard error that a point of the front was reached."""
    from rich.console import Console

    from readhead.tasks.score import percent

    line = f"thinning: size {point.weight:,}, {percent(point.accuracy)} right, {point.lost:,} answers lost"
    Console(stderr=True).print(line, markup=False, highlight=False, soft_wrap=True)


def _check_kind(program: Program, dataset: Dataset) -> None:
    if program.kind != dataset.kind:
        raise UsageError(
            f"the program gives {tables.KINDS[program.kind]}, {dataset.name} asks for {tables.KINDS[dataset.kind]}",
            instead="a program for this data, or other data",
        )


def as_data(front: Front) -> dict[str, object]:
    """The front as JSON has it."""
    found = front.thinned
    return {
        "data": front.task,
        "examples": found.examples,
        "chosen": found.chosen,
        "front": [
            {
                "point": number,
                "weight": point.weight,
                "size": asdict(point.size),
                "accuracy": point.accuracy,
                "lost": point.lost,
                "positions": point.positions,
                "test_accuracy": None if front.test is None else front.test[number],
                "gone": list(found.gone(number)),
                "steps": [asdict(step) for step in point.steps],
            }
            for number, point in enumerate(found.front)
        ],
    }


def front_table(front: Front) -> RenderableType:
    """The front as a table: what each point weighs and gets right, and which variables went."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from readhead.tasks.score import percent

    found = front.thinned
    table = Table(title=f"size against accuracy on {front.task}", title_justify="left", box=SIMPLE_HEAD)
    for column in ("point", "size", "heads", "tables", "right", "lost", "test"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("what went")
    for number, point in enumerate(found.front):
        mark = "> " if number == found.chosen else ""
        test = percent(None if front.test is None else front.test[number])
        table.add_row(
            f"{mark}{number}",
            f"{point.weight:,}",
            str(point.size.heads),
            str(point.size.mlps),
            percent(point.accuracy),
            f"{point.lost:,}",
            test,
            Text(_gone(found, number)),
        )
    return Group(table, Text(found.note))


def _gone(found: Thinned, number: int) -> str:
    """The names of the heads and tables that went, or that only entries did."""
    from readhead.program.nodes import Aggregate, Map, SelectorWidth

    if number == 0:
        return "(the program as it was)"
    first = found.front[0].program.variables
    names = [name for name in found.gone(number) if isinstance(first[name], (Aggregate, Map, SelectorWidth))]
    if not names:
        return "entries, pairs or weights"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
