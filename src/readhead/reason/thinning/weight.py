"""One number for how long a program is in print: what thinning makes smaller."""

from __future__ import annotations

from collections.abc import Mapping

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
from readhead.program.program import Program


def weight(program: Program) -> int:
    """How long a program is in print, roughly, in things that a reader has to look at.

    One for each variable; one for each entry of a table, and for its default; one for each pair of a predicate that
    is a table; and one for each digit of a read-out's weights (a weight of 0 is not printed).

    >>> from readhead.program.nodes import Tokens
    >>> weight(Program((Map(Table([(("a",), 1)], default=0), (Tokens(),)),)))
    4
    """
    return sum(map(weight_of, program.variables.values()))


def weight_of(node: Node) -> int:
    """What one variable adds to the weight of its program."""
    match node:
        case Map(function=Table() as table):
            return 1 + len(table.entries) + (table.default is not None)
        case Select(predicate=Relation() as relation):
            return 1 + len(relation.pairs)
        case Classify():
            return 1 + sum(map(weight_of_input, node.inputs))
        case _:
            return 1


def weight_of_input(item: CategoricalScores | NumericScores) -> int:
    """The digits of a read-out input's weights."""
    rows = [item.coefficients] if isinstance(item, NumericScores) else [row for _, row in item.rows]
    return sum(len(str(abs(w))) for row in rows for w in row if w)


def weight_after(output: Node, changes: Mapping[Node, Node], weights: dict[Node, int]) -> int:
    """The weight of what an output needs, with some nodes replaced; what nobody reads any more is not counted.

    Args:
        output: the program's answer.
        changes: from nodes to what stands in their place.
        weights: of nodes met before; filled.
    """
    seen: set[Node] = set()
    stack = [output]
    total = 0
    while stack:
        node = stack.pop()
        node = changes.get(node, node)
        if node in seen:
            continue
        seen.add(node)
        if node not in weights:
            weights[node] = weight_of(node)
        total += weights[node]
        stack.extend(node.children)
    return total
