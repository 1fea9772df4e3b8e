"""The bank: of all expressions with the same values, the smallest.

Two expressions are the same to a search where their values on the sample are (observational equivalence). An
expression is stored as a :class:`Term`, an operation over earlier expressions, and its values as a row of integers.
Rows are recognised by a linear hash into 64 bits, so sums and differences are known before they are computed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from readhead.reason.search.limits import Limits
from readhead.reason.search.sample import Array, Sample

Kind = Literal["number", "token", "test"]


class Term(NamedTuple):
    """An operation, the expressions that it is applied to, and its other parameters."""

    op: str
    children: tuple[int, ...] = ()
    detail: tuple[object, ...] = ()


def over(op: str, ids: Array, *rest: int, detail: tuple[object, ...] = ()) -> Callable[[int], Term]:
    """Says which expression a row is: the operation over the row's number in ``ids``, and over the rest."""

    def term(row: int) -> Term:
        return Term(op, (int(ids[row]), *rest), detail)

    return term


class Stop(Exception):
    """A bound is reached: the time, or how many expressions are kept."""


@dataclass(slots=True)
class Group:
    """All expressions of one kind and size: their numbers, values ``[expression, place]`` and hashes."""

    ids: Array
    values: Array
    hashes: Array

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(slots=True)
class Bank:
    """The expressions that were met so far.

    Attributes:
        sample: what they are evaluated on.
        limits: how many may be kept.
        deadline: when to stop, by ``time.monotonic``.
        terms: every expression; its place is its number.
        sizes: the size of each.
        tried: how many expressions were looked at, those with known values among them.
        witnesses: for a label that stays, the test that was found for it, and its size.
    """

    sample: Sample
    limits: Limits
    deadline: float
    terms: list[Term] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    tried: int = 0
    witnesses: dict[int, tuple[int, int]] = field(default_factory=dict)
    _groups: dict[tuple[Kind, int], Group] = field(default_factory=dict)
    _fresh: dict[Kind, list[Group]] = field(default_factory=dict)
    _seen: dict[Kind, set[int]] = field(default_factory=dict)
    _weights: Array = field(init=False)
    _bound: int = field(init=False)

    def __post_init__(self) -> None:
        places = self.sample.content.size
        self._weights = np.random.default_rng(1).integers(0, 2**64, places, dtype=np.uint64) | np.uint64(1)
        self._seen = {"number": set(), "token": set(), "test": set()}
        self._bound = 4 * max(self.sample.shape[1], 8)
        everywhere = self.sample.flat(np.ones(self.sample.shape, dtype=np.int16))
        self._seen["test"].update(self.hashes(np.stack([everywhere, 0 * everywhere])).tolist())

    def hashes(self, values: Array) -> Array:
        """The hash of each row; linear, so the hash of a sum is the sum of the hashes."""
        out = np.empty(len(values), dtype=np.uint64)
        for start in range(0, len(values), 4096):
            out[start : start + 4096] = values[start : start + 4096].astype(np.uint64) @ self._weights
        return out

    def group(self, kind: Kind, size: int) -> Group:
        """The expressions of one kind and size; empty while that size is being made."""
        found = self._groups.get((kind, size))
        if found is None:
            places = self.sample.content.size
            found = Group(np.zeros(0, dtype=np.intp), np.zeros((0, places), np.int16), np.zeros(0, np.uint64))
        return found

    def upto(self, kind: Kind, size: int) -> Group:
        """The expressions of one kind up to a size, smaller ones first."""
        groups = [self.group(kind, s) for s in range(1, size + 1)]
        return Group(
            np.concatenate([g.ids for g in groups]),
            np.concatenate([g.values for g in groups]),
            np.concatenate([g.hashes for g in groups]),
        )

    def cheap(self, kind: Kind, size: int, count: int) -> Group:
        """The first ``count`` expressions of one kind up to a size."""
        found = self.upto(kind, size)
        return Group(found.ids[:count], found.values[:count], found.hashes[:count])

    def check_time(self) -> None:
        """Raise :class:`Stop` when the time is up."""
        if time.monotonic() > self.deadline:
            raise Stop("the time is up")

    def add(self, kind: Kind, size: int, values: Array, term: Callable[[int], Term]) -> None:
        """Keep the rows that are new.

        Args:
            kind: what the values are.
            size: the size of the expressions.
            values: ``[expression, place]``.
            term: says, for a row's number, what the expression is.
        """
        if len(values):
            self._keep(kind, size, self.hashes(values), lambda rows: values[rows], term)

    def add_linear(
        self, size: int, hashes: Array, values: Callable[[Array], Array], term: Callable[[int], Term]
    ) -> None:
        """Keep new numbers whose hashes are known; their values are made for those that are new only."""
        self._keep("number", size, hashes, values, term)

    def _keep(
        self,
        kind: Kind,
        size: int,
        hashes: Array,
        values: Callable[[Array], Array],
        term: Callable[[int], Term],
    ) -> None:
        self.check_time()
        self.tried += len(hashes)
        seen = self._seen[kind]
        unique, first = np.unique(hashes, return_index=True)
        new = [i for h, i in zip(unique.tolist(), first.tolist(), strict=True) if h not in seen]
        if not new:
            return
        room = self.limits.expressions - len(self.terms)
        rows = np.array(sorted(new), dtype=np.intp)
        made = values(rows)
        if kind == "number":
            fits = np.abs(made).max(axis=1) <= self._bound
            rows, made = rows[fits], made[fits]
        rows, made = rows[:room], made[:room]
        kept = hashes[rows]
        seen.update(kept.tolist())
        ids = np.arange(len(self.terms), len(self.terms) + len(rows))
        self.terms.extend(term(i) for i in rows.tolist())
        self.sizes.extend([size] * len(rows))
        self._fresh.setdefault(kind, []).append(Group(ids, made, kept))
        if len(self.terms) >= self.limits.expressions:
            raise Stop(f"{self.limits.expressions:,} expressions are kept")

    def close(self, size: int) -> None:
        """The expressions of this size are made: larger ones may use them."""
        for kind, parts in self._fresh.items():
            if (kind, size) in self._groups:
                parts = [self._groups[kind, size], *parts]
            self._groups[kind, size] = Group(
                np.concatenate([g.ids for g in parts]),
                np.concatenate([g.values for g in parts]),
                np.concatenate([g.hashes for g in parts]),
            )
        self._fresh = {}
