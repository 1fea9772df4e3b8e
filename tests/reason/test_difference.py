"""``difference``: nothing between a program and itself; names, rows and inputs between others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import readhead as rh
from readhead.errors import UsageError
from readhead.program import (
    Classify,
    Constant,
    Indices,
    Map,
    NumericScores,
    Program,
    Relation,
    Select,
    SelectorWidth,
    Table,
    Tokens,
    Vocabulary,
)
from readhead.reason.difference import EXHAUSTIVE, difference
from readhead.tasks.spaces import Recall
from strategies import programs

AB = Vocabulary(("a", "b"))
TOKENS = Tokens(name="tokens")


def counting(predicate="==", name="count"):
    return SelectorWidth(Select(TOKENS, TOKENS, predicate, name="same"), name=name)


def changes(old, new, **options):
    return [(c.name, c.how) for c in difference(old, new, **options).changes]


@settings(max_examples=40, deadline=None)
@given(programs(max_steps=8))
def test_a_program_does_not_differ_from_itself(program):
    if program.vocabulary.tokens is None:
        return
    found = difference(program, program, max_length=2)
    assert found.empty
    assert found.example is None
    assert found.exhaustive


def test_tokens_that_cannot_be_read_are_no_inputs():
    """Lower-casing makes "b" of "B", which is no token here; found by Hypothesis."""
    program = Program((counting(),), Vocabulary(("a", "B"), lower=True), max_length=2)
    assert 3 == difference(program, program).compared


def test_on_how_many_inputs_answers_differ():
    old, new = Program((counting(),), AB, max_length=3), Program((counting("!="),), AB, max_length=3)
    found = difference(old, new)
    assert (12, 15, True, 3) == (found.differing, found.compared, found.exhaustive, found.max_length)
    assert (("a",), [1], [0]) == (found.example.tokens, found.example.old, found.example.new)
    assert ("same", (0, 0), True, False) == (
        found.example.first.variable, found.example.first.position, found.example.first.left, found.example.first.right,
    )  # fmt: skip
    assert [("same", "changed", 14), ("count", "reached", 12)] == [
        (c.name, c.how, c.differs) for c in found.changes
    ]
    assert 7 == difference(old, new, max_length=2).compared


def test_variables_come_go_and_are_renamed():
    old = Program((Map("+", (counting(), Indices()), name="sum"),), AB, max_length=2)
    assert [("number", "renamed"), ("sum", "renamed")] != changes(old, old, max_length=2)
    new = Program(
        (Map("+", (counting(name="number"), Constant(1, name="one")), name="sum"),), AB, max_length=2
    )
    assert [("number", "renamed"), ("indices", "removed"), ("sum", "changed"), ("one", "added")] == changes(
        old, new
    )


def table(**rows):
    return Map(Table([((k,), v) for k, v in rows.items()], default=0), (TOKENS,), name="code")


def test_rows_that_differ_are_told():
    found = difference(
        Program((table(a=1),), AB, max_length=2), Program((table(a=2, b=1),), AB, max_length=2)
    )
    assert ("'a': 1, 'b': no row", "'a': 2, 'b': 1") == (found.changes[0].old, found.changes[0].new)
    relations = [
        SelectorWidth(Select(TOKENS, TOKENS, Relation([("a", k)]), name="same"), name="n") for k in "ab"
    ]
    found = difference(*(Program((r,), AB, max_length=2) for r in relations))
    assert "key 'a', query 'a': selected, key 'a', query 'b': no row" == found.changes[0].old
    readouts = [Classify(("x", "y"), (NumericScores(counting(), (n, 0)),), name="prediction") for n in (1, 2)]
    found = difference(*(Program((r,), AB, max_length=2) for r in readouts))
    assert ("input 1: (1, 0)", "input 1: (2, 0)", 0) == (
        found.changes[0].old, found.changes[0].new, found.changes[0].differs,
    )  # fmt: skip


def test_a_number_is_the_label_that_is_spelt_the_same():
    found = difference(
        Program((counting(),), AB, max_length=3), Program((Map("str", (counting(),)),), AB, max_length=3)
    )
    assert 0 == found.differing


def test_no_answer_is_an_answer_of_its_own():
    one = Map("/", (Constant(1), Map("-", (counting(), Constant(1)))), name="quotient")
    two = Map("/", (Constant(1), Map("-", (counting(), Constant(2)))), name="quotient")
    found = difference(Program((one,), AB, max_length=2), Program((two,), AB, max_length=2))
    assert (6, 7) == (found.differing, found.compared)
    assert (None, [-1.0]) == (found.example.old, found.example.new)


def test_what_programs_read_and_answer():
    found = difference(
        Program((counting(),), AB, max_length=3), Program((counting(),), Vocabulary(("a",)), True, 2)
    )
    assert [
        ("tokens", "a b", "a"),
        ("causal", "False", "True"),
        ("max_length", "3", "2"),
    ] == list(found.settings)
    assert (3, 2) == (found.compared, found.max_length)
    begun = Vocabulary(("a", "b"), begin="<s>")
    found = difference(Program((counting(),), AB, max_length=3), Program((counting(),), begun, max_length=3))
    assert [("begin", "None", "<s>")] == list(found.settings)
    assert 0 == found.differing


def test_large_spaces_are_sampled_by_the_seed():
    letters = Vocabulary(tuple("abcdefgh"))
    old, new = (
        Program((counting(),), letters, max_length=9),
        Program((counting("!="),), letters, max_length=9),
    )
    found = difference(old, new, seed=1)
    assert not found.exhaustive
    assert EXHAUSTIVE > found.compared > 10_000
    assert found == difference(old, new, seed=1)
    assert 1 == len(found.example.tokens)


def test_a_task_lists_or_draws_its_inputs():
    program, task = rh.load("examples/hist.py"), rh.TASKS["hist"]
    found = difference(program, program, space=task.space, max_length=3)
    assert (258, True) == (found.compared, found.exhaustive)
    recall = Recall(tuple("abcd"), tuple("0123"), 6)
    assert recall.count() > EXHAUSTIVE
    pairs = Program((Tokens(),), Vocabulary(tuple("abcd0123")), max_length=13)
    with pytest.raises(UsageError, match="inputs, too many to compare all"):
        difference(pairs, pairs, space=recall)
    found = difference(pairs, pairs, space=recall, draw=lambda rng, n: [("a", "0")] * n)
    assert (1, False) == (found.compared, found.exhaustive)


def test_progress_is_told():
    told = []
    program = Program((counting(),), AB, max_length=3)
    difference(program, program, progress=lambda done, total: told.append((done, total)))
    assert [(15, 15)] == told


@pytest.mark.parametrize(
    ("old", "new", "options", "message"),
    [
        (Program((counting(),)), Program((counting(),)), {}, "the programs take any token"),
        (
            Program((counting(),), AB),
            Program((counting(),), AB),
            {},
            "the programs take inputs of any length",
        ),
        (
            Program((counting(),), AB, max_length=0, kind="next_token"),
            Program((counting(),), AB),
            {},
            "there is no input to compare the programs on",
        ),
    ],
)
def test_what_cannot_be_compared(old, new, options, message):
    with pytest.raises(UsageError, match=message):
        difference(old, new, **options)
