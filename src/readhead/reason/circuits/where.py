"""Conditions on answers, such as ``label == 'F' and position > 2``: a small language that is parsed and never executed.

A condition may name ``label``, ``answer``, ``token``, ``position`` and ``length``, compare them with literals and with
each other, do whole-number arithmetic, and join what it says with ``and``, ``or`` and ``not``. Nothing else is taken:
no call, no attribute, no subscript.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from readhead.errors import Span, UsageError, did_you_mean

NAMES = ("label", "answer", "token", "position", "length")
"""What a condition can speak of: the label that the data give, the program's answer, the token there, its position
among the content tokens from 0, and how many content tokens there are."""

LONGEST, DEEPEST = 1000, 40
"""The most characters of a condition, and how deep it may be nested."""

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
}
SAYS = "comparisons of " + ", ".join(NAMES) + " with literals, joined with and, or, not"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, ready to be asked.

    Attributes:
        text: as it was written.
        names: what it speaks of.
        tree: its syntax tree, of whitelisted nodes only.
    """

    text: str
    names: frozenset[str]
    tree: ast.expr

    def holds(self, facts: Mapping[str, object]) -> bool:
        """Whether it is true of one answer.

        Args:
            facts: a value for each name that it speaks of.

        Raises:
            UsageError: where it compares or adds what cannot be compared or added.
        """
        return bool(_value(self.text, self.tree, facts))


def parse(text: str, known: tuple[str, ...] = NAMES) -> Condition:
    """Read a condition.

    Args:
        text: for example ``answer != label``.
        known: the names that it may use.

    Raises:
        UsageError: for what is no condition, with a caret under the part that is not.

    >>> parse("label == 'F' and position > 2").holds({"label": "F", "position": 3})
    True
    >>> parse("open('x')")
    Traceback (most recent call last):
    ...
    readhead.errors.UsageError: condition:1:1: a condition cannot have open('x')
        open('x')
        ^^^^^^^^^
      instead: comparisons of label, answer, token, position, length with literals, joined with and, or, not
    """
    if len(text) > LONGEST or "\n" in text.strip():
        raise UsageError(
            f"a condition of {len(text)} characters", instead=f"one line of at most {LONGEST} characters"
        )
    stripped = text.strip()
    try:
        tree = ast.parse(stripped, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = getattr(error, "offset", None) or len(stripped) + 1
        place = Span("condition", 1, column, 1, column + 1)
        why = "it is no expression of Python" if stripped else "it is empty"
        raise UsageError(
            f"{text!r} is no condition", where=place, why=why, instead=SAYS, source=stripped
        ) from None
    names: set[str] = set()
    _check(stripped, tree, known, names, 0)
    return Condition(stripped, frozenset(names), tree)


def _check(text: str, node: ast.expr, known: tuple[str, ...], names: set[str], depth: int) -> None:
    """Raise for any node that is not on the list; collect the names."""
    if depth > DEEPEST:
        raise _problem(text, node, "the condition is nested too deep")
    match node:
        case ast.Name(id=name) if name in known:
            names.add(name)
            return
        case ast.Name(id=name):
            what = f"a condition knows no {name!r}" + (" here" if name in NAMES else "")
            raise _problem(text, node, what, did_you_mean(name, known))
        case ast.Constant(value=str() | int() | float()):
            return
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            inner = parts
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            inner = [operand]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            inner = [left, right]
        case ast.Compare(left=left, ops=ops, comparators=rest) if all(type(o) in _COMPARISONS for o in ops):
            inner = [left, *rest]
        case _:
            part = ast.get_source_segment(text, node) or "this"
            raise _problem(text, node, f"a condition cannot have {part}")
    for part_of in inner:
        _check(text, part_of, known, names, depth + 1)


def _problem(text: str, node: ast.expr, what: str, instead: str = SAYS) -> UsageError:
    start, end = len(text.encode()[: node.col_offset].decode()), node.end_col_offset or node.col_offset + 1
    place = Span("condition", 1, start + 1, 1, len(text.encode()[:end].decode()) + 1)
    return UsageError(what, where=place, instead=instead, source=text)


def _value(text: str, node: ast.expr, facts: Mapping[str, object]) -> Any:
    def inner(part: ast.expr) -> Any:
        return _value(text, part, facts)

    try:
        match node:
            case ast.Name(id=name):
                return facts[name]
            case ast.Constant(value=value):
                return value
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return tuple(map(inner, parts))
            case ast.BoolOp(op=ast.And(), values=parts):
                return all(map(inner, parts))
            case ast.BoolOp(values=parts):
                return any(map(inner, parts))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not inner(operand)
            case ast.UnaryOp(operand=operand):
                return -inner(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return _computed(op, inner(left), inner(right))
            case ast.Compare(left=left, ops=ops, comparators=rest):
                values = [inner(left), *map(inner, rest)]
                return all(_COMPARISONS[type(op)](values[i], values[i + 1]) for i, op in enumerate(ops))
    except (TypeError, ZeroDivisionError, OverflowError) as error:
        part_text = ast.get_source_segment(text, node) or text
        told = ", ".join(f"{name} is {value!r}" for name, value in facts.items() if value is not None)
        raise UsageError(f"the condition {part_text} has no answer where {told}", why=str(error)) from None
    raise AssertionError(f"not part of a condition: {ast.dump(node)}")


def _computed(op: ast.operator, left: Any, right: Any) -> Any:
    """Arithmetic on numbers only, so that no condition builds a text of any length."""
    for value in (left, right):
        if isinstance(value, str | tuple):
            raise TypeError(f"arithmetic is for numbers, and {value!r} is none")
    return _ARITHMETIC[type(op)](left, right)
