"""The statements of a plain file: what is assigned to each variable."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from readhead.language.python.literals import BUILTINS, Names, literal
from readhead.language.python.plain.facts import Facts, one_at_most
from readhead.language.python.plain.layout import Layout
from readhead.language.python.plain.lines import broken
from readhead.language.python.plain.loops import Loop
from readhead.language.python.plain.words import RESERVED, Rules, rules_of
from readhead.language.python.plain.write import Writer
from readhead.program.nodes import (
    FULL,
    Aggregate,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Node,
    NumericScores,
    Selector,
    SelectorWidth,
    Tokens,
)
from readhead.program.program import Program

WORDS = (("query",), ("q",))
"""What the loops over queries are called: in full, and where that is too long for a line."""


@dataclass
class Emitter:
    """Collects what the statements of one file need."""

    program: Program
    layout: Layout
    facts: Facts
    names: dict[Node, str]
    tokens: str
    writer: Writer
    taken: frozenset[str]
    closest: dict[Rules, str] = field(default_factory=dict)
    told: bool = False
    """Whether some statement says which keys a query sees."""


def emitter(program: Program, facts: Facts, layout: Layout) -> Emitter:
    """What is needed to write the statements of a program in this layout."""
    allocate = Names(RESERVED)
    stated = {node: name for name, node in program.variables.items() if node not in layout.inlined}
    names = {node: allocate.take(name) for node, name in stated.items()}
    tokens = next((name for node, name in names.items() if isinstance(node, Tokens)), None)
    tokens = allocate.take("tokens") if tokens is None else tokens
    taken = frozenset({*names.values(), tokens, *RESERVED, *BUILTINS}) - {"query", "key"}
    writer = Writer(facts, names, layout.inlined, allocate)
    return Emitter(program, layout, facts, names, tokens, writer, taken)


def statement(e: Emitter, target: str, node: Node) -> list[str]:
    """The lines of the statement that computes a variable."""
    lines: list[str] = []
    for words in WORDS:
        lines = broken(target + _right(e, node, words), 4)
        if len(lines) == 1:
            return lines
    return lines


def _right(e: Emitter, node: Node, words: Collection[str]) -> str:
    """What is assigned to a variable."""
    match node:
        case Constant():
            return f"[{literal(node.value)}] * len({e.tokens})"
        case Indices():
            returned = node in e.layout.inlined or node in e.program.outputs
            return f"list(range(len({e.tokens})))" if returned else f"range(len({e.tokens}))"
        case Map():
            queries = _queries(e, ())
            text, _ = e.writer.value(node, queries, root=True)
            return f"[{text} {queries.text()}]"
        case SelectorWidth():
            queries = _queries(e, words)
            text = _width(e, node, queries)
            return f"[{text} {queries.text()}]"
        case Aggregate():
            queries = _queries(e, words)
            text = _aggregate(e, node, queries)
            return f"[{text} {queries.text()}]"
        case Closest():
            queries = _queries(e, words)
            text = _closest(e, node, queries)
            return f"[{text} {queries.text()}]"
        case Selector():
            queries = _queries(e, words)
            keys = _keys(e, queries)
            own = Writer(e.facts, e.names, e.layout.inlined | {node}, e.writer.allocate)
            own.constants, own.functions, own.known = e.writer.constants, e.writer.functions, e.writer.known
            text, _ = own.condition(node, keys, queries)
            inner = _over(e, keys)
            return f"[[{text} {inner}] {queries.text()}]"
        case Classify():
            return _classify(e, node)
        case _:
            raise AssertionError(f"no statement for {node!r}")


def _queries(e: Emitter, words: Collection[str]) -> Loop:
    return Loop(e.names, set(e.taken), e.tokens, words=words)


def _keys(e: Emitter, queries: Loop) -> Loop:
    words = [{"query": "key", "q": "k"}[word] for word in queries.words]
    return Loop(e.names, queries.taken, e.tokens, queries, e.program.causal, words)


def _over(e: Emitter, keys: Loop) -> str:
    text = keys.text()
    e.told = e.told or keys.sliced
    return text


def _seen(e: Emitter, column: str, queries: Loop) -> str:
    """A column as far as the query sees it."""
    e.told = True
    return f"{column}[: {queries.position()} + 1]" if e.program.causal else column


def _is_full(e: Emitter, selector: Selector) -> bool:
    return selector == FULL and selector in e.layout.inlined


def _width(e: Emitter, node: SelectorWidth, queries: Loop) -> str:
    if _is_full(e, node.selector):
        return f"len({_seen(e, e.tokens, queries)})"
    if node.selector not in e.layout.inlined and not isinstance(node.selector, Closest):
        return f"sum({queries.variable(node.selector)})"
    keys = _keys(e, queries)
    text, _ = e.writer.condition(node.selector, keys, queries)
    return f"sum({text} {_over(e, keys)})"


def _closest(e: Emitter, node: Closest, queries: Loop) -> str:
    rules = rules_of(node)
    if rules not in e.closest:
        e.closest[rules] = e.writer.allocate.take("closest_2") if e.closest else "closest"
    i = queries.position()
    if node.selector not in e.layout.inlined and not isinstance(node.selector, Closest):
        return f"{e.closest[rules]}({i}, {queries.variable(node.selector)})"
    keys = _keys(e, queries)
    text, _ = e.writer.condition(node.selector, keys, queries)
    return f"{e.closest[rules]}({i}, [{text} {_over(e, keys)}])"


def _aggregate(e: Emitter, node: Aggregate, queries: Loop) -> str:
    selector, default = node.selector, "" if node.default is None else literal(node.default)
    if isinstance(selector, Closest) and node.reduce == "pick" and node.default is None:
        inlined = selector in e.layout.inlined
        at = _closest(e, selector, queries) if inlined else queries.variable(selector)
        return f"{e.names[node.values]}[{at}]"
    several = f", {default}" if default else ""
    if _is_full(e, selector):
        column = _seen(e, e.names[node.values], queries)
        return _reduced(e, node, column, column, several)
    keys = _keys(e, queries)
    if selector not in e.layout.inlined:
        keys.words = ("v",)
    test, _ = e.writer.condition(selector, keys, queries)
    value, _ = e.writer.value(node.values, keys)
    items = f"{value} {_over(e, keys)} if {test}"
    return _reduced(e, node, f"[{items}]", items, several)


def _reduced(e: Emitter, node: Aggregate, column: str, items: str, default: str) -> str:
    """The call that makes one value of several: of a list, or of items that are looked at once."""
    match node.reduce:
        case "max" | "min":
            if not default:
                return f"{node.reduce}({items})"
            generated = items if column == items else f"({items})"
            return f"{node.reduce}({generated}, default={default[2:]})"
        case "sum" if default == ", 0" and e.facts.is_a(node.values, int):
            return f"sum({items})"
        case "pick" if default and column != items and one_at_most(node.selector):
            return f"next(({items}){default})"
        case _:
            helper = {"sum": "total"}.get(node.reduce, node.reduce)
            e.writer.helpers[helper] = None
            return f"{helper}({column}{default})"


def _classify(e: Emitter, node: Classify) -> str:
    e.writer.helpers["best"] = None
    labels = f"({', '.join(map(literal, node.labels))}{',' if len(node.labels) == 1 else ''})"
    name = e.writer.owner(node).upper()
    if len(labels) > 24 or len(node.inputs) > 1:
        labels = _constant(e, f"{name}_LABELS", node, labels)
    if not node.inputs:
        return (
            f"[best({labels})] * len({e.tokens})" if node.pooled else f"[best({labels}) for _ in {e.tokens}]"
        )
    columns = [_scores(e, node, item) for item in node.inputs]
    if node.pooled:
        return f"[best({labels}, {', '.join(f'*{c}' for c in columns)})] * len({e.tokens})"
    if len(columns) == 1:
        loop = _queries(e, ())
        variable = loop.variable(node.inputs[0].variable)
        return f"[best({labels}, {_score(e, node, node.inputs[0], variable)}) {loop.text()}]"
    rows = "rows" if "rows" not in e.taken else _queries(e, ("rows",)).fresh("rows")
    return f"[best({labels}, *{rows}) for {rows} in zip({', '.join(columns)})]"


def _table_of(e: Emitter, node: Classify, item: CategoricalScores | NumericScores) -> str:
    of = e.program.names[item.variable].upper()
    if isinstance(item, NumericScores):
        text = f"({', '.join(map(str, item.coefficients))}{',' if len(item.coefficients) == 1 else ''})"
        return _constant(e, f"{of}_SCORES", (node, item), text)
    rows = [
        f"{literal(v)}: ({', '.join(map(str, row))}{',' if len(row) == 1 else ''})" for v, row in item.rows
    ]
    return _constant(e, f"{of}_SCORES", (node, item), f"{{{', '.join(rows)}}}")


def _constant(e: Emitter, wish: str, owner: object, text: str) -> str:
    known = e.writer.scores
    if owner not in known:
        known[owner] = e.writer.allocate.take(wish)
        e.writer.constants[known[owner]] = text
    return known[owner]


def _score(e: Emitter, node: Classify, item: CategoricalScores | NumericScores, variable: str) -> str:
    table = _table_of(e, node, item)
    if isinstance(item, CategoricalScores):
        return f"{table}.get({variable})"
    free = "c" if variable != "c" and "c" not in e.taken else "score"
    return f"[{free} * {variable} for {free} in {table}]"


def _scores(e: Emitter, node: Classify, item: CategoricalScores | NumericScores) -> str:
    """The rows of scores of an input, one for each position."""
    if isinstance(item, CategoricalScores):
        return f"map({_table_of(e, node, item)}.get, {e.names[item.variable]})"
    loop = _queries(e, ())
    variable = loop.variable(item.variable)
    return f"[{_score(e, node, item, variable)} {loop.text()}]"
