"""What a command answers, and how it reaches the terminal: as JSON, or as text for people.

Standard output carries the answer and nothing else; all that is said besides goes to standard error. The exit
status is 0 for success, 1 for a wrong result or a failed check, 2 for wrong use, 3 for a question left undecided, 130
when interrupted.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console, RenderableType

from readhead.cli.options import as_typed
from readhead.errors import CompileError, EvaluationError, LearningError, Problems, ReadheadError, Span

OK, FAILED, MISUSED, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130


class Unwritable(ReadheadError):
    """Standard output takes no more: a full disk, for example."""


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
        write(drawn(answer.text))
    elif answer.highlight is not None and sys.stdout.isatty():
        from rich.syntax import Syntax

        coloured = Syntax("", answer.highlight, background_color="default").highlight(answer.text)
        write(drawn(coloured, soft_wrap=True, end=""))
    else:
        write(answer.text.rstrip("\n") + "\n")
    return answer.status


def give_error(error: ReadheadError, as_json: bool) -> int:
    """Print an error without a traceback; its exit status."""
    sys.stderr.write(f"{message(error)}\n")
    if as_json:
        print_json({"error": described(error)})
    return FAILED if isinstance(error, (CompileError, EvaluationError, LearningError)) else MISUSED


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
        "why": error.why and as_typed(error.why),
        "instead": error.instead and as_typed(error.instead),
        "message": message(error),
    }
    if isinstance(where, Span):
        data |= {"file": where.file, "line": where.line, "column": where.column}
    if isinstance(error, Problems):
        data["problems"] = [described(problem) for problem in error.problems]
    return data


def message(error: ReadheadError) -> str:
    """What an error says, with options as they are typed here; in what is quoted from files nothing changes."""
    return "\n".join(
        as_typed(line) if line.lstrip().startswith(("why: ", "instead: ")) else line
        for line in str(error).split("\n")
    )


def print_json(data: Mapping[str, object]) -> None:
    """Print one JSON object, in ASCII and on one line."""
    write(json.dumps(data, allow_nan=False) + "\n")


def drawn(what: RenderableType, *, soft_wrap: bool = False, end: str = "\n") -> str:
    """What rich draws for standard output, as text (rich itself would exit when the output is closed)."""
    page = io.TextIOWrapper(io.BytesIO(), sys.stdout.encoding, errors="backslashreplace", newline="")
    Console(file=page, force_terminal=sys.stdout.isatty()).print(what, soft_wrap=soft_wrap, end=end)
    page.seek(0)
    return page.read()


def write(text: str) -> None:
    """Write to standard output, all of it.

    Raises:
        Unwritable: where it takes no more.
        BrokenPipeError: where nobody reads it any more.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritable(f"the answer cannot be written: {error.strerror}") from error
