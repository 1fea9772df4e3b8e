"""What learning answers: the program, how it is written, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from readhead.program.interpret import Answer
from readhead.program.program import Program
from readhead.program.reading import Content
from readhead.program.trace import Trace
from readhead.tasks.score import percent


@dataclass(frozen=True, slots=True)
class LearnResult:
    """A learned program and how it was learned.

    Attributes:
        program: the program, pruned.
        python: the same as Python source.
        report: accuracies, restarts, sizes, timings, versions; what ``report.json`` holds.
        unpruned: the program as it was discretized, for comparison.
        history: a row for each epoch of training; none where the program was found by searching.
    """

    program: Program
    python: str
    report: dict[str, Any]
    unpruned: Program
    history: tuple[dict[str, float], ...] = ()

    def run(self, tokens: Content) -> Answer:
        """The program's answer: see :meth:`readhead.program.program.Program.run`."""
        return self.program.run(tokens)

    def trace(self, tokens: Content) -> Trace:
        """Every variable's values: see :meth:`readhead.program.program.Program.trace`."""
        return self.program.trace(tokens)

    def __repr__(self) -> str:
        return f"<LearnResult {self.report['task']}: {percent(self.report['test_accuracy'])} of test labels right>"

    def _repr_html_(self) -> str:
        return self.program._repr_html_()
