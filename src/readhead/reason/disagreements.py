"""All inputs on which a program and a task part, or as many as were asked for: what can be learned from.

A verdict (:mod:`readhead.reason.verify`) stops at the first one. Here the inputs are gone through to the end where
there are not too many of them; of larger spaces the shortest inputs, then random ones, and where those show nothing
the verdict decides.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from readhead.program.program import Program
from readhead.reason.pairing import Compared, paired
from readhead.reason.sampling import drawn
from readhead.reason.verdict import Content, Word
from readhead.reason.verify import BUDGET, verify
from readhead.tasks import Task

SHORTEST = 200_000
"""So many of the shortest inputs are gone through where there are more than the budget of all."""
SAMPLES = 20_000
"""And so many random ones beyond."""


@dataclass(frozen=True, slots=True)
class Disagreements:
    """Where a program and a task part.

    Attributes:
        verdict: ``"proved"`` where they part nowhere, ``"counterexample"``, or ``"unknown"`` where nothing was found
            among the inputs that there was time for.
        contents: inputs on which they part, shorter ones first; at most as many as were asked for.
        wrong: how many there were.
        looked: how many inputs were tried, or covered by the proof.
        of: how many there are.
    """

    verdict: Word
    contents: tuple[Content, ...]
    wrong: int
    looked: int
    of: int

    def __str__(self) -> str:
        match self.verdict:
            case "proved":
                return f"proved for all {self.of:,} inputs"
            case "counterexample":
                return f"wrong on {self.wrong:,} of {self.looked:,} inputs"
            case "unknown":
                return f"unknown: right on {self.looked:,} inputs, of {self.of:,}"


def disagreements(
    program: Program, task: Task, *, most: int = 1000, seconds: float | None = 60.0, seed: int = 0
) -> Disagreements:
    """The inputs on which a program does not answer like a task.

    Args:
        program: the program.
        task: what it should answer like, on every input of its space.
        most: how many inputs to give; of more, the first, and others chosen at random.
        seconds: when to stop looking; None for never.
        seed: of what is chosen at random.

    Raises:
        UsageError: for a program that does not fit the task.

    >>> from readhead.rasp import tokens
    >>> from readhead.tasks import TASKS
    >>> found = disagreements((tokens + "").program(), TASKS["hist"])
    >>> found.contents[0], str(found)
    (('0',), 'wrong on 335,653 of 335,922 inputs')
    """
    deadline = None if seconds is None else time.perf_counter() + seconds
    compared = paired(program, task, None, None)
    generator = random.Random(seed)
    found, looked, whole = _listed(compared, deadline)
    if not whole:
        sampled, longer = drawn(compared.pair, generator, SAMPLES, deadline)
        looked, found = looked + sampled, list(dict.fromkeys([*found, *longer]))
    if found:
        some = found
        if len(found) > most:
            others = sorted(generator.sample(range(1, len(found)), most - 1))
            some = [found[0], *(found[i] for i in others)]
        return Disagreements("counterexample", tuple(some), len(found), looked, compared.total)
    if whole:
        return Disagreements("proved", (), 0, looked, compared.total)
    left = None if deadline is None else max(0.0, deadline - time.perf_counter())
    verdict = verify(program, task, seconds=left, seed=seed)
    example = verdict.counterexample
    contents = () if example is None else (example.tokens,)
    return Disagreements(
        verdict.verdict, contents, len(contents), max(looked, verdict.inputs), compared.total
    )


def _listed(compared: Compared, deadline: float | None) -> tuple[list[Content], int, bool]:
    """The inputs that part among those that are listed, how many those are, and whether they are all."""
    pair, inputs = compared.pair, compared.inputs
    most = compared.total if compared.total <= BUDGET else SHORTEST
    found: list[Content] = []
    looked = 0
    for codes in inputs.blocks():
        if looked and (looked + codes.shape[1] > most or _late(deadline)):
            return found, looked, False
        apart, _ = pair.parts(codes)
        wrong = apart.any(axis=0)
        if wrong.any():
            found += inputs.contents(codes[:, wrong])
        looked += codes.shape[1]
    return found, looked, True


def _late(deadline: float | None) -> bool:
    return deadline is not None and time.perf_counter() >= deadline
