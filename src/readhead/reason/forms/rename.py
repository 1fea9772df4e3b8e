"""Other values for a variable, through all its readers: a learned table's values are names that nobody chose.

A variable X is a table of its arguments. Where an expression e of the same arguments settles X (X is r of e), e may
stand in X's place if whatever reads X reads r of e: rows of tables and predicates, rows of the read-out, copies made by
heads. That covers other names for the same values, a cap that no reader needs, and a table absorbed into its readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import cast

from readhead.program.domains import exact
from readhead.program.nodes import (
    Aggregate,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Map,
    Node,
    NumericScores,
    Relation,
    Select,
    SOp,
    Table,
    topological,
)
from readhead.program.operators import OPERATORS, OperatorError, Value, sort_key, typed
from readhead.program.program import Program
from readhead.program.rewrite import rebuild
from readhead.reason.forms.express import named_as
from readhead.reason.forms.expressions import Bound, Key, enumerate_expressions
from readhead.reason.forms.tables import constants_for

SMALL = Bound(size=3, expressions=80)
"""The expressions that are tried in a variable's place."""


@dataclass(frozen=True, slots=True, eq=False)
class Renaming:
    """An expression in a variable's place.

    Attributes:
        variable: X.
        expression: e.
        names: for each value of X, the values of e that stand for it.
    """

    variable: Map
    expression: SOp
    names: Mapping[object, tuple[Value, ...]]


def renamings(node: Map, keys: Sequence[Key]) -> Iterator[Renaming]:
    """Small expressions of a Map's arguments that settle its value.

    Args:
        node: the variable.
        keys: the combinations of its arguments' values that occur.
    """
    values = _values(node, keys)
    if not keys or values is None:
        return
    arguments = [a for a in dict.fromkeys(node.arguments) if not isinstance(a, Constant)]
    if not arguments:
        return
    columns = [tuple(key[node.arguments.index(a)] for a in arguments) for key in keys]
    for made in enumerate_expressions(arguments, columns, constants_for(columns, values), SMALL):
        names: dict[object, dict[object, Value]] = {}
        standing: dict[object, object] = {}
        for of_e, of_x in zip(made.values, values, strict=True):
            if standing.setdefault(exact(of_e), exact(of_x)) != exact(of_x):
                break
            names.setdefault(typed(of_x), {})[exact(of_e)] = of_e
        else:
            if made.node != node:
                listed = {x: tuple(sorted(e.values(), key=sort_key)) for x, e in names.items()}
                yield Renaming(node, made.node, listed)


def _values(node: Map, keys: Sequence[Key]) -> list[Value] | None:
    if isinstance(node.function, str):
        try:
            return [OPERATORS[node.function].apply(*key) for key in keys]
        except OperatorError:
            return None
    lookup = node.function.lookup()
    found = [lookup.get(tuple(map(typed, key)), node.function.default) for key in keys]
    values = [value for value in found if value is not None]
    return values if len(values) == len(found) else None


def renamed(program: Program, renaming: Renaming) -> Program | None:
    """The program with the renaming done through all readers; None where something reads more than names.

    Copies keep their places; a default of a copy becomes one of the values that stand for it.
    """
    carriers: set[Node] = {renaming.variable}
    new: dict[Node, Node] = {}
    for node in topological(program.outputs):
        if node == renaming.variable:
            new[node] = named_as(renaming.expression, node)
            continue
        read = [child for child in node.children if child in carriers]
        rebuilt = rebuild(node, lambda child: new[child])
        if not read:
            new[node] = rebuilt
            continue
        if isinstance(node, Aggregate):
            if not (node.reduce == "pick" or isinstance(node.selector, Closest)):
                return None
            carriers.add(node)
        found = _read(node, rebuilt, carriers, renaming.names)
        if found is None:
            return None
        new[node] = found
    if any(output in carriers for output in program.outputs):
        return None
    outputs = tuple(new[output] for output in program.outputs)
    return replace(program, outputs=tuple(o for o in outputs if isinstance(o, SOp)))


def _read(
    node: Node, rebuilt: Node, carriers: set[Node], names: Mapping[object, tuple[Value, ...]]
) -> Node | None:
    """A reader of a variable as a reader of other values; None where it reads more than names."""
    match rebuilt:
        case Map(function=Table() as table) if isinstance(node, Map):
            carried = [a in carriers for a in node.arguments]
            entries = [
                (key, value)
                for old, value in table.entries
                for key in product(*(_standing(k, c, names) for k, c in zip(old, carried, strict=True)))
            ]
            if not entries and table.default is None:
                return None
            return replace(rebuilt, function=Table(entries, table.default))
        case Select(predicate=Relation() as relation) if isinstance(node, Select):
            of_key, of_query = node.keys in carriers, node.queries in carriers
            pairs = [
                pair
                for key, query in relation.pairs
                for pair in product(_standing(key, of_key, names), _standing(query, of_query, names))
            ]
            return replace(rebuilt, predicate=Relation(pairs))
        case Select(predicate="==" | "!=") if isinstance(node, Select):
            both = node.keys in carriers and node.queries in carriers
            one = all(len(standing) == 1 for standing in names.values())
            return rebuilt if both and one and _told_apart(names) else None
        case Classify() if isinstance(node, Classify):
            inputs: list[CategoricalScores | NumericScores] = []
            for old, item in zip(node.inputs, rebuilt.inputs, strict=True):
                if old.variable not in carriers:
                    inputs.append(item)
                    continue
                if isinstance(item, NumericScores):
                    return None
                rows = [(v, row) for value, row in item.rows for v in _standing(value, True, names)]
                inputs.append(CategoricalScores(item.variable, rows))
            return replace(rebuilt, inputs=tuple(inputs))
        case Aggregate():
            if rebuilt.default is None:
                return rebuilt
            standing = _standing(rebuilt.default, True, names)
            return replace(rebuilt, default=standing[0]) if standing else None
        case _:
            return None


def _told_apart(names: Mapping[object, tuple[Value, ...]]) -> bool:
    """Whether ``==`` tells old values apart and new ones too: it does not tell 1 from True."""
    old = {value for _, value in cast("dict[tuple[str, Value], object]", names)}
    return len(old) == len(names) == len({value for standing in names.values() for value in standing})


def _standing(value: Value, carried: bool, names: Mapping[object, tuple[Value, ...]]) -> tuple[Value, ...]:
    return names.get(typed(value), ()) if carried else (value,)
