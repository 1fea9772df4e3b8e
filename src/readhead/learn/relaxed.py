"""The relaxed program: every choice of a Transformer Program as a distribution, differentiable end to end.

The model is the paper's ("Learning Transformer Programs", Friedman, Wettig and Chen, NeurIPS 2023, section 3): one
variable per slot of the residual stream; heads choose a query, a key and a value variable and a predicate; MLPs
read two chosen variables; the read-out is log-linear over all variables. A whole population of restarts is one
leading dimension. With one-hot choices (:func:`harden`) the forward pass computes exactly what the discretized
:class:`~readhead.program.program.Program` computes: numbers stay below 2**24, so float32 sums of them are exact.

Tensors are ``[restart, variable, value, position, batch]``. Padded positions are zero in every variable, so padding
is never matched, summed or scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from readhead.learn.attention import (
    ClosestAttention,
    ClosestOrder,
    Matches,
    SumAttention,
    closest_pattern,
)
from readhead.learn.shape import Segment, Shape

Choices = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Batch:
    """A padded batch of sequences, the same for all restarts.

    Attributes:
        tokens: ``[position, batch]`` token codes; anything at padding.
        words: ``[value, position, batch]`` one-hot tokens, None where words are embedded.
        places: ``[value, position, batch]`` one-hot positions.
        mask: ``[position, batch]``, 1 at the sequence's positions, 0 at padding.
        labels: ``[position, batch]`` label codes, -1 where not scored; ``[1, batch]`` when pooled.
    """

    tokens: Int[Tensor, "position batch"]
    words: Float[Tensor, "value position batch"] | None
    places: Float[Tensor, "value position batch"]
    mask: Float[Tensor, "position batch"]
    labels: Int[Tensor, "position batch"]


@dataclass(slots=True)
class Stream:
    """The residual stream, and, where choices are hard, what every head selects.

    Before the first layer the variables are the same for all restarts, and the leading dimension is 1.
    """

    categorical: Float[Tensor, "restart variable value position batch"]
    numerical: Float[Tensor, "restart variable position batch"]
    selectors: dict[str, Tensor] = field(default_factory=dict)

    def append(self, categorical: list[Tensor], numerical: list[Tensor]) -> None:
        """Add variables at the end."""
        if categorical:
            old = self.categorical.expand(categorical[0].shape[0], *self.categorical.shape[1:])
            self.categorical = torch.cat([old, *categorical], dim=1)
        if numerical:
            old = self.numerical.expand(numerical[0].shape[0], *self.numerical.shape[1:])
            self.numerical = torch.cat([old, *numerical], dim=1)


def unflatten(flat: Float[Tensor, "restart parameter"], layout: list[Segment]) -> dict[str, Tensor]:
    """The flat parameter vectors as named tensors, ``[restart, ...]`` each; one backward pass for all."""
    pieces = flat.split([segment.size for segment in layout], dim=1)
    return {s.name: piece.reshape(-1, *s.shape) for s, piece in zip(layout, pieces, strict=True)}


def sample(
    flat: Float[Tensor, "restart parameter"],
    layout: list[Segment],
    temperature: float,
    generator: torch.Generator | None,
) -> dict[str, Tensor]:
    """One Gumbel-softmax sample of every choice (Jang et al. 2017), and the other parameters as they are.

    Args:
        flat: the parameters.
        layout: where each lies.
        temperature: of the softmax; towards 0 the sample becomes one-hot.
        generator: the source of the noise; None for none.
    """
    parameters = unflatten(flat, layout)
    chosen = [s for s in layout if s.choice]
    noises: dict[str, Tensor] = {}
    if generator is not None:
        noise = torch.empty(flat.shape[0], sum(s.size for s in chosen), device=flat.device)
        noises = unflatten(noise.exponential_(generator=generator).log_().neg_(), chosen)
    for s in chosen:
        logits = parameters[s.name] if generator is None else parameters[s.name] + noises[s.name]
        parameters[s.name] = torch.softmax(logits / temperature, dim=-1)
    return parameters


def harden(
    flat: Float[Tensor, "restart parameter"], layout: list[Segment], shape: Shape
) -> dict[str, Tensor]:
    """The most likely option of every choice, one-hot (the first of those that tie), and numerical MLPs as tables.

    A table ``LAYER.num_mlp_table`` is ``[restart, mlp, left, right]``: the value for each pair of numbers from 0 to
    the cap. The other parameters stay as they are.
    """
    parameters = unflatten(flat, layout)
    for s in layout:
        if s.choice:
            best = parameters[s.name].argmax(dim=-1)
            parameters[s.name] = torch.nn.functional.one_hot(best, s.shape[-1]).to(flat.dtype)
    if shape.numerical_mlps:
        side = shape.cap + 1
        pairs = torch.cartesian_prod(*[torch.arange(side, dtype=flat.dtype, device=flat.device)] * 2).T
        for layer in range(shape.layers):
            points = pairs.expand(flat.shape[0], shape.numerical_mlps, 2, side * side)
            best = number_network(parameters, layer, points).argmax(dim=2)
            parameters[f"{layer}.num_mlp_table"] = best.view(flat.shape[0], shape.numerical_mlps, side, side)
    return parameters


def run_stream(
    shape: Shape, choices: Choices, batch: Batch, order: ClosestOrder, temperature: float | None
) -> Stream:
    """All variables of a batch.

    Args:
        shape: the program's parts.
        choices: sampled, or hardened.
        batch: the sequences.
        order: the order of preference of closest matches for the batch's length.
        temperature: of the numerical MLPs' softmax; None where the choices are hardened: numerical MLPs are read
            as tables, and selectors are kept for a trace.
    """
    hard = temperature is None
    stream = _inputs(shape, choices, batch)
    for layer in range(shape.layers):
        stream.append(*_heads(shape, choices, layer, stream, batch, order, hard))
        stream.append(_mlps(shape, choices, layer, stream, batch, temperature), [])
    return stream


def scores(
    choices: Choices, stream: Stream, batch: Batch, *, pooled: bool
) -> Float[Tensor, "restart label position batch"]:
    """The read-out's score of every label; ``[restart, label, 1, batch]``, summed over positions, when pooled."""
    n, size = batch.mask.shape
    total = _mix(choices["readout"].flatten(2), stream.categorical.flatten(1, 2))
    if "readout_numbers" in choices:
        total = total + _mix(choices["readout_numbers"], stream.numerical)
    total = total.view(total.shape[0], total.shape[1], n, size)
    return total.sum(dim=2, keepdim=True) if pooled else total


def _inputs(shape: Shape, choices: Choices, batch: Batch) -> Stream:
    if shape.embeddings:
        table = choices["embedding"]  # [restart, variable, word, value]
        restarts, variables, _, d = table.shape
        rows = table.permute(2, 0, 1, 3).reshape(table.shape[2], -1)
        embedded = torch.nn.functional.embedding(batch.tokens, rows).permute(2, 0, 1)
        words = embedded.reshape(restarts, variables, d, *batch.tokens.shape) * batch.mask
        places = batch.places.expand(restarts, 1, d, *batch.tokens.shape)
        return Stream(torch.cat([words, places], dim=1), batch.mask[None, None])
    assert batch.words is not None
    return Stream(torch.stack([batch.words, batch.places])[None], batch.mask[None, None])


def _mix(
    weights: Float[Tensor, "restart sum variable"], variables: Tensor
) -> Float[Tensor, "restart sum rest"]:
    """Weighted sums over variables; ``variables`` has a leading 1 where they are the same for all restarts."""
    rows = variables.reshape(variables.shape[0], variables.shape[1], -1)
    if rows.shape[0] == 1:
        return (weights.reshape(-1, rows.shape[1]) @ rows.squeeze(0)).view(
            weights.shape[0], weights.shape[1], -1
        )
    return torch.bmm(weights, rows)


def _heads(
    shape: Shape, choices: Choices, layer: int, stream: Stream, batch: Batch, order: ClosestOrder, hard: bool
) -> tuple[list[Tensor], list[Tensor]]:
    """The new variables of a layer's heads; where hard, what each head selects goes to ``stream.selectors``."""
    cat, num, d = shape.categorical_heads, shape.numerical_heads, shape.values
    categorical: list[Tensor] = []
    numerical: list[Tensor] = []
    if cat + num == 0:
        return categorical, numerical
    n, size = batch.mask.shape
    reads = [choices[f"{layer}.query"], choices[f"{layer}.key"]]
    if cat:
        reads.append(choices[f"{layer}.value"])
    mixed = _mix(torch.cat(reads, dim=1), stream.categorical)
    restarts = mixed.shape[0]
    queries, keys, *values = mixed.split([r.shape[1] for r in reads], dim=1)
    predicate = choices[f"{layer}.predicate"].transpose(-1, -2).reshape(-1, d, d)
    wanted = torch.bmm(predicate, queries.reshape(-1, d, n * size)).view(restarts, cat + num, -1)
    wants, sought = wanted.split([cat, num], dim=1), keys.split([cat, num], dim=1)
    if cat:
        match = Matches.apply(wants[0].reshape(-1, d, n, size), sought[0].reshape(-1, d, n, size))
        value = values[0].reshape(-1, d, n, size)
        out = ClosestAttention.apply(match, value, order) * batch.mask
        categorical.append(out.view(restarts, cat, d, n, size))
        if hard:
            seen = match if order.causal is None else match * order.causal
            stream.selectors[f"{layer}.match"] = seen.view(restarts, cat, n, n, size)
            pattern = closest_pattern(match, order)[0]
            stream.selectors[f"{layer}.focus"] = pattern.view(restarts, cat, n, n, size)
    if num:
        match = Matches.apply(wants[1].reshape(-1, d, n, size), sought[1].reshape(-1, d, n, size))
        if order.causal is not None:
            match = match * order.causal
        numbers = _mix(choices[f"{layer}.number"], stream.numerical).reshape(-1, n, size)
        sums = SumAttention.apply(match, numbers.expand(restarts * num, n, size))
        numerical.append(sums.view(restarts, num, n, size))
        if hard:
            stream.selectors[f"{layer}.count_match"] = match.view(restarts, num, n, n, size)
    return categorical, numerical


def _mlps(
    shape: Shape, choices: Choices, layer: int, stream: Stream, batch: Batch, temperature: float | None
) -> list[Tensor]:
    """The new variables of a layer's MLPs."""
    d, (n, size) = shape.values, batch.mask.shape
    new = []
    if shape.categorical_mlps:
        read = choices[f"{layer}.mlp_read"]
        restarts, mlps = read.shape[:2]
        inputs = _mix(read.reshape(restarts, mlps * 2, -1), stream.categorical).view(-1, 2, d, n * size)
        left, right = inputs.unbind(1)
        pairs = (left[:, :, None] * right[:, None]).view(-1, d * d, n * size)
        table = choices[f"{layer}.mlp_table"].reshape(-1, d * d, d).transpose(1, 2)
        new.append(torch.bmm(table, pairs).view(restarts, mlps, d, n, size))
    if shape.numerical_mlps:
        read = choices[f"{layer}.num_mlp_read"]
        restarts, mlps = read.shape[:2]
        inputs = _mix(read.reshape(restarts, mlps * 2, -1), stream.numerical).view(
            restarts, mlps, 2, n * size
        )
        inputs = inputs.clamp(max=shape.cap)
        if temperature is None:
            side = shape.cap + 1
            cell = (inputs[:, :, 0] * side + inputs[:, :, 1]).long()
            best = choices[f"{layer}.num_mlp_table"].flatten(2).gather(2, cell)
            out = torch.nn.functional.one_hot(best, d).to(inputs.dtype).transpose(2, 3)
        else:
            out = torch.softmax(number_network(choices, layer, inputs) / temperature, dim=2)
        new.append(out.view(restarts, mlps, d, n, size) * batch.mask)
    return new


def number_network(
    choices: Choices, layer: int, inputs: Float[Tensor, "restart mlp 2 point"]
) -> Float[Tensor, "restart mlp value point"]:
    """The logits of a numerical MLP on pairs of numbers: one hidden layer of rectified units."""
    restarts, mlps, _, points = inputs.shape
    w_in, b_in = choices[f"{layer}.num_mlp_in"], choices[f"{layer}.num_mlp_bias"]
    w_out, b_out = choices[f"{layer}.num_mlp_out"], choices[f"{layer}.num_mlp_out_bias"]
    hidden = torch.baddbmm(b_in.flatten(0, 1), w_in.flatten(0, 1), inputs.reshape(-1, 2, points)).relu()
    out = torch.baddbmm(b_out.flatten(0, 1), w_out.flatten(0, 1), hidden)
    return out.view(restarts, mlps, -1, points)
