"""An emitted file read back as the program that it is: constants, functions, statements, helpers.

The file is parsed and never executed. What Readhead wrote itself, the helpers, must be as it wrote it: they are
compared with what it would write for the program found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from readhead.errors import ProgramError
from readhead.language.emit import ABOUT, CONSTANTS, RESERVED
from readhead.language.literals import BUILTINS
from readhead.language.prelude import defined, definitions, helper_texts, needs_of, variants
from readhead.language.source import Source
from readhead.language.statements import Scope, read_statements
from readhead.program.program import IDENTIFIER, Program
from readhead.program.vocabulary import Vocabulary

IMPORTS = ("functools", "math", "operator")
REQUIRED = {"TOKENS": "TOKENS = None", "CAUSAL": "CAUSAL = False", "MAX_LENGTH": "MAX_LENGTH = None"}
REQUIRED["OUTPUT"] = 'OUTPUT = "token_labels"'


@dataclass
class _File:
    """The statements of a file by what they define."""

    constants: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    helpers: dict[str, ast.stmt] = field(default_factory=dict)


def parse(text: str, filename: str) -> Program:
    """The program of a Python file; see :func:`readhead.language.python.from_python`."""
    source = Source(text, filename)
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
    """Every helper that the program uses must be there, as Readhead writes it."""
    labels = scope.labels.get(program.outputs[0])
    needs = needs_of(program, renamed="NAMES" in file.constants)
    if scope.typed_scores:
        needs = replace(needs, typed_scores=True)
    for name, expected in definitions(helper_texts(program, labels, needs)).items():
        with source.collecting():
            found = file.helpers.get(name)
            if found is None:
                raise source.problem(
                    source.tree, f"the helper {name} is missing", instead=f"add it:\n{ast.unparse(expected)}"
                )
            same = ast.dump(found)
            if same != ast.dump(expected) and all(
                same != ast.dump(v) for v in variants(program, labels, needs, name)
            ):
                raise source.problem(
                    found,
                    f"the helper {name} is not the one that this program needs",
                    why="helpers are Readhead's own part: they are compared, never executed",
                    instead=f"leave it as Readhead writes it:\n{ast.unparse(expected)}",
                )
