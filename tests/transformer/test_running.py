"""Compiled models run like programs: answers, traces, errors."""

from __future__ import annotations

from itertools import product

import pytest
import torch

import readhead as rh
from readhead.compile.compiler import compile_program
from readhead.errors import InputError, UsageError
from readhead.program.nodes import (
    Aggregate,
    And,
    CategoricalScores,
    Classify,
    Closest,
    Indices,
    Map,
    Select,
    Tokens,
)
from readhead.program.program import Program
from readhead.program.vocabulary import Vocabulary
from readhead.transformer import Transformer
from transformer.blueprints import blueprint, histogram

ALL = ["".join(letters) for n in range(4) for letters in product("ab", repeat=n)]


@pytest.fixture(scope="module")
def model() -> Transformer:
    return Transformer.from_blueprint(blueprint())


def test_every_input_has_the_program_s_answer(model):
    assert histogram().run_batch(ALL) == model.run_batch(ALL)
    assert [histogram().run(x) for x in ALL] == [model.run(x) for x in ALL]


@pytest.mark.parametrize("output", ["tokens", "alone", "known"])
def test_any_variable_can_answer(model, output):
    assert histogram().run_batch(ALL, output) == model.run_batch(ALL, output)


@pytest.mark.parametrize("kind", ["sequence_label", "next_token"])
def test_one_answer_for_a_sequence(kind):
    program = histogram(kind=kind)
    model = Transformer.from_blueprint(blueprint(program))
    assert program.run_batch(ALL[1:]) == model.run_batch(ALL[1:])
    for run in (program.run, model.run, model.run_with_cache):
        with pytest.raises(InputError, match="the sequence is empty"):
            run("")


def test_the_trace_is_the_interpreter_s(model):
    expected, actual = histogram().trace_batch(ALL), model.trace_batch(ALL)
    assert expected.diff(actual, common_only=True) is None
    assert ("double",) == expected.diff(actual).only_left
    assert ("tokens", "same", "hist", "alone", "known") == actual.order


@pytest.mark.parametrize(("fallback", "expected"), [("first", [0, 0, 0]), ("own", [0, 0, 2])])
def test_a_closest_that_finds_nothing_shows_its_fallback(fallback, expected):
    earlier = And(Select(Tokens(), Tokens(), "=="), Select(Indices(), Indices(), "<"))
    nearest = Closest(earlier, own="never", fallback=fallback, name="nearest")
    program = Program(
        (Aggregate(nearest, Indices(), "pick", name="found"),), Vocabulary(("a", "b")), max_length=3
    )
    compiled = Transformer.from_blueprint(compile_program(program))
    assert program.trace_batch(ALL).diff(compiled.trace_batch(ALL), common_only=True) is None
    assert expected == compiled.trace("aab").selectors["nearest"][0].argmax(-1).tolist()


def test_values_keep_their_types(model):
    assert [int] == list({type(v) for v in model.run("ab")})


def test_padding_changes_no_logits(model):
    together = model(model.codes(ALL))
    for i, x in enumerate(ALL):
        torch.testing.assert_close(model(model.codes([x]))[0], together[i, : len(x) + 1])


def test_codes_begin_with_the_beginning_token(model):
    assert [[2, 0, 1], [2, 1, 3]] == model.codes(["ab", "b"]).tolist()


def test_an_empty_batch(model):
    assert [] == model.run_batch([])
    assert [] == model.trace_batch([]).tokens


@pytest.mark.parametrize("sequence", ["abc", "aabb", ["a", 1], 7])
def test_inputs_that_the_program_cannot_read(model, sequence):
    errors = []
    for run in (histogram().run, model.run, model.trace, model.errors, model.run_with_cache):
        with pytest.raises(InputError) as caught:
            run(sequence)
        errors.append(str(caught.value))
    assert 1 == len(set(errors))


def test_the_sequence_of_a_batch_that_is_wrong_is_named(model):
    with pytest.raises(InputError) as caught:
        model.run_batch(["ab", "abab"])
    assert "sequence 1" == caught.value.where


def test_a_batch_is_no_text(model):
    with pytest.raises(InputError, match="a batch is the single text 'ab'"):
        model.run_batch("ab")


def test_a_variable_that_is_not_there(model):
    with pytest.raises(UsageError) as caught:
        model.run("ab", "histt")
    assert "the model has no variable 'histt'\n  instead: did you mean 'hist'?" == str(caught.value)


def test_a_variable_that_was_fused_away(model):
    with pytest.raises(UsageError) as caught:
        model.run("ab", "double")
    assert "the variable 'double' cannot be read off the model" == caught.value.what
    assert "it is computed where it is read" == caught.value.why


def test_errors_are_how_far_slots_are_from_0_and_1(model):
    assert {"tokens": 0.0, "hist": 0.0} == model.errors("aab")
    shifted = Transformer.from_blueprint(blueprint())
    with torch.no_grad():
        shifted.blocks[0].mlp.outward_bias[6] += 0.125
    assert {"tokens": 0.0, "hist": 0.125} == shifted.errors("aab")
    assert {"tokens": 0.0, "hist": 0.0} == shifted.errors("")


def test_the_cache_has_hooks_and_variables(model):
    answer, cache = model.run_with_cache("aab")
    assert model.run("aab") == answer == cache["hist"]
    assert ["no", "no", "yes"] == cache["alone"]
    assert (1, 1, 4, 4) == tuple(cache["blocks.0.attn.hook_pattern"].shape)
    torch.testing.assert_close(cache["blocks.0.attn.hook_pattern"].sum(-1), torch.ones(1, 1, 4))
    assert [[0, 1, 0], [0, 1, 0], [1, 0, 0]] == cache.slots("hist").tolist()
    assert [p.name for p in model.hook_points] == list(cache.hooks)
    assert [*cache.hooks, "tokens", "hist", "alone", "known"] == list(cache)
    assert "alone" in cache and "alonee" not in cache
    assert len(list(cache)) == len(cache)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hsit", "the model has no variable 'hsit'\n  instead: did you mean 'hist'?"),
        ("hook_embedd", "the cache has no hook 'hook_embedd'\n  instead: did you mean 'hook_embed'"),
        (
            "blocks.0.attn.pattern",
            "the cache has no hook 'blocks.0.attn.pattern'\n  instead: did you mean 'blocks.0.a",
        ),
        ("double", "the variable 'double' cannot be read off the model"),
        ("same", "the model has no variable 'same'"),
    ],
)
def test_names_that_a_cache_does_not_have(model, name, message):
    _, cache = model.run_with_cache("ab")
    with pytest.raises(UsageError) as caught:
        cache[name]
    assert str(caught.value).startswith(message)


def test_a_view_has_no_slots_in_the_cache(model):
    _, cache = model.run_with_cache("ab")
    with pytest.raises(UsageError) as caught:
        cache.slots("alone")
    assert ("it is read from the slots of 'hist'", "'hist'") == (caught.value.why, caught.value.instead)


def test_a_read_out_that_others_read_is_measured_where_its_slots_are_written():
    tokens = Tokens(name="tokens")
    label = Classify(("a", "b"), (CategoricalScores(tokens, ()),), name="label")
    program = Program((Map("==", (tokens, label), name="same"), label))
    model = Transformer.from_blueprint(compile_program(program, vocabulary="ab", max_length=2))
    assert {"tokens", "label", "same"} == set(model.errors("ab"))
    assert 0.0 == max(model.errors("ab").values())


def test_a_selector_whose_head_counts_for_another_variable_too_is_shown_whole():
    """``same`` is a part of ``either``, and one head counts it for both: the other part alone is not ``either``."""
    text = """
    same = select(tokens, tokens, ==) and select(indices, indices, <);
    either = (select(tokens, tokens, ==) and select(indices, indices, <)) or select(tokens, tokens, !=);
    few = selector_width(same);
    many = selector_width(either);
    both = few + many;
    """
    model = rh.compile(rh.from_rasp(text), vocabulary="ab", max_length=4)
    for tokens in ("a", "aa", "abab", "bbba"):
        assert model.program.trace(tokens).diff(model.trace(tokens), common_only=True) is None
        assert {"same", "either"} <= set(model.trace(tokens).selectors)
    heads = [label.variables for labels in model.legend.heads for label in labels]
    assert ("few", "many") in heads
