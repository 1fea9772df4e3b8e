"""A program as one readable Python file without any dependency, and back.

:func:`to_python` writes it, :func:`from_python` reads it, and ``from_python(to_python(p)) == p``. A file is parsed
with :mod:`ast` and compared, never executed. A person may edit it within this subset of Python:

* **Constants**: ``TOKENS`` (a tuple of strings, or None for any token), ``CAUSAL``, ``MAX_LENGTH``, ``OUTPUT``; and
  where they are not None or False ``BEGIN``, ``END``, ``UNKNOWN``, ``LOWER``, ``FOLD_DIGITS``, ``SPLIT``. ``NAMES``
  says what a variable is called whose name means something else in Python. Labels and scores are constants too.
  The helpers read these when the file runs, so each may be edited alone.
* **``program(sequence)``**: one statement for each variable, then ``return OUTPUT, locals()``. A statement is
  ``sequence``, ``list(range(len(sequence)))``, ``[LITERAL] * len(sequence)``, or a call of ``each``, ``table``,
  ``select``, ``compare``, ``select_and``, ``select_or``, ``select_not``, ``closest``, ``selector_width``, ``pick``,
  ``mean``, ``total``, ``largest``, ``smallest`` or ``classify``. A statement that nothing reads is left out.
* **Functions** of tables and predicates: ``if`` with ``elif`` and ``else``, ``return`` of a literal (or, in a
  predicate, of a test), a last ``raise ProgramError(...)`` where a table has no default. Tests are ``x == "a"``,
  ``x in {...}``, ``x in range(1, 5)``, ``x is True``, ``x < 3``, ``1 <= x < 5``, ``type(x) is int`` and
  ``key == query + 1``, joined with ``and``, ``or`` and ``not``. Only the default may hold for infinitely many values.
* **Helpers**, under the heading that names them, stay as they are.

What leaves the subset is an error with line, caret and reason; all of them are told at once.

An emitted program computes all its outputs, so an error in any of them is an error of ``run``.
"""

from __future__ import annotations

from readhead.language.emit import emit
from readhead.language.parse import parse
from readhead.program.program import Program


def to_python(program: Program) -> str:
    """The program as Python source, formatted as `black` does.

    The file runs on Python's standard library alone and does nothing when imported. It has ``run(tokens)`` (an answer
    for each content token, or one answer), ``trace(tokens)`` (every variable by name), and a command line.

    >>> from readhead.program.nodes import Select, SelectorWidth, Tokens
    >>> tokens = Tokens(name="tokens")
    >>> hist = SelectorWidth(Select(tokens, tokens, "==", name="same"), name="hist")
    >>> text = to_python(Program((hist,)))
    >>> print(text[text.index("def program"):text.index("# Readhead")].strip())
    def program(sequence):
        tokens = sequence
        same = compare(tokens, "==", tokens)
        hist = selector_width(same)
        return hist, locals()
    """
    return emit(program)


def from_python(text: str, filename: str = "<program>") -> Program:
    """The program that a Python file is. The file is never executed.

    Args:
        text: the file's text, at most 4 MiB in UTF-8.
        filename: what errors call it.

    Returns:
        the program, equal to the one that was written if nothing was edited.

    Raises:
        DataError: for text that is no Python, is too large, or is nested too deep.
        ProgramError: for what leaves the subset, with line, caret and reason.
        Problems: where several things do.

    >>> from readhead.program.nodes import Indices
    >>> program = Program((Indices(name="positions"),), max_length=8)
    >>> from_python(to_python(program)) == program
    True
    """
    return parse(text, filename)
