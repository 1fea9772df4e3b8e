"""Expressions that give the labels as they are: a number, a copied token, a token that is pointed at.

These are found by working backwards from the labels. A label that is the sum of two numbers is found by looking up
what the first leaves. A label that is a token of the sequence says which keys may be selected; a pair of variables
that selects others too needs a test that is false on those keys and true on one of the right ones.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from readhead.reason.search.bank import Bank, Group, Kind, Term
from readhead.reason.search.sample import Array
from readhead.reason.search.target import Answer, Target, answer, derived

SHIFTS = (0, 1, -1)
QUERIES = 12
FIRST = 10
BLOCK = 2_000_000
ENOUGH = 5
"""After so many answers of one kind at one size, more are not looked for."""


def numbers(bank: Bank, target: Target, size: int) -> Iterator[Answer]:
    """A number of this size that is the label, or differs from it by a constant; and sums of two."""
    group = bank.group("number", size)
    if target.numbers is None or not len(group):
        return
    scored = target.sample.scored
    difference = target.numbers[None].astype(np.int64) - group.values[:, scored]
    constant = difference.min(axis=1) == difference.max(axis=1)
    for row in np.flatnonzero(constant)[:ENOUGH].tolist():
        step = int(difference[row, 0])
        number = int(group.ids[row])
        if step:
            number = derived(bank, size + abs(step), Term("shift", (number,), (step,)))
        yield answer(bank, size + abs(step) + 1, Term("str", (number,)), "number")
    yield from _sums(bank, target.sample.scored, target.numbers, group, size)


def _sums(bank: Bank, scored: Array, labels: Array, group: Group, size: int) -> Iterator[Answer]:
    everything = bank.upto("number", size)
    asked = np.zeros((1, len(scored)), dtype=np.int64)
    asked[0, scored] = labels
    unit, wanted = bank.hashes(scored[None].astype(np.int16)), bank.hashes(asked)
    known, new = bank.hashes(everything.values * scored), bank.hashes(group.values * scored)
    order = np.argsort(known, kind="stable")
    found = 0
    for step in SHIFTS:
        aim = wanted - unit * np.uint64(step % 2**64)
        for op, other in (("+", aim - new), ("-", new - aim), ("r", aim + new)):
            place = np.searchsorted(known[order], other)
            hit = (place < len(order)) & (known[order][np.minimum(place, len(order) - 1)] == other)
            for row in np.flatnonzero(hit)[:ENOUGH].tolist():
                a, b = int(group.ids[row]), int(everything.ids[order[place[row]]])
                total = bank.sizes[a] + bank.sizes[b] + 1
                term = Term("-", (b, a)) if op == "r" else Term(op, (a, b))
                number = derived(bank, total, term)
                if step:
                    number = derived(bank, total + 1, Term("shift", (number,), (step,)))
                yield answer(bank, total + abs(step) + 1, Term("str", (number,)), "sum")
                found += 1
                if found >= ENOUGH:
                    return


def tokens(bank: Bank, target: Target, size: int) -> Iterator[Answer]:
    """A token of this size that is the label; where there is none, the label is the filler."""
    group = bank.group("token", size)
    if target.tokens is None or not len(group):
        return
    scored = target.sample.scored
    same = (group.values[:, scored] == target.tokens[scored]).all(axis=1)
    for row in np.flatnonzero(same)[:ENOUGH].tolist():
        yield answer(bank, size, Term("copied", (int(group.ids[row]),), (target.filler,)), "copy")


def pointers(bank: Bank, target: Target, size: int) -> Iterator[Answer]:
    """A key variable of this size that equals a small query variable exactly at keys that hold the label."""
    if target.tokens is None:
        return
    kinds: tuple[Kind, ...] = ("number", "token")
    for kind in kinds:
        keys, queries = bank.group(kind, size), bank.cheap(kind, 3, QUERIES)
        if not len(keys):
            continue
        pointed = _Pointed(bank, target)
        step = max(1, BLOCK // bank.sample.pairs.size)
        found = 0
        for y, query in zip(queries.ids.tolist(), queries.values, strict=True):
            for start in range(0, len(keys), step):
                bank.check_time()
                for row in pointed.possible(keys.values[start : start + step], query):
                    x = int(keys.ids[start + row])
                    for result in pointed.answers(x, keys.values[start + row], y, query):
                        yield result
                        found += 1
                        if found >= ENOUGH:
                            return


class _Pointed:
    """Which keys hold each query's label, and which pairs of variables can select them."""

    def __init__(self, bank: Bank, target: Target) -> None:
        sample = bank.sample
        assert target.tokens is not None
        self.bank, self.target = bank, target
        label = target.tokens.reshape(sample.shape)
        self.scored = target.sample.scored.reshape(sample.shape)
        right = sample.tokens[:, None, :] == label[:, :, None]
        self.right = right & sample.pairs & self.scored[:, :, None]
        self.wrong = ~right & sample.pairs & self.scored[:, :, None]
        self.asked = self.scored & (label >= 0)

    def possible(self, keys: Array, query: Array) -> list[int]:
        """The rows of keys that some filter, perhaps none, makes right."""
        shape = self.bank.sample.shape
        x, y = keys.reshape(-1, *shape), query.reshape(shape)
        first = slice(0, FIRST)
        rows = np.flatnonzero(self._covers(x[:, first], y[first], first))
        if shape[0] > FIRST and len(rows):
            rows = rows[self._covers(x[rows], y, slice(None))]
        return [int(r) for r in rows]

    def _covers(self, x: Array, y: Array, some: slice) -> Array:
        selected = x[:, :, None, :] == y[None, :, :, None]
        bad = (selected & self.wrong[some]).any(axis=2)
        good = (selected & self.right[some] & ~bad[:, :, None, :]).any(axis=3)
        return np.asarray((good | ~self.asked[some]).all(axis=(1, 2)))

    def answers(self, x: int, keys: Array, y: int, query: Array) -> Iterator[Answer]:
        """The pointer, with the smallest filters that make it right."""
        bank, sample = self.bank, self.bank.sample
        selected = keys.reshape(sample.shape)[:, None, :] == query.reshape(sample.shape)[:, :, None]
        bad = (selected & self.wrong).any(axis=1)
        source = int(bank.group("token", 1).ids[0])
        size = bank.sizes[x] + bank.sizes[y] + 1
        if not bad.any():
            yield self._answer(selected & sample.pairs, (x, y, source), size)
            return
        top = max(bank.sizes[x], 4)
        filters = bank.upto("test", top)
        passes = ~(filters.values.astype(bool) & bad.ravel()).any(axis=1)
        found = 0
        for row in np.flatnonzero(passes).tolist():
            test = filters.values[row].reshape(sample.shape).astype(bool)
            kept = selected & test[:, None, :]
            if ((kept & self.right).any(axis=2) | ~self.asked).all():
                b = int(filters.ids[row])
                yield self._answer(kept & sample.pairs, (x, y, source, b), size + bank.sizes[b])
                found += 1
                if found == 2:
                    return

    def _answer(self, selected: Array, children: tuple[int, ...], size: int) -> Answer:
        several = (selected.sum(axis=2) > 1).any()
        number = derived(self.bank, size, Term("match", children, ("max" if several else "pick",)))
        return answer(self.bank, size, Term("copied", (number,), (self.target.filler,)), "pointer")
