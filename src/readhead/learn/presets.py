"""How a program is learned: the shapes and schedules behind ``--preset``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from readhead.errors import UsageError, did_you_mean
from readhead.learn.encode import TRAIN_PAIRS
from readhead.learn.shape import Shape
from readhead.tasks.examples import Dataset

Preset = Literal["default", "paper", "quick"]

PAPER_SHAPES: dict[str, Shape] = {
    "reverse": Shape(3, 4, 4, 1, 1),
    "sort": Shape(3, 4, 4, 2, 2),
    "most_freq": Shape(3, 4, 4, 2, 2),
    "hist": Shape(1, 2, 2, 1, 1),
    "double_hist": Shape(3, 4, 4, 1, 1),
    "dyck1": Shape(3, 4, 4, 1, 1, values=16),
    "dyck2": Shape(3, 2, 2, 2, 2, values=16),
    "induction": Shape(2, 1, 0, 0, 0, values=10),
}
"""The shapes of the paper's protocol (Friedman et al. 2023), by task."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a population is trained.

    Attributes:
        restarts: how many programs are trained side by side.
        epochs: passes over the training split.
        batch: examples in a step.
        learning_rate: Adam's, at the start.
        final_rate: what the learning rate falls to, along a cosine, as a fraction of the first.
        hot, cold: the temperature at the first and the last step; geometric in between.
        patience: epochs without a better program, once the temperature is below 0.1, after which training stops.
        probe: epochs between two tries to finish the best program (and to stop, if it is perfect).
        repair: how often, after training, single choices are tried against the training errors, and the read-out is
            fitted again; 0 for not at all.
    """

    restarts: int
    epochs: int
    batch: int = 512
    learning_rate: float = 0.05
    final_rate: float = 1.0
    hot: float = 3.0
    cold: float = 0.01
    patience: int = 40
    probe: int = 5
    repair: int = 8


LONG, LONG_EPOCHS = 10, 8
"""With more content tokens than this, a step costs several times more: so many epochs must do by default."""

EXACT = 2**24
"""Whole numbers below this are exact in float32."""
MOST_VALUES = 64
"""The most values of a categorical variable."""
TEXT_BATCH = 128
"""At most so many examples of a user's data in a batch."""
MOST_RESTARTS = 10_000

SCHEDULES: dict[Preset, Schedule] = {
    "default": Schedule(restarts=4, epochs=40, batch=64),
    "paper": Schedule(restarts=5, epochs=250, repair=0),
    "quick": Schedule(restarts=2, epochs=6, batch=128, probe=3),
}


def plan(dataset: Dataset, preset: str, restarts: int | None) -> tuple[Shape, Schedule]:
    """The shape and the schedule for a data set.

    Raises:
        UsageError: for an unknown preset, or restarts below 1.
    """
    if preset not in get_args(Preset):
        raise UsageError(f"no preset {preset!r}", instead=did_you_mean(preset, get_args(Preset)))
    if restarts is not None and (type(restarts) is not int or not 1 <= restarts <= MOST_RESTARTS):
        raise UsageError(
            f"there cannot be {restarts!r} restarts", instead=f"a whole number from 1 to {MOST_RESTARTS:,}"
        )
    schedule = SCHEDULES[preset]  # type: ignore[index]  # checked above
    if restarts is not None:
        schedule = replace(schedule, restarts=restarts)
    known = PAPER_SHAPES.get(dataset.name) if dataset.max_length is not None else None  # a file has no limit
    if preset == "default" and dataset.max_length is not None and dataset.max_length > LONG:
        schedule = replace(schedule, epochs=LONG_EPOCHS)
    if known is None:
        shape, schedule = _for_text(dataset, preset), _text_schedule(dataset, schedule)
    else:
        small = replace(known, layers=min(known.layers, 2), hidden=16, cap=15)
        shape = _fitted(small if preset == "quick" else known, dataset)
    if _longest(dataset) ** shape.layers >= EXACT:
        raise UsageError(
            f"{dataset.name} has a training sequence of {_longest(dataset):,} tokens, markers included",
            why=f"numbers that {shape.layers} layers of heads count up could exceed what training computes exactly",
            instead=f"sequences of fewer than {int(EXACT ** (1 / shape.layers)):,} tokens: split the long ones",
        )
    return shape, schedule


def _fitted(shape: Shape, dataset: Dataset) -> Shape:
    """The shape with room for every symbol and position of the data set."""
    symbols = dataset.vocabulary.symbols
    assert symbols is not None
    positions = 0 if dataset.max_length is None else dataset.max_length + dataset.vocabulary.markers
    codes = 0 if shape.embeddings else len(symbols)
    values = max(shape.values, codes, positions)
    if values > MOST_VALUES:
        raise UsageError(
            f"{dataset.name} has {codes} symbols and {positions} positions: variables would need {values} values",
            why=f"tables grow with the cube of that; the most is {MOST_VALUES}",
            instead="fewer symbols or shorter sequences",
        )
    return replace(shape, values=values)


def _for_text(dataset: Dataset, preset: str) -> Shape:
    """A shape for a user's own data: word classes where there are many words, shallow where labels are pooled."""
    symbols = dataset.vocabulary.symbols
    assert symbols is not None
    embeddings = 0 if len(symbols) <= 24 else 2 if preset == "quick" else 8
    layers = 1 if preset == "quick" or dataset.kind == "sequence_label" else 2
    heads = 2 if dataset.kind == "sequence_label" else 4
    shape = _fitted(Shape(layers, heads, heads // 2, 1, 1, values=16, embeddings=embeddings), dataset)
    told = min(shape.values, _longest(dataset))
    if embeddings and preset == "default" and _longest(dataset) > told:
        return replace(shape, period=told)  # neighbours matter, wherever they are
    return replace(shape, positions=told)


def _usual_length(dataset: Dataset) -> int:
    """The length, markers included, that 19 of 20 training sequences do not exceed."""
    lengths = sorted(len(example.tokens) for example in dataset.train)
    return lengths[(len(lengths) * 19) // 20] + dataset.vocabulary.markers


def _longest(dataset: Dataset) -> int:
    """The length of the longest training sequence, markers included."""
    return max(len(example.tokens) for example in dataset.train) + dataset.vocabulary.markers


def _text_schedule(dataset: Dataset, schedule: Schedule) -> Schedule:
    """Smaller batches for fewer examples (so that there are steps enough) and for long ones (so that they fit)."""
    fitting = TRAIN_PAIRS // _usual_length(dataset) ** 2
    batch = max(4, min(TEXT_BATCH, len(dataset.train) // 40, fitting))
    return replace(schedule, batch=batch)
