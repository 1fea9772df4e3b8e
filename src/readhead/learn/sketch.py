"""Where training on text begins: a program that is about the log-linear model, written in classes, heads and tables.

The steps are those of :func:`begun`: fit the model, cluster its words and its pairs of words, keep the tables of pairs
that make validation better, and write all this into the parameters of a relaxed program. A word beside the token is
fetched by a head that looks to a neighbouring position. Training data alone decide what words say; validation data
decide how many tables there are, and how much an entity needs to be one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor

from readhead.learn.classes import PairTable, WordClass, pair_tables, word_classes
from readhead.learn.encode import Encoded, encode
from readhead.learn.linear import Linear, Measure, Window, beside, fit_linear, gathered
from readhead.learn.population import Setting
from readhead.learn.quality import best_offset, measure
from readhead.learn.shape import Segment, Shape, segments
from readhead.learn.start import Origin
from readhead.program.vocabulary import Vocabulary
from readhead.tasks.entities import OUTSIDE
from readhead.tasks.examples import Dataset

LEAD = 8.0
"""The logit of a choice that the sketch makes; noise is about 1."""
WINDOWS = {
    True: (Window((0,), ((-1, 0),), pooled=True),),
    False: (Window((-1, 0, 1), (), pooled=False), Window((-2, -1, 0, 1, 2), (), pooled=False)),
}
"""What may be read of texts with one label, and around tokens with labels; validation data decide."""
OWN, BESIDE, TABLES = 4, 2, 4
"""The most classes for the labelled place and for each other, and the most tables."""
HOT, EPOCHS, RATE, RESTARTS = 0.2, 2, 0.003, 1
"""The temperature, the epochs, the learning rate and the restarts of training from a sketch: it is only adjusted."""
TRIES = 6
"""Sketches from other first clusters, of which the best on validation data is kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What a program begins with.

    Attributes:
        classes: of single words.
        tables: of pairs of words.
        quality: on validation data.
    """

    classes: tuple[WordClass, ...]
    tables: tuple[PairTable, ...]
    quality: float


def begun(setting: Setting, dataset: Dataset, *, restarts: int | None = None) -> Setting:
    """The setting with a sketch of the data as where training begins, and a shape with room for it.

    Args:
        setting: of a shape with word classes, afresh.
        dataset: what is learned.
        restarts: how many were asked for; None for as many as a sketch needs, :data:`RESTARTS`.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # sums of several threads depend on how many there are
    try:
        return _begun(setting, dataset, restarts)
    finally:
        torch.set_num_threads(threads)


def _begun(setting: Setting, dataset: Dataset, restarts: int | None) -> Setting:
    train, validation = encode(dataset, dataset.train), encode(dataset, dataset.validation)
    symbols, labels = dataset.vocabulary.symbols, len(dataset.labels)
    assert symbols is not None
    tags = setting.tags
    good = measure(validation, tags)
    kinds = stand_ins(dataset.vocabulary)
    windows = _windows(setting)
    ways = [(window, kinds) for window in windows]
    if kinds is not None:
        ways.append((windows[-1], None))
    models = [
        fit_linear(train, validation, len(symbols), labels, window, good, kinds=shared)
        for window, shared in ways
    ]
    linear = max(models, key=lambda one: one.quality)
    tries = [
        sketched(linear, train, validation, setting.shape, good, np.random.default_rng([setting.seed, 5, i]))
        for i in range(TRIES)
    ]
    sketch = max(tries, key=lambda one: one.quality)
    scores = score_of(sketch.classes, sketch.tables, validation, linear.window)
    offset = best_offset(scores, validation, tags)[1]
    shape = _with_room(setting.shape, sketch)
    layout = segments(shape, len(symbols), labels)
    moved = [-offset * (label == OUTSIDE) for label in dataset.labels]
    origin = origin_of(sketch, moved, shape, layout)
    schedule = setting.schedule
    if not setting.tuned:
        schedule = replace(
            schedule, hot=HOT, epochs=EPOCHS, learning_rate=RATE, restarts=restarts or RESTARTS
        )
    schedule = replace(schedule, repair=0)
    return replace(setting, shape=shape, layout=layout, origin=origin, schedule=schedule, sketched=True)


def _windows(setting: Setting) -> list[Window]:
    """What may be read by the setting's heads, without the words after where they do not look there."""
    return [
        replace(
            window,
            words=tuple(place for place in window.words if place <= 0 or not setting.causal),
            heads=setting.shape,
            causal=setting.causal,
        )
        for window in WINDOWS[setting.pooled]
    ]


def stand_ins(vocabulary: Vocabulary) -> Int[NDArray[np.int64], "symbol"] | None:
    """For each symbol the marker of unknown words that are spelled like it, itself for markers; None without them."""
    symbols = vocabulary.symbols
    if not symbols or not vocabulary.spellings:
        return None
    number = {symbol: i for i, symbol in enumerate(symbols)}
    own = set(vocabulary.tokens or ())
    names = [vocabulary.stand_in(symbol) if symbol in own else symbol for symbol in symbols]
    return np.array([number[name] for name in names])


def sketched(
    linear: Linear,
    train: Encoded,
    validation: Encoded,
    shape: Shape,
    good: Measure,
    rng: np.random.Generator,
) -> Sketch:
    """Classes that say about what a model's words say, and the tables of its pairs that do good on validation data."""
    symbols, window = linear.words.shape[1], linear.window
    frequency = np.bincount(train.tokens[train.tokens >= 0], minlength=symbols)
    classes = tuple(word_classes(linear, frequency, shape.values, OWN, BESIDE, rng))
    scores = score_of(classes, (), validation, window)
    best, chosen = good(scores), []
    for pairs, weights in zip(linear.pairs, linear.of_pairs, strict=True):
        for table in pair_tables(pairs, weights, symbols, shape.values, TABLES, rng):
            more = scores + score_of((), (table,), validation, window)
            found = good(more)
            if found < best:
                break
            chosen.append(table)
            scores, best = more, found
    return Sketch(classes, tuple(chosen), best)


def _with_room(shape: Shape, sketch: Sketch) -> Shape:
    """The parts of the sketch, and no others: a layer of heads and tables."""
    fetched = [one.place for one in sketch.classes]
    fetched += [place for table in sketch.tables for place in (table.first, table.second)]
    return replace(
        shape,
        layers=1,
        embeddings=len(sketch.classes) + 2 * len(sketch.tables),
        categorical_heads=sum(place != 0 for place in fetched),
        numerical_heads=0,
        categorical_mlps=len(sketch.tables),
        numerical_mlps=0,
    )


def score_of(
    classes: Sequence[WordClass], tables: Sequence[PairTable], data: Encoded, window: Window
) -> Float[Tensor, "place label"]:
    """What classes and tables say for every label of a split."""
    columns, rows, first = [], [], 0
    for one in classes:
        columns.append(_coded(one.codes, beside(data, one.place, window)))
        rows.append(one.centres)
    for pair in tables:
        left, right = (
            _coded(pair.left, beside(data, pair.first, window)),
            _coded(pair.right, beside(data, pair.second, window)),
        )
        columns.append(np.where((left >= 0) & (right >= 0), pair.table[left, right], -1))
        rows.append(pair.centres)
    shifted = []
    for column, centres in zip(columns, rows, strict=True):
        shifted.append(np.where(column >= 0, column + first, -1))
        first += len(centres)
    return gathered(data, shifted, pooled=window.pooled).scores(torch.from_numpy(np.concatenate(rows)))


def _coded(codes: NDArray[np.int64], tokens: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(tokens >= 0, codes[tokens], -1)


def origin_of(sketch: Sketch, moved: Sequence[float], shape: Shape, layout: list[Segment]) -> Origin:
    """The parameters of a relaxed program that begins with a sketch.

    Args:
        sketch: it has room in the shape.
        moved: what is added to the score of each label, everywhere.
        shape, layout: the relaxed program.
    """
    writing = _Writing(shape, layout)
    for one in sketch.classes:
        variable = writing.fetched(writing.word_class(one.codes), one.place)
        writing.scores(variable, one.centres)
    for pair in sketch.tables:
        left = writing.fetched(writing.word_class(pair.left), pair.first)
        right = writing.fetched(writing.word_class(pair.right), pair.second)
        writing.scores(writing.table(left, right, pair.table), pair.centres)
    writing.values["readout"][:, 0] += torch.tensor(moved)[:, None]
    return Origin(writing.flat, torch.zeros_like(writing.idle), writing.idle)


class _Writing:
    """A flat vector, filled part by part."""

    def __init__(self, shape: Shape, layout: list[Segment]) -> None:
        self.shape = shape
        sizes = [segment.size for segment in layout]
        self.flat, self.idle = torch.zeros(sum(sizes)), torch.ones(sum(sizes), dtype=torch.bool)
        self.values, self.idles = (
            {s.name: piece.view(s.shape) for s, piece in zip(layout, vector.split(sizes), strict=True)}
            for vector in (self.flat, self.idle)
        )
        for name in (
            "readout",
            "readout_numbers",
        ):  # over a long text little scores add up: others begin at 0
            self.idles[name][...] = False
        self.classes = self.heads = self.tables = 0

    def _choose(self, name: str, index: tuple[int | Tensor, ...], option: int | Tensor) -> None:
        self.values[name][(*index, option)] = LEAD
        self.idles[name][index] = False

    def word_class(self, codes: NDArray[np.int64]) -> int:
        """The next word class; the number of its variable."""
        self._choose("embedding", (self.classes, torch.arange(len(codes))), torch.from_numpy(codes))
        self.classes += 1
        return self.classes - 1

    def fetched(self, variable: int, place: int) -> int:
        """A head of the first layer that fetches a variable from another place; the number of what it writes."""
        if place == 0:
            return variable
        shape, head = self.shape, self.heads
        positions = shape.place_of_positions
        for name, option in (("query", positions), ("key", positions), ("value", variable)):
            self._choose(f"0.{name}", (head,), option)
        told = shape.last_position + 1
        here = torch.arange(told)
        there = (here + place) % told if shape.period else (here + place).clamp(0, told - 1)
        self._choose("0.predicate", (head, here), there)
        self.heads += 1
        return shape.categorical_before(0) + head

    def table(self, left: int, right: int, values: NDArray[np.int64]) -> int:
        """A table of two variables in the first layer; the number of what it writes."""
        d, number = self.shape.values, self.tables
        for side, variable in enumerate((left, right)):
            self._choose("0.mlp_read", (number, side), variable)
        self._choose("0.mlp_table", (number, torch.arange(d * d)), torch.from_numpy(values.reshape(-1)))
        self.tables += 1
        return self.shape.categorical_before(0) + self.shape.categorical_heads + number

    def scores(self, variable: int, centres: NDArray[np.float64]) -> None:
        """What the values of a variable say for each label."""
        self.values["readout"][:, variable] += torch.from_numpy(centres.T).float()
