"""Lines of emitted files, and the variables and rows that they belong to; coverage.py on a learned program."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

import coverage
import pytest
from hypothesis import given, settings

import readhead as rh
from readhead.errors import DataError
from readhead.language.python.lines import lines_of
from readhead.program import Map, Program, Relation, Select, SelectorWidth, Table, Tokens, Vocabulary
from strategies import programs

LEARNED = Path(__file__).resolve().parents[3] / "examples" / "learned" / "dyck2.py"


@settings(max_examples=60, deadline=None)
@given(programs(max_steps=10))
def test_every_row_has_its_line(program):
    lines = lines_of(program)
    text = rh.to_python(program).splitlines()
    for name, node in program.variables.items():
        own = [line for line in lines.values() if line.variable == name]
        rows = [row for line in own for row in line.rows]
        assert "statement" in {line.part for line in own}
        if isinstance(node, Map) and isinstance(node.function, Table):
            assert sorted(map(repr, rows)) == sorted(repr(key) for key, _ in node.function.entries)
            for line in own:
                answers = {value for key, value in node.function.entries if key in line.rows}
                assert not line.rows or all(
                    repr(v)[1:-1].strip("'") in text[line.number - 1] for v in answers
                )
        elif isinstance(node, Select) and isinstance(node.predicate, Relation):
            assert sorted(map(repr, rows)) == sorted(map(repr, node.predicate.pairs))


def test_lines_say_what_they_are_for():
    same = Select(
        Tokens(name="tokens"), Tokens(name="tokens"), Relation([("a", "a"), ("b", "b")]), name="same"
    )
    table = Map(
        Table([((n,), n * n) for n in range(5)], default=99), (SelectorWidth(same, name="n"),), name="square"
    )
    program = Program((table,), Vocabulary(("a", "b")))
    text = rh.to_python(program).splitlines()
    told = {text[line.number - 1].strip(): str(line) for line in lines_of(program).values()}

    def said(code: str) -> str:
        return told[code].split(": ", 1)[1]

    assert "the statement of n" == said("n = selector_width(same)")
    assert "the table of square, row 3" == said("return 9")
    assert "the table of square, all other keys" == said("return 99")
    assert "the predicate of same, rows ('a', 'a'), ('b', 'b')" in {
        said(c) for c in told if c.startswith("return key")
    } or ("the predicate of same, row ('a', 'a')" in {line.split(": ", 1)[1] for line in told.values()})


def test_names_of_the_file_are_names_of_variables():
    program = Program((Map("str", (Tokens(name="run"),), name="lambda_"),))
    assert {"run", "lambda_"} == {line.variable for line in lines_of(program).values()}


def test_an_edited_file_has_its_own_lines():
    program = rh.load("examples/hist.py")
    text = rh.to_python(program)
    longer = text.replace("def program(sequence):\n", "def program(sequence):\n\n\n")
    assert [n + 2 for n in lines_of(program)] == list(lines_of(program, longer))


def test_lines_of_a_plain_file():
    tokens = Tokens(name="tokens")
    shout = Map(Table([((c,), c.upper() * 9) for c in "abcdef"], ""), (tokens,), name="shout")
    pairs = Select(tokens, tokens, Relation([(c, c * 9) for c in "abcdef"]), name="pairs")
    program = Program((shout, SelectorWidth(pairs, name="n")), Vocabulary(tuple("abcdef")))
    text = rh.to_python(program, style="plain")
    found = {(line.variable, line.part) for line in lines_of(program, text).values()}
    assert {("shout", "statement"), ("shout", "table"), ("n", "statement")} <= found
    assert {"predicate"} == {part for name, part in found if part not in ("statement", "table")}


def test_scores_and_labels_are_read_outs():
    parts = {
        line.part for line in lines_of(rh.load("examples/hist.py")).values() if line.variable == "prediction"
    }
    assert {"statement", "scores", "labels"} == parts


def test_text_that_is_no_python():
    with pytest.raises(DataError):
        lines_of(Program((Tokens(),)), "def (")


def missing_lines(path: Path, inputs: Sequence[str]) -> Iterator[int]:
    """The lines that these inputs never reach, as coverage.py has them."""
    measured = coverage.Coverage(data_file=None, config_file=False, include=[str(path)])
    measured.start()
    try:
        spec = importlib.util.spec_from_file_location("learned", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for tokens in inputs:
            module.run(tokens)
    finally:
        measured.stop()
    yield from measured.analysis(str(path))[2]


def test_lines_that_coverage_never_hits_are_rows_that_no_input_uses():
    program = rh.load(LEARNED)
    lines = lines_of(program, LEARNED.read_text())
    inputs = ["(({", "()", "{}{}"]
    unused = [lines[n] for n in missing_lines(LEARNED, inputs) if n in lines]
    assert not [line for line in unused if line.part == "statement"]  # every variable is computed
    tables = {name for name, node in program.variables.items() if isinstance(node, Map)}
    heads = {name for name, node in program.variables.items() if isinstance(node, Select)}
    assert {line.variable for line in unused} & tables and {line.variable for line in unused} & heads
    trace = program.trace_batch(inputs)
    for name in sorted(tables):
        node = program.variables[name]
        if not isinstance(node.function, Table):
            continue
        read = [trace.variables[program.names[argument]] for argument in node.arguments]
        used = {
            tuple(column.value(batch, i) for column in read)
            for batch, tokens in enumerate(trace.tokens)
            for i in range(len(tokens))
        }
        for line in lines.values():
            if line.variable == name and line.rows:
                assert (line in unused) == used.isdisjoint(line.rows), line
