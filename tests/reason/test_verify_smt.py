"""The solver's circuits mean what the interpreter says, and its verdicts never contradict exhaustion."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from readhead.errors import EvaluationError, UsageError
from readhead.program import (
    FULL,
    LENGTH,
    Aggregate,
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
    SOp,
    Table,
    Tokens,
    Vocabulary,
)
from readhead.program.operators import typed
from readhead.reason.references import reference
from readhead.reason.smt.gates import FALSE, TRUE, Gates, TooLarge
from readhead.reason.smt.scores import _by_bits
from readhead.reason.verify import verify
from readhead.tasks import TASKS, make_task
from readhead.tasks.spaces import Strings
from reason.circuits import circuit_answers, literals_that_hold
from strategies import programs

AB = ("a", "b")
FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))


def readable(program):
    tokens = program.vocabulary.tokens
    if tokens is None:
        return AB
    known = tuple(t for t in tokens if program.vocabulary.normalized(t) in tokens)
    return known[:2] or ("zebra",)


def answer(program, content):
    try:
        found = program.run(content)
    except EvaluationError:
        return None
    return found if program.kind == "token_labels" else [found]


def check_circuit(program):
    alphabet = readable(program)
    assume(program.vocabulary.tokens is None or program.vocabulary.unknown or "zebra" not in alphabet)
    least = 0 if program.kind == "token_labels" or program.vocabulary.markers else 1
    for n in range(least, 4):
        contents = list(itertools.product(alphabet, repeat=n))
        try:
            found = circuit_answers(program, alphabet, contents)
        except TooLarge:
            continue
        expected = [answer(program, content) for content in contents]
        for content, e, f in zip(contents, expected, found, strict=True):
            assert (e is None) == (f is None), content
            assert e is None or list(map(typed, e)) == list(map(typed, f)), content


@FEW
@given(programs())
def test_a_circuit_answers_as_the_interpreter_does(program) -> None:
    check_circuit(program)


@pytest.mark.slow
@settings(MANY, max_examples=1_000)
@given(programs(max_steps=15))
def test_many_circuits_answer_as_the_interpreter_does(program) -> None:
    check_circuit(program)


@st.composite
def pairs(draw):
    """Two programs over one vocabulary: the same, another variable of the same, or unlike ones."""
    left = draw(programs(kinds=("token_labels",)))
    others = [node for node in left.variables.values() if isinstance(node, SOp)]
    how = draw(st.sampled_from(["same", "variable", "program"]))
    if how == "program":
        right = replace(draw(programs(kinds=("token_labels",))), vocabulary=left.vocabulary)
    else:
        right = replace(left, outputs=(left.outputs[0] if how == "same" else draw(st.sampled_from(others)),))
    return left, replace(right, max_length=left.max_length)


def check_methods_agree(pair) -> None:
    left, right = pair
    alphabet = readable(left)
    assume(left.vocabulary.tokens is None or left.vocabulary.unknown or "zebra" not in alphabet)
    space = Strings(alphabet, 0, 3)
    exhausted = verify(left, right, space=space, method="exhaustive", seconds=None)
    solved = verify(left, right, space=space, method="smt", seconds=30)
    assert exhausted.verdict in ("proved", "counterexample")
    if solved.verdict == "unknown":
        assert solved.coverage.stopped
        return
    assert exhausted.verdict == solved.verdict
    if exhausted.counterexample is not None:
        assert solved.counterexample is not None
        assert exhausted.counterexample.tokens == solved.counterexample.tokens
    assert verify(left, left, space=space, method="smt", seconds=30).verdict in ("proved", "unknown")


@FEW
@given(pairs())
def test_the_solver_says_what_exhaustion_says(pair) -> None:
    check_methods_agree(pair)


@pytest.mark.slow
@MANY
@given(pairs())
def test_the_solver_says_what_exhaustion_says_of_many(pair) -> None:
    check_methods_agree(pair)


# One thing at a time


A = Vocabulary(("a", "b"))


def both(left, right, **settings):
    """The verdict of the solver, the same as that of exhaustion."""
    given = {"vocabulary": A, "max_length": 4, **settings}
    programs = [Program((output,), **given) for output in (left, right)]
    found = {m: verify(*programs, method=m) for m in ("smt", "exhaustive")}
    assert found["smt"].verdict == found["exhaustive"].verdict
    if found["smt"].counterexample is not None:
        assert found["smt"].counterexample == found["exhaustive"].counterexample
    return found["smt"]


BEFORE = Select(Indices(), Indices(), "<")
SAME = Select(Tokens(), Tokens(), "==")


@pytest.mark.parametrize("own", ["last", "never", "any"])
@pytest.mark.parametrize("tie", ["earlier", "later"])
@pytest.mark.parametrize("fallback", ["first", "own"])
@pytest.mark.parametrize("causal", [False, True])
def test_the_nearest_key(own, tie, fallback, causal) -> None:
    position = Aggregate(Closest(SAME, tie, own, fallback), Indices(), "pick")
    for other in (Indices(), Constant(0), Aggregate(Closest(SAME), Indices(), "pick")):
        both(position, other, causal=causal)


@pytest.mark.parametrize("reduce", ["mean", "sum", "max", "min", "pick"])
@pytest.mark.parametrize("values", [Indices(), Tokens(), Map("/", (Indices(), Constant(3))), Constant(2**62)])
def test_aggregates(reduce, values) -> None:
    for selector in (SAME, BEFORE, FULL):
        aggregate = Aggregate(selector, values, reduce, default=0)
        for other in (Constant(0), Map("+", (Indices(), Constant(0.0))), aggregate):
            both(aggregate, other)


def test_a_mean_of_integers_is_the_exact_sum_over_the_count() -> None:
    mean = Aggregate(FULL, Map("*", (Indices(), Constant(10))), "mean")
    half = Map("*", (Map("-", (LENGTH, Constant(1))), Constant(5)))
    exact = Map("if", (Map("==", (LENGTH, Constant(1))), half, Map("float", (half,))))
    assert "proved" == both(mean, exact).verdict
    assert "counterexample" == both(mean, half).verdict


def test_strings_without_a_mean_are_told_apart_no_further_than_that() -> None:
    letters = Vocabulary(tuple("abcdef"))
    mean = Aggregate(Select(Tokens(), Constant("a"), "!="), Tokens(), "mean", default="-")
    found = both(mean, Constant("-"), vocabulary=letters, max_length=3)
    assert ("b",) == found.counterexample.tokens
    first = Map("if", (Map("==", (Tokens(), Constant("a"))), mean, mean))
    assert "proved" == both(mean, first, vocabulary=letters, max_length=5).verdict


def test_an_overflow_is_an_error_and_not_a_wrapped_number() -> None:
    large = Map("+", (Constant(2**63 - 2), SelectorWidth(SAME)))
    found = both(large, Constant(2**63 - 1))
    assert ("a", "a") == found.counterexample.tokens
    assert "overflows" in found.counterexample.program_error


def test_a_sum_of_floats_that_overflows_on_its_way_is_an_error_in_their_own_order() -> None:
    large = Map(Table([((2,), -1e308)], 1e308), (Indices(),))
    total = Map("*", (Constant(0.0), Aggregate(FULL, large, "sum", 0.0)))
    left, right = (Program((o,), Vocabulary(AB), max_length=3) for o in (total, Constant(0.0)))
    for method in ("exhaustive", "smt"):
        found = verify(left, right, space=Strings(AB, 3, 3), method=method)
        assert ("a", "a", "a") == found.counterexample.tokens
        assert "their sum overflows" in found.counterexample.program_error


def test_a_read_out_of_many_inputs_is_added_in_binary() -> None:
    inputs = tuple(
        NumericScores(
            Map("+", (Map("*", (SelectorWidth(SAME), Constant(7**i))), Constant(i))), (3, -i, 2 * i - 9)
        )
        for i in range(6)
    )
    read_out = Classify(("x", "y", "z"), inputs)
    assert "proved" == both(read_out, read_out).verdict
    both(read_out, Constant("z"))
    both(Classify(("x", "y", "z"), inputs, pooled=True), read_out)


def test_binary_totals_and_listed_ones_choose_the_same_label() -> None:
    gates = Gates()
    a, b = gates.choice(2)
    terms = [[((0, 5, -3), a), ((4, 0, 0), b)], [((1, 1, 9), a), ((-2, 2, 2), b)]]
    chosen = _by_bits(gates, 3, terms)
    tokens = [[("a", a), ("b", b)]]
    for content, label in ((("a",), 1), (("b",), 0)):
        values = literals_that_hold(gates, tokens, content)
        assert [values[x >> 1] != bool(x & 1) for x in chosen] == [i == label for i in range(3)]


def test_circuits_of_constants_fold() -> None:
    gates = Gates()
    a, b = gates.choice(2)
    assert (TRUE, [TRUE]) == (gates.all([]), gates.choice(1))
    assert (FALSE, FALSE, a) == (gates.both(a, a ^ 1), gates.both(a, b), gates.all([a, TRUE, a]))
    assert (TRUE, a, a ^ 1) == (gates.any([a, a ^ 1]), gates.mux(a, TRUE, FALSE), gates.differ(a, TRUE))
    c, d, _ = gates.choice(3)
    assert gates.all([a, c, d ^ 1]) == gates.all([d ^ 1, a, c])


def test_what_has_too_many_values_is_unknown_and_names_the_variable() -> None:
    wide = Vocabulary(tuple(f"t{i}" for i in range(300)), split="words")
    joined = Map(
        "+", (Aggregate(Select(Indices(), Constant(0), "=="), Tokens(), "pick"), Tokens()), name="joined"
    )
    program = Program((Map("+", (joined, joined), name="again"),), wide, max_length=2)
    found = verify(
        program, replace(program, outputs=(joined,)), method="smt", space=Strings(wide.tokens, 2, 2)
    )
    assert "unknown" == found.verdict
    assert "at length 2: variable 'joined': more than" in found.coverage.stopped
    scores = tuple(NumericScores(LENGTH, (2**61, 0)) for _ in range(5))
    far = Program((Classify(("x", "y"), scores, name="far"),), A, max_length=1)
    assert "its scores might leave int64" in verify(far, far, method="smt").coverage.stopped


def test_a_table_and_a_relation() -> None:
    table = Map(Table([(("a", 1), "x")], "y"), (Tokens(), SelectorWidth(SAME)))
    condition = [Map("==", (Tokens(), Constant("a"))), Map("==", (SelectorWidth(SAME), Constant(1)))]
    spelled = Map("if", (Map("and", tuple(condition)), Constant("x"), Constant("y")))
    assert "proved" == both(table, spelled).verdict
    by_relation = SelectorWidth(Select(Tokens(), Tokens(), Relation([("a", "a"), ("b", "b")])))
    assert "proved" == both(by_relation, SelectorWidth(SAME)).verdict
    assert (
        "counterexample"
        == both(SelectorWidth(Select(Tokens(), Tokens(), Relation([("a", "b")]))), LENGTH).verdict
    )


@pytest.mark.parametrize("task", ["reverse", "hist", "sort", "induction", "dyck1", "double_hist"])
def test_the_solver_proves_references_against_other_programs(task) -> None:
    small = {
        "induction": make_task("induction", symbols=3, max_length=5),
        "dyck1": make_task("dyck1", max_length=7),
    }
    asked = small.get(
        task, make_task(task, symbols=3, max_length=4) if task in TASKS and task not in small else None
    )
    program = replace(reference(asked), vocabulary=asked.vocabulary)
    assert verify(program, asked, max_length=asked.max_length, method="exhaustive").verdict
    shifted = replace(reference(asked), outputs=(Map("str", (reference(asked).outputs[0],)),))
    assert "proved" == verify(shifted, asked, method="smt").verdict
    wrong = Map("if", (Map("==", (Indices(), Constant(2))), Constant("0"), reference(asked).outputs[0]))
    found = {
        m: verify(replace(reference(asked), outputs=(wrong,)), asked, method=m) for m in ("smt", "exhaustive")
    }
    assert found["smt"].verdict == found["exhaustive"].verdict == "counterexample"
    assert found["smt"].counterexample == found["exhaustive"].counterexample


def test_a_solver_is_for_programs() -> None:
    with pytest.raises(UsageError, match="the solver cannot look into"):
        verify(object(), TASKS["sort"], method="smt")
