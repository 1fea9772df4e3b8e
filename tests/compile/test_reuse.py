"""Slots that are used again: the same values from a narrower stream, each variable readable after its own block."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import readhead as rh
from compile.agreement import difference, inputs
from compile.test_sweep import closed_programs
from readhead.compile import run
from readhead.compile.compiler import compile_program
from readhead.errors import CompileError

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = {
    "histogram": "abc",
    "reverse": "abcd",
    "sort": "abcd",
    "most_frequent": "abcd",
    "shuffle_dyck": "(){}",
    "dyck": "(){}",
    "induction": "abc",
    "long_addition": "059+",
    "palindrome": "ab",
}


def both(name, longest, **options):
    program = rh.load(EXAMPLES / f"{name}.rasp")
    return [
        compile_program(program, vocabulary=NAMES[name], max_length=longest, reuse_slots=reuse, **options)
        for reuse in (False, True)
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("precision", [None, "float64"])
def test_examples_give_the_same_in_a_narrower_stream(name, precision):
    plain, narrow = both(name, 6, precision=precision)
    given = inputs(NAMES[name], 6)
    assert difference(narrow, given) is None
    assert narrow.width <= plain.width
    assert set(plain.readings) == set(narrow.readings)
    assert plain.readings.keys() == narrow.readings.keys() and plain.fused == narrow.fused
    assert [r.block for r in plain.readings.values()] == [r.block for r in narrow.readings.values()]
    assert len(plain.blocks) == len(narrow.blocks)


def test_what_is_saved():
    widths = {name: tuple(b.width for b in both(name, 10)) for name in ("histogram", "shuffle_dyck")}
    assert {"histogram": (16, 13), "shuffle_dyck": (115, 61)} == widths
    plain, narrow = both("shuffle_dyck", 10)
    assert narrow.parameters < plain.parameters


@pytest.mark.parametrize("name", NAMES)
def test_a_coordinate_knows_all_that_it_stands_for(name):
    plain, narrow = both(name, 6)
    held = [slot for coordinate in narrow.slots for slot in coordinate.held]
    assert sorted(s.name for s in plain.slots) == sorted(s.name for s in held)
    for coordinate in narrow.slots:
        assert ", then ".join(s.name for s in coordinate.held) == coordinate.name
        for before, after in zip(coordinate.held, coordinate.held[1:], strict=False):
            assert before.written[0] < before.cleared <= after.written[0]
        assert coordinate.held[-1].cleared is None
        assert (coordinate.variable, coordinate.value) == (
            coordinate.held[0].variable,
            coordinate.held[0].value,
        )
    assert not any(slot.then or slot.cleared is not None for slot in plain.slots)


@pytest.mark.parametrize("name", NAMES)
def test_slots_are_gone_once_they_were_cleared(name):
    """The stream after the block that clears a slot holds what comes next there, and nothing of what was before."""
    narrow = both(name, 5)[1]
    given = inputs(NAMES[name], 5, exhaustive=2)
    codes, seen = run.encode(narrow, given)
    streams = run.forward(narrow, codes)
    for i, coordinate in enumerate(narrow.slots):
        for before, after in zip(coordinate.held, coordinate.held[1:], strict=False):
            for block in range(before.cleared, after.written[0]):
                for row, tokens in enumerate(seen):
                    assert abs(streams[block + 1][row, 1 : len(tokens) + 1, i]).max(initial=0) < 1e-4


def test_the_answer_keeps_its_slots():
    for name in NAMES:
        narrow = both(name, 6)[1]
        rows = abs(narrow.readings[narrow.answer].weights).sum(axis=1) > 0
        last = [narrow.slots[i].held[-1] for i in rows.nonzero()[0]]
        assert all(slot.cleared is None for slot in last)


def test_a_program_with_nothing_to_reuse_stays_as_it_is():
    program = rh.from_rasp("same = tokens;")
    plain, narrow = (
        compile_program(program, vocabulary="ab", max_length=3, reuse_slots=reuse) for reuse in (False, True)
    )
    assert plain.slots == narrow.slots and plain.parameters == narrow.parameters


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(closed_programs())
def test_random_programs(drawn):
    program, sequences, precision = drawn
    try:
        narrow = compile_program(program, precision=precision, reuse_slots=True)
    except CompileError as error:
        assert "budget" in error.why
        return
    assert difference(narrow, sequences) is None


@pytest.mark.parametrize("causal", [False, True])
def test_long_sequences(causal):
    program = replace(rh.load(EXAMPLES / "most_frequent.rasp"), causal=causal)
    narrow = compile_program(program, vocabulary="abcd", max_length=30, reuse_slots=True)
    assert difference(narrow, inputs("abcd", 30, exhaustive=1)) is None
