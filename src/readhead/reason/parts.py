"""Inputs of one length with the results of nodes on them, kept in few bytes; and one number for each value.

Invariant: what is read back from what was kept is what the interpreter's kernels made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from readhead.program.columns import Array, Column, encode
from readhead.program.domains import DTYPES, Categorical, exact
from readhead.program.nodes import Node
from readhead.program.operators import Value
from readhead.program.plan import Block, Kernel, Result
from readhead.program.selections import Bits

NEAR = 1 << 10
"""Integers within such a range are numbered without being sorted."""


class Codes(dict[tuple[type, Value], int]):
    """A number for every value met, and the values by number."""

    def __init__(self) -> None:
        super().__init__()
        self.values_met: list[Value] = []

    def of(self, value: Value) -> int:
        """The number of a value; floats are told apart by how they are written, so that -0.0 is another than 0.0."""
        found = self.get(exact(value))
        if found is None:
            found = self[exact(value)] = len(self.values_met)
            self.values_met.append(value)
        return found

    def column(self, column: Column) -> Array:
        """The numbers of a column's values."""
        if isinstance(column.domain, Categorical):
            codes, values = column.values, column.domain.values
        elif column.domain.kind == "int" and column.values.size:
            low, high = int(column.values.min()), int(column.values.max())
            if high - low >= NEAR:
                codes, values = encode(column)
            else:
                codes, values = column.values - low, tuple(range(low, high + 1))
        else:
            codes, values = encode(column)
        return np.array([self.of(v) for v in values], dtype=np.int32).take(codes)


@dataclass(slots=True)
class Part:
    """Inputs of one length, and the results of nodes on them.

    Attributes:
        block: their tokens.
        indices: which inputs of the space they are.
        kept: results, in a small form.
    """

    block: Block
    indices: Array
    kept: dict[Node, Result] = field(default_factory=dict)

    def compute(self, steps: Iterable[tuple[Node, Kernel]], extra: dict[Node, Result]) -> None:
        """Compute nodes in order; the results go into ``extra``.

        Raises:
            Misfit: where a node has no value on one of the inputs.
        """
        for node, kernel in steps:
            children = [self.result(child, extra) for child in node.children]
            extra[node] = kernel(self.block, *children)

    def result(self, node: Node, extra: Mapping[Node, Result]) -> Result:
        """A node's result."""
        found = extra.get(node)
        return wide(self.kept[node]) if found is None else found

    def keep(self, results: Mapping[Node, Result]) -> None:
        """Keep results."""
        for node, result in results.items():
            self.kept[node] = small(result)


def small(result: Result) -> Result:
    """The same in as few bytes as hold it."""
    if isinstance(result, Column):
        values = result.values
        if isinstance(result.domain, Categorical):
            return Column(_narrow(values, 0, len(result.domain.values)), result.domain)
        if result.domain.kind == "int" and values.size:
            return Column(_narrow(values, int(values.min()), int(values.max())), result.domain)
    elif isinstance(result, Bits) and result.one is not None:
        return Bits(result.n, one=_narrow(result.one, 0, result.n))
    return result


def _narrow(values: Array, low: int, high: int) -> Array:
    for kind in (np.uint8, np.int16, np.int32):
        limits = np.iinfo(kind)
        if limits.min <= low and high <= limits.max:
            return values.astype(kind)
    return values


def wide(result: Result) -> Result:
    """As the kernels make and read it."""
    if isinstance(result, Column):
        if isinstance(result.domain, Categorical):
            return Column(result.values.astype(np.intp, copy=False), result.domain)
        if result.domain.kind == "int":
            return Column(result.values.astype(DTYPES["int"], copy=False), result.domain)
    elif isinstance(result, Bits):  # a new one: it remembers what it was asked for
        if result.one is not None:
            return Bits(result.n, one=result.one.astype(np.intp, copy=False))
        return Bits(result.n, result.mask)
    return result
