"""The command ``lift``: a program's tables and predicates as operators, and up to which length that was proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.text import Text

import readhead as rh
from readhead.cli import options
from readhead.cli.answer import Answer
from readhead.cli.writing import check_out, write_program
from readhead.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from readhead.program.program import Program
    from readhead.reason.lift import Lifted
    from readhead.tasks import Dataset, Task


def lift(
    program: options.ProgramPath,
    inputs: Annotated[
        str | None,
        typer.Option(
            metavar="TASK",
            help="The inputs that the program is for, and which of its answers count. By default, every sequence "
            "over its vocabulary.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="TASK|FILE",
            help="Examples: right answers on these are kept, others may change where that makes the program smaller.",
        ),
    ] = None,
    keep_right: Annotated[
        bool,
        typer.Option(
            "--keep-right", help="Keep the right answers on all inputs of --inputs; wrong ones may change."
        ),
    ] = False,
    max_length: Annotated[int | None, typer.Option(help="Longer inputs are not looked at.", min=1)] = None,
    seconds: Annotated[float, typer.Option(help="After this time it stops with what it has.", min=0.1)] = 60,
    out: Annotated[Path | None, typer.Option(help="A new file for the program: .py, .rasp or .json.")] = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> Answer:
    """Turn the tables of a program into operators, where these say the same."""
    from readhead.language.python.shortest import shortest
    from readhead.program.size import size
    from readhead.reason.lift import lift as lifting

    if out is not None:
        check_out(out)
    if keep_right and inputs is None:
        raise UsageError(
            "--keep-right without --inputs",
            why="only a task says which answers are right",
            instead="--inputs with the task that the program is for",
        )
    loaded = rh.load(program)
    task = _task(inputs, max_length) if inputs is not None else None
    dataset = rh.load_dataset(data, seed=seed) if data is not None else None
    if dataset is not None and dataset.kind != loaded.kind:
        raise UsageError(
            f"{program} and {dataset.name} answer in different ways: {loaded.kind} and {dataset.kind}",
            instead="data of the kind that the program is for",
        )
    console = Console(stderr=True)
    lifted = lifting(
        loaded,
        space=_space(loaded, task, max_length),
        examples=None if dataset is None else _examples(dataset, max_length),
        scored=None if task is None else _scored(task),
        answers=task.answer if task is not None and keep_right else None,
        seconds=seconds,
        progress=lambda what: console.print(f"lifting: {what}", markup=False, highlight=False),
    )
    python = shortest(lifted.program)
    if out is not None:
        write_program(lifted.program, out)
    report = {
        **as_data(lifted),
        "before": asdict(size(loaded)),
        "program": python if out is None else str(out),
    }
    return Answer(report, python, note=described(lifted, out), highlight="python")


def as_data(lifted: Lifted) -> dict[str, object]:
    """What was done and what is known of it, as JSON has them."""
    from readhead.program.size import size

    return {
        "proved_up_to": lifted.proved_up_to,
        "inputs": lifted.inputs,
        "differences": lifted.differences,
        "right_kept_on": lifted.right_kept_on,
        "max_length": lifted.program.max_length,
        "tied": list(lifted.tied),
        "bound": str(lifted.bound),
        "finished": lifted.finished,
        "seconds": round(lifted.seconds, 2),
        "after": asdict(size(lifted.program)),
        "log": [asdict(step) for step in lifted.log],
    }


def described(lifted: Lifted, out: Path | None) -> RenderableType:
    """The steps, and what is known of the result."""
    lines = [str(step) for step in lifted.log] or ["nothing was found to lift"]
    if lifted.differences:
        lines.append(
            f"{lifted.differences:,} answers on {lifted.inputs} are others than the learned program's"
        )
    if lifted.right_kept_on is not None:
        lines.append(f"every right answer on {lifted.right_kept_on:,} inputs is kept")
    if lifted.proved_up_to is not None:
        lines.append(f"proved equal on every input up to length {lifted.proved_up_to}")
    if lifted.program.max_length is None:
        lines.append("it takes sequences of any length")
    elif lifted.tied:
        lines.append(f"tied to lengths up to {lifted.program.max_length} by {', '.join(lifted.tied[:10])}")
    if not lifted.finished:
        lines.append("the time was over before every pass was done: --seconds gives more")
    lines.append(f"searched: {lifted.bound}")
    if out is not None:
        lines.append(f"written to {out}")
    return Group(*map(Text, lines))


def _task(name: str, max_length: int | None) -> Task:
    from readhead.tasks import TASKS, make_task

    if name not in TASKS:
        raise UsageError(
            f"--inputs has no task {name!r}",
            why="only a generated task has a space of all its inputs",
            instead=did_you_mean(name, TASKS),
        )
    return TASKS[name] if max_length is None else make_task(name, max_length=max_length)


def _space(program: Program, task: Task | None, max_length: int | None) -> Any:
    """The inputs that are looked at; None for the program's own."""
    from readhead.reason.forms.contents import own_space

    if task is not None:
        unknown = [t for t in task.vocabulary.tokens or () if t not in (program.vocabulary.tokens or (t,))]
        if unknown and program.vocabulary.unknown is None:
            raise UsageError(
                f"the task {task.name} does not fit the program: it has no token {unknown[0]!r}",
                instead="the task that the program was learned from",
            )
        if program.max_length is not None and task.max_length > program.max_length:
            raise UsageError(
                f"{task.name} has inputs of length {task.max_length}, the program takes {program.max_length}",
                instead=f"--max-length {program.max_length}",
            )
        return task.space
    if max_length is None:
        return None
    longest = max_length if program.max_length is None else min(max_length, program.max_length)
    return own_space(replace(program, max_length=longest))


def _examples(dataset: Dataset, max_length: int | None) -> Sequence[Any]:
    """The examples that learning saw: those of the test split are for scoring."""
    seen = (*dataset.train, *dataset.validation)
    return [e for e in seen if max_length is None or len(e.tokens) <= max_length]


def _scored(task: Task) -> Callable[[Any], list[bool]]:
    return lambda content: [label is not None for label in task.answer(content)]
