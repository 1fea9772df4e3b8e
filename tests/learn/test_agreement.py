"""Discretization is exact: relaxed model, Program, emitted Python, parsed-back Python and JSON agree."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.learn.models import all_traces, executed, random_dataset, random_shape

from readhead.learn.choices import harden
from readhead.learn.discretize import relaxed_trace, to_program
from readhead.learn.encode import encode, make_batch
from readhead.learn.learner import learn, make_setting
from readhead.learn.shape import Shape, segments
from readhead.learn.training import finalists, new_run
from readhead.program.program import Program
from readhead.program.trace import Trace
from readhead.tasks import TASKS, load_dataset
from readhead.tasks.examples import Dataset


def assert_same(left: Trace, right: Trace) -> None:
    """No value differs; only the relaxed model may lack the names of inner constants."""
    difference = left.diff(right)
    assert difference is None or difference.variable is None, str(difference)


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
    """On the programs that the quick preset learns: the relaxed model, what it became, and the pruned program."""
    dataset = load_dataset(task, seed=0, examples=1500)
    result = learn(dataset, preset="quick", restarts=1)
    contents = [example.tokens for example in dataset.test]
    trace = result.unpruned.trace_batch(contents)
    assert_python_agrees(result.unpruned, trace, contents[:40])
    assert_python_agrees(result.program, result.program.trace_batch(contents), contents[:40])
    assert result.report["test_accuracy"] == pytest.approx(accuracy(result.program, dataset))


def accuracy(program: Program, dataset: Dataset) -> float:
    right = total = 0
    for example in dataset.test:
        for answer, label in zip(program.run(example.tokens), example.labels, strict=True):
            right += label is not None and answer == label
            total += label is not None
    return right / total


@pytest.mark.parametrize("task", sorted(TASKS))
def test_finished_models_agree_with_their_relaxed_selves(task: str) -> None:
    """The discretized relaxed model itself, after a little training, on every test input."""
    dataset = load_dataset(task, seed=1, examples=1500)
    setting = make_setting(dataset, "quick", 1, 1, "cpu")
    _check_finished(dataset, setting.shape, setting)


@pytest.mark.slow
@pytest.mark.parametrize("task", sorted(TASKS))
def test_paper_sized_models_agree(task: str) -> None:
    """The paper's sizes, on all test inputs."""
    dataset = load_dataset(task, seed=0)
    setting = make_setting(dataset, "paper", 0, 1, "cpu")
    program = _check_finished(dataset, setting.shape, setting)
    contents = [example.tokens for example in dataset.test]
    run = executed(program)["run"]
    assert program.run_batch(contents) == [run(list(c)) for c in contents]  # type: ignore[operator]


def _check_finished(dataset: Dataset, shape: Shape, setting: object) -> Program:
    from readhead.learn.population import Setting, train_epoch

    assert isinstance(setting, Setting)
    train, validation = encode(dataset, dataset.train), encode(dataset, dataset.validation)
    run = new_run(setting)
    train_epoch(run.groups[0], setting, train, 0)
    run.groups[0].best_flat = run.groups[0].flat
    finished = finalists(run, setting, train, validation, len(dataset.labels))[0]
    program = to_program(shape, finished.choices, finished.readout, dataset)
    data = encode(dataset, dataset.test)
    batch = make_batch(data, np.arange(len(data)), shape, torch.device("cpu"))
    relaxed = relaxed_trace(shape, finished.choices, finished.readout, dataset, batch)
    assert_same(program.trace_batch([e.tokens for e in dataset.test]), relaxed)
    return program
