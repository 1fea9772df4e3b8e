"""Pruning and its small steps, on programs made by hand."""

from __future__ import annotations

from readhead.learn.prune import prune
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
from readhead.program.rewrite import fix_argument, substitute
from readhead.program.size import size
from readhead.program.vocabulary import Vocabulary
from readhead.tasks.examples import Example

TOKENS = Tokens(name="tokens")
POSITIONS = Indices(name="positions")
EXAMPLES = [Example(tuple(text), tuple(text)) for text in ("ab", "ba", "aab", "bbbb", "a")]


def echo(*more: CategoricalScores | NumericScores) -> Program:
    """Answers each token with itself; ``more`` read-out inputs are idle."""
    rows = CategoricalScores(TOKENS, [("a", (3, 0)), ("b", (0, 3)), ("c", (9, 9))])
    return Program(
        (Classify(("a", "b"), (rows, *more), name="prediction"),), Vocabulary(("a", "b")), max_length=4
    )


def idle_head() -> Aggregate:
    match = Select(POSITIONS, TOKENS, Relation([(0, "a"), (1, "b")]), name="attn_1_1_match")
    return Aggregate(Closest(match, name="attn_1_1_focus"), TOKENS, "pick", name="attn_1_1")


def test_prune_removes_idle_inputs_and_rows_that_never_occur() -> None:
    head = CategoricalScores(idle_head(), [("a", (1, 0)), ("b", (0, 1))])
    program = echo(head, NumericScores(Constant(1, name="ones"), (0, 1)))
    pruned = prune(program, EXAMPLES)
    assert list(pruned.variables) == ["tokens", "prediction"]
    rows = pruned.outputs[0].inputs[0].rows  # type: ignore[attr-defined]
    assert rows == (("a", (3, 0)), ("b", (0, 3)))
    assert [list("ab"), list("b")] == pruned.run_batch(["ab", "b"])


def test_prune_keeps_what_is_needed() -> None:
    needed = Map(Table([(("a",), 0), (("b",), 1)]), (TOKENS,), name="mlp_1_1")
    rows = CategoricalScores(needed, [(0, (1, 0)), (1, (0, 1))])
    program = Program((Classify(("a", "b"), (rows,), name="prediction"),), Vocabulary(("a", "b")))
    assert program == prune(program, EXAMPLES)


def test_constants_in_the_read_out_become_one() -> None:
    flip = [Example(tuple(text), tuple("b" if t == "a" else "a" for t in text)) for text in ("ab", "ba", "b")]
    rows = CategoricalScores(TOKENS, [("a", (0, 5)), ("b", (2, 3))])
    seven, two = Constant(7, name="seven"), Constant(2, name="two")
    inputs = (rows, CategoricalScores(seven, [(7, (1, -1)), (8, (50, 0))]), NumericScores(two, (1, 1)))
    program = Program((Classify(("a", "b"), inputs, name="prediction"),), Vocabulary(("a", "b")))
    assert program.run_batch([e.tokens for e in flip]) == [list(e.labels) for e in flip]
    pruned = prune(program, flip)
    assert pruned.run_batch([e.tokens for e in flip]) == [list(e.labels) for e in flip]
    assert sorted(pruned.variables) == ["ones", "prediction", "tokens"]


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


def test_size_counts_parts() -> None:
    found = size(echo(CategoricalScores(idle_head(), [("a", (1, 0))])))
    assert (found.heads, found.mlps, found.readout_inputs, found.table_entries, found.variables) == (
        1,
        0,
        2,
        10,
        6,
    )
