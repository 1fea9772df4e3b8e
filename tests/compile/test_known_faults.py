"""What is known to go wrong in Tracr, each a test that it does not here."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import readhead as rh
from compile.agreement import difference, inputs
from readhead.compile import run
from readhead.compile.compiler import compile_program
from readhead.language.rasp import from_rasp
from readhead.program import LENGTH, Constant, Map, Program, Table, Tokens

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HIST = "hist = selector_width(select(tokens, tokens, ==));\n"


def compiled(text, alphabet="abc", longest=5, output=None):
    return compile_program(from_rasp(text, "text.rasp", output), vocabulary=alphabet, max_length=longest)


def heads(blueprint):
    return [head for block in blueprint.blocks for head in block.heads]


def units(blueprint, name):
    """How many hidden units a variable takes."""
    return sum(block.mlp.owners.count(name) for block in blueprint.blocks if block.mlp is not None)


@pytest.mark.parametrize("longest", range(1, 41))
def test_length_at_exactly_the_maximum(longest):
    blueprint = compile_program(Program((LENGTH,)), vocabulary="ab", max_length=longest)
    lengths = (longest, longest - 1)
    assert [[n] * n for n in lengths] == run.answers(blueprint, [("ab" * n)[:n] for n in lengths])


FULL = {
    "reverse.rasp:reverse": lambda s: s[::-1],
    "sort.rasp:sorted": sorted,
    "most_frequent.rasp:most_freq": lambda s: _by_frequency(s),
    "shuffle_dyck.rasp:shuffle_dyck": lambda s: _brackets(s),
}


def _by_frequency(tokens):
    counts = Counter(tokens)
    found = sorted(counts, key=lambda t: (-counts[t], tokens.index(t)))
    return found + ["§"] * (len(tokens) - len(found))


def _brackets(tokens):
    depths, failed, answers = {"()": 0, "{}": 0}, False, []
    for token in tokens:
        for pair in depths:
            depths[pair] += (token == pair[0]) - (token == pair[1])
        failed = failed or min(depths.values()) < 0
        answers.append("F" if failed else "P" if any(depths.values()) else "T")
    return answers


@pytest.mark.parametrize("longest", [1, 2, 3, 9, 10, 11, 20, 40])
@pytest.mark.parametrize("name", FULL)
def test_sequences_of_exactly_the_maximum_length(name, longest):
    alphabet = "(){}" if "dyck" in name else "abcd"
    blueprint = compile_program(rh.load(EXAMPLES / name), vocabulary=alphabet, max_length=longest)
    given = [s for s in inputs(alphabet, longest, exhaustive=0, others=30) if len(s) == longest]
    given += [[alphabet[0]] * longest, [alphabet[i % 2] for i in range(longest)]]
    assert [list(FULL[name](s)) for s in given] == run.answers(blueprint, given)


def test_attention_does_not_leak_however_large_the_keys():
    alphabet = tuple(map(chr, range(0x4E00, 0x4E00 + 300)))
    blueprint = compiled(HIST, alphabet, 40)
    (head,) = heads(blueprint)
    assert head.query.shape[1] > 300
    given = [alphabet[0]] * 20 + list(alphabet[1:21])
    (x,) = run.forward(blueprint, run.encode(blueprint, [given])[0])[0]
    scores = (x @ head.query) @ (x @ head.key).T / math.sqrt(head.query.shape[1])
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    same = np.array([[a == b for b in given] for a in given])
    assert weights[1:, 1:][~same].max() < 1e-6
    np.testing.assert_allclose(weights[1:21, :21], 1 / 21, rtol=1e-5)


def test_means_have_every_share_for_a_value():
    text = 'share = aggregate(full_s, indicator(tokens == "a"));'
    blueprint = compiled(text, "ab", 7)
    shares = {k / n for n in range(1, 8) for k in range(n + 1)}
    assert shares == set(blueprint.readings["share"].values)
    assert difference(blueprint, inputs("ab", 7, exhaustive=7)) is None


def test_means_of_several_numbers():
    text = 'd = {"a": -3, "b": 1, "c": 2.5};\nmean = aggregate(select(indices, indices, <=), d[tokens], 0);'
    blueprint = compiled(text, "abc", 5)
    assert difference(blueprint, inputs("abc", 5, exhaustive=5)) is None


@pytest.mark.parametrize("default", ['"none"', "0", '"a"'])
def test_an_empty_selection_gives_its_default_also_downstream(default):
    text = (
        f"before = aggregate(select(indices, indices - 1, ==), tokens, {default});\n"
        f"first = before == {default};\nagain = aggregate(select(indices, 0, ==), before, 7);"
    )
    blueprint = compiled(text, "ab", 4)
    assert difference(blueprint, inputs("ab", 4, exhaustive=4)) is None


def test_padding_is_counted_by_no_selector():
    text = (
        "late = selector_width(select(indices, 1, >));\n"
        'third = aggregate(select(indices, 2, ==), tokens, "-");\n'
    )
    blueprint = compiled(text, "ab", 6, "late")
    assert difference(compiled(text, "ab", 6, "third"), inputs("ab", 6)) is None
    sequences = ["a", "abab", "ab", "bbbaba", ""]
    assert [[max(0, len(s) - 2)] * len(s) for s in sequences] == run.answers(blueprint, sequences)
    assert difference(blueprint, list(map(list, sequences))) is None


@pytest.mark.parametrize(
    "selector",
    [
        "select(tokens, tokens, ==) and select(indices, indices, <)",
        "select(tokens, tokens, <) or (select(tokens, tokens, ==) and select(indices, indices, <))",
        "not (select(tokens, tokens, ==) or select(indices, indices, ==))",
        'select(tokens, "a", ==) and not select(indices, indices, >)',
    ],
)
def test_composite_selectors_compile(selector):
    blueprint = compiled(f"count = selector_width({selector});", "abc", 5)
    assert difference(blueprint, inputs("abc", 5, exhaustive=4)) is None


@pytest.mark.parametrize("value", [1, 1.0, True, "word"])
def test_constants_and_length_compile(value):
    blueprint = compile_program(
        Program((Constant(value, name="constant"), LENGTH)), vocabulary="ab", max_length=3
    )
    assert [[value] * 3] == run.answers(blueprint, ["aba"])
    assert [type(value)] == [type(v) for v in blueprint.readings["constant"].values]
    assert difference(blueprint, inputs("ab", 3)) is None


@pytest.mark.parametrize("by", [1, 2])
def test_a_shift_where_the_alphabet_is_larger_than_the_length(by):
    text = f'shifted = aggregate(select(indices, indices - {by}, ==), tokens, "_");'
    blueprint = compiled(text, "abcdefghijklmnopqrstuvwxyz", 3)
    assert [["_"] * min(by, 3) + list("xyz"[: 3 - by])] == run.answers(blueprint, ["xyz"])


def test_the_same_expression_written_twice_costs_one_head():
    text = (
        "one = selector_width(select(tokens, tokens, ==));\n"
        "two = selector_width(select(tokens, tokens, ==)) + 1;\n"
        "sum = one + two;\n"
    )
    once, twice = compiled(HIST, "abc", 4), compiled(text, "abc", 4, "two")
    assert 1 == len(heads(once)) == len(heads(twice))
    assert 1 == len(heads(compiled(text, "abc", 4, "sum")))


def test_1_and_true_stay_apart():
    rows = [(("a",), 1), (("b",), True), (("c",), 1.0)]
    mixed = Map(Table(rows), (Tokens(),), name="mixed")
    blueprint = compile_program(Program((mixed,)), vocabulary="abc", max_length=3)
    (answer,) = run.answers(blueprint, ["abc"])
    assert [(int, 1), (bool, True), (float, 1.0)] == [(type(v), v) for v in answer]


def test_negative_values_are_kept():
    text = 'd = {"a": -2, "b": 3, "c": -0.5};\nnumber = d[tokens];\nworst = aggregate_min(full_s, number);'
    blueprint = compiled(text, "abc", 4, "worst")
    assert [[-2] * 4] == run.answers(blueprint, ["bacb"])
    assert difference(blueprint, inputs("abc", 4, exhaustive=4)) is None
    assert {-2, 3, -0.5} == set(blueprint.readings["number"].values)


def test_hidden_units_stand_only_where_a_function_changes():
    text = HIST + "below = indices - hist < 0;"
    blueprint = compiled(text, "abc", 10)
    assert units(blueprint, "below") <= 2
    assert difference(blueprint, inputs("abc", 10, exhaustive=4)) is None
    alone = compiled("positive = 2 * indices - 7 < 0;", "abc", 10)
    assert () == alone.blocks
    assert difference(alone, inputs("abc", 10)) is None


@pytest.mark.parametrize(
    ("expression", "most"),
    [("hist + indices", 40), ("hist - indices", 40), ("hist < indices", 2), ("hist == indices", 4)],
)
def test_sums_and_comparisons_take_no_unit_for_each_pair(expression, most):
    blueprint = compiled(f"{HIST}both = {expression};\nrest = indices % 2;", "abc", 20, "both")
    assert difference(blueprint, inputs("abc", 20, exhaustive=3)) is None
    assert 0 < units(blueprint, "both") <= most < 20 * 20


def test_products_take_no_more_units_than_there_are_values():
    blueprint = compiled(f'{HIST}both = hist * indicator(tokens == "a");', "abc", 20, "both")
    assert units(blueprint, "both") <= 40
    assert difference(blueprint, inputs("abc", 20, exhaustive=3)) is None


DYCK = 'load "shuffle_dyck";\nanswer = shuffle_dyck_k({});\n'
TRACR = [
    ("reverse.rasp:reverse", 10, 108_059, 1.0),
    ("sort.rasp:sorted", 10, 269_903, 1.0),
    ("most_frequent.rasp:most_freq", 10, 602_624, 1.0),
    ("histogram.rasp:hist", 10, 4_153, 1.0),
    (DYCK.format('["()"]'), 10, 337_343, 0.1),
    (DYCK.format('["()", "{}"]'), 10, 1_114_772, 0.1),
    ("sort.rasp:sorted", 40, 3_682_733, 0.1),
    ("most_frequent.rasp:most_freq", 40, 90_000_000, 0.1),
]
"""Programs, lengths, how many parameters Tracr's model has for an alphabet of ten, and what share of them will do."""


@pytest.mark.parametrize(
    ("name", "longest", "parameters", "share"),
    TRACR,
    ids=["reverse", "sort", "sort_freq", "hist", "shuffle_dyck", "shuffle_dyck2", "sort 40", "sort_freq 40"],
)
def test_models_are_smaller(name, longest, parameters, share):
    program = rh.load(EXAMPLES / name) if ".rasp" in name else from_rasp(name, "dyck.rasp", "answer")
    alphabet = "(){}efghij" if "dyck" in name else "abcdefghij"
    assert compile_program(program, vocabulary=alphabet, max_length=longest).parameters <= share * parameters


@pytest.mark.parametrize("pairs", ['["()"]', '["()", "{}"]'])
def test_brackets_of_length_forty_compile(pairs):
    program = from_rasp(DYCK.format(pairs), "dyck.rasp", "answer")
    blueprint = compile_program(program, vocabulary="(){}", max_length=40)
    given = [*inputs("(){}", 40, exhaustive=2, others=30), list("()" * 20), list("({" * 10 + "})" * 10)]
    assert difference(blueprint, given) is None
