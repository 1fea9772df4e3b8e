"""A program as one readable Python file without any dependency, and back.

:func:`to_python` writes it, :func:`from_python` reads it, and ``from_python(to_python(p)) == p``. A file is parsed
with :mod:`ast` and compared, never executed. A person may edit it within this subset of Python:

* **Constants**: ``TOKENS`` (a tuple of strings, or None for any token), ``CAUSAL``, ``MAX_LENGTH``, ``OUTPUT``; and
  where they are not None or False ``BEGIN``, ``END``, ``UNKNOWN``, ``LOWER``, ``FOLD_DIGITS``, ``SPLIT``; and
  ``SPELLINGS``, where unknown words are told apart by them. ``NAMES`` says what a variable is called whose name means
  something else in Python. Labels and scores are constants too.
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

from readhead.language.python.emit import to_python as to_python
from readhead.language.python.parse import from_python as from_python
