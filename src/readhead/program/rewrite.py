"""Small changes to programs: nodes replaced, rebuilt over other children, and what follows folded.

Every function is pure: programs and nodes are values. Names and spans of nodes that stay are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from readhead.program.nodes import (
    CategoricalScores,
    Classify,
    Constant,
    Map,
    Node,
    NumericScores,
    SOp,
    Table,
    topological,
)
from readhead.program.operators import Value, typed
from readhead.program.program import Program, given_names


def fix_argument(node: Map, index: int, value: Value) -> SOp:
    """A table map with one argument held at a value: a smaller table of the others."""
    table = node.function
    assert isinstance(table, Table)
    entries = [
        (key[:index] + key[index + 1 :], result)
        for key, result in table.entries
        if typed(key[index]) == typed(value)
    ]
    rest = node.arguments[:index] + node.arguments[index + 1 :]
    return Map(Table(entries, table.default), rest, name=node.name)


def substitute(program: Program, changes: Mapping[Node, Node], *, fold: bool = True) -> Program:
    """The program with some nodes replaced by others.

    Args:
        program: what to change; all its outputs are kept.
        changes: from nodes of the program to what stands in their place; a selector for a selector, an s-op for an
            s-op. What stands in a node's place is not changed itself.
        fold: make tables with constant arguments smaller.
    """
    given = given_names(program.outputs)
    new: dict[Node, Node] = {}
    for node in topological(program.outputs):
        if node in changes:
            new[node] = changes[node]
            continue
        rebuilt = rebuild(node, lambda child: new[child])
        if fold and isinstance(rebuilt, Map) and isinstance(rebuilt.function, Table):
            rebuilt = fold_constants(rebuilt)
        if rebuilt.name is None and node in given:  # of equal nodes, another one has the name
            rebuilt = replace_node(rebuilt, name=given[node])
        new[node] = rebuilt
    return replace(program, outputs=tuple(_sop(new[output]) for output in program.outputs))


def fold_constants(node: Map) -> Node:
    """A table map without its constant arguments: a smaller table, or a constant."""
    assert isinstance(node.function, Table)
    for index, argument in enumerate(node.arguments):
        if isinstance(argument, Constant):
            if len(node.arguments) == 1:
                value = node.function.lookup().get((typed(argument.value),), node.function.default)
                return node if value is None else Constant(value)
            fixed = fix_argument(node, index, argument.value)
            return fold_constants(fixed) if isinstance(fixed, Map) else fixed
    return node


def rebuild(node: Node, new: Callable[[Node], Node]) -> Node:
    """The node over new children; itself where none changed."""
    if all(new(child) is child for child in node.children):
        return node
    fields: dict[str, Any] = {}
    if isinstance(node, Map):
        fields["arguments"] = tuple(new(a) for a in node.arguments)
    elif isinstance(node, Classify):
        fields["inputs"] = tuple(
            CategoricalScores(_sop(new(i.variable)), i.rows)
            if isinstance(i, CategoricalScores)
            else NumericScores(_sop(new(i.variable)), i.coefficients)
            for i in node.inputs
        )
    else:
        for name in ("keys", "queries", "left", "right", "operand", "selector", "values"):
            if hasattr(node, name):
                fields[name] = new(getattr(node, name))
    return replace_node(node, **fields)


def _sop(node: Node) -> SOp:
    assert isinstance(node, SOp)
    return node


NodeType = TypeVar("NodeType", bound=Node)


def replace_node(node: NodeType, **fields: Any) -> NodeType:
    """The node with some fields changed; its name stays."""
    return replace(node, **fields)


def with_output(program: Program, output: SOp) -> Program:
    """The program with another output, its only one."""
    return replace(program, outputs=(output,))
