"""Verdicts: programs against tasks, other programs and whatever runs."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from readhead.errors import EvaluationError, InputError, UsageError
from readhead.program import (
    FULL,
    LENGTH,
    Aggregate,
    Classify,
    Constant,
    Indices,
    Map,
    Program,
    Select,
    SelectorWidth,
    Table,
    Tokens,
    Vocabulary,
)
from readhead.program.interpret import plan_of
from readhead.reason.exhaustive import exhaust
from readhead.reason.inputs import Inputs
from readhead.reason.pairing import paired
from readhead.reason.references import PROVED, UNSCORED, is_proved, reference
from readhead.reason.sampling import sample
from readhead.reason.sides import Spellings
from readhead.reason.verdict import agree, spelt
from readhead.reason.verify import BUDGET, first_difference, verify
from readhead.tasks import TASKS, Task, make_task
from readhead.tasks.spaces import Recall, Strings
from strategies import contents, programs

AB = Vocabulary(("a", "b"))
COUNT = SelectorWidth(Select(Tokens(), Tokens(), "=="), name="count")


def over_ab(output: Any, **settings: Any) -> Program:
    return Program((output,), AB, **{"max_length": 4, **settings})


@dataclass(frozen=True)
class Runner:
    """Something that only runs."""

    answer: Any

    def run(self, tokens: Any) -> Any:
        return self.answer(tokens)


# References


@pytest.mark.parametrize(
    "name", sorted(set(TASKS) - {"dyck2", "induction", "hist", "double_hist", "most_freq"})
)
def test_a_reference_answers_as_its_task_on_every_input(name: str) -> None:
    check_reference(TASKS[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["induction", "hist", "double_hist", "most_freq"])
def test_a_reference_answers_as_its_task_on_every_one_of_many_inputs(name: str) -> None:
    check_reference(TASKS[name])


@pytest.mark.slow
def test_the_reference_of_dyck2_answers_as_its_task_up_to_the_length_that_it_says() -> None:
    check_reference(replace(TASKS["dyck2"], space=Strings(("(", ")", "{", "}"), 1, PROVED["dyck2"][1])))


@pytest.mark.parametrize(
    "task",
    [
        make_task("sort", symbols=11, max_length=3),
        make_task("most_freq", symbols=4, max_length=5),
        make_task("double_hist", symbols=5, max_length=5),
        make_task("hist", symbols=3, max_length=9),
        make_task("induction", symbols=3, max_length=5),
        make_task("dyck2", symbols=2, max_length=7),
        make_task("dyck2", symbols=3, max_length=5),
    ],
    ids=lambda task: f"{task.name}-{len(task.vocabulary.tokens)}-{task.max_length}",
)
def test_references_answer_as_tasks_of_other_sizes(task: Task) -> None:
    check_reference(task)


def check_reference(task: Task) -> None:
    program = reference(task)
    for block in task.space.blocks(10_000):
        expected = [[UNSCORED if label is None else label for label in task.answer(c)] for c in block]
        assert expected == program.run_batch(block)


def test_which_references_are_proved() -> None:
    assert {name for name in TASKS if is_proved(TASKS[name])} == set(TASKS) - {"dyck2"}
    assert is_proved(make_task("sort", symbols=3, max_length=4))
    assert not is_proved(make_task("sort", max_length=7))
    assert not is_proved(make_task("induction", symbols=3))
    assert not is_proved(replace(TASKS["sort"], answer=TASKS["reverse"].answer))


def test_there_is_no_reference_of_an_unknown_task() -> None:
    with pytest.raises(UsageError, match="there is no task 'sotr'"):
        reference("sotr")
    with pytest.raises(UsageError, match="the task 'mine' has no reference program"):
        reference(replace(TASKS["sort"], name="mine"))


# Inputs


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 7))
def test_codes_are_the_contents_of_a_space_in_its_order(symbols: int, least: int, most: int) -> None:
    space = Strings(tuple("abc"[:symbols]), least, most)
    inputs = Inputs(space, space.alphabet, most)
    listed = [c for codes in inputs.blocks() for c in inputs.contents(codes)]
    assert [c for block in space.blocks(1000) for c in block] == listed
    assert len(listed) == inputs.count()


def test_long_strings_are_listed_though_their_number_is_no_int64() -> None:
    inputs = Inputs(
        Strings(tuple("abcdefghijklmnopqrstuvwxyz"), 20, 20), tuple("abcdefghijklmnopqrstuvwxyz"), 20
    )
    first = next(inputs.blocks())
    assert inputs.contents(first)[27] == (*"a" * 18, "b", "b")


@dataclass(frozen=True)
class Falling:
    """A space that lists longer contents first."""

    listed: tuple[tuple[str, ...], ...] = (("a", "b"), ("b",), (), ("a",))

    def count(self) -> int:
        return len(self.listed)

    def blocks(self, size: int) -> Any:
        return (list(self.listed[i : i + size]) for i in range(0, len(self.listed), size))

    def contains(self, tokens: Any) -> bool:
        return tuple(tokens) in self.listed


def test_any_space_will_do_and_the_shortest_counterexample_is_found_in_it() -> None:
    found = verify(over_ab(Tokens()), over_ab(Constant("a")), space=Falling())
    assert ("counterexample", ("b",)) == (found.verdict, found.counterexample.tokens)
    assert verify(over_ab(Tokens()), over_ab(Tokens()), space=Falling()).coverage.of == 4
    solved = verify(over_ab(Tokens()), over_ab(Tokens()), space=Falling(), method="smt")
    assert ("unknown", "the solver knows no Falling spaces") == (solved.verdict, solved.coverage.stopped)


@pytest.mark.parametrize("task", ["induction", "sort"])
def test_blocks_of_codes_are_read_as_contents_are(task: str) -> None:
    space = TASKS[task].space
    program = replace(reference(task), vocabulary=TASKS[task].vocabulary)
    inputs = Inputs(space, program.vocabulary.tokens, TASKS[task].max_length)
    plan, name = plan_of(program), program.names[program.outputs[0]]
    codes = next(inputs.blocks())
    column = plan.compute(plan.reader.column(codes, inputs.alphabet), name)[name]
    decoded = column.domain.objects.take(column.values).T[:, 1 : 1 + len(codes)].tolist()
    assert program.run_batch(inputs.contents(codes)) == decoded


def test_a_block_needs_tokens_that_the_program_reads_and_not_too_many() -> None:
    reader = plan_of(over_ab(Tokens())).reader
    with pytest.raises(InputError, match="not in the vocabulary: 'z'"):
        reader.column(np.zeros((2, 1), dtype=int), ("a", "z"))
    with pytest.raises(InputError, match="5 tokens are too many"):
        reader.column(np.zeros((5, 1), dtype=int), ("a",))
    unknown = plan_of(Program((Tokens(),), Vocabulary(("a",), begin="<", end=">", unknown="?"))).reader
    column = unknown.column(np.array([[0], [1]]), ("a", "zebra"))
    assert ["<", "a", "?", ">"] == [column.domain.values[i] for i in column.values[:, 0]]


# What agrees


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [(2, "2", True), (2.0, "2.0", True), (2.0, 2, False), (True, "True", True), (True, 1, False),
     (-0.0, 0.0, True), ("a", "a", True), ("a", "b", False)],
)  # fmt: skip
def test_answers_agree_where_they_are_spelt_the_same(left: Any, right: Any, same: bool) -> None:
    assert same == agree(left, right) == (spelt(left) == spelt(right))
    verdict = verify(over_ab(Constant(left)), over_ab(Constant(right)), max_length=2)
    assert ("proved" if same else "counterexample") == verdict.verdict
    assert (
        verdict.verdict
        == verify(over_ab(Constant(left)), over_ab(Constant(right)), max_length=2, method="smt").verdict
    )


def test_numbers_of_every_kind_are_spelt() -> None:
    spellings = Spellings()
    for values in (np.array([1, 2]), np.array([1, 10**12]), np.array([0.5, -0.0]), np.array([True, False])):
        kind = {"i": "int", "f": "float", "b": "bool"}[values.dtype.kind]
        from readhead.program import Numeric

        numbers = spellings.of(values, Numeric(kind))
        assert [spellings.number(v) for v in values.tolist()] == numbers.tolist()


# Verdicts


def test_a_right_program_is_proved() -> None:
    found = verify(over_ab(COUNT), over_ab(Map("str", (COUNT,))))
    assert ("proved", 31, None, "exhaustive") == (
        found.verdict,
        found.inputs,
        found.counterexample,
        found.method,
    )
    assert str(found).startswith("proved for all 31 inputs of at most 4 tokens (exhaustive, ")
    data = found.as_dict()
    assert list(data)[:4] == ["verdict", "inputs", "counterexample", "seconds"]
    assert data["coverage"] == {"of": 31, "complete": 4, "sampled": 0, "stopped": None}


def test_the_counterexample_is_the_shortest_and_names_position_and_variable() -> None:
    wrong = Map(Table([((3,), "2")], "?"), (COUNT,), name="answer")
    right = Map("str", (COUNT,), name="answer")
    found = verify(
        over_ab(Map("+", (wrong, Constant("!")))), over_ab(Map("+", (right, Constant("!"))))
    ).counterexample
    assert (("a",), ["?!"], ["1!"], 0) == (found.tokens, found.program, found.against, found.position)
    assert ("answer", 0, "?", "1") == (
        found.difference.variable, found.difference.position, found.difference.left, found.difference.right
    )  # fmt: skip
    assert "variable  variable 'answer'" in str(found)
    assert found.as_dict()["variable"] == {"name": "answer", "position": 0, "program": "?", "against": "1"}


def test_what_a_task_does_not_score_is_not_compared() -> None:
    task = make_task("induction", symbols=2, max_length=5)
    right = reference(task)
    noisy = Map(
        "if", (Map("==", (right.outputs[0], Constant(UNSCORED))), Constant("noise"), right.outputs[0])
    )
    for method in ("exhaustive", "smt"):
        assert verify(replace(right, outputs=(noisy,)), task, method=method).verdict == "proved"
    program = verify(
        replace(right, outputs=(noisy,)), replace(right, outputs=(Constant("unknown"),)), max_length=2
    )
    assert program.verdict == "counterexample"
    found = verify(replace(right, outputs=(Constant("1"),)), task).counterexample
    assert None in found.against


def test_an_error_is_a_counterexample_to_a_task_and_agrees_with_an_error() -> None:
    task = make_task("hist", symbols=2, max_length=3)
    failing = replace(reference(task), outputs=(Map(Table([(("1",), "1")]), (Map("str", (COUNT,)),)),))
    for method in ("exhaustive", "smt"):
        found = verify(failing, task, method=method)
        assert ("counterexample", ("0", "0")) == (found.verdict, found.counterexample.tokens)
        assert found.counterexample.program is None
        assert "the table has no entry for '2'" in found.counterexample.program_error
        assert "program   no answer: " in str(found)
        assert verify(failing, failing, max_length=3, method=method).verdict == "proved"
        reversed_sides = verify(reference(task), failing, max_length=3, method=method).counterexample
        assert reversed_sides.against_error is not None


def test_one_answer_for_each_sequence_is_compared_too() -> None:
    kinds = [("sequence_label", Constant("a"), ("b",)), ("next_token", Constant("a"), ("b",))]
    for kind, constant, tokens in kinds:
        left, right = (over_ab(o, kind=kind) for o in (Tokens(), constant))
        for method in ("exhaustive", "smt"):
            found = verify(left, right, method=method)
            assert tokens == found.counterexample.tokens
            assert found.counterexample.position is None
            assert verify(left, left, method=method).verdict == "proved"


def test_an_empty_sequence_has_a_pooled_answer() -> None:
    pooled = [over_ab(Classify(labels, (), pooled=True), kind="sequence_label") for labels in ("xy", "yx")]
    for method in ("exhaustive", "smt"):
        found = verify(*pooled, space=Strings(("a",), 0, 1), method=method)
        assert ((), "x", "y") == (
            found.counterexample.tokens,
            found.counterexample.program,
            found.counterexample.against,
        )
        assert verify(pooled[0], pooled[0], space=Strings(("a",), 0, 1), method=method).verdict == "proved"


@pytest.mark.parametrize("method", ["exhaustive", "smt", "auto"])
def test_the_empty_sequence_is_among_the_inputs_where_one_side_answers_it(method: Any) -> None:
    pooled, plain = Classify(("y",), (), pooled=True), Constant("y")
    one = {"kind": "sequence_label", "max_length": 2}
    found = verify(over_ab(plain, **one), over_ab(pooled, **one), method=method)
    assert found.counterexample is not None
    assert ((), None, "y") == (
        found.counterexample.tokens,
        found.counterexample.program,
        found.counterexample.against,
    )
    assert "the sequence is empty" in str(found.counterexample)
    everything = Strings(("a", "b"), 0, 2)
    assert "proved" == verify(over_ab(plain, **one), over_ab(plain, **one), method=method, space=everything).verdict  # fmt: skip
    first = Map(Table([(("a",), "y")], "n"), (Tokens(),))
    other = verify(over_ab(plain, **one), over_ab(first, **one), method=method, space=everything)
    assert other.counterexample is not None
    assert ("b",) == other.counterexample.tokens


def test_whatever_runs_can_be_verified() -> None:
    task = make_task("reverse", symbols=2, max_length=3)
    assert verify(Runner(lambda t: list(reversed(t))), task).verdict == "proved"
    found = verify(Runner(list), task).counterexample
    assert (("0", "1"), None) == (found.tokens, found.difference)

    def failing(tokens: Any) -> Any:
        raise EvaluationError("no idea")

    assert verify(Runner(failing), task).counterexample.program_error == "no idea"
    with pytest.raises(InputError, match="0 answers to 1 tokens"):
        verify(Runner(lambda t: []), task)
    with pytest.raises(UsageError, match="the solver cannot look into Runner"):
        verify(Runner(list), task, method="smt")


def test_a_compiled_model_can_be_verified() -> None:
    import readhead as rh

    task = make_task("hist", symbols=2, max_length=3)
    program = reference(task)
    model = rh.compile(program)
    assert verify(model, task, max_length=3).verdict == "proved"
    assert verify(model, program).verdict == "proved"
    found = verify(model, make_task("double_hist", symbols=2, max_length=3), max_length=3).counterexample
    assert ("0", "0") == found.tokens
    wrong = replace(program, outputs=(Map("str", (Map("+", (COUNT, Constant(1)), name="more"),)),))
    named = replace(program, outputs=(Map("str", (Map("+", (COUNT, Constant(0)), name="more"),)),))
    assert first_difference(rh.compile(wrong), named, ("0",)).variable == "more"


def test_made_up_names_and_other_markers_say_nothing_about_where_traces_part() -> None:
    left, right = over_ab(Map("+", (Indices(), Constant(1)))), over_ab(Map("+", (Indices(), Constant(2))))
    assert first_difference(left, right, ("a",)) is None
    named = [over_ab(Map("+", (Indices(), Constant(i)), name="x")) for i in (1, 2)]
    assert first_difference(named[0], named[1], ("a",)).variable == "x"
    marked = replace(named[1], vocabulary=replace(AB, begin="<s>"))
    assert first_difference(named[0], marked, ("a",)) is None
    failing = over_ab(Map(Table([(("z",), 1)]), (Tokens(),), name="x"))
    assert first_difference(named[0], failing, ("a",)) is None


# Causal programs


def test_causal_programs_share_prefixes_and_find_the_same() -> None:
    task = TASKS["dyck1"]
    assert verify(reference(task), task).inputs == 2**16 - 2
    late = Map("if", (Map("==", (Indices(), Constant(3))), Constant("F"), reference(task).outputs[0]))
    wrong = replace(reference(task), outputs=(late,))
    shared = paired(wrong, task, 8, None)
    plain = replace(shared.pair, prefixes=False)
    assert shared.pair.prefixes
    assert exhaust(shared.pair).tokens == exhaust(plain).tokens
    assert len(exhaust(plain).tokens) == 4


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(kinds=("token_labels",)), st.data())
def test_shared_prefixes_find_what_every_input_finds(program: Program, data: Any) -> None:
    assume(program.vocabulary.tokens is not None and not program.vocabulary.lower)
    left = replace(program, causal=True, vocabulary=replace(program.vocabulary, end=None), max_length=4)
    sops = [
        n for n in left.variables.values() if hasattr(n, "function") or isinstance(n, (Tokens, Aggregate))
    ]
    right = replace(left, outputs=(data.draw(st.sampled_from([left.outputs[0], *sops])),))
    compared = paired(left, right, None, Strings(left.vocabulary.tokens[:2], 0, 4))
    shared, plain = exhaust(compared.pair), exhaust(replace(compared.pair, prefixes=False))
    assert (plain.tokens, plain.finished) == (shared.tokens, shared.finished)


# Limits


def test_without_time_the_verdict_is_unknown_with_what_was_covered() -> None:
    same = over_ab(Map("-", (LENGTH, SelectorWidth(Select(Tokens(), Tokens(), "!=")))))
    for method in ("exhaustive", "smt", "auto"):
        found = verify(
            over_ab(COUNT), same, max_length=4, seconds=0, method=method, space=Strings(("a", "b"), 2, 4)
        )
        assert ("unknown", 0) == (found.verdict, found.inputs)
        assert "the time is up" in found.coverage.stopped
        assert "unknown (" in str(found) and "covered: no length, of 28 inputs" in str(found)


def test_more_inputs_than_can_be_tried_are_proved_by_the_solver() -> None:
    letters = Vocabulary(tuple("abcdefghij"))
    program = Program((COUNT,), letters, max_length=9)
    same = Program((Map("str", (COUNT,)),), letters, max_length=9)
    found = verify(program, same, seconds=None)
    assert ("proved", "exhaustive+random+smt") == (found.verdict, found.method)
    assert found.inputs == found.coverage.of > BUDGET
    assert found.coverage.sampled > 0


def test_random_inputs_find_counterexamples_and_are_made_shorter() -> None:
    rare = Map("if", (Map(">", (COUNT, Constant(3))), Constant("many"), Map("str", (COUNT,))))
    compared = paired(over_ab(rare, max_length=9), over_ab(Map("str", (COUNT,)), max_length=9), None, None)
    tried, tokens = sample(compared.pair, 2, 0, 100, None)
    assert tried > 0 and ("a",) * 4 == tokens
    assert sample(compared.pair, 9, 0, 100, None) == (0, None)
    assert sample(compared.pair, 2, 0, 100, 0.0) == (0, None)
    assert (
        sample(
            replace(compared.pair, inputs=Inputs(Recall(("a",), ("0",), 1), ("a", "0"), 3)), 0, 0, 10, None
        )[0]
        == 0
    )


@pytest.mark.slow
def test_random_inputs_find_what_is_too_long_to_be_listed() -> None:
    letters = Vocabulary(tuple("abcdefghij"))
    rare = Map("if", (Map(">", (COUNT, Constant(7))), Constant("many"), Map("str", (COUNT,))))
    found = verify(
        Program((rare,), letters, max_length=12), Program((Map("str", (COUNT,)),), letters, max_length=12)
    )
    assert ("counterexample", "exhaustive+random") == (found.verdict, found.method)
    assert 8 == len(found.counterexample.tokens)
    assert not found.counterexample.shortest
    assert "the shortest that was found; there may be shorter ones" in str(found)


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    verify(over_ab(COUNT), over_ab(COUNT), progress=lambda done, total: told.append((done, total)))
    assert (31, 31) == told[-1]
    verify(
        over_ab(COUNT), over_ab(COUNT), method="smt", progress=lambda done, total: told.append((done, total))
    )
    assert (31, 31) == told[-1]


# What does not fit


OPEN = Program((Tokens(),))


@pytest.mark.parametrize(
    ("program", "against", "options", "message"),
    [
        (TASKS["sort"], TASKS["sort"], {}, "the task 'sort' stands where the program should"),
        (over_ab(Tokens()), over_ab(Tokens()), {"method": "magic"}, "there is no method 'magic'"),
        (over_ab(Tokens()), over_ab(Tokens()), {"max_length": -1}, "the maximum length is -1"),
        (
            over_ab(Tokens()),
            over_ab(Tokens(), kind="next_token"),
            {},
            "the program answers with token_labels",
        ),
        (OPEN, OPEN, {}, "inputs of any length are taken"),
        (OPEN, OPEN, {"max_length": 2}, "any token is taken, so the inputs are not known"),
        (over_ab(Tokens()), TASKS["sort"], {"max_length": 2}, "the program cannot read '0', '1'"),
        (over_ab(Tokens()), over_ab(Tokens()), {"max_length": 5}, "inputs of 5 tokens are too long"),
        (
            over_ab(Tokens()),
            Program((Tokens(),), Vocabulary(("c",))),
            {},
            "the two sides have no token in common",
        ),
        (OPEN, TASKS["sort"], {"max_length": 0}, "there is no input of at most 0 tokens"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_said(program: Any, against: Any, options: Any, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        verify(program, against, **options)
    assert message in raised.value.what


def test_the_tokens_that_both_read_are_compared_and_one_that_both_do_not_know() -> None:
    left = Program((Tokens(),), Vocabulary(("a", "b"), unknown="?"), max_length=1)
    right = Program((Tokens(),), Vocabulary(("b", "c"), unknown="!"), max_length=1)
    found = verify(left, right)
    assert (("a",), 5) == (found.counterexample.tokens, found.coverage.of)
    plain = Program((Tokens(),), Vocabulary(("b", "c")), max_length=1)
    assert (("c",), 3) == (verify(left, plain).counterexample.tokens, verify(left, plain).coverage.of)


@pytest.mark.parametrize("method", ["exhaustive", "smt"])
@pytest.mark.parametrize(("folding", "token"), [({"lower": True}, "A"), ({"fold_digits": True}, "1")])
def test_a_token_that_only_one_side_folds_is_among_the_inputs(method: Any, folding: Any, token: str) -> None:
    plain = Vocabulary(("a", "0"), unknown="<unk>")
    left, right = (Program((Tokens(),), v, max_length=2) for v in (replace(plain, **folding), plain))
    found = verify(left, right, method=method).counterexample
    assert found is not None
    assert (token,) == found.tokens
    assert "proved" == verify(left, left, method=method).verdict


def spelled(*spellings: str, **options: Any) -> Program:
    vocabulary = Vocabulary(("a", "foo"), unknown="<unk>", spellings=spellings, **options)
    return Program((Tokens(),), vocabulary, max_length=1)


@pytest.mark.parametrize("method", ["exhaustive", "smt"])
@pytest.mark.parametrize(
    ("left", "right", "token"),
    [
        (spelled(), spelled("title"), "Foo"),
        (spelled(), spelled("title-s"), "<unk:title-s>"),
        (spelled("title"), spelled("title", "title-s"), "<unk:title-s>"),
        (spelled("title-s"), spelled("title-ies"), "<unk:title-s>"),
        (spelled("url", "title"), spelled("title"), "<unk:url>"),
        (
            spelled("title", lower=True),
            replace(
                spelled("title", lower=True),
                vocabulary=Vocabulary(("a",), None, None, "<unk>", True, spellings=("title",)),
            ),
            "foo",
        ),
    ],
)
def test_unknown_words_of_every_spelling_are_among_the_inputs(
    method: Any, left: Program, right: Program, token: str
) -> None:
    found = verify(left, right, method=method)
    assert found.counterexample is not None
    assert ((token,), "counterexample") == (found.counterexample.tokens, found.verdict)
    assert "proved" == verify(right, right, method=method).verdict


@given(st.text("aFOo-1s", min_size=1, max_size=5))
def test_some_input_stands_for_every_unknown_word(word: str) -> None:
    sides = [
        spelled("title", "title-s", "upper", lower=True),
        spelled("title", "lower-oo", "mixed"),
        Program(
            (Tokens(),),
            Vocabulary(("a", "FOO", "00"), None, None, "?", False, True, spellings=("number",)),
            max_length=1,
        ),
    ]
    for left, right in itertools.permutations(sides, 2):
        alphabet = paired(left, right, None, None).inputs.alphabet
        assert (left.run([word]), right.run([word])) in [(left.run([t]), right.run([t])) for t in alphabet]


def test_an_open_vocabulary_tells_unknown_tokens_apart() -> None:
    closed = Program((COUNT,), replace(AB, unknown="<unk>"), max_length=2)
    found = verify(Program((COUNT,), max_length=2), closed).counterexample
    assert found is not None
    assert (2, 2, [1, 1], [2, 2]) == (len(found.tokens), len(set(found.tokens)), found.program, found.against)


def test_a_large_alphabet_has_codes_of_its_own() -> None:
    alphabet = tuple(map(str, range(40_000)))
    inputs = Inputs(Strings(alphabet, 1, 1), alphabet, 1)
    assert list(range(40_000)) == [code for block in inputs.blocks() for code in block[0].tolist()]
    assert [[39_999]] == inputs.codes([("39999",)]).tolist()


def test_no_length_is_complete_where_the_shortest_inputs_are_too_many() -> None:
    wrong = Runner(lambda tokens: ["x"] * len(tokens))
    found = verify(over_ab(Tokens(), max_length=None), wrong, space=Strings(("a", "b"), 25, 25))
    assert ("counterexample", None) == (found.verdict, found.coverage.complete)


def test_contents_over_the_full_selector_need_no_alphabet() -> None:
    program = Program((SelectorWidth(FULL),), Vocabulary(()), max_length=3)
    found = verify(program, program)
    assert ("proved", 1) == (found.verdict, found.inputs)
    assert verify(program, program, method="smt").verdict == "proved"


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.data())
def test_exhaustion_says_what_running_one_by_one_says(left: Program, data: Any) -> None:
    right = replace(
        data.draw(programs(kinds=(left.kind,))), vocabulary=left.vocabulary, max_length=left.max_length
    )
    alphabet = tuple(dict.fromkeys(data.draw(contents(left, max_length=2)))) or ("a",)
    assume(
        left.vocabulary.tokens is None
        or left.vocabulary.unknown
        or set(alphabet) <= set(left.vocabulary.tokens)
    )
    least = 0 if left.kind == "token_labels" or left.vocabulary.markers else 1
    found = verify(left, right, space=Strings(alphabet, least, 2), method="exhaustive", seconds=None)
    apart = None
    for content in itertools.chain.from_iterable(
        itertools.product(alphabet, repeat=n) for n in range(least, 3)
    ):
        answers = []
        for program in (left, right):
            try:
                answers.append(program.run(content))
            except EvaluationError:
                answers.append(None)
        spelled = [
            None if a is None else list(map(spelt, a if isinstance(a, list) else [a])) for a in answers
        ]
        if spelled[0] != spelled[1]:
            apart = content
            break
    assert apart == (None if found.counterexample is None else found.counterexample.tokens)
