"""One value for every query out of the values at the keys that it selects.

:func:`reduce_values` is the meaning. Array paths give the same values of the same types: one selected value is
copied, integers are summed exactly, and the result never depends on the order of summation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import assert_never, cast

import numpy as np

from readhead.program.columns import (
    EXACT,
    Array,
    Column,
    Misfit,
    constant,
    decode,
    encode,
    from_values,
    kind_of,
    numbers,
    where,
)
from readhead.program.domains import Categorical, Numeric, exact
from readhead.program.nodes import Reduce
from readhead.program.operators import INT64_MAX, INT64_MIN, OperatorError, Value, checked
from readhead.program.selections import BITS, Selection, chunks


def reduce_values(values: Sequence[Value], reduce: Reduce) -> Value:
    """One or more selected values, in the order of their positions, made into one.

    Raises:
        OperatorError: where they have no mean, sum or order, or ``"pick"`` is given several; it says what is wrong
            with them, and not what they are.

    >>> reduce_values([1, 2], "mean"), reduce_values([True], "mean")
    (1.5, True)
    """
    if len(values) == 1:
        return values[0]
    match reduce:
        case "mean" | "sum":
            return _total(values, reduce)
        case "max" | "min":
            kinds = set(map(type, values))
            if str in kinds and len(kinds) > 1:
                raise OperatorError(
                    f"strings and numbers have no {reduce} together",
                    why="a string and a number have no order",
                    instead="aggregate strings only, or numbers only",
                )
            return (max if reduce == "max" else min)(values)
        case "pick":
            raise OperatorError(
                "'pick' takes one key",
                why="it copies a value, and there is no rule which of several",
                instead="make the selector closest(...), or reduce with mean, sum, max or min",
            )
        case _:
            assert_never(reduce)


def _total(values: Sequence[Value], reduce: Reduce) -> Value:
    kinds = set(map(type, values))
    if not kinds <= {int, float}:
        raise _no_total(kinds, reduce)
    numbers = cast("Sequence[int | float]", values)
    if kinds == {int}:
        total = sum(numbers)
        checked(total, "their sum")
    else:
        try:
            total = math.fsum(numbers)
        except OverflowError:
            raise OperatorError("their sum overflows", why="numbers are finite") from None
    return total / len(numbers) if reduce == "mean" else total


def _no_total(kinds: set[type], reduce: Reduce) -> OperatorError:
    """Why several values of these types, not all of them numbers, cannot be added up."""
    sorts = [name for kind, name in ((str, "strings"), (bool, "booleans")) if kind in kinds]
    instead = "select one key for each query: a single value is copied"
    if bool in kinds:
        instead = "average indicator(...) of the booleans, or " + instead
    return OperatorError(
        f"{' and '.join(sorts)} have no {reduce}", why="only ints and floats are added up", instead=instead
    )


TABULATED = 1 << 12
"""Means of whole numbers are read from a table of up to so many sums and counts."""

LARGEST_SUM = 2.0**1000
"""Far enough from the largest float that no sum of floats up to this size overflows on its way."""

SHOWN = 3
"""How many of the selected keys an error shows."""


def aggregate(
    selection: Selection,
    values: Column,
    reduce: Reduce,
    default: Value | None,
    selector: str,
    tokens: Column,
) -> Column:
    """The reduction of the selected values for every query; the default where nothing is selected.

    Args:
        selection: the keys of each query.
        values: ``[position, batch]``.
        reduce: the node's reduction.
        default: the value for an empty row, or None to make it an error.
        selector: the selector's name, for errors.
        tokens: the tokens ``[position, batch]``, for errors.

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
        return _row_by_row(selection, values, reduce, default, selector, tokens)
    if default is not None and empty.any():
        return where(empty, constant(default, width.shape), found)
    return found


def _gather(values: Column, positions: Array) -> Column:
    batch = values.values.shape[1]
    return Column(values.values.take(positions * batch + np.arange(batch)), values.domain)


def _row_by_row(
    selection: Selection,
    values: Column,
    reduce: Reduce,
    default: Value | None,
    selector: str,
    tokens: Column,
) -> Column:
    """The reference, once for all queries of a sequence that are known to select the same keys."""
    decoded = decode(values).T.tolist()
    same = selection.same()
    rows = range(values.values.size) if same is None else same.ravel().tolist()
    known: dict[tuple[int, int], Value] = {}
    results: list[Value] = []
    for place, row in enumerate(rows):
        query, batch = divmod(place, len(decoded))
        if (batch, row) not in known:
            keys = selection.keys(query, batch)
            chosen = list(map(decoded[batch].__getitem__, keys))
            try:
                if chosen:
                    found = reduce_values(chosen, reduce)
                elif default is not None:
                    found = default
                else:
                    raise OperatorError("nothing is selected", instead="give the aggregate a default")
            except OperatorError as error:
                there = f"at the token {_token(tokens, query, batch)}, {selector!r} selects {_shown(keys, chosen)}"
                what = f"{there}{f': {error.what}' if chosen else ', and the aggregate has no default'}"
                raise Misfit(query, OperatorError(what, why=error.why, instead=error.instead)) from None
            known[batch, row] = found
        results.append(known[batch, row])
    column = from_values(results)
    return Column(column.values.reshape(values.values.shape), column.domain)


def _token(tokens: Column, query: int, batch: int) -> str:
    return repr(decode(Column(tokens.values[query, batch : batch + 1], tokens.domain))[0])


def _shown(keys: list[int], values: list[Value]) -> str:
    """The selected keys and their values, as far as an error shows them."""
    if not keys:
        return "nothing"
    shown = [f"{key} ({value!r})" for key, value in zip(keys[:SHOWN], values, strict=False)]
    more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
    return f"{'key' if len(keys) == 1 else 'keys'} {', '.join(shown)}{more}"


def _sums(selection: Selection, width: Array, values: Column, *, mean: bool) -> Column | None:
    """Exact sums or means of numbers, where that is faster than row by row; None where it is not, or one overflows."""
    plain = numbers(values)
    found = None
    if plain is not None and kind_of(plain) == "int":
        found = _whole_sums(selection, width, plain.values, mean=mean)
    if found is None and selection.n > BITS:
        found = _exact_sums(selection, width, values, mean=mean)
    return found


def _whole_sums(selection: Selection, width: Array, x: Array, *, mean: bool) -> Column | None:
    """Sums or means of integers in 64 bits; None where these might not be enough."""
    low, high = int(x.min()), int(x.max())
    bound = max(abs(low), abs(high)) * int(width.max())
    if bound > (EXACT if mean else INT64_MAX):
        return None
    totals = width * low if low == high else _masked_sums(selection, x, bound)
    if not mean:
        return Column(totals, Numeric("int"))
    single = width == 1
    if not single.any():
        return Column(totals / np.maximum(width, 1), Numeric("float"))
    return _means(totals, width, selection.n)


def _means(totals: Array, width: Array, n: int) -> Column:
    """Means of whole numbers, some of one number: that one is an integer, the others are floats."""
    low, high = int(totals.min()), int(totals.max())
    if (high - low + 1) * (n + 1) > TABULATED:
        whole = Column(totals, Numeric("int"))
        return where(width == 1, whole, Column(totals / np.maximum(width, 1), Numeric("float")))
    domain, codes = _mean_table(low, high, n)
    return Column(codes.take((totals - low) * (n + 1) + width), domain)


@lru_cache(maxsize=64)
def _mean_table(low: int, high: int, n: int) -> tuple[Categorical, Array]:
    """The mean for every sum from ``low`` to ``high`` and every count up to ``n``: its domain, and its code."""
    index: dict[tuple[type, Value], int] = {}
    values: list[Value] = []
    codes = []
    for total in range(low, high + 1):
        for width in range(n + 1):
            value = total if width == 1 else total / max(width, 1)
            if exact(value) not in index:
                index[exact(value)] = len(values)
                values.append(value)
            codes.append(index[exact(value)])
    return Categorical(tuple(values)), np.array(codes, dtype=np.intp)


def _exact_sums(selection: Selection, width: Array, values: Column, *, mean: bool) -> Column | None:
    """As Python adds integers and ``math.fsum`` floats: all are whole multiples of a power of two, added exactly."""
    given = decode(values).ravel().tolist()
    kinds = set(map(type, given))
    if not kinds <= {int, float} or (float in kinds and _might_round(given, selection.n)):
        return None
    ratios = [v.as_integer_ratio() for v in given]
    unit = max(denominator for _, denominator in ratios)
    multiples = np.empty(len(given), dtype=object)
    multiples[:] = [numerator * (unit // denominator) for numerator, denominator in ratios]
    totals = selection.sums(multiples.reshape(width.shape))
    if totals is None:
        return None
    real = _selects_floats(selection, kinds, given, width.shape).ravel().tolist()
    sums = [t / unit if r else t // unit for t, r in zip(totals.ravel().tolist(), real, strict=True)]
    if not all(r or INT64_MIN <= total <= INT64_MAX for total, r in zip(sums, real, strict=True)):
        return None
    counts = np.maximum(width, 1).ravel().tolist()
    flat = from_values([t / c for t, c in zip(sums, counts, strict=True)] if mean else sums)
    several = Column(flat.values.reshape(width.shape), flat.domain)
    single = width == 1
    if single.any():
        return where(single, _gather(values, _only(selection, width)), several)
    return several


def _might_round(given: Sequence[int | float], n: int) -> bool:
    """Whether ``math.fsum`` of so many of these numbers might round an integer, or overflow on its way."""
    whole = [abs(v) for v in given if type(v) is int]
    return max(whole, default=0) > EXACT or max(map(abs, given)) * n > LARGEST_SUM


def _selects_floats(
    selection: Selection, kinds: set[type], given: Sequence[int | float], shape: tuple[int, ...]
) -> Array:
    """Whether a query selects any float, and so its sum is one; anything where it selects nothing."""
    if len(kinds) == 1:
        return np.full(shape, float in kinds)
    floats = np.array([type(v) is float for v in given], dtype=np.int64).reshape(shape)
    found = selection.sums(floats)
    assert found is not None  # the sums of the numbers have a form, and it is the same
    return found > 0


def _only(selection: Selection, width: Array) -> Array:
    """The position of the one key where a query selects one, and 0 elsewhere."""
    places = np.broadcast_to(np.arange(selection.n)[:, None], width.shape)
    found = selection.sums(places)
    assert found is not None
    return np.where(width == 1, found, 0)


def _masked_sums(selection: Selection, x: Array, bound: int) -> Array:
    found = selection.sums(x)
    if found is not None:
        return found
    dtype = np.int16 if bound < 2**15 else np.int32 if bound < 2**31 else np.int64
    small = x.astype(dtype)[None, :, :]
    totals = np.empty(x.shape, dtype=np.int64)
    for some in chunks(selection.n, x.size):
        rows: Array = selection.rows(some.start, some.stop).astype(dtype)
        rows *= small
        totals[some] = np.add.reduce(rows, axis=1, dtype=dtype)
    return totals


def _extremes(selection: Selection, values: Column, *, largest: bool) -> Column | None:
    """The first largest or smallest selected value; None where strings are among numbers."""
    order = _order(values)
    if order is None:
        return None
    if selection.n > BITS:
        return _ranked_extremes(selection, values, order, largest=largest)
    if order.dtype == np.float64:
        outside: float | int = -math.inf if largest else math.inf
    else:
        outside = INT64_MIN if largest else INT64_MAX
        if (order == outside).any():
            return None
    positions = np.empty(order.shape, dtype=np.intp)
    for some in chunks(selection.n, order.size):
        chosen = np.where(selection.rows(some.start, some.stop), order[None, :, :], outside)
        positions[some] = chosen.argmax(axis=1) if largest else chosen.argmin(axis=1)
    return _gather(values, positions)


def _ranked_extremes(selection: Selection, values: Column, order: Array, *, largest: bool) -> Column:
    """The same by ranks: all different, from 1 up, and of equal values the first has the higher one."""
    flat = order.ravel() if largest else -1 - order.ravel() if order.dtype == np.int64 else -order.ravel()
    rising = len(flat) - 1 - np.argsort(flat[::-1], kind="stable")  # equal values from the last to the first
    ranks = np.empty(len(flat), dtype=np.int64)
    ranks[rising] = np.arange(1, len(flat) + 1)
    ranks = ranks.reshape(order.shape)
    best = selection.largest(ranks)
    if best is None:
        best = np.empty(order.shape, dtype=np.int64)
        for some in chunks(selection.n, order.size):
            best[some] = (selection.rows(some.start, some.stop) * ranks[None, :, :]).max(axis=1)
    places = rising.take(np.maximum(best, 1) - 1)
    return Column(values.values.ravel().take(places), values.domain)


def _order(values: Column) -> Array | None:
    """Numbers that are ordered as the values are; equal where ``==`` says so, as of ``1`` and ``1.0``."""
    plain = numbers(values)
    if plain is not None:
        return plain.values if kind_of(plain) == "float" else plain.values.astype(np.int64)
    codes, known = encode(values)
    if len({isinstance(v, str) for v in known}) > 1:
        return None
    rank = {value: i for i, value in enumerate(sorted(set(known)))}
    return np.array([rank[v] for v in known], dtype=np.int64).take(codes)
