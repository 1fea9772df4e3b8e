"""What a table says, as an expression over its arguments: equal on every key that occurs.

Keys that do not occur are free. The search goes from small to large, and no further than the table itself weighs; then
a decision list is tried; where neither is shorter the table stays.
"""

from __future__ import annotations

from collections.abc import Sequence

from readhead.program.domains import exact
from readhead.program.nodes import Constant, Map, SOp, Table, topological
from readhead.program.operators import Value, sort_key, typed
from readhead.reason.forms.decisions import decision_list
from readhead.reason.forms.expressions import Bound, Key, search

CONSTANTS = 16
"""At most so many constants are tried in expressions."""


def form_of_table(node: Map, keys: Sequence[Key], bound: Bound) -> SOp | None:
    """An expression that says what a table says; None where the table is the shortest way to say it.

    Args:
        node: a Map of a table.
        keys: the combinations of its arguments' values that occur.
        bound: how far the search goes.

    >>> from readhead.program.nodes import Indices
    >>> node = Map(Table([((0,), 2), ((1,), 3), ((2,), 4)]), (Indices(),))
    >>> form_of_table(node, [(0,), (1,), (2,)], Bound()).function
    '+'
    """
    table = node.function
    assert isinstance(table, Table)
    found = form_of_values(node.arguments, keys, _results(table, keys), bound, table_weight(node))
    if found is not None:
        return found
    return _smaller(node, keys)


def form_of_values(
    arguments: Sequence[SOp], keys: Sequence[Key], targets: Sequence[Value | None], bound: Bound, at_most: int
) -> SOp | None:
    """An expression or a decision list with given values on given keys.

    Args:
        arguments: the s-ops that the keys are values of.
        keys: combinations of values.
        targets: what is to be answered for each; None where anything will do.
        bound: how far the search goes.
        at_most: the most operators and constants that are an improvement.
    """
    asked = [(i, t) for i, t in enumerate(targets) if t is not None]
    wanted = [t for _, t in asked]
    if not asked:
        return None
    if len({exact(t) for t in wanted}) == 1:
        return Constant(wanted[0])
    found = search(
        arguments,
        keys,
        constants_for(keys, wanted),
        lambda values: all(exact(values[i]) == exact(t) for i, t in asked),
        Bound(min(bound.size, 2 * at_most), bound.expressions, bound.rows),
    )
    if found is not None and added(found.node, arguments) <= at_most:
        return found.node
    listed = decision_list(arguments, [keys[i] for i, _ in asked], wanted, bound.rows)
    return listed if listed is not None and added(listed, arguments) <= at_most else None


def constants_for(keys: Sequence[Key], targets: Sequence[Value]) -> list[Value]:
    """The constants that an expression with these values is likely to need."""
    listed = [0, 1, 2] if any(type(v) is int for key in keys for v in key) else []
    found: dict[object, Value] = {exact(v): v for v in listed}
    for given in ([v for v in targets if type(v) is not str], [v for key in keys for v in key], targets):
        for value in sorted({exact(v): v for v in given}.values(), key=sort_key):
            if len(found) < CONSTANTS:
                found.setdefault(exact(value), value)
    return list(found.values())


def added(node: SOp, arguments: Sequence[SOp]) -> int:
    """How many nodes an expression adds to those that it reads."""
    known = {n for a in arguments for n in topological((a,))}
    return sum(n not in known for n in topological((node,)))


def _results(table: Table, keys: Sequence[Key]) -> list[Value]:
    lookup = table.lookup()
    found = [lookup.get(tuple(map(typed, key)), table.default) for key in keys]
    assert all(value is not None for value in found), "the program has an answer on these keys"
    return [value for value in found if value is not None]


def table_weight(node: Map) -> int:
    """What a Map of a table weighs, as :func:`readhead.reason.forms.weight.weight` has it."""
    table = node.function
    assert isinstance(table, Table)
    return 1 + len(table.entries) * (1 + len(node.arguments)) + (table.default is not None)


def _smaller(node: Map, keys: Sequence[Key]) -> Map | None:
    """The table of the keys that occur, its commonest value as the default; None where it is as large."""
    table = node.function
    assert isinstance(table, Table)
    if not keys:
        return None
    results = _results(table, keys)
    counts: dict[object, int] = {}
    for value in results:
        counts[exact(value)] = counts.get(exact(value), 0) + 1
    common = max(counts.values())
    default = next(v for v in results if counts[exact(v)] == common)
    made = Map(Table(zip(keys, results, strict=True), default), node.arguments)
    return made if table_weight(made) < table_weight(node) else None
