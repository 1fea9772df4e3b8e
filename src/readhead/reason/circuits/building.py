"""The circuit as a program of its own: what was cut is a constant, and tables keep the rows that are used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from readhead.program.columns import Array, Column, decode
from readhead.program.nodes import (
    CategoricalScores,
    Classify,
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
from readhead.program.reading import Content, content_span
from readhead.program.rewrite import fold_constants, rebuild, replace_node
from readhead.reason.circuits.cutting import Cuts
from readhead.reason.circuits.slicing import Slice, slice_of

BLOCK = 512
"""How many inputs are traced together."""

Typed = tuple[str, Value]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table, a predicate or a read-out's input that are left.

    Attributes:
        name: the variable; for a read-out, its input, as ``prediction by count``.
        kept: how many rows are left.
        of: how many there were.
    """

    name: str
    kept: int
    of: int


def without(program: Program, cuts: Cuts) -> Program:
    """The program with what was cut as constants, and what follows from that folded; every variable keeps its name.

    Args:
        program: whose first output is kept.
        cuts: what to replace, by which values.
    """
    names = program.names
    new: dict[Node, Node] = {}
    for node in topological(program.outputs[:1]):
        name = names[node]
        if name in cuts.nodes:
            new[node] = Constant(cuts.nodes[name])
            continue
        edges = {i: value for (reader, i), value in cuts.edges.items() if reader == name}
        match node:
            case Classify():
                new[node] = _readout(node, edges, new)
            case Map():
                new[node] = _map(node, edges, new)
            case _:
                new[node] = rebuild(node, lambda child: new[child])
        if new[node].name is None and (isinstance(node, Constant) or not isinstance(new[node], Constant)):
            new[node] = replace_node(new[node], name=name)
    output = new[program.outputs[0]]
    assert isinstance(output, SOp)
    if output.name is None:
        output = replace_node(output, name=names[program.outputs[0]])
    return replace(program, outputs=(output,))


def unnamed(program: Program, names: Collection[str]) -> Program:
    """The program without some names, for those who show it: what nobody named is shown as what it is."""
    new: dict[Node, Node] = {}
    for name, node in program.variables.items():
        changed = rebuild(node, lambda child: new[child])
        new[node] = replace_node(changed, name=None) if name in names else changed
    outputs = (new[output] for output in program.outputs)
    return replace(program, outputs=tuple(output for output in outputs if isinstance(output, SOp)))


def _map(node: Map, edges: Mapping[int, Value], new: Mapping[Node, Node]) -> Node:
    arguments = [Constant(edges[i]) if i in edges else new[a] for i, a in enumerate(node.arguments)]
    changed = replace_node(node, arguments=tuple(arguments))
    if isinstance(changed.function, Table):
        return fold_constants(changed)
    values = [a.value for a in arguments if isinstance(a, Constant)]
    if len(values) < len(arguments):
        return changed
    try:
        return Constant(OPERATORS[changed.function].apply(*values))
    except OperatorError:  # it has no value anywhere, and says so when it runs
        return changed


def _readout(node: Classify, edges: Mapping[int, Value], new: Mapping[Node, Node]) -> Classify:
    """A read-out whose constant inputs are added up once."""
    inputs: list[CategoricalScores | NumericScores] = []
    bias = [0] * len(node.labels)
    for i, item in enumerate(node.inputs):
        source = Constant(edges[i]) if i in edges else new[item.variable]
        assert isinstance(source, SOp)
        if not isinstance(source, Constant):
            inputs.append(
                CategoricalScores(source, item.rows)
                if isinstance(item, CategoricalScores)
                else NumericScores(source, item.coefficients)
            )
            continue
        if isinstance(item, CategoricalScores):
            rows = {typed(value): scores for value, scores in item.rows}
            added = rows.get(typed(source.value), (0,) * len(bias))
        else:
            added = tuple(int(source.value) * c for c in item.coefficients)
        bias = [b + a for b, a in zip(bias, added, strict=True)]
    if len(set(bias)) > 1:
        lowest = min(bias)
        inputs.append(NumericScores(Constant(1, name="ones"), tuple(b - lowest for b in bias)))
    return replace_node(node, inputs=tuple(inputs))


def all_answers(program: Program, contents: Sequence[Content]) -> dict[int, tuple[int, ...]]:
    """Every answer of every input, as :class:`~readhead.reason.circuits.asking.Asked` has them."""
    if program.kind != "token_labels":
        return dict.fromkeys(range(len(contents)), (0,))
    tokenize = program.vocabulary.tokenize
    counts = (len(tokenize(c)) if isinstance(c, str) else len(c) for c in contents)
    return {i: tuple(range(n)) for i, n in enumerate(counts)}


def used_rows(
    program: Program,
    contents: Sequence[Content],
    wanted: Mapping[int, Sequence[int]],
    usual: Mapping[Node, Value],
) -> tuple[Program, tuple[Rows, ...]]:
    """The program with the rows that some answers use, by the slices of their runs.

    Args:
        program: what to make smaller.
        contents: inputs.
        wanted: the answers that count, by input.
        usual: what a table gives for a row that is not used; by default what it gives most often.

    Returns:
        the program, and what is left of each table, predicate and read-out input.
    """
    used = _Used(program)
    for first in range(0, len(contents), BLOCK):
        chosen = [i for i in range(first, min(first + BLOCK, len(contents))) if wanted.get(i)]
        if not chosen:
            continue
        trace = program.trace_batch([contents[i] for i in chosen])
        mask = np.zeros(trace.content.shape, dtype=bool)
        for row, i in enumerate(chosen):
            n = len(trace.tokens[row])
            start, _ = content_span(program.vocabulary, n)
            at = {"token_labels": start, "sequence_label": 0, "next_token": n - 1}[program.kind]
            mask[row, [at + answer for answer in wanted[i]]] = True
        used.add(slice_of(program, trace, mask), trace.variables)
    return used.restricted(usual)


class _Used:
    """Collects the rows that are used, over blocks of inputs."""

    def __init__(self, program: Program) -> None:
        self.program, self.names = program, program.names
        self.keys: dict[str, dict[tuple[Typed, ...], int]] = {}

    def add(self, found: Slice, columns: Mapping[str, Column]) -> None:
        """Count the rows of one block."""
        for name, node in self.program.variables.items():
            if isinstance(node, Map) and isinstance(node.function, Table):
                places = found.values[name]
                self._count(name, [decode(columns[self.names[a]])[places] for a in node.arguments])
            elif isinstance(node, Select) and isinstance(node.predicate, Relation):
                batch, query, key = np.nonzero(found.pairs[name])
                keys, queries = (decode(columns[self.names[n]]) for n in (node.keys, node.queries))
                self._count(name, [keys[batch, key], queries[batch, query]])
            elif isinstance(node, Classify):
                for i, item in enumerate(node.inputs):
                    variable = self.names[item.variable]
                    places = found.decisive[name][i]
                    self._count(f"{name} {i}", [decode(columns[variable])[places]])

    def _count(self, name: str, columns: Sequence[Array]) -> None:
        counts = self.keys.setdefault(name, {})
        for key in zip(*columns, strict=True):
            exact = tuple(map(typed, key))
            counts[exact] = counts.get(exact, 0) + 1

    def restricted(self, usual: Mapping[Node, Value]) -> tuple[Program, tuple[Rows, ...]]:
        new: dict[Node, Node] = {}
        rows: list[Rows] = []
        for name, node in self.program.variables.items():
            changed = rebuild(node, lambda child: new[child])
            if isinstance(node, Map) and isinstance(node.function, Table):
                assert isinstance(changed, Map)
                table = self._table(node.function, self.keys.get(name, {}), usual.get(node))
                changed = fold_constants(replace_node(changed, function=table))
                rows.append(Rows(name, len(table.entries), len(node.function.entries)))
            elif isinstance(node, Select) and isinstance(node.predicate, Relation):
                met = self.keys.get(name, {})
                pairs = [(k, q) for k, q in node.predicate.pairs if (typed(k), typed(q)) in met]
                changed = replace_node(changed, predicate=Relation(pairs))
                rows.append(Rows(name, len(pairs), len(node.predicate.pairs)))
            elif isinstance(changed, Classify):
                changed = self._scores(name, changed, rows)
            new[node] = changed
        output = new[self.program.outputs[0]]
        assert isinstance(output, SOp)
        return replace(self.program, outputs=(output,)), tuple(rows)

    def _scores(self, name: str, node: Classify, rows: list[Rows]) -> Classify:
        inputs: list[CategoricalScores | NumericScores] = []
        for i, item in enumerate(node.inputs):
            if isinstance(item, CategoricalScores):
                met = self.keys.get(f"{name} {i}", {})
                kept = [row for row in item.rows if (typed(row[0]),) in met]
                called = item.variable.name or self.names.get(item.variable, "?")
                rows.append(Rows(f"{name} by {called}", len(kept), len(item.rows)))
                item = CategoricalScores(item.variable, kept)
                if not kept:
                    continue
            inputs.append(item)
        return replace_node(node, inputs=tuple(inputs))

    def _table(self, table: Table, met: Mapping[tuple[Typed, ...], int], usual: Value | None) -> Table:
        """The entries that were read; every other key gives what is usual."""
        lookup = table.lookup()
        entries = [(key, value) for key, value in table.entries if tuple(map(typed, key)) in met]
        if usual is None:
            counts: dict[Typed, int] = {}
            for key, count in met.items():
                value = lookup.get(key, table.default)
                if value is not None:
                    counts[typed(value)] = counts.get(typed(value), 0) + count
            if not counts:
                return table
            usual = min(counts, key=lambda v: (-counts[v], sort_key(v[1])))[1]
        unlisted = [tuple(v for _, v in key) for key in met if key not in lookup]
        if (
            table.default is not None
        ):  # keys without an entry of their own were read, and give the old default
            entries += [(key, table.default) for key in unlisted]
        return Table(entries, usual)
