"""Shapes and schedules fit the data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from readhead.errors import UsageError
from readhead.learn.encode import TRAIN_PAIRS
from readhead.learn.presets import PAPER_SHAPES, plan
from readhead.learn.shape import Shape, segments
from readhead.program.vocabulary import Vocabulary
from readhead.tasks import TASKS, load_dataset
from readhead.tasks.examples import Dataset, Example


def text(count: int, words: int, length: int, kind: str = "sequence_label") -> Dataset:
    vocabulary = Vocabulary(tuple(f"w{i}" for i in range(words)), begin="<s>", unknown="<unk>")
    labels = ("x",) if kind == "sequence_label" else ("x",) * length
    examples = (Example(("w0",) * length, labels),) * count
    return Dataset("mine", vocabulary, ("x", "y"), kind, False, None, examples, examples, examples)  # type: ignore[arg-type]


def test_every_task_has_the_papers_shape() -> None:
    assert set(PAPER_SHAPES) == set(TASKS)
    shape, schedule = plan(load_dataset("sort", examples=200), "paper", None)
    assert shape == Shape(3, 4, 4, 2, 2, values=8)
    assert (schedule.epochs, schedule.batch, schedule.learning_rate) == (250, 512, 0.05)
    assert (schedule.hot, schedule.cold) == (3.0, 0.01)


def test_larger_tasks_get_room_for_their_symbols_and_positions() -> None:
    shape, _ = plan(load_dataset("sort", examples=200, symbols=13, max_length=14), "paper", None)
    assert shape.values == 16
    shape, _ = plan(load_dataset("hist", examples=200, symbols=20, max_length=5), "default", 7)
    assert shape.values == 21


def test_text_gets_word_classes_and_symbols_do_not() -> None:
    assert plan(text(400, 500, 9), "default", None)[0].embeddings > 0
    assert plan(text(400, 5, 9), "default", None)[0].embeddings == 0


@pytest.mark.parametrize(("count", "length"), [(10, 5), (4000, 40), (4000, 900)])
def test_batches_of_text_are_bounded(count: int, length: int) -> None:
    _, schedule = plan(text(count, 500, length), "default", None)
    assert 4 <= schedule.batch <= 128
    assert schedule.batch == 4 or schedule.batch * (length + 1) ** 2 <= TRAIN_PAIRS


def test_segments_tell_choices_from_numbers() -> None:
    layout = segments(Shape(1, 1, 1, 1, 1, values=4, hidden=3, embeddings=2), words=9, labels=3)
    sizes = {s.name: s.shape for s in layout}
    assert sizes["embedding"] == (2, 9, 4)
    assert sizes["0.predicate"] == (2, 4, 4)
    assert sizes["readout"] == (3, 6, 4)
    assert sizes["readout_numbers"] == (3, 2)
    choices = [s.choice for s in layout]
    assert choices == sorted(choices, reverse=True)


@pytest.mark.parametrize("wrong", [{"layers": -1}, {"values": 1}, {"cap": 0}, {"hidden": 2.5}])
def test_a_shape_that_cannot_be_is_an_error(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="a program's shape has"):
        replace(Shape(1, 1, 1, 1, 1), **wrong)


def test_a_file_named_after_a_task_gets_no_task_shape() -> None:
    assert plan(replace(text(400, 500, 9), name="sort"), "default", None)[0].embeddings > 0


def test_one_long_example_does_not_set_the_batch_for_all() -> None:
    short, long = text(4000, 500, 9), text(1, 500, 700)
    mixed = replace(short, train=short.train + long.train)
    assert plan(mixed, "default", None)[1].batch == plan(short, "default", None)[1].batch


def test_positions_are_told_apart_as_far_as_they_were_trained() -> None:
    assert plan(text(400, 500, 9), "default", None)[0].last_position == 9
    assert plan(text(400, 500, 90), "default", None)[0].last_position == 15


def test_too_many_symbols_or_too_long_sequences_are_errors_that_say_the_limit() -> None:
    with pytest.raises(UsageError, match="would need 101 values"):
        plan(load_dataset("sort", examples=200, symbols=99), "default", None)
    with pytest.raises(UsageError, match="training sequence of 17,000,001 tokens") as caught:
        plan(text(1, 500, 17_000_000), "default", None)
    assert "split the long ones" in str(caught.value)
