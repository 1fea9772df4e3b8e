"""Names by structure: they read well, change nothing, and leave given names alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from tests.strategies import programs

from readhead.program.nodes import (
    FULL,
    LENGTH,
    Aggregate,
    And,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Not,
    NumericScores,
    Or,
    Relation,
    Select,
    SelectorWidth,
    Table,
    Tokens,
)
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary
from readhead.reason.names import LONGEST, name_of, readable

TOKENS, INDICES = Tokens(), Indices()
SAME, EARLIER = Select(TOKENS, TOKENS, "=="), Select(INDICES, INDICES, "<")


@pytest.mark.parametrize(
    ("node", "name"),
    [
        (SAME, "same_token"),
        (EARLIER, "earlier"),
        (And(SAME, EARLIER), "earlier_same_token"),
        (And(EARLIER, SAME), "earlier_same_token"),
        (And(SAME, FULL), "same_token_and_all"),
        (Or(SAME, EARLIER), "same_token_or_earlier"),
        (Not(SAME), "not_same_token"),
        (Closest(SAME), "nearest_same_token"),
        (LENGTH, "length"),
        (Select(TOKENS, Constant("("), "=="), "open_token"),
        (Select(TOKENS, Constant("<s>"), "!="), "not_begin_token"),
        (Select(TOKENS, Constant("??"), "=="), "sign_token"),
        (Select(INDICES, Map("-", (INDICES, Constant(1))), "=="), "index_is_index_minus_1"),
        (Select(TOKENS, INDICES, Relation([("a", 1)])), "token_for_index"),
        (SelectorWidth(And(SAME, EARLIER)), "count_earlier_same_token"),
        (Aggregate(SAME, INDICES, "max"), "max_index_at_same_token"),
        (Aggregate(EARLIER, TOKENS, "pick"), "token_at_earlier"),
        (Map("<", (INDICES, LENGTH)), "index_below_length"),
        (Map("str", (LENGTH,)), "str_length"),
        (Map(Table([(("a",), 1)], 0), (TOKENS,)), "table_of_token"),
        (SelectorWidth(And(And(SAME, EARLIER), Select(INDICES, LENGTH, "<"))), "count"),
        (Aggregate(And(And(SAME, EARLIER), Select(INDICES, LENGTH, "<")), TOKENS, "pick"), "found"),
        (Aggregate(And(And(SAME, EARLIER), Select(INDICES, LENGTH, "<")), INDICES, "sum"), "sum_found"),
        (And(And(SAME, EARLIER), Select(INDICES, LENGTH, "<")), "chosen"),
        (Map("+", (Map("+", (LENGTH, LENGTH)), Map("*", (LENGTH, LENGTH)))), "value"),
        (Classify(("a",), (NumericScores(LENGTH, (1,)),)), "prediction"),
    ],
)
def test_names(node, name: str) -> None:
    assert name == name_of(node)
    assert len(name) <= LONGEST


def test_what_has_a_name_keeps_it() -> None:
    count = SelectorWidth(Select(TOKENS, TOKENS, "==", name="mine"), name="how_many")
    program = Program((Map("+", (count, SelectorWidth(EARLIER))),), Vocabulary(("a", "b")))
    assert ["tokens", "mine", "how_many", "indices", "select_1", "count_earlier", "map_1"] == list(
        readable(program).variables
    )


@settings(max_examples=100)
@given(programs())
def test_names_change_no_meaning(program: Program) -> None:
    named = readable(program)
    assert program.outputs == named.outputs
    assert list(program.variables.values()) == list(named.variables.values())
    assert named == readable(named)


@pytest.mark.parametrize("token", ["\ufb01", "\u00aa", "e\u0301", "\u00e9", "\u00b2", "\u5b57", "\u00b5"])
def test_letters_that_names_do_not_have_are_left_out(token: str) -> None:
    program = Program((SelectorWidth(Select(Tokens(), Constant(token), "==")),), Vocabulary((token, "b")))
    assert program.run([token, "b"]) == readable(program).run([token, "b"])
    assert all(name.isascii() and name.isidentifier() for name in readable(program).variables)
