"""What a command answers, and how it reaches the terminal: as JSON, or as text for people.

Standard output carries the answer and nothing else; all that is said besides goes to standard error. The exit
status is 0 for success, 1 for a wrong result or a failed check, 2 for wrong use, 130 when interrupted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console, RenderableType

from readhead.errors import EvaluationError, Problems, ReadheadError, Span

OK, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a command.

    Attributes:
        data: what ``--json`` prints, as one object.
        text: what is printed otherwise: plain text, exactly, or something that rich draws.
        note: what is said about it on standard error.
        status: the exit status.
        highlight: the language of a plain text, coloured where a terminal shows it.
    """

    data: Mapping[str, object]
    text: RenderableType
    note: RenderableType | None = None
    status: int = OK
    highlight: str | None = None


def give(answer: Answer, as_json: bool) -> int:
    """Print an answer; its exit status."""
    if answer.note is not None:
        Console(stderr=True).print(answer.note)
    if as_json:
        print_json(answer.data)
        return answer.status
    if not isinstance(answer.text, str):
        Console().print(answer.text)
    elif answer.highlight is not None and sys.stdout.isatty():
        from rich.syntax import Syntax

        coloured = Syntax("", answer.highlight, background_color="default").highlight(answer.text)
        Console().print(coloured, soft_wrap=True, end="")
    else:
        sys.stdout.write(answer.text.rstrip("\n") + "\n")
    return answer.status


def give_error(error: ReadheadError, as_json: bool) -> int:
    """Print an error without a traceback; its exit status."""
    sys.stderr.write(f"{error}\n")
    if as_json:
        print_json({"error": described(error)})
    return FAILED if isinstance(error, EvaluationError) else MISUSED


def described(error: ReadheadError) -> dict[str, object]:
    """An error as data.

    >>> from readhead.errors import UsageError
    >>> described(UsageError("no task 'sotr'", instead="did you mean 'sort'?"))["instead"]
    "did you mean 'sort'?"
    """
    where = error.where
    data: dict[str, object] = {
        "kind": type(error).__name__,
        "what": error.what,
        "where": str(where) if where is not None else None,
        "why": error.why,
        "instead": error.instead,
        "message": str(error),
    }
    if isinstance(where, Span):
        data |= {"file": where.file, "line": where.line, "column": where.column}
    if isinstance(error, Problems):
        data["problems"] = [described(problem) for problem in error.problems]
    return data


def print_json(data: Mapping[str, object]) -> None:
    """Print one JSON object, in ASCII and on one line."""
    sys.stdout.write(json.dumps(data, allow_nan=False) + "\n")
