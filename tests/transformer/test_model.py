"""The module itself: an ordinary transformer, whichever way its weights came about."""

from __future__ import annotations

import copy
import io
import math

import pytest
import torch

from readhead.compile.blueprint import Block
from readhead.errors import InputError, UsageError
from readhead.transformer import Transformer, TransformerConfig
from transformer.blueprints import blueprint, histogram
from transformer.test_config import SHAPE


def ordinary(seed: int = 0, **changed) -> Transformer:
    torch.manual_seed(seed)
    model = Transformer(TransformerConfig(**SHAPE | {"precision": "float64"} | changed))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return model


def by_hand(model: Transformer, tokens: torch.Tensor) -> torch.Tensor:
    """The same sums, written out head by head and position by position."""
    config = model.config
    out = []
    for row in tokens:
        x = model.embedding[row] + model.positions[: len(row)]
        for block in model.blocks:
            if block.attention is not None:
                x = x + attention_by_hand(block, x, row, config)
            if block.mlp is not None:
                read = x if block.second_norm is None else block.second_norm(x)
                hidden = block.mlp.activation(read @ block.mlp.inward + block.mlp.inward_bias)
                x = x + hidden @ block.mlp.outward + block.mlp.outward_bias
        x = x if model.final_norm is None else model.final_norm(x)
        out.append(x @ model.unembedding + model.unembedding_bias)
    return torch.stack(out)


def attention_by_hand(block, x, row, config):
    part, read = block.attention, x if block.first_norm is None else block.first_norm(x)
    added = torch.zeros_like(x)
    for h in range(part.heads):
        sides = []
        for name in ("query", "key", "value"):
            bias = getattr(part, f"{name}_bias")
            sides.append(read @ getattr(part, name)[:, h] + (0 if bias is None else bias[h]))
        query, key, value = sides
        for i in range(len(row)):
            keys = [
                j
                for j in range(len(row))
                if j == 0 or not (row[j] == config.padding or (config.causal and j > i))
            ]
            scores = torch.stack([query[i] @ key[j] for j in keys]) / math.sqrt(config.d_head)
            mixed = (scores.softmax(0)[:, None] * value[keys]).sum(0)
            added[i] = added[i] + mixed @ part.output[h]
    return added if part.output_bias is None else added + part.output_bias


TOKENS = torch.tensor([[0, 1, 2, 3, 4, 4], [3, 3, 1, 4, 1, 0], [4, 4, 4, 4, 4, 4]])

VARIANTS = [
    {},
    {"causal": True},
    {"padding": 4},
    {"padding": 4, "causal": True},
    {"normalization": "layer", "activation": "gelu"},
    {"attention_bias": False},
    {"heads": (0, 3), "hidden": (7, 0)},
    {"layers": 0, "heads": (), "hidden": ()},
]


@pytest.mark.parametrize("changed", VARIANTS, ids=str)
def test_it_computes_what_a_transformer_computes(changed):
    model = ordinary(**changed)
    torch.testing.assert_close(by_hand(model, TOKENS), model(TOKENS), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("changed", VARIANTS, ids=str)
def test_hooks_that_only_look_change_nothing(changed):
    model = ordinary(**changed)
    seen = {}
    hooks = {p.name: lambda x, name=p.name: seen.update({name: tuple(x.shape)}) for p in model.hook_points}
    torch.testing.assert_close(model(TOKENS), model(TOKENS, hooks=hooks), rtol=1e-10, atol=1e-10)
    sizes = {"batch": 3, "position": 6, "query": 6, "key": 6}
    expected = {p.name: tuple(sizes.get(d, d) for d in p.shape) for p in model.hook_points}
    shapes = {name: tuple(1 if s == 1 else s for s in shape) for name, shape in seen.items()}
    assert expected == shapes
    assert list(expected) == list(seen)


def test_a_hook_replaces_what_it_sees():
    model = ordinary()
    changed = model(TOKENS, hooks={"blocks.1.hook_resid_pre": torch.zeros_like})
    from_there = model(TOKENS, hooks={"hook_embed": torch.zeros_like, "hook_pos_embed": torch.zeros_like})
    assert not torch.equal(model(TOKENS), changed)
    assert not torch.equal(from_there, changed)


def test_hooks_are_called_in_the_order_of_the_table():
    model = ordinary()
    called = []
    model(TOKENS, hooks={p.name: lambda x, n=p.name: called.append(n) for p in reversed(model.hook_points)})
    assert [p.name for p in model.hook_points] == called


def test_a_hook_that_is_not_there():
    with pytest.raises(UsageError) as caught:
        ordinary()(TOKENS, hooks={"blocks.0.attn.hook_patern": torch.clone})
    assert "the model has no hook 'blocks.0.attn.hook_patern'" == caught.value.what
    assert caught.value.instead.startswith("did you mean 'blocks.0.attn.hook_pattern'")


def test_padding_changes_nothing():
    model = ordinary(padding=4)
    short = model(TOKENS[:1, :4])
    torch.testing.assert_close(short, model(TOKENS[:1])[:, :4])


def test_later_tokens_change_nothing_in_a_causal_model():
    model = ordinary(causal=True)
    torch.testing.assert_close(model(TOKENS[:1, :3]), model(TOKENS[:1])[:, :3])


def test_too_many_positions():
    with pytest.raises(InputError, match="7 positions are too many: the model has 6"):
        ordinary()(torch.zeros(1, 7, dtype=torch.int64))


@pytest.mark.parametrize("shape", [(3,), (1, 3, 1)])
def test_tokens_of_another_shape(shape):
    with pytest.raises(UsageError) as caught:
        ordinary()(torch.zeros(shape, dtype=torch.int64))
    assert f"tokens of the shape {shape}" == caught.value.what
    assert "[batch, position]" in caught.value.instead


def test_it_can_be_trained():
    torch.manual_seed(0)
    model = Transformer(TransformerConfig(**SHAPE | {"normalization": "layer", "outputs": 5}))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(60):
        logits = model(TOKENS[:2]).flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(logits, TOKENS[:2].roll(1, 1).flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.1 < losses[0]


def test_positions_that_are_given_stay():
    model = ordinary(positions="given")
    assert {"positions"} == {n for n, p in model.named_parameters() if not p.requires_grad}


def test_a_model_that_is_no_program_has_no_names():
    with pytest.raises(
        UsageError, match="this transformer is no compiled program, so its numbers have no names"
    ):
        ordinary().run("ab")


def test_a_blueprint_becomes_its_arrays():
    plan = blueprint()
    model = Transformer.from_blueprint(plan)
    head = plan.blocks[0].heads[0]
    assert ((1,), (4,), 3, 1) == (
        model.config.heads,
        model.config.hidden,
        model.config.d_head,
        model.config.d_value,
    )
    torch.testing.assert_close(torch.tensor(head.query), model.blocks[0].attention.query[:, 0].double())
    assert plan.parameters == model.size
    assert not model.positions.requires_grad


def test_heads_are_padded_to_one_size_and_scores_stay():
    plan = blueprint()
    (block,) = plan.blocks
    wide = type(block.heads[0])(
        "wide", ("hist",), *(torch.zeros(8, 5).numpy() for _ in range(3)), torch.zeros(5, 8).numpy()
    )
    padded = type(plan)(
        **{f: getattr(plan, f) for f in plan.__dataclass_fields__}
        | {"blocks": (Block((*block.heads, wide), block.mlp),)}
    )
    model, small = Transformer.from_blueprint(padded), Transformer.from_blueprint(plan)
    assert (2,) == model.config.heads
    scores = [m.run_with_cache("aab")[1]["blocks.0.attn.hook_attn_scores"][:, :1] for m in (model, small)]
    torch.testing.assert_close(*scores)
    assert small.run("aab") == model.run("aab")


@pytest.mark.parametrize("bias", [0.0, 2.0])
def test_an_elementwise_part_without_units_still_adds_its_bias(bias):
    plan = blueprint()
    (block,) = plan.blocks
    mlp = type(block.mlp)(
        (),
        block.mlp.inward[:, :0],
        block.mlp.inward_bias[:0],
        block.mlp.outward[:0],
        block.mlp.outward_bias * bias,
        (),
    )
    fields = {f: getattr(plan, f) for f in plan.__dataclass_fields__}
    model = Transformer.from_blueprint(type(plan)(**fields | {"blocks": (Block(block.heads, mlp),)}))
    residual = model.stream(model.codes(["a"]))[-1]
    assert [bias, bias] == residual[0, :, -1].tolist()


def test_the_table_of_hooks_names_shapes_and_variables():
    from rich.console import Console

    console = Console(width=120, file=io.StringIO())
    console.print(Transformer.from_blueprint(blueprint()).hook_table())
    rows = [
        [c.strip() for c in line.split("│")[1:-1]]
        for line in console.file.getvalue().splitlines()
        if "│" in line
    ]
    assert ["blocks.0.attn.hook_pattern", "batch, 1, query, key", "hist"] in rows
    assert ["blocks.0.hook_resid_pre", "batch, position, 8", "tokens"] in rows


@pytest.mark.gpu
def test_on_a_gpu_it_gives_the_same_answers():
    model, inputs = Transformer.from_blueprint(blueprint()), ["", "a", "ab", "aab", "bbb"]
    expected = histogram().run_batch(inputs)
    model.to("cuda")
    assert expected == model.run_batch(inputs)
    assert histogram().trace_batch(inputs).diff(model.trace_batch(inputs), common_only=True) is None
    assert [3, 3, 3] == model.run("aab", set={"hist": 3})


def test_a_copy_is_a_model_of_its_own():
    model = Transformer.from_blueprint(blueprint())
    model.run("aab")
    copied = copy.deepcopy(model)
    assert copied.program is model.program
    assert [2, 2, 1] == copied.run("aab") == model.run("aab")
    with torch.no_grad():
        copied.unembedding.zero_()
    copied.legend.readings.pop("alone")
    copied.double()
    assert [2, 2, 1] == model.run("aab") != copied.run("aab")
    assert "alone" in model.legend.readings and torch.float32 == model.unembedding.dtype
