"""Lifting: programs of operators that answer as the learned ones do."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.strategies import programs

from readhead.errors import DataError, EvaluationError, UsageError
from readhead.program import Program, Vocabulary
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
    SelectorWidth,
    SOp,
    Table,
    Tokens,
)
from readhead.program.operators import typed
from readhead.program.rewrite import with_output
from readhead.reason.forms import Bound, observe, record, renamed, renamings, space_standard, weight
from readhead.reason.forms.contents import looked_at
from readhead.reason.lift import Lifted, _Lifting, lift
from readhead.reason.search.find import Outcome
from readhead.tasks import TASKS, make_task
from readhead.tasks.examples import Example
from readhead.tasks.spaces import Strings

TOKENS, INDICES = Tokens(), Indices()
LETTERS = ("0", "1", "2")
WORDS = Vocabulary(LETTERS, begin="<s>")
SMALL = Bound(size=4, expressions=150, rows=3)


def same_answers(before: Program, after: Program, contents: list[tuple[str, ...]]) -> None:
    """Wherever the first has an answer, the second has the same one."""
    for content in contents:
        for old, new in zip(before.outputs, after.outputs, strict=True):
            try:
                expected = with_output(before, old).run(list(content))
            except EvaluationError:
                continue
            found = with_output(replace(after, max_length=before.max_length), new).run(list(content))
            left = expected if isinstance(expected, list) else [expected]
            right = found if isinstance(found, list) else [found]
            assert list(map(typed, left)) == list(map(typed, right)), content


def all_strings(alphabet: tuple[str, ...], longest: int, least: int = 1) -> list[tuple[str, ...]]:
    return [c for block in Strings(alphabet, least, longest).blocks(4096) for c in block]


def counting() -> SOp:
    """How often the own token occurs, as learned programs count."""
    relation = Relation([(t, t) for t in LETTERS])
    return Aggregate(
        Select(TOKENS, TOKENS, relation, name="match"), Constant(1, name="ones"), "sum", 0, name="count"
    )


def hist(longest: int = 4) -> Program:
    """A learned histogram: a read-out whose scores are thresholds of a count, and wrong at the last of them."""
    labels = tuple(str(n) for n in range(1, longest + 1))
    slopes = tuple(2 * n for n in range(1, longest + 1))
    offsets = (*(-n * n for n in range(1, longest)), -100)
    count = counting()
    inputs = (NumericScores(count, slopes), NumericScores(Constant(1, name="ones"), offsets))
    return Program((Classify(labels, inputs, name="prediction"),), WORDS, max_length=longest)


def test_a_read_out_of_a_count_is_the_count() -> None:
    program = hist()
    lifted = lift(program, seconds=10)
    same_answers(program, lifted.program, all_strings(LETTERS, 4))
    assert lifted.proved_up_to == 4
    assert lifted.differences == 0
    assert lifted.program.max_length is None
    assert not any(isinstance(n, Classify) for n in lifted.program.variables.values())
    assert weight(lifted.program) < weight(program)
    assert lifted.log[0].rule == "answer"
    assert all("all 121 inputs" in step.check for step in lifted.log)


def test_with_right_answers_an_error_is_not_kept() -> None:
    program, task = hist(), make_task("hist", symbols=3, max_length=4)
    assert program.run("0000") == ["3"] * 4
    lifted = lift(program, space=task.space, answers=task.answer)
    assert lifted.program.run("0000") == ["4"] * 4
    assert lifted.proved_up_to == 3
    assert lifted.differences == 12
    assert lifted.right_kept_on == 120
    longer = make_task("hist", symbols=3, max_length=7)
    for content in all_strings(LETTERS, 7)[::7]:
        assert lifted.program.run(list(content)) == list(longer.answer(content))


def test_with_examples_right_answers_on_them_are_kept() -> None:
    program = hist()
    task = make_task("hist", symbols=3, max_length=4)
    examples = [Example(c, tuple(task.answer(c))) for c in all_strings(LETTERS, 4) if len(set(c)) > 1]
    lifted = lift(program, examples=examples)
    assert all(lifted.program.run(list(e.tokens)) == list(e.labels) for e in examples)
    assert lifted.right_kept_on == len(examples)
    assert lift(program).right_kept_on is None


def test_answers_that_nobody_scores_are_free() -> None:
    table = Map(Table([(("0",), "zero"), (("1",), "one")], "?"), (TOKENS,))
    program = Program((table,), WORDS, max_length=3)
    asked = lift(program, scored=lambda content: [token == "0" for token in content])
    assert asked.program.outputs[0] == Constant("zero")
    assert lift(program).program.run("012") == ["zero", "one", "?"]


def test_a_copy_from_the_position_before() -> None:
    relation = Relation([(q - 1, q) for q in range(1, 4)] + [(4, 4), (2, 0)])
    copy = Aggregate(Closest(Select(INDICES, INDICES, relation)), TOKENS, "pick", name="copy")
    program = Program((copy,), WORDS, max_length=4)
    scored = lift(program, scored=lambda content: [n < 3 for n in range(len(content))], searching=False)
    select = next(n for n in scored.program.variables.values() if isinstance(n, Select))
    assert isinstance(select.predicate, str)
    for content in all_strings(LETTERS, 4):
        assert scored.program.run(list(content))[:3] == program.run(list(content))[:3]  # type: ignore[index]
    exact = lift(program, searching=False)
    same_answers(program, exact.program, all_strings(LETTERS, 4))


def test_reverse_speaks_of_the_length() -> None:
    vocabulary = Vocabulary(("0", "1"), begin="<s>", end="</s>")
    space = Strings(("0", "1"), 4, 4)
    mirror = Select(INDICES, INDICES, Relation([(5 - q, q) for q in range(6)]))
    program = Program((Aggregate(mirror, TOKENS, "pick", "?", name="back"),), vocabulary, max_length=4)
    lifted = lift(program, space=space)
    assert lifted.program.max_length is None
    assert lifted.proved_up_to == 4
    assert lifted.tied == ()
    same_answers(program, lifted.program, all_strings(("0", "1"), 4, 4))


def test_brackets_are_compared_by_their_counts() -> None:
    brackets = Vocabulary(("(", ")"), begin="<s>")
    opened, closed = (
        Aggregate(Select(TOKENS, INDICES, Relation([(t, q) for q in range(8)])), Constant(1), "sum", 0)
        for t in "()"
    )
    table = Table([((a, b), "T" if a == b else "P" if a > b else "F") for a in range(8) for b in range(8)])
    program = Program((Map(table, (opened, closed), name="answer"),), brackets, causal=True, max_length=7)
    lifted = lift(program, searching=False)
    assert lifted.program.max_length is None
    same_answers(program, lifted.program, all_strings(("(", ")"), 6))
    assert lifted.program.run("(" * 20 + ")" * 20)[-1] == "T"


def test_values_of_a_learned_table_are_renamed_through_their_readers() -> None:
    names = {"0": 5, "1": 2, "2": 7}
    named = Map(Table([((t,), n) for t, n in names.items()], 0), (TOKENS,), name="mlp")
    copy = Aggregate(Closest(Select(INDICES, INDICES, "<")), named, "pick", name="copied")
    same = SelectorWidth(Select(named, copy, Relation([(n, n) for n in (0, 5, 2, 7)])), name="same")
    rows = [(n, tuple(int(k == i) for k in range(3))) for i, n in enumerate((5, 2, 7))]
    answer = Classify(("x", "y", "z"), (CategoricalScores(copy, rows),), name="prediction")
    program = Program((answer, same), WORDS, max_length=3)
    lifted = lift(program)
    same_answers(program, lifted.program, all_strings(LETTERS, 3))
    assert not any(isinstance(n, Map) and n.arguments == (TOKENS,) for n in lifted.program.variables.values())
    assert "rename" in {step.rule for step in lifted.log}


def test_a_cap_that_no_reader_needs_goes() -> None:
    capped = Map("min", (counting(), Constant(2)), name="capped")
    answer = Map(Table([((0,), "none"), ((1,), "one")], "more"), (capped,), name="answer")
    program = Program((answer,), WORDS, max_length=4)
    seen = observe(program, space_standard(program, all_strings(LETTERS, 4)).batch)
    first = next(r for r in renamings(capped, seen.keys[capped]) if r.expression == counting())
    changed = renamed(program, first)
    assert changed is not None
    assert not any(isinstance(n, Map) and n.function == "min" for n in changed.variables.values())
    same_answers(program, changed, all_strings(LETTERS, 4))


def test_what_reads_more_than_names_is_not_renamed() -> None:
    capped = Map("min", (counting(), Constant(2)), name="capped")
    program = Program((Map("+", (capped, Constant(1))),), WORDS, max_length=3)
    found = list(renamings(capped, [(n, 2) for n in range(4)]))
    assert found
    assert all(renamed(program, renaming) is None for renaming in found)
    assert renamed(Program((capped,), WORDS), found[0]) is None


def test_a_sum_of_ones_is_a_width() -> None:
    lifted = lift(Program((counting(),), WORDS, max_length=3))
    assert isinstance(lifted.program.outputs[0], SelectorWidth)
    assert lift(
        Program((Aggregate(Select(TOKENS, TOKENS, "=="), Constant(True), "max"),), WORDS, max_length=2)
    )


def test_a_list_of_positions_ties_a_program_to_its_length() -> None:
    odd = Table([((n,), "xqzkjv"[n]) for n in range(5)])
    lifted = lift(
        Program((Map(odd, (INDICES,), name="names"),), WORDS, max_length=4), bound=SMALL, searching=False
    )
    assert lifted.tied == ("names",)
    assert lifted.program.max_length == 4


def test_lifting_again_finds_nothing() -> None:
    once = lift(hist())
    again = lift(replace(once.program, max_length=4))
    assert again.log == ()
    assert again.program == once.program


def test_the_same_program_gives_the_same_result() -> None:
    first, second = lift(hist()), lift(hist())
    assert first.program == second.program
    assert [str(s) for s in first.log] == [str(s) for s in second.log]


def test_without_time_the_program_stays_as_it_is() -> None:
    program = hist()
    lifted = lift(program, seconds=1e-9)
    assert not lifted.finished
    assert lifted.program.outputs == program.outputs
    assert lifted.log == ()


def test_progress_is_told() -> None:
    said: list[str] = []
    lift(hist(), progress=said.append)
    assert "the answer as the value of a variable" in said
    assert "tables and predicates as expressions" in said


def test_a_large_space_is_looked_at_up_to_a_length() -> None:
    task = TASKS["dyck2"]
    causal = Program((Map("str", (INDICES,)),), task.vocabulary, causal=True, max_length=15)
    looked = looked_at(causal, task.space, None, most=400)
    assert looked.up_to == 4
    assert len(looked.contents) == 4 + 16 + 64 + 256
    assert not looked.whole
    assert "up to length 4" in looked.what
    open_ended = looked_at(Program((INDICES,), WORDS), None, None, most=130)
    assert open_ended.up_to == 4
    examples = [Example(("0",) * 9, ("0",) * 9)]
    assert looked_at(Program((INDICES,), WORDS), None, examples, most=130).contents[-1] == ("0",) * 9
    other = looked_at(
        Program((INDICES,), TASKS["induction"].vocabulary), TASKS["induction"].space, None, most=50
    )
    assert other.up_to is None
    assert len(other.contents) == 50
    program = Program((Map(Table([((0,), 0)], 1), (INDICES,)),), WORDS, max_length=9)
    short = lift(program, inputs=50, searching=False)
    assert short.proved_up_to == 3


def test_a_program_over_anything_needs_inputs() -> None:
    with pytest.raises(UsageError, match="not said which inputs") as error:
        lift(Program((TOKENS,)))
    assert error.value.instead == "a space, or examples"
    only = lift(
        Program((Map(Table([(("a",), 1)], 0), (TOKENS,)),)), examples=[Example(("a", "b"), ("1", "0"))]
    )
    assert only.proved_up_to is None


def test_bad_input_is_said() -> None:
    with pytest.raises(UsageError, match="lifting for 0 seconds"):
        lift(hist(), seconds=0)
    with pytest.raises(DataError, match="2 answers, and 1 labels"):
        lift(hist(), examples=[Example(("0", "1"), ("1",))])


def test_contents_without_an_answer_ask_for_nothing() -> None:
    number = Map("int", (TOKENS,))
    divided = Map("/", (Constant(6), number), name="divided")
    program = Program((divided,), Vocabulary(LETTERS), max_length=2)
    lifted = lift(program)
    same_answers(program, lifted.program, all_strings(LETTERS, 2))


def test_an_error_that_becomes_an_answer_is_not_proved_equal() -> None:
    known = Map(Table([(("0",), "x"), (("1",), "x")]), (TOKENS,))
    lifted = lift(Program((known,), Vocabulary(LETTERS), max_length=2), searching=False)
    assert lifted.program.run("2") == ["x"]
    assert lifted.proved_up_to == 0


def test_many_inputs_without_an_answer_are_not_proved_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    after = Map(Table([((0,), 1), ((1,), 2)]), (INDICES,))
    program = Program((Map("+", (Map("int", (TOKENS,)), after)),), Vocabulary(("0", "1", "x")), max_length=2)
    lifted = lift(program, searching=False)
    assert (len(lifted.log), lifted.proved_up_to) == (1, 2)
    monkeypatch.setattr(record, "FAILURES", 3)
    assert lift(program, searching=False).proved_up_to == 0


def test_an_answer_stays_where_another_output_has_none() -> None:
    ones = SelectorWidth(Select(TOKENS, Constant("1"), "=="))
    answer = Map(Table([((0,), "no"), ((1,), "one")], "more"), (ones,))
    failing = Map(Table([(("0",), 1)]), (TOKENS,))
    program = Program((answer, failing), Vocabulary(("0", "1")), max_length=2)
    lifted = lift(program, searching=False)
    assert lifted.program == program
    assert lifted.log == ()
    assert lifted.proved_up_to == 2


def test_the_pooled_answer_to_nothing_stays() -> None:
    pooled = Classify(("y", "n"), (NumericScores(INDICES, (1, 0)),), pooled=True)
    program = Program((pooled,), Vocabulary(LETTERS), max_length=2, kind="sequence_label")
    lifted = lift(program)
    assert lifted.program.run("") == "y"
    assert lifted.proved_up_to == 2
    some = lift(program, space=Strings(LETTERS, 1, 2))
    assert some.program.outputs == (Constant("y"),)


def test_tokens_that_are_folded_to_others_are_no_inputs() -> None:
    tokens = Vocabulary(("a", "B"), lower=True)
    known = Map(Table([(("B",), "x")], "y"), (TOKENS,))
    assert lift(Program((known,), tokens, max_length=2)).program.outputs == (Constant("y"),)


def test_values_that_are_equal_across_types_are_not_renamed() -> None:
    """1 == True, so a comparison reads more than their names."""
    mixed = Map(Table([(("0",), 1), (("1",), True)], 2), (TOKENS,))
    program = Program(
        (SelectorWidth(Select(mixed, mixed, "==")),), Vocabulary(LETTERS, begin="<s>"), max_length=3
    )
    seen = observe(program, space_standard(program, all_strings(LETTERS, 2)).batch)
    assert [renamed(program, r) for r in renamings(mixed, seen.keys[mixed])] == [None] * len(
        list(renamings(mixed, seen.keys[mixed]))
    )
    lifted = lift(program, searching=False)
    same_answers(program, lifted.program, all_strings(LETTERS, 3))


def test_time_that_runs_out_in_the_middle_of_a_pass_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    program = hist()
    for passes in range(0, 60, 5):
        late = itertools.chain([False] * passes, itertools.repeat(True))
        monkeypatch.setattr(_Lifting, "_late", lambda self, late=late: next(late))
        lifted = lift(program)
        assert not lifted.finished
        assert lifted.proved_up_to == program.max_length


def test_a_search_that_runs_out_of_time_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from readhead.reason import lift as module

    asked: list[float] = []

    def explored(*args: object, seconds: float, **options: object) -> Outcome:
        asked.append(seconds)
        return Outcome(None, "the time is over", 3, 100, seconds)

    monkeypatch.setattr(module, "explore", explored)
    program = tied_to_positions()
    lifted = lift(program, seconds=30)
    assert len(asked) == 1 and 0 < asked[0] <= 15
    assert not lifted.finished
    monkeypatch.setattr(module, "explore", lambda *args, **options: Outcome(None, "none", 12, 100, 0.1))
    assert lift(program, seconds=30).finished


def tied_to_positions() -> Program:
    """A table of positions that no expression says."""
    positions = Map(Table([((0,), "x"), ((2,), "x"), ((3,), "z"), ((4,), "q")], "y"), (INDICES,))
    return Program((positions,), Vocabulary(("0",)), max_length=6)


def lifted_of(program: Program, longest: int) -> tuple[Lifted, list[tuple[str, ...]]]:
    alphabet = (program.vocabulary.tokens or ("a", "b"))[:2]
    alphabet = tuple(dict.fromkeys(str(program.vocabulary.normalized(t)) for t in alphabet))
    known = program.vocabulary.tokens
    alphabet = tuple(t for t in alphabet if known is None or t in known) or (
        program.vocabulary.unknown or "a",
    )
    least = 0 if program.kind == "token_labels" or program.vocabulary.markers else 1
    space = Strings(alphabet, least, longest)
    return lift(program, space=space, bound=SMALL, seconds=20, searching=False), all_strings(
        alphabet, longest, least
    )


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(programs(max_steps=8))
def test_lifting_changes_no_answer(program: Program) -> None:
    lifted, contents = lifted_of(program, 3)
    same_answers(program, lifted.program, contents)


@pytest.mark.slow
@settings(deadline=None, max_examples=2000, suppress_health_check=list(HealthCheck))
@given(programs(max_steps=15))
def test_lifting_changes_no_answer_of_many_programs(program: Program) -> None:
    lifted, contents = lifted_of(program, 3)
    same_answers(program, lifted.program, contents)


@st.composite
def learned(draw) -> Program:
    """A program like learned ones: heads with relations, tables over them, a read-out."""
    places = st.tuples(st.integers(0, 3), st.integers(0, 3))
    symbols = ("<s>", *LETTERS)
    chars = st.tuples(st.sampled_from(symbols), st.sampled_from(symbols))
    made: list[SOp] = [TOKENS]
    for _ in range(draw(st.integers(1, 2))):
        if draw(st.booleans()):
            select = Select(INDICES, INDICES, Relation(draw(st.sets(places, max_size=6))))
        else:
            select = Select(draw(st.sampled_from(made)), TOKENS, Relation(draw(st.sets(chars, max_size=6))))
        made.append(Aggregate(Closest(select), draw(st.sampled_from(made)), "pick"))
    key = draw(st.sampled_from(made))
    values = draw(st.lists(st.integers(0, 2), min_size=4, max_size=4))
    mlp = Map(Table([((s,), v) for s, v in zip(symbols, values, strict=True)], 0), (key,))
    copied = Aggregate(Closest(Select(INDICES, INDICES, "<")), mlp, "pick")
    rows = [(v, tuple(draw(st.lists(st.integers(0, 3), min_size=2, max_size=2)))) for v in range(3)]
    more = [(t, tuple(draw(st.lists(st.integers(0, 3), min_size=2, max_size=2)))) for t in LETTERS]
    inputs = (
        CategoricalScores(copied, rows),
        CategoricalScores(made[-1], more),
        CategoricalScores(mlp, rows),
    )
    return Program((Classify(("x", "y"), inputs),), WORDS, causal=draw(st.booleans()), max_length=3)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(learned())
def test_lifting_what_looks_learned_changes_no_answer(program: Program) -> None:
    lifted = lift(program, bound=SMALL, seconds=10, searching=False)
    same_answers(program, lifted.program, all_strings(LETTERS, 3))


@pytest.mark.slow
@settings(deadline=None, max_examples=2000, suppress_health_check=list(HealthCheck))
@given(learned())
def test_lifting_much_that_looks_learned_changes_no_answer(program: Program) -> None:
    lifted = lift(program, bound=SMALL, seconds=10, searching=False)
    same_answers(program, lifted.program, all_strings(LETTERS, 3))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(learned())
def test_every_renaming_changes_no_answer(program: Program) -> None:
    seen = observe(program, space_standard(program, all_strings(LETTERS, 3)).batch)
    for node in program.variables.values():
        if isinstance(node, Map):
            for renaming in itertools.islice(renamings(node, seen.keys[node]), 4):
                changed = renamed(program, renaming)
                if changed is not None:
                    same_answers(program, changed, all_strings(LETTERS, 3))
