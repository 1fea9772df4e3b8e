"""Operators on columns: arrays where they give exactly what the scalar meaning gives, else value by value.

The scalar meanings of :mod:`readhead.program.operators` are the reference. An array path answers only where its
results have the same values and types, and gives None where it cannot promise that (an overflow, a division by
zero, integers beyond 2**53 among floats); then each distinct combination of arguments is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from readhead.program.columns import (
    EXACT,
    Array,
    Column,
    Misfit,
    encode,
    from_few,
    kind_of,
    numbers,
    where,
)
from readhead.program.domains import Categorical, Numeric
from readhead.program.operators import INT64_MIN, OPERATORS, OperatorError, Value

SMALL = 1 << 16
"""Up to so many combinations of codes are counted in an array rather than sorted."""

INT, FLOAT, BOOL = Numeric("int"), Numeric("float"), Numeric("bool")


def apply_operator(name: str, columns: Sequence[Column]) -> Column:
    """An operator at every position.

    Raises:
        Misfit: where it has no answer; the first position, in a batch of one.
    """
    if name in _TRUTH:
        return Column(_TRUTH[name](*map(truth, columns)), INT if name == "indicator" else BOOL)
    if name == "if":
        return where(truth(columns[0]), columns[1], columns[2])
    if name in _UNARY or name in _BINARY:
        plain = [numbers(c) for c in columns]
        ready = [c for c in plain if c is not None]
        if len(ready) == len(columns):
            with np.errstate(all="ignore"):
                result = _UNARY[name](*ready) if name in _UNARY else _BINARY[name](*ready)
            if result is not None:
                return result
    return one_by_one(OPERATORS[name].apply, columns)


def one_by_one(apply: Callable[..., Value], columns: Sequence[Column]) -> Column:
    """A scalar function at every position, called once for each combination of arguments that occurs."""
    shape = columns[0].values.shape
    combined, combinations = _combinations(columns)
    results: list[Value] = []
    failures: list[tuple[int, OperatorError]] = []
    for code, arguments in enumerate(combinations):
        try:
            results.append(apply(*arguments))
        except OperatorError as error:
            failures.append((int(np.argmax(combined == code)), error))
    if failures:
        place, first = min(failures, key=lambda f: f[0])
        raise Misfit(place // shape[1], first)
    found = from_few(results)
    return Column(found.values.take(combined).reshape(shape), found.domain)


def _combinations(columns: Sequence[Column]) -> tuple[Array, list[tuple[Value, ...]]]:
    """A flat array of codes of the combinations of values that occur, and the combinations."""
    combined: Array = np.zeros(columns[0].values.size, dtype=np.intp)
    combinations: list[tuple[Value, ...]] = [()]
    for column in columns:
        codes, values = encode(column)
        size = len(combinations) * len(values)
        joint = combined * len(values) + codes.ravel()
        if size <= SMALL:
            present = np.flatnonzero(np.bincount(joint, minlength=size))
            index = np.zeros(size, dtype=np.intp)
            index[present] = np.arange(len(present))
            combined = index.take(joint)
        else:
            present, combined = np.unique(joint, return_inverse=True)
        combinations = [(*combinations[p // len(values)], values[p % len(values)]) for p in present.tolist()]
    return combined, combinations


def truth(column: Column) -> Array:
    """Where a column's values count as true."""
    if isinstance(column.domain, Categorical):
        flags: Array = np.array([bool(v) for v in column.domain.values], dtype=bool).take(column.values)
        return flags
    return column.values.astype(bool)


_TRUTH: dict[str, Callable[..., Array]] = {
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "bool": lambda a: a,
    "indicator": lambda a: a.astype(np.int64),
}


def _size(array: Array) -> int:
    """The largest magnitude; exact for every int64."""
    return max(abs(int(array.max())), abs(int(array.min())))


def _whole(*columns: Column) -> bool:
    return all(kind_of(c) != "float" for c in columns)


def _ints(column: Column) -> Array:
    return column.values.astype(np.int64, copy=False)


def _floats(column: Column) -> Array:
    return column.values.astype(np.float64, copy=False)  # rounds to nearest even, as Python's float() does


def _add(x: Array, y: Array) -> Array | None:
    result = x + y
    return None if (((x ^ result) & (y ^ result)) < 0).any() else result


def _subtract(x: Array, y: Array) -> Array | None:
    result = x - y
    return None if (((x ^ y) & (x ^ result)) < 0).any() else result


def _multiply(x: Array, y: Array) -> Array | None:
    return x * y if _size(x) * _size(y) < 2**63 else None


def _modulo(x: Array, y: Array) -> Array | None:
    return x % y if y.all() else None


def _arithmetic(
    whole: Callable[[Array, Array], Array | None], real: Callable[[Array, Array], Array]
) -> Callable[[Column, Column], Column | None]:
    def apply(a: Column, b: Column) -> Column | None:
        if _whole(a, b):
            result = whole(_ints(a), _ints(b))
            return None if result is None else Column(result, INT)
        result = real(_floats(a), _floats(b))
        return Column(result, FLOAT) if np.isfinite(result).all() else None

    return apply


def _divide(a: Column, b: Column) -> Column | None:
    if _whole(a, b) and max(_size(_ints(a)), _size(_ints(b))) > EXACT:
        return None
    result = _floats(a) / _floats(b)
    return Column(result, FLOAT) if b.values.all() and np.isfinite(result).all() else None


def comparable(a: Column, b: Column) -> tuple[Array, Array] | None:
    """Two numeric columns as arrays that compare as Python compares their values; None where none would do."""
    if _whole(a, b):
        return _ints(a), _ints(b)
    for column in (a, b):
        if kind_of(column) == "int" and _size(column.values) > EXACT:
            return None
    return _floats(a), _floats(b)


def _comparison(function: Callable[[Array, Array], Array]) -> Callable[[Column, Column], Column | None]:
    def apply(a: Column, b: Column) -> Column | None:
        pair = comparable(a, b)
        return None if pair is None else Column(function(*pair), BOOL)

    return apply


def _extreme(better: Callable[[Array, Array], Array]) -> Callable[[Column, Column], Column | None]:
    def apply(a: Column, b: Column) -> Column | None:
        if a.domain != b.domain:
            return None
        return Column(np.where(better(b.values, a.values), b.values, a.values), a.domain)  # ties: the first

    return apply


def _negate(a: Column) -> Column | None:
    if not _whole(a):
        return Column(-a.values, FLOAT)
    return None if (_ints(a) == INT64_MIN).any() else Column(-_ints(a), INT)


def _absolute(a: Column) -> Column | None:
    if not _whole(a):
        return Column(np.abs(a.values), FLOAT)
    return None if (_ints(a) == INT64_MIN).any() else Column(np.abs(_ints(a)), INT)


def _to_int(rounding: Callable[[Array], Array]) -> Callable[[Column], Column | None]:
    def apply(a: Column) -> Column | None:
        if _whole(a):
            return Column(_ints(a), INT)
        return (
            Column(rounding(a.values).astype(np.int64), INT) if (np.abs(a.values) < 2.0**62).all() else None
        )

    return apply


COMPARE: dict[str, Callable[[Array, Array], Array]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}

_UNARY: dict[str, Callable[[Column], Column | None]] = {
    "neg": _negate,
    "abs": _absolute,
    "round": _to_int(np.rint),
    "int": _to_int(np.trunc),
    "float": lambda a: Column(_floats(a), FLOAT),
}

_BINARY: dict[str, Callable[[Column, Column], Column | None]] = {
    "+": _arithmetic(_add, np.add),
    "-": _arithmetic(_subtract, np.subtract),
    "*": _arithmetic(_multiply, np.multiply),
    "%": _arithmetic(_modulo, np.remainder),
    "/": _divide,
    "min": _extreme(np.less),
    "max": _extreme(np.greater),
    **{name: _comparison(function) for name, function in COMPARE.items()},
}
