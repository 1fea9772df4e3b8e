"""The shortest Python that says exactly what a program says."""

from __future__ import annotations

from readhead.language.python.emit import to_python
from readhead.language.python.plain import refusals
from readhead.program.program import Program


def shortest(program: Program) -> str:
    """The program in the plain style, where plain Python computes exactly the same; else in the exact style.

    >>> from readhead.program.nodes import LENGTH, Constant, Map
    >>> "each(" in shortest(Program((Map("+", (LENGTH, Constant(1))),)))
    False
    >>> "each(" in shortest(Program((Map("+", (LENGTH, Constant(2**63 - 1))),)))  # may leave int64
    True
    """
    plain = next(refusals(program), None) is None
    return to_python(program, style="plain" if plain else "exact")
