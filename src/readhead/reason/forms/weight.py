"""How much there is to read in a program: what lifting makes smaller."""

from __future__ import annotations

from readhead.program.nodes import (
    CategoricalScores,
    Classify,
    Indices,
    Map,
    Node,
    Relation,
    Select,
    Table,
    Tokens,
    topological,
)
from readhead.program.program import Program


def weight(program: Program) -> int:
    """A program's nodes, and everything that its tables, predicates and read-outs list.

    An entry of a table weighs as many values as it lists, a pair of a predicate two, a row of a read-out a weight
    for each label. Leaves weigh nothing by themselves: an expression weighs as much as its operators and constants.

    >>> from readhead.program.nodes import LENGTH, Constant
    >>> weight(Program((Map("-", (LENGTH, Constant(1))),)))
    4
    """
    return sum(map(_weight, topological(program.outputs)))


def _weight(node: Node) -> int:
    match node:
        case Tokens() | Indices():
            return 0
        case Map(function=Table() as table):
            return 1 + len(table.entries) * (1 + len(node.arguments)) + (table.default is not None)
        case Select(predicate=Relation() as relation):
            return 1 + 2 * len(relation.pairs)
        case Classify():
            rows = sum(1 + len(i.rows) if isinstance(i, CategoricalScores) else 2 for i in node.inputs)
            return 1 + len(node.labels) * (1 + rows)
        case _:
            return 1
