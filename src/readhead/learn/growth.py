"""Growth from the smallest program: before anything is trained, small programs are searched for that fit the examples.

The search (:mod:`readhead.reason.search`) sees the training split alone and answers only with a program that is right
on all of it; the validation split says whether it is kept. What it looks at is bounded by counts, so that a seed gives
the same program on every machine; the bound on time is far beyond what these counts take.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from readhead.errors import DataError, EvaluationError, UsageError, did_you_mean
from readhead.program import serialize
from readhead.program.program import Program
from readhead.reason.search import Limits, Outcome, explore
from readhead.tasks.examples import Dataset
from readhead.tasks.score import score

Method = Literal["auto", "search", "gradient"]

LIMITS: dict[str, Limits | None] = {"default": Limits(), "quick": Limits(expressions=10_000), "paper": None}
"""How far each preset searches; the paper's protocol does not."""
SECONDS = 3600.0
"""After so long a search is given up, whatever the counts; these take minutes at most."""

KEPT = "search.json"
"""What the search before a training came to, beside its checkpoint."""


@dataclass(frozen=True, slots=True)
class Grown:
    """What a search for a small program came to.

    Attributes:
        program: the program, where one is right on all training examples.
        validation: its accuracy on the validation split; 0 where there is none.
        report: what ``report.json`` says of it.
    """

    program: Program | None
    validation: float
    report: dict[str, Any]

    @property
    def why(self) -> str:
        """Why there is no program; empty where there is one."""
        return str(self.report.get("why", ""))


def _grown(outcome: Outcome, validation: float, why: str) -> Grown:
    found = outcome.found if not why else None
    about: dict[str, Any] = {
        "found": found is not None,
        "expressions": outcome.tried,
        "complete_to_size": outcome.complete,
        "seconds": round(outcome.seconds, 2),
    }
    if found is None:
        return Grown(None, 0.0, about | {"why": why})
    about |= {
        "size": found.size,
        "stage": found.stage,
        "rounds": found.rounds,
        "validation_accuracy": validation,
    }
    return Grown(found.program, validation, about)


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
        return _grown(outcome, 0.0, outcome.why)
    try:
        validation = score(outcome.found.program, dataset.validation, dataset.kind).accuracy
    except EvaluationError as error:
        return _grown(outcome, 0.0, f"what was found has no answer to some validation example: {error}")
    return _grown(outcome, validation, "")


def keep(folder: Path, grown: Grown | None, data: str) -> None:
    """Write what the search came to beside the checkpoint, for a run that goes on from there.

    Args:
        folder: of the run.
        grown: what the search came to; None where there was none, and what another run left goes.
        data: the data set's fingerprint.
    """
    if grown is None:
        (folder / KEPT).unlink(missing_ok=True)
        return
    program = None if grown.program is None else serialize.dumps(grown.program)
    about = {"data": data, "validation": grown.validation, "report": grown.report, "program": program}
    temporary = folder / f"{KEPT}.writing"
    temporary.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    temporary.replace(folder / KEPT)


def kept(folder: Path, data: str) -> Grown | None:
    """What the search of the run in a folder came to; None where there was none.

    Raises:
        DataError: for a file that is damaged, or of other data.
    """
    path = folder / KEPT
    if not path.exists():
        return None
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        program = None if about["program"] is None else serialize.loads(about["program"], str(path))
        found = Grown(program, float(about["validation"]), dict(about["report"]))
        same = about["data"] == data
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            "what the search came to cannot be read", where=str(path), why=f"it is damaged ({error})"
        ) from error
    if not same:
        raise DataError("the search was on other data", where=str(path), instead="another output folder")
    return found
