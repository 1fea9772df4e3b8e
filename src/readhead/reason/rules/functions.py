"""A variable that is a function of one or two others becomes a table of these.

So does a read-out whose other inputs decide nothing, and a head that says what another says in other words.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from readhead.program.columns import Array
from readhead.program.nodes import Aggregate, Classify, Constant, Map, Node, SelectorWidth, SOp
from readhead.program.reading import content_span
from readhead.reason.observe import Observed
from readhead.reason.rules.tables import Entries, as_map, best_table, is_function
from readhead.reason.rules.work import Edit, Work, cost, edited

CELLS = 1 << 16
"""The most combinations of two variables' values."""

TRIED = 32
"""The most tables tried for one variable."""


def functions(work: Work) -> None:
    """Replace read-outs, heads and tables by tables of one variable, read-outs also by tables of two."""
    if work.observed is None:
        return
    for name, node in work.nodes():
        if work.program.variables.get(name) != node:
            continue
        if isinstance(node, (Aggregate, SelectorWidth, Classify)) or (
            isinstance(node, Map) and len(node.arguments) > 1
        ):
            assert isinstance(node, SOp)
            _tabulate(work, name, node)


def _tabulate(work: Work, name: str, node: SOp) -> None:
    observed, small = work.observed, work.probe or work.observed
    assert observed is not None and small is not None
    only = answers_only(work, node)
    order = list(work.program.variables.values())
    before = [v for v in order[: order.index(node)] if isinstance(v, SOp) and not isinstance(v, Constant)]
    codes = {v: codes_of(small, v, only) for v in (*before, node)}
    target, sizes = codes[node], {v: int(c.max(initial=-1)) + 1 for v, c in codes.items()}
    for count in (1, 2) if isinstance(node, Classify) else (1,):
        survivors = []
        for chosen in itertools.combinations(before, count):
            cells = int(np.prod([sizes[v] for v in chosen]))
            if cells <= CELLS and _decides([codes[v] for v in chosen], [sizes[v] for v in chosen], target):
                survivors.append(chosen)
        edits = []
        for chosen in survivors[:TRIED]:
            entries = _entries(observed, chosen, node, only)
            if entries is not None:
                edit = _table(entries, chosen, node)
                edits.append((cost(edited(work.program, {node: edit})[0]), edit))
        for _, edit in sorted(edits, key=lambda e: e[0]):
            if work.attempt(name, {node: edit}, "tried"):
                return


def answers_only(work: Work, node: SOp) -> bool:
    """Whether a variable is read nowhere but where the program answers."""
    return (
        node == work.program.outputs[0]
        and node not in work.program.outputs[1:]
        and work.program.kind == "token_labels"
        and not any(node in other.children for other in work.program.variables.values())
    )


def codes_of(observed: Observed, node: SOp, answers_only: bool = False) -> Array:
    """The numbers of a variable's values, at all positions or where the program answers."""
    rows = []
    for number, part in enumerate(observed.parts):
        found = observed.local(part, node)
        if answers_only:
            first, last = content_span(observed.program.vocabulary, part.block.n)
            cared = observed.cared(number)
            found = found[first:last] if cared is None else found[first:last][cared]
        rows.append(found.ravel())
    return np.concatenate(rows) if rows else np.zeros(0, dtype=np.intp)


def _decides(columns: Sequence[Array], sizes: Sequence[int], target: Array) -> bool:
    """Whether the columns together decide the target."""
    index = _joint(columns, sizes)
    last = np.zeros(int(np.prod(sizes)), dtype=target.dtype)
    last[index] = target
    return bool((last[index] == target).all())


def _joint(columns: Sequence[Array], sizes: Sequence[int]) -> Array:
    index = columns[0]
    for column, length in zip(columns[1:], sizes[1:], strict=True):
        index = index * length + column
    return index


def _entries(observed: Observed, chosen: Sequence[SOp], node: SOp, answers_only: bool) -> Entries | None:
    """The variable as a function of others on every input; None where it is none."""
    values = [observed.values(v) for v in chosen]
    sizes = [len(v) for v in values]
    if int(np.prod(sizes)) > CELLS:
        return None
    columns, target = (
        [codes_of(observed, v, answers_only) for v in chosen],
        codes_of(observed, node, answers_only),
    )
    if not len(target) or not _decides(columns, sizes, target):
        return None
    index = _joint(columns, sizes)
    last = np.full(int(np.prod(sizes)), -1, dtype=target.dtype)
    last[index] = target
    results = observed.values(node)
    entries: Entries = []
    for cell in np.flatnonzero(last >= 0).tolist():
        places = np.unravel_index(cell, sizes)
        key = tuple(v[int(i)] for v, i in zip(values, places, strict=True))
        entries.append((key, results[int(last[cell])]))
    return entries if is_function(entries, range(len(chosen))) else None


def _table(entries: Entries, chosen: Sequence[SOp], node: SOp) -> Edit:
    table = best_table(entries)

    def edit(rebuilt: Node, new: Callable[[Node], Node]) -> Node:
        arguments = [v for v in map(new, chosen) if isinstance(v, SOp)]
        return as_map(table, arguments, node.name)

    return edit
