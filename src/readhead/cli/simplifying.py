"""The command ``simplify``: a smaller program that means the same, and every step of the way."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

import readhead as rh
from readhead.cli import options, thinning
from readhead.cli.answer import Answer
from readhead.cli.progress import SECONDS_BETWEEN_LINES
from readhead.cli.writing import check_out, write_program
from readhead.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from readhead.program.program import Program
    from readhead.program.size import Size
    from readhead.reason.simplify import Rewrite, Simplified
    from readhead.tasks import Task
    from readhead.tasks.spaces import Space

COLUMNS = ("heads", "mlps", "readout_inputs", "table_entries", "variables")


def simplify(
    program: options.ProgramPath,
    inputs: Annotated[
        str | None,
        typer.Option(
            metavar="TASK",
            help="The inputs on which the meaning is kept. By default, every sequence over its vocabulary.",
        ),
    ] = None,
    right: Annotated[
        bool,
        typer.Option(
            "--keep-right",
            help="Keep the answers that are right; a wrong one may change where that makes the program smaller.",
        ),
    ] = False,
    max_length: Annotated[int | None, typer.Option(help="Longer inputs are not looked at.", min=0)] = None,
    keep_accuracy: thinning.KeepAccuracy = None,
    data: thinning.Data = None,
    point: thinning.PointNumber = None,
    plot: thinning.Plot = None,
    out: Annotated[Path | None, typer.Option(help="A new file for the program: .py, .rasp or .json.")] = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
    **reading: Any,
) -> Answer:
    """Make a program smaller without changing what it answers, and say how each step was checked.

    With --keep-accuracy and --data, also leave out what the data does not need.
    """
    from readhead.language.python.shortest import shortest
    from readhead.reason.simplify import simplify as simplified

    if out is not None:
        check_out(out)
    if right and inputs is None:
        raise UsageError(
            "--keep-right without --inputs", instead="--inputs with the task that says what is right"
        )
    thins = thinning.wanted(keep_accuracy, data, point, plot, **reading)
    loaded = rh.load(program)
    task = None if inputs is None else _task(inputs, loaded)
    start = time.perf_counter()
    with Watched() as watched:
        found = simplified(
            loaded,
            space=_space(loaded, task, max_length),
            answers=task.answer if task is not None and right else None,
            progress=watched,
        )
    seconds = time.perf_counter() - start
    front = None
    if thins:
        front = thinning.thinned(
            found.program,
            data or "",
            keep_accuracy=keep_accuracy,
            point=point,
            plot=plot,
            seed=seed,
            progress=thinning.reached,
            **reading,
        )
    smallest = found.program if front is None else front.thinned.program
    python = shortest(smallest)
    if out is not None:
        write_program(smallest, out)
    report = {
        **as_data(found),
        "thinned": None if front is None else thinning.as_data(front),
        "seconds": round(seconds, 2),
        "program": python if out is None else str(out),
    }
    note = described(found, seconds, out)
    if front is not None:
        note = Group(note, thinning.front_table(front))
    return Answer(report, python, note=note, highlight="python")


def as_data(found: Simplified) -> dict[str, object]:
    """What was done, as JSON has it."""
    return {
        "before": asdict(found.before),
        "after": asdict(found.after),
        "inputs": found.inputs,
        "notes": list(found.notes),
        "log": [asdict(step) for step in found.log],
    }


def described(found: Simplified, seconds: float, out: Path | None) -> RenderableType:
    """The steps as a table, and what came of them."""
    table = Table(box=SIMPLE_HEAD)
    for column in ("rule", "variable", "heads", "MLPs", "read-out", "entries", "variables", "checked"):
        table.add_column(column, overflow="fold")
    for step in merged(found.log):
        sizes = (_change(step.before, step.after, column) for column in COLUMNS)
        table.add_row(*map(Text, (step.rule, step.where, *sizes, step.check)))
    lines = [f"{_parts(found.before)} before", f"{_parts(found.after)} after {seconds:.1f} s"]
    lines += found.notes
    if out is not None:
        lines.append(f"written to {out}")
    shown = [table] if found.log else [Text("nothing was found to simplify")]
    return Group(*shown, *map(Text, lines))


def merged(log: tuple[Rewrite, ...]) -> list[Rewrite]:
    """The steps, with several in a row of one rule at one variable as one."""
    steps: list[Rewrite] = []
    for step in log:
        last = steps[-1] if steps else None
        if last is not None and (last.rule, last.where, last.check) == (step.rule, step.where, step.check):
            steps[-1] = replace(last, after=step.after)
        else:
            steps.append(step)
    return steps


def _change(before: Size, after: Size, column: str) -> str:
    old, new = getattr(before, column), getattr(after, column)
    return str(new) if old == new else f"{old} → {new}"


def _parts(size: Size) -> str:
    words = ("head", "MLP", "read-out input", "entry", "variable")
    counts = [getattr(size, column) for column in COLUMNS]
    plural = {"entry": "entries"}
    named = [f"{n} {w if n == 1 else plural.get(w, w + 's')}" for n, w in zip(counts, words, strict=True)]
    return ", ".join(named)


class Watched:
    """Says on standard error which rule is at work: all the time on a terminal, now and then elsewhere.

    Args:
        console: where it is said; by default standard error.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = Console(stderr=True) if console is None else console
        self._status = self._console.status("simplifying") if self._console.is_terminal else None
        self._spoken = time.monotonic()

    def __enter__(self) -> Watched:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, rule: str, size: Size) -> None:
        """A rule begins, at a program of this size."""
        line = f"simplifying: {_parts(size)}; rule {rule}"
        if self._status is not None:
            self._status.update(line)
        elif time.monotonic() - self._spoken >= SECONDS_BETWEEN_LINES:
            self._spoken = time.monotonic()
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _task(name: str, program: Program) -> Task:
    """The task that a program is simplified for."""
    from readhead.tasks import TASKS

    if name not in TASKS:
        raise UsageError(f"--inputs has no task {name!r}", instead=did_you_mean(name, TASKS))
    task, vocabulary = TASKS[name], program.vocabulary
    unknown = [t for t in task.vocabulary.tokens or () if vocabulary.tokens and t not in vocabulary.tokens]
    if unknown and vocabulary.unknown is None:
        raise UsageError(
            f"the program does not know the tokens of {name}: {', '.join(map(repr, unknown[:10]))}",
            instead="a program over the task's vocabulary",
        )
    if program.max_length is not None and program.max_length < task.max_length:
        raise UsageError(
            f"the program takes {program.max_length} tokens, and {name} has inputs of {task.max_length}",
            instead=f"no --inputs, and --max-length {program.max_length}",
        )
    return task


def _space(program: Program, task: Task | None, max_length: int | None) -> Space | None:
    """The inputs: of the task or all, no longer than asked for."""
    from readhead.reason.simplify import default_space
    from readhead.tasks.spaces import Strings

    if task is None and max_length is None:
        return None
    if task is None:
        space = default_space(replace(program, max_length=max_length))
        if space is None:
            raise UsageError(
                "the program's vocabulary is open, so its inputs are endless at any length",
                instead="--inputs with a task, or no --max-length",
            )
        most = space.max_length if program.max_length is None else min(space.max_length, program.max_length)
        return replace(space, max_length=most)
    if max_length is None:
        return task.space
    if not isinstance(task.space, Strings) or max_length < task.space.min_length:
        raise UsageError(
            f"{task.name} has no inputs of up to {max_length} tokens only",
            instead="--inputs without --max-length",
        )
    return replace(task.space, max_length=min(max_length, task.space.max_length))
