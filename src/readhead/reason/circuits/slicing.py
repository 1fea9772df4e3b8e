"""Dynamic slices: which values of a run the chosen answers depend on.

Invariant: whatever happens outside a slice, the chosen answers stay, as long as every variable still has a value. A
slice holds values at positions and, for selectors, pairs of a query and a key. It follows the run: of a disjunction
that holds one true side, of a nearest key only the keys as near, of a table only the arguments that settle the entry,
of a read-out only the inputs that the others cannot outvote. The idea is dynamic slicing (Korel and Laski, 1988).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from readhead.program.columns import Array, Column, decode, encode
from readhead.program.nodes import (
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Map,
    Node,
    Not,
    NumericScores,
    Or,
    Select,
    SelectorWidth,
    SOp,
    Table,
)
from readhead.program.operators import Value, typed
from readhead.program.program import Program
from readhead.program.trace import Trace


@dataclass(frozen=True, slots=True)
class Slice:
    """What the chosen answers of a run depend on.

    Attributes:
        values: for each s-op, ``[batch, position]``.
        pairs: for each selector, ``[batch, query, key]``.
        decisive: for each input of each read-out, where the label depends on it, ``[batch, position]``.
    """

    values: dict[str, Array]
    pairs: dict[str, Array]
    decisive: dict[str, tuple[Array, ...]]

    def used(self) -> tuple[str, ...]:
        """The variables that the answers depend on anywhere."""
        return tuple(name for name, mask in (*self.values.items(), *self.pairs.items()) if mask.any())


def slice_of(program: Program, trace: Trace, wanted: Array) -> Slice:
    """The slice of a run.

    Args:
        program: whose first output answers.
        trace: its run on a batch.
        wanted: ``[batch, position]``, true at the answers that are asked about.

    >>> from readhead.program.nodes import Closest, Indices, Select, Tokens
    >>> nearest = Closest(Select(Tokens(), Tokens(), "==", name="same"), name="nearest")
    >>> program = Program((Aggregate(nearest, Indices(), name="seen"),))
    >>> trace = program.trace("abcabc")
    >>> slice_of(program, trace, np.arange(6)[None, :] == 4).pairs["same"][0, 4].tolist()
    [False, True, True, True, False, True]
    """
    return _Slicer(program, trace).run(wanted)


class _Slicer:
    """Goes through the variables from the last to the first, and marks what each needs of those that it reads."""

    def __init__(self, program: Program, trace: Trace) -> None:
        self.program, self.trace, self.names = program, trace, program.names
        present = trace.present
        self.present = present
        visible = present[:, :, None] & present[:, None, :]
        self.visible: Array = np.tril(visible) if program.causal else visible
        nodes = program.variables.items()
        self.values: dict[str, Array] = {
            name: np.zeros(present.shape, dtype=bool) for name, n in nodes if isinstance(n, SOp)
        }
        self.pairs: dict[str, Array] = {
            name: np.zeros(visible.shape, dtype=bool) for name, n in nodes if not isinstance(n, SOp)
        }

        self.decisive: dict[str, tuple[Array, ...]] = {
            name: (np.zeros(present.shape, dtype=bool),) * len(n.inputs)
            for name, n in nodes
            if isinstance(n, Classify)
        }

    def run(self, wanted: Array) -> Slice:
        self.values[self.names[self.program.outputs[0]]] |= wanted & self.present
        for name, node in reversed(list(self.program.variables.items())):
            mask: Array = self.values[name] if isinstance(node, SOp) else self.pairs[name]
            if mask.any():
                self._visit(node, mask)
        return Slice(self.values, self.pairs, self.decisive)

    def _need(self, node: Node, mask: Array) -> None:
        masks = self.values if isinstance(node, SOp) else self.pairs
        masks[self.names[node]] |= mask

    def _column(self, node: Node) -> Column:
        return self.trace.variables[self.names[node]]

    def _rows(self, node: Node) -> Array:
        return self.trace.selectors[self.names[node]]

    def _visit(self, node: Node, mask: Array) -> None:
        match node:
            case Map():
                self._map(node, mask)
            case Classify():
                self._readout(node, mask)
            case Aggregate():
                self._need(node.selector, np.logical_and(self.visible, mask[:, :, None]))
                selected = self._rows(node.selector) & mask[:, :, None]
                self._need(node.values, _any(selected, 1))
            case SelectorWidth():
                self._need(node.selector, np.logical_and(self.visible, mask[:, :, None]))
            case Select():
                self._need(node.keys, _any(mask, 1))
                self._need(node.queries, _any(mask, 2))
            case Closest():
                self._need(node.selector, _any(mask, 2)[:, :, None] & self._looked_at(node))
            case And() | Or():
                self._both(node, mask)
            case Not():
                self._need(node.operand, mask)
            case _:  # an input or a constant reads nothing
                return

    def _both(self, node: And | Or, mask: Array) -> None:
        """One side is enough where it settles the matter: a false one of a conjunction, a true one of a disjunction."""
        left, right = self._rows(node.left), self._rows(node.right)
        self._either(node.left, node.right, left, right, mask, settles=isinstance(node, Or))

    def _either(self, left: Node, right: Node, a: Array, b: Array, mask: Array, *, settles: bool) -> None:
        """The first of two sides that has the value which settles it; both, where neither has."""
        first: Array = a if settles else ~a
        second: Array = b if settles else ~b
        self._need(left, mask & np.asarray(first | ~second))
        self._need(right, mask & ~first)

    def _looked_at(self, node: Closest) -> Array:
        """The pairs that decide which key is nearest: those as near as the one found, and all where none matches."""
        matches = self._rows(node.selector) & self.visible
        n = matches.shape[1]
        places = np.arange(n)
        own = np.eye(n, dtype=bool)[None]
        others = matches & ~own
        distance = np.abs(places[None, :] - places[:, None])[None]
        found = np.where(others, distance, n + 1).min(axis=2, keepdims=True, initial=n + 1)
        nearer: Array = np.asarray(distance <= found)
        side = (
            places[None, :] < places[:, None] if node.tie == "earlier" else places[None, :] > places[:, None]
        )
        first = (others & (distance == found) & side[None]).any(axis=2, keepdims=True)
        nearer &= ~(first & (distance == found) & ~side[None])
        match node.own:
            case "never":
                nearer &= ~own
            case "last":
                nearer &= ~own | (found > n)
            case "any":
                at_own = (matches & own).any(axis=2, keepdims=True)
                nearer &= own | ~at_own
        return np.asarray(nearer & self.visible)

    def _map(self, node: Map, mask: Array) -> None:
        if isinstance(node.function, Table):
            for argument, needed in zip(node.arguments, self._settling(node, node.function), strict=True):
                self._need(argument, mask & needed)
            return
        if node.function not in ("if", "and", "or"):
            for argument in node.arguments:
                self._need(argument, mask)
            return
        truths: list[Array] = [decode(self._column(a)).astype(bool) for a in node.arguments[:2]]
        first, *rest = node.arguments
        if node.function == "if":
            self._need(first, mask)
            self._need(rest[0], mask & truths[0])
            self._need(rest[1], mask & ~truths[0])
            return
        self._either(first, rest[0], truths[0], truths[1], mask, settles=node.function == "or")

    def _settling(self, node: Map, table: Table) -> list[Array]:
        """For each argument of a table, where its value matters for the entry that was read."""
        columns = [self._column(argument) for argument in node.arguments]
        if len(columns) == 1:
            return [self.present]
        encoded = [encode(column) for column in columns]
        codes = np.stack([np.where(self.present, c, 0).ravel() for c, _ in encoded])
        distinct, inverse = np.unique(codes, axis=1, return_inverse=True)
        tests = _Settled(table)
        matters = np.array(
            [
                tests.arguments(tuple(values[c] for (_, values), c in zip(encoded, key, strict=True)))
                for key in distinct.T.tolist()
            ]
        ).reshape(-1, len(columns))
        return [matters[inverse.ravel(), i].reshape(self.present.shape) for i in range(len(columns))]

    def _readout(self, node: Classify, mask: Array) -> None:
        if node.pooled:
            needed = np.broadcast_to(_any(mask, 1)[:, None], mask.shape) & self.present
            decisive: list[Array] = [needed] * len(node.inputs)
        else:
            decisive = [mask & decides for decides in self._deciding(node, mask)]
        self.decisive[self.names[node]] = tuple(decisive)
        for item, where in zip(node.inputs, decisive, strict=True):
            self._need(item.variable, where)

    def _deciding(self, node: Classify, mask: Array) -> list[Array]:
        """For each input of a read-out, where the others do not settle the label whatever it says."""
        shape = mask.shape
        places = np.flatnonzero(mask.ravel())
        gains = [gain_table(i, self._column(i.variable), len(node.labels), places) for i in node.inputs]
        total = sum((g for g, _ in gains), np.zeros((len(places), len(node.labels)), dtype=object))
        best = self._column(node)
        codes = [node.labels.index(str(label)) for label in decode(best).ravel()[places]]
        winner = np.array(codes, dtype=np.intp)
        at = np.arange(len(places))
        ahead: Array = total[at, winner][:, None] - total  # exact: Python's integers
        ahead[np.arange(len(node.labels))[None, :] < winner[:, None]] -= 1  # an earlier label would win a tie
        ahead[at, winner] = 0
        found: list[Array] = [np.zeros(len(places), dtype=bool) for _ in gains]
        losses = [_loss(gain, rows, winner) for gain, rows in gains]
        sizes = [
            max((int(v) for v in loss.max(axis=0)), default=0) if loss is not None else None
            for loss in losses
        ]
        for i in sorted(range(len(gains)), key=lambda i: (sizes[i] is None, sizes[i] or 0, i)):
            loss = losses[i]
            if loss is None:
                found[i][:] = True
                continue
            safe: Array = np.logical_and.reduce(np.asarray(ahead - loss >= 0, dtype=bool), axis=1)
            ahead = np.where(safe[:, None], ahead - loss, ahead)
            found[i] = ~safe
        decided = []
        for which in found:
            whole = np.zeros(mask.size, dtype=bool)
            whole[places[which]] = True
            decided.append(whole.reshape(shape))
        return decided


def _any(mask: Array, axis: int) -> Array:
    found: Array = np.logical_or.reduce(mask, axis=axis)
    return found


@dataclass(frozen=True, slots=True)
class _Settled:
    """Says which arguments of a table's entry matter."""

    table: Table

    def arguments(self, key: tuple[Value, ...]) -> list[bool]:
        """For each argument, whether the entry might be another one if it changed; the last ones are freed first."""
        lookup = self.table.lookup()
        exact = tuple(map(typed, key))
        value = lookup.get(exact, self.table.default)
        needed = [True] * len(key)
        for i in reversed(range(len(key))):
            needed[i] = False
            kept = [j for j, need in enumerate(needed) if need]
            results = [v for k, v in lookup.items() if all(k[j] == exact[j] for j in kept)]
            if self.table.default is not None:
                results.append(self.table.default)
            if value is None or any(typed(result) != typed(value) for result in results):
                needed[i] = True
        return needed


def gain_table(
    item: CategoricalScores | NumericScores, column: Column, labels: int, places: Array
) -> tuple[Array, Array | None]:
    """What an input of a read-out adds to every label.

    Args:
        item: the input.
        column: its variable's values, ``[batch, position]``.
        labels: how many there are.
        places: indices into the flat column.

    Returns:
        the scores ``[place, label]``, as Python's integers, and for a categorical input all rows ``[row, label]`` that
        it could add, the empty one among them; None for a number, which could add anything.
    """
    values = decode(column).ravel()[places]
    if isinstance(item, NumericScores):
        scores = np.empty((len(places), labels), dtype=object)
        for i, value in enumerate(values):
            scores[i] = [int(value) * c for c in item.coefficients]
        return scores, (None if len(set(item.coefficients)) > 1 else np.zeros((1, labels), dtype=object))
    rows = {typed(value): row for value, row in item.rows}
    nothing = (0,) * labels
    scores = np.empty((len(places), labels), dtype=object)
    for i, value in enumerate(values):
        scores[i] = rows.get(typed(value), nothing)
    table = np.empty((len(rows) + 1, labels), dtype=object)
    for i, row in enumerate((*rows.values(), nothing)):
        table[i] = row
    return scores, table


def _loss(gain: Array, rows: Array | None, winner: Array) -> Array | None:
    """How much of the winner's lead over each label an input could take away, at the most, ``[place, label]``."""
    if rows is None:
        return None
    now = gain[np.arange(len(gain)), winner][:, None] - gain
    least = np.array([(rows[:, [w]] - rows).min(axis=0) for w in range(rows.shape[1])], dtype=object)
    lost: Array = now - least[winner]
    return lost
