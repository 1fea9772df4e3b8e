"""The relaxed attention: exact where matches are 0 or 1, with right gradients everywhere."""

import itertools

import numpy as np
import pytest
import torch

from readhead.learn.attention import ClosestAttention, Matches, SumAttention, closest_order, closest_pattern

CPU = torch.device("cpu")


def nearest(matches: list[bool], query: int, causal: bool) -> int:
    """The key that a query attends to, straight from the definition."""
    visible = [k for k, match in enumerate(matches) if match and not (causal and k > query)]
    others = [k for k in visible if k != query]
    if others:
        return min(others, key=lambda k: (abs(k - query), k))
    return query if query in visible else 0


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_closest_pattern_is_one_hot_at_the_nearest_match(n: int, causal: bool) -> None:
    rows = list(itertools.product([False, True], repeat=n))
    matches = torch.tensor(rows, dtype=torch.float32).T[None, None].expand(1, n, n, len(rows)).contiguous()
    pattern = closest_pattern(matches, closest_order(n, causal, CPU))[0]
    for b, row in enumerate(rows):
        for query in range(n):
            expected = [float(k == nearest(list(row), query, causal)) for k in range(n)]
            assert expected == pattern[0, query, :, b].tolist()


@pytest.mark.parametrize("causal", [False, True])
def test_closest_pattern_is_a_distribution(causal: bool) -> None:
    matches = torch.rand(3, 6, 6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    pattern = closest_pattern(matches, closest_order(6, causal, CPU))[0]
    np.testing.assert_allclose(pattern.sum(dim=2).numpy(), 1.0)
    assert float(pattern.min()) >= 0


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_agree_with_finite_differences(causal: bool) -> None:
    generator = torch.Generator().manual_seed(1)
    order = closest_order(4, causal, CPU)
    for name in ("visible", "causal"):
        mask = getattr(order, name)
        if mask is not None:
            object.__setattr__(order, name, mask.double())

    def tensor(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator, dtype=torch.float64).requires_grad_(True)

    assert torch.autograd.gradcheck(Matches.apply, (tensor(2, 3, 4, 2), tensor(2, 3, 4, 2)))
    assert torch.autograd.gradcheck(
        lambda m, v: ClosestAttention.apply(m, v, order), (tensor(2, 4, 4, 2), tensor(2, 3, 4, 2))
    )
    assert torch.autograd.gradcheck(SumAttention.apply, (tensor(2, 4, 4, 2), tensor(2, 4, 2)))
