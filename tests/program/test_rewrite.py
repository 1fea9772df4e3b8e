"""Small changes to programs made by hand."""

from __future__ import annotations

from readhead.program.nodes import (
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
    Table,
    Tokens,
)
from readhead.program.program import Program
from readhead.program.rewrite import fix_argument, rebuild, replace_node, substitute, with_output
from readhead.program.vocabulary import Vocabulary

TOKENS = Tokens(name="tokens")
POSITIONS = Indices(name="positions")


def test_fix_argument_makes_a_smaller_table() -> None:
    table = Table([((0, "a"), 1), ((0, "b"), 2), ((1, "a"), 3)], default=9)
    node = Map(table, (POSITIONS, TOKENS), name="mlp_1_1")
    fixed = fix_argument(node, 0, 0)
    assert fixed == Map(Table([(("a",), 1), (("b",), 2)], default=9), (TOKENS,))
    assert fixed.name == "mlp_1_1"
    assert fix_argument(node, 1, "b") == Map(Table([((0,), 2)], default=9), (POSITIONS,))


def test_substitute_folds_constants_into_tables() -> None:
    inner = Map(Table([(("a",), 0)], default=1), (TOKENS,), name="inner")
    outer = Map(Table([((0, 0), 5), ((1, 0), 6)], default=7), (inner, POSITIONS), name="outer")
    program = Program((outer,), Vocabulary(("a", "b")))
    changed = substitute(program, {inner: Constant(1)})
    assert changed.outputs[0] == Map(Table([((0,), 6)], default=7), (POSITIONS,))
    assert [6, 7] == changed.run("ab")


def test_rebuild_keeps_what_does_not_change() -> None:
    match = Select(TOKENS, POSITIONS, Relation([("a", 0)]), name="match")
    head = Aggregate(Closest(match), TOKENS, "pick", name="head")
    readout = Classify(
        ("a", "b"), (CategoricalScores(head, [("a", (1, 0))]), NumericScores(POSITIONS, (0, 1)))
    )
    for node in (match, head, readout):
        assert rebuild(node, lambda child: child) is node
    changed = rebuild(readout, lambda child: TOKENS if child == head else child)
    assert changed.children == (TOKENS, POSITIONS)
    assert rebuild(match, lambda child: POSITIONS) == Select(POSITIONS, POSITIONS, Relation([("a", 0)]))


def test_replace_node_keeps_the_name() -> None:
    head = Aggregate(Select(TOKENS, TOKENS, "=="), TOKENS, "max", name="head")
    changed = replace_node(head, reduce="min")
    assert (changed.reduce, changed.name) == ("min", "head")


def test_with_output_keeps_the_rest() -> None:
    program = Program((TOKENS, POSITIONS), Vocabulary(("a", "b")), causal=True, max_length=3)
    changed = with_output(program, POSITIONS)
    assert changed.outputs == (POSITIONS,)
    assert (changed.causal, changed.max_length) == (True, 3)
