"""Which answers are right: labels at places, and a read-out's scores there, kept as sums.

A place is a scored position of one sequence, or the sequence where it has one label. What counts is each place that
the program got right at first: an answer is *lost* where it was right then and is wrong now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from readhead.program.columns import Array, Column, Misfit, kind_of, misfit, numbers
from readhead.program.domains import Categorical
from readhead.program.nodes import CategoricalScores, Classify, Node, NumericScores
from readhead.program.program import Program
from readhead.program.reading import content_span
from readhead.program.tables import Keys
from readhead.reason.thinning.bench import Bench, Effect, Part
from readhead.tasks.examples import Example

Item = CategoricalScores | NumericScores
LARGEST = 2**20
"""Weights and numbers up to this size are added up here; a read-out with greater ones is run as it stands."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many places are right, and how many of those that were right at first no longer are."""

    right: int
    lost: int

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.right + other.right, self.lost + other.lost)


@dataclass(slots=True)
class Places:
    """The places of one block.

    Attributes:
        positions, columns: where each is; a pooled read-out has the same answer at every position.
        labels: the code of the label that is asked for; -1 for one that no read-out of the program has.
        needed: whether it was right at first.
        right: whether it is right now.
        totals: the scores there, ``[place, label]``, where the output is a read-out that is added up.
    """

    positions: Array
    columns: Array
    labels: Array
    needed: Array
    right: Array
    totals: Array

    def within(self, columns: Array | None, size: int) -> tuple[Array, Array]:
        """The places in some of the block's sequences: their numbers, and their columns among these."""
        if columns is None:
            return np.arange(len(self.columns)), self.columns
        at = np.full(size, -1, dtype=np.intp)
        at[columns] = np.arange(len(columns))
        found = at[self.columns]
        chosen = np.flatnonzero(found >= 0)
        return chosen, found[chosen]


class Scores:
    """One read-out input, ready to be looked up.

    Args:
        item: the input; its rows are sorted as the keys are.
        labels: how many labels there are.
    """

    def __init__(self, item: Item, labels: int) -> None:
        self.keys: Keys | None = None
        if isinstance(item, NumericScores):
            self.table = np.array([item.coefficients], dtype=object).reshape(1, labels)
        else:
            self.keys = Keys(value for value, _ in item.rows)
            self.table = np.array([*(row for _, row in item.rows), (0,) * labels], dtype=object)
        self.fits = max(map(abs, self.table.ravel().tolist()), default=0) <= LARGEST
        if self.fits:
            self.table = self.table.astype(np.int64)

    def codes(self, column: Column) -> Array:
        """Which row of the table each value has; for a number, the number itself."""
        if self.keys is None:
            plain = numbers(column)
            if (
                plain is None
                or kind_of(plain) == "float"
                or abs(plain.values.astype(np.int64)).max(initial=0) > LARGEST
            ):
                misfit(0, "a numeric input of the read-out is no small integer")
            return plain.values.astype(np.int64)
        found = self.keys.codes(column)
        codes: Array = found.mapping.take(found.codes)
        return codes

    def of(self, codes: Array) -> Array:
        """The scores of these codes, ``[..., label]``."""
        if self.keys is None:
            scaled: Array = codes[..., None] * self.table[0]
            return scaled
        rows: Array = self.table.take(codes, axis=0)
        return rows


class Answers:
    """The right and the lost answers of a program laid out on examples.

    Args:
        bench: the program laid out.
        program: the same.
        examples: contents and labels, as many as the batch has sequences.
        stands_for: for each example the sequence that is laid out for it.
    """

    def __init__(
        self, bench: Bench, program: Program, examples: Sequence[Example], stands_for: Array
    ) -> None:
        self.bench = bench
        self.kind, self.vocabulary = program.kind, program.vocabulary
        self._scores: dict[int, tuple[Item, Scores]] = {}
        self.output: Node = program.outputs[0]
        labels = {str(label) for e in examples for label in e.labels if label is not None}
        known = self.output.labels if isinstance(self.output, Classify) else tuple(sorted(labels))
        self.labels: dict[str, int] = {label: i for i, label in enumerate(known)}
        self.places = self._find(examples, stands_for)
        self.adds = isinstance(self.output, Classify) and self._can_add(self.output)
        for part, places in zip(bench.parts, self.places, strict=True):
            if self.adds:
                places.totals = self.total(part, places, self._readout)
            places.right = self._right(part, places)
            places.needed = places.right.copy()

    @property
    def _readout(self) -> Classify:
        assert isinstance(self.output, Classify)
        return self.output

    @property
    def tally(self) -> Tally:
        """How things stand."""
        right = sum(int(p.right.sum()) for p in self.places)
        return Tally(right, sum(int((p.needed & ~p.right).sum()) for p in self.places))

    @property
    def stop(self) -> Node | None:
        """What the bench need not compute."""
        return self.output if self.adds else None

    def _find(self, examples: Sequence[Example], stands_for: Array) -> list[Places]:
        """The places of every block; an example's labels beyond the laid out sequences are never right."""
        by_sequence: dict[int, list[tuple[str | None, ...]]] = {}
        for example, sequence in zip(examples, stands_for.tolist(), strict=True):
            by_sequence.setdefault(sequence, []).append(example.labels)
        found = []
        for part in self.bench.parts:
            n = part.block.n
            first = content_span(self.vocabulary, n)[0] if self.kind == "token_labels" else 0
            first = n - 1 if self.kind == "next_token" else first
            rows = [
                (first + i, column, self.labels.get(label, -1))
                for column, sequence in enumerate(part.sequences.tolist())
                for labels in by_sequence[sequence]
                for i, label in enumerate(labels)
                if label is not None
            ]
            table = np.array(rows, dtype=np.intp).reshape(-1, 3).T
            nothing = np.zeros(table.shape[1], dtype=bool)
            found.append(
                Places(table[0], table[1], table[2], nothing, nothing, np.zeros((0, 0), dtype=np.int64))
            )
        return found

    def _can_add(self, readout: Classify) -> bool:
        if not readout.inputs:
            return True
        try:
            for item in readout.inputs:
                scores = self.scores(item)
                for part in self.bench.parts if scores.fits else ():
                    scores.codes(_column(part, item.variable))
                if not scores.fits:
                    return False
        except Misfit:
            return False
        return True

    def scores(self, item: Item) -> Scores:
        """The item ready to be looked up, made once."""
        if id(item) not in self._scores:
            self._scores[id(item)] = (item, Scores(item, len(self.labels)))
        return self._scores[id(item)][1]

    def at(self, scores: Scores, column: Column, positions: Array, columns: Array) -> Array:
        """What an input adds to the scores at some places, ``[place, label]``."""
        if self._readout.pooled:
            codes = scores.codes(column)
            added: Array = scores.of(codes).sum(axis=0)[columns]
            return added
        return scores.of(scores.codes(column)[positions, columns])

    def total(self, part: Part, places: Places, readout: Classify) -> Array:
        """The scores at the places of a block."""
        totals = np.zeros((len(places.labels), len(self.labels)), dtype=np.int64)
        for item in readout.inputs:
            column = self.bench.result(part, item.variable, {})
            assert isinstance(column, Column)
            totals += self.at(self.scores(item), column, places.positions, places.columns)
        return totals

    def _right(self, part: Part, places: Places) -> Array:
        if self.adds:
            right: Array = places.totals.argmax(axis=1) == places.labels
            return right
        return self._matches(
            _column(part, self.output), places, np.arange(len(places.labels)), places.columns
        )

    def _matches(self, column: Column, places: Places, chosen: Array, columns: Array) -> Array:
        """Where a column's values are the labels asked for."""
        if not isinstance(column.domain, Categorical):
            return np.zeros(len(chosen), dtype=bool)
        codes = [self.labels.get(v, -2) if isinstance(v, str) else -2 for v in column.domain.values]
        found = np.array([*codes, -2], dtype=np.intp).take(column.values[places.positions[chosen], columns])
        matches: Array = found == places.labels[chosen]
        return matches

    def after(self, part: Part, places: Places, effect: Effect) -> tuple[Array, Array, Array | None]:
        """What an effect does to the answers: which places, whether they are right then, and their scores."""
        chosen, columns = places.within(effect.columns, part.block.size)
        if not self.adds:
            column = effect.results.get(self.output)
            if column is None:
                return chosen, places.right[chosen], None
            assert isinstance(column, Column)
            return chosen, self._matches(column, places, chosen, columns), None
        moved = [item for item in self._readout.inputs if item.variable in effect.results]
        if not moved:
            return chosen[:0], places.right[:0], places.totals[:0]
        totals = places.totals[chosen]
        positions = places.positions[chosen]
        for item in moved:
            column = effect.results[item.variable]
            assert isinstance(column, Column)
            scores = self.scores(item)
            totals += self.at(scores, column, positions, columns)
            totals -= self.at(scores, _column(part, item.variable), positions, places.columns[chosen])
        return chosen, totals.argmax(axis=1) == places.labels[chosen], totals

    def swapped(self, part: Part, places: Places, readout: Classify) -> tuple[Array, Array, Array]:
        """The same for a read-out with other inputs over the same labels."""
        totals = places.totals.copy()
        old, new = self._readout.inputs, readout.inputs
        stay = {id(item) for item in old} & {id(item) for item in new}
        for sign, items in ((-1, old), (1, new)):
            for item in items:
                if id(item) not in stay:
                    column = self.bench.result(part, item.variable, {})
                    assert isinstance(column, Column)
                    totals += sign * self.at(self.scores(item), column, places.positions, places.columns)
        return np.arange(len(places.labels)), totals.argmax(axis=1) == places.labels, totals

    def forget(self) -> None:
        """Let go of read-out inputs that the program does not have."""
        kept = {id(item) for item in self._readout.inputs} if self.adds else set()
        self._scores = {key: value for key, value in self._scores.items() if key in kept}


def _column(part: Part, node: Node) -> Column:
    column = part.of(node)
    assert isinstance(column, Column)
    return column
