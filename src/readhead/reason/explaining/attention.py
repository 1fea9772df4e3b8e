"""Why a head looks where it looks: the key, the query and the predicate behind every selected position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readhead.program.nodes import And, Closest, Node, Not, Or, Relation, Select, Selector
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.program.trace import Trace


@dataclass(frozen=True, slots=True)
class Match:
    """One comparison of a key with a query.

    Attributes:
        selector: the variable that compares.
        key, query: the variables compared.
        at: the key's position; the query's is that of the head.
        key_value, query_value: what they are.
        predicate: a comparison sign, or ``table``.
        holds: whether it does.
    """

    selector: str
    key: str
    query: str
    at: int
    key_value: Value
    query_value: Value
    predicate: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A key position that a head takes, and why.

    Attributes:
        at: the position.
        matches: the comparisons that select it; none for a fallback.
    """

    at: int
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Attention:
    """Where a head looks from one position.

    Attributes:
        selector: the head's selector.
        looks: the positions that it takes, in order.
        fallback: what was done where nothing matches, in words; None where something does.
    """

    selector: str
    looks: tuple[Look, ...]
    fallback: str | None = None


def attention(program: Program, trace: Trace, selector: Selector, query: int) -> Attention:
    """Where a selector looks from a position in the first sequence of a trace, and why.

    >>> from readhead.program.nodes import SelectorWidth, Tokens
    >>> same = Select(Tokens(name="tokens"), Tokens(name="tokens"), "==", name="same")
    >>> program = Program((SelectorWidth(same),))
    >>> found = attention(program, program.trace("aba"), same, 2)
    >>> [(look.at, look.matches[0].key_value) for look in found.looks]
    [(0, 'a'), (2, 'a')]
    """
    names = program.names
    rows = trace.selectors[names[selector]][0, query]
    reasons = _Reasons(program, trace, query)
    looks = tuple(
        Look(int(at), tuple(dict.fromkeys(reasons.of(selector, int(at)))))
        for at in rows.nonzero()[0]
        if at < len(trace.tokens[0])
    )
    fallback = None
    if isinstance(selector, Closest):
        matching = trace.selectors[names[selector.selector]][0, query].copy()
        if selector.own == "never":
            matching[query] = False
        if not matching.any():
            where = "the first position" if selector.fallback == "first" else "its own position"
            fallback = f"nothing matches, so it takes {where}"
            looks = tuple(Look(look.at, ()) for look in looks)
    elif not looks:
        fallback = "nothing matches"
    return Attention(names[selector], looks, fallback)


@dataclass(frozen=True, slots=True)
class _Reasons:
    program: Program
    trace: Trace
    query: int

    def of(self, node: Node, at: int) -> Iterator[Match]:
        """The comparisons that make a selector what it is at a pair of positions; of several, the first."""
        match node:
            case Select():
                yield self._match(node, at)
            case And() | Or():
                left, right = self._true(node.left, at), self._true(node.right, at)
                settles = isinstance(node, Or)
                if left == settles or right != settles:
                    yield from self.of(node.left, at)
                if left != settles:
                    yield from self.of(node.right, at)
            case Not():
                yield from self.of(node.operand, at)
            case Closest():
                yield from self.of(node.selector, at)
            case _:
                raise AssertionError(f"no selector: {node!r}")

    def _true(self, node: Node, at: int) -> bool:
        return bool(self.trace.selectors[self.program.names[node]][0, self.query, at])

    def _match(self, node: Select, at: int) -> Match:
        names = self.program.names
        key, query = names[node.keys], names[node.queries]
        return Match(
            names[node],
            key,
            query,
            at,
            self.trace.variables[key].value(0, at),
            self.trace.variables[query].value(0, self.query),
            "table" if isinstance(node.predicate, Relation) else node.predicate,
            self._true(node, at),
        )
