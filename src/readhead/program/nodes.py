"""The frozen nodes of a program: a DAG of s-ops and selectors.

The words are RASP's ("Thinking Like Transformers", Weiss, Goldberg and Yahav, 2021): an *s-op* has a value at
every position, a *selector* says for every query position which key positions it looks at. Learned transformer
programs (Friedman, Wettig and Chen, 2023) add :class:`Closest` and :class:`Classify`.

Invariants. A node holds no function: only named operators, constants and finite tables. Every node carries a
digest of its structure, computed once from its children's, so equality and hashing take constant time and
building a program takes time linear in the DAG. Equality is typed (``1``, ``1.0``, ``True`` and ``"1"`` differ)
and ignores ``name`` and ``span``.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Literal, get_args

from readhead.errors import ProgramError, Span, did_you_mean
from readhead.program.operators import COMPARISONS, INT64_MAX, INT64_MIN, OPERATORS, Value, sort_key, typed

Reduce = Literal["mean", "sum", "max", "min", "pick"]
Tie = Literal["earlier", "later"]
Own = Literal["last", "never", "any"]
Fallback = Literal["first", "own"]


def check_value(value: object, what: str) -> Value:
    """The value, if a program can hold it; else a ProgramError that names ``what``."""
    if type(value) not in (bool, int, float, str):
        raise ProgramError(
            f"{what} is {value!r}, of type {type(value).__name__}",
            why="a program's values are booleans, integers, floats and strings",
        )
    if type(value) is int and not INT64_MIN <= value <= INT64_MAX:
        raise ProgramError(f"{what} is {value}, outside int64", why="numbers are 64-bit integers")
    if type(value) is float and not math.isfinite(value):
        raise ProgramError(f"{what} is {value}", why="numbers are finite")
    return value  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class _Encoder:
    """Writes a typed, prefix-free byte string of values, tables and digests: equal exactly for equal structure."""

    out: bytearray = field(default_factory=bytearray)

    def add(self, item: object) -> None:
        match item:
            case Node():
                self.out.extend(b"N" + item.digest)
            case None:
                self.out.extend(b"-")
            case bool():
                self.out.extend(b"T" if item else b"F")
            case int():
                text = str(item).encode()
                self.out.extend(b"I%d:" % len(text) + text)
            case float():
                self.out.extend(b"D" + struct.pack("<d", item))
            case str():
                text = item.encode("utf-8", "surrogatepass")
                self.out.extend(b"S%d:" % len(text) + text)
            case tuple():
                self.out.extend(b"(%d:" % len(item))
                for element in item:
                    self.add(element)
            case Table() | Relation() | CategoricalScores() | NumericScores():
                self.out.extend(b"C" + type(item).__name__.encode() + b":")
                for f in fields(item):
                    self.add(getattr(item, f.name))
            case _:
                raise AssertionError(f"not part of a program: {item!r}")


def _typed_key(values: tuple[Value, ...]) -> tuple[tuple[int, Value], ...]:
    return tuple(sort_key(v) for v in values)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A finite function: from tuples of values to a value.

    Entries are kept sorted, and those that equal the default are dropped, so tables that mean the same are
    equal. A key that is not listed gives the default, or, where there is none, an error naming node and position.

    Args:
        entries: ``((key, ...), value)`` pairs, all keys of one length, in any order.
        default: the value of every other key, or None for no default.

    Raises:
        ProgramError: for a key that is given twice, keys of different lengths, or a value of another type.

    >>> Table([(("a",), 1), (("b",), 0)], default=0).entries
    ((('a',), 1),)
    """

    entries: tuple[tuple[tuple[Value, ...], Value], ...]
    default: Value | None = None

    def __init__(
        self, entries: Iterable[tuple[tuple[Value, ...], Value]], default: Value | None = None
    ) -> None:
        if default is not None:
            check_value(default, "a table's default")
        seen: set[tuple[tuple[str, Value], ...]] = set()
        kept = []
        arity = None
        for key, value in entries:
            for k in key:
                check_value(k, "a table's key")
            check_value(value, "a table's value")
            if arity is not None and len(key) != arity:
                raise ProgramError(f"a table has keys of {arity} and of {len(key)} values: {key!r}")
            arity = len(key)
            identity = tuple(typed(k) for k in key)
            if identity in seen:
                raise ProgramError(f"a table gives the key {key!r} twice")
            seen.add(identity)
            if default is None or typed(value) != typed(default):
                kept.append((tuple(key), value))
        object.__setattr__(self, "entries", tuple(sorted(kept, key=lambda e: _typed_key(e[0]))))
        object.__setattr__(self, "default", default)

    @property
    def arity(self) -> int | None:
        """How many values a key has; None for a table without entries, which takes any number."""
        return len(self.entries[0][0]) if self.entries else None

    def lookup(self) -> dict[tuple[tuple[str, Value], ...], Value]:
        """The entries as a dictionary with typed keys."""
        return {tuple(typed(k) for k in key): value for key, value in self.entries}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and _canonical(self) == _canonical(other)

    def __hash__(self) -> int:
        return hash(_canonical(self))


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A finite boolean table of a predicate: the ``(key, query)`` pairs on which it is true.

    Args:
        pairs: in any order; kept sorted by query, then key, without repeats.
    """

    pairs: tuple[tuple[Value, Value], ...]

    def __init__(self, pairs: Iterable[tuple[Value, Value]]) -> None:
        unique: dict[tuple[tuple[str, Value], tuple[str, Value]], tuple[Value, Value]] = {}
        for key, query in pairs:
            check_value(key, "a predicate's key")
            check_value(query, "a predicate's query")
            unique[typed(key), typed(query)] = (key, query)
        ordered = sorted(unique.values(), key=lambda p: (sort_key(p[1]), sort_key(p[0])))
        object.__setattr__(self, "pairs", tuple(ordered))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Relation) and _canonical(self) == _canonical(other)

    def __hash__(self) -> int:
        return hash(_canonical(self))


def _canonical(item: object) -> bytes:
    encoder = _Encoder()
    encoder.add(item)
    return bytes(encoder.out)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Node:
    """What every node has.

    Attributes:
        name: the variable's name, if a person or the learner gave it one; ignored by equality.
        span: where the source text says it; ignored by equality.
        digest: 32 bytes that are equal exactly for nodes of equal structure (BLAKE2b).
    """

    name: str | None = field(default=None, repr=False)
    span: Span | None = field(default=None, repr=False)
    digest: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._check()
        encoder = _Encoder()
        encoder.add(type(self).__name__)
        for f in fields(self):
            if f.name not in ("name", "span", "digest"):
                encoder.add(getattr(self, f.name))
        object.__setattr__(self, "digest", hashlib.blake2b(encoder.out, digest_size=32).digest())

    def _check(self) -> None:
        """Raise a ProgramError if the arguments do not fit."""

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes that this one reads, in order."""
        return ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.digest == other.digest

    def __hash__(self) -> int:
        return int.from_bytes(self.digest[:8], "little")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name or self.digest[:4].hex()}>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SOp(Node):
    """A node with a value at every position."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Selector(Node):
    """A node with a boolean for every query and key position."""


def _need(node: Node, argument: str, value: object, kind: type[Node]) -> None:
    if not isinstance(value, kind):
        words = {SOp: "an s-op", Selector: "a selector"}
        got = next((w for k, w in words.items() if isinstance(value, k)), f"{value!r}")
        raise ProgramError(
            f"{type(node).__name__} needs {words[kind]} as {argument}, got {got}", where=node.span
        )


def _one_of(node: Node, argument: str, value: str, options: tuple[str, ...]) -> None:
    if value not in options:
        raise ProgramError(
            f"{type(node).__name__} has no {argument} {value!r}",
            where=node.span,
            instead=did_you_mean(str(value), options),
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tokens(SOp):
    """The token at each position, markers included."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Indices(SOp):
    """The position, from 0, counting the markers that the vocabulary declares."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Constant(SOp):
    """The same value at every position."""

    value: Value

    def _check(self) -> None:
        check_value(self.value, "a constant")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Map(SOp):
    """An operator or a finite table, applied position by position.

    Args:
        function: the name of an operator, or a :class:`Table`.
        arguments: as many s-ops as it takes.
    """

    function: str | Table
    arguments: tuple[SOp, ...]

    def _check(self) -> None:
        object.__setattr__(self, "arguments", tuple(self.arguments))
        for i, argument in enumerate(self.arguments):
            _need(self, f"argument {i + 1}", argument, SOp)
        if isinstance(self.function, Table):
            arity = self.function.arity
        else:
            _one_of(self, "operator", self.function, tuple(OPERATORS))
            arity = OPERATORS[self.function].arity
        if not self.arguments or (arity is not None and arity != len(self.arguments)):
            what = "a table" if isinstance(self.function, Table) else f"'{self.function}'"
            raise ProgramError(
                f"{what} of {arity if arity is not None else 'some'} argument(s) is given {len(self.arguments)}",
                where=self.span,
            )

    @property
    def children(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Select(Selector):
    """For every query position, the key positions where ``predicate(key, query)`` holds.

    Args:
        keys: the s-op read at key positions.
        queries: the s-op read at query positions.
        predicate: a comparison, meaning ``key OP query`` (``"<"`` selects keys smaller than the query), or a
            :class:`Relation`.
    """

    keys: SOp
    queries: SOp
    predicate: str | Relation

    def _check(self) -> None:
        _need(self, "keys", self.keys, SOp)
        _need(self, "queries", self.queries, SOp)
        if not isinstance(self.predicate, Relation):
            _one_of(self, "comparison", self.predicate, tuple(COMPARISONS))

    @property
    def children(self) -> tuple[Node, ...]:
        return self.keys, self.queries


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class And(Selector):
    """Selected by both."""

    left: Selector
    right: Selector

    def _check(self) -> None:
        _need(self, "left", self.left, Selector)
        _need(self, "right", self.right, Selector)

    @property
    def children(self) -> tuple[Node, ...]:
        return self.left, self.right


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Or(Selector):
    """Selected by either."""

    left: Selector
    right: Selector

    def _check(self) -> None:
        _need(self, "left", self.left, Selector)
        _need(self, "right", self.right, Selector)

    @property
    def children(self) -> tuple[Node, ...]:
        return self.left, self.right


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Not(Selector):
    """Not selected. A key that causality or padding hides stays hidden."""

    operand: Selector

    def _check(self) -> None:
        _need(self, "operand", self.operand, Selector)

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Closest(Selector):
    """Of the selected keys, exactly one for each query: the one nearest to the query.

    Args:
        selector: which keys match.
        tie: of two keys equally near, the ``"earlier"`` or the ``"later"``.
        own: the query's own position counts only where nothing else matches (``"last"``), ``"never"``, or like
            any other, at distance 0 (``"any"``).
        fallback: where nothing matches, the ``"first"`` position of the sequence, or the query's ``"own"``.
    """

    selector: Selector
    tie: Tie = "earlier"
    own: Own = "last"
    fallback: Fallback = "first"

    def _check(self) -> None:
        _need(self, "selector", self.selector, Selector)
        _one_of(self, "tie rule", self.tie, get_args(Tie))
        _one_of(self, "rule for the own position", self.own, get_args(Own))
        _one_of(self, "fallback", self.fallback, get_args(Fallback))

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.selector,)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Aggregate(SOp):
    """For every query position, one value made of the values at the selected keys.

    A single selected value is copied unchanged, whatever the reduction. Several are averaged (the exact sum
    divided by the count), summed, or their maximum or minimum is taken; ``"pick"`` makes several an error.
    ``mean`` and ``sum`` take numbers only, no booleans. The sum of a single value is that value.

    Args:
        selector: which keys each query selects.
        values: the s-op read at the keys.
        reduce: ``"mean"``, ``"sum"``, ``"max"``, ``"min"`` or ``"pick"``.
        default: the value where nothing is selected; None means that an empty row is an error.
    """

    selector: Selector
    values: SOp
    reduce: Reduce = "mean"
    default: Value | None = None

    def _check(self) -> None:
        _need(self, "selector", self.selector, Selector)
        _need(self, "values", self.values, SOp)
        _one_of(self, "reduction", self.reduce, get_args(Reduce))
        if self.default is not None:
            check_value(self.default, "an aggregate's default")

    @property
    def children(self) -> tuple[Node, ...]:
        return self.selector, self.values


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SelectorWidth(SOp):
    """How many keys each query selects."""

    selector: Selector

    def _check(self) -> None:
        _need(self, "selector", self.selector, Selector)

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.selector,)


@dataclass(frozen=True, slots=True, eq=False)
class CategoricalScores:
    """A read-out input with finitely many values: each gives an integer score to each label.

    Rows of zeros are dropped; a value without a row scores 0 everywhere.
    """

    variable: SOp
    rows: tuple[tuple[Value, tuple[int, ...]], ...]

    def __init__(self, variable: SOp, rows: Iterable[tuple[Value, tuple[int, ...]]]) -> None:
        unique: dict[tuple[str, Value], tuple[Value, tuple[int, ...]]] = {}
        for value, scores in rows:
            check_value(value, "a read-out's value")
            _check_scores(scores)
            if typed(value) in unique:
                raise ProgramError(f"a read-out gives the value {value!r} two rows of scores")
            unique[typed(value)] = (value, tuple(scores))
        kept = sorted((r for r in unique.values() if any(r[1])), key=lambda r: sort_key(r[0]))
        object.__setattr__(self, "variable", variable)
        object.__setattr__(self, "rows", tuple(kept))


@dataclass(frozen=True, slots=True, eq=False)
class NumericScores:
    """A read-out input that is an integer: a label's score is the integer times the label's coefficient."""

    variable: SOp
    coefficients: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "coefficients", tuple(self.coefficients))
        _check_scores(self.coefficients)


def _check_scores(scores: Iterable[object]) -> None:
    for score in scores:
        if type(score) is not int or not INT64_MIN <= score <= INT64_MAX:
            raise ProgramError(
                f"a read-out's score is {score!r}", why="scores are int64, so that ties are exact"
            )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Classify(SOp):
    """The log-linear read-out: the label with the highest total score, the first of those that tie.

    Scores are integers on a fixed-point grid, so every evaluator breaks ties alike (Friedman et al. 2023, 3.3,
    have real weights). Numeric inputs must be integers.

    Args:
        labels: what it answers with, all different; ties go to the first.
        inputs: :class:`CategoricalScores` and :class:`NumericScores`, a score for each label in each.
        pooled: sum the scores over all positions of the sequence, markers included, and answer the same label
            everywhere (one label for the sequence).
    """

    labels: tuple[str, ...]
    inputs: tuple[CategoricalScores | NumericScores, ...]
    pooled: bool = False

    def _check(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "inputs", tuple(self.inputs))
        if not self.labels:
            raise ProgramError("a read-out needs at least one label", where=self.span)
        for label in self.labels:
            if type(label) is not str:
                raise ProgramError(f"a label is a string, got {label!r}", where=self.span)
        if len(set(self.labels)) != len(self.labels):
            twice = sorted({label for label in self.labels if self.labels.count(label) > 1})
            raise ProgramError(f"labels given twice: {', '.join(map(repr, twice))}", where=self.span)
        for item in self.inputs:
            _need(self, "an input", item.variable, SOp)
            rows = [item.coefficients] if isinstance(item, NumericScores) else [row for _, row in item.rows]
            for row in rows:
                if len(row) != len(self.labels):
                    raise ProgramError(
                        f"{len(self.labels)} labels, but a row of {len(row)} scores", where=self.span
                    )

    @property
    def children(self) -> tuple[Node, ...]:
        return tuple(item.variable for item in self.inputs)


FULL: Select = Select(Constant(1), Constant(1), "==")
"""The selector of every key (of every earlier key and the own one, in a causal program)."""

LENGTH: SelectorWidth = SelectorWidth(FULL)
"""The length of the sequence that the program sees, markers included (of the prefix, in a causal program)."""


def topological(outputs: Iterable[Node]) -> Iterator[Node]:
    """Every node that the outputs need, each once, children before parents, in a deterministic order.

    Takes no recursion, so a chain of any depth is fine.
    """
    done: set[Node] = set()
    for output in outputs:
        stack: list[tuple[Node, bool]] = [(output, False)]
        while stack:
            node, expanded = stack.pop()
            if node in done:
                continue
            if expanded:
                done.add(node)
                yield node
            else:
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(node.children) if child not in done)
