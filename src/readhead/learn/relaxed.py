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

from readhead.learn.attention import (
    ClosestOrder,
    Pattern,
    closest_pattern,
    key_sums,
    outer_sum,
    over_keys,
)
from readhead.learn.shape import Shape

Choices = Mapping[str, Tensor]

CHUNK = 2080
"""Points of MLPs at a time: not a power of two, see :func:`readhead.learn.gradient.unaligned`."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A padded batch of sequences, the same for all restarts.

    Attributes:
        tokens: ``[position, batch]`` token codes, or where they stand in ``present``; anything at padding.
        words: ``[value, position, batch]`` one-hot tokens, None where words are embedded.
        places: ``[value, position, batch]`` one-hot positions.
        mask: ``[position, batch]``, 1 at the sequence's positions, 0 at padding.
        labels: ``[position, batch]`` label codes, -1 where not scored; ``[1, batch]`` when pooled.
        given: ``[variable, value, position, batch]`` one-hot inputs that are not learned, None for none.
        numbers: ``[variable, position, batch]`` numbers that are not learned, None for none.
        present: ``[word]`` the codes of the words that occur, in rising order, where only their classes are sampled
            (:func:`~readhead.learn.choices.sample`); None where the table of classes has all words.
    """

    tokens: Int[Tensor, "position batch"]
    words: Float[Tensor, "value position batch"] | None
    places: Float[Tensor, "value position batch"]
    mask: Float[Tensor, "position batch"]
    labels: Int[Tensor, "position batch"]
    given: Float[Tensor, "variable value position batch"] | None = None
    numbers: Float[Tensor, "variable position batch"] | None = None
    present: Int[Tensor, "word"] | None = None


@dataclass(slots=True)
class Heads:
    """What a layer's heads computed, for the backward pass and for traces; ``h`` counts categorical heads first.

    A numerical head sums over all matching keys, so the sum for each key value is all that it needs: its matches are
    never written down.

    Attributes:
        reads: ``[restart, h + h + categorical, value, position, batch]`` queries, keys, then values.
        wanted: ``[restart, categorical, value, position, batch]`` the key value that each query looks for.
        pattern: of the categorical heads.
        numbers: ``[restart, numerical, position, batch]`` what the numerical heads sum.
        sums: ``[restart, numerical, value, query, batch]`` for each key value, the sum of the numbers there; one
            query for all, where queries see every key.
        answers: like ``sums``, for each query value.
    """

    reads: Tensor
    wanted: Tensor | None = None
    pattern: Pattern | None = None
    numbers: Tensor | None = None
    sums: Tensor | None = None
    answers: Tensor | None = None


@dataclass(slots=True)
class Network:
    """What a layer's numerical MLPs computed.

    Attributes:
        inputs: ``[restart, mlp, 2, position * batch]`` what they read, before the cap.
        points: ``[restart * mlp, 3, position * batch]`` the same after the cap, and ones.
        units: for each chunk of points, ``[restart * mlp, unit, point]`` the hidden layer.
        out: ``[restart * mlp, value, position * batch]``.
    """

    inputs: Tensor
    points: Tensor
    units: list[Tensor]
    out: Tensor


@dataclass(slots=True)
class Stream:
    """The residual stream, and how it came about.

    Attributes:
        categorical: ``[restart, variable, value, position, batch]``.
        numerical: ``[restart, variable, position, batch]``.
        heads: for each layer; None where it has none.
        pairs: for each layer, ``[restart * mlp, 2, value, position * batch]`` what categorical MLPs read.
        networks: for each layer, of numerical MLPs.
    """

    categorical: Tensor
    numerical: Tensor
    heads: list[Heads | None] = field(default_factory=list)
    pairs: list[Tensor | None] = field(default_factory=list)
    networks: list[Network | None] = field(default_factory=list)


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
    reads = mix(read_weights(shape, choices, layer), stream.categorical)
    restarts = reads.shape[0]
    heads = Heads(reads.view(restarts, -1, d, n, size))
    predicate = choices[f"{layer}.predicate"]
    if cat:
        heads.wanted = _wanted(predicate[:, :cat], heads.reads[:, :cat])
        keys, values = heads.reads[:, cat + num : 2 * cat + num], heads.reads[:, 2 * (cat + num) :]
        heads.pattern = closest_pattern(outer_sum(heads.wanted, keys), order)
        first = shape.categorical_before(layer)
        new = stream.categorical[:, first : first + cat]
        over_keys(heads.pattern.weights, values, new)
        new *= batch.mask
    if num:
        heads.numbers = mix(choices[f"{layer}.number"], stream.numerical).view(restarts, num, n, size)
        keys = heads.reads[:, 2 * cat + num : 2 * (cat + num)]
        heads.sums = key_sums(keys, heads.numbers, order.causal is not None)
        heads.answers = torch.matmul(predicate[:, cat:], heads.sums.flatten(3)).view(heads.sums.shape)
        first = shape.numerical_before(layer)
        torch.sum(
            heads.reads[:, cat : cat + num] * heads.answers,
            dim=2,
            out=stream.numerical[:, first : first + num],
        )
    return heads


def _wanted(
    predicate: Float[Tensor, "restart head query_value key_value"],
    queries: Float[Tensor, "restart head value position batch"],
) -> Float[Tensor, "restart head value position batch"]:
    """The key value that each query looks for."""
    return torch.matmul(predicate.mT, queries.flatten(3)).view(queries.shape)


def matches_of(shape: Shape, choices: Choices, layer: int, heads: Heads, order: ClosestOrder) -> Tensor:
    """``[restart, head, query, key, batch]``: which keys each query of a layer's heads matches, for traces."""
    count = shape.categorical_heads + shape.numerical_heads
    wanted = _wanted(choices[f"{layer}.predicate"], heads.reads[:, :count])
    matches = outer_sum(wanted, heads.reads[:, count : 2 * count])
    return matches if order.causal is None else matches * order.causal


def read_weights(shape: Shape, choices: Choices, layer: int) -> Float[Tensor, "restart read variable"]:
    """Which variables a layer's heads read as queries, as keys, and (categorical heads) as values."""
    names = ("query", "key", "value") if shape.categorical_heads else ("query", "key")
    return torch.cat([choices[f"{layer}.{name}"] for name in names], dim=1)


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
) -> Network | None:
    """Write the new variables of a layer's numerical MLPs into the stream."""
    mlps, d = shape.numerical_mlps, shape.values
    if not mlps:
        return None
    read = choices[f"{layer}.num_mlp_read"].flatten(1, 2)
    inputs = mix(read, stream.numerical).view(len(read), mlps, 2, -1)
    points = inputs.new_ones(len(read) * mlps, 3, inputs.shape[3])
    torch.clamp(inputs.flatten(0, 1), max=shape.cap, out=points[:, :2])
    first = shape.categorical_before(layer) + shape.categorical_heads + shape.categorical_mlps
    new = stream.categorical[:, first : first + mlps]
    units: list[Tensor] = []
    if temperature is None:
        capped = points.unflatten(0, (-1, mlps))
        cell = (capped[:, :, 0] * (shape.cap + 1) + capped[:, :, 1]).long()
        best = choices[f"{layer}.num_mlp_table"].flatten(2).gather(2, cell)
        out = torch.nn.functional.one_hot(best, d).to(inputs.dtype).transpose(2, 3).contiguous()
    else:
        network = NumberNetwork.of(choices, layer, temperature)
        out = inputs.new_empty(len(points), d, inputs.shape[3])
        for some in chunks(inputs.shape[3]):
            units.append(network.units(points[:, :, some]))
            out[:, :, some] = torch.softmax(network.logits(units[-1]), dim=1)
    torch.mul(out.view(new.shape), batch.mask, out=new)
    return Network(inputs, points, units, out)


@dataclass(frozen=True, slots=True)
class NumberNetwork:
    """The networks of a layer's numerical MLPs.

    Attributes:
        first: ``[restart * mlp, unit, 3]`` weights of two numbers and the bias.
        second: ``[restart * mlp, value, unit]``, over the temperature.
        bias: ``[restart * mlp, value, 1]``, over the temperature.
    """

    first: Tensor
    second: Tensor
    bias: Tensor

    @staticmethod
    def of(choices: Choices, layer: int, temperature: float) -> NumberNetwork:
        """The networks whose logits are divided by a temperature."""
        w_in, b_in = choices[f"{layer}.num_mlp_in"], choices[f"{layer}.num_mlp_bias"]
        w_out, b_out = choices[f"{layer}.num_mlp_out"], choices[f"{layer}.num_mlp_out_bias"]
        first = torch.cat([w_in, b_in], dim=3).flatten(0, 1)
        return NumberNetwork(first, (w_out / temperature).flatten(0, 1), (b_out / temperature).flatten(0, 1))

    def units(self, points: Float[Tensor, "mlp 3 point"]) -> Float[Tensor, "mlp unit point"]:
        """The one hidden layer, of rectified units."""
        return torch.bmm(self.first, points).relu_()

    def logits(self, units: Float[Tensor, "mlp unit point"]) -> Float[Tensor, "mlp value point"]:
        """The logits of the values, over the temperature."""
        return torch.bmm(self.second, units).add_(self.bias)


def chunks(points: int) -> list[slice]:
    """Slices of at most :data:`CHUNK` points: MLPs' inner values then stay in the processor's cache."""
    return [slice(start, start + CHUNK) for start in range(0, points, CHUNK)]
