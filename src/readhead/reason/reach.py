"""What occurs in a program: the values of its variables, the keys of its tables, the pairs of its predicates.

Invariant: what is said to be possible holds everything that occurs, never less. Where the program was observed on every
input it is exactly what occurs; else it comes from the value-set inference, and None means that nothing is known.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import numpy as np

from readhead.program.domains import BOUND, Categorical, infer_domains
from readhead.program.nodes import (
    Aggregate,
    Classify,
    Closest,
    Indices,
    Map,
    Node,
    NumericScores,
    Relation,
    Select,
    Selector,
    SOp,
    Table,
)
from readhead.program.operators import OPERATORS, OperatorError, Value, typed
from readhead.program.program import Program
from readhead.program.selections import Selection, chunks
from readhead.reason.observe import Observed
from readhead.reason.parts import Part
from readhead.reason.positions import selects_all

Key = tuple[Value, ...]
Fact = TypeVar("Fact")

CELLS = 1 << 22
"""Combinations of values are marked in an array up to so many, else sorted."""

LISTED = 1 << 16
"""The most combinations of values that are listed."""


class Reach:
    """What occurs in a program.

    Args:
        program: the program.
        observed: its inputs, all of its nodes computed on them; None to know the value-set inference alone.

    >>> from readhead.program import Indices, Program
    >>> Reach(Program((Indices(),), max_length=3)).values(Indices())
    (0, 1, 2)
    """

    def __init__(self, program: Program, observed: Observed | None = None) -> None:
        self.program = program
        self.observed = observed
        self._domains = infer_domains(program) if observed is None else {}
        markers = program.vocabulary.markers
        self.longest = None if program.max_length is None else program.max_length + markers

    def values(self, node: SOp) -> tuple[Value, ...] | None:
        """The values that an s-op can have; None where they are not known, or too many."""
        if self.observed is not None:
            return self.observed.values(node)
        domain = self._domains.get(node)
        return domain.values if isinstance(domain, Categorical) else None

    def keys(self, arguments: Sequence[SOp]) -> list[Key] | None:
        """The values that several s-ops can have together at one position; None where not known, or too many."""
        values = [self.values(a) for a in arguments]
        if any(v is None for v in values):
            return None
        known = [v for v in values if v is not None]
        if self.observed is not None:
            observed = self.observed
            return self._once(("keys", *arguments), lambda: _together(observed, arguments, known))
        first = [list(arguments).index(a) for a in arguments]  # an s-op given twice has one value
        if _product({i: len(known[i]) for i in first}.values()) > BOUND:
            return None
        free = [v if first[i] == i else ((),) for i, v in enumerate(known)]
        listed = itertools.product(*free)
        return [tuple(row[i] for i in first) for row in listed]  # type: ignore[misc]

    def pairs(self, select: Select) -> list[tuple[Value, Value]] | None:
        """The values of key and query that a selector can meet; None where not known, or too many."""
        keys, queries = self.values(select.keys), self.values(select.queries)
        if keys is None or queries is None or len(keys) * len(queries) > LISTED:
            return None
        if self.observed is not None:
            observed, causal = self.observed, self.program.causal
            fact = "pairs", select.keys, select.queries
            return self._once(fact, lambda: _met(observed, select, keys, queries, causal))
        later = self.program.causal and isinstance(select.keys, Indices) and select.keys == select.queries
        return [(k, q) for q in queries for k in keys if not (later and k > q)]  # type: ignore[operator]

    def one_key(self, selector: Selector) -> bool:
        """Whether every query selects exactly one key; False where that is not known."""
        if isinstance(selector, Closest):
            return True
        if self.observed is None:
            return False
        parts = self.observed.parts
        return self._once(
            ("one key", selector),
            lambda: all(bool((_selection(part, selector).width() == 1).all()) for part in parts),
        )

    def _once(self, fact: object, work_out: Callable[[], Fact]) -> Fact:
        """A fact about nodes on all inputs, which stands for every program that has them."""
        assert self.observed is not None
        if fact not in self.observed.facts:
            self.observed.facts[fact] = work_out()
        return cast("Fact", self.observed.facts[fact])

    def never_fails(self, node: Node) -> bool:
        """Whether a node has a value wherever those that it reads have one; False where that is not known."""
        return never_fails(node, self.values, self.keys, self.longest)


def _product(lengths: object) -> int:
    total = 1
    for length in lengths:  # type: ignore[attr-defined]
        total *= length
    return total


def _together(
    observed: Observed, nodes: Sequence[SOp], values: Sequence[tuple[Value, ...]]
) -> list[Key] | None:
    """The combinations that occur, in order."""
    cells = _product(map(len, values))
    if cells >= 2**62:
        return None
    seen = np.zeros(cells if cells <= CELLS else 0, dtype=bool)
    found: np.ndarray[tuple[int], np.dtype[np.int64]] = np.zeros(0, dtype=np.int64)
    for part in observed.parts:
        index = np.zeros(1, dtype=np.int64)
        for node, known in zip(nodes, values, strict=True):
            index = index * len(known) + observed.local(part, node).ravel()
        if len(seen):
            seen[index] = True
        else:
            found = np.union1d(found, index)
    if len(seen):
        found = np.flatnonzero(seen)
    if len(found) > LISTED:
        return None
    places = np.unravel_index(found, tuple(map(len, values)))
    columns = [[known[i] for i in place.tolist()] for known, place in zip(values, places, strict=True)]
    return list(zip(*columns, strict=True))


def _met(
    observed: Observed,
    select: Select,
    keys: tuple[Value, ...],
    queries: tuple[Value, ...],
    causal: bool,
) -> list[tuple[Value, Value]]:
    """The pairs of key and query values that stand in one sequence, the key where the query sees it."""
    seen = np.zeros((len(queries), len(keys)), dtype=bool)
    for part in observed.parts:
        k, q = observed.local(part, select.keys), observed.local(part, select.queries)
        for query in range(part.block.n):
            visible = k[: query + 1] if causal else k
            for some in chunks(len(visible), max(1, visible.shape[1])):
                seen.ravel()[(q[query] * len(keys))[None, :] + visible[some]] = True
    return [(keys[k], queries[q]) for q, k in np.argwhere(seen).tolist()]


def _selection(part: Part, selector: Selector) -> Selection:
    found = part.result(selector, {})
    assert isinstance(found, Selection)
    return found


Values = Callable[[SOp], tuple[Value, ...] | None]
Keys = Callable[[Sequence[SOp]], list[Key] | None]


def never_fails(node: Node, values: Values, keys: Keys, longest: int | None) -> bool:
    """Whether a node has a value wherever those that it reads have one.

    Args:
        node: the node.
        values: the values that an s-op can have.
        keys: the values that several can have together.
        longest: the most positions.

    Returns:
        True where that is certain.
    """
    match node:
        case Select(predicate=str(symbol)) if symbol not in ("==", "!="):
            sides = [values(node.keys), values(node.queries)]
            found = [v for side in sides if side is not None for v in side]
            return None not in sides and len({isinstance(v, str) for v in found}) <= 1
        case Map(function=Table() as table):
            lookup, listed = table.lookup(), keys(node.arguments)
            if table.default is not None:
                return True
            return listed is not None and all(tuple(map(typed, key)) in lookup for key in listed)
        case Map(function=str(operator)):
            listed = keys(node.arguments)
            return operator in ("==", "!=") or (
                listed is not None and all(_has_value(operator, key) for key in listed)
            )
        case Aggregate():
            return _aggregate_never_fails(node, values, longest)
        case Classify():
            return _readout_never_fails(node, values, longest)
        case _:
            return True


def _has_value(operator: str, key: Key) -> bool:
    try:
        OPERATORS[operator].apply(*key)
    except OperatorError:
        return False
    return True


def _aggregate_never_fails(node: Aggregate, values: Values, longest: int | None) -> bool:
    if isinstance(node.selector, Closest):
        return True
    found = values(node.values)
    if found is None or node.reduce == "pick" or (node.default is None and not selects_all(node.selector)):
        return False
    if node.reduce in ("max", "min"):
        return len({isinstance(v, str) for v in found}) <= 1
    return longest is not None and all(type(v) is int and abs(v) * longest < 2**63 for v in found)


def _readout_never_fails(node: Classify, values: Values, longest: int | None) -> bool:
    bound = 0
    for item in node.inputs:
        if isinstance(item, NumericScores):
            found = values(item.variable)
            if found is None or not all(isinstance(v, int) for v in found):
                return False
            bound += max((abs(int(v)) for v in found), default=0) * max(map(abs, item.coefficients))
        else:
            bound += max((abs(s) for _, row in item.rows for s in row), default=0)
    if node.pooled and longest is None:
        return False
    return bound * (longest or 1 if node.pooled else 1) < 2**62


def reachable_pairs(relation: Relation, pairs: Sequence[tuple[Value, Value]]) -> list[tuple[Value, Value]]:
    """Those pairs of a predicate that can be met.

    >>> reachable_pairs(Relation([(1, 1), (2, 1)]), [(1, 1), (1, 2)])
    [(1, 1)]
    """
    possible = {(typed(k), typed(q)) for k, q in pairs}
    return [(k, q) for k, q in relation.pairs if (typed(k), typed(q)) in possible]
