"""A slow interpreter, one value at a time, written from the nodes' docstrings alone: what `interpret` is held to."""

from __future__ import annotations

import math

from readhead.errors import EvaluationError
from readhead.program.nodes import (
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Not,
    Or,
    Relation,
    Select,
    SelectorWidth,
    SOp,
    Tokens,
)
from readhead.program.operators import COMPARISONS, OPERATORS


def same(a, b):
    """Whether two values are the same, of the same type."""
    return type(a) is type(b) and a == b


def evaluate(program, content):
    """Every variable of one sequence: lists of values, and lists of lists of booleans [query][key]."""
    seen = program.vocabulary.sequence(content)
    values = {}
    for node in program.variables.values():
        values[node] = _node(node, values, seen, program.causal)
    return seen, {name: values[node] for name, node in program.variables.items()}


def answer(program, content):
    """The first output as `Program.run` gives it."""
    seen, values = evaluate(program, content)
    first = values[program.names[program.outputs[0]]]
    if program.kind == "sequence_label":
        return first[0]
    if program.kind == "next_token":
        return first[-1]
    begin, end = program.vocabulary.begin is not None, program.vocabulary.end is not None
    return first[int(begin) : len(seen) - int(end)]


def _node(node, values, seen, causal):
    n = len(seen)
    if isinstance(node, Tokens):
        return list(seen)
    if isinstance(node, Indices):
        return list(range(n))
    if isinstance(node, Constant):
        return [node.value] * n
    if isinstance(node, Map):
        return [_map(node, [values[a][i] for a in node.arguments]) for i in range(n)]
    if isinstance(node, SelectorWidth):
        return [sum(row) for row in values[node.selector]]
    if isinstance(node, Aggregate):
        return [_aggregate(node, values, q, n) for q in range(n)]
    if isinstance(node, Classify):
        return _classify(node, values, n)
    rows = []
    for q in range(n):
        there = [k for k in range(n) if not causal or k <= q]
        chosen = _chosen(node, values, q, there)
        rows.append([k in chosen for k in range(n)])
    return rows


def _chosen(node, values, q, there):
    """The set of keys that a query selects, of those that there are."""
    if isinstance(node, Select):
        query = values[node.queries][q]
        return {k for k in there if _holds(node.predicate, values[node.keys][k], query)}
    if isinstance(node, And):
        return {k for k in there if values[node.left][q][k] and values[node.right][q][k]}
    if isinstance(node, Or):
        return {k for k in there if values[node.left][q][k] or values[node.right][q][k]}
    if isinstance(node, Not):
        return {k for k in there if not values[node.operand][q][k]}
    assert isinstance(node, Closest)
    matching = {k for k in there if values[node.selector][q][k]}
    others = matching - {q}
    if node.own == "any" and q in matching:
        return {q}
    if others:
        near = min(abs(k - q) for k in others)
        nearest = [k for k in others if abs(k - q) == near]
        return {min(nearest) if node.tie == "earlier" else max(nearest)}
    if node.own == "last" and q in matching:
        return {q}
    return {0 if node.fallback == "first" else q}


def _holds(predicate, key, query):
    if isinstance(predicate, Relation):
        return any(same(key, k) and same(query, q) for k, q in predicate.pairs)
    return COMPARISONS[predicate].apply(key, query)


def _map(node, arguments):
    if isinstance(node.function, str):
        return OPERATORS[node.function].apply(*arguments)
    for key, value in node.function.entries:
        if all(same(a, k) for a, k in zip(arguments, key, strict=True)):
            return value
    if node.function.default is None:
        raise EvaluationError("no entry")
    return node.function.default


def _aggregate(node, values, q, n):
    chosen = [values[node.values][k] for k in range(n) if values[node.selector][q][k]]
    if not chosen:
        if node.default is None:
            raise EvaluationError("empty row")
        return node.default
    if len(chosen) == 1:
        return chosen[0]
    if node.reduce == "pick":
        raise EvaluationError("several")
    if node.reduce in ("max", "min"):
        best = chosen[0]
        for value in chosen[1:]:
            if OPERATORS[">" if node.reduce == "max" else "<"].apply(value, best):
                best = value
        return best
    if not all(type(v) in (int, float) for v in chosen):
        raise EvaluationError("no numbers")
    if all(type(v) is int for v in chosen):
        total = sum(chosen)
        if not -(2**63) <= total < 2**63:
            raise EvaluationError("overflow")
    else:
        try:
            total = math.fsum(chosen)
        except OverflowError:
            raise EvaluationError("overflow") from None
    return total / len(chosen) if node.reduce == "mean" else total


def _classify(node, values, n):
    per_position = []
    for i in range(n):
        scores = [0] * len(node.labels)
        for item in node.inputs:
            value = values[item.variable][i]
            if isinstance(item, CategoricalScores):
                rows = [row for key, row in item.rows if same(key, value)]
                added = rows[0] if rows else [0] * len(node.labels)
            else:
                if type(value) not in (int, bool):
                    raise EvaluationError("no integer")
                added = [c * value for c in item.coefficients]
            scores = [s + a for s, a in zip(scores, added, strict=True)]
        per_position.append(scores)
    if node.pooled:
        per_position = [[sum(column) for column in zip(*per_position, strict=True)]] * n
    answers = []
    for scores in per_position:
        if any(not -(2**63) <= s < 2**63 for s in scores):
            raise EvaluationError("overflow")
        answers.append(node.labels[scores.index(max(scores))])
    return answers


def is_sop(node):
    return isinstance(node, SOp)
