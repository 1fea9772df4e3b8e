"""Selectors on arrays: which key positions each query position looks at.

Sequences of one length stand side by side, batch last. Up to 64 positions the selected keys of a query are the
bits of one unsigned integer (bit ``k`` for key ``k``), beyond that a selection keeps the form that the program gives
it (:mod:`readhead.program.symbolic`). A selector of exactly one key per query is kept as that key's position. So
nothing has the size of all pairs unless something needs it. There is no padding here, and a causal program's later
keys are never set.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from readhead.program.columns import Array, Column, encode, misfit, numbers
from readhead.program.nodes import Closest
from readhead.program.operators import Value
from readhead.program.pointwise import COMPARE, comparable

BITS = 64
"""Up to so many positions a query's keys are the bits of one integer."""

TABLE = 8
"""Up to so many positions the nearest key of every set of keys is tabulated."""

CHUNK = 1 << 20
"""The most pairs of positions that are held as numbers at once."""

SHIFTED = 1 << 15
"""The most cells of a predicate's table that is repeated for every key position."""


class Selection(ABC):
    """The keys that each query selects, in ``n`` positions, for a batch of sequences.

    Args:
        n: how many positions.
        one: the position ``[query, batch]`` of the one key, for a selector that selects exactly one.
    """

    __slots__ = ("n", "one")

    def __init__(self, n: int, one: Array | None = None) -> None:
        self.n = n
        self.one = one

    @abstractmethod
    def rows(self, first: int = 0, last: int | None = None) -> Array:
        """Booleans ``[query, key, batch]``, for all queries or a stretch of them."""

    @abstractmethod
    def width(self) -> Array:
        """How many keys each query selects, ``[query, batch]``."""

    @abstractmethod
    def only(self) -> Array:
        """The position of the one selected key, where no query selects several (anything where it selects none)."""

    @abstractmethod
    def same(self) -> Array | None:
        """Numbers ``[query, batch]``: queries of one sequence with the same number select the same keys."""

    def keys(self, query: int, batch: int) -> list[int]:
        """The positions of the keys that one query selects, in ascending order."""
        positions: list[int] = np.flatnonzero(self.rows(query, query + 1)[0, :, batch]).tolist()
        return positions

    def sums(self, values: Array) -> Array | None:
        """The sums of integers ``[position, batch]`` over the selected keys; None where no form is faster than rows.

        Where they are int64, every sum has to be one; where they are objects, it may have any size.
        """
        return None

    def largest(self, ranks: Array) -> Array | None:
        """The largest of ranks ``[position, batch]`` of each query's keys; None where no form is faster than rows.

        Where a query selects nothing it is 0.
        """
        return None


class Bits(Selection):
    """A selection in at most 64 positions.

    Args:
        n: how many positions.
        mask: bits ``[query, batch]``; None where ``one`` is given.
        one: as for every selection.
    """

    __slots__ = ("_mask", "_rows")

    def __init__(self, n: int, mask: Array | None = None, one: Array | None = None) -> None:
        super().__init__(n, one)
        self._mask = mask
        self._rows: Array | None = None

    @property
    def mask(self) -> Array:
        """The keys of each query, as the bits of a number ``[query, batch]``."""
        if self._mask is None:
            assert self.one is not None
            self._mask = np.left_shift(np.ones((), dtype=word(self.n)), self.one.astype(word(self.n)))
        return self._mask

    def both(self, other: Bits) -> Bits:
        """What both select."""
        return Bits(self.n, self.mask & other.mask)

    def either(self, other: Bits) -> Bits:
        """What one of them selects."""
        return Bits(self.n, self.mask | other.mask)

    def outside(self, causal: bool) -> Bits:
        """What is not selected, of the keys that there are."""
        return Bits(self.n, visible(~self.mask, self.n, causal))

    def rows(self, first: int = 0, last: int | None = None) -> Array:
        if self._rows is None:
            bits = np.left_shift(np.ones((), dtype=word(self.n)), np.arange(self.n, dtype=word(self.n)))
            self._rows = (self.mask[:, None, :] & bits[None, :, None]) != 0
        return self._rows[first:last]

    def width(self) -> Array:
        if self.one is not None:
            return np.ones(self.one.shape, dtype=np.int64)
        return np.bitwise_count(self.mask).astype(np.int64, copy=False)

    def only(self) -> Array:
        if self.one is not None:
            return self.one
        below = (self.mask & -self.mask) - self.mask.dtype.type(1)  # the bits below the lowest one
        return np.where(self.mask == 0, 0, np.bitwise_count(below).astype(np.intp))

    def same(self) -> Array:
        return self.mask


def chunks(queries: int, keys: int) -> Iterator[slice]:
    """Stretches of queries whose pairs with so many keys each are few enough to be held at once."""
    step = max(1, CHUNK // max(1, keys))
    for first in range(0, queries, step):
        yield slice(first, min(queries, first + step))


def word(n: int) -> Any:
    """The smallest unsigned type with a bit for every position."""
    return np.uint8 if n <= 8 else np.uint16 if n <= 16 else np.uint32 if n <= 32 else np.uint64


def visible(mask: Array, n: int, causal: bool) -> Array:
    """The bits without the keys that there are none of: beyond the length, and later ones in a causal program."""
    return mask & _visible_bits(n, causal)


@lru_cache(maxsize=2 * BITS)
def _visible_bits(n: int, causal: bool) -> Array:
    return pack(visible_rows(n) if causal else np.ones((n, n, 1), dtype=bool))


def visible_rows(n: int, queries: slice = slice(None)) -> Array:
    """The keys up to each query, as booleans ``[query, key, 1]``."""
    positions = np.arange(n)
    rows: Array = positions[None, :, None] <= positions[queries, None, None]
    return rows


def pack(rows: Array) -> Array:
    """Booleans ``[query, key, batch]`` as bits ``[query, batch]``."""
    return _packed((rows[:, key, :] for key in range(rows.shape[1])), rows.shape[1])


def _packed(bits: Iterator[Array], n: int) -> Array:
    """The booleans ``[query, batch]`` of each of ``n`` keys in turn, as the bits of one number.

    Eight keys at a time are gathered in bytes: shifting and joining whole arrays of them is many times as fast as
    ``np.packbits``, which has to step over the batch.
    """
    packed: Array | None = None
    for first in range(0, n, 8):
        octet = next(bits).view(np.uint8)
        for shift in range(1, min(8, n - first)):
            octet = octet | np.left_shift(next(bits).view(np.uint8), np.uint8(shift))
        if n <= 8:
            return octet
        wide = np.left_shift(octet.astype(word(n)), word(n)(first))
        packed = wide if packed is None else packed | wide
    return np.zeros((0, 0), dtype=np.uint8) if packed is None else packed


def _narrow(left: Array, right: Array) -> tuple[Array, Array]:
    """Whole numbers in as few bytes as hold them all: comparing them reads and writes less."""
    if left.dtype != np.int64 or right.dtype != np.int64:
        return left, right
    low, high = min(left.min(), right.min()), max(left.max(), right.max())
    for kind, bits in ((np.int8, 7), (np.int16, 15), (np.int32, 31)):
        if -(1 << bits) <= low and high < 1 << bits:
            return left.astype(kind), right.astype(kind)
    return left, right


def ordered(predicate: str, keys: Column, queries: Column, causal: bool) -> tuple[Array, Array]:
    """Numbers for keys and queries ``[position, batch]`` that compare with each other as the values do.

    Raises:
        Misfit: where a query meets a key that it cannot be ordered with.
    """
    ready = (numbers(keys), numbers(queries))
    pair = None if ready[0] is None or ready[1] is None else comparable(ready[0], ready[1])
    return _ordinals(predicate, keys, queries, causal) if pair is None else pair


def _ordinals(predicate: str, keys: Column, queries: Column, causal: bool) -> tuple[Array, Array]:
    """Whole numbers that compare as the values do; a Misfit where an order between two values is missing."""
    (k, key_values), (q, query_values) = encode(keys), encode(queries)
    distinct = dict.fromkeys((*key_values, *query_values))  # their keys are equal as == says: 1 and True
    ranked = sorted(distinct, key=lambda v: (isinstance(v, str), v))
    rank: dict[Value, int] = {value: i for i, value in enumerate(ranked)}
    ranks = [np.array([rank[v] for v in values], dtype=np.intp) for values in (key_values, query_values)]
    if predicate not in ("==", "!=") and len({isinstance(v, str) for v in distinct}) > 1:
        texts = [
            np.array([isinstance(v, str) for v in values], dtype=bool).take(codes)
            for codes, values in ((k, key_values), (q, query_values))
        ]
        clash = _clash(texts[0], texts[1], causal)
        if clash is not None:
            query, key, batch = clash
            left, right = key_values[int(k[key, batch])], query_values[int(q[query, batch])]
            misfit(
                query,
                f"'{predicate}' cannot order the key {left!r} (position {key}) and the query {right!r}",
                why="a string and a number have no order",
                instead="compare two numbers or two strings",
            )
    return ranks[0].take(k), ranks[1].take(q)


def _clash(keys: Array, queries: Array, causal: bool) -> tuple[int, int, int] | None:
    """The first query, its first key and the sequence where one is a text and the other is not."""
    n = len(keys)
    first = [np.where((keys == text).any(axis=0), (keys == text).argmax(axis=0), n) for text in (True, False)]
    other = np.where(queries, first[1], first[0])  # the first key of the other sort
    found = np.argwhere(other <= np.arange(n)[:, None] if causal else other < n)
    if not len(found):
        return None
    candidates = found[found[:, 0] == found[0, 0]]
    return min((int(q), int(other[q, b]), int(b)) for q, b in candidates)


def compare(predicate: str, keys: Column, queries: Column, causal: bool) -> Bits:
    """``key OP query`` for every pair, in at most 64 positions.

    Raises:
        Misfit: where a query meets a key that it cannot be ordered with.
    """
    n = keys.values.shape[0]
    left, right = _narrow(*ordered(predicate, keys, queries, causal))
    bits = (COMPARE[predicate](left[key], right) for key in range(n))
    return Bits(n, visible(_packed(bits, n), n, causal))


class Related:
    """A predicate given as a table, applied to every pair, in at most 64 positions."""

    def __init__(self) -> None:
        self._shifted: tuple[int, Array, Array] | None = None

    def __call__(self, k: Array, q: Array, holds: Array, causal: bool) -> Bits:
        """The pairs of key and query codes for which ``holds[key, query]`` does."""
        n, batch = k.shape
        values, width = holds.shape
        if width > max(2 * n, 16) or n * values * width > SHIFTED:
            mask = pack(pairs(k, q, holds))
        else:
            offset = np.arange(n)[:, None] * values
            per_key = self._table(n, holds).take((k + offset).ravel(), axis=0).reshape(n, batch * width)
            per_query = np.bitwise_or.reduce(per_key, axis=0)  # [batch, query value]: the keys that match it
            mask = per_query.take(q + np.arange(0, batch * width, width))
        return Bits(n, visible(mask, n, causal) if causal else mask)

    def _table(self, n: int, holds: Array) -> Array:
        """For each key position and key value, a row over query values of that position's bit."""
        if self._shifted is None or self._shifted[0] != n or self._shifted[1] is not holds:
            bits = np.left_shift(np.ones((), dtype=word(n)), np.arange(n, dtype=word(n)))
            table = np.where(holds[None, :, :], bits[:, None, None], word(n)(0))
            self._shifted = (n, holds, table.reshape(-1, holds.shape[1]))
        return self._shifted[2]


def pairs(k: Array, q: Array, holds: Array) -> Array:
    """The relation ``holds[key, query]`` for every pair of codes, ``[query, key, batch]``."""
    rows = np.empty((len(q), *k.shape), dtype=bool)
    offsets = (k * holds.shape[1])[None, :, :]
    for some in chunks(len(q), k.size):
        rows[some] = holds.ravel().take(offsets + q[some, None, :])
    return rows


def nearest(node: Closest, selection: Bits) -> Bits:
    """Exactly one key per query: the nearest selected one, by the node's rules."""
    n = selection.n
    if selection.one is not None and node.own == "any":
        return selection
    if n <= TABLE:
        table = _tabulated(n, node.tie, node.own, node.fallback)
        offset = np.arange(n)[:, None] << n
        return Bits(n, one=table.take(selection.mask + offset))
    return Bits(n, one=_nearest_bit(selection.mask, n, node.tie, node.own, node.fallback))


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
