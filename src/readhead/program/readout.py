"""The log-linear read-out: exact integer scores, and the first label of those with the highest.

Categorical inputs are added several at a time, through one table of their joint values. Scores that might leave
int64 are computed one by one, with Python's integers: only a total outside int64 is an error.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from readhead.program.columns import Array, Column, Misfit, decode, kind_of, misfit, numbers
from readhead.program.domains import Categorical
from readhead.program.nodes import CategoricalScores, Classify
from readhead.program.operators import OperatorError, Value, checked, typed
from readhead.program.tables import Codes, Keys

JOINT = 1 << 10
"""The most joint values of a group of categorical inputs."""

LOOP = 64
"""Up to so many labels are compared one after another rather than sorted out by position."""


class Readout:
    """A Classify node, prepared for columns."""

    def __init__(self, node: Classify) -> None:
        self._node = node
        self._labels = Categorical(node.labels)
        self._keys: list[Keys] = []
        self._scores: list[Array] = []
        self._coefficients: list[tuple[int, ...]] = []
        self._bound = 0
        for item in node.inputs:
            if isinstance(item, CategoricalScores):
                keys = Keys(value for value, _ in item.rows)
                scores = np.zeros((len(node.labels), keys.other + 1), dtype=np.int64)
                for value, row in item.rows:
                    scores[:, keys.index[typed(value)]] = row
                self._keys.append(keys)
                self._scores.append(scores)
                self._bound += max((abs(s) for _, row in item.rows for s in row), default=0)
            else:
                self._coefficients.append(item.coefficients)
        self._joint: tuple[object, list[tuple[Array, ...]], list[Array]] | None = None

    def __call__(self, columns: tuple[Column, ...], shape: tuple[int, int]) -> Column:
        """The label at every position; the same at all of a sequence, where scores are pooled.

        Args:
            columns: the inputs, ``[position, batch]``.
            shape: their shape.

        Raises:
            Misfit: for a numeric input that is no integer, and for a score outside int64.
        """
        pairs = list(zip(self._node.inputs, columns, strict=True))
        categorical = [c for item, c in pairs if isinstance(item, CategoricalScores)]
        numeric = [numbers(c) for item, c in pairs if not isinstance(item, CategoricalScores)]
        ready = [c.values for c in numeric if c is not None and kind_of(c) != "float"]
        bound = self._bound
        if len(ready) == len(numeric):
            for values, coefficients in zip(ready, self._coefficients, strict=True):
                bound += max(map(abs, coefficients)) * max(abs(int(values.max())), abs(int(values.min())))
        bound *= shape[0] if self._node.pooled else 1
        if len(ready) < len(numeric) or bound >= 2**63:
            return Column(self._one_by_one(columns, shape), self._labels)
        scores = self._total(categorical, ready, shape, np.int32 if bound < 2**31 else np.int64)
        if self._node.pooled:
            scores = np.add.reduce(scores.reshape(-1, *shape), axis=1, dtype=scores.dtype)
            return Column(np.broadcast_to(first_best(scores), shape).copy(), self._labels)
        return Column(first_best(scores).reshape(shape), self._labels)

    def _total(
        self, categorical: list[Column], numeric: list[Array], shape: tuple[int, ...], dtype: Any
    ) -> Array:
        """Scores ``[label, position * batch]``."""
        scores = np.zeros((len(self._node.labels), shape[0] * shape[1]), dtype=dtype)
        for codes, table in self._groups(categorical, dtype):
            scores += table.take(codes.ravel(), axis=1)
        for values, coefficients in zip(numeric, self._coefficients, strict=True):
            if not values.any():
                continue  # so that every coefficient used is within the bound, and fits the type
            scores += np.array(coefficients, dtype=dtype)[:, None] * values.ravel().astype(dtype)
        return scores

    def _groups(self, columns: list[Column], dtype: Any) -> list[tuple[Array, Array]]:
        """The categorical inputs in groups: joint codes, and the scores ``[label, joint code]``."""
        coded = [keys.codes(column) for keys, column in zip(self._keys, columns, strict=True)]
        members: list[list[int]] = []
        size = JOINT + 1
        for i, c in enumerate(coded):
            size *= len(c.mapping)
            if size > JOINT:
                members.append([])
                size = len(c.mapping)
            members[-1].append(i)
        identity = dtype, tuple(id(c.mapping) for c in coded)
        if self._joint is None or self._joint[0] != identity:
            tables = [
                self._joined([(self._scores[i], coded[i].mapping) for i in group], dtype) for group in members
            ]
            self._joint = (
                identity,
                [tuple(c.mapping for c in coded)],
                tables,
            )  # the mappings keep their identities
        return [(_codes([coded[i] for i in g]), t) for g, t in zip(members, self._joint[2], strict=True)]

    def _joined(self, parts: list[tuple[Array, Array]], dtype: Any) -> Array:
        joint = np.zeros((len(self._node.labels), 1), dtype=np.int64)
        for scores, mapping in parts:
            joint = (joint[:, :, None] + scores.take(mapping, axis=1)[:, None, :]).reshape(joint.shape[0], -1)
        return joint.astype(dtype)

    def _one_by_one(self, columns: tuple[Column, ...], shape: tuple[int, int]) -> Array:
        """The reference: Python's integers, position by position."""
        n, batch = shape
        decoded = [decode(c) for c in columns]
        best = np.zeros((n, batch), dtype=np.intp)
        rows = [
            {typed(v): row for v, row in item.rows}
            if isinstance(item, CategoricalScores)
            else item.coefficients
            for item in self._node.inputs
        ]
        for b in range(batch):
            totals = [0] * len(self._node.labels)
            for i in range(n):
                given = [column[i, b] for column in decoded]
                here = [0] * len(totals)
                for row, value in zip(rows, given, strict=True):
                    added = row.get(typed(value)) if isinstance(row, dict) else _multiples(row, value, i)
                    here = here if added is None else [h + a for h, a in zip(here, added, strict=True)]
                totals = [t + h for t, h in zip(totals, here, strict=True)]
                if not self._node.pooled:
                    best[i, b] = self._best(here, i)
            if self._node.pooled:
                best[:, b] = self._best(totals, 0)
        return best

    def _best(self, totals: list[int], position: int) -> int:
        for label, total in zip(self._node.labels, totals, strict=True):
            try:
                checked(total, f"the score of the label {label!r}")
            except OperatorError as error:
                raise Misfit(position, error) from None
        return totals.index(max(totals))


def _multiples(coefficients: tuple[int, ...], value: Value, position: int) -> tuple[int, ...]:
    """What a numeric input adds to every label's score."""
    if not isinstance(value, int):
        misfit(
            position,
            f"a numeric input of the read-out is {value!r}",
            why="scores are exact, so numeric inputs are integers",
            instead="round(...) it, or give its values rows of scores",
        )
    return tuple(coefficient * value for coefficient in coefficients)


def _codes(parts: list[Codes]) -> Array:
    codes = parts[0].codes
    for part in parts[1:]:
        codes = codes * len(part.mapping) + part.codes
    return codes


def first_best(scores: Array) -> Array:
    """The first row with the highest score, for every column of ``[label, ...]``."""
    if len(scores) > LOOP:
        labels: Array = scores.argmax(axis=0)
        return labels
    best = scores[0].copy()
    label = np.zeros(best.shape, dtype=np.intp)
    for i in range(1, len(scores)):
        better = scores[i] > best
        label[better] = i
        np.maximum(best, scores[i], out=best)
    return label
