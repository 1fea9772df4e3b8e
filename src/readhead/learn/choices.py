"""The choices of a relaxed program: flat parameters, sampled for training or hardened to one option each."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from readhead.learn.relaxed import NumberNetwork
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
    present: Int[Tensor, "word"] | None = None,
) -> dict[str, Tensor]:
    """One Gumbel-softmax sample of every choice (Jang et al. 2017), and the other parameters as they are.

    Args:
        flat: the parameters.
        layout: where each lies.
        temperature: of the softmax; towards 0 the sample becomes one-hot.
        generator: the source of the noise; None for none.
        present: the words whose classes are wanted, None for all: a batch has few of a large vocabulary.
    """
    if present is not None:
        flat, layout = only_present(flat, layout, present)
    parameters = unflatten(flat, layout)
    chosen = [s for s in layout if s.choice]  # they come first
    logits = flat[:, : sum(s.size for s in chosen)]
    if generator is not None:
        noise = torch.empty(logits.shape, device=flat.device).exponential_(generator=generator).log_()
        logits = (logits - noise).div_(temperature)
    else:
        logits = logits / temperature
    for name, piece in unflatten(logits, chosen).items():
        parameters[name] = torch.softmax(piece, dim=-1)
    return parameters


def only_present(
    flat: Float[Tensor, "restart parameter"], layout: list[Segment], present: Int[Tensor, "word"]
) -> tuple[Float[Tensor, "restart fewer"], list[Segment]]:
    """The parameters without the classes of words that do not occur, and where each lies then."""
    words = layout[0]
    if words.name != "embedding":
        return flat, layout
    few = replace(words, shape=(words.shape[0], len(present), words.shape[2]))
    rows = flat[:, : words.size].view(-1, *words.shape).index_select(2, present)
    return torch.cat([rows.flatten(1), flat[:, words.size :]], dim=1), [few, *layout[1:]]


def with_absent(
    gradient: Float[Tensor, "restart fewer"], layout: list[Segment], present: Int[Tensor, "word"]
) -> Float[Tensor, "restart parameter"]:
    """The inverse of :func:`only_present` for a gradient: 0 at the classes of words that do not occur."""
    words = layout[0]
    if words.name != "embedding":
        return gradient
    whole = gradient.new_zeros(len(gradient), sum(s.size for s in layout))
    few = words.shape[0] * len(present) * words.shape[2]
    classes = whole[:, : words.size].view(-1, *words.shape)
    classes.index_copy_(
        2, present, gradient[:, :few].reshape(-1, words.shape[0], len(present), words.shape[2])
    )
    whole[:, words.size :] = gradient[:, few:]
    return whole


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
        points = torch.cat([pairs, torch.ones_like(pairs[:1])])
        points = points.expand(flat.shape[0] * shape.numerical_mlps, 3, side * side)
        for layer in range(shape.layers):
            network = NumberNetwork.of(parameters, layer, 1.0)
            best = network.logits(network.units(points)).argmax(dim=1)
            parameters[f"{layer}.num_mlp_table"] = best.view(flat.shape[0], shape.numerical_mlps, side, side)
    return parameters
