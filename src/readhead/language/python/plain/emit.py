"""A program as the short Python file that people quote: one statement for each variable, and ``run``."""

from __future__ import annotations

from readhead.language.python.literals import WIDTH, docstring, literal
from readhead.language.python.plain.exact import check_exact
from readhead.language.python.plain.facts import Facts
from readhead.language.python.plain.layout import SUFFIXES, Layout, layout_of, suffixed_names
from readhead.language.python.plain.lines import broken
from readhead.language.python.plain.statements import Emitter, emitter, statement
from readhead.language.python.plain.words import (
    ABOUT_HELPERS,
    HELPERS,
    MAIN,
    Settings,
    about_closest,
    closest_text,
    run_lines,
)
from readhead.program.nodes import (
    FULL,
    Classify,
    Constant,
    Indices,
    Node,
    Tokens,
)
from readhead.program.program import Program

ABOUT = "A transformer that is a program."
"""What a file is called whose program has no description."""


def to_plain(program: Program) -> str:
    """The program as a short Python file without helpers, where plain Python says exactly what the program says.

    The file imports nothing but ``sys``. It has ``program(tokens)``, with one statement for each variable, and
    ``run(content)``, which answers as :meth:`Program.run` does for strings; it raises a ValueError for content that
    the program does not take.

    Raises:
        ProgramError, Problems: for variables that plain Python would not compute exactly.

    >>> from readhead.program.nodes import Select, SelectorWidth, Tokens
    >>> same = Select(Tokens(), Tokens(), "==")
    >>> text = to_plain(Program((SelectorWidth(same, name="hist"),)))
    >>> print(text[text.index("def program"):text.index("def run")].strip())
    def program(tokens):
        hist = [sum(key == query for key in tokens) for query in tokens]
        return hist
    """
    check_exact(program)
    e = _shortest(program)
    statements: list[str] = []
    for node in program.variables.values():
        if node not in e.layout.inlined and not isinstance(node, Tokens):
            statements += statement(e, f"{e.names[node]} = ", node)
    statements += _returned(e)
    head = [_about(program), "", "import sys"]
    constants = _constants(e)
    if constants:
        head += ["", *constants]
    writer = e.writer
    tables = [line for name, body in writer.constants.items() for line in broken(f"{name} = {body}", 0)]
    parts = [
        "\n".join(head),
        "\n".join([f"def program({e.tokens}):", *statements]),
        *("\n".join(lines) for lines in writer.functions.values()),
        *(["\n".join(tables)] if tables else []),
        *_helpers(e),
        "\n".join(["def run(content):", *_run(program)]),
        MAIN.format("*" if program.kind == "token_labels" else "").strip("\n"),
    ]
    return "\n\n\n".join(parts) + "\n"


def _shortest(program: Program) -> Emitter:
    """The layout in which the statements take the fewest lines, as far as single changes lead there."""
    facts = Facts(program)
    forced: set[Node] = set()
    layout = layout_of(program, facts, forced)
    todo = [node for node in program.variables.values() if node not in layout.inlined]
    while todo:
        node = todo.pop()
        if isinstance(node, Tokens) or len(_lines_of(program, facts, layout, node)) == 1:
            continue
        better = _better(program, facts, layout, node)
        if better is not None:
            forced.add(better)
            layout = layout_of(program, facts, forced)
            todo += [better, node]
    return emitter(program, facts, layout)


def _lines_of(program: Program, facts: Facts, layout: Layout, *nodes: Node) -> list[str]:
    e = emitter(program, facts, layout)
    return [
        line
        for node in nodes
        if node not in layout.inlined
        for line in statement(e, f"{e.names[node]} = ", node)
    ]


def _better(program: Program, facts: Facts, layout: Layout, node: Node) -> Node | None:
    """What should have a statement of its own, for a variable whose own is broken into lines; None if nothing."""
    least, found = len(_lines_of(program, facts, layout, node)), None
    for child in _inside(node, layout):
        changed = Layout(layout.inlined - {child}, layout.suffixed)
        lines = len(_lines_of(program, facts, changed, node, child))
        if lines < least:
            least, found = lines, child
    return found


def _inside(node: Node, layout: Layout) -> list[Node]:
    """What is written in the statement of a variable, besides constants and positions."""
    found: list[Node] = []
    for child in node.children:
        if child in layout.inlined and child != FULL and not isinstance(child, (Constant, Indices)):
            found += [child, *_inside(child, layout)]
    return list(dict.fromkeys(found))


def _about(program: Program) -> str:
    """The description's first line, as a docstring of one line."""
    first = next((line for line in program.description.splitlines() if line.strip()), ABOUT).strip()
    if len(first) > WIDTH - 6:
        first = first[: WIDTH - 9].rsplit(" ", 1)[0] + "..."
    return docstring(first)[0]


def _constants(e: Emitter) -> list[str]:
    lines: list[str] = []
    tokens = e.program.vocabulary.tokens
    if tokens is not None:
        comma = "," if len(tokens) == 1 else ""
        lines += broken(f"TOKENS = ({', '.join(map(literal, tokens))}{comma})", 0)
    spellings = e.program.vocabulary.spellings
    if spellings:
        lines += broken(
            f"SPELLINGS = ({', '.join(map(literal, spellings))}{',' if len(spellings) == 1 else ''})", 0
        )
    if e.program.causal and not e.told:
        lines.append("CAUSAL = True")
    variables = {node: name for name, node in e.program.variables.items()}
    renamed = [
        f"{literal(n)}: {literal(variables[node])}" for node, n in e.names.items() if n != variables[node]
    ]
    if renamed:
        lines += broken(f"NAMES = {{{', '.join(renamed)}}}", 0)
    if e.layout.suffixed and suffixed_names(e.layout.inlined, e.program.variables):
        lines.append(f"SELECTORS = ({', '.join(map(literal, SUFFIXES))})")
    return lines


def _run(program: Program) -> list[str]:
    lines: list[str] = []
    for line in run_lines(settings_of(program)):
        lines += broken_line(line, 8 if lines and lines[-1].endswith(":") else 4)
    return lines


def broken_line(line: str, indent: int) -> list[str]:
    """A statement's lines; the head of an ``if`` that is too long is put in parentheses."""
    if not line.endswith(":") or indent + len(line) <= WIDTH:
        return broken(line, indent)
    tests = line.removeprefix("if ").removesuffix(":").split(" or ")
    inner = [" " * (indent + 4) + ("or " if i else "") + test for i, test in enumerate(tests)]
    return [" " * indent + "if (", *inner, " " * indent + "):"]


def settings_of(program: Program) -> Settings:
    """What ``run`` has to know of a program."""
    first = program.outputs[0]
    pooled = program.kind == "sequence_label" and isinstance(first, Classify) and first.pooled
    empty = (
        first.labels[0] if pooled and isinstance(first, Classify) and not program.vocabulary.markers else None
    )
    return Settings(program.vocabulary, program.max_length, program.kind, len(program.outputs), empty)


def _helpers(e: Emitter) -> list[str]:
    texts = [f"{about_closest(rules)}\n{closest_text(name, rules)}" for rules, name in e.closest.items()]
    raising = any("raise ProgramError" in line for lines in e.writer.functions.values() for line in lines)
    wanted = {*e.writer.helpers, *(("shape_of", "spelled") if e.program.vocabulary.spellings else ())}
    for name, text in HELPERS.items():
        if name in wanted or (raising and name == "ProgramError"):
            about = ABOUT_HELPERS.get(name)
            texts.append((f"{about}\n" if about else "") + text.strip("\n"))
    return texts


def _returned(e: Emitter) -> list[str]:
    outputs = e.program.outputs
    if len(outputs) == 1 and outputs[0] in e.layout.inlined:
        return statement(e, "return ", outputs[0])
    names = [e.tokens if isinstance(o, Tokens) else e.names[o] for o in outputs]
    return broken(f"return {names[0]}", 4) if len(names) == 1 else _tuple(names)


def _tuple(names: list[str]) -> list[str]:
    one = f"    return {', '.join(names)}"
    if len(one) <= WIDTH:
        return [one]
    return ["    return (", *(f"        {name}," for name in names), "    )"]
