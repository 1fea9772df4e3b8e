"""Trace: the value of every named variable, and every selector, for a batch of sequences.

One schema for every producer: the interpreter, a relaxed or compiled model, emitted Python. Tests compare traces;
everything that shows a program running only displays them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from readhead.errors import ProgramError
from readhead.program.columns import Array, Column, decode, unify
from readhead.program.operators import Value, typed

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["Column", "Difference", "Trace"]


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where two traces part, and the names that only one of them has.

    Attributes:
        variable: the first variable, in program order, that differs; ``"tokens"`` or ``"content"`` where the inputs
            do; None where only names are missing.
        batch: which sequence; None where the traces have different numbers of sequences.
        position: a position, or for a selector (query, key).
        left, right: what the two traces have there.
        only_left, only_right: names that the other does not have.
    """

    variable: str | None
    batch: int | None = None
    position: int | tuple[int, int] | None = None
    left: object = None
    right: object = None
    only_left: tuple[str, ...] = ()
    only_right: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = []
        if self.variable is not None:
            place = [f"variable {self.variable!r}"]
            place += [] if self.batch is None else [f"sequence {self.batch}"]
            if isinstance(self.position, tuple):
                place.append(f"query {self.position[0]}, key {self.position[1]}")
            elif self.position is not None:
                place.append(f"position {self.position}")
            lines.append(f"{', '.join(place)}: {self.left!r} on the left, {self.right!r} on the right")
        for side, names in (("left", self.only_left), ("right", self.only_right)):
            if names:
                lines.append(f"only on the {side}: {', '.join(names)}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Every variable for a batch of sequences.

    Args:
        tokens: the sequences that the program sees, markers included.
        content: ``[batch, position]``, true at the content tokens, false at markers and padding.
        variables: a column ``[batch, position]`` for every named s-op.
        selectors: booleans ``[batch, query, key]`` for every named selector; false at padding.
        order: all names in program order; by default the variables, then the selectors.

    Raises:
        ProgramError: for arrays of other shapes than the tokens have.
    """

    tokens: list[tuple[Value, ...]]
    content: Array
    variables: dict[str, Column] = field(default_factory=dict)
    selectors: dict[str, Array] = field(default_factory=dict)
    order: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", tuple(self.order) or (*self.variables, *self.selectors))
        shape = (len(self.tokens), max(map(len, self.tokens), default=0))
        arrays: dict[str, tuple[Array, tuple[int, ...]]] = {"content": (self.content, shape)}
        arrays |= {name: (column.values, shape) for name, column in self.variables.items()}
        arrays |= {name: (rows, (*shape, shape[1])) for name, rows in self.selectors.items()}
        for name, (array, expected) in arrays.items():
            if array.shape != expected:
                raise ProgramError(
                    f"the trace of {name!r} has the shape {array.shape}, its tokens {expected}"
                )
        if set(self.order) != {*self.variables, *self.selectors}:
            raise ProgramError(f"a trace's order lists {self.order!r}, its variables are others")

    @property
    def present(self) -> Array:
        """``[batch, position]``: true at every position of a sequence, markers included; false at padding."""
        lengths = np.array([len(t) for t in self.tokens], dtype=np.intp)
        mask: Array = np.arange(self.content.shape[1])[None, :] < lengths[:, None]
        return mask

    def values(self, name: str, batch: int = 0) -> list[Value]:
        """One variable of one sequence, at every position that the program sees."""
        column = self.variables[name]
        return [column.value(batch, i) for i in range(len(self.tokens[batch]))]

    def diff(self, other: Trace, tolerance: float = 0.0, *, common_only: bool = False) -> Difference | None:
        """The first place where the two part; None where they agree.

        Values are compared with their types (``1``, ``1.0`` and ``True`` differ).

        Args:
            other: the right-hand trace.
            tolerance: how far two floats may lie apart.
            common_only: do not count names that only one of the traces has as a difference.
        """
        missing = _missing(self, other)
        found = _input_difference(self, other)
        if found is None:
            present = self.present
            pairs = present[:, :, None] & present[:, None, :]
            for name in self.order:
                if name in self.variables and name in other.variables:
                    found = _column_difference(
                        name, self.variables[name], other.variables[name], present, tolerance
                    )
                elif name in self.selectors and name in other.selectors:
                    found = _selector_difference(name, self.selectors[name], other.selectors[name], pairs)
                if found is not None:
                    break
        if found is None:
            return (
                None
                if common_only or not any(missing)
                else Difference(None, None, None, None, None, *missing)
            )
        return Difference(found.variable, found.batch, found.position, found.left, found.right, *missing)

    def text(self, sequences: Sequence[int] | None = None) -> str:
        """The trace as text: a table of each sequence's variables, and a grid of each selector.

        Args:
            sequences: which to show; by default the first few.
        """
        from readhead.program.show import render_text

        return render_text(self, sequences)

    def __str__(self) -> str:
        return self.text()

    def __rich__(self) -> RenderableType:
        from readhead.program.show import render_rich

        return render_rich(self, None)

    def _repr_html_(self) -> str:
        from readhead.program.show import render_html

        return render_html(self, None)


def _missing(left: Trace, right: Trace) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names that only one has, or that are a selector in one and an s-op in the other."""
    return (
        tuple(
            n for n in left.order if n not in (right.variables if n in left.variables else right.selectors)
        ),
        tuple(
            n for n in right.order if n not in (left.variables if n in right.variables else left.selectors)
        ),
    )


def _input_difference(left: Trace, right: Trace) -> Difference | None:
    if len(left.tokens) != len(right.tokens):
        return Difference(
            "tokens", None, None, f"{len(left.tokens)} sequences", f"{len(right.tokens)} sequences"
        )
    for batch, (a, b) in enumerate(zip(left.tokens, right.tokens, strict=True)):
        for position, (x, y) in enumerate(zip(a, b, strict=False)):
            if typed(x) != typed(y):
                return Difference("tokens", batch, position, x, y)
        if len(a) != len(b):
            return Difference("tokens", batch, None, f"{len(a)} tokens", f"{len(b)} tokens")
    for batch, position in np.argwhere(left.content != right.content).tolist():
        values = bool(left.content[batch, position]), bool(right.content[batch, position])
        return Difference("content", batch, position, *values)
    return None


def _column_difference(
    name: str, left: Column, right: Column, there: Array, tolerance: float
) -> Difference | None:
    a, b = unify(Column(c.values[there], c.domain) for c in (left, right))
    for i in _unequal(a, b):
        x, y = (
            decode(Column(a.values[i : i + 1], a.domain))[0],
            decode(Column(b.values[i : i + 1], b.domain))[0],
        )
        if not _same(x, y, tolerance):
            batch, position = (int(n) for n in np.argwhere(there)[i])
            return Difference(name, batch, position, x, y)
    return None


def _unequal(a: Column, b: Column) -> Iterator[int]:
    """Where two columns over one domain may differ; objects are all looked at, for ``1 == 1.0``."""
    if a.values.dtype == object:
        return iter(range(len(a.values)))
    return iter(np.flatnonzero(a.values != b.values).tolist())


def _same(x: Value, y: Value, tolerance: float) -> bool:
    return typed(x) == typed(y) or (type(x) is float and type(y) is float and abs(x - y) <= tolerance)


def _selector_difference(name: str, left: Array, right: Array, there: Array) -> Difference | None:
    for batch, query, key in np.argwhere((left != right) & there).tolist():
        return Difference(
            name, batch, (query, key), bool(left[batch, query, key]), bool(right[batch, query, key])
        )
    return None
