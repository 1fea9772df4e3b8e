"""Do two things answer alike on every input? A verdict: proved, a counterexample, or unknown with what was covered.

Content positions alone are compared; a number agrees with the label that is spelt the same; what a task does not
score (None) is not compared. Where a task asks, a program without an answer is a counterexample; two programs that
both have none agree on that input.

Only exhaustion and the solver say ``proved``. Random inputs find counterexamples in spaces too large for either.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from readhead.errors import EvaluationError, UsageError, did_you_mean
from readhead.program.program import Program
from readhead.program.trace import Difference
from readhead.reason.exhaustive import Exhausted, Progress, exhaust
from readhead.reason.pairing import Compared, paired, program_of
from readhead.reason.sampling import sample
from readhead.reason.sides import Runs
from readhead.reason.verdict import Counterexample, Coverage, Verdict, Word, agree
from readhead.tasks import Task
from readhead.tasks.spaces import Space

Method = Literal["auto", "exhaustive", "smt"]
METHODS: tuple[Method, ...] = ("auto", "exhaustive", "smt")

BUDGET = 4_000_000
"""Up to so many inputs ``auto`` tries them all; of more, the shortest ones, up to so many."""

SAMPLES = 20_000
"""How many random inputs are tried where there are more than the budget."""


def verify(
    program: Program | Runs,
    against: Task | Program | Runs,
    *,
    max_length: int | None = None,
    space: Space | None = None,
    seconds: float | None = 60.0,
    method: Method = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> Verdict:
    """Compare a program with a task, or with another program, on every input up to a length.

    Args:
        program: a program, or anything else that has ``run`` (a compiled model).
        against: what it should answer like.
        max_length: the longest inputs, in content tokens; by default the longest that the task has, or that both
            sides take.
        space: which inputs; by default the task's, or every string of tokens that both sides read.
        seconds: when to give up; None for never.
        method: ``"exhaustive"``, ``"smt"`` (of programs alone), or ``"auto"``: all inputs where there are at most
            :data:`BUDGET`, else as many of the shortest, then random ones, then the solver, then the rest of them for
            as long as there is time.
        seed: of the random inputs.
        progress: called with how many inputs are decided, of how many.

    Returns:
        the verdict; a counterexample is the first one of the shortest, where it does not say otherwise.

    Raises:
        UsageError: for sides that do not fit together (other kinds of answers, no common tokens, too short a maximum
            length), and for the solver where a side is no program.

    >>> from readhead.rasp import select, selector_width, tokens
    >>> from readhead.tasks import TASKS
    >>> hist = TASKS["hist"]
    >>> found = selector_width(select(tokens, tokens, "==")).program()
    >>> verify(found, hist, max_length=4).verdict
    'proved'
    >>> print(verify((tokens + "").program(), hist, max_length=4).counterexample)
    input     0
    program   0
    expected  1
    position  0 (of the content, from 0)
    """
    start = time.perf_counter()
    if method not in METHODS:
        raise UsageError(f"there is no method {method!r}", instead=did_you_mean(method, METHODS))
    compared = paired(program, against, max_length, space)
    deadline = None if seconds is None else start + seconds
    match method:
        case "exhaustive":
            found = _exhaustive(compared, deadline, progress)
        case "smt":
            found = _smt(compared, deadline, progress, -1)
        case "auto":
            found = _auto(compared, deadline, progress, seed)
    return replace(found, seconds=time.perf_counter() - start)


def _exhaustive(compared: Compared, deadline: float | None, progress: Progress | None) -> Verdict:
    found = exhaust(compared.pair, deadline=deadline, progress=progress)
    return _verdict(compared, found, "exhaustive")


def _verdict(compared: Compared, found: Exhausted, method: str, sampled: int = 0) -> Verdict:
    inputs = compared.inputs
    example = (
        None if found.tokens is None else counterexample(compared, found.tokens, shortest=found.finished)
    )
    word: Word = "counterexample" if example is not None else "proved" if found.finished else "unknown"
    stopped = "the time is up" if word == "unknown" else None
    coverage = Coverage(compared.total, inputs.max_length, found.complete, sampled, stopped)
    return Verdict(word, found.inputs, example, 0.0, method, coverage)


def _smt(compared: Compared, deadline: float | None, progress: Progress | None, complete: int) -> Verdict:
    """Ask the solver, for every length beyond those that are complete."""
    from readhead.reason.smt import solve

    for side in (compared.program, compared.against):
        if not isinstance(side, (Program, Task)):
            raise UsageError(
                f"the solver cannot look into {type(side).__name__}",
                why="it proves things about programs and tasks",
                instead="method='exhaustive'",
            )
    inputs = compared.inputs
    found = solve(compared.program, compared.against, inputs, deadline, complete, progress)
    known = found.complete if found.complete >= 0 else None
    decided = 0 if known is None else inputs.count(known)
    coverage = Coverage(compared.total, inputs.max_length, known, 0, found.stopped)
    if found.tokens is not None:
        example = counterexample(compared, found.tokens)
        return Verdict("counterexample", decided, example, 0.0, "smt", coverage)
    word: Word = "unknown" if found.stopped is not None else "proved"
    return Verdict(word, decided, None, 0.0, "smt", coverage)


def _auto(compared: Compared, deadline: float | None, progress: Progress | None, seed: int) -> Verdict:
    inputs = compared.inputs
    if compared.total <= BUDGET:
        return _exhaustive(compared, deadline, progress)
    short = max((n for n in inputs.lengths() if inputs.count(n) <= BUDGET), default=-1)
    half = None if deadline is None else (time.perf_counter() + deadline) / 2
    found = exhaust(compared.pair, deadline=half, progress=progress, longest=short)
    if found.tokens is not None:
        return _verdict(compared, found, "exhaustive")
    if short < 0:  # none of the inputs was tried
        found = replace(found, complete=None)
    tried, tokens = sample(compared.pair, found.complete, seed, SAMPLES, half)
    coverage = Coverage(compared.total, inputs.max_length, found.complete, tried, "the time is up")
    verdict = Verdict("unknown", found.inputs + tried, None, 0.0, "exhaustive+random", coverage)
    if tokens is not None:
        example = counterexample(compared, tokens, shortest=False)
        return replace(
            verdict,
            verdict="counterexample",
            counterexample=example,
            coverage=replace(coverage, stopped=None),
        )
    if all(isinstance(side, (Program, Task)) for side in (compared.program, compared.against)):
        complete = -1 if found.complete is None else found.complete
        solved = _smt(compared, deadline, progress, complete)
        method = verdict.method + "+smt"
        covered = replace(solved.coverage, sampled=tried)
        verdict = replace(solved, method=method, inputs=max(verdict.inputs, solved.inputs), coverage=covered)
        if verdict.verdict != "unknown" or _late(deadline):
            return verdict
    rest = exhaust(compared.pair, deadline=deadline, progress=progress)
    return _verdict(compared, rest, verdict.method, tried)


def _late(deadline: float | None) -> bool:
    return deadline is not None and time.perf_counter() >= deadline


def counterexample(compared: Compared, tokens: tuple[str, ...], *, shortest: bool = True) -> Counterexample:
    """What the two sides answer on an input, and where they part."""
    left, left_error = compared.pair.program.answer(tokens)
    right, right_error = compared.pair.against.answer(tokens)
    position = None
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left, right, strict=True)
        scored = [i for i, (a, b) in enumerate(pairs) if b is not None and not agree(a, b)]
        position = scored[0] if scored else None
    difference = (
        None if left_error or right_error else first_difference(compared.program, compared.against, tokens)
    )
    return Counterexample(tokens, left, right, position, left_error, right_error, difference, shortest)


def first_difference(left: Any, right: Any, tokens: Sequence[Any]) -> Difference | None:
    """The first variable, of those that were given the same name in both, where the traces part on an input.

    Names that were made up (``map_1``) say nothing and are left out. None where nothing of the same name parts, where
    a side has no trace, and where the two see other markers.
    """
    named = [_given_names(side) for side in (left, right)]
    common = named[0] & named[1]
    if not common or not all(hasattr(side, "trace") for side in (left, right)):
        return None
    try:
        traces = [side.trace(tokens) for side in (left, right)]
    except EvaluationError:
        return None
    kept = [_only(trace, common) for trace in traces]
    if kept[0].tokens != kept[1].tokens:
        return None
    found: Difference | None = kept[0].diff(kept[1], common_only=True)
    return None if found is None else replace(found, only_left=(), only_right=())


def _given_names(side: Any) -> set[str]:
    program = program_of(side)
    return set() if program is None else {n for n, node in program.variables.items() if node.name == n}


def _only(trace: Any, names: set[str]) -> Any:
    return replace(
        trace,
        variables={n: column for n, column in trace.variables.items() if n in names},
        selectors={n: rows for n, rows in trace.selectors.items() if n in names},
        order=tuple(n for n in trace.order if n in names),
    )
