"""Nodes: typed equality, linear hashing, and what they refuse."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings

from readhead.errors import ProgramError, Span
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
)
from readhead.program.nodes import topological
from readhead.program.operators import sort_key, typed
from strategies import programs

FOUR = (1, 1.0, True, "1")


@pytest.mark.parametrize("left", FOUR)
@pytest.mark.parametrize("right", FOUR)
def test_equality_is_typed_everywhere(left, right):
    same = left is right
    assert same == (Constant(left) == Constant(right))
    assert same == (Table([((left,), 0)]) == Table([((right,), 0)]))
    assert same == (Table([((0,), left)]) == Table([((0,), right)]))
    assert same == (Table([], left) == Table([], right))
    assert same == (Relation([(left, 0)]) == Relation([(right, 0)]))
    assert same == (Aggregate(FULL, Tokens(), default=left) == Aggregate(FULL, Tokens(), default=right))
    rows = [Classify(("a",), (CategoricalScores(Tokens(), [(v, (1,))]),)) for v in (left, right)]
    assert same == (rows[0] == rows[1])
    assert same == (typed(left) == typed(right)) == (sort_key(left) == sort_key(right))


def test_all_four_are_keys_of_one_table():
    table = Table([((v,), i) for i, v in enumerate(FOUR)])
    assert 4 == len(table.entries)
    assert table == Table([((v,), i) for i, v in reversed(list(enumerate(FOUR)))])
    assert hash(table) == hash(Table(table.entries))
    assert 4 == len(Relation([(v, w) for v in FOUR for w in FOUR[:1]]).pairs)


def test_names_and_spans_do_not_count():
    span = Span("f.rasp", 1, 2, 1, 3)
    assert Constant(1, name="one", span=span) == Constant(1) and hash(Constant(1, name="one")) == hash(
        Constant(1)
    )
    assert {Constant(1): 5}[Constant(1, name="one")] == 5
    assert Constant(1) != Indices() and Constant(1) != 1
    assert "<Constant one>" == repr(Constant(1, name="one"))


def test_rules_and_arguments_count():
    assert (
        Closest(FULL)
        != Closest(FULL, tie="later")
        != Closest(FULL, own="any")
        != Closest(FULL, fallback="own")
    )
    assert And(FULL, Not(FULL)) != Or(FULL, Not(FULL)) != Or(Not(FULL), FULL)
    assert Map("-", (Indices(), Constant(1))) != Map("-", (Constant(1), Indices()))
    assert Table([((1,), 0)], 0) == Table([], 0)  # entries that say what the default says are dropped
    assert Table([((1,), 0)], 0) != Table([((1,), 0)])


def test_relations_and_scores_drop_what_says_nothing():
    assert Relation([(1, 2), (1, 2)]) == Relation([(1, 2)])
    assert CategoricalScores(Tokens(), [("a", (0, 0)), ("b", (1, 0))]).rows == (("b", (1, 0)),)


def test_hashing_is_linear_in_the_dag():
    start = time.perf_counter()
    chains, doubles = [Indices(), Indices()], [Indices(), Indices()]
    for i in range(2):
        for _ in range(20_000):
            chains[i] = Map("neg", (chains[i],))
        for _ in range(2000):
            doubles[i] = Map("+", (doubles[i], doubles[i]))
    assert chains[0] == chains[1] and hash(chains[0]) == hash(chains[1])
    assert doubles[0] == doubles[1] and doubles[0] != chains[0]
    programs = [Program((chains[i], doubles[i])) for i in range(2)]
    assert programs[0] == programs[1] and hash(programs[0]) == hash(programs[1])
    assert 22_001 == len(programs[0].variables)
    assert time.perf_counter() - start < 20


def test_a_deep_program_runs():
    chain, double = Indices(), Indices()
    for _ in range(20_000):
        chain = Map("neg", (chain,))
    for _ in range(2000):
        double = Map("max", (double, double))
    assert [0, 1] == Program((chain,)).run("ab")
    assert [0, 1] == Program((double,)).run("ab")


def test_children_come_before_parents():
    shared = Map("+", (Indices(), Constant(1)))
    top = Map("*", (shared, Map("-", (shared, Constant(1)))))
    order = list(topological([top]))
    assert 5 == len(order)
    for i, node in enumerate(order):
        assert all(child in order[:i] for child in node.children)


@settings(deadline=None, derandomize=True, max_examples=200, suppress_health_check=list(HealthCheck))
@given(programs())
def test_random_programs_are_ordered_named_and_equal_to_themselves(program):
    seen = set()
    for name, node in program.variables.items():
        assert set(node.children) <= seen
        assert name.isidentifier()
        seen.add(node)
    assert program == Program(
        program.outputs,
        program.vocabulary,
        program.causal,
        program.max_length,
        program.kind,
        "another description",
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Constant(None), "a constant is None, of type NoneType"),
        (lambda: Constant(2**63), "a constant is 9223372036854775808, outside int64"),
        (lambda: Constant(float("inf")), "a constant is inf"),
        (lambda: Constant(b"a"), "of type bytes"),
        (lambda: Map("plus", (Indices(),)), "Map has no operator 'plus'"),
        (lambda: Map("+", (Indices(),)), "'+' of 2 argument(s) is given 1"),
        (lambda: Map("neg", ()), "'neg' of 1 argument(s) is given 0"),
        (lambda: Map(Table([((1, 2), 3)]), (Indices(),)), "a table of 2 argument(s) is given 1"),
        (lambda: Map(Table([], 1), ()), "a table of some argument(s) is given 0"),
        (lambda: Map("neg", (FULL,)), "Map needs an s-op as argument 1, got a selector"),
        (lambda: Map("neg", (5,)), "Map needs an s-op as argument 1, got 5"),
        (lambda: Select(FULL, Indices(), "=="), "Select needs an s-op as keys"),
        (lambda: Select(Indices(), FULL, "=="), "Select needs an s-op as queries"),
        (lambda: Select(Indices(), Indices(), "+"), "Select has no comparison '+'"),
        (lambda: And(FULL, Indices()), "And needs a selector as right, got an s-op"),
        (lambda: Or(Indices(), FULL), "Or needs a selector as left"),
        (lambda: Not(Indices()), "Not needs a selector as operand"),
        (lambda: Closest(Indices()), "Closest needs a selector as selector"),
        (lambda: Closest(FULL, "nearer"), "Closest has no tie rule 'nearer'"),
        (lambda: Closest(FULL, own="first"), "Closest has no rule for the own position 'first'"),
        (lambda: Closest(FULL, fallback="last"), "Closest has no fallback 'last'"),
        (lambda: Aggregate(Indices(), Indices()), "Aggregate needs a selector as selector"),
        (lambda: Aggregate(FULL, FULL), "Aggregate needs an s-op as values"),
        (lambda: Aggregate(FULL, Indices(), "average"), "Aggregate has no reduction 'average'"),
        (lambda: Aggregate(FULL, Indices(), default=2**70), "an aggregate's default is"),
        (lambda: SelectorWidth(Indices()), "SelectorWidth needs a selector"),
        (lambda: Table([((1,), 2), ((1,), 3)]), "gives the key (1,) twice"),
        (lambda: Table([((1,), 2), ((1, 2), 3)]), "keys of 1 and of 2 values"),
        (lambda: Table([((None,), 2)]), "a table's key is None"),
        (lambda: Table([((1,), None)]), "a table's value is None"),
        (lambda: Table([], [1]), "a table's default is [1]"),
        (lambda: Relation([(1, None)]), "a predicate's query is None"),
        (lambda: Relation([((), 1)]), "a predicate's key is ()"),
        (lambda: Classify((), ()), "a read-out needs at least one label"),
        (lambda: Classify((1,), ()), "a label is a string, got 1"),
        (lambda: Classify(("a", "a"), ()), "labels given twice: 'a'"),
        (lambda: Classify(("a",), (NumericScores(Indices(), (1, 2)),)), "1 labels, but a row of 2 scores"),
        (lambda: Classify(("a",), (NumericScores(FULL, (1,)),)), "Classify needs an s-op as an input"),
        (lambda: NumericScores(Indices(), (1.5,)), "a read-out's score is 1.5"),
        (lambda: NumericScores(Indices(), (True,)), "a read-out's score is True"),
        (lambda: CategoricalScores(Tokens(), [("a", (1,)), ("a", (2,))]), "gives the value 'a' two rows"),
        (lambda: CategoricalScores(Tokens(), [(None, (1,))]), "a read-out's value is None"),
    ],
)
def test_what_nodes_refuse(make, message):
    with pytest.raises(ProgramError) as caught:
        make()
    assert message in str(caught.value)
