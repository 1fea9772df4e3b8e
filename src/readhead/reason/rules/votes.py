"""Inputs, rows and digits of a read-out's weights that never decide: what goes without changing an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from readhead.program.nodes import CategoricalScores, Classify, Node, NumericScores
from readhead.program.operators import Value, typed
from readhead.program.rewrite import replace_node
from readhead.reason.rules.work import Edit, Work, cost, edited

STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
"""The largest weights that are tried."""


def votes(work: Work) -> None:
    """Drop inputs of read-outs, those that cost most first, where no answer changes."""
    for name, node in work.nodes():
        if not isinstance(node, Classify) or work.observed is None:
            continue
        variables = {item.variable for item in node.inputs}
        for variable in _dearest_first(work, node, sorted(variables, key=lambda v: v.digest)):
            readout = work.program.variables.get(name)
            if isinstance(readout, Classify):
                gone = [i for i, item in enumerate(readout.inputs) if item.variable == variable]
                if gone:
                    work.attempt(name, {readout: _without(gone)}, "tried")


def rows(work: Work) -> None:
    """Drop rows of read-outs where no answer changes."""
    for name, node in work.nodes():
        if not isinstance(node, Classify) or work.observed is None:
            continue
        for index, item in enumerate(node.inputs):
            if isinstance(item, CategoricalScores):
                work.several(name, [value for value, _ in item.rows], _dropping(work, name, index))


def digits(work: Work) -> None:
    """Round the weights of read-outs as coarsely as no answer changes."""
    for name, node in work.nodes():
        if not isinstance(node, Classify) or work.observed is None:
            continue
        largest = max((abs(s) for item in node.inputs for row in _all_rows(item) for s in row), default=0)
        for step in STEPS:
            if step < largest and work.attempt(name, {node: _rounded(step, largest)}, "tried"):
                break


def _dearest_first(work: Work, node: Classify, variables: Sequence[Node]) -> list[Node]:
    """The variables in the order of what leaving each out alone would save."""
    saved = {}
    for variable in variables:
        gone = [i for i, item in enumerate(node.inputs) if item.variable == variable]
        saved[variable] = cost(edited(work.program, {node: _without(gone)})[0])
    return sorted(variables, key=lambda v: saved[v])


def _without(gone: Sequence[int]) -> Edit:
    def edit(rebuilt: Node, new: object) -> Node:
        assert isinstance(rebuilt, Classify)
        inputs = tuple(item for i, item in enumerate(rebuilt.inputs) if i not in gone)
        return replace_node(rebuilt, inputs=inputs)

    return edit


def _dropping(work: Work, name: str, index: int) -> Callable[[Sequence[Value]], dict[Node, Edit]]:
    """What drops some rows of one input, from the read-out as it then is."""

    def build(values: Sequence[Value]) -> dict[Node, Edit]:
        readout = work.program.variables.get(name)
        if not isinstance(readout, Classify) or index >= len(readout.inputs):
            return {}
        gone = {typed(v) for v in values}

        def edit(rebuilt: Node, new: object) -> Node:
            assert isinstance(rebuilt, Classify)
            item = rebuilt.inputs[index]
            assert isinstance(item, CategoricalScores)
            kept = CategoricalScores(item.variable, [r for r in item.rows if typed(r[0]) not in gone])
            inputs = (*rebuilt.inputs[:index], kept, *rebuilt.inputs[index + 1 :])
            return replace_node(rebuilt, inputs=inputs)

        return {readout: edit}

    return build


def _all_rows(item: CategoricalScores | NumericScores) -> list[tuple[int, ...]]:
    return [row for _, row in item.rows] if isinstance(item, CategoricalScores) else [item.coefficients]


def _rounded(step: int, largest: int) -> Edit:
    """All weights times ``step`` and divided by the largest, rounded half up."""

    def less(row: tuple[int, ...]) -> tuple[int, ...]:
        return tuple((2 * s * step + largest) // (2 * largest) for s in row)

    def edit(rebuilt: Node, new: object) -> Node:
        assert isinstance(rebuilt, Classify)
        inputs = tuple(
            CategoricalScores(item.variable, [(v, less(row)) for v, row in item.rows])
            if isinstance(item, CategoricalScores)
            else NumericScores(item.variable, less(item.coefficients))
            for item in rebuilt.inputs
        )
        return replace_node(rebuilt, inputs=inputs)

    return edit
