"""Expressions in words, for logs: operators between their arguments, variables by name."""

from __future__ import annotations

from collections.abc import Mapping

from readhead.program.nodes import (
    LENGTH,
    Aggregate,
    Closest,
    Constant,
    Indices,
    Map,
    Node,
    Select,
    SelectorWidth,
    Tokens,
)

_INFIX = {"+", "-", "*", "/", "%", "^", "and", "or", "==", "!=", "<", "<=", ">", ">="}


def spelled(node: Node, names: Mapping[Node, str]) -> str:
    """A node as a person would write it.

    Args:
        node: an s-op or a selector.
        names: the variables that are called by name; what is not among them is written out.

    >>> spelled(Map("-", (Indices(), Constant(1))), {})
    'indices - 1'
    """
    return _spelled(node, names, top=True)


def _spelled(node: Node, names: Mapping[Node, str], top: bool = False) -> str:
    if isinstance(node, Constant):
        return repr(node.value)
    if node in names:
        return names[node]
    match node:
        case Tokens():
            return "tokens"
        case Indices():
            return "indices"
        case _ if node == LENGTH:
            return "length"
        case Map(function=str() as name):
            inside = name not in _INFIX and name not in ("if", "not", "neg")
            return _operator(name, [_spelled(a, names, inside) for a in node.arguments], top)
        case Map():
            return f"table({', '.join(_spelled(a, names, True) for a in node.arguments)})"
        case Select(predicate=str() as symbol):
            return (
                f"select({_spelled(node.keys, names, True)}, {_spelled(node.queries, names, True)}, {symbol})"
            )
        case Select():
            return f"select({_spelled(node.keys, names)}, {_spelled(node.queries, names)}, predicate)"
        case SelectorWidth():
            return f"width({_spelled(node.selector, names)})"
        case Closest():
            return f"closest({_spelled(node.selector, names)})"
        case Aggregate():
            return f"{node.reduce}({_spelled(node.selector, names)}, {_spelled(node.values, names)})"
        case _:
            return f"{type(node).__name__.lower()}({', '.join(_spelled(c, names) for c in node.children)})"


def _operator(name: str, arguments: list[str], top: bool) -> str:
    if name in _INFIX:
        text = f"{arguments[0]} {name} {arguments[1]}"
        return text if top else f"({text})"
    if name == "if":
        text = f"{arguments[1]} if {arguments[0]} else {arguments[2]}"
        return text if top else f"({text})"
    if name in ("not", "neg"):
        return f"{'not ' if name == 'not' else '-'}{arguments[0]}"
    return f"{name}({', '.join(arguments)})"
