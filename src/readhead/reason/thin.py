"""Data-preserving simplification: parts of a program go that no example needs, or few.

What is kept is the program's right answers on the given examples, and nothing else: **on other inputs the thinned
program may answer differently**. Whether it does is for :func:`readhead.reason.verify.verify` to say.

The method is greedy. Under an allowance of lost answers (places that the program got right at first and that are
wrong now) it tries changes, largest gain for each lost answer first: read-out inputs left out, with the remaining
weights fitted again; variables replaced by a constant or by another variable; selectors by another selector, so that
two heads become one; arguments of tables held fixed; then entries of tables, pairs of predicates and weights left
out, many at a time, by halving. Larger and larger allowances trace out a front of size against accuracy.

A change is tried on a sample first, and only what reads the changed variable is computed again, so with ``P`` places
and ``C`` candidates one round takes ``O(C * sample + accepted * P * cone)`` steps; for the learned ``sort`` (24 heads,
16 tables, 72,000 places) the whole front takes one to two minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from readhead.errors import DataError, UsageError, did_you_mean
from readhead.program.domains import Categorical, infer_domains
from readhead.program.nodes import CategoricalScores, Classify
from readhead.program.operators import typed
from readhead.program.program import Program
from readhead.program.rewrite import replace_node, with_output
from readhead.program.size import Size, size
from readhead.reason.thinning.moves import Step
from readhead.reason.thinning.search import Effort, shrink
from readhead.reason.thinning.state import State
from readhead.reason.thinning.weight import weight
from readhead.tasks.examples import Example

SHARES = (1.0, 0.9995, 0.999, 0.995, 0.99, 0.98, 0.95, 0.9, 0.8)
"""The shares of right answers kept for which the front has a point."""


@dataclass(frozen=True, slots=True)
class Point:
    """A program on the way from large and right to small and wrong.

    Attributes:
        program: the program.
        size: its parts.
        weight: how long it is in print, in one number: see :func:`readhead.reason.thinning.weight.weight`.
        correct: how many scored places it gets right.
        positions: how many there are.
        lost: how many the first program gets right and this one wrong.
        steps: what was changed on the way from the first program, in order.
    """

    program: Program
    size: Size
    weight: int
    correct: int
    positions: int
    lost: int
    steps: tuple[Step, ...] = ()

    @property
    def accuracy(self) -> float:
        """The share of scored places that are right."""
        return self.correct / self.positions


@dataclass(frozen=True, slots=True)
class Thinned:
    """A front of programs, and the one that was asked for.

    Attributes:
        front: point 0 is the program as it was; each point is smaller than the one before.
        chosen: the number of the smallest point that keeps as many right answers as was asked for.
        examples: how many examples all this was checked on.
    """

    front: tuple[Point, ...]
    chosen: int
    examples: int

    @property
    def program(self) -> Program:
        """The program of the chosen point."""
        return self.front[self.chosen].program

    def at(self, point: int) -> Thinned:
        """The same front with another point chosen.

        Raises:
            UsageError: where it has no such point.
        """
        if not 0 <= point < len(self.front):
            raise UsageError(
                f"the front has no point {point}", instead=f"a point from 0 to {len(self.front) - 1}"
            )
        return replace(self, chosen=point)

    def gone(self, point: int) -> tuple[str, ...]:
        """The variables of the point before that this point does not have, and the first program does."""
        if point == 0:
            return ()
        before, now = self.front[point - 1].program.variables, self.front[point].program.variables
        return tuple(name for name in self.front[0].program.variables if name in before and name not in now)

    @property
    def note(self) -> str:
        """What is known of the program, and what is not."""
        return f"checked on {self.examples:,} examples; 'readhead verify' says whether it holds on all inputs"


def thin(
    program: Program,
    examples: Sequence[Example],
    *,
    keep_accuracy: float = 1.0,
    effort: Effort = "full",
    progress: Callable[[Point], None] | None = None,
) -> Thinned:
    """A smaller program that keeps right answers on the examples, and a front of still smaller ones.

    Of the places that the program gets right, at most the share ``1 - keep_accuracy`` is wrong in the chosen program:
    with 1.0 none, not even where another answer is put right in exchange. On other inputs it may be wrong.

    Args:
        program: any program; only its first output, the answer, is kept.
        examples: contents, and labels for them; a label None is not looked at.
        keep_accuracy: the share of right answers to keep, from 0 to 1.
        effort: ``"full"`` tries everything and makes the front; ``"light"`` only leaves out read-out inputs, and makes
            variables and arguments of tables constant, in seconds; its front has what was asked for, no more.
        progress: told of each point when it is reached.

    Raises:
        UsageError: for a share outside 0 to 1, or an effort that there is not.
        DataError: without examples, where labels do not fit them, and where the program gets nothing right.
        InputError: for an example that the program cannot read.
        EvaluationError: for one on which it has no answer.

    >>> from readhead.program.nodes import NumericScores, Tokens
    >>> rows = CategoricalScores(Tokens(), [("a", (3, 0)), ("b", (0, 3))])
    >>> readout = Classify(("a", "b"), (rows, CategoricalScores(Tokens(), [("c", (1, 0))])))
    >>> thin(Program((readout,)), [Example(("a", "b"), ("a", "b"))]).front[-1].weight
    3
    """
    _check(program, examples, keep_accuracy, effort)
    scored = [e for e in examples if any(label is not None for label in e.labels)]
    state = State(program, scored)
    if not state.first:
        raise DataError(
            f"the program gets none of {state.total:,} labels right, so there is nothing to keep",
            instead="examples with labels that it can give",
        )
    front = [_point(program, state, ())]
    made: list[Step] = []
    shares = {*SHARES, keep_accuracy} if effort == "full" else {keep_accuracy}
    for share in sorted(shares, reverse=True):
        allowed = allowance(state.first, share)
        made += shrink(state, allowed, effort)
        point = _point(state.program, state, tuple(made))
        if point.weight < front[-1].weight:
            last = front[-1]
            if len(front) > 1 and point.lost <= last.lost and point.correct >= last.correct:
                front.pop()
            front.append(point)
            if progress is not None:
                progress(point)
    most = allowance(state.first, keep_accuracy)
    chosen = max(i for i, point in enumerate(front) if point.lost <= most)
    return Thinned(tuple(front), chosen, len(scored))


def allowance(right: int, share: float) -> int:
    """How many of so many right answers may be lost where a share of them is kept.

    >>> allowance(1000, 0.99), allowance(1000, 1.0), allowance(10, 0.99)
    (10, 0, 0)
    """
    return right - math.ceil(right * share - 1e-9)


def _point(program: Program, state: State, steps: tuple[Step, ...]) -> Point:
    tally = state.tally
    smallest = _without_unreachable(program) if steps else program
    return Point(smallest, size(smallest), weight(smallest), tally.right, state.total, tally.lost, steps)


def _check(program: Program, examples: Sequence[Example], keep_accuracy: float, effort: str) -> None:
    if not 0 <= keep_accuracy <= 1:
        raise UsageError(
            f"the share of right answers to keep is {keep_accuracy!r}", instead="a number from 0 to 1: 0.99"
        )
    if effort not in get_args(Effort):
        raise UsageError(f"there is no effort {effort!r}", instead=did_you_mean(effort, get_args(Effort)))
    for i, example in enumerate(examples):
        wanted = len(example.tokens) if program.kind == "token_labels" else 1
        if len(example.labels) != wanted:
            raise DataError(
                f"{len(example.labels)} labels where the program answers {wanted}",
                where=f"example {i}: {example.tokens!r}",
            )
    if not any(label is not None for e in examples for label in e.labels):
        raise DataError(
            f"{len(examples)} examples without a single label",
            instead="examples whose labels say what is right",
        )


def _without_unreachable(program: Program) -> Program:
    """The same read-out without rows for values that no input gives; changes no answer."""
    readout = program.outputs[0]
    if not isinstance(readout, Classify):
        return program
    domains = infer_domains(program)
    inputs = []
    for item in readout.inputs:
        domain = domains.get(item.variable)
        if isinstance(item, CategoricalScores) and isinstance(domain, Categorical):
            possible = {typed(v) for v in domain.values}
            item = CategoricalScores(item.variable, [r for r in item.rows if typed(r[0]) in possible])
        inputs.append(item)
    kept = tuple(i for i in inputs if not isinstance(i, CategoricalScores) or i.rows)
    return with_output(program, replace_node(readout, inputs=kept))
