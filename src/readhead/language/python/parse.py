"""An emitted file read back as the program that it is: constants, functions, statements, helpers.

The file is parsed and never executed. What Readhead wrote itself, the helpers, must be as it wrote it: they are
compared with the forms in which it would write them for the program found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from readhead.errors import ProgramError
from readhead.language.python.emit import ABOUT, CONSTANTS, HEADING, RESERVED, checksum
from readhead.language.python.literals import BUILTINS
from readhead.language.python.plain import from_plain, is_plain
from readhead.language.python.prelude import NOTHING, defined, definitions, forms, helper_texts, needs_of
from readhead.language.python.source import Source
from readhead.language.python.statements import Scope, read_statements
from readhead.program.program import IDENTIFIER, Program
from readhead.program.vocabulary import Vocabulary

IMPORTS = ("functools", "math", "operator")
REQUIRED = {"TOKENS": "TOKENS = None", "CAUSAL": "CAUSAL = False", "MAX_LENGTH": "MAX_LENGTH = None"}
ANEW = "change the vocabulary of the program in Python (from program.json), and write it with to_python"
FIRST_HEADING = "# Readhead's own part, the same in every program: leave it as it is."
REQUIRED["OUTPUT"] = 'OUTPUT = "token_labels"'


@dataclass
class _File:
    """The statements of a file by what they define."""

    constants: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    helpers: dict[str, ast.stmt] = field(default_factory=dict)


def from_python(text: str, filename: str = "<program>") -> Program:
    """The program that a Python file is, in either style. The file is never executed.

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
    >>> from readhead.language.python.emit import to_python
    >>> program = Program((Indices(name="positions"),), max_length=8)
    >>> from_python(to_python(program)) == program
    True
    """
    source = Source(text, filename)
    if is_plain(source.tree):
        return from_plain(source)
    file = _sort(source)
    header = _header(source, file)
    scope = Scope(
        source,
        header.pop("vocabulary"),
        header["causal"],
        header["max_length"],
        file.functions,
        {name: value for name, value in file.constants.items() if name not in CONSTANTS},
        header.pop("names"),
        RESERVED | BUILTINS,
    )
    main = file.functions.pop("program", None)
    if main is None:
        whole = source.tree
        source.problems.append(
            source.problem(whole, "there is no function program(sequence)", why="it is the program")
        )
        source.finish()
    assert main is not None
    with source.collecting():
        if ast.unparse(main.args) != "sequence" or main.decorator_list or main.returns:
            raise source.problem(main, "program has other parameters", instead="def program(sequence):")
    outputs = read_statements(scope, main.body)
    source.finish()
    with source.at(main):
        program = Program(outputs, scope.vocabulary, description=_description(source.tree), **header)
    _check_helpers(source, file, scope, program)
    source.finish()
    return program


def _sort(source: Source) -> _File:
    """The file's statements, sorted out; what has no place in an emitted file is a problem."""
    file = _File()
    for i, statement in enumerate(source.tree.body):
        with source.collecting():
            match statement:
                case ast.Expr(value=ast.Constant(value=str())) if i == 0:
                    continue
                case ast.Import(names=[ast.alias(name=name, asname=None)]) if name in IMPORTS:
                    continue
                case ast.Assign(targets=[ast.Name(id=name)]) if name not in RESERVED or name in CONSTANTS:
                    place: dict[str, Any] = file.constants
                    thing: ast.AST = statement.value
                case ast.FunctionDef(name=name) if name not in RESERVED or name == "program":
                    place, thing = file.functions, statement
                case ast.FunctionDef() | ast.ClassDef() | ast.Assign() | ast.If():
                    name = defined(statement)
                    place, thing = file.helpers, statement
                    if not (name in RESERVED or name == "__main__"):
                        raise _stranger(source, statement)
                case _:
                    raise _stranger(source, statement)
            if name in BUILTINS:
                raise source.problem(statement, f"this hides Python's {name}", instead=f"call it {name}_")
            if name in file.constants or name in file.functions or name in file.helpers:
                raise source.problem(statement, f"{name} is defined twice")
            place[name] = thing
    return file


def _stranger(source: Source, statement: ast.stmt) -> ProgramError:
    return source.problem(
        statement,
        "this statement has no place in a program's file",
        why="Readhead reads the file and never runs it",
        instead="constants, functions for tables and predicates, and program(sequence)",
    )


def _header(source: Source, file: _File) -> dict[str, Any]:
    """The vocabulary and the other arguments of a Program, out of the constants."""
    constants = file.constants
    for name, instead in REQUIRED.items():
        if name not in constants:
            source.problems.append(
                source.problem(source.tree, f"the constant {name} is missing", instead=instead)
            )
    tokens: tuple[str, ...] | None = None
    options: dict[str, Any] = {}
    names: dict[str, str] = {}
    with source.collecting():
        if "TOKENS" in constants and not _is_none(constants["TOKENS"]):
            node = constants["TOKENS"]
            if not isinstance(node, (ast.Tuple, ast.List)):
                raise source.problem(
                    node, "TOKENS is no tuple of strings", instead='("a", "b"), or None for any token'
                )
            tokens = tuple(source.string(e, "a token") for e in node.elts)
    with source.collecting():
        if "SPELLINGS" in constants:
            node = constants["SPELLINGS"]
            if not isinstance(node, (ast.Tuple, ast.List)):
                raise source.problem(node, "SPELLINGS is no tuple of strings", instead='("title", "number")')
            options["spellings"] = tuple(source.string(e, "a spelling") for e in node.elts)
    for name in ("BEGIN", "END", "UNKNOWN", "SPLIT", "LOWER", "FOLD_DIGITS"):
        with source.collecting():
            if name in constants and not _is_none(constants[name]):
                options[name.lower()] = _option(source, constants[name], name)
    found: dict[str, Any] = {"causal": False, "max_length": None, "kind": "token_labels"}
    with source.collecting():
        if "CAUSAL" in constants:
            found["causal"] = _option(source, constants["CAUSAL"], "CAUSAL")
    with source.collecting():
        if "MAX_LENGTH" in constants and not _is_none(constants["MAX_LENGTH"]):
            found["max_length"] = source.value(constants["MAX_LENGTH"], "MAX_LENGTH")
    with source.collecting():
        if "OUTPUT" in constants:
            found["kind"] = source.string(constants["OUTPUT"], "OUTPUT")
    with source.collecting():
        names = dict(_names(source, constants.get("NAMES")))
    found["vocabulary"] = Vocabulary()
    with source.collecting(), source.at(constants.get("TOKENS", source.tree)):
        found["vocabulary"] = Vocabulary(tokens, **options)
    return found | {"names": names}


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _option(source: Source, node: ast.expr, name: str) -> bool | str:
    """A constant that is a string, or True or False."""
    if name in ("BEGIN", "END", "UNKNOWN", "SPLIT"):
        return source.string(node, name)
    value = source.value(node, name)
    if not isinstance(value, bool):
        raise source.problem(node, f"{name} is {value!r}", instead="True or False")
    return value


def _names(source: Source, node: ast.expr | None) -> Iterator[tuple[str, str]]:
    """What NAMES says: how a variable is written, and what it is called."""
    if node is None:
        return
    if not isinstance(node, ast.Dict):
        raise source.problem(node, "NAMES is no dictionary of strings")
    called: set[str] = set()
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            raise source.problem(node, "NAMES has ** inside")
        name = source.string(value, "a variable's name")
        if not IDENTIFIER.match(name) or name in called:
            raise source.problem(value, f"{name!r} cannot name a variable, or names two")
        called.add(name)
        yield source.string(key, "how a variable is written"), name


def _description(tree: ast.Module) -> str:
    """The docstring up to the part that every file has."""
    text = ast.get_docstring(tree, clean=False) or ""
    end = text.rfind(ABOUT)
    return text if end < 0 else text[:end].removesuffix("\n\n")


def _check_helpers(source: Source, file: _File, scope: Scope, program: Program) -> None:
    """Every helper that the program uses must be there, in one of the forms in which Readhead writes it."""
    needs = needs_of(program)
    if scope.typed_scores:
        needs = replace(needs, typed_scores=True)
    expected = definitions(helper_texts(program, needs))
    found = {name: ast.dump(statement) for name, statement in file.helpers.items()}
    wrong = [name for name, statement in expected.items() if found.get(name) != ast.dump(statement)]
    if not wrong:
        return
    enough, written = forms(program, needs), forms(program, NOTHING)
    wrong = [name for name in wrong if found.get(name) not in enough[name]]
    strange = [name for name in wrong if name in found and found[name] not in written[name]]
    if strange and _as_it_was_written(source):
        source.problems.append(_of_another_version(source, file.helpers[strange[0]], strange[0]))
        return
    for name in wrong:
        known = name in found and found[name] in written[name]
        source.problems.append(_wrong_helper(source, file, name, expected[name], known and program))


def _wrong_helper(
    source: Source, file: _File, name: str, expected: ast.stmt, known: Program | bool
) -> ProgramError:
    """What is said of a helper that is not there, was edited, or does too little for the program (``known``)."""
    if name not in file.helpers:
        return source.problem(
            source.tree, f"the helper {name} is missing", instead=f"add it:\n{ast.unparse(expected)}"
        )
    why = "helpers are Readhead's own part: they are compared, never executed"
    instead = f"leave it as Readhead writes it:\n{ast.unparse(expected)}"
    if isinstance(known, Program):
        why = "it was written for a program that needs less"
        if known.vocabulary.tokens is None:
            why = "TOKENS = None lets in values of any type, and this helper is for strings"
            instead = f"give TOKENS its tokens, or {ANEW}; or write the helper so:\n{ast.unparse(expected)}"
    what = f"the helper {name} is not the one that this program needs"
    return source.problem(file.helpers[name], what, why=why, instead=instead)


def _of_another_version(source: Source, helper: ast.stmt, name: str) -> ProgramError:
    return source.problem(
        helper,
        f"the helper {name} is not the one of this Readhead",
        why="another version of Readhead wrote this file, and nobody has edited its helpers since",
        instead="load the program.json beside it, or write the file anew from that: readhead show program.json",
    )


def _as_it_was_written(source: Source) -> bool:
    """Whether nobody has edited the helpers: their heading has a checksum, and the first version's had none."""
    for i, line in enumerate(source.lines):
        if line.startswith(HEADING):
            return line.startswith(f"{HEADING}{checksum(source.lines[i + 1 :])})")
        if line == FIRST_HEADING:
            return True
    return False
