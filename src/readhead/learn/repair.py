"""Discrete repair: coordinate search over the choices of a discretized program, against its training errors.

A move changes one choice: the key value that a head looks for, an entry of a table, or the variable that a part reads.
Moves are tried on a sample (all training examples that are wrong, and some that are right); one that seems to help is
tried on all training examples, and kept where more of them are right. The read-out stays as it is meanwhile, and is
fitted again after each sweep. Only what a move changes is computed again: the parts downstream, on the examples on
which they differ.

Moves see training examples alone; whether the repaired program takes the place of the other, validation says. How much
is tried is bounded by counts, so a seed gives the same program everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from readhead.learn.choices import unflatten
from readhead.learn.codes import Array, Coded, Part, Variable, choices_of, coded, parts_of
from readhead.learn.encode import SHORT, Encoded
from readhead.learn.finish import PENALTY, Finished, features, finish_choices
from readhead.learn.population import Setting, readout_of
from readhead.learn.readout import correct, fit

SAMPLE = 384
"""Examples that a move is tried on first: half of them wrong ones, where there are so many."""
MOVES = 50_000
"""At most so many moves are tried."""
GAIN = 0.02
"""A sweep that rights a smaller share of the wrong labels is the last."""
WORTH = 0.5
"""With fewer training labels right than this share, single choices are not what is wrong."""

Fixed = frozenset[tuple[int, str, int]]
"""Choices that stay: the number of the part, ``"table"`` or what it reads, and which entry (0 for what it reads)."""


def repair(
    finished: Finished,
    flat: Tensor,
    setting: Setting,
    train: Encoded,
    validation: Encoded,
    labels: int,
    *,
    sparse: bool = True,
) -> Finished | None:
    """A better program than a finished one, by changing single choices.

    Args:
        finished: the program.
        flat: ``[parameter]``, the parameters that it was discretized from: the read-out begins with theirs.
        setting: how it was trained.
        train, validation: the splits.
        labels: how many labels there are.
        sparse: also look for a read-out that leaves out as many variables as it can.

    Returns:
        The repaired program; None where it is not better on validation examples (and, of equals there, on training
        examples), and where nothing was tried: all is right already, too little is, or sequences are long.
    """
    wrong = finished.train_total - finished.train_right
    few = finished.train_right < WORTH * finished.train_total
    if not setting.schedule.repair or not wrong or few or train.tokens.shape[1] > SHORT:
        return None
    shape, choices = setting.shape, finished.choices
    rng = np.random.default_rng([setting.seed, 7, finished.restart])
    parts = parts_of(shape, choices)
    fixed = fixed_choices(setting, parts)
    weights, data = readout_of(flat, setting.layout), None
    changed = tried = 0
    for _ in range(setting.schedule.repair):
        seen = features(choices, setting, train, labels)
        weights = max(weights, fit(seen, weights, PENALTY), key=lambda w: correct(seen, w))
        if data is None:
            data = coded(train, shape, choices, causal=setting.causal, pooled=setting.pooled)
            data.run(parts)
        state = scored(data, parts, weights.numpy())
        before = int(state.wrong.sum())
        if not before:
            break
        more, kept = sweep(state, rng, fixed, MOVES - tried)
        tried, changed = tried + more, changed + kept
        choices = choices_of(shape, choices, parts)
        if tried >= MOVES or before - int(state.wrong.sum()) < GAIN * before:
            break
    if not changed:
        return None
    found = finish_choices(
        choices, weights, finished.restart, setting, train, validation, labels, sparse=sparse
    )
    return replace(found, repairs=changed) if found.rank > finished.rank else None


def fixed_choices(setting: Setting, parts: list[Part]) -> Fixed:
    """The choices that training had to leave alone, where it went on from a program."""
    if setting.origin is None:
        return frozenset()
    stays = unflatten(setting.origin.fixed[None], setting.layout)
    found: set[tuple[int, str, int]] = set()
    for k, part in enumerate(parts):
        row = part.index + (setting.shape.categorical_heads if part.kind == "sum" else 0)
        if part.kind in ("head", "sum"):
            own = {"query": row, "key": row, "value": part.index, "number": part.index}
            found |= {(k, n, 0) for n in part.reads if bool(stays[f"{part.layer}.{n}"][0, own[n]].all())}
            table = stays[f"{part.layer}.predicate"][0, row]
        else:
            prefix = "" if part.kind == "mlp" else "num_"
            reads = stays[f"{part.layer}.{prefix}mlp_read"][0, row]
            found |= {(k, name, 0) for side, name in enumerate(part.reads) if bool(reads[side].all())}
            name = "mlp_table" if part.kind == "mlp" else "num_mlp_out"
            table = stays[f"{part.layer}.{name}"][0, row]
        entries = table.all(dim=-1) if part.kind != "number_mlp" else table.all().expand(len(part.table))
        found |= {(k, "table", at) for at in entries.nonzero().flatten().tolist()}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Move:
    """One choice changed.

    Attributes:
        part: the number of the part.
        name: ``"table"``, or what the part reads.
        at: which entry of the table; 0 where it is not the table.
        option: what stands there instead.
    """

    part: int
    name: str
    at: int
    option: int

    def made(self, part: Part) -> Part:
        """The part after the move."""
        if self.name != "table":
            return replace(part, reads={**part.reads, self.name: self.option})
        table = part.table.copy()
        table[self.at] = self.option
        return replace(part, table=table)


@dataclass(slots=True)
class Scored:
    """A program on examples, with the totals of its read-out.

    Attributes:
        data: the variables.
        parts: what computes them; a sample has the same list as the whole.
        scores: of each variable, ``[value, label]``, the last row of padding; of a number, ``[label]``.
        totals: ``[example, position, label]``.
        wrong: how many labels of each example are.
    """

    data: Coded
    parts: list[Part]
    scores: dict[Variable, Array]
    totals: Array
    wrong: Array

    def tried(self, move: Move) -> tuple[int, Array, dict[Variable, Array]]:
        """How many more labels are right after a move, and what the variables are then, on which examples."""
        part = move.made(self.parts[move.part])
        rows = self._touched(move)
        found = self.data.computed(part, rows)
        differ = (found != self.data.of(part.writes)[rows]).any(axis=1)
        rows, new = rows[differ], {part.writes: found[differ]}
        if not len(rows):
            return 0, rows, {}
        for later in self.parts[move.part + 1 :]:
            if any(v in new for v in later.inputs()):
                values = self.data.computed(later, rows, new)
                if (values != self.data.of(later.writes)[rows]).any():
                    new[later.writes] = values
        wrong = _wrong(self._after(rows, new), self.data.labels[rows], pooled=self.data.pooled)
        return int(self.wrong[rows].sum() - wrong.sum()), rows, new

    def take(self, rows: Array, new: dict[Variable, Array]) -> None:
        """Keep what a move that was tried changes."""
        self.totals[rows] = self._after(rows, new)
        self.wrong[rows] = _wrong(self.totals[rows], self.data.labels[rows], pooled=self.data.pooled)
        for variable, values in new.items():
            self.data.put(variable, values, rows)

    def sample(self, most: int, rng: np.random.Generator) -> Scored:
        """The same on some examples: wrong ones, up to half, and right ones."""
        some = rng.permutation(np.flatnonzero(self.wrong))[: most // 2]
        others = rng.permutation(np.flatnonzero(self.wrong == 0))[: most - len(some)]
        rows = np.sort(np.concatenate([some, others]))
        return Scored(self.data.some(rows), self.parts, self.scores, self.totals[rows], self.wrong[rows])

    def _after(self, rows: Array, new: dict[Variable, Array]) -> Array:
        totals: Array = self.totals[rows]
        for variable, values in new.items():
            scores = self.scores[variable]
            if scores.any():
                totals += _part(scores, variable, values) - _part(
                    scores, variable, self.data.of(variable)[rows]
                )
        return totals

    def _touched(self, move: Move) -> Array:
        """The examples on which a move can change anything."""
        if move.name != "table":
            return np.arange(len(self.data.labels))
        return np.flatnonzero((self.cells(self.parts[move.part]) == move.at).any(axis=1))

    def cells(self, part: Part) -> Array:
        """Which entry of a part's table each position reads; -1, or one past the last, at padding."""
        d, cap, names = self.data.shape.values, self.data.shape.cap, list(part.reads)
        if part.kind in ("head", "sum"):
            return self.data.words[part.reads["query"]]
        left, right = (self.data.of((part.kind == "number_mlp", part.reads[n])) for n in names)
        if part.kind == "mlp":
            return np.where((left == d) | (right == d), -1, left * d + right)
        inside = self.data.words[self.data.shape.place_of_positions] != d
        return np.where(inside, np.minimum(left, cap) * (cap + 1) + np.minimum(right, cap), -1)


def scored(data: Coded, parts: list[Part], readout: Array) -> Scored:
    """A program's read-out on examples whose variables are computed."""
    shape = data.shape
    d, words = shape.values, shape.categorical_before(shape.layers)
    nothing = np.zeros((1, len(readout)))
    scores: dict[Variable, Array] = {
        (False, c): np.vstack([readout[:, c * d : (c + 1) * d].T, nothing]) for c in range(words)
    }
    scores |= {(True, m): readout[:, words * d + m] for m in range(shape.numerical_before(shape.layers))}
    totals = sum(_part(some, variable, data.of(variable)) for variable, some in scores.items())
    assert isinstance(totals, np.ndarray)
    return Scored(data, parts, scores, totals, _wrong(totals, data.labels, pooled=data.pooled))


def _part(scores: Array, variable: Variable, values: Array) -> Array:
    """What a variable adds to the totals."""
    found: Array = values[..., None] * scores if variable[0] else scores[values]
    return found


def _wrong(totals: Array, labels: Array, *, pooled: bool) -> Array:
    """How many labels of each example are wrong; of labels that tie, the first is the answer."""
    if pooled:
        totals = totals.sum(axis=1, keepdims=True)
    found: Array = ((totals.argmax(axis=2) != labels) & (labels >= 0)).sum(axis=1)
    return found


def coordinates(few: Scored, fixed: Fixed) -> list[list[Move]]:
    """Every choice that can matter on some examples, as the moves that change it."""
    shape = few.data.shape
    found: list[list[Move]] = []
    for k, part in enumerate(few.parts):
        if not _matters(few, k):
            continue
        options = shape.values
        found += [
            [Move(k, "table", at, o) for o in range(options) if o != part.table[at]]
            for at in np.unique(few.cells(part)).tolist()
            if 0 <= at < len(part.table) and (k, "table", at) not in fixed
        ]
        words, numbers = shape.categorical_before(part.layer), shape.numerical_before(part.layer)
        if part.kind == "mlp":
            words += shape.categorical_heads
        if part.kind == "number_mlp":
            numbers += shape.numerical_heads
        for name, place in part.reads.items():
            known = numbers if name.startswith("number") else words
            if (k, name, 0) not in fixed:
                found.append([Move(k, name, 0, o) for o in range(known) if o != place])
    return [moves for moves in found if moves]


def _matters(few: Scored, number: int) -> bool:
    """Whether a part's variable reaches the read-out."""
    live = {variable for variable, some in few.scores.items() if some.any()}
    for part in reversed(few.parts[number + 1 :]):
        if part.writes in live:
            live |= set(part.inputs())
    return few.parts[number].writes in live


def sweep(whole: Scored, rng: np.random.Generator, fixed: Fixed, most: int) -> tuple[int, int]:
    """Try every choice once, in an order of the seed's; how many moves were tried, and how many kept."""
    few = whole.sample(SAMPLE, rng)
    listed = coordinates(few, fixed)
    tried = kept = 0
    for k in rng.permutation(len(listed)).tolist():
        if tried >= most or not few.wrong.any():
            break
        gains = [few.tried(move)[0] for move in listed[k]]
        tried += len(gains)
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            continue
        move = listed[k][best]
        gain, rows, new = whole.tried(move)
        if gain <= 0:
            continue
        _, few_rows, few_new = few.tried(move)
        whole.take(rows, new)
        few.take(few_rows, few_new)
        whole.parts[move.part] = move.made(whole.parts[move.part])
        kept += 1
    return tried, kept
