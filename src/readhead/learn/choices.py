"""The choices of a relaxed program: flat parameters, sampled for training or hardened to one option each."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from readhead.learn.relaxed import number_network
from readhead.learn.shape import Segment, Shape


def unflatten(flat: Float[Tensor, "restart parameter"], layout: list[Segment]) -> dict[str, Tensor]:
    """The flat parameter vectors as named tensors, ``[restart, ...]`` each."""
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
            best = number_network(parameters, layer, points)[0].argmax(dim=2)
            parameters[f"{layer}.num_mlp_table"] = best.view(flat.shape[0], shape.numerical_mlps, side, side)
    return parameters
