"""What values a variable can hold: finitely many, or numbers of a kind; and a first inference of both.

The inference is sound: a variable never holds a value outside its inferred domain. It is bounded: beyond
:data:`BOUND` values it says only the kind of number, or nothing. Arguments of a Map that are functions of the same
variables are enumerated together (:mod:`readhead.program.joint`), so ``x - x`` is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from readhead.errors import ProgramError
from readhead.program.joint import Joint, apply, choose, variable
from readhead.program.nodes import (
    Aggregate,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Node,
    SelectorWidth,
    SOp,
    Table,
    Tokens,
)
from readhead.program.operators import COMPARISONS, OPERATORS, OperatorError, Value, checked, sort_key, typed
from readhead.program.program import Program

BOUND = 4096
"""The most values that an inferred :class:`Categorical` lists, and the most combinations tried for one node."""

Kind = Literal["int", "float", "bool", "mixed"]
KINDS: dict[type, Kind] = {int: "int", float: "float", bool: "bool"}
DTYPES: dict[Kind, Any] = {"int": np.int64, "float": np.float64, "bool": np.bool_, "mixed": np.object_}


def exact(value: Value) -> tuple[type, Value]:
    """The value's identity: like :func:`~readhead.program.operators.typed`, and ``0.0`` and ``-0.0`` are two."""
    return (float, repr(value)) if type(value) is float else (type(value), value)


@dataclass(frozen=True, slots=True, eq=False)
class Categorical:
    """Finitely many values of any types; arrays hold their codes, which count from 0 in the order given.

    Args:
        values: all different (by type and value).

    Raises:
        ProgramError: for a value given twice.

    >>> Categorical(("a", 1)) == Categorical(("a", True))
    False
    """

    values: tuple[Value, ...]
    objects: np.ndarray[Any, Any] = field(init=False, repr=False)
    """The values as an array of objects, to decode with."""
    numbers: np.ndarray[Any, Any] | None = field(init=False, repr=False)
    """The values as an int64, float64 or boolean array, where all are of that one type; else None."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(self.values))
        if len({exact(v) for v in self.values}) != len(self.values):
            raise ProgramError(f"a domain lists a value twice: {self.values!r}")
        objects = np.empty(len(self.values), dtype=object)
        objects[:] = self.values
        object.__setattr__(self, "objects", objects)
        types = {type(v) for v in self.values}
        kind = KINDS.get(types.pop()) if len(types) == 1 else None
        object.__setattr__(
            self, "numbers", None if kind is None else np.array(self.values, dtype=DTYPES[kind])
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Categorical) and list(map(exact, self.values)) == list(
            map(exact, other.values)
        )

    def __hash__(self) -> int:
        return hash(self.values)


@dataclass(frozen=True, slots=True)
class Numeric:
    """Numbers: int64, float64, booleans, or integers and floats mixed (each keeps its type)."""

    kind: Kind

    def __post_init__(self) -> None:
        if self.kind not in DTYPES:
            raise ProgramError(
                f"there is no kind of number {self.kind!r}", instead="int, float, bool or mixed"
            )


Domain = Categorical | Numeric


def infer_domains(program: Program) -> dict[Node, Domain]:
    """The values that every s-op of a program can hold, over all inputs that it takes.

    A node that is missing from the result may hold anything: nothing is known of an open vocabulary's tokens.

    >>> from readhead.program.nodes import Indices, Map
    >>> parity = Map("%", (Indices(), Constant(2)))
    >>> infer_domains(Program((parity,), max_length=5))[parity]
    Categorical(values=(0, 1))
    """
    inference = _Inference(program)
    for node in program.variables.values():
        if isinstance(node, SOp):
            inference.add(node)
    return inference.domains


class _Inference:
    """What is known of the s-ops met so far: their domains, and what they are functions of."""

    def __init__(self, program: Program) -> None:
        self._symbols = program.vocabulary.symbols
        markers = program.vocabulary.markers
        self._longest = None if program.max_length is None else program.max_length + markers
        self.domains: dict[Node, Domain] = {}
        self._joints: dict[Node, list[Joint]] = {}

    def add(self, node: SOp) -> None:
        """Infer an s-op whose children are known."""
        found = self._map(node) if isinstance(node, Map) else self._infer(node)
        if found is not None:
            self.domains[node] = found
        if isinstance(found, Categorical):
            self._joints.setdefault(node, []).append(variable(node, found.values))

    def _infer(self, node: SOp) -> Domain | None:
        longest = self._longest
        match node:
            case Tokens():
                return None if self._symbols is None else Categorical(self._symbols)
            case Indices():
                return _whole(range(longest)) if longest is not None else Numeric("int")
            case Constant():
                return Categorical((node.value,))
            case Aggregate():
                return _aggregate(node, self.domains.get(node.values), longest)
            case SelectorWidth():
                if isinstance(node.selector, Closest):
                    return Categorical((1,))
                return _whole(range(longest + 1)) if longest is not None else Numeric("int")
            case Classify():
                return Categorical(node.labels)
            case _:
                raise AssertionError(f"not an s-op: {node!r}")

    def _map(self, node: Map) -> Domain | None:
        arguments = choose([self._joints.get(a, []) for a in node.arguments], BOUND)
        if arguments is not None:
            joint = apply(_function(node.function), arguments, BOUND)
            if joint is not None:
                self._joints[node] = [joint]
            return None if joint is None else _finite(joint.found)
        if isinstance(node.function, Table):
            default = () if node.function.default is None else (node.function.default,)
            return _finite([*(value for _, value in node.function.entries), *default])
        return _operator(node.function, [self.domains.get(a) for a in node.arguments])


def _function(function: str | Table) -> Callable[..., Value | None]:
    """The meaning of a Map's function on values; None where a table has no entry."""
    if isinstance(function, str):
        return OPERATORS[function].apply
    lookup, default = function.lookup(), function.default
    return lambda *key: lookup.get(tuple(map(typed, key)), default)


def _whole(values: range) -> Domain:
    """Whole numbers from 0; there may be more than ``len`` can count."""
    return Categorical(tuple(values)) if values.stop <= BOUND else Numeric("int")


def _finite(values: Iterable[Value]) -> Domain | None:
    """These values as a domain: a list of them, the kind of number beyond the bound, or None."""
    distinct = {exact(v): v for v in values}
    if len(distinct) <= BOUND:
        return Categorical(tuple(sorted(distinct.values(), key=sort_key)))
    return _numeric({KINDS.get(type(v)) for v in distinct.values()})


def _numeric(kinds: set[Kind | None]) -> Domain | None:
    """The narrowest kind that holds all of these; None for what is no number, or booleans among numbers."""
    if len(kinds) == 1:
        kind = kinds.pop()
        return None if kind is None else Numeric(kind)
    return Numeric("mixed") if kinds <= {"int", "float", "mixed"} else None


def _kinds(domain: Domain | None) -> set[Kind | None]:
    if isinstance(domain, Categorical):
        return {KINDS.get(type(v)) for v in domain.values}
    return {None if domain is None else domain.kind}


def _union(*domains: Domain | None) -> Domain | None:
    if all(isinstance(d, Categorical) for d in domains):
        return _finite(v for d in domains if isinstance(d, Categorical) for v in d.values)
    return _numeric(set().union(*map(_kinds, domains)))


def _operator(name: str, arguments: list[Domain | None]) -> Domain | None:
    """What is known of an operator's results from its arguments' kinds alone."""
    if name in COMPARISONS or name in ("and", "or", "not", "bool"):
        return Categorical((False, True))
    if name == "indicator":
        return Categorical((0, 1))
    if name in ("round", "int"):
        return Numeric("int")
    if name in ("float", "/"):
        return Numeric("float")
    if name == "if":
        return _union(*arguments[1:])
    if name in ("min", "max"):
        return _union(*arguments)
    kinds = set().union(*map(_kinds, arguments))
    if name == "str" or None in kinds:
        return None
    if kinds <= {"int", "bool"}:
        return Numeric("mixed") if name == "^" else Numeric("int")
    if any(_kinds(a) == {"float"} for a in arguments):
        return Numeric("float")
    return Numeric("mixed")


def _aggregate(node: Aggregate, values: Domain | None, longest: int | None) -> Domain | None:
    empty = Categorical(() if node.default is None else (node.default,))
    if values is None:
        return None
    if isinstance(node.selector, Closest) or node.reduce in ("pick", "max", "min"):
        return _union(values, empty)
    several = _several(node.reduce == "mean", values, longest)
    return None if several is None else _union(values, several, empty)


def _several(mean: bool, values: Domain, longest: int | None) -> Domain | None:
    """The sums or means of two or more numbers."""
    numbers = _kinds(values) - {"bool", None}
    if not numbers:
        return Categorical(())
    whole = [v for v in values.values if type(v) is int] if isinstance(values, Categorical) else []
    if numbers != {"int"} or longest is None or not whole:
        return Numeric("float") if mean or numbers == {"float"} else _numeric(numbers)
    most = 4 * BOUND  # of a count and a sum; there is at least one sum for each count
    sums = [(n, min(whole) * n, max(whole) * n) for n in range(2, min(longest, most + 2) + 1)]
    if sum(high - low + 1 for _, low, high in sums) > most:
        return Numeric("float" if mean else "int")
    totals = ((n, total) for n, low, high in sums for total in range(low, high + 1))
    inside = [(n, total) for n, total in totals if _is_int64(total)]
    return _finite((total / n for n, total in inside) if mean else (total for _, total in inside))


def _is_int64(total: int) -> bool:
    try:
        checked(total, "sum")
    except OperatorError:
        return False
    return True
