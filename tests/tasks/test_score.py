"""Scores: scored positions only, and answers that do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from readhead.errors import DataError
from readhead.program.vocabulary import OPEN
from readhead.tasks import TASKS, Dataset, Example, Score, majority, make_task, score
from readhead.tasks.score import majority_label


@dataclass
class Fixed:
    """Answers what it is told to."""

    answers: Sequence[Any]

    def run_batch(self, sequences: Sequence[Any]) -> Sequence[Any]:
        return self.answers


EXAMPLES = (Example(("a", "1", "b"), ("x", None, "y")), Example(("b",), ("x",)))


def test_unscored_positions_do_not_count() -> None:
    got = score(Fixed([["x", "nonsense", "x"], ["x"]]), EXAMPLES, "token_labels")
    assert Score(correct=2, positions=3, examples=2) == got
    assert 2 / 3 == got.accuracy


def test_one_label_for_each_sequence() -> None:
    examples = (Example(("a", "b"), ("x",)), Example(("a",), ("y",)))
    assert Score(1, 2, 2) == score(Fixed(["x", "x"]), examples, "sequence_label")


@pytest.mark.parametrize("name", TASKS)
def test_the_reference_answers_score_perfectly(name: str) -> None:
    task = make_task(name, examples=200)
    dataset = task.dataset()

    class Reference:
        def run_batch(self, sequences: Sequence[Any]) -> Sequence[Any]:
            return [task.answer(s) for s in sequences]

    assert 1.0 == score(Reference(), dataset.test, dataset.kind).accuracy


def make_dataset(kind: Any, train: tuple[Example, ...], test: tuple[Example, ...]) -> Dataset:
    return Dataset("d", OPEN, ("x", "y"), kind, False, None, train, train, test)


def test_the_majority_is_counted_on_train_and_scored_on_test() -> None:
    train = (Example(("a", "b", "c"), ("y", "y", None)), Example(("a",), ("x",)))
    test = (Example(("a", "b", "c"), ("x", None, "y")),)
    dataset = make_dataset("token_labels", train, test)
    assert "y" == majority_label(dataset)
    assert Score(1, 2, 1) == majority(dataset)


def test_of_equally_common_labels_the_first_is_the_majority() -> None:
    examples = (Example(("a", "b"), ("y",)), Example(("a", "b"), ("x",)))
    dataset = make_dataset("sequence_label", examples, examples)
    assert "x" == majority_label(dataset)
    assert Score(1, 2, 2) == majority(dataset)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([["x"]], "1 answers to 2 examples"),
        ([["x", "x"], ["x"]], r"example 0: \('a', '1', 'b'\): 2 labels answer 3 labels"),
    ],
)
def test_answers_that_do_not_fit(answers: Sequence[Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        score(Fixed(answers), EXAMPLES)
    caught.match(message)


def test_nothing_to_score() -> None:
    with pytest.raises(DataError, match="1 examples without a single scored position"):
        score(Fixed([["x"]]), [Example(("a",), (None,))])
