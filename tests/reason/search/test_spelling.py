"""What the search computes with arrays, the spelt program computes too, with markers and without."""

from __future__ import annotations

import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from readhead.program import Constant, Indices, Map, Program, SelectorWidth, SOp, Tokens, Vocabulary
from readhead.program.nodes import FULL, Select
from readhead.reason.search import Limits
from readhead.reason.search.bank import Bank, Stop, Term
from readhead.reason.search.bare import bare
from readhead.reason.search.find import productions
from readhead.reason.search.heads import KINDS
from readhead.reason.search.linear import compared, joined, plus, selected, split
from readhead.reason.search.pointwise import compared as comparisons
from readhead.reason.search.sample import NONE, Sample, choose
from readhead.reason.search.spell import Speller
from readhead.tasks.examples import Example

CONTENTS = [tuple(c) for n in (1, 2, 3, 4) for c in list(product("012", repeat=n))[:: 1 + n * n]]
EXAMPLES = tuple(Example(c, tuple("x" for _ in c)) for c in CONTENTS)
VOCABULARIES = {
    "no markers": Vocabulary(tuple("012")),
    "begin": Vocabulary(tuple("012"), begin="<s>"),
    "begin and end": Vocabulary(tuple("012"), begin="<s>", end="</s>"),
}


def grown(causal: bool, size: int) -> Bank:
    bank = Bank(Sample(EXAMPLES, ("0", "1", "2"), causal), Limits(), time.monotonic() + 600)
    for s in range(1, size + 1):
        for production in productions(s):
            production(bank, s)
        bank.close(s)
        comparisons(bank, s)
        bank.close(s)
    return bank


def fill(bank: Bank) -> None:
    for size in (1, 2, 3):
        for production in productions(size):
            production(bank, size)
        bank.close(size)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@pytest.mark.parametrize("causal", [False, True])
def test_a_spelt_expression_has_the_values_of_the_bank(vocabulary: str, causal: bool) -> None:
    bank = grown(causal, 4)
    rng = np.random.default_rng(0)
    met = set()
    for kind in KINDS:
        group = bank.upto(kind, 4)
        operations: dict[tuple[object, ...], int] = {}
        for row, number in enumerate(group.ids.tolist()):
            term = bank.terms[number]
            operations.setdefault((term.op, term.detail if term.op not in ("class", "shift") else ()), row)
        rows = {*operations.values(), *rng.integers(0, len(group), 60).tolist()}
        for row in sorted(rows):
            number = int(group.ids[row])
            met.add(bank.terms[number].op)
            node = Speller(bank, VOCABULARIES[vocabulary], safe=True).node(number)
            program = Program((node,), VOCABULARIES[vocabulary], causal)
            assert program.run_batch(CONTENTS) == expected(bank, kind, group.values[row]), bank.terms[number]
    assert {"at", "near", "width", "class_count", "sign", "extreme", "+", "-", "shift", "filtered"} <= met


def expected(bank: Bank, kind: str, values: np.ndarray) -> list[list[object]]:
    def named(value: int) -> object:
        if kind == "token":
            return "" if value == NONE else bank.sample.alphabet[value]
        return bool(value) if kind == "test" else value

    rows = values.reshape(bank.sample.shape).tolist()
    return [[named(v) for v in row[: len(c)]] for row, c in zip(rows, CONTENTS, strict=True)]


def test_the_bank_keeps_the_smallest_expression_of_each_behaviour() -> None:
    bank = grown(False, 3)
    values = bank.upto("number", 3).values
    assert len(np.unique(values, axis=0)) == len(values)
    assert bank.tried > len(bank.terms)


def test_the_bank_stops_when_it_is_full() -> None:
    limits = Limits(expressions=20)
    bank = Bank(Sample(EXAMPLES, ("0", "1", "2"), False), limits, time.monotonic() + 600)
    with pytest.raises(Stop, match="20 expressions are kept"):
        fill(bank)
    assert len(bank.terms) == 20


def test_the_bank_stops_when_the_time_is_up() -> None:
    bank = Bank(Sample(EXAMPLES, ("0", "1", "2"), False), Limits(), time.monotonic() - 1)
    with pytest.raises(Stop, match="the time is up"):
        bank.check_time()


def test_a_hash_of_a_sum_is_the_sum_of_the_hashes() -> None:
    bank = grown(False, 2)
    values = bank.upto("number", 2).values
    assert (bank.hashes(values[:1] + values[1:2]) == bank.hashes(values[:1]) + bank.hashes(values[1:2])).all()


def test_a_sample_is_always_the_same_and_shows_every_label() -> None:
    examples = [Example((str(i % 3),) * (1 + i % 5), (str(i % 7),) * (1 + i % 5)) for i in range(500)]
    chosen = choose(examples, 20, 60, 40)
    assert chosen == choose(examples, 20, 60, 40)
    assert {label for e in chosen for label in e.labels} == {label for e in examples for label in e.labels}
    assert choose(examples, 20, 60, 1) != chosen


A, B, INDICES = SelectorWidth(FULL), SelectorWidth(Select(Tokens(), Tokens(), "==")), Indices()
SUMS = st.recursive(
    st.sampled_from([A, B, INDICES, Constant(1), Constant(2)]),
    lambda inner: st.builds(lambda op, a, b: Map(op, (a, b)), st.sampled_from("+-"), inner, inner),
    max_leaves=6,
)


@given(SUMS, SUMS, st.sampled_from(["==", "<", "<=", ">", ">=", "!="]))
def test_shortened_sums_and_comparisons_mean_the_same(left: SOp, right: SOp, op: str) -> None:
    pairs: list[tuple[SOp, SOp]] = [
        (left, joined(split(left))),
        (Map("-", (left, right)), plus(left, right, -1)),
        (Map(op, (left, right)), compared(op, left, right)),
        (SelectorWidth(Select(left, right, op)), SelectorWidth(selected(op, left, right))),
    ]
    for long, short in pairs:
        for content in ("a", "abca"):
            assert Program((short,)).run(content) == Program((long,)).run(content)


def test_what_makes_no_difference_is_dropped() -> None:
    bank = grown(False, 2)
    vocabulary = VOCABULARIES["begin and end"]
    width = Term("width", (3, 3), ("==", ""))
    assert bank.terms[3] == Term("tokens")
    bank.terms.append(width)
    spelt = Program((Speller(bank, vocabulary).node(len(bank.terms) - 1),), vocabulary)
    short = bare(spelt, EXAMPLES)
    assert short.outputs == (SelectorWidth(Select(Tokens(), Tokens(), "==")),)
    assert len(short.variables) < len(spelt.variables)
