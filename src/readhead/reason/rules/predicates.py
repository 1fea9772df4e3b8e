"""A predicate lists the pairs that can be met, and no others."""

from __future__ import annotations

from readhead.program.nodes import Node, Relation, Select
from readhead.program.rewrite import replace_node
from readhead.reason.reach import reachable_pairs
from readhead.reason.rules.duplicates import NEVER
from readhead.reason.rules.work import Edit, Work


def predicates(work: Work) -> None:
    """Drop the pairs of keys and queries that never stand in one sequence."""
    for name, node in work.nodes():
        if not isinstance(node, Select) or not isinstance(node.predicate, Relation):
            continue
        met = work.reach.pairs(node) if node in work.program.names else None
        if met is None:
            continue
        kept = reachable_pairs(node.predicate, met)
        if len(kept) < len(node.predicate.pairs):
            work.attempt(name, {node: with_pairs(Relation(kept))}, "known")


def with_pairs(relation: Relation) -> Edit:
    """An edit to the same selector with another predicate; to the selector of nothing, where that has no pairs."""

    def edit(rebuilt: Node, new: object) -> Node:
        assert isinstance(rebuilt, Select)
        return replace_node(rebuilt, predicate=relation) if relation.pairs else NEVER

    return edit
