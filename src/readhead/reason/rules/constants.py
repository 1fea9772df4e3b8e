"""A variable that is the same everywhere becomes that value."""

from __future__ import annotations

from readhead.program.nodes import Constant, SOp
from readhead.program.operators import Value
from readhead.reason.rules.work import Edit, Work


def constants(work: Work) -> None:
    """Replace variables that have one value only."""
    for name, node in work.nodes():
        if (
            work.program.variables.get(name) != node
            or not isinstance(node, SOp)
            or isinstance(node, Constant)
        ):
            continue
        values = work.reach.values(node)
        if values is not None and len(values) == 1:
            work.attempt(name, {node: to_constant(values[0])}, "known")


def to_constant(value: Value) -> Edit:
    """An edit that puts a value in a node's place."""
    return lambda node, new: Constant(value)
