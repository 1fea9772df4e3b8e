"""Why a program gives an answer: the values that it depends on, in order, and what each was computed from.

Invariant: an explanation is a dynamic slice. Whatever happens to the values that it does not list, the answer stays, as
long as every variable still has a value; see :mod:`readhead.reason.circuits.slicing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from readhead.errors import InputError, UsageError
from readhead.program.nodes import (
    Aggregate,
    Classify,
    Constant,
    Map,
    NumericScores,
    SelectorWidth,
    SOp,
    Table,
)
from readhead.program.operators import Value, typed
from readhead.program.program import Program
from readhead.program.reading import Content, content_span
from readhead.program.trace import Trace
from readhead.reason.circuits.slicing import Slice, slice_of
from readhead.reason.explaining.attention import Attention, attention
from readhead.reason.explaining.mending import Mend, mends
from readhead.reason.verdict import agree


@dataclass(frozen=True, slots=True)
class Source:
    """A value that another was computed from.

    Attributes:
        name: the variable.
        position: where it was read, as the program counts positions.
        value: what it was.
    """

    name: str
    position: int
    value: Value


@dataclass(frozen=True, slots=True)
class Step:
    """One value of a run.

    Attributes:
        name: the variable.
        position: where, as the program counts positions (markers included).
        value: what it is.
        by: how it was computed: an operator's sign, ``table``, a reduction, ``width``, ``readout``, ``input``,
            ``constant``.
        sources: the values that matter for it, in the order of its arguments; those that settle nothing are left out.
        attention: for a head, where it looked and why.
    """

    name: str
    position: int
    value: Value
    by: str
    sources: tuple[Source, ...]
    attention: Attention | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """What an input of the read-out adds to each label.

    Attributes:
        name: the variable.
        value: what it is at the answer; None where the scores are those of all positions together.
        scores: for each label.
        decides: whether the label could be another one if this input were something else.
    """

    name: str
    value: Value | None
    scores: tuple[int, ...]
    decides: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an answer is what it is.

    Attributes:
        tokens: the sequence that the program sees, markers included.
        index: which of the answers, from 0.
        position: where it is read, as the program counts positions.
        answer: what it is.
        expected: what it should be, if that was said.
        wrong: the answers that are not as expected, by their index.
        steps: the values that it depends on, in program order, and for each variable by position.
        labels: of the read-out; empty where the answer is no read-out's.
        contributions: of its inputs.
        mends: for a wrong answer the variables whose single change would mend it, in program order.
        keys_tried: whether keys of selectors were among what was tried (in at most 64 positions).
    """

    tokens: tuple[Value, ...]
    index: int
    position: int
    answer: Value
    expected: Value | None
    wrong: tuple[int, ...]
    steps: tuple[Step, ...]
    labels: tuple[str, ...]
    contributions: tuple[Contribution, ...]
    mends: tuple[Mend, ...]
    keys_tried: bool

    @property
    def totals(self) -> tuple[int, ...]:
        """The score of each label."""
        return tuple(sum(c.scores[i] for c in self.contributions) for i in range(len(self.labels)))

    @property
    def first_mend(self) -> Mend | None:
        """The first variable whose change mends the answer; the answer itself only where no other does."""
        return next(iter(self.mends), None)


def explain(
    program: Program,
    tokens: Content,
    position: int | None = None,
    expected: Sequence[Value | None] | Value | None = None,
) -> Explanation:
    """Say why a program gives an answer; with the right answers, also what would mend a wrong one.

    Args:
        program: the program.
        tokens: the content, without markers.
        position: which answer, counted from 0 as :meth:`Program.run` lists them; by default the first that is not as
            expected, else the first. Not for a program that gives one answer.
        expected: the right answers, one for each content token (None where any will do); or one, where the program
            gives one.

    Raises:
        UsageError: for a position that there is not, and another number of expected answers than there are.
        InputError, EvaluationError: as :meth:`Program.trace` does, and for an input without any answer.

    >>> from readhead.program.nodes import Select, Tokens
    >>> same = Select(Tokens(name="tokens"), Tokens(name="tokens"), "==", name="same")
    >>> found = explain(Program((SelectorWidth(same, name="count"),)), "aba", 2)
    >>> [(step.name, step.position, step.value) for step in found.steps]
    [('tokens', 0, 'a'), ('tokens', 1, 'b'), ('tokens', 2, 'a'), ('count', 2, 2)]
    """
    trace = program.trace(tokens)
    first, last = content_span(program.vocabulary, len(trace.tokens[0]))
    answer = program.names[program.outputs[0]]
    places = {
        "token_labels": list(range(first, last)),
        "sequence_label": [0],
        "next_token": [len(trace.tokens[0]) - 1],
    }[program.kind]
    if not places or not trace.tokens[0]:
        raise InputError("the input has no answer to explain", instead="at least one token")
    right = _expected(expected, len(places), program.kind == "token_labels")
    given = [trace.variables[answer].value(0, at) for at in places]
    wrong = tuple(
        i
        for i, (got, want) in enumerate(zip(given, right, strict=True))
        if want is not None and not agree(got, want)
    )
    index = _index(position, wrong, len(places), program.kind)
    wanted = np.zeros(trace.content.shape, dtype=bool)
    wanted[0, places[index]] = True
    found = slice_of(program, trace, wanted)
    labels, contributions = _contributions(program, trace, found, places[index])
    want = right[index]
    mending: tuple[Mend, ...] = ()
    if index in wrong:
        assert want is not None
        mending = mends(program, tokens, trace, found, places[index], want)
    return Explanation(
        tokens=trace.tokens[0],
        index=index,
        position=places[index],
        answer=given[index],
        expected=want,
        wrong=wrong,
        steps=_steps(program, trace, found),
        labels=labels,
        contributions=contributions,
        mends=mending,
        keys_tried=len(trace.tokens[0]) <= 64,
    )


def _expected(
    expected: Sequence[Value | None] | Value | None, count: int, per_token: bool
) -> list[Value | None]:
    """The right answers, one for each answer that there is."""
    if expected is None:
        return [None] * count
    listed: list[Value | None] = [expected] if isinstance(expected, str | int | float) else list(expected)
    if len(listed) != count:
        what = f"{len(listed)} expected answer{'s' * (len(listed) != 1)}, and the program gives {count}"
        instead = "one for each token" if per_token else "one for the sequence"
        raise UsageError(what, instead=instead)
    return listed


def _index(position: int | None, wrong: tuple[int, ...], count: int, kind: str) -> int:
    if position is None:
        return wrong[0] if wrong else 0
    if kind != "token_labels":
        raise UsageError(
            "the program gives one answer, so there is no position to choose", instead="leave it out"
        )
    if not 0 <= position < count:
        raise UsageError(
            f"there is no answer at position {position}",
            why="positions are counted from 0 among the tokens given",
            instead=f"0 to {count - 1}",
        )
    return position


def _steps(program: Program, trace: Trace, found: Slice) -> tuple[Step, ...]:
    """The values of the slice; selectors are told with the heads that read them."""
    steps: list[Step] = []
    for name, node in program.variables.items():
        if isinstance(node, SOp):
            places = np.flatnonzero(found.values[name][0]).tolist()
            steps += [_step(program, trace, found, node, name, at) for at in places]
    return tuple(steps)


def _step(program: Program, trace: Trace, found: Slice, node: SOp, name: str, at: int) -> Step:
    def sources(nodes: Sequence[SOp]) -> tuple[Source, ...]:
        used = [program.names[n] for n in nodes if found.values[program.names[n]][0, at]]
        return tuple(Source(n, at, trace.variables[n].value(0, at)) for n in dict.fromkeys(used))

    value = trace.variables[name].value(0, at)
    match node:
        case Map():
            by = "table" if isinstance(node.function, Table) else node.function
            return Step(name, at, value, by, sources(node.arguments))
        case Classify():
            return Step(name, at, value, "readout", sources([i.variable for i in node.inputs]))
        case Aggregate():
            where = attention(program, trace, node.selector, at)
            read = program.names[node.values]
            taken = tuple(
                Source(read, look.at, trace.variables[read].value(0, look.at)) for look in where.looks
            )
            return Step(name, at, value, node.reduce, taken, where)
        case SelectorWidth():
            return Step(name, at, value, "width", (), attention(program, trace, node.selector, at))
        case _:
            return Step(name, at, value, "constant" if isinstance(node, Constant) else "input", ())


def _contributions(
    program: Program, trace: Trace, found: Slice, at: int
) -> tuple[tuple[str, ...], tuple[Contribution, ...]]:
    """What each input of the read-out adds to each label, at the answer or over all positions."""
    node = program.outputs[0]
    if not isinstance(node, Classify):
        return (), ()
    places = range(len(trace.tokens[0])) if node.pooled else (at,)
    listed = []
    decisive = found.decisive[program.names[node]]
    for item, decides in zip(node.inputs, decisive, strict=True):
        name = program.names[item.variable]
        scores = [0] * len(node.labels)
        for place in places:
            value = trace.variables[name].value(0, place)
            if isinstance(item, NumericScores):
                added = [int(value) * c for c in item.coefficients]
            else:
                rows = {typed(v): row for v, row in item.rows}
                added = list(rows.get(typed(value), [0] * len(scores)))
            scores = [s + a for s, a in zip(scores, added, strict=True)]
        shown = None if node.pooled else trace.variables[name].value(0, at)
        listed.append(Contribution(name, shown, tuple(scores), bool(decides[0, at])))
    return node.labels, tuple(listed)
