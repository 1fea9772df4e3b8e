"""Expressions that say nearly what a predicate or a table says: the answers decide whether nearly is enough.

Rows of a learned predicate are often noise, where no answer depends on them. An expression that says most rows is a
good guess; the guesses are tried on the answers, the ones that say most rows first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from readhead.program.domains import exact
from readhead.program.nodes import FULL, Constant, Indices, Map, Node, Relation, Select, SOp, Table
from readhead.program.operators import typed
from readhead.reason.forms.expressions import Bound, Key, enumerate_expressions
from readhead.reason.forms.predicates import NEVER, candidates, holding
from readhead.reason.forms.tables import constants_for

SMALL = Bound(size=5, expressions=400)
"""How far guesses go."""
GUESSES = 10
"""How many guesses are tried for one node."""


def guesses(node: Node, occurs: Sequence[Key], *, lengths: bool) -> list[Node]:
    """What may stand in a predicate's or a table's place, the likeliest first.

    Args:
        node: a Select of a relation, or a Map of a table.
        occurs: the pairs, or keys, that occur.
        lengths: whether an expression may speak of the length.
    """
    match node:
        case Select(predicate=Relation()):
            return [*_of_predicate(node, occurs, lengths), FULL, NEVER]
        case Map(function=Table()):
            return _of_table(node, occurs)
        case _:
            return []


def _of_predicate(node: Select, pairs: Sequence[Key], lengths: bool) -> list[Node]:
    if not pairs:
        return []
    held = holding(node, pairs)
    found: list[tuple[float, int, int, Select]] = []
    for side in ("queries", "keys"):
        with_length = lengths and isinstance(getattr(node, side), Indices)
        for made in candidates(node, side, pairs, held, SMALL, with_length):
            if made.size > 1:
                found.append((-made.right / made.of, made.size, len(found), made.select))
            else:
                found.append((-made.right / made.of - 0.1, made.size, len(found), made.select))
    chosen = dict.fromkeys(select for *_, select in sorted(found, key=lambda f: f[:3]))
    return list(islice(chosen, GUESSES))


def _of_table(node: Map, keys: Sequence[Key]) -> list[Node]:
    table = node.function
    assert isinstance(table, Table)
    if not keys:
        return []
    lookup = table.lookup()
    results = [lookup.get(tuple(map(typed, key)), table.default) for key in keys]
    wanted = [exact(r) for r in results if r is not None]
    values = [r for r in results if r is not None]
    found: list[tuple[int, int, int, SOp]] = []
    for made in enumerate_expressions(node.arguments, keys, constants_for(keys, values), SMALL):
        right = sum(exact(value) == target for value, target in zip(made.values, wanted, strict=True))
        found.append((-right, made.size, len(found), made.node))
    chosen: list[Node] = [_named(n, node) for *_, n in sorted(found, key=lambda f: f[:3])[:GUESSES]]
    return chosen


def _named(made: SOp, node: Map) -> SOp:
    return replace(made, name=node.name) if isinstance(made, (Map, Constant)) and made.name is None else made
