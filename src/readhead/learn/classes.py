"""Word classes from what words say for labels, and tables of classes from what pairs of words say.

A log-linear model (:mod:`readhead.learn.linear`) has a row of weights for every word and for common pairs of words.
The rows of words are clustered, frequent words counting more; what the first class leaves over is clustered again for
the next one ("Multiple stage vector quantization for speech coding", Juang and Gray, ICASSP 1982), and all are
adjusted to each other. For pairs, the first words and the second words are clustered in turn, such that the weights
within each cell of the table of clusters are as equal as can be ("Direct clustering of a data matrix", Hartigan, JASA
1972).

Invariant: a symbol has one class in each, and what classes and tables stand for is a sum of their centres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import NDArray

from readhead.learn.linear import Linear, Pairs
from readhead.learn.vectors import k_means, nearest

ENOUGH = 0.02
"""The share of the weights' variance that may be left over."""
TURNS = 12
"""How often the first words and the second words are clustered in turn."""
TRIES = 3
"""How often from other first clusters."""

Codes = Int[NDArray[np.int64], "symbol"]
Centres = Float[NDArray[np.float64], "value label"]


@dataclass(frozen=True, slots=True, eq=False)
class WordClass:
    """A class of every word.

    Attributes:
        place: where the words stand relative to what they speak for.
        codes: the value for each symbol.
        centres: what each value says for each label.
    """

    place: int
    codes: Codes
    centres: Centres


@dataclass(frozen=True, slots=True, eq=False)
class PairTable:
    """Two classes of every word, and a table of both.

    Attributes:
        first, second: where the two words stand.
        left, right: the value of each symbol as the first, and as the second word.
        table: the value for each two values.
        centres: what each value of the table says for each label.
    """

    first: int
    second: int
    left: Codes
    right: Codes
    table: Int[NDArray[np.int64], "value value"]
    centres: Centres


def word_classes(
    linear: Linear, frequency: Codes, values: int, most: int, beside: int, rng: np.random.Generator
) -> list[WordClass]:
    """Classes that say about what the model's words say.

    Args:
        linear: the model.
        frequency: how often each symbol occurs in training.
        values: of a class.
        most: classes for the place of the label itself.
        beside: classes for each other place.
        rng: draws the first centres.
    """
    found = []
    mass = _mass(frequency) + 0.01
    for place, weights in zip(linear.window.words, linear.words, strict=True):
        room = most if place == 0 else beside
        found += [WordClass(place, *one) for one in _residual(weights, mass, values, room, rng)]
    return found


def _residual(
    weights: NDArray[np.float64], mass: NDArray[np.float64], values: int, most: int, rng: np.random.Generator
) -> list[tuple[Codes, Centres]]:
    """Classes whose centres add up to about the weights."""
    left, whole = weights.copy(), _variance(weights, mass)
    found: list[tuple[Codes, Centres]] = []
    while not found or (len(found) < most and _variance(left, mass) > ENOUGH * whole):
        codes = k_means(left, values, rng, mass)
        found.append((codes, _means(left, codes, mass, values)))
        left -= found[-1][1][codes]
        for _ in range(TURNS if len(found) > 1 else 0):
            for k, (codes, centres) in enumerate(found):
                left += centres[codes]
                codes = nearest(left, centres)
                found[k] = codes, _means(left, codes, mass, values)
                left -= found[k][1][codes]
    return found


def pair_tables(
    pairs: Pairs,
    weights: Float[NDArray[np.float64], "pair label"],
    symbols: int,
    values: int,
    most: int,
    rng: np.random.Generator,
) -> list[PairTable]:
    """Tables that say about what the model's pairs say, the one that says most first.

    Args:
        pairs, weights: of the model.
        symbols: how many there are.
        values: of a class, and of a table.
        most: tables.
        rng: draws first clusters, and centres.
    """
    mass = _mass(pairs.counts)
    left, whole = weights.copy(), _variance(weights, mass)
    found: list[PairTable] = []
    while len(found) < most and _variance(left, mass) > ENOUGH * whole:
        tries = [_both_clustered(pairs, left, symbols, values, rng) for _ in range(TRIES)]
        first, second, cells = min(
            tries, key=lambda t: _variance(left - t[2][t[0][pairs.left], t[1][pairs.right]], mass)
        )
        often = np.bincount(first[pairs.left] * values + second[pairs.right], mass, values**2)
        mass_of_cell: NDArray[np.float64] = often.astype(np.float64) + 1e-6
        table = k_means(cells.reshape(values**2, -1), values, rng, mass_of_cell)
        centres = _means(cells.reshape(values**2, -1), table, mass_of_cell, values)
        table = table.reshape(values, values)
        found.append(PairTable(pairs.first, pairs.second, first, second, table, centres))
        left -= centres[table[first[pairs.left], second[pairs.right]]]
    return found


def _both_clustered(
    pairs: Pairs,
    weights: Float[NDArray[np.float64], "pair label"],
    symbols: int,
    values: int,
    rng: np.random.Generator,
) -> tuple[Codes, Codes, Float[NDArray[np.float64], "value value label"]]:
    """A class of first words, one of second words, and the mean weights in each cell of their table.

    The commonest words begin with a class of their own, the others with any. A word that is in no pair gets the last
    value.
    """
    mass = _mass(pairs.counts)
    sides = [
        (pairs.left, np.bincount(pairs.left, mass, symbols)),
        (pairs.right, np.bincount(pairs.right, mass, symbols)),
    ]
    classes = []
    for _, often in sides:
        codes = rng.integers(values, size=symbols)
        codes[np.argsort(-often, kind="stable")[: values - 1]] = np.arange(min(values - 1, symbols))
        classes.append(codes)

    def cells() -> NDArray[np.float64]:
        cell = classes[0][pairs.left] * values + classes[1][pairs.right]
        return _means(weights, cell, mass, values**2).reshape(values, values, -1)

    for _ in range(TURNS):
        for side, (words, often) in enumerate(sides):
            means = cells() if side == 0 else cells().transpose(1, 0, 2)
            other = classes[1 - side][sides[1 - side][0]]
            cost = [
                np.bincount(words, mass * np.square(weights - row[other]).sum(axis=1), symbols)
                for row in means
            ]
            classes[side] = np.where(often > 0, np.argmin(cost, axis=0), values - 1)
    return classes[0], classes[1], cells()


def _means(
    points: Float[NDArray[np.float64], "point label"],
    codes: Int[NDArray[np.int64], "point"],
    mass: Float[NDArray[np.float64], "point"],
    values: int,
) -> Centres:
    """The mean of the points of each value; 0 where it has none."""
    counts = np.bincount(codes, mass, values)
    sums = np.stack([np.bincount(codes, mass * column, values) for column in points.T], axis=1)
    return sums / np.where(counts > 0, counts, 1)[:, None]


def _variance(points: NDArray[np.float64], mass: NDArray[np.float64]) -> float:
    return float((mass[:, None] * np.square(points)).sum())


def _mass(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much what occurs so often counts: between once and every time."""
    found: NDArray[np.float64] = np.sqrt(counts.astype(np.float64))
    return found
