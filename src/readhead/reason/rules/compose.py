"""A table is read together with what reads it: tables of tables, predicates of tables, scores of tables.

A Map goes into its readers where the program gets smaller by that. It passes through heads that copy one value: a
copy of ``f(x)`` is ``f`` of a copy of ``x``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from readhead.program.domains import exact
from readhead.program.nodes import (
    Aggregate,
    CategoricalScores,
    Classify,
    Constant,
    Map,
    Node,
    NumericScores,
    Relation,
    Select,
    SOp,
)
from readhead.program.operators import COMPARISONS, OPERATORS, OperatorError, Value, typed
from readhead.program.rewrite import replace_node
from readhead.reason.reach import Key
from readhead.reason.rules.tables import Entries, as_map, best_table, entries_of, is_function
from readhead.reason.rules.work import Edit, Work

WIDEST = 3
"""The most arguments of a table made by composition."""


class _NoWay(Exception):
    """A reader cannot take the table in."""


def compose(work: Work) -> None:
    """Push every Map into all its readers, where that is smaller."""
    for name, node in work.nodes():
        if isinstance(node, Map) and node in work.program.names and node not in work.program.outputs:
            edits: dict[Node, Edit] = {}
            try:
                _absorb(work, node, _inner(node), edits)
            except _NoWay:
                continue
            if edits:
                work.attempt(name, edits, "known")


def _inner(node: Map) -> tuple[SOp, ...]:
    """The arguments that vary, each once."""
    return tuple(dict.fromkeys(a for a in node.arguments if not isinstance(a, Constant)))


def _absorb(work: Work, node: SOp, arguments: Sequence[SOp], edits: dict[Node, Edit]) -> None:
    """Edits of all readers of a Map, so that they read its arguments.

    Raises:
        _NoWay: where one of them cannot.
    """
    assert isinstance(node, Map)
    entries = entries_of(work, node)
    if not entries:
        raise _NoWay
    short = _short(node, arguments, entries)
    for reader in _readers(work, node):
        _into(work, reader, node, arguments, short, edits)


def _short(node: Map, arguments: Sequence[SOp], entries: Entries) -> Entries:
    """The entries by the arguments that vary."""
    places = [node.arguments.index(a) for a in arguments]
    return [(tuple(key[i] for i in places), value) for key, value in entries]


def _readers(work: Work, node: Node) -> list[Node]:
    return [reader for reader in work.program.variables.values() if node in reader.children]


def _into(
    work: Work,
    reader: Node,
    node: SOp,
    arguments: Sequence[SOp],
    entries: Entries,
    edits: dict[Node, Edit],
) -> None:
    """The edit of one reader."""
    if reader in edits:
        raise _NoWay
    match reader:
        case Map():
            edits[reader] = _into_map(work, reader, node, arguments, entries)
        case Select() if len(arguments) == 1:
            edits[reader] = _into_select(work, reader, node, arguments[0], entries)
        case Classify() if len(arguments) == 1:
            edits[reader] = _into_readout(reader, node, arguments[0], entries)
        case Aggregate() if len(arguments) == 1 and work.reach.one_key(reader.selector):
            if reader in work.program.outputs:
                raise _NoWay
            edits[reader] = _copied(arguments[0])
            for further in _readers(work, reader):
                _into(work, further, reader, (reader,), entries, edits)
        case _:
            raise _NoWay


def _copied(argument: SOp) -> Edit:
    """An edit of a head that copies: it copies the table's argument."""

    def edit(rebuilt: Node, new: Callable[[Node], Node]) -> Node:
        return replace_node(rebuilt, values=new(argument))

    return edit


def _lookup(entries: Entries) -> dict[tuple[object, ...], Value]:
    return {tuple(map(exact, key)): value for key, value in entries}


def _into_map(work: Work, reader: Map, node: SOp, arguments: Sequence[SOp], entries: Entries) -> Edit:
    """A Map of a Map as one table."""
    others = [a for a in reader.arguments if a != node and not isinstance(a, Constant)]
    joint = list(dict.fromkeys((*arguments, *others)))
    if len(joint) > WIDEST:
        raise _NoWay
    passing = tuple(arguments) == (node,)  # a copy of the table's argument stands in the node's own place
    keys = _joint_keys(work, joint, node, arguments, entries) if passing else work.reach.keys(joint)
    if keys is None:
        raise _NoWay
    lookup, found = _lookup(entries), Entries()
    for key in keys:
        known = dict(zip(joint, key, strict=True))
        inner = lookup.get(tuple(exact(known[a]) for a in arguments))
        if inner is None:
            raise _NoWay
        given = [
            inner if a == node else a.value if isinstance(a, Constant) else known[a] for a in reader.arguments
        ]
        found.append((key, _answer(reader, given)))
    if not found or not is_function(found, range(len(joint))):
        raise _NoWay
    table = best_table(found)
    return lambda rebuilt, new: as_map(table, [_sop(new(a)) for a in joint], reader.name)


def _joint_keys(
    work: Work, joint: Sequence[SOp], node: SOp, arguments: Sequence[SOp], entries: Entries
) -> list[Key] | None:
    """The combinations that can occur with a copy of the argument in the place of a copy of the table's value."""
    keys = work.reach.keys(joint)
    if keys is None:
        return None
    place = joint.index(node)
    before: dict[object, list[Value]] = {}
    for key, value in entries:
        before.setdefault(exact(value), []).append(key[0])
    return [
        (*key[:place], given, *key[place + 1 :])
        for key in keys
        for given in before.get(exact(key[place]), [])
    ]


def _answer(reader: Map, given: Sequence[Value]) -> Value:
    """What a Map answers.

    Raises:
        _NoWay: where it fails.
    """
    if isinstance(reader.function, str):
        try:
            return OPERATORS[reader.function].apply(*given)
        except OperatorError:
            raise _NoWay from None
    value = reader.function.lookup().get(tuple(map(typed, given)), reader.function.default)
    if value is None:
        raise _NoWay
    return value


def _into_select(work: Work, reader: Select, node: SOp, argument: SOp, entries: Entries) -> Edit:
    """A predicate of a table's value as one of its argument."""
    sides: list[list[tuple[Value, Value]]] = []
    for side in (reader.keys, reader.queries):
        if side == node:
            sides.append([(key[0], value) for key, value in entries])
        else:
            found = work.reach.values(side)
            if found is None:
                raise _NoWay
            sides.append([(v, v) for v in found])
    pairs = [(key, query) for query, q in sides[1] for key, k in sides[0] if _holds(reader.predicate, k, q)]

    def edit(rebuilt: Node, new: Callable[[Node], Node]) -> Node:
        keys = argument if reader.keys == node else reader.keys
        queries = argument if reader.queries == node else reader.queries
        return Select(_sop(new(keys)), _sop(new(queries)), Relation(pairs), name=reader.name)

    return edit


def _holds(predicate: str | Relation, key: Value, query: Value) -> bool:
    if isinstance(predicate, Relation):
        return any(typed(k) == typed(key) and typed(q) == typed(query) for k, q in predicate.pairs)
    try:
        return bool(COMPARISONS[predicate].apply(key, query))
    except OperatorError:
        raise _NoWay from None


def _into_readout(reader: Classify, node: SOp, argument: SOp, entries: Entries) -> Edit:
    """Scores of a table's value as scores of its argument, added to those that the argument has already."""
    width = len(reader.labels)
    totals: dict[object, tuple[Value, list[int]]] = {}

    def add(value: Value, row: Sequence[int]) -> None:
        old = totals.setdefault(typed(value), (value, [0] * width))[1]
        totals[typed(value)] = (value, [a + b for a, b in zip(old, row, strict=True)])

    places = [i for i, item in enumerate(reader.inputs) if item.variable == node]
    if len({typed(key[0]) for key, _ in entries}) < len(entries):
        raise _NoWay  # 0.0 and -0.0 have one row
    for i in places:
        item = reader.inputs[i]
        rows = {} if isinstance(item, NumericScores) else {typed(v): row for v, row in item.rows}
        for key, value in entries:
            if isinstance(item, NumericScores):
                if not isinstance(value, int):
                    raise _NoWay
                add(key[0], [value * c for c in item.coefficients])
            else:
                add(key[0], rows.get(typed(value), [0] * width))
    for item in reader.inputs:
        if item.variable == argument and argument != node and isinstance(item, CategoricalScores):
            for value, row in item.rows:
                add(value, row)
    if any(abs(s) >= 2**62 for _, row in totals.values() for s in row):
        raise _NoWay

    def edit(rebuilt: Node, new: Callable[[Node], Node]) -> Node:
        assert isinstance(rebuilt, Classify)
        merged = [
            item
            for i, item in enumerate(rebuilt.inputs)
            if i not in places
            and not (reader.inputs[i].variable == argument and isinstance(item, CategoricalScores))
        ]
        scores = CategoricalScores(_sop(new(argument)), [(v, tuple(row)) for v, row in totals.values()])
        first = [scores] if scores.rows else []
        return replace_node(rebuilt, inputs=(*first, *merged))

    return edit


def _sop(node: Node) -> SOp:
    assert isinstance(node, SOp)
    return node
