"""What an s-op is to the compiler: a function of variables that have slots of their own.

A :class:`Variable` holds one slot of the residual stream for each of its values, and exactly one of them is 1. Every
s-op is a :class:`Function` of such variables: a *view* where it reads only one of them (then it is linear in that
one's slots and costs nothing), a constant where it reads none.

Times: 0 is the embedding, ``2 b + 1`` the attention of block ``b``, ``2 b + 2`` its elementwise part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from readhead.program.domains import exact
from readhead.program.nodes import Map
from readhead.program.operators import OPERATORS, OperatorError, Value, sort_key, typed

Codes = np.ndarray[Any, np.dtype[np.intp]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Possible = dict[tuple[int, int], np.ndarray[Any, np.dtype[np.bool_]]]


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """Slots for the values of one variable, of which one is 1 and the others are 0.

    Attributes:
        name: the variable's name.
        values: what each slot stands for.
        time: when it is written.
        first: its first slot.
    """

    name: str
    values: tuple[Value, ...]
    time: int
    first: int

    @property
    def slots(self) -> Codes:
        """Where its slots are in the residual stream."""
        return np.arange(self.first, self.first + len(self.values))


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """An s-op as a function of variables.

    Attributes:
        values: every value that it can have.
        sources: the variables that it depends on, in the order in which they were made.
        codes: its value for every combination of theirs, an axis for each; -1 where there is none.
        sums: a number for every value of every source, such that (probably) their sum decides the value.
        exact: whether that sum is the value itself.
    """

    values: tuple[Value, ...]
    sources: tuple[Variable, ...]
    codes: Codes
    sums: tuple[Floats, ...] | None = None
    exact: bool = False

    @property
    def time(self) -> int:
        """When all that it depends on is written."""
        return max((s.time for s in self.sources), default=0)

    @property
    def constant(self) -> bool:
        """Whether it has the same value everywhere."""
        return not self.sources


def ordered(values: Sequence[Value]) -> tuple[Value, ...]:
    """These values, each once (by type and value), in a fixed order."""
    return tuple(sorted({exact(v): v for v in values}.values(), key=lambda v: (sort_key(v), repr(v))))


def number(value: Value) -> float | None:
    """The value as a number to compute with; None for a string."""
    return None if isinstance(value, str) else float(value)


def constant(value: Value) -> Function:
    """A value that is the same everywhere."""
    return Function((value,), (), np.zeros((), dtype=np.intp), (), exact=number(value) is not None)


def view(variable: Variable) -> Function:
    """A variable as a function of itself."""
    return simplified(variable.values, (variable,), np.arange(len(variable.values)))


def simplified(
    values: Sequence[Value],
    sources: tuple[Variable, ...],
    codes: Codes,
    sums: tuple[Floats, ...] | None = None,
    exact_sums: bool = False,
) -> Function:
    """A function without values that never occur, and without sources that do not matter."""
    present = np.unique(codes)
    present = present[present >= 0]
    kept = tuple(values[i] for i in present.tolist())
    if len(kept) <= 1:
        return constant(kept[0] if kept else False)
    if len(kept) < len(values):
        index = np.full(len(values) + 1, -1, dtype=np.intp)
        index[present] = np.arange(len(present))
        codes = index[codes]
    if len(sources) > 1:
        for axis in reversed(range(len(sources))):
            first = codes.take([0], axis=axis)
            if len(sources) > 1 and (codes == first).all():
                codes = first.squeeze(axis)
                sources = sources[:axis] + sources[axis + 1 :]
                sums = None if sums is None else sums[:axis] + sums[axis + 1 :]
                exact_sums = False
    if len(sources) == 1:
        numbers = [number(v) for v in kept]
        if all(n is not None for n in numbers):
            sums, exact_sums = (np.array([*numbers, 0.0], dtype=np.float64)[codes],), True
        else:
            sums, exact_sums = None, False
    return Function(kept, sources, codes, sums, exact_sums)


def merged(functions: Sequence[Function]) -> tuple[Variable, ...]:
    """All the sources of some functions, in order."""
    return tuple(sorted({id(s): s for f in functions for s in f.sources}.values(), key=lambda s: s.first))


def combinations(functions: Sequence[Function]) -> int:
    """How many combinations of values the sources of some functions have."""
    return math.prod(len(s.values) for s in merged(functions))


def aligned(function: Function, sources: tuple[Variable, ...]) -> Codes:
    """A function's codes with an axis for each of these sources (of length 1 where it does not read it)."""
    shape = [len(s.values) if any(s is t for t in function.sources) else 1 for s in sources]
    return function.codes.reshape(shape)


def applied(node: Map, arguments: Sequence[Function], possible: Possible | None = None) -> Function:
    """A Map of functions, over all the sources of these together.

    Args:
        node: the Map.
        arguments: its arguments.
        possible: for pairs of variables, by their identities, which values they can have together.
    """
    sources = merged(arguments)
    shape = tuple(len(s.values) for s in sources)
    missing: Any = np.zeros(shape, dtype=bool)
    for f in arguments:
        missing = missing | (aligned(f, sources) < 0)
    for (a, b), together in (possible or {}).items():
        axes = [i for i, s in enumerate(sources) if id(s) in (a, b)]
        if len(axes) == 2:
            pair = together if id(sources[axes[0]]) == a else together.T
            wide = [len(s.values) if i in axes else 1 for i, s in enumerate(sources)]
            missing = missing | ~pair.reshape(wide)
    values, codes = _whole(node, arguments, sources, missing) or _each(node, arguments, sources, missing)
    sums, is_exact = _sums(node, arguments, sources)
    return simplified(values, sources, codes, sums, is_exact)


WHOLE: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
"""Operators of two arguments that mean the same on arrays, where all numbers are whole and not large."""


def whole(values: Sequence[Value]) -> Codes | None:
    """The values as an array, where all are whole numbers with which nothing of two of them overflows."""
    if all(type(v) is int and -(2**31) < v < 2**31 for v in values):
        return np.array(values, dtype=np.int64)
    return None


def _whole(
    node: Map, arguments: Sequence[Function], sources: tuple[Variable, ...], missing: Any
) -> tuple[tuple[Value, ...], Codes] | None:
    """The values of a Map of whole numbers, and its codes, from arrays; None where it is no such."""
    apply = WHOLE.get(node.function) if isinstance(node.function, str) else None
    numbers = [whole(f.values) for f in arguments]
    if apply is None or len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
        return None
    left, right = (n[aligned(f, sources)] for n, f in zip(numbers, arguments, strict=True) if n is not None)
    found = np.broadcast_to(apply(left, right), missing.shape)
    codes = np.full(missing.shape, -1, dtype=np.intp)
    values, codes[~missing] = np.unique(found[~missing], return_inverse=True)
    return tuple(values.tolist()), codes


def _each(
    node: Map, arguments: Sequence[Function], sources: tuple[Variable, ...], missing: Any
) -> tuple[tuple[Value, ...], Codes]:
    """The values of a Map and its codes, one combination of its arguments' values after the other."""
    apply = meaning(node)
    combined: Any = np.zeros(missing.shape, dtype=np.int64)
    for f in arguments:
        combined = combined * len(f.values) + aligned(f, sources)
    sizes = tuple(len(f.values) for f in arguments)
    size = math.prod(sizes)
    used, inverse = np.unique(np.where(missing, size, combined).ravel(), return_inverse=True)
    results: list[Value | None] = []
    for code in used.tolist():
        if code == size:
            results.append(None)
            continue
        given = [f.values[int(i)] for f, i in zip(arguments, np.unravel_index(code, sizes), strict=True)]
        try:
            results.append(apply(*given))
        except OperatorError:
            results.append(None)
    values = ordered([r for r in results if r is not None])
    index = {exact(v): i for i, v in enumerate(values)}
    of_used = np.array([-1 if r is None else index[exact(r)] for r in results], dtype=np.intp)
    return values, of_used[inverse].reshape(missing.shape)


def meaning(node: Map) -> Callable[..., Value | None]:
    """The meaning of a Map's function on values; None where a table has no entry."""
    if isinstance(node.function, str):
        return OPERATORS[node.function].apply
    lookup, default = node.function.lookup(), node.function.default
    return lambda *key: lookup.get(tuple(map(typed, key)), default)


_COMPARED = ("-", "==", "!=", "<", "<=", ">", ">=")


def _sums(
    node: Map, arguments: Sequence[Function], sources: tuple[Variable, ...]
) -> tuple[tuple[Floats, ...] | None, bool]:
    """Numbers whose sum may decide the result: to be checked against the table."""
    varying = [f for f in arguments if not f.constant]
    if len(varying) == 1:
        kept = node.function in ("+", "-", "neg") and varying[0].exact
        scale = (
            -1.0 if node.function == "neg" or (node.function == "-" and varying[0] is arguments[-1]) else 1.0
        )
        sums = varying[0].sums
        return (None if sums is None else tuple(scale * s for s in sums)), kept
    if len(varying) != 2 or len(arguments) != 2 or not all(f.exact and f.sums is not None for f in varying):
        return None, False
    if node.function not in ("+", *_COMPARED):
        return None, False
    signs = (1.0, 1.0 if node.function == "+" else -1.0)
    totals = [np.zeros(len(s.values)) for s in sources]
    for f, sign in zip(arguments, signs, strict=True):
        for source, numbers in zip(f.sources, f.sums or (), strict=True):
            at = next(i for i, s in enumerate(sources) if s is source)
            totals[at] = totals[at] + sign * numbers
    return tuple(totals), node.function in ("+", "-")
