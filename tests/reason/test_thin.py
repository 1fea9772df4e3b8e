"""Data-preserving simplification: its laws on random programs, each kind of change by hand, and wrong input."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readhead.errors import DataError, EvaluationError, InputError, UsageError
from readhead.program.nodes import (
    Aggregate,
    And,
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
    SOp,
    Table,
    Tokens,
)
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary
from readhead.reason.thin import SHARES, Point, Thinned, allowance, thin
from readhead.reason.thinning.weight import weight
from readhead.tasks import TASKS
from readhead.tasks.examples import Example
from readhead.tasks.score import score
from strategies import contents, programs

TOKENS, POSITIONS = Tokens(name="tokens"), Indices(name="positions")
AB = Vocabulary(("a", "b"))
TEXTS = ("ab", "ba", "aab", "bbbb", "a", "abab", "bba")


def echoes(*texts: str) -> list[Example]:
    return [Example(tuple(text), tuple(text)) for text in texts]


def program_of(output: SOp, kind: str = "token_labels") -> Program:
    return Program((output,), AB, kind=kind)  # type: ignore[arg-type]


def echo(*more: CategoricalScores | NumericScores) -> Program:
    """Answers each token with itself; ``more`` read-out inputs are idle."""
    rows = CategoricalScores(TOKENS, [("a", (3, 0)), ("b", (0, 3))])
    return program_of(Classify(("a", "b"), (rows, *more), name="prediction"))


def right_places(program: Program, examples: list[Example]) -> set[tuple[int, int]]:
    answers = program.run_batch([e.tokens for e in examples])
    given = [a if program.kind == "token_labels" else [a] for a in answers]
    return {
        (i, j)
        for i, (answer, example) in enumerate(zip(given, examples, strict=True))
        for j, (got, label) in enumerate(zip(answer, example.labels, strict=True))  # type: ignore[arg-type]
        if label is not None and got == label
    }


def check_laws(program: Program, examples: list[Example], found: Thinned, keep: float) -> None:
    first = right_places(program, examples)
    assert found.front[0].program == program
    weights = [point.weight for point in found.front]
    assert weights == sorted(set(weights), reverse=True)
    for point in found.front:
        result = score(point.program, examples, program.kind)
        assert (point.correct, point.positions) == (result.correct, result.positions)
        assert point.accuracy == result.accuracy
        assert point.lost == len(first - right_places(point.program, examples))
        assert point.weight == weight(point.program)
    assert found.front[found.chosen].lost <= allowance(len(first), keep)
    assert all(p.lost > allowance(len(first), keep) for p in found.front[found.chosen + 1 :])


@st.composite
def tasks_for_programs(draw: st.DrawFn) -> tuple[Program, list[Example]]:
    """A program and examples, most of whose labels are its own answers, where these are texts."""
    program = draw(programs(max_steps=10))
    inputs = draw(st.lists(contents(program), min_size=1, max_size=8))
    examples = []
    for tokens in inputs:
        try:
            answer = program.run(tokens)
        except (EvaluationError, InputError):
            continue
        given = answer if program.kind == "token_labels" else [answer]
        labels = [
            None if draw(st.integers(0, 9)) == 0 else value if isinstance(value, str) else "other"
            for value in given  # type: ignore[union-attr]
        ]
        if labels and draw(st.integers(0, 4)) == 0:
            labels[0] = draw(st.sampled_from(["a", "b", "never"]))
        examples.append(Example(tuple(tokens), tuple(labels)))
    return program, examples


def check_random(pair: tuple[Program, list[Example]], keep: float, effort: str) -> None:
    program, examples = pair
    program = Program(
        program.outputs[:1], program.vocabulary, program.causal, program.max_length, program.kind
    )
    if not any(label is not None for e in examples for label in e.labels):
        with pytest.raises(DataError, match="without a single label"):
            thin(program, examples, keep_accuracy=keep)
    elif not right_places(program, examples):
        with pytest.raises(DataError, match="nothing to keep"):
            thin(program, examples, keep_accuracy=keep)
    else:
        found = thin(program, examples, keep_accuracy=keep, effort=effort)  # type: ignore[arg-type]
        scored = [e for e in examples if any(label is not None for label in e.labels)]
        check_laws(program, scored, found, keep)
        assert found == thin(program, examples, keep_accuracy=keep, effort=effort)  # type: ignore[arg-type]


@given(tasks_for_programs(), st.sampled_from([1.0, 0.9, 0.5, 0.0]), st.sampled_from(["full", "light"]))
@settings(max_examples=40, deadline=None)
def test_laws_on_random_programs(pair: tuple[Program, list[Example]], keep: float, effort: str) -> None:
    check_random(pair, keep, effort)


@pytest.mark.slow
@given(tasks_for_programs(), st.sampled_from([1.0, 0.9, 0.5, 0.0]), st.sampled_from(["full", "light"]))
@settings(max_examples=2000, deadline=None)
def test_laws_on_many_random_programs(pair: tuple[Program, list[Example]], keep: float, effort: str) -> None:
    check_random(pair, keep, effort)


def test_an_idle_head_and_a_constant_go() -> None:
    match = Select(POSITIONS, TOKENS, Relation([(0, "a"), (1, "b")]), name="match")
    head = Aggregate(Closest(match), TOKENS, "pick", name="head")
    idle = CategoricalScores(head, [("a", (1, 0)), ("b", (0, 1))])
    found = thin(echo(idle, NumericScores(Constant(1, name="ones"), (0, 1))), echoes(*TEXTS))
    assert list(found.program.variables) == ["tokens", "prediction"]
    assert found.gone(found.chosen) == ("positions", "match", "closest_1", "head", "ones")
    assert "read-out input" in {step.rule for step in found.front[found.chosen].steps}


def test_a_copy_takes_the_place_of_a_head() -> None:
    own = Aggregate(Select(POSITIONS, POSITIONS, "=="), TOKENS, "pick", name="own")
    found = thin(program_of(own), echoes(*TEXTS))
    assert found.program.outputs == (TOKENS,)
    assert [str(step) for step in found.front[found.chosen].steps] == ["own is tokens"]


def test_two_heads_become_one() -> None:
    order = Relation([(0, 1), (1, 2), (2, 3)])
    more = Relation([(0, 1), (1, 2), (2, 3), (3, 9), (4, 9)])
    one, two = (
        Aggregate(Closest(Select(POSITIONS, POSITIONS, r)), TOKENS, "pick", name=n)
        for r, n in ((order, "one"), (more, "two"))
    )
    both = Map(Table([(("a", "a"), "a")], default="b"), (one, two), name="both")
    examples = [Example(tuple(t), (t[0], *t[:-1])) for t in ("ab", "ba", "aab", "bbba", "abab", "bbab")]
    found = thin(program_of(both), examples)
    heads = [n for n in found.program.variables.values() if isinstance(n, Aggregate)]
    assert len(heads) == 1
    assert score(found.program, examples).accuracy == 1


def test_an_operand_takes_the_place_of_a_selector() -> None:
    same = Select(TOKENS, TOKENS, "==", name="same")
    all_pairs = Select(
        POSITIONS, POSITIONS, Relation([(i, j) for i in range(4) for j in range(4)]), name="all"
    )
    width = SelectorWidth(And(same, all_pairs, name="both"), name="width")
    output = Map(Table([((1,), "once")], default="more"), (width,), name="output")
    examples = [Example(tuple(t), tuple("once" if t.count(c) == 1 else "more" for c in t)) for t in TEXTS]
    found = thin(program_of(output), examples)
    assert list(found.program.variables) == ["tokens", "same", "width", "output"]
    assert "both is same" in [str(step) for step in found.front[found.chosen].steps]


def test_an_argument_is_held() -> None:
    table = Table([(("a", 0), "a"), (("a", 1), "a"), (("b", 0), "b"), (("b", 1), "b")], default="b")
    output = Map(table, (TOKENS, POSITIONS), name="output")
    found = thin(program_of(output), echoes("ab", "ba", "b"))
    assert "positions" not in found.program.variables


def test_entries_and_pairs_that_no_example_needs_go() -> None:
    table = Table([((i,), "ab"[i % 2]) for i in range(8)])
    output = Map(table, (POSITIONS,), name="output")
    found = thin(program_of(output), echoes("ab", "aba", "a"))
    kept = found.program.outputs[0]
    assert isinstance(kept, Map)
    assert isinstance(kept.function, Table)
    assert len(kept.function.entries) == 1
    previous = Relation([(i, i + 1) for i in range(8)] + [(0, 0)])
    head = Aggregate(Closest(Select(POSITIONS, POSITIONS, previous, name="match")), TOKENS, "pick")
    examples = [Example(tuple(t), (t[0], *t[:-1])) for t in ("ab", "ba", "aba", "bba", "bab")]
    thinner = thin(program_of(head), examples).program.variables["match"]
    assert isinstance(thinner, Select)
    assert isinstance(thinner.predicate, Relation)
    assert set(thinner.predicate.pairs) == {(1, 2)}


def test_weights_become_small() -> None:
    rows = CategoricalScores(TOKENS, [("a", (1000, -350)), ("b", (-900, 800))])
    found = thin(program_of(Classify(("a", "b"), (rows,))), echoes(*TEXTS))
    readout = found.program.outputs[0]
    assert isinstance(readout, Classify)
    assert weight(found.program) == 3
    (item,) = readout.inputs
    assert isinstance(item, CategoricalScores)
    assert [sum(map(bool, row)) for _, row in item.rows] == [1]


def test_a_read_out_is_fitted_again() -> None:
    """Two inputs share the work; either could do it with other weights."""
    shift = Map(Table([(("a",), "x")], default="y"), (TOKENS,), name="shift")
    left = CategoricalScores(TOKENS, [("a", (0, 1)), ("b", (0, 4))])
    right = CategoricalScores(shift, [("x", (2, 0)), ("y", (2, 0))])
    program = program_of(Classify(("a", "b"), (left, right), name="prediction"))
    found = thin(program, echoes(*TEXTS))
    readout = found.program.outputs[0]
    assert isinstance(readout, Classify)
    assert len(readout.inputs) == 1
    assert any("fitted again" in step.what for step in found.front[found.chosen].steps)
    assert score(found.program, echoes(*TEXTS)).accuracy == 1


def test_inputs_over_one_variable_are_merged() -> None:
    count = SelectorWidth(Select(TOKENS, TOKENS, "=="), name="count")
    twice = (NumericScores(count, (1, 0)), NumericScores(count, (1, 0)), NumericScores(Constant(1), (0, 3)))
    examples = [
        Example(tuple(t), tuple("b" if t.count(c) < 2 else "a" for c in t)) for t in ("a", "aab", "bb")
    ]
    program = program_of(Classify(("a", "b"), twice))
    found = thin(program, examples)
    readout = found.program.outputs[0]
    assert isinstance(readout, Classify)
    assert len({item.variable for item in readout.inputs}) == len(readout.inputs)
    assert score(found.program, examples).accuracy == 1


def test_pooled_read_outs_and_other_kinds() -> None:
    rows = CategoricalScores(TOKENS, [("a", (3, 0)), ("b", (0, 2))])
    idle = CategoricalScores(POSITIONS, [(9, (5, 0))])
    pooled = Program((Classify(("a", "b"), (rows, idle), pooled=True),), AB, kind="sequence_label")
    examples = [Example(tuple(t), (pooled.run(t),)) for t in ("a", "b", "abb", "bba", "aab")]  # type: ignore[arg-type]
    found = thin(pooled, [*examples, Example((), ("a",))])
    assert "positions" not in found.program.variables
    assert found.front[-1].positions == 6
    check_laws(pooled, [*examples, Example((), ("a",))], found, 1.0)


def test_the_front_and_the_point() -> None:
    task = TASKS["hist"]
    examples = [Example(tuple(t), task.answer(t)) for t in ("001", "0", "22", "3331", "010", "4444", "45")]
    same = Select(TOKENS, TOKENS, "==", name="same")
    counts = Aggregate(Select(TOKENS, TOKENS, "=="), POSITIONS, "mean", 0, name="mean")
    width = SelectorWidth(same, name="width")
    label = Map(Table([((i,), str(i)) for i in range(1, 8)], default="1"), (width,), name="label")
    both = Map("if", (Map(">=", (counts, Constant(0))), label, Constant("?")), name="both")
    program = Program((both,), task.vocabulary, max_length=7)
    reached: list[Point] = []
    found = thin(program, examples, progress=reached.append)
    assert tuple(reached[-len(found.front) + 1 :]) == found.front[1:] or len(reached) >= len(found.front) - 1
    check_laws(program, examples, found, 1.0)
    assert found.front[found.chosen].accuracy == 1
    half = thin(program, examples, keep_accuracy=0.5)
    check_laws(program, examples, half, 0.5)
    assert half.front[half.chosen].weight <= found.front[found.chosen].weight
    assert found.at(0).program == program
    assert found.gone(0) == ()
    assert "verify" in found.note
    assert f"{len(examples)} examples" in found.note


def test_only_the_first_output_is_kept() -> None:
    found = thin(Program((TOKENS, POSITIONS), AB), echoes("ab"))
    assert found.front[-1].program.outputs == (TOKENS,)


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_outside_0_to_1(share: float) -> None:
    with pytest.raises(UsageError, match="share of right answers to keep is"):
        thin(echo(), echoes("ab"), keep_accuracy=share)


def test_wrong_input() -> None:
    with pytest.raises(DataError, match="0 examples without a single label"):
        thin(echo(), [])
    with pytest.raises(DataError, match="1 examples without a single label"):
        thin(echo(), [Example(("a",), (None,))])
    with pytest.raises(DataError, match="2 labels where the program answers 1") as error:
        thin(echo(), [*echoes("ab"), Example(("a",), ("a", "b"))])
    assert error.value.where == "example 1: ('a',)"
    with pytest.raises(DataError, match="none of 1 labels right"):
        thin(echo(), [Example(("a",), ("never",))])
    with pytest.raises(InputError, match="z"):
        thin(echo(), echoes("ab", "az"))
    with pytest.raises(UsageError, match="no effort 'ful'"):
        thin(echo(), echoes("ab"), effort="ful")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no point 7"):
        thin(echo(), echoes("ab")).at(7)


def test_labels_that_the_program_cannot_give_are_wrong_from_the_start() -> None:
    examples = [*echoes("ab"), Example(("b",), ("never",))]
    found = thin(echo(), examples)
    assert (found.front[-1].correct, found.front[-1].positions) == (2, 3)


def test_a_program_without_an_answer_says_where() -> None:
    table = Map(Table([(("a",), "a")]), (TOKENS,), name="table")
    with pytest.raises(EvaluationError, match="no entry for 'b'") as error:
        thin(program_of(table), echoes("a", "ab"))
    assert "variable 'table'" in str(error.value.where)


def test_allowances() -> None:
    assert [allowance(1000, share) for share in SHARES[:6]] == [0, 0, 1, 5, 10, 20]
    assert allowance(3, 0.0) == 3
