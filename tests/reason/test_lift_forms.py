"""Forms: what a table or a predicate says is found, and agrees with it wherever it is asked."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readhead.errors import UsageError
from readhead.program import Program, Vocabulary
from readhead.program.nodes import FULL, LENGTH, Constant, Indices, Map, Relation, Select, SOp, Table, Tokens
from readhead.program.operators import COMPARISONS, OPERATORS, OperatorError, typed
from readhead.reason.forms import (
    Bound,
    decision_list,
    enumerate_expressions,
    form_of_predicate,
    form_of_table,
    form_of_values,
    guesses,
    search,
    spelled,
    tied,
    untied,
    weight,
)
from readhead.reason.forms.predicates import NEVER

X, Y = Indices(), Tokens()
SMALL = Bound(size=5, expressions=800)


def value_of(node: SOp, key: dict[SOp, object]) -> object:
    """An expression's value, by the operators' own meanings."""
    if node in key:
        return key[node]
    if isinstance(node, Constant):
        return node.value
    assert isinstance(node, Map)
    arguments = [value_of(a, key) for a in node.arguments]
    if isinstance(node.function, Table):
        found = node.function.lookup().get(tuple(typed(a) for a in arguments), node.function.default)  # type: ignore[arg-type]
        assert found is not None
        return found
    return OPERATORS[node.function].apply(*arguments)


def table_of(symbol: str, left: list, right: list) -> Table | None:
    rows = []
    for a, b in itertools.product(left, right):
        try:
            rows.append(((a, b), OPERATORS[symbol].apply(a, b)))
        except OperatorError:
            return None
    return Table(rows)


NUMBERS = list(range(5))
WORDS = {"identity": (lambda n: n, "indices"), "one more": (lambda n: n + 1, "indices + 1"),
         "one less": (lambda n: n - 1, "indices - 1"), "from the end": (lambda n: 4 - n, "4 - indices"),
         "twice": (lambda n: n * 2, "indices + indices"), "parity": (lambda n: n % 2, "indices % 2"),
         "even": (lambda n: n % 2 == 0, None), "at least two": (lambda n: n >= 2, "indices > 1"),
         "capped": (lambda n: min(n, 3), "min(indices, 3)"), "spelt": (str, "str(indices)"),
         "spelt, one less": (lambda n: str(n - 1), "str(indices - 1)"), "always": (lambda n: "a", "'a'"),
         "far from two": (lambda n: abs(n - 2), "abs(indices - 2)")}  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_a_table_of_numbers_is_said_in_operators(name: str) -> None:
    function, text = WORDS[name]
    keys = [(n,) for n in NUMBERS]
    node = Map(Table([(key, function(*key)) for key in keys]), (X,))
    form = form_of_table(node, keys, Bound())
    assert form is not None
    assert all(typed(value_of(form, {X: n})) == typed(function(n)) for n in NUMBERS)
    assert tied(Program((form,))) == []
    if text is not None:
        assert spelled(form, {}) == text


BINARY = ["+", "-", "min", "max", "*", "==", "!=", "<", "<=", ">", ">="]


@pytest.mark.parametrize("symbol", BINARY)
def test_a_table_of_two_numbers_is_said_in_an_operator(symbol: str) -> None:
    other = Map("str", (X,))
    table = table_of(symbol, NUMBERS, NUMBERS)
    assert table is not None
    form = form_of_table(Map(table, (X, other)), list(itertools.product(NUMBERS, NUMBERS)), Bound())
    assert isinstance(form, Map)
    assert not isinstance(form.function, Table)
    for a, b in itertools.product(NUMBERS, NUMBERS):
        assert value_of(form, {X: a, other: b}) == OPERATORS[symbol].apply(a, b)


@pytest.mark.parametrize("symbol", ["and", "or", "==", "!="])
def test_a_table_of_two_booleans_is_a_formula(symbol: str) -> None:
    left, right = Map("bool", (X,)), Map("bool", (Y,))
    keys = list(itertools.product([False, True], repeat=2))
    table = Table([(key, OPERATORS[symbol].apply(*key)) for key in keys])
    form = form_of_table(Map(table, (left, right)), keys, Bound())
    assert isinstance(form, Map)
    assert form.function == symbol


def test_keys_that_do_not_occur_are_free() -> None:
    table = Table([((n,), n + 1 if n < 4 else 0) for n in range(9)])
    form = form_of_table(Map(table, (X,)), [(n,) for n in range(4)], Bound())
    assert form == Map("+", (X, Constant(1)))


def test_a_table_without_a_pattern_keeps_the_keys_that_occur() -> None:
    entries = [((n,), value) for n, value in enumerate("qxkzqjwvqp")]
    node = Map(Table(entries), (X,))
    form = form_of_table(node, [(n,) for n in range(6)], Bound(size=3, rows=1))
    assert isinstance(form, Map)
    assert isinstance(form.function, Table)
    assert [value_of(form, {X: n}) for n in range(6)] == list("qxkzqj")
    assert form_of_table(form, [(n,) for n in range(6)], Bound(size=3, rows=1)) is None


def test_a_table_that_nothing_reads_with_any_key_stays() -> None:
    assert form_of_table(Map(Table([((1,), 2)]), (X,)), [], Bound()) is None


def test_what_is_not_asked_is_free() -> None:
    assert form_of_values([X], [(0,), (1,), (2,)], [1, None, 3], Bound(), 5) == Map("+", (X, Constant(1)))
    assert form_of_values([X], [(0,), (1,)], [None, None], Bound(), 5) is None


@st.composite
def expressions(draw, depth: int = 2):
    """A small expression over a number x and a number y."""
    if depth == 0 or draw(st.integers(0, 2)) == 0:
        return draw(st.sampled_from([X, OTHER, X, OTHER, Constant(0), Constant(1), Constant(2)]))
    symbol = draw(st.sampled_from(["+", "-", "min", "max", "<", "<=", "==", "!="]))
    return Map(symbol, (draw(expressions(depth - 1)), draw(expressions(depth - 1))))


OTHER = Map("int", (Y,))


@settings(deadline=None, max_examples=25)
@given(expressions(), st.integers(0, 3))
def test_tables_made_of_expressions_are_said_again(expression: SOp, missing: int) -> None:
    keys, rows = [], []
    for a, b in itertools.product(range(4), range(4)):
        try:
            rows.append(((a, b), value_of(expression, {X: a, OTHER: b})))
        except OperatorError:
            return
        keys.append((a, b))
    occurs = keys[missing:]
    node = Map(Table(rows), (X, OTHER))
    form = form_of_table(node, occurs, SMALL)
    assert form is not None
    for key in occurs:
        named = {X: key[0], OTHER: key[1]}
        assert typed(value_of(form, named)) == typed(value_of(expression, named))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from(["a", "b", 1, True, 2.0]), min_size=6, max_size=6), st.integers(1, 6))
def test_a_form_agrees_with_any_table_on_what_occurs(values: list, count: int) -> None:
    node = Map(Table([((n,), value) for n, value in enumerate(values)]), (X,))
    form = form_of_table(node, [(n,) for n in range(count)], SMALL)
    if form is not None:
        assert [typed(value_of(form, {X: n})) for n in range(count)] == [typed(v) for v in values[:count]]
        assert weight(Program((form,))) <= weight(Program((node,)))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from("abc"), min_size=5, max_size=5))
def test_decision_lists_are_right_or_none(values: list[str]) -> None:
    keys = [(n,) for n in range(5)]
    found = decision_list([X], keys, values, 3)
    if found is not None:
        assert [value_of(found, {X: n}) for n in range(5)] == values


def test_a_decision_list_is_the_smallest_for_few_tests() -> None:
    keys = [(t,) for t in ("a", "b", "<s>", "1")]
    found = decision_list([Y], keys, ["a", "b", "none", "1"], 4)
    assert spelled(found, {}) in (
        "'none' if (tokens == '<s>') else tokens",
        "tokens if (tokens != '<s>') else 'none'",
    )
    three = decision_list([X], [(n,) for n in range(4)], ["p", "q", "r", "p"], 4)
    assert spelled(three, {}).count("if") == 2
    assert decision_list([X], [(n,) for n in range(6)], list("abcdef"), 2) is None
    assert decision_list([X], [], [], 2) is None


OFFSETS = {"==": lambda k, q, n: k == q - 1, "next": lambda k, q, n: k == q + 1, "<": lambda k, q, n: k < q,
           "mirror": lambda k, q, n: k == n - 1 - q, "mirror, between markers": lambda k, q, n: k == n - q,
           "<=": lambda k, q, n: k <= q, "!=": lambda k, q, n: k != q, "two before": lambda k, q, n: k == q - 2,
           "the first": lambda k, q, n: k == 0, "all": lambda k, q, n: True, "none": lambda k, q, n: False,
           "same parity": lambda k, q, n: k % 2 == q % 2, "odd keys": lambda k, q, n: k % 2 == 1,
           "even queries": lambda k, q, n: q % 2 == 0}  # fmt: skip


@pytest.mark.parametrize("name", OFFSETS)
def test_a_predicate_of_positions_is_a_comparison(name: str) -> None:
    holds = OFFSETS[name]
    lengths = [6] if name.startswith("mirror") else [2, 5, 6]
    pairs = [(k, q, n) for n in lengths for k in range(n) for q in range(n)]
    relation = Relation([(k, q) for k, q, n in pairs if holds(k, q, n)])
    form = form_of_predicate(Select(X, X, relation), pairs, Bound(), lengths=True)
    assert form is not None, name
    assert isinstance(form.predicate, str)
    for k, q, n in pairs:
        left = value_of(form.keys, {X: k, LENGTH: n})
        assert COMPARISONS[form.predicate].apply(left, value_of(form.queries, {X: q, LENGTH: n})) == holds(
            k, q, n
        )


def test_a_predicate_of_tokens_is_the_same_token_or_a_constant() -> None:
    letters = "abc"
    pairs = [(k, q, 3) for k in letters for q in letters]
    same = Select(Y, Y, Relation([(t, t) for t in letters]))
    assert form_of_predicate(same, pairs, Bound(), lengths=True) == Select(Y, Y, "==")
    only = Select(Y, Y, Relation([("b", t) for t in letters]))
    assert form_of_predicate(only, pairs, Bound(), lengths=True) == Select(Y, Constant("b"), "==")
    every = Select(Y, Y, Relation([(k, q) for k, q, _ in pairs]))
    assert form_of_predicate(every, pairs, Bound(), lengths=True) == FULL
    assert form_of_predicate(Select(Y, Y, Relation([])), pairs, Bound(), lengths=True) == NEVER


def test_a_predicate_of_nothing_in_particular_stays() -> None:
    relation = Relation([(0, 3), (4, 1), (2, 2), (3, 0), (5, 1)])
    pairs = [(k, q, 6) for k in range(6) for q in range(6)]
    assert form_of_predicate(Select(X, X, relation), pairs, Bound(size=3), lengths=True) is None


@settings(deadline=None, max_examples=25)
@given(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3))))
def test_a_form_agrees_with_any_relation_on_what_occurs(related: set[tuple[int, int]]) -> None:
    pairs = [(k, q, 4) for k in range(4) for q in range(4)]
    form = form_of_predicate(Select(X, X, Relation(related)), pairs, Bound(size=3), lengths=False)
    if form is not None:
        assert isinstance(form.predicate, str)
        for k, q, _ in pairs:
            left, right = value_of(form.keys, {X: k}), value_of(form.queries, {X: q})
            assert COMPARISONS[form.predicate].apply(left, right) == ((k, q) in related)


def test_a_guess_says_most_rows() -> None:
    relation = Relation([(q - 1, q) for q in range(2, 6)] + [(5, 0), (3, 1)])
    pairs = [(k, q, 6) for k in range(6) for q in range(6)]
    assert Select(X, Map("-", (X, Constant(1))), "==") in guesses(Select(X, X, relation), pairs, lengths=True)
    table = Table([((n,), n + 1 if n != 2 else 0) for n in range(6)])
    assert Map("+", (X, Constant(1))) in guesses(Map(table, (X,)), [(n,) for n in range(6)], lengths=True)
    assert guesses(X, [], lengths=True) == []


def test_expressions_come_in_order_of_size_and_differ() -> None:
    found = list(enumerate_expressions([X], [(0,), (1,), (2,)], [0, 1], Bound(size=4, expressions=60)))
    assert [e.size for e in found] == sorted(e.size for e in found)
    assert len({tuple(map(typed, e.values)) for e in found}) == len(found) <= 60
    for made in found:
        assert [typed(value_of(made.node, {X: n})) for n in range(3)] == [typed(v) for v in made.values]


def test_the_search_stops_at_its_bound() -> None:
    assert search([X], [(0,), (1,)], [1], lambda v: v == (17, 4), Bound(size=3)) is None
    with pytest.raises(UsageError, match="a bound with size=0") as error:
        Bound(size=0)
    assert error.value.instead == "at least 1"


def test_what_ties_a_program_to_a_length() -> None:
    words = Vocabulary(("a", "b"))
    of_tokens = Map(Table([(("a",), 1)], 0), (Y,))
    of_positions = Map(Table([((0,), 1)], 0), (X,))
    pairs = Select(X, X, Relation([(0, 1)]))
    assert tied(Program((of_tokens,), words, max_length=4)) == []
    assert tied(Program((of_positions,), words, max_length=4)) == [of_positions]
    assert tied(Program((Map("+", (of_tokens, of_positions)),), words, max_length=4)) == [of_positions]
    assert untied(Program((of_tokens,), words, max_length=4)).max_length is None
    assert untied(Program((of_positions,), words, max_length=4)).max_length == 4
    from readhead.program.nodes import SelectorWidth

    assert tied(Program((SelectorWidth(pairs),), words, max_length=4)) == [pairs]
