"""``verify``: does a program answer as it should, on every input? And does a property hold?

The file of a property is the one thing that this command executes as code: it is the user's own, and they ask for it.
Programs are only ever read.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from readhead.cli import options
from readhead.cli.answer import FAILED, OK, UNDECIDED, Answer
from readhead.cli.models import opened
from readhead.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from readhead.tasks import Task

STATUS = {"proved": OK, "counterexample": FAILED, "unknown": UNDECIDED}
"""The exit status of each verdict."""

SECONDS_BETWEEN_LINES = 5.0


def verify(
    program: options.ProgramPath,
    against: Annotated[
        str | None,
        typer.Option(metavar="TASK|PROGRAM", help="What it should answer like: a task, or another program."),
    ] = None,
    max_length: Annotated[
        int | None, typer.Option(help="The longest inputs, in tokens; by default the task's.", min=0)
    ] = None,
    method: Annotated[
        str, typer.Option(help="auto, exhaustive (all inputs are run) or smt (the solver z3).")
    ] = "auto",
    seconds: Annotated[float, typer.Option(help="When to give up.", min=0)] = 60.0,
    stated: Annotated[
        str | None,
        typer.Option(
            "--property",
            metavar="FILE.py:NAME",
            help="A property instead: a Python function of tokens and answers that answers True or False. "
            "The file is executed, so let it be your own. "
            "Ready-made: permutation_of_input, sorted_output, same_length.",
        ),
    ] = None,
    seed: options.Seed = 0,
    as_json: options.Json = False,
) -> Answer:
    """Say whether a program answers like a task or another one on every input, or give the shortest where not."""
    from readhead.reason.properties import check
    from readhead.reason.verify import METHODS
    from readhead.reason.verify import verify as compare

    if method not in METHODS:
        raise UsageError(f"--method has no {method!r}", instead=did_you_mean(method, METHODS))
    if against is None and stated is None:
        raise UsageError(
            "there is nothing to verify against", instead="--against TASK|PROGRAM, or --property FILE.py:NAME"
        )
    if stated is not None and method == "smt":
        raise UsageError(
            "--property with --method smt",
            why="the solver compares programs; a property is Python, and is run",
            instead="--method exhaustive, or auto",
        )
    loaded = opened(program)
    other: Any = None if against is None else _against(against)
    telling = _Telling()
    if stated is None:
        found = compare(
            loaded,
            other,
            max_length=max_length,
            seconds=seconds,
            method=method,
            seed=seed,
            progress=telling,
        )
    else:
        found = check(
            loaded,
            property_of(stated),
            task=_task(other),
            max_length=max_length,
            seconds=seconds,
            budget=sys.maxsize if method == "exhaustive" else None,
            progress=telling,
        )
    return Answer(
        {**found.as_dict(), "against": against, "property": stated}, str(found), status=STATUS[found.verdict]
    )


def _against(given: str) -> Any:
    """A task by its name, or a program or compiled model by its path."""
    from readhead.tasks import TASKS

    if given in TASKS:
        return TASKS[given]
    path = Path(given)
    if not path.suffix and path.name == given and ":" not in given and not path.exists():
        raise UsageError(
            f"there is no task {given!r}", instead=f"{did_you_mean(given, TASKS)} Or the path of a program"
        )
    return opened(path)


def _task(other: Any) -> Task | None:
    from readhead.tasks import Task

    if other is not None and not isinstance(other, Task):
        raise UsageError(
            "--property with --against a program",
            why="a property is asked of one program; a task says which inputs",
            instead="--against TASK, or leave it out",
        )
    return other


def property_of(given: str) -> Callable[[list[Any], Any], bool]:
    """A ready-made property by its name, or the function NAME of FILE.py, which is executed.

    Raises:
        UsageError: for a file that is not there or cannot be executed, and a name that it does not have.
    """
    from readhead.reason.properties import READY

    if given in READY:
        return READY[given]
    name = given.rpartition(":")[2]
    file = Path(given.rpartition(":")[0])
    if not file.suffix:
        raise UsageError(
            f"there is no property {given!r}", instead=f"{did_you_mean(given, READY)} Or FILE.py:NAME"
        )
    if not file.is_file():
        raise UsageError(f"there is no file {file}", instead="--property FILE.py:NAME")
    spec = importlib.util.spec_from_file_location("readhead_property", file)
    if spec is None or spec.loader is None:
        raise UsageError(f"{file} is no Python file", instead="--property FILE.py:NAME")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as raised:  # whoever leaves has verified nothing
        raise UsageError(f"{file} cannot be executed: {type(raised).__name__}: {raised}") from raised
    found = getattr(module, name, None)
    if not callable(found):
        known = [n for n, value in vars(module).items() if callable(value) and not n.startswith("_")]
        raise UsageError(f"{file} has no function {name!r}", instead=did_you_mean(name, known))
    stated: Callable[[list[Any], Any], bool] = found
    return stated


class _Telling:
    """A line now and then on standard error, from when it takes long.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._spoken = clock()

    def __call__(self, done: int, total: int) -> None:
        """So many inputs are decided, of so many."""
        now = self._clock()
        if now - self._spoken >= SECONDS_BETWEEN_LINES:
            self._spoken = now
            Console(stderr=True).print(
                f"{done:,} of {total:,} inputs are decided", highlight=False, soft_wrap=True
            )
