"""Counts and aggregates of selected values, key by key: which results so far are possible, and when.

Invariant: a state holds all that the result depends on, and the result is computed by the interpreter's own
:func:`readhead.program.aggregate.reduce_values`; so sums, means of integers and of floats are exactly its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from readhead.program.aggregate import LARGEST_SUM, reduce_values
from readhead.program.columns import EXACT
from readhead.program.domains import exact
from readhead.program.nodes import Aggregate
from readhead.program.operators import OperatorError, Value
from readhead.reason.smt.gates import FALSE, TRUE, Gates, TooLarge
from readhead.reason.smt.values import Choice, gathered

STATES = 1 << 12
"""The most results so far that are told apart."""


def width(gates: Gates, row: Sequence[int]) -> Choice:
    """How many of a row's literals hold."""
    counts: dict[int, int] = {0: TRUE}
    for literal in row:
        if literal == FALSE:
            continue
        longer: dict[int, list[int]] = {}
        for count, when in counts.items():
            longer.setdefault(count, []).append(gates.both(when, literal ^ 1))
            longer.setdefault(count + 1, []).append(gates.both(when, literal))
        counts = {count: gates.any(cases) for count, cases in longer.items()}
        counts = {count: when for count, when in counts.items() if when != FALSE}
    return gathered(gates, counts.items(), total=True)


def copied(gates: Gates, row: Sequence[int], values: Sequence[Choice]) -> Choice:
    """The value at the one key that a row selects."""
    cases = [
        (value, gates.both(literal, when))
        for literal, choice in zip(row, values, strict=True)
        if literal != FALSE
        for value, when in choice.values
    ]
    total = all(c.total for literal, c in zip(row, values, strict=True) if literal != FALSE)
    return gathered(gates, cases, total)


def reduced(
    gates: Gates, node: Aggregate, row: Sequence[int], values: Sequence[Choice]
) -> tuple[Choice, int]:
    """An aggregate at one query, and the literal that says when it has no answer."""
    states: dict[Hashable, tuple[tuple[Value, ...], int]] = {(): ((), TRUE)}
    for literal, choice in zip(row, values, strict=True):
        if literal == FALSE:
            continue
        cases: dict[Hashable, tuple[tuple[Value, ...], list[int]]] = {}
        for key, (chosen, when) in states.items():
            cases.setdefault(key, (chosen, []))[1].append(gates.both(when, literal ^ 1))
            selected = gates.both(when, literal)
            if selected == FALSE:
                continue
            for value, is_value in choice.values:
                longer = _shortened(node, (*chosen, value))
                longer_key = tuple(map(exact, longer))
                cases.setdefault(longer_key, (longer, []))[1].append(gates.both(selected, is_value))
        states = {key: (chosen, gates.any(some)) for key, (chosen, some) in cases.items()}
        states = {key: state for key, state in states.items() if state[1] != FALSE}
        if len(states) > STATES:
            raise TooLarge(f"more than {STATES:,} sets of selected values")
    results: list[tuple[Value, int]] = []
    failed: list[int] = []
    for chosen, when in states.values():
        try:
            result = _result(node, chosen)
        except OperatorError:
            failed.append(when)
        else:
            results.append((result, when))
    total = not failed and all(c.total for literal, c in zip(row, values, strict=True) if literal != FALSE)
    return gathered(gates, results, total), gates.any(failed)


def _result(node: Aggregate, chosen: tuple[Value, ...]) -> Value:
    if not chosen:
        if node.default is None:
            raise OperatorError("nothing is selected")
        return node.default
    return reduce_values(chosen, node.reduce)


def _shortened(node: Aggregate, chosen: tuple[Value, ...]) -> tuple[Value, ...]:
    """As many of the selected values as the result depends on, in an order that does not matter to it.

    Sums and means of integers alone are kept as their sum and the count (see :func:`_packed`); of other numbers, all of
    them; of a maximum the best so far, as Python chooses it.
    """
    if len(chosen) == 1:
        return chosen
    match node.reduce:
        case "pick":
            return chosen[:2]
        case "max" | "min":
            kinds = {isinstance(v, str) for v in chosen}
            if len(kinds) > 1:
                return (
                    chosen[0],
                    next(v for v in chosen if isinstance(v, str) != isinstance(chosen[0], str)),
                )
            best = (max if node.reduce == "max" else min)(chosen)
            return (best, best)
        case _:
            if not all(type(v) in (int, float) for v in chosen):
                return (False, False)  # booleans and strings have no sum, whatever else is selected
            if all(type(v) is int for v in chosen):
                return _packed(chosen)
            if max(abs(v) for v in chosen if not isinstance(v, str)) * len(chosen) > LARGEST_SUM:
                return chosen  # whether such a sum overflows on its way depends on the order
            return tuple(sorted(chosen, key=lambda v: (str(exact(v)[0]), str(v))))


def _packed(chosen: tuple[Value, ...]) -> tuple[Value, ...]:
    """Two or more integers as their sum and zeros: the same count, the same sum, also where floats are added later."""
    whole = [v for v in chosen if type(v) is int]
    total = sum(whole)
    if max(map(abs, (*whole, total))) > EXACT:
        return tuple(sorted(whole))
    return (total, *(0 for _ in whole[1:]))
