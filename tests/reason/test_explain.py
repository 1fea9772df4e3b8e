"""``explain``: the values that an answer depends on, why heads look where they do, and what would mend an answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import readhead as rh
from readhead.errors import EvaluationError, InputError, UsageError
from readhead.program import (
    LENGTH,
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Not,
    NumericScores,
    Or,
    Program,
    Relation,
    Select,
    SelectorWidth,
    Table,
    Tokens,
    Vocabulary,
)
from readhead.program.operators import typed
from readhead.reason.explain import explain
from strategies import programs_with_inputs

TOKENS = Tokens(name="tokens")
SAME = Select(TOKENS, TOKENS, "==", name="same")
COUNT = SelectorWidth(SAME, name="count")


def values(found, name):
    return {step.position: step.value for step in found.steps if step.name == name}


@settings(max_examples=100, deadline=None)
@given(programs_with_inputs(max_inputs=1, max_length=5), st.data())
def test_an_explanation_says_what_the_trace_says(drawn, data):
    program, (content,) = drawn
    try:
        trace, answer = program.trace(content), program.run(content)
    except (EvaluationError, InputError):
        return
    listed = answer if isinstance(answer, list) else [answer]
    if not listed or not trace.tokens[0]:
        return
    at = data.draw(st.integers(0, len(listed) - 1)) if program.kind == "token_labels" else None
    found = explain(program, content, at)
    assert typed(listed[at or 0]) == typed(found.answer)
    for step in found.steps:
        assert typed(trace.variables[step.name].value(0, step.position)) == typed(step.value)
        for source in step.sources:
            assert typed(trace.variables[source.name].value(0, source.position)) == typed(source.value)
        if step.attention is not None:
            row = trace.selectors[step.attention.selector][0, step.position]
            assert row.nonzero()[0].tolist() == [look.at for look in step.attention.looks]
    names = list(program.variables)
    assert [step.name for step in found.steps] == sorted((s.name for s in found.steps), key=names.index)
    assert (found.mends, found.wrong) == ((), ())


@settings(max_examples=50, deadline=None)
@given(programs_with_inputs(max_inputs=1, max_length=4), st.sampled_from(["a", "b", 0, 1, 2, True]))
def test_a_mend_has_a_variable_that_the_answer_depends_on(drawn, wanted):
    program, (content,) = drawn
    try:
        answer = program.run(content)
        program.trace(content)
    except (EvaluationError, InputError):
        return
    count = len(answer) if isinstance(answer, list) else 1
    if not count:
        return
    found = explain(program, content, None, [wanted] * count)
    names = list(program.variables)
    order = [names.index(mend.variable) for mend in found.mends]
    assert sorted(set(order)) == order
    assert (found.mends != ()) <= (found.index in found.wrong)
    assert all(typed(mend.value) != typed(mend.instead) for mend in found.mends)


def test_only_what_the_answer_depends_on_is_told():
    other = Map("+", (LENGTH, Constant(1)), name="other")
    program = Program((Map("if", (Map("==", (TOKENS, Constant("a"))), COUNT, other), name="answer"),))
    assert "other" not in {step.name for step in explain(program, "aba", 0).steps}
    assert "count" not in {step.name for step in explain(program, "aba", 1).steps}


def test_a_head_says_which_keys_it_takes_and_why():
    found = explain(Program((COUNT,)), "aba", 2)
    (head,) = [step for step in found.steps if step.name == "count"]
    match = head.attention.looks[0].matches[0]
    assert [0, 2] == [look.at for look in head.attention.looks]
    assert ("same", "tokens", "tokens", "a", "a", "==", True) == (
        match.selector, match.key, match.query, match.key_value, match.query_value, match.predicate, match.holds,
    )  # fmt: skip


def test_a_fallback_is_named():
    def head(**rules):
        nearest = Closest(Select(TOKENS, Constant("z"), "=="), name="nearest", **rules)
        return explain(Program((Aggregate(nearest, Indices(), name="at"),)), "ab", 1).steps[-1].attention

    assert "nothing matches, so it takes the first position" == head().fallback
    assert "nothing matches, so it takes its own position" == head(fallback="own").fallback
    never = Closest(SAME, own="never")
    found = explain(Program((Aggregate(never, Indices()),)), "ab", 1).steps[-1].attention
    assert "nothing matches, so it takes the first position" == found.fallback
    empty = explain(Program((SelectorWidth(Select(TOKENS, Constant("z"), "==")),)), "ab").steps[-1].attention
    assert ("nothing matches", ()) == (empty.fallback, empty.looks)


def test_joined_selectors_say_what_settles_them():
    earlier = Select(Indices(), Indices(), "<", name="earlier")

    def matches(selector):
        return explain(Program((SelectorWidth(selector),)), "aba", 2).steps[-1].attention.looks[0].matches

    assert ["same", "earlier"] == [m.selector for m in matches(And(SAME, earlier))]
    assert ["same"] == [m.selector for m in matches(Or(SAME, earlier))]
    (denied,) = matches(Not(Select(Indices(), Indices(), "==", name="own")))
    assert ("own", False) == (denied.selector, denied.holds)


def test_the_read_out_adds_up():
    votes = Classify(
        ("low", "high"),
        (
            NumericScores(COUNT, (0, 10)),
            CategoricalScores(TOKENS, [("a", (1, 0))]),
            NumericScores(Constant(1), (15, 0)),
        ),
    )
    found = explain(Program((votes,)), "aba", 0)
    assert (16, 20) == found.totals
    assert [(0, 20), (1, 0), (15, 0)] == [c.scores for c in found.contributions]
    assert [True, False, True] == [
        c.decides for c in found.contributions
    ]  # what one token adds settles nothing
    pooled = explain(Program((Classify(votes.labels, votes.inputs, pooled=True),)), "aba", 0)
    assert ((47, 50), None) == (pooled.totals, pooled.contributions[0].value)


def planted(row=None):
    """Reverse, from tables; one row of the mirror can be planted wrong."""
    rows = {(n, i): n - 1 - i for n in range(1, 6) for i in range(n)}
    rows |= row or {}
    length = SelectorWidth(
        Select(TOKENS, TOKENS, Relation([(a, b) for a in "abc" for b in "abc"])), name="length"
    )
    mirror = Map(Table(rows.items(), default=0), (length, Indices(name="indices")), name="mirror")
    head = Select(Indices(name="indices"), mirror, "==", name="opposite")
    answer = Aggregate(head, TOKENS, "pick", default="a", name="reverse")
    return Program((answer,), Vocabulary(("a", "b", "c")), max_length=5)


def test_a_planted_row_is_found():
    assert list("cba") == planted().run("abc")
    wrong = planted({(3, 1): 0})
    assert list("caa") == wrong.run("abc")
    found = explain(wrong, "abc", None, list("cba"))
    assert (1, (1,), "a", "b") == (found.index, found.wrong, found.answer, found.expected)
    named = {mend.variable: mend for mend in found.mends}
    assert ((3, 1), 0, 1, 0) == (
        named["mirror"].row, named["mirror"].value, named["mirror"].instead, named["mirror"].others,
    )  # fmt: skip
    assert found.first_mend.variable in ("select_1", "length", "mirror")
    assert found.mends[-1].own


def test_where_only_the_read_out_is_wrong_no_other_variable_mends_it():
    found = explain(rh.load("examples/hist.py"), "0000000", None, ["7"] * 7)
    assert ("6", "7", tuple(range(7))) == (found.answer, found.expected, found.wrong)
    assert ["prediction"] == [mend.variable for mend in found.mends]
    assert found.first_mend.own


def test_a_right_answer_needs_no_mend():
    found = explain(Program((COUNT,)), "aba", 1, ["2", "1", None])
    assert ((), (), "1") == (found.wrong, found.mends, found.expected)
    assert found.first_mend is None


def test_by_default_the_first_wrong_answer_is_told():
    assert 0 == explain(Program((COUNT,)), "aba").index
    assert 2 == explain(Program((COUNT,)), "aba", None, [2, 1, 3]).index
    assert 2 == explain(Program((COUNT,), kind="next_token"), "aba", None, "3").position


def test_keys_are_not_tried_in_long_inputs():
    found = explain(Program((COUNT,)), "ab" * 40, 0, [1] * 80)
    assert not found.keys_tried
    assert ["count"] == [mend.variable for mend in found.mends]


@pytest.mark.parametrize(
    ("program", "tokens", "position", "expected", "message"),
    [
        (Program((COUNT,)), "", None, None, "the input has no answer to explain"),
        (Program((COUNT,)), "ab", 2, None, "there is no answer at position 2"),
        (Program((COUNT,)), "ab", -1, None, "instead: 0 to 1"),
        (
            Program((COUNT,)),
            "ab",
            None,
            ["1"],
            "1 expected answer, and the program gives 2\n  instead: one for each token",
        ),
        (Program((COUNT,), kind="next_token"), "ab", None, ["1", "2"], "instead: one for the sequence"),
        (Program((COUNT,), kind="next_token"), "ab", 0, None, "there is no position to choose"),
        (Program((COUNT,), Vocabulary(("a",))), "z", None, None, "not in the vocabulary: 'z'"),
        (Program((Map("/", (Constant(1), Constant(0))),)), "a", None, None, "division by zero"),
    ],
)
def test_what_cannot_be_explained(program, tokens, position, expected, message):
    with pytest.raises((UsageError, InputError, EvaluationError)) as error:
        explain(program, tokens, position, expected)
    assert message in str(error.value)
