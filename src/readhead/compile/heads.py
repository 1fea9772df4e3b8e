"""Heads, and how many keys they select."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from readhead.compile.cells import one_hot, steps
from readhead.compile.circuit import Carry, Circuit, HeadPlan, Term, attention_time, block_of, mlp_time
from readhead.compile.facts import Facts
from readhead.compile.relations import Booleans, Conjunction, Selectors
from readhead.compile.values import Codes, Floats, Function, constant, ordered, simplified, view
from readhead.program.nodes import Closest, Selector


@dataclass(frozen=True, slots=True)
class Reach:
    """How many keys a conjunction can select: at every position, the fewest and the most."""

    fewest: int
    most: int


class Heads:
    """Makes heads, those of equal scores only once, and turns the numbers of keys that they select into variables.

    Args:
        circuit: what is being built.
        selectors: makes conjunctions of selectors.
    """

    def __init__(self, circuit: Circuit, selectors: Selectors) -> None:
        self.facts = Facts(circuit)
        self.selectors = selectors
        self._circuit = circuit
        self._made: dict[tuple[object, ...], HeadPlan] = {}
        self._widths: dict[tuple[object, ...], Function] = {}
        self._shares: dict[tuple[object, ...], tuple[int, HeadPlan]] = {}

    def width(self, selector: Selector, name: str) -> Function:
        """How many keys a selector selects."""
        if isinstance(selector, Closest):
            return constant(1)
        parts = [p for p in self.selectors.disjoint(selector, name) if not p.never]
        identity = tuple(p.identity for p in parts)
        if identity not in self._widths:
            self._widths[identity] = self._counted(parts, name)
        return self._widths[identity]

    def _counted(self, parts: Sequence[Conjunction], name: str) -> Function:
        if not parts:
            return constant(0)
        if len(parts) == 1:
            width = self._width(parts[0], name)
            self.facts.computed(width, parts[0], count=True)
            return width
        reaches = [self.reach(p) for p in parts]
        most = self._circuit.longest - all(p.own() is False for p in parts)
        time = max(mlp_time(attention_time(p.time)) for p in parts)
        total = self._circuit.number(name, "count", time)
        for i, (part, reach) in enumerate(zip(parts, reaches, strict=True)):
            self._count_into(total, part, reach, f"{name}~{i}", name, block_of(time))
        low, high = sum(r.fewest for r in reaches), min(most, sum(r.most for r in reaches))
        counts = np.arange(low, high + 1)
        if len(counts) == 1:
            return constant(int(counts[0]))
        made = self._circuit.variable(name, tuple(counts.tolist()), mlp_time(time))
        self._circuit.units.append(
            steps(
                self._circuit.plateau,
                name,
                block_of(made.time),
                np.array([total]),
                np.ones(1),
                counts.astype(float),
                np.eye(len(counts)),
                made.slots,
            )
        )
        return view(made)

    def _count_into(
        self, total: int, part: Conjunction, reach: Reach, head: str, name: str, block: int
    ) -> None:
        """Add a number of selected keys to a slot."""
        share, points, counts = self._share(part, reach, head, name)
        results = counts[:, None].astype(np.float64)
        self._circuit.units.append(
            steps(
                self._circuit.plateau,
                name,
                block,
                np.array([share]),
                np.ones(1),
                points,
                results,
                np.array([total]),
            )
        )

    def _share(self, part: Conjunction, reach: Reach, head: str, name: str) -> tuple[int, Floats, Codes]:
        """The slot of the beginning's share of the attention, the numbers it can be (ascending), and the counts."""
        identity = part.identity
        if identity not in self._shares:
            time = attention_time(part.time)
            slot = self._circuit.number(head, "share", time)
            plan = self.counting(part, head)
            self._shares[identity] = slot, plan
            plan.carries.append(
                Carry(name, np.zeros(0, dtype=np.intp), np.zeros((0, 1)), np.array([slot]), np.ones(1), True)
            )
        counts = np.arange(reach.most, reach.fewest - 1, -1)
        slot, plan = self._shares[identity]
        plan.readers.append(name)
        return slot, np.divide(1.0, counts + 1.0, dtype=np.float64), counts

    def _width(self, part: Conjunction, name: str) -> Function:
        static = self.static(part)
        if static is not None:
            return self._of_indices(static)
        reach = self.reach(part)
        if reach.fewest == reach.most:
            return constant(reach.most)
        share, points, counts = self._share(part, reach, name, name)
        time = mlp_time(attention_time(part.time))
        values = tuple(sorted(counts.tolist()))
        made = self._circuit.variable(name, values, time)
        results = one_hot(np.searchsorted(values, counts), len(values))
        self._circuit.units.append(
            steps(
                self._circuit.plateau,
                name,
                block_of(time),
                np.array([share]),
                np.ones(1),
                points,
                results,
                made.slots,
            )
        )
        if not part.relations and self._circuit.reads_position:
            position = self._circuit.position()
            lengths = np.array(values)[None, :] > np.arange(self._circuit.longest)[:, None]
            self._circuit.possible[id(position), id(made)] = lengths
        return view(made)

    def _of_indices(self, numbers: Codes) -> Function:
        values = ordered(numbers.tolist())
        return simplified(values, (self._circuit.position(),), np.searchsorted(values, numbers))

    def static(self, part: Conjunction) -> Codes | None:
        """How many keys each position selects, where that depends on nothing else."""
        n = self._circuit.longest
        causal = self._circuit.causal
        if part.never or (not part.relations and not causal):
            return None
        holds = self._by_position(part)
        if holds is None:
            return None
        key, query = np.arange(n)[:, None], np.arange(n)[None, :]
        if causal:
            return np.asarray((holds & (key <= query)).sum(axis=0))
        beyond = (holds & (key > query)).any()
        return None if beyond else np.asarray(holds.sum(axis=0))

    def _by_position(self, part: Conjunction) -> Booleans | None:
        """Which position selects which, where a conjunction reads positions only."""
        n = self._circuit.longest
        holds: Booleans = np.ones((n, n), dtype=bool)
        for r in part.relations:
            if any(v is not None and not self._circuit.is_position(v) for v in (r.key, r.query)):
                return None
            holds = np.logical_and(holds, r.holds)
        return holds

    def reach(self, part: Conjunction) -> Reach:
        """The fewest and the most keys that are selected."""
        circuit = self._circuit
        own = part.own()
        fewest = max(1, circuit.program.vocabulary.markers) if not part.relations else int(own is True)
        most = circuit.longest - (own is False)
        for r in part.relations:
            if r.key is not None and self._circuit.is_position(r.key):
                seen = r.holds
                if r.query is r.key and circuit.causal:
                    seen = np.triu(seen)
                most = min(most, int(seen.sum(axis=0).max(initial=0)))
        if most > 1 and self.facts.single(part):
            most = 1
        return Reach(fewest, max(most, fewest))

    def terms(self, part: Conjunction, scale: float = 1.0) -> tuple[Term, ...]:
        return tuple(Term(r.key, r.query, r.holds.astype(np.float64) * scale) for r in part.relations)

    def head(self, key: tuple[object, ...], plan: Callable[[], HeadPlan]) -> HeadPlan:
        if key not in self._made:
            self._made[key] = plan()
            self._circuit.heads.append(self._made[key])
        return self._made[key]

    def counting(self, part: Conjunction, name: str) -> HeadPlan:
        """A head whose beginning position weighs as much as one selected key."""
        block = block_of(attention_time(part.time))
        begin = float(len(part.relations))
        return self.head(
            ("count", block, part.identity), lambda: HeadPlan(name, block, self.terms(part), begin, 1.0)
        )
