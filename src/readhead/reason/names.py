"""Names that say what a variable is, for programs that nobody named: ``earlier_same_token``, ``count_smaller_token``.

Names change no meaning. Of the nodes without a name, heads get one, and pointwise variables that several others read:
the rest reads better where it is used. What would be longer than :data:`LONGEST` is named by its kind, and
:class:`~readhead.program.program.Program` numbers names that occur twice.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from readhead.program.nodes import (
    FULL,
    LENGTH,
    Aggregate,
    And,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Node,
    Not,
    Or,
    Select,
    Selector,
    SelectorWidth,
    SOp,
    Tokens,
    topological,
)
from readhead.program.operators import Value
from readhead.program.program import IDENTIFIER, Program, given_names
from readhead.program.rewrite import rebuild, replace_node

LONGEST = 26
"""The most letters of a name."""
SIGNS = {
    "(": "open",
    ")": "close",
    "{": "open_brace",
    "}": "close_brace",
    "[": "open_bracket",
    "]": "close_bracket",
    "<": "open_angle",
    ">": "close_angle",
    "<s>": "begin",
    "</s>": "end",
    "": "nothing",
}
OF_POSITIONS = {
    "==": "here",
    "!=": "elsewhere",
    "<": "earlier",
    "<=": "up_to_here",
    ">": "later",
    ">=": "from_here",
}
OF_VALUES = {
    "==": "same",
    "!=": "other",
    "<": "smaller",
    "<=": "not_larger",
    ">": "larger",
    ">=": "not_smaller",
}
BETWEEN = {"==": "is", "!=": "is_not", "<": "below", "<=": "up_to", ">": "above", ">=": "from"}
ARITHMETIC = {"+": "plus", "-": "minus", "*": "times", "/": "over", "%": "modulo", "and": "and", "or": "or"}


def readable(program: Program) -> Program:
    """The program with names for its variables that say what they are.

    Args:
        program: names that it has stay.

    >>> from readhead.program import Vocabulary
    >>> same = Select(Tokens(), Tokens(), "==")
    >>> list(readable(Program((SelectorWidth(same),), Vocabulary(("a",)))).variables)
    ['tokens', 'select_1', 'count_same_token']
    """
    given = given_names(program.outputs)
    nodes = list(topological(program.outputs))
    readers = Counter(child for node in nodes for child in set(node.children))
    new: dict[Node, Node] = {}
    for node in nodes:
        found = rebuild(node, lambda child: new[child])
        stands_out = isinstance(node, (SelectorWidth, Aggregate)) or (
            isinstance(node, Map) and readers[node] > 1
        )
        if node in given:
            found = found if found.name is not None else replace_node(found, name=given[node])
        elif stands_out and found.name is None:
            found = replace_node(found, name=name_of(node))
        new[node] = found
    outputs = [new[output] for output in program.outputs]
    return replace(program, outputs=tuple(o for o in outputs if isinstance(o, SOp)))


def name_of(node: Node) -> str:
    """A name for a node by what it is: a phrase, or where that is too long, its kind.

    >>> name_of(SelectorWidth(And(Select(Tokens(), Tokens(), "=="), Select(Indices(), Indices(), "<"))))
    'count_earlier_same_token'
    """
    phrase = _phrase(node)
    if len(phrase) <= LONGEST and IDENTIFIER.match(phrase):
        return phrase
    match node:
        case SelectorWidth():
            return "count"
        case Aggregate():
            return "found" if node.reduce == "pick" else node.reduce + "_found"
        case Selector():
            return "chosen"
        case Classify():
            return "prediction"
        case _:
            return "value"


def _phrase(node: Node) -> str:
    match node:
        case Tokens():
            return "token"
        case Indices():
            return "index"
        case Constant():
            return _sign(node.value)
        case _ if node == FULL:
            return "all"
        case _ if node == LENGTH:
            return "length"
        case Select():
            return _of_select(node)
        case And():
            return _both(node)
        case Or():
            return f"{_phrase(node.left)}_or_{_phrase(node.right)}"
        case Not():
            return f"not_{_phrase(node.operand)}"
        case Closest():
            return f"nearest_{_phrase(node.selector)}"
        case SelectorWidth():
            return f"count_{_phrase(node.selector)}"
        case Aggregate():
            return _of_aggregate(node)
        case Map():
            return _of_map(node)
        case _:
            return "prediction"


def _sign(value: Value) -> str:
    if isinstance(value, str) and value in SIGNS:
        return SIGNS[value]
    return re.sub(r"\W+", "_", str(value)).strip("_") or "sign"


def _of_select(node: Select) -> str:
    if not isinstance(node.predicate, str):
        return f"{_phrase(node.keys)}_for_{_phrase(node.queries)}"
    if node.keys == node.queries:
        if isinstance(node.keys, Indices):
            return OF_POSITIONS[node.predicate]
        return f"{OF_VALUES[node.predicate]}_{_phrase(node.keys)}"
    if isinstance(node.queries, Constant) and isinstance(node.keys, Tokens):
        return f"{'not_' if node.predicate == '!=' else ''}{_sign(node.queries.value)}_token"
    return f"{_phrase(node.keys)}_{BETWEEN[node.predicate]}_{_phrase(node.queries)}"


def _both(node: And) -> str:
    """An adjective of place comes first: ``earlier_same_token``."""
    left, right = _phrase(node.left), _phrase(node.right)
    if right in OF_POSITIONS.values():
        return f"{right}_{left}"
    return f"{left}_{right}" if left in OF_POSITIONS.values() else f"{left}_and_{right}"


def _of_aggregate(node: Aggregate) -> str:
    reduce = "" if node.reduce in ("pick", "mean") else f"{node.reduce}_"
    return f"{reduce}{_phrase(node.values)}_at_{_phrase(node.selector)}"


def _of_map(node: Map) -> str:
    parts = [_phrase(argument) for argument in node.arguments]
    if not isinstance(node.function, str):
        return f"table_of_{'_and_'.join(parts)}"
    word = BETWEEN.get(node.function) or ARITHMETIC.get(node.function)
    if word is not None and len(parts) == 2:
        return f"{parts[0]}_{word}_{parts[1]}"
    name = re.sub(r"\W+", "_", node.function).strip("_")
    return f"{name}_{'_'.join(parts)}"
