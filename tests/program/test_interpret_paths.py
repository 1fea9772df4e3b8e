"""Every array path against the reference: all lengths of bit masks, all rules, all pairs of awkward values."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from program.agreement import check, check_trace, reference
from readhead.errors import EvaluationError
from readhead.program import (
    FULL,
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
    reading,
)
from readhead.program.columns import Column, Misfit, decode, from_values
from readhead.program.domains import exact
from readhead.program.operators import COMPARISONS, OPERATORS, OperatorError
from readhead.program.pointwise import apply_operator
from strategies import VALUES

LENGTHS = (1, 2, 7, 8, 9, 16, 17, 32, 33, 63, 64, 65, 70)
EVERY = [v for values in VALUES.values() for v in values]
AWKWARD = [
    *EVERY,
    2**53,
    -(2**53) - 1,
    2**63 - 1,
    3,
    2.5,
    -2.5,
    3.5,
    1e-300,
    1.7e308,
    "12",
    "1_0",
    "nan",
    " 3 ",
    64,
    -7,
]


def columns_of(rows):
    """Columns [position, 1] of the arguments in every row."""
    return [from_values(list(values)) for values in zip(*rows, strict=True)]


def as_block(column):
    return Column(column.values.reshape(-1, 1), column.domain)


@pytest.mark.parametrize("name", list(OPERATORS))
@pytest.mark.parametrize(
    "kinds", [("int",), ("float",), ("bool",), ("int", "bool"), ("int", "float"), ("str",), ("all",)]
)
def test_operators_on_columns_give_what_they_give_on_values(name, kinds):
    """All combinations that have an answer at once; each that has none is an error, with the same words."""
    operator = OPERATORS[name]
    types = {"int": int, "float": float, "bool": bool, "str": str}
    chosen = [v for v in AWKWARD if "all" in kinds or type(v) in [types[k] for k in kinds]]
    rows = list(itertools.product(chosen[:: 1 if operator.arity < 3 else 4], repeat=operator.arity))
    good, expected = [], []
    for row in rows:
        try:
            expected.append(operator.apply(*row))
            good.append(row)
        except OperatorError as error:
            with pytest.raises(Misfit) as caught:
                apply_operator(name, [as_block(c) for c in columns_of([row])])
            assert error.what == caught.value.error.what
    if good:
        result = apply_operator(name, [as_block(c) for c in columns_of(good)])
        assert list(map(exact, expected)) == list(map(exact, decode(result).ravel().tolist()))
    for a, b in itertools.product(
        chosen, repeat=2
    ):  # each argument a column of one kind, so the array paths are taken
        if operator.arity == 2:
            try:
                value = operator.apply(a, b)
            except OperatorError:
                continue
            result = apply_operator(name, [as_block(from_values([a, a])), as_block(from_values([b, b]))])
            assert [exact(value)] * 2 == list(map(exact, decode(result).ravel().tolist())), (a, b)


def test_an_error_is_that_of_the_first_position():
    columns = [as_block(from_values([4, 1, 2, 3])), as_block(from_values([1, 0, 1, 0]))]
    with pytest.raises(Misfit) as caught:
        apply_operator("%", columns)
    assert (1, "division by zero: 1 % 0") == (caught.value.position, caught.value.error.what)


@pytest.mark.parametrize("symbol", list(COMPARISONS))
@pytest.mark.parametrize("causal", [False, True])
def test_selects_compare_as_values_do(symbol, causal):
    """Tokens of all types in an open vocabulary, compared with each other."""
    numbers = [v for v in AWKWARD if not isinstance(v, str)]
    strings = [v for v in AWKWARD if isinstance(v, str)]
    groups = [
        numbers,
        strings,
        [1, True, 1.0, 0, False, -0.0],
        [2**53 + 1, 9007199254740992.0],
        [1, 2],
        [0.5, 1.5],
    ]
    for group in [*groups, *([AWKWARD] if symbol in ("==", "!=") else [])]:
        check(
            Program((SelectorWidth(Select(Tokens(), Tokens(), symbol)),), causal=causal), [group, group[::-1]]
        )


def learned_shape(draw, n, causal):
    """Relations and closest keys in the way of learned programs, with every rule, and every reduction."""
    letters = ["a", "b", "c", 0, 1]
    tokens, positions = Tokens(), Indices()
    many = Relation((k, q) for k in letters for q in letters if draw.random() < 0.4)
    by_position = Relation((draw.choice(letters), q) for q in range(n))
    from_position = Relation((draw.randrange(n), q) for q in letters)
    selects = [
        Select(tokens, tokens, many),
        Select(tokens, positions, by_position),
        Select(positions, tokens, from_position),
        Select(positions, positions, Relation((draw.randrange(n), q) for q in range(n))),
        Select(tokens, tokens, "!="),
        Select(positions, positions, draw.choice([">", "<="])),
    ]
    selects += [And(selects[0], Not(selects[1])), Or(selects[2], selects[5]), Not(selects[0]), FULL]
    values = Map(Table([((x,), draw.randrange(-9, 9)) for x in letters], 0), (tokens,))
    floats = Map("*", (values, Constant(0.1)))
    outputs = []
    for select in selects:
        rules = (
            draw.choice(["earlier", "later"]),
            draw.choice(["last", "never", "any"]),
            draw.choice(["first", "own"]),
        )
        outputs += [SelectorWidth(select), Aggregate(Closest(select, *rules), tokens, "pick")]
        outputs.append(Aggregate(And(Closest(select, *rules), selects[4]), positions, "pick", -1))
        outputs += [
            Aggregate(select, values, r, draw.choice([0, 0.5, "none"])) for r in ("sum", "mean", "max", "min")
        ]
        outputs.append(
            Aggregate(select, draw.choice([floats, positions]), draw.choice(["sum", "max", "min"]), 0)
        )
    return Program(tuple(outputs), causal=causal)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("causal", [False, True])
def test_all_lengths_of_masks(n, causal):
    draw = random.Random(n + 1000 * causal)
    program = learned_shape(draw, n, causal)
    contents = [[draw.choice(["a", "b", "c", 0, 1]) for _ in range(n)] for _ in range(2)]
    trace = program.trace_batch(contents)
    for i, content in enumerate(contents):
        check_trace(program, reference(program, content), trace, i)


@pytest.mark.parametrize("own", ["last", "never", "any"])
@pytest.mark.parametrize("tie", ["earlier", "later"])
@pytest.mark.parametrize("fallback", ["first", "own"])
@pytest.mark.parametrize("n", [5, 12, 66])
def test_the_nearest_key_by_every_rule(own, tie, fallback, n):
    draw = random.Random(n)
    marks = Select(Tokens(), Constant("x"), "==")
    single = Closest(marks)  # the nearest of exactly one
    nodes = [Closest(s, tie, own, fallback) for s in (marks, single, FULL, Not(FULL))]
    program = Program(tuple(Aggregate(node, Indices(), "pick") for node in nodes))
    check(program, [[draw.choice("xyzw") for _ in range(n)], ["y"] * n, [*"yx", *"y" * (n - 2)]])


@pytest.mark.parametrize("size", [2**13, 2**14, 2**15, 2**30, 2**31, 2**52, 2**53, 2**61, 2**62, 2**63 - 1])
def test_sums_of_every_size(size):
    """Around the widths of the numbers that sums are computed with, and the integers that floats hold."""
    some = Select(Indices(), Indices(), "<=")
    values = Map(
        Table([((i,), v) for i, v in enumerate([size, size - 1, 7 - size, -3, -size])], 1), (Indices(),)
    )
    for reduce in ("sum", "mean", "max", "min"):
        check(Program((Aggregate(some, values, reduce),)), [["a"] * n for n in range(1, 7)])


def test_means_are_rounded_once():
    draw = random.Random(9)
    contents = [[draw.randrange(2**53, 2**54) for _ in range(3)] for _ in range(60)]
    check(Program((Aggregate(FULL, Tokens(), "mean"),)), contents)
    check(Program((Aggregate(FULL, Tokens(), "mean"),)), [[n // 3 for n in row] for row in contents])


def test_read_outs_of_every_size():
    draw = random.Random(5)
    tokens, positions = Tokens(), Indices()
    ones = Constant(1)
    for size, labels in [(3, 2), (300, 3), (2**29, 3), (2**31, 3), (2**40, 2), (2**61, 3), (2**62, 3)]:
        names = tuple("abcdefg"[:labels])

        def row(size=size, labels=labels):
            return tuple(draw.randrange(-size, size) for _ in range(labels))

        for pooled in (False, True):
            inputs = [CategoricalScores(v, [(x, row()) for x in "abc"]) for v in [tokens] * 6]
            inputs += [
                CategoricalScores(positions, [(i, row()) for i in range(5)]),
                NumericScores(ones, row()),
            ]
            inputs += [
                NumericScores(positions, row()),
                NumericScores(Map("==", (tokens, Constant("a"))), row()),
            ]
            check(Program((Classify(names, inputs, pooled),)), [list("abca"), list("cbad"), ["b"], []])
    many = tuple(f"label{i}" for i in range(100))
    scores = CategoricalScores(tokens, [("a", tuple(range(100))), ("b", (7,) * 100)])
    check(Program((Classify(many, [scores]),)), [["a", "b", "c"]])


def test_a_large_coefficient_of_an_input_that_is_zero():
    zero = NumericScores(Constant(0), (2**60, -(2**60)))
    small = CategoricalScores(Tokens(), [("a", (1, 2))])
    assert ["y", "x"] == Program((Classify(("x", "y"), (zero, small)),)).run("ab")


def test_tables_of_every_size():
    draw = random.Random(6)
    tokens, positions = Tokens(), Indices()
    wide = Table([((i * 7919, i), i) for i in range(1500)], -1)  # more cells than an array may have
    sparse = Table([((i**7,), f"s{i}") for i in range(40)], "none")
    edge = Table([((-(2**63),), 1), ((2**63 - 1,), 2)], 0)
    lowest, highest = Table([((-(2**63),), 1)], 0), Table([((2**63 - 1,), 1)], 0)
    powers = Map("^", (positions, Constant(7)))
    big = Map(Table([((i,), v) for i, v in enumerate([-(2**63), 2**63 - 1, 5])], 0), (positions,))
    typed = Table([((1,), "int"), ((1.0,), "float"), ((True,), "bool"), (("1",), "str")], "other")
    program = Program(
        (
            Map(wide, (Map("*", (positions, Constant(7919))), positions)),
            Map(sparse, (powers,)),
            Map(edge, (big,)),
            *(Map(t, (Map("+", (big, Constant(0))),)) for t in (lowest, highest, edge)),
            Map(typed, (tokens,)),
            Map(
                Table([((a, b, c), draw.randrange(5)) for a in "ab" for b in range(3) for c in "ab"], 9),
                (tokens, positions, tokens),
            ),
        )
    )
    check(program, [[1, 1.0, True, "1", "a"], ["a", "b", "a", "b", 2.5], [1.0, 2], [True, False], [1.5, 1.0]])


def test_a_large_open_alphabet_in_a_table_and_a_relation():
    words = [f"w{i}" for i in range(400)]
    table = Table([((a, b), i) for i, (a, b) in enumerate(itertools.product(words[:30], words[:30]))], 0)
    relation = Relation((w, v) for w, v in itertools.pairwise(words))
    program = Program((Map(table, (Tokens(), Tokens())), SelectorWidth(Select(Tokens(), Tokens(), relation))))
    draw = random.Random(7)
    check(program, [[draw.choice(words) for _ in range(30)] for _ in range(20)])


def test_blocks_give_what_one_block_gives(monkeypatch):
    draw = random.Random(8)
    program = learned_shape(draw, 5, causal=True)
    contents = [[draw.choice(["a", "b", 0]) for _ in range(draw.randrange(6))] for _ in range(60)]
    whole = program.trace_batch(contents)
    answers = program.run_batch(contents)
    monkeypatch.setattr(reading, "POSITIONS", 12)
    assert whole.diff(program.trace_batch(contents)) is None
    assert answers == program.run_batch(contents)


def test_the_first_sequence_without_an_answer_is_named(monkeypatch):
    program = Program((Map("/", (Constant(6), Tokens()), name="share"),))
    contents = [[1, 2], [3], [1, 0, 2], [1], [0], [5, 5, 5, 0]]
    for _ in range(2):
        with pytest.raises(EvaluationError) as caught:
            program.run_batch(contents)
        assert caught.value.where == "sequence 2, variable 'share', position 1"
        monkeypatch.setattr(reading, "POSITIONS", 1)
    with pytest.raises(EvaluationError) as caught:
        program.run(contents[2])
    assert caught.value.where == "variable 'share', position 1"


def test_a_block_is_bounded():
    program = Program((SelectorWidth(FULL),))
    batch = program_batch(program, 10_000, 3)
    assert max(map(len, batch.blocks())) <= reading.POSITIONS // 3
    long = program_batch(program, 3, 3000)
    assert [1, 1, 1] == [len(b) for b in long.blocks()]


def program_batch(program, size, length):
    return reading.Reader(program).read([["a"] * length] * size)


def test_codes_and_numbers_in_one_column():
    """The two halves of a batch give columns over different domains."""
    program = Program((Aggregate(Select(Indices(), Constant(1), "=="), Tokens(), "pick", default=0.5),))
    assert [[0.5], [2, 2], ["b", "b"], [0.5]] == program.run_batch([[1], [1, 2], ["a", "b"], ["a"]])
    trace = program.trace_batch([[1], [1, 2], ["a", "b"], ["a"]])
    assert ["b", "b"] == trace.values("aggregate_1", 2)
    assert np.array_equal([[1, 0], [1, 1], [1, 1], [1, 0]], trace.present)
