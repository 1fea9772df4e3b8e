"""``circuit``: the part that it keeps answers as the whole does, and what it leaves out is not needed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings

import readhead as rh
from readhead.errors import EvaluationError, InputError, UsageError
from readhead.program import (
    LENGTH,
    Aggregate,
    CategoricalScores,
    Classify,
    Closest,
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
from readhead.program.operators import typed
from readhead.reason.circuit import circuit
from readhead.reason.circuits.where import parse
from readhead.tasks.examples import Example
from strategies import programs_with_inputs

TOKENS = Tokens(name="tokens")
SAME = Select(TOKENS, TOKENS, "==", name="same")
COUNT = SelectorWidth(SAME, name="count")
WORDS = ["abca", "aabb", "abcd", "cccc", "bacd", "dada"]


def answers(program: Program, content):
    found = program.run(content)
    return [typed(v) for v in found] if isinstance(found, list) else [typed(found)]


@pytest.mark.parametrize("ablation", ["mean", "resample"])
def test_a_circuit_answers_as_its_program_does(ablation):
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(programs_with_inputs(max_steps=8))
    def law(drawn):
        program, contents = drawn
        try:
            program.trace_batch(contents)
            whole = [answers(program, c) for c in contents]
        except (EvaluationError, InputError):
            assume(False)
        assume(any(whole))
        found = circuit(program, contents, ablation=ablation, draws=2)
        assert whole == [answers(found.program, c) for c in contents]
        assert found.same == found.answers
        assert {*found.kept}.isdisjoint(d.name for d in found.dropped)
        assert {*found.kept} | {d.name for d in found.dropped} == set(
            Program(program.outputs[:1], program.vocabulary, program.causal).variables
        )

    law()


def test_what_no_answer_needs_is_left_out():
    nothing = Map(
        "*", (SelectorWidth(Select(TOKENS, Constant("a"), "=="), name="a_count"), Constant(0)), name="zero"
    )
    program = Program((Map("+", (COUNT, nothing), name="sum"),))
    found = circuit(program, WORDS)
    assert ("tokens", "same", "count", "sum") == found.kept
    dropped = {d.name: d.value for d in found.dropped}
    assert dropped["a_count"] is None  # nothing reads it any more
    assert 0 == dropped["zero"]
    assert (2, 1) == (found.before.heads, found.after.heads)


def readout(*inputs):
    return Classify(("low", "high"), inputs, name="prediction")


def test_inputs_of_a_readout_that_settle_nothing_go():
    votes = readout(
        NumericScores(COUNT, (0, 10)),
        CategoricalScores(TOKENS, [("a", (1, 0))]),
        NumericScores(LENGTH, (4, 0)),
    )
    found = circuit(Program((votes,)), WORDS)
    (left, bias) = found.program.outputs[0].inputs
    assert COUNT == left.variable
    assert Constant(1) == bias.variable
    assert (3, 2) == (found.before.readout_inputs, found.after.readout_inputs)
    assert ["low", "high", "high", "low"] != found.program.run("abca")  # a occurs twice
    assert ["high", "low", "low", "high"] == found.program.run("abca")


def test_tables_keep_the_rows_that_are_used():
    table = Table([((c,), n) for n, c in enumerate("abcdefg")])
    found = circuit(Program((Map(table, (TOKENS,), name="code"),)), WORDS)
    assert {"code": (3, 7)} == {r.name: (r.kept, r.of) for r in found.rows}  # what is usual needs no row
    same = Relation([(c, c) for c in "abcdefg"])
    found = circuit(Program((SelectorWidth(Select(TOKENS, TOKENS, same, name="same"), name="n"),)), WORDS)
    assert {"same": (4, 7)} == {r.name: (r.kept, r.of) for r in found.rows}


def test_scores_say_how_many_answers_change():
    other = SelectorWidth(Select(TOKENS, Constant("z"), "=="), name="z_count")
    program = Program((Map("+", (COUNT, other), name="sum"),))
    found = circuit(program, WORDS)
    assert (0.0, 0.0) == (found.score("z_count").mean, found.score("z_count").resample)
    assert found.score("count").resample > 0
    assert 14 / 24 == pytest.approx(found.score("count").mean)  # ten symbols of 24 occur as often as is usual
    assert found.score("nobody") is None


def test_a_condition_picks_answers():
    first = Map("if", (Map("==", (Indices(), Constant(0))), COUNT, LENGTH), name="answer")
    found = circuit(Program((first,)), ["abca", "aabb", "abcd"], "position > 0")
    assert "count" not in found.kept
    assert (9, "position > 0") == (found.answers, found.where)
    labelled = [Example(tuple(w), tuple("x" if c == "a" else None for c in w)) for w in WORDS[:3]]
    assert 5 == circuit(Program((first,)), labelled, "label == 'x'").answers


def test_the_mean_of_answers_that_are_all_alike_is_a_constant_and_other_inputs_are_not():
    votes = readout(NumericScores(COUNT, (0, 10)), NumericScores(Constant(1), (15, 0)))
    by_mean = circuit(Program((votes,)), WORDS, "answer == 'high'", ablation="mean")
    by_others = circuit(Program((votes,)), WORDS, "answer == 'high'")
    assert "count" not in by_mean.kept
    assert "count" in by_others.kept


def test_less_can_be_kept():
    votes = readout(
        NumericScores(COUNT, (0, 10)),
        CategoricalScores(TOKENS, [("d", (0, 20))]),
        NumericScores(Constant(1), (15, 0)),
    )
    assert 2 == len(
        [i for i in circuit(Program((votes,)), WORDS).program.outputs[0].inputs if i.variable != Constant(1)]
    )
    found = circuit(Program((votes,)), WORDS, keep=0.8)
    assert 19.2 <= found.same < found.answers
    assert "count" in found.kept


def test_the_seed_decides_what_is_drawn_and_nothing_else_does():
    program = rh.load("examples/hist.py")
    inputs = rh.TASKS["hist"].dataset().test[:100]
    assert circuit(program, inputs, seed=3) == circuit(program, inputs, seed=3)


def test_inputs_alone_of_their_length_are_counted():
    assert 2 == circuit(Program((COUNT,)), ["ab", "ba", "a", "abc"]).alone


def test_one_answer_for_a_sequence():
    last = Program((Aggregate(Closest(SAME), Indices(), name="at"),), kind="next_token")
    found = circuit(last, ["aba", "abb"], "answer == 0")
    assert 1 == found.answers
    assert 0 == found.program.run("aba")


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        ([], {}, "there are no inputs"),
        ([""], {}, "the inputs have no position to answer at"),
        (WORDS, {"where": "answer == 9"}, "no answer has answer == 9\n  why: 24 answers were looked at"),
        (
            WORDS,
            {"where": "label == 1"},
            "the condition label == 1 speaks of labels, and the inputs have none",
        ),
        (WORDS, {"where": "answer < 'a'"}, "the condition answer < 'a' has no answer where answer is 2"),
        (WORDS, {"where": "token * 9 == 'a'"}, "arithmetic is for numbers, and 'a' is none"),
        (WORDS, {"ablation": "zero"}, "there is no ablation 'zero'\n  instead: mean or resample"),
        (WORDS, {"draws": 0}, "draws is 0"),
        (WORDS, {"keep": 0.0}, "keep is 0.0"),
        ([Example(("a",), ())], {}, "input 0: ('a',): 1 answers, and 0 labels"),
    ],
)
def test_what_cannot_be_asked(inputs, options, message):
    with pytest.raises((UsageError, InputError)) as error:
        circuit(Program((COUNT,)), inputs, **options)
    assert message in str(error.value)


def test_a_token_outside_the_vocabulary():
    with pytest.raises(InputError, match="not in the vocabulary: 'z' at position 0"):
        circuit(Program((COUNT,), Vocabulary(("a",))), [["z"]])


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("label == 'F' and not position > 2", {"label": "F", "position": 2}, True),
        ("token in ('a', 'b') or length == 3", {"token": "c", "length": 4}, False),
        ("0 < position < length - 1", {"position": 2, "length": 4}, True),
        ("position % 2 == 1", {"position": 3}, True),
        ("answer != label", {"answer": "1", "label": "2"}, True),
        ("position // 2 + 1 == 2 and -1 < position * 2", {"position": 2}, True),
        ("token not in ['a']", {"token": "b"}, True),
        ("answer", {"answer": 0}, False),
    ],
)
def test_conditions(text, facts, expected):
    assert parse(text).holds(facts) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no condition"),
        ("label ==", "condition:1:9: 'label ==' is no condition"),
        ("labl == 'F'", "condition:1:1: a condition knows no 'labl'"),
        ("__import__('os')", "a condition cannot have __import__('os')"),
        ("label.upper() == 'F'", "condition:1:1: a condition cannot have label.upper()"),
        ("token[0] == 'a'", "a condition cannot have token[0]"),
        ("(lambda: 1)", "a condition cannot have lambda: 1"),
        ("position ** 9 > 1", "a condition cannot have position ** 9"),
        ("[x for x in token]", "a condition cannot have [x for x in token]"),
        ("f'{token}' == 'a'", "a condition cannot have f'{token}'"),
        ("(label := 'F')", "a condition cannot have label := 'F'"),
        ("None == label", "a condition cannot have None"),
        ("token is 'a'", "a condition cannot have token is 'a'"),
        ("1 and " * 300 + "1", "a condition of 1801 characters"),
        ("not " * 60 + "label", "the condition is nested too deep"),
        ("((((" * 100, "is no condition"),
    ],
)
def test_what_is_no_condition(text, message):
    with pytest.raises(UsageError) as error:
        parse(text)
    assert message in str(error.value)


def test_one_answer_has_no_position():
    with pytest.raises(UsageError, match="a condition knows no 'position' here"):
        circuit(Program((COUNT,), kind="next_token"), ["ab"], "position == 0")
