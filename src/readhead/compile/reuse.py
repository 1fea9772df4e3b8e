"""Slots of variables that nothing reads any more, given to variables that are written later.

The residual stream only adds up, so what a slot holds has to be taken away first: a hidden unit takes off what it reads
(a slot of a value is 0 or 1, so ``x - relu(x)`` is 0). That costs a unit for each slot, and saves a coordinate.

Invariant: a coordinate is given on only after the last part that reads what it holds, and no sooner than one block
after that was written; so every variable can be read off the stream after its own block. The answer keeps its slots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from readhead.compile.blueprint import Array, Reading, Slot
from readhead.compile.circuit import Circuit, Units, block_of
from readhead.compile.values import Codes, Variable


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """Where the slots of a circuit are in the residual stream.

    Attributes:
        place: the coordinate of each slot.
        width: how many coordinates there are.
        cleared: for a slot whose coordinate is given on, the block whose hidden units clear it.
    """

    place: Codes
    width: int
    cleared: dict[int, int]

    def folded(self, rows: Array) -> Array:
        """Rows for each slot as rows for each coordinate; no two slots of one coordinate are read together."""
        found = np.zeros((self.width, *rows.shape[1:]), dtype=rows.dtype)
        np.add.at(found, self.place, rows)
        return found

    def slots(self, slots: list[Slot]) -> tuple[Slot, ...]:
        """What every coordinate stands for, one thing after the other."""
        held: list[list[Slot]] = [[] for _ in range(self.width)]
        for i, slot in enumerate(slots):
            held[int(self.place[i])].append(replace(slot, cleared=self.cleared.get(i)))
        return tuple(_coordinate(sorted(some, key=_order)) for some in held)


def _order(slot: Slot) -> tuple[int, int]:
    return slot.written[0], int(slot.written[1] == "mlp")


def _coordinate(held: list[Slot]) -> Slot:
    first, *then = held
    return replace(first, name=", then ".join(slot.name for slot in held), then=tuple(held) if then else ())


def kept(circuit: Circuit) -> Placing:
    """Every slot at a coordinate of its own."""
    width = len(circuit.slots)
    return Placing(np.arange(width), width, {})


def reused(circuit: Circuit, readings: dict[str, Reading], answer: str) -> Placing:
    """Slots that share coordinates; the hidden units that clear them are added to the circuit.

    Args:
        circuit: complete.
        readings: how every variable is read off.
        answer: the variable that the unembedding reads.
    """
    first, free = _written(circuit), _free(circuit, readings, answer)
    blocks = {units.block for units in circuit.units}
    pool: list[tuple[int, int]] = []
    before: dict[int, int] = {}
    cleared: dict[int, int] = {}
    for i in sorted(range(len(circuit.variables)), key=lambda i: (first[i], i)):
        variable = circuit.variables[i]
        last = (first[i] - 2) // 2
        ready = sorted(item for item in pool if item[0] <= last)[: len(variable.values)]
        pool = [item for item in pool if item not in ready]
        new = variable.slots.tolist()[: len(ready)]
        for (earliest, old), slot in zip(ready, new, strict=True):
            before[slot] = old
            cleared[old] = max((b for b in blocks if earliest <= b <= last), default=last)
        if i in free:
            pool += [(free[i], slot) for slot in variable.slots.tolist()]
        circuit.units.extend(_clearing(variable, before, cleared))
        blocks |= set(cleared.values())
    place, width = np.zeros(len(circuit.slots), dtype=np.intp), 0
    for slot in sorted(range(len(circuit.slots)), key=lambda s: _depth(s, before)):
        place[slot] = place[before[slot]] if slot in before else width
        width += slot not in before
    return Placing(place, width, cleared)


def _depth(slot: int, before: dict[int, int]) -> tuple[int, int]:
    """How many slots had a slot's coordinate before it."""
    count, at = 0, slot
    while at in before:
        count, at = count + 1, before[at]
    return count, slot


def _clearing(variable: Variable, before: dict[int, int], cleared: dict[int, int]) -> Iterator[Units]:
    """Hidden units that take away what stands where a variable will."""
    pairs = [(before[slot], slot) for slot in variable.slots.tolist() if slot in before]
    for block in sorted({cleared[old] for old, _ in pairs}):
        here = [(old, new) for old, new in pairs if cleared[old] == block]
        old, new = (np.array(side, dtype=np.intp) for side in zip(*here, strict=True))
        count = len(here)
        yield Units(
            variable.name,
            block,
            old,
            np.eye(count),
            np.zeros(count),
            new,
            -np.eye(count),
            np.zeros(count),
        )


def _written(circuit: Circuit) -> list[int]:
    """When each variable is written first."""
    found = [variable.time for variable in circuit.variables]
    owner = _owners(circuit)
    writes = [(2 * p.block + 1, c.target) for p in circuit.heads for c in p.carries]
    writes += [(2 * u.block + 2, u.target) for u in circuit.units]
    for time, slots in writes:
        for i in np.unique(owner[slots]).tolist():
            if i >= 0:
                found[i] = min(found[i], time)
    return found


def _free(circuit: Circuit, readings: dict[str, Reading], answer: str) -> dict[int, int]:
    """For each variable whose slots can be given on, the first block whose hidden units can clear them."""
    found = {i: block_of(v.time) + 1 if v.time else 0 for i, v in enumerate(circuit.variables)}
    owner = _owners(circuit)

    def until(slots: Codes, block: int) -> None:
        for i in np.unique(owner[slots]).tolist():
            if i in found:
                found[i] = max(found[i], block)

    for plan in circuit.heads:
        sides = [v for term in plan.terms for v in (term.key, term.query) if v is not None]
        for slots in (*(v.slots for v in sides), *(c.source for c in plan.carries)):
            until(slots, plan.block)
    for units in circuit.units:
        until(units.source, units.block)
    for reading in readings.values():
        until(np.flatnonzero(np.any(reading.weights != 0, axis=1)), reading.block + 1)
    for i in np.unique(owner[np.any(readings[answer].weights != 0, axis=1)]).tolist():
        found.pop(i, None)
    return found


def _owners(circuit: Circuit) -> Codes:
    """For each slot the number of the variable whose value it stands for; -1 for others."""
    owner = np.full(len(circuit.slots), -1, dtype=np.intp)
    for i, variable in enumerate(circuit.variables):
        owner[variable.slots] = i
    return owner
