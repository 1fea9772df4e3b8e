"""The interpreter against the slow reference, on random programs: values, types, and errors."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, event, given, settings

from program.agreement import check
from strategies import programs_with_inputs

BASE = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@settings(BASE, max_examples=2000)
@given(programs_with_inputs())
def test_the_interpreter_agrees_with_the_reference(case):
    program, contents = case
    event(f"{check(program, contents)} of {len(contents)} inputs have an answer")


@settings(BASE, max_examples=60)
@given(programs_with_inputs(max_length=20, max_inputs=2))
def test_it_agrees_on_longer_sequences(case):
    program, contents = case
    event(f"{check(program, contents)} of {len(contents)} inputs have an answer")


@pytest.mark.slow
@settings(BASE, max_examples=20_000)
@given(programs_with_inputs(max_steps=25, max_inputs=6, max_length=12))
def test_it_agrees_on_many_larger_programs(case):
    program, contents = case
    event(f"{check(program, contents)} of {len(contents)} inputs have an answer")
