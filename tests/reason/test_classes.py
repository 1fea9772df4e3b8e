"""Word classes: their words, what they speak for, their names, and that naming them changes no answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from tests.strategies import programs_with_inputs

from readhead.errors import EvaluationError
from readhead.language.python import from_python, to_python
from readhead.program import (
    Aggregate,
    CategoricalScores,
    Classify,
    Closest,
    Indices,
    Map,
    NumericScores,
    Program,
    Relation,
    Select,
    Table,
    Tokens,
    Vocabulary,
)
from readhead.reason.classes import with_class_names, word_classes

WORDS = Vocabulary(
    ("the", "Rome", "of", "Oslo", "Bonn"), begin="<s>", unknown="<unk>", split="words", spellings=("title",)
)
TOKENS = Tokens(name="tokens")
KIND = Map(
    Table(
        [(("Rome",), 3), (("Oslo",), 3), (("Bonn",), 3), (("<unk:title>",), 3), (("the",), 1), (("of",), 1)],
        default=0,
    ),
    (TOKENS,),
    name="kind",
)
HEAD = Select(KIND, KIND, Relation([(1, 3), (3, 1), (7, 3), (3, 9)]), name="match")
NEAR = Aggregate(Closest(HEAD, name="focus"), KIND, "pick", name="near")
BOTH = Map(Table([((3, 1), 5), ((3, 3), 6), ((9, 9), 7)], default=4), (KIND, NEAR), name="both")


def answered(*inputs: CategoricalScores | NumericScores, vocabulary: Vocabulary = WORDS) -> Program:
    return Program((Classify(("O", "LOC"), inputs, name="prediction"),), vocabulary)


FULL_PROGRAM = answered(
    CategoricalScores(KIND, [(3, (0, 9)), (1, (5, 0)), (8, (99, 99))]),
    CategoricalScores(NEAR, [(1, (0, 2)), (0, (1, 1))]),
    CategoricalScores(BOTH, [(5, (0, 4)), (4, (2, 0))]),
)


def test_classes_have_words_by_frequency_and_speak_for_what_they_raise_most():
    assert [2, 2, 4] == [len(c.words) for c in word_classes(FULL_PROGRAM)["kind"]]
    found = {c.value: c for c in word_classes(FULL_PROGRAM)["kind"]}
    assert (("the", "of"), "O") == (found[1].words, found[1].label)
    assert (("Rome", "Oslo", "Bonn", "<unk:title>"), "LOC") == (found[3].words, found[3].label)
    assert ["the, of (O)", "Rome, Oslo (LOC)"] == [found[1].name, found[3].name]


def test_a_class_that_the_readout_does_not_read_speaks_for_nothing():
    program = answered(CategoricalScores(NEAR, [(1, (0, 2))]))
    assert {None} == {c.label for c in word_classes(program)["kind"]}
    assert {"Rome, Oslo", "the, of", "<s>, <unk>"} == {c.name for c in word_classes(program)["kind"]}


def test_an_open_vocabulary_and_tables_of_more_have_no_classes():
    assert {} == word_classes(Program((Map(Table([(("a",), 1)], 0), (Tokens(),)),)))
    assert ["kind"] == list(word_classes(FULL_PROGRAM))


def test_names_stand_wherever_classes_are_looked_up():
    named = with_class_names(FULL_PROGRAM)
    trace = named.trace(["the", "Rome", "Paris"])
    names = {c.value: c.name for c in word_classes(FULL_PROGRAM)["kind"]}
    assert [names[0], names[1], names[3], names[3]] == trace.values("kind")
    assert set(trace.values("near")) <= set(names.values())
    assert [4, 4, 5, 5] == trace.values("both")
    assert list(FULL_PROGRAM.variables) == list(named.variables)
    assert named == from_python(to_python(named))
    assert with_class_names(named) == named
    for words in ([], ["of"], ["the", "Rome", "of", "x", "Nice"], ["Oslo", "Oslo", "the"]):
        assert FULL_PROGRAM.run(words) == named.run(words)


@pytest.mark.parametrize(
    "program",
    [
        Program((KIND,), WORDS),
        Program((NEAR,), WORDS),
        answered(NumericScores(KIND, (1, 2))),
        answered(CategoricalScores(Map("+", (KIND, KIND), name="twice"), [(2, (0, 1))])),
        answered(
            CategoricalScores(
                Aggregate(Select(KIND, KIND, "<", name="less"), KIND, "max", 0, name="most"), [(2, (0, 1))]
            )
        ),
        answered(
            CategoricalScores(
                Aggregate(Select(Indices(), Indices(), "==", name="here"), KIND, "pick", 12, name="far"),
                [(2, (0, 1))],
            )
        ),
    ],
)
def test_values_that_are_computed_with_or_are_answers_stay(program):
    assert program == with_class_names(program)


@settings(max_examples=200)
@given(programs_with_inputs())
def test_names_change_no_answer(case):
    program, inputs = case
    named = with_class_names(program)
    for tokens in inputs:
        try:
            expected = program.run(tokens)
        except EvaluationError:
            with pytest.raises(EvaluationError):
                named.run(tokens)
        else:
            assert expected == named.run(tokens)
