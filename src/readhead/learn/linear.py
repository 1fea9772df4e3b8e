"""A log-linear model of words and pairs of words: what each says for each label.

The model is a multinomial logistic regression on the words and neighbouring pairs of a text (one label), or on a token
and its neighbours (a label each): the plainest reading of a text that there is. The strength of the penalty is chosen
on the validation split. Invariant: weights are fitted to training examples alone, in double precision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from readhead.learn.encode import Encoded
from readhead.learn.shape import Shape

PENALTIES = (3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6)
"""Of the squared weights, per example: strong ones first, since each fit starts from the one before."""
STEPS = 40
"""Steps of L-BFGS for each penalty."""
PATIENCE = 2
"""Penalties without a better model, after which weaker ones are not tried."""
SEEN = 2
"""Pairs that are rarer than this in training have no weights."""

Measure = Callable[[Float[Tensor, "place label"]], float]
"""How good scores of a split's labels are."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which words a model reads, by their places relative to what is labelled.

    Attributes:
        words: the places of single words.
        pairs: those of two words that are read together.
        pooled: a whole text has the label: every place of it is read.
        heads: the shape whose heads read it: what they fetch where there is no such place is read too. None for
            nothing there.
        causal: heads do not see later places.
    """

    words: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    pooled: bool
    heads: Shape | None = None
    causal: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of words, the first and the second of which stand at two places.

    Attributes:
        first, second: the places.
        left, right: the symbols of each pair that training has more than once.
        counts: how often.
    """

    first: int
    second: int
    left: Int[NDArray[np.int64], "pair"]
    right: Int[NDArray[np.int64], "pair"]
    counts: Int[NDArray[np.int64], "pair"]


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """What words and pairs of words say for labels, with a mean of 0 over labels.

    Attributes:
        window: what is read.
        words: the weights of each symbol at each place.
        pairs: the pairs that have weights.
        of_pairs: their weights.
        penalty: the one that did best on validation.
        quality: the measure there.
    """

    window: Window
    words: Float[NDArray[np.float64], "place symbol label"]
    pairs: tuple[Pairs, ...]
    of_pairs: tuple[Float[NDArray[np.float64], "pair label"], ...]
    penalty: float
    quality: float


@dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """For each label, the rows of a table that add up to its scores.

    Attributes:
        rows: one label's after the other's.
        starts: where each label's begin.
    """

    rows: Int[Tensor, "row"]
    starts: Int[Tensor, "label"]

    def scores(self, table: Float[Tensor, "row label"]) -> Float[Tensor, "place label"]:
        """The sums."""
        return torch.nn.functional.embedding_bag(self.rows, table, self.starts, mode="sum")


def fit_linear(
    train: Encoded,
    validation: Encoded,
    symbols: int,
    labels: int,
    window: Window,
    measure: Measure,
    penalties: Sequence[float] = PENALTIES,
    kinds: Int[NDArray[np.int64], "symbol"] | None = None,
) -> Linear:
    """The model of the penalty that does best on validation data.

    Args:
        train, validation: the splits.
        symbols, labels: how many there are.
        window: what is read.
        measure: what is good on validation data.
        kinds: for each symbol the one that stands for words like it, which it adds to: a rare word then says about
            what an unknown word of its kind says. Itself where there is none; None where no symbol has one.
        penalties: to try, strong ones first, until one does no better than the one before.
    """
    pairs = tuple(common_pairs(train, pair, symbols, window) for pair in window.pairs)
    seen, held = (bags(split, window, symbols, pairs) for split in (train, validation))
    answers = torch.from_numpy(targets(train))
    singles = len(window.words) * symbols
    own = torch.zeros(singles + sum(len(p.counts) for p in pairs), labels, dtype=torch.float64)
    shared = _shared(kinds, len(window.words), symbols)
    best: tuple[float, float, Tensor] | None = None
    worse = 0
    for penalty in penalties:
        own = _fitted(seen, answers, own, penalty, shared)
        table = shared(own)
        quality = measure(held.scores(table))
        worse = 0 if best is None or quality > best[0] else worse + 1
        if worse == PATIENCE:
            break
        if not worse:
            best = quality, penalty, table
    assert best is not None, "there is a penalty to try"
    centred = (best[2] - best[2].mean(dim=1, keepdim=True)).numpy()
    ends = np.cumsum([singles, *(len(p.counts) for p in pairs)])
    of_pairs = tuple(centred[a:b] for a, b in pairwise(ends))
    words = centred[:singles].reshape(-1, symbols, labels)
    return Linear(window, words, pairs, of_pairs, best[1], best[0])


def _shared(
    kinds: Int[NDArray[np.int64], "symbol"] | None, places: int, symbols: int
) -> Callable[[Tensor], Tensor]:
    """A function from rows of weights to what rows say: a symbol's own weights and, at each place, its kind's."""
    if kinds is None:
        return lambda own: own
    rows = torch.from_numpy(kinds + symbols * np.arange(places)[:, None]).flatten()
    has = torch.from_numpy(kinds != np.arange(symbols)).repeat(places)[:, None]

    def table(own: Tensor) -> Tensor:
        said = own[: len(rows)]
        return torch.cat([said + has * said[rows], own[len(rows) :]])

    return table


def _fitted(
    seen: Bags, answers: Tensor, start: Tensor, penalty: float, shared: Callable[[Tensor], Tensor]
) -> Tensor:
    own = start.clone().requires_grad_(True)
    optimizer = torch.optim.LBFGS(
        [own], max_iter=STEPS, max_eval=4 * STEPS, history_size=8, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(seen.scores(shared(own)), answers)
        value = value + penalty * own.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return own.detach()


def targets(data: Encoded) -> Int[NDArray[np.int64], "label"]:
    """The labels of a split, those of one example after those of another."""
    return data.labels[data.labels >= 0]


def beside(data: Encoded, offset: int, window: Window) -> Int[NDArray[np.int64], "example position"]:
    """The symbol at a place relative to each position, -1 outside of the sequence."""
    if window.heads is not None:
        return _fetched(data, offset, window.heads, causal=window.causal)
    width = data.tokens.shape[1]
    at = np.arange(width) + offset
    found = data.tokens[:, at.clip(0, width - 1)]
    return np.where((at >= 0) & (at < width) & (data.tokens >= 0), found, -1)


def _fetched(
    data: Encoded, offset: int, shape: Shape, *, causal: bool
) -> Int[NDArray[np.int64], "example position"]:
    """What a head of the shape fetches that looks to a place relative to its own: the closest that counts as it.

    The closest are tried last to first, so that the first of them that a sequence has is what stays; where it has none
    a head falls back on the first place. (:class:`readhead.learn.attention.ClosestOrder` has the same order.)
    """
    width, told = data.tokens.shape[1], shape.last_position + 1
    at = np.arange(width)
    if offset == 0:
        return data.tokens
    here = at % told if shape.period else np.minimum(at, told - 1)
    there = (here + offset) % told if shape.period else (here + offset).clip(0, told - 1)
    found = np.repeat(data.tokens[:, :1], width, axis=1)
    for i in range(width):
        same = at[(here == there[i]) & ((at <= i) | (not causal))]
        cost = np.where(same == i, 2 * width, 2 * abs(same - i) + (same > i))
        for j in same[np.argsort(-cost)]:
            found[:, i] = np.where(data.tokens[:, j] >= 0, data.tokens[:, j], found[:, i])
    return np.where(data.tokens >= 0, found, -1)


def common_pairs(data: Encoded, pair: tuple[int, int], symbols: int, window: Window) -> Pairs:
    """The pairs of words at two places that are not rare."""
    both = _both(data, pair, symbols, window)
    codes, counts = np.unique(both[(both >= 0) & _read(data, pooled=window.pooled)], return_counts=True)
    codes, counts = codes[counts >= SEEN], counts[counts >= SEEN]
    return Pairs(*pair, codes // symbols, codes % symbols, counts)


def _both(data: Encoded, pair: tuple[int, int], symbols: int, window: Window) -> NDArray[np.int64]:
    """A number for the two words at two places, -1 where one of them is outside."""
    left, right = beside(data, pair[0], window), beside(data, pair[1], window)
    return np.where((left >= 0) & (right >= 0), left * symbols + right, -1)


def _read(data: Encoded, *, pooled: bool) -> NDArray[np.bool_]:
    """The positions that are read: all of a text with one label, else those with a label."""
    return data.tokens >= 0 if pooled else data.labels >= 0


def bags(data: Encoded, window: Window, symbols: int, pairs: Sequence[Pairs]) -> Bags:
    """The rows of a model's table for every label: each place's symbols, then the pairs."""
    columns = [
        np.where((found := beside(data, offset, window)) >= 0, found + k * symbols, -1)
        for k, offset in enumerate(window.words)
    ]
    first = len(window.words) * symbols
    for some in pairs:
        both = _both(data, (some.first, some.second), symbols, window)
        known = some.left * symbols + some.right  # in rising order
        row = np.searchsorted(known, both).clip(max=max(0, len(known) - 1))
        columns.append(
            np.where(known[row] == both, row + first, -1) if len(known) else np.full_like(both, -1)
        )
        first += len(known)
    return gathered(data, columns, pooled=window.pooled)


def gathered(data: Encoded, columns: Sequence[NDArray[np.int64]], *, pooled: bool) -> Bags:
    """Bags of what columns have at each position that is read; -1 is nothing."""
    grid = np.where(_read(data, pooled=pooled)[:, :, None], np.stack(columns, axis=2), -1)
    grid = grid.reshape(len(data), -1) if pooled else grid[data.labels >= 0]
    present = grid >= 0
    counts = present.sum(axis=1)
    return Bags(torch.from_numpy(grid[present]), torch.from_numpy(np.cumsum(counts) - counts))
