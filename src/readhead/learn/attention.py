"""Differentiable attention of a relaxed program, with analytic backward passes.

Everything is laid out batch-last (``[..., position, batch]``), so that each step is a long contiguous loop however
short the sequences are; small dimensions (values, positions) are looped over in Python and accumulated in place.

The relaxation of *closest match* is exact: with matches ``s`` in [0, 1], the key at rank ``t`` of a query's order
of preference gets ``s_t * prod_{u<t} (1 - s_u)``, and the fall-back position gets what is left. That polynomial is
linear in each match and equals :class:`readhead.program.nodes.Closest` where matches are 0 or 1, so the discretized
model and its Program cannot part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import FunctionCtx


@dataclass(frozen=True, slots=True)
class ClosestOrder:
    """The order in which each query prefers keys: nearest first, the earlier of two equally near, itself last.

    Attributes:
        gather: for rank ``t`` and query ``i`` (flattened ``t * n + i``), the flat index ``i * n + key``.
        scatter: the inverse: for flat ``i * n + key``, the flat ``t * n + i``.
        visible: ``[rank, query, 1]``, 1 where that rank is a key that the query may see.
        causal: ``[query, key, 1]``, 1 where the query may see the key; None when it sees all.
    """

    positions: int
    gather: Tensor
    scatter: Tensor
    visible: Tensor | None
    causal: Tensor | None


def closest_order(n: int, causal: bool, device: torch.device) -> ClosestOrder:
    """How :class:`~readhead.program.nodes.Closest` with its default rules prefers keys, for ``n`` positions."""
    gather = torch.empty(n, n, dtype=torch.long)
    visible = torch.ones(n, n, 1)
    for i in range(n):
        others = sorted((j for j in range(n) if j != i), key=lambda j: (causal and j > i, abs(j - i), j))
        seen = [j for j in others if not (causal and j > i)]
        order = [*seen, i, *others[len(seen) :]]
        for t, j in enumerate(order):
            gather[t, i] = i * n + j
            visible[t, i] = float(not (causal and j > i))
    flat = gather.reshape(-1)
    scatter = torch.empty_like(flat)
    scatter[flat] = torch.arange(n * n)
    mask = (torch.arange(n)[None, :] <= torch.arange(n)[:, None]).float()
    return ClosestOrder(
        n,
        flat.to(device),
        scatter.to(device),
        visible.to(device) if causal else None,
        mask[:, :, None].to(device) if causal else None,
    )


class Matches(torch.autograd.Function):
    """``s[i, j] = sum_v wanted[v, i] * keys[v, j]``: how far the key at j is what the query at i looks for."""

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        wanted: Float[Tensor, "heads value query batch"],
        keys: Float[Tensor, "heads value key batch"],
    ) -> Float[Tensor, "heads query key batch"]:
        ctx.save_for_backward(wanted, keys)
        return _outer_sum(wanted, keys)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor | None]:
        (grad,) = grads
        wanted, keys = ctx.saved_tensors
        n = keys.shape[2]
        to_wanted = grad[:, None, :, 0] * keys[:, :, 0, None]
        for j in range(1, n):
            to_wanted.addcmul_(grad[:, None, :, j], keys[:, :, j, None])
        to_keys = grad[:, None, 0] * wanted[:, :, 0, None]
        for i in range(1, n):
            to_keys.addcmul_(grad[:, None, i], wanted[:, :, i, None])
        return to_wanted, to_keys


def _outer_sum(left: Tensor, right: Tensor) -> Tensor:
    """``[h, v, i, b], [h, v, j, b] -> [h, i, j, b]``, summed over v."""
    total = left[:, 0, :, None] * right[:, 0, None]
    for v in range(1, left.shape[1]):
        total.addcmul_(left[:, v, :, None], right[:, v, None])
    return total


class ClosestAttention(torch.autograd.Function):
    """The value at the closest matching key: matches and values in, values out."""

    @staticmethod
    def forward(
        ctx: Any,
        matches: Float[Tensor, "heads query key batch"],
        values: Float[Tensor, "heads value key batch"],
        order: ClosestOrder,
    ) -> Float[Tensor, "heads value query batch"]:
        pattern, ranked, left = closest_pattern(matches, order)
        out = pattern[:, None, :, 0] * values[:, :, 0, None]
        for j in range(1, order.positions):
            out.addcmul_(pattern[:, None, :, j], values[:, :, j, None])
        ctx.save_for_backward(pattern, ranked, left, values)
        ctx.order = order
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None]:
        (grad,) = grads
        pattern, ranked, left, values = ctx.saved_tensors
        order: ClosestOrder = ctx.order
        n = order.positions
        to_values = grad[:, :, 0, None] * pattern[:, None, 0]
        for i in range(1, n):
            to_values.addcmul_(grad[:, :, i, None], pattern[:, None, i])
        to_pattern = _outer_sum(grad, values)
        heads, _, _, batch = to_pattern.shape
        by_rank = (
            to_pattern.reshape(heads, n * n, batch).index_select(1, order.gather).view(heads, n, n, batch)
        )
        to_ranked = torch.empty_like(by_rank)
        to_left = to_pattern[:, :, 0].clone()  # the fall-back is position 0
        for t in range(n - 1, -1, -1):
            through = by_rank[:, t] - to_left
            torch.mul(left[:, t], through, out=to_ranked[:, t])
            to_left.addcmul_(ranked[:, t], through)
        if order.visible is not None:
            to_ranked *= order.visible
        to_matches = to_ranked.view(heads, n * n, batch).index_select(1, order.scatter)
        return to_matches.view(heads, n, n, batch), to_values, None


def closest_pattern(
    matches: Float[Tensor, "heads query key batch"], order: ClosestOrder
) -> tuple[Tensor, Tensor, Tensor]:
    """How much each query attends to each key, and what the backward pass needs: matches by rank, mass left."""
    heads, n, _, batch = matches.shape
    ranked = matches.reshape(heads, n * n, batch).index_select(1, order.gather).view(heads, n, n, batch)
    if order.visible is not None:
        ranked *= order.visible
    left = torch.empty(heads, n + 1, n, batch, dtype=matches.dtype, device=matches.device)
    left[:, 0] = 1
    attended = torch.empty_like(ranked)
    for t in range(n):
        torch.mul(left[:, t], ranked[:, t], out=attended[:, t])
        torch.sub(left[:, t], attended[:, t], out=left[:, t + 1])
    pattern = attended.view(heads, n * n, batch).index_select(1, order.scatter).view(heads, n, n, batch)
    pattern[:, :, 0] += left[:, n]
    return pattern, ranked, left


class SumAttention(torch.autograd.Function):
    """The sum of a number over the matching keys, the query's own position included."""

    @staticmethod
    def forward(
        ctx: Any,
        matches: Float[Tensor, "heads query key batch"],
        numbers: Float[Tensor, "heads key batch"],
    ) -> Float[Tensor, "heads query batch"]:
        ctx.save_for_backward(matches, numbers)
        out = matches[:, :, 0] * numbers[:, None, 0]
        for j in range(1, numbers.shape[1]):
            out.addcmul_(matches[:, :, j], numbers[:, None, j])
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        (grad,) = grads
        matches, numbers = ctx.saved_tensors
        to_numbers = grad[:, 0, None] * matches[:, 0]
        for i in range(1, matches.shape[1]):
            to_numbers.addcmul_(grad[:, i, None], matches[:, i])
        return grad[:, :, None] * numbers[:, None], to_numbers
