"""The loss of a population and its gradient, by hand: no graph is recorded, and gradients accumulate in place.

The stream's gradient is one tensor, like the stream. The backward pass walks the layers from the last to the first;
when it comes to a layer, the gradient of the layer's variables is complete, since only later layers and the read-out
read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from readhead.learn import native
from readhead.learn.attention import (
    ClosestOrder,
    closest_backward,
    key_sums_backward,
    outer_sum,
    over_keys,
    over_queries,
)
from readhead.learn.choices import with_absent
from readhead.learn.relaxed import (
    Batch,
    Choices,
    Heads,
    NumberNetwork,
    Stream,
    chunks,
    read_weights,
    run_stream,
    scores,
)
from readhead.learn.shape import Segment, Shape

Gradients = dict[str, Tensor]

ALONE = 2048
"""From so many positions in a batch, restarts go one after the other on a CPU: what one computes stays in its cache."""


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
    if batch.present is None:
        return _of_all(shape, layout, choices, batch, order, temperature, pooled)
    few = [replace(s, shape=tuple(choices[s.name].shape[1:])) for s in layout]
    loss, gradient = _of_all(shape, few, choices, batch, order, temperature, pooled)
    return loss, with_absent(gradient, layout, batch.present)


def _of_all(
    shape: Shape,
    layout: list[Segment],
    choices: Choices,
    batch: Batch,
    order: ClosestOrder,
    temperature: float,
    pooled: bool,
) -> tuple[Float[Tensor, "restart"], Float[Tensor, "restart parameter"]]:
    """The same, where the choices are laid out as the layout says."""
    scored = (batch.labels >= 0).to(batch.mask.dtype)
    weights = scored / scored.sum().clamp(min=1)  # a batch may have no label at all
    if batch.mask.device.type != "cpu":
        return _together(shape, layout, choices, batch, weights, order, temperature, pooled)
    if batch.mask.dtype == torch.float32 and native.available():
        flat = torch.cat([choices[s.name].flatten(1) for s in layout], dim=1)
        weight = 1.0 / max(1, int(scored.sum()))
        loss, gradient = native.step(shape, layout, flat, batch, weight, order, temperature, pooled)
        return loss, _through_choices(layout, choices, gradient, temperature)
    keep_memory()
    batch, weights = unaligned(batch, weights)
    restarts = choices["readout"].shape[0]
    if restarts == 1 or batch.mask.numel() < ALONE:
        return _together(shape, layout, choices, batch, weights, order, temperature, pooled)
    parts = []
    for restart in range(restarts):
        alone = {name: choice[restart : restart + 1] for name, choice in choices.items()}
        parts.append(_together(shape, layout, alone, batch, weights, order, temperature, pooled))
    losses, gradients = zip(*parts, strict=True)
    return torch.cat(losses), torch.cat(gradients)


@lru_cache(maxsize=1)
def keep_memory() -> None:
    """Let this process keep the memory that a step frees, for the next step.

    glibc gives large blocks back to the system at once, and new pages must be cleared: up to a third of a step. From
    which size on, it decides by the largest block that was freed (``mallopt(3)``, ``M_MMAP_THRESHOLD``): here one a
    little below the limit of 32 MiB. Where memory is handled otherwise this does nothing.
    """
    torch.empty(31 * 2**20, dtype=torch.uint8)


def unaligned(batch: Batch, weights: Tensor) -> tuple[Batch, Tensor]:
    """The batch and its labels' weights, with eight empty sequences more where rows lie a power of two of bytes apart.

    Rows that are 4096 bytes apart share one set of a processor's cache: matrix products then take up to twice as long.
    """
    n, size = batch.mask.shape
    if n * size < 512 or n * size % 256:
        return batch, weights

    def wider(tensor: Tensor, value: float = 0) -> Tensor:
        return torch.nn.functional.pad(tensor, (0, 8), value=value)

    wide = Batch(
        tokens=wider(batch.tokens),
        words=None if batch.words is None else wider(batch.words),
        places=wider(batch.places),
        mask=wider(batch.mask),
        labels=wider(batch.labels, -1),
        given=None if batch.given is None else wider(batch.given),
        numbers=None if batch.numbers is None else wider(batch.numbers),
    )
    return wide, wider(weights)


def _together(
    shape: Shape,
    layout: list[Segment],
    choices: Choices,
    batch: Batch,
    weights: Tensor,
    order: ClosestOrder,
    temperature: float,
    pooled: bool,
) -> tuple[Float[Tensor, "restart"], Float[Tensor, "restart parameter"]]:
    """The loss and the gradient of all restarts at once."""
    stream = run_stream(shape, choices, batch, order, temperature)
    logits = scores(choices, stream, batch, pooled=pooled)
    loss, to_logits = cross_entropy(logits, batch, weights)
    if pooled:
        to_logits = to_logits.expand(*to_logits.shape[:2], *batch.mask.shape)
    gradients = backward(shape, choices, stream, to_logits, batch, order, temperature)
    whole = torch.cat([gradients[segment.name].reshape(len(loss), -1) for segment in layout], dim=1)
    return loss, _through_choices(layout, choices, whole, temperature)


def _through_choices(
    layout: list[Segment],
    choices: Choices,
    gradient: Float[Tensor, "restart parameter"],
    temperature: float,
) -> Float[Tensor, "restart parameter"]:
    """From the gradient of the choices to that of the logits: the softmax of (logits + noise) / temperature."""
    at = 0
    for segment in layout:
        if segment.choice:  # they come first
            chosen = choices[segment.name]
            piece = gradient[:, at : at + segment.size]
            piece.copy_(
                torch._softmax_backward_data(piece.reshape(chosen.shape), chosen, -1, chosen.dtype).flatten(1)
            )
            at += segment.size
    gradient[:, :at] /= temperature
    return gradient


def cross_entropy(
    logits: Float[Tensor, "restart label position batch"],
    batch: Batch,
    weights: Float[Tensor, "position batch"],
) -> tuple[Float[Tensor, "restart"], Float[Tensor, "restart label position batch"]]:
    """The weighted sum over scored places of each restart's cross-entropy, and its gradient."""
    log_odds = torch.log_softmax(logits, dim=1)
    labels = batch.labels.clamp(min=0).expand(logits.shape[0], 1, *batch.labels.shape)
    loss = -(log_odds.gather(1, labels)[:, 0] * weights).sum(dim=(1, 2))
    gradient = log_odds.exp_().scatter_add_(1, labels, -torch.ones_like(labels, dtype=logits.dtype))
    return loss, gradient.mul_(weights)


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
        _reads(shape, choices, layer, stream, pulled, gradients, batch, order)
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
    return torch.bmm(variables[:, :width].flatten(2), sums.mT).mT


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
    mlps = shape.numerical_mlps
    network = NumberNetwork.of(choices, layer, temperature)
    first = shape.categorical_before(layer) + shape.categorical_heads + shape.categorical_mlps
    to_out = (pulled.categorical[:, first : first + mlps] * batch.mask).view(saved.out.shape)
    to_logits = torch._softmax_backward_data(to_out, saved.out, 1, to_out.dtype)
    to_first, to_second = torch.zeros_like(network.first.mT), torch.zeros_like(network.second)
    to_inputs = torch.empty_like(saved.inputs)
    for some, units in zip(chunks(to_out.shape[2]), saved.units, strict=True):
        above = to_logits[:, :, some]
        to_second.baddbmm_(above, units.mT)
        to_units = torch.bmm(network.second.mT, above)
        torch.ops.aten.threshold_backward.grad_input(to_units, units, 0, grad_input=to_units)
        to_first.baddbmm_(saved.points[:, :, some], to_units.mT)
        to_inputs.flatten(0, 1)[:, :, some] = torch.bmm(network.first[:, :, :2].mT, to_units)
    gradients[f"{layer}.num_mlp_out"] = to_second.div_(temperature)
    gradients[f"{layer}.num_mlp_out_bias"] = to_logits.sum(dim=2).div_(temperature)
    gradients[f"{layer}.num_mlp_in"] = to_first[:, :2].mT
    gradients[f"{layer}.num_mlp_bias"] = to_first[:, 2]
    to_inputs.masked_fill_(saved.inputs > shape.cap, 0)
    read = choices[f"{layer}.num_mlp_read"].flatten(1, 2)
    gradients[f"{layer}.num_mlp_read"] = _read(
        read,
        to_inputs.flatten(1, 2),
        stream.numerical,
        pulled.numerical,
        fixed=read.shape[2] == 1 + shape.given_numerical,
    )


def _reads(
    shape: Shape,
    choices: Choices,
    layer: int,
    stream: Stream,
    pulled: Stream,
    gradients: Gradients,
    batch: Batch,
    order: ClosestOrder,
) -> None:
    """Back through a layer's heads and categorical MLPs, and through all that they read, in one product."""
    heads, pairs = stream.heads[layer], stream.pairs[layer]
    count, cat = shape.categorical_heads + shape.numerical_heads, shape.categorical_heads
    tables = 2 * shape.categorical_mlps
    if heads is None and pairs is None:
        return
    restarts, _, d, n, size = stream.categorical.shape
    width = shape.categorical_before(layer)
    to_reads = stream.categorical.new_empty(restarts, tables + (2 * count + cat if count else 0), d, n, size)
    weights, to_new = [], None
    if pairs is not None:
        read = choices[f"{layer}.mlp_read"].flatten(1, 2)
        weights.append(read[:, :, :width])
        _categorical_mlps(shape, choices, layer, pairs, pulled, gradients, to_reads[:, :tables])
        if (
            cat
        ):  # what tables read of the layer's own heads comes first: these pass it on to earlier variables
            to_new = _read(
                read[:, :, width:],
                to_reads[:, :tables],
                stream.categorical[:, width:],
                pulled.categorical[:, width:],
            )
    if heads is not None:
        weights.append(read_weights(shape, choices, layer))
        _heads(shape, choices, layer, heads, stream, pulled, gradients, batch, order, to_reads[:, tables:])
    to_weights = _read(
        torch.cat(weights, dim=1),
        to_reads,
        stream.categorical,
        pulled.categorical,
        fixed=layer == 0 and not shape.embeddings,
    )
    to_tables, to_heads = to_weights[:, :tables], to_weights[:, tables:]
    gradients[f"{layer}.mlp_read"] = to_tables if to_new is None else torch.cat([to_tables, to_new], dim=2)
    gradients[f"{layer}.query"] = to_heads[:, :count]
    gradients[f"{layer}.key"] = to_heads[:, count : 2 * count]
    gradients[f"{layer}.value"] = to_heads[:, 2 * count :]


def _categorical_mlps(
    shape: Shape,
    choices: Choices,
    layer: int,
    pairs: Tensor,
    pulled: Stream,
    gradients: Gradients,
    to_reads: Float[Tensor, "restart read value position batch"],
) -> None:
    """The gradient of the layer's tables; fills that of what they read."""
    _, _, d, points = pairs.shape
    mlps = shape.categorical_mlps
    first = shape.categorical_before(layer) + shape.categorical_heads
    to_out = pulled.categorical[:, first : first + mlps].reshape(-1, d, points)
    table = choices[f"{layer}.mlp_table"].reshape(-1, d * d, d)
    to_table = torch.zeros_like(table.mT)
    inputs = pairs.unflatten(0, (-1, mlps))
    to_inputs = to_reads.flatten(3).unflatten(1, (mlps, 2))
    for some in chunks(points):
        left, right, above = inputs[:, :, 0, :, some], inputs[:, :, 1, :, some], to_out[:, :, some]
        products = (left[:, :, :, None] * right[:, :, None]).view(len(table), d * d, -1)
        to_table.baddbmm_(above, products.mT)
        to_pairs = torch.bmm(table, above, out=products).view(-1, mlps, d, d, above.shape[2])
        _linear(to_pairs.unbind(3), right.unsqueeze(3).unbind(2), to_inputs[:, :, 0, :, some])
        _linear(to_pairs.unbind(2), left.unsqueeze(3).unbind(2), to_inputs[:, :, 1, :, some])
    gradients[f"{layer}.mlp_table"] = to_table.mT


def _linear(terms: Sequence[Tensor], factors: Sequence[Tensor], out: Tensor) -> None:
    """``out = sum_i terms[i] * factors[i]``."""
    torch.mul(terms[0], factors[0], out=out)
    for term, factor in zip(terms[1:], factors[1:], strict=True):
        out.addcmul_(term, factor)


def _heads(
    shape: Shape,
    choices: Choices,
    layer: int,
    heads: Heads,
    stream: Stream,
    pulled: Stream,
    gradients: Gradients,
    batch: Batch,
    order: ClosestOrder,
    to_reads: Tensor,
) -> None:
    """Fills the gradient of what heads read."""
    predicates = []
    if shape.categorical_heads:
        predicates.append(_closest(shape, choices, layer, heads, pulled, batch, order, to_reads))
    if shape.numerical_heads:
        causal = order.causal is not None
        predicates.append(_sums(shape, choices, layer, heads, stream, pulled, gradients, causal, to_reads))
    gradients[f"{layer}.predicate"] = torch.cat(predicates, dim=1)


def _closest(
    shape: Shape,
    choices: Choices,
    layer: int,
    heads: Heads,
    pulled: Stream,
    batch: Batch,
    order: ClosestOrder,
    to_reads: Tensor,
) -> Float[Tensor, "restart head query_value key_value"]:
    """Back through the categorical heads: fills the gradient of what they read, returns the predicates'."""
    assert heads.pattern is not None and heads.wanted is not None
    cat, count = shape.categorical_heads, shape.categorical_heads + shape.numerical_heads
    queries, keys, values = slice(0, cat), slice(count, count + cat), slice(2 * count, None)
    first = shape.categorical_before(layer)
    to_out = pulled.categorical[:, first : first + cat] * batch.mask
    over_queries(heads.pattern.weights, to_out, to_reads[:, values])
    to_matches = closest_backward(outer_sum(to_out, heads.reads[:, values]), heads.pattern, order)
    to_wanted = torch.empty_like(heads.wanted)
    over_keys(to_matches, heads.reads[:, keys], to_wanted)
    over_queries(to_matches, heads.wanted, to_reads[:, keys])
    predicate = choices[f"{layer}.predicate"][:, :cat]
    to_reads[:, queries] = torch.matmul(predicate, to_wanted.flatten(3)).view(to_wanted.shape)
    return torch.matmul(heads.reads[:, queries].flatten(3), to_wanted.flatten(3).mT)


def _sums(
    shape: Shape,
    choices: Choices,
    layer: int,
    heads: Heads,
    stream: Stream,
    pulled: Stream,
    gradients: Gradients,
    causal: bool,
    to_reads: Tensor,
) -> Float[Tensor, "restart head query_value key_value"]:
    """Back through the numerical heads: fills the gradient of what they read, returns the predicates'."""
    assert heads.numbers is not None and heads.sums is not None and heads.answers is not None
    cat, num = shape.categorical_heads, shape.numerical_heads
    queries, keys = slice(cat, cat + num), slice(2 * cat + num, 2 * (cat + num))
    first = shape.numerical_before(layer)
    to_out = pulled.numerical[:, first : first + num, None]
    torch.mul(to_out, heads.answers, out=to_reads[:, queries])
    to_answers = heads.reads[:, queries] * to_out
    if not causal:
        to_answers = to_answers.sum(dim=3, keepdim=True)
    predicate = choices[f"{layer}.predicate"][:, cat:]
    to_sums = torch.matmul(predicate.mT, to_answers.flatten(3)).view(to_answers.shape)
    to_products = key_sums_backward(to_sums, causal)
    torch.mul(to_products, heads.numbers[:, :, None], out=to_reads[:, keys])
    to_numbers = (to_products * heads.reads[:, keys]).sum(dim=2)
    gradients[f"{layer}.number"] = _read(
        choices[f"{layer}.number"], to_numbers, stream.numerical, pulled.numerical, fixed=layer == 0
    )
    return torch.matmul(to_answers.flatten(3), heads.sums.flatten(3).mT)


def _embedding(
    table: Float[Tensor, "restart variable word value"], to_words: Tensor, batch: Batch
) -> Float[Tensor, "restart variable word value"]:
    """Back through the look-up of word classes."""
    restarts, variables, words, d = table.shape
    rows = (to_words * batch.mask).permute(3, 4, 0, 1, 2).flatten(2).flatten(0, 1)
    total = rows.new_zeros(words, restarts * variables * d).index_add_(0, batch.tokens.flatten(), rows)
    return total.view(words, restarts, variables, d).permute(1, 2, 0, 3)
