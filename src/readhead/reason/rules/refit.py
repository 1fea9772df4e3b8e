"""A read-out over fewer inputs with other weights: where the answers can be told apart without an input, it goes.

The weights are found by logistic regression (softmax, with Adam's steps: Kingma and Ba, 2015) on those places where the
program answers that are hard so far, each different one once, and rounded to the coarsest whole numbers that still do.
Nothing rests on how they were found: they stand only if every answer is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from readhead.program.columns import Array
from readhead.program.nodes import CategoricalScores, Classify, Node, NumericScores, SOp
from readhead.program.operators import Value
from readhead.program.readout import first_best
from readhead.program.rewrite import replace_node
from readhead.reason.observe import Observed
from readhead.reason.rules.functions import answers_only, codes_of
from readhead.reason.rules.work import Edit, Work, cost, edited

WORKING = 2048
"""The most places that weights are fitted to at once."""

ADDED = 512
"""So many places that are answered wrongly join them in a round."""

ROUNDS, STEPS = 24, 300
"""The most rounds, and the most steps in each."""

RATE, MEAN, SQUARE = 0.05, 0.9, 0.99
"""The length of a step, and how much of the past its direction and its scale keep."""

MARGIN = 1e-3
"""By so much the right label's score is to exceed the others' before rounding."""

FINEST = 18
"""Weights are rounded to multiples of one part in a power of two, up to this one."""


@dataclass(slots=True)
class Input:
    """One input of a read-out at the places where it answers.

    Attributes:
        variable: what it reads.
        values: the values that it can have.
        codes: which of them it has at each place.
        factors: for an input that is a number, its values.
        print: of the values on every input; equal for inputs that are equal everywhere.
    """

    variable: SOp
    values: tuple[Value, ...]
    codes: Array
    factors: Array | None
    print: bytes

    @property
    def features(self) -> Array:
        """What the input gives to the regression at each value: one number, or a one among zeros."""
        if self.factors is None:
            return np.eye(len(self.values), dtype=np.float32)
        scaled = self.factors[:, None] / max(1, int(np.abs(self.factors).max()))
        return np.asarray(scaled, dtype=np.float32)


def refit(work: Work) -> None:
    """Drop inputs of the answering read-out, the dearest first, and fit the others' weights again."""
    node = work.program.outputs[0]
    if work.observed is None or not isinstance(node, Classify) or not answers_only(work, node):
        return
    name = work.program.names[node]
    inputs, target = _prepared(work.observed, node)
    if not len(target):
        return
    for variable in _dearest_first(work, node, inputs):
        rest = [i for i in inputs if i.variable != variable]
        readout = work.program.variables.get(name)
        if not rest or not isinstance(readout, Classify):
            return
        tried = "refit", readout.labels, frozenset((i.print, i.factors is None) for i in rest)
        if tried in work.failed:
            continue
        weights = fit(rest, target, len(node.labels))
        if weights is None:
            work.failed.add(tried)
        elif work.attempt(name, {readout: _with(rest, _gathered(rest, weights))}, "tried"):
            inputs = rest


def _prepared(observed: Observed, node: Classify) -> tuple[list[Input], Array]:
    """The inputs and the labels' numbers at all different places."""
    variables = sorted({item.variable for item in node.inputs}, key=observed.fingerprint)
    columns = [codes_of(observed, v, answers_only=True) for v in (*variables, node)]
    if not len(columns[-1]):
        return [], columns[-1]
    labels = np.array([node.labels.index(str(label)) for label in observed.values(node)])
    columns[-1] = labels.take(columns[-1])
    columns = _distinct(columns)
    inputs = []
    for variable, codes in zip(variables, columns, strict=False):
        values = observed.values(variable)
        numeric = all(isinstance(i, NumericScores) for i in node.inputs if i.variable == variable)
        factors = np.array([int(v) for v in values], dtype=np.int64) if numeric else None
        inputs.append(Input(variable, values, codes, factors, observed.fingerprint(variable)))
    return inputs, columns[-1]


def _distinct(columns: Sequence[Array]) -> list[Array]:
    """The same columns without repeated rows."""
    index = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column in columns:
        length = int(column.max()) + 1
        if size * length >= 2**62:
            found, index = np.unique(index, return_inverse=True)
            size = len(found)
        index = index * length + column
        size *= length
    first = np.sort(np.unique(index, return_index=True)[1])
    return [column[first] for column in columns]


def _dearest_first(work: Work, node: Classify, inputs: Sequence[Input]) -> list[SOp]:
    saved: dict[SOp, tuple[int, int]] = {}
    for item in inputs:
        kept = tuple(i for i, other in enumerate(node.inputs) if other.variable != item.variable)
        saved[item.variable] = cost(edited(work.program, {node: _only(kept)})[0])
    return sorted(saved, key=lambda v: saved[v])


def _only(kept: Sequence[int]) -> Edit:
    def edit(rebuilt: Node, new: object) -> Node:
        assert isinstance(rebuilt, Classify)
        return replace_node(rebuilt, inputs=tuple(rebuilt.inputs[i] for i in kept))

    return edit


def fit(inputs: Sequence[Input], target: Array, labels: int) -> list[Array] | None:
    """Whole weights that give every place its label; None where none were found.

    Args:
        inputs: what is known of each place.
        target: the label of each place.
        labels: how many there are.

    Returns:
        for each input a row for each of its features.
    """
    if _contradict(inputs, target):
        return None
    features = [i.features for i in inputs]
    ends = np.cumsum([f.shape[1] for f in features])
    weights = np.zeros((int(ends[-1]), labels), dtype=np.float32)
    chosen = np.zeros(0, dtype=np.intp)
    for _ in range(ROUNDS):
        scores = _scores(inputs, np.split(weights, ends[:-1]), labels)
        scores[target, np.arange(len(target))] -= MARGIN
        wrong = np.flatnonzero(scores.argmax(axis=0) != target)
        if not len(wrong):
            return _rounded(inputs, np.split(weights, ends[:-1]), target, labels)
        chosen = np.union1d(chosen, wrong[:: -(-len(wrong) // ADDED)])
        if len(chosen) > WORKING:
            return None
        rows = np.concatenate([f[i.codes[chosen]] for f, i in zip(features, inputs, strict=True)], axis=1)
        found = _settled(rows, target[chosen], weights)
        if found is None:
            return None
        weights = found
    return None


def _scores(inputs: Sequence[Input], weights: Sequence[Array], labels: int) -> Array:
    """The score of each label at each place, ``[label, place]``."""
    total = np.zeros((labels, len(inputs[0].codes)), dtype=weights[0].dtype)
    for item, row in zip(inputs, weights, strict=True):
        features = item.features if row.dtype.kind == "f" else _whole_features(item)
        total += (features @ row).T.take(item.codes, axis=1)
    return total


def _whole_features(item: Input) -> Array:
    return np.eye(len(item.values), dtype=np.int64) if item.factors is None else item.factors[:, None]


def _contradict(inputs: Sequence[Input], target: Array) -> bool:
    """Whether two places with different labels look the same."""
    columns = [i.codes for i in inputs]
    return len(_distinct(columns)[0]) < len(_distinct([*columns, target])[0])


def _settled(rows: Array, target: Array, weights: Array) -> Array | None:
    """Weights that give some places their labels, from weights to begin with; None where steps run out."""
    wanted = np.eye(weights.shape[1], dtype=np.float32)[target]
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        scores = rows @ weights
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        if step % 20 == 0 and ((likely * wanted).sum(axis=1) > 0.5).all():
            return weights
        slope = rows.T @ (likely - wanted)
        mean = MEAN * mean + (1 - MEAN) * slope
        square = SQUARE * square + (1 - SQUARE) * slope**2
        scale = np.sqrt(square / (1 - SQUARE**step)) + 1e-8
        weights = weights - RATE * (mean / (1 - MEAN**step)) / scale
    return weights if (scores.argmax(axis=1) == target).all() else None


def _rounded(
    inputs: Sequence[Input], weights: Sequence[Array], target: Array, labels: int
) -> list[Array] | None:
    """The weights as the coarsest whole numbers that answer alike."""
    plain = [
        w if i.factors is None else w / max(1, int(np.abs(i.factors).max()))
        for i, w in zip(inputs, weights, strict=True)
    ]
    for power in range(FINEST + 1):
        whole = [np.round(w * 2**power).astype(np.int64) for w in plain]
        if (first_best(_scores(inputs, whole, labels)) == target).all():
            return whole
    return None


def _gathered(inputs: Sequence[Input], weights: Sequence[Array]) -> list[Array]:
    """Equal weights with one row less for every categorical input but the first, which takes it into all its rows."""
    tables = [table.copy() for table in weights]
    categorical = [table for item, table in zip(inputs, tables, strict=True) if item.factors is None]
    for table in categorical[1:]:
        categorical[0] += table[0]
        table -= table[0].copy()
    return tables


def _with(inputs: Sequence[Input], weights: Sequence[Array]) -> Edit:
    """An edit to a read-out with these inputs and weights."""

    def edit(rebuilt: Node, new: Callable[[Node], Node]) -> Node:
        made: list[CategoricalScores | NumericScores] = []
        for item, table in zip(inputs, weights, strict=True):
            there = new(item.variable)
            assert isinstance(there, SOp)
            rows = [tuple(row) for row in (table - table.min(axis=1, keepdims=True)).tolist()]
            if item.factors is None:
                made.append(CategoricalScores(there, zip(item.values, rows, strict=True)))
            else:
                made.append(NumericScores(there, rows[0]))
        return replace_node(rebuilt, inputs=tuple(made))

    return edit
