"""Pruning is thinning with the least effort; a program that gets nothing right stays as it is."""

from __future__ import annotations

from readhead.learn.prune import prune
from readhead.program.nodes import (
    CategoricalScores,
    Classify,
    Constant,
    Indices,
    Map,
    NumericScores,
    Table,
    Tokens,
)
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary
from readhead.tasks.examples import Example

TOKENS = Tokens(name="tokens")
EXAMPLES = [Example(tuple(text), tuple(text)) for text in ("ab", "ba", "aab", "bbbb", "a")]


def program(*more: CategoricalScores | NumericScores) -> Program:
    rows = CategoricalScores(TOKENS, [("a", (3, 0)), ("b", (0, 3)), ("c", (9, 9))])
    return Program(
        (Classify(("a", "b"), (rows, *more), name="prediction"),), Vocabulary(("a", "b")), max_length=4
    )


def test_idle_inputs_go_and_rows_that_no_input_gives() -> None:
    parity = Map(Table([((0,), 0), ((2,), 0)], default=1), (Indices(name="positions"),), name="mlp_1_1")
    idle = CategoricalScores(parity, [(0, (1, 0)), (1, (0, 1))])
    pruned = prune(program(idle, NumericScores(Constant(1, name="ones"), (0, 1))), EXAMPLES)
    assert list(pruned.variables) == ["tokens", "prediction"]
    rows = pruned.outputs[0].inputs[0].rows  # type: ignore[attr-defined]
    assert rows == (("a", (3, 0)), ("b", (0, 3)))
    assert [list("ab"), list("b")] == pruned.run_batch(["ab", "b"])


def test_what_is_needed_stays() -> None:
    needed = Map(Table([(("a",), 0), (("b",), 1)]), (TOKENS,), name="mlp_1_1")
    rows = CategoricalScores(needed, [(0, (1, 0)), (1, (0, 1))])
    whole = Program((Classify(("a", "b"), (rows,), name="prediction"),), Vocabulary(("a", "b")))
    assert whole == prune(whole, EXAMPLES)


def test_a_program_that_gets_nothing_right_stays() -> None:
    wrong = [Example(("a",), ("b",)), Example(("b", "a"), ("a", "b"))]
    assert program() == prune(program(), wrong)
