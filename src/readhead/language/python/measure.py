"""How long a Python file is, counted the same way whoever wrote it.

Lines are those of the file as `black` formats it at 88 columns, without blank lines and comments; docstrings count.
What asks `black` to leave lines alone is taken out before, so no formatting makes a file shorter. Nodes of the syntax
tree and entries of its tables are counted too, because a file can be short by being wide.
"""

from __future__ import annotations

import ast
import io
import tokenize

from readhead.errors import DataError, UsageError
from readhead.language.python.literals import WIDTH

PRAGMAS = ("fmt:", "yapf:", "pragma: no format")
"""Comments that ask for an exception from formatting."""


def lines_of_code(text: str) -> int:
    r"""The non-blank, non-comment lines of a Python file, formatted by `black` at 88 columns.

    Args:
        text: Python source; it is parsed and never executed.

    Returns:
        how many lines have a token other than a comment; each line of a docstring with text counts.

    Raises:
        DataError: for text that is no Python.
        UsageError: where `black` is not installed.

    >>> lines_of_code("x = [1,2] # two\n\n# nothing\ny=3\n")
    2
    """
    try:
        import black
        from black.parsing import InvalidInput
    except ImportError:
        raise UsageError(
            "lines of code are counted in the form that black gives a file, and black is not installed",
            instead="pip install black (it is among the development requirements)",
        ) from None
    _parsed(text)
    try:
        formatted = black.format_str(_without_pragmas(text), mode=black.Mode(line_length=WIDTH))
    except InvalidInput as error:
        raise DataError(f"black cannot read this Python: {error}") from None
    counted: set[int] = set()
    lines = formatted.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(formatted).readline):
        if token.type not in _SILENT:
            counted.update(range(token.start[0], token.end[0] + 1))
    return sum(1 for number in counted if number <= len(lines) and lines[number - 1].strip())


_SILENT = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
        tokenize.ENCODING,
    }
)


def syntax_nodes(text: str) -> int:
    """How many nodes the syntax tree of a Python file has.

    Raises:
        DataError: for text that is no Python.

    >>> syntax_nodes("x = 1")
    5
    """
    return sum(1 for _ in ast.walk(_parsed(text)))


def table_entries(text: str) -> int:
    """How many entries the tables of a Python file have: literals in dictionaries, sets, tuples and lists.

    A dictionary counts its values, whatever its keys are; a tuple among them counts its literals. Characters of
    strings are no entries: no table is written so.

    Raises:
        DataError: for text that is no Python.

    >>> table_entries('A = {"a": (1, 2), "b": (3, 4)}'), table_entries('x in {"a", "b"}'), table_entries("f(1, 2)")
    (4, 2, 0)
    """
    total = 0
    for node in ast.walk(_parsed(text)):
        match node:
            case ast.Dict(keys=keys, values=values):
                total += sum(map(_is_literal, values))
                total -= sum(_is_literal(e) for key in keys if isinstance(key, ast.Tuple) for e in key.elts)
            case ast.Set(elts=elements) | ast.List(elts=elements) | ast.Tuple(elts=elements):
                total += sum(map(_is_literal, elements))
    return total


def _is_literal(node: ast.expr) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    return isinstance(inner, ast.Constant)


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError as error:
        raise DataError(f"this is no Python: {error.msg} (line {error.lineno})") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"this is no Python that can be read: {error}") from None


def _without_pragmas(text: str) -> str:
    """The text without comments that keep lines from being formatted."""
    lines = text.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and any(pragma in token.string for pragma in PRAGMAS):
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip() + "\n"
    return "".join(lines)
