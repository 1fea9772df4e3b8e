"""The statements of a plain file whose values come from other positions: selectors, aggregates, read-outs."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from readhead.errors import did_you_mean
from readhead.language.python.plain.facts import one_at_most
from readhead.language.python.plain.read_values import EXPRESSION, read_condition, read_value
from readhead.language.python.plain.scope import Env, Scope, is_slice, key_loop, query_loop
from readhead.program.nodes import (
    FULL,
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Node,
    Not,
    NumericScores,
    Or,
    Reduce,
    Select,
    Selector,
    SelectorWidth,
    SOp,
)
from readhead.program.operators import Value

REDUCES: dict[str, Reduce] = {
    "sum": "sum",
    "total": "sum",
    "mean": "mean",
    "pick": "pick",
    "next": "pick",
    "max": "max",
    "min": "min",
}
"""What the calls that make one value of several mean."""

Keywords = dict[str, Any]


def read_right(scope: Scope, value: ast.expr, keywords: Keywords) -> Node:
    """The node that the right side of a statement computes.

    Args:
        scope: the file.
        value: what is assigned, or returned.
        keywords: the variable's name and place.
    """
    match value:
        case ast.Call(func=ast.Name(id="list"), args=[ast.Call() as inner], keywords=[]):
            return read_right(scope, inner, keywords)
        case ast.Call(func=ast.Name(id="range"), args=[end], keywords=[]) if scope.is_length(end):
            return Indices(**keywords)
        case ast.BinOp(left=ast.List(elts=[element]), op=ast.Mult(), right=right) if scope.is_length(right):
            if _is_best(element):
                return _pooled(scope, element, keywords)
            return Constant(scope.source.value(element, "a constant"), **keywords)
        case ast.ListComp(elt=ast.ListComp() as row, generators=generators):
            queries = query_loop(scope, generators)
            keys = key_loop(scope, row.generators, queries)
            _no_filter(scope, row.generators)
            found = read_condition(scope, row.elt, keys, queries)
            return replace(found, **keywords)
        case ast.ListComp(elt=ast.Call() as call, generators=[ast.comprehension() as rows]) if _is_best(call):
            return _classify(scope, value, call, rows, keywords)
        case ast.ListComp(elt=element, generators=generators):
            return _at_position(scope, element, query_loop(scope, generators), keywords)
        case _:
            raise scope.source.problem(
                value,
                "this is no value of a variable",
                instead=f"[... for ... in ...], range(len({scope.tokens})), or [3] * len({scope.tokens})",
            )


def _no_filter(scope: Scope, generators: Sequence[ast.comprehension]) -> None:
    for generator in generators:
        if generator.ifs:
            raise scope.source.problem(
                generator.ifs[0], "every key has a row's entry", instead="leave out the if"
            )


def _at_position(scope: Scope, element: ast.expr, queries: Env, keywords: Keywords) -> Node:
    """What a statement computes at each position."""
    match element:
        case ast.Call(func=ast.Name(id="len"), args=[column], keywords=[]) if _column(scope, column, queries):
            if not scope.is_tokens(_unsliced(column)):
                raise scope.source.problem(column, "this is not the tokens", instead=f"len({scope.tokens})")
            return SelectorWidth(FULL, **keywords)
        case ast.Call(func=ast.Name(id="sum"), args=[ast.Name(id=row)], keywords=[]) if (
            row in queries.matches
        ):
            return SelectorWidth(queries.matches[row], **keywords)
        case ast.Call(
            func=ast.Name(id="sum"), args=[ast.GeneratorExp(generators=[g]) as items], keywords=[]
        ) if not g.ifs:
            keys = key_loop(scope, items.generators, queries)
            return SelectorWidth(read_condition(scope, items.elt, keys, queries), **keywords)
        case ast.Call(func=ast.Name(id=name)) if name in scope.closest:
            return _closest(scope, element, queries, keywords)
        case ast.Subscript(value=ast.Name(id=column) as place, slice=at) if (
            column in scope.nodes and column not in queries.names()
        ):
            return _at_key(scope, place, at, queries, keywords)
        case ast.Call(func=ast.Name(id=name), args=[_] | [_, _]) if name in REDUCES and _reduces(
            scope, element, queries
        ):
            return _aggregate(scope, element, name, queries, keywords)
        case ast.Name(id=name) if name in queries.names():
            raise scope.source.problem(
                element,
                "this statement computes nothing",
                instead=f"name the variable itself, or {EXPRESSION}",
            )
        case _:
            return read_value(scope, element, queries, keywords)


def _unsliced(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


def _column(scope: Scope, node: ast.expr, queries: Env) -> bool:
    """Whether this is a whole variable, or as much of it as the query sees; which of both is noted."""
    inner = _unsliced(node)
    if not isinstance(inner, ast.Name) or inner.id not in scope.nodes or inner.id in queries.names():
        return False
    if isinstance(node, ast.Subscript) and not is_slice(node, queries):
        return False
    scope.seen.append(("earlier" if isinstance(node, ast.Subscript) else "all", node))
    return True


def _reduces(scope: Scope, call: ast.Call, queries: Env) -> bool:
    """Whether a call makes one value of those at several keys; max(a, b) does not."""
    inner = _unsliced(call.args[0])
    column = isinstance(inner, ast.Name) and inner.id in scope.nodes and inner.id not in queries.names()
    return column or isinstance(call.args[0], (ast.GeneratorExp, ast.ListComp))


def _closest(scope: Scope, call: ast.expr, queries: Env, keywords: Keywords) -> Closest:
    """The nearest key, found by the helper for its rules."""
    match call:
        case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=i), matches], keywords=[]) if (
            name in scope.closest and i == queries.index
        ):
            tie, own, fallback = scope.closest[name]
            rules: Keywords = {"tie": tie, "own": own, "fallback": fallback}
            if isinstance(matches, ast.Name) and matches.id in queries.matches:
                return Closest(queries.matches[matches.id], **rules, **keywords)
            if isinstance(matches, ast.ListComp):
                keys = key_loop(scope, matches.generators, queries)
                _no_filter(scope, matches.generators)
                return Closest(read_condition(scope, matches.elt, keys, queries), **rules, **keywords)
    raise scope.source.problem(
        call,
        "this is not the nearest key",
        instead="closest(i, [key == query for key in ...]), in a loop with enumerate",
    )


def _at_key(scope: Scope, column: ast.Name, at: ast.expr, queries: Env, keywords: Keywords) -> Aggregate:
    """``values[p]``, where ``p`` is the position of a selector's one key."""
    values = scope.sop(column)
    if isinstance(at, ast.Name) and at.id in queries.keys:
        return Aggregate(queries.keys[at.id], values, "pick", **keywords)
    if isinstance(at, ast.Call):
        near = _closest(scope, at, queries, {"span": scope.source.span(at)})
        return Aggregate(near, values, "pick", **keywords)
    raise scope.source.problem(
        at, "a value is read at the position of a nearest key only", why="other positions may not be there",
        instead="next((v for j, v in enumerate(x) if j == query), DEFAULT)",
    )  # fmt: skip


def _aggregate(scope: Scope, call: ast.Call, name: str, queries: Env, keywords: Keywords) -> Aggregate:
    """One value of those at the selected keys."""
    default = _default(scope, call, name)
    items = call.args[0]
    if _column(scope, items, queries):
        selector: Selector = FULL
        values = scope.sop(_unsliced(items))
    else:
        assert isinstance(items, (ast.GeneratorExp, ast.ListComp))
        keys = key_loop(scope, items.generators, queries)
        tests = items.generators[0].ifs
        if len(tests) != 1:
            raise scope.source.problem(
                items,
                "an aggregate says in one if which keys it takes",
                instead="[... for key in x if key == query]",
            )
        selector = read_condition(scope, tests[0], keys, queries)
        values = read_value(scope, items.elt, keys)
    _check_call(scope, call, name, selector, values)
    return Aggregate(selector, values, REDUCES[name], default, **keywords)


def _default(scope: Scope, call: ast.Call, name: str) -> Value | None:
    """The value where nothing is selected."""
    by_name = name in ("max", "min")
    given = [k.value for k in call.keywords if k.arg == "default"] if by_name else call.args[1:]
    if len(call.args) + len(call.keywords) != 1 + len(given):
        raise scope.source.problem(call, f"{name} has arguments that it does not take")
    if name == "sum":
        if given:
            raise scope.source.problem(
                given[0], "a sum starts with nothing else", instead="total([...], DEFAULT)"
            )
        return 0
    return scope.source.value(given[0], "a default") if given else None


def _check_call(scope: Scope, call: ast.Call, name: str, selector: Selector, values: SOp) -> None:
    """Python's own sum and next say the same as an aggregate only under conditions."""
    if name == "sum" and not scope.types[values] <= {int}:
        raise scope.source.problem(call, "sum adds up what may be no integers", instead="total([...], 0)")
    if name == "next" and (not one_at_most(selector) or len(call.args) != 2):
        what = "next takes the first of what may be several keys, or none"
        raise scope.source.problem(call, what, instead="pick([...], DEFAULT)")


def _is_best(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "best"


def _labels(scope: Scope, call: ast.Call) -> list[str]:
    if not call.args or call.keywords:
        raise scope.source.problem(call, "a read-out begins with its labels", instead='best(("a", "b"), ...)')
    body = scope.literal(call.args[0])
    if not isinstance(body, (ast.Tuple, ast.List)):
        raise scope.source.problem(call.args[0], "the labels are no tuple", instead='("a", "b")')
    return [scope.source.string(e, "a label") for e in body.elts]


Scores = CategoricalScores | NumericScores


def _pooled(scope: Scope, call: ast.expr, keywords: Keywords) -> Classify:
    """``[best(LABELS, *map(A.get, x), ...)] * len(tokens)``: the scores of all positions together."""
    assert isinstance(call, ast.Call)
    labels = _labels(scope, call)
    inputs: list[Scores] = []
    for column in call.args[1:]:
        if not isinstance(column, ast.Starred):
            raise scope.source.problem(
                column, "a pooled read-out takes the rows of all positions", instead="*map(...)"
            )
        inputs.append(_scores(scope, column.value))
    return Classify(tuple(labels), tuple(inputs), True, **keywords)


def _classify(
    scope: Scope, value: ast.ListComp, call: ast.Call, rows: ast.comprehension, keywords: Keywords
) -> Classify:
    """``[best(LABELS, A.get(x)) for ...]`` or ``[best(LABELS, *rows) for rows in zip(map(A.get, x), ...)]``."""
    labels = _labels(scope, call)
    inputs: list[Scores] = []
    match call.args[1:], rows:
        case [ast.Starred(value=ast.Name(id=given))], ast.comprehension(
            target=ast.Name(id=target),
            iter=ast.Call(func=ast.Name(id="zip"), args=columns, keywords=[]),
            ifs=[],
        ) if given == target:
            inputs = [_scores(scope, column) for column in columns]
        case _:
            queries = query_loop(scope, value.generators)
            inputs = [_score(scope, item, queries) for item in call.args[1:]]
    return Classify(tuple(labels), tuple(inputs), **keywords)


def _scores(scope: Scope, column: ast.expr) -> Scores:
    """The rows of scores of an input at all positions."""
    match column:
        case ast.Call(
            func=ast.Name(id="map"), args=[ast.Attribute(value=table, attr="get"), variable], keywords=[]
        ):
            return _rows(scope, table, scope.sop(variable))
        case ast.ListComp(elt=element, generators=generators):
            return _score(scope, element, query_loop(scope, generators))
        case _:
            raise scope.source.problem(
                column,
                "these are no rows of scores",
                instead="map(SCORES.get, x), or [[c * n for c in SCORES] for n in x]",
            )


def _score(scope: Scope, item: ast.expr, queries: Env) -> Scores:
    """The scores of an input at one position."""
    match item:
        case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[ast.Name(id=name)], keywords=[]) if (
            name in queries.values
        ):
            return _rows(scope, table, queries.values[name])
        case ast.ListComp(
            elt=ast.BinOp(left=ast.Name(id=c), op=ast.Mult(), right=ast.Name(id=name)),
            generators=[ast.comprehension(target=ast.Name(id=target), iter=table, ifs=[])],
        ) if c == target and name in queries.values:
            row = _row(scope, scope.literal(table))
            with scope.source.at(table):
                return NumericScores(queries.values[name], row)
        case _:
            raise scope.source.problem(
                item, "these are no scores", instead="SCORES.get(x), or [c * n for c in SCORES]"
            )


def _rows(scope: Scope, place: ast.expr, variable: SOp) -> CategoricalScores:
    table = scope.literal(place)
    if not isinstance(table, ast.Dict):
        text = ast.unparse(place)
        raise scope.source.problem(
            place, f"{text} is no dictionary", instead=did_you_mean(text, scope.constants)
        )
    rows: list[tuple[Value, tuple[int, ...]]] = []
    for key, row in zip(table.keys, table.values, strict=True):
        if key is None:
            raise scope.source.problem(table, "a table of scores with ** inside")
        rows.append((scope.source.value(key, "a row's value"), _row(scope, row)))
    with scope.source.at(table):
        return CategoricalScores(variable, rows)


def _row(scope: Scope, node: ast.expr) -> tuple[int, ...]:
    row: list[int] = []
    for value in scope.source.values(node, "a row of scores"):
        if type(value) is not int:
            raise scope.source.problem(node, f"a score is {value!r}", instead="an integer")
        row.append(value)
    return tuple(row)


def with_names(node: Node, name: str, suffixes: tuple[str, str], stated: set[int]) -> Node:
    """The node, with the selectors inside its statement called after it; see :mod:`.layout`."""
    leaves: list[Selector] = []
    _leaves(node, stated, leaves)
    leaf = name + suffixes[0] if len(leaves) == 1 and leaves[0] != FULL else None

    def renamed(selector: Selector) -> Selector:
        if id(selector) in stated or selector == FULL:
            return selector
        match selector:
            case Select():
                return replace(selector, name=leaf)
            case And() | Or():
                return replace(selector, left=renamed(selector.left), right=renamed(selector.right))
            case Not():
                return replace(selector, operand=renamed(selector.operand))
            case Closest():
                return replace(selector, selector=renamed(selector.selector), name=name + suffixes[1])
            case _:
                return selector

    match node:
        case Aggregate() | SelectorWidth() | Closest():
            return replace(node, selector=renamed(node.selector))
        case Not():
            return replace(node, operand=renamed(node.operand))
        case And() | Or():
            return replace(node, left=renamed(node.left), right=renamed(node.right))
        case _:
            return node


def _leaves(node: Node, stated: set[int], leaves: list[Selector]) -> None:
    for child in node.children:
        if isinstance(child, Selector) and id(child) not in stated:
            if isinstance(child, Select):
                leaves.append(child)
            _leaves(child, stated, leaves)
