"""The relaxed attention: exact where matches are 0 or 1, with right gradients everywhere."""

import itertools

import numpy as np
import pytest
import torch

from readhead.learn.attention import closest_order, closest_pattern

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
    matches = (
        torch.tensor(rows, dtype=torch.float32).T[None, None, None].expand(1, 1, n, n, len(rows)).contiguous()
    )
    pattern = closest_pattern(matches, closest_order(n, causal, CPU)).weights
    for b, row in enumerate(rows):
        for query in range(n):
            expected = [float(k == nearest(list(row), query, causal)) for k in range(n)]
            assert expected == pattern[0, 0, query, :, b].tolist()


@pytest.mark.parametrize("causal", [False, True])
def test_closest_pattern_is_a_distribution(causal: bool) -> None:
    matches = torch.rand(2, 3, 6, 6, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    pattern = closest_pattern(matches, closest_order(6, causal, CPU, torch.float64)).weights
    np.testing.assert_allclose(pattern.sum(dim=3).numpy(), 1.0)
    assert float(pattern.min()) >= 0
