"""A read-out in its smallest plain form: rows and labels that occur, no constants, no common factors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import gcd

from readhead.program.nodes import (
    CategoricalScores,
    Classify,
    Constant,
    Node,
    NumericScores,
    SOp,
)
from readhead.program.operators import Value, typed
from readhead.program.rewrite import replace_node
from readhead.reason.rules.work import Work

Row = tuple[int, ...]
Rows = dict[tuple[str, Value], tuple[Value, Row]]

LARGEST = 2**62
"""Scores whose sums stay below this are moved about freely: no total can leave int64."""


@dataclass(slots=True)
class Form:
    """A read-out's scores, apart from its variables' order.

    Attributes:
        rows: for each categorical variable, a row for each value that scores.
        numeric: for each numeric one, its coefficients.
        bias: what is added always.
    """

    rows: dict[SOp, Rows]
    numeric: dict[SOp, Row]
    bias: Row


def scores(work: Work) -> None:
    """Write every read-out in the smallest of its equal forms."""
    for name, node in work.nodes():
        if not isinstance(node, Classify) or work.program.variables.get(name) != node:
            continue
        if not work.reach.never_fails(node) or _largest(work, node) >= LARGEST:
            continue
        forms = _forms(work, node)
        for form in forms:
            if work.attempt(name, {node: _edit(form, node.labels, node)}, "known"):
                break


def labels(work: Work) -> None:
    """Drop the labels that a read-out never answers with."""
    for name, node in work.nodes():
        if not isinstance(node, Classify) or node not in work.program.names or work.observed is None:
            continue
        found = set(work.observed.values(node))
        kept = [i for i, label in enumerate(node.labels) if label in found or (node.pooled and i == 0)]
        if kept and len(kept) < len(node.labels):
            work.attempt(name, {node: _of_labels(node, kept)}, "known")


def _of_labels(node: Classify, kept: Sequence[int]) -> Callable[[Node, object], Node]:
    def edit(rebuilt: Node, new: object) -> Node:
        assert isinstance(rebuilt, Classify)
        inputs: list[CategoricalScores | NumericScores] = []
        for item in rebuilt.inputs:
            if isinstance(item, CategoricalScores):
                rows = [(value, tuple(row[i] for i in kept)) for value, row in item.rows]
                inputs.append(CategoricalScores(item.variable, rows))
            else:
                inputs.append(NumericScores(item.variable, tuple(item.coefficients[i] for i in kept)))
        return replace_node(rebuilt, labels=tuple(node.labels[i] for i in kept), inputs=tuple(inputs))

    return edit


def _largest(work: Work, node: Classify) -> int:
    """No sum of some of the read-out's scores is larger, at all positions of a sequence together."""
    bound = 0
    for item in node.inputs:
        if isinstance(item, CategoricalScores):
            bound += max((abs(s) for _, row in item.rows for s in row), default=0)
        else:
            values = work.reach.values(item.variable)
            if values is None or not all(isinstance(v, int) for v in values):
                return LARGEST
            bound += max((abs(int(v)) for v in values), default=0) * max(map(abs, item.coefficients))
    if not node.pooled:
        return 4 * bound
    longest = work.reach.longest
    return LARGEST if longest is None else 4 * bound * longest


def _forms(work: Work, node: Classify) -> list[Form]:
    """Equal forms: as it is, with the most usual row of every variable made nothing, and the bias put into one."""
    plain = _plain(work, node)
    shifted = _shifted(work, plain)
    found = [plain, shifted]
    found += [f for v in shifted.rows if (f := _without_bias(work, shifted, v)) is not None]
    found += [f for v in plain.rows if (f := _without_bias(work, plain, v)) is not None]
    return sorted(map(_divided, found), key=lambda f: _size(f, len(node.labels)))


def _size(form: Form, width: int) -> tuple[int, int]:
    """The form's cost: inputs, then rows, then weights."""
    rows = [row for rows in form.rows.values() for _, row in rows.values()]
    numeric = [*form.numeric.values(), *([form.bias] if any(form.bias) else [])]
    inputs = sum(map(bool, form.rows.values())) + len(numeric) + (1 if any(form.bias) else 0)
    return 4 * inputs + width * (len(rows) + len(numeric)), sum(
        abs(s) for row in (*rows, *numeric) for s in row
    )


def _plain(work: Work, node: Classify) -> Form:
    """One input for each variable, rows for values that occur, the smallest score of each row 0."""
    form = Form({}, {}, (0,) * len(node.labels))
    for item in node.inputs:
        if isinstance(item.variable, Constant):
            form.bias = _sum(form.bias, row_of(item, item.variable.value))
        elif isinstance(item, NumericScores):
            old = form.numeric.get(item.variable, (0,) * len(node.labels))
            form.numeric[item.variable] = _sum(old, item.coefficients)
        else:
            rows = form.rows.setdefault(item.variable, {})
            for value, row in item.rows:
                old = rows.get(typed(value), (value, (0,) * len(node.labels)))[1]
                rows[typed(value)] = (value, _sum(old, row))
    for variable in list(form.numeric):
        if variable in form.rows and (values := work.reach.values(variable)) is not None:
            coefficients = form.numeric.pop(variable)
            for value in values:
                old = form.rows[variable].get(typed(value), (value, (0,) * len(node.labels)))[1]
                added = row_of(NumericScores(variable, coefficients), value)
                form.rows[variable][typed(value)] = (value, _sum(old, added))
    for variable, rows in form.rows.items():
        values = work.reach.values(variable)
        possible = None if values is None else {typed(v) for v in values}
        form.rows[variable] = {
            key: (value, least)
            for key, (value, row) in rows.items()
            if (possible is None or key in possible) and any(least := _lowered(row))
        }
    form.numeric = {v: low for v, row in form.numeric.items() if any(low := _lowered(row))}
    form.bias = _lowered(form.bias)
    return form


def _shifted(work: Work, form: Form) -> Form:
    """The same with every variable's most usual row taken from all its rows, and added to the bias."""
    rows, bias = {}, form.bias
    for variable, given in form.rows.items():
        values = work.reach.values(variable)
        if not values:
            rows[variable] = given
            continue
        nothing = (0,) * len(bias)
        full = {typed(v): (v, given.get(typed(v), (v, nothing))[1]) for v in values}
        counts = Counter(row for _, row in full.values())
        usual = min(counts, key=lambda row: (-counts[row], row))
        taken = {key: (v, _lowered(_minus(row, usual))) for key, (v, row) in full.items()}
        rows[variable] = {key: (v, row) for key, (v, row) in taken.items() if any(row)}
        bias = _lowered(_sum(bias, usual))
    return Form(rows, dict(form.numeric), bias)


def _without_bias(work: Work, form: Form, variable: SOp) -> Form | None:
    """The same with the bias in the rows of one variable; None where its values are not known."""
    values = work.reach.values(variable)
    if values is None or not any(form.bias):
        return None
    given, nothing = form.rows[variable], (0,) * len(form.bias)
    added = {typed(v): (v, _lowered(_sum(given.get(typed(v), (v, nothing))[1], form.bias))) for v in values}
    rows = {**form.rows, variable: {key: (v, row) for key, (v, row) in added.items() if any(row)}}
    return Form(rows, dict(form.numeric), nothing)


def _divided(form: Form) -> Form:
    """The same with all weights divided by what divides them all."""
    every = [row for rows in form.rows.values() for _, row in rows.values()]
    common = gcd(*(s for row in (*every, *form.numeric.values(), form.bias) for s in row))
    if common < 2:
        return form

    def less(row: Row) -> Row:
        return tuple(s // common for s in row)

    return Form(
        {v: {key: (value, less(row)) for key, (value, row) in rows.items()} for v, rows in form.rows.items()},
        {v: less(row) for v, row in form.numeric.items()},
        less(form.bias),
    )


def _edit(
    form: Form, names: tuple[str, ...], node: Classify
) -> Callable[[Node, Callable[[Node], Node]], Node]:
    def edit(rebuilt: Node, new: Callable[[Node], Node]) -> Node:
        inputs: list[CategoricalScores | NumericScores] = []
        for variable in dict.fromkeys(item.variable for item in node.inputs):
            there = new(variable)
            assert isinstance(there, SOp)
            if form.rows.get(variable):
                inputs.append(CategoricalScores(there, form.rows[variable].values()))
            if variable in form.numeric:
                inputs.append(NumericScores(there, form.numeric[variable]))
        if any(form.bias):
            inputs.append(NumericScores(Constant(1, name="ones"), form.bias))
        return replace_node(rebuilt, inputs=tuple(inputs))

    return edit


def row_of(item: CategoricalScores | NumericScores, value: Value) -> Row:
    """What an input adds to every label's score for a value."""
    if isinstance(item, NumericScores):
        assert isinstance(value, int)
        return tuple(value * c for c in item.coefficients)
    found = {typed(v): row for v, row in item.rows}.get(typed(value))
    if found is not None:
        return found
    return (0,) * len(item.rows[0][1]) if item.rows else ()


def _sum(a: Row, b: Row) -> Row:
    return tuple(x + y for x, y in zip(a, b, strict=True)) if b else a


def _minus(a: Row, b: Row) -> Row:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def _lowered(row: Row) -> Row:
    """The row with its smallest score made 0: the same is taken from every label."""
    least = min(row)
    return tuple(s - least for s in row)
