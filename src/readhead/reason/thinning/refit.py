"""The read-out fitted again: other small whole numbers as weights, so that fewer inputs will do.

With the variables fixed, the read-out is a multinomial logistic regression, a convex problem. It is solved by L-BFGS
(Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989) on the rows that are wrong
or nearly so and on some others, then rounded to the coarsest grid that loses no more answers than are allowed. The
answers to be kept are those that were right at first: the others are no part of the problem.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from readhead.program.columns import Array, Column
from readhead.program.nodes import CategoricalScores, Classify, Constant, NumericScores
from readhead.reason.thinning.answers import Item
from readhead.reason.thinning.state import State

ROWS = 6000
"""At most so many rows are fitted at once."""
ROUNDS = 3
"""How often the rows that are still wrong are added, and the weights fitted again."""
STEPS = 80
"""Steps of each fit."""
MEMORY = 8
"""How many steps L-BFGS remembers."""
PENALTY = 1e-5
"""Of the squared weights: enough for separable problems to have an answer."""
GRIDS = (1, 2, 3, 4, 6, 8, 12, 20, 40, 100, 300)
"""Grid points for each unit of log-odds, coarsest first."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a read-out sees at the places that were right at first, equal ones merged.

    Attributes:
        items: the read-out's inputs.
        codes: ``[input, row]``: which of its values an input has, as its scores count them; or the number that it is.
        labels: ``[row]``, the right one's code.
        counts: ``[row]``, how many places there are of each.
    """

    items: tuple[Item, ...]
    codes: Array
    labels: Array
    counts: Array

    def without(self, index: int) -> Rows:
        """The same without one input."""
        items = self.items[:index] + self.items[index + 1 :]
        return Rows(items, np.delete(self.codes, index, axis=0), self.labels, self.counts)


def rows_of(state: State) -> Rows:
    """The rows of a program's read-out, laid out on the examples."""
    readout = state.output
    assert isinstance(readout, Classify)
    columns: list[list[Array]] = [[] for _ in readout.inputs]
    labels = []
    for part, places in zip(state.bench.parts, state.answers.places, strict=True):
        kept = places.needed
        for found, item in zip(columns, readout.inputs, strict=True):
            column = part.of(item.variable)
            assert isinstance(column, Column)
            codes = state.answers.scores(item).codes(column)
            found.append(codes[places.positions[kept], places.columns[kept]])
        labels.append(places.labels[kept])
    codes = np.array([np.concatenate(found) for found in columns]).reshape(len(columns), -1)
    answers = np.concatenate(labels)
    mixed = np.random.default_rng(0).integers(1, 2**62, size=(len(codes) + 1, 1))
    with np.errstate(over="ignore"):
        identity = (np.concatenate([codes, answers[None]]) * mixed).sum(axis=0)
    _, first, counts = np.unique(identity, return_index=True, return_counts=True)
    return Rows(readout.inputs, codes[:, first], answers[first], counts)


def tables_of(state: State, items: Sequence[Item]) -> list[Array]:
    """For each input the scores of its values, the last for those without a row; or a number's coefficients."""
    return [state.answers.scores(item).table for item in items]


def refit(state: State, rows: Rows, limit: int) -> Classify | None:
    """A read-out over these inputs that loses no more than ``limit`` of the places; None where none is found.

    Args:
        state: the program; its read-out has these inputs, and perhaps more.
        rows: the inputs, and what they are at the places.
        limit: how many places may be lost.
    """
    readout = state.output
    assert isinstance(readout, Classify)
    if readout.pooled or not rows.items:
        return None
    layout = _Layout(rows, len(readout.labels))
    weights = layout.flat(tables_of(state, rows.items))
    margins = layout.margins(weights)
    working = np.zeros(0, dtype=np.intp)
    for _ in range(ROUNDS):
        hard = np.argsort(margins, kind="stable")[: ROWS // 2]
        spread = np.linspace(0, len(margins) - 1, min(len(margins), ROWS // 4)).astype(np.intp)
        working = np.union1d(working[:ROWS], np.union1d(hard, spread))
        weights = _fitted(layout, working, weights)
        margins = layout.margins(weights)
        if int(rows.counts[margins <= 0].sum()) <= limit:
            break
    for grid in GRIDS:
        rounded = np.rint(weights * grid)
        if int(rows.counts[layout.margins(rounded) <= 0].sum()) <= limit:
            return layout.readout(readout, rounded.astype(np.int64))
    return None


class _Layout:
    """One-hot features of the inputs, one after another, and weights ``[feature, label]`` for them."""

    def __init__(self, rows: Rows, labels: int) -> None:
        self.rows = rows
        self.labels = labels
        sizes = [1 if isinstance(i, NumericScores) else len(i.rows) + 1 for i in rows.items]
        self.starts = np.cumsum([0, *sizes])
        self.numeric = [isinstance(i, NumericScores) for i in rows.items]
        pairs = zip(rows.codes, self.numeric, strict=True)
        self.scale = [max(1, int(np.abs(c).max(initial=0))) if numeric else 1 for c, numeric in pairs]

    def flat(self, tables: Sequence[Array]) -> Array:
        """The weights as they are, in units in which most are small."""
        given = np.concatenate([np.asarray(t, dtype=np.float64) for t in tables])
        return given / max(1.0, float(np.abs(given).max()) / 8)

    def features(self, chosen: Array) -> Array:
        """``[row, feature]``."""
        found = np.zeros((len(chosen), int(self.starts[-1])), dtype=np.float32)
        at = np.arange(len(chosen))
        for codes, start, numeric, scale in zip(
            self.rows.codes, self.starts, self.numeric, self.scale, strict=False
        ):
            if numeric:
                found[:, start] = codes[chosen] / scale
            else:
                found[at, start + codes[chosen]] = 1
        return found

    def margins(self, weights: Array) -> Array:
        """How far the right label's score is above the best other, at each row."""
        scores = np.zeros((len(self.rows.labels), self.labels))
        for codes, start, numeric, end in zip(
            self.rows.codes, self.starts[:-1], self.numeric, self.starts[1:], strict=True
        ):
            scores += codes[:, None] * weights[start] if numeric else weights[start:end].take(codes, axis=0)
        at = np.arange(len(scores))
        own = scores[at, self.rows.labels].copy()
        scores[at, self.rows.labels] = -np.inf
        margins: Array = own - scores.max(axis=1)
        return margins

    def readout(self, old: Classify, weights: Array) -> Classify:
        """The read-out with these weights; the row of values that have none becomes rows of the others."""
        inputs: list[Item] = []
        bias = np.zeros(self.labels, dtype=np.int64)
        for item, start, end in zip(self.rows.items, self.starts[:-1], self.starts[1:], strict=True):
            block = weights[start:end]
            if isinstance(item, NumericScores):
                inputs.append(NumericScores(item.variable, tuple(block[0].tolist())))
            else:
                rest = block[-1]
                bias += rest
                scores = [tuple((row - rest).tolist()) for row in block[:-1]]
                values = [value for value, _ in item.rows]
                inputs.append(CategoricalScores(item.variable, zip(values, scores, strict=True)))
        return Classify(old.labels, (*inputs, *_bias(bias)), old.pooled, name=old.name)


def _bias(bias: Array) -> list[Item]:
    low = int(bias.min())
    return (
        [NumericScores(Constant(1, name="ones"), tuple((bias - low).tolist()))] if (bias != low).any() else []
    )


def _fitted(layout: _Layout, chosen: Array, start: Array) -> Array:
    """Weights that explain the labels of some rows: the logistic regression, from where it was."""
    features = layout.features(chosen)
    labels = layout.rows.labels[chosen]
    counts = np.minimum(layout.rows.counts[chosen], 8).astype(np.float32)
    scale = np.ones(len(start))
    for at, numeric, unit in zip(layout.starts, layout.numeric, layout.scale, strict=False):
        if numeric:
            scale[at] = unit
    at = np.arange(len(chosen))

    def loss(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(start.shape).astype(np.float32)
        scores = features @ weights
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        sums = shares.sum(axis=1, keepdims=True)
        value = float((counts * (np.log(sums[:, 0]) - scores[at, labels])).sum(dtype=np.float64))
        shares /= sums
        shares[at, labels] -= 1
        slope = (features.T @ (shares * counts[:, None])).astype(np.float64).ravel()
        size = len(chosen)
        return value / size + PENALTY * float(flat @ flat), slope / size + 2 * PENALTY * flat

    found = minimise(loss, (start * scale[:, None]).ravel())
    weights: Array = found.reshape(start.shape) / scale[:, None]
    return weights


def minimise(loss: Callable[[Array], tuple[float, Array]], x: Array) -> Array:
    """The lowest point of a convex function that is found in :data:`STEPS` steps of L-BFGS."""
    value, slope = loss(x)
    history: list[tuple[Array, Array, float]] = []
    for _ in range(STEPS):
        direction = -_scaled(slope, history)
        if direction @ slope >= 0:
            history.clear()
            direction = -slope
        step, descent = 1.0, float(direction @ slope)
        while True:
            ahead = x + step * direction
            found, steep = loss(ahead)
            if found <= value + 1e-4 * step * descent or step < 1e-6:
                break
            step /= 2
        if step < 1e-6:
            break
        moved, bent = ahead - x, steep - slope
        curvature = float(moved @ bent)
        if curvature > 1e-12:
            history = [*history[-MEMORY + 1 :], (moved, bent, curvature)]
        x, value, slope = ahead, found, steep
    return x


def _scaled(slope: Array, history: Sequence[tuple[Array, Array, float]]) -> Array:
    """The slope times the inverse curvature, as far as the last steps tell it."""
    found = slope.copy()
    weights = []
    for moved, bent, curvature in reversed(history):
        weight = float(moved @ found) / curvature
        weights.append(weight)
        found -= weight * bent
    if history:
        moved, bent, curvature = history[-1]
        found *= curvature / float(bent @ bent)
    for (moved, bent, curvature), weight in zip(history, reversed(weights), strict=True):
        found += (weight - float(bent @ found) / curvature) * moved
    return found
