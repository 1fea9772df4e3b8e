"""A model is compared with its program: verdicts, counterexamples, inputs."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch

from readhead.errors import UsageError
from readhead.program.nodes import Constant, Map
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary
from readhead.transformer import Transformer, agreement, check_agreement
from readhead.transformer.agreement import inputs_of, readable_tokens
from readhead.transformer.partial import partial_values
from transformer.blueprints import blueprint, histogram


def damaged(column: int, by: float) -> Transformer:
    model = Transformer.from_blueprint(blueprint())
    with torch.no_grad():
        model.unembedding_bias[column] += by
    return model


def test_few_inputs_are_all_tried():
    model = Transformer.from_blueprint(blueprint())
    found = check_agreement(model)
    assert ("agrees", 15, 0, True, 4, None) == (
        found.verdict,
        found.inputs,
        found.unanswered,
        found.exhaustive,
        found.variables,
        found.counterexample,
    )
    assert 0 <= found.max_error < 1e-5
    assert str(found).startswith(
        "the model agrees with its program on all 15 inputs: 4 variables, largest error"
    )
    assert found is model.agreement


def test_progress_counts_inputs():
    seen = []
    check_agreement(
        Transformer.from_blueprint(blueprint()), progress=lambda done, of: seen.append((done, of))
    )
    assert [(15, 15)] == seen


def test_a_disagreement_gives_the_shortest_input():
    found = check_agreement(damaged(2, 2.0))
    assert "disagrees" == found.verdict and not found.exhaustive
    assert ("a",) == found.counterexample.tokens
    assert (
        "the model disagrees with its program on ['a']: variable 'hist', position 0: 1 in the program, 3 in the model"
        == str(found)
    )
    expected = {"tokens": ["a"], "variable": "hist", "position": 0, "program": 1, "model": 3}
    assert expected == found.as_dict()["counterexample"]


def test_a_counterexample_is_made_shorter():
    model = damaged(0, 0.0)
    with torch.no_grad():
        model.unembedding_bias[2] = -2
    found = check_agreement(model, budget=0, samples=0)
    assert 1 == len(set(found.counterexample.tokens))
    assert 3 == len(found.counterexample.tokens)


def test_inputs_without_an_answer_are_counted_apart():
    program = histogram()
    hist = program.outputs[0]
    fails = Map("/", (Constant(1), Map("-", (hist, Constant(2)))), name="fails")
    model = Transformer.from_blueprint(blueprint(Program((hist, fails), program.vocabulary, max_length=3)))
    model.legend.readings.pop("alone"), model.legend.readings.pop("known")
    found = check_agreement(model)
    without = [x for n in range(4) for x in itertools.product("ab", repeat=n) if 2 in program.run(x)]
    assert ("agrees", 15, len(without)) == (found.verdict, found.inputs, found.unanswered)
    assert 0 == found.left_out == found.as_dict()["left_out"]
    said = f"all 15 inputs ({len(without)} of them without an answer, compared on the variables that have values there)"
    assert said in str(found)


def test_no_answer_on_any_input():
    program = histogram()
    hist = program.outputs[0]
    fails = Map("/", (Constant(1), Map("-", (hist, hist))), name="fails")
    model = Transformer.from_blueprint(blueprint(Program((hist, fails), program.vocabulary, max_length=3)))
    model.legend.readings.pop("alone"), model.legend.readings.pop("known")
    found = check_agreement(model)
    assert ("agrees", 15, 14) == (found.verdict, found.inputs, found.unanswered)


def undefined(**settings):
    """Model and program: ``hist``, and where a token occurs twice a variable without a value."""
    hist = histogram().outputs[0]
    fails = Map("/", (Constant(1), Map("-", (hist, Constant(2)))), name="fails")
    model = Transformer.from_blueprint(
        blueprint(Program((hist, fails), histogram().vocabulary, max_length=3, **settings))
    )
    model.legend.readings.pop("alone"), model.legend.readings.pop("known")
    return model


def test_inputs_without_an_answer_are_compared_where_there_are_values():
    """A model that is wrong only where ``fails`` has no value is found out."""
    model = undefined()
    assert {"tokens": ["a", "a"], "hist": [2, 2]} == {
        name: values
        for name, values in partial_values(model.program, "aa").items()
        if name in ("tokens", "hist")
    }
    assert "fails" not in partial_values(model.program, "aa")
    with torch.no_grad():
        model.unembedding[:, 1] = 0
        model.unembedding_bias[1] = -1
    found = check_agreement(model)
    assert ("disagrees", ("a", "a")) == (found.verdict, found.counterexample.tokens)
    assert ("hist", 0, 2) == (
        found.counterexample.difference.variable,
        found.counterexample.difference.position,
        found.counterexample.difference.left,
    )


def test_of_many_inputs_without_an_answer_some_are_left_out(monkeypatch):
    monkeypatch.setattr(agreement, "PARTIAL", 2)
    model = undefined()
    found = check_agreement(model)
    assert found.unanswered > 2 and found.unanswered - 2 == found.left_out
    assert (
        f"({found.unanswered} of them without an answer, of which 2 were compared on the variables that have values "
        f"there, and {found.left_out} not at all)" in str(found)
    )
    nothing = replace(found, left_out=found.unanswered)
    assert f"({found.unanswered} of them without an answer, not compared)" in str(nothing)


def test_all_inputs_shorter_ones_first():
    inputs, exhaustive = inputs_of(histogram(), 0, 10, 15)
    assert exhaustive
    assert [x for n in range(4) for x in itertools.product("ab", repeat=n)] == inputs


def test_boundary_cases_and_random_inputs():
    program = histogram(vocabulary=Vocabulary(tuple("abcdefgh")), max_length=12)
    inputs, exhaustive = inputs_of(program, 0, 200, 100)
    assert not exhaustive
    assert sorted(inputs, key=len) == inputs
    for n in (1, 11, 12):
        assert {(t,) * n for t in "abcdefgh"} <= set(inputs)
        assert {tuple((a + b) * 6)[:n] for a, b in itertools.permutations("abcdefgh", 2)} <= set(inputs)
    assert () in inputs
    assert 200 == len(inputs) - len(inputs_of(program, 0, 0, 100)[0])
    assert set(range(13)) == {len(x) for x in inputs}
    assert inputs == inputs_of(program, 0, 200, 100)[0] != inputs_of(program, 1, 200, 100)[0]


def test_a_large_vocabulary_has_some_of_its_boundary_cases():
    program = histogram(vocabulary=Vocabulary(tuple(f"t{i}" for i in range(3000))), max_length=4)
    inputs, _ = inputs_of(program, 0, 10, 100)
    assert 5_000 < len(inputs) < 15_000


def test_a_vocabulary_without_tokens():
    assert ([()], True) == inputs_of(histogram(vocabulary=Vocabulary(()), max_length=4), 0, 10, 100)


def test_tokens_that_can_be_read():
    assert ("a",) == readable_tokens(histogram(vocabulary=Vocabulary(("a", "B"), lower=True)))
    known, strange = readable_tokens(histogram(vocabulary=Vocabulary(("a",), unknown="?")))
    assert "a" == known
    assert ("?",) == Vocabulary(("a",), unknown="?").sequence([strange])
    spelled = Vocabulary(("a",), unknown="?", spellings=("title", "title-s"))
    assert ("a", "?", "<unk:title>", "<unk:title-s>") == readable_tokens(histogram(vocabulary=spelled))


@pytest.mark.parametrize("numbers", [{"samples": -1}, {"budget": -1}])
def test_negative_numbers(numbers):
    with pytest.raises(UsageError, match=r"samples is -?\d+, budget is -?\d+"):
        check_agreement(Transformer.from_blueprint(blueprint()), **numbers)
