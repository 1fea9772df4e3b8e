"""The plain style says what the program says, reads back as the program, and is refused where it would not."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import black
import pytest
from hypothesis import HealthCheck, given, settings

import readhead as rh
from language.python.emitted import load, python
from language.python.programs import LETTERS, POSITIONS, TOKENS, all_programs
from readhead.errors import EvaluationError, InputError, Problems, ProgramError, ReadheadError, UsageError
from readhead.language.python import from_python, to_python
from readhead.language.python.plain.facts import Facts
from readhead.program.nodes import (
    FULL,
    LENGTH,
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
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
from strategies import programs_with_inputs

EXAMPLES = Path(__file__).parents[3] / "examples"
AB = Vocabulary(("a", "b"))


def plain(program: Program) -> str:
    return to_python(program, style="plain")


def answered(program: Program, text: str, tokens: Any) -> bool:
    """Assert that a plain file and its program answer alike, types included; whether they have an answer."""
    run = vars(load(text))["run"]
    try:
        program.trace(tokens)
        expected = program.run(tokens)
    except (EvaluationError, InputError):
        with pytest.raises(Exception):  # noqa: B017, PT011 -- whatever Python raises there
            run(tokens)
        return False
    assert repr(expected) == repr(run(tokens)), tokens
    return True


def refused(program: Program, *said: str) -> None:
    with pytest.raises((ProgramError, Problems)) as error:
        plain(program)
    for text in (*said, 'style="exact" (readhead show --as python)'):
        assert text in str(error.value)
    assert from_python(to_python(program)) == program


def check_random(program: Program, inputs: list[Any]) -> tuple[bool, bool]:
    """Check one random program; whether it was accepted, and whether it is free of floats."""
    whole = all(float not in types for types in Facts(program).types.values())
    try:
        text = plain(program)
    except (ProgramError, Problems):
        return False, whole
    back = from_python(text)
    assert back == program, text
    assert list(back.variables) == list(program.variables)
    assert ast.dump(ast.parse(plain(back)).body[-1]) == ast.dump(ast.parse(text).body[-1])
    for tokens in inputs:
        answered(program, text, tokens)
    return True, whole


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs_with_inputs())
def test_random_programs(programs_and_inputs):
    accepted, _ = check_random(*programs_and_inputs)
    assert accepted in (True, False)


@pytest.mark.slow
def test_two_thousand_random_programs():
    """At least 60% of the random programs without floats have a plain form."""
    outcomes: list[tuple[bool, bool]] = []

    @settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs_with_inputs(max_steps=20))
    def check(programs_and_inputs: Any) -> None:
        outcomes.append(check_random(*programs_and_inputs))

    check()
    without_floats = [accepted for accepted, whole in outcomes if whole]
    assert sum(without_floats) > 0.6 * len(without_floats)


@pytest.mark.parametrize(
    "file", [*sorted(EXAMPLES.glob("*.rasp")), EXAMPLES / "hist.py"], ids=lambda p: p.name
)
def test_examples(file):
    program = rh.load(file)
    text = plain(program)
    assert from_python(text) == program
    assert black.format_str(text, mode=black.Mode(line_length=88)) == text
    found = [answered(program, text, list(content)) for content in ("", "0", "0110", "1012", "212")]
    assert any(found)


@pytest.mark.parametrize("name", all_programs())
def test_hand_made_programs(name):
    program = all_programs()[name]
    try:
        text = plain(program)
    except ReadheadError as error:
        assert "plain style" in str(error)
        return
    assert from_python(text) == program
    for tokens in ("", "a", "ab", "cab", "bcab"):
        answered(program, text, list(tokens))


def hist() -> Program:
    tokens = Tokens(name="tokens")
    count = SelectorWidth(Select(tokens, tokens, "=="), name="count")
    return Program(
        (Map("str", (count,), name="prediction"),),
        Vocabulary(tuple("012345"), begin="<s>"),
        max_length=7,
        description="hist: how often this symbol occurs\n\nLearned from examples.",
    )


HIST = '''"""hist: how often this symbol occurs"""

import sys

TOKENS = ("0", "1", "2", "3", "4", "5")


def program(tokens):
    count = [sum(key == query for key in tokens) for query in tokens]
    prediction = [str(c) for c in count]
    return prediction


def run(content):
    if len(content) > 7 or any(t not in TOKENS for t in content):
        raise ValueError(f"expected at most 7 tokens of {TOKENS}, not {content}")
    return program(["<s>", *content])[1:]


if __name__ == "__main__":
    print(*run(sys.argv[1] if len(sys.argv) == 2 else sys.argv[1:]))
'''


def test_hist_is_what_people_quote(tmp_path):
    assert plain(hist()) == HIST
    assert from_python(HIST) == hist()
    done = python(tmp_path, HIST, "0", "1", "0")
    assert (0, "2 1 2\n", "") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("arguments", [[], ["ab"], ["a"], ["a", "b"], ["ab", "b"], ["a b"], ['é"\\']])
def test_a_file_takes_its_arguments_as_readhead_run_does(tmp_path, arguments):
    """One argument is a text, of which each character is a token; an unknown token must not stand for all of it."""
    from readhead.cli.app import status

    same = SelectorWidth(Select(TOKENS, TOKENS, "=="), name="same")
    program = Program((same,), Vocabulary(("a", "b"), unknown="?"), max_length=5)
    text = plain(program)
    program.save(tmp_path / "program.json")
    done = python(tmp_path, text, *arguments)
    expected = program.run(arguments[0] if len(arguments) == 1 else arguments)
    assert (0, " ".join(map(str, expected)) + "\n", "") == (done.returncode, done.stdout, done.stderr)
    assert status(["run", str(tmp_path / "program.json"), *arguments]) == 0


def test_a_file_of_words_says_that_it_splits_no_text(tmp_path):
    text = plain(Program((LENGTH,), Vocabulary(("a", "b"), split="words", unknown="?")))
    done = python(tmp_path, text, "a b")
    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.endswith("ValueError: expected a list of words, not 'a b'\n")
    assert "2 2\n" == python(tmp_path, text, "a", "b").stdout


def test_a_file_that_was_written_before_a_text_was_split():
    old = HIST.replace("sys.argv[1] if len(sys.argv) == 2 else sys.argv[1:]", "sys.argv[1:]")
    assert old != HIST
    assert from_python(old) == hist()


@pytest.mark.parametrize(
    "tokens",
    [["0"] * 8, ["7"], [0], [["0"]], [None], "01x"],
    ids=["long", "unknown", "int", "list", "none", "text"],
)
def test_run_refuses_what_the_program_does_not_take(tokens):
    with pytest.raises(ValueError, match=r"^expected at most 7 tokens of \('0', .*\), not .*$"):
        vars(load(HIST))["run"](tokens)


def test_run_refuses_what_is_no_string_where_any_string_is_read():
    text = plain(Program((LENGTH,)))
    assert [2, 2] == vars(load(text))["run"](["a", "zebra"])
    with pytest.raises(ValueError, match=r"^expected strings, not \[1\]$"):
        vars(load(text))["run"]([1])


def test_run_refuses_an_empty_sequence_where_one_answer_is_asked_for():
    program = Program((LENGTH,), AB, kind="next_token", max_length=3)
    text = plain(program)
    assert from_python(text) == program
    assert vars(load(text))["run"]("ab") == 2
    with pytest.raises(ValueError, match=r"^expected at most 3 tokens of \('a', 'b'\), not $"):
        vars(load(text))["run"]("")


SETTINGS: dict[str, tuple[Vocabulary, list[list[str]]]] = {
    "markers": (Vocabulary(("a", "b"), begin="^", end="$"), [["a"], []]),
    "an end": (Vocabulary(("a", "b"), end="$"), [["a", "b"]]),
    "unknown": (Vocabulary(("a", "b"), unknown="?"), [["a", "zebra"]]),
    "lower": (Vocabulary(("a", "b"), lower=True), [["A", "b"]]),
    "digits": (Vocabulary(("a", "0"), fold_digits=True, unknown="?"), [["7", "a", "x"]]),
    "words": (Vocabulary(("a", "b"), split="words", unknown="?", lower=True, fold_digits=True), [["A", "x"]]),
    "one token": (Vocabulary(("a",)), [["a"]]),
    "many tokens": (Vocabulary(tuple(f"t{i}" for i in range(60))), [["t1", "t59"]]),
    "any": (Vocabulary(), [["a", "zebra"]]),
}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", ["token_labels", "sequence_label", "next_token"])
@pytest.mark.parametrize("what", SETTINGS)
def test_settings(what, kind, causal):
    vocabulary, contents = SETTINGS[what]
    width = SelectorWidth(Select(Tokens(), Tokens(), "=="), name="n")
    for outputs in ((width,), (Tokens(),), (Tokens(name="t"), width), (POSITIONS,)):
        for most in (None, 4):
            program = Program(outputs, vocabulary, causal, most, kind)
            text = plain(program)
            assert from_python(text) == program
            for content in contents:
                answered(program, text, content)


def test_a_text_is_not_split_into_words():
    vocabulary = Vocabulary(("a", "b"), split="words")
    with pytest.raises(ValueError, match=r"^expected a list of words, not 'a b'$"):
        vars(load(plain(Program((LENGTH,), vocabulary))))["run"]("a b")


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("reduce", ["mean", "sum", "max", "min", "pick"])
@pytest.mark.parametrize("default", [None, 0, "none"])
def test_aggregates(reduce, default, causal):
    one = Select(POSITIONS, Map("-", (POSITIONS, Constant(1))), "==")
    selectors = [one, And(one, Select(Tokens(), Constant("a"), "!=")), FULL, Closest(one, name="near")]
    selectors += [Select(POSITIONS, POSITIONS, "<", name="before"), Closest(Select(Tokens(), Tokens(), "=="))]
    for selector in selectors:
        for values in (POSITIONS, LENGTH):
            node = Aggregate(selector, values, reduce, default, name="x")
            program = Program((node,), AB, causal, 6)
            text = plain(program)
            assert from_python(text) == program
            for tokens in ("", "a", "ab", "abba"):
                answered(program, text, tokens)


@pytest.mark.parametrize("tie", ["earlier", "later"])
@pytest.mark.parametrize("own", ["last", "never", "any"])
@pytest.mark.parametrize("fallback", ["first", "own"])
def test_the_nearest_key(tie, own, fallback):
    same = Select(Tokens(), Tokens(), Relation([("a", "a"), ("b", "a"), ("a", "c")]), name="x_match")
    near = Closest(same, tie, own, fallback, name="x_focus")
    other = Aggregate(Closest(Select(Tokens(), Tokens(), "==")), POSITIONS, "pick", name="y")
    for causal in (False, True):
        program = Program(
            (Aggregate(near, POSITIONS, "pick", name="x"), other), Vocabulary(tuple("abc")), causal, 8
        )
        text = plain(program)
        assert from_python(text) == program
        for tokens in ("a", "ccc", "cabac", "bcbcaabc"):
            assert answered(program, text, tokens)


def test_names_that_mean_something_in_python():
    run = Tokens(name="run")
    keyed = SelectorWidth(Select(run, run, "==", name="key"), name="sum")
    program = Program((Map("+", (keyed, Constant(1, name="query")), name="tokens"),), AB, max_length=9)
    text = plain(program)
    assert 'NAMES = {"run_": "run", "key_": "key", "sum_": "sum", "query_": "query"}' in text
    assert from_python(text) == program
    assert answered(program, text, "abba")


@pytest.mark.parametrize("reduce", ["max", "mean", "pick"])
def test_a_variable_called_as_loops_are_that_read_nothing(reduce):
    """Found by trying names: ``[max(_) for _ in tokens]`` took the letter of a string."""
    values = Tokens(name="_") if reduce != "mean" else Map("+", (POSITIONS, POSITIONS), name="_")
    same = Select(Constant(1), Constant(1), "==")
    selector = Closest(same) if reduce == "pick" else same
    program = Program((Aggregate(selector, values, reduce, name="x"),), Vocabulary(("ab", "cd")))
    text = plain(program)
    assert 'NAMES = {"__": "_"}' in text
    assert from_python(text) == program
    assert answered(program, text, ["cd", "ab"])


def test_a_table_that_tells_both_zeros_apart_is_no_membership():
    program = Program((Map(Table([(("a",), 0.0), (("b",), -0.0)], 0.5), (TOKENS,), name="x"),), AB)
    text = plain(program)
    assert '{"a": 0.0, "b": -0.0}' in text
    assert from_python(text) == program
    assert answered(program, text, "ab")


def test_tokens_that_are_called_as_in_the_exact_style():
    program = Program((Tokens(name="sequence"),), AB)
    text = plain(program)
    assert "def program(sequence):" in text
    assert from_python(text) == program
    assert answered(program, text, "abba")


def test_selectors_called_after_their_head_have_no_statement():
    match = Select(Tokens(), Tokens(), Relation([("a", "b")]), name="head_match")
    program = Program((SelectorWidth(match, name="head"),), AB)
    text = plain(program)
    assert 'SELECTORS = ("_match", "_focus")' in text
    assert from_python(text) == program
    assert from_python(text.replace('"_match"', '"_where"')).names[match] == "head_where"


def table(entries: dict[Any, Any], default: Any = None, of: tuple[SOp, ...] = (TOKENS,)) -> Program:
    keys = {key if isinstance(key, tuple) else (key,): value for key, value in entries.items()}
    return Program(
        (Map(Table(keys.items(), default), of, name="x"),), Vocabulary(tuple("abcdef")), max_length=30
    )


TABLES = {
    "among": (table({"a": True, "b": True}, False), '[t in {"a", "b"} for t in tokens]'),
    "not among": (table({"a": False}, True), '[t not in {"a"} for t in tokens]'),
    "one answer": (table({"a": 1}, 0), '[1 if t in {"a"} else 0 for t in tokens]'),
    "a dictionary": (table({"a": 1, "b": 2}, 0), '[{"a": 1, "b": 2}.get(t, 0) for t in tokens]'),
    "no default": (table(dict.fromkeys("abcdef", -1)), '"f": -1}[t] for t in tokens]'),
    "two arguments": (
        table({("a", 1): 2, ("b", 2): 3}, 0, (TOKENS, POSITIONS)),
        '{("a", 1): 2, ("b", 2): 3}.get((t, p), 0)',
    ),
    "nothing": (table({}, 7), "[{}.get(t, 7) for t in tokens]"),
    "a function": (table({(i,): i % 3 for i in range(30)}, 0, (POSITIONS,)), "def x_of(positions):"),
    "a constant": (table({c: f"<{c}>" * 3 for c in "abcdef"}, "", (TOKENS,)), '    "b": "<b><b><b>",'),
}


@pytest.mark.parametrize("what", TABLES)
def test_tables(what):
    program, written = TABLES[what]
    text = plain(program)
    assert written in text
    assert from_python(text) == program
    for tokens in ("", "a", "fedcba", "abab"):
        answered(program, text, tokens)


def test_tables_whose_keys_python_takes_for_one_another_are_functions():
    mixed = Map(Table([((1,), "one"), ((2,), 2.5)], default=True), (LENGTH,), name="mixed")
    typed = Map(Table([((True,), "yes"), ((2.5,), "half")], default="other"), (mixed,), name="typed")
    program = Program((typed,), AB, max_length=6)
    text = plain(program)
    assert "type(mixed) is float" in text
    assert from_python(text) == program
    assert all(answered(program, text, tokens) for tokens in ("a", "ab", "abb"))


def test_a_predicate_that_names_both_zeros_is_a_function():
    zero = Map("*", (POSITIONS, Constant(0.0)), name="zero")
    pairs = Relation([(0.0, -0.0), (0.5, 0.0)])
    program = Program((SelectorWidth(Select(zero, zero, pairs), name="x"),), AB, max_length=4)
    text = plain(program)
    assert "def match_select_1(query, key):" in text
    assert from_python(text) == program
    assert answered(program, text, "abba")


def test_read_outs():
    first = CategoricalScores(TOKENS, [("a", (3, -2)), ("b", (0, 7))])
    second = NumericScores(LENGTH, (1, -1))
    for inputs in ((), (first,), (second,), (first, second), (second, first, first)):
        for pooled in (False, True):
            for kind in ("token_labels", "sequence_label"):
                node = Classify(("x", "y"), inputs, pooled, name="label")
                program = Program((node,), LETTERS if pooled else AB, max_length=9, kind=kind)
                text = plain(program)
                assert from_python(text) == program
                for tokens in ("", "a", "ab", "bbaab"):
                    answered(program, text, tokens)


def test_a_pooled_read_out_answers_without_tokens():
    node = Classify(("x", "y"), (CategoricalScores(TOKENS, [("a", (0, 1))]),), True)
    program = Program((node,), AB, kind="sequence_label")
    assert from_python(plain(program)) == program
    assert answered(program, plain(program), "")


def test_many_inputs_stand_on_a_line_each():
    heads = [Map("==", (TOKENS, Constant(c)), name=f"the_head_of_the_letter_{c}") for c in "abcdef"]
    inputs = [CategoricalScores(h, [(True, (i, 1)), (False, (0, 2))]) for i, h in enumerate(heads)]
    program = Program((Classify(("x", "y"), tuple(inputs), name="label"),), Vocabulary(tuple("abcdef")))
    text = plain(program)
    assert "            map(THE_HEAD_OF_THE_LETTER_A_SCORES.get, the_head_of_the_letter_a),\n" in text
    assert from_python(text) == program
    assert answered(program, text, "abcdefa")


BIG = Constant(2**62, name="big")

REFUSED: dict[str, tuple[SOp, str]] = {
    "int64": (Map("*", (POSITIONS, BIG), name="x"), "it may leave 64 bits"),
    "int64, tried": (
        Map("+", (BIG, BIG), name="x"),
        "Python says 9223372036854775808, and '+' has no answer",
    ),
    "int64 of a sum": (Aggregate(FULL, BIG, "sum", name="x"), "it may leave 64 bits"),
    "a repeated string": (Map("*", (Tokens(), POSITIONS), name="x"), "Python repeats a string"),
    "a formatted string": (Map("%", (Tokens(), POSITIONS), name="x"), "Python formats a string"),
    "a power": (Map("^", (POSITIONS, POSITIONS), name="x"), "powers may leave 64 bits"),
    "a spelt number": (Map("int", (Tokens(),), name="x"), "of a string may leave 64 bits"),
    "a sum of floats": (
        Aggregate(FULL, Map("/", (POSITIONS, Constant(3))), "mean", name="x"),
        "Python's sum of floats is not the exact one",
    ),
    "a sum of booleans": (
        Aggregate(FULL, Map("==", (Tokens(), Constant("a"))), "sum", name="x"),
        "it may add up booleans",
    ),
    "an order": (
        SelectorWidth(Select(Map("if", (LENGTH, Tokens(), POSITIONS)), Constant(1), "<", name="x")),
        "it may order strings and numbers",
    ),
    "a number that is none": (
        Classify(("a",), (NumericScores(Map("/", (POSITIONS, Constant(2)), name="half"), (1,)),), name="x"),
        "'half' may be no integer",
    ),
    "rows of equal values": (
        Classify(("a",), (CategoricalScores(LENGTH, [(1, (1,)), (True, (2,))]),), name="x"),
        "equal in Python",
    ),
    "scores": (Classify(("a",), (NumericScores(BIG, (3,)),), name="x"), "it may leave 64 bits"),
    "infinity": (
        Map("*", (Map("/", (POSITIONS, Constant(2))), Constant(1e307)), name="x"),
        "infinity in Python",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    node, why = REFUSED[what]
    refused(Program((node,)), "'x' has no exact form in the plain style", why)


def test_all_refused_variables_are_told_at_once():
    nodes = [Map(sign, (Tokens(), POSITIONS), name=name) for sign, name in (("*", "x"), ("%", "y"))]
    refused(Program(tuple(nodes)), "2 variables cannot be written in the plain style", "'x'", "'y'")


def test_another_style():
    with pytest.raises(UsageError, match="there is no style 'short' of Python"):
        to_python(hist(), style="short")  # type: ignore[arg-type]  # on purpose


def test_the_description_is_one_line():
    program = Program((LENGTH,), description='A """quoted""" ' + "very " * 40 + "long one")
    text = plain(program)
    assert text.splitlines()[0].startswith('"""A ')
    assert len(text.splitlines()[0]) <= 95
    assert from_python(text) == program


def test_the_command_line_shows_and_runs_it(tmp_path, capsys):
    from readhead.cli.app import status

    assert status(["show", str(EXAMPLES / "hist.json"), "--as", "plain"]) == 0
    text = capsys.readouterr().out
    assert from_python(text) == rh.load(EXAMPLES / "hist.json")
    path = tmp_path / "program.py"
    path.write_text(text)
    assert status(["run", str(path), "0", "1", "0"]) == 0
    assert capsys.readouterr().out.split() == ["2", "1", "2"]
