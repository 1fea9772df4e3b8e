"""Selectors made of selectors, where one of them says it all: ``s and s``, ``not not s``, the closest of one."""

from __future__ import annotations

from readhead.program.nodes import FULL, And, Closest, Node, Not, Or, Selector
from readhead.reason.positions import selects_all
from readhead.reason.rules.duplicates import NEVER, fixed
from readhead.reason.rules.work import Edit, Work


def selectors(work: Work) -> None:
    """Simplify selectors by the laws of logic."""
    for name, node in work.nodes():
        if isinstance(node, Selector) and node in work.program.names:
            edit = _law(node, work.program.causal)
            if edit is not None:
                work.attempt(name, {node: edit}, "always")


def _law(node: Selector, causal: bool) -> Edit | None:
    """What a selector always equals; None where no law applies."""
    match node:
        case And(left=left, right=right) if left == right or selects_all(right, causal):
            return _child(0)
        case And(left=left, right=right) if selects_all(left, causal):
            return _child(1)
        case And(left=left, right=right) if NEVER in (left, right) or complements(left, right):
            return fixed(NEVER)
        case Or(left=left, right=right) if left == right or right == NEVER:
            return _child(0)
        case Or(left=left, right=right) if left == NEVER:
            return _child(1)
        case Or(left=left, right=right) if complements(left, right) or selects_all(node, causal):
            return fixed(FULL)
        case Or(left=left, right=right) if selects_all(left, causal) or selects_all(right, causal):
            return fixed(FULL)
        case Not(operand=Not(operand=inner)):
            return lambda rebuilt, new: new(inner)
        case Not(operand=inner) if selects_all(inner, causal):
            return fixed(NEVER)
        case Not(operand=inner) if inner == NEVER:
            return fixed(FULL)
        case Closest(selector=Closest()) if node.own != "never":
            return _child(0)
        case And(left=left, right=Or(left=a, right=b)) | Or(left=left, right=And(left=a, right=b)) if (
            left in (a, b)
        ):
            return _child(0)
        case And(left=Or(left=a, right=b), right=right) | Or(left=And(left=a, right=b), right=right) if (
            right in (a, b)
        ):
            return _child(1)
        case _:
            return None


def complements(left: Selector, right: Selector) -> bool:
    """Whether one is the other's ``not``."""
    return Not(left) == right or Not(right) == left


def _child(index: int) -> Edit:
    """An edit that puts a node's child in its place."""

    def edit(rebuilt: Node, new: object) -> Node:
        return rebuilt.children[index]

    return edit
