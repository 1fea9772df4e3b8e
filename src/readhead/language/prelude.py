"""Which helpers a program needs, and the exact text of each."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace

from readhead.language import helpers as text
from readhead.language.kinds import Types, ambiguous, plain, value_types
from readhead.language.operator_helpers import FUNCTIONS
from readhead.program.nodes import (
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Map,
    Node,
    Not,
    NumericScores,
    Or,
    Relation,
    Select,
    Selector,
    SelectorWidth,
    Table,
)
from readhead.program.program import Program

FIXED = {"program", "sequence", "run", "trace", "read", "KNOWN"}
"""Names that every file may use."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What decides between the variants of helpers: the variant for True also does what the one for False does.

    Attributes:
        typed_tables: some table reads a variable whose values are only told apart with their types.
        typed_predicates: some finite predicate does.
        typed_scores: some table of scores names the types of its values.
        checked_counts: some numeric input of a read-out may be no integer.
        orders: some selector compares with more than == and !=.
        selectors: there are selectors.
        causal: no query sees a later key.
        renamed: some variable is written differently than it is called.
    """

    typed_tables: bool
    typed_predicates: bool
    typed_scores: bool
    checked_counts: bool
    orders: bool
    selectors: bool
    causal: bool
    renamed: bool


def needs_of(program: Program, renamed: bool) -> Needs:
    """What a program needs."""
    types = value_types(program)
    nodes = list(program.variables.values())
    tables = [n for n in nodes if isinstance(n, Map) and isinstance(n.function, Table)]
    finite = [n for n in nodes if isinstance(n, Select) and isinstance(n.predicate, Relation)]
    compared = {n.predicate for n in nodes if isinstance(n, Select) and isinstance(n.predicate, str)}
    inputs = [item for n in nodes if isinstance(n, Classify) for item in n.inputs]
    counted = {t for i in inputs if isinstance(i, NumericScores) for t in types[i.variable]}
    return Needs(
        typed_tables=any(ambiguous(types[a]) for t in tables for a in t.arguments),
        typed_predicates=any(ambiguous(types[s.keys]) or ambiguous(types[s.queries]) for s in finite),
        typed_scores=any(
            rows_need_types(i, types[i.variable]) for i in inputs if isinstance(i, CategoricalScores)
        ),
        checked_counts=not counted <= {int, bool},
        orders=not compared <= {"==", "!="},
        selectors=any(isinstance(n, Selector) for n in nodes),
        causal=program.causal,
        renamed=renamed,
    )


def helper_texts(program: Program, labels: str | None, needs: Needs) -> list[str]:
    """The helpers of a program's file, in order, each without blank lines around it.

    Args:
        program: the program.
        labels: the name of the constant with the labels of the first output, if that is a read-out.
        needs: which variants it needs.
    """
    trace = text.TRACE_SELECTORS if needs.selectors else text.TRACE
    chosen = [
        _run(program, labels),
        trace.format(name="NAMES.get(name, name)" if needs.renamed else "name"),
        text.ERROR,
        *_reading(program),
        *_computing(program, needs),
        text.MAIN.format(star="*" if program.kind == "token_labels" else ""),
    ]
    return [t.strip("\n") for t in chosen]


def variants(program: Program, labels: str | None, needs: Needs, name: str) -> Iterator[ast.stmt]:
    """Every form of one helper that does for a program: the one written for it, and those that do more."""
    more = [f.name for f in fields(needs) if f.name != "renamed" and not getattr(needs, f.name)]
    for stronger in (
        needs,
        *(replace(needs, **{n: True}) for n in more),
        replace(needs, **dict.fromkeys(more, True)),
    ):
        found = definitions(helper_texts(program, labels, stronger)).get(name)
        if found is not None:
            yield found


def imports_of(texts: Iterable[str]) -> list[str]:
    """The modules that helpers use at import or often, in order; others are imported where they are used."""
    joined = "\n".join(texts)
    return [module for module in ("functools", "math", "operator") if f"{module}." in joined]


def _run(program: Program, labels: str | None) -> str:
    vocabulary = program.vocabulary
    if program.kind == "token_labels":
        begin, end = vocabulary.begin is not None, vocabulary.end is not None
        content = f"[{'1' if begin else ''}:{'-1' if end else ''}]" if begin or end else ""
        return text.RUN.format(content=content)
    at = "0" if program.kind == "sequence_label" else "-1"
    if vocabulary.markers:
        return text.RUN_ONE.format(at=at)
    first = program.outputs[0]
    if program.kind == "sequence_label" and isinstance(first, Classify) and first.pooled:
        otherwise = f"return {labels}[0]"
    else:
        otherwise = 'raise ProgramError("without tokens there is no answer")'
    return text.RUN_ONE_OR_NONE.format(at=at, otherwise=otherwise)


def _reading(program: Program) -> list[str]:
    """How a file makes the sequence that its program sees."""
    vocabulary = program.vocabulary
    words = vocabulary.split == "words"
    split = "words(tokens) if isinstance(tokens, str) else list(tokens)" if words else "list(tokens)"
    lines = [f"content = {split}"]
    if program.max_length is not None:
        lines += [
            "if len(content) > MAX_LENGTH:",
            '    raise ProgramError(f"{len(content)} tokens, and at most {MAX_LENGTH} fit")',
        ]
    checks = vocabulary.tokens is None or vocabulary.unknown is not None
    normal = vocabulary.lower or vocabulary.fold_digits
    if checks:
        lines.append("content = [v if type(v) in (bool, str) else number(v) for v in content]")
    if normal:
        lines.append("content = [normalized(value) for value in content]")
    if vocabulary.unknown is not None:
        lines.append("content = [value if value in KNOWN else UNKNOWN for value in content]")
    elif vocabulary.tokens is not None:
        lines += [
            "outside = [v for v in content if type(v) is not str or v not in KNOWN]",
            "if outside:",
            "    raise ProgramError(f\"not in the vocabulary: {', '.join(map(repr, outside))}\")",
        ]
    parts = ["BEGIN"] * (vocabulary.begin is not None) + ["*content"] + ["END"] * (vocabulary.end is not None)
    if len(parts) > 1:
        lines.append(f"return [{', '.join(parts)}]")
    else:
        lines = _returned(lines)
    chosen = ["\n".join([*text.READ, *(f"    {line}" for line in lines)])]
    if vocabulary.tokens is not None:
        chosen.append(text.KNOWN)
    if words:
        chosen.append(text.WORDS)
    if normal:
        steps = [text.LOWER] * vocabulary.lower + [text.FOLD] * vocabulary.fold_digits
        chosen.append(text.NORMALIZED.format(steps="\n        ".join(steps)))
    return chosen


def _returned(lines: list[str]) -> list[str]:
    """The lines, the last of them a return."""
    if len(lines) == 2 and lines[0] == "content = list(tokens)":
        return [lines[1].replace("content = ", "return ").replace("in content", "in tokens")]
    if lines[-1].startswith("content = "):
        return [*lines[:-1], lines[-1].replace("content = ", "return ", 1)]
    return [*lines, "return content"]


def _computing(program: Program, needs: Needs) -> list[str]:
    """The helpers that the statements use."""
    wanted: set[str] = set()
    for node in program.variables.values():
        wanted |= _wanted(node)
    if program.vocabulary.tokens is None or program.vocabulary.unknown is not None:
        wanted.add("number")
    before = 0
    while before < len(wanted):
        before = len(wanted)
        wanted |= {used for name in wanted for used in text.USES.get(name, ())}
    if wanted & {"select", "compare", "select_not"} and needs.causal:
        wanted.add("visible")
    if not needs.orders and "select" not in wanted:
        wanted.discard("places_of")
    forms = {
        "remembered": text.REMEMBER.format(typed=", typed=True" if needs.typed_tables else ""),
        "select": text.SELECT_TYPED if needs.typed_predicates else text.SELECT_FINITE,
        "compare": text.COMPARE if needs.orders else text.COMPARE_EQUAL,
        "classify": text.CLASSIFY.format(
            lookup=text.LOOKUP_TYPED if needs.typed_scores else text.LOOKUP,
            multiply=text.MULTIPLY_CHECKED if needs.checked_counts else text.MULTIPLY,
        ),
    }
    chosen = [forms.get(name, body) for name, body in text.HELPERS.items() if name in wanted]
    return chosen if needs.causal else [t.replace("visible(selected)", "selected") for t in chosen]


def _wanted(node: Node) -> set[str]:
    """The helpers that a node's statement calls."""
    match node:
        case Map() if isinstance(node.function, str):
            return {"each", FUNCTIONS[node.function]}
        case Map():
            return {"table"}
        case Select() if isinstance(node.predicate, str):
            return {"compare"}
        case Select():
            return {"select"}
        case And():
            return {"select_and"}
        case Or():
            return {"select_or"}
        case Not():
            return {"select_not"}
        case Closest():
            return {"closest"}
        case Aggregate():
            return {text.REDUCTIONS[node.reduce]}
        case SelectorWidth():
            return {"selector_width"}
        case Classify():
            return {"classify"}
        case _:
            return set()


def rows_need_types(scores: CategoricalScores, types: Types) -> bool:
    """Whether a read-out's rows must name the types of the values that they are for."""
    return not all(plain(types, type(value)) for value, _ in scores.rows)


def definitions(texts: Iterable[str]) -> dict[str, ast.stmt]:
    """The statements of helpers by the name that they define; an ``if`` is called ``__main__``."""
    return {defined(s): s for t in texts for s in ast.parse(t).body}


def defined(statement: ast.stmt) -> str:
    """The name that a helper's statement defines."""
    match statement:
        case ast.FunctionDef() | ast.ClassDef():
            return statement.name
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.If():
            return "__main__"
        case _:
            return ""
