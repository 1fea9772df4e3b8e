"""A program as one readable Python file: what it knows, its functions, its statements, and its helpers."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from readhead.errors import UsageError, did_you_mean
from readhead.language.python import helpers as text
from readhead.language.python.decisions import Parameter, predicate_function, table_function
from readhead.language.python.kinds import Types, value_types
from readhead.language.python.literals import WIDTH, Names, call, docstring, literal, wrapped
from readhead.language.python.operator_helpers import FUNCTIONS
from readhead.language.python.prelude import FIXED, helper_texts, imports_of, needs_of, rows_need_types
from readhead.program.nodes import (
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Node,
    Not,
    NumericScores,
    Or,
    Relation,
    Select,
    SelectorWidth,
    Table,
    Tokens,
)
from readhead.program.operators import Value, sort_key
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary

CONSTANTS = (
    "TOKENS",
    "BEGIN",
    "END",
    "UNKNOWN",
    "LOWER",
    "FOLD_DIGITS",
    "SPLIT",
    "SPELLINGS",
    "CAUSAL",
    "MAX_LENGTH",
    "OUTPUT",
    "NAMES",
)
"""The constants that say what a program reads and answers."""

RESERVED = frozenset(
    {*FIXED, *CONSTANTS, *text.DEFINED, "functools", "math", "operator", "sys", "re", "query", "key"}
)
"""The names that an emitted file uses for itself."""

ABOUT = "A transformer that is a program, written by Readhead."
"""The docstring's sentence that separates the program's description from what holds for every file."""

HEADING = "# Readhead's own part (helpers "
"""How the heading of the helpers begins; their checksum follows."""

LINES = 12
"""The most lines of tokens above the program."""

FITS = 100
"""The most characters of a row of scores under a heading of labels."""


@dataclass
class _Emitter:
    """Collects the parts of one file."""

    program: Program
    types: dict[Node, Types]
    names: dict[Node, str]
    allocate: Names
    constants: list[str] = field(default_factory=list)
    functions: list[list[str]] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    labels: dict[Node, str] = field(default_factory=dict)


Style = Literal["exact", "plain"]

STYLES: tuple[Style, ...] = ("exact", "plain")


def to_python(program: Program, style: Style = "exact") -> str:
    """The program as Python source, formatted as `black` does.

    The file runs on Python's standard library alone and does nothing when imported. It has ``run(tokens)`` (an answer
    for each content token, or one answer), ``trace(tokens)`` (every variable by name), and a command line.

    Args:
        program: the program.
        style: ``"exact"`` for any program, with helpers that mean what the interpreter means; ``"plain"`` for the
            short form without them, where plain Python says exactly the same.

    Raises:
        UsageError: for another style.
        ProgramError, Problems: in the plain style, for variables that plain Python would not compute exactly.

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
    if style == "plain":
        from readhead.language.python.plain import to_plain

        return to_plain(program)
    if style not in STYLES:
        raise UsageError(f"there is no style {style!r} of Python", instead=did_you_mean(str(style), STYLES))
    allocate = Names(RESERVED)
    names = {node: allocate.take(name) for name, node in program.variables.items()}
    emitter = _Emitter(program, value_types(program), names, allocate)
    for node in program.variables.values():
        emitter.statements += _statement(emitter, node)
    returned = [*(names[output] for output in program.outputs), "locals()"]
    one = f"    return {', '.join(returned)}"
    emitter.statements += [one] if len(one) <= WIDTH else call("return ", "", returned, indent=4, apart=True)
    renamed = {names[node]: name for name, node in program.variables.items() if names[node] != name}
    helpers = helper_texts(program, needs_of(program))
    imports = [f"import {module}" for module in imports_of(helpers)]
    header = [
        *docstring(_about(program)),
        *([""] if imports else []),
        *imports,
        "",
        *_header(program, renamed),
    ]
    tokens = _tokens(program.vocabulary)
    parts = [
        "\n".join(header),
        "\n".join(["def program(sequence):", *emitter.statements]),
        *("\n".join(lines) for lines in emitter.functions),
        *(["\n".join(tokens)] if _long(tokens) else []),
        *(["\n".join(emitter.constants)] if emitter.constants else []),
        *_spaced(helpers),
    ]
    return "\n\n\n".join(parts) + "\n"


def _spaced(helpers: list[str]) -> list[str]:
    """The helpers under a heading, which has a checksum of them."""
    heading = f"{HEADING}{checksum(helpers)}): leave it as it is."
    return [f"{heading}\n\n\n{helpers[0]}", *helpers[1:]]


def checksum(lines: Iterable[str]) -> str:
    """Tells whether helpers are as they were written; empty lines and spaces at the end of a line do not count."""
    kept = [line.rstrip() for text in lines for line in text.split("\n") if line.strip()]
    return f"{zlib.crc32(chr(10).join(kept).encode('utf-8', 'replace')):08x}"


def _about(program: Program) -> str:
    vocabulary = program.vocabulary
    if vocabulary.split == "words":
        example = '"a question in words"'
    else:
        example = " ".join((vocabulary.tokens or ("a", "b", "a"))[:3])
        if not all(c.isalnum() or c == " " for c in example) or not example.strip():
            example = "TOKEN TOKEN ..."
    answers = {
        "token_labels": "prints an answer for each token",
        "sequence_label": "prints the answer for the sequence",
        "next_token": "prints the next token",
    }[program.kind]
    about = f"""{ABOUT}

    python program.py {example}

{answers}; run(tokens) returns it, and trace(tokens) every variable.
"""
    return f"{program.description}\n\n{about}" if program.description else about


def _header(program: Program, renamed: dict[str, str]) -> list[str]:
    """The constants that say what the program reads and answers; those that are None or False are left out."""
    vocabulary = program.vocabulary
    tokens = _tokens(vocabulary)
    lines = (
        [f"# TOKENS, the {len(vocabulary.tokens or ()):,} that it knows, stand below."]
        if _long(tokens)
        else tokens
    )
    for name, value in (
        ("BEGIN", vocabulary.begin),
        ("END", vocabulary.end),
        ("UNKNOWN", vocabulary.unknown),
    ):
        if value is not None:
            lines.append(f"{name} = {literal(value)}")
    lines += [
        f"{n} = True" for n, v in (("LOWER", vocabulary.lower), ("FOLD_DIGITS", vocabulary.fold_digits)) if v
    ]
    if vocabulary.split != "characters":
        lines.append(f"SPLIT = {literal(vocabulary.split)}")
    if vocabulary.spellings:
        lines += _filled("SPELLINGS", [literal(s) for s in vocabulary.spellings], "()")
    lines += [
        f"CAUSAL = {program.causal}",
        f"MAX_LENGTH = {program.max_length}",
        f"OUTPUT = {literal(program.kind)}",
    ]
    if renamed:
        lines += _filled("NAMES", [f"{literal(k)}: {literal(v)}" for k, v in renamed.items()], "{}")
    return lines


def _tokens(vocabulary: Vocabulary) -> list[str]:
    if vocabulary.tokens is None:
        return ["TOKENS = None  # any token"]
    return _filled("TOKENS", [literal(t) for t in vocabulary.tokens], "()")


def _long(tokens: list[str]) -> bool:
    """Whether the tokens are too many to stand above the program."""
    return len(tokens) > LINES


def _filled(name: str, items: list[str], brackets: str) -> list[str]:
    """A constant of many items: on one line, or filled into lines that `black` is asked to leave alone."""
    comma = "," if len(items) == 1 and brackets == "()" else ""
    line = f"{name} = {brackets[0]}{', '.join(items)}{comma}{brackets[1]}"
    if len(line) <= WIDTH:
        return [line]
    return ["# fmt: off", f"{name} = {brackets[0]}", *wrapped(items, 4), brackets[1], "# fmt: on"]


def _statement(e: _Emitter, node: Node) -> list[str]:
    """The statement that computes a variable; functions and constants that it needs are added on the way."""
    name = e.names[node]
    read = [e.names[child] for child in node.children]

    def lines(function: str, *arguments: str, apart: bool = False) -> list[str]:
        return call(f"{name} = ", function, arguments, indent=4, apart=apart)

    match node:
        case Tokens():
            return [f"    {name} = sequence"]
        case Indices():
            return [f"    {name} = list(range(len(sequence)))"]
        case Constant():
            return [f"    {name} = [{literal(node.value)}] * len(sequence)"]
        case Map() if isinstance(node.function, Table):
            return lines("table", _table(e, node, node.function), *read)
        case Map():
            return lines("each", FUNCTIONS[str(node.function)], *read)
        case Select() if isinstance(node.predicate, Relation):
            where = _predicate(e, node, node.predicate)
            return lines("select", f"keys={read[0]}", f"queries={read[1]}", f"where={where}")
        case Select():
            return lines("compare", read[0], literal(str(node.predicate)), read[1])
        case And():
            return lines("select_and", *read)
        case Or():
            return lines("select_or", *read)
        case Not():
            return lines("select_not", *read)
        case Closest():
            rules = (
                ("tie", node.tie, "earlier"),
                ("own", node.own, "last"),
                ("fallback", node.fallback, "first"),
            )
            return lines("closest", *read, *(f"{k}={literal(v)}" for k, v, usual in rules if v != usual))
        case Aggregate():
            default = [] if node.default is None else [f"default={literal(node.default)}"]
            return lines(text.REDUCTIONS[node.reduce], *read, *default)
        case SelectorWidth():
            return lines("selector_width", *read)
        case Classify():
            read = read or ["sequence"]
            inputs = [
                f"({variable}, {scores})" for variable, scores in zip(read, _scores(e, node), strict=True)
            ]
            return lines(
                "classify", e.labels[node], *inputs, *(["pooled=True"] if node.pooled else []), apart=True
            )
        case _:
            raise AssertionError(f"no statement for {node!r}")


def _parameter(e: _Emitter, node: Node, name: str) -> Parameter:
    """A parameter that holds a variable's values; tokens are listed in the vocabulary's order."""
    code = {token: i for i, token in enumerate(e.program.vocabulary.symbols or ())}

    def order(value: Value) -> tuple[object, ...]:
        return code.get(value, len(code)) if isinstance(value, str) else 0, sort_key(value)

    return Parameter(name, e.types[node], order)


def _table(e: _Emitter, node: Map, table: Table) -> str:
    function = e.allocate.take(f"{e.names[node]}_of")
    taken = Names(())
    parameters = [_parameter(e, argument, taken.take(e.names[argument])) for argument in node.arguments]
    e.functions.append(table_function(function, parameters, table))
    return function


def _predicate(e: _Emitter, node: Select, relation: Relation) -> str:
    function = e.allocate.take(f"match_{e.names[node].removesuffix('_match')}")
    query, key = _parameter(e, node.queries, "query"), _parameter(e, node.keys, "key")
    e.functions.append(predicate_function(function, query, key, relation))
    return function


def _scores(e: _Emitter, node: Classify) -> list[str]:
    """Adds the constants of a read-out; the names of its tables of scores, in order."""
    name = e.names[node].upper()
    e.labels[node] = e.allocate.take(f"{name}_LABELS")
    e.constants += _filled(e.labels[node], [literal(label) for label in node.labels], "()")
    names = []
    lines: list[str] = []
    for item in node.inputs:
        names.append(e.allocate.take(f"{name}_BY_{e.names[item.variable].upper()}"))
        lines += ["", *_score_lines(names[-1], item, node.labels, e.types[item.variable])]
    if not node.inputs:
        names.append(e.allocate.take(f"{name}_BY_NOTHING"))
        lines += ["", f"{names[-1]} = {{}}"]
    e.constants += ["", "# fmt: off", *lines[1:], "# fmt: on"] if lines else []
    return names


def _score_lines(
    name: str, item: CategoricalScores | NumericScores, labels: Sequence[str], types: Types
) -> list[str]:
    """A table of scores, one row for each value under the labels; or a coefficient for each label."""
    rows = [r for _, r in item.rows] if isinstance(item, CategoricalScores) else [item.coefficients]
    width = max((len(str(s)) for row in rows for s in row), default=1)
    heads = [literal(label) for label in labels]
    comma = "," if len(labels) == 1 else ""
    written: list[str] = []
    if isinstance(item, CategoricalScores):
        typed = rows_need_types(item, types)
        written = [
            f"({type(v).__name__}, {literal(v)}):" if typed else f"{literal(v)}:" for v, _ in item.rows
        ]
    elif len(heads) * (width + 2) > FITS:
        return [f"{name} = (", *wrapped([str(s) for s in item.coefficients], 4), ")"]
    before = 4 + max(map(len, written), default=0)
    headed = max(width, *map(len, heads))
    fits = before + (headed + 2) * len(heads) <= FITS

    def row_text(row: Sequence[int]) -> str:
        return ", ".join(str(s).rjust(headed if fits else width) for s in row)

    heading = ["    #".ljust(before + 2) + "  ".join(h.rjust(headed) for h in heads)] if fits else []
    if not isinstance(item, CategoricalScores):
        return [f"{name} = (", *heading, f"{' ' * (before + 2)}{row_text(item.coefficients)},", ")"]
    body = [
        f"{f'    {w}'.ljust(before)} ({row_text(r)}{comma}),"
        for w, (_, r) in zip(written, item.rows, strict=True)
    ]
    return [f"{name} = {{", *heading, *body, "}"]
