"""What makes no difference to any answer.

Variables that another, an argument or a constant can stand for; selectors that another can stand for; pairs of
predicates and entries of tables that do not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from readhead.program.columns import Array
from readhead.program.nodes import (
    FULL,
    Aggregate,
    And,
    Classify,
    Closest,
    Constant,
    Map,
    Node,
    Or,
    Relation,
    Select,
    Selector,
    SelectorWidth,
    SOp,
    Table,
)
from readhead.program.operators import Value, typed
from readhead.program.rewrite import replace_node
from readhead.reason.observe import Observed, selected
from readhead.reason.rules.constants import to_constant
from readhead.reason.rules.duplicates import NEVER, fixed, instead
from readhead.reason.rules.predicates import with_pairs
from readhead.reason.rules.work import Edit, Work

ALIKE = 6
"""So many other variables are tried in a variable's place: those that agree with it most often."""

USUAL = 3
"""So many of its values are tried in its place."""


def variables(work: Work) -> None:
    """Replace variables by constants, arguments or other variables."""
    if work.observed is None:
        return
    for name, node in work.nodes():
        if isinstance(node, (Aggregate, Map, SelectorWidth, Classify)) and node in work.program.names:
            for edit in _stand_ins(work, node):
                if work.attempt(name, {node: edit}, "tried"):
                    break


def choices(work: Work) -> None:
    """Replace selectors by others."""
    if work.observed is None:
        return
    for name, node in work.nodes():
        if not isinstance(node, Selector) or node in (FULL, NEVER) or node not in work.program.names:
            continue
        others = [o for o in _before(work, node) if isinstance(o, Selector)]
        nearest = _most_alike(work, node, others)
        inner: list[Node] = list(node.children) if isinstance(node, (And, Or, Closest)) else []
        for other in dict.fromkeys((*inner, *nearest)):
            if work.attempt(name, {node: instead(other)}, "tried"):
                break
        else:
            for known in (FULL, NEVER):
                if work.attempt(name, {node: fixed(known)}, "tried"):
                    break


def pairs(work: Work) -> None:
    """Drop pairs of predicates."""
    if work.observed is None:
        return
    for name, node in work.nodes():
        if isinstance(node, Select) and isinstance(node.predicate, Relation) and node in work.program.names:
            work.several(name, node.predicate.pairs, _without_pairs(work, name))


def entries(work: Work) -> None:
    """Drop entries of tables, which then answer with their default."""
    if work.observed is None:
        return
    for name, node in work.nodes():
        if not isinstance(node, Map) or not isinstance(node.function, Table):
            continue
        if node.function.default is not None and node in work.program.names:
            work.several(name, [key for key, _ in node.function.entries], _without_entries(work, name))


def _stand_ins(work: Work, node: SOp) -> list[Edit]:
    """What is tried in a variable's place: usual values, what it reads, variables that are often equal."""
    small = work.probe or work.observed
    assert small is not None
    codes = _flat(small, node)
    values, counts = np.unique(codes, return_counts=True)
    usual = sorted(zip((-counts).tolist(), values.tolist(), strict=True))[:USUAL]
    found = [to_constant(small.codes.values_met[code]) for _, code in usual]
    read = node.arguments if isinstance(node, Map) else (node.values,) if isinstance(node, Aggregate) else ()
    others = [o for o in _before(work, node) if isinstance(o, SOp) and not isinstance(o, Constant)]
    nearest = _most_alike(work, node, others)
    found += [instead(o) for o in dict.fromkeys((*read, *nearest)) if not isinstance(o, Constant)]
    return found


def _before(work: Work, node: Node) -> list[Node]:
    order = list(work.program.variables.values())
    return order[: order.index(node)]


def _most_alike(work: Work, node: Node, others: Sequence[Node]) -> list[Node]:
    """Those of the others that are equal to a node at most places of a few inputs."""
    small = work.probe or work.observed
    assert small is not None
    own = _flat(small, node)
    rank = {other: float((_flat(small, other) == own).mean()) if len(own) else 0.0 for other in others}
    return sorted((o for o in others if rank[o] > 0), key=lambda o: -rank[o])[:ALIKE]


def _flat(observed: Observed, node: Node) -> Array:
    """A number for what a node is at each place."""
    if isinstance(node, SOp):
        parts = [observed.coded(part, node).ravel() for part in observed.parts]
    else:
        parts = [selected(part.result(node, {})).ravel().astype(np.uint64) for part in observed.parts]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _without_pairs(work: Work, name: str) -> Callable[[Sequence[tuple[Value, Value]]], dict[Node, Edit]]:
    def build(gone: Sequence[tuple[Value, Value]]) -> dict[Node, Edit]:
        node = work.program.variables.get(name)
        if not isinstance(node, Select) or not isinstance(node.predicate, Relation):
            return {}
        dropped = {(typed(k), typed(q)) for k, q in gone}
        kept = [(k, q) for k, q in node.predicate.pairs if (typed(k), typed(q)) not in dropped]
        return {node: with_pairs(Relation(kept))}

    return build


def _without_entries(work: Work, name: str) -> Callable[[Sequence[tuple[Value, ...]]], dict[Node, Edit]]:
    def build(gone: Sequence[tuple[Value, ...]]) -> dict[Node, Edit]:
        node = work.program.variables.get(name)
        if not isinstance(node, Map) or not isinstance(node.function, Table):
            return {}
        default = node.function.default
        if default is None:
            return {}
        dropped = {tuple(map(typed, key)) for key in gone}
        kept = [(k, v) for k, v in node.function.entries if tuple(map(typed, k)) not in dropped]
        if not kept:
            return {node: to_constant(default)}
        table = Table(kept, default)
        return {node: lambda rebuilt, new: replace_node(rebuilt, function=table)}

    return build
