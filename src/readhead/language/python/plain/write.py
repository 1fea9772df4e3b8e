"""The expressions of a plain file: values at a position, conditions on a key, tables and predicates.

An expression is written with the loop that it stands in, which hands out the names of what it reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from readhead.language.python.decisions import Parameter, predicate_function, table_function
from readhead.language.python.literals import Names, literal
from readhead.language.python.plain.facts import Facts
from readhead.language.python.plain.lines import broken
from readhead.language.python.plain.loops import Loop
from readhead.program.domains import exact
from readhead.program.nodes import (
    FULL,
    And,
    Closest,
    Constant,
    Indices,
    Map,
    Node,
    Not,
    Or,
    Relation,
    Select,
    Selector,
    SOp,
    Table,
)
from readhead.program.operators import Value, sort_key, typed

TERNARY, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)

BINARY = {
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), COMPARE),
    "+": SUM,
    "-": SUM,
    "*": PRODUCT,
    "/": PRODUCT,
    "%": PRODUCT,
    "^": POWER,
}

SIMPLE = re.compile(r"-?[\w.]+")
"""A name or a number."""

BESIDE = 30
"""The most characters of a table inside a longer expression."""

INLINE = 56
"""The most characters of a table in a statement."""

Text = tuple[str, int]
"""An expression, and how closely its parts hold together."""


@dataclass
class Writer:
    """What is needed to write expressions; constants and functions that they need are collected on the way.

    Attributes:
        facts: what is known of the program.
        names: how the variables with a statement are written.
        inlined: the variables without one.
        allocate: hands out names for constants and functions.
    """

    facts: Facts
    names: Mapping[Node, str]
    inlined: frozenset[Node]
    allocate: Names
    constants: dict[str, str] = field(default_factory=dict)
    functions: dict[str, list[str]] = field(default_factory=dict)
    known: dict[Node, str] = field(default_factory=dict)
    """The constant or function that was made for a table or predicate of a node."""
    scores: dict[object, str] = field(default_factory=dict)
    """The constants that were made for labels and scores."""
    helpers: dict[str, None] = field(default_factory=dict)

    def owner(self, node: Node) -> str:
        """What a constant or function of a node is called after."""
        return self.facts.program.names[node].removesuffix("_match")

    def value(self, node: SOp, loop: Loop, *, root: bool = False) -> Text:
        """A variable's value at the loop's position."""
        if node not in self.inlined and not root:
            return loop.variable(node), ATOM
        match node:
            case Constant():
                text = literal(node.value)
                return text, SIGN if text.startswith("-") else ATOM
            case Indices():
                return loop.position(), ATOM
            case Map() if isinstance(node.function, Table):
                return self._table(node, node.function, loop, root)
            case Map():
                return self._operator(node, str(node.function), loop)
            case _:
                raise AssertionError(f"no expression for {node!r}")

    def _operator(self, node: Map, name: str, loop: Loop) -> Text:
        parts = [self.value(a, loop) for a in node.arguments]
        texts = [text for text, _ in parts]
        if name in BINARY:
            level = BINARY[name]
            left = level + 1 if level in (COMPARE, POWER) else level
            right = SIGN if level == POWER else level + 1
            first, second = held(parts[0], left), held(parts[1], right)
            if name != "^":
                return f"{first} {name} {second}", level
            simple = SIMPLE.fullmatch(first) and SIMPLE.fullmatch(second)  # then black leaves no blanks
            return f"{first}{'**' if simple else ' ** '}{second}", level
        match name:
            case "and" | "or":
                level = AND if name == "and" else OR
                text = f"{held(parts[0], level)} {name} {held(parts[1], level + 1)}"
                boolean = all(self.facts.is_a(a, bool) for a in node.arguments)
                return (text, level) if boolean else (f"bool({text})", ATOM)
            case "not":
                return f"not {held(parts[0], NOT)}", NOT
            case "neg":
                return f"-{held(parts[0], SIGN)}", SIGN
            case "indicator":
                return f"1 if {held(parts[0], OR)} else 0", TERNARY
            case "if":
                test, then, other = parts
                return f"{held(then, OR)} if {held(test, OR)} else {other[0]}", TERNARY
            case _:
                return f"{name}({', '.join(texts)})", ATOM

    def _table(self, node: Map, table: Table, loop: Loop, root: bool) -> Text:
        texts = [self.value(a, loop) for a in node.arguments]
        keys = list(zip(*(key for key, _ in table.entries), strict=True)) or [()] * len(texts)
        if not all(self.facts.tells_apart(a, k) for a, k in zip(node.arguments, keys, strict=True)):
            return self._called(self._table_function(node, table), texts)
        if self.known.get(node) in self.functions:
            return self._called(self.known[node], texts)
        among = membership(table) if len(texts) == 1 else None
        argument = held(texts[0], SUM) if len(texts) == 1 else f"({', '.join(t for t, _ in texts)})"
        if among is not None:
            return self._among(node, table, among, argument, root)
        body = dictionary(table)
        after = f"[{argument}]" if table.default is None else f".get({argument}, {literal(table.default)})"
        if len(texts) == 1:
            after = (
                f"[{texts[0][0]}]"
                if table.default is None
                else f".get({texts[0][0]}, {literal(table.default)})"
            )
        if len(body) <= (INLINE if root else BESIDE):
            return body + after, ATOM
        if node not in self.known:
            function = self._table_function(node, table)
            if self._lines_of(function) <= len(broken(f"{function} = {body}", 0)):
                return self._called(function, texts)
            del self.functions[function], self.known[node]
        return self._constant(node, body) + after, ATOM

    def _among(self, node: Map, table: Table, values: Sequence[Value], argument: str, root: bool) -> Text:
        """A table with one answer besides its default, as a test for membership."""
        body = f"{{{', '.join(literal(v) for v in values)}}}"
        answer = table.entries[0][1]
        if len(body) > (INLINE if root else BESIDE):
            body = self._constant(node, body)
        if type(answer) is type(table.default) is bool:
            return f"{argument} {'in' if answer else 'not in'} {body}", COMPARE
        assert table.default is not None
        return f"{literal(answer)} if {argument} in {body} else {literal(table.default)}", TERNARY

    def _constant(self, node: Node, body: str) -> str:
        if node not in self.known:
            self.known[node] = self.allocate.take(self.owner(node).upper())
            self.constants[self.known[node]] = body
        return self.known[node]

    def _called(self, function: str, texts: Sequence[Text]) -> Text:
        return f"{function}({', '.join(text for text, _ in texts)})", ATOM

    def _table_function(self, node: Map, table: Table) -> str:
        if node not in self.known or self.known[node] not in self.functions:
            name = self.allocate.take(f"{self.owner(node)}_of")
            own = Names(())
            parameters = [self._parameter(a, own.take(self.facts.program.names[a])) for a in node.arguments]
            self.functions[name] = table_function(name, parameters, table)
            self.known[node] = name
        return self.known[node]

    def _parameter(self, node: SOp, name: str) -> Parameter:
        code = {token: i for i, token in enumerate(self.facts.program.vocabulary.symbols or ())}
        return Parameter(
            name,
            self.facts.types[node],
            lambda v: (code.get(v, len(code)) if isinstance(v, str) else 0, sort_key(v)),
        )

    def _lines_of(self, function: str) -> int:
        """How many lines a function takes; values that are filled into lines would each have their own."""
        lines = [line for line in self.functions[function] if not line.startswith("# fmt")]
        return sum(max(1, line.count(",")) if line.endswith(",") else 1 for line in lines)

    def condition(self, selector: Selector, keys: Loop, queries: Loop) -> Text:
        """Whether a key is selected."""
        if selector not in self.inlined:
            if isinstance(selector, Closest):
                return f"{keys.position()} == {queries.variable(selector)}", COMPARE
            return keys.variable(selector), ATOM
        if selector == FULL:
            return "True", ATOM
        match selector:
            case And() | Or():
                name, level = ("and", AND) if isinstance(selector, And) else ("or", OR)
                parts = [self.condition(s, keys, queries) for s in (selector.left, selector.right)]
                return f"{held(parts[0], level)} {name} {held(parts[1], level + 1)}", level
            case Not():
                return f"not {held(self.condition(selector.operand, keys, queries), NOT)}", NOT
            case Select():
                return self.matches(selector, keys, queries)
            case _:
                raise AssertionError(f"no condition for {selector!r}")

    def matches(self, node: Select, keys: Loop, queries: Loop) -> Text:
        """Whether a key and a query match."""
        key, query = self.value(node.keys, keys), self.value(node.queries, queries)
        if isinstance(node.predicate, str):
            return f"{held(key, SUM)} {node.predicate} {held(query, SUM)}", COMPARE
        return self._relation(node, node.predicate, key, query)

    def _relation(self, node: Select, relation: Relation, key: Text, query: Text) -> Text:
        queries = [q for _, q in relation.pairs]
        apart = self.facts.tells_apart(node.keys, (k for k, _ in relation.pairs))
        apart = apart and self.facts.tells_apart(node.queries, queries)
        apart = apart and len(set(map(exact, queries))) == len(
            set(map(typed, queries))
        )  # 0.0 and -0.0 are one key
        if self.known.get(node) in self.functions:
            return self._called(self.known[node], [query, key])
        rows: dict[tuple[str, Value], tuple[Value, list[Value]]] = {}
        for k, q in relation.pairs:
            rows.setdefault(typed(q), (q, []))[1].append(k)
        single = all(len(ks) == 1 for _, ks in rows.values())
        order = self._parameter(node.queries, "query").order
        ordered = sorted(rows.values(), key=lambda row: order(row[0]))
        items = [f"{literal(q)}: {literal(ks[0]) if single else _set(ks)}" for q, ks in ordered]
        body = f"{{{', '.join(items)}}}"
        after = f".get({query[0]})" if single else f".get({query[0]}, ())"
        sign = "==" if single else "in"
        if apart and len(body) <= BESIDE:
            return f"{held(key, SUM)} {sign} {body}{after}", COMPARE
        if node not in self.known:
            function = self._predicate(node, relation)
            if not apart or self._lines_of(function) <= len(broken(f"{function} = {body}", 0)):
                return self._called(function, [query, key])
            del self.functions[function], self.known[node]
        return f"{held(key, SUM)} {sign} {self._constant(node, body)}{after}", COMPARE

    def _predicate(self, node: Select, relation: Relation) -> str:
        name = self.allocate.take(f"match_{self.owner(node)}")
        query, key = self._parameter(node.queries, "query"), self._parameter(node.keys, "key")
        self.functions[name] = predicate_function(name, query, key, relation)
        self.known[node] = name
        return name


def held(text: Text, level: int) -> str:
    """The expression, in parentheses where its parts would come apart."""
    return text[0] if text[1] >= level else f"({text[0]})"


def membership(table: Table) -> list[Value] | None:
    """The keys of a table that has one answer besides its default; None for any other."""
    answers = {exact(value) for _, value in table.entries}
    if len(answers) != 1 or table.default is None:
        return None
    return [key[0] for key, _ in table.entries]


def dictionary(table: Table) -> str:
    """A table as a dictionary."""
    items = []
    for key, value in table.entries:
        written = literal(key[0]) if len(key) == 1 else f"({', '.join(map(literal, key))})"
        items.append(f"{written}: {literal(value)}")
    return f"{{{', '.join(items)}}}"


def _set(values: Sequence[Value]) -> str:
    return f"{{{', '.join(literal(v) for v in values)}}}"
