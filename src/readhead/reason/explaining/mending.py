"""What would mend a wrong answer: one variable that is something else at one position, or one key more or fewer.

Every variable that the answer depends on is tried, at every position at which it does, with every value that it can
have. A mend says at which place a program goes wrong, not how to write it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from readhead.program.columns import Array, Column, decode, from_values
from readhead.program.domains import Categorical, infer_domains
from readhead.program.nodes import Closest, Constant, Indices, Map, Select, SOp, Table, Tokens
from readhead.program.operators import Value, typed
from readhead.program.plan import Result
from readhead.program.program import Program
from readhead.program.reading import Content, content_span
from readhead.program.selections import BITS, Bits, pack
from readhead.program.trace import Trace
from readhead.reason.circuits.patching import Runs, State, Stretch
from readhead.reason.circuits.slicing import Slice
from readhead.reason.verdict import agree

VALUES = 64
"""The most values that are tried for one variable."""

NEAR = 3
"""How far from a whole number others are tried."""


@dataclass(frozen=True, slots=True)
class Mend:
    """A single change that gives the expected answer.

    Attributes:
        variable: what changes.
        position: where; for a selector the query's position.
        key: for a selector, the key that is selected, or no longer; else None.
        alone: whether that key is selected in place of all others.
        value: what it is now; for a selector, whether the key is selected.
        instead: what it would have to be.
        others: how many other answers of this input would change.
        row: the row of a table that was read there, its arguments; of a comparison, the key and the query; else None.
        own: whether the variable is the answer itself, so that only its own rule (a read-out's scores) can be wrong.
    """

    variable: str
    position: int
    key: int | None
    alone: bool
    value: Value
    instead: Value
    others: int
    row: tuple[Value, ...] | None
    own: bool = False


@dataclass(frozen=True, slots=True)
class _Trial:
    """One change: where, to what; a row of the batch that tries many."""

    position: int
    key: int | None
    value: Value
    instead: Value
    alone: bool = False


def mends(
    program: Program, content: Content, trace: Trace, found: Slice, at: int, expected: Value
) -> tuple[Mend, ...]:
    """For each variable whose single change gives the expected answer, the change that alters the fewest others.

    Args:
        program: a program that answers wrongly.
        content: the input.
        trace: its run.
        found: what the answer depends on.
        at: the position of the answer, as the program counts them.
        expected: the right answer.

    Returns:
        mends in program order; the answer itself comes last, and is always one where it can have that value.
    """
    answer = program.names[program.outputs[0]]
    domains = infer_domains(program)
    listed: list[Mend] = []
    for name, node in program.variables.items():
        if isinstance(node, Tokens | Indices | Constant):
            continue
        if isinstance(node, SOp):
            known = domains.get(node)
            values = known.values if isinstance(known, Categorical) else ()
            extra = (expected,) if name == answer else ()
            trials = list(_value_trials(trace, name, found, (*values, *extra)))
        elif trace.content.shape[1] <= BITS:
            trials = list(_key_trials(program, trace, name, found))
        else:
            continue
        best = _best(program, content, trace, name, trials, at, expected)
        if best is not None:
            listed.append(best)
    return tuple(listed)


def _value_trials(trace: Trace, name: str, found: Slice, known: tuple[Value, ...]) -> Iterator[_Trial]:
    column = trace.variables[name]
    for position in np.flatnonzero(found.values[name][0]).tolist():
        value = column.value(0, position)
        for other in _candidates(trace, name, value, known):
            if typed(other) != typed(value):
                yield _Trial(position, None, value, other)


def _candidates(trace: Trace, name: str, value: Value, known: tuple[Value, ...]) -> tuple[Value, ...]:
    """The values that a variable can have, and whole numbers near by, which an edited table could give."""
    values = {typed(v): v for v in (known if known and len(known) <= VALUES else trace.values(name))}
    if type(value) is int:
        least = 0 if value >= 0 else value - NEAR
        values |= {typed(v): v for v in range(max(least, value - NEAR), value + NEAR + 1)}
    values |= {typed(v): v for v in known[-1:]}
    return tuple(values.values())[:VALUES]


def _key_trials(program: Program, trace: Trace, name: str, found: Slice) -> Iterator[_Trial]:
    """One key more or fewer; and where there is one key, another one in its place."""
    n = len(trace.tokens[0])
    rows = trace.selectors[name][0]
    if not isinstance(program.variables[name], Closest):
        for query, key in np.argwhere(found.pairs[name][0]).tolist():
            now = bool(rows[query, key])
            yield _Trial(query, key, now, not now)
    for query in np.flatnonzero(found.pairs[name][0].any(axis=1)).tolist():
        if rows[query].sum() == 1:
            for key in range(query + 1 if program.causal else n):
                if not rows[query, key]:
                    yield _Trial(query, key, False, True, alone=True)


def _best(
    program: Program,
    content: Content,
    trace: Trace,
    name: str,
    trials: list[_Trial],
    at: int,
    expected: Value,
) -> Mend | None:
    """Run all trials as one batch; the one that mends and changes the fewest other answers."""
    if not trials:
        return None
    runs = Runs(program, [content] * len(trials))
    best: tuple[int, int, _Trial] | None = None
    before = decode(trace.variables[runs.output])[0]
    first, last = content_span(program.vocabulary, len(trace.tokens[0]))
    scored = range(first, last) if program.kind == "token_labels" else range(0)
    for stretch in runs.stretches:
        chosen = [trials[i] for i in stretch.indices.tolist()]
        patch = _patched(stretch.results[name], chosen)
        answers = _answers(runs, stretch, name, patch)
        for trial, index, after in zip(chosen, stretch.indices.tolist(), answers, strict=True):
            if after is None or not agree(after[at], expected):
                continue
            others = sum(typed(after[i]) != typed(before[i]) for i in scored if i != at)
            if best is None or (others, index) < best[:2]:
                best = (others, index, trial)
    if best is None:
        return None
    trial = best[2]
    row = _row_read(program, trace, name, trial)
    own = name == program.names[program.outputs[0]]
    return Mend(name, trial.position, trial.key, trial.alone, trial.value, trial.instead, best[0], row, own)


def _row_read(program: Program, trace: Trace, name: str, trial: _Trial) -> tuple[Value, ...] | None:
    """The row of a table, or the pair of a comparison, that gave what was there."""

    def value(node: SOp, at: int) -> Value:
        return trace.variables[program.names[node]].value(0, at)

    match program.variables[name]:
        case Map(function=Table(), arguments=arguments):
            return tuple(value(argument, trial.position) for argument in arguments)
        case Select(keys=keys, queries=queries) if trial.key is not None:
            return value(keys, trial.key), value(queries, trial.position)
        case _:
            return None


def _answers(runs: Runs, stretch: Stretch, name: str, patch: Result) -> list[Array | None]:
    """The values of the output in every row of a batch; None where the change leaves it without a value."""
    new = runs.again(stretch, State(stretch.results), {name: patch}, {})
    if new is not None:
        output = new.get(runs.output, stretch.results[runs.output])
        assert isinstance(output, Column)
        return list(decode(output).T)
    if stretch.block.size == 1:
        return [None]
    tokens = decode(stretch.block.tokens)[:, 0].tolist()
    first, last = content_span(runs.program.vocabulary, stretch.block.n)
    alone = Runs(runs.program, [tokens[first:last]])  # some change has no value: each on its own
    rows = range(stretch.block.size)
    return [answer for row in rows for answer in _answers(alone, alone.stretches[0], name, _row(patch, row))]


def _row(patch: Result, row: int) -> Result:
    if isinstance(patch, Column):
        return Column(patch.values[:, row : row + 1], patch.domain)
    return Bits(patch.n, pack(patch.rows()[:, :, row : row + 1]))


def _patched(result: Result, trials: list[_Trial]) -> Result:
    """The variable in every row of the batch, changed as each trial says."""
    if isinstance(result, Column):
        values = decode(result).copy()
        for row, trial in enumerate(trials):
            values[trial.position, row] = trial.instead
        flat = from_values(values.ravel().tolist())
        return Column(flat.values.reshape(values.shape), flat.domain)
    rows = result.rows().copy()
    for row, trial in enumerate(trials):
        if trial.alone:
            rows[trial.position, :, row] = False
        rows[trial.position, trial.key, row] = trial.instead
    return Bits(result.n, pack(rows))
