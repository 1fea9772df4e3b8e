"""Where training starts from when it goes on from a program: its parts as slots of a relaxed program.

A :class:`Start` holds the slots' parameters, which of them stay as they are, and what cannot be learned: s-ops that
the relaxed program *is given* as inputs, computed by the interpreter. :mod:`readhead.learn.relax` makes one. Invariant:
the hardened start means what the program means, and a slot whose choices training leaves alone is written again as
the node that it came from, so ``discretize(relax(p)) == p``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from torch import Tensor

from readhead.learn.shape import Shape
from readhead.program.columns import Column
from readhead.program.domains import Categorical
from readhead.program.interpret import plan_of
from readhead.program.nodes import Constant, Node, SOp
from readhead.program.operators import Value, typed
from readhead.program.program import Program
from readhead.program.rewrite import rebuild

Kind = Literal["head", "sum", "mlp", "number_mlp"]
Place = tuple[Kind, int, int]
"""A slot: its kind, its layer, and its number among the slots of this kind in the layer."""


@dataclass(frozen=True, slots=True)
class Given:
    """An input of the relaxed program that is not learned.

    Attributes:
        node: the s-op.
        meanings: what its codes mean; None for a number.
        largest: the largest value of a number.
    """

    node: SOp
    meanings: tuple[Value, ...] | None
    largest: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the program that can be learned on.

    Attributes:
        node: the s-op.
        reads: the variables of the stream that it reads, in the order of the slot's choices.
        meanings: what an MLP's codes mean; None for heads, whose codes mean what the variable they copy means.
    """

    node: SOp
    reads: tuple[SOp, ...]
    meanings: tuple[Value, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """The parameters that restarts begin with.

    Attributes:
        flat: the parameters; choices are logits.
        fixed: which of them training leaves alone.
        idle: which of them belong to slots that the program does not use.
    """

    flat: Float[Tensor, "parameter"]
    fixed: Bool[Tensor, "parameter"]
    idle: Bool[Tensor, "parameter"]

    def __reduce__(self) -> tuple[Callable[..., Origin], tuple[NDArray[Any], ...]]:
        """How it is sent to worker processes: as arrays, since they cannot open the memory that a tensor lies in."""
        return _received, tuple(part.numpy(force=True) for part in (self.flat, self.fixed, self.idle))


def _received(flat: NDArray[Any], fixed: NDArray[Any], idle: NDArray[Any]) -> Origin:
    return Origin(torch.from_numpy(flat), torch.from_numpy(fixed), torch.from_numpy(idle))


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A program as the parameters of a relaxed one.

    Attributes:
        program: the program, lowered; it computes what is given.
        shape: room for every slot of the program, and for as many more as the data's shape has.
        origin: its parameters.
        readout: integer scores, as :func:`~readhead.learn.discretize.to_program` takes them.
        given: the inputs that are not learned: the categorical ones, then the numbers.
        slots: the program's slots by their place.
        words: word classes that the program has, by the number of their embedding.
        frozen: why each part that will not change does not, by name.
    """

    program: Program
    shape: Shape
    origin: Origin
    readout: Float[Tensor, "label feature"]
    given: tuple[Given, ...]
    slots: Mapping[Place, Slot]
    words: Mapping[int, SOp]
    frozen: Mapping[str, str]

    @property
    def order(self) -> dict[Node, int]:
        """The read-out's inputs in the order of the program's own read-out."""
        return {child: i for i, child in enumerate(self.program.outputs[0].children)}

    def values(self, sequences: Sequence[Sequence[str]], width: int) -> tuple[Codes, Codes]:
        """What is given, for contents of a data set.

        Args:
            sequences: content tokens.
            width: the positions to fill; padding is -1 for codes, 0 for numbers.

        Returns:
            ``[variable, example, position]`` codes of the categorical inputs, and the numbers.
        """
        words = [g for g in self.given if g.meanings is not None]
        sums = [g for g in self.given if g.meanings is None]
        codes = np.full((len(words), len(sequences), width), -1, dtype=np.int64)
        numbers = np.zeros((len(sums), len(sequences), width), dtype=np.int64)
        if not self.given:
            return codes, numbers
        plan = plan_of(self.program)
        batch = plan.reader.read([list(s) for s in sequences])
        for out, some in ((codes, words), (numbers, sums)):
            for i, one in enumerate(some):
                name = self.program.names[one.node]
                for rows, results in plan.blocks(batch, name):
                    column = results[name]
                    assert isinstance(column, Column)
                    found = _as_codes(column, one.meanings)
                    out[i, rows[:, None], np.arange(len(found))[None]] = found.T
        return codes, numbers


Codes = Int[NDArray[np.int64], "variable example position"]


def _as_codes(column: Column, meanings: tuple[Value, ...] | None) -> NDArray[np.int64]:
    """A column's values as codes into the meanings; as they are, where there are none."""
    if meanings is None:
        numbers = column.domain.numbers if isinstance(column.domain, Categorical) else None
        found = column.values if numbers is None else numbers[column.values]
        return found.astype(np.int64)
    code = {typed(value): i for i, value in enumerate(meanings)}
    if isinstance(column.domain, Categorical):
        table = np.array([code.get(typed(v), -1) for v in column.domain.values], dtype=np.int64)
        return table[column.values]
    distinct, inverse = np.unique(column.values, return_inverse=True)
    table = np.array([code[typed(v)] for v in distinct.tolist()], dtype=np.int64)
    return table[inverse.reshape(column.values.shape)]


def rewritten(slot: Slot, stream: Mapping[Node, SOp]) -> SOp:
    """A slot's own node, over what now stands in the place of the variables that it reads.

    Args:
        slot: the slot.
        stream: for every variable of the stream that the program had, what it is now.
    """
    done: dict[Node, Node] = {read: stream[read] for read in slot.reads}

    def new(node: Node) -> Node:
        if node not in done:
            done[node] = node if not node.children else rebuild(node, new)
        return done[node]

    node = rebuild(slot.node, new)
    assert isinstance(node, SOp)
    return node


def padded(known: tuple[Value, ...], codes: int) -> tuple[Value, ...]:
    """What so many codes of an MLP mean: what is known, and whole numbers from 0 for the rest.

    >>> padded(("a", 1), 4)
    ('a', 1, 0, 2)
    """
    taken = set(map(typed, known))
    free = (number for number in count() if typed(number) not in taken)
    return known + tuple(islice(free, max(0, codes - len(known))))


def one(node: Node) -> bool:
    """Whether a node is the number that every relaxed program has."""
    return isinstance(node, Constant) and type(node.value) is int and node.value == 1


def same_choices(start: Start, place: Place, now: Mapping[str, Tensor], was: Mapping[str, Tensor]) -> bool:
    """Whether hardened choices of a slot are those that it started with."""
    kind, layer, index = place
    shape = start.shape
    heads = shape.categorical_heads
    at = {
        "head": [("query", index), ("key", index), ("value", index), ("predicate", index)],
        "sum": [
            ("query", heads + index),
            ("key", heads + index),
            ("number", index),
            ("predicate", heads + index),
        ],
        "mlp": [("mlp_read", index), ("mlp_table", index)],
        "number_mlp": [("num_mlp_read", index), ("num_mlp_table", index)],
    }[kind]
    return all(
        torch.equal(now[f"{layer}.{name}"][0, i].cpu(), was[f"{layer}.{name}"][0, i]) for name, i in at
    )
