"""Properties stated in Python: checked on every input, or by Hypothesis."""

from __future__ import annotations

import builtins
from dataclasses import replace
from typing import Any

import pytest

from readhead.errors import EvaluationError, UsageError
from readhead.program import Constant, Map, Program, Table, Tokens, Vocabulary
from readhead.reason.properties import READY, check, permutation_of_input, same_length, sorted_output
from readhead.reason.references import reference
from readhead.tasks import TASKS, make_task
from readhead.tasks.spaces import Strings

AB = Vocabulary(("a", "b"))
COPY = Program((Tokens(),), AB, max_length=3)


def test_the_ready_made_ones() -> None:
    assert {"permutation_of_input", "sorted_output", "same_length"} == set(READY)
    assert permutation_of_input(["1", "1", "2"], ["1", 2, "1"])
    assert not permutation_of_input(["1", "1", "2"], ["1", "2", "2"])
    assert sorted_output([], ["9", "10"]) and sorted_output([], [9, 10]) and sorted_output([], [-2, 1])
    assert not sorted_output([], ["b", "a"])
    assert same_length(["a"], ["x"]) and not same_length(["a"], [])


@pytest.mark.parametrize("name", sorted(READY))
def test_sorting_has_them_all_on_every_input(name: str) -> None:
    task = make_task("sort", symbols=3, max_length=4)
    found = check(reference(task), READY[name], task=task)
    assert ("proved", 120, 120) == (found.verdict, found.inputs, found.coverage.of)


def test_the_first_of_the_shortest_inputs_without_it_is_found() -> None:
    found = check(COPY, sorted_output)
    assert ("counterexample", "exhaustive", ("b", "a")) == (
        found.verdict,
        found.method,
        found.counterexample.tokens,
    )
    assert ["b", "a"] == found.counterexample.program
    assert 1 == found.coverage.complete


def test_an_input_without_an_answer_does_not_have_it() -> None:
    failing = replace(COPY, outputs=(Map(Table([(("a",), "a")]), (Tokens(),)),))
    found = check(failing, same_length).counterexample
    assert ("b",) == found.tokens
    assert "the table has no entry for 'b'" in found.program_error


def test_whatever_runs_will_do() -> None:
    class Runner:
        def run(self, tokens: Any) -> Any:
            if len(tokens) > 1:
                raise EvaluationError("too long")
            return list(tokens)

    found = check(Runner(), same_length, space=Strings(("a",), 1, 2)).counterexample
    assert (("a", "a"), "too long") == (found.tokens, found.program_error)


def test_of_more_inputs_hypothesis_draws_some_and_shrinks_what_it_finds() -> None:
    found = check(replace(COPY, max_length=12), lambda tokens, answers: answers.count("b") < 3, budget=100)
    assert ("counterexample", "hypothesis") == (found.verdict, found.method)
    assert ("b", "b", "b") == found.counterexample.tokens
    assert not found.counterexample.shortest


def test_a_sample_proves_nothing() -> None:
    found = check(replace(COPY, max_length=12), same_length, budget=100)
    assert ("unknown", None) == (found.verdict, found.counterexample)
    assert found.coverage.sampled > 100
    assert "a sample proves nothing" in found.coverage.stopped


def test_of_a_space_that_is_not_all_strings_every_input_is_tried() -> None:
    task = make_task("induction", symbols=2, max_length=5)
    found = check(reference(task), same_length, task=task, budget=10)
    assert ("proved", "exhaustive", task.space.count()) == (found.verdict, found.method, found.inputs)


def test_without_hypothesis_too_many_inputs_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("hypothesis"):
            raise ImportError(name)
        return plain(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match="Hypothesis, which draws some, is not installed"):
        check(COPY, same_length, budget=1)
    assert "proved" == check(COPY, same_length).verdict


@pytest.mark.parametrize("budget", [1_000, 1])
def test_a_property_that_raises_or_answers_with_something_else_names_the_input(budget: int) -> None:
    def raises(tokens: Any, answers: Any) -> bool:
        return bool(answers[1 // len(tokens)])

    with pytest.raises(UsageError) as raised:
        check(COPY, raises, budget=budget)
    assert "the property raises raises ZeroDivisionError" in raised.value.what
    assert "input [], answer []" == raised.value.where

    def counts(tokens: Any, answers: Any) -> Any:
        return len(answers)

    with pytest.raises(UsageError, match="the property counts answers 0"):
        check(COPY, counts, budget=budget)


def test_without_time_it_is_unknown() -> None:
    for budget in (1_000, 1):
        found = check(COPY, same_length, seconds=0, budget=budget)
        assert "unknown" == found.verdict
    assert "the time is up" == check(COPY, same_length, seconds=0).coverage.stopped


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    check(COPY, same_length, progress=lambda done, total: told.append((done, total)))
    assert (15, 15) == told[-1]


def test_inputs_that_are_not_known_or_not_readable_are_an_error() -> None:
    with pytest.raises(UsageError, match="inputs of any length are taken"):
        check(Program((Constant(1),)), same_length)
    with pytest.raises(UsageError, match="the program cannot read '0'"):
        check(COPY, same_length, task=TASKS["sort"], max_length=2)
    with pytest.raises(UsageError, match="there is no input of at most 1 tokens"):
        check(COPY, same_length, space=Strings(("a",), 2, 3), max_length=1)
