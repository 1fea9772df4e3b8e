"""Sums of terms, kept short: constants gathered, terms that cancel left out, comparisons free of subtraction."""

from __future__ import annotations

from readhead.program.nodes import Constant, Indices, Map, Select, SelectorWidth, SOp

Sum = tuple[dict[SOp, int], int]
"""How often each term counts, and a constant."""


def split(node: SOp) -> Sum:
    """A number as a sum of terms and a constant."""
    match node:
        case Constant(value=int() as value) if type(value) is int:
            return {}, value
        case Map(function="+" | "-", arguments=(left, right)):
            (terms, constant), (more, other) = split(left), split(right)
            sign = 1 if node.function == "+" else -1
            terms = dict(terms)
            for term, count in more.items():
                terms[term] = terms.get(term, 0) + sign * count
            return {t: c for t, c in terms.items() if c}, constant + sign * other
        case _:
            return {node: 1}, 0


def joined(total: Sum) -> SOp:
    """The sum written out: what is added, then what is taken away, then the constant.

    >>> from readhead.program.nodes import Indices
    >>> joined(({Indices(): -1}, 2)).function
    '-'
    """
    terms, constant = total
    added = [t for t, count in terms.items() for _ in range(count)]
    taken = [t for t, count in terms.items() for _ in range(-count)]
    if added:
        found, *added = added
    else:
        found, constant = Constant(constant), 0
    for term in added:
        found = Map("+", (found, term))
    for term in taken:
        found = Map("-", (found, term))
    if constant:
        found = Map("+" if constant > 0 else "-", (found, Constant(abs(constant))))
    return found


def plus(left: SOp, right: SOp | int, sign: int = 1) -> SOp:
    """The sum, or with ``sign`` -1 the difference, written as shortly as it can be."""
    other = Constant(right) if isinstance(right, int) else right
    return joined(split(Map("+" if sign == 1 else "-", (left, other))))


def compared(op: str, left: SOp, right: SOp) -> Map:
    """``left OP right`` at one position, with nothing subtracted on either side where both are numbers."""
    if not (_numeric(left) and _numeric(right)):
        return Map(op, (left, right))
    terms, constant = split(plus(left, right, -1))
    here = {t: n for t, n in terms.items() if n > 0}
    there = {t: -n for t, n in terms.items() if n < 0}
    if not here and there:
        here, there, constant, op = there, here, -constant, MIRRORED[op]
    if constant > 0 and there:
        return Map(op, (joined((here, constant)), joined((there, 0))))
    return Map(op, (joined((here, 0)), joined((there, -constant))))


def selected(op: str, keys: SOp, queries: SOp) -> Select:
    """``key OP query`` as a selector, with the constants of both sides at the query, or where that cancels them."""
    if not (_numeric(keys) and _numeric(queries)):
        return Select(keys, queries, op)
    (a, c), (b, d) = split(keys), split(queries)
    return Select(joined((a, 0)), joined((b, d - c)), op)


MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
"""The comparison with its sides exchanged."""


def _numeric(node: SOp) -> bool:
    """Whether a node is certainly an integer, so that terms may be moved."""
    match node:
        case Constant(value=value):
            return type(value) is int
        case Map(function=str() as name, arguments=arguments):
            return name in ("int", "indicator") or (name in ("+", "-") and all(map(_numeric, arguments)))
        case _:
            return isinstance(node, (Indices, SelectorWidth))
