"""From an expression of the search to a program that also sees markers.

The search knows content only. Here positions and lengths are corrected by the markers, and every selector is told to
leave markers out; :mod:`readhead.reason.search.bare` then drops what makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from readhead.program.nodes import (
    LENGTH,
    Aggregate,
    And,
    Closest,
    Constant,
    Indices,
    Map,
    Or,
    Reduce,
    Select,
    Selector,
    SelectorWidth,
    SOp,
    Table,
    Tokens,
)
from readhead.program.operators import Value
from readhead.program.vocabulary import Vocabulary
from readhead.reason.search.bank import Bank, Kind, Term
from readhead.reason.search.linear import compared, plus, selected

TOKENS = Tokens()
INDICES = Indices()
NO_TOKEN = ""
EARLIER = Select(INDICES, INDICES, "<")
LATER = Select(INDICES, INDICES, ">")


def guards(vocabulary: Vocabulary) -> tuple[Select, ...]:
    """Selectors of what is not a marker, one for each marker."""
    markers = [m for m in (vocabulary.begin, vocabulary.end) if m is not None]
    return tuple(Select(TOKENS, Constant(m), "!=") for m in markers)


@dataclass(slots=True)
class Speller:
    """Spells expressions of a bank as nodes.

    Attributes:
        bank: the expressions.
        vocabulary: says which markers there are.
        safe: copies of one key take the largest value where, against expectation, several keys are selected.
    """

    bank: Bank
    vocabulary: Vocabulary
    safe: bool = False
    _known: dict[tuple[int, Value | None], SOp] = field(default_factory=dict)

    def node(self, number: int, default: Value | None = None) -> SOp:
        """The s-op of an expression.

        Args:
            number: the expression.
            default: what a copy holds where nothing is selected; None for the search's own value.
        """
        if (number, default) not in self._known:
            self._known[number, default] = self._node(self.bank.terms[number], default)
        return self._known[number, default]

    def kind(self, number: int) -> Kind:
        """What an expression's values are."""
        term = self.bank.terms[number]
        match term.op:
            case "tokens" | "match":
                return "token"
            case "class" | "sign" | "not" | "compare" | "token_is" | "and" | "or":
                return "test"
            case "extreme":
                return self.kind(term.children[0])
            case "at" | "near" | "near_where":
                return self.kind(term.children[1])
            case _:
                return "number"

    def _node(self, term: Term, default: Value | None) -> SOp:
        match term.op:
            case "tokens":
                return TOKENS
            case "zero":
                return Constant(0)
            case "index":
                return INDICES if self.vocabulary.begin is None else plus(INDICES, -1)
            case "length":
                return plus(LENGTH, -self._markers_seen())
            case "spelt":
                return self._spelt_number()
            case "shift":
                return plus(self.node(term.children[0]), int(str(term.detail[0])))
            case "+" | "-":
                left, right = (self.node(c) for c in term.children)
                return plus(left, right, 1 if term.op == "+" else -1)
            case "+if" | "-if":
                left, right = (self.node(c) for c in term.children)
                return plus(left, Map("indicator", (right,)), 1 if term.op == "+if" else -1)
            case "parity":
                return Map("%", (self.node(term.children[0]), Constant(2)))
            case "constant":
                return Constant(str(term.detail[0]))
            case "str":
                return Map("str", (self.node(term.children[0]),))
            case "copied":
                return self.node(term.children[0], None if term.detail[0] is None else str(term.detail[0]))
            case "table":
                return self._table(term)
            case "choose":
                return Map("if", tuple(self.node(c) for c in term.children))
            case "class" | "sign" | "not" | "compare" | "token_is" | "and" | "or" | "ever":
                return self._test(term)
            case _:
                return self._head(term, default)

    def _markers_seen(self) -> int:
        """How many markers a content position sees."""
        return (self.vocabulary.begin is not None) + (
            self.vocabulary.end is not None and not self.bank.sample.causal
        )

    def _spelt_number(self) -> SOp:
        """The number that a token spells; -1 at markers."""
        content: SOp = TOKENS
        for marker in (self.vocabulary.begin, self.vocabulary.end):
            if marker is not None:
                content = Map("if", (Map("==", (TOKENS, Constant(marker))), Constant("-1"), content))
        return Map("int", (content,))

    def _class(self, codes: tuple[object, ...], variable: SOp = TOKENS) -> SOp:
        """Whether a token is one of these; or is none of the others, where these are fewer."""
        alphabet = self.bank.sample.alphabet
        tests = [Map("==", (variable, Constant(alphabet[int(str(c))]))) for c in codes]
        found: SOp = tests[0]
        for test in tests[1:]:
            found = Map("or", (found, test))
        return found

    def _test(self, term: Term) -> SOp:
        match term.op:
            case "class":
                return self._class(term.detail)
            case "token_is":
                return self._class(term.detail, self.node(term.children[0]))
            case "sign":
                return compared(str(term.detail[0]), self.node(term.children[0]), Constant(0))
            case "compare":
                left, right = (self.node(c) for c in term.children)
                return Map(str(term.detail[0]), (left, right))
            case "ever":
                return Map(">", (SelectorWidth(self._content(self._where(term.children[0]))), Constant(0)))
            case _:
                return Map(term.op, tuple(self.node(c) for c in term.children))

    def _where(self, test: int) -> Selector:
        """The keys that pass a test; a comparison with a constant is asked directly."""
        node = self.node(test)
        if isinstance(node, Map) and node.function == "==" and isinstance(node.arguments[1], Constant):
            return Select(node.arguments[0], node.arguments[1], "==")
        return Select(node, Constant(True), "==")

    def _content(self, selector: Selector) -> Selector:
        for guard in guards(self.vocabulary):
            selector = And(selector, guard)
        return selector

    def _side(self, selector: Selector | None, side: object) -> Selector:
        beside = {"<": EARLIER, ">": LATER}.get(str(side))
        if selector is None:
            return beside if beside is not None else Select(Constant(1), Constant(1), "==")
        return selector if beside is None else And(selector, beside)

    def _pair(self, x: int, y: int, op: str) -> Selector:
        keys, queries = self.node(x), self.node(y)
        if op.startswith("rank"):
            ties = And(Select(keys, queries, "=="), EARLIER)
            return Or(Select(keys, queries, op[-1]), ties)
        return selected(op, keys, queries)

    def _head(self, term: Term, default: Value | None) -> SOp:
        children, detail = term.children, term.detail
        match term.op:
            case "class_count" | "class_before":
                where = Select(self._class(detail), Constant(True), "==")
                if len(detail) == 1:
                    where = Select(TOKENS, Constant(self.bank.sample.alphabet[int(str(detail[0]))]), "==")
                side = "<" if term.op == "class_before" else ""
                return SelectorWidth(self._content(self._side(where, side)))
            case "count":
                return SelectorWidth(self._content(self._side(self._where(children[0]), detail[0])))
            case "width" | "filtered" | "crossed":
                y, x = (children[0], children[1]) if term.op == "crossed" else (children[0], children[0])
                selector = self._side(self._pair(x, y, str(detail[0])), detail[1])
                if term.op == "filtered":
                    selector = And(selector, self._where(children[1]))
                return SelectorWidth(self._content(selector))
            case "total":
                return Aggregate(self._content(self._side(None, "")), self.node(children[0]), "sum", 0)
            case "extreme":
                everything = self._content(self._side(None, ""))
                extreme: Reduce = "max" if detail[0] == "max" else "min"
                return Aggregate(
                    everything, self.node(children[0]), extreme, self._default(children[0], default)
                )
            case "match":
                selector = self._pair(children[0], children[1], "==")
                if len(children) == 4:
                    selector = And(selector, self._where(children[3]))
                copied: Reduce = "max" if detail[0] == "max" or self.safe else "pick"
                return self._copied(self._content(selector), children[2], default, copied)
            case "at":
                selector = selected("==", self.node(_index(self.bank)), self.node(children[0]))
                return self._copied(self._content(selector), children[1], default, "pick")
            case "near" | "near_where":
                x = children[0]
                pair = self._pair(x, x, "==") if term.op == "near" else self._where(x)
                selector = self._content(self._side(pair, detail[0]))
                copy = Aggregate(Closest(selector, own="never"), self.node(children[1]), "pick")
                some = Map(">", (SelectorWidth(selector), Constant(0)))
                return Map("if", (some, copy, Constant(self._default(children[1], default))))
        raise AssertionError(f"no operation of the search: {term.op}")

    def _copied(self, selector: Selector, source: int, default: Value | None, reduce: Reduce) -> SOp:
        return Aggregate(selector, self.node(source), reduce, self._default(source, default))

    def _default(self, source: int, default: Value | None) -> Value:
        if default is not None:
            return default
        own: dict[Kind, Value] = {"token": NO_TOKEN, "number": -1, "test": False}
        return own[self.kind(source)]

    def _table(self, term: Term) -> SOp:
        entries, default = term.detail
        assert isinstance(entries, tuple)
        made = []
        for key, value in entries:
            made.append((tuple(self._value(c, k) for c, k in zip(term.children, key, strict=True)), value))
        return Map(Table(made, default), tuple(self.node(c) for c in term.children))  # type: ignore[arg-type]

    def _value(self, number: int, code: int) -> Value:
        match self.kind(number):
            case "token":
                return NO_TOKEN if code < 0 else self.bank.sample.alphabet[code]
            case "test":
                return bool(code)
            case _:
                return code


def _index(bank: Bank) -> int:
    """The number of the expression ``index``."""
    return next(i for i, term in enumerate(bank.terms) if term.op == "index")
