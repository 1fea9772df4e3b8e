"""``settings({...})``: what a program is besides its s-ops, checked and kept."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import NoReturn, cast, get_args

from readhead.errors import Span, did_you_mean
from readhead.language.rasp.expressions import evaluate
from readhead.language.rasp.state import State
from readhead.language.rasp.syntax import Call, Comparison
from readhead.language.rasp.values import RaspValue, a_kind
from readhead.program.nodes import CategoricalScores, Classify, Map, Node, NumericScores, SOp
from readhead.program.program import IDENTIFIER, OutputKind, Program
from readhead.program.vocabulary import OPEN, Split, Vocabulary

KEYS = ("causal", "max_length", "kind", "vocabulary", "outputs", "names")
VOCABULARY_KEYS = tuple(f.name for f in fields(Vocabulary))


@dataclass(frozen=True, slots=True)
class Settings:
    """What a program is besides its s-ops.

    Attributes:
        causal, max_length, kind, vocabulary: as in :class:`~readhead.program.program.Program`.
        outputs: the program's outputs; none where the text leaves that open.
        names: real names of variables by their name in the text, for those that a text cannot assign.
    """

    causal: bool = False
    max_length: int | None = None
    kind: OutputKind = "token_labels"
    vocabulary: Vocabulary = OPEN
    outputs: tuple[SOp, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def program(self, outputs: tuple[SOp, ...], description: str = "") -> Program:
        """The program with these outputs."""
        renamed = renamed_nodes(outputs, self.names) if self.names else outputs
        return Program(renamed, self.vocabulary, self.causal, self.max_length, self.kind, description)

    def applied(self, output: SOp) -> Program:
        """The program that an s-op is applied as: a value at every position."""
        return Program((output,), self.vocabulary, self.causal, self.max_length)


def settings_in(state: State, call: Call, *, main: bool, again: bool) -> Settings:
    """What the statement ``settings({...});`` says.

    Args:
        state: the elaboration.
        call: the statement's call.
        main: whether it stands in the main file.
        again: whether the text has said its settings before.

    Raises:
        ProgramError: where it cannot stand, and for what is wrong in it.
    """
    if not main:
        raise state.error(
            "a loaded file has settings",
            call.span,
            why="they belong to the program as a whole, and so to its main file",
            instead="move them to the file that loads this one",
        )
    if again:
        raise state.error("settings are given twice", call.span, instead="give them all at once")
    if len(call.arguments) != 1 or isinstance(call.arguments[0], Comparison):
        raise state.error(
            "settings takes 1 argument, a dictionary", call.span, instead='settings({"causal": True});'
        )
    return settings_of(state, evaluate(state, call.arguments[0]), call.arguments[0].span)


def settings_of(state: State, value: RaspValue, where: Span) -> Settings:
    """The settings that a dictionary says.

    Raises:
        ProgramError: for an unknown key, and for a value of another type.
    """
    if not isinstance(value, dict):
        raise state.error(
            f"settings needs a dictionary, got {a_kind(value)}", where, instead='settings({"causal": True});'
        )
    return _Reader(state, where).settings(value)


@dataclass(frozen=True, slots=True)
class _Reader:
    state: State
    where: Span

    def settings(self, given: dict[str | int | float | bool, RaspValue]) -> Settings:
        found = Settings()
        for key, value in given.items():
            match key:
                case "causal":
                    found = replace(found, causal=self._boolean("causal", value))
                case "max_length":
                    if type(value) is not int or value < 0:
                        self._wrong("max_length", value, "a whole number, 0 or more")
                    found = replace(found, max_length=value)
                case "kind":
                    kinds = get_args(OutputKind)
                    if value not in kinds:
                        self._wrong("kind", value, " or ".join(f'"{k}"' for k in kinds))
                    found = replace(found, kind=cast("OutputKind", value))
                case "vocabulary":
                    found = replace(found, vocabulary=self._vocabulary(value))
                case "outputs":
                    found = replace(found, outputs=self._outputs(value))
                case "names":
                    found = replace(found, names=self._names(value))
                case _:
                    self._unknown("settings have", key, KEYS)
        return found

    def _vocabulary(self, value: RaspValue) -> Vocabulary:
        if not isinstance(value, dict):
            self._wrong("vocabulary", value, 'a dictionary, as {"tokens": ["a", "b"]}')
        tokens: tuple[str, ...] | None = None
        markers: dict[str, str | None] = {"begin": None, "end": None, "unknown": None}
        switches = {"lower": False, "fold_digits": False}
        split: Split = "characters"
        spellings: tuple[str, ...] = ()
        for key, item in value.items():
            if key == "tokens":
                if not isinstance(item, list):
                    self._wrong("tokens", item, "a list of strings")
                tokens = tuple(self._string("a token", token) for token in item)
            elif isinstance(key, str) and key in markers:
                markers[key] = self._string(key, item)
            elif isinstance(key, str) and key in switches:
                switches[key] = self._boolean(key, item)
            elif key == "split":
                split = cast("Split", self._string("split", item))
            elif key == "spellings":
                if not isinstance(item, list):
                    self._wrong("spellings", item, "a list of strings")
                spellings = tuple(self._string("a spelling", spelling) for spelling in item)
            else:
                self._unknown("a vocabulary has", key, VOCABULARY_KEYS)
        with self.state.reporting(self.where):
            return Vocabulary(
                tokens,
                markers["begin"],
                markers["end"],
                markers["unknown"],
                lower=switches["lower"],
                fold_digits=switches["fold_digits"],
                split=split,
                spellings=spellings,
            )

    def _outputs(self, value: RaspValue) -> tuple[SOp, ...]:
        if not isinstance(value, list) or not value:
            self._wrong("outputs", value, "a list of s-ops, one or more")
        return tuple(self.state.lifted(v, self.where, "a program's output is an s-op") for v in value)

    def _names(self, value: RaspValue) -> dict[str, str]:
        if not isinstance(value, dict):
            self._wrong("names", value, 'a dictionary, as {"length_": "length"}')
        found: dict[str, str] = {}
        for key, item in value.items():
            name, real = self._string("a name", key), self._string("a name", item)
            if not IDENTIFIER.match(real):
                self._wrong(
                    "a name", item, "letters, digits and _" if not keyword.iskeyword(real) else "no keyword"
                )
            found[name] = real
        return found

    def _string(self, what: str, value: RaspValue) -> str:
        if not isinstance(value, str):
            self._wrong(what, value, "a string")
        return value

    def _boolean(self, what: str, value: RaspValue) -> bool:
        if not isinstance(value, bool):
            self._wrong(what, value, "True or False")
        return value

    def _wrong(self, what: str, value: RaspValue, expected: str) -> NoReturn:
        raise self.state.error(f"in settings, {what} is {a_kind(value)}", self.where, instead=expected)

    def _unknown(self, what: str, key: object, known: tuple[str, ...]) -> NoReturn:
        raise self.state.error(f"{what} no {key!r}", self.where, instead=did_you_mean(str(key), known))


def renamed_nodes(outputs: tuple[SOp, ...], names: Mapping[str, str]) -> tuple[SOp, ...]:
    """The same nodes, those whose name is a key of ``names`` named otherwise."""
    made: dict[int, Node] = {}
    stack: list[tuple[Node, bool]] = [(output, False) for output in reversed(outputs)]
    while stack:
        node, expanded = stack.pop()
        if id(node) in made:
            continue
        if not expanded:
            stack.append((node, True))
            stack.extend((child, False) for child in node.children)
            continue
        made[id(node)] = _rebuilt(node, made, names.get(node.name, node.name) if node.name else None)
    return tuple(cast("SOp", made[id(output)]) for output in outputs)


def _rebuilt(node: Node, made: dict[int, Node], name: str | None) -> Node:
    """A node over other children that are equal to its own, with another name."""
    if name == node.name and all(made[id(child)] is child for child in node.children):
        return node
    changed: dict[str, object] = {"name": name}
    match node:
        case Map():
            changed["arguments"] = tuple(made[id(a)] for a in node.arguments)
        case Classify():
            changed["inputs"] = tuple(_moved(item, made) for item in node.inputs)
        case _:
            changed |= {
                f.name: made[id(getattr(node, f.name))]
                for f in fields(node)
                if isinstance(getattr(node, f.name), Node)
            }
    return replace(node, **changed)  # type: ignore[arg-type]


def _moved(
    item: CategoricalScores | NumericScores, made: dict[int, Node]
) -> CategoricalScores | NumericScores:
    variable = cast("SOp", made[id(item.variable)])
    if isinstance(item, CategoricalScores):
        return CategoricalScores(variable, item.rows)
    return NumericScores(variable, item.coefficients)
