"""Circuits on given tokens: what the solver is asked, worked out without it."""

from __future__ import annotations

from typing import Any

from readhead.reason.smt.encode import encode
from readhead.reason.smt.gates import Gates


def literals_that_hold(
    gates: Gates, tokens: list[list[tuple[str, int]]], content: tuple[str, ...]
) -> list[bool]:
    """The value of each gate on a content."""
    given = {
        literal >> 1: token == said
        for here, said in zip(tokens, content, strict=True)
        for token, literal in here
    }
    values: list[bool] = []
    for gate, parts in enumerate(gates.parts):
        values.append(
            given[gate] if gate in given and gate else all(values[p >> 1] != bool(p & 1) for p in parts)
        )
    values[0] = False
    return values


def circuit_answers(program: Any, alphabet: tuple[str, ...], contents: list[tuple[str, ...]]) -> list[Any]:
    """What the circuit of a program answers on contents of one length; None where it has no answer."""
    gates, n = Gates(), len(contents[0])
    tokens = [list(zip(alphabet, gates.choice(len(alphabet)), strict=True)) for _ in range(n)]
    encoded = encode(program, gates, tokens)
    found: list[Any] = []
    for content in contents:
        values = literals_that_hold(gates, tokens, content)
        holds = lambda literal: values[literal >> 1] != bool(literal & 1)  # noqa: B023, E731
        if holds(encoded.failed):
            found.append(None)
            continue
        answers = []
        for choice in encoded.answers:
            here = [value for value, literal in choice.values if holds(literal)]
            assert len(here) == 1, (content, here)
            answers.append(here[0])
        found.append(answers)
        assert all(sum(map(holds, said)) == 1 for said in gates.implied), content
    return found
