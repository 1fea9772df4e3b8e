"""A program as RASP text that reads back as the same program, variable names included.

A variable that has a name gets a statement; what has none stands where it is used, unless it is used twice or too long
for that. What a text cannot say by itself (the vocabulary, causality, other outputs than the last) stands in its
settings, at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from readhead.errors import ProgramError
from readhead.language.rasp.base import AGGREGATES, FULL_S, INDICES, LENGTH_S, TOKENS, TOKENS_AS
from readhead.language.rasp.layout import Listed, Piece, laid_out
from readhead.language.rasp.phrases import (
    INFIX,
    PREFIX,
    Phrase,
    called,
    chosen,
    infix,
    listed,
    literal,
    member,
    prefixed,
)
from readhead.language.rasp.spelling import commented, quoted, spelled, text_names
from readhead.program.nodes import (
    FULL,
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Map,
    Node,
    Not,
    NumericScores,
    Or,
    Relation,
    Select,
    SelectorWidth,
    SOp,
    Table,
)
from readhead.program.operators import Value, typed
from readhead.program.program import Program, given_names, named
from readhead.program.types import NUMBER, TypeInference, Types
from readhead.program.vocabulary import Vocabulary

INLINE = 60
"""The most characters of an expression without a name that stands inside another one."""

FUNCTIONS = {reduction: function for function, reduction in AGGREGATES.items()}
"""The builtin function of each reduction."""

CLOSEST_RULES = ("earlier", "last", "first")
"""The rules of ``closest(selector)``."""


def to_rasp(program: Program) -> str:
    """The program as RASP text: ``from_rasp(to_rasp(p)) == p``.

    The law holds for every program whose value types can be inferred without an error, as those of every program can
    that has an answer for some sequence of one token or more.

    >>> from readhead.program.nodes import Select, SelectorWidth, Tokens
    >>> same = Select(Tokens(), Tokens(), "==", name="same")
    >>> print(to_rasp(Program((SelectorWidth(same, name="hist"),), causal=True, description="how often")), end="")
    # how often
    <BLANKLINE>
    same = select(tokens, tokens, ==);
    hist = selector_width(same);
    <BLANKLINE>
    settings({"causal": True});
    """
    names = program.names
    apart = {*given_names(program.outputs), *program.outputs}
    while True:
        writer = _Writer(program, names, apart)
        writer.write()
        found = named(program.outputs, writer.spoken_names())
        wrong = {node for name, node in found.items() if names[node] != name}
        if not wrong:
            return writer.text()
        apart = apart | wrong  # their automatic names depend on what else has none


@dataclass(frozen=True, slots=True)
class _Membership:
    """An s-op compared with a value, and perhaps with those of another such comparison before."""

    sop: SOp
    value: Value
    before: _Membership | None = None

    def values(self) -> list[Value]:
        """All values, in the order of the comparisons."""
        found = [self.value]
        link = self.before
        while link is not None:
            found.append(link.value)
            link = link.before
        return found[::-1]


@dataclass(slots=True)
class _Writer:
    """Writes one program.

    Attributes:
        program: which.
        names: the name of each node.
        apart: the nodes that certainly get statements.
        base: the word for each node that needs no statement because a text begins with it.
        phrases: how each node is read.
        written: the nodes with a statement, in order, each with what it is.
    """

    program: Program
    names: Mapping[Node, str]
    apart: set[Node]
    base: dict[Node, str] = field(default_factory=dict)
    uses: Counter[Node] = field(default_factory=Counter)
    among: dict[Node, _Membership] = field(default_factory=dict)
    absorbed: set[Node] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    types: TypeInference = field(default_factory=TypeInference)
    phrases: dict[Node, Phrase] = field(default_factory=dict)
    written: dict[Node, Piece] = field(default_factory=dict)

    def write(self) -> None:
        """Work out every statement."""
        self.base = _base_words(self.names, self.apart)
        self.texts = text_names(name for node, name in self.names.items() if node not in self.base)
        self.uses = Counter(child for node in self.names for child in node.children)
        for node in self.names:
            self._find_membership(node)
        for node in self.names:
            if node in self.base:
                self.phrases[node] = Phrase(self.base[node])
            elif node not in self.absorbed:
                self._write_node(node)

    def spoken_names(self) -> dict[Node, str]:
        """The names that the text gives; all others are automatic."""
        return {node: self.names[node] for node in (*self.base, *self.written)}

    def text(self) -> str:
        """The whole text."""
        statements = [
            line
            for node, piece in self.written.items()
            for line in laid_out(f"{self._spoken(node)} = ", piece, ";")
        ]
        settings = self._settings()
        parts = [
            commented(self.program.description),
            statements,
            laid_out("", Listed("settings({", tuple(settings), "})"), ";") if settings else [],
        ]
        return "\n\n".join("\n".join(part) for part in parts if part) + "\n"

    def _spoken(self, node: Node) -> str:
        return self.base[node] if node in self.base else self.texts[self.names[node]]

    def _write_node(self, node: Node) -> None:
        inline = literal(node.value) if isinstance(node, Constant) else self._expression(node)
        short = len(inline.text) <= INLINE and self.uses[node] <= 1
        if node not in self.apart and (short or isinstance(node, Constant)):
            self.phrases[node] = inline
            return
        self.phrases[node] = Phrase(self._spoken(node))
        self.written[node] = _constant(node.value).piece if isinstance(node, Constant) else inline.piece

    def _is_plain(self, node: Node) -> bool:
        """Whether the text has a plain value for this node, no s-op."""
        return isinstance(node, Constant) and node not in self.apart

    def _find_membership(self, node: Node) -> None:
        """Note that a node says which values an s-op is among: one comparison, or several joined with "or"."""
        match node:
            case Map(function="==", arguments=(value, Constant() as constant)) if self._is_plain(
                constant
            ) and not self._is_plain(value):
                self.among[node] = _Membership(value, constant.value)
            case Map(function="or", arguments=(left, right)) if self._joins(left) and self._joins(right):
                first, second = self.among[left], self.among[right]
                if first.sop == second.sop and second.before is None:
                    self.among[node] = _Membership(first.sop, second.value, first)
                    self.absorbed |= {left, right}
            case _:
                pass

    def _joins(self, node: Node) -> bool:
        return node in self.among and node not in self.apart and self.uses[node] == 1

    def _read(self, node: Node) -> str:
        return self.phrases[node].text

    def _expression(self, node: Node) -> Phrase:
        """What the node is, apart from its name."""
        match node:
            case Map():
                return self._map(node)
            case Select():
                return called("select", self._read(node.keys), self._read(node.queries), _predicate(node))
            case And() | Or():
                operator = "and" if isinstance(node, And) else "or"
                return infix(operator, self.phrases[node.left], self.phrases[node.right])
            case Not():
                return prefixed("not", self.phrases[node.operand])
            case Closest():
                rules = (node.tie, node.own, node.fallback)
                written = () if rules == CLOSEST_RULES else map(quoted, rules)
                return called("closest", self._read(node.selector), *written)
            case Aggregate():
                read = (self._read(node.selector), self._read(node.values))
                return called(FUNCTIONS[node.reduce], *read, *self._default(node))
            case SelectorWidth():
                return called("selector_width", self._read(node.selector))
            case Classify():
                return self._classify(node)
            case _:
                raise AssertionError(f"no expression for {node!r}")

    def _map(self, node: Map) -> Phrase:
        if isinstance(node.function, Table):
            arguments = listed([self._read(a) for a in node.arguments])
            default = () if node.function.default is None else (spelled(node.function.default),)
            return called("table", _rows(node.function), arguments, *default)
        membership = self.among.get(node)
        if membership is not None and membership.before is not None:
            return member(self.phrases[membership.sop], membership.values())
        operands = self._operands(node)
        match node.function:
            case "if":
                condition, then, other = operands
                return chosen(then, condition, other)
            case name if name in PREFIX:
                return prefixed(name, operands[0])
            case name if name in INFIX:
                return infix(name, *operands)
            case name:
                return called(name, *(operand.text for operand in operands))

    def _operands(self, node: Map) -> list[Phrase]:
        """The arguments of an operator, where plain values must not be computed with before there is an s-op."""
        operands = [self.phrases[a] for a in node.arguments]
        first = node.arguments[0]
        computed = node.function == "if" or all(map(self._is_plain, node.arguments))
        if computed and isinstance(first, Constant) and self._is_plain(first):
            operands[0] = _constant(first.value)
        return operands

    def _default(self, node: Aggregate) -> tuple[str, ...]:
        """The default, where it is not the one that an aggregate has without saying so."""
        if node.default is not None and (
            node.reduce not in ("mean", "sum") or typed(node.default) != ("int", 0)
        ):
            return (spelled(node.default),)
        types = self._types(node.values)
        silent: Value | None = 0 if node.reduce in ("mean", "sum") and types <= NUMBER else None
        if types and node.default == silent:
            return ()
        return ("no_default",) if node.default is None else (spelled(node.default),)

    def _types(self, node: SOp) -> Types:
        try:
            return self.types.of(node)
        except ProgramError:  # it has no value, and a text of it does not load; but it can be shown
            return frozenset()

    def _classify(self, node: Classify) -> Phrase:
        inputs = [listed([self._read(i.variable), _scores(i)], filled=False) for i in node.inputs]
        labels = listed([quoted(label) for label in node.labels])
        return called("classify", labels, listed(inputs, filled=False), *(("True",) if node.pooled else ()))

    def _settings(self) -> list[Piece]:
        """What the text says in its settings; nothing for what is usual."""
        program = self.program
        items: list[Piece] = []
        if program.causal:
            items.append('"causal": True')
        if program.max_length is not None:
            items.append(f'"max_length": {program.max_length}')
        if program.kind != "token_labels":
            items.append(f'"kind": {quoted(program.kind)}')
        vocabulary = _vocabulary(program.vocabulary)
        if vocabulary:
            items.append(Listed('"vocabulary": {', tuple(vocabulary), "}"))
        if list(program.outputs) != list(self.written)[-1:]:
            spoken = tuple(self._spoken(output) for output in program.outputs)
            items.append(Listed('"outputs": [', spoken, "]", filled=True))
        aliases = {self._spoken(node): self.names[node] for node in self.spoken_names()}
        pairs = tuple(f"{quoted(text)}: {quoted(real)}" for text, real in aliases.items() if text != real)
        if pairs:
            items.append(Listed('"names": {', pairs, "}", filled=True))
        return items


def _base_words(names: Mapping[Node, str], apart: Container[Node]) -> dict[Node, str]:
    """The words for the s-ops and selectors that a text begins with; their names must be those too.

    The tokens and the indices have no other word; what they are called is then a matter of the settings. What
    ``full_s`` is made of has no name, so it does not stand for one whose parts have.
    """
    words: dict[Node, str] = {node: str(node.name) for node in (TOKENS, INDICES) if node in names}
    words |= {node: word for word, node in TOKENS_AS.items() if names.get(node) == word}
    if names.get(FULL) == FULL_S.name and FULL.keys not in apart:
        words[FULL_S] = "full_s"
        if names.get(LENGTH_S) == LENGTH_S.name:
            words[LENGTH_S] = "length"
    return words


def _constant(value: Value) -> Phrase:
    return called("constant", spelled(value))


def _predicate(node: Select) -> Piece:
    if isinstance(node.predicate, Relation):
        return listed([_row(pair) for pair in node.predicate.pairs])
    return node.predicate


def _rows(table: Table) -> Listed:
    return listed([_row((*key, value)) for key, value in table.entries])


def _row(values: Iterable[Value]) -> str:
    return f"[{', '.join(map(spelled, values))}]"


def _scores(scores: CategoricalScores | NumericScores) -> Piece:
    if isinstance(scores, NumericScores):
        return listed(list(map(spelled, scores.coefficients)))
    rows = [f"[{spelled(value)}, {_row(row)}]" for value, row in scores.rows]
    return listed(rows, filled=False)


def _vocabulary(vocabulary: Vocabulary) -> list[Piece]:
    """What is unusual about a vocabulary."""
    items: list[Piece] = []
    if vocabulary.tokens is not None:
        items.append(Listed('"tokens": [', tuple(map(quoted, vocabulary.tokens)), "]", filled=True))
    for key, text in (("begin", vocabulary.begin), ("end", vocabulary.end), ("unknown", vocabulary.unknown)):
        if text is not None:
            items.append(f'"{key}": {quoted(text)}')
    items += [
        f'"{key}": True'
        for key, is_set in (("lower", vocabulary.lower), ("fold_digits", vocabulary.fold_digits))
        if is_set
    ]
    if vocabulary.split != "characters":
        items.append(f'"split": {quoted(vocabulary.split)}')
    if vocabulary.spellings:
        items.append(Listed('"spellings": [', tuple(map(quoted, vocabulary.spellings)), "]", filled=True))
    return items
