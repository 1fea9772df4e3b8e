"""Finite tables on columns: each argument becomes an index into the table's keys, then one array is read.

Keys are matched with their types (``1``, ``1.0`` and ``True`` are three keys). What a column's domain maps to is
remembered for the last domain met, so programs over a closed vocabulary look nothing up twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from readhead.program.columns import Array, Column, encode, kind_of
from readhead.program.domains import Categorical, exact
from readhead.program.nodes import Relation, Table
from readhead.program.operators import INT64_MAX, INT64_MIN, OperatorError, Value, sort_key, typed
from readhead.program.pointwise import one_by_one

DENSE = 1 << 20
"""The most cells of a table held as an array; a larger one is looked up key by key."""

SPAN = 1 << 12
"""Integer keys within such a range are found by position, others by search."""

FUSED_CELLS = 1 << 16
"""A table is laid out over the codes of its arguments' domains up to this size."""

FUSED = 1 << 8
"""Domains up to this size are mapped when a table is prepared, larger ones when a column is read."""


@dataclass(frozen=True, slots=True)
class Codes:
    """A column as codes, and what each code means to a table: an index into its keys, the last for "no key"."""

    codes: Array
    mapping: Array


class Keys:
    """The distinct keys in one place of a table.

    Args:
        values: the keys, in any order, repeated or not.
    """

    def __init__(self, values: Iterable[Value]) -> None:
        distinct = {typed(v): v for v in values}
        self.values = tuple(sorted(distinct.values(), key=sort_key))
        self.index = {typed(v): i for i, v in enumerate(self.values)}
        self.other = len(self.values)
        """The index that stands for every value that is no key."""
        self.identity = np.arange(self.other + 1)
        self._known: tuple[object, Array] = (None, self.identity)
        whole = [v for v in self.values if type(v) is int]
        self._low, high = (min(whole), max(whole)) if whole else (0, -1)
        self._span = high - self._low + 1
        self._near = self._span <= SPAN and INT64_MIN < self._low and high < INT64_MAX
        around = range(self._low - 1, self._low + self._span + 1) if self._near else ()
        self._range = np.array([self._find(i) for i in around], dtype=np.intp)

    def _find(self, value: Value) -> int:
        return self.index.get(typed(value), self.other)

    def codes(self, column: Column) -> Codes:
        """The column's values, ready to index with; the mapping is the same object as long as the domain is."""
        if kind_of(column) == "int" and self._near:
            inside = np.maximum(column.values, self._low - 1)  # np.clip looks its bounds over at every call
            np.minimum(inside, self._low + self._span, out=inside)
            inside -= self._low - 1
            return Codes(inside, self._range)
        if isinstance(column.domain, Categorical):
            codes, mapping = column.values, self._mapping(column.domain)
        else:
            codes, values = encode(column)
            mapping = np.array([self._find(v) for v in values], dtype=np.intp)
        if len(mapping) > FUSED or not isinstance(column.domain, Categorical):
            return Codes(mapping.take(codes), self.identity)
        return Codes(codes, mapping)

    def _mapping(self, domain: Categorical) -> Array:
        known, mapping = self._known
        if known is not domain:
            mapping = np.array([self._find(v) for v in domain.values], dtype=np.intp)
            self._known = (domain, mapping)
        return mapping


class TableKernel:
    """A table of a Map node, prepared for columns.

    Args:
        table: the finite function.
        arity: how many arguments it is given.
    """

    def __init__(self, table: Table, arity: int) -> None:
        self._lookup = table.lookup()
        self._default = table.default
        self._keys = [Keys(key[i] for key, _ in table.entries) for i in range(arity)]
        defaults = () if table.default is None else (table.default,)
        outputs = {exact(v): v for v in (*(v for _, v in table.entries), *defaults)}
        self._outputs = Categorical(tuple(sorted(outputs.values(), key=sort_key)))
        shape = tuple(keys.other + 1 for keys in self._keys)
        self._cells = self._fill(table, shape) if np.prod(shape, dtype=float) <= DENSE else None
        self._fused: tuple[tuple[int, ...], tuple[Array, ...], Array] | None = None

    def _fill(self, table: Table, shape: tuple[int, ...]) -> Array:
        code = {exact(v): i for i, v in enumerate(self._outputs.values)}
        cells = np.full(shape, -1 if table.default is None else code[exact(table.default)], dtype=np.intp)
        for key, value in table.entries:
            cells[tuple(k.index[typed(v)] for k, v in zip(self._keys, key, strict=True))] = code[exact(value)]
        return cells

    def __call__(self, columns: Sequence[Column]) -> Column:
        """The table at every position.

        Raises:
            Misfit: for a key that is not listed, where there is no default.
        """
        if self._cells is None:
            return one_by_one(self._one, columns)
        coded = [keys.codes(column) for keys, column in zip(self._keys, columns, strict=True)]
        found = self._read(self._cells, coded)
        if self._default is None and (found < 0).any():
            one_by_one(self._one, columns)
            raise AssertionError("a key without a value, and no error")
        return Column(found, self._outputs)

    def _read(self, cells: Array, coded: list[Codes]) -> Array:
        """The cell at every position: by the codes themselves where such a table is small, else by key."""
        if np.prod([len(c.mapping) for c in coded], dtype=float) > FUSED_CELLS:
            coded = [
                Codes(c.mapping.take(c.codes), keys.identity)
                for keys, c in zip(self._keys, coded, strict=True)
            ]
            fused = cells.ravel()
        else:
            identity = tuple(id(c.mapping) for c in coded)
            if self._fused is None or self._fused[0] != identity:
                mappings = tuple(c.mapping for c in coded)  # kept, so that their identities stay theirs
                self._fused = (identity, mappings, cells[np.ix_(*mappings)].ravel())
            fused = self._fused[2]
        index = coded[0].codes
        for c in coded[1:]:
            index = index * len(c.mapping) + c.codes
        found: Array = fused.take(index)
        return found

    def _one(self, *arguments: Value) -> Value:
        found = self._lookup.get(tuple(map(typed, arguments)), self._default)
        if found is None:
            key = repr(arguments[0]) if len(arguments) == 1 else repr(arguments)
            raise OperatorError(
                f"the table has no entry for {key}", instead="add one, or give the table a default"
            )
        return found


class RelationKernel:
    """A relation of a Select node, prepared for columns."""

    def __init__(self, relation: Relation) -> None:
        self._keys = Keys(key for key, _ in relation.pairs)
        self._queries = Keys(query for _, query in relation.pairs)
        self._holds = np.zeros((self._keys.other + 1, self._queries.other + 1), dtype=bool)
        for key, query in relation.pairs:
            self._holds[self._keys.index[typed(key)], self._queries.index[typed(query)]] = True
        self._fused: tuple[tuple[int, int], tuple[Array, Array], Array] | None = None

    def __call__(self, keys: Column, queries: Column) -> tuple[Array, Array, Array]:
        """Codes of the keys, codes of the queries, and the boolean table ``[key code, query code]``."""
        k, q = self._keys.codes(keys), self._queries.codes(queries)
        identity = id(k.mapping), id(q.mapping)
        if self._fused is None or self._fused[0] != identity:
            self._fused = (identity, (k.mapping, q.mapping), self._holds[np.ix_(k.mapping, q.mapping)])
        return k.codes, q.codes, self._fused[2]
