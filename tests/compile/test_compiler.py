"""Compiled programs against the interpreter: every variable, every length, both precisions, causal and not."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import readhead as rh
from compile.agreement import difference, inputs
from program.cases import CASES
from readhead.compile import run
from readhead.compile.cells import sum_table
from readhead.compile.circuit import Budget
from readhead.compile.compiler import compile_program
from readhead.compile.values import Function, Variable
from readhead.errors import CompileError, InputError, UsageError
from readhead.program import (
    FULL,
    LENGTH,
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Constant,
    Indices,
    Map,
    Not,
    NumericScores,
    Or,
    Program,
    Select,
    SelectorWidth,
    Table,
    Tokens,
    Vocabulary,
)
from strategies import LETTERS, contents, programs

ROOT = Path(__file__).resolve().parents[2]
TOKENS, INDICES = Tokens(name="tokens"), Indices(name="indices")
SAME = Select(TOKENS, TOKENS, "==")
EARLIER = Select(INDICES, INDICES, "<")
NUMBER = Map(Table([(("a",), 1), (("b",), 2), (("c",), -4)], 0), (TOKENS,), name="number")
SHARE = Map("/", (NUMBER, Constant(4)), name="share")
MIXED = Map("if", (Map("==", (TOKENS, Constant("a"))), Constant(2.0), NUMBER), name="mixed")


def check(program, alphabet="abc", longest=5, **options):
    blueprint = compile_program(program, vocabulary=alphabet, max_length=longest, **options)
    assert difference(blueprint, inputs(alphabet, longest)) is None
    return blueprint


def test_a_histogram_by_hand():
    blueprint = check(Program((SelectorWidth(SAME, name="hist"),)), "abc", 4)
    names = [
        "one",
        "bos",
        "tokens:a",
        "tokens:b",
        "tokens:c",
        "hist~share",
        *(f"hist:{i}" for i in (1, 2, 3, 4)),
    ]
    assert names == [slot.name for slot in blueprint.slots]
    assert [(1, 4)] == [(len(b.heads), b.mlp.inward.shape[1]) for b in blueprint.blocks]
    assert ("a", "b", "c", "<begin>", "<padding>") == blueprint.symbols
    assert (1, 2, 3, 4) == blueprint.readings["hist"].values and 0 == blueprint.readings["hist"].block
    assert [(-1, "embedding")] * 5 + [(0, "attention")] + [(0, "mlp")] * 4 == [
        s.written for s in blueprint.slots
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_everybodys_programs(case):
    given = [c for c, _ in case.answers if all(type(t) is str for t in c)]
    program = case.program
    alphabet = program.vocabulary.tokens or tuple(dict.fromkeys(t for c in given for t in c))
    if not given:
        alphabet = ("1", "2")
    longest = program.max_length or 6
    try:
        blueprint = compile_program(program, vocabulary=alphabet, max_length=longest)
    except CompileError as error:
        assert "budget" in error.why
        return
    assert difference(blueprint, inputs(alphabet, longest)) is None
    for content, answer in case.answers:
        if content in given:
            assert [answer] == run.answers(blueprint, [content])


EXAMPLES = [
    (folder / name, alphabet)
    for folder in (ROOT / "examples", ROOT / "src/readhead/language/rasp/library")
    for name, alphabet in [
        ("histogram.rasp", "abcde"),
        ("double_histogram.rasp", "abcd"),
        ("reverse.rasp", "abcd"),
        ("sort.rasp", "dcba"),
        ("most_frequent.rasp", "abcd"),
        ("shuffle_dyck.rasp", "(){}x"),
        ("dyck.rasp", "(){}"),
        ("induction.rasp", "abcd"),
        ("long_addition.rasp", "0159+"),
        ("caesar.rasp", "abxyz "),
        ("palindrome.rasp", "ab"),
    ]
    if (folder / name).exists()
]


@pytest.mark.parametrize(
    ("file", "alphabet"), EXAMPLES, ids=lambda x: x.parent.name + "/" + x.stem if isinstance(x, Path) else ""
)
@pytest.mark.parametrize("causal", [False, True])
def test_examples_and_library(file, alphabet, causal):
    check(replace(rh.load(file), causal=causal), alphabet, 6)


@pytest.mark.parametrize(
    ("name", "output"), [("sort", "sorted_bos"), ("histogram", "hist_bos"), ("double_histogram", "hist2_bos")]
)
def test_programs_with_a_beginning_of_their_own(name, output):
    program = rh.from_rasp(
        (ROOT / f"src/readhead/language/rasp/library/{name}.rasp").read_text("utf-8"), f"{name}.rasp", output
    )
    check(program, "§abc", 5)


@pytest.mark.parametrize("name", ["histogram", "reverse", "sort", "induction", "most_frequent", "palindrome"])
def test_length_forty(name):
    program = rh.load(ROOT / f"examples/{name}.rasp")
    blueprint = compile_program(program, vocabulary="abcdef", max_length=40)
    assert difference(blueprint, inputs("abcdef", 40, exhaustive=2, others=60)) is None


def test_length_at_exactly_the_maximum():
    for longest in (1, 2, 9, 10, 40):
        blueprint = check(Program((LENGTH,)), "a", longest)
        assert [[n] * n for n in range(longest + 1)] == run.answers(
            blueprint, ["a" * n for n in range(longest + 1)]
        )


def test_long_programs_are_small():
    sizes = {"histogram": 3_000, "reverse": 15_000, "sort": 25_000, "induction": 16_000}
    for name, most in sizes.items():
        program = rh.load(ROOT / f"examples/{name}.rasp")
        assert compile_program(program, vocabulary="abcdefghij", max_length=10).parameters <= most, name


SELECTORS = {
    "full": FULL,
    "same": SAME,
    "earlier": EARLIER,
    "none": Not(FULL),
    "others": Not(Select(INDICES, INDICES, "==")),
    "and": And(SAME, EARLIER),
    "lexicographic": Or(Select(TOKENS, TOKENS, "<"), And(SAME, EARLIER)),
    "or": Or(SAME, EARLIER),
    "keys and queries": Or(Select(TOKENS, Constant("a"), "=="), Select(Constant("b"), TOKENS, "==")),
    "not or": Not(Or(SAME, Select(INDICES, Constant(1), "=="))),
    "by a width": Select(SelectorWidth(And(SAME, EARLIER)), INDICES, "=="),
    "nearest": Closest(SAME),
    "nearest of few": And(Closest(SAME, "later", "never", "own"), Select(TOKENS, Constant("a"), "==")),
    "nearest of nearest": Closest(Closest(EARLIER), "later"),
    "of two": Select(Map("+", (NUMBER, INDICES)), INDICES, "<="),
}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", SELECTORS)
def test_widths(name, causal):
    check(Program((SelectorWidth(SELECTORS[name]),), causal=causal))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "values", [NUMBER, SHARE, MIXED, TOKENS, Constant(3)], ids=["int", "float", "mixed", "str", "constant"]
)
@pytest.mark.parametrize("reduce", ["mean", "sum", "max", "min", "pick"])
@pytest.mark.parametrize("name", ["full", "same", "earlier", "or", "nearest", "by a width"])
def test_aggregates(name, reduce, values, causal):
    outputs = tuple(Aggregate(SELECTORS[name], values, reduce, default) for default in (0, 2.0, "none"))
    for output in outputs:
        check(Program((output,), causal=causal), "abc", 3)


TENTHS = Map(Table([(("a",), 0.1), (("b",), 0.7)], 0.3), (TOKENS,), name="tenths")


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("selector", ["same", "full", "earlier", "or", "others"])
def test_a_mean_of_rounded_sums_depends_on_how_many_there_are(selector, causal):
    """The mean of three times 0.1 is 0.10000000000000002, of one 0.1: attention alone cannot tell them apart."""
    mean = Aggregate(SELECTORS[selector], TENTHS, "mean", 0, name="mean")
    blueprint = check(Program((mean,), causal=causal), "abc", 4)
    given = ["aaaa", "aaa", "bbba", "ababa"[:4]]
    assert [blueprint.program.run(s) for s in given] == run.answers(blueprint, given)


def test_of_sums_that_are_nearly_the_same_both_ends_are_points():
    """0 and 0.9e-9 mean the same and 1.95e-9 does not: the step starts at the greater of the two."""
    sources = (Variable("x", ("a", "b", "c"), 0, 2), Variable("y", (0, 1), 0, 5))
    sums = (np.array([0.0, 0.9e-9, 1.95e-9]), np.array([0.0, 1.0]))
    codes = np.array([[0, 1], [0, 1], [1, 1]])
    points, decided = sum_table(Function((True, False), sources, codes, sums))
    assert [0.0, 0.9e-9, 1.95e-9, 1.0] == points[:4].tolist()
    assert [0, 0, 1, 1] == decided[:4].tolist()


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize("value", [0.1, 3, -0.0])
def test_a_mean_of_equal_numbers_is_a_function_of_the_width(value, reduce):
    check(Program((Aggregate(SAME, Constant(value), reduce, 0),)), "ab", 6)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("fallback", ["first", "own"])
@pytest.mark.parametrize("own", ["last", "never", "any"])
@pytest.mark.parametrize("tie", ["earlier", "later"])
def test_closest(tie, own, fallback, causal):
    selectors = [
        SAME,
        EARLIER,
        FULL,
        And(SAME, Not(EARLIER)),
        Select(TOKENS, Constant("b"), "=="),
        Or(SAME, EARLIER),
    ]
    outputs = tuple(
        Aggregate(Closest(s, tie, own, fallback), v, "pick") for s in selectors for v in (INDICES, TOKENS)
    )
    check(Program(outputs, causal=causal))


SCORES = (
    CategoricalScores(TOKENS, [("a", (0, 2, 1)), ("b", (1, 0, -2))]),
    NumericScores(SelectorWidth(SAME), (-1, 1, 0)),
)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("kind", ["token_labels", "sequence_label", "next_token"])
def test_read_outs(kind, pooled, causal):
    label = Classify(("x", "y", "z"), SCORES, pooled, name="label")
    check(Program((label,), kind=kind, causal=causal))
    read = Map("==", (label, Constant("y")), name="read")
    check(Program((read, label), kind=kind, causal=causal))
    check(Program((SelectorWidth(Select(label, label, "==")),), causal=causal))


def test_a_pooled_read_out_of_nothing():
    program = Program((Classify(("x", "y", "z"), SCORES, True),), kind="sequence_label")
    blueprint = compile_program(program, vocabulary="ab", max_length=0)
    assert [program.run("")] == run.answers(blueprint, [""])


def test_what_a_program_does_not_depend_on():
    never = Map("-", (INDICES, INDICES), name="zero")
    certain = Map("or", (Constant(True), Map("==", (TOKENS, TOKENS))), name="certain")
    blueprint = check(Program((never, certain, Constant(1.0, name="float"))), "ab", 3)
    assert ((0,), (True,), (1.0,)) == tuple(
        blueprint.readings[n].values for n in ("zero", "certain", "float")
    )
    assert () == blueprint.blocks
    check(Program((Map("==", (TOKENS, Constant("a"))),)), "a", 1)
    check(Program((LENGTH, INDICES)), "a", 1)
    check(Program((LENGTH, INDICES, TOKENS)), "a", 0)


def test_fused_variables_are_listed():
    difference_of = Map("-", (SelectorWidth(SAME, name="count"), INDICES), name="inner")
    blueprint = check(Program((Map("abs", (difference_of,), name="outer"),)))
    assert {"inner": "a function of count, indices, computed together with what reads it"} == blueprint.fused
    assert {"tokens", "indices", "count", "outer"} == set(blueprint.readings)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", ["histogram", "reverse", "sort"])
def test_both_precisions(name, precision):
    blueprint = check(rh.load(ROOT / f"examples/{name}.rasp"), "abc", 6, precision=precision)
    assert precision == blueprint.precision == str(blueprint.embedding.dtype)
    assert all(gap >= 4 * error for gap, error in blueprint.margins.values())


def test_a_sequence_has_the_same_stream_whatever_its_batch():
    blueprint = compile_program(rh.load(ROOT / "examples/sort.rasp"), vocabulary="abc", max_length=6)
    sequences = ["", "a", "cba", "abcabc", "bb"]
    codes, _ = run.encode(blueprint, sequences)
    together = run.forward(blueprint, codes)[-1]
    for i, sequence in enumerate(sequences):
        alone = run.forward(blueprint, run.encode(blueprint, [sequence])[0])[-1][0]
        np.testing.assert_allclose(alone, together[i, : len(sequence) + 1], atol=1e-4)


def test_compiling_is_deterministic():
    program = rh.load(ROOT / "examples/most_frequent.rasp")
    first, second = (compile_program(program, vocabulary="abc", max_length=5) for _ in range(2))
    assert first.slots == second.slots and first.margins == second.margins
    for a, b in zip(first.blocks, second.blocks, strict=True):
        for x, y in zip(a.heads, b.heads, strict=True):
            assert all((getattr(x, n) == getattr(y, n)).all() for n in ("query", "key", "value", "output"))
        assert (a.mlp is None) == (b.mlp is None)
        if a.mlp is not None and b.mlp is not None:
            assert (a.mlp.inward == b.mlp.inward).all() and (a.mlp.outward == b.mlp.outward).all()


def test_vocabulary_and_length_are_needed_and_must_fit():
    program = Program((LENGTH,))
    with pytest.raises(UsageError, match="takes any token"):
        compile_program(program, max_length=3)
    with pytest.raises(UsageError, match="sequences of any length"):
        compile_program(program, vocabulary="ab")
    closed = Program((LENGTH,), Vocabulary(("a", "b")), max_length=3)
    with pytest.raises(
        UsageError, match="not in the program's vocabulary: 'c'\n  instead: tokens that it knows: 'a', 'b'"
    ):
        compile_program(closed, vocabulary="abc")
    with pytest.raises(UsageError, match=r"takes at most 3 tokens\n  instead: a length of 3, or less"):
        compile_program(closed, max_length=4)
    smaller = compile_program(closed, vocabulary="b", max_length=2)
    assert ("b",) == smaller.program.vocabulary.tokens and 2 == smaller.program.max_length
    with pytest.raises(InputError):
        run.trace(smaller, ["a"])


def test_refusals_name_the_variable_and_the_budget():
    many = Aggregate(SAME, INDICES, "mean", 0, name="far")
    with pytest.raises(
        CompileError, match=r"variable 'far' needs .* different sums or more, more than 16384"
    ) as caught:
        compile_program(Program((many,)), vocabulary="ab", max_length=200)
    assert "size budget" in caught.value.why
    with pytest.raises(CompileError, match="variable 'indices' can have 9 values, more than 8"):
        compile_program(Program((INDICES,)), vocabulary="ab", max_length=9, budget=Budget(values=8))
    with pytest.raises(CompileError, match="more than 10 coordinates are needed"):
        compile_program(Program((INDICES,)), vocabulary="ab", max_length=9, budget=Budget(width=10))
    with pytest.raises(
        CompileError, match=r"variable 'selector_width_1' takes \d+ of \d+ numbers, more than 100 in all"
    ) as caught:
        compile_program(
            Program((SelectorWidth(SAME),)),
            vocabulary="ab",
            max_length=9,
            budget=Budget(parameters=100),
        )
    assert "size budget: parameters" in caught.value.why
    near = Map(Table([(("a",), 1.0), (("b",), 1.0 + 2**-52)], 3.0), (TOKENS,), name="near")
    with pytest.raises(CompileError, match=r"variable 'mean' has values a gap of .* apart") as caught:
        compile_program(
            Program((Aggregate(SAME, near, "mean", name="mean"),)), vocabulary="abc", max_length=3
        )
    with pytest.raises(CompileError, match=r"variable 'mean' has values a gap of .* apart") as caught:
        compile_program(
            Program((Aggregate(FULL, near, "mean", name="mean"),)), vocabulary="abc", max_length=3
        )
    assert "error budget" in caught.value.why
    with pytest.raises(
        CompileError, match=r"needs a gap of .* to survive, but float32 can be off by"
    ) as caught:
        compile_program(
            rh.load(ROOT / "examples/most_frequent.rasp"),
            vocabulary="abcd",
            max_length=20,
            precision="float32",
        )
    assert "float64" in caught.value.instead


def _benchmark():
    spec = importlib.util.spec_from_file_location("interpret_benchmark", ROOT / "benchmarks/interpret.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", range(3))
def test_programs_of_a_learned_shape(seed):
    program = _benchmark().learned_program(seed, layers=2, heads=2, mlps=1, values=8)
    blueprint = compile_program(program)
    assert difference(blueprint, inputs(program.vocabulary.tokens, program.max_length, exhaustive=2)) is None


@st.composite
def compiled_programs(draw):
    program = draw(programs(max_steps=15))
    vocabulary = program.vocabulary
    if vocabulary.tokens is None:
        tokens = draw(st.sampled_from([LETTERS, LETTERS[:2], ("1", "2", "a", "B")]))
        vocabulary = replace(vocabulary, tokens=tokens)
    program = replace(program, vocabulary=vocabulary, max_length=draw(st.sampled_from([1, 4, 6])))
    return program, draw(st.lists(contents(program), min_size=1, max_size=8))


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    deadline=None,
)
@given(compiled_programs())
def test_random_programs_agree_on_every_variable(drawn):
    program, sequences = drawn
    try:
        blueprint = compile_program(program)
    except CompileError as error:
        event("refused")
        assert "budget" in error.why
        return
    event("compiled")
    assert difference(blueprint, sequences) is None
