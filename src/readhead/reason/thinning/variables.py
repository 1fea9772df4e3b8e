"""Moves that do away with whole variables: read-out inputs, constants, copies, arguments of tables.

Values and likenesses are those of the sample; whether a move costs an answer is tried on all examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from readhead.program.columns import Column, encode
from readhead.program.nodes import And, Classify, Closest, Constant, Map, Node, Or, Selector, SOp, Table
from readhead.program.operators import Value, sort_key, typed
from readhead.program.rewrite import fix_argument, replace_node
from readhead.reason.thinning.bench import unequal
from readhead.reason.thinning.moves import Move, Units
from readhead.reason.thinning.state import State

ALIKE = 0.8
"""Two variables are alike where they have the same value at this share of the positions, at least."""
SAME_KEYS = 0.4
"""Two selectors are alike where they select the same keys in this share of the sequences, at least."""
COPIES = 3
"""With so many other variables one is tried, at most."""


def coarse(state: State, *, copying: bool = True) -> Iterator[Move]:
    """Moves for every variable, those last computed first.

    Args:
        state: the program.
        copying: also try one variable for another.
    """
    yield from unread(state)
    for name, node in reversed(list(state.program.variables.items())):
        if isinstance(node, Classify) or not node.children:
            continue
        if isinstance(node, SOp):
            yield from constants(state, name, node)
        if copying:
            yield from copies(state, name, node)
        if isinstance(node, Map) and isinstance(node.function, Table) and len(node.arguments) > 1:
            yield from arguments(state, name, node)


def unread(state: State) -> Iterator[Move]:
    """The read-out without one of its inputs."""
    output, names = state.output, state.program.names
    if isinstance(output, Classify):
        for item in reversed(output.inputs):
            yield _not_reading(names[output], names[item.variable], state)


def _not_reading(where: str, variable: str, state: State) -> Move:
    def build(node: Node, _: Units) -> Node | None:
        if not isinstance(node, Classify):
            return None
        unwanted = state.program.variables.get(variable)
        return replace_node(node, inputs=tuple(i for i in node.inputs if i.variable != unwanted))

    return Move("read-out input", where, f"no longer reads {variable}", build)


def constants(state: State, name: str, node: SOp) -> Iterator[Move]:
    """A variable that always has its commonest value, or the second."""
    for value in usual(state, node)[:2]:
        yield Move("constant", name, f"is always {value!r}", _constant(value))


def _constant(value: Value) -> Callable[[Node, Units], Node]:
    return lambda node, _: Constant(value)


def usual(state: State, node: SOp) -> list[Value]:
    """The values that a variable has on the sample, the commonest first."""
    counts: dict[tuple[str, Value], int] = {}
    for part in state.bench.sample:
        column = part.of(node)
        assert isinstance(column, Column)
        codes, values = encode(column)
        for value, count in zip(values, np.bincount(codes.ravel(), minlength=len(values)), strict=True):
            counts[typed(value)] = counts.get(typed(value), 0) + int(count)
    found = [value for (_, value), count in counts.items() if count]
    return sorted(found, key=lambda value: (-counts[typed(value)], sort_key(value)))


def copies(state: State, name: str, node: Node) -> Iterator[Move]:
    """A variable that is another one: one that is much like it, or one that it reads."""
    selects = isinstance(node, Selector)
    read = node.children if isinstance(node, (And, Or)) or not selects else ()
    alike: list[tuple[float, str]] = []
    for other, candidate in state.program.variables.items():
        if candidate == node:
            break
        if _could_stand_for(candidate, node):
            share = likeness(state, node, candidate)
            if share >= (SAME_KEYS if selects else ALIKE) or candidate in read:
                alike.append((-share, other))
    for _, other in sorted(alike)[:COPIES]:
        yield _copy(name, other, state)


def _could_stand_for(candidate: Node, node: Node) -> bool:
    """Whether a variable is of the same sort; what picks one key for each query must go on doing so."""
    if isinstance(node, Selector):
        return isinstance(candidate, Selector) and isinstance(candidate, Closest) == isinstance(node, Closest)
    return isinstance(candidate, SOp) and not isinstance(candidate, Constant)


def _copy(where: str, other: str, state: State) -> Move:
    def build(node: Node, _: Units) -> Node | None:
        candidate = state.program.variables.get(other)
        if candidate is None or not _could_stand_for(candidate, node):
            return None
        return None if node in state.bench.needs(candidate) else candidate

    return Move("copy", where, f"is {other}", build)


def likeness(state: State, left: Node, right: Node) -> float:
    """The share of the sample's positions where two s-ops have the same value; of its sequences, for selectors."""
    differ = total = 0
    for part in state.bench.sample:
        apart = unequal(part.of(left), part.of(right))
        if apart is None:
            return 0.0
        if isinstance(left, Selector):
            apart = np.asarray(apart.any(axis=0))
        differ += int(apart.sum())
        total += apart.size
    return 1 - differ / total if total else 0.0


def arguments(state: State, name: str, node: Map) -> Iterator[Move]:
    """A table with one argument held at its commonest value, or the second."""
    for index, argument in enumerate(node.arguments):
        for value in usual(state, argument)[:2]:
            yield _held(name, index, value, len(node.arguments))


def _held(where: str, index: int, value: Value, arity: int) -> Move:
    def build(node: Node, _: Units) -> Node | None:
        if isinstance(node, Map) and isinstance(node.function, Table) and len(node.arguments) == arity:
            return fix_argument(node, index, value)
        return None

    return Move("argument", where, f"takes its argument {index + 1} for {value!r}", build)
