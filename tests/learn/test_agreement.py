"""Discretization is exact: relaxed model, Program, emitted Python, parsed-back Python and JSON agree."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.learn.models import all_traces, executed, random_dataset, random_shape, traces_of

from readhead.learn.choices import harden
from readhead.learn.discretize import to_program
from readhead.learn.encode import encode
from readhead.learn.finish import Finished
from readhead.learn.learner import learn, make_setting
from readhead.learn.population import Setting, train_epoch
from readhead.learn.shape import segments
from readhead.learn.training import finalists, new_run
from readhead.program.program import Program
from readhead.program.trace import Trace
from readhead.tasks import TASKS, load_dataset
from readhead.tasks.examples import Dataset


def assert_same(left: Trace, right: Trace) -> None:
    """No value differs. The relaxed model, on the right, lacks inner nodes; the program has equal nodes only once."""
    difference = left.diff(right)
    if difference is None:
        return
    assert difference.variable is None, str(difference)
    inner = [n for n in difference.only_left if not n.startswith("constant_") and not n.endswith("_capped")]
    assert inner in ([], ["indices"])
    for name in difference.only_right:
        if name in right.selectors:
            twins = [rows for other, rows in right.selectors.items() if other in left.selectors]
            assert any(np.array_equal(right.selectors[name], rows) for rows in twins), name
        else:
            columns = [column for other, column in right.variables.items() if other in left.variables]
            assert any(np.array_equal(right.variables[name].values, c.values) for c in columns), name


def assert_python_agrees(program: Program, trace: Trace, contents: list[tuple[str, ...]]) -> None:
    """The emitted file, executed, gives the same answers and the same values of every variable."""
    namespace = executed(program)
    run, traced = namespace["run"], namespace["trace"]
    answers = program.run_batch(contents)
    for b, content in enumerate(contents):
        assert answers[b] == run(list(content))  # type: ignore[operator]
        values = traced(list(content))  # type: ignore[operator]
        n = len(trace.tokens[b])
        for name, column in trace.variables.items():
            expected = [column.value(b, i) for i in range(n)]
            assert expected == values[name], name
            assert [type(v) for v in expected] == [type(v) for v in values[name]], name
        for name, rows in trace.selectors.items():
            assert rows[b, :n, :n].tolist() == values[name], name


@pytest.mark.parametrize("chunk", range(10))
def test_random_relaxed_models_agree(chunk: int) -> None:
    """200 random models of random shape; coarse read-out weights make ties common."""
    for number in range(20):
        rng = np.random.default_rng([chunk, number])
        dataset = random_dataset(rng)
        shape = random_shape(rng, dataset)
        layout = segments(shape, len(dataset.vocabulary.symbols or ()), len(dataset.labels))
        generator = torch.Generator().manual_seed(1000 * chunk + number)
        flat = torch.randn(sum(s.size for s in layout), generator=generator)
        features = shape.categorical_before(shape.layers) * shape.values + shape.numerical_before(
            shape.layers
        )
        readout = torch.randint(-1, 2, (len(dataset.labels), features), generator=generator).double()
        traces = all_traces(shape, flat, readout, dataset)
        assert_same(traces["program"], traces["relaxed"])
        assert traces["program"].diff(traces["python"]) is None
        assert traces["program"].diff(traces["json"]) is None
        with torch.no_grad():
            program = to_program(shape, harden(flat[None], layout, shape), readout, dataset)
        assert_python_agrees(program, traces["program"], [e.tokens for e in dataset.test[:6]])


@pytest.mark.parametrize("task", sorted(TASKS))
def test_quick_models_agree(task: str) -> None:
    """On the models that the quick preset learns, every test input and all five ways, pruned and not."""
    dataset = load_dataset(task, seed=0, examples=1500)
    setting = make_setting(dataset, "quick", 0, 1, "cpu")
    check_all_ways(dataset, setting, train_finished(dataset, setting, setting.schedule.epochs))
    result = learn(dataset, preset="quick", method="gradient", restarts=1)
    contents = [example.tokens for example in dataset.test]
    assert_python_agrees(result.program, result.program.trace_batch(contents), contents)
    assert result.report["test_accuracy"] == pytest.approx(accuracy(result.program, dataset))


def accuracy(program: Program, dataset: Dataset) -> float:
    """Counted straight from the definition."""
    right = total = 0
    for example in dataset.test:
        for answer, label in zip(program.run(example.tokens), example.labels, strict=True):
            right += label is not None and answer == label
            total += label is not None
    return right / total


@pytest.mark.slow
@pytest.mark.parametrize("task", sorted(TASKS))
def test_paper_sized_models_agree(task: str) -> None:
    """At the paper's sizes, on all test inputs."""
    dataset = load_dataset(task, seed=0)
    setting = make_setting(dataset, "paper", 0, 1, "cpu")
    check_all_ways(dataset, setting, train_finished(dataset, setting, 1))


def train_finished(dataset: Dataset, setting: Setting, epochs: int) -> Finished:
    """A model after some epochs, discretized."""
    train, validation = encode(dataset, dataset.train), encode(dataset, dataset.validation)
    run = new_run(setting)
    for epoch in range(epochs):
        train_epoch(run.groups[0], setting, train, epoch)
    run.groups[0].best_flat = run.groups[0].flat
    return finalists(run, setting, train, validation, len(dataset.labels))[0]


def check_all_ways(dataset: Dataset, setting: Setting, finished: Finished) -> None:
    """Relaxed model, Program, emitted Python, parsed-back Python and JSON: the same traces and answers."""
    traces = traces_of(setting.shape, dict(finished.choices), finished.readout, dataset)
    assert_same(traces["program"], traces["relaxed"])
    assert traces["program"].diff(traces["python"]) is None
    assert traces["program"].diff(traces["json"]) is None
    program = to_program(setting.shape, finished.choices, finished.readout, dataset)
    assert_python_agrees(program, traces["program"], [example.tokens for example in dataset.test])
