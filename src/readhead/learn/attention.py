"""Attention of a relaxed program: forward passes, and their analytic backward passes.

Everything is laid out batch-last (``[restart, head, ..., position, batch]``), so that each step is a long contiguous
loop however short the sequences are; small dimensions (values, positions) are looped over in Python and accumulated
in place.

The relaxation of *closest match* is exact: with matches ``s`` in [0, 1], the key at rank ``t`` of a query's order
of preference gets ``s_t * prod_{u<t} (1 - s_u)``, and the fall-back position gets what is left. That polynomial is
linear in each match and equals :class:`readhead.program.nodes.Closest` where matches are 0 or 1, so the discretized
model and its Program cannot part.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, slots=True)
class ClosestOrder:
    """The order in which each query prefers keys: nearest first, the earlier of two equally near, itself last.

    Attributes:
        gather: for rank ``t`` and query ``i`` (flattened ``t * n + i``), the flat index ``i * n + key``.
        scatter: the inverse: for flat ``i * n + key``, the flat ``t * n + i``.
        visible: ``[rank, query, 1]``, 1 where that rank is a key that the query may see; None when all are.
        causal: ``[query, key, 1]``, 1 where the query may see the key; None when it sees all.
        keys: ``[rank, query]``, the key at each rank, -1 where the query may not see it; on the CPU.
    """

    gather: Tensor
    scatter: Tensor
    visible: Tensor | None
    causal: Tensor | None
    keys: Tensor


def closest_order(
    n: int, causal: bool, device: torch.device, dtype: torch.dtype = torch.float32
) -> ClosestOrder:
    """How :class:`~readhead.program.nodes.Closest` with its default rules prefers keys, for ``n`` positions."""
    query, key = torch.arange(n)[:, None], torch.arange(n)[None]
    hidden = (key > query) if causal else torch.zeros(n, n, dtype=torch.bool)
    cost = (2 * (key - query).abs() + (key > query) + 4 * n * hidden).fill_diagonal_(2 * n)
    order = cost.argsort(dim=1)
    gather = (query * n + order).T.reshape(-1)
    keys = order.masked_fill(hidden.gather(1, order), -1).T.to(torch.int32).contiguous()
    if not causal:
        return ClosestOrder(gather.to(device), gather.argsort().to(device), None, None, keys)
    visible = (~hidden.gather(1, order)).T[:, :, None].to(dtype)
    seen = (~hidden)[:, :, None].to(dtype)
    return ClosestOrder(
        gather.to(device), gather.argsort().to(device), visible.to(device), seen.to(device), keys
    )


def outer_sum(
    left: Float[Tensor, "restart head value query batch"],
    right: Float[Tensor, "restart head value key batch"],
) -> Float[Tensor, "restart head query key batch"]:
    """``s[i, j] = sum_v left[v, i] * right[v, j]``: how far the key at j is what the query at i looks for."""
    lefts, rights = left.unsqueeze(4).unbind(2), right.unsqueeze(3).unbind(2)
    total = lefts[0] * rights[0]
    for one, other in zip(lefts[1:], rights[1:], strict=True):
        total.addcmul_(one, other)
    return total


def over_keys(
    pairs: Float[Tensor, "restart head query key batch"],
    at_keys: Float[Tensor, "restart head value key batch"],
    out: Float[Tensor, "restart head value query batch"],
) -> None:
    """``out[v, i] = sum_j pairs[i, j] * at_keys[v, j]``: values at keys, mixed for every query."""
    lefts, rights = pairs.unsqueeze(2).unbind(4), at_keys.unsqueeze(4).unbind(3)
    torch.mul(lefts[0], rights[0], out=out)
    for one, other in zip(lefts[1:], rights[1:], strict=True):
        out.addcmul_(one, other)


def over_queries(
    pairs: Float[Tensor, "restart head query key batch"],
    at_queries: Float[Tensor, "restart head value query batch"],
    out: Float[Tensor, "restart head value key batch"],
) -> None:
    """``out[v, j] = sum_i pairs[i, j] * at_queries[v, i]``: the transpose of :func:`over_keys`."""
    lefts, rights = pairs.unsqueeze(2).unbind(3), at_queries.unsqueeze(4).unbind(3)
    torch.mul(lefts[0], rights[0], out=out)
    for one, other in zip(lefts[1:], rights[1:], strict=True):
        out.addcmul_(one, other)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What closest matching attends to, and what its backward pass needs.

    Attributes:
        weights: ``[restart, head, query, key, batch]``, sums to 1 over keys.
        ranked: ``[restart, head, rank, query, batch]`` the matches in each query's order of preference.
        left: ``[restart, head, rank + 1, query, batch]`` the mass not yet given away before each rank.
    """

    weights: Tensor
    ranked: Tensor
    left: Tensor


def closest_pattern(matches: Float[Tensor, "restart head query key batch"], order: ClosestOrder) -> Pattern:
    """Attend to the nearest match: see the module's documentation."""
    restarts, heads, n, _, batch = matches.shape
    ranked = matches.flatten(2, 3).index_select(2, order.gather).view(restarts, heads, n, n, batch)
    if order.visible is not None:
        ranked *= order.visible
    left = ranked.new_empty(restarts, heads, n + 1, n, batch)
    remaining = left.unbind(2)
    remaining[0].fill_(1)
    for here, match, after in zip(remaining[:-1], ranked.unbind(2), remaining[1:], strict=True):
        torch.addcmul(here, here, match, value=-1, out=after)
    attended = (left[:, :, :n] * ranked).flatten(2, 3)
    weights = attended.index_select(2, order.scatter).view(restarts, heads, n, n, batch)
    weights[:, :, :, 0] += remaining[n]  # the fall-back is position 0
    return Pattern(weights, ranked, left)


def closest_backward(
    to_weights: Float[Tensor, "restart head query key batch"], pattern: Pattern, order: ClosestOrder
) -> Float[Tensor, "restart head query key batch"]:
    """The gradient of the matches, given that of the pattern's weights."""
    restarts, heads, n, _, batch = to_weights.shape
    by_rank = to_weights.flatten(2, 3).index_select(2, order.gather).view(restarts, heads, n, n, batch)
    to_left = to_weights[:, :, :, 0].clone()
    for match, through in zip(reversed(pattern.ranked.unbind(2)), reversed(by_rank.unbind(2)), strict=True):
        through.sub_(to_left)
        to_left.addcmul_(match, through)
    by_rank *= pattern.left[:, :, :n]
    if order.visible is not None:
        by_rank *= order.visible
    return by_rank.flatten(2, 3).index_select(2, order.scatter).view(restarts, heads, n, n, batch)


def key_sums(
    keys: Float[Tensor, "restart head value key batch"],
    numbers: Float[Tensor, "restart head key batch"],
    causal: bool,
) -> Float[Tensor, "restart head value query batch"]:
    """For every key value, the sum of the numbers at the keys that have it: all that a numerical head needs to know.

    One query dimension for all queries, or, where queries only see earlier keys, a sum for each.
    """
    products = keys * numbers[:, :, None]
    return products.cumsum(dim=3) if causal else products.sum(dim=3, keepdim=True)


def key_sums_backward(
    to_sums: Float[Tensor, "restart head value query batch"], causal: bool
) -> Float[Tensor, "restart head value key batch"]:
    """The gradient of the products that :func:`key_sums` adds up, to be broadcast over keys."""
    return to_sums.flip(3).cumsum(dim=3).flip(3) if causal else to_sums
