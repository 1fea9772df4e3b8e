"""Word classes: tables that sort words into a few kinds, each named by its own words, in place of a number.

A learned program over words begins with such tables. A class has no meaning but its words and what is done with it,
so its name is its most frequent words, in the vocabulary's order, and the label that the read-out's scores say.

Invariant: naming classes changes the values of word classes and of what copies them, and no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from readhead.program.nodes import (
    Aggregate,
    CategoricalScores,
    Classify,
    Map,
    Node,
    NumericScores,
    Relation,
    Select,
    SOp,
    Table,
    Tokens,
    topological,
)
from readhead.program.operators import Value, typed
from readhead.program.program import Program, given_names
from readhead.program.rewrite import rebuild, replace_node

WORDS = 2
"""How many words a name has, where these tell the classes of a variable apart."""


@dataclass(frozen=True, slots=True)
class WordClass:
    """A value of a table of tokens, and the words that have it.

    Attributes:
        value: what the table gives.
        words: the tokens with this value, in the vocabulary's order: more frequent ones first, markers last.
        label: which label it speaks for, of all classes of its variable taken together: the one whose score is the
            farthest above their mean; None where the read-out does not read the variable, or scores all alike.
    """

    value: Value
    words: tuple[str, ...]
    label: str | None

    @property
    def name(self) -> str:
        """Its most frequent words, and the label that it speaks for.

        >>> WordClass(3, ("Paris", "London", "Rome"), "I-LOC").name
        'Paris, London (I-LOC)'
        """
        words = ", ".join(self.words[:WORDS])
        return words if self.label is None else f"{words} ({self.label})"


def word_classes(program: Program) -> dict[str, tuple[WordClass, ...]]:
    """The classes of each table that sorts all tokens, by the variable's name; the class with most words last.

    Args:
        program: of an open vocabulary it has none.

    >>> from readhead.program import Program, Vocabulary
    >>> kind = Map(Table([(("a",), 1)], 0), (Tokens(),), name="kind")
    >>> [(c.value, c.words) for c in word_classes(Program((kind,), Vocabulary(("a", "b", "c"))))["kind"]]
    [(1, ('a',)), (0, ('b', 'c'))]
    """
    symbols = program.vocabulary.symbols or ()
    found: dict[str, tuple[WordClass, ...]] = {}
    for name, node in program.variables.items():
        table = _sorting(node)
        if table is None:
            continue
        lookup = table.lookup()
        words: dict[tuple[str, Value], list[str]] = {}
        for symbol in symbols:
            value = lookup.get((typed(symbol),), table.default)
            if value is not None:
                words.setdefault(typed(value), []).append(symbol)
        labels = _labels(program, node, set(words))
        classes = [WordClass(key[1], tuple(listed), labels.get(key)) for key, listed in words.items()]
        if classes:
            found[name] = tuple(sorted(classes, key=lambda c: len(c.words)))
    return found


def with_class_names(program: Program) -> Program:
    """The program with the names of word classes as their values, instead of numbers.

    A table keeps its values where they are computed with, compared with anything but a list, or are answers.

    >>> from readhead.program import Vocabulary
    >>> kind = Map(Table([(("a",), 1)], 0), (Tokens(),), name="kind")
    >>> scores = CategoricalScores(kind, [(1, (5, 0)), (0, (0, 5))])
    >>> program = Program((Classify(("x", "y"), (scores,)),), Vocabulary(("a", "b", "c")))
    >>> with_class_names(program).trace("ac").values("kind")
    ['a (x)', 'b, c (y)']
    """
    renamed: dict[Node, Names] = {}
    for variable, classes in word_classes(program).items():
        names = {typed(c.value): c.name for c in classes}
        carriers = _carriers(program, program.variables[variable], names)
        if carriers is not None:
            renamed |= dict.fromkeys(carriers, names)
    given = given_names(program.outputs)
    new: dict[Node, Node] = {}
    for node in topological(program.outputs):
        made = rebuild(_renamed(node, renamed), lambda child: new[child])
        new[node] = (
            made if made.name is not None or node not in given else replace_node(made, name=given[node])
        )
    return replace(
        program, outputs=tuple(o for o in map(new.__getitem__, program.outputs) if isinstance(o, SOp))
    )


Row = TypeVar("Row")
Input = CategoricalScores | NumericScores
Names = Mapping[tuple[str, Value], str]
"""Names of a variable's values, by the values with their types."""


def _sorting(node: Node) -> Table | None:
    """The table of a variable that is one of tokens."""
    if isinstance(node, Map) and isinstance(node.function, Table) and len(node.arguments) == 1:
        return node.function if isinstance(node.arguments[0], Tokens) else None
    return None


def _labels(program: Program, node: Node, values: set[tuple[str, Value]]) -> dict[tuple[str, Value], str]:
    """For each value the label whose score is the farthest above the mean of all values' scores for it."""
    readout = program.outputs[0]
    if not isinstance(readout, Classify):
        return {}
    found: dict[tuple[str, Value], str] = {}
    for item in readout.inputs:
        if program.names[item.variable] != program.names[node] or not isinstance(item, CategoricalScores):
            continue
        rows = {key: [0] * len(readout.labels) for key in values}
        rows |= {typed(value): list(scores) for value, scores in item.rows if typed(value) in values}
        totals = [sum(column) for column in zip(*rows.values(), strict=True)]
        for key, scores in rows.items():
            above = [len(rows) * score - total for score, total in zip(scores, totals, strict=True)]
            if max(above) > 0:
                found[key] = readout.labels[above.index(max(above))]
    return found


def _carriers(program: Program, table: Node, names: Names) -> set[Node] | None:
    """The table and all that copies its values; None where something does else with them than look them up."""
    carriers = {table}
    for node in program.variables.values():
        if isinstance(node, Aggregate) and node.reduce == "pick" and node.values in carriers:
            if node.default is not None and typed(node.default) not in names:
                return None
            carriers.add(node)
        elif not carriers.isdisjoint(node.children) and not _looks_up(node, carriers):
            return None
    return None if carriers & set(program.outputs) else carriers


def _looks_up(node: Node, carriers: set[Node]) -> bool:
    """Whether a node looks values up in a list of its own."""
    match node:
        case Map():
            return isinstance(node.function, Table)
        case Select():
            return isinstance(node.predicate, Relation)
        case Classify():
            return all(isinstance(i, CategoricalScores) for i in node.inputs if i.variable in carriers)
        case _:
            return False


def _renamed(node: Node, renamed: Mapping[Node, Names]) -> Node:
    """The node with names in its lists, for the variables that have them; over the children that it had."""
    own = renamed.get(node)
    match node:
        case Map() if isinstance(node.function, Table):
            rows = _under_names(node.function.entries, node.arguments, renamed)
            default = node.function.default
            if own is not None:  # what no token has is left out
                rows = [(key, own[typed(value)]) for key, value in rows if typed(value) in own]
                default = None if default is None else own.get(typed(default))
            return replace(node, function=Table(rows, default))
        case Select() if isinstance(node.predicate, Relation):
            pairs = _under_names(
                ((pair, None) for pair in node.predicate.pairs), (node.keys, node.queries), renamed
            )
            return replace(node, predicate=Relation([(key, query) for (key, query), _ in pairs]))
        case Aggregate() if own is not None and node.default is not None:
            return replace(node, default=own[typed(node.default)])
        case Classify():
            return replace(node, inputs=tuple(_scored(item, renamed) for item in node.inputs))
        case _:
            return node


def _scored(item: Input, renamed: Mapping[Node, Names]) -> Input:
    """An input of a read-out with names in its rows."""
    if not isinstance(item, CategoricalScores):
        return item
    rows: list[tuple[tuple[Value, ...], tuple[int, ...]]] = [
        ((value,), scores) for value, scores in item.rows
    ]
    named = _under_names(rows, (item.variable,), renamed)
    return CategoricalScores(item.variable, [(key[0], scores) for key, scores in named])


def _under_names(
    rows: Iterable[tuple[tuple[Value, ...], Row]], read: tuple[Node, ...], renamed: Mapping[Node, Names]
) -> list[tuple[tuple[Value, ...], Row]]:
    """Rows under the names of their keys, of those that the variables can have."""
    names = [renamed.get(variable) for variable in read]
    kept = []
    for key, row in rows:
        pairs = list(zip(names, key, strict=True))
        if all(called is None or typed(value) in called for called, value in pairs):
            kept.append(
                (tuple(value if called is None else called[typed(value)] for called, value in pairs), row)
            )
    return kept
