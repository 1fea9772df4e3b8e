"""The expressions of a plain file read as nodes: values at a position, and conditions on a key."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from readhead.errors import ProgramError, did_you_mean
from readhead.language.python.functions import read_predicate, read_table
from readhead.language.python.kinds import NUMBERS, plain
from readhead.language.python.plain.scope import Env, Scope
from readhead.program.nodes import (
    FULL,
    And,
    Constant,
    Indices,
    Map,
    Not,
    Or,
    Relation,
    Select,
    Selector,
    SOp,
    Table,
)
from readhead.program.operators import Value

SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "^",
}

ORDERS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}

FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

CALLED = {"min": 2, "max": 2, "abs": 1, "round": 1, "str": 1, "int": 1, "float": 1, "bool": 1}
"""The operators that are called, and how many values they take."""

EXPRESSION = "values of the loop joined with operators, min, max, round, ..., a table such as {...}.get(x, 0)"


def read_value(scope: Scope, node: ast.expr, env: Env, keywords: dict[str, Any] | None = None) -> SOp:
    """The s-op that an expression over a loop's names is.

    Args:
        scope: the file.
        node: the expression.
        env: the loop.
        keywords: the name and place of the variable, for a statement; none inside another expression.
    """
    root = keywords is not None
    made = _value(scope, node, env, {"span": scope.source.span(node)} if keywords is None else keywords)
    scope.typed(made)
    if isinstance(made, Map) and not root and not isinstance(node, ast.Name):
        scope.nested.append((made, node))
    return made


def _value(scope: Scope, node: ast.expr, env: Env, keywords: dict[str, Any]) -> SOp:
    def made(name: str, *parts: ast.expr) -> Map:
        with scope.source.at(node):
            return Map(name, tuple(read_value(scope, p, env) for p in parts), **keywords)

    match node:
        case ast.Constant() | ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            return Constant(scope.source.value(node, "a constant"), **keywords)
        case ast.Name():
            return _named(scope, node, env)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in SIGNS:
            return made(SIGNS[type(sign)], left, right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return made("neg", operand)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return made("not", operand)
        case ast.BoolOp():
            return _joined(scope, node, env, keywords, boolean=True)
        case ast.Call(func=ast.Name(id="bool"), args=[ast.BoolOp() as inner], keywords=[]):
            joined = _joined(scope, inner, env, keywords, boolean=False)
            if all(scope.types[a] <= {bool} for a in joined.arguments):
                return made("bool", inner)
            return joined
        case ast.Compare(ops=[ast.In() | ast.NotIn() as sign], left=left, comparators=[among]):
            values = _values(scope, among)
            positive = isinstance(sign, ast.In)
            table = _table(scope, node, [(_key(scope, v), positive) for v in values], not positive)
            return _looked_up(scope, node, table, [left], env, keywords)
        case ast.Compare(left=left, ops=[order], comparators=[right]) if type(order) in ORDERS:
            return made(ORDERS[type(order)], left, right)
        case ast.IfExp():
            return _choice(scope, node, env, keywords)
        case ast.Call(func=ast.Name(id=name), args=parts, keywords=[]) if len(parts) == CALLED.get(name):
            return made(name, *parts)
        case ast.Call(func=ast.Name(id=name), args=parts, keywords=[]) if name in scope.functions:
            read = [read_value(scope, p, env) for p in parts]
            types = [scope.types[a] for a in read]
            table = read_table(scope.source, scope.functions[name], types, lambda i: scope.domain(read[i]))
            with scope.source.at(node):
                return Map(table, tuple(read), **keywords)
        case ast.Call(func=ast.Attribute(value=body, attr="get"), args=[key, default], keywords=[]):
            return _dictionary(
                scope, node, body, key, scope.source.value(default, "a default"), env, keywords
            )
        case ast.Subscript(value=body, slice=key):
            return _dictionary(scope, node, body, key, None, env, keywords)
        case ast.Call(func=ast.Name(id=name) as place):
            known = {*CALLED, *scope.functions}
            raise scope.source.problem(
                place, f"a value cannot call {name} so", instead=did_you_mean(name, known)
            )
        case _:
            raise scope.source.problem(node, "this is no value of a variable", instead=EXPRESSION)


def _named(scope: Scope, node: ast.Name, env: Env) -> SOp:
    if node.id in env.values:
        return env.values[node.id]
    if node.id == env.index:
        return Indices(span=scope.source.span(node))
    raise scope.source.problem(
        node, f"{node.id!r} is no value of this loop", instead=did_you_mean(node.id, env.names())
    )


def _joined(scope: Scope, node: ast.BoolOp, env: Env, keywords: dict[str, Any], *, boolean: bool) -> Map:
    """``a and b and c``, from the left; its last operator gets the name."""
    name = "and" if isinstance(node.op, ast.And) else "or"
    found = read_value(scope, node.values[0], env)
    for i, part in enumerate(node.values[1:], start=2):
        last = i == len(node.values)
        found = Map(name, (found, read_value(scope, part, env)), **(keywords if last else {}))
        if boolean and not all(scope.types[a] <= {bool} for a in found.arguments):
            raise scope.source.problem(
                node,
                f"'{name}' of values that are not all True or False",
                instead=f"bool({ast.unparse(node)})",
            )
        scope.typed(found)
        if not last:
            scope.nested.append((found, node))
    assert isinstance(found, Map)
    return found


def _choice(scope: Scope, node: ast.IfExp, env: Env, keywords: dict[str, Any]) -> SOp:
    """A table with one answer besides its default, an indicator, or ``if``."""
    match node.test, _literal(node.body), _literal(node.orelse):
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as sign], comparators=[among]), True, True:
            then, other = (scope.source.value(n, "an answer") for n in (node.body, node.orelse))
            if isinstance(sign, ast.NotIn):
                then, other = other, then
            entries = [(_key(scope, v), then) for v in _values(scope, among)]
            return _looked_up(scope, node, _table(scope, node, entries, other), [left], env, keywords)
    with scope.source.at(node):
        if _is_whole(node.body, 1) and _is_whole(node.orelse, 0):
            return Map("indicator", (read_value(scope, node.test, env),), **keywords)
        parts = (node.test, node.body, node.orelse)
        return Map("if", tuple(read_value(scope, p, env) for p in parts), **keywords)


def _is_whole(node: ast.expr, value: int) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value == value


def _literal(node: ast.expr) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    return isinstance(inner, ast.Constant)


def _values(scope: Scope, node: ast.expr) -> list[ast.expr]:
    body = scope.literal(node)
    if not isinstance(body, (ast.Set, ast.Tuple, ast.List)):
        raise scope.source.problem(
            node,
            f"{ast.unparse(node)} is no set of values",
            instead='x in {"a", "b"}, or a constant that is one',
        )
    return body.elts


def _key(scope: Scope, node: ast.expr) -> tuple[Value, ...]:
    return (scope.source.value(node, "a table's key"),)


def _table(
    scope: Scope, node: ast.expr, entries: Sequence[tuple[tuple[Value, ...], Value]], default: Value | None
) -> Table:
    with scope.source.at(node):
        return Table(entries, default)


def _dictionary(
    scope: Scope,
    node: ast.expr,
    body: ast.expr,
    key: ast.expr,
    default: Value | None,
    env: Env,
    keywords: dict[str, Any],
) -> Map:
    """A table that is written as a dictionary."""
    rows = scope.literal(body)
    if not isinstance(rows, ast.Dict):
        raise scope.source.problem(
            body,
            f"{ast.unparse(body)} is no dictionary",
            instead='{"a": 1, "b": 2}, or a constant that is one',
        )
    arguments = key.elts if isinstance(key, ast.Tuple) else [key]
    entries = []
    for k, v in zip(rows.keys, rows.values, strict=True):
        if k is None:
            raise scope.source.problem(v, "a dictionary with ** inside")
        parts = k.elts if isinstance(key, ast.Tuple) and isinstance(k, ast.Tuple) else [k]
        if len(parts) != len(arguments):
            raise scope.source.problem(k, f"a key of {len(parts)} values for {len(arguments)} arguments")
        keys = tuple(scope.source.value(p, "a table's key") for p in parts)
        entries.append((keys, scope.source.value(v, "a table's value")))
    return _looked_up(scope, node, _table(scope, rows, entries, default), arguments, env, keywords)


def _looked_up(
    scope: Scope,
    node: ast.expr,
    table: Table,
    arguments: Sequence[ast.expr],
    env: Env,
    keywords: dict[str, Any],
) -> Map:
    read = [read_value(scope, a, env) for a in arguments]
    for i, (argument, variable) in enumerate(zip(arguments, read, strict=True)):
        check_keys(scope, argument, variable, [key[i] for key, _ in table.entries])
    with scope.source.at(node):
        return Map(table, tuple(read), **keywords)


def check_keys(scope: Scope, node: ast.expr, variable: SOp, keys: Sequence[Value]) -> None:
    """Keys must be found in Python exactly where they are found in a program's tables, which tell 1 from 1.0."""
    types = scope.types[variable]
    kinds = {type(k) for k in keys}
    wrong = [k for k in keys if not plain(types, type(k)) or len(kinds & NUMBERS) > 1]
    if wrong:
        words = " or ".join(sorted(t.__name__ for t in types))
        raise scope.source.problem(
            node,
            f"{wrong[0]!r} is looked up among values that may be {words}",
            why="1, 1.0 and True are one key in Python, and three in a program's tables",
            instead="write keys of the type that the values have",
        )


def read_condition(scope: Scope, node: ast.expr, keys: Env, queries: Env) -> Selector:
    """The selector that a condition on a key and its query is."""
    place: dict[str, Any] = {"span": scope.source.span(node)}
    match node:
        case ast.BoolOp(values=[first, *others], op=op):
            kind = And if isinstance(op, ast.And) else Or
            found = read_condition(scope, first, keys, queries)
            for other in others:
                found = kind(found, read_condition(scope, other, keys, queries), **place)
            return found
        case ast.Constant(value=True):
            return FULL
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Not(read_condition(scope, operand, keys, queries), **place)
        case ast.Name(id=name) if name in keys.matches:
            return keys.matches[name]
        case ast.Compare(left=ast.Name(id=j), ops=[ast.Eq()], comparators=[ast.Name(id=p)]) if (
            p in queries.keys and j == keys.index
        ):
            return queries.keys[p]
        case ast.Compare(left=key, ops=[order], comparators=[query]) if _is_get(query):
            return Select(*_related(scope, key, order, query, keys, queries), **place)
        case ast.Compare(left=left, ops=[order], comparators=[right]) if type(order) in ORDERS:
            sign = ORDERS[type(order)]
            if (
                _reads(left) & queries.names() - keys.names()
                and not _reads(right) & queries.names() - keys.names()
            ):
                left, right, sign = right, left, FLIPPED[sign]
            with scope.source.at(node):
                return Select(read_value(scope, left, keys), read_value(scope, right, queries), sign, **place)
        case ast.Call(func=ast.Name(id=name), args=[first, second], keywords=[]) if name in scope.functions:
            sides = (read_value(scope, first, queries), read_value(scope, second, keys))
            types = (scope.types[sides[0]], scope.types[sides[1]])
            function = scope.functions[name]
            relation = read_predicate(scope.source, function, types, lambda i: scope.domain(sides[i]))
            return Select(sides[1], sides[0], relation, **place)
        case _:
            raise _no_condition(scope, node)


def _no_condition(scope: Scope, node: ast.expr) -> ProgramError:
    return scope.source.problem(
        node,
        "this says of no key whether it is selected",
        instead="key == query, key < query + 1, key in {...}.get(query, ()), joined with and, or, not",
    )


def _reads(node: ast.expr) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _is_get(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="get"), args=[_] | [_, ast.Tuple(elts=[])]):
            return True
    return False


def _related(
    scope: Scope, key: ast.expr, order: ast.cmpop, call: ast.expr, keys: Env, queries: Env
) -> tuple[SOp, SOp, Relation | str]:
    """``key in {...}.get(query, ())`` or ``key == {...}.get(query)``."""
    match call, order:
        case ast.Call(
            func=ast.Attribute(value=body), args=[query, ast.Tuple(elts=[])], keywords=[]
        ), ast.In():
            several = True
        case ast.Call(func=ast.Attribute(value=body), args=[query], keywords=[]), ast.Eq():
            several = False
        case _:
            raise _no_condition(scope, call)
    rows = scope.literal(body)
    if not isinstance(rows, ast.Dict):
        raise scope.source.problem(
            body, f"{ast.unparse(body)} is no dictionary", instead='{"a": "b"}.get(query)'
        )
    pairs: list[tuple[Value, Value]] = []
    for q, k in zip(rows.keys, rows.values, strict=True):
        if q is None:
            raise scope.source.problem(k, "a dictionary with ** inside")
        named = scope.source.value(q, "a query")
        found = scope.source.values(k, "the keys") if several else [scope.source.value(k, "a key")]
        if any(type(q) is type(named) and q == named for _, q in pairs):
            raise scope.source.problem(q, f"{named!r} has two rows", instead="one row for each query")
        pairs += [(v, named) for v in found]
    key_value, query_value = read_value(scope, key, keys), read_value(scope, query, queries)
    check_keys(scope, key, key_value, [k for k, _ in pairs])
    check_keys(scope, query, query_value, [q for _, q in pairs])
    return key_value, query_value, Relation(pairs)
