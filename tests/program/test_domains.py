"""Domains and their inference: sound on random programs, exact where it matters, bounded."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings

from readhead.errors import EvaluationError, ProgramError
from readhead.program import (
    FULL,
    LENGTH,
    Aggregate,
    Categorical,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Numeric,
    Program,
    SelectorWidth,
    SOp,
    Table,
    Tokens,
    Vocabulary,
    domains,
    infer_domains,
)
from readhead.program.domains import exact
from strategies import programs_with_inputs


def inferred(node, **options):
    return infer_domains(Program((node,), **options)).get(node)


AB = Vocabulary(("a", "b"), begin="<s>")
PARITY = Map("%", (Indices(), Constant(2)))


def test_domains_are_compared_by_type():
    assert Categorical((1, "a")) == Categorical((1, "a"))
    assert Categorical((1,)) != Categorical((True,)) and Categorical((0.0,)) != Categorical((-0.0,))
    assert hash(Categorical((1, 2))) == hash(Categorical((1, 2)))
    assert Categorical((1,)) != Numeric("int")
    assert 4 == len(Categorical((1, 1.0, True, "1")).values)


def test_a_domain_lists_each_value_once():
    with pytest.raises(ProgramError, match="lists a value twice"):
        Categorical((1, 1))
    with pytest.raises(ProgramError, match="no kind of number 'complex'"):
        Numeric("complex")


def test_numbers_are_ready_to_compute_with():
    assert [1, 2] == Categorical((1, 2)).numbers.tolist()
    assert Categorical((1, 2.0)).numbers is None and Categorical(()).numbers is None


@pytest.mark.parametrize(
    ("node", "options", "expected"),
    [
        (Tokens(), {"vocabulary": AB}, Categorical(("a", "b", "<s>"))),
        (Tokens(), {}, None),
        (Indices(), {"max_length": 2, "vocabulary": AB}, Categorical((0, 1, 2))),
        (Indices(), {}, Numeric("int")),
        (Indices(), {"max_length": 10**9}, Numeric("int")),
        (LENGTH, {"max_length": 2}, Categorical((0, 1, 2))),
        (LENGTH, {}, Numeric("int")),
        (SelectorWidth(Closest(FULL)), {}, Categorical((1,))),
        (PARITY, {"max_length": 5}, Categorical((0, 1))),
        (PARITY, {}, Numeric("int")),
        (Map("/", (Constant(1), Indices())), {"max_length": 3}, Categorical((0.5, 1.0))),
        (Map("==", (Tokens(), Constant("a"))), {}, Categorical((False, True))),
        (Map("indicator", (Tokens(),)), {}, Categorical((0, 1))),
        (Map("str", (Tokens(),)), {}, None),
        (Map("+", (Tokens(), Tokens())), {}, None),
        (Map("+", (Indices(), Constant(0.5))), {}, Numeric("float")),
        (Map("^", (Indices(), Constant(2))), {}, Numeric("mixed")),
        (Map("/", (Indices(), Constant(2))), {}, Numeric("float")),
        (Map("round", (Map("/", (Indices(), Constant(2))),)), {}, Numeric("int")),
        (Map("min", (Indices(), Constant(3))), {}, Numeric("int")),
        (Map("if", (Tokens(), Indices(), Constant(0.5))), {}, Numeric("mixed")),
        (Map("if", (Tokens(), Indices(), Constant("a"))), {}, None),
        (
            Map(Table([((0,), "x"), ((9,), "y")], "z"), (Indices(),)),
            {"max_length": 2},
            Categorical(("x", "z")),
        ),
        (Map(Table([((0,), "x"), ((9,), "y")]), (Tokens(),)), {}, Categorical(("x", "y"))),
        (Aggregate(FULL, Tokens(), "max", "-"), {"vocabulary": AB}, Categorical(("-", "<s>", "a", "b"))),
        (Aggregate(FULL, Tokens()), {}, None),
        (Aggregate(FULL, PARITY, "sum", 0), {"max_length": 3}, Categorical((0, 1, 2, 3))),
        (Aggregate(FULL, PARITY, "mean"), {"max_length": 2}, Categorical((0, 1, 0.0, 0.5, 1.0))),
        (Aggregate(FULL, Indices(), "sum", 0), {}, Numeric("int")),
        (Aggregate(FULL, Indices(), "mean", 0), {}, Numeric("mixed")),
        (Aggregate(FULL, Indices(), "sum", 0), {"max_length": 10**4}, Numeric("int")),
        (Classify(("x", "y"), ()), {}, Categorical(("x", "y"))),
    ],
)
def test_what_is_inferred(node, options, expected):
    assert expected == inferred(node, **options)


def test_inference_is_bounded():
    text = Constant("ab")
    for _ in range(200):
        text = Map("+", (text, text))
    assert inferred(text) is None
    number = Constant(2)
    for _ in range(200):
        number = Map("*", (number, number))
    assert Categorical(()) == inferred(number)  # it overflows, and so it has no value
    power = Indices()
    for _ in range(3):
        power = Map("*", (power, power))
    assert isinstance(inferred(power, max_length=domains.BOUND), Numeric | Categorical)


def test_sums_over_very_long_sequences_are_bounded():
    assert Numeric("mixed") == inferred(
        Aggregate(FULL, Constant(1)), max_length=10**12
    )  # one value is copied
    assert Numeric("int") == inferred(Aggregate(FULL, Constant(1), "sum"), max_length=10**12)


def test_texts_that_grow_are_bounded_together():
    word = Tokens()
    for _ in range(3):
        word = Map("+", (word, Aggregate(FULL, word, "max", "a")))
    tracemalloc.start()
    try:
        for _ in range(300):
            word = Map("+", (word, Constant("abcdefgh")))
        assert inferred(word, vocabulary=Vocabulary(tuple("abcdefgh")), max_length=9) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**26


def op(name, *arguments):
    return Map(name, tuple(a if isinstance(a, SOp) else Constant(a) for a in arguments))


INDEX, WIDTH = Indices(), LENGTH
IS_A = op("==", Tokens(), "a")
QUARTER = op("%", INDEX, 4)
CHOICE = op("if", IS_A, 1, 0)
SWAP = Table([((0, 1), "even"), ((1, 0), "odd"), ((1, 1), "never")], "neither")


@pytest.mark.parametrize(
    ("node", "options", "expected"),
    [
        (op("*", QUARTER, QUARTER), {"max_length": 9}, (0, 1, 4, 9)),
        (op("-", PARITY, PARITY), {"max_length": 9}, (0,)),
        (op("==", PARITY, op("%", INDEX, 2)), {"max_length": 9}, (True,)),
        (op("==", PARITY, op("%", QUARTER, 2)), {"max_length": 9}, (True,)),
        (op("+", CHOICE, op("if", IS_A, 0, 1)), {"vocabulary": AB}, (1,)),
        (op("+", CHOICE, op("if", IS_A, 0, 1)), {}, (1,)),
        (op("and", IS_A, op("not", IS_A)), {}, (False,)),
        (op("if", op("<", INDEX, 5), INDEX, 5), {"max_length": 100}, (0, 1, 2, 3, 4, 5)),
        (op("if", op(">", INDEX, 0), op("-", INDEX, 1), 0), {"max_length": 4}, (0, 1, 2)),
        (op("max", INDEX, op("-", 3, INDEX)), {"max_length": 4}, (2, 3)),
        (op("*", INDEX, op("/", 1, INDEX)), {"max_length": 4}, (1.0,)),
        (Map(SWAP, (PARITY, op("-", 1, PARITY))), {"max_length": 9}, ("even", "odd")),
        (op("+", PARITY, op("%", WIDTH, 3)), {"max_length": 1000}, (0, 1, 2, 3)),
        (op("+", PARITY, op("*", op("%", INDEX, 3), 2)), {"max_length": 3000}, (0, 1, 2, 3, 4, 5)),
        (op("+", QUARTER, op("if", IS_A, op("neg", QUARTER), 1)), {"max_length": 9, "vocabulary": AB}, (0, 1, 2, 3, 4)),
        (op("+", SelectorWidth(Closest(FULL)), op("*", 0, INDEX)), {"max_length": 9}, (1,)),
    ],
)  # fmt: skip
def test_functions_of_one_variable_are_taken_together(node, options, expected):
    assert Categorical(expected) == inferred(node, **options)


def test_many_arguments_are_seen_as_functions_or_as_variables():
    parities = [op("%", op("+", INDEX, i), 2) for i in range(8)]
    alternating = Table([((0, 1) * 4, "from an even one"), ((1, 0) * 4, "from an odd one")], "mixed")
    assert Categorical(("from an even one", "from an odd one")) == inferred(
        Map(alternating, parities), max_length=20
    )
    assert Categorical(("from an even one", "from an odd one", "mixed")) == inferred(
        Map(alternating, parities), max_length=2000
    )


def test_a_variable_is_never_dropped_for_being_large():
    node = op("+", INDEX, op("*", 2, INDEX))
    assert Numeric("int") == inferred(node, max_length=domains.BOUND + 1)
    assert domains.BOUND == len(inferred(node, max_length=domains.BOUND).values)


@settings(deadline=None, derandomize=True, max_examples=600, suppress_health_check=list(HealthCheck))
@given(programs_with_inputs())
def test_no_value_lies_outside_its_domain(case):
    program, contents = case
    known = infer_domains(program)
    for content in contents:
        try:
            trace = program.trace(content)
        except EvaluationError:
            continue
        for name, node in program.variables.items():
            if isinstance(node, SOp) and node in known:
                for value in trace.values(name):
                    assert holds(known[node], value), (name, value, known[node])


def holds(domain, value):
    if isinstance(domain, Categorical):
        return exact(value) in map(exact, domain.values)
    kinds = {"int": (int,), "float": (float,), "bool": (bool,), "mixed": (int, float)}
    return type(value) in kinds[domain.kind]


def test_positions_may_be_more_than_len_can_count():
    program = Program((Indices(),), max_length=2**63)
    assert infer_domains(program) == {Indices(): Numeric("int")}
