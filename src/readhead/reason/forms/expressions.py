"""Small expressions over the operators, in order of size, until one says what is asked.

Bottom-up enumeration: expressions of size s are operators applied to smaller ones, and of those that have the same
values on all keys only the first is kept (observational equivalence; Udupa et al. 2013, "TRANSIT", 4.2). Values are
computed with the interpreter's own operators, an expression that has no answer on some key is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from readhead.errors import UsageError
from readhead.program.columns import Array, Column, Misfit, constant, decode, from_values
from readhead.program.domains import Categorical
from readhead.program.nodes import Constant, Map, SOp
from readhead.program.operators import Value
from readhead.program.pointwise import apply_operator

Key = tuple[Value, ...]

COMMUTATIVE = {"+", "*", "min", "max", "==", "!=", "and", "or"}
NUMBERS = ("+", "-", "min", "max", "*", "%")
TRIES = 20
"""For each expression that is kept, so many are computed at most."""
TESTS = ("==", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Bound:
    """How far the search for expressions goes.

    Attributes:
        size: the most leaves and operators of an expression.
        expressions: how many different expressions are kept, at most.
        rows: how many tests a decision list has, at most.

    Raises:
        UsageError: for a number below 1.

    >>> str(Bound(size=5))
    'expressions of up to 5 leaves and operators, the first 3,000 of them; decision lists of up to 6 tests'
    """

    size: int = 7
    expressions: int = 3000
    rows: int = 6

    def __post_init__(self) -> None:
        for name in ("size", "expressions", "rows"):
            if getattr(self, name) < 1:
                raise UsageError(f"a bound with {name}={getattr(self, name)}", instead="at least 1")

    def __str__(self) -> str:
        return (
            f"expressions of up to {self.size} leaves and operators, the first {self.expressions:,} of them; "
            f"decision lists of up to {self.rows} tests"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """An expression and its values.

    Attributes:
        node: the s-op.
        size: its leaves and operators.
        column: its value for each key, ``[key, 1]``.
    """

    node: SOp
    size: int
    column: Column

    @property
    def values(self) -> tuple[Value, ...]:
        """Its value for each key."""
        return tuple(decode(self.column).ravel().tolist())

    @property
    def kind(self) -> str:
        """``int``, ``bool``, ``float``, ``str``, or ``mixed``."""
        if isinstance(self.column.domain, Categorical):
            return "str" if all(type(v) is str for v in self.values) else "mixed"
        return self.column.domain.kind


def enumerate_expressions(
    arguments: Sequence[SOp], keys: Sequence[Key], constants: Sequence[Value], bound: Bound
) -> Iterator[Expression]:
    """Expressions over s-ops, smaller ones first, each with other values than all before it.

    Args:
        arguments: the leaves.
        keys: the combinations of their values that matter.
        constants: the constants that an expression may have, most useful first.
        bound: how far to go.
    """
    return iter(_Enumeration(arguments, keys, constants, bound))


_Candidate = tuple[str | SOp, tuple[Expression, ...], Column]
"""A leaf, or an operator with its arguments, and its values; a node is only made of what is kept."""


class _Enumeration:
    def __init__(
        self, arguments: Sequence[SOp], keys: Sequence[Key], constants: Sequence[Value], bound: Bound
    ) -> None:
        self._bound = bound
        self._levels: dict[int, list[Expression]] = {}
        self._known: set[object] = set()
        self._count = self._tried = 0
        columns = [from_values([key[i] for key in keys]) for i in range(len(arguments))]
        self._leaves = [
            (node, Column(c.values.reshape(-1, 1), c.domain))
            for node, c in zip(arguments, columns, strict=True)
        ]
        self._leaves += [(Constant(value), constant(value, (len(keys), 1))) for value in constants]

    def __iter__(self) -> Iterator[Expression]:
        for size in range(1, self._bound.size + 1):
            self._levels[size] = []
            for function, arguments, column in self._candidates(size):
                self._tried += 1
                if self._count >= self._bound.expressions or self._tried > TRIES * self._bound.expressions:
                    return
                if not self._is_new(column):
                    continue
                nodes = tuple(a.node for a in arguments)
                node = function if isinstance(function, SOp) else Map(function, nodes)
                made = Expression(node, size, column)
                self._levels[size].append(made)
                self._count += 1
                yield made

    def _candidates(self, size: int) -> Iterator[_Candidate]:
        if size == 1:
            yield from ((node, (), column) for node, column in self._leaves)
            return
        for a in self._levels[size - 1]:
            if isinstance(a.node, Constant):
                continue
            for name in _unary(a.kind):
                yield from _applied(name, a)
        for left in range(1, size - 1):
            for a in self._levels[left]:
                for b in self._levels[size - 1 - left]:
                    for name in _binary(a.kind, b.kind):
                        if name in COMMUTATIVE and left > size - 1 - left:
                            continue
                        if not (isinstance(a.node, Constant) and isinstance(b.node, Constant)):
                            yield from _applied(name, a, b)
        yield from self._choices(size)

    def _choices(self, size: int) -> Iterator[_Candidate]:
        """``then if condition else other``."""
        for of_condition in range(2, size - 2):
            for of_then in range(1, size - 1 - of_condition):
                rest = self._levels[size - 1 - of_condition - of_then]
                for condition in self._levels[of_condition]:
                    if condition.kind != "bool":
                        continue
                    for then in self._levels[of_then]:
                        for other in rest:
                            if then.kind == other.kind:
                                yield from _applied("if", condition, then, other)

    def _is_new(self, column: Column) -> bool:
        key: object
        if isinstance(column.domain, Categorical) or column.values.dtype == object:
            key = tuple((type(v), repr(v)) for v in decode(column).ravel().tolist())
        else:
            key = (column.domain.kind, _bytes(column.values))
        if key in self._known:
            return False
        self._known.add(key)
        return True


def _bytes(values: Array) -> bytes:
    return values.tobytes()


def _applied(name: str, *arguments: Expression) -> Iterator[_Candidate]:
    try:
        column = apply_operator(name, [a.column for a in arguments])
    except Misfit:
        return
    yield name, arguments, column


def _unary(kind: str) -> tuple[str, ...]:
    return {"int": ("abs", "str"), "bool": ("not", "indicator"), "str": ("int",)}.get(kind, ())


def _binary(left: str, right: str) -> tuple[str, ...]:
    if left == right == "int":
        return (*TESTS, *NUMBERS)
    if left == right == "bool":
        return ("and", "or", "==", "!=")
    return ("==", "!=") if left == right == "str" else ()


def search(
    arguments: Sequence[SOp],
    keys: Sequence[Key],
    constants: Sequence[Value],
    fits: Callable[[tuple[Value, ...]], bool],
    bound: Bound,
) -> Expression | None:
    """The smallest expression whose values fit; None where there is none within the bound.

    Args:
        arguments: the leaves.
        keys: the combinations of their values that occur.
        constants: the constants that an expression may have.
        fits: whether the values, one for each key, are what is asked.
        bound: how far to go.

    >>> from readhead.program.nodes import Indices
    >>> found = search([Indices()], [(0,), (3,)], [1], lambda v: v == (1, 4), Bound(size=3))
    >>> found.size, found.node.function
    (3, '+')
    """
    for made in enumerate_expressions(arguments, keys, constants, bound):
        if fits(made.values):
            return made
    return None
