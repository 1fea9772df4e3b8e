"""How large a program is: what is counted wherever programs are compared by size."""

from __future__ import annotations

from dataclasses import dataclass

from readhead.program.nodes import (
    Aggregate,
    CategoricalScores,
    Classify,
    Map,
    Relation,
    Select,
    SelectorWidth,
    Table,
)
from readhead.program.program import Program


@dataclass(frozen=True, slots=True)
class Size:
    """The parts of a program.

    Attributes:
        heads: aggregates and selector widths.
        mlps: tables and operators applied position by position, word classes among them.
        readout_inputs: variables that a read-out adds up.
        table_entries: entries of tables (default counted as one), pairs of predicates, and weights of read-outs.
        variables: all nodes.
    """

    heads: int
    mlps: int
    readout_inputs: int
    table_entries: int
    variables: int


def size(program: Program) -> Size:
    """Count a program's parts."""
    nodes = list(program.variables.values())
    maps = [n for n in nodes if isinstance(n, Map)]
    tables = [m.function for m in maps if isinstance(m.function, Table)]
    relations = [n.predicate for n in nodes if isinstance(n, Select) and isinstance(n.predicate, Relation)]
    readouts = [n for n in nodes if isinstance(n, Classify)]
    return Size(
        heads=sum(isinstance(n, (Aggregate, SelectorWidth)) for n in nodes),
        mlps=len(maps),
        readout_inputs=sum(len(r.inputs) for r in readouts),
        table_entries=sum(len(t.entries) + (t.default is not None) for t in tables)
        + sum(len(r.pairs) for r in relations)
        + sum(map(_weights, readouts)),
        variables=len(nodes),
    )


def _weights(readout: Classify) -> int:
    """The weights of a read-out: one for each label and row, and for each label and number."""
    rows = sum(len(i.rows) if isinstance(i, CategoricalScores) else 1 for i in readout.inputs)
    return rows * len(readout.labels)
