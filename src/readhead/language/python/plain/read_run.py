"""The function ``run`` of a plain file read as what it says: the vocabulary, the most tokens, the kind of answer.

What it says is looked up in its statements first; then it is compared with the function that Readhead would write for
the program found, so nothing in it goes unread.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from readhead.language.python.plain.emit import settings_of
from readhead.language.python.plain.words import run_lines
from readhead.language.python.source import Source
from readhead.program.program import OutputKind, Program
from readhead.program.vocabulary import Vocabulary

KINDS: tuple[OutputKind, ...] = ("token_labels", "sequence_label", "next_token")


def read_vocabulary(
    source: Source, tokens: ast.expr | None, spellings: ast.expr | None, run: ast.FunctionDef
) -> tuple[Vocabulary, int | None]:
    """What ``TOKENS``, ``SPELLINGS`` and ``run`` say of the content that is read."""
    found = Vocabulary()
    options = _options(source, run)
    max_length = options.pop("max_length")
    with source.collecting(), source.at(run if tokens is None else tokens):
        if tokens is not None and not isinstance(tokens, (ast.Tuple, ast.List)):
            raise source.problem(tokens, "TOKENS is no tuple of strings", instead='TOKENS = ("a", "b")')
        if spellings is not None and not isinstance(spellings, (ast.Tuple, ast.List)):
            raise source.problem(
                spellings, "SPELLINGS is no tuple of strings", instead='SPELLINGS = ("title", "number")'
            )
        if spellings is not None:
            options["spellings"] = tuple(source.string(e, "a spelling") for e in spellings.elts)
        listed = None if tokens is None else tuple(source.string(e, "a token") for e in tokens.elts)
        found = Vocabulary(listed, **options)
    return found, max_length


def _options(source: Source, run: ast.FunctionDef) -> dict[str, Any]:
    """The settings that ``run`` has in its statements; whether it is as it should be is checked later."""
    options: dict[str, Any] = {"max_length": None}
    for node in ast.walk(run):
        match node:
            case ast.Compare(comparators=[*_, ast.Constant(value=int()) as most]) if (
                "len(content)" in ast.unparse(node)
            ):
                options["max_length"] = source.value(most, "the most tokens")
            case ast.Call(func=ast.Name(id="program"), args=[ast.List(elts=parts)]):
                starred = [isinstance(p, ast.Starred) for p in parts]
                if True in starred:
                    place = starred.index(True)
                    for name, marker in zip(
                        ("begin", "end"), (parts[:place], parts[place + 1 :]), strict=True
                    ):
                        if marker:
                            options[name] = source.string(marker[0], "a marker")
            case ast.IfExp(
                test=ast.Compare(comparators=[ast.Name(id="TOKENS")]),
                orelse=ast.Constant(value=str() as unknown),
            ):
                options["unknown"] = unknown
            case ast.Call(
                func=ast.Name(id="spelled"),
                args=[_, ast.Name(id="SPELLINGS"), ast.Constant(value=str() as unknown)],
            ):
                options["unknown"] = unknown
            case ast.Attribute(attr="lower"):
                options["lower"] = True
            case ast.Attribute(attr="isdecimal"):
                options["fold_digits"] = True
            case ast.If(test=ast.Call(func=ast.Name(id="isinstance"), args=[ast.Name(id="content"), _])):
                options["split"] = "words"
    return options


def _of_length(node: ast.Compare) -> bool:
    return any(ast.unparse(part) == "len(content)" for part in (node.left, *node.comparators))


def with_kind(source: Source, run: ast.FunctionDef, program: Program) -> Program:
    """The program with the kind of output that ``run`` answers with; ``run`` must be the one that it needs."""
    found = ast.dump(_quiet(run))
    for kind in KINDS:
        candidate = replace(program, kind=kind)
        if ast.dump(_quiet(_run_of(candidate))) == found:
            return candidate
    likely = next((k for k in KINDS if _answers(run, k)), KINDS[0])
    source.problems.append(
        source.problem(
            run,
            "run is not the one that this program needs",
            why="it is compared, never executed: of it only the markers, the most tokens and the answer may change",
            instead=f"write it so:\n{_run_text(replace(program, kind=likely))}",
        )
    )
    return program


def _answers(run: ast.FunctionDef, kind: OutputKind) -> bool:
    last = run.body[-1]
    text = ast.unparse(last)
    return text.endswith({"token_labels": "]", "sequence_label": "[0]", "next_token": "[-1]"}[kind]) and (
        kind != "token_labels" or ":" in text
    )


def _run_of(program: Program) -> ast.FunctionDef:
    function = ast.parse(_run_text(program)).body[0]
    assert isinstance(function, ast.FunctionDef)
    return function


def _run_text(program: Program) -> str:
    lines = ["def run(content):"]
    for line in run_lines(settings_of(program)):
        lines.append(("        " if lines[-1].startswith("    if ") else "    ") + line)
    return "\n".join(lines)


def _quiet(run: ast.FunctionDef) -> ast.FunctionDef:
    """The function without the texts of its errors, which a person may word otherwise, and without a docstring."""
    copied = ast.parse(ast.unparse(run)).body[0]
    assert isinstance(copied, ast.FunctionDef)
    if ast.get_docstring(copied) is not None and len(copied.body) > 1:
        copied.body = copied.body[1:]
    for node in ast.walk(copied):
        match node:
            case ast.Raise(
                exc=ast.Call(
                    func=ast.Name(id="ValueError"), args=[ast.Constant() | ast.JoinedStr() as words]
                ) as call
            ) if _names_only(words):
                call.args = []
    return copied


def _names_only(words: ast.expr) -> bool:
    """Whether a text computes nothing: what it shows besides its own words is the content or the tokens."""
    shown = [n.value for n in ast.walk(words) if isinstance(n, ast.FormattedValue)]
    return all(isinstance(value, ast.Name) and value.id in ("content", "TOKENS") for value in shown)
