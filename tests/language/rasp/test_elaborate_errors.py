"""Every error of elaboration: what it says, where it points, and what it says to write instead."""

from __future__ import annotations

import pytest

from language.rasp.running import execute, value
from readhead.errors import EvaluationError, ProgramError, Span
from readhead.language.rasp import syntax
from readhead.language.rasp.base import RESERVED
from readhead.language.rasp.limits import LimitError
from readhead.language.rasp.session import Session

# Each: the text (one line), the words that the error points at, its first sentence, and what else it says.
NAMES = [
    ("a = cuont(tokens, 1);", "cuont", "unknown name 'cuont'", "did you mean 'count'"),
    ("a = zzzzzz;", "zzzzzz", "unknown name 'zzzzzz'", "define it above, or write a string in quotes"),
    ("my_length = 1; a = my_lenght;", "my_lenght", "unknown name 'my_lenght'", "did you mean 'my_length'"),
    ("indices = 1;", "indices", "'indices' is a name of the language, and cannot be assigned", "my_indices"),
    ("out = 1;", "out", "'out' is a name of the language, and cannot be assigned", "my_out"),
    (
        "def select(x) { return x; }",
        "select",
        "'select' is a name of the language, and cannot be assigned",
        "",
    ),
    ("for True in [1] { a = 1; }", "True", "'True' is a name of the language, and cannot be assigned", ""),
    ("a = [len for len in [1]];", "len", "'len' is a name of the language, and cannot be assigned", ""),
    (
        "def f(length) { return 1; }",
        "length",
        "'length' is a name of the language, and cannot be a parameter",
        "",
    ),
    ("def f(x, x) { return 1; }", "x)", "f has the parameter 'x' twice", ""),
]
ARGUMENTS = [
    ("a = select(full_s, 1, ==);", "full_s", "select needs two s-ops (or plain values) and a comparison: as keys it needs an s-op, got the selector 'full_s'", ""),
    ("a = select(1, [2], ==);", "[2]", "as queries it needs an s-op, got a list", ""),
    ("a = select(count, 1, ==);", "count", "got the function 'count'", "call it: count(seq, atom)"),
    ("a = select(1, 1, 1);", "1);", "select needs a comparison as its third argument, got the number 1", "== != < <= > >="),
    ("a = select(1, 1);", "select(1, 1)", "select takes 3 arguments, got 2", "select(keys, queries, ==)"),
    ("a = select(1, 1, [[1, 2, 3]]);", "[[1, 2, 3]]", "a pair of a relation has 3 items", "[[key, query], ...]"),
    ("a = select(1, 1, [1]);", "[1]", "a pair of a relation is the number 1", "it is a list"),
    ("a = select(1, 1, [[1, indices]]);", "[[1, indices]]", "an item of a relation is the s-op 'indices'", "a string, a number or a boolean"),
    ("a = aggregate(indices, 1);", "indices", "aggregate needs a selector as its first argument, got the s-op 'indices'", "select(keys, queries, ==)"),
    ("a = aggregate(indices, full_s);", "aggregate(indices, full_s)", "aggregate has its arguments the wrong way round", "aggregate(selector, s_op)"),
    ("a = aggregate(full_s, full_s);", "full_s)", "aggregate needs an s-op as its second argument, got the selector 'full_s'", ""),
    ("a = aggregate(full_s, tokens, indices);", "indices", "the default of aggregate is the s-op 'indices'", "no_default"),
    ("a = aggregate_sum(full_s, tokens, [0]);", "[0]", "the default of aggregate_sum is a list", ""),
    ("a = aggregate(full_s);", "aggregate(full_s)", "aggregate takes 2 or 3 arguments, got 1", "aggregate(selector, s_op) or aggregate(selector, s_op, default)"),
    ("a = selector_width(tokens);", "tokens", "selector_width needs a selector, got the s-op 'tokens'", ""),
    ("a = round(full_s);", "full_s", "round needs s-ops or plain values, got the selector 'full_s'", ""),
    ("a = round(1, 2);", "round(1, 2)", "round takes 1 argument, got 2", "round(x)"),
    ('a = round("a");', 'round("a")', "'round' needs numbers, got the string 'a'", "int(...)"),
    ("a = indicator(full_s);", "full_s", "indicator needs s-ops or plain values, got the selector 'full_s'", ""),
    ("a = indicator([1]);", "[1]", "indicator needs s-ops or plain values, got a list", ""),
    ('a = int("x");', 'int("x")', "int('x') has no answer", "does not spell a number"),
    ("a = range(1.5);", "1.5", "range needs whole numbers, got the number 1.5", ""),
    ("a = range(1, 2, 0);", "0)", "range has the step 0", "never end"),
    ("a = range();", "range()", "range takes 1 to 3 arguments, got 0", ""),
    ("a = len(tokens);", "tokens", "len needs a list, a string or a dictionary, got the s-op 'tokens'", "length is the number of positions"),
    ("a = len(3);", "3", "len needs a list, a string or a dictionary, got the number 3", ""),
    ("a = zip([1], 2);", "2", "zip needs lists, got the number 2", ""),
    ("a = constant([1]);", "[1]", "constant needs a plain value, got a list", ""),
    ("a = table(1, [tokens]);", "1,", "the rows of a table is the number 1", "table(rows, arguments)"),
    ("a = table([[1]], [tokens]);", "[[1]]", "a row of 1 items in a table of 1 argument(s)", "a key for each argument"),
    ("a = table([], []);", "[])", "a table needs at least one argument", ""),
    ("a = table([], [full_s]);", "[full_s]", "table needs s-ops as its arguments, got the selector 'full_s'", ""),
    ("a = table([[1, 2], [1, 3]], [tokens]);", "table", "a table gives the key (1,) twice", ""),
    ("a = table([[1, full_s]], [tokens]);", "[[1, full_s]]", "an item of a table is the selector 'full_s'", ""),
    ("a = table([], [tokens], tokens);", "tokens)", "the default of a table is the s-op 'tokens'", ""),
    ("a = closest(1);", "1", "closest needs a selector, got the number 1", ""),
    ("a = closest(full_s, 1, 2, 3);", "1", "closest needs a string here, got the number 1", "tie, own, fallback"),
    ('a = closest(full_s, "later");', "closest", "closest takes 1 or 4 arguments, got 2", ""),
    ('a = closest(full_s, "latter", "any", "own");', "closest", "Closest has no tie rule 'latter'", "did you mean 'later'"),
    ("a = classify([1], []);", "[1]", "a label is the number 1", "labels are strings"),
    ('a = classify(["x"], [1]);', "[1]", "an input of classify is the number 1", ""),
    ('a = classify(["x"], [[1]]);', "[[1]]", "an input of classify has 1 items", "[s-op, rows]"),
    ('a = classify(["x"], [[full_s, []]]);', "[[full", "an input of classify needs an s-op, got the selector 'full_s'", ""),
    ('a = classify(["x"], [[tokens, [[1]]]]);', "[[tokens", "a row of an input of classify has 1 items", "[value, [scores]]"),
    ('a = classify(["x"], [[tokens, [[1, [0.5]]]]]);', "[[tokens", "a score is the number 0.5", "whole numbers"),
    ('a = classify(["x"], [[tokens, [[1, [5, 6]]]]]);', "classify", "1 labels, but a row of 2 scores", ""),
    ('a = classify(["x"], [], 1);', "1)", "whether classify is pooled is the number 1", "True or False"),
    ("a = classify([], []);", "classify", "a read-out needs at least one label", ""),
    ("def f(x, y) { return x; } a = f(1);", "f(1)", "f takes 2 arguments, got 1", "f(x, y)"),
    ("def f() { return 1; } a = f(1);", "f(1)", "f takes no arguments, got 1", "f()"),
    ("a = draw(indices);", "draw(indices)", "draw has no value", "draw(s-op, input);"),
    ("a = settings({});", "settings({})", "settings has no value", "a statement of its own"),
    ("draw(1);", "1", "draw needs an s-op or a selector, got the number 1", ""),
    ("draw(indices, [[1]]);", "[[1]]", "a token of the input is a list", "plain values"),
    ("draw();", "draw()", "draw takes 1 or 2 arguments, got 0", "draw(s_op)"),
    ("draw(indices, 3);", "3", "the input is a string or a list of plain values, got the number 3", ""),
]  # fmt: skip
OPERATORS = [
    ("a = full_s + 1;", "full_s + 1", "'+' needs s-ops or plain values, got the selector 'full_s'", "and, or, not"),
    ("a = full_s and tokens;", "tokens", "'and' of a selector and the s-op 'tokens'", "make it a selector"),
    ("a = 1 or full_s;", "1", "'or' of a selector and the number 1", "two selectors combine"),
    ("a = -full_s;", "full_s", "'-' needs an s-op or a number, got the selector 'full_s'", "not, for a selector"),
    ("a = -[1];", "[1]", "'-' needs an s-op or a plain value, got a list", ""),
    ("a = +full_s;", "full_s", "'+' needs an s-op or a number, got the selector 'full_s'", ""),
    ('a = +"x";', '"x"', "'+' needs an s-op or a number, got the string 'x'", ""),
    ("a = +tokens_str;", "tokens_str", "'+' of strings", "it needs numbers"),
    ("a = not [1];", "[1]", "'not' needs an s-op or a plain value, got a list", ""),
    ("a = [1] + 1;", "[1]", "'+' needs s-ops or plain values, got a list", "only lists are joined to lists"),
    ("a = [1] == [1];", "[1]", "'==' needs s-ops or plain values, got a list", ""),
    ("a = count + 1;", "count", "'+' needs s-ops or plain values, got the function 'count'", ""),
    ('a = 1 + "x";', '1 + "x"', "'+' needs two numbers or two strings, got 1 and 'x'", "str(...)"),
    ('a = tokens_str * 2;', "tokens_str * 2", "'*' of strings and ints", "tokens_int"),
    ("a = 1 / 0;", "1 / 0", "division by zero: 1 / 0", "guard it"),
    ("a = 2 ^ 100000;", "2 ^ 100000", "2 ^ 100000 overflows", ""),
    ("a = 2 ^ 62 * 4;", "2 ^ 62 * 4", "4611686018427387904 * 4 overflows", "64-bit"),
    ('a = 1 < "x";', '1 < "x"', "'<' cannot order 1 and 'x'", "no order"),
    ('a = indices < "x";', 'indices < "x"', "'<' of ints and strings", "no order"),
    ('a = select(indices, "x", <);', "select", "select with '<' compares keys that are ints with queries that are strings", ""),
    ("a = 1 if full_s else 2;", "full_s", "the condition of an if-else is the selector 'full_s'", "and, or, not"),
    ("a = 1 if [1] else 2;", "[1]", "the condition of an if-else is a list", "true or false"),
    ("a = full_s if tokens else 2;", "full_s", "an if-else on an s-op chooses between s-ops or plain values, got the selector 'full_s'", "(a and c) or"),
    ("a = 1 if tokens else [2];", "[2]", "an if-else on an s-op chooses between s-ops or plain values, got a list", ""),
    ("a = 1 in 2;", "2", "'in' looks into a list, a string, a dictionary or an s-op, got the number 2", ""),
    ("a = 1 in full_s;", "full_s", "'in' looks into a list, a string, a dictionary or an s-op, got the selector 'full_s'", "selector_width"),
    ("a = full_s in [1];", "full_s", "'in' looks for an s-op or a plain value, got the selector 'full_s'", ""),
    ('a = 1 in "abc";', "1", "'in' looks for a string in a string, got the number 1", ""),
    ("a = indices in tokens;", "indices", "'in' looks for a plain value in an s-op, got the s-op 'indices'", "has_focus"),
    ("a = [1] in tokens;", "[1]", "'in' looks for a plain value in an s-op, got a list", ""),
    ("a = tokens in [full_s];", "[full_s]", "'==' needs s-ops or plain values, got the selector 'full_s'", ""),
]  # fmt: skip
ITEMS = [
    ("a = [1, 2][2];", "2];", "index 2 is out of range: the list has 2 items", ""),
    ('a = "ab"[-3];', "-3", "index -3 is out of range: the string has 2 items", ""),
    ("a = [1, 2][True];", "True", "the index of a list or a string is a whole number, got the boolean True", ""),
    ('a = [1]["x"];', '"x"', "the index of a list or a string is a whole number, got the string 'x'", ""),
    ('a = {"a": 1}["b"];', '"b"', "the dictionary has no key 'b'", "its keys: 'a'"),
    ("a = {}[1];", "1", "the dictionary has no key 1", "its keys: none"),
    ("a = {x: x for x in range(20)}[20];", "20]", "the dictionary has no key 20", "7, ..."),
    ("a = {1: 2}[[1]];", "[1]", "a dictionary's key is a plain value, got a list", ""),
    ("a = {[1]: 2};", "[1]", "a dictionary's key is a list", "strings, numbers and booleans"),
    ("a = tokens[tokens];", "tokens]", "the index of an s-op is a whole number, got the s-op 'tokens'", "load_from_location"),
    ("a = tokens[99999999999999999999];", "tokens[9", "", "64-bit"),
    ("a = 5[0];", "5[0]", "the number 5 has no items", "lists, strings, dictionaries"),
    ("a = full_s[0];", "full_s[0]", "the selector 'full_s' has no items", ""),
    ("a = [1, full_s][indices];", "[1, full_s]", "an s-op indexes plain values, but the one at 1 is the selector 'full_s'", "if tokens == key"),
    ("a, b = 1;", "1", "2 names (a, b) take a list, got the number 1", ""),
    ('a, b = "xyz";', '"xyz"', "2 names (a, b) for 3 values", ""),
    ("a, b = {1: 2};", "{1", "2 names (a, b) for 1 values", ""),
    ("a = {[x]: 1 for x in [1]};", "[x]", "a dictionary's key is a list", "strings, numbers and booleans"),
    ("a = {x: 1 for x, y in [1]};", "[1]", "2 names (x, y) take a list, got the number 1", ""),
    ("a = {x: 1 for x in 3};", "3", "a loop goes over a list, a string or a dictionary, got the number 3", "range(n)"),
    ("a, b = [1, 2, 3];", "[1, 2, 3]", "2 names (a, b) for 3 values", ""),
    ("a, b = 1, 2, 3;", "a, b", "2 names (a, b) for 3 values", ""),
    ("for a, b in [[1, 2], [3]] { c = a; }", "[[1, 2], [3]]", "2 names (a, b) for 1 values", ""),
    ("c = [a for a, b in [1]];", "[1]", "2 names (a, b) take a list, got the number 1", ""),
    ("for a in 3 { b = a; }", "3", "a loop goes over a list, a string or a dictionary, got the number 3", "range(n)"),
    ("a = [x for x in tokens];", "tokens", "a loop goes over a list, a string or a dictionary, got the s-op 'tokens'", ""),
]  # fmt: skip
CALLS = [
    ("a = 3(4);", "3", "the number 3 cannot be called", "functions are called"),
    ('a = indices("a", "b");', "indices(", "the s-op 'indices' is applied to one input, got 2", "one string or one list"),
    ("a = indices(3);", "3", "the input is a string or a list of plain values, got the number 3", ""),
    ("a = full_s(tokens);", "tokens", "the input is a string or a list of plain values, got the s-op 'tokens'", ""),
    ("a = indices([[1]]);", "[[1]]", "a token of the input is a list", "plain values"),
    ("a = indices(range(20000));", "range", "the input has 20,000 tokens, more than 10,000", ""),
    ('a = indices("ab") + 1;', 'indices("ab")', "'+' needs s-ops or plain values, got the result of applying the s-op 'indices'", ""),
]  # fmt: skip
SETTINGS = [
    ("settings(1);", "1", "settings needs a dictionary, got the number 1", '{"causal": True}'),
    ("settings();", "settings()", "settings takes 1 argument, a dictionary", ""),
    ('settings({"casual": True});', '{"casual"', "settings have no 'casual'", "did you mean 'causal'"),
    ("settings({1: True});", "{1", "settings have no 1", "known: 'causal'"),
    ('settings({"causal": 1});', "{", "in settings, causal is the number 1", "True or False"),
    ('settings({"max_length": -1});', "{", "in settings, max_length is the number -1", "0 or more"),
    ('settings({"max_length": True});', "{", "in settings, max_length is the boolean True", ""),
    ('settings({"kind": "x"});', "{", "in settings, kind is the string 'x'", '"next_token"'),
    ('settings({"vocabulary": "ab"});', "{", "in settings, vocabulary is the string 'ab'", "tokens"),
    ('settings({"vocabulary": {"tokns": []}});', "{", "a vocabulary has no 'tokns'", "did you mean 'tokens'"),
    ('settings({"vocabulary": {"tokens": "ab"}});', "{", "in settings, tokens is the string 'ab'", "list of strings"),
    ('settings({"vocabulary": {"tokens": [1]}});', "{", "in settings, a token is the number 1", "a string"),
    ('settings({"vocabulary": {"begin": 1}});', "{", "in settings, begin is the number 1", ""),
    ('settings({"vocabulary": {"lower": 1}});', "{", "in settings, lower is the number 1", ""),
    ('settings({"vocabulary": {"split": "x"}});', "{", "a vocabulary cannot split a text into 'x'", "words"),
    ('settings({"vocabulary": {"spellings": "title"}});', "{", "in settings, spellings is the string 'title'", "a list of"),
    ('settings({"vocabulary": {"spellings": [1]}});', "{", "in settings, a spelling is the number 1", "a string"),
    ('settings({"vocabulary": {"spellings": ["big"]}});', "{", "no word has the shape 'big'", "'url', 'user'"),
    ('settings({"vocabulary": {"tokens": ["a", "a"]}});', "{", "the vocabulary has 'a' twice", ""),
    ('settings({"outputs": []});', "{", "in settings, outputs is a list", "one or more"),
    ('settings({"outputs": [full_s]});', "{", "a program's output is an s-op, got the selector 'full_s'", ""),
    ('settings({"names": []});', "{", "in settings, names is a list", ""),
    ('settings({"names": {"a": 1}});', "{", "in settings, a name is the number 1", ""),
    ('settings({"names": {"a": "b c"}});', "{", "in settings, a name is the string 'b c'", "letters, digits"),
    ('settings({}); settings({"causal": True});', 'settings({"causal"', "settings are given twice", "all at once"),
]  # fmt: skip
PLACES = [
    ("for i in [1] { settings({}); }", "settings({})", "settings has no value", "top level"),
    ("def f() { settings({}); return 1; } f();", "settings({})", "settings has no value", "top level"),
    (
        'for i in [1] { load "reverse"; }',
        "load",
        "load stands inside of a function or a loop",
        "at the top level",
    ),
]
LIMITS = [
    ("def f(n) { return f(n); } f(1);", "f(n);", "'f' calls itself without end: f -> f", "if-else on a plain value"),
    ("def f(n) { return g(n); } def g(n) { return f(n); } f(1);", "f(n); } f", "'f' calls itself without end: f -> g -> f", ""),
    ("def f(g) { return g(g); } f(f);", "g(g)", "'f' calls itself without end: f -> f", ""),
    ("for i in range(1000) { for j in range(100000) { a = 1; } }", "", "elaboration takes more than 1,000,000 steps", "loop over fewer items"),
    ("a = [[1 for j in range(10000)] for i in range(10000)];", "", "elaboration takes more than 1,000,000 steps", ""),
    ("def f(n) { return f(n-1) + f(n-1) if n > 0 else 1; } a = f(50);", "", "elaboration takes more than 1,000,000 steps", ""),
    ("a = range(99999999999);", "range(", "a list of more than 100,000 items", ""),
    ("a = range(0, -99999999999, -3);", "range(", "a list of more than 100,000 items", ""),
    ('a = "ab"; for i in range(40) { a = a + a; }', "a + a", "a string of more than 100,000 characters", ""),
    ("a = [1, 2]; for i in range(40) { a = a + a; }", "a + a", "a list of more than 100,000 items", ""),
    ("a = range(90000); b = [a + [i] for i in range(90000)];", "", "elaboration takes more than 1,000,000 steps", ""),
]  # fmt: skip
ALL = NAMES + ARGUMENTS + OPERATORS + ITEMS + CALLS + SETTINGS + PLACES + LIMITS


@pytest.mark.parametrize(
    ("text", "place", "what", "more"), ALL, ids=[f"{i}-{c[0][:40]}" for i, c in enumerate(ALL)]
)
def test_errors(text, place, what, more):
    with pytest.raises(ProgramError) as caught:
        execute(Session(), text)
    error = caught.value
    assert what in error.what
    assert more in f"{error.why} {error.instead}"
    assert isinstance(error.where, Span)
    lines = text.split("\n")
    assert lines[error.where.line - 1] == error.source
    assert error.source[error.where.column - 1 :].startswith(place)
    assert "^" in str(error)
    assert ((text, place, what, more) in LIMITS) == isinstance(error, LimitError)


def test_too_many_nodes(monkeypatch):
    text = "a = indices; for i in range(90000) { a = 1 + a; }"
    monkeypatch.setattr("readhead.language.rasp.state.MAX_NODES", 2_000)
    with pytest.raises(LimitError, match="more than 2,000 nodes") as caught:
        execute(Session(), text)
    assert "loops are unrolled" in caught.value.why


@pytest.mark.slow
def test_many_nodes_are_stopped_in_time():
    with pytest.raises(LimitError, match="more than 200,000 nodes"):
        execute(Session(), "a = indices; for i in range(90000) { a = 1 + a + 1 + a; }")


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_reserved_name_can_be_assigned(name):
    with pytest.raises(ProgramError, match=f"'{name}' is a name of the language, and cannot be assigned"):
        execute(Session(), f"{name} = 1;")


def test_errors_in_the_library_point_at_the_call_of_it():
    text = "a = 1;\nb = 1 + sort(tokens, full_s);"
    with pytest.raises(ProgramError) as caught:
        execute(Session(), text)
    error = caught.value
    assert "b = 1 + sort(tokens, full_s);" == error.source
    assert (2, 9) == (error.where.line, error.where.column)
    assert "inside sort(seq, key) of the standard library" == error.why


def test_errors_in_a_function_say_where_it_was_called():
    text = "def f(x) {\n  return x + full_s;\n}\na = f(1);"
    with pytest.raises(ProgramError) as caught:
        execute(Session(), text, "f.rasp")
    error = caught.value
    assert "  return x + full_s;" == error.source
    assert error.why.endswith("inside f(x), called at f.rasp:4:5")


def test_a_function_from_an_earlier_text_keeps_its_lines():
    session = Session()
    execute(session, "# one\n# two\ndef f(x) { return x + full_s; }", "<input>")
    with pytest.raises(ProgramError) as caught:
        execute(session, "f(1);", "<input>")
    assert "def f(x) { return x + full_s; }" == caught.value.source
    assert 3 == caught.value.where.line


def test_deep_calls_of_deep_expressions():
    deep = "(" * 40 + "f(n - 1)" + ")" * 40
    text = f"def f(n) {{ return 0 if n == 0 else 1 + {deep}; }} f(90);"
    assert 90 == value(text)


def test_expressions_deeper_than_any_text_are_refused():
    span = Span("<text>", 1, 1, 1, 2)
    expression: syntax.Expression = syntax.Literal(span, 1)
    for _ in range(6_000):
        expression = syntax.Bracketed(span, expression)
    with pytest.raises(LimitError, match="nested deeper than 5,000"):
        Session().evaluate(expression)


def test_a_graph_of_shared_nodes_is_no_problem():
    session = Session()
    execute(session, "a = indices; for i in range(1000) { a = (a + a) % 5; }")
    assert [0, pow(2, 1000, 5), 2 * pow(2, 1000, 5) % 5] == session.program("a").run("abc")


def test_applying_often_or_to_much_is_stopped():
    with pytest.raises(LimitError, match="more than 1,000,000 steps"):
        execute(Session(), 'for i in range(10000) { indices("ab"); }')
    with pytest.raises(LimitError, match="more than 1,000,000 steps"):
        execute(Session(), "full_s(range(10000));")


def test_trees_that_no_text_has():
    span = Span("<text>", 1, 1, 1, 2)
    one, name, bare = syntax.Literal(span, 1), syntax.Name(span, "f"), syntax.Comparison(span, "==")
    command = syntax.Command(span, "examples", switch=False)

    def call(function, *arguments):
        return syntax.Evaluate(span, syntax.Call(span, syntax.Name(span, function), arguments))

    session = Session()
    execute(session, "def f(x) { return x; }")
    for statement, what in [
        (syntax.Return(span, (one,)), "return stands outside of a function"),
        (syntax.Define(span, name, (), ()), "f returns nothing"),
        (call("constant", syntax.Literal(span, float("nan"))), "a constant is nan"),
        (call("f", bare), "the bare comparison '==' is no value"),
        (call("draw", bare), "the bare comparison '==' is no value"),
        (call("indices", bare), "got the bare comparison '=='"),
        (call("settings", bare), "settings takes 1 argument"),
        (syntax.For(span, (name,), syntax.ListDisplay(span, (one,)), (command,)), "'examples' stands inside"),
    ]:
        with pytest.raises(ProgramError, match=what):
            session.execute(statement)


def test_errors_of_running_say_position():
    with pytest.raises(EvaluationError, match="position 1"):
        execute(Session(), 'tokens_int("1x");')
