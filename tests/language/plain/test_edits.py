"""A plain file that a person edited: what is read as the edited program, and what is refused, with line and caret."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from language.plain.test_plain import AB, HIST, answered, hist, plain
from language.python.programs import POSITIONS, TOKENS
from readhead.errors import DataError, Problems, ProgramError, ReadheadError, Span
from readhead.language.python import from_python, to_python
from readhead.program.nodes import (
    LENGTH,
    Aggregate,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Map,
    NumericScores,
    Relation,
    Select,
    SelectorWidth,
    Table,
)
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary


def several() -> Program:
    """A program with a table, a predicate, a nearest key, an aggregate and a read-out; causal."""
    match = Select(TOKENS, TOKENS, Relation([("a", "b"), ("b", "a")]), name="match")
    near = Aggregate(Closest(match), TOKENS, "pick", name="near")
    kind = Map(Table([(("a",), 1), (("b",), 2)], 0), (near,), name="kind")
    before = Select(POSITIONS, POSITIONS, "<", name="before")
    most = Aggregate(before, kind, "max", default=0, name="most")
    mean = Aggregate(before, kind, "mean", default=0, name="average")
    later = Map(">", (mean, Constant(1)), name="later")
    scores = (
        CategoricalScores(later, [(True, (3, 0))]),
        NumericScores(most, (-1, 2)),
    )
    label = Classify(("x", "y"), scores, name="label")
    return Program((label, SelectorWidth(match, name="width")), AB, causal=True, max_length=8)


SEVERAL = plain(several())


def edited(*changes: tuple[str, str], text: str = SEVERAL) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_the_file_reads_back():
    assert from_python(SEVERAL) == several()
    assert all(answered(several(), SEVERAL, tokens) for tokens in ("a", "ba", "abba"))


EDITS = {
    "an entry": ('{"a": 1, "b": 2}', '{"a": 1, "b": 5}'),
    "a default": ('"b": 2}.get(n, 0)', '"b": 2}.get(n, 9)'),
    "a key of a predicate": ('{"a": "b", "b": "a"}', '{"a": "b", "b": "b"}'),
    "a comparison": ("k < q", "k <= q"),
    "a shift": ("k < q", "k < q - 1"),
    "a comparison the other way round": ("k < q", "q >= k"),
    "two conditions": ("k < q", "k < q and k > 0 or not k == q"),
    "an operator": ("a > 1", "a * 2 >= 1"),
    "a label": ('("x", "y")', '("x", "z")'),
    "a score": ("True: (3, 0)", "True: (3, 50)"),
    "a coefficient": ("(-1, 2)", "(-1, 4)"),
    "the longest content": ("> 8", "> 5"),
    "a token": ('TOKENS = ("a", "b")', 'TOKENS = ("a", "b", "c")'),
    "a marker": ("program(list(content))[0]", 'program(["^", *content])[0][1:]'),
    "an output": ("return label, width", "return kind, width"),
    "a condition for an operator": ("a > 1 for", "a > 1 and not a == 2 for"),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_file_is_the_edited_program(what):
    """The edited file, executed, says what the program says that it is read as."""
    text = edited(EDITS[what])
    program = from_python(text)
    assert program != several()
    found = [answered(program, text, tokens) for tokens in ("", "a", "ba", "abba", "babab")]
    assert any(found)
    assert from_python(plain(program)) == program
    assert from_python(to_python(program)) == program


def test_another_kind_of_output():
    text = edited(
        ("program(list(content))[0]", "program(list(content))[0][-1]"),
        ("len(content) > 8", "not 1 <= len(content) <= 8"),
    )
    assert from_python(text) == replace(several(), kind="next_token")
    assert answered(from_python(text), text, "abba")


def test_a_statement_is_removed():
    text = edited(
        ("return label, width", "return label"), ("program(list(content))[0]", "program(list(content))")
    )
    assert set(several().variables) - set(from_python(text).variables) == {"width"}


def test_a_file_without_a_main_part_and_with_comments_and_a_docstring():
    text = HIST[: HIST.index("\n\nif __name__")].replace(
        "    count =", '    "what it does"\n    # counts\n    count ='
    )
    assert from_python(text.replace("run(content):", 'run(content):\n    """The answers."""')) == hist()


def test_the_words_of_an_error_may_change():
    assert from_python(HIST.replace('f"expected', 'f"only')) == hist()


WRONG: dict[str, tuple[tuple[str, str], str, str]] = {
    "a name that is not there": (("for k in tokens", "for k in tokns"), "no variable 'tokns' above", "tokens"),
    "no value of the loop": (("a > 1 for a", "b > 1 for a"), "'b' is no value of this loop", "a"),
    "a call": (("a > 1 for", "abs(a, 2) for"), "a value cannot call abs so", "abs"),
    "a loop that filters": (("a > 1 for a in average", "a > 1 for a in average if a"), "a value at every position", "if"),
    "two loops": (("for a in average", "for a in average for b in tokens"), "has one loop", "zip"),
    "assigned twice": (("    kind =", "    near ="), "near is assigned twice", "own name"),
    "no statement": (("    kind =", "    print(1)\n    kind ="), "one statement for each variable", "for ... in"),
    "a return that returns nothing": (("    return label, width\n", ""), "returns nothing", "return OUTPUT"),
    "a selector is returned": (("return label, width", "return label, match"), "match is a selector", "with values"),
    "a selector in place of values": (("for n in near", "for n in match"), "'n' is no value of this loop", "n"),
    "a chain of comparisons": (("a > 1 for", "0 < a < 1 for"), "this is no value of a variable", "operators"),
    "no dictionary": (('{"a": 1, "b": 2}.get(n, 0)', "TOKENS.get(n, 0)"), "TOKENS is no dictionary", '{"a": 1'),
    "a key twice": (('{"a": 1, "b": 2}', '{"a": 1, "a": 2}'), "twice", ""),
    "keys of another type": (
        ("a > 1 for", "{1: 1}.get(a, 0) for"),
        "1 is looked up among values that may be float or int",
        "of the type",
    ),
    "a query twice": (('{"a": "b", "b": "a"}', '{"a": "b", "a": "a"}'), "'a' has two rows", "one row"),
    "later keys in one place": (("tokens[: i + 1]", "tokens"), "see the keys behind the query, and others do not", "x[: i + 1]"),
    "a division inside": (("a > 1 for", "1 / a > 1 for"), "may have no value", "statement of its own"),
    "overflow": (
        ('"b": 2}.get(n, 0)', '"b": 4611686018427387904}.get(n, 0)'),
        "has no exact form in the plain style",
        "exact",
    ),
    "next of several": (
        ("mean([v for s, v in zip(row, kind) if s], 0)", "next((v for s, v in zip(row, kind) if s), 0)"),
        "next takes the first of what may be several",
        "pick",
    ),
    "a helper": (("return sum(values) / len(values)", "return sum(values) / 2"), "the helper mean is not the one", "leave it"),
    "another closest": (("min(keys, key=", "max(keys, key="), "closest is not a helper of Readhead", "leave it"),
    "run": (("> 8 or", "> 8 and"), "run is not the one that this program needs", "def run(content):"),
    "a run that prints": (("    return program(", "    print(1)\n    return program("), "run is not the one", "def run"),
    "an import": (("import sys", "import os"), "has no place in a program's file", "run(content)"),
    "a class": (("import sys", "class X: pass"), "has no place in a program's file", "never runs"),
    "a constant twice": (("TOKENS = ", 'TOKENS = ("a",)\nTOKENS = '), "TOKENS is defined twice", ""),
    "tokens that are no tuple": (('("a", "b")\n', '"ab"\n'), "TOKENS is no tuple of strings", '("a", "b")'),
    "a token that is no string": (('TOKENS = ("a", "b")', 'TOKENS = ("a", 1)'), "a token is 1", "a string"),
    "labels": (('best(LABEL_LABELS', "best(3"), "the labels are no tuple", '("a", "b")'),
    "a row of scores": (("True: (3, 0)", "True: (3, 0.5)"), "a score is 0.5", "an integer"),
    "a short row of scores": (("True: (3, 0)", "True: (3,)"), "2 labels, but a row of 1 scores", ""),
    "another parameter": (("def program(tokens):", "def program(tokens, x):"), "program has other parameters", "tokens"),
    "a builtin": (("    kind =", "    len ="), "len has a meaning of its own here", "len_"),
    "a reserved name": (("    kind =", "    best ="), "best has a meaning of its own here", "best_"),
    "NAMES": (("import sys\n", "import sys\n\nNAMES = 3\n"), "NAMES is no dictionary", "sum_"),
    "a name twice": (('import sys\n', 'import sys\n\nNAMES = {"a": "x", "b": "x"}\n'), "cannot name a variable", ""),
    "SELECTORS": (("import sys\n", 'import sys\n\nSELECTORS = ("a",)\n'), "SELECTORS is no pair of endings", "_match"),
    "CAUSAL": (("import sys\n", "import sys\n\nCAUSAL = False\n"), "the selectors say otherwise", "True"),
    "CAUSAL is no bool": (("import sys\n", "import sys\n\nCAUSAL = 2\n"), "CAUSAL is 2", "True or False"),
    "nothing is computed": (("a > 1 for", "a for"), "this statement computes nothing", "the variable itself"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_refused_says_where_and_what_instead(what):
    change, said, instead = WRONG[what]
    with pytest.raises((ProgramError, Problems, DataError)) as error:
        from_python(edited(change), "edited.py")
    assert said in str(error.value)
    assert instead in str(error.value)
    assert "edited.py" in str(error.value)


def test_an_error_has_a_line_and_a_caret():
    text = edited(("a > 1 for", "b > 1 for"))
    with pytest.raises(ProgramError) as error:
        from_python(text, "edited.py")
    where = error.value.where
    line = next(i for i, line in enumerate(text.split("\n"), start=1) if "b > 1 for" in line)
    assert isinstance(where, Span)
    assert (line, text.split("\n")[line - 1].index("b > 1") + 1) == (where.line, where.column)
    assert "^" in str(error.value)


def test_all_problems_are_told_at_once():
    text = edited(("a > 1 for", "b > 1 for"), ("sum(row) for row in match", "sum(rows) for row in match"))
    with pytest.raises(Problems) as error:
        from_python(text)
    assert "2 problems" in str(error.value)


def test_a_missing_helper():
    text = SEVERAL[: SEVERAL.index("# The mean")] + SEVERAL[SEVERAL.index("# The label") :]
    with pytest.raises(ProgramError, match="the helper mean is missing"):
        from_python(text)


def test_a_missing_run():
    text = SEVERAL[: SEVERAL.index("def run(")] + SEVERAL[SEVERAL.index("if __name__") :]
    with pytest.raises(ProgramError, match=r"there is no function run\(content\)"):
        from_python(text)


def test_python_stops_at_the_first_key_but_a_program_does_not():
    text = plain(Program((Aggregate(Select(POSITIONS, LENGTH, "=="), TOKENS, "pick", "?", name="x"),), AB))
    assert "next((" in text
    assert answered(from_python(text), text, "ab")


def test_values_that_are_not_boolean_are_joined_with_bool():
    text = plain(Program((Map("and", (LENGTH, POSITIONS), name="x"),), AB))
    assert "bool(s and p)" in text
    with pytest.raises(ProgramError, match="'and' of values that are not all True or False"):
        from_python(text.replace("bool(s and p)", "s and p"))


def test_no_text_crashes_the_reader():
    """Whatever is deleted, doubled or exchanged: a program, or an error of Readhead's own."""
    rng = random.Random(3)
    pieces = SEVERAL.split(" ")
    outcomes = set()
    for _ in range(400):
        changed = list(pieces)
        i, j = rng.randrange(len(pieces)), rng.randrange(len(pieces))
        match rng.randrange(3):
            case 0:
                del changed[i]
            case 1:
                changed[i] = changed[j]
            case _:
                changed[i], changed[j] = changed[j], changed[i]
        try:
            from_python(" ".join(changed))
            outcomes.add("read")
        except ReadheadError as error:
            outcomes.add("refused")
            assert str(error)
    assert outcomes == {"read", "refused"}


def test_vocabularies_that_do_not_fit():
    text = plain(Program((LENGTH,), Vocabulary(("a", "b"), begin="<s>")))
    with pytest.raises(ProgramError, match="the vocabulary has 'a' twice"):
        from_python(text.replace('"<s>"', '"a"'))


SHADOWING = {
    "a builtin as a loop's name": "[str(str) for str in y]",
    "a helper as a loop's name": "[run + 1 for run in y]",
    "a variable hidden by a loop": "[y[closest(i, [k == y for k in tokens])] for i, y in enumerate(tokens)]",
}


@pytest.mark.parametrize("what", SHADOWING)
def test_a_loop_that_hides_what_it_reads_is_refused(what):
    near = Closest(Select(TOKENS, TOKENS, "=="))
    width = SelectorWidth(Select(TOKENS, TOKENS, "=="), name="y")
    text = plain(Program((Aggregate(near, width, "pick", name="x"),), AB))
    start = text.index("    return ")
    end = text.index("\n", start)
    changed = f"{text[:start]}    x = {SHADOWING[what]}\n    return x{text[end:]}"
    with pytest.raises(ReadheadError) as error:
        from_python(changed)
    assert "program" in str(error.value)
    assert "x = [" in str(error.value)


@pytest.mark.parametrize("name", ["len", "_", "run"])
def test_tokens_that_are_called_like_something_else_are_refused(name):
    text = plain(Program((SelectorWidth(Select(TOKENS, TOKENS, "=="), name="y"),), AB))
    with pytest.raises(ReadheadError, match=f"{name} has a meaning of its own here"):
        from_python(text.replace("tokens", name))


UNREAD = {
    "what program returns": ("def program(tokens):", "def program(tokens) -> print(1):"),
    "what an error shows": ("not {content}", "not {open(content)}"),
    "how an error shows it": ("not {content}", "not {content:{open(content)}}"),
    "a most tokens": ("> 8", f"> {10**4000}"),
    "a most tokens outside 64 bits": ("> 8", f"> {2**63}"),
}


@pytest.mark.parametrize("what", UNREAD)
def test_nothing_in_a_file_goes_unread(what):
    with pytest.raises(
        ReadheadError, match=r"other parameters|not the one that this program needs|outside int64"
    ):
        from_python(edited(UNREAD[what]))
