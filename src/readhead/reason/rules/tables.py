"""A table lists the keys that occur and no others, takes the arguments that matter, and has the best default."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from readhead.program.domains import exact
from readhead.program.nodes import Constant, Map, Node, SOp, Table
from readhead.program.operators import OPERATORS, OperatorError, Value, sort_key, typed
from readhead.program.rewrite import replace_node
from readhead.reason.reach import Key
from readhead.reason.rules.work import Edit, Work

Entries = list[tuple[Key, Value]]
"""A function as its keys and values; no key is listed twice."""


def tables(work: Work) -> None:
    """Make every table as small as the keys that occur allow."""
    for name, node in work.nodes():
        if (
            not isinstance(node, Map)
            or node not in work.program.names
            or not isinstance(node.function, Table)
        ):
            continue
        entries = entries_of(work, node)
        if entries:
            kept = arguments_that_matter(entries, len(node.arguments))
            work.attempt(name, {node: smaller(node, entries, kept)}, "known")


def entries_of(work: Work, node: Map) -> Entries | None:
    """What a Map answers to all arguments that occur together; None where these are not known, or it fails."""
    keys = work.reach.keys(node.arguments)
    if keys is None:
        return None
    function = node.function
    found: Entries = []
    lookup, default = (function.lookup(), function.default) if isinstance(function, Table) else ({}, None)
    for key in keys:
        if isinstance(function, str):
            try:
                value: Value | None = OPERATORS[function].apply(*key)
            except OperatorError:
                return None
        else:
            value = lookup.get(tuple(map(typed, key)), default)
        if value is None:
            return None
        found.append((key, value))
    return found if is_function(found, range(len(node.arguments))) else None


def arguments_that_matter(entries: Entries, arity: int) -> tuple[int, ...]:
    """The arguments that decide the value on all the keys; an argument that the others make needless is left out.

    >>> arguments_that_matter([(("a", 1), 5), (("b", 1), 6)], 2)
    (0,)
    """
    kept = tuple(range(arity))
    for index in reversed(range(arity)):
        without = tuple(i for i in kept if i != index)
        if is_function(entries, without):
            kept = without
    return kept


def is_function(entries: Entries, kept: Sequence[int]) -> bool:
    """Whether some of the arguments, matched as tables match their keys, decide the value."""
    seen: dict[tuple[object, ...], object] = {}
    return all(
        seen.setdefault(tuple(typed(key[i]) for i in kept), exact(value)) == exact(value)
        for key, value in entries
    )


def smaller(node: Map, entries: Entries, kept: Sequence[int]) -> Edit:
    """An edit to a table of some of the arguments; to a constant or an argument, where it is one."""
    table = best_table([(tuple(key[i] for i in kept), value) for key, value in entries])
    if not table.entries:
        assert table.default is not None
        value = table.default
        return lambda rebuilt, new: Constant(value)

    def edit(rebuilt: Node, new: object) -> Node:
        assert isinstance(rebuilt, Map)
        return replace_node(rebuilt, function=table, arguments=tuple(rebuilt.arguments[i] for i in kept))

    return edit


def best_table(entries: Entries) -> Table:
    """The table of these entries with the value that most of them have for its default.

    >>> best_table([(("a",), 1), (("b",), 0), (("c",), 1)])
    Table(entries=((('b',), 0),), default=1)
    """
    distinct = {tuple(map(typed, key)): (key, value) for key, value in entries}
    values = {exact(value): value for _, value in distinct.values()}
    if len({typed(v) for v in values.values()}) < len(values):  # 0.0 and -0.0, which a default would make one
        return Table(distinct.values())
    counts = Counter(exact(value) for _, value in distinct.values())
    most = max(counts.values())
    default = min((values[v] for v, count in counts.items() if count == most), key=sort_key)
    return Table(distinct.values(), default)


def as_map(table: Table, arguments: Sequence[SOp], name: str | None) -> SOp:
    """A table applied to s-ops; a constant where it gives one value only."""
    if not table.entries and table.default is not None:
        return Constant(table.default)
    return Map(table, tuple(arguments), name=name)
