"""One JSON object after another, checked field by field, made into the nodes of a program."""

from __future__ import annotations

import math
from typing import Any, TypeVar

from readhead.errors import DataError, did_you_mean
from readhead.program.nodes import (
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Node,
    Not,
    NumericScores,
    Or,
    Relation,
    Select,
    SelectorWidth,
    Table,
    Tokens,
)
from readhead.program.operators import Value

T = TypeVar("T")
WORDS = {str: "a string", int: "an integer", bool: "true or false", list: "a list", dict: "an object"}


class Fields:
    """The fields of a JSON object: each is asked for once, with its type, and none may be left over.

    Args:
        data: what should be an object.
        file: the file, for errors.
        place: where in the file the object stands.
    """

    def __init__(self, data: object, file: str, place: str) -> None:
        self.file, self.place = file, place
        if not isinstance(data, dict):
            raise self.error(f"an object is expected, found {_short(data)}")
        self._left: dict[str, object] = dict(data)

    def error(self, what: str, *, why: str | None = None, instead: str | None = None) -> DataError:
        """An error at this place."""
        return DataError(what, where=f"{self.file}: {self.place}", why=why, instead=instead)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def take(self, name: str) -> object:
        """A field of any type."""
        if name not in self._left:
            raise self.error(f"the field {name!r} is missing")
        return self._left.pop(name)

    def get(self, name: str, kind: type[T]) -> T:
        """A field of one type."""
        return self.as_type(self.take(name), kind, repr(name))

    def optional(self, name: str, kind: type[T]) -> T | None:
        """A field of one type, or null."""
        value = self.take(name)
        return None if value is None else self.as_type(value, kind, repr(name))

    def items(self, name: str) -> list[Any]:
        """A field that is a list."""
        return self.get(name, list)

    def fields(self, name: str, place: str) -> Fields:
        """A field that is an object."""
        return Fields(self.take(name), self.file, place)

    def as_type(self, value: object, kind: type[T], what: str) -> T:
        """The value, if it is of exactly this type: true is no integer."""
        if type(value) is not kind:
            raise self.error(f"{what} is {_short(value)}", instead=f"it has to be {WORDS[kind]}")
        return value

    def pair(self, value: object, what: str) -> tuple[object, object]:
        """A list of two."""
        items = self.as_type(value, list, what)
        if len(items) != 2:
            raise self.error(f"{what} is a list of {len(items)}", instead="it has to be a list of two")
        return items[0], items[1]

    def reference(self, index: object, nodes: list[Node], what: str) -> Any:
        """The node that an index names: one that stands earlier in the list."""
        number = self.as_type(index, int, what)
        if not 0 <= number < len(nodes):
            raise self.error(
                f"{what} is the node {number}, which does not stand before it",
                why="every node stands after those that it reads, so there is no cycle",
            )
        return nodes[number]

    def value(self, data: object, what: str) -> Value:
        """A typed value."""
        return decode_value(self, data, what)

    def finish(self) -> None:
        """Raise an error for a field that nothing asked for."""
        if self._left:
            raise self.error(f"the field {next(iter(self._left))!r} is not known here")


def decode_value(fields: Fields, data: object, what: str) -> Value:
    """A value with its type; see :func:`readhead.program.serialize.encode_value`."""
    if isinstance(data, (bool, str)):
        return data
    if type(data) is int and abs(data) <= 2**53:
        return data
    if isinstance(data, dict) and set(data) == {"float"} and type(data["float"]) in (int, float):
        try:
            number = float(data["float"])
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
        raise fields.error(f"{what} is {_short(data['float'])}", why="numbers are finite")
    if isinstance(data, dict) and set(data) == {"int"} and type(data["int"]) is str:
        digits = data["int"]
        if len(digits) <= 20 and digits.isascii() and digits.removeprefix("-").isdigit():
            return int(digits)
    raise fields.error(
        f"{what} is {_short(data)}",
        why="a reader must not have to guess a number's type",
        instead='write floats as {"float": 1.5}, integers beyond 2**53 as {"int": "9007199254740993"}',
    )


def decode_node(fields: Fields, nodes: list[Node]) -> Node:
    """The node that the fields say, reading earlier nodes.

    Raises:
        DataError: for fields that are wrong.
        ProgramError: for parts that do not fit together.
    """
    kind = fields.get("node", str)
    if kind not in KINDS:
        raise fields.error(f"there is no node {_short(kind)}", instead=did_you_mean(kind, KINDS))
    name = fields.get("name", str) if "name" in fields else None
    arguments = KINDS[kind](fields, nodes)
    fields.finish()
    made: Node = NODES[kind](**arguments, name=name)
    return made


def _nothing(fields: Fields, nodes: list[Node]) -> dict[str, Any]:
    return {}


def _constant(fields: Fields, nodes: list[Node]) -> dict[str, Any]:
    return {"value": fields.value(fields.take("value"), "the value")}


def _map(fields: Fields, nodes: list[Node]) -> dict[str, Any]:
    arguments = tuple(fields.reference(i, nodes, "an argument") for i in fields.items("arguments"))
    function = fields.take("function")
    if isinstance(function, str):
        return {"function": function, "arguments": arguments}
    table = Fields(function, fields.file, f"{fields.place}, its table")
    default = table.take("default")
    entries = []
    for row in table.items("table"):
        key, value = table.pair(row, "an entry")
        keys = table.as_type(key, list, "an entry's key")
        entries.append((tuple(table.value(k, "a key") for k in keys), table.value(value, "an entry's value")))
    table.finish()
    default = None if default is None else table.value(default, "the default")
    return {"function": Table(entries, default), "arguments": arguments}


def _select(fields: Fields, nodes: list[Node]) -> dict[str, Any]:
    found = {name: fields.reference(fields.take(name), nodes, name) for name in ("keys", "queries")}
    predicate = fields.take("predicate")
    if isinstance(predicate, str):
        return found | {"predicate": predicate}
    relation = Fields(predicate, fields.file, f"{fields.place}, its predicate")
    pairs = [relation.pair(row, "a pair") for row in relation.items("pairs")]
    relation.finish()
    return found | {
        "predicate": Relation((relation.value(k, "a key"), relation.value(q, "a query")) for k, q in pairs)
    }


def _nodes(*names: str) -> Any:
    def decode(fields: Fields, nodes: list[Node]) -> dict[str, Any]:
        return {name: fields.reference(fields.take(name), nodes, name) for name in names}

    return decode


def _closest(fields: Fields, nodes: list[Node]) -> dict[str, Any]:
    rules = {name: fields.get(name, str) for name in ("tie", "own", "fallback")}
    return {"selector": fields.reference(fields.take("selector"), nodes, "the selector"), **rules}


def _aggregate(fields: Fields, nodes: list[Node]) -> dict[str, Any]:
    found = {name: fields.reference(fields.take(name), nodes, name) for name in ("selector", "values")}
    default = fields.take("default")
    reduce = fields.get("reduce", str)
    return found | {
        "reduce": reduce,
        "default": None if default is None else fields.value(default, "the default"),
    }


def _classify(fields: Fields, nodes: list[Node]) -> dict[str, Any]:
    labels = tuple(fields.as_type(label, str, "a label") for label in fields.items("labels"))
    inputs: list[CategoricalScores | NumericScores] = []
    for i, data in enumerate(fields.items("inputs")):
        item = Fields(data, fields.file, f"{fields.place}, input {i}")
        variable = item.reference(item.take("variable"), nodes, "its variable")
        if "rows" in item:
            rows = [item.pair(row, "a row") for row in item.items("rows")]
            inputs.append(
                CategoricalScores(variable, [(item.value(v, "a value"), _scores(item, s)) for v, s in rows])
            )
        else:
            inputs.append(NumericScores(variable, _scores(item, item.take("coefficients"))))
        item.finish()
    return {"labels": labels, "inputs": tuple(inputs), "pooled": fields.get("pooled", bool)}


def _scores(fields: Fields, data: object) -> tuple[int, ...]:
    scores = [fields.value(s, "a score") for s in fields.as_type(data, list, "the scores")]
    return tuple(fields.as_type(s, int, "a score") for s in scores)


def _short(value: object) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


KINDS: dict[str, Any] = {
    "Tokens": _nothing,
    "Indices": _nothing,
    "Constant": _constant,
    "Map": _map,
    "Select": _select,
    "And": _nodes("left", "right"),
    "Or": _nodes("left", "right"),
    "Not": _nodes("operand"),
    "Closest": _closest,
    "Aggregate": _aggregate,
    "SelectorWidth": _nodes("selector"),
    "Classify": _classify,
}
"""How the fields of each kind of node are read."""

NODES: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        Tokens, Indices, Constant, Map, Select, And, Or, Not, Closest, Aggregate, SelectorWidth, Classify
    )
}  # fmt: skip
