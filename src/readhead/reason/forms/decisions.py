"""Decision lists: the first test that holds says which value is given, the last value is for all others.

The tests compare an argument with a constant or with another argument; the values are constants and arguments. Lists
of up to two tests are searched for completely, the smallest first; longer ones are built greedily, each test being the
one that settles most of what is left (Rivest 1987, "Learning Decision Lists").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from readhead.program.columns import Array
from readhead.program.domains import exact
from readhead.program.nodes import Constant, Map, SOp
from readhead.program.operators import OPERATORS, OperatorError, Value, sort_key
from readhead.reason.forms.expressions import Key

SEARCHED = 60_000
"""Two tests are searched for completely where there are at most so many combinations."""


@dataclass(frozen=True, slots=True, eq=False)
class _Option:
    """A test with the keys on which it holds, or a value with the keys on which it is right."""

    node: SOp
    on: Array


def decision_list(
    arguments: Sequence[SOp], keys: Sequence[Key], targets: Sequence[Value], rows: int
) -> SOp | None:
    """A decision list with the given values on the given keys; None where there is none with so few tests.

    Args:
        arguments: the s-ops that the keys are values of.
        keys: the combinations of values that occur.
        targets: the value for each key.
        rows: the most tests.

    >>> from readhead.program.nodes import Tokens
    >>> found = decision_list([Tokens()], [("a",), ("b",), ("c",)], ["a", "b", "x"], 2)
    >>> found.function, found.arguments[0].function
    ('if', '==')
    """
    values = _values(arguments, keys, targets)
    if not keys:
        return None
    tests = _tests(arguments, keys)
    return _searched(tests, values, len(keys), rows) or _greedy(tests, values, len(keys), rows)


def _values(arguments: Sequence[SOp], keys: Sequence[Key], targets: Sequence[Value]) -> list[_Option]:
    wanted = [exact(t) for t in targets]
    found = []
    for i, argument in enumerate(arguments):
        on = np.array([exact(key[i]) == w for key, w in zip(keys, wanted, strict=True)], dtype=bool)
        found.append(_Option(argument, on))
    for value in sorted({exact(t): t for t in targets}.values(), key=sort_key):
        on = np.array([w == exact(value) for w in wanted], dtype=bool)
        found.append(_Option(Constant(value), on))
    return found


def _tests(arguments: Sequence[SOp], keys: Sequence[Key]) -> list[_Option]:
    """Every comparison that holds on some keys and not on others, each set of keys once."""
    found: dict[bytes, _Option] = {}
    for i, argument in enumerate(arguments):
        given = sorted({exact(k[i]): k[i] for k in keys}.values(), key=sort_key)
        numeric = all(type(v) is int for v in given)
        for value in given:
            for name in ("==", "<", ">", "!=") if numeric else ("==", "!="):
                _add(found, name, argument, Constant(value), [(k[i], value) for k in keys])
        for j in range(i + 1, len(arguments)):
            for name in ("==", "!=", "<", ">", "<=", ">="):
                _add(found, name, argument, arguments[j], [(k[i], k[j]) for k in keys])
    return list(found.values())


def _add(
    found: dict[bytes, _Option], name: str, left: SOp, right: SOp, pairs: list[tuple[Value, Value]]
) -> None:
    try:
        on = np.array([bool(OPERATORS[name].apply(a, b)) for a, b in pairs], dtype=bool)
    except OperatorError:
        return
    if on.any() and not on.all():
        found.setdefault(on.tobytes(), _Option(Map(name, (left, right)), on))


def _fitting(values: list[_Option], left: Array) -> SOp | None:
    """The first value that is right on all keys that are left."""
    return next((v.node for v in values if v.on[left].all()), None)


def _searched(tests: list[_Option], values: list[_Option], count: int, rows: int) -> SOp | None:
    every = np.ones(count, dtype=bool)
    only = _fitting(values, every)
    if only is not None or rows < 1:
        return only
    settled = [(t, v) for t in tests if (v := _fitting(values, t.on)) is not None]
    for test, then in settled:
        other = _fitting(values, ~test.on)
        if other is not None:
            return Map("if", (test.node, then, other))
    if rows < 2 or len(settled) * len(tests) > SEARCHED:
        return None
    for test, then in settled:
        for second in tests:
            left = ~test.on
            inner, other = _fitting(values, left & second.on), _fitting(values, left & ~second.on)
            if inner is not None and other is not None:
                return Map("if", (test.node, then, Map("if", (second.node, inner, other))))
    return None


def _greedy(tests: list[_Option], values: list[_Option], count: int, rows: int) -> SOp | None:
    left = np.ones(count, dtype=bool)
    chosen: list[tuple[SOp, SOp]] = []
    while (last := _fitting(values, left)) is None:
        if len(chosen) == rows:
            return None
        best: tuple[int, _Option, SOp] | None = None
        for test in tests:
            covered = int((test.on & left).sum())
            if covered and (best is None or covered > best[0]):
                value = _fitting(values, test.on & left)
                if value is not None:
                    best = covered, test, value
        if best is None:
            return None
        chosen.append((best[1].node, best[2]))
        left = left & ~best[1].on
    made = last
    for condition, then in reversed(chosen):
        made = Map("if", (condition, then, made))
    return made
