"""What ties a program to the lengths that it was learned at: tables and predicates that list positions or counts."""

from __future__ import annotations

from dataclasses import replace

from readhead.program.domains import Categorical, infer_domains
from readhead.program.nodes import CategoricalScores, Classify, Map, Node, Relation, Select, Table
from readhead.program.program import Program


def tied(program: Program) -> list[Node]:
    """The nodes that list values of something that grows with the length.

    A table may list tokens, or remainders, or labels: of these there are as many however long the sequence is.

    >>> from readhead.program.nodes import Indices
    >>> first = Map(Table([((0,), "first")], "later"), (Indices(),))
    >>> tied(Program((first,), max_length=3)) == [first]
    True
    """
    domains = infer_domains(replace(program, max_length=None))
    found: list[Node] = []
    for node in program.variables.values():
        match node:
            case Map(function=Table()):
                listed: tuple[Node, ...] = node.arguments
            case Select(predicate=Relation()):
                listed = (node.keys, node.queries)
            case Classify():
                listed = tuple(i.variable for i in node.inputs if isinstance(i, CategoricalScores))
            case _:
                continue
        if not all(isinstance(domains.get(variable), Categorical) for variable in listed):
            found.append(node)
    return found


def tables(program: Program) -> list[Node]:
    """The nodes that list anything: tables, predicates and read-outs."""
    return [
        node
        for node in program.variables.values()
        if isinstance(node, Classify)
        or (isinstance(node, Map) and isinstance(node.function, Table))
        or (isinstance(node, Select) and isinstance(node.predicate, Relation))
    ]


def untied(program: Program) -> Program:
    """The program for sequences of any length, where nothing ties it to some; else as it is."""
    return program if tied(program) else replace(program, max_length=None)
