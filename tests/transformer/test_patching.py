"""Edges that carry other inputs, against the tests' own way to run a circuit."""

from __future__ import annotations

import pytest
import torch

from readhead.compile.compiler import compile_program
from readhead.transformer.family import members
from readhead.transformer.model import Transformer
from readhead.transformer.patching import idle_edges, patched
from readhead.transformer.recipes import random_program, written
from readhead.transformer.truth import ground_truth
from transformer.test_truth import PROGRAMS, inputs_of, model_of
from transformer.test_truth import patched as patched_otherwise


@pytest.mark.parametrize("name", ["sort", "induction", "double-histogram"])
def test_each_edge_alone(name):
    model = model_of(PROGRAMS[name])
    codes, there = inputs_of(model, 24)
    edges = {e.name for e in ground_truth(model).edges}
    with torch.no_grad():
        logits, said = patched(model, codes, (), {})
        torch.testing.assert_close(logits[there], model(codes)[there], atol=1e-3, rtol=1e-3)
        other = {name: output.roll(1, 0) for name, output in said.items()}
        for edge in edges:
            found = patched(model, codes, {edge}, other)[0]
            expected = patched_otherwise(model, codes, edges - {edge}, other=other)[0]
            torch.testing.assert_close(found[there], expected[there], atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("recipe", written(), ids=lambda r: r.name)
def test_written_programs_have_no_idle_edges(recipe):
    model = model_of(recipe.program)
    assert () == idle_edges(model, ground_truth(model))


def test_an_edge_that_the_weights_have_and_no_input_needs_is_idle():
    model = model_of(random_program(1, 2))
    truth = ground_truth(model)
    assert (("blocks.0.attn.head.0", "blocks.1.mlp", "mlp"),) == idle_edges(model, truth)
    assert truth.component("blocks.0.attn.head.0").matters


def test_the_random_models_of_the_family_have_no_idle_edges():
    made = [m for m in members(1, [(3, 5)], len(written()) + 4) if m.recipe.source == "random"]
    assert 4 == len(made)
    for member in made:
        model = Transformer.from_blueprint(compile_program(member.program))
        assert () == idle_edges(model, ground_truth(model)), member.name
