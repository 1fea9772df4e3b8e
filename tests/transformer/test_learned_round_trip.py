"""What is learned is simplified, compiled and run: on the whole test split it answers as the learned program does."""

from __future__ import annotations

import pytest

import readhead as rh
from readhead.learn.learner import learn
from readhead.program.size import size
from readhead.reason.simplify import simplify
from readhead.tasks import TASKS, load_dataset
from readhead.tasks.score import score

BUDGET = 2000
"""So few inputs are tried when a program is simplified quickly."""


def assert_round_trip(program, dataset, tmp_path, **settings) -> None:
    """Simplify, compile, save, load, and run on the test split; answers are compared with their types."""
    inputs = [example.tokens for example in dataset.test]
    expected = program.run_batch(inputs)
    simple = simplify(program, **settings).program
    assert size(simple).variables <= size(program).variables
    assert repr(expected) == repr(simple.run_batch(inputs))
    model = rh.transformer.compile(simple, max_length=dataset.max_length, samples=100)
    assert repr(expected) == repr(model.run_batch(inputs))
    model.save_pretrained(tmp_path / "model")
    loaded = rh.transformer.Transformer.from_pretrained(tmp_path / "model")
    assert repr(expected) == repr(loaded.run_batch(inputs))
    assert score(program, dataset.test) == score(loaded.program, dataset.test)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_of_a_small_data_set(task: str, tmp_path) -> None:
    dataset = load_dataset(task, seed=0, examples=300)
    found = learn(dataset, preset="quick", method="gradient", restarts=1)
    assert_round_trip(found.program, dataset, tmp_path, budget=BUDGET)


@pytest.mark.slow
@pytest.mark.parametrize("task", sorted(TASKS))
def test_of_the_papers_data_set(task: str, tmp_path) -> None:
    dataset = load_dataset(task, seed=0)
    found = learn(dataset, preset="quick")
    assert found.program is not None
    assert_round_trip(found.program, dataset, tmp_path)
