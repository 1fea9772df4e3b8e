"""What the plain style has to know of a program's values: their types, how large they get, whether they exist.

Everything here is sound: a type that is not listed does not occur, a bound is not exceeded, what is called total has
an answer for every input. A plain file reads strings only, so the tokens of an open vocabulary are strings here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from readhead.language.python.kinds import NUMBERS, Types, plain, types_of
from readhead.program.domains import Categorical, Domain, infer_domains
from readhead.program.nodes import (
    Aggregate,
    And,
    Closest,
    Indices,
    Map,
    Node,
    Select,
    Selector,
    SelectorWidth,
    SOp,
    Table,
    topological,
)
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary

LONGEST = 2**24
"""No sequence is longer, where a program sets no limit: one of this length has 2**48 pairs of positions."""

STRINGS = Vocabulary(())
"""Stands for any vocabulary of strings."""


class Facts:
    """What is known of a program's variables.

    Args:
        program: the program.

    >>> from readhead.program.nodes import Constant
    >>> double = Map("*", (Indices(), Constant(2)))
    >>> Facts(Program((double,), max_length=5)).bound(double)
    8
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.types: dict[Node, Types] = {}
        for node in program.variables.values():
            if isinstance(node, SOp):
                self.types[node] = types_of(node, self.types, STRINGS)
        self.longest = LONGEST
        if program.max_length is not None:
            self.longest = min(LONGEST, program.max_length + program.vocabulary.markers)
        self._bounds: dict[Node, float] = {}

    @cached_property
    def domains(self) -> dict[Node, Domain]:
        """The values of each variable, where they are finitely many or numbers of a kind."""
        return infer_domains(self.program)

    def values(self, node: SOp) -> tuple[Value, ...] | None:
        """All values that a variable can hold, where they are known."""
        domain = self.domains.get(node)
        return domain.values if isinstance(domain, Categorical) else None

    def is_a(self, node: SOp, *types: type) -> bool:
        """Whether all of a variable's values have one of these types."""
        return self.types[node] <= set(types)

    def tells_apart(self, node: SOp, values: Iterable[Value]) -> bool:
        """Whether Python's ``==`` finds each of these among a variable's values only where its type fits too."""
        kinds = {type(v) for v in values}
        return len(kinds & NUMBERS) <= 1 and all(plain(self.types[node], kind) for kind in kinds)

    def bound(self, node: SOp) -> float:
        """No number among a variable's values is larger, the sign aside; infinity where that is not known."""
        for needed in topological((node,)):
            if isinstance(needed, SOp) and needed not in self._bounds:
                self._bounds[needed] = self._bound(needed)
        return self._bounds[node]

    def _bound(self, node: SOp) -> float:
        values = self.values(node)
        if values is not None:
            return largest(values)
        match node:
            case Indices() | SelectorWidth():
                return self.longest
            case Map() if isinstance(node.function, Table):
                default = () if node.function.default is None else (node.function.default,)
                return largest([*(v for _, v in node.function.entries), *default])
            case Map():
                return _of_operator(str(node.function), [self._bounds[a] for a in node.arguments], self, node)
            case Aggregate():
                default = () if node.default is None else (node.default,)
                factor = self.longest if node.reduce == "sum" and not one_at_most(node.selector) else 1
                return max(largest(default), factor * self._bounds[node.values])
            case _:
                return 0

    def total(self, node: Map) -> bool:
        """Whether an operator or table has an answer for every input, given that its arguments have."""
        if isinstance(node.function, Table):
            return node.function.default is not None
        types = [self.types[a] for a in node.arguments]
        numbers = all(t <= NUMBERS for t in types)
        match node.function:
            case "==" | "!=" | "and" | "or" | "not" | "bool" | "indicator" | "if" | "str":
                return True
            case "<" | "<=" | ">" | ">=" | "min" | "max" | "+":
                return numbers or all(t <= {str} for t in types)
            case "-" | "*" | "neg" | "abs" | "round" | "int" | "float":
                return numbers
            case "/" | "%":
                divisor = self.values(node.arguments[1])
                return numbers and divisor is not None and all(divisor)
            case _:
                return False


def one_at_most(selector: Selector) -> bool:
    """Whether no query can select more than one key."""
    match selector:
        case Closest():
            return True
        case Select():
            return isinstance(selector.keys, Indices) and selector.predicate == "=="
        case And():
            return one_at_most(selector.left) or one_at_most(selector.right)
        case _:
            return False


def largest(values: Iterable[Value]) -> float:
    """The largest number among values, the sign aside; 0 where there is none."""
    return max((abs(v) for v in values if not isinstance(v, str)), default=0)


def _of_operator(name: str, bounds: list[float], facts: Facts, node: Map) -> float:
    match name:
        case "+" | "-":
            return bounds[0] + bounds[1]
        case "*":
            return bounds[0] * bounds[1] if all(bounds) else 0
        case "/":
            return bounds[0] if facts.is_a(node.arguments[1], int, bool) else float("inf")
        case "%":
            return bounds[1]
        case "neg" | "abs" | "float":
            spelt = name == "float" and str in facts.types[node.arguments[0]]
            return float("inf") if spelt else bounds[0]
        case "round" | "int":
            return float("inf") if str in facts.types[node.arguments[0]] else bounds[0] + 1
        case "if":
            return max(bounds[1:])
        case "min" | "max":
            return max(bounds)
        case "^":
            return float("inf")
        case "str":
            return 0
        case _:
            return 1
