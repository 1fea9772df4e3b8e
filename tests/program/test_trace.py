"""Traces: what they hold, how they are compared, how they look."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from program.cases import CASES
from readhead.errors import ProgramError
from readhead.program import (
    FULL,
    Aggregate,
    Categorical,
    Closest,
    Column,
    Constant,
    Indices,
    Map,
    Numeric,
    Program,
    Relation,
    Select,
    SelectorWidth,
    Table,
    Tokens,
    Trace,
    Vocabulary,
)
from readhead.program.show import shown

SAME = Select(Tokens(name="tokens"), Tokens(), "==", name="same")
COUNT = Program((SelectorWidth(SAME, name="count"),), Vocabulary(("a", "b"), begin="<s>"))


def column(*rows):
    """A mixed column with any Python values, as another producer might make it."""
    known = list({(type(v), repr(v)): v for row in rows for v in row}.values())
    longest = max(map(len, rows))
    codes = [
        [known.index(v) if type(known[known.index(v)]) is type(v) else _find(known, v) for v in row]
        for row in rows
    ]
    return Column(np.array([row + [-1] * (longest - len(row)) for row in codes]), Categorical(tuple(known)))


def _find(known, value):
    return next(i for i, v in enumerate(known) if type(v) is type(value) and v == value)


def plain(values, **variables):
    tokens = [tuple("a" * len(values))]
    return Trace(tokens, np.ones((1, len(values)), dtype=bool), {"v": column(values), **variables})


def test_the_schema():
    trace = COUNT.trace_batch(["ab", ""])
    assert [("<s>", "a", "b"), ("<s>",)] == trace.tokens
    assert [[False, True, True], [False, False, False]] == trace.content.tolist()
    assert [[True, True, True], [True, False, False]] == trace.present.tolist()
    assert ["tokens", "count"] == list(trace.variables)
    assert Categorical(("a", "b", "<s>")) == trace.variables["tokens"].domain
    assert [[2, 0, 1], [2, -1, -1]] == trace.variables["tokens"].values.tolist()
    assert Numeric("int") == trace.variables["count"].domain
    assert (2, 3, 3) == trace.selectors["same"].shape
    assert [1, 1, 1] == trace.values("count") and [1] == trace.values("count", 1)
    assert ("tokens", "same", "count") == trace.order


def test_values_come_back_with_their_types():
    program = Program((Tokens(name="t"),))
    for content in ([1, 2], [1.0, 2.5], [True], [1, 2.5], [1, "a", True, 1.0], ["x"]):
        assert repr(content) == repr(program.trace(content).values("t"))


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_a_trace_equals_itself_and_shows_itself(case):
    contents = [content for content, _ in case.answers]
    trace = case.program.trace_batch(contents)
    assert trace.diff(case.program.trace_batch(contents)) is None
    assert str(trace)
    assert trace._repr_html_().startswith("<div>")
    assert "<table" in case.program._repr_html_()


@pytest.mark.parametrize(
    ("left", "right", "place"),
    [
        ([1, 2], [1, 3], 1),
        ([1], [1.0], 0),
        ([1], [True], 0),
        (["1"], [1], 0),
        ([0.5, 1.5], [0.5, 1.25], 1),
        (["a", "b"], ["a", "c"], 1),
    ],
)
def test_values_differ_by_type_and_value(left, right, place):
    found = plain(left).diff(plain(right))
    assert ("v", 0, place, left[place], right[place]) == (
        found.variable, found.batch, found.position, found.left, found.right
    )  # fmt: skip
    assert (
        f"variable 'v', sequence 0, position {place}: {left[place]!r} on the left, {right[place]!r} on the right"
        == str(found)
    )


def test_floats_may_lie_apart_as_far_as_is_said():
    assert plain([0.1, 1]).diff(plain([0.1001, 1])) is not None
    assert plain([0.1, 1]).diff(plain([0.1001, 1]), tolerance=0.001) is None
    assert plain([1]).diff(plain([2]), tolerance=5) is not None
    assert plain([1]).diff(plain([1.0]), tolerance=5) is not None
    assert plain([0.0]).diff(plain([-0.0])) is None


def test_domains_and_padding_do_not_matter():
    a = COUNT.trace_batch(["ab", "b"])
    values = a.variables["tokens"].values
    swapped = Column(np.where(values < 0, 0, (values + 1) % 3), Categorical(("<s>", "a", "b")))
    objects = Column(a.variables["count"].values.astype(object), Numeric("mixed"))
    b = Trace(a.tokens, a.content, {"count": objects, "tokens": swapped}, a.selectors)
    assert a.diff(b) is None and b.diff(a) is None


def test_the_first_variable_in_program_order_is_named():
    a, b = COUNT.trace("ab"), COUNT.trace("ab")
    b.variables["count"].values[0, 2] = 7
    assert "count" == a.diff(b).variable
    b.selectors["same"][0, 1, 2] = True
    found = a.diff(b)
    assert ("same", 0, (1, 2), False, True) == (
        found.variable, found.batch, found.position, found.left, found.right
    )  # fmt: skip
    assert "query 1, key 2: False on the left, True on the right" in str(found)


def test_selectors_are_not_compared_at_padding():
    a, b = COUNT.trace_batch(["ab", ""]), COUNT.trace_batch(["ab", ""])
    b.selectors["same"][1, 0, 2] = True
    assert a.diff(b) is None


def test_names_that_only_one_has():
    a = plain([1], w=column([2]))
    b = plain([1], x=column([2]), y=column([2]))
    found = a.diff(b)
    assert (None, ("w",), ("x", "y")) == (found.variable, found.only_left, found.only_right)
    assert "only on the left: w\nonly on the right: x, y" == str(found)
    assert a.diff(b, common_only=True) is None
    assert ("w",) == plain([3], w=column([2])).diff(b).only_left
    selector = Trace([("a",)], np.ones((1, 1), dtype=bool), {}, {"v": np.ones((1, 1, 1), dtype=bool)})
    assert (("v",), ("v",)) == (selector.diff(plain([1])).only_left, selector.diff(plain([1])).only_right)


def test_inputs_that_differ():
    assert "2 sequences" in str(COUNT.trace_batch(["a", "b"]).diff(COUNT.trace("a")))
    assert "variable 'tokens', sequence 0, position 1: 'a' on the left" in str(
        COUNT.trace("ab").diff(COUNT.trace("bb"))
    )
    assert "variable 'tokens', sequence 0: '3 tokens' on the left" in str(
        COUNT.trace("ab").diff(COUNT.trace("a"))
    )
    a, b = COUNT.trace("ab"), COUNT.trace("ab")
    b.content[0, 0] = True
    assert "variable 'content', sequence 0, position 0: False on the left, True" in str(a.diff(b))


def test_a_trace_of_the_wrong_shape_is_refused():
    good = COUNT.trace("ab")
    with pytest.raises(ProgramError, match="'content' has the shape"):
        Trace(good.tokens, good.content[:, :2])
    with pytest.raises(ProgramError, match="'count' has the shape"):
        Trace(good.tokens, good.content, {"count": Column(np.zeros((2, 3)), Numeric("float"))})
    with pytest.raises(ProgramError, match="'same' has the shape"):
        Trace(good.tokens, good.content, {}, {"same": np.zeros((1, 3, 2), dtype=bool)})
    with pytest.raises(ProgramError, match="order"):
        Trace(good.tokens, good.content, good.variables, order=("other",))


def test_the_text_table():
    lines = str(COUNT.trace("ab")).splitlines()
    assert "│ count    │ 1   │ 1 │ 1 │" in lines
    assert "│ 1 a         │ ·   │ ■ │ · │" in lines


def test_a_batch_shows_its_first_sequences():
    trace = COUNT.trace_batch(["ab"] * 6)
    assert "trace of sequence 3" in str(trace) and "trace of sequence 4" not in str(trace)
    assert str(trace).endswith("and 2 more sequences")
    assert "trace of sequence 5" in trace.text([5]) and "more sequences" not in trace.text([5])
    assert "and 2 more sequences" in trace._repr_html_()


def test_a_long_sequence_is_cut():
    trace = Program((SelectorWidth(FULL),)).trace("a" * 100)
    assert "60 more positions are not shown" in str(trace)
    assert "60 more positions are not shown" in trace._repr_html_()


def test_rich_prints_a_trace():
    out = io.StringIO()
    Console(file=out, width=100).print(COUNT.trace("ab"))
    assert "count" in out.getvalue()


def test_what_data_says_is_escaped():
    nasty = ["<b>", "[bold]", "\x1b[31m", "a&b"]
    program = Program(
        (Map("==", (Tokens(name="tokens"), Constant("<script>")), name="hit"),), description="<i>x</i>"
    )
    trace = program.trace(nasty)
    assert "<b>" not in trace._repr_html_() and "&lt;b&gt;" in trace._repr_html_()
    assert "<script>" not in program._repr_html_() and "<i>" not in program._repr_html_()
    assert "[bold]" in str(trace) and "\x1b" not in str(trace) and "'\\x1b[31m'" in str(trace)


def test_values_are_shown_so_that_types_can_be_told():
    texts = ["a", "<s>", "1", "1.5", "nan", "True", "", " ", "a b", "it's", 1, 1.0, True]
    expected = [
        "a",
        "<s>",
        "'1'",
        "'1.5'",
        "'nan'",
        "'True'",
        "''",
        "' '",
        "'a b'",
        '"it\'s"',
        "1",
        "1.0",
        "True",
    ]
    assert expected == [shown(text) for text in texts]


def test_a_program_shows_what_its_variables_are():
    near = Closest(Select(Tokens(), Indices(), Relation([("a", 1)])), name="near")
    table = Map(Table([(("a",), 1)], 0), (Tokens(),), name="table")
    text = Program((Aggregate(near, table, "pick", 5, name="out"),))._repr_html_()
    for part in (
        "out (output)",
        "pick(near, table, default=5)",
        "table of 1(tokens)",
        "closest(select_1, tie=earlier, own=last, fallback=first)",
        "select(tokens, indices, table of 1 pairs)",
        "token labels",
    ):
        assert part in text
