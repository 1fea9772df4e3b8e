"""How well a program answers one split of a data set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from readhead.errors import EvaluationError, UsageError
from readhead.program.program import Program
from readhead.tasks import FACTORIES, TASKS, Dataset, Example, Score, majority, make_task, score
from readhead.tasks.score import Answers, percent

SPLITS = ("test", "validation", "train", "all")


@dataclass(frozen=True, slots=True)
class Scored:
    """An accuracy, with all that it is a share of.

    Attributes:
        task: the data set's name.
        split: which part of it, or all.
        score: what the program gets right.
        majority: what the commonest training label gets right.
        subsets: the score on named parts, where the task has such (the balanced half of the brackets).
    """

    task: str
    split: str
    score: Score
    majority: Score
    subsets: dict[str, Score]


def scored(answerer: Answers, dataset: Dataset, split: str) -> Scored:
    """Run a program or a model on one split, or on all of them."""
    parts = {"test": dataset.test, "validation": dataset.validation, "train": dataset.train}
    examples = parts.get(split, (*dataset.train, *dataset.validation, *dataset.test))
    task = TASKS.get(dataset.name)
    subsets: dict[str, Score] = {}
    for name, belongs in task.subsets.items() if task is not None else ():
        chosen: list[Example] = [e for e in examples if belongs(e.tokens)]
        if chosen:
            subsets[name] = score(answerer, chosen, dataset.kind)
    return Scored(
        task=dataset.name,
        split=split,
        score=score(answerer, examples, dataset.kind),
        majority=majority(replace(dataset, test=tuple(examples))),
        subsets=subsets,
    )


def as_data(result: Scored) -> dict[str, object]:
    """The same as JSON has it."""
    found = result.score.entities
    entities = {} if found is None else {"f1": found.f1, "precision": found.precision, "recall": found.recall}
    return {
        "task": result.task,
        "split": result.split,
        "accuracy": result.score.accuracy,
        "correct": result.score.correct,
        "positions": result.score.positions,
        "examples": result.score.examples,
        "majority_accuracy": result.majority.accuracy,
        **entities,
        "subsets": {name: part.accuracy for name, part in result.subsets.items()},
    }


DRAWN = 2_000
"""Longer inputs that are drawn for each length; those that are not longer than the task's are left out."""


@dataclass(frozen=True, slots=True)
class Longer:
    """How a program does on inputs longer than those of its task.

    Attributes:
        factor: up to so many times the length.
        max_length: the longest of the inputs.
        score: what the program gets right; None where it cannot run on them.
        why: the reason for that.
    """

    factor: int
    max_length: int
    score: Score | None
    why: str | None = None

    def as_data(self) -> dict[str, object]:
        """The same as JSON has it."""
        found = self.score
        return {
            "times": self.factor,
            "max_length": self.max_length,
            "accuracy": None if found is None else found.accuracy,
            "correct": None if found is None else found.correct,
            "positions": None if found is None else found.positions,
            "examples": None if found is None else found.examples,
            "why": self.why,
        }

    def __str__(self) -> str:
        where = f"at up to {self.factor}x the length ({self.max_length})"
        if self.score is None:
            return f"{where}: {self.why}"
        of = f"{self.score.positions:,} scored positions ({self.score.examples:,} examples) are right"
        return f"{where}: {percent(self.score.accuracy)} of {of}"


def times(lengths: str | None, source: str) -> list[int]:
    """The factors of ``--lengths``.

    Raises:
        UsageError: for what is no list of factors, and for data that cannot be made longer.

    >>> times("2x,4x", "hist")
    [2, 4]
    """
    if lengths is None:
        return []
    parts = [part.strip() for part in lengths.split(",")]
    if not all(re.fullmatch(r"[1-9][0-9]?x", part) and part != "1x" for part in parts):
        raise UsageError(f"--lengths {lengths!r}", instead="factors with commas between them, as in 2x,4x")
    if source not in FACTORIES:
        raise UsageError(
            f"--lengths with {source}",
            why="only a generated task has longer inputs",
            instead="a task by name",
        )
    return [int(part[:-1]) for part in parts]


def longer(
    answerer: Answers, program: Program, source: str, factor: int, seed: int, options: Mapping[str, object]
) -> Longer:
    """Score a program on random inputs that are longer than those of a task.

    Args:
        answerer: what is asked.
        program: what it is or was compiled from: its greatest length is looked at.
        source: the task's name.
        factor: up to so many times the task's length (one more, for tasks of odd lengths).
        seed: what the inputs are drawn with.
        options: the task's sizes.
    """
    sizes = {name: value for name, value in options.items() if name in ("symbols", "max_length")}
    usual = make_task(source, **sizes).max_length
    length = usual * factor + (usual % 2 and not usual * factor % 2 and source in ODD)
    task = make_task(source, **{**sizes, "max_length": length})
    if program.max_length is not None and program.max_length < length:
        return Longer(factor, length, None, f"the program takes at most {program.max_length} tokens")
    drawn = task.generate(np.random.default_rng(seed), DRAWN)
    examples = [e for e in drawn if len(e.tokens) > usual]
    try:
        return Longer(factor, length, score(answerer, examples, task.kind))
    except EvaluationError as error:
        return Longer(factor, length, None, f"the program has no answer on {error.where}: {error.what}")


ODD = ("dyck1", "dyck2", "induction")
"""Tasks whose inputs have an odd length, all the same."""
