"""Traces and programs as text tables (rich) and as HTML; strings from data are always escaped."""

from __future__ import annotations

import html
import io
from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from readhead.program.nodes import (
    Aggregate,
    Classify,
    Closest,
    Constant,
    Map,
    Node,
    Relation,
    Select,
    SelectorWidth,
)
from readhead.program.nodes import Table as FiniteTable
from readhead.program.operators import Value
from readhead.program.program import Program
from readhead.program.trace import Trace

POSITIONS = 40
"""The most positions shown of a sequence."""

SEQUENCES = 4
"""The most sequences shown of a batch, unless they are asked for."""

SELECTED, NOT_SELECTED = "■", "·"
STYLE = "border-collapse:collapse;font-family:monospace;margin:0.5em 0"
CELL = "border:1px solid #ccc;padding:2px 6px;text-align:center"


def shown(value: Value) -> str:
    """A value as people read it: strings bare, unless that would be misread.

    >>> shown("a"), shown("1"), shown(1), shown(" ")
    ('a', "'1'", '1', "' '")
    """
    if not isinstance(value, str):
        return repr(value)
    plain = value.isprintable() and value and not any(c.isspace() or c in "'\"\\" for c in value)
    return value if plain and not _is_literal(value) else repr(value)


def _is_literal(text: str) -> bool:
    if text in ("True", "False"):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


class _Grid:
    """A titled table of text, to be drawn either way."""

    def __init__(self, title: str, header: list[str], rows: list[list[str]], note: str = "") -> None:
        self.title, self.header, self.rows, self.note = title, header, rows, note

    def rich(self) -> RenderableType:
        table = Table(
            title=Text(self.title), title_justify="left", caption=Text(self.note) if self.note else None
        )
        for cell in self.header:
            table.add_column(Text(cell), no_wrap=True)
        for row in self.rows:
            table.add_row(*map(Text, row))
        return table

    def html(self) -> str:
        head = "".join(f'<th style="{CELL}">{html.escape(cell)}</th>' for cell in self.header)
        body = "".join(
            "<tr>" + "".join(f'<td style="{CELL}">{html.escape(cell)}</td>' for cell in row) + "</tr>"
            for row in self.rows
        )
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        caption = f"<caption>{html.escape(self.title)}</caption>"
        return f'<table style="{STYLE}">{caption}<tr>{head}</tr>{body}</table>{note}'


def render_text(trace: Trace, sequences: Sequence[int] | None) -> str:
    """A trace as plain text."""
    out = io.StringIO()
    console = Console(file=out, width=10_000, color_system=None, force_terminal=False)
    console.print(render_rich(trace, sequences))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def render_rich(trace: Trace, sequences: Sequence[int] | None) -> RenderableType:
    """A trace as something that rich prints."""
    grids = [grid.rich() for grid in _trace_grids(trace, sequences)]
    return Group(*grids, *map(Text, _rest(trace, sequences)))


def render_html(trace: Trace, sequences: Sequence[int] | None) -> str:
    """A trace as an HTML fragment."""
    grids = [grid.html() for grid in _trace_grids(trace, sequences)]
    return (
        "<div>"
        + "".join([*grids, *(f"<p>{html.escape(note)}</p>" for note in _rest(trace, sequences))])
        + "</div>"
    )


def _rest(trace: Trace, sequences: Sequence[int] | None) -> list[str]:
    more = len(trace.tokens) - SEQUENCES
    if sequences is None and more > 0:
        return [f"and {more} more sequence{'s' if more > 1 else ''}"]
    return [] if trace.tokens else ["a trace of no sequences"]


def _trace_grids(trace: Trace, sequences: Sequence[int] | None) -> Iterable[_Grid]:
    for batch in range(min(len(trace.tokens), SEQUENCES)) if sequences is None else sequences:
        tokens = trace.tokens[batch]
        n = min(len(tokens), POSITIONS)
        note = f"{len(tokens) - n} more positions are not shown" if len(tokens) > n else ""
        numbers = [str(i) for i in range(n)]
        here = [shown(t) for t in tokens[:n]]
        rows = [
            [name, *(shown(trace.variables[name].value(batch, i)) for i in range(n))]
            for name in trace.order
            if name in trace.variables
        ]
        title = "trace" if len(trace.tokens) == 1 else f"trace of sequence {batch}"
        yield _Grid(title, ["position", *numbers], [["(seen)", *here], *rows], note)
        for name in trace.order:
            if name in trace.selectors:
                marks = trace.selectors[name][batch, :n, :n]
                grid = [
                    [f"{i} {here[i]}", *(SELECTED if m else NOT_SELECTED for m in marks[i])] for i in range(n)
                ]
                yield _Grid(f"{name} (a row for each query)", ["query \\ key", *here], grid, note)


def program_html(program: Program) -> str:
    """A program as an HTML table of its variables."""
    names = program.names
    outputs = set(program.outputs)
    rows = [
        [name + (" (output)" if node in outputs else ""), definition(node, names)]
        for name, node in program.variables.items()
    ]
    kind = program.kind.replace("_", " ") + (", causal" if program.causal else "")
    title = f"{program.description or 'program'} ({kind})"
    return _Grid(title, ["variable", "is"], rows).html()


def definition(node: Node, names: dict[Node, str]) -> str:
    """One line that says what a node computes, from the names of what it reads."""
    children = ", ".join(names[c] for c in node.children)
    match node:
        case Constant():
            return repr(node.value)
        case Map():
            function = node.function
            what = f"table of {len(function.entries)}" if isinstance(function, FiniteTable) else function
            return f"{what}({children})"
        case Select():
            predicate = node.predicate
            what = f"table of {len(predicate.pairs)} pairs" if isinstance(predicate, Relation) else predicate
            return f"select({children}, {what})"
        case Closest():
            return f"closest({children}, tie={node.tie}, own={node.own}, fallback={node.fallback})"
        case Aggregate():
            default = "" if node.default is None else f", default={node.default!r}"
            return f"{node.reduce}({children}{default})"
        case SelectorWidth():
            return f"width({children})"
        case Classify():
            return f"classify({children}) into {', '.join(map(repr, node.labels))}" + (
                ", pooled" * node.pooled
            )
        case _:
            return f"{type(node).__name__.lower()}({children})"
