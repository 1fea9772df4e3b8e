"""Where plain Python says what a program says, and where it does not: int64, floats, ``1 == True``.

:func:`refusals` lists every variable for which the plain style would not be exact. The style is offered only where
there is none; the exact style takes every program.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

from readhead.errors import Problems, ProgramError, ReadheadError
from readhead.language.python.kinds import NUMBERS
from readhead.language.python.plain.facts import Facts, one_at_most
from readhead.program.nodes import (
    Aggregate,
    CategoricalScores,
    Classify,
    Map,
    Node,
    NumericScores,
    Select,
)
from readhead.program.operators import INT64_MAX, OPERATORS, OperatorError, Value
from readhead.program.program import Program

TRIED = 4096
"""The most combinations of arguments on which an operator is tried out."""

LARGEST = 1e300
"""Floats that stay below this do not overflow on the way."""

INSTEAD = 'write it with style="exact" (readhead show --as python), which takes every program'

WRITTEN: dict[str, Callable[..., Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "^": operator.pow,
    "min": min,
    "max": max,
    "and": lambda a, b: bool(a and b),
    "or": lambda a, b: bool(a or b),
    "not": operator.not_,
    "neg": operator.neg,
    "abs": abs,
    "round": round,
    "indicator": lambda a: 1 if a else 0,
    "if": lambda condition, then, other: then if condition else other,
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
}
"""What Python computes where a file in the plain style writes an operator."""


def check_exact(program: Program) -> None:
    """Raise an error if the plain style of a program would not be exact.

    Raises:
        ProgramError: for a variable whose values plain Python would not compute, saying why.
        Problems: for several.
    """
    found: list[ReadheadError] = [error for _, error in refusals(program)]
    if len(found) == 1:
        raise found[0]
    if found:
        raise Problems(f"{len(found)} variables cannot be written in the plain style", found)


def refusals(program: Program) -> Iterator[tuple[Node, ProgramError]]:
    """The variables for which plain Python would not be exact, each with the reason."""
    facts = Facts(program)
    for name, node in program.variables.items():
        why = _refused(facts, node)
        if why is not None:
            what = f"{name!r} has no exact form in the plain style"
            yield node, ProgramError(what, where=node.span, why=why, instead=INSTEAD)


def _refused(facts: Facts, node: Node) -> str | None:
    match node:
        case Map() if isinstance(node.function, str):
            return _operator(facts, node, node.function)
        case Aggregate():
            return _aggregate(facts, node)
        case Select() if node.predicate in ("<", "<=", ">", ">="):
            types = facts.types[node.keys] | facts.types[node.queries]
            mixed = str in types and types & NUMBERS
            return "it may order strings and numbers, and Python may not get to see that" if mixed else None
        case Classify():
            return _classify(facts, node)
        case _:
            return None


def _operator(facts: Facts, node: Map, name: str) -> str | None:
    known = [facts.values(a) for a in node.arguments]
    values = [v for v in known if v is not None]
    if len(values) == len(known) and math.prod(map(len, values)) <= TRIED:
        return _tried(name, values)
    types = [facts.types[a] for a in node.arguments]
    texts = any(str in t for t in types)
    match name:
        case "*" if texts and any(t & {int, bool} for t in types):
            return "Python repeats a string that is multiplied"
        case "%" if str in types[0]:
            return "Python formats a string with %"
        case "^":
            return "Python's powers may leave 64 bits, or the real numbers"
        case "int" | "float" if texts:
            return f"{name}(...) of a string may leave 64 bits"
        case "round" | "int" if not _inside(facts.bound(node), True):
            return "it may leave 64 bits"
        case "+" | "-" | "*" | "/" | "neg" | "abs":
            whole = int in facts.types[node]
            return None if _inside(facts.bound(node), whole) else _overflow(whole)
        case _:
            return None


def _inside(bound: float, whole: bool) -> bool:
    return bound <= INT64_MAX if whole else bound < LARGEST


def _overflow(whole: bool) -> str:
    if whole:
        return "it may leave 64 bits, which is an error of the program and none of Python"
    return "it may overflow, which is an error of the program and infinity in Python"


def _tried(name: str, values: list[tuple[Value, ...]]) -> str | None:
    """Whether Python and the operator part on some combination of arguments."""
    for arguments in itertools.product(*values):
        try:
            expected: object = OPERATORS[name].apply(*arguments)
        except OperatorError:
            expected = None
        if name == "^" and expected is None and not _small_power(*arguments):
            return f"{arguments[0]!r} ** {arguments[1]!r} is too large"
        try:
            found = WRITTEN[name](*arguments)
        except (TypeError, ValueError, ArithmeticError):
            found = None
        if type(expected) is not type(found) or repr(expected) != repr(found):
            shown = ", ".join(map(repr, arguments))
            answer = "no answer" if expected is None else repr(expected)
            return f"for {shown} Python says {found!r}, and '{name}' has {answer}"
    return None


def _small_power(base: Value, exponent: Value) -> bool:
    return isinstance(base, str) or isinstance(exponent, str) or abs(exponent) <= 1000


def _aggregate(facts: Facts, node: Aggregate) -> str | None:
    if node.reduce not in ("mean", "sum") or one_at_most(node.selector):
        return None
    types = facts.types[node.values]
    if bool in types:
        return "it may add up booleans, which is an error of the program"
    if float in types:
        return "Python's sum of floats is not the exact one"
    if types & NUMBERS and not _inside(facts.bound(node.values) * facts.longest, True):
        return _overflow(True)
    return None


def _classify(facts: Facts, node: Classify) -> str | None:
    total: float = 0
    for item in node.inputs:
        read = facts.program.names[item.variable]
        match item:
            case NumericScores():
                if not facts.is_a(item.variable, int, bool):
                    return f"{read!r} may be no integer, which is an error of the program"
                total += max(map(abs, item.coefficients)) * facts.bound(item.variable)
            case CategoricalScores():
                if not facts.tells_apart(item.variable, (v for v, _ in item.rows)):
                    return f"{read!r} has values that are equal in Python and have rows of their own"
                total += max((abs(s) for _, row in item.rows for s in row), default=0)
    total *= facts.longest if node.pooled else 1
    return None if _inside(total, True) else _overflow(True)
