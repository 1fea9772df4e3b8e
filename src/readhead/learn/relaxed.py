"""The relaxed program: every choice of a Transformer Program as a distribution, differentiable end to end.

The model is the paper's ("Learning Transformer Programs", Friedman, Wettig and Chen, NeurIPS 2023, section 3): one
variable per slot of the residual stream; heads choose a query, a key and a value variable and a predicate; MLPs
read two chosen variables; the read-out is log-linear over all variables. A whole population of restarts is one
leading dimension. With one-hot choices (:func:`~readhead.learn.choices.harden`) the forward pass computes exactly what
the discretized :class:`~readhead.program.program.Program` computes: numbers below 2**24 are exact in float32, and
:func:`~readhead.learn.presets.plan` sees to it that they stay below.

Tensors are ``[restart, variable, value, position, batch]``. The stream is one tensor that every layer writes its
variables into, so nothing is copied from layer to layer; :mod:`readhead.learn.gradient` is the backward pass. Padded
positions are zero in every variable, so padding is never matched, summed or scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from readhead.learn.attention import ClosestOrder, Pattern, closest_pattern, outer_sum, over_keys
from readhead.learn.shape import Shape

Choices = Mapping[str, Tensor]

CHUNK = 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """A padded batch of sequences, the same for all restarts.

    Attributes:
        tokens: ``[position, batch]`` token codes; anything at padding.
        words: ``[value, position, batch]`` one-hot tokens, None where words are embedded.
        places: ``[value, position, batch]`` one-hot positions.
        mask: ``[position, batch]``, 1 at the sequence's positions, 0 at padding.
        labels: ``[position, batch]`` label codes, -1 where not scored; ``[1, batch]`` when pooled.
        given: ``[variable, value, position, batch]`` one-hot inputs that are not learned, None for none.
        numbers: ``[variable, position, batch]`` numbers that are not learned, None for none.
    """

    tokens: Int[Tensor, "position batch"]
    words: Float[Tensor, "value position batch"] | None
    places: Float[Tensor, "value position batch"]
    mask: Float[Tensor, "position batch"]
    labels: Int[Tensor, "position batch"]
    given: Float[Tensor, "variable value position batch"] | None = None
    numbers: Float[Tensor, "variable position batch"] | None = None


@dataclass(slots=True)
class Heads:
    """What a layer's heads computed, for the backward pass and for traces; ``h`` counts categorical heads first.

    Attributes:
        queries: ``[restart, h, value, position, batch]``.
        wanted: ``[restart, h, value, position, batch]`` the key value that each query looks for.
        sources: ``[restart, h + categorical, value, position, batch]`` keys, then values.
        matches: ``[restart, h, query, key, batch]``.
        pattern: of the categorical heads.
        numbers: ``[restart, 1, numerical, position, batch]`` what the numerical heads sum.
    """

    queries: Tensor
    wanted: Tensor
    sources: Tensor
    matches: Tensor
    pattern: Pattern | None
    numbers: Tensor | None


@dataclass(slots=True)
class Stream:
    """The residual stream, and how it came about.

    Attributes:
        categorical: ``[restart, variable, value, position, batch]``.
        numerical: ``[restart, variable, position, batch]``.
        heads: for each layer; None where it has none.
        pairs: for each layer, ``[restart * mlp, 2, value, position * batch]`` what categorical MLPs read.
        networks: for each layer, ``[restart, mlp, 2, position * batch]`` what numerical MLPs read (before the
            cap), and ``[restart, mlp, value, position * batch]`` their outputs.
    """

    categorical: Tensor
    numerical: Tensor
    heads: list[Heads | None] = field(default_factory=list)
    pairs: list[Tensor | None] = field(default_factory=list)
    networks: list[tuple[Tensor, Tensor] | None] = field(default_factory=list)


def run_stream(
    shape: Shape, choices: Choices, batch: Batch, order: ClosestOrder, temperature: float | None
) -> Stream:
    """All variables of a batch.

    Args:
        shape: the program's parts.
        choices: sampled, or hardened.
        batch: the sequences.
        order: the order of preference of closest matches for the batch's length.
        temperature: of the numerical MLPs' softmax; None where the choices are hardened and numerical MLPs are
            tables.
    """
    stream = _inputs(shape, choices, batch)
    for layer in range(shape.layers):
        stream.heads.append(_heads(shape, choices, layer, stream, batch, order))
        stream.pairs.append(_categorical_mlps(shape, choices, layer, stream))
        stream.networks.append(_numerical_mlps(shape, choices, layer, stream, batch, temperature))
    return stream


def scores(
    choices: Choices, stream: Stream, batch: Batch, *, pooled: bool
) -> Float[Tensor, "restart label position batch"]:
    """The read-out's score of every label; ``[restart, label, 1, batch]``, summed over positions, when pooled."""
    n, size = batch.mask.shape
    total = torch.bmm(choices["readout"].flatten(2), stream.categorical.flatten(1, 2).flatten(2))
    total.baddbmm_(choices["readout_numbers"], stream.numerical.flatten(2))
    total = total.view(total.shape[0], total.shape[1], n, size)
    return total.sum(dim=2, keepdim=True) if pooled else total


def _inputs(shape: Shape, choices: Choices, batch: Batch) -> Stream:
    restarts = choices["readout"].shape[0]
    n, size = batch.mask.shape
    like = choices["readout"]
    categorical = like.new_empty(restarts, shape.categorical_before(shape.layers), shape.values, n, size)
    numerical = like.new_empty(restarts, shape.numerical_before(shape.layers), n, size)
    if shape.embeddings:
        table = choices["embedding"]  # [restart, variable, word, value]
        rows = table.permute(2, 0, 1, 3).flatten(1)
        embedded = torch.nn.functional.embedding(batch.tokens, rows).permute(2, 0, 1)
        words = embedded.reshape(restarts, shape.embeddings, shape.values, n, size)
        torch.mul(words, batch.mask, out=categorical[:, : shape.embeddings])
    else:
        assert batch.words is not None
        categorical[:, 0] = batch.words
    categorical[:, shape.place_of_positions] = batch.places
    numerical[:, 0] = batch.mask
    if batch.given is not None:
        categorical[:, shape.place_of_positions + 1 : shape.inputs] = batch.given
    if batch.numbers is not None:
        numerical[:, 1 : 1 + shape.given_numerical] = batch.numbers
    return Stream(categorical, numerical)


def mix(
    weights: Float[Tensor, "restart sum variable"], variables: Tensor
) -> Float[Tensor, "restart sum rest"]:
    """Weighted sums over the first variables of the stream."""
    return torch.bmm(weights, variables[:, : weights.shape[2]].flatten(2))


def _heads(
    shape: Shape, choices: Choices, layer: int, stream: Stream, batch: Batch, order: ClosestOrder
) -> Heads | None:
    """Write the new variables of a layer's heads into the stream."""
    cat, num, d = shape.categorical_heads, shape.numerical_heads, shape.values
    if cat + num == 0:
        return None
    n, size = batch.mask.shape
    queries = mix(choices[f"{layer}.query"], stream.categorical)
    restarts = queries.shape[0]
    sources = mix(source_weights(shape, choices, layer), stream.categorical).view(restarts, -1, d, n, size)
    predicate = choices[f"{layer}.predicate"].transpose(-1, -2).reshape(-1, d, d)
    wanted = torch.bmm(predicate, queries.view(-1, d, n * size)).view(restarts, cat + num, d, n, size)
    matches = outer_sum(wanted, sources[:, : cat + num])
    if order.causal is not None:
        matches *= order.causal
    pattern = numbers = None
    if cat:
        pattern = closest_pattern(matches[:, :cat], order)
        first = shape.categorical_before(layer)
        new = stream.categorical[:, first : first + cat]
        over_keys(pattern.weights, sources[:, cat + num :], new)
        new *= batch.mask
    if num:
        numbers = mix(choices[f"{layer}.number"], stream.numerical).view(restarts, num, 1, n, size)
        first = shape.numerical_before(layer)
        over_keys(matches[:, cat:], numbers, stream.numerical[:, first : first + num].unsqueeze(2))
    return Heads(queries.view(wanted.shape), wanted, sources, matches, pattern, numbers)


def source_weights(shape: Shape, choices: Choices, layer: int) -> Float[Tensor, "restart source variable"]:
    """Which variables a layer's heads read as keys, and then (categorical heads) as values."""
    keys = choices[f"{layer}.key"]
    return torch.cat([keys, choices[f"{layer}.value"]], dim=1) if shape.categorical_heads else keys


def _categorical_mlps(shape: Shape, choices: Choices, layer: int, stream: Stream) -> Tensor | None:
    """Write the new variables of a layer's categorical MLPs into the stream; returns what they read."""
    mlps, d = shape.categorical_mlps, shape.values
    if not mlps:
        return None
    read = choices[f"{layer}.mlp_read"].flatten(1, 2)
    inputs = mix(read, stream.categorical).view(len(read) * mlps, 2, d, -1)
    table = choices[f"{layer}.mlp_table"].reshape(-1, d * d, d).transpose(1, 2)
    first = shape.categorical_before(layer) + shape.categorical_heads
    out = inputs.new_empty(len(read) * mlps, d, inputs.shape[3])
    for some in chunks(inputs.shape[3]):
        left, right = inputs[:, 0, :, None, some], inputs[:, 1, None, :, some]
        torch.bmm(table, (left * right).flatten(1, 2), out=out[:, :, some])
    new = stream.categorical[:, first : first + mlps]
    new.copy_(out.view(new.shape))
    return inputs


def _numerical_mlps(
    shape: Shape, choices: Choices, layer: int, stream: Stream, batch: Batch, temperature: float | None
) -> tuple[Tensor, Tensor] | None:
    """Write the new variables of a layer's numerical MLPs into the stream; returns what they read, and outputs."""
    mlps, d = shape.numerical_mlps, shape.values
    if not mlps:
        return None
    read = choices[f"{layer}.num_mlp_read"].flatten(1, 2)
    inputs = mix(read, stream.numerical).view(len(read), mlps, 2, -1)
    capped = inputs.clamp(max=shape.cap)
    first = shape.categorical_before(layer) + shape.categorical_heads + shape.categorical_mlps
    new = stream.categorical[:, first : first + mlps]
    if temperature is None:
        cell = (capped[:, :, 0] * (shape.cap + 1) + capped[:, :, 1]).long()
        best = choices[f"{layer}.num_mlp_table"].flatten(2).gather(2, cell)
        out = torch.nn.functional.one_hot(best, d).to(inputs.dtype).transpose(2, 3).contiguous()
    else:
        out = inputs.new_empty(len(read), mlps, d, inputs.shape[3])
        for some in chunks(inputs.shape[3]):
            logits, _ = number_network(choices, layer, capped[:, :, :, some])
            out[:, :, :, some] = torch.softmax(logits.div_(temperature), dim=2)
    torch.mul(out.view(new.shape), batch.mask, out=new)
    return inputs, out


def number_network(
    choices: Choices, layer: int, inputs: Float[Tensor, "restart mlp 2 point"]
) -> tuple[Float[Tensor, "restart mlp value point"], Float[Tensor, "restart*mlp hidden point"]]:
    """The logits of a numerical MLP on pairs of numbers, and its one hidden layer of rectified units."""
    restarts, mlps, _, points = inputs.shape
    w_in, b_in = choices[f"{layer}.num_mlp_in"], choices[f"{layer}.num_mlp_bias"]
    w_out, b_out = choices[f"{layer}.num_mlp_out"], choices[f"{layer}.num_mlp_out_bias"]
    hidden = torch.baddbmm(b_in.flatten(0, 1), w_in.flatten(0, 1), inputs.flatten(0, 1)).relu_()
    out = torch.baddbmm(b_out.flatten(0, 1), w_out.flatten(0, 1), hidden)
    return out.view(restarts, mlps, -1, points), hidden


def chunks(points: int) -> list[slice]:
    """Slices of at most :data:`CHUNK` points: MLPs' inner values then stay in the processor's cache."""
    return [slice(start, start + CHUNK) for start in range(0, points, CHUNK)]
