"""Which variables have a statement of their own in a plain file, and which are written where they are read.

A variable is written where it is read if nothing else reads it and its name is one that it gets anyway: an automatic
name, or the name that :data:`SUFFIXES` give to a head's selectors. So names survive the way there and back. What is
written inside another expression has a value for every input, because Python may not come to compute it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from readhead.language.python.plain.facts import Facts
from readhead.program.nodes import (
    FULL,
    Aggregate,
    Closest,
    Constant,
    Indices,
    Map,
    Node,
    Select,
    Selector,
    SelectorWidth,
    SOp,
    Table,
    Tokens,
)
from readhead.program.program import Program, named

SUFFIXES = ("_match", "_focus")
"""What a learned head's predicate and its nearest key are called: the head's name and this."""

DEEPEST = 5
"""The most operators in one another in a statement."""

WIDEST = 4
"""The most predicates in a condition."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each variable of a program is written.

    Attributes:
        inlined: the variables without a statement.
        suffixed: whether selectors without a statement are called after what reads them.
    """

    inlined: frozenset[Node]
    suffixed: bool


def layout_of(program: Program, facts: Facts, stated: Collection[Node] = ()) -> Layout:
    """The layout with the fewest statements that keeps all names.

    Args:
        program: the program.
        facts: what is known of it.
        stated: variables that have a statement in any case.
    """
    layouts = [_settled(program, facts, suffixed, set(stated)) for suffixed in (False, True)]
    return max(layouts, key=lambda layout: len(layout.inlined))


def _settled(program: Program, facts: Facts, suffixed: bool, stated: set[Node]) -> Layout:
    """As many variables inlined as keep their names."""
    while True:
        inlined = _inlined(program, facts, stated)
        given = {node: name for name, node in program.variables.items() if node not in inlined}
        if suffixed:
            given |= suffixed_names(inlined, program.variables)
        found = named(program.outputs, given)
        wrong = {node for name, node in found.items() if node in inlined and program.names[node] != name}
        if not wrong:
            return Layout(frozenset(inlined), suffixed)
        stated |= {
            node for node in wrong if isinstance(node, SOp)
        } or wrong  # selectors are called after them


def suffixed_names(
    inlined: set[Node] | frozenset[Node], variables: Mapping[str, Node], suffixes: tuple[str, str] = SUFFIXES
) -> dict[Node, str]:
    """The names of the selectors that are written in the statement of a variable, after that variable."""
    names: dict[Node, str] = {}
    for name, node in variables.items():
        if node in inlined:
            continue
        inside = list(selectors_in(node, inlined))
        leaves = [s for s in inside if isinstance(s, Select)]
        if len(leaves) == 1 and leaves[0] != FULL:
            names[leaves[0]] = name + suffixes[0]
        for near in (s for s in inside if isinstance(s, Closest)):
            names[near] = name + suffixes[1]
    return names


def selectors_in(node: Node, inlined: set[Node] | frozenset[Node]) -> Iterator[Selector]:
    """The inlined selectors of a statement."""
    for child in node.children:
        if isinstance(child, Selector) and child in inlined:
            yield child
            yield from selectors_in(child, inlined)


def _inlined(program: Program, facts: Facts, stated: set[Node]) -> set[Node]:
    """What may be inlined, apart from the variables that must have a statement."""
    readers: dict[Node, list[Node]] = {}
    for node in program.variables.values():
        for child in node.children:
            readers.setdefault(child, []).append(node)
    outputs = Counter(program.outputs)
    inlined: set[Node] = set()
    sizes: dict[Node, int] = {}
    for node in program.variables.values():
        sizes[node] = _size(node, inlined, sizes)
        read = readers.get(node, [])
        if node in stated or isinstance(node, Tokens):
            continue
        if node in outputs:
            if len(program.outputs) == 1 and not read:
                inlined.add(node)
        elif _may(node, read, facts, sizes[node]):
            inlined.add(node)
    alone = all(reader == FULL for reader in readers.get(Constant(1), [])) and Constant(1) not in outputs
    if FULL in inlined and Constant(1) not in inlined and alone:
        inlined.discard(FULL)  # or nothing would read the statement of its constant
    return inlined


def _size(node: Node, inlined: set[Node], sizes: Mapping[Node, int]) -> int:
    own = 1 if isinstance(node, (Map, Select)) else 0
    return own + sum(sizes[child] for child in node.children if child in inlined)


def _may(node: Node, readers: list[Node], facts: Facts, size: int) -> bool:
    """Whether a variable can be written where it is read."""
    if node == FULL:
        return all(isinstance(r, (SelectorWidth, Aggregate)) for r in readers)
    if isinstance(node, (Constant, Indices)):
        return all(_takes(reader, node) for reader in readers)
    if len(readers) != 1:
        return False
    (reader,) = readers
    if isinstance(node, Closest):
        return isinstance(reader, Aggregate) and reader.reduce == "pick" and reader.default is None
    if isinstance(node, Selector):
        return size <= WIDEST
    return isinstance(node, Map) and facts.total(node) and size < DEEPEST and _takes(reader, node)


def _takes(reader: Node, node: SOp) -> bool:
    """Whether an expression may stand where a node reads this one."""
    match reader:
        case Map(function="indicator" | "if") if isinstance(node, Map) and isinstance(node.function, Table):
            return False  # 1 if x in {...} else 0 is a table
        case Map(function="neg") if isinstance(node, Constant):
            return False  # -1 is a number
        case Map(function="if") if isinstance(node, Constant) and is_bit(reader):
            return False  # 1 if x else 0 is an indicator
        case Map() | Select():
            return True
        case Aggregate():
            whole = reader.selector == FULL or isinstance(reader.selector, Closest)
            return not whole and reader.values == node
        case _:
            return False


def is_bit(node: Map) -> bool:
    """Whether this is ``1 if x else 0``, written with constants."""
    then, other = node.arguments[1:]
    return then == Constant(1) and other == Constant(0)
