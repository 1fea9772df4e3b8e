"""Growth from the smallest program: before anything is trained, small programs are searched for that fit the examples.

The search (:mod:`readhead.reason.search`) sees the training split alone and answers only with a program that is right
on all of it; the validation split says whether it is kept. What it looks at is bounded by counts, so that a seed gives
the same program on every machine; the bound on time is far beyond what these counts take.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from readhead.errors import UsageError, did_you_mean
from readhead.program.program import Program
from readhead.reason.search import Limits, Outcome, explore
from readhead.tasks.examples import Dataset
from readhead.tasks.score import score

Method = Literal["auto", "search", "gradient"]

LIMITS: dict[str, Limits | None] = {"default": Limits(), "quick": Limits(expressions=10_000), "paper": None}
"""How far each preset searches; the paper's protocol does not."""
SECONDS = 600.0
"""After so long a search is given up, whatever the counts."""


@dataclass(frozen=True, slots=True)
class Grown:
    """What a search for a small program came to.

    Attributes:
        outcome: of the search.
        program: the program, where one is right on all training examples.
        validation: its accuracy on the validation split; 0 where there is none.
    """

    outcome: Outcome
    program: Program | None
    validation: float

    @property
    def report(self) -> dict[str, Any]:
        """What ``report.json`` says of it."""
        found = self.outcome.found
        about: dict[str, Any] = {
            "found": found is not None,
            "expressions": self.outcome.tried,
            "complete_to_size": self.outcome.complete,
            "seconds": round(self.outcome.seconds, 2),
        }
        if found is None:
            return about | {"why": self.outcome.why}
        return about | {
            "size": found.size,
            "stage": found.stage,
            "rounds": found.rounds,
            "validation_accuracy": self.validation,
        }


def limits_for(method: str, preset: str, *, continued: bool) -> Limits | None:
    """How far to search before training; None for not at all.

    Args:
        method: ``"auto"``, ``"search"`` or ``"gradient"``.
        preset: the name of the preset.
        continued: training goes on from a program or a checkpoint.

    Raises:
        UsageError: for another method, or a search where there is nothing to search for.
    """
    if method not in get_args(Method):
        raise UsageError(f"no method {method!r}", instead=did_you_mean(method, get_args(Method)))
    if method == "search" and continued:
        raise UsageError(
            "a search begins with nothing",
            why="only training goes on from a program or a checkpoint",
            instead="method='gradient'",
        )
    if method == "gradient" or continued:
        return None
    return LIMITS.get(preset) or (Limits() if method == "search" else None)


def grow(dataset: Dataset, limits: Limits, progress: Callable[[str], None]) -> Grown:
    """Search for a small program that is right on the training split.

    Args:
        dataset: its validation split is scored, and never searched on.
        limits: how far.
        progress: told in a line now and then how far the search is.
    """
    outcome = explore(
        dataset.train,
        dataset.vocabulary,
        causal=dataset.causal,
        kind=dataset.kind,
        labels=dataset.labels,
        limits=limits,
        seconds=SECONDS,
        progress=progress,
    )
    if outcome.found is None:
        return Grown(outcome, None, 0.0)
    program = outcome.found.program
    return Grown(outcome, program, score(program, dataset.validation, dataset.kind).accuracy)
