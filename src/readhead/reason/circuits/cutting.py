"""Taking a program apart: what can be replaced without changing the answers that are asked about.

Two ways to replace a variable, as is usual for circuits in neural networks: by its mean (here its commonest value, or
of numbers the value nearest to the mean), or by what it is on another input drawn at random (resample ablation; Chan
et al., 2022, "Causal scrubbing"). What is replaced stays replaced while the next part is tried: the search is greedy,
the parts that matter least first, until nothing more can go. Every trial runs the changed program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np

from readhead.program.columns import Array, Column, constant
from readhead.program.nodes import Aggregate, Classify, Constant, Map, SelectorWidth, SOp, Table
from readhead.program.operators import Value
from readhead.program.plan import Result
from readhead.program.reading import content_span
from readhead.reason.circuits.asking import Asked
from readhead.reason.circuits.patching import Edge, Runs, State, Stretch, same, usual

Ablation = Literal["mean", "resample"]


@dataclass(frozen=True, slots=True)
class Score:
    """How much a part matters for the answers that are asked about.

    Attributes:
        name: the variable.
        kind: ``head``, ``table`` or ``operator``.
        mean: the share of answers that change where it is replaced by its mean or commonest value.
        resample: the share that changes where it is what it is on another input, on average over the draws.
    """

    name: str
    kind: str
    mean: float
    resample: float


@dataclass(frozen=True, slots=True)
class Cuts:
    """What was replaced, by which values.

    Attributes:
        nodes: variables.
        edges: single arguments of variables that go on to be read by others.
    """

    nodes: Mapping[str, Value]
    edges: Mapping[Edge, Value]


class Cutter:
    """Tries replacements, and keeps those that change nothing.

    Args:
        runs: the program on all inputs.
        asked: the answers that have to stay.
        ablation: ``"mean"``: they stay with the mean in place of what is cut. ``"resample"``: they also stay where all
            that is cut is what it is on another input.
        draws: how many other inputs are tried.
        keep: the share of the answers that has to stay.
        seed: what decides which other inputs.
    """

    def __init__(
        self, runs: Runs, asked: Asked, *, ablation: Ablation, draws: int, keep: float, seed: int
    ) -> None:
        self.runs, self.program = runs, runs.program
        self.masks = [runs.asked(stretch, asked.wanted) for stretch in runs.stretches]
        self.total = asked.count
        self.least = ceil(keep * self.total - 1e-9)
        rng = np.random.default_rng(seed)
        self.draws = [[_others(s.block.size, rng) for s in runs.stretches] for _ in range(draws)]
        self.keeps_rows_of_all = ablation == "resample"
        variants = 1 + (draws if ablation == "resample" else 0)
        self.states = [[State(dict(s.results)) for s in runs.stretches] for _ in range(variants)]
        self.nodes: dict[str, Value] = {}
        self.edges: dict[Edge, Value] = {}
        self._usual: dict[str, tuple[Value, ...]] = {}

    def usual(self, name: str) -> tuple[Value, ...]:
        """What could stand for a variable on all inputs."""
        if name not in self._usual:
            stretches = self.runs.stretches
            masks = []
            for stretch in stretches:
                first, last = content_span(self.program.vocabulary, stretch.block.n)
                mask = np.zeros((stretch.block.n, stretch.block.size), dtype=bool)
                mask[first:last] = True
                masks.append(mask)
            self._usual[name] = usual((s.column(name) for s in stretches), masks)
        return self._usual[name]

    def scores(self) -> tuple[Score, ...]:
        """How much each head and each table matters, alone, before anything is cut."""
        found = []
        for name, node in self.program.variables.items():
            if isinstance(node, Aggregate | SelectorWidth | Map):
                kind = (
                    "head"
                    if not isinstance(node, Map)
                    else "table"
                    if isinstance(node.function, Table)
                    else "operator"
                )
                found.append(Score(name, kind, *self._effects([name], [])))
        return tuple(found)

    def edge_effect(self, edge: Edge) -> float:
        """How much a single argument matters."""
        return max(self._effects([], [edge]))

    def _effects(self, nodes: list[str], edges: list[Edge]) -> tuple[float, float]:
        names = nodes or [self._source(edges[0])]
        value = self.usual(names[0])
        mean = 0 if not value else self._changed(nodes, edges, [value[-1]] * len(self.masks))
        drawn = sum(self._changed(nodes, edges, draw) for draw in self.draws)
        return mean / self.total, drawn / (self.total * max(1, len(self.draws)))

    def _changed(self, nodes: list[str], edges: list[Edge], by: Sequence[Value | Array]) -> int:
        """How many of the answers change, in the program as it was; all of a stretch where one has no value."""
        changed = 0
        for number, stretch in enumerate(self.runs.stretches):
            if not self.masks[number].any():
                continue
            state = State(stretch.results)
            new = self.runs.again(
                stretch,
                state,
                {name: _patch(stretch, name, by[number]) for name in nodes},
                {e: _patch(stretch, self._source(e), by[number]) for e in edges},
            )
            changed += self._lost(stretch, number, new)
        return changed

    def _lost(self, stretch: Stretch, number: int, new: Mapping[str, Result] | None) -> int:
        """How many of the answers of a stretch are others now."""
        mask = self.masks[number]
        if new is None:
            return int(mask.sum())
        output = self.runs.output
        if output not in new:
            return 0
        column = new[output]
        assert isinstance(column, Column)
        return int((mask & ~same(stretch.column(output), column)).sum())

    def _source(self, edge: Edge) -> str:
        step = next(step for step in self.runs.steps if step.name == edge[0])
        return step.reads[edge[1]]

    def cut(self, nodes: Iterable[str], edges: Iterable[Edge] = ()) -> bool:
        """Replace these, if the answers stay; whether they do."""
        given_nodes, given_edges = list(nodes), list(edges)
        names = [*given_nodes, *map(self._source, given_edges)]
        several = max((len(self.usual(name)) for name in names), default=0)
        if any(not self.usual(name) for name in names):
            return False
        for choice in range(several):
            values = {name: self.usual(name)[min(choice, len(self.usual(name)) - 1)] for name in names}
            if self._try(given_nodes, given_edges, values):
                self.nodes.update((name, values[name]) for name in given_nodes)
                self.edges.update((edge, values[self._source(edge)]) for edge in given_edges)
                return True
        return False

    def _try(self, nodes: list[str], edges: list[Edge], values: Mapping[str, Value]) -> bool:
        """Replace in all variants, and keep what changed where every one of them still answers as it should."""
        pending = []
        for variant, states in enumerate(self.states):
            lost = 0
            for number, (stretch, state) in enumerate(zip(self.runs.stretches, states, strict=True)):
                if not self.masks[number].any():
                    continue

                def patch(
                    name: str, stretch: Stretch = stretch, number: int = number, variant: int = variant
                ) -> Column:
                    by = values[name] if variant == 0 else self.draws[variant - 1][number]
                    return _patch(stretch, name, by)

                new_nodes = {name: patch(name) for name in nodes}
                new_edges = {edge: patch(self._source(edge)) for edge in edges}
                new = self.runs.again(stretch, state, new_nodes, new_edges)
                after = None if new is None else {**state.results, **new}
                lost += self._lost(stretch, number, after)
                if new is None or self.total - lost < self.least:
                    return False
                pending.append((state, new, new_nodes, new_edges))
        for state, new, new_nodes, new_edges in pending:
            state.results.update(new)
            state.nodes.update(new_nodes)
            state.edges.update(new_edges)
        return True

    def live(self) -> set[str]:
        """The variables that the output still needs."""
        found = {self.runs.output}
        for step in reversed(self.runs.steps):
            if step.name in found and step.name not in self.nodes:
                found.update(name for i, name in enumerate(step.reads) if (step.name, i) not in self.edges)
        return found - self.nodes.keys()


def minimise(cutter: Cutter, scores: Mapping[str, float], tick: Callable[[str], None]) -> Cuts:
    """Cut all that can go: first inputs of read-outs, then variables, then arguments; until nothing more can.

    Args:
        cutter: what tries.
        scores: how much each variable matters; what matters least is tried first.
        tick: told of each part that is tried.
    """
    effects: dict[Edge, float] = {}
    before = -1
    while before != (before := len(cutter.nodes) + len(cutter.edges)):
        for edges in (_readout_edges, None, _map_edges):
            if edges is None:
                for name in _ordered(cutter, scores):
                    tick(name)
                    if name in cutter.live():
                        cutter.cut([name])
                continue
            found = list(edges(cutter))
            effects |= {edge: cutter.edge_effect(edge) for edge in found if edge not in effects}
            for edge in sorted(found, key=lambda e: (effects[e], -e[1])):
                tick(edge[0])
                if edge[0] in cutter.live():
                    cutter.cut([], [edge])
    return Cuts(dict(cutter.nodes), dict(cutter.edges))


def _ordered(cutter: Cutter, scores: Mapping[str, float]) -> list[str]:
    """The variables that could go, those that matter least first, and of these the last first."""
    live = cutter.live()
    order = {name: i for i, name in enumerate(cutter.program.variables)}
    names = [
        name
        for name, node in cutter.program.variables.items()
        if name in live and isinstance(node, SOp) and not isinstance(node, Constant)
    ]
    return sorted(names, key=lambda name: (scores.get(name, 0.0), -order[name]))


def _readout_edges(cutter: Cutter) -> Iterator[Edge]:
    return _edges(cutter, Classify)


def _map_edges(cutter: Cutter) -> Iterator[Edge]:
    return _edges(cutter, Map)


def _edges(cutter: Cutter, kind: type[Classify] | type[Map]) -> Iterator[Edge]:
    """The arguments that are still read and are no constants."""
    live = cutter.live()
    for step in cutter.runs.steps:
        if step.name in live and isinstance(cutter.program.variables[step.name], kind):
            for i, name in enumerate(step.reads):
                constant_one = isinstance(cutter.program.variables[name], Constant) or name in cutter.nodes
                if (step.name, i) not in cutter.edges and not constant_one:
                    yield step.name, i


def _others(size: int, rng: np.random.Generator) -> Array:
    """For each of so many inputs another one; itself where there is no other."""
    if size == 1:
        return np.zeros(1, dtype=np.intp)
    order = rng.permutation(size)
    others = np.empty(size, dtype=np.intp)
    others[order] = np.roll(order, 1)
    return others


def _patch(stretch: Stretch, name: str, by: Value | Array) -> Column:
    """What stands in a variable's place: a value everywhere, or its values on other inputs."""
    column = stretch.column(name)
    if isinstance(by, np.ndarray):
        return Column(column.values[:, by], column.domain)
    return constant(by, column.values.shape)
