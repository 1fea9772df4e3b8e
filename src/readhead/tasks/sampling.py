"""Drawing contents at random, dropping duplicates, and splitting: the paper's protocol, vectorised.

Contents are rows of codes into the task's tokens, padded with -1 on the right. A seed fixes everything: it
gives two independent streams (``SeedSequence(seed).spawn(2)``), one for drawing contents, one for splits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from readhead.errors import UsageError

Rows = npt.NDArray[np.int64]
Draw = Callable[[np.random.Generator, int], Rows]
Item = TypeVar("Item")


def streams(seed: int) -> tuple[np.random.Generator, np.random.Generator]:
    """The generators that a seed stands for: one that draws contents, one that splits them."""
    if type(seed) is not int or seed < 0:
        raise UsageError(f"a seed is a whole number from 0, got {seed!r}")
    draws, splits = np.random.SeedSequence(seed).spawn(2)
    return np.random.default_rng(draws), np.random.default_rng(splits)


def draw_strings(
    rng: np.random.Generator, count: int, symbols: int, min_length: int, max_length: int
) -> Rows:
    """Strings of symbols: the length uniform over its range, then every symbol uniform."""
    lengths = rng.integers(min_length, max_length + 1, size=(count, 1))
    codes = rng.integers(symbols, size=(count, max_length))
    return np.where(np.arange(max_length) < lengths, codes, -1)


def draw_brackets(rng: np.random.Generator, count: int, kinds: int, length: int) -> Rows:
    """Bracket strings: each, with equal chance, uniformly random or a balanced string cut to ``length``.

    A balanced string starts with one pair; each further pair is, with equal chance, appended or wrapped
    around, until there are ``(length + 1) / 2``. Kind ``k`` opens with code ``2 k`` and closes with ``2 k + 1``.
    """
    random = rng.integers(2 * kinds, size=(count, length))
    pairs = (length + 1) // 2
    kind = 2 * rng.integers(kinds, size=(count, pairs))
    wrap = rng.integers(2, size=(count, pairs)).astype(bool)
    balanced = np.zeros((count, 0), dtype=np.int64)
    for i in range(pairs):
        opening, closing = kind[:, i : i + 1], kind[:, i : i + 1] + 1
        wrapped = np.concatenate((opening, balanced, closing), axis=1)
        appended = np.concatenate((balanced, opening, closing), axis=1)
        balanced = np.where(wrap[:, i : i + 1], wrapped, appended)
    return np.where(rng.integers(2, size=(count, 1)).astype(bool), balanced[:, :length], random)


def draw_recall(rng: np.random.Generator, count: int, symbols: int, pairs: int) -> Rows:
    """Letter-number pairs, each letter with its own number throughout, and one token more.

    That token is, with equal chance, a random number before the pairs or a random letter after them. Letters
    have codes ``0 .. symbols - 1``, numbers follow.
    """
    letters = rng.integers(symbols, size=(count, pairs))
    number = symbols + rng.integers(symbols, size=(count, symbols))
    body = np.stack((letters, np.take_along_axis(number, letters, axis=1)), axis=2).reshape(count, 2 * pairs)
    extra = rng.integers(symbols, size=(count, 1))
    before = rng.integers(2, size=(count, 1)).astype(bool)
    return np.where(
        before, np.concatenate((symbols + extra, body), axis=1), np.concatenate((body, extra), axis=1)
    )


def draw_distinct(draw: Draw, rng: np.random.Generator, wanted: int) -> Rows:
    """The first ``wanted`` distinct contents, in the order drawn; all that came up where there are fewer.

    Draws twice as many as wanted, and as long as too few are distinct, ``wanted`` more, at most three times: for
    20,000, that is 40,000, 60,000, 80,000, 100,000 in all.
    """
    drawn = draw(rng, 2 * wanted)
    first = _first_places(drawn)
    while len(first) < wanted and len(drawn) < 5 * wanted:
        drawn = np.concatenate((drawn, draw(rng, wanted)))
        first = _first_places(drawn)
    return drawn[first[:wanted]]


def _first_places(rows: Rows) -> Rows:
    """Where each distinct row occurs first, in rising order."""
    _, first = np.unique(rows, axis=0, return_index=True)
    return np.sort(first)


def split_sizes(count: int) -> tuple[int, int, int]:
    """How many of ``count`` examples go to train, validation and test: 81, 9 and 10 per cent.

    >>> split_sizes(20_000)
    (16200, 1800, 2000)
    """
    test = (10 * count + 50) // 100
    validation = (9 * count + 50) // 100
    return count - validation - test, validation, test


def shuffled_split(
    items: Sequence[Item], rng: np.random.Generator, sizes: Sequence[int]
) -> tuple[tuple[Item, ...], ...]:
    """The items in random order, cut into parts of these sizes (which add up to their number)."""
    order = rng.permutation(len(items)).tolist()
    ends = np.cumsum(sizes).tolist()
    return tuple(
        tuple(items[i] for i in order[start:end]) for start, end in zip([0, *ends[:-1]], ends, strict=True)
    )
