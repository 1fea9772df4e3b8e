"""Which variables of two programs are not the same, and how.

Variables that are equal in both are the same, whatever they are called; the others are matched by their names. A
variable *changed* where its own rule is another one: another table, other arguments; it is *reached* by a change where
only what it reads changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from readhead.program.nodes import (
    CategoricalScores,
    Classify,
    Map,
    Node,
    NumericScores,
    Relation,
    Select,
    Table,
)
from readhead.program.program import Program, given_names
from readhead.program.show import definition

SHOWN = 3
"""How many rows of a table are told."""

How = Literal["added", "removed", "renamed", "changed", "reached"]


@dataclass(frozen=True, slots=True)
class Change:
    """A variable that is not the same in both programs.

    Attributes:
        name: the variable; of one that was renamed, the new name.
        how: ``added``, ``removed``, ``renamed``, ``changed`` (its own rule is another) or ``reached`` (only what it
            reads is).
        old, new: what it is in each, in words; of one that was renamed, its names.
        differs: on how many of the traced inputs its values are others somewhere; None where only one program has it.
    """

    name: str
    how: How
    old: str | None
    new: str | None
    differs: int | None = None


def changes(old: Program, new: Program, differs: Mapping[str, int]) -> tuple[Change, ...]:
    """The variables that are not the same, in the order of the old program, then of the new.

    Args:
        old, new: the programs.
        differs: for names that both have, on how many inputs the values are others.

    >>> from readhead.program.nodes import Indices
    >>> one, two = (Program((Map(sign, (Indices(), Indices()), name="it"),)) for sign in "+-")
    >>> [(change.name, change.how, change.old, change.new) for change in changes(one, two, {})]
    [('it', 'changed', '+(indices, indices)', '-(indices, indices)')]
    """
    old_names, new_names = old.names, new.names
    given = given_names(old.outputs), given_names(new.outputs)
    found: list[Change] = []
    for name, node in old.variables.items():
        other = new_names.get(node)
        if other is not None:
            if other != name and (node in given[0] or node in given[1]):
                found.append(Change(other, "renamed", name, other))
            continue
        changed = new.variables.get(name)
        if changed is None or changed in old_names:
            found.append(Change(name, "removed", definition(node, old_names), None))
            continue
        how: How = "changed" if _rule(node, old_names) != _rule(changed, new_names) else "reached"
        texts = _told(node, changed, old_names, new_names)
        found.append(Change(name, how, *texts, differs.get(name)))
    matched = {change.name for change in found if change.how in ("changed", "reached")}
    for name, node in new.variables.items():
        if node not in old_names and name not in matched:
            found.append(Change(name, "added", None, definition(node, new_names)))
    return tuple(found)


def _rule(node: Node, names: dict[Node, str]) -> tuple[object, ...]:
    """What a variable does with what it reads, the variables that it reads being names."""
    parts: list[object] = [type(node).__name__, *(names[child] for child in node.children)]
    for f in fields(node):
        if f.name in ("name", "span", "digest"):
            continue
        value = getattr(node, f.name)
        if isinstance(node, Classify) and f.name == "inputs":
            parts += [i.rows if isinstance(i, CategoricalScores) else i.coefficients for i in node.inputs]
        elif not isinstance(value, Node) and not (
            isinstance(value, tuple) and any(isinstance(v, Node) for v in value)
        ):
            parts.append((f.name, value))
    return tuple(map(_exact, parts))


def _exact(part: object) -> object:
    """Values compared with their types."""
    match part:
        case (str(), Table() | Relation()):
            return part
        case _:
            return repr(part)


def _told(a: Node, b: Node, old_names: dict[Node, str], new_names: dict[Node, str]) -> tuple[str, str]:
    """What a variable is in both programs; for tables and read-outs the rows that differ."""
    left, right = definition(a, old_names), definition(b, new_names)
    rows = _rows(a), _rows(b)
    read = [old_names[n] for n in a.children], [new_names[n] for n in b.children]
    labels = getattr(a, "labels", ()) == getattr(b, "labels", ())
    if rows[0] is None or rows[1] is None or read[0] != read[1] or not labels:
        return left, right
    keys = [k for k in dict.fromkeys([*rows[0], *rows[1]]) if rows[0].get(k) != rows[1].get(k)]
    if not keys:
        return left, right
    more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    told = [
        ", ".join(f"{k}: {side.get(k, 'no row')}" for k in keys[:3]) + more
        for side in rows
        if side is not None
    ]
    return told[0], told[1]


def _rows(node: Node) -> dict[str, str] | None:
    """The rows of a table, a predicate or a read-out, as text."""
    if isinstance(node, Map) and isinstance(node.function, Table):
        table = node.function
        listed = {", ".join(map(repr, key)): repr(value) for key, value in table.entries}
        return listed | ({} if table.default is None else {"else": repr(table.default)})
    if isinstance(node, Select) and isinstance(node.predicate, Relation):
        return {f"key {k!r}, query {q!r}": "selected" for k, q in node.predicate.pairs}
    if isinstance(node, Classify):
        found: dict[str, str] = {}
        for i, item in enumerate(node.inputs, 1):
            if isinstance(item, NumericScores):
                found[f"input {i}"] = str(item.coefficients)
            else:
                found |= {f"input {i}, {value!r}": str(row) for value, row in item.rows}
        return found
    return None
