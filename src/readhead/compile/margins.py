"""The error budget: what must stay apart, and how far rounding can move it.

For each slot a bound on how far it can be from what it should be: absolute, and for numbers that come out of averages
also relative. Errors grow where a head multiplies them by its inverse temperature, and end where steps absorb them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from readhead.compile.assemble import temperature, together
from readhead.compile.blueprint import Reading
from readhead.compile.circuit import Circuit, HeadPlan, Units
from readhead.compile.values import Codes, Floats

SAFETY = 4.0
"""By how much every gap must exceed the error."""


@dataclass(slots=True)
class Margins:
    """The error budget of a circuit for one precision.

    Args:
        circuit: what is checked.
        rounding: the relative error of one operation.
        leak: what keys that are not selected weigh together.
    """

    circuit: Circuit
    rounding: float
    leak: float
    found: dict[str, tuple[float, float]]
    absolute: Floats
    relative: Floats
    rest: Floats
    steps: dict[int, list[tuple[Floats, Floats]]]
    ramps: dict[int, list[tuple[Floats, Floats]]]

    def linear(self, slots: Codes, weights: Floats, enough: float) -> Floats:
        """How far a linear function of some slots can be off: ``weights[slot, result]``.

        A step that is a little off takes from one slot what it gives to another, so what it does is weighed with the
        difference of their weights. Where a coarser bound is not more than enough, it will do.
        """
        coarse: Floats = self.absolute[slots] @ np.abs(weights)
        if coarse.max(initial=0.0) <= enough:
            return coarse
        error: Floats = self.rest[slots] @ np.abs(weights)
        places = {slot: i for i, slot in enumerate(slots.tolist())}
        for first, parts in self.steps.items():
            if first in places:
                for outward, units in parts:
                    error = error + _stepped(outward, units, weights[places[first] :][: outward.shape[1]])
        for first, parts in self.ramps.items():
            if first in places:
                for ramps, through in parts:
                    error = error + _ramped(ramps, through, weights[places[first] :][: ramps.shape[1]])
        return error

    def check(self, name: str, gap: float, error: float) -> None:
        """Note a gap that an error must not close; of several for one variable, the tightest stays."""
        known = self.found.get(name)
        if known is None or gap * known[1] < known[0] * error:
            self.found[name] = (float(gap), float(error))

    @property
    def worst(self) -> tuple[str, float, float] | None:
        """The variable whose gap is closed, if one's is: it, the gap and the error."""
        tight = [(n, g, e) for n, (g, e) in self.found.items() if not g >= SAFETY * e]
        return min(tight, key=lambda x: x[1] / x[2] if x[2] else math.inf, default=None)


def margins(circuit: Circuit, readings: dict[str, Reading], rounding: float, leak: float) -> Margins:
    """Follow the errors through all blocks."""
    width = len(circuit.slots)
    found = Margins(circuit, rounding, leak, {}, np.zeros(width), np.zeros(width), np.zeros(width), {}, {})
    for block in range(circuit.depth):
        for plan in (p for p in circuit.heads if p.block == block):
            _through_head(found, plan)
        for part in (u for u in circuit.units if u.block == block):
            _through_units(found, part)
    for name, reading in readings.items():
        read = np.zeros(width, dtype=bool)
        read[np.flatnonzero(np.abs(reading.weights).sum(axis=1))] = True
        for variable in circuit.variables:
            slots = slice(variable.first, variable.first + len(variable.values))
            read[slots] = read[slots].any()
        slots_read = np.flatnonzero(read)
        weights = np.asarray(reading.weights[slots_read], dtype=np.float64)
        error = found.linear(slots_read, weights, reading.gap / 16)
        relative = found.relative[slots_read] @ np.abs(weights)
        size = np.abs(weights).max(initial=0.0) + np.abs(reading.bias).max(initial=0.0)
        worst = (error + relative).max(initial=0.0) + 8 * rounding * size
        found.check(name, reading.gap / 2, float(worst))
    return found


def _stepped(outward: Floats, units: Floats, weights: Floats) -> Floats:
    """How far hidden units that are off by so much move ``weights[slot, result]``."""
    if _picks(weights):
        found: Floats = (units @ np.abs(outward)) @ np.abs(weights)
        return found
    return np.asarray(units @ np.abs(outward @ weights))


def _ramped(ramps: Floats, through: Floats, weights: Floats) -> Floats:
    """How far one number that is off, at the worst place, moves ``weights[slot, result]`` over its ramps."""
    if _picks(weights):
        worst = (np.abs(ramps) * through[:, None]).max(axis=0, initial=0.0)
        found: Floats = 2 * worst @ np.abs(weights)
        return found
    moved = np.abs(ramps @ weights) * through[:, None]
    return np.asarray(2 * moved.max(axis=0, initial=0.0))


def _picks(weights: Floats) -> bool:
    """Whether every result reads one slot at most: then nothing cancels, and a bound for each slot will do."""
    return bool((np.count_nonzero(weights, axis=0) <= 1).all())


def _through_head(found: Margins, plan: HeadPlan) -> None:
    circuit = found.circuit
    heat = temperature(plan, circuit.longest, found.leak)
    noise = 8 * found.rounding * abs(plan.begin) * heat
    for term in together(plan.terms):
        enough = 2.0**-14 / heat
        noise += 8 * found.rounding * float(np.abs(term.scores).max(initial=0.0)) * heat
        if term.key is not None:
            noise += float(found.linear(term.key.slots, term.scores, enough).max(initial=0.0)) * heat
        if term.query is not None:
            noise += float(found.linear(term.query.slots, term.scores.T, enough).max(initial=0.0)) * heat
    leak = found.leak * math.exp(min(2 * noise, 100.0))
    for carry in plan.carries:
        weights = np.abs(carry.weights)
        inherited = found.linear(carry.source, carry.weights, 2.0**10 * found.rounding)
        rounding = 8 * found.rounding
        size = np.maximum(weights.max(axis=0, initial=0.0), np.abs(carry.begin))
        found.absolute[carry.target] += inherited + leak * size
        found.rest[carry.target] += inherited + leak * size
        if carry.average:
            spread = math.expm1(min(2 * noise, 100.0)) + rounding * math.sqrt(circuit.longest + 1)
            found.relative[carry.target] += spread
        else:
            found.absolute[carry.target] += rounding * size
            found.rest[carry.target] += rounding * size


def _through_units(found: Margins, part: Units) -> None:
    rounding = 4 * found.rounding
    if part.points is not None and part.room is not None and part.weights is not None:
        weights = np.abs(part.weights)
        absolute = float(found.linear(part.source, part.weights[:, None], part.room.min() / 16)[0])
        relative = float(found.relative[part.source].max(initial=0.0))
        error = absolute + (relative + rounding) * np.abs(part.points) + found.rounding * part.size
        if part.ramps is not None and part.changes is not None and len(part.changes):
            through = np.maximum(error[part.changes], error[part.changes + 1])
            found.ramps.setdefault(int(part.target[0]), []).append((part.ramps, through))
            found.absolute[part.target] += 2 * (np.abs(part.ramps) * through[:, None]).max(axis=0)
        for i in np.argsort(part.room / error)[:1].tolist() if len(error) else []:
            if math.isfinite(part.room[i]):
                found.check(part.owner, float(part.room[i]), float(error[i]))
        slope = np.abs(part.inward).max(axis=0) / max(float(weights.max(initial=0.0)), 1e-300)
        sizes = slope * part.size + np.abs(part.bias)
        units = rounding * sizes
        # Each slot adds up its own large terms, which cancel: what that rounds is no step that is a little off.
        summed = 2 * found.rounding * (np.abs(part.outward).T @ sizes)
        found.rest[part.target] += summed
        found.absolute[part.target] += np.abs(part.outward).T @ units + summed
        found.steps.setdefault(int(part.target[0]), []).append((part.outward, units))
    else:
        units = found.absolute[part.source] @ np.abs(part.inward) + rounding * part.size
        found.check(part.owner, 0.5, float(units.max(initial=0.0)))
        found.absolute[part.target] += (np.abs(part.outward) * units[:, None]).max(axis=0, initial=0.0) * 2
        found.rest[part.target] += (np.abs(part.outward) * units[:, None]).max(axis=0, initial=0.0) * 2
