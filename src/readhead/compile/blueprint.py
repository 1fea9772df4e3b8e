"""What the compiler makes: the arrays of a transformer, and what every coordinate of its residual stream means.

Plain data on numpy, so that compiling needs no torch; :mod:`readhead.transformer` turns it into a model that runs.

The transformer is the plain one: ``x = embedding[token] + positions[position]``; then for each block
``x = x + sum over heads of softmax(mask(x W_Q (x W_K)^T / sqrt(d_head))) x W_V W_O`` and
``x = x + relu(x W_in + b_in) W_out + b_out``; at the end ``logits = x W_U + b_U``. Position 0 holds the compiler's own
beginning token, which no program ever sees; position ``i + 1`` is the program's position ``i``. Padding is masked as a
key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from readhead.program.operators import Value
from readhead.program.program import Program

Array = np.ndarray[Any, np.dtype[np.floating[Any]]]

Part = Literal["embedding", "attention", "mlp"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One coordinate of the residual stream.

    Attributes:
        name: ``"hist:3"`` for a variable's value, ``"hist~mean"`` for a number on its way to becoming a value,
            ``"one"``, ``"bos"``.
        variable: the variable that it belongs to; None for ``one`` and ``bos``.
        value: the value that it stands for; None for a number.
        written: the block that writes it (-1: the embedding), and which part of it.
        cleared: the block whose hidden units take away what it holds, where it is used again; else None.
        then: where it is used again: all that it stands for, in order, this first. The name then lists them all.
    """

    name: str
    variable: str | None
    value: Value | None
    written: tuple[int, Part]
    cleared: int | None = None
    then: tuple[Slot, ...] = ()

    @property
    def held(self) -> tuple[Slot, ...]:
        """All that the coordinate stands for, one after the other."""
        return self.then or (self,)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """How a variable is read off the residual stream: the value whose row scores highest.

    ``scores = x W + b`` with a column for each value; a variable that holds its own slots has unit columns, one that is
    a function of another (a *view*) sums the slots of its values.

    Attributes:
        values: every value that the variable can have, in the order of the columns.
        weights: ``[width, values]``.
        bias: ``[values]``.
        block: after which block it can be read (-1: the embedding already).
        gap: the smallest difference between the best and the second score, without rounding errors.
    """

    values: tuple[Value, ...]
    weights: Array
    bias: Array
    block: int
    gap: float


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One attention head.

    Attributes:
        name: what it is called, from the selector's variable.
        variables: the variables that it computes.
        query, key: ``[width, d_head]``; the scores' scale is in the query (it undoes the division by ``sqrt(d_head)``).
        value: ``[width, d_value]``.
        output: ``[d_value, width]``.
    """

    name: str
    variables: tuple[str, ...]
    query: Array
    key: Array
    value: Array
    output: Array


@dataclass(frozen=True, slots=True, eq=False)
class Mlp:
    """The elementwise part of a block.

    Attributes:
        variables: the variables that it computes.
        inward: ``[width, hidden]``.
        inward_bias: ``[hidden]``.
        outward: ``[hidden, width]``.
        outward_bias: ``[width]``.
        owners: for each hidden unit the variable that it is for.
    """

    variables: tuple[str, ...]
    inward: Array
    inward_bias: Array
    outward: Array
    outward_bias: Array
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One layer: heads side by side, then the elementwise part. Either may be empty."""

    heads: tuple[Head, ...]
    mlp: Mlp | None


@dataclass(frozen=True, slots=True, eq=False)
class Blueprint:
    """A compiled program.

    Attributes:
        program: what was compiled, with the vocabulary and maximum length that it was compiled for.
        symbols: the tokens in code order: what the program can see, then the beginning token, then padding.
        slots: the residual stream, in order.
        embedding: ``[symbols, width]``.
        positions: ``[longest + 1, width]``.
        blocks: in order.
        readings: every variable that can be read off, by name; those that cannot (fused away) are in ``fused``.
        answer: the variable that the unembedding reads.
        fused: why each variable without a reading has none.
        causal: whether a position attends only to itself and earlier ones.
        precision: ``"float32"`` or ``"float64"``: the smallest that keeps every gap.
        margins: for each variable the smallest gap that must survive, and the error that the chosen precision can make.
    """

    program: Program
    symbols: tuple[str, ...]
    slots: tuple[Slot, ...]
    embedding: Array
    positions: Array
    blocks: tuple[Block, ...]
    readings: dict[str, Reading]
    answer: str
    fused: dict[str, str]
    causal: bool
    precision: Literal["float32", "float64"]
    margins: dict[str, tuple[float, float]]

    @property
    def width(self) -> int:
        """How many coordinates the residual stream has."""
        return len(self.slots)

    @property
    def parameters(self) -> int:
        """How many numbers the transformer has: heads are padded to the largest, a block without any has none."""
        heads = [head for block in self.blocks for head in block.heads]
        query = max((h.query.shape[1] for h in heads), default=0)
        value = max((h.value.shape[1] for h in heads), default=0)
        attention = len(heads) * 2 * self.width * (query + value)
        hidden = [block.mlp.inward.shape[1] for block in self.blocks if block.mlp is not None]
        mlps = sum(2 * self.width * h + h + self.width for h in hidden)
        reading = self.readings[self.answer].weights
        embedding = int(self.embedding.size + self.positions.size)
        unembedding = int(reading.size) + int(reading.shape[1])
        return embedding + attention + int(mlps) + unembedding
