"""One value for every query out of the values at the keys that it selects.

:func:`reduce_values` is the meaning. Array paths give the same values of the same types: one selected value is
copied, integers are summed exactly, and the result never depends on the order of summation.
"""

from __future__ import annotations

import math
from typing import assert_never

import numpy as np

from readhead.program.columns import (
    EXACT,
    Array,
    Column,
    Misfit,
    constant,
    decode,
    from_values,
    kind_of,
    numbers,
    where,
)
from readhead.program.domains import Categorical, Numeric
from readhead.program.nodes import Reduce
from readhead.program.operators import INT64_MAX, INT64_MIN, OperatorError, Value, checked, sort_key
from readhead.program.selections import CHUNK, Selection


def reduce_values(values: list[Value], reduce: Reduce) -> Value:
    """One or more selected values, in the order of their positions, made into one.

    Raises:
        OperatorError: where they have no mean, sum or order, or ``"pick"`` is given several.

    >>> reduce_values([1, 2], "mean"), reduce_values([True], "mean")
    (1.5, True)
    """
    if len(values) == 1:
        return values[0]
    match reduce:
        case "mean" | "sum":
            return _total(values, reduce)
        case "max" | "min":
            if len({isinstance(v, str) for v in values}) > 1:
                raise OperatorError(
                    f"no {reduce} of {_shown(values)}",
                    why="a string and a number have no order",
                    instead="aggregate strings only, or numbers only",
                )
            return (max if reduce == "max" else min)(values)
        case "pick":
            raise OperatorError(
                f"picks one of {len(values)} values: {_shown(values)}",
                why="'pick' takes exactly one key for each query",
                instead="make the selector closest(...), or reduce with mean, sum, max or min",
            )
        case _:
            assert_never(reduce)


def _total(values: list[Value], reduce: Reduce) -> Value:
    plain = [v for v in values if type(v) is int or type(v) is float]
    if len(plain) < len(values):
        raise OperatorError(
            f"no {reduce} of {_shown(values)}",
            why="strings and booleans have no sum; one alone is copied",
            instead="convert them with int(...) or indicator(...), or select one key",
        )
    whole = [v for v in plain if type(v) is int]
    expression = f"the sum of {_shown(values)}"
    if len(whole) == len(plain):
        total: int | float = sum(whole)
        checked(total, expression)
    else:
        try:
            total = math.fsum(plain)
        except OverflowError:
            raise OperatorError(f"{expression} overflows", why="numbers are finite") from None
    return total / len(plain) if reduce == "mean" else total


def _shown(values: list[Value]) -> str:
    return ", ".join(map(repr, values[:6])) + (f" and {len(values) - 6} more" if len(values) > 6 else "")


def aggregate(
    selection: Selection, values: Column, reduce: Reduce, default: Value | None, selector: str
) -> Column:
    """The reduction of the selected values for every query; the default where nothing is selected.

    Args:
        selection: the keys of each query.
        values: ``[position, batch]``.
        reduce: the node's reduction.
        default: the value for an empty row, or None to make it an error.
        selector: the selector's name, for errors.

    Raises:
        Misfit: for an empty row without default, and where :func:`reduce_values` has no answer.
    """
    if selection.one is not None:
        return _gather(values, selection.one)
    width = selection.width()
    empty = width == 0
    found = None
    if default is not None or not empty.any():
        if width.max() <= 1:
            found = _gather(values, selection.only())
        elif reduce in ("sum", "mean"):
            found = _sums(selection, width, values, mean=reduce == "mean")
        elif reduce in ("max", "min"):
            found = _extremes(selection, values, largest=reduce == "max")
    if found is None:
        return _row_by_row(selection, values, reduce, default, selector)
    if default is not None and empty.any():
        return where(empty, constant(default, width.shape), found)
    return found


def _gather(values: Column, positions: Array) -> Column:
    batch = values.values.shape[1]
    return Column(values.values.take(positions * batch + np.arange(batch)), values.domain)


def _row_by_row(
    selection: Selection, values: Column, reduce: Reduce, default: Value | None, selector: str
) -> Column:
    decoded = decode(values).T.tolist()
    results: list[Value] = []
    for query in range(selection.n):
        rows = selection.rows(query, query + 1)[0]
        for b, sequence in enumerate(decoded):
            chosen = [sequence[k] for k in np.flatnonzero(rows[:, b])]
            try:
                if not chosen and default is None:
                    raise OperatorError(
                        "nothing is selected, and the aggregate has no default", instead="give it a default"
                    )
                results.append(reduce_values(chosen, reduce) if chosen or default is None else default)
            except OperatorError as error:
                what = f"{error.what} (selected by {selector!r})"
                raise Misfit(query, OperatorError(what, why=error.why, instead=error.instead)) from None
    found = from_values(results)
    return Column(found.values.reshape(values.values.shape), found.domain)


def _sums(selection: Selection, width: Array, values: Column, *, mean: bool) -> Column | None:
    """Exact sums or means of integers; None for other values and where a sum might overflow."""
    plain = numbers(values)
    if plain is None or kind_of(plain) != "int":
        return None
    x = plain.values
    low, high = int(x.min()), int(x.max())
    bound = max(abs(low), abs(high)) * int(width.max())
    if bound > INT64_MAX:
        return None
    totals = width * low if low == high else _masked_sums(selection, x, bound)
    whole = Column(totals, Numeric("int"))
    if not mean:
        return whole
    if bound > EXACT:
        return None
    means = Column(totals / np.maximum(width, 1), Numeric("float"))
    single = width == 1
    return where(single, whole, means) if single.any() else means


def _masked_sums(selection: Selection, x: Array, bound: int) -> Array:
    dtype = np.int16 if bound < 2**15 else np.int32 if bound < 2**31 else np.int64
    small = x.astype(dtype)[None, :, :]
    totals = np.empty(x.shape, dtype=np.int64)
    step = max(1, CHUNK // max(1, x.size))
    for first in range(0, selection.n, step):
        rows: Array = selection.rows(first, first + step).astype(dtype)
        rows *= small
        totals[first : first + step] = np.add.reduce(rows, axis=1, dtype=dtype)
    return totals


def _extremes(selection: Selection, values: Column, *, largest: bool) -> Column | None:
    """The first largest or smallest selected value; None where the values are not all of one type."""
    order = _order(values)
    if order is None:
        return None
    if order.dtype == np.float64:
        outside: float | int = -math.inf if largest else math.inf
    else:
        outside = INT64_MIN if largest else INT64_MAX
        if (order == outside).any():
            return None
    positions = np.empty(order.shape, dtype=np.intp)
    step = max(1, CHUNK // max(1, order.size))
    for first in range(0, selection.n, step):
        chosen = np.where(selection.rows(first, first + step), order[None, :, :], outside)
        positions[first : first + step] = chosen.argmax(axis=1) if largest else chosen.argmin(axis=1)
    return _gather(values, positions)


def _order(values: Column) -> Array | None:
    """Numbers that are ordered as the values are."""
    plain = numbers(values)
    if plain is not None:
        return plain.values if kind_of(plain) == "float" else plain.values.astype(np.int64)
    if isinstance(values.domain, Categorical) and all(isinstance(v, str) for v in values.domain.values):
        words = values.domain.values
        ordered = sorted(range(len(words)), key=lambda i: sort_key(words[i]))
        ranks = np.empty(len(ordered), dtype=np.int64)
        ranks[ordered] = np.arange(len(ordered))
        return ranks.take(values.values)
    return None
