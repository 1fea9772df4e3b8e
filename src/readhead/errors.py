"""Errors that teach: what is wrong, where, why, and what to write instead.

Every error that Readhead raises on purpose is a :class:`ReadheadError`. Anything else that escapes is a bug.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of source text: 1-based lines and columns, end exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class ReadheadError(Exception):
    """The root of Readhead's errors.

    Args:
        what: one sentence saying what is wrong, with the offending value.
        where: the place: a span, a file and line, a node or a position.
        why: the reason, where the first sentence does not give it.
        instead: what to write instead.
        source: the line of source text that ``where`` points into, shown with a caret.
    """

    def __init__(
        self,
        what: str,
        *,
        where: Span | str | None = None,
        why: str | None = None,
        instead: str | None = None,
        source: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.instead = instead
        self.source = source

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where is not None else self.what]
        if self.source is not None and isinstance(self.where, Span):
            width = self.where.end_column - self.where.column
            if self.where.end_line != self.where.line:
                width = len(self.source) - self.where.column + 1
            lines += [f"    {self.source}", "    " + " " * (self.where.column - 1) + "^" * max(1, width)]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.instead:
            lines.append(f"  instead: {self.instead}")
        return "\n".join(lines)


class ProgramError(ReadheadError):
    """A program is ill-formed: a node has arguments that it cannot have."""


class EvaluationError(ReadheadError):
    """A program met a value on which it has no answer (division by zero, an empty row without default)."""


class InputError(ReadheadError):
    """A sequence that the program cannot read: a token outside its vocabulary, too many tokens."""


class DataError(ReadheadError):
    """A data file, a saved program or a checkpoint is damaged or does not fit."""


class UsageError(ReadheadError):
    """An option, a name or a combination of them that Readhead does not have."""


class LearningError(ReadheadError):
    """Training cannot go on: no restart is left, or a worker process is gone."""


class Problems(ReadheadError):
    """Several things wrong at once, all reported."""

    def __init__(self, what: str, problems: Iterable[ReadheadError]) -> None:
        self.problems = tuple(problems)
        super().__init__(what)

    def __str__(self) -> str:
        return "\n".join(
            [self.what, *(f"- {str(p).replace(chr(10), chr(10) + '  ')}" for p in self.problems)]
        )


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the nearest known names, or list them all.

    >>> did_you_mean("sotr", ["sort", "hist"])
    "did you mean 'sort'?"
    >>> did_you_mean("x", ["sort", "hist"])
    "known: 'hist', 'sort'"
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=3)
    if close:
        return "did you mean " + " or ".join(repr(c) for c in close) + "?"
    return "known: " + ", ".join(repr(n) for n in names) if names else "none is known"
