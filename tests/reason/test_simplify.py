"""What each rule does to a small program, what is checked and how, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

import readhead as rh
from readhead.errors import InputError, UsageError
from readhead.program import (
    FULL,
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
    Program,
    Relation,
    Select,
    SelectorWidth,
    Table,
    Tokens,
    Vocabulary,
)
from readhead.program.size import size
from readhead.reason.rules.duplicates import NEVER
from readhead.reason.rules.work import cost
from readhead.reason.simplify import RULES, Rewrite, default_space, simplify
from readhead.tasks.spaces import Strings

TOKENS, POSITIONS = Tokens(), Indices()
ABC = Vocabulary(("a", "b", "c"))
SAME = Select(TOKENS, TOKENS, "==")
COUNT = SelectorWidth(SAME)


def program(*outputs, vocabulary=ABC, max_length=4, **fields):
    return Program(outputs, vocabulary, max_length=max_length, **fields)


def shortened(rule, *outputs, **fields):
    """The outputs after one rule."""
    outputs = simplify(program(*outputs, **fields), rules=[rule]).program.outputs
    return outputs[0] if len(outputs) == 1 else outputs


def test_constants():
    assert Constant(0) == shortened("constants", Map("-", (POSITIONS, POSITIONS)))
    assert Constant(1) == shortened(
        "constants", Aggregate(Select(TOKENS, TOKENS, "!="), Constant(1), "max", 1)
    )


def test_duplicates_are_merged_into_the_earlier():
    other = Aggregate(Select(TOKENS, TOKENS, Relation([(t, t) for t in "abc"])), Constant(1), "sum", 0)
    assert (COUNT, COUNT) == shortened("duplicates", COUNT, other)


def test_a_selector_that_is_always_or_never_true():
    always = Select(Map("+", (POSITIONS, Constant(9))), POSITIONS, ">")
    assert LENGTH == shortened("duplicates", SelectorWidth(always))
    never = Select(Map("+", (POSITIONS, Constant(9))), POSITIONS, "<")
    assert Aggregate(NEVER, TOKENS, "pick", "-") == shortened(
        "duplicates", Aggregate(never, TOKENS, "pick", "-")
    )


def test_predicates_keep_the_pairs_that_meet():
    reach = Select(POSITIONS, POSITIONS, Relation([(k, k + 1) for k in range(20)]))
    found = shortened("predicates", SelectorWidth(reach))
    assert Relation([(0, 1), (1, 2), (2, 3)]) == found.selector.predicate


def test_predicates_of_a_causal_program_meet_no_later_key():
    reach = Select(POSITIONS, POSITIONS, Relation([(0, 1), (1, 0), (3, 2)]))
    found = shortened("predicates", SelectorWidth(reach), causal=True)
    assert Relation([(0, 1)]) == found.selector.predicate


def test_tables_keep_reachable_keys_and_the_best_default():
    table = Table([((0,), "x"), ((1,), "x"), ((2,), "y"), ((3,), "x"), ((7,), "z")])
    found = shortened("tables", Map(table, (POSITIONS,)))
    assert Table([((2,), "y")], "x") == found.function


def test_tables_lose_arguments_that_do_not_matter():
    table = Table([((i, t), i % 2) for i in range(4) for t in "abc"])
    found = shortened("tables", Map(table, (POSITIONS, TOKENS)))
    assert Map(Table([((1,), 1), ((3,), 1)], 0), (POSITIONS,)) == found


def test_values_of_one_spelling_and_several_types_stay_apart():
    table = Table([((0,), 1), ((1,), 1.0), ((2,), True), ((3,), 0)], default=5)
    given = program(Map(table, (POSITIONS,)))
    found = simplify(given)
    answers = [(type(v), v) for v in found.program.run("abca")]
    assert [(int, 1), (float, 1.0), (bool, True), (int, 0)] == answers


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (And(SAME, SAME), SAME),
        (Not(Not(SAME)), SAME),
        (And(SAME, FULL), SAME),
        (And(FULL, SAME), SAME),
        (And(SAME, Not(SAME)), NEVER),
        (Not(FULL), NEVER),
        (Closest(Closest(SAME)), Closest(SAME)),
        (Closest(Closest(SAME), own="never"), Closest(Closest(SAME), own="never")),
    ],
)
def test_selectors(selector, expected):
    found = simplify(program(SelectorWidth(selector)), rules=["selectors"])
    assert SelectorWidth(expected) == found.program.outputs[0]
    assert all("always equal" == step.check for step in found.log)


RENAMED = Map(Table([(("a",), 1), (("b",), 2), (("c",), 3)]), (TOKENS,))


def test_a_renaming_goes_into_predicates():
    found = shortened("compose", SelectorWidth(Select(RENAMED, RENAMED, "==")))
    assert SelectorWidth(Select(TOKENS, TOKENS, Relation([(t, t) for t in "abc"]))) == found


def test_a_renaming_goes_into_tables():
    found = shortened("compose", Map("+", (RENAMED, Map("*", (POSITIONS, Constant(0))))))
    assert TOKENS in found.arguments
    assert RENAMED not in found.arguments


def test_a_renaming_passes_through_a_head_that_copies():
    copied = Aggregate(Closest(SAME), RENAMED, "pick")
    found = shortened("compose", Map(Table([((1,), "x")], "y"), (copied,)))
    assert Map(Table([(("a",), "x")], "y"), (Aggregate(Closest(SAME), TOKENS, "pick"),)) == found


def test_a_renaming_goes_into_a_readout():
    item = CategoricalScores(RENAMED, [(1, (3, 0)), (2, (0, 3))])
    found = shortened("compose", Classify(("x", "y"), (item, CategoricalScores(TOKENS, [("a", (0, 9))]))))
    (both,) = found.inputs
    assert (TOKENS, (("a", (3, 9)), ("b", (0, 3)))) == (both.variable, both.rows)


def readout(*inputs, labels=("x", "y")):
    return Classify(labels, inputs)


def test_scores_lose_constants_factors_and_rows_that_do_not_occur():
    given = readout(
        CategoricalScores(TOKENS, [("a", (14, 10)), ("b", (7, 9)), ("z", (1, 2)), ("c", (5, 5))]),
        NumericScores(Constant(2), (3, 5)),
    )
    (found,) = shortened("scores", given).inputs
    assert (TOKENS, (("b", (0, 3)), ("c", (0, 2)))) == (found.variable, found.rows)


def test_scores_of_one_variable_given_twice_are_added():
    given = readout(NumericScores(COUNT, (1, 0)), NumericScores(COUNT, (1, 4)))
    (item,) = shortened("scores", given).inputs
    assert (COUNT, (0, 1)) == (item.variable, item.coefficients)


def test_labels_that_are_never_answered_go():
    given = readout(CategoricalScores(TOKENS, [("a", (1, 2, 5)), ("b", (5, 4, 2))]), labels=("x", "y", "z"))
    assert ("x", "z") == shortened("labels", given).labels


def test_inputs_that_decide_nothing_go():
    strong = CategoricalScores(TOKENS, [("a", (9, 0)), ("b", (0, 9)), ("c", (0, 9))])
    weak = CategoricalScores(POSITIONS, [(0, (1, 0)), (1, (0, 2))])
    assert (TOKENS,) == tuple(i.variable for i in shortened("votes", readout(strong, weak)).inputs)


def test_a_readout_that_one_variable_decides_becomes_a_table():
    strong = CategoricalScores(TOKENS, [("a", (9, 0)), ("b", (0, 9)), ("c", (0, 9))])
    weak = CategoricalScores(POSITIONS, [(0, (1, 0)), (1, (0, 2))])
    assert Map(Table([(("a",), "x")], "y"), (TOKENS,)) == shortened("functions", readout(strong, weak))


def test_weights_are_fitted_again_to_fewer_inputs():
    first, second = Map("==", (TOKENS, Constant("a"))), Map("<", (POSITIONS, Constant(2)))
    other = Map("==", (TOKENS, Constant("b")))
    items = [
        CategoricalScores(v, [(True, (w, 0)), (False, (0, w))])
        for v, w in ((first, 3), (second, 2), (other, 2))
    ]
    given = program(readout(*items))
    found = simplify(given, rules=["refit"])
    assert len(found.program.outputs[0].inputs) <= 3
    everything = [c for block in default_space(given).blocks(500) for c in block]
    assert given.run_batch(everything) == found.program.run_batch(everything)


def test_digits_of_weights_go():
    given = readout(CategoricalScores(TOKENS, [("a", (101, 0)), ("b", (0, 97)), ("c", (0, 3))]))
    (item,) = shortened("digits", given).inputs
    assert max(max(row) for _, row in item.rows) < 101


def test_rows_pairs_and_entries_that_make_no_difference_go():
    given = readout(CategoricalScores(TOKENS, [("a", (1, 0)), ("b", (0, 9))]))
    assert [("b", (0, 9))] == list(shortened("rows", given).inputs[0].rows)
    needless = Select(TOKENS, TOKENS, Relation([("a", "a"), ("b", "b")]))
    count = Map("min", (SelectorWidth(needless), Constant(0)))
    assert Relation(()) not in {n for n in program(count).variables.values() if isinstance(n, Relation)}
    assert cost(simplify(program(count), rules=["pairs"]).program) < cost(program(count))
    big = Map("min", (Map(Table([((0,), 5), ((1,), 6)], 7), (POSITIONS,)), Constant(5)))
    assert cost(simplify(program(big), rules=["entries"]).program) < cost(program(big))


def test_variables_and_selectors_that_another_can_stand_for():
    capped = Map("min", (Aggregate(Closest(SAME), Indices(), "pick"), Constant(0)))
    assert Constant(0) == shortened("variables", capped)
    chosen = Map("min", (SelectorWidth(And(SAME, Not(SAME))), Constant(-1)))
    found = simplify(program(chosen), rules=["choices"]).program
    assert cost(found) < cost(program(chosen))


def test_all_rules_together_say_how_they_were_checked():
    given = program(Map("+", (Map("-", (POSITIONS, POSITIONS)), Constant(1))))
    found = simplify(given)
    assert Constant(1) == found.program.outputs[0]
    assert (121, size(given), size(found.program)) == (found.inputs, found.before, found.after)
    assert {"on all 121 inputs"} == {step.check for step in found.log}
    step = found.log[0]
    assert Rewrite("constants", step.where, size(given), size(found.program), "on all 121 inputs") == step


def test_names_stay():
    given = program(Map(Table([((0,), 1)], 2), (replace(POSITIONS, name="place"),), name="answer"))
    assert ["place", "answer"] == list(simplify(given).program.variables)


def test_an_open_vocabulary_leaves_value_sets():
    given = Program((Map("-", (POSITIONS, POSITIONS)),), max_length=5)
    found = simplify(given)
    assert Constant(0) == found.program.outputs[0]
    assert None is found.inputs
    assert ("the program's vocabulary is open: value sets alone are used",) == found.notes
    assert {"by domain reasoning"} == {step.check for step in found.log}


def test_no_limit_of_length_leaves_value_sets():
    found = simplify(program(COUNT, max_length=None))
    assert ("the program's length has no limit: value sets alone are used",) == found.notes


def test_too_many_inputs_leave_value_sets():
    found = simplify(program(COUNT), budget=100)
    assert ("121 inputs are more than 100: value sets alone are used",) == found.notes


def test_too_long_inputs_leave_value_sets():
    found = simplify(program(COUNT, vocabulary=Vocabulary(("a",)), max_length=3000))
    assert (
        "3,001 inputs of up to 3000 positions are too much to keep: value sets alone are used",
    ) == found.notes


def test_too_many_failures_leave_value_sets():
    given = program(Map("/", (Constant(1), Map("*", (POSITIONS, Constant(0))))), max_length=7)
    found = simplify(given)
    assert ("the program has no answer on more than 2,000 inputs: value sets alone are used",) == found.notes
    with pytest.raises(rh.errors.EvaluationError):
        found.program.run("a")


def test_what_fails_goes_on_failing():
    inverse = Map("/", (Constant(1), Map("-", (COUNT, Constant(2)))))
    given = program(Map("*", (inverse, Constant(0))), max_length=3)
    found = simplify(given).program
    assert [0.0] == found.run("a")
    with pytest.raises(rh.errors.EvaluationError):
        found.run("aa")


@pytest.mark.parametrize("budget", [0, 1000])
def test_a_table_that_answers_zero_with_minus_zero_gives_something_else_back(budget):
    number = Map(Table([(("a",), 0.0)], 1.0), (TOKENS,))
    spelt = program(Map("str", (Map(Table([((0.0,), -0.0), ((1.0,), 1.0)]), (number,)),)))
    assert ["-0.0", "1.0"] == simplify(spelt, budget=budget).program.run("ab")


def test_value_sets_do_not_drop_what_may_fail():
    inverse = Map("/", (Constant(1), Map("-", (COUNT, Constant(2)))))
    given = program(Map(Table([], default=0), (inverse,)))
    assert given == simplify(given, budget=0).program


def test_the_empty_sequence_is_answered_as_before():
    pooled = Classify(("x", "y"), (CategoricalScores(TOKENS, [("a", (0, 0))]),), pooled=True)
    given = program(pooled, kind="sequence_label")
    assert "x" == simplify(given).program.run("")
    assert "x" == simplify(given, budget=0).program.run("")


def test_a_space_says_where_the_meaning_is_kept():
    found = simplify(program(LENGTH), space=Strings(("a", "b"), 3, 3))
    assert Constant(3) == found.program.outputs[0]
    assert {"on all 8 inputs"} == {step.check for step in found.log}


def test_one_input():
    found = simplify(program(LENGTH), space=Strings(("a",), 2, 2))
    assert {"on the only input"} == {step.check for step in found.log}


def test_a_space_that_the_program_cannot_read():
    with pytest.raises(InputError, match="not in the vocabulary: 'z'"):
        simplify(program(LENGTH), space=Strings(("z",), 1, 1))


def test_the_default_space_has_an_unknown_token():
    vocabulary = Vocabulary(("a", "?"), unknown="<unk>", lower=True)
    assert Strings(("a", "?", "??"), 0, 2) == default_space(
        program(TOKENS, vocabulary=vocabulary, max_length=2)
    )
    spelled = Vocabulary(("a",), unknown="<unk>", spellings=("title",))
    assert Strings(("a", "<unk>", "<unk:title>"), 0, 2) == default_space(
        program(TOKENS, vocabulary=spelled, max_length=2)
    )


def test_wrong_answers_may_change():
    wrong_once = Map(Table([((0, "c"), "wrong")], "right"), (POSITIONS, TOKENS))

    def answers(tokens):
        return ["right"] * len(tokens)

    given = program(wrong_once)
    assert simplify(given).program != simplify(given, answers=answers).program
    assert Constant("right") == simplify(given, answers=answers).program.outputs[0]


def test_unscored_answers_may_change():
    given = program(Map(Table([((0,), "first")], "other"), (POSITIONS,)))
    found = simplify(given, answers=lambda tokens: [None, *["other"] * (len(tokens) - 1)][: len(tokens)])
    assert Constant("other") == found.program.outputs[0]


def test_right_answers_stay():
    given = rh.load("examples/hist.py")
    space = Strings(("0", "1", "2"), 1, 4)
    found = simplify(given, space=space, answers=rh.TASKS["hist"].answer)
    for content in space.blocks(1000).__next__():
        assert list(rh.TASKS["hist"].answer(content)) == found.program.run(content)


def test_right_answers_are_for_labels_of_tokens():
    with pytest.raises(UsageError, match="right answers are given to a program of kind sequence_label"):
        simplify(program(TOKENS, kind="sequence_label"), answers=list)


def test_right_answers_need_all_inputs():
    with pytest.raises(
        UsageError, match="which answers are right can only be told where all inputs are tried"
    ):
        simplify(program(TOKENS), answers=list, budget=10)


def test_variables_that_no_input_tells_apart_are_merged_whatever_went_before():
    """No input has an answer, so everything is equal to everything: a merge may do away with what the next one names."""
    nothing = Aggregate(Select(TOKENS, POSITIONS, Relation([("a", 0)])), POSITIONS)
    given = program(nothing, vocabulary=Vocabulary(("a", "b"), begin="<s>"), max_length=2)
    found = simplify(given, rules=["duplicates"])
    assert found.log
    assert cost(found.program) < cost(given)


def test_an_unknown_rule():
    with pytest.raises(UsageError, match="there is no rule 'tabels'\n  instead: did you mean 'tables'"):
        simplify(program(TOKENS), rules=["tabels"])


def test_a_negative_budget():
    with pytest.raises(UsageError, match="budget is -1"):
        simplify(program(TOKENS), budget=-1)


def test_progress_hears_of_every_rule():
    heard = []
    simplify(program(TOKENS), progress=lambda rule, found: heard.append((rule, found)))
    assert [(rule, size(program(TOKENS))) for rule in RULES] == heard


def test_the_same_twice():
    given = rh.load("examples/hist.py")
    space = Strings(tuple("0123"), 1, 5)
    once = simplify(given, space=space)
    assert once.program == simplify(given, space=space).program
    again = simplify(once.program, space=space)
    assert (once.program, ()) == (again.program, again.log)
