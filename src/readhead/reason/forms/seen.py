"""What occurs when a program runs on some contents: the keys of its tables, the pairs that its predicates meet.

Exact for these contents: a key that is not listed does not occur at any position of any of them, markers included,
and a pair that is not listed is met by no query (in a causal program, a query meets its own and earlier keys).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from readhead.program.columns import Array, Column, encode
from readhead.program.domains import Categorical, exact
from readhead.program.interpret import plan_of
from readhead.program.nodes import Map, Node, Relation, Select, SOp
from readhead.program.operators import Value, sort_key
from readhead.program.program import Program
from readhead.program.reading import Batch
from readhead.reason.forms.standard import Late, in_time, never

Tuple = tuple[Value, ...]
RANGE = 4096
"""Whole numbers in a range of so many are counted rather than sorted."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What occurs.

    Attributes:
        keys: for each Map, the combinations of its arguments' values.
        pairs: for each Select with a relation, the (key, query, length of the sequence) that occur together.
        values: for each s-op, its values.
    """

    keys: dict[Node, tuple[Tuple, ...]]
    pairs: dict[Node, tuple[Tuple, ...]]
    values: dict[Node, tuple[Value, ...]]


@dataclass(slots=True)
class _Collected:
    """Distinct combinations, met block by block."""

    found: dict[tuple[tuple[type, Value], ...], Tuple]

    def add(self, codes: Sequence[Array], values: Sequence[tuple[Value, ...]], extra: Tuple = ()) -> None:
        """Codes that broadcast together, and what each code stands for."""
        joint: Array = codes[0]
        size = len(values[0])
        for code, known in zip(codes[1:], values[1:], strict=True):
            joint = joint * len(known) + code
            size *= len(known)
        for number in distinct(joint, size).tolist():
            combination: list[Value] = []
            for known in reversed(values):
                number, at = divmod(number, len(known))
                combination.append(known[at])
            key = (*reversed(combination), *extra)
            self.found.setdefault(tuple(map(exact, key)), key)

    @property
    def sorted(self) -> tuple[Tuple, ...]:
        return tuple(sorted(self.found.values(), key=lambda key: tuple(map(sort_key, key))))


def distinct(codes: Array, size: int) -> Array:
    """The numbers below ``size`` that occur, in order."""
    flat = codes.ravel()
    if size <= 1 << 20:
        found: Array = np.flatnonzero(np.bincount(flat, minlength=size))
        return found
    return np.unique(flat)


def coded(column: Column) -> tuple[Array, tuple[Value, ...]]:
    """A column as codes, and what they stand for; quick for whole numbers near each other."""
    if not isinstance(column.domain, Categorical) and column.domain.kind == "bool":
        return column.values.astype(np.intp), (False, True)
    if not isinstance(column.domain, Categorical) and column.domain.kind == "int" and column.values.size:
        low, high = int(column.values.min()), int(column.values.max())
        if high - low < RANGE:
            return (column.values - low).astype(np.intp), tuple(range(low, high + 1))
    codes, values = encode(column)
    return codes, values


def observe(program: Program, batch: Batch, late: Late = never) -> Seen:
    """Run a program on a batch and note what occurs.

    Args:
        program: it has an answer on all of the batch.
        batch: contents, read by a program with the same vocabulary.
        late: whether the time is up; asked before each block.

    Raises:
        OutOfTime: where it is.
    """
    names = program.names
    maps = [n for n in program.variables.values() if isinstance(n, Map)]
    selects = [
        n for n in program.variables.values() if isinstance(n, Select) and isinstance(n.predicate, Relation)
    ]
    keys: dict[Node, _Collected] = {node: _Collected({}) for node in maps}
    pairs: dict[Node, _Collected] = {node: _Collected({}) for node in selects}
    values: dict[Node, _Collected] = {n: _Collected({}) for n in names if isinstance(n, SOp)}
    for _, results in in_time(plan_of(program).blocks(batch, None), late):
        codes: dict[Node, tuple[Array, tuple[Value, ...]]] = {}
        for node, name in names.items():
            column = results[name]
            if isinstance(column, Column) and column.values.size:
                codes[node] = coded(column)
                values[node].add([codes[node][0]], [codes[node][1]])
        if not codes:
            continue
        for node in maps:
            given = [codes[a] for a in node.arguments]
            keys[node].add([c for c, _ in given], [v for _, v in given])
        for node in selects:
            _meet(pairs[node], codes[node.keys], codes[node.queries], program.causal)
    return Seen(
        {node: c.sorted for node, c in keys.items()},
        {node: c.sorted for node, c in pairs.items()},
        {node: tuple(v for (v,) in c.sorted) for node, c in values.items()},
    )


def _meet(
    collected: _Collected,
    keys: tuple[Array, tuple[Value, ...]],
    queries: tuple[Array, tuple[Value, ...]],
    causal: bool,
) -> None:
    """Add the pairs of one block: each query position with the keys that it may see."""
    (k, key_values), (q, query_values) = keys, queries
    n = len(k)
    for query in range(n):
        visible = k[: query + 1] if causal else k
        collected.add([visible, q[query][None, :]], [key_values, query_values], extra=(n,))
