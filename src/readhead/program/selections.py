"""Selectors on arrays: which key positions each query position looks at.

Sequences of one length stand side by side, batch last. Up to 64 positions the selected keys of a query are the
bits of one unsigned integer (bit ``k`` for key ``k``), beyond that a row of booleans ``[query, key, batch]``. A
selector of exactly one key per query is kept as that key's position. So nothing has the size of all pairs unless
something needs it. There is no padding here, and a causal program's later keys are never set.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from readhead.program.columns import Array, Column, encode, misfit, numbers
from readhead.program.nodes import Closest
from readhead.program.operators import Value
from readhead.program.pointwise import COMPARE, comparable
from readhead.program.tables import RelationKernel

BITS = 64
"""Up to so many positions a query's keys are the bits of one integer."""

TABLE = 8
"""Up to so many positions the nearest key of every set of keys is tabulated."""

CHUNK = 1 << 20
"""The most pairs of positions that are held as numbers at once."""

SHIFTED = 1 << 15
"""The most cells of a predicate's table that is repeated for every key position."""


class Selection:
    """The keys that each query selects, in ``n`` positions, for a batch of sequences.

    Args:
        n: how many positions.
        mask: bits ``[query, batch]`` where ``n`` is at most 64, else booleans ``[query, key, batch]``.
        one: the position ``[query, batch]`` of the one key, for a selector that selects exactly one.
    """

    __slots__ = ("_mask", "_rows", "n", "one")

    def __init__(self, n: int, mask: Array | None = None, one: Array | None = None) -> None:
        self.n = n
        self._mask = mask
        self._rows: Array | None = None
        self.one = one

    @property
    def mask(self) -> Array:
        """Bits or booleans, whichever fit the length."""
        if self._mask is None:
            assert self.one is not None
            if self.n <= BITS:
                self._mask = np.left_shift(np.ones((), dtype=word(self.n)), self.one.astype(word(self.n)))
            else:
                self._mask = self.one[:, None, :] == np.arange(self.n)[None, :, None]
        return self._mask

    def rows(self, first: int = 0, last: int | None = None) -> Array:
        """Booleans ``[query, key, batch]``, for all queries or a stretch of them."""
        if self.n > BITS:
            return self.mask[first:last]
        if self._rows is None:
            bits = np.left_shift(np.ones((), dtype=word(self.n)), np.arange(self.n, dtype=word(self.n)))
            self._rows = (self.mask[:, None, :] & bits[None, :, None]) != 0
        return self._rows[first:last]

    def width(self) -> Array:
        """How many keys each query selects, ``[query, batch]``."""
        if self.one is not None:
            return np.ones(self.one.shape, dtype=np.int64)
        if self.n <= BITS:
            return np.bitwise_count(self.mask).astype(np.int64, copy=False)
        counts: Array = np.add.reduce(self.mask, axis=1, dtype=np.int64)
        return counts

    def only(self) -> Array:
        """The position of the one selected key, where no query selects several (0 where it selects none)."""
        if self.one is not None:
            return self.one
        if self.n <= BITS:
            below = (self.mask & -self.mask) - self.mask.dtype.type(1)  # the bits below the lowest one
            return np.where(self.mask == 0, 0, np.bitwise_count(below).astype(np.intp))
        positions: Array = self.mask.argmax(axis=1)
        return positions


def word(n: int) -> Any:
    """The smallest unsigned type with a bit for every position."""
    return np.uint8 if n <= 8 else np.uint16 if n <= 16 else np.uint32 if n <= 32 else np.uint64


def visible(mask: Array, n: int, causal: bool) -> Array:
    """The mask without the keys that there are none of: beyond the length, and later ones in a causal program."""
    if n <= BITS:
        return mask & _visible_bits(n, causal)
    return mask & visible_rows(n) if causal else mask


@lru_cache(maxsize=2 * BITS)
def _visible_bits(n: int, causal: bool) -> Array:
    return pack(visible_rows(n) if causal else np.ones((n, n, 1), dtype=bool))


def visible_rows(n: int) -> Array:
    """The keys up to each query, as booleans ``[query, key, 1]``."""
    positions = np.arange(n)
    rows: Array = positions[None, :, None] <= positions[:, None, None]
    return rows


def pack(rows: Array) -> Array:
    """Booleans ``[query, key, batch]`` as bits ``[query, batch]``."""
    n = rows.shape[1]
    octets = np.packbits(rows, axis=1, bitorder="little")
    if n <= 8:
        return octets[:, 0, :]
    packed = octets[:, 0, :].astype(word(n))
    for i in range(1, octets.shape[1]):
        packed |= octets[:, i, :].astype(word(n)) << word(n)(8 * i)
    return packed


def compare(predicate: str, keys: Column, queries: Column, causal: bool) -> Selection:
    """``key OP query`` for every pair.

    Raises:
        Misfit: where a query meets a key that it cannot be ordered with.
    """
    n = keys.values.shape[0]
    ready = (numbers(keys), numbers(queries))
    pair = None if ready[0] is None or ready[1] is None else comparable(ready[0], ready[1])
    if pair is None:
        pair = _ordinals(predicate, keys, queries, causal)
    rows = COMPARE[predicate](pair[0][None, :, :], pair[1][:, None, :])
    return Selection(n, visible(pack(rows) if n <= BITS else rows, n, causal))


def _ordinals(predicate: str, keys: Column, queries: Column, causal: bool) -> tuple[Array, Array]:
    """Whole numbers that compare as the values do; a Misfit where an order between two values is missing."""
    (k, key_values), (q, query_values) = encode(keys), encode(queries)
    distinct = dict.fromkeys(
        (*key_values, *query_values)
    )  # a dictionary's keys are equal as == says: 1 and True
    ordered = sorted(distinct, key=lambda v: (isinstance(v, str), v))
    rank: dict[Value, int] = {value: i for i, value in enumerate(ordered)}
    ranks = [np.array([rank[v] for v in values], dtype=np.intp) for values in (key_values, query_values)]
    if predicate not in ("==", "!="):
        texts = [
            np.array([isinstance(v, str) for v in values], dtype=bool)
            for values in (key_values, query_values)
        ]
        clash = texts[0].take(k)[None, :, :] != texts[1].take(q)[:, None, :]
        clash = clash & visible_rows(len(k)) if causal else clash
        if clash.any():
            query, key, batch = (int(i[0]) for i in np.nonzero(clash))
            left, right = key_values[int(k[key, batch])], query_values[int(q[query, batch])]
            misfit(
                query,
                f"'{predicate}' cannot order the key {left!r} (position {key}) and the query {right!r}",
                why="a string and a number have no order",
                instead="compare two numbers or two strings",
            )
    return ranks[0].take(k), ranks[1].take(q)


class Related:
    """A predicate given as a table, applied to every pair."""

    def __init__(self, kernel: RelationKernel) -> None:
        self._kernel = kernel
        self._shifted: tuple[int, Array, Array] | None = None

    def __call__(self, keys: Column, queries: Column, causal: bool) -> Selection:
        """The pairs on which the relation holds."""
        k, q, holds = self._kernel(keys, queries)
        n, batch = k.shape
        values, width = holds.shape
        if n > BITS:
            return Selection(n, visible(_pairs(k, q, holds), n, causal))
        if width > max(2 * n, 16) or n * values * width > SHIFTED:
            mask = pack(_pairs(k, q, holds))
        else:
            offset = np.arange(n)[:, None] * values
            per_key = self._table(n, holds).take((k + offset).ravel(), axis=0).reshape(n, batch * width)
            per_query = np.bitwise_or.reduce(per_key, axis=0)  # [batch, query value]: the keys that match it
            mask = per_query.take(q + np.arange(0, batch * width, width))
        return Selection(n, visible(mask, n, causal) if causal else mask)

    def _table(self, n: int, holds: Array) -> Array:
        """For each key position and key value, a row over query values of that position's bit."""
        if self._shifted is None or self._shifted[0] != n or self._shifted[1] is not holds:
            bits = np.left_shift(np.ones((), dtype=word(n)), np.arange(n, dtype=word(n)))
            table = np.where(holds[None, :, :], bits[:, None, None], word(n)(0))
            self._shifted = (n, holds, table.reshape(-1, holds.shape[1]))
        return self._shifted[2]


def _pairs(k: Array, q: Array, holds: Array) -> Array:
    """The relation of every pair, ``[query, key, batch]``."""
    n, batch = k.shape
    rows = np.empty((n, n, batch), dtype=bool)
    offsets = (k * holds.shape[1])[None, :, :]
    step = max(1, CHUNK // k.size)
    for first in range(0, n, step):
        rows[first : first + step] = holds.ravel().take(offsets + q[first : first + step, None, :])
    return rows


def nearest(node: Closest, selection: Selection) -> Selection:
    """Exactly one key per query: the nearest selected one, by the node's rules."""
    n = selection.n
    if selection.one is not None and node.own == "any":
        return selection
    if n <= TABLE:
        table = _tabulated(n, node.tie, node.own, node.fallback)
        offset = np.arange(n)[:, None] << n
        return Selection(n, one=table.take(selection.mask + offset))
    if n <= BITS:
        return Selection(n, one=_nearest_bit(selection.mask, n, node.tie, node.own, node.fallback))
    return Selection(n, one=_nearest_row(selection.mask, node))


@lru_cache(maxsize=256)
def _tabulated(n: int, tie: str, own: str, fallback: str) -> Array:
    sets = np.broadcast_to(np.arange(1 << n, dtype=np.uint8 if n <= 8 else np.uint64), (n, 1 << n))
    return _nearest_bit(sets, n, tie, own, fallback).ravel()


def _nearest_bit(mask: Array, n: int, tie: str, own: str, fallback: str) -> Array:
    """The nearest set bit to each query's own, ``[query, batch]``."""
    bits = mask.astype(np.uint64)
    query = np.arange(n)[:, None]
    one, shift = np.uint64(1), query.astype(np.uint64)
    own_bit = one << shift
    own_set = (bits & own_bit) != 0
    before, after = bits & (own_bit - one), (bits >> shift) >> one
    left = before.copy()
    for step in (1, 2, 4, 8, 16, 32):
        left |= left >> np.uint64(step)
    to_left = query - (np.bitwise_count(left).astype(np.int64) - 1)
    to_right = np.bitwise_count((after & (~after + one)) - one).astype(np.int64) + 1
    use_left = to_left <= to_right if tie == "earlier" else to_left < to_right
    use_left = np.where(after == 0, True, use_left & (before != 0))
    found = np.where(use_left, query - to_left, query + to_right)
    none = (before | after) == 0
    found = np.where(none, 0 if fallback == "first" else query, found)
    if own == "any":
        found = np.where(own_set, query, found)
    elif own == "last":
        found = np.where(none & own_set, query, found)
    return found


def _nearest_row(rows: Array, node: Closest) -> Array:
    """The nearest selected key to each query, one query after another (so that no distances of pairs are kept)."""
    n, _, batch = rows.shape
    found = np.empty((n, batch), dtype=np.intp)
    keys = np.arange(n)
    far = 4 * n
    for query in range(n):
        cost = 2 * np.abs(keys - query) + (keys > query if node.tie == "earlier" else keys < query)
        cost[query] = {"any": 0, "last": far - 1, "never": far}[node.own]
        costs = np.where(rows[query], cost[:, None], far)
        best = costs.argmin(axis=0)
        missed = costs.min(axis=0) == far
        found[query] = np.where(missed, 0 if node.fallback == "first" else query, best)
    return found
