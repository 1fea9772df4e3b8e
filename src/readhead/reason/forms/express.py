"""Tables and predicates made expressions, one by one, all from what occurs: every variable keeps its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from readhead.program.nodes import (
    Aggregate,
    Constant,
    Map,
    Node,
    Relation,
    Select,
    SelectorWidth,
    SOp,
    Table,
    topological,
)
from readhead.program.program import Program
from readhead.program.rewrite import rebuild
from readhead.reason.forms.expressions import Bound
from readhead.reason.forms.predicates import form_of_predicate
from readhead.reason.forms.seen import Seen
from readhead.reason.forms.tables import form_of_table

Note = Callable[[Node, Node], None]


def express(
    program: Program,
    seen: Seen,
    bound: Bound,
    note: Note,
    kept: set[bytes],
    out_of_time: Callable[[], bool],
) -> Program:
    """The program with operators for the tables and predicates that say no more.

    Every variable that stays has the same value at every position of every content that was looked at.

    Args:
        program: what to change.
        seen: what occurs in it.
        bound: how far the search for expressions goes.
        note: is told of each change: the node as it was over its new children, and what stands in its place.
        kept: digests of nodes that have no shorter form on these contents; more are added.
        out_of_time: whether to leave the rest as it is.
    """
    new: dict[Node, Node] = {}
    for node in topological(program.outputs):
        rebuilt = rebuild(node, lambda child: new[child])
        form = None
        if not out_of_time() and node.digest not in kept:
            form = _form(node, rebuilt, seen, bound, program.causal)
            if form is None and rebuilt == node:
                kept.add(node.digest)
        if form is not None:
            note(rebuilt, form)
        new[node] = rebuilt if form is None else named_as(form, node)
    outputs = tuple(new[output] for output in program.outputs)
    return replace(program, outputs=tuple(o for o in outputs if isinstance(o, SOp)))


def _form(old: Node, node: Node, seen: Seen, bound: Bound, causal: bool) -> Node | None:
    match node:
        case Map(function=Table()):
            return form_of_table(node, seen.keys[old], bound)
        case Select(predicate=Relation()):
            return form_of_predicate(node, seen.pairs[old], bound, lengths=not causal)
        case Aggregate(values=Constant(value=1), reduce="sum", default=0) if _counts(node):
            return SelectorWidth(node.selector)
        case _:
            return None


def _counts(node: Aggregate) -> bool:
    """Whether a sum of ones is a whole number, also where nothing is selected."""
    assert isinstance(node.values, Constant)
    return type(node.values.value) is int and type(node.default) is int


def named_as(node: Node, old: Node) -> Node:
    """What stands in an old node's place, under the old name where it has none of its own."""
    if (
        old.name is None
        or node.name is not None
        or not isinstance(node, (Map, Select, Constant, SelectorWidth))
    ):
        return node
    return replace(node, name=old.name)
