"""Programs: names, equality, and what they refuse."""

from __future__ import annotations

import pytest

from readhead.errors import ProgramError, Span
from readhead.program import FULL, LENGTH, Constant, Indices, Map, Program, SelectorWidth, Tokens, Vocabulary


def test_automatic_names_are_numbered_by_kind():
    program = Program((Map("+", (Map("min", (Indices(), Constant(2))), LENGTH)), Tokens()))
    assert [
        "indices", "constant_1", "min_of_1", "constant_2", "select_1", "selector_width_1", "map_1", "tokens"
    ] == list(program.variables)  # fmt: skip
    assert "tokens" == program.names[Tokens()]


def test_given_names_are_kept_and_made_unique():
    inner = Map("+", (Constant(1, name="x"), Constant(2)), name="y")
    program = Program((Map("+", (Indices(name="x"), inner)),))
    names = list(program.variables)
    assert names[0] == "x" and "x_2" in names and "y" in names
    assert len(set(names)) == len(names)


def test_automatic_names_avoid_given_and_reserved_ones():
    program = Program((Map("not", (Map("+", (Tokens(name="map_1"), Constant(1))),)),))
    assert "map_1" in program.variables and program.variables["map_1"] == Tokens()
    assert len(program.variables) == 4
    assert "not_of_1" in program.variables


def test_equal_nodes_are_one_variable_with_the_first_name():
    program = Program((Map("+", (Constant(1), Constant(1, name="one"))),))
    assert ["one", "map_1"] == list(program.variables)


def test_equality_counts_everything_but_the_description():
    program = Program((LENGTH,), description="a")
    assert program == Program((LENGTH,), description="b") and hash(program) == hash(Program((LENGTH,)))
    others = [
        Program((SelectorWidth(FULL, name="n"),)),
        Program((LENGTH, Tokens())),
        Program((LENGTH,), Vocabulary(("a",))),
        Program((LENGTH,), causal=True),
        Program((LENGTH,), max_length=3),
        Program((LENGTH,), kind="next_token"),
        "a program",
    ]
    assert all(program != other for other in others)


def test_a_single_output_will_do():
    assert Program((LENGTH,)) == Program(LENGTH)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Program(()), "a program needs an output"),
        (lambda: Program((FULL,)), "a program's output is an s-op"),
        (lambda: Program(("tokens",)), "a program's output is an s-op"),
        (lambda: Program((LENGTH,), kind="labels"), "no output kind 'labels'"),
        (lambda: Program((LENGTH,), max_length=-1), "a maximum length is a whole number, got -1"),
        (lambda: Program((LENGTH,), max_length=True), "a maximum length is a whole number, got True"),
        (
            lambda: Program((Tokens(name="a b", span=Span("f", 1, 1, 1, 2)),)),
            "f:1:1: 'a b' cannot name a variable",
        ),
        (lambda: Program((Tokens(name="1a"),)), "'1a' cannot name a variable"),
    ],
)
def test_what_a_program_refuses(make, message):
    with pytest.raises(ProgramError) as caught:
        make()
    assert message in str(caught.value)
