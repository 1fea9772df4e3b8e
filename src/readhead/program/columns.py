"""Array columns: a value at every place, as codes of a finite domain or as numbers that keep their type.

Invariant: decoding a column gives the same values, of the same types, as computing them one by one would; an
array path that cannot promise that is not taken. Inside the interpreter the arrays are ``[position, batch]``, in a
trace ``[batch, position]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from readhead.errors import EvaluationError
from readhead.program.domains import DTYPES, KINDS, Categorical, Domain, Kind, Numeric, exact
from readhead.program.operators import Value

Array = np.ndarray[Any, Any]

EXACT = 2**53
"""Integers up to this size are floats without rounding."""


class Misfit(Exception):
    """A value without an answer, found inside a kernel: the plan adds the variable's name to the error."""

    def __init__(self, position: int, error: EvaluationError) -> None:
        super().__init__(error.what)
        self.position = position
        self.error = error


def misfit(position: int, what: str, *, why: str | None = None, instead: str | None = None) -> NoReturn:
    """Say that the variable being computed has no answer at a position."""
    raise Misfit(int(position), EvaluationError(what, why=why, instead=instead))


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A value at every place of a padded batch.

    Args:
        values: ``[batch, position]``; codes into a categorical domain, -1 at padding; or numbers of the domain's
            kind (objects, where integers and floats are mixed), arbitrary at padding.
        domain: what the numbers mean.

    >>> Column(np.array([[1, 0]]), Categorical(("a", "b"))).value(0, 0)
    'b'
    """

    values: Array
    domain: Domain

    def value(self, batch: int, position: int) -> Value:
        """The value at one place, of its own type."""
        found = self.values[batch, position]
        if isinstance(self.domain, Categorical):
            return self.domain.values[int(found)]
        plain: Value = found if self.domain.kind == "mixed" else found.item()
        return plain


def decode(column: Column) -> Array:
    """The values as an array of Python objects, of the same shape."""
    if isinstance(column.domain, Categorical):
        return column.domain.objects.take(column.values)
    return column.values.astype(object)


def from_values(values: Sequence[Value]) -> Column:
    """These values as a flat column: numbers where all are of one kind (or integers and floats), else codes."""
    types = set(map(type, values))
    if len(types) <= 1 and not types <= {str}:
        kind = KINDS[types.pop()]
        return Column(np.array(values, dtype=DTYPES[kind]), Numeric(kind))
    if types == {int, float}:
        return Column(_objects(values), Numeric("mixed"))
    return _words(values) if types == {str} else _interned(values)


def from_few(values: Sequence[Value]) -> Column:
    """The same for values that are few and read often: codes too where integers and floats are mixed."""
    return _interned(values) if set(map(type, values)) == {int, float} else from_values(values)


def constant(value: Value, shape: tuple[int, ...]) -> Column:
    """The same value everywhere."""
    kind = KINDS.get(type(value))
    if kind is None:
        return Column(np.zeros(shape, dtype=np.intp), Categorical((value,)))
    return Column(np.full(shape, value, dtype=DTYPES[kind]), Numeric(kind))


def numbers(column: Column) -> Column | None:
    """The column as integers, floats or booleans, where all its values are of one of these types; else None."""
    if isinstance(column.domain, Categorical):
        if column.domain.numbers is None:
            return None
        return Column(
            column.domain.numbers.take(column.values), Numeric(KINDS[type(column.domain.values[0])])
        )
    return None if column.domain.kind == "mixed" else column


def kind_of(column: Column) -> Kind | None:
    """The kind of a numeric column; None for codes."""
    return column.domain.kind if isinstance(column.domain, Numeric) else None


def encode(column: Column) -> tuple[Array, tuple[Value, ...]]:
    """The column as codes, and the values that they stand for; values that do not occur may be among them."""
    if isinstance(column.domain, Categorical):
        return column.values, column.domain.values
    if column.domain.kind == "mixed":
        interned = _interned(column.values.ravel().tolist())
        assert isinstance(interned.domain, Categorical)
        return interned.values.reshape(column.values.shape), interned.domain.values
    flat = np.ascontiguousarray(column.values).ravel()
    bits = flat.view(np.int64) if column.domain.kind == "float" else flat  # so that 0.0 and -0.0 stay apart
    distinct, codes = np.unique(bits, return_inverse=True)
    found = distinct.view(np.float64) if column.domain.kind == "float" else distinct
    return codes.reshape(column.values.shape), tuple(found.tolist())


def unify(columns: Iterable[Column]) -> list[Column]:
    """The same columns over one common domain; every value keeps its type."""
    given = list(columns)
    if not given:
        return []
    filled = [c for c in given if c.values.size] or given[:1]
    first = filled[0].domain
    if all(c.domain is first or (isinstance(first, Numeric) and c.domain == first) for c in filled):
        return [c if c.values.size else Column(c.values.astype(filled[0].values.dtype), first) for c in given]
    if any(isinstance(c.domain, Numeric) for c in filled):
        kinds = set(map(_number_kind, filled))
        if len(kinds) == 1 and None not in kinds and "mixed" not in kinds:
            kind = kinds.pop()
            assert kind is not None
            return [_as_kind(c, kind) for c in given]
        if kinds <= {"int", "float", "mixed"}:
            return [_as_kind(c, "mixed") for c in given]
    return _same_codes(given)


def _same_codes(columns: list[Column]) -> list[Column]:
    encoded = [encode(c) for c in columns]
    codes: dict[tuple[type, Value], int] = {}
    values: list[Value] = []
    maps = []
    for _, known in encoded:
        for value in known:
            if exact(value) not in codes:
                codes[exact(value)] = len(values)
                values.append(value)
        maps.append(np.array([codes[exact(v)] for v in known], dtype=np.intp))
    domain = Categorical(tuple(values))
    return [
        Column(m.take(c) if c.size else c.astype(np.intp), domain)
        for m, (c, _) in zip(maps, encoded, strict=True)
    ]


def where(condition: Array, then: Column, other: Column) -> Column:
    """``then`` where the condition holds, else ``other``; every value keeps its type."""
    a, b = unify((then, other))
    return Column(np.where(condition, a.values, b.values), a.domain)


def _number_kind(column: Column) -> Kind | None:
    if isinstance(column.domain, Numeric):
        return column.domain.kind
    types = set(map(type, column.domain.values))
    if types == {int, float}:
        return "mixed"
    return KINDS.get(types.pop()) if len(types) == 1 else None


def _as_kind(column: Column, kind: Kind) -> Column:
    if not column.values.size:
        return Column(np.empty(column.values.shape, dtype=DTYPES[kind]), Numeric(kind))
    return Column(decode(column).astype(DTYPES[kind]), Numeric(kind))


def _objects(values: Sequence[Value]) -> Array:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _words(values: Sequence[Value]) -> Column:
    """Strings as codes, in the order in which they first occur."""
    distinct = tuple(dict.fromkeys(values))
    codes = dict(zip(distinct, range(len(distinct)), strict=True))
    indices = np.fromiter(map(codes.__getitem__, values), dtype=np.intp, count=len(values))
    return Column(indices, Categorical(distinct))


def _interned(values: Sequence[Value]) -> Column:
    codes: dict[tuple[type, Value], int] = {}
    indices = np.array([codes.setdefault(exact(v), len(codes)) for v in values], dtype=np.intp)
    firsts = {int(code): value for code, value in zip(indices[::-1], values[::-1], strict=True)}
    return Column(indices, Categorical(tuple(firsts[i] for i in range(len(codes)))))
