"""A program on contents of one length, as a circuit: the interpreter's semantics, node by node.

Every s-op has, at every position, finitely many possible values (:class:`~readhead.reason.smt.values.Choice`); every
selector a literal for each query and key. Values are computed by the interpreter's own operators, so integers beyond
int64, divisions by zero and rounding are treated exactly as it treats them: a value is never approximated, and where
there is none, :attr:`Encoded.failed` says when. What has too many values raises :class:`TooLarge`, naming the node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from readhead.program.nodes import (
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
from readhead.program.operators import OPERATORS, OperatorError, Value, typed
from readhead.program.program import Program
from readhead.program.reading import content_span
from readhead.reason.smt.aggregates import copied, reduced, width
from readhead.reason.smt.gates import FALSE, TRUE, Gates, TooLarge
from readhead.reason.smt.scores import classified
from readhead.reason.smt.values import Choice, gathered, single

COMBINATIONS = 1 << 16
"""The most combinations of arguments' values at one position."""

Rows = list[list[int]]
"""A literal for each query and key."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A program's answers.

    Attributes:
        answers: one for each content token; a single one where that is the program's kind.
        failed: the literal that says when it has no answer.
    """

    answers: list[Choice]
    failed: int


def encode(program: Program, gates: Gates, tokens: Sequence[Sequence[tuple[str, int]]]) -> Encoded:
    """The answers of a program on contents of one length.

    Args:
        program: it needs no closed vocabulary.
        gates: the circuit to add to.
        tokens: for each content position, the tokens that there can be, with their literals.

    Raises:
        TooLarge: naming the node.
    """
    encoder = _Encoder(program, gates, tokens)
    names = program.names
    for node in topological(program.outputs[:1]):
        try:
            encoder.add(node)
        except TooLarge as error:
            raise TooLarge(error.what, where=f"variable {names[node]!r}") from None
    answer = encoder.sops[program.outputs[0]]
    if program.kind == "token_labels":
        answer = answer[slice(*content_span(program.vocabulary, len(answer)))]
    else:
        answer = answer[:1] if program.kind == "sequence_label" else answer[-1:]
    return Encoded(answer, gates.any(encoder.failed))


class _Encoder:
    """The values of the nodes that were added so far."""

    def __init__(self, program: Program, gates: Gates, tokens: Sequence[Sequence[tuple[str, int]]]) -> None:
        self.gates = gates
        self.causal = program.causal
        self.sops: dict[Node, list[Choice]] = {}
        self.selectors: dict[Node, Rows] = {}
        self.failed: list[int] = []
        self.tokens = _seen(program, gates, tokens)
        self.n = len(self.tokens)

    def add(self, node: Node) -> None:
        """Encode a node whose children are."""
        if isinstance(node, SOp):
            self.sops[node] = self._sop(node)
        else:
            assert isinstance(node, Selector)
            self.selectors[node] = self._selector(node)

    def _sop(self, node: SOp) -> list[Choice]:
        match node:
            case Tokens():
                return self.tokens
            case Indices():
                return [single(i) for i in range(self.n)]
            case Constant():
                return [single(node.value)] * self.n
            case Map():
                function = _function(node)
                return [self._map(function, [self.sops[a][i] for a in node.arguments]) for i in range(self.n)]
            case Aggregate():
                return self._aggregate(node)
            case SelectorWidth():
                if isinstance(node.selector, Closest):
                    return [single(1)] * self.n
                return [width(self.gates, row) for row in self.selectors[node.selector]]
            case Classify():
                return self._classify(node)
            case _:
                raise AssertionError(f"not an s-op: {node!r}")

    def _map(self, function: Callable[..., Value], arguments: Sequence[Choice]) -> Choice:
        cases: list[tuple[tuple[Value, ...], int]] = [((), TRUE)]
        for choice in arguments:
            if len(cases) * len(choice.values) > COMBINATIONS:
                raise TooLarge(f"more than {COMBINATIONS:,} combinations of its arguments' values")
            longer = (
                ((*given, value), self.gates.both(when, is_value))
                for given, when in cases
                for value, is_value in choice.values
            )
            cases = [case for case in longer if case[1] != FALSE]
        results: list[tuple[Value, int]] = []
        failed = False
        for given, when in cases:
            try:
                results.append((function(*given), when))
            except OperatorError:
                self.failed.append(when)
                failed = True
        return gathered(self.gates, results, not failed and all(c.total for c in arguments))

    def _aggregate(self, node: Aggregate) -> list[Choice]:
        rows, values = self.selectors[node.selector], self.sops[node.values]
        if isinstance(node.selector, Closest):
            return [copied(self.gates, row, values) for row in rows]
        found = [reduced(self.gates, node, row, values) for row in rows]
        self.failed += [failed for _, failed in found]
        return [choice for choice, _ in found]

    def _classify(self, node: Classify) -> list[Choice]:
        inputs = [[self.sops[item.variable][i] for item in node.inputs] for i in range(self.n)]
        together = [inputs] if node.pooled else [[here] for here in inputs]
        found = [classified(self.gates, node, some) for some in together]
        self.failed += [failed for _, failed in found]
        return [choice for choice, _ in found] * (self.n if node.pooled else 1)

    def _selector(self, node: Selector) -> Rows:
        match node:
            case Select():
                return self._select(node)
            case And():
                left, right = self.selectors[node.left], self.selectors[node.right]
                return self._rows(lambda q, k: self.gates.both(left[q][k], right[q][k]))
            case Or():
                left, right = self.selectors[node.left], self.selectors[node.right]
                return self._rows(lambda q, k: self.gates.either(left[q][k], right[q][k]))
            case Not():
                operand = self.selectors[node.operand]
                return self._rows(lambda q, k: operand[q][k] ^ 1)
            case Closest():
                return self._closest(node)
            case _:
                raise AssertionError(f"not a selector: {node!r}")

    def _rows(self, literal: Callable[[int, int], int]) -> Rows:
        """A literal for every pair; FALSE for the later keys of a causal program."""
        return [
            [literal(q, k) if k <= q or not self.causal else FALSE for k in range(self.n)]
            for q in range(self.n)
        ]

    def _select(self, node: Select) -> Rows:
        keys, queries = self.sops[node.keys], self.sops[node.queries]
        if isinstance(node.predicate, str):
            holds = OPERATORS[node.predicate].apply
        else:
            pairs = {(typed(k), typed(q)) for k, q in node.predicate.pairs}
            holds = lambda k, q: (typed(k), typed(q)) in pairs  # noqa: E731

        def literal(q: int, k: int) -> int:
            cases = []
            for key, is_key in keys[k].values:
                for query, is_query in queries[q].values:
                    when = self.gates.both(is_key, is_query)
                    try:
                        if when != FALSE and holds(key, query):
                            cases.append(when)
                    except OperatorError:
                        self.failed.append(when)
            return self.gates.any(cases)

        return self._rows(literal)

    def _closest(self, node: Closest) -> Rows:
        selected = self.selectors[node.selector]
        rows = []
        for q in range(self.n):
            row = [FALSE] * self.n
            none = TRUE
            for k in nearest_first(q, self.n, node):
                row[k] = self.gates.both(none, selected[q][k])
                none = self.gates.both(none, selected[q][k] ^ 1)
            fallback = 0 if node.fallback == "first" else q
            row[fallback] = self.gates.either(row[fallback], none)
            self.gates.say_one(row)
            rows.append(row)
        return rows


def nearest_first(query: int, n: int, node: Closest) -> list[int]:
    """The positions that a Closest node looks at for a query, in the order in which it prefers them."""
    later = node.tie == "later"
    others = sorted((k for k in range(n) if k != query), key=lambda k: (abs(k - query), (k < query) == later))
    match node.own:
        case "any":
            return [query, *others]
        case "last":
            return [*others, query]
        case "never":
            return others


def _seen(program: Program, gates: Gates, tokens: Sequence[Sequence[tuple[str, int]]]) -> list[Choice]:
    """The tokens that a program sees, markers included."""
    vocabulary = program.vocabulary
    before = [single(vocabulary.begin)] if vocabulary.begin is not None else []
    after = [single(vocabulary.end)] if vocabulary.end is not None else []
    content = [
        gathered(
            gates, ((vocabulary.sequence([token])[len(before)], when) for token, when in here), total=True
        )
        for here in tokens
    ]
    return [*before, *content, *after]


def _function(node: Map) -> Callable[..., Value]:
    """The meaning of a Map's function on values, each combination computed once."""
    if isinstance(node.function, str):
        return OPERATORS[node.function].apply
    lookup, default = node.function.lookup(), node.function.default

    def look_up(*key: Value) -> Value:
        found = lookup.get(tuple(map(typed, key)), default)
        if found is None:
            raise OperatorError("the table has no entry")
        return found

    return look_up
