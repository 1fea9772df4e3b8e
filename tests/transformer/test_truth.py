"""The circuit against the weights: what is outside it does nothing, what is inside does something."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest
import torch

from readhead.compile.compiler import compile_program
from readhead.errors import UsageError
from readhead.language.rasp import from_rasp
from readhead.program.nodes import Aggregate, And, Indices, Map, Select, SelectorWidth, Tokens
from readhead.program.program import Program
from readhead.transformer.config import TransformerConfig
from readhead.transformer.layers import Attention
from readhead.transformer.model import Transformer
from readhead.transformer.recipes import written
from readhead.transformer.truth import ground_truth
from transformer.blueprints import blueprint

TOKENS, INDICES = Tokens(name="tokens"), Indices(name="indices")
SAME = Select(TOKENS, TOKENS, "==", name="same")
EARLIER = Select(INDICES, INDICES, "<", name="earlier")
HIST = SelectorWidth(SAME, name="hist")
SEEN = SelectorWidth(And(SAME, EARLIER), name="seen")
FIRST = Aggregate(Select(SEEN, SEEN, "=="), INDICES, "max", 0, name="far")


def two_answers():
    """``hist`` is the answer; ``seen`` and ``far`` do not matter for it."""
    return compile_program(Program((HIST, SEEN, FIRST)), vocabulary="abc", max_length=5)


def model_of(program, letters="abc", longest=5):
    return Transformer.from_blueprint(compile_program(program, vocabulary=letters, max_length=longest))


def inputs_of(model, count=48, seed=0):
    """Codes of random sequences of all lengths, padded, and where there is something."""
    draw = torch.Generator().manual_seed(seed)
    letters, longest = model.program.vocabulary.tokens, model.program.max_length
    lengths = torch.randint(1, longest + 1, (count,), generator=draw).tolist()
    chosen = [torch.randint(len(letters), (n,), generator=draw).tolist() for n in lengths]
    codes = model.codes([[letters[i] for i in sequence] for sequence in chosen])
    return codes, codes != model.config.padding


def patched(model, codes, edges=None, *, other=None):
    """The logits where every reader hears only some writers of this input, the rest from elsewhere or not at all.

    Args:
        model: a compiled model.
        codes: the input.
        edges: (writer, reader, side) that carry this input; None for all.
        other: what the remaining edges carry instead, by writer; None for nothing.
    """
    said = {
        "embedding": model.embedding[codes],
        "positions": model.positions[: codes.shape[1]].expand(*codes.shape, -1),
    }

    def heard(reader, side):
        total = torch.zeros_like(said["embedding"])
        for writer, output in said.items():
            if edges is None or (writer, reader, side) in edges:
                total = total + output
            elif other is not None:
                total = total + other[writer]
        return total

    mask = model.mask(codes)
    for b, block in enumerate(model.blocks):
        written_now = {}
        attention = block.attention
        for h in range(0 if attention is None else len(model.compiled.heads[b])):
            name = f"blocks.{b}.attn.head.{h}"
            query, key, value = (
                heard(name, side) @ weights[:, h]
                for side, weights in zip(
                    "qkv", (attention.query, attention.key, attention.value), strict=True
                )
            )
            pattern = (query @ key.transpose(1, 2) * attention.scale + mask[:, 0]).softmax(dim=-1)
            written_now[name] = pattern @ value @ attention.output[h]
        said |= written_now
        if block.mlp is not None:
            name = f"blocks.{b}.mlp"
            said[name] = block.mlp(heard(name, "mlp"))
    return model.logits(heard("unembedding", "unembed")), said


def everything(model):
    return {e.name for e in ground_truth(model).edges}


PROGRAMS = {recipe.name: recipe.program for recipe in written()}


def test_the_circuit_of_a_histogram():
    truth = ground_truth(blueprint())
    assert "hist" == truth.answer
    assert ["embedding", "positions", "blocks.0.attn.head.0", "blocks.0.mlp", "unembedding"] == [
        c.name for c in truth.components
    ]
    assert ["embedding", "blocks.0.attn.head.0", "blocks.0.mlp", "unembedding"] == [
        c.name for c in truth.components if c.matters
    ]
    head, mlp = "blocks.0.attn.head.0", "blocks.0.mlp"
    assert [
        ("embedding", head, "q", ("tokens",)),
        ("embedding", head, "k", ("tokens",)),
        ("embedding", head, "v", ()),
        (head, mlp, "mlp", ("hist",)),
        (mlp, "unembedding", "unembed", ("hist",)),
    ] == [(*e.name, e.variables) for e in truth.edges]
    assert all(e.matters for e in truth.edges)
    assert [("embedding", head, "v")] == [e.name for e in truth.edges if e.constant]
    assert ("bos",) == truth.edges[2].slots
    assert {"alone": ("hist",), "known": ()} == truth.views
    assert {"double": "it is computed where it is read"} == truth.fused


def test_a_model_knows_its_circuit():
    model = Transformer.from_blueprint(blueprint())
    assert ground_truth(blueprint()) == ground_truth(model) == model.ground_truth()


def test_components_say_where_they_are():
    head = ground_truth(blueprint()).component("blocks.0.attn.head.0")
    assert ("head", 0, 0, "blocks.0.attn.hook_z", ("hist",)) == (
        head.kind,
        head.block,
        head.head,
        head.hook,
        head.variables,
    )
    with pytest.raises(UsageError, match=r"no component 'blocks\.0.attn.head.9'"):
        ground_truth(blueprint()).component("blocks.0.attn.head.9")


def test_what_does_not_matter_for_the_answer():
    truth = ground_truth(two_answers())
    assert "hist" == truth.answer
    left = truth.minimal()
    assert {c.name for c in truth.components if c.matters} == {c.name for c in left.components}
    assert {e.name for e in truth.edges if e.matters} == {e.name for e in left.edges}
    assert len(left.edges) < len(truth.edges)
    assert all("indices" not in e.variables for e in left.edges)
    far = truth.minimal("far")
    assert "far" == far.answer and ("far",) == far.component("unembedding").variables
    assert {"tokens", "indices", "seen"} <= {v for e in far.edges for v in e.variables}
    assert ("embedding",) == tuple(e.writer for e in truth.minimal("tokens").edges)
    assert left == left.minimal()
    with pytest.raises(UsageError, match="no variable 'nothing'"):
        truth.minimal("nothing")


@pytest.mark.parametrize("name", PROGRAMS)
def test_patching_everything_is_the_model(name):
    model = model_of(PROGRAMS[name])
    codes, there = inputs_of(model, 16)
    with torch.no_grad():
        torch.testing.assert_close(patched(model, codes)[0][there], model(codes)[there], atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("name", PROGRAMS)
def test_ablating_all_that_is_outside_changes_nothing(name):
    model = model_of(PROGRAMS[name])
    assert_outside_is_idle(model)


def test_ablating_what_other_answers_need_changes_nothing():
    model = Transformer.from_blueprint(two_answers())
    assert any(not e.matters for e in ground_truth(model).edges)
    assert_outside_is_idle(model)


def assert_outside_is_idle(model):
    inside = {e.name for e in ground_truth(model).edges if e.matters}
    codes, there = inputs_of(model)
    with torch.no_grad():
        expected = patched(model, codes)[0].argmax(dim=-1)[there]
        assert torch.equal(expected, model(codes).argmax(dim=-1)[there])
        zeroed = patched(model, codes, inside)[0].argmax(dim=-1)[there]
        assert torch.equal(expected, zeroed)
        other = patched(model, codes.roll(1, 0))[1]
        resampled = patched(model, codes, inside, other=other)[0].argmax(dim=-1)[there]
        assert torch.equal(expected, resampled)
        constants = {e.name for e in ground_truth(model).edges if e.matters and e.constant}
        kept = patched(model, codes, inside - constants, other=other)[0].argmax(dim=-1)[there]
        assert torch.equal(expected, kept)


@pytest.mark.parametrize("name", PROGRAMS)
def test_resampling_any_component_inside_changes_an_answer(name):
    model = model_of(PROGRAMS[name])
    truth = ground_truth(model)
    codes, there = inputs_of(model, 96)
    edges = everything(model)
    with torch.no_grad():
        expected = patched(model, codes)[0].argmax(dim=-1)[there]
        other = patched(model, codes.roll(1, 0))[1]
        informing = {e.writer for e in truth.minimal().edges if not e.constant}
        assert informing >= {c.name for c in truth.components if c.matters and c.kind in ("head", "mlp")}
        for component in truth.components:
            kept = {e for e in edges if e[0] != component.name}
            if component.name in informing - {"positions"}:
                found = patched(model, codes, kept, other=other)[0].argmax(dim=-1)[there]
                assert not torch.equal(expected, found), component.name


@pytest.mark.parametrize("name", PROGRAMS)
def test_resampling_any_edge_that_is_not_constant_changes_an_answer(name):
    model = model_of(PROGRAMS[name])
    codes, there = inputs_of(model, 192)
    with torch.no_grad():
        expected = patched(model, codes)[0].argmax(dim=-1)[there]
        other = patched(model, codes.roll(1, 0))[1]
        for edge in ground_truth(model).minimal().edges:
            if not edge.constant:
                found = patched(model, codes, everything(model) - {edge.name}, other=other)[0]
                assert not torch.equal(expected, found.argmax(dim=-1)[there]), edge.name


@pytest.mark.parametrize("name", PROGRAMS)
def test_edges_that_are_constant_are_the_same_on_every_input_and_the_others_differ(name):
    model = model_of(PROGRAMS[name])
    truth = ground_truth(model)
    assert all(e.constant for e in truth.edges if e.writer == "positions")
    assert all(e.constant for e in truth.edges if not e.variables)
    codes, there = inputs_of(model, 96)
    at = {slot.name: i for i, slot in enumerate(model.compiled.slots)}
    with torch.no_grad():
        said = patched(model, codes)[1]
    for edge in truth.edges:
        seen = said[edge.writer][:, :, [at[slot] for slot in edge.slots]]
        spread = max(
            float((column := seen[there[:, p], p]).max(dim=0).values.sub(column.min(dim=0).values).max())
            for p in range(1, codes.shape[1])
        )
        assert edge.constant == (spread < 1e-4), edge.name


def test_what_a_causal_head_makes_of_positions_is_constant():
    mean = Aggregate(Select(INDICES, INDICES, "<="), INDICES, "max", 0, name="mean")
    program = Program((Map("+", (mean, SelectorWidth(SAME, name="hist"))),))
    edges = {}
    for causal in (False, True):
        truth = ground_truth(model_of(replace(program, causal=causal)))
        edges[causal] = [e for e in truth.edges if "head" in e.writer and "mean" in str(e.variables)]
        assert edges[causal]
    assert not any(e.constant for e in edges[False])
    assert all(e.constant for e in edges[True])


def test_edges_are_the_weights():
    model = Transformer.from_blueprint(two_answers())
    found = {e.name for e in ground_truth(model).edges}
    head = next(b.attention for b in model.blocks if isinstance(b.attention, Attention))
    slots = [i for i, s in enumerate(model.compiled.slots) if s.variable == "tokens"]
    assert (("embedding", "blocks.0.attn.head.0", "q") in found) == bool((head.query[:, 0] != 0)[slots].any())


def test_scores():
    truth = ground_truth(blueprint())
    edges = [e.name for e in truth.edges if not e.constant]
    perfect = truth.score(edges)
    assert (1.0, 1.0) == (perfect.precision, perfect.recall)
    assert tuple(edges) == perfect.right
    extra = ("positions", "blocks.0.mlp", "mlp")
    partly = truth.score([edges[0], extra])
    assert (0.5, 0.25) == (partly.precision, partly.recall)
    assert (extra,) == partly.extra and tuple(edges[1:]) == partly.missing
    none = truth.score([])
    assert (1.0, 0.0) == (none.precision, none.recall)
    constant = ("embedding", "blocks.0.attn.head.0", "v")
    assert perfect == truth.score([*edges, constant])
    assert (constant,) == truth.score(edges, constants=True).missing
    with pytest.raises(UsageError, match=r"no component 'blocks\.7.mlp'"):
        truth.score([("blocks.7.mlp", "unembedding", "unembed")])


def test_as_json():
    truth = ground_truth(blueprint())
    data = json.loads(truth.to_json())
    assert data == truth.as_dict()
    assert ["answer", "components", "edges", "views", "fused"] == list(data)
    assert {
        "writer": "embedding",
        "reader": "blocks.0.attn.head.0",
        "side": "q",
        "variables": ["tokens"],
        "slots": ["one", "tokens:a", "tokens:b"],
        "matters": True,
        "constant": False,
    } == data["edges"][0]


def test_networkx():
    pytest.importorskip("networkx")
    truth = ground_truth(two_answers())
    graph = truth.to_networkx()
    assert [c.name for c in truth.components] == list(graph)
    assert {e.name for e in truth.edges} == set(graph.edges(keys=True))
    assert "head" == graph.nodes["blocks.0.attn.head.0"]["kind"]


def test_without_networkx(monkeypatch):
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(UsageError, match="networkx is not installed"):
        ground_truth(blueprint()).to_networkx()


def test_a_model_that_is_no_program_has_none():
    config = TransformerConfig(
        width=4, layers=1, heads=1, d_head=2, d_value=2, hidden=4, symbols=3, outputs=2, longest=4
    )
    with pytest.raises(UsageError, match="no compiled program"):
        ground_truth(Transformer(config))


def test_a_program_without_blocks():
    truth = ground_truth(compile_program(from_rasp("x = tokens;"), vocabulary="ab", max_length=2))
    assert [("embedding", "unembedding", "unembed")] == [e.name for e in truth.edges]
    assert [] == [c.name for c in truth.components if c.kind in ("head", "mlp")]
