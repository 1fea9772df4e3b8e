"""How learning, or checking, is going: a bar on a terminal, a line now and then elsewhere. On standard error."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

SECONDS_BETWEEN_LINES = 15.0


class LearningProgress:
    """What ``learn`` reports to.

    Args:
        console: where it is shown; by default standard error.
        clock: seconds, for the lines that are written where there is no terminal.
    """

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console if console is not None else Console(stderr=True)
        self._clock = clock
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._total = self._restarts = 0
        self._started = self._spoken = self._trained = 0.0

    def searching(self, line: str) -> None:
        """Before training: how far the search for a small program is."""
        self._say(f"searching: {line}")

    def note(self, line: str) -> None:
        """Something to be said once: what a round of counterexamples came to, what slows training down."""
        self._say(line)

    def start(self, total_steps: int, restarts: int) -> None:
        """Learning begins: so many steps, of so many restarts side by side."""
        self._total, self._restarts = total_steps, restarts
        self._started = self._spoken = self._clock()
        if self._console.is_terminal:
            self._bar = Progress(
                BarColumn(bar_width=6),
                TextColumn("{task.completed}/{task.total}"),
                TextColumn("{task.fields[figures]}"),
                TextColumn("{task.fields[left]} left"),
                console=self._console,
                transient=True,
                get_time=self._clock,
            )
            self._task = self._bar.add_task("learning", total=total_steps, figures="", left="?")
            self._bar.start()
        else:
            self._say(
                f"learning: {total_steps} steps, {restarts} restart{'s' if restarts != 1 else ''} side by side"
            )

    def update(
        self, step: int, loss: float, temperature: float, best_accuracy: float | None, alive: int
    ) -> None:
        """After a step: mean loss, temperature, best validation accuracy so far (None: none yet), restarts left."""
        from readhead.tasks.score import percent

        figures = f"loss {_figure(loss)}  temperature {temperature:.3f}  best {percent(best_accuracy)}"
        if alive != self._restarts:
            figures += f"  {alive}/{self._restarts} alive"
        now = self._clock()
        self._trained = now - self._started
        left = self._trained / max(1, step) * (self._total - step)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=step, figures=figures, left=timedelta(seconds=round(left)))
        elif now - self._spoken >= SECONDS_BETWEEN_LINES:
            self._spoken = now
            self._say(f"step {step}/{self._total}  {figures}  {left:.0f} s left")

    def finish(self) -> None:
        """Training has ended, one way or another; may be called twice."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._task = None
        if self._trained:
            self._say(
                f"trained for {self._trained:.0f} s; now rounding the scores, and pruning what is not needed"
            )
            self._trained = 0.0

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class CountingProgress:
    """How many of so many are done: a bar on a terminal, a line now and then elsewhere. Called as it goes on.

    Args:
        what: what is done with them, and to what: ``"compared"``, ``"inputs"``.
        console: where it is shown; by default standard error.
        clock: seconds, for the lines that are written where there is no terminal.
    """

    def __init__(
        self,
        what: tuple[str, str],
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._console = console if console is not None else Console(stderr=True)
        self._clock = clock
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._spoken = clock()

    def __enter__(self) -> CountingProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """So many are done, of so many."""
        if self._console.is_terminal:
            self._shown(done, total)
        elif self._clock() - self._spoken >= SECONDS_BETWEEN_LINES and done < total:
            self._spoken = self._clock()
            line = f"{self._what[0]} {done:,} of {total:,} {self._what[1]}"
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _shown(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = Progress(
                BarColumn(bar_width=30),
                TextColumn("{task.description} {task.completed:,} of {task.total:,.0f} " + self._what[1]),
                console=self._console,
                transient=True,
                get_time=self._clock,
            )
            self._task = self._bar.add_task(self._what[0], total=total)
            self._bar.start()
        assert self._task is not None
        self._bar.update(self._task, completed=done, total=total)


def _figure(loss: float) -> str:
    return f"{loss:.4f}" if math.isfinite(loss) else "-"
