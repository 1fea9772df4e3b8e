"""The hand-written gradient against finite differences, on random shapes, in double precision."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from readhead.learn.attention import closest_order
from readhead.learn.choices import sample
from readhead.learn.gradient import ALONE, loss_and_gradient, unaligned
from readhead.learn.relaxed import Batch
from readhead.learn.shape import Shape, segments

SHAPES = {
    "everything": Shape(2, 2, 2, 2, 2, values=4, hidden=3, cap=3),
    "no numbers": Shape(2, 1, 0, 1, 0, values=5),
    "numbers only": Shape(2, 0, 2, 0, 2, values=4, hidden=2, cap=50),
    "no heads": Shape(1, 0, 0, 2, 1, values=4, hidden=2),
    "no layers": Shape(0, 0, 0, 0, 0, values=4),
    "word classes": Shape(2, 2, 1, 1, 1, values=4, hidden=3, embeddings=2),
}


def random_batch(shape: Shape, pooled: bool, generator: torch.Generator) -> Batch:
    n, size = 4, 3
    lengths = torch.tensor([4, 2, 3])
    mask = (torch.arange(n)[:, None] < lengths).double()
    words = 4 if not shape.embeddings else 7
    tokens = torch.randint(0, words, (n, size), generator=generator)
    value = torch.arange(shape.values)[:, None, None]
    places = (torch.arange(n)[:, None].clamp(max=shape.values - 1) == value).double() * mask
    labels = torch.randint(-1, 3, (1 if pooled else n, size), generator=generator)
    labels[0, 0] = 1
    if not pooled:
        labels = torch.where(mask > 0, labels, -1)
    one_hot = None if shape.embeddings else (tokens == value).double() * mask
    return Batch(tokens, one_hot, places, mask, labels)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("pooled", [False, True])
def test_gradient_agrees_with_finite_differences(name: str, causal: bool, pooled: bool) -> None:
    shape = SHAPES[name]
    generator = torch.Generator().manual_seed(3)
    batch = random_batch(shape, pooled, generator)
    order = closest_order(4, causal, torch.device("cpu"), torch.float64)
    layout = segments(shape, words=7, labels=3)
    flat = torch.randn(2, sum(s.size for s in layout), generator=generator, dtype=torch.float64)
    temperature = 0.7

    def loss(parameters: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        choices = sample(parameters, layout, temperature, None)
        return loss_and_gradient(shape, layout, choices, batch, order, temperature, pooled)

    _, gradient = loss(flat)
    assert gradient.shape == flat.shape
    rng = np.random.default_rng(0)
    step = 1e-6
    for _ in range(6):
        direction = torch.from_numpy(rng.standard_normal(flat.shape))
        numeric = (loss(flat + step * direction)[0] - loss(flat - step * direction)[0]) / (2 * step)
        np.testing.assert_allclose((gradient * direction).sum(dim=1), numeric, rtol=2e-5, atol=1e-8)


@pytest.mark.parametrize("name", SHAPES)
def test_restarts_do_not_touch_each_other(name: str) -> None:
    """A restart's loss and gradient are the same alone and beside others."""
    shape = SHAPES[name]
    generator = torch.Generator().manual_seed(4)
    batch = random_batch(shape, False, generator)
    order = closest_order(4, False, torch.device("cpu"), torch.float64)
    layout = segments(shape, words=7, labels=3)
    flat = torch.randn(3, sum(s.size for s in layout), generator=generator, dtype=torch.float64)

    def both(parameters: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return loss_and_gradient(
            shape, layout, sample(parameters, layout, 1.0, None), batch, order, 1.0, False
        )

    together = both(flat)
    for restart in range(3):
        alone = both(flat[restart : restart + 1])
        np.testing.assert_allclose(together[0][restart], alone[0][0], rtol=1e-12)
        np.testing.assert_allclose(together[1][restart], alone[1][0], rtol=1e-9, atol=1e-14)


def joined(batches: list[Batch]) -> Batch:
    """The sequences of several batches, one after the other."""
    names = ("tokens", "words", "places", "mask", "labels")
    return Batch(*[torch.cat([getattr(b, name) for b in batches], dim=-1) for name in names])


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("restarts", [1, 2])
def test_a_large_batch_is_the_sum_of_its_parts(pooled: bool, restarts: int) -> None:
    """Where rows would be aligned empty sequences join, and restarts go one by one; neither changes what comes out."""
    shape = SHAPES["everything"]
    generator = torch.Generator().manual_seed(5)
    large = joined([random_batch(shape, pooled, generator) for _ in range(170)] * 4)
    large = Batch(
        *[getattr(large, name)[..., :1536] for name in ("tokens", "words", "places", "mask", "labels")]
    )
    assert large.mask.numel() >= ALONE
    weights = torch.ones_like(large.labels, dtype=torch.float64)
    assert unaligned(large, weights)[0].mask.shape == (4, 1544)
    order = closest_order(4, False, torch.device("cpu"), torch.float64)
    layout = segments(shape, words=7, labels=3)
    flat = torch.randn(restarts, sum(s.size for s in layout), generator=generator, dtype=torch.float64)
    choices = sample(flat, layout, 0.7, None)
    loss, gradient = loss_and_gradient(shape, layout, choices, large, order, 0.7, pooled)
    names = ("tokens", "words", "places", "mask", "labels")
    parts = [Batch(*[getattr(large, k)[..., i : i + 24] for k in names]) for i in range(0, 1536, 24)]
    scored = torch.stack([(part.labels >= 0).sum() for part in parts]).double()
    each = [loss_and_gradient(shape, layout, choices, part, order, 0.7, pooled) for part in parts]
    shares = scored / scored.sum()
    np.testing.assert_allclose(loss, sum(s * one[0] for s, one in zip(shares, each, strict=True)), rtol=1e-12)
    expected = sum(s * one[1] for s, one in zip(shares, each, strict=True))
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-13)


def test_small_and_odd_batches_are_left_as_they_are() -> None:
    batch = random_batch(SHAPES["everything"], False, torch.Generator().manual_seed(6))
    weights = torch.ones_like(batch.mask)
    assert unaligned(batch, weights)[0] is batch
    wide = joined([batch] * 75)  # 900 places, no multiple of 256
    assert unaligned(wide, torch.ones_like(wide.mask))[0] is wide
