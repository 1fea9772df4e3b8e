"""What a predicate says, as a comparison: ``key OP f(query)`` on every pair that occurs.

``f`` (or, in its place, a function of the key) is found by the search for small expressions; the query's expression
may speak of the length, so that a table of positions becomes ``length - 1 - indices``. Pairs that no query meets are
free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from readhead.program.domains import exact
from readhead.program.nodes import FULL, LENGTH, Constant, Indices, Relation, Select, SOp
from readhead.program.operators import COMPARISONS, OperatorError, Value, typed
from readhead.reason.forms.expressions import Bound, Key, enumerate_expressions
from readhead.reason.forms.tables import added, constants_for

SIZE, EXPRESSIONS = 5, 600
"""Expressions in comparisons are smaller than others, and fewer are tried."""
BOTH = Bound(size=3, expressions=60)
"""The expressions that are tried on both sides at once."""
NEVER = Select(Constant(0), Constant(1), "==")
"""The selector of no key."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """The pairs of a predicate that occur, from the side of one argument.

    Attributes:
        rows: the distinct values of that side, each with the sequence's length where that may be spoken of.
        met: for each row, the values of the other side that it meets, and whether the predicate holds.
    """

    rows: tuple[Key, ...]
    met: tuple[tuple[tuple[Value, bool], ...], ...]


def form_of_predicate(node: Select, pairs: Sequence[Key], bound: Bound, *, lengths: bool) -> Select | None:
    """A comparison that holds on the same pairs; None where the relation is the shortest way to say it.

    Args:
        node: a Select with a relation.
        pairs: the (key, query, length of the sequence) that occur together.
        bound: how far the search goes.
        lengths: whether an expression may speak of the length (a causal program's length is another one).

    >>> from readhead.program.nodes import Relation
    >>> relation = Relation([(0, 1), (1, 2), (2, 3)])
    >>> pairs = [(k, q, 4) for k in range(4) for q in range(4)]
    >>> form_of_predicate(Select(Indices(), Indices(), relation), pairs, Bound(), lengths=True).queries.function
    '-'
    """
    held = holding(node, pairs)
    simple = _simple(node, pairs, held)
    if simple is not None:
        return simple
    assert isinstance(node.predicate, Relation)
    most = 2 * len(node.predicate.pairs)
    both = _of_both(node, pairs, held)
    if both is not None and added(both.keys, [node.keys]) + added(both.queries, [node.queries]) <= most:
        return both
    near = Bound(min(bound.size, SIZE), min(bound.expressions, EXPRESSIONS), bound.rows)
    for side in ("queries", "keys"):
        with_length = lengths and isinstance(getattr(node, side), Indices)
        for found in candidates(node, side, pairs, held, near, with_length, exact_only=True):
            if added(found.node, [node.keys, node.queries]) <= most:
                return found.select
    return None


def holding(node: Select, pairs: Sequence[Key]) -> list[bool]:
    """For each pair, whether the relation holds."""
    assert isinstance(node.predicate, Relation)
    related = {(typed(k), typed(q)) for k, q in node.predicate.pairs}
    return [(typed(k), typed(q)) in related for k, q, _ in pairs]


def _simple(node: Select, pairs: Sequence[Key], held: list[bool]) -> Select | None:
    if all(held):
        return FULL
    if not any(held):
        return NEVER
    for symbol in COMPARISONS:
        if all(
            (found := compared(symbol, key, query)) is not None and found == holds
            for (key, query, _), holds in zip(pairs, held, strict=True)
        ):
            return replace(node, predicate=symbol)
    return None


def _of_both(node: Select, pairs: Sequence[Key], held: Sequence[bool]) -> Select | None:
    """``f(key) == g(query)`` (or ``!=``) with small expressions on both sides; None where there is none."""
    rows = {(exact(k), exact(q)): holds for (k, q, _), holds in zip(pairs, held, strict=True)}
    if any(rows[exact(k), exact(q)] != holds for (k, q, _), holds in zip(pairs, held, strict=True)):
        return None  # it depends on the length
    keys, queries = ({exact(pair[i]): pair[i] for pair in pairs} for i in (0, 1))
    met = np.array([[(k, q) in rows for q in queries] for k in keys], dtype=bool)
    holds = np.array([[rows.get((k, q), False) for q in queries] for k in keys], dtype=bool)
    sides = []
    for own, values, others in ((node.keys, keys, queries), (node.queries, queries, keys)):
        listed = [(value,) for value in values.values()]
        constants = constants_for(listed, list(others.values()))
        sides.append(list(enumerate_expressions([own], listed, constants, BOTH)))
    codes: dict[Value, int] = {}
    coded = [
        [np.array([codes.setdefault(v, len(codes)) for v in made.values], dtype=np.intp) for made in side]
        for side in sides
    ]
    order = sorted(
        (f.size + g.size, f.size, i, j) for i, f in enumerate(sides[0]) for j, g in enumerate(sides[1])
    )
    for _, _, i, j in order:
        equal = coded[0][i][:, None] == coded[1][j][None, :]
        for symbol, says in (("==", equal), ("!=", ~equal)):
            if not ((says != holds) & met).any():
                return Select(sides[0][i].node, sides[1][j].node, symbol, name=node.name)
    return None


def compared(symbol: str, key: Value, query: Value) -> bool | None:
    """``key OP query``; None where the two have no order."""
    try:
        return bool(COMPARISONS[symbol].apply(key, query))
    except OperatorError:
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A comparison in place of a relation.

    Attributes:
        select: the comparison.
        node: the expression in it.
        size: the expression's size.
        right: how many rows of the relation it says exactly.
        of: how many rows there are.
    """

    select: Select
    node: SOp
    size: int
    right: int
    of: int


def candidates(
    node: Select,
    side: str,
    pairs: Sequence[Key],
    held: Sequence[bool],
    bound: Bound,
    with_length: bool,
    *,
    exact_only: bool = False,
) -> Iterator[Candidate]:
    """Comparisons with an expression on one side, smaller expressions first.

    Args:
        node: a Select with a relation.
        side: ``"queries"`` or ``"keys"``: which argument the expression takes the place of.
        pairs: what occurs.
        held: for each pair, whether the relation holds.
        bound: how far the search goes.
        with_length: whether the expression may speak of the length.
        exact_only: leave out those that do not say every row.
    """
    met = meeting(side, pairs, held, with_length)
    own = getattr(node, side)
    arguments: list[SOp] = [own, LENGTH] if with_length else [own]
    others = [value for row in met.met for value, _ in row]
    rows = _Rows(side, met.met)
    for made in enumerate_expressions(arguments, met.rows, constants_for(met.rows, others), bound):
        values = made.values
        for symbol in COMPARISONS:
            right = rows.right(symbol, values, exact_only)
            if right:
                select = _between(node, side, made.node, symbol)
                yield Candidate(select, made.node, made.size, right, len(values))
        if made.kind == "bool":
            right = sum(all(h == v for _, h in row) for v, row in zip(values, met.met, strict=True))
            if right == len(values) or (right and not exact_only):
                yes = Constant(True)
                left, other = (yes, made.node) if side == "queries" else (made.node, yes)
                select = Select(left, other, "==", name=node.name)
                yield Candidate(select, made.node, made.size + 1, right, len(values))


def meeting(side: str, pairs: Sequence[Key], held: Sequence[bool], with_length: bool) -> Meeting:
    """The pairs from one side."""
    rows: dict[object, tuple[Key, dict[object, tuple[Value, bool]]]] = {}
    for (key, query, length), holds in zip(pairs, held, strict=True):
        own, other = (query, key) if side == "queries" else (key, query)
        row: Key = (own, length) if with_length else (own,)
        met = rows.setdefault(tuple(map(exact, row)), (row, {}))[1]
        met[exact(other)] = (other, holds)
    return Meeting(
        tuple(row for row, _ in rows.values()), tuple(tuple(met.values()) for _, met in rows.values())
    )


def _between(node: Select, side: str, expression: SOp, symbol: str) -> Select:
    """The comparison with an expression on one side."""
    if side == "queries":
        return Select(node.keys, expression, symbol, name=node.name)
    return Select(expression, node.queries, symbol, name=node.name)


@dataclass(slots=True)
class _Rows:
    """What the rows of a relation ask for, and what is known of the comparisons that say it."""

    side: str
    met: tuple[tuple[tuple[Value, bool], ...], ...]
    known: dict[tuple[str, int, object], bool] = field(default_factory=dict)

    def right(self, symbol: str, values: Sequence[Value], exact_only: bool) -> int:
        """On how many rows a comparison with these values says what the relation says; 0 where that must be all."""
        count = 0
        for row, value in enumerate(values):
            if self._says(symbol, row, value):
                count += 1
            elif exact_only:
                return 0
        return count

    def _says(self, symbol: str, row: int, value: Value) -> bool:
        identity = symbol, row, exact(value)
        known = self.known.get(identity)
        if known is None:
            known = all(self._compared(symbol, other, value) is holds for other, holds in self.met[row])
            self.known[identity] = known
        return known

    def _compared(self, symbol: str, other: Value, value: Value) -> bool | None:
        return compared(symbol, other, value) if self.side == "queries" else compared(symbol, value, other)
