"""Moves that make tables, predicates and the read-out smaller: many things left out at once, to be halved.

Things that are rarely met, and small weights, stand together, so that a half that no example needs is soon found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from readhead.program.nodes import (
    CategoricalScores,
    Classify,
    Map,
    Node,
    NumericScores,
    Relation,
    Select,
    Table,
)
from readhead.program.operators import Value, sort_key, typed
from readhead.program.rewrite import replace_node
from readhead.reason.thinning.answers import Item
from readhead.reason.thinning.moves import Move, Units
from readhead.reason.thinning.state import State
from readhead.reason.thinning.variables import usual

DIVISORS = (1000, 500, 200, 100, 50, 30, 20, 15, 10, 8, 6, 5, 4, 3, 2)
"""What all weights of a read-out are divided by, the greatest that will do first."""

Row = tuple[int, ...]


def fine(state: State) -> Iterator[Move]:
    """Moves for every table, predicate and read-out."""
    for name, node in reversed(list(state.program.variables.items())):
        match node:
            case Map(function=Table() as table):
                yield from entries(name, table)
            case Select(predicate=Relation() as relation):
                yield from pairs(state, name, node, relation)
            case Classify():
                yield from weights(name, node)


def entries(name: str, table: Table) -> Iterator[Move]:
    """A table with fewer entries: their keys get the default, or, where there is none, what most entries give."""
    counts = Counter(typed(value) for _, value in table.entries)
    if not counts:
        return
    commonest = min(counts, key=lambda v: (-counts[v], sort_key(v[1])))[1]
    default = commonest if table.default is None else table.default
    ordered = sorted(table.entries, key=lambda entry: counts[typed(entry[1])])
    units = tuple(tuple(map(typed, key)) for key, value in ordered if typed(value) != typed(default))

    def build(node: Node, unwanted: Units) -> Node | None:
        if not isinstance(node, Map) or not isinstance(node.function, Table):
            return None
        kept = [e for e in node.function.entries if tuple(map(typed, e[0])) not in unwanted]
        return replace_node(node, function=Table(kept, default))

    if table.default is None:
        yield Move("table entries", name, f"gives {default!r} for keys without an entry", build)
    yield Move("table entries", name, f"gives {default!r} for {{}} keys more", build, units)


def pairs(state: State, name: str, node: Select, relation: Relation) -> Iterator[Move]:
    """A predicate with fewer pairs, those of rare values first."""
    keys, queries = (
        {typed(value): i for i, value in enumerate(usual(state, side))} for side in (node.keys, node.queries)
    )
    never = len(keys) + len(queries)

    def rarity(pair: tuple[Value, Value]) -> int:
        return -(keys.get(typed(pair[0]), never) + queries.get(typed(pair[1]), never))

    def build(node: Node, unwanted: Units) -> Node | None:
        if not isinstance(node, Select) or not isinstance(node.predicate, Relation):
            return None
        kept = [(k, q) for k, q in node.predicate.pairs if (typed(k), typed(q)) not in unwanted]
        return replace_node(node, predicate=Relation(kept))

    units = tuple((typed(k), typed(q)) for k, q in sorted(relation.pairs, key=rarity))
    yield Move("predicate pairs", name, "has {} pairs fewer", build, units)


def weights(name: str, readout: Classify) -> Iterator[Move]:
    """A read-out with coarser weights, and with fewer of them, the small ones first."""
    largest = max((abs(w) for item in readout.inputs for _, row in rows_of(item) for w in row), default=0)
    for divisor in DIVISORS:
        if divisor <= largest:
            yield _coarser(name, divisor)
    ranked = sorted(
        (abs(w), number, at, label)
        for number, item in enumerate(readout.inputs)
        for at, (_, row) in enumerate(rows_of(item))
        for label, w in enumerate(row)
        if w
    )
    units = []
    for _, number, at, label in ranked:
        item = readout.inputs[number]
        units.append((item.variable, rows_of(item)[at][0], label))
    yield Move("weights", name, "has {} weights fewer", _fewer_weights, tuple(units))


def rows_of(item: Item) -> list[tuple[object, Row]]:
    """The rows of scores of a read-out input: for each value, or for a number as such."""
    if isinstance(item, NumericScores):
        return [(None, item.coefficients)]
    return [(typed(value), row) for value, row in item.rows]


def _fewer_weights(node: Node, unwanted: Units) -> Node | None:
    if not isinstance(node, Classify):
        return None
    variables = {unit[0] for unit in unwanted if isinstance(unit, tuple)}

    def zeroed(variable: Node, value: object, row: Row) -> Row:
        return tuple(0 if (variable, value, label) in unwanted else w for label, w in enumerate(row))

    return _with_rows(node, zeroed, variables)


def _coarser(name: str, divisor: int) -> Move:
    def build(node: Node, _: Units) -> Node | None:
        if not isinstance(node, Classify):
            return None
        return _with_rows(node, lambda _, __, row: tuple((2 * w + divisor) // (2 * divisor) for w in row))

    return Move("weights", name, f"has its weights divided by {divisor}", build)


def _with_rows(
    node: Classify,
    new: Callable[[Node, object, Row], Row],
    variables: Sequence[Node] | set[Node] | None = None,
) -> Classify:
    """The read-out with other rows, for some variables or for all; inputs that stay are the same objects."""
    inputs: list[Item] = []
    for item in node.inputs:
        variable = item.variable
        if variables is not None and variable not in variables:
            inputs.append(item)
        elif isinstance(item, NumericScores):
            inputs.append(NumericScores(variable, new(variable, None, item.coefficients)))
        else:
            rows = [(value, new(variable, typed(value), row)) for value, row in item.rows]
            inputs.append(CategoricalScores(variable, rows))
    return replace_node(node, inputs=tuple(inputs))
