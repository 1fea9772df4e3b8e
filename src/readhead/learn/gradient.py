"""The loss of a population and its gradient, by hand: no graph is recorded, and gradients accumulate in place.

The stream's gradient is one tensor, like the stream. The backward pass walks the layers from the last to the first;
when it comes to a layer, the gradient of the layer's variables is complete, since only later layers and the read-out
read them.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from readhead.learn.attention import ClosestOrder, closest_backward, outer_sum, over_keys, over_queries
from readhead.learn.relaxed import (
    Batch,
    Choices,
    Heads,
    Stream,
    chunks,
    number_network,
    run_stream,
    scores,
    source_weights,
)
from readhead.learn.shape import Segment, Shape

Gradients = dict[str, Tensor]


def loss_and_gradient(
    shape: Shape,
    layout: list[Segment],
    choices: Choices,
    batch: Batch,
    order: ClosestOrder,
    temperature: float,
    pooled: bool,
) -> tuple[Float[Tensor, "restart"], Float[Tensor, "restart parameter"]]:
    """The mean cross-entropy of each restart, and its gradient with respect to the restart's flat parameters.

    Args:
        shape, layout: the program's parts, and where their parameters lie.
        choices: sampled at the temperature.
        batch, order: the sequences.
        temperature: of the Gumbel-softmax.
        pooled: one label for each sequence.
    """
    stream = run_stream(shape, choices, batch, order, temperature)
    logits = scores(choices, stream, batch, pooled=pooled)
    loss, to_logits = cross_entropy(logits, batch)
    if pooled:
        to_logits = to_logits.expand(*to_logits.shape[:2], *batch.mask.shape)
    gradients = backward(shape, choices, stream, to_logits, batch, order, temperature)
    parts = []
    for segment in layout:
        gradient = gradients[segment.name]
        if segment.choice:  # through the softmax of (logits + noise) / temperature
            chosen = choices[segment.name]
            gradient = gradient.view(chosen.shape)
            gradient = chosen * (gradient - (gradient * chosen).sum(dim=-1, keepdim=True)) / temperature
        parts.append(gradient.reshape(len(loss), -1))
    return loss, torch.cat(parts, dim=1)


def cross_entropy(
    logits: Float[Tensor, "restart label position batch"], batch: Batch
) -> tuple[Float[Tensor, "restart"], Float[Tensor, "restart label position batch"]]:
    """The mean over scored places of each restart's cross-entropy, and its gradient."""
    scored = (batch.labels >= 0).to(logits.dtype)
    count = scored.sum().clamp(min=1)  # a batch may have no label at all
    log_odds = torch.log_softmax(logits, dim=1)
    labels = batch.labels.clamp(min=0).expand(logits.shape[0], 1, *batch.labels.shape)
    loss = -(log_odds.gather(1, labels)[:, 0] * scored).sum(dim=(1, 2)) / count
    gradient = log_odds.exp_().scatter_add_(1, labels, -torch.ones_like(labels, dtype=logits.dtype))
    return loss, gradient.mul_(scored / count)


def backward(
    shape: Shape,
    choices: Choices,
    stream: Stream,
    to_logits: Float[Tensor, "restart label position batch"],
    batch: Batch,
    order: ClosestOrder,
    temperature: float,
) -> Gradients:
    """The gradient of every choice and parameter, given that of the read-out's scores (before pooling)."""
    flat = to_logits.flatten(2)
    gradients: Gradients = {
        "readout": torch.bmm(flat, stream.categorical.flatten(1, 2).flatten(2).transpose(1, 2)),
        "readout_numbers": torch.bmm(flat, stream.numerical.flatten(2).transpose(1, 2)),
    }
    categorical = torch.bmm(choices["readout"].flatten(2).transpose(1, 2), flat).view(
        stream.categorical.shape
    )
    numerical = torch.bmm(choices["readout_numbers"].transpose(1, 2), flat).view(stream.numerical.shape)
    pulled = Stream(categorical, numerical)
    for layer in reversed(range(shape.layers)):
        _numerical_mlps(shape, choices, layer, stream, pulled, gradients, batch, temperature)
        _categorical_mlps(shape, choices, layer, stream, pulled, gradients)
        _heads(shape, choices, layer, stream, pulled, gradients, batch, order)
    if shape.embeddings:
        gradients["embedding"] = _embedding(
            choices["embedding"], pulled.categorical[:, : shape.embeddings], batch
        )
    return gradients


def _read(
    weights: Float[Tensor, "restart sum variable"],
    to_sums: Tensor,
    variables: Tensor,
    to_variables: Tensor,
    *,
    fixed: bool = False,
) -> Float[Tensor, "restart sum variable"]:
    """Back through :func:`~readhead.learn.relaxed.mix`: adds to the variables' gradient, returns the weights'.

    ``fixed`` says that the variables are inputs of the program, whose gradient nobody needs.
    """
    sums = to_sums.flatten(2)
    width = weights.shape[2]
    if not fixed and sums.is_cuda:
        to_variables[:, :width].flatten(2).baddbmm_(weights.mT, sums)
    elif not fixed:  # on a CPU this way saves a copy
        for restart in range(len(weights)):
            to_variables[restart, :width].flatten(1).addmm_(weights[restart].T, sums[restart])
    return torch.bmm(sums, variables[:, :width].flatten(2).transpose(1, 2))


def _numerical_mlps(
    shape: Shape,
    choices: Choices,
    layer: int,
    stream: Stream,
    pulled: Stream,
    gradients: Gradients,
    batch: Batch,
    temperature: float,
) -> None:
    saved = stream.networks[layer]
    if saved is None:
        return
    inputs, out = saved
    restarts, mlps, _, points = inputs.shape
    first = shape.categorical_before(layer) + shape.categorical_heads + shape.categorical_mlps
    to_out = (pulled.categorical[:, first : first + mlps] * batch.mask).view(out.shape)
    to_logits = (out * (to_out - (to_out * out).sum(dim=2, keepdim=True)).div_(temperature)).flatten(0, 1)
    capped = inputs.clamp(max=shape.cap)
    w_in, w_out = choices[f"{layer}.num_mlp_in"].flatten(0, 1), choices[f"{layer}.num_mlp_out"].flatten(0, 1)
    to_w_in, to_w_out, to_bias = (
        torch.zeros_like(w_in),
        torch.zeros_like(w_out),
        torch.zeros_like(w_in[:, :, 0]),
    )
    to_inputs = torch.empty_like(inputs)
    for some in chunks(points):
        _, units = number_network(choices, layer, capped[:, :, :, some])
        above = to_logits[:, :, some]
        to_w_out.baddbmm_(above, units.transpose(1, 2))
        to_units = torch.ops.aten.threshold_backward(torch.bmm(w_out.transpose(1, 2), above), units, 0)
        to_w_in.baddbmm_(to_units, capped[:, :, :, some].flatten(0, 1).transpose(1, 2))
        to_bias += to_units.sum(dim=2)
        to_inputs[:, :, :, some] = torch.bmm(w_in.transpose(1, 2), to_units).unflatten(0, (restarts, mlps))
    gradients[f"{layer}.num_mlp_out"], gradients[f"{layer}.num_mlp_out_bias"] = to_w_out, to_logits.sum(dim=2)
    gradients[f"{layer}.num_mlp_in"], gradients[f"{layer}.num_mlp_bias"] = to_w_in, to_bias
    to_inputs.masked_fill_(inputs > shape.cap, 0)
    read = choices[f"{layer}.num_mlp_read"].flatten(1, 2)
    gradients[f"{layer}.num_mlp_read"] = _read(
        read,
        to_inputs.flatten(1, 2),
        stream.numerical,
        pulled.numerical,
        fixed=read.shape[2] == 1 + shape.given_numerical,
    )


def _categorical_mlps(
    shape: Shape, choices: Choices, layer: int, stream: Stream, pulled: Stream, gradients: Gradients
) -> None:
    saved = stream.pairs[layer]
    if saved is None:
        return
    inputs = saved
    _, _, d, points = inputs.shape
    first = shape.categorical_before(layer) + shape.categorical_heads
    mlps = shape.categorical_mlps
    to_out = pulled.categorical[:, first : first + mlps].reshape(-1, d, points)
    table = choices[f"{layer}.mlp_table"].reshape(-1, d * d, d)
    to_table = torch.zeros_like(table)
    to_inputs = torch.empty_like(inputs)
    for some in chunks(points):
        left, right, above = inputs[:, 0, :, some], inputs[:, 1, :, some], to_out[:, :, some]
        to_table.baddbmm_((left[:, :, None] * right[:, None]).flatten(1, 2), above.transpose(1, 2))
        to_pairs = torch.bmm(table, above).unflatten(1, (d, d))
        to_left, to_right = to_inputs[:, 0, :, some], to_inputs[:, 1, :, some]
        torch.mul(to_pairs[:, :, 0], right[:, 0, None], out=to_left)
        torch.mul(to_pairs[:, 0], left[:, 0, None], out=to_right)
        for v in range(1, d):
            to_left.addcmul_(to_pairs[:, :, v], right[:, v, None])
            to_right.addcmul_(to_pairs[:, v], left[:, v, None])
    gradients[f"{layer}.mlp_table"] = to_table
    to_inputs = to_inputs.view(-1, mlps * 2, d, points)
    read = choices[f"{layer}.mlp_read"].flatten(1, 2)
    gradients[f"{layer}.mlp_read"] = _read(read, to_inputs, stream.categorical, pulled.categorical)


def _heads(
    shape: Shape,
    choices: Choices,
    layer: int,
    stream: Stream,
    pulled: Stream,
    gradients: Gradients,
    batch: Batch,
    order: ClosestOrder,
) -> None:
    heads = stream.heads[layer]
    if heads is None:
        return
    cat, num, d = shape.categorical_heads, shape.numerical_heads, shape.values
    to_matches = torch.empty_like(heads.matches)
    to_sources = torch.empty_like(heads.sources)
    if cat:
        to_matches[:, :cat] = _closest(shape, layer, heads, pulled, batch, order, to_sources[:, cat + num :])
    if num:
        gradients[f"{layer}.number"] = _sums(
            shape, choices, layer, heads, stream, pulled, to_matches[:, cat:]
        )
    if order.causal is not None:
        to_matches *= order.causal
    to_wanted = torch.empty_like(heads.wanted)
    over_keys(to_matches, heads.sources[:, : cat + num], to_wanted)
    over_queries(to_matches, heads.wanted, to_sources[:, : cat + num])
    restarts, _, _, n, size = heads.wanted.shape
    wanted, queries = to_wanted.view(-1, d, n * size), heads.queries.view(-1, d, n * size)
    gradients[f"{layer}.predicate"] = torch.bmm(queries, wanted.transpose(1, 2))
    to_queries = torch.bmm(choices[f"{layer}.predicate"].flatten(0, 1), wanted).view(restarts, cat + num, -1)
    fixed = layer == 0 and not shape.embeddings
    gradients[f"{layer}.query"] = _read(
        choices[f"{layer}.query"], to_queries, stream.categorical, pulled.categorical, fixed=fixed
    )
    weights = source_weights(shape, choices, layer)
    read = _read(weights, to_sources, stream.categorical, pulled.categorical, fixed=fixed)
    gradients[f"{layer}.key"] = read[:, : cat + num]
    gradients[f"{layer}.value"] = read[:, cat + num :]


def _closest(
    shape: Shape,
    layer: int,
    heads: Heads,
    pulled: Stream,
    batch: Batch,
    order: ClosestOrder,
    to_values: Tensor,
) -> Float[Tensor, "restart head query key batch"]:
    """Back through the categorical heads: fills the values' gradient, returns the matches'."""
    assert heads.pattern is not None
    first = shape.categorical_before(layer)
    to_out = pulled.categorical[:, first : first + shape.categorical_heads] * batch.mask
    over_queries(heads.pattern.weights, to_out, to_values)
    values = heads.sources[:, shape.categorical_heads + shape.numerical_heads :]
    return closest_backward(outer_sum(to_out, values), heads.pattern, order)


def _sums(
    shape: Shape,
    choices: Choices,
    layer: int,
    heads: Heads,
    stream: Stream,
    pulled: Stream,
    to_matches: Tensor,
) -> Float[Tensor, "restart head variable"]:
    """Back through the numerical heads: fills the matches' gradient, returns that of the choice of a number."""
    assert heads.numbers is not None
    first, num = shape.numerical_before(layer), shape.numerical_heads
    to_out = pulled.numerical[:, first : first + num]
    torch.mul(to_out[:, :, :, None], heads.numbers, out=to_matches)
    to_numbers = torch.empty_like(heads.numbers)
    over_queries(heads.matches[:, shape.categorical_heads :], to_out[:, :, None], to_numbers)
    return _read(
        choices[f"{layer}.number"],
        to_numbers.flatten(2),
        stream.numerical,
        pulled.numerical,
        fixed=layer == 0,
    )


def _embedding(
    table: Float[Tensor, "restart variable word value"], to_words: Tensor, batch: Batch
) -> Float[Tensor, "restart variable word value"]:
    """Back through the look-up of word classes."""
    restarts, variables, words, d = table.shape
    rows = (to_words * batch.mask).permute(3, 4, 0, 1, 2).flatten(2).flatten(0, 1)
    total = rows.new_zeros(words, restarts * variables * d).index_add_(0, batch.tokens.flatten(), rows)
    return total.view(words, restarts, variables, d).permute(1, 2, 0, 3)
