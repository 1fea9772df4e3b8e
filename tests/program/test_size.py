"""What is counted as the size of a program."""

from __future__ import annotations

from readhead.program.nodes import (
    FULL,
    Aggregate,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    NumericScores,
    Relation,
    Select,
    SelectorWidth,
    Table,
    Tokens,
)
from readhead.program.program import Program
from readhead.program.size import Size, size

TOKENS, POSITIONS = Tokens(name="tokens"), Indices(name="positions")


def test_size_counts_parts() -> None:
    match = Select(POSITIONS, TOKENS, Relation([(0, "a"), (1, "b")]), name="attn_1_1_match")
    head = Aggregate(Closest(match, name="attn_1_1_focus"), TOKENS, "pick", name="attn_1_1")
    rows = CategoricalScores(TOKENS, [("a", (3, 0)), ("b", (0, 3)), ("c", (9, 9))])
    found = size(Program((Classify(("a", "b"), (rows, CategoricalScores(head, [("a", (1, 0))]))),)))
    assert found == Size(heads=1, mlps=0, readout_inputs=2, table_entries=10, variables=6)


def test_defaults_operators_widths_and_numbers_count() -> None:
    table = Map(Table([(("a",), 1), (("b",), 2)], default=0), (TOKENS,))
    total = Map("+", (table, SelectorWidth(FULL)))
    found = size(Program((Classify(("a", "b", "c"), (NumericScores(total, (1, 2, 3)),)),)))
    assert found == Size(heads=1, mlps=2, readout_inputs=1, table_entries=6, variables=7)
    assert size(Program((Constant(1),))) == Size(0, 0, 0, 0, 1)
