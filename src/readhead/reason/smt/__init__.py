"""Programs compared by a solver, for one length of the input after another.

Both programs become one circuit over the tokens (:mod:`readhead.reason.smt.encode`), and z3 is asked for an input on
which they part. Values are finite sets, computed by the interpreter's own operators; so floats, overflows and errors
are exactly the interpreter's, and nothing is approximated. A task stands for its reference program
(:mod:`readhead.reason.references`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from readhead.program.program import Program
from readhead.reason.inputs import Inputs
from readhead.reason.references import UNSCORED, reference
from readhead.reason.smt.encode import encode
from readhead.reason.smt.gates import FALSE, Gates, TooLarge
from readhead.reason.smt.solver import Solver
from readhead.reason.smt.values import equal
from readhead.reason.verdict import spelt
from readhead.tasks import Task
from readhead.tasks.spaces import Recall, Strings

Progress = Callable[[int, int], None]
Literals = list[list[tuple[str, int]]]
"""For each position, the tokens that there can be, with the literal of each."""


@dataclass(frozen=True, slots=True)
class Solved:
    """What the solver found.

    Attributes:
        complete: every input of at most so many tokens is decided; -1 for none.
        tokens: an input on which the two part, the first one of the shortest.
        stopped: why there is no verdict.
    """

    complete: int
    tokens: tuple[str, ...] | None = None
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A part of the contents of one length.

    Attributes:
        gates: a circuit with the tokens' variables.
        tokens: for each position.
        order: positions, the most significant one for the space's order first.
        allowed: literals that hold for every content of the space.
    """

    gates: Gates
    tokens: Literals
    order: Sequence[int]
    allowed: list[int] = field(default_factory=list)


def solve(
    program: Program,
    against: Program | Task,
    inputs: Inputs,
    deadline: float | None,
    complete: int = -1,
    progress: Progress | None = None,
) -> Solved:
    """Look for an input on which two programs part.

    Args:
        program: one.
        against: the other, or a task.
        inputs: which inputs.
        deadline: when to give up, in seconds of ``time.perf_counter``; None for never.
        complete: inputs of at most so many tokens are decided already.
        progress: told how many inputs are decided, of how many.
    """
    if not inputs.rising:
        return Solved(complete, stopped=f"the solver knows no {type(inputs.space).__name__} spaces")
    other = reference(against) if isinstance(against, Task) else against
    for n in inputs.lengths():
        if n <= complete:
            continue
        try:
            tokens = _part(program, other, isinstance(against, Task), inputs, n, deadline)
        except TooLarge as error:
            return Solved(complete, stopped=f"at length {n}: {_why(error)}")
        if tokens is not None:
            return Solved(complete, tokens)
        complete = n
        if progress is not None:
            progress(inputs.count(n), inputs.count())
    return Solved(inputs.max_length)


def _why(error: TooLarge) -> str:
    return error.what if error.where is None else f"{error.where}: {error.what}"


def _part(
    program: Program, other: Program, task: bool, inputs: Inputs, n: int, deadline: float | None
) -> tuple[str, ...] | None:
    """The first content of ``n`` tokens on which the two part."""
    if not n and program.kind != "token_labels":
        return _on_nothing(program, other)
    found = []
    for case in _cases(inputs, n, deadline):
        goals = _goals(case, program, other, task)
        if all(goal == FALSE for goal in goals):
            continue
        apart = case.gates.any(goals)
        solver = Solver(case.gates, [apart, *goals, *case.allowed], deadline)
        if any(solver.holds([goal, *case.allowed]) for goal in goals):
            found.append(_first(case, solver, apart))
    return min(found, key=lambda tokens: _rank(inputs, tokens), default=None)


def _goals(case: Case, program: Program, other: Program, task: bool) -> list[int]:
    """Literals of which one holds exactly where the two part: one for each answer, and one for a missing answer."""
    gates = case.gates
    left, right = encode(program, gates, case.tokens), encode(other, gates, case.tokens)
    answered = gates.both(left.failed ^ 1, right.failed ^ 1)
    goals = [gates.differ(left.failed, right.failed)]
    for a, b in zip(left.answers, right.answers, strict=True):
        same = equal(gates, a, b, spelt)
        scored = gates.any(when for value, when in b.values if value == UNSCORED) ^ 1 if task else 1
        goals.append(gates.all((same ^ 1, scored, answered)))
    return goals


def _cases(inputs: Inputs, n: int, deadline: float | None) -> list[Case]:
    space = inputs.space
    if isinstance(space, Strings):
        gates = Gates(deadline)
        if n and not inputs.alphabet:
            return []
        tokens = [
            list(zip(inputs.alphabet, gates.choice(len(inputs.alphabet)), strict=True)) for _ in range(n)
        ]
        return [Case(gates, tokens, range(n))]
    assert isinstance(space, Recall)
    return [_recall(space, first, deadline) for first in (1, 0)]


def _recall(space: Recall, first: int, deadline: float | None) -> Case:
    """Pairs of a letter and its number from position ``first``, and a number before them or a letter after."""
    gates = Gates(deadline)
    n = 2 * space.pairs + 1
    tokens: Literals = []
    for i in range(n):
        symbols = space.letters if i % 2 == first else space.numbers
        tokens.append(list(zip(symbols, gates.choice(len(symbols)), strict=True)))
    pairs = [(tokens[i], tokens[i + 1]) for i in range(first, n - 1, 2)]
    allowed = []
    for j, (letters, numbers) in enumerate(pairs):
        for earlier_letters, earlier_numbers in pairs[:j]:
            same = [gates.any(gates.both(a, b) for (_, a), (_, b) in zip(x, y, strict=True)) for x, y in
                    ((letters, earlier_letters), (numbers, earlier_numbers))]  # fmt: skip
            allowed.append(gates.either(same[0] ^ 1, same[1]))
    places = [*range(first, n - 1, 2), *range(first + 1, n, 2), 0 if first else n - 1]
    return Case(gates, tokens, places, allowed)


def _rank(inputs: Inputs, tokens: tuple[str, ...]) -> tuple[object, ...]:
    """A content's place in the order of a space of pairs; of strings there is one case, and nothing to order."""
    space = inputs.space
    if not isinstance(space, Recall):
        return ()
    first = int(tokens[0] in space.numbers)
    letters = [space.letters.index(t) for t in tokens[first : first + 2 * space.pairs : 2]]
    numbers = [space.numbers.index(t) for t in tokens[first + 1 : first + 1 + 2 * space.pairs : 2]]
    return letters, numbers, not first, inputs.alphabet.index(tokens[0 if first else -1])


def _first(case: Case, solver: Solver, apart: int) -> tuple[str, ...]:
    """The first content, in the space's order, on which the two part; there is one."""
    fixed = [apart, *case.allowed]
    chosen: dict[int, str] = {}
    for i in case.order:
        for token, literal in case.tokens[i]:
            if solver.holds([*fixed, literal]):
                fixed.append(literal)
                chosen[i] = token
                break
    assert len(chosen) == len(case.tokens)
    return tuple(chosen[i] for i in range(len(case.tokens)))


def _on_nothing(program: Program, other: Program) -> tuple[str, ...] | None:
    """The empty content, where two programs with one answer each part on it."""
    from readhead.errors import ReadheadError
    from readhead.reason.verdict import agree

    answers = []
    for one in (program, other):
        try:
            answers.append([one.run(())])
        except ReadheadError:
            answers.append([])
    left, right = answers
    if left and right:
        same = not isinstance(left[0], list) and not isinstance(right[0], list) and agree(left[0], right[0])
        return None if same else ()
    return None if left == right else ()
