"""Two variables that are equal everywhere become one, the earlier; so do selectors."""

from __future__ import annotations

from readhead.program.domains import exact
from readhead.program.nodes import FULL, Constant, Map, Node, Select, Selector, Table
from readhead.program.operators import typed
from readhead.reason.rules.work import Edit, Work

NEVER: Select = Select(Constant(1), Constant(1), "!=")
"""The selector of no key."""


def duplicates(work: Work) -> None:
    """Merge what is equal: on every input where they are observed, else a table that gives back its argument."""
    if work.observed is None:
        for name, node in work.nodes():
            if isinstance(node, Map) and len(node.arguments) == 1 and _gives_back(work, node):
                work.attempt(name, {node: instead(node.arguments[0])}, "known")
        return
    first_of: dict[Node, Node] = {}
    same: dict[tuple[bool, bytes], Node] = {}
    names: dict[Node, str] = {}
    work.observed.learn([FULL, NEVER])
    for known in (FULL, NEVER):
        same[True, work.observed.fingerprint(known)] = known
    for name, node in work.program.variables.items():
        key = isinstance(node, Selector), work.observed.fingerprint(node)
        first = same.setdefault(key, node)
        if first != node and node not in (FULL, NEVER):
            names[node] = name
            first_of[node] = first
    work.observed.forget(work.program.outputs)
    for node, first in reversed(first_of.items()):
        edit = _merged(work, node, first)
        if edit is not None:
            work.attempt(names[node], {node: edit}, "known")


def _merged(work: Work, node: Node, first: Node) -> Edit | None:
    """The edit that merges two nodes; None where a merge before has done away with one, or changed their order."""
    order = {n: i for i, n in enumerate(work.program.variables.values())}
    if node not in order:
        return None
    if first in (FULL, NEVER):
        return fixed(first)
    return instead(first) if order.get(first, len(order)) < order[node] else None


def instead(other: Node) -> Edit:
    """An edit that puts an earlier variable in a node's place."""
    return lambda node, new: new(other)


def fixed(other: Node) -> Edit:
    """An edit that puts a new node in a node's place, as it is."""
    return lambda node, new: other


def _gives_back(work: Work, node: Map) -> bool:
    """Whether a table answers each value that its argument can have with that value."""
    values = work.reach.values(node.arguments[0])
    if not isinstance(node.function, Table) or values is None:
        return False
    lookup, default = node.function.lookup(), node.function.default
    found = [(v, lookup.get((typed(v),), default)) for v in values]
    return all(result is not None and exact(result) == exact(v) for v, result in found)
