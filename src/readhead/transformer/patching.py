"""A compiled model whose edges carry different inputs: each reader hears every writer on the input that its edge names.

What a component writes depends on what it heard; so a change of one edge reaches all that comes after it. An edge
that can carry another input without any answer changing is *idle*: the weights have it, and no input that was tried
needs it.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor

from readhead.transformer.layers import Attention, Block
from readhead.transformer.model import Transformer
from readhead.transformer.truth import EdgeName, GroundTruth
from readhead.transformer.wiring import UNEMBEDDING

Codes = Int[Tensor, "batch position"]
Written = dict[str, Float[Tensor, "batch position width"]]
"""What each component adds to the residual stream."""

SAMPLES = 256
"""On how many inputs an edge is tried."""

SHIFTS = (1, 7)
"""Each input takes in what an edge carries on the one so many places before it."""


def patched(
    model: Transformer, codes: Codes, resampled: Collection[EdgeName], other: Mapping[str, Tensor]
) -> tuple[Float[Tensor, "batch position output"], Written]:
    """The logits where some edges carry what their writers say on other inputs, and what every component writes.

    Args:
        model: a compiled model.
        codes: the inputs.
        resampled: the edges that carry something else.
        other: for each of their writers what they carry.
    """
    places = model.positions[: codes.shape[1]].expand(*codes.shape, -1)
    said: Written = {"embedding": model.embedding[codes], "positions": places}

    def heard(reader: str, side: str) -> Tensor:
        parts = [other[w] if (w, reader, side) in resampled else output for w, output in said.items()]
        return torch.stack(parts).sum(dim=0)

    mask = model.mask(codes)[:, 0]
    for b, block in enumerate(model.blocks):
        assert isinstance(block, Block)
        if block.attention is not None:
            names = [f"blocks.{b}.attn.head.{h}" for h in range(block.attention.heads)]
            read = [[heard(name, side) for side in "qkv"] for name in names]
            for h, (name, sides) in enumerate(zip(names, read, strict=True)):
                said[name] = _head(block.attention, h, sides, mask)
        if block.mlp is not None:
            name = f"blocks.{b}.mlp"
            said[name] = block.mlp(heard(name, "mlp"))
    return model.logits(heard(UNEMBEDDING, "unembed")), said


def _head(attention: Attention, h: int, sides: list[Tensor], mask: Tensor) -> Tensor:
    """What one head writes, given what it reads as queries, keys and values."""
    weights = (attention.query, attention.key, attention.value)
    query, key, value = (x @ w[:, h] for x, w in zip(sides, weights, strict=True))
    pattern = (query @ key.transpose(1, 2) * attention.scale + mask).softmax(dim=-1)
    written: Tensor = pattern @ value @ attention.output[h]
    return written


def idle_edges(model: Transformer, truth: GroundTruth) -> tuple[EdgeName, ...]:
    """The edges that matter by the weights, carry what differs, and change no answer on random inputs.

    Args:
        model: a compiled model of a program that labels every token.
        truth: its circuit.

    >>> from readhead.language.rasp import from_rasp
    >>> from readhead.transformer.compiled import compile
    >>> model = compile(from_rasp("x = selector_width(select(tokens, tokens, ==));"), vocabulary="ab", max_length=3)
    >>> idle_edges(model, model.ground_truth())
    ()
    """
    codes = _inputs(model)
    there = codes.ne(len(model.compiled.symbols) - 1)
    there[:, 0] = False
    with torch.no_grad():
        logits, said = patched(model, codes, (), {})
        answers = logits.argmax(dim=-1)[there]
        others = [{name: output.roll(n, 0) for name, output in said.items()} for n in SHIFTS]

        def idle(edge: EdgeName) -> bool:
            found = (patched(model, codes, {edge}, other)[0].argmax(dim=-1)[there] for other in others)
            return all(torch.equal(answers, each) for each in found)

        return tuple(e.name for e in truth.edges if e.matters and not e.constant and idle(e.name))


def _inputs(model: Transformer) -> Codes:
    """Random sequences of all lengths but none."""
    draw, program = random.Random(0), model.program
    tokens, longest = program.vocabulary.tokens or (), program.max_length or 0
    return model.codes([draw.choices(tokens, k=draw.randint(1, longest)) for _ in range(SAMPLES)])
