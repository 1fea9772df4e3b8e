"""What an s-op can be at one position: its possible values, each with the literal that says when."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from readhead.program.domains import exact
from readhead.program.operators import Value
from readhead.reason.smt.gates import FALSE, TRUE, Gates, TooLarge

VALUES = 1 << 10
"""The most values of one s-op at one position."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The values that are possible, with literals of which at most one holds; none where something failed before.

    Attributes:
        values: values of their own types, all different, each with its literal.
        total: whether exactly one of the literals holds on every input.
    """

    values: tuple[tuple[Value, int], ...]
    total: bool = True


def single(value: Value) -> Choice:
    """A value that is always the same."""
    return Choice(((value, TRUE),))


def gathered(gates: Gates, cases: Iterable[tuple[Value, int]], total: bool) -> Choice:
    """The cases with those of one value joined; at most one of them holds."""
    by_value: dict[object, tuple[Value, list[int]]] = {}
    for value, literal in cases:
        if literal != FALSE:
            by_value.setdefault(exact(value), (value, []))[1].append(literal)
    if len(by_value) > VALUES:
        raise TooLarge(f"more than {VALUES} values at one position")
    if total and len(by_value) == 1:
        ((value, _),) = by_value.values()
        return single(value)
    values = tuple((value, gates.any(literals)) for value, literals in by_value.values())
    kept = tuple((value, literal) for value, literal in values if literal != FALSE)
    if total:
        gates.say_one(literal for _, literal in kept)
    return Choice(kept, total)


def equal(gates: Gates, left: Choice, right: Choice, spelling: Callable[[Value], str]) -> int:
    """That both are spelt the same, where both have a value."""
    texts: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
    for choice, by_text in zip((left, right), texts, strict=True):
        for value, literal in choice.values:
            by_text.setdefault(spelling(value), []).append(literal)
    joined = [{text: gates.any(literals) for text, literals in by_text.items()} for by_text in texts]
    if joined[0] == joined[1]:
        return TRUE
    return gates.any(gates.both(literal, joined[1].get(text, FALSE)) for text, literal in joined[0].items())
