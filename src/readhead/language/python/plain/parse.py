"""A plain file read back as the program that it is. The file is parsed and never executed.

What Readhead wrote itself, the helpers and ``run``, must be as it writes them for the program found. A program that
was edited must still be one that plain Python computes exactly, or the file would say something else than it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from readhead.errors import ProgramError, Span
from readhead.language.python.literals import BUILTINS
from readhead.language.python.plain.emit import ABOUT
from readhead.language.python.plain.exact import refusals
from readhead.language.python.plain.facts import Facts
from readhead.language.python.plain.read_rows import read_right, with_names
from readhead.language.python.plain.read_run import read_vocabulary, with_kind
from readhead.language.python.plain.scope import Broken, Scope
from readhead.language.python.plain.words import (
    CONSTANTS,
    HELPERS,
    MAIN,
    OLD_MAIN,
    RESERVED,
    RULES,
    Rules,
    closest_text,
)
from readhead.language.python.source import Source
from readhead.program.nodes import Node, SOp
from readhead.program.program import IDENTIFIER, Program

EXACT_ONLY = frozenset({"OUTPUT", "MAX_LENGTH", "BEGIN", "END"})
"""Constants that only files in the exact style have."""


@dataclass
class _File:
    """The statements of a file by what they define."""

    constants: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    helpers: dict[str, ast.stmt] = field(default_factory=dict)
    closest: dict[str, Rules] = field(default_factory=dict)


def is_plain(tree: ast.Module) -> bool:
    """Whether a file looks like the plain style rather than the exact one."""
    assigned = {
        t.id for s in tree.body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)
    }
    defined = {s.name: s for s in tree.body if isinstance(s, ast.FunctionDef)}
    main = defined.get("program")
    if main is None or assigned & EXACT_ONLY or "read" in defined:
        return False
    returns_locals = any(isinstance(n, ast.Name) and n.id == "locals" for n in ast.walk(main))
    return not returns_locals or [a.arg for a in main.args.args] != ["sequence"]


def from_plain(source: Source) -> Program:
    """The program that a plain file is.

    Raises:
        ProgramError, Problems: for what leaves the subset, with line, caret and reason.
    """
    file = _sort(source)
    main, run = file.functions.pop("program"), file.functions.pop("run", None)
    if run is None:
        why = "it says which tokens the program takes"
        source.problems.append(source.problem(source.tree, "there is no function run(content)", why=why))
    source.finish()
    assert run is not None
    listed, spellings = file.constants.get("TOKENS"), file.constants.get("SPELLINGS")
    vocabulary, max_length = read_vocabulary(source, listed, spellings, run)
    with source.collecting():
        alone = len(main.args.args) == 1 and ast.unparse(main.args) == main.args.args[0].arg
        if not alone or main.decorator_list or main.returns:
            raise source.problem(main, "program has other parameters", instead="def program(tokens):")
        if main.args.args[0].arg in RESERVED | BUILTINS:
            raise _taken(source, main, main.args.args[0].arg)
    source.finish()
    own = {name: value for name, value in file.constants.items() if name not in CONSTANTS}
    tokens = main.args.args[0].arg
    scope = Scope(
        source, vocabulary, max_length, tokens, file.functions, own, file.closest, _names(source, file)
    )
    outputs = _statements(scope, main.body, _suffixes(source, file))
    causal = _causal(scope, file)
    source.finish()
    with source.at(main):
        program = Program(
            outputs, vocabulary, causal=causal, max_length=max_length, description=_description(source.tree)
        )
    program = with_kind(source, run, program)
    _check(source, scope, file, program)
    source.finish()
    return program


def _description(tree: ast.Module) -> str:
    text = ast.get_docstring(tree, clean=False) or ""
    return "" if text == ABOUT else text


def _sort(source: Source) -> _File:
    """The file's statements, sorted out; what has no place in a program's file is a problem."""
    file = _File()
    for i, statement in enumerate(source.tree.body):
        with source.collecting():
            match statement:
                case ast.Expr(value=ast.Constant(value=str())) if i == 0:
                    continue
                case ast.Import(names=[ast.alias(name="sys", asname=None)]):
                    continue
                case ast.If() if any(
                    _same(statement, main.format(star)) for main in (MAIN, OLD_MAIN) for star in ("*", "")
                ):
                    continue
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    place: dict[str, Any] = file.constants
                    thing: ast.AST = value
                case ast.FunctionDef(name=name):
                    arguments = [a.arg for a in statement.args.args]
                    near = arguments == ["i", "matches"]
                    rules = [r for r in RULES if near and _same(statement, closest_text(name, r))]
                    if rules:
                        file.closest[name] = rules[0]
                        continue
                    place, thing = (file.helpers if name in HELPERS else file.functions), statement
                case ast.ClassDef(name="ProgramError" as name):
                    place, thing = file.helpers, statement
                case _:
                    raise source.problem(
                        statement,
                        "this statement has no place in a program's file",
                        why="Readhead reads the file and never runs it",
                        instead="constants, functions for tables and predicates, program(tokens) and run(content)",
                    )
            own = {"program", "run"} if place is file.functions else set(CONSTANTS)
            if name in BUILTINS or (name in RESERVED - own and place is not file.helpers):
                raise _taken(source, statement, name)
            if name in file.constants or name in file.functions or name in file.helpers:
                raise source.problem(statement, f"{name} is defined twice")
            place[name] = thing
    return file


def _taken(source: Source, statement: ast.stmt, name: str) -> ProgramError:
    if name == "closest":
        return source.problem(
            statement,
            "closest is not a helper of Readhead",
            why="helpers are compared, never executed",
            instead=f"leave it as Readhead writes it:\n{closest_text(name, RULES[0])}",
        )
    return source.problem(statement, f"{name} has a meaning of its own here", instead=f"call it {name}_")


def _same(statement: ast.stmt, text: str) -> bool:
    return ast.dump(statement) == _dumped(text)


@cache
def _dumped(text: str) -> str:
    return ast.dump(ast.parse(text).body[0])


def _names(source: Source, file: _File) -> dict[str, str]:
    """What NAMES says: how a variable is written, and what it is called."""
    node = file.constants.get("NAMES")
    if node is None:
        return {}
    names: dict[str, str] = {}
    with source.collecting():
        if not isinstance(node, ast.Dict):
            raise source.problem(node, "NAMES is no dictionary of strings", instead='NAMES = {"sum_": "sum"}')
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                raise source.problem(node, "NAMES has ** inside")
            name = source.string(value, "a variable's name")
            if not IDENTIFIER.match(name) or name in names.values():
                raise source.problem(value, f"{name!r} cannot name a variable, or names two")
            names[source.string(key, "how a variable is written")] = name
    return names


def _suffixes(source: Source, file: _File) -> tuple[str, str] | None:
    """What SELECTORS says: what the selectors inside a statement are called after its variable's name."""
    node = file.constants.get("SELECTORS")
    found: list[str] = []
    with source.collecting():
        if node is not None:
            found = [str(value) for value in source.values(node, "SELECTORS")]
            fits = len(set(found)) == len(found) == 2 and all(IDENTIFIER.match(f"a{end}") for end in found)
            if not fits:
                found = []
                raise source.problem(node, "SELECTORS is no pair of endings", instead='("_match", "_focus")')
    return (found[0], found[1]) if found else None


def _statements(scope: Scope, body: Sequence[ast.stmt], suffixes: tuple[str, str] | None) -> tuple[SOp, ...]:
    """The outputs of a program's statements; problems are collected in the source."""
    outputs: tuple[SOp, ...] = ()
    source = scope.source
    for i, statement in enumerate(body):
        with source.collecting():
            match statement:
                case ast.Expr(value=ast.Constant(value=str())) if i == 0:
                    pass
                case ast.Assign(targets=[ast.Name(id=name)]):
                    _assign(scope, statement, name, suffixes)
                case ast.Return(value=ast.expr() as value) if i == len(body) - 1:
                    outputs = _returned(scope, value)
                case _:
                    raise source.problem(
                        statement,
                        "a program has one statement for each variable, and a return at the end",
                        instead="VARIABLE = [... for ... in ...]",
                    )
    if not isinstance(body[-1], ast.Return):
        with source.collecting():
            raise source.problem(body[-1], "the program returns nothing", instead="return OUTPUT")
    return outputs


def _assign(scope: Scope, statement: ast.Assign, name: str, suffixes: tuple[str, str] | None) -> None:
    source, target = scope.source, statement.targets[0]
    if name in scope.nodes:
        raise source.problem(target, f"{name} is assigned twice", instead="give each variable its own name")
    known = name in scope.functions or name in scope.constants or name in scope.closest
    if known or name in RESERVED - {"query", "key"} or name in BUILTINS:
        raise source.problem(
            target,
            f"{name} has a meaning of its own here",
            instead=f"call the variable {name}_, and list it in NAMES",
        )
    stated = {id(node) for node in scope.nodes.values() if node is not None}
    called = scope.names.get(name, name)
    node: Node | None = None
    try:
        with source.at(statement):
            node = read_right(scope, statement.value, {"name": called, "span": source.span(statement)})
            if suffixes is not None:
                node = with_names(node, called, suffixes, stated)
    except Broken:
        pass  # the statement that is wrong has been told
    finally:
        scope.nodes[name] = node
    if isinstance(node, SOp):
        scope.typed(node)


def _returned(scope: Scope, value: ast.expr) -> tuple[SOp, ...]:
    """What the program returns: variables, or what one is computed as."""
    try:
        match value:
            case ast.Name():
                return (scope.sop(value),)
            case ast.Tuple(elts=[_, *_] as outputs):
                return tuple(scope.sop(output) for output in outputs)
            case ast.Call(func=ast.Name(id="list"), args=[ast.Name() as name], keywords=[]):
                return (scope.sop(name),)
            case _:
                node = read_right(scope, value, {"span": scope.source.span(value)})
    except Broken:
        return ()
    if not isinstance(node, SOp):
        raise scope.source.problem(
            value, "the program returns a selector", instead="return a variable with values"
        )
    return (node,)


def _causal(scope: Scope, file: _File) -> bool:
    """Whether queries see earlier keys only: all selectors have to say the same."""
    source = scope.source
    kinds = {kind for kind, _ in scope.seen}
    causal = kinds == {"earlier"}
    with source.collecting():
        if len(kinds) > 1:
            first = scope.seen[0][0]
            other = next(place for kind, place in scope.seen if kind != first)
            raise source.problem(
                other,
                "some selectors see the keys behind the query, and others do not",
                why="causality belongs to the program as a whole",
                instead="x[: i + 1] everywhere, or nowhere",
            )
        stated = file.constants.get("CAUSAL")
        if stated is not None:
            value = source.value(stated, "CAUSAL")
            if not isinstance(value, bool):
                raise source.problem(stated, f"CAUSAL is {value!r}", instead="True or False")
            if kinds and value != causal:
                what = f"CAUSAL is {value}, and the selectors say otherwise"
                raise source.problem(stated, what, instead="x[: i + 1] where CAUSAL is True")
            causal = value
    return causal


def _check(source: Source, scope: Scope, file: _File, program: Program) -> None:
    """Helpers must be there as Readhead writes them, and the program one that plain Python computes exactly."""
    called = {n.id for n in ast.walk(source.tree) if isinstance(n, ast.Name)}
    for name, text in HELPERS.items():
        if name in file.helpers and not _same(file.helpers[name], text):
            source.problems.append(
                source.problem(
                    file.helpers[name],
                    f"the helper {name} is not the one that this program needs",
                    why="helpers are Readhead's own part: they are compared, never executed",
                    instead=f"leave it as Readhead writes it:\n{text.strip()}",
                )
            )
        elif name in called and name not in file.helpers:
            source.problems.append(
                source.problem(
                    source.tree, f"the helper {name} is missing", instead=f"add it:\n{text.strip()}"
                )
            )
    facts = Facts(program)
    for node, error in refusals(program):
        source.problems.append(_placed(source, node, error))
    for made, place in scope.nested:
        if made in facts.types and not facts.total(made):
            source.problems.append(
                source.problem(
                    place,
                    f"{ast.unparse(place)} may have no value, and Python may not come to compute it",
                    why="a program computes every variable at every position",
                    instead="give it a statement of its own",
                )
            )


def _placed(source: Source, node: Node, error: ProgramError) -> ProgramError:
    """An error that points at a variable's statement."""
    if not isinstance(node.span, Span):
        return error
    line = source.lines[node.span.line - 1]
    return ProgramError(error.what, where=node.span, why=error.why, instead=error.instead, source=line)
