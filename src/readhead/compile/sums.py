"""Sums and means of several values: numbers that attention brings, and steps that tell them apart."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from readhead.compile.cells import one_hot, steps
from readhead.compile.circuit import Carry, Circuit, HeadPlan, attention_time, block_of, mlp_time
from readhead.compile.heads import Heads, Reach
from readhead.compile.relations import Conjunction
from readhead.compile.totals import TooMany, Totals, averages, totals
from readhead.compile.values import Codes, Floats, Function, constant, ordered, simplified, view
from readhead.program.domains import exact
from readhead.program.nodes import Aggregate
from readhead.program.operators import Value


class Sums:
    """Turns sums and means into heads and steps.

    Args:
        circuit: what is being built.
        heads: makes the heads.
    """

    def __init__(self, circuit: Circuit, heads: Heads) -> None:
        self._circuit = circuit
        self._heads = heads

    def added(
        self, node: Aggregate, part: Conjunction, values: Function, default: Value | None, name: str
    ) -> Function:
        """The sum or mean of the selected values."""
        if values.constant:
            return self._multiple(node, values.values[0], default, name)
        reach = self._heads.reach(part)
        try:
            found = totals(values.values, node.reduce, reach.most, self._circuit.budget.units)
        except TooMany as many:
            raise self._circuit.refuse(
                name, "different sums or more", many.count, self._circuit.budget.units, "units"
            ) from None
        static = self._heads.static(part)
        if node.reduce == "mean" and all(type(v) is float for v in values.values):
            points = averages(found)
            if points is not None:
                return self._mean(part, values, found, points, default, name)
        if static is not None:
            return self._mean_by_position(part, values, found, default, name, static)
        return self._by_count(part, values, found, default, reach, name)

    def _multiple(self, node: Aggregate, value: Value, default: Value | None, name: str) -> Function:
        """The sum or mean of equal values: a function of how many there are."""
        width = self._heads.width(node.selector, f"{name}~width")
        widths = [w for w in width.values if isinstance(w, int)]
        found = totals([value], node.reduce, max(widths), max(widths)).results
        results = [next(iter(found[w - 1].values()), None) if w else default for w in widths]
        known = ordered([r for r in results if r is not None])
        index = {exact(v): i for i, v in enumerate(known)}
        codes = np.array([-1 if r is None else index[exact(r)] for r in results], dtype=np.intp)
        return simplified(known, width.sources, np.append(codes, -1)[width.codes])

    def _carry_codes(self, slot: int, values: Function, found: Totals, begin: float, name: str) -> Carry:
        codes = np.array([float(c) for c in found.codes] + [0.0])[values.codes.reshape(-1)]
        return Carry(name, values.sources[0].slots, codes[:, None], np.array([slot]), np.array([begin]), True)

    def _mean(
        self,
        part: Conjunction,
        values: Function,
        found: Totals,
        points: dict[Fraction, Value],
        default: Value | None,
        name: str,
    ) -> Function:
        """The mean of floats: the softmax's own, told apart by steps."""
        time = attention_time(max(part.time, values.time))
        if default is not None:
            points = points | {Fraction(2): default}
        slot = self._mean_slot(part, values, found, default is not None, name, time)
        return self._stepped(name, mlp_time(time), np.array([slot]), np.ones(1), points)

    def _mean_slot(
        self, part: Conjunction, values: Function, found: Totals, caught: bool, name: str, time: int
    ) -> int:
        slot = self._circuit.number(name, "mean", time)
        begin = len(part.relations) - (0.5 if caught else 1.0)
        plan = self._heads.head(
            ("copy", block_of(time), part.identity, not caught),
            lambda: HeadPlan(name, block_of(time), self._heads.terms(part), begin, 0.5 if caught else 1.0),
        )
        plan.carries.append(self._carry_codes(slot, values, found, 2.0, name))
        return slot

    def _mean_by_position(
        self,
        part: Conjunction,
        values: Function,
        found: Totals,
        default: Value | None,
        name: str,
        static: Codes,
    ) -> Function:
        """As by count, where the position says how many keys there are."""
        time = attention_time(max(part.time, values.time))
        empty = bool((static == 0).any()) and default is not None
        slot = self._mean_slot(part, values, found, empty, name, time)
        points: dict[Fraction, Value] = {}
        widths = np.unique(static).tolist()
        for level, width in enumerate(widths):
            if width:
                points |= {c / width + 3 * level: v for c, v in found.results[width - 1].items()}
            elif default is not None:
                points[Fraction(2 + 3 * level)] = default
        levels = 3.0 * np.searchsorted(widths, static)
        source = np.append(self._circuit.position().slots, slot)
        made = self._stepped(name, mlp_time(time), source, np.append(levels, 1.0), points)
        if made.sources:
            by_width = [
                set(map(exact, found.results[w - 1].values()))
                if w
                else {exact(default)}
                if default is not None
                else set()
                for w in static.tolist()
            ]
            together = np.array([[exact(v) in some for v in made.values] for some in by_width])
            self._circuit.possible[id(self._circuit.position()), id(made.sources[0])] = together
        return made

    def _by_count(
        self,
        part: Conjunction,
        values: Function,
        found: Totals,
        default: Value | None,
        reach: Reach,
        name: str,
    ) -> Function:
        """A sum or mean of values that say, with the number of keys, what it is.

        One head brings the sum of codes and the beginning's weight, both divided by the number of keys and one. The
        latter is scaled so that different numbers of keys never overlap.
        """
        time = attention_time(max(part.time, values.time))
        slot = self._circuit.number(name, "sum", time)
        share = self._circuit.number(name, "share", time)
        block = block_of(time)
        begin = float(len(part.relations))
        plan = self._heads.head(
            ("count", block, part.identity),
            lambda: HeadPlan(name, block, self._heads.terms(part), begin, 1.0),
        )
        plan.carries.append(self._carry_codes(slot, values, found, 0.0, name))
        plan.carries.append(
            Carry(name, np.zeros(0, dtype=np.intp), np.zeros((0, 1)), np.array([share]), np.ones(1), True)
        )
        scale = (reach.most + 1) * (reach.most + 2)
        points: dict[Fraction, Value] = {}
        for width in range(reach.fewest, reach.most + 1):
            if width == 0:
                if default is not None:
                    points[Fraction(scale)] = default
                continue
            base = Fraction(scale, width + 1)
            points |= {base + c / (width + 1): v for c, v in found.results[width - 1].items()}
        return self._stepped(
            name, mlp_time(time), np.array([slot, share]), np.array([1.0, float(scale)]), points
        )

    def _stepped(
        self, name: str, time: int, source: Codes, weights: Floats, points: dict[Fraction, Value]
    ) -> Function:
        """A variable that a number decides."""
        results = ordered(list(points.values()))
        if len(results) <= 1:
            return constant(results[0] if results else False)
        index = {exact(v): i for i, v in enumerate(results)}
        numbers = sorted(points)
        codes = np.array([index[exact(points[x])] for x in numbers], dtype=np.intp)
        made = self._circuit.variable(name, results, time)
        units = steps(
            self._circuit.plateau,
            name,
            block_of(time),
            source,
            weights,
            np.array([float(x) for x in numbers]),
            one_hot(codes, len(results)),
            made.slots,
            float(max(map(abs, numbers))),
        )
        if len(units.bias) > self._circuit.budget.units:
            raise self._circuit.refuse(
                name, "hidden units", len(units.bias), self._circuit.budget.units, "units"
            )
        self._circuit.units.append(units)
        return view(made)
