"""A discretized program on codes: one small integer for each variable and place, instead of a vector for each.

What :func:`~readhead.learn.relaxed.run_stream` computes with hardened choices, :class:`Coded` computes with look-ups,
and again for some examples only, after one choice has changed. Padding has the code one beyond the last value: it is
never matched and never scored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from readhead.learn.attention import closest_order
from readhead.learn.encode import Encoded
from readhead.learn.relaxed import Choices
from readhead.learn.shape import Shape

Array = NDArray[Any]
Kind = Literal["head", "sum", "mlp", "number_mlp"]
Variable = tuple[bool, int]
"""A variable of the stream: whether it is a number, and its place among those of its kind."""


@dataclass(slots=True)
class Part:
    """A head or an MLP.

    Attributes:
        kind, layer, index: which it is.
        reads: what it reads, by the name of the choice: variables' places.
        table: of a head, the key value that each query value looks for; of an MLP, the value of each cell.
        writes: the variable that it writes.
    """

    kind: Kind
    layer: int
    index: int
    reads: dict[str, int]
    table: Array
    writes: Variable

    def inputs(self) -> Iterator[Variable]:
        """The variables that it reads."""
        numbers = {"number", "number_left", "number_right"}
        yield from ((name in numbers, place) for name, place in self.reads.items())


def parts_of(shape: Shape, choices: Choices) -> list[Part]:
    """The parts of a hardened program of one restart, each after those that it reads."""

    def chosen(name: str) -> Array:
        return choices[name][0].argmax(dim=-1).numpy()

    parts: list[Part] = []
    for layer in range(shape.layers):
        first, number = shape.categorical_before(layer), shape.numerical_before(layer)
        heads, sums = shape.categorical_heads, shape.numerical_heads
        if heads + sums:
            query, key, wanted = (chosen(f"{layer}.{n}") for n in ("query", "key", "predicate"))
        for h in range(heads):
            value = chosen(f"{layer}.value")
            reads = {"query": int(query[h]), "key": int(key[h]), "value": int(value[h])}
            parts.append(Part("head", layer, h, reads, wanted[h].copy(), (False, first + h)))
        for h in range(sums):
            summed = chosen(f"{layer}.number")
            reads = {"query": int(query[heads + h]), "key": int(key[heads + h]), "number": int(summed[h])}
            parts.append(Part("sum", layer, h, reads, wanted[heads + h].copy(), (True, number + h)))
        for m in range(shape.categorical_mlps):
            left, right = chosen(f"{layer}.mlp_read")[m].tolist()
            table = chosen(f"{layer}.mlp_table")[m].copy()
            parts.append(
                Part("mlp", layer, m, {"left": left, "right": right}, table, (False, first + heads + m))
            )
        for m in range(shape.numerical_mlps):
            left, right = chosen(f"{layer}.num_mlp_read")[m].tolist()
            table = choices[f"{layer}.num_mlp_table"][0, m].numpy().astype(np.int64).flatten()
            writes = (False, first + heads + shape.categorical_mlps + m)
            parts.append(
                Part("number_mlp", layer, m, {"number_left": left, "number_right": right}, table, writes)
            )
    return parts


def choices_of(shape: Shape, choices: Choices, parts: list[Part]) -> Choices:
    """The choices, with what the parts say instead."""
    new = {name: tensor.clone() for name, tensor in choices.items()}

    def put(name: str, at: tuple[int, ...], option: int) -> None:
        row = new[name][0][at]
        row.zero_()
        row[option] = 1

    for part in parts:
        row = part.index + (shape.categorical_heads if part.kind == "sum" else 0)
        if part.kind in ("head", "sum"):
            for name in ("query", "key"):
                put(f"{part.layer}.{name}", (row,), part.reads[name])
            own = "value" if part.kind == "head" else "number"
            put(f"{part.layer}.{own}", (part.index,), part.reads[own])
            for query, wanted in enumerate(part.table.tolist()):
                put(f"{part.layer}.predicate", (row, query), wanted)
            continue
        prefix = "" if part.kind == "mlp" else "num_"
        for side, place in enumerate(part.reads.values()):
            put(f"{part.layer}.{prefix}mlp_read", (row, side), place)
        if part.kind == "mlp":
            for cell, value in enumerate(part.table.tolist()):
                put(f"{part.layer}.mlp_table", (row, cell), value)
        else:
            table = new[f"{part.layer}.num_mlp_table"]
            table[0, row] = torch.from_numpy(part.table).view(table[0, row].shape).to(table.dtype)
    return new


@dataclass(slots=True)
class Coded:
    """A split as codes, and every variable of a program on it.

    Attributes:
        shape: of the program.
        order: ``[query, rank]`` the keys in each query's order of preference.
        visible: ``[query, key]`` whether the query sees the key; None where it sees all.
        labels: ``[example, place]``, -1 where nothing is scored.
        words: ``[example, position]`` codes of each categorical variable; ``shape.values`` at padding.
        numbers: ``[example, position]`` of each numerical variable; 0 at padding.
        pooled: one label for each sequence.
    """

    shape: Shape
    order: Array
    visible: Array | None
    labels: Array
    words: dict[int, Array] = field(default_factory=dict)
    numbers: dict[int, Array] = field(default_factory=dict)
    pooled: bool = False

    def of(self, variable: Variable) -> Array:
        """The values of a variable."""
        return (self.numbers if variable[0] else self.words)[variable[1]]

    def put(self, variable: Variable, values: Array, rows: Array | None = None) -> None:
        """Set the values of a variable, of some examples or of all."""
        where = self.numbers if variable[0] else self.words
        if rows is None:
            where[variable[1]] = values
        else:
            where[variable[1]][rows] = values

    def some(self, rows: Array) -> Coded:
        """The same on some of the examples."""
        words = {k: v[rows] for k, v in self.words.items()}
        numbers = {k: v[rows] for k, v in self.numbers.items()}
        return Coded(self.shape, self.order, self.visible, self.labels[rows], words, numbers, self.pooled)

    def run(self, parts: list[Part]) -> None:
        """Compute every part's variable."""
        for part in parts:
            self.put(part.writes, self.computed(part))

    def computed(
        self, part: Part, rows: Array | slice = slice(None), new: dict[Variable, Array] | None = None
    ) -> Array:
        """What a part writes, for some examples.

        Args:
            part: the part.
            rows: which examples.
            new: variables that have other values for these examples than what is kept.
        """
        changed = new or {}

        def read(name: str, number: bool = False) -> Array:
            variable = (number, part.reads[name])
            found: Array = changed[variable] if variable in changed else self.of(variable)[rows]
            return found

        d = self.shape.values
        match part.kind:
            case "head":
                wanted = np.append(part.table, d + 1)[read("query")]
                at = self._nearest(read("key"), wanted)
                found = np.take_along_axis(read("value"), at, axis=1)
                return np.where(wanted > d, d, found).astype(np.int16)
            case "sum":
                wanted = np.append(part.table, d + 1)[read("query")]
                keys, numbers = read("key"), read("number", number=True)
                match = wanted[:, :, None] == keys[:, None, :]
                if self.visible is not None:
                    match &= self.visible
                total: Array = np.matmul(match.astype(np.float32), numbers[:, :, None].astype(np.float32))[
                    ..., 0
                ]
                return total.astype(np.int32)
            case "mlp":
                left, right = read("left"), read("right")
                out = part.table[np.minimum(left * d + right, d * d - 1)]
                return np.where((left == d) | (right == d), d, out).astype(np.int16)
            case "number_mlp":
                cap = self.shape.cap
                left, right = (np.minimum(read(n, number=True), cap) for n in ("number_left", "number_right"))
                padding = (changed.get((False, 0)) if (False, 0) in changed else self.words[0][rows]) == d
                return np.where(padding, d, part.table[left * (cap + 1) + right]).astype(np.int16)

    def _nearest(self, keys: Array, wanted: Array) -> Array:
        """The position that each query attends to."""
        ranked = keys[:, self.order] == wanted[:, :, None]
        if self.visible is not None:
            ranked &= np.take_along_axis(self.visible, self.order, axis=1)[None]
        first = ranked.argmax(axis=2)
        at = self.order[np.arange(len(self.order)), first]
        found = np.take_along_axis(ranked, first[:, :, None], axis=2)[:, :, 0]
        return np.where(found, at, 0)  # the fall-back is position 0


def coded(data: Encoded, shape: Shape, choices: Choices, *, causal: bool, pooled: bool) -> Coded:
    """A split's inputs as codes."""
    n = data.tokens.shape[1]
    d = shape.values
    order = closest_order(n, causal, torch.device("cpu")).gather.view(n, n).T.numpy() % n
    visible = np.tril(np.ones((n, n), dtype=bool)) if causal else None
    padding = data.tokens < 0
    found = Coded(shape, order, visible, data.labels, pooled=pooled)
    if shape.embeddings:
        classes = choices["embedding"][0].argmax(dim=-1).numpy()
        for k, row in enumerate(classes):
            found.words[k] = np.where(padding, d, row[data.tokens.clip(min=0)]).astype(np.int16)
    else:
        found.words[0] = np.where(padding, d, data.tokens).astype(np.int16)
    here = np.arange(n)
    places = here % shape.period if shape.period else np.minimum(here, shape.last_position)
    found.words[shape.place_of_positions] = np.where(padding, d, places).astype(np.int16)
    found.numbers[0] = (~padding).astype(np.int32)
    if data.given is not None:
        for i, codes in enumerate(data.given):
            known = np.where(padding | (codes < 0), d, codes)
            found.words[shape.place_of_positions + 1 + i] = known.astype(np.int16)
    if data.numbers is not None:
        for i, numbers in enumerate(data.numbers):
            found.numbers[1 + i] = numbers.astype(np.int32)
    return found
