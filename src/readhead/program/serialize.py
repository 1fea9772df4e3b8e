"""Programs as JSON: a versioned schema, one line per node.

The nodes stand in a list, each after those that it reads, and name them by their index: shared nodes stay shared,
and a cycle cannot be written. Values keep their types whoever rewrites the file: floats are ``{"float": 1.0}``, and
integers that other languages would round are ``{"int": "9007199254740993"}``. Source spans are not kept. Loading
checks everything and executes nothing.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from readhead.errors import DataError, ProgramError
from readhead.program.decode import Fields, decode_node
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
    topological,
)
from readhead.program.operators import Value
from readhead.program.program import Program, given_names
from readhead.program.vocabulary import Vocabulary

FORMAT, VERSION = "readhead-program", 1

MAX_BYTES = 1 << 28
"""The largest file that is read: 256 MiB."""

MAX_NODES = 1_000_000
"""The most nodes that a loaded program may have."""

ROUNDED = 2**53
"""Integers beyond it are written as strings: JSON readers that know only floats would round them."""


def save(program: Program, path: str | Path) -> None:
    """Write a program as JSON. The file is replaced as a whole: it is never half written.

    Raises:
        DataError: where the file cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("x", encoding="ascii") as file:
            file.write(dumps(program))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise DataError(f"the program cannot be written: {error.strerror}", where=str(path)) from None
    finally:
        temporary.unlink(missing_ok=True)


def load(path: str | Path) -> Program:
    """Read a program from JSON.

    Raises:
        DataError: for anything that is not a program of this schema, saying the file and the place in it.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"the program cannot be read: {reason}", where=str(path)) from None
    return loads(data, str(path))


def dumps(program: Program) -> str:
    """The program as JSON text (ASCII), always the same text for equal programs with equal descriptions."""
    index: dict[Node, int] = {}
    names = given_names(program.outputs)
    lines = []
    for node in topological(program.outputs):
        lines.append(json.dumps(_encode_node(node, index, names.get(node))))
        index[node] = len(index)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "description": program.description,
        "kind": program.kind,
        "causal": program.causal,
        "max_length": program.max_length,
        "vocabulary": _encode_vocabulary(program.vocabulary),
        "outputs": [index[output] for output in program.outputs],
    }
    fields = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    nodes = ",\n  ".join(lines)
    return "{\n " + ",\n ".join([*fields, f'"nodes": [\n  {nodes}\n ]']) + "\n}\n"


def loads(text: str | bytes, file: str = "<text>") -> Program:
    """The program that a JSON text says.

    Raises:
        DataError: as :func:`load` does; ``file`` names the source in errors.
    """
    top = Fields(_parse(text, file), file, "the program")
    _check_version(top)
    vocabulary = _vocabulary(top.fields("vocabulary", "the vocabulary"))
    listed = top.items("nodes")
    if len(listed) > MAX_NODES:
        raise top.error(f"{len(listed)} nodes are too many", why=f"at most {MAX_NODES} are read")
    nodes: list[Node] = []
    for i, item in enumerate(listed):
        fields = Fields(item, file, f"nodes[{i}]")
        nodes.append(_checked(fields, partial(decode_node, fields, nodes)))
    outputs = [top.reference(i, nodes, "an output") for i in top.items("outputs")]
    max_length = top.optional("max_length", int)
    rest: dict[str, Any] = {"kind": top.get("kind", str), "causal": top.get("causal", bool)}
    rest |= {"description": top.get("description", str), "max_length": max_length}
    top.finish()
    program: Program = _checked(top, partial(Program, tuple(outputs), vocabulary, **rest))
    used = set(program.variables.values())
    first = next((i for i, node in enumerate(nodes) if node not in used), None)
    if first is not None:
        raise DataError(
            "no output needs this node",
            where=f"{file}: nodes[{first}]",
            instead="remove it, or make it an output",
        )
    return program


def _checked(fields: Fields, build: Callable[[], Any]) -> Any:
    """What is built, with the place added to an error that a part does not fit."""
    try:
        return build()
    except ProgramError as error:
        raise fields.error(error.what, why=error.why, instead=error.instead) from None


def _parse(text: str | bytes, file: str) -> object:
    if len(text) > MAX_BYTES:
        raise DataError(
            f"the file is larger than {MAX_BYTES} bytes", where=file, why="so large a program is not read"
        )

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in items:
            if key in found:
                raise DataError(f"an object has the key {key!r} twice", where=file)
            found[key] = value
        return found

    def no_number(name: str) -> object:
        raise DataError(f"{name} is no number that a program can hold", where=file, why="numbers are finite")

    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        return json.loads(decoded, object_pairs_hook=pairs, parse_constant=no_number)
    except json.JSONDecodeError as error:
        where = f"{file}:{error.lineno}:{error.colno}"
        raise DataError(
            f"this is not JSON: {error.msg}", where=where, why="the file is damaged or cut"
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(f"byte {error.start} is not UTF-8", where=file, why="the file is damaged") from None
    except RecursionError:
        raise DataError("the file is nested too deeply", where=file, why="a program's JSON is flat") from None
    except ValueError as error:
        raise DataError(f"a number cannot be read: {error}", where=file) from None


def _check_version(top: Fields) -> None:
    found = top.get("format", str)
    if found != FORMAT:
        raise top.error(f"the format is {found!r}", instead=f"a saved program has the format {FORMAT!r}")
    version = top.get("version", int)
    if version != VERSION:
        raise top.error(
            f"the version is {version}",
            why=f"this Readhead reads version {VERSION}",
            instead="use the Readhead that wrote it" if version > VERSION else None,
        )


_VOCABULARY = ("tokens", "begin", "end", "unknown", "lower", "fold_digits", "split")


def _encode_vocabulary(vocabulary: Vocabulary) -> dict[str, object]:
    spellings = {"spellings": vocabulary.spellings} if vocabulary.spellings else {}
    return {f: getattr(vocabulary, f) for f in _VOCABULARY} | spellings


def _vocabulary(fields: Fields) -> Vocabulary:
    tokens = fields.optional("tokens", list)
    for token in tokens or ():
        if type(token) is not str:
            raise fields.error(f"a token is {token!r}", why="the tokens of a closed vocabulary are strings")
    rest: dict[str, Any] = {name: fields.optional(name, str) for name in ("begin", "end", "unknown")}
    rest |= {name: fields.get(name, bool) for name in ("lower", "fold_digits")}
    rest |= {"tokens": None if tokens is None else tuple(tokens), "split": fields.get("split", str)}
    rest["spellings"] = tuple(fields.items("spellings")) if "spellings" in fields else ()
    fields.finish()
    vocabulary: Vocabulary = _checked(fields, partial(Vocabulary, **rest))
    return vocabulary


def _encode_node(node: Node, index: dict[Node, int], name: str | None) -> dict[str, object]:
    head: dict[str, object] = {"node": type(node).__name__}
    if name is not None:
        head["name"] = name
    children = [index[child] for child in node.children]
    match node:
        case Tokens() | Indices():
            return head
        case Constant():
            return head | {"value": encode_value(node.value)}
        case Map():
            function = node.function if isinstance(node.function, str) else _encode_table(node.function)
            return head | {"function": function, "arguments": children}
        case Select():
            predicate = node.predicate
            pairs = predicate if isinstance(predicate, str) else _encode_relation(predicate)
            return head | {"keys": children[0], "queries": children[1], "predicate": pairs}
        case And() | Or():
            return head | {"left": children[0], "right": children[1]}
        case Not():
            return head | {"operand": children[0]}
        case Closest():
            rules = {"tie": node.tie, "own": node.own, "fallback": node.fallback}
            return head | {"selector": children[0]} | rules
        case Aggregate():
            default = None if node.default is None else encode_value(node.default)
            return head | {
                "selector": children[0],
                "values": children[1],
                "reduce": node.reduce,
                "default": default,
            }
        case SelectorWidth():
            return head | {"selector": children[0]}
        case Classify():
            inputs = [_encode_scores(item, i) for item, i in zip(node.inputs, children, strict=True)]
            return head | {"labels": node.labels, "inputs": inputs, "pooled": node.pooled}
        case _:
            raise AssertionError(f"not a node that can be saved: {node!r}")


def _encode_table(table: Table) -> dict[str, object]:
    entries = [[[encode_value(k) for k in key], encode_value(value)] for key, value in table.entries]
    return {"table": entries, "default": None if table.default is None else encode_value(table.default)}


def _encode_relation(relation: Relation) -> dict[str, object]:
    return {"pairs": [[encode_value(key), encode_value(query)] for key, query in relation.pairs]}


def _encode_scores(item: CategoricalScores | NumericScores, variable: int) -> dict[str, object]:
    if isinstance(item, CategoricalScores):
        rows = [[encode_value(value), [encode_value(s) for s in row]] for value, row in item.rows]
        return {"variable": variable, "rows": rows}
    return {"variable": variable, "coefficients": [encode_value(c) for c in item.coefficients]}


def encode_value(value: Value) -> object:
    """A value in JSON, so that its type survives.

    >>> encode_value(1), encode_value(1.0), encode_value(True), encode_value("1")
    (1, {'float': 1.0}, True, '1')
    """
    if type(value) is float:
        return {"float": value}
    if type(value) is int and abs(value) > ROUNDED:
        return {"int": str(value)}
    return value
