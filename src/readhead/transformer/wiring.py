"""Which coordinates of the residual stream every component of a compiled model reads and writes.

Found from where the weights are not zero, and so exact. A component is followed inside as well: what it writes to the
coordinates in question depends on some of its hidden units, or of the dimensions that it carries, and these read only
some coordinates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from readhead.transformer.layers import Block
from readhead.transformer.legend import Legend

if TYPE_CHECKING:
    from torch import Tensor

    from readhead.transformer.model import Transformer

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Reads = dict[str, Mask]
"""For each side of a component, the coordinates that it reads there."""

UNEMBEDDING = "unembedding"
PATTERN = ("q", "k")
"""The sides of a head that decide where it attends to, whatever it carries."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A component, between the coordinates that it reads and those that it writes.

    Attributes:
        name: what it is called.
        block: where it is; -1 for what embeds.
        inner: ``[inner, width]``: what each hidden unit, or carried dimension, writes to.
        reads: ``[width, inner]`` for each side: what it reads. All of a head's dimensions share its queries and keys.
        always: ``[width]``: what is written whatever was read.
        varies: ``[width]``: what it writes that can differ from input to input, at one position.
    """

    name: str
    block: int
    inner: Mask
    reads: Mapping[str, Mask]
    always: Mask
    varies: Mask

    @property
    def writes(self) -> Mask:
        """The coordinates that it writes."""
        return self.inner.any(axis=0) | self.always

    def needs(self, wanted: Mask) -> Reads | None:
        """What it reads for these coordinates; None where it does not write them."""
        if not (self.writes & wanted).any():
            return None
        active = (self.inner & wanted).any(axis=1)
        if not active.any():
            return {side: np.zeros(len(wanted), dtype=bool) for side in self.reads}
        return {
            side: _touched(rows if side in PATTERN else rows[:, active], 1)
            for side, rows in self.reads.items()
        }


@dataclass(frozen=True, slots=True)
class Wire:
    """A reader takes in what a writer wrote: at which of its sides, and which coordinates.

    It is constant where what the writer says there is the same on every input.
    """

    writer: str
    reader: str
    side: str
    slots: tuple[int, ...]
    constant: bool


@dataclass(frozen=True, slots=True, eq=False)
class Wiring:
    """The components of a model, in the order in which they run, without the unembedding."""

    legend: Legend
    parts: tuple[Part, ...]

    def wires(self) -> tuple[Wire, ...]:
        """Every wire that there is."""
        width = len(self.legend.slots)
        reads = {UNEMBEDDING: {"unembed": _rows(self.legend, self.legend.answer)}}
        for part in self.parts:
            needs = part.needs(np.ones(width, dtype=bool))
            if needs is not None:
                reads[part.name] = needs
        return tuple(self._between(reads, {p.name: p.writes for p in self.parts}))

    def circuit(self, answer: str) -> tuple[tuple[Wire, ...], set[str]]:
        """The wires that a variable can depend on, and the components that they join.

        Raises:
            UsageError: for a variable that cannot be read off.
        """
        reading = self.legend.reading(answer)
        wanted = _rows(self.legend, answer)
        reads = {UNEMBEDDING: {"unembed": wanted.copy()}}
        writes: dict[str, Mask] = {}
        for part in reversed(self.parts):
            needs = part.needs(wanted) if part.block <= reading.block else None
            if needs is None:
                continue
            reads[part.name] = needs
            writes[part.name] = part.writes & wanted
            wanted = wanted.copy()
            for rows in needs.values():
                wanted |= rows
        return tuple(self._between(reads, writes)), set(reads)

    def _between(self, reads: Mapping[str, Reads], writes: Mapping[str, Mask]) -> Iterator[Wire]:
        order = [p.name for p in self.parts] + [UNEMBEDDING]
        varies = {p.name: p.varies for p in self.parts}
        for at, reader in enumerate(order):
            for side, rows in reads.get(reader, {}).items():
                for writer in self._before(at):
                    slots = np.flatnonzero(rows & writes[writer]) if writer in writes else ()
                    if len(slots):
                        constant = not varies[writer][slots].any()
                        yield Wire(writer, reader, side, tuple(int(i) for i in slots), constant)

    def _before(self, at: int) -> list[str]:
        """What has been written when a component reads: heads of one block do not see each other."""
        if at == len(self.parts):
            return [p.name for p in self.parts]
        reader = self.parts[at]
        beside = "v" in reader.reads
        return [p.name for p in self.parts[:at] if not (beside and p.block == reader.block)]


def wiring_of(model: Transformer) -> Wiring:
    """The wiring of a compiled model.

    Raises:
        UsageError: for a model that is no compiled program.
    """
    legend = model.compiled
    width = model.config.width
    nothing = np.zeros((0, width), dtype=bool)
    read = model.embedding[: len(legend.symbols) - 2]  # neither the beginning token nor padding
    embedded = [("embedding", model.embedding, _touched(_there(read - read[:1]), 0))]
    embedded.append(("positions", model.positions, np.zeros(width, dtype=bool)))
    parts = [
        Part(name, -1, nothing, {}, _touched(_there(rows), 0), varies) for name, rows, varies in embedded
    ]
    for b, block in enumerate(model.blocks):
        assert isinstance(block, Block)
        attention, mlp = block.attention, block.mlp
        before = _varying(parts)
        if attention is not None:
            weights = (attention.query, attention.key, attention.value)
            for h in range(len(legend.heads[b])):
                query, key, value = (_there(w[:, h]) for w in weights)
                met = query.any(axis=0) & key.any(axis=0)
                output = _there(attention.output[h])
                carried = value.any(axis=0) & output.any(axis=1)
                reads = {"q": query[:, met], "k": key[:, met], "v": value[:, carried]}
                name = f"blocks.{b}.attn.head.{h}"
                inner = output[carried]
                varies = _varied(inner, reads, before, anyway=not model.config.causal)
                parts.append(Part(name, b, inner, reads, np.zeros(width, dtype=bool), varies))
        if mlp is not None:
            inward, outward = _there(mlp.inward), _there(mlp.outward)
            name = f"blocks.{b}.mlp"
            varies = _varied(outward, {"mlp": inward}, _varying(parts))
            parts.append(Part(name, b, outward, {"mlp": inward}, _there(mlp.outward_bias), varies))
    return Wiring(legend, tuple(parts))


def _varying(parts: Sequence[Part]) -> Mask:
    """The coordinates that can differ from input to input, once these parts have written."""
    return _touched(np.array([part.varies for part in parts]), 0)


def _varied(inner: Mask, reads: Mapping[str, Mask], varying: Mask, *, anyway: bool = False) -> Mask:
    """What a part writes that can differ from input to input.

    Args:
        inner, reads: as a :class:`Part` has them.
        varying: the coordinates that differ where it reads.
        anyway: whether it differs whatever is read, as an average over the whole sequence does with its length.
    """
    active = np.full(len(inner), anyway)
    for side, rows in reads.items():
        differ = _touched(rows & varying[:, None], 0)
        active |= differ.any() if side in PATTERN else differ
    return _touched(inner[active], 0)


def _rows(legend: Legend, name: str) -> Mask:
    """The coordinates that a variable is read from."""
    found: Mask = np.any(legend.reading(name).weights != 0, axis=1)
    return found


def _there(weights: Tensor) -> Mask:
    """Where weights are not zero."""
    found: Mask = (weights.detach() != 0).cpu().numpy()
    return found


def _touched(rows: Mask, axis: int) -> Mask:
    found: Mask = np.any(rows, axis=axis)
    return found
