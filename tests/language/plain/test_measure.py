"""Lines, nodes and entries are counted the same way in every Python file."""

from __future__ import annotations

import sys

import pytest

from language.plain.test_plain import HIST
from readhead.errors import DataError, UsageError
from readhead.language.python.measure import lines_of_code, syntax_nodes, table_entries


def test_lines_of_hist():
    assert lines_of_code(HIST) == 13


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("# only a comment\n", 0),
        ("x = 1  # and a comment\n\n\n", 1),
        ('"""One.\n\nTwo.\n"""\n', 3),
        ("x = 1; y = 2\n", 2),
        ("if x: y = 1\n", 2),
        ("x = [" + ", ".join(map(str, range(40))) + "]\n", 42),
        ("# fmt: off\nx = [" + ", ".join(map(str, range(40))) + "]\n# fmt: on\n", 42),
        ("x = [" + ", ".join(map(str, range(40))) + "]  # fmt: skip\n", 42),
        ("x = [1,]\n", 3),
        ("x = 'a' \\\n    'b'\n", 1),
    ],
)
def test_lines_of_code(text, expected):
    assert lines_of_code(text) == expected


def test_a_string_that_looks_like_a_comment_is_a_line():
    assert lines_of_code('x = """\n# a\n\nb\n"""\n') == 4


@pytest.mark.parametrize("count", [lines_of_code, syntax_nodes, table_entries])
@pytest.mark.parametrize("text", ["x = (", "x = 1\n  y = 2\n", "\0"])
def test_what_is_no_python(count, text):
    with pytest.raises(DataError, match="this is no Python"):
        count(text)


def test_without_black(monkeypatch):
    monkeypatch.setitem(sys.modules, "black", None)
    with pytest.raises(UsageError, match="black is not installed"):
        lines_of_code("x = 1\n")


def test_syntax_nodes():
    assert syntax_nodes("") == 1
    assert syntax_nodes("x = y + 1") > syntax_nodes("x = y")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1, "b": -2}', 2),
        ('{("a", 1): 2}', 1),
        ('{"a": (1, 2, 3)}', 3),
        ('x in {"a", "b"}', 2),
        ("[1, 2, x]", 2),
        ('x = "a packed table counts as nothing"', 0),
        ("f(1, 2)", 0),
        ("a, b = c", 0),
    ],
)
def test_table_entries(text, expected):
    assert table_entries(text) == expected
