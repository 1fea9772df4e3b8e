"""The named operators: their meaning on single values.

Nodes name operators, they never hold functions, so a program can be printed, compared, saved and proved about.
The meanings here are the reference; :mod:`readhead.program.interpret` applies the same ones to arrays. They are
Python's own, with three limits that make every arrow out of a program agree: integers are int64 (overflow is an
error), floats are finite, and a failure raises :class:`OperatorError`, to which the caller adds the place.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

from readhead.errors import EvaluationError

Value = bool | int | float | str
"""What a position can hold. Equality of values in nodes and table keys is typed: see :func:`typed`."""

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


class OperatorError(EvaluationError):
    """An operator has no answer on these values."""


def typed(value: Value) -> tuple[str, Value]:
    """The value with its type: equal exactly where two values are the same for tables and nodes.

    >>> typed(1) == typed(True), typed(1) == typed(1.0), typed(1) == typed(1)
    (False, False, True)
    """
    return type(value).__name__, value


def sort_key(value: Value) -> tuple[int, bool | int | float | str]:
    """A total order over values of all types: booleans, integers, floats, strings; then by value."""
    return {bool: 0, int: 1, float: 2, str: 3}[type(value)], value


def checked(value: Value, expression: str) -> Value:
    """The value, if it is one: an int64, a finite float, a boolean or a string; else an OperatorError."""
    if type(value) is int and not INT64_MIN <= value <= INT64_MAX:
        raise OperatorError(
            f"{expression} overflows: {value} is outside int64", why="numbers are 64-bit integers"
        )
    if type(value) is float and not math.isfinite(value):
        raise OperatorError(f"{expression} is {value}", why="numbers are finite")
    if type(value) is complex:
        raise OperatorError(f"{expression} is not a real number", why="a negative number has no such power")
    return value


def _number(value: Value, symbol: str) -> int | float:
    if isinstance(value, str):
        raise OperatorError(
            f"'{symbol}' needs numbers, got the string {value!r}",
            instead="convert it first with int(...) or float(...)",
        )
    return value


def _binary(symbol: str, function: Callable[[int | float, int | float], Value]) -> Callable[..., Value]:
    def apply(left: Value, right: Value) -> Value:
        a, b = _number(left, symbol), _number(right, symbol)
        try:
            return checked(function(a, b), f"{left!r} {symbol} {right!r}")
        except ZeroDivisionError:
            raise OperatorError(
                f"division by zero: {left!r} {symbol} {right!r}",
                instead="guard it with an if-else on the divisor",
            ) from None
        except OverflowError:
            raise OperatorError(f"{left!r} {symbol} {right!r} overflows", why="numbers are finite") from None

    return apply


def _power(a: int | float, b: int | float) -> Value:
    if type(a) is not float and type(b) is not float and b > 63 and abs(a) > 1:
        raise OverflowError  # do not build a number of millions of digits to learn that it is too large
    result: Value = a**b
    return result


def _add(left: Value, right: Value) -> Value:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, str) or isinstance(right, str):
        raise OperatorError(
            f"'+' needs two numbers or two strings, got {left!r} and {right!r}",
            instead="convert one of them with str(...) or int(...)",
        )
    return _plus(left, right)


_plus = _binary("+", operator.add)


def _order(symbol: str, function: Callable[[Value, Value], Value]) -> Callable[..., Value]:
    def apply(left: Value, right: Value) -> Value:
        if isinstance(left, str) != isinstance(right, str):
            raise OperatorError(
                f"'{symbol}' cannot order {left!r} and {right!r}",
                why="a string and a number have no order",
                instead="compare two numbers or two strings",
            )
        return function(left, right)

    return apply


def _convert(name: str, function: Callable[[Value], Value]) -> Callable[..., Value]:
    def apply(value: Value) -> Value:
        try:
            return checked(function(value), f"{name}({value!r})")
        except (ValueError, OverflowError):
            raise OperatorError(
                f"{name}({value!r}) has no answer", why=f"{value!r} does not spell a number"
            ) from None

    return apply


def _unary(name: str, function: Callable[[int | float], Value]) -> Callable[..., Value]:
    def apply(value: Value) -> Value:
        return checked(function(_number(value, name)), f"{name}({value!r})")

    return apply


@dataclass(frozen=True, slots=True)
class Operator:
    """A named operator.

    Attributes:
        name: its symbol or name, as nodes spell it.
        arity: how many arguments it takes.
        apply: its meaning on single values; raises :class:`OperatorError` where it has none.
    """

    name: str
    arity: int
    apply: Callable[..., Value]


COMPARISONS: dict[str, Operator] = {
    o.name: o
    for o in (
        Operator("==", 2, lambda a, b: a == b),
        Operator("!=", 2, lambda a, b: a != b),
        Operator("<", 2, _order("<", operator.lt)),
        Operator("<=", 2, _order("<=", operator.le)),
        Operator(">", 2, _order(">", operator.gt)),
        Operator(">=", 2, _order(">=", operator.ge)),
    )
}
"""The comparisons that :class:`~readhead.program.nodes.Select` takes: ``key OP query``."""

OPERATORS: dict[str, Operator] = COMPARISONS | {
    o.name: o
    for o in (
        Operator("+", 2, _add),
        Operator("-", 2, _binary("-", operator.sub)),
        Operator("*", 2, _binary("*", operator.mul)),
        Operator("/", 2, _binary("/", operator.truediv)),
        Operator("%", 2, _binary("%", operator.mod)),
        Operator("^", 2, _binary("^", _power)),
        Operator("min", 2, _order("min", lambda a, b: min(a, b))),
        Operator("max", 2, _order("max", lambda a, b: max(a, b))),
        Operator("and", 2, lambda a, b: bool(a) and bool(b)),
        Operator("or", 2, lambda a, b: bool(a) or bool(b)),
        Operator("not", 1, lambda a: not a),
        Operator("neg", 1, _unary("-", operator.neg)),
        Operator("abs", 1, _unary("abs", abs)),
        Operator("round", 1, _unary("round", round)),
        Operator("indicator", 1, lambda a: 1 if a else 0),
        Operator("if", 3, lambda condition, then, other: then if condition else other),
        Operator("str", 1, str),
        Operator("int", 1, _convert("int", int)),
        Operator("float", 1, _convert("float", float)),
        Operator("bool", 1, bool),
    )
}
"""Every operator that :class:`~readhead.program.nodes.Map` can name."""
