"""Which helpers a program needs, and the exact text of each."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from readhead.language.python import helpers as text
from readhead.language.python.kinds import Types, ambiguous, plain, value_types
from readhead.language.python.operator_helpers import FUNCTIONS
from readhead.language.python.spelled import SHAPE_OF, SPELLED
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

FIXED = {"program", "sequence", "run", "trace", "read", "KNOWN", "BEFORE", "AFTER"}
"""Names that every file may use."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What decides between the variants of helpers: the variant for True also does what the one for False does.

    Nothing here is a setting: those are read when the file runs.

    Attributes:
        typed_tables: some table reads a variable whose values are only told apart with their types.
        typed_predicates: some finite predicate does.
        typed_scores: some table of scores names the types of its values.
        checked_counts: some numeric input of a read-out may be no integer.
        orders: some selector compares with more than == and !=.
        selectors: there are selectors.
        readouts: there are read-outs, which may have an answer without tokens.
        spellings: unknown words are told apart by their spelling.
    """

    typed_tables: bool
    typed_predicates: bool
    typed_scores: bool
    checked_counts: bool
    orders: bool
    selectors: bool
    readouts: bool
    spellings: bool


NOTHING = Needs(*[False] * len(fields(Needs)))
"""What decides for the least of every helper."""


def needs_of(program: Program) -> Needs:
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
        readouts=any(isinstance(n, Classify) for n in nodes),
        spellings=bool(program.vocabulary.spellings),
    )


def helper_texts(program: Program, needs: Needs) -> list[str]:
    """The helpers of a program's file, in order, each without blank lines around it.

    Args:
        program: the program.
        needs: which variants it needs.
    """
    chosen = [
        text.RUN.format(empty=text.EMPTY if needs.readouts else ""),
        text.TRACE_SELECTORS if needs.selectors else text.TRACE,
        text.ERROR,
        text.READ_SPELLED if needs.spellings else text.READ,
        text.WORDS,
        *([SHAPE_OF, SPELLED] if needs.spellings else []),
        *_computing(program, needs),
        text.MAIN,
    ]
    return [t.strip("\n") for t in chosen]


def forms(program: Program, needs: Needs) -> dict[str, set[str]]:
    """Every form of each helper that does for a program: the one written for it, and those that do more, dumped."""
    more = [f.name for f in fields(needs) if not getattr(needs, f.name)]
    found: dict[str, set[str]] = {}
    for stronger in (
        needs,
        *(replace(needs, **{n: True}) for n in more),
        replace(needs, **dict.fromkeys(more, True)),
    ):
        for name, statement in definitions(helper_texts(program, stronger)).items():
            found.setdefault(name, set()).add(ast.dump(statement))
    return found


def imports_of(texts: Iterable[str]) -> list[str]:
    """The modules that helpers use at import or often, in order; others are imported where they are used."""
    joined = "\n".join(texts)
    return [module for module in ("functools", "math", "operator") if f"{module}." in joined]


def _computing(program: Program, needs: Needs) -> list[str]:
    """The helpers that the statements use."""
    wanted = {"number"}
    for node in program.variables.values():
        wanted |= _wanted(node)
    before = 0
    while before < len(wanted):
        before = len(wanted)
        wanted |= {used for name in wanted for used in text.USES.get(name, ())}
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
    return [forms.get(name, body) for name, body in text.HELPERS.items() if name in wanted]


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
